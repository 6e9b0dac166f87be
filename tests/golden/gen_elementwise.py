"""elementwise.json: each elementwise function with first and second derivatives, float64, PyTorch's conventions."""

import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F

from encode import Tensor, save

INF, NAN = math.inf, math.nan
ANY = [0.0, -0.0, 1e-300, -1e-300, 1e-8, -1e-8, 1e-3, -1e-3, 0.125, -0.25, 0.5, -0.5, 0.75, -0.875, 1.0, -1.0,
       1.5, -1.5, 2.0, -2.0, 2.5, -2.5, 3.25, -3.75, 7.0, -7.5, 12.0, -15.0]
LARGE = [40.0, -40.0, 300.0, -300.0, 710.0, -745.0, 1e10, -1e10, 1e300, -1e300]
POSITIVE = [0.0, 1e-300, 1e-12, 1e-3, 0.125, 0.5, 0.999, 1.0, 1.001, 2.0, 3.5, 10.0, 12345.678, 1e10, 1e300]
ROUNDING = [0.49999999999999994, -0.49999999999999994, 3.5, -3.5, 4.5, 1e15 + 0.5, -1e15 - 0.5, 2.0**53]
WAVES = ANY + [1000.0, -1000.0, math.pi, math.pi / 2, -math.pi / 4, 355.0, 1e5, 1e15]

# name -> (function, options, finite inputs)
UNARY = [
    ("neg", torch.neg, {}, ANY + LARGE),
    ("exp", torch.exp, {}, ANY + LARGE),
    ("log", torch.log, {}, POSITIVE + [-0.0, -1.0]),
    ("log1p", torch.log1p, {}, POSITIVE + [-0.0, -1e-12, -0.5, -0.999, -1.0, -2.0, 1e-7]),
    ("expm1", torch.expm1, {}, ANY + LARGE),
    ("sqrt", torch.sqrt, {}, POSITIVE + [-0.0, -1.0]),
    ("rsqrt", torch.rsqrt, {}, POSITIVE + [-0.0, -1.0]),
    ("sin", torch.sin, {}, WAVES),
    ("cos", torch.cos, {}, WAVES),
    ("tan", torch.tan, {}, WAVES),
    ("tanh", torch.tanh, {}, ANY + LARGE),
    ("erf", torch.erf, {}, ANY + LARGE),
    ("erfInv", torch.erfinv, {}, [0.0, -0.0, 1e-8, 0.125, -0.125, 0.5, -0.5, 0.9, -0.9, 0.99999, -0.99999, 1.0, -1.0]),
    ("abs", torch.abs, {}, ANY + LARGE),
    ("sign", torch.sign, {}, ANY + LARGE),
    ("floor", torch.floor, {}, ANY + LARGE + ROUNDING),
    ("ceil", torch.ceil, {}, ANY + LARGE + ROUNDING),
    ("round", torch.round, {}, ANY + LARGE + ROUNDING),
    ("clip", lambda x: torch.clamp(x, -0.5, 2.5), {"min": -0.5, "max": 2.5}, ANY + LARGE),
    ("relu", F.relu, {}, ANY + LARGE),
    ("leakyRelu", F.leaky_relu, {"slope": 0.01}, ANY + LARGE),
    ("leakyRelu", lambda x: F.leaky_relu(x, 0.25), {"slope": 0.25}, ANY + LARGE),
    ("elu", F.elu, {"alpha": 1}, ANY + LARGE),
    ("elu", lambda x: F.elu(x, 0.5), {"alpha": 0.5}, ANY + LARGE),
    ("gelu", F.gelu, {"approximate": "none"}, ANY + [40.0, -40.0]),
    ("gelu", lambda x: F.gelu(x, approximate="tanh"), {"approximate": "tanh"}, ANY + [40.0, -40.0]),
    ("silu", F.silu, {}, ANY + LARGE),
    ("sigmoid", torch.sigmoid, {}, ANY + LARGE),
    ("softplus", F.softplus, {}, ANY + [40.0, -40.0, 300.0, -300.0, 1e10, -1e10]),
]
# Where a derivative at an infinity is a fact and not an accident of how the formula is written.
AT_INFINITY = {"neg", "exp", "tanh", "erf", "abs", "sign", "floor", "ceil", "round", "clip", "relu", "leakyRelu",
               "elu", "sigmoid", "softplus", "expm1"}


