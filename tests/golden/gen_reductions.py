"""reductions.json: reductions and scans along axes, values and gradients of sum(value * cotangent)."""

import math

import jax.numpy as jnp
import numpy as np
import torch

from encode import Tensor, quantised, save

INF, NAN = math.inf, math.nan


def axes(axis, ndim):
    return tuple(range(ndim)) if axis is None else tuple(axis) if isinstance(axis, list) else (axis,)


def prod(x, axis, keep):
    """PyTorch's prod takes one axis; several are several products, from the last axis on."""
    for a in sorted((a % x.ndim for a in axes(axis, x.ndim)), reverse=True):
        x = torch.prod(x, a, keepdim=keep)
    return x


def flipped(scan):
    def run(x, axis, reverse):
        return scan(x.flip(axis), axis).flip(axis) if reverse else scan(x, axis)
    return run


REDUCE = {
    "sum": lambda x, a, k, _: x.sum(axes(a, x.ndim), keepdim=k),
    "mean": lambda x, a, k, _: x.mean(axes(a, x.ndim), keepdim=k),
    "max": lambda x, a, k, _: x.amax(axes(a, x.ndim), keepdim=k),
    "min": lambda x, a, k, _: x.amin(axes(a, x.ndim), keepdim=k),
    "prod": lambda x, a, k, _: prod(x, a, k),
    "variance": lambda x, a, k, c: torch.var(x, axes(a, x.ndim), correction=c, keepdim=k),
    "std": lambda x, a, k, c: torch.std(x, axes(a, x.ndim), correction=c, keepdim=k),
    "logSumExp": lambda x, a, k, _: torch.logsumexp(x, axes(a, x.ndim), keepdim=k),
}
SCAN = {"cumsum": flipped(torch.cumsum), "cumprod": flipped(torch.cumprod)}


def apply(fn, x, options):
    if fn in SCAN:
        return SCAN[fn](x, options.get("axis", 0), options.get("reverse", False))
    return REDUCE[fn](x, options.get("axis"), options.get("keepDims", False), options.get("correction", 0))


def case(name, fn, x, options, second=False, seed=0):
    rng = np.random.default_rng([11, seed])
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = apply(fn, x, options)
    cotangent = torch.from_numpy(np.asarray(quantised(rng, tuple(y.shape))))
    (grad,) = torch.autograd.grad((y * cotangent).sum(), [x], create_graph=True)
    row = {"name": name, "fn": fn, "options": options, "x": x, "value": y, "cotangent": cotangent, "gradX": grad}
    if second and grad.requires_grad:
        u = torch.from_numpy(quantised(rng, tuple(x.shape)))
        (again,) = torch.autograd.grad((grad * u).sum(), [x])
        row["second"] = {"u": u, "gradX": again}
    return row


def plain(name, fn, x, value, options=None):
    """A case of values only. A value that NumPy refuses is {"error": true}."""
    row = {"name": name, "fn": fn, "options": options or {}, "x": np.asarray(x)}
    return {**row, "error": True} if value is None else {**row, "value": np.asarray(value)}


def along_axes():
    x = quantised(np.random.default_rng(3), (2, 3, 4))
    kinds = [{}, {"axis": 0}, {"axis": 1}, {"axis": -1}, {"axis": [0, 2]}, {"axis": 1, "keepDims": True},
             {"keepDims": True}]
    for fn in REDUCE:
        for i, options in enumerate(kinds):
            yield case("along axes", fn, x, options, second=i in (2, 4), seed=i)
        if fn in ("variance", "std"):
            for i, options in enumerate(kinds):
                yield case("unbiased", fn, x, {**options, "correction": 1}, second=i == 2, seed=i)
    for fn in SCAN:
        for i, axis in enumerate((0, 1, 2, -1)):
            yield case("scan", fn, x, {"axis": axis}, second=axis == 1, seed=i)
        yield case("scan", fn, x, {"axis": 1, "reverse": True}, second=True, seed=9)


def odd_points():
    zero, two = [2.0, 0.0, -3.0, 4.0], [2.0, 0.0, -3.0, 0.0]
    for name, x in (("one zero", zero), ("two zeros", two), ("all zeros", [0.0] * 3)):
        yield case(f"prod, {name}", "prod", x, {}, second=True)
        yield case(f"cumprod, {name}", "cumprod", x, {"axis": 0})
    yield case("prod, zeros in rows", "prod", [[1.0, 0.0, 2.0], [0.0, 0.0, 3.0], [2.0, 3.0, 4.0]], {"axis": 1})
    for fn in ("max", "min"):
        yield case(f"{fn}, ties split evenly", fn, [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [1.0, 1.0, 5.0]], {"axis": 1})
        yield case(f"{fn}, ties over both axes", fn, [[1.0, 3.0, 3.0], [1.0, 3.0, 2.0]], {})
    for correction in (0, 1):
        yield case("std of a constant: gradient 0", "std", [2.5] * 4, {"correction": correction})
        yield case("variance of a constant", "variance", [2.5] * 4, {"correction": correction})
        yield case("std, one constant row", "std", [[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]], {"axis": 1, "correction": correction})
    yield case("variance of an offset", "variance", [1e6 + v for v in (0.125, 0.5, 0.75, 1.25)], {})
    yield case("logSumExp of large values", "logSumExp", [[1000.0, 1001.0], [-1000.0, -1002.0]], {"axis": 1}, second=True)
    yield case("logSumExp with -Infinity", "logSumExp", [0.5, -INF, 1.5], {})
    yield case("a scalar", "sum", 1.5, {})
    yield case("a scalar", "mean", 1.5, {})
    yield case("one element", "variance", [[1.5]], {"axis": 1})


