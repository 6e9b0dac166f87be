"""arrays.json: movement, indexing, sorting and contractions: values and gradients, float64."""

import jax
import numpy as np
import torch
import torch.nn.functional as F

from cases import case
from encode import quantised, save


def normal(seed, *shape):
    return quantised(np.random.default_rng([19, seed]), shape)


def movement():
    x = normal(0, 2, 3, 4)
    rows = [
        ("reshape", {"shape": [4, 6]}, lambda x: x.reshape(4, 6)),
        ("transpose", {"axes": [2, 0, 1]}, lambda x: x.permute(2, 0, 1)),
        ("transpose", {}, lambda x: x.permute(2, 1, 0)),
        ("broadcastTo", {"shape": [5, 2, 3, 4]}, lambda x: x.expand(5, 2, 3, 4)),
        ("flip", {"axis": 1}, lambda x: x.flip(1)),
        ("flip", {"axis": [0, 2]}, lambda x: x.flip([0, 2])),
        ("tile", {"reps": [2, 1, 3]}, lambda x: x.tile(2, 1, 3)),
        ("tile", {"reps": [2, 1, 1, 2]}, lambda x: x.tile(2, 1, 1, 2)),
        ("roll", {"shift": 1, "axis": 2}, lambda x: x.roll(1, 2)),
        ("roll", {"shift": -5, "axis": 1}, lambda x: x.roll(-5, 1)),
        ("roll", {"shift": [1, 2], "axis": [0, 2]}, lambda x: x.roll((1, 2), (0, 2))),
        ("roll", {"shift": 5}, lambda x: x.roll(5)),
        ("tril", {}, torch.tril),
        ("tril", {"k": 1}, lambda x: x.tril(1)),
        ("tril", {"k": -1}, lambda x: x.tril(-1)),
        ("triu", {}, torch.triu),
        ("triu", {"k": 2}, lambda x: x.triu(2)),
        ("triu", {"k": -1}, lambda x: x.triu(-1)),
        ("pad", {"widths": [[0, 0], [1, 2], [3, 0]]}, lambda x: F.pad(x, (3, 0, 1, 2))),
        ("pad", {"widths": [[1, 0], [0, 0], [0, 1]], "value": 1.5}, lambda x: F.pad(x, (0, 1, 0, 0, 1, 0), value=1.5)),
        ("slice", {"start": [0, 1, 1], "end": [2, 3, 4]}, lambda x: x[0:2, 1:3, 1:4]),
        ("slice", {"start": [0, 0, 0], "end": [2, 3, 4], "step": [1, 2, 3]}, lambda x: x[::1, ::2, ::3]),
    ]
    for fn, options, run in rows:
        yield case(fn, {"x": x}, options, run)
    three = {"a": normal(1, 2, 1, 3), "b": normal(2, 2, 4, 3), "c": normal(3, 2, 2, 3)}
    yield case("concat", three, {"axis": 1}, lambda a, b, c: torch.cat([a, b, c], 1))
    yield case("stack", {k: v[:, :1] for k, v in three.items()}, {"axis": -1}, lambda a, b, c: torch.stack([a, b, c], -1))


def indexing():
    x = normal(10, 4, 3)
    repeated = np.array([2, 0, 2, 3, 2], np.int64)
    yield case("take", {"x": x, "indices": repeated}, {"axis": 0}, lambda x, indices: x[indices])
    square = np.array([[0, 2], [1, 1]], np.int64)
    yield case("take", {"x": x, "indices": square}, {"axis": 1}, lambda x, indices: x[:, indices], "indices of shape [2, 2]")
    picks = np.array([[0, 2, 2, 1], [1, 1, 1, 1], [2, 0, 0, 0], [0, 1, 2, 0]], np.int64)
    note = "gather: torch.gather, NumPy's take_along_axis"
    yield case("gather", {"x": x, "indices": picks}, {"axis": 1}, lambda x, indices: x.gather(1, indices), note)
    few = np.array([[3, 0, 3]], np.int64)
    yield case("gather", {"x": x, "indices": few}, {"axis": 0}, lambda x, indices: x.gather(0, indices), note)
    labels = np.array([[0, 3], [1, 1]], np.int64)
    yield case("oneHot", {"x": labels}, {"classes": 4}, lambda x: F.one_hot(x, 4).double())