def derivatives(y, inputs):
    """Gradients of sum(y), zeros where y does not depend on an input."""
    if not y.requires_grad:
        return [torch.zeros_like(x) for x in inputs]
    grads = torch.autograd.grad(y.sum(), inputs, create_graph=True, materialize_grads=True)
    return [g + torch.zeros_like(x) if g._is_zerotensor() else g for g, x in zip(grads, inputs)]


def leaf(values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def unary(name, fn, options, values):
    x = leaf(values)
    y = fn(x)
    (d1,) = derivatives(y, [x])
    (d2,) = derivatives(d1, [x])
    yield {"kind": "unary", "fn": name, "options": options, "x": x, "value": y, "d1": d1, "d2": d2}
    x = leaf([NAN, INF, -INF])
    y = fn(x)
    if name == "sign":  # NumPy's and JAX's NaN; PyTorch says 0
        y = torch.where(x.isnan(), x, y)
    yield {"kind": "nonfinite", "fn": name, "options": options, "x": x, "value": y}
    if name in AT_INFINITY:
        x = leaf([INF, -INF])
        y = fn(x)
        yield {"kind": "infinite", "fn": name, "options": options, "x": x, "value": y, "d1": derivatives(y, [x])[0]}


def pairs(first, second=None):
    return [list(v) for v in zip(*itertools.product(first, second or first))]


SMOOTH = pairs([0.5, 1.0, 1.75, 3.0], [-2.5, -1.0, 0.75, 2.0, 3.0])
KINKS = pairs([0.0, -0.0, 1.0, -1.0, 2.5, -2.5])
BINARY = [
    ("add", torch.add, KINKS),
    ("sub", torch.sub, KINKS),
    ("mul", torch.mul, KINKS),
    ("div", torch.div, pairs([0.0, 1.0, -1.5, 7.0], [0.0, -0.0, 2.0, -3.0, 1e-300])),
    ("div", torch.div, SMOOTH),
    ("mul", torch.mul, SMOOTH),
    ("pow", torch.pow, SMOOTH),
    ("pow", torch.pow, pairs([0.0, -0.0, 1.0, -1.0, -2.0, 2.0], [0.0, 1.0, 2.0, 3.0, 0.5, -1.0, -2.0, -0.5])),
    ("atan2", torch.atan2, pairs([-2.0, -0.25, 0.5, 1.0, 3.0], [-2.5, -1.0, 0.75, 2.0])),
    ("atan2", torch.atan2, pairs([0.0, -0.0, 1.0, -1.0])),
    ("maximum", torch.maximum, pairs([-2.0, 0.0, 1.0, 3.0])),
    ("minimum", torch.minimum, pairs([-2.0, 0.0, 1.0, 3.0])),
    ("mod", torch.remainder, pairs([5.0, -5.0, 5.5, -5.5, 0.25, 6.0, -6.0, 0.0], [3.0, -3.0, 0.75, -2.0])),
]
NONFINITE = pairs([NAN, INF, -INF, 0.0, 2.0, -2.5])
SECOND = (SMOOTH, BINARY[8][2])  # points where nothing is singular


def binary(name, fn, values):
    x, y = map(leaf, values)
    out = fn(x, y)
    dx, dy = derivatives(out, [x, y])
    row = {"kind": "binary", "fn": name, "x": x, "y": y, "value": out, "dx": dx, "dy": dy}
    if values in SECOND:
        (dxx, dxy), (_, dyy) = derivatives(dx, [x, y]), derivatives(dy, [x, y])
        row.update(dxx=dxx, dxy=dxy, dyy=dyy)
    return row


def compared():
    x, y = map(np.array, NONFINITE)
    table = {"equal": np.equal, "notEqual": np.not_equal, "less": np.less, "lessEqual": np.less_equal,
             "greater": np.greater, "greaterEqual": np.greater_equal}
    for name, fn in table.items():
        yield {"kind": "compare", "fn": name, "x": x, "y": y, "value": fn(x, y)}
    a, b = np.array([0, 0, 1, 1], bool), np.array([0, 1, 0, 1], bool)
    for name, fn in {"logicalAnd": np.logical_and, "logicalOr": np.logical_or}.items():
        yield {"kind": "compare", "fn": name, "x": a, "y": b, "value": fn(a, b)}
    z = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, 1e300])
    yield {"kind": "predicate", "fn": "isNaN", "x": z, "value": np.isnan(z)}
    yield {"kind": "predicate", "fn": "isFinite", "x": z, "value": np.isfinite(z)}
    yield {"kind": "predicate", "fn": "logicalNot", "x": a, "value": ~a}