def special_values():
    rows = {"NaN": [1.0, NAN, 3.0], "Infinity": [1.0, INF, 3.0], "both infinities": [INF, -INF], "-Infinity": [-INF, -INF]}
    fns = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod,
           "logSumExp": lambda x: torch.logsumexp(torch.tensor(x), 0).item()}
    with np.errstate(invalid="ignore"):
        for name, x in rows.items():
            for fn, run in fns.items():
                yield plain(name, fn, x, run(x))
            yield plain(name, "cumsum", x, np.cumsum(x), {"axis": 0})
    yield plain("unbiased, one element: NaN", "variance", [1.5], NAN, {"correction": 1})
    yield plain("unbiased, one element: NaN", "std", [1.5], NAN, {"correction": 1})


def empty():
    x = np.zeros((2, 0, 3))
    full = {"sum": 0.0, "mean": NAN, "prod": 1.0, "variance": NAN, "std": NAN, "logSumExp": -INF, "any": False, "all": True,
            "max": None, "min": None, "argmax": None, "argmin": None}
    for fn, v in full.items():
        data = x.astype(bool) if fn in ("any", "all") else x
        yield plain("empty axis", fn, data, None if v is None else np.full((2, 3), v), {"axis": 1})
        yield plain("empty, all axes", fn, np.zeros(0, data.dtype), None if v is None else v)
        if fn not in ("argmax", "argmin"):
            yield plain("empty beside the axis", fn, data, np.zeros((0, 3), data.dtype), {"axis": 0})
    yield plain("empty", "cumsum", x, x, {"axis": 1})
    yield plain("empty beside the axis", "argmax", x, np.zeros((0, 3), np.int32), {"axis": 0})


def indices():
    """The first of equals, and the first NaN if there is one, as in NumPy. No axis: into the flat tensor."""
    table = {
        "plain": quantised(np.random.default_rng(5), (2, 3, 4)),
        "ties": np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [1.0, 1.0, 5.0]]),
        "NaN": np.array([[1.0, NAN, 9.0, NAN], [NAN, 1.0, 2.0, 3.0], [0.0, -INF, INF, 1.0]]),
        "signed zeros": np.array([[0.0, -0.0], [-0.0, 0.0]]),
    }
    for name, x in table.items():
        for fn, run in (("argmax", np.argmax), ("argmin", np.argmin)):
            yield plain(name, fn, x, np.int32(run(x)))
            for axis in range(-1, x.ndim - 1):
                yield plain(name, fn, x, run(x, axis).astype(np.int32), {"axis": axis})
            yield plain(name, fn, x, run(x, 0, keepdims=True).astype(np.int32), {"axis": 0, "keepDims": True})


def booleans_and_integers():
    b = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 0]], bool)
    for fn, run in (("any", np.any), ("all", np.all)):
        for options in ({}, {"axis": 0}, {"axis": 1}, {"axis": [0, 1], "keepDims": True}):
            axis = tuple(options["axis"]) if isinstance(options.get("axis"), list) else options.get("axis")
            yield plain("bool", fn, b, run(b, axis, keepdims=options.get("keepDims", False)), options)
    i = np.array([[7, -3, 2147483647], [5, 0, 1]], np.int32)
    u = np.array([[7, 3, 4294967295], [5, 0, 1]], np.uint32)
    fns = {"sum": jnp.sum, "mean": jnp.mean, "max": jnp.max, "min": jnp.min, "prod": jnp.prod, "cumsum": jnp.cumsum,
           "argmax": jnp.argmax}
    for x, name in ((i, "int32, JAX's dtype, wraps"), (u, "uint32"), (b, "bool")):
        for fn, run in fns.items():
            yield plain(name, fn, x, np.asarray(run(x, axis=1)), {"axis": 1})


def make():
    parts = (along_axes, odd_points, special_values, empty, indices, booleans_and_integers)
    cases = [row for part in parts for row in part()]
    note = (
        "gradX is the gradient of sum(value * cotangent); second.gradX that of sum(gradX * second.u). No axis means all of "
        "them. error: true means that the call has no value and must throw. Integer cases have JAX's result dtypes."
    )
    save("reductions", f"PyTorch {torch.__version__.split('+')[0]} (float64), NumPy {np.__version__}, JAX", cases, note)