def sorting():
    """Stable and ascending, NaN last. topK: the largest first, the lower index first among equals."""
    table = {
        "plain": normal(20, 3, 6),
        "ties": np.array([[1.0, 3.0, 1.0, 2.0, 3.0, 1.0], [2.0, 2.0, 2.0, 0.0, 0.0, 5.0]]),
    }
    for name, x in table.items():
        for axis in (-1, 0):
            yield case("sort", {"x": x}, {"axis": axis}, lambda x: x.sort(dim=axis, stable=True).values, name)
            yield case("argsort", {"x": x}, {"axis": axis}, lambda x: x.argsort(dim=axis, stable=True), name)
        for k in (1, 3, 6):
            values, at = (np.asarray(v) for v in jax.lax.top_k(x.astype(np.float32), k))
            picks = torch.from_numpy(at.astype(np.int64))
            row = case("topK", {"x": x}, {"k": k}, lambda x: x.gather(1, picks), name)
            assert np.array_equal(values, row["value"].detach().numpy())
            yield row | {"indices": at.astype(np.int32)}
    nan = np.array([2.0, np.nan, -np.inf, np.inf, -1.0, np.nan, 0.5])
    yield case("sort", {"x": nan}, {"axis": 0}, lambda x: x.sort(stable=True).values, "NaN last", gradients=False)
    yield case("argsort", {"x": nan}, {"axis": 0}, lambda x: x.argsort(stable=True), "NaN last")
    integers = np.array([3, -1, 2, -1, 0, 2147483647, -2147483648], np.int32)
    yield case("sort", {"x": integers}, {"axis": 0}, lambda x: x.sort(stable=True).values, "int32")
    yield case("argsort", {"x": integers}, {"axis": 0}, lambda x: x.argsort(stable=True), "int32")


def contractions():
    shapes = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((2, 2, 2), (2, 2)), ((2, 3), (5, 3, 4)),
              ((4, 1, 2, 3), (5, 3, 2)), ((2, 1, 3), (2, 3, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((7, 9), (9, 11))]
    for i, (a, b) in enumerate(shapes):
        inputs = {"a": normal(30 + i, *a), "b": normal(50 + i, *b)}
        name = f"{list(a)} x {list(b)}" + (" (report 6)" if a == (2, 2, 2) else "")
        yield case("matmul", inputs, {}, lambda a, b: a @ b, name, second=i in (3, 4))
    expressions = [
        ("ij,jk->ik", (2, 3), (3, 4)), ("ij,kj->ik", (2, 3), (4, 3)), ("bij,bjk->bik", (2, 3, 2), (2, 2, 4)),
        ("bhqd,bhkd->bhqk", (2, 2, 3, 2), (2, 2, 4, 2)), ("i,j->ij", (3,), (4,)), ("i,i->", (5,), (5,)),
        ("ij,ij->j", (3, 4), (3, 4)), ("nchw,oc->nohw", (2, 3, 2, 2), (4, 3)), ("...ij,jk->...ik", (2, 2, 3, 2), (2, 5)),
        ("ij,jk", (2, 3), (3, 4)), ("ijk,jl,km->ilm", (2, 3, 4), (3, 2), (4, 3)),
    ]
    for i, (expression, *shapes) in enumerate(expressions):
        inputs = {k: normal(70 + 3 * i + n, *s) for n, (k, s) in enumerate(zip("abc", shapes))}
        run = lambda **t: torch.einsum(expression, *t.values())
        yield case("einsum", inputs, {"expression": expression}, run, expression, second=i == 2)
    for expression, shape in (("ii->i", (3, 3)), ("ii", (3, 3)), ("ijk->kij", (2, 3, 4)), ("ij->j", (2, 3)), ("ij->", (2, 3))):
        yield case("einsum", {"a": normal(110, *shape)}, {"expression": expression}, lambda a: torch.einsum(expression, a), expression)


def creation():
    rows = [
        ("arange", {"start": 0, "end": 5}, np.arange(5, dtype=np.int32)),
        ("arange", {"start": 2, "end": 11, "step": 3}, np.arange(2, 11, 3, np.int32)),
        ("arange", {"start": 5, "end": 0, "step": -2}, np.arange(5, 0, -2, np.int32)),
        ("arange", {"start": 3, "end": 3}, np.arange(3, 3, dtype=np.int32)),
        ("arange", {"start": 0, "end": 1, "step": 0.25}, np.arange(0, 1, 0.25, np.float32)),
        ("linspace", {"start": 0, "end": 1, "count": 5}, np.linspace(0, 1, 5, dtype=np.float32)),
        ("linspace", {"start": -2, "end": 3, "count": 1}, np.linspace(-2, 3, 1, dtype=np.float32)),
        ("linspace", {"start": 1, "end": -1, "count": 7}, np.linspace(1, -1, 7, dtype=np.float32)),
        ("eye", {"rows": 3}, np.eye(3, dtype=np.float32)),
        ("eye", {"rows": 2, "columns": 4}, np.eye(2, 4, dtype=np.float32)),
    ]
    for fn, options, value in rows:
        yield {"name": fn, "fn": fn, "options": options, "inputs": {}, "value": value}


def make():
    cases = [row for part in (movement, indexing, sorting, contractions, creation) for row in part()]
    note = (
        "grads are those of sum(value * cotangent) for the named inputs; second.grads those of sum(grads * second.u). "
        "Option names here are descriptions, not the names of our arguments. concat and stack take a, b, c in this order. "
        "sort and argsort are stable with NaN last; topK has indices as well and gives the lower index first among equals."
    )
    save("arrays", f"PyTorch {torch.__version__.split('+')[0]} (float64), NumPy {np.__version__}, JAX", cases, note)