def nonfinite_pairs():
    """Values only. mod of an infinity or by 0 is NaN; x mod infinity has the sign rule (-5 mod inf = inf)."""
    x, y = map(np.array, NONFINITE)
    table = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power,
             "atan2": np.arctan2, "maximum": np.maximum, "minimum": np.minimum, "mod": np.remainder}
    with np.errstate(all="ignore"):
        for name, fn in table.items():
            yield {"kind": "nonfinitePair", "fn": name, "x": x, "y": y, "value": fn(x, y)}


def integers():
    a, b = map(lambda v: np.array(v, np.int32), pairs([7, -7, 0, 2147483647, -2147483648], [3, -3, 2, -1]))
    with np.errstate(over="ignore"):
        for name, fn in {"add": np.add, "sub": np.subtract, "mul": np.multiply, "mod": np.remainder,
                         "maximum": np.maximum, "minimum": np.minimum}.items():
            yield {"kind": "integer", "fn": name, "x": a, "y": b, "value": fn(a, b)}
        for name, fn in {"neg": np.negative, "abs": np.abs, "sign": np.sign}.items():
            yield {"kind": "integer", "fn": name, "x": a, "value": fn(a)}
    u, v = map(lambda v: np.array(v, np.uint32), pairs([7, 0, 4294967295, 2147483648], [3, 1, 4294967295]))
    with np.errstate(over="ignore"):
        for name, fn in {"add": np.add, "sub": np.subtract, "mul": np.multiply, "mod": np.remainder,
                         "maximum": np.maximum, "less": np.less}.items():
            yield {"kind": "integer", "fn": name, "x": u, "y": v, "value": fn(u, v)}


def casts():
    x = np.array([0.0, -0.0, 0.5, -0.5, 2.7, -2.7, 1e6, -123456.9, 2147483647.0, -2147483648.0])
    yield {"kind": "cast", "x": x, "value": x.astype(np.int32)}
    yield {"kind": "cast", "x": x, "value": x.astype(bool)}
    yield {"kind": "cast", "x": np.abs(x), "value": np.abs(x).astype(np.uint32)}
    y = np.array([0.1, 1 / 3, 16777217.0, 1e39, -1e39, 1e-46, 1e-45, NAN, INF])
    with np.errstate(over="ignore"):
        yield {"kind": "cast", "x": y, "value": y.astype(np.float32)}
    yield {"kind": "cast", "x": np.array([NAN, INF, 1e-300]), "value": np.array([1, 1, 1], bool)}
    i = np.array([0, 1, -1, 16777217, 2147483647, -2147483648], np.int32)
    for dtype in (np.float32, np.float64, np.uint32, bool):
        yield {"kind": "cast", "x": i, "value": i.astype(dtype)}
    u = np.array([0, 1, 4294967295, 2147483648], np.uint32)
    for dtype in (np.float32, np.float64, np.int32):
        yield {"kind": "cast", "x": u, "value": u.astype(dtype)}
    yield {"kind": "cast", "x": np.array([0, 1], bool), "value": np.array([0, 1], np.float32)}


def make():
    cases = [row for spec in UNARY for row in unary(*spec)]
    cases += [binary(*spec) for spec in BINARY]
    cases += [*nonfinite_pairs(), *compared(), *integers(), *casts()]
    note = (
        "kind unary: value and the derivatives d1, d2; nonfinite: values at NaN and the infinities; infinite: d1 at the "
        "infinities; binary: partials dx, dy and at smooth points dxx, dxy, dyy; nonfinitePair, compare, predicate, "
        "integer (wraps), cast: values only, from NumPy. At kinks PyTorch's convention. PyTorch's softplus is x above 20."
    )
    save("elementwise", f"PyTorch {torch.__version__.split('+')[0]} and NumPy {np.__version__}", cases, note)
