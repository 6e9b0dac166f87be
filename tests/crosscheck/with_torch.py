"""The public functions in PyTorch; loops, branches and batches as Python's."""

import functools
import math

import torch
import torch.nn.functional as F

name = "torch"
torch.set_num_threads(1)


def array(data, shape, dtype):
    kind = {"bool": torch.bool, "int32": torch.int64, "uint32": torch.int64}.get(dtype, torch.float64)
    return torch.tensor(data, dtype=kind).reshape(shape)


def cast(x, dtype):
    x = torch.as_tensor(x)
    if dtype == "bool":
        return x != 0
    if dtype == "int32":
        whole = x.to(torch.int64)
        return ((whole + 2**31) & (2**32 - 1)) - 2**31
    if dtype == "uint32":
        return x.to(torch.int64) & (2**32 - 1)
    return x.to(torch.float64)


def numpy(x):
    return x.detach().numpy()


def axes_of(x, option):
    axis = option.get("axis") if isinstance(option, dict) else option
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(i % x.ndim for i in (axis if isinstance(axis, list) else [axis]))


def reduction(f):
    def run(x, option=None):
        options = option if isinstance(option, dict) else {}
        axes, keep = axes_of(x, option), options.get("keepDims", False)
        if not axes:
            return f(x[None], (0,), False, options)
        return f(x, axes, keep, options)

    return run


def along(f):
    """A reduction along one axis at a time, from the last."""

    def run(x, axes, keep, options):
        for axis in sorted(axes, reverse=True):
            x = f(x, axis, keep)
        return x

    return run


def total(x, axes, keep, options):
    return torch.sum(x, axes, keep)


def any_(x, axis, keep):
    return torch.any(x, axis, keep)


def cumulative(f):
    def run(x, options):
        axis = options["axis"]
        return torch.flip(f(torch.flip(x, (axis,)), axis), (axis,)) if options["reverse"] else f(x, axis)

    return run


def floats(x):
    return x if torch.is_tensor(x) else torch.tensor(x, dtype=torch.float64 if isinstance(x, float) else torch.int64)


def both(f):
    def run(x, y):
        x, y = floats(x), floats(y)
        if x.is_floating_point() or y.is_floating_point():
            x, y = x.to(torch.float64), y.to(torch.float64)
        elif x.dtype == torch.bool and y.dtype != torch.bool or y.dtype == torch.bool and x.dtype != torch.bool:
            x, y = x.to(torch.int64), y.to(torch.int64)
        return f(x, y)

    return run


def clip(x, low, high):
    return torch.clamp(x, low, high)


def slice_(x, start, limit, options=None):
    options = options or {"axis": 0, "step": 1}
    index = [slice(None)] * x.ndim
    index[options["axis"] % x.ndim] = slice(start, limit, options["step"])
    return x[tuple(index)]


def pad(x, widths, options):
    widths = [(widths, widths)] * x.ndim if isinstance(widths, int) else widths
    flat = [n for low, high in reversed(widths) for n in (low, high)]
    return F.pad(x, flat, value=options["value"])


def order(x, axis, descending):
    return torch.argsort(x, dim=axis, descending=descending, stable=True)


def sort(x, options):
    return torch.gather(x, options["axis"], order(x, options["axis"], options["descending"]))


def top_k(x, k, options):
    index = [slice(None)] * x.ndim
    index[options["axis"] % x.ndim] = slice(0, k)
    found = order(x, options["axis"], True)[tuple(index)]
    return [torch.gather(x, options["axis"], found), found]


def extremum(descending):
    def run(x, options=None):
        options = options or {}
        axis = options.get("axis")
        flat = x.reshape(-1) if axis is None else x
        found = order(flat.to(torch.float64), 0 if axis is None else axis, descending)
        first = found.select(0 if axis is None else axis, 0)
        if options.get("keepDims"):
            first = first.reshape([1] * x.ndim) if axis is None else first.unsqueeze(axis)
        return first

    return run


def take(x, at, options):
    axis = options["axis"] % x.ndim
    at = torch.as_tensor(at)
    return torch.index_select(x, axis, at.reshape(-1)).reshape(x.shape[:axis] + at.shape + x.shape[axis + 1:])


def gather(x, at, options):
    return torch.take_along_dim(x, at, options["axis"])


def dot(x, y):
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return torch.tensordot(x, y, dims=([x.ndim - 1], [max(0, y.ndim - 2)]))


def pair(value, count=2):
    return list(value) if isinstance(value, list) else [value] * count


def pads(padding, extents, spans, strides):
    if padding == "valid":
        return [(0, 0)] * len(extents)
    if padding == "same":
        totals = [max(0, (math.ceil(n / s) - 1) * s + k - n) for n, k, s in zip(extents, spans, strides)]
        return [(t // 2, t - t // 2) for t in totals]
    if isinstance(padding, list) and isinstance(padding[0], list):
        return padding
    return [(p, p) for p in pair(padding, len(extents))]


def conv(x, w, options):
    count = x.ndim - 2
    stride, dilation = pair(options["stride"], count), pair(options["dilation"], count)
    spans = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation)]
    widths = pads(options["padding"], x.shape[2:], spans, stride)
    padded = F.pad(x, [n for low, high in reversed(widths) for n in (low, high)])
    f = F.conv2d if count == 2 else F.conv1d
    return f(padded, w, None, stride, 0, dilation, options["groups"])


def conv_transpose(x, w, options):
    return F.conv_transpose2d(
        x, w, None, options["stride"], options["padding"], options["outputPadding"], options["groups"], options["dilation"]
    )


def pool(f):
    return lambda x, size, options: f(x, pair(size), pair(options["stride"]), pair(options["padding"]))


def group_norm(x, groups, options):
    return F.group_norm(x, groups, options.get("weight"), options.get("bias"), options["eps"])


def group_standardize(x, groups, options):
    g = x.reshape(x.shape[0], groups, -1)
    return ((g - g.mean(-1, keepdim=True)) / (g.std(-1, keepdim=True) + options["eps"])).reshape(x.shape)


def layer_norm(x, options):
    last = x.movedim(options["axis"], -1)
    return F.layer_norm(last, last.shape[-1:], options.get("weight"), None, options["eps"]).movedim(-1, options["axis"])


def batch_norm(x, mean, variance, options):
    # F.batch_norm takes the statistics for constants.
    shape = (1, -1) + (1,) * (x.ndim - 2)
    return (x - mean.reshape(shape)) / torch.sqrt(variance.reshape(shape) + options["eps"])


def cross_entropy(x, labels):
    flat = F.cross_entropy(x.reshape(-1, x.shape[-1]), labels.reshape(-1), reduction="none")
    return flat.reshape(labels.shape)


def variance(f):
    return reduction(lambda x, axes, keep, options: f(x, axes, correction=options.get("correction", 0), keepdim=keep))


pairs = {
    "add": torch.add, "sub": torch.subtract, "mul": torch.multiply, "div": torch.divide, "mod": torch.remainder,
    "pow": torch.pow, "atan2": torch.atan2, "maximum": torch.maximum, "minimum": torch.minimum, "equal": torch.eq,
    "notEqual": torch.ne, "less": torch.lt, "lessEqual": torch.le, "greater": torch.gt, "greaterEqual": torch.ge,
    "logicalAnd": torch.logical_and, "logicalOr": torch.logical_or, "matmul": torch.matmul, "dot": dot,
    "sigmoidGate": lambda x, gate: x * torch.sigmoid(gate),
}
single = {
    "neg": torch.neg, "abs": torch.abs, "sign": torch.sign, "square": torch.square, "sin": torch.sin, "cos": torch.cos,
    "tan": torch.tan, "tanh": torch.tanh, "exp": torch.exp, "expm1": torch.expm1, "log": torch.log,
    "log1p": torch.log1p, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal, "erf": torch.erf,
    "erfInv": torch.erfinv, "floor": torch.floor, "ceil": torch.ceil, "trunc": torch.trunc, "round": torch.round,
    "sigmoid": torch.sigmoid, "silu": F.silu, "softplus": lambda x: F.softplus(x, threshold=1000.0), "relu": torch.relu,
    "isNaN": torch.isnan, "isFinite": torch.isfinite, "logicalNot": torch.logical_not, "zerosLike": torch.zeros_like,
    "onesLike": torch.ones_like, "stopGradient": lambda x: x.detach(),
}
functions = {
    **{f"ops.{key}": both(f) for key, f in pairs.items()},
    **{f"ops.{key}": f for key, f in single.items()},
    "ops.gelu": lambda x, options={}: F.gelu(x, approximate=options.get("approximate", "none")),
    "ops.leakyRelu": lambda x, options: F.leaky_relu(x, options["slope"]),
    "ops.elu": lambda x, options: F.elu(x, options["alpha"]),
    "ops.clip": clip,
    "ops.cast": cast,
    "ops.where": lambda c, x, y: torch.where(c, x, y),
    "ops.sum": reduction(total),
    "ops.mean": reduction(lambda x, axes, keep, options: torch.mean(x, axes, keep)),
    "ops.max": reduction(lambda x, axes, keep, options: torch.amax(x, axes, keep)),
    "ops.min": reduction(lambda x, axes, keep, options: torch.amin(x, axes, keep)),
    "ops.prod": reduction(along(torch.prod)),
    "ops.any": reduction(along(torch.any)), "ops.all": reduction(along(torch.all)),
    "ops.variance": variance(torch.var), "ops.std": variance(torch.std),
    "ops.logSumExp": reduction(lambda x, axes, keep, options: torch.logsumexp(x, axes, keep)),
    "ops.cumsum": cumulative(torch.cumsum), "ops.cumprod": cumulative(torch.cumprod),
    "ops.softmax": torch.softmax, "ops.logSoftmax": torch.log_softmax,
    "ops.groupNorm": group_norm, "ops.groupStandardize": group_standardize, "ops.layerNorm": layer_norm,
    "ops.batchNorm": batch_norm,
    "ops.meanSquaredError": lambda x, y, options: F.mse_loss(x, y, reduction=options["reduction"]),
    "ops.huber": lambda x, y, options: F.huber_loss(x, y, reduction=options["reduction"], delta=options["delta"]),
    "ops.binaryCrossEntropy": lambda x, y, options: F.binary_cross_entropy_with_logits(x, y, reduction=options["reduction"]),
    "ops.softmaxCrossEntropy": cross_entropy,
    "ops.transpose": lambda x, axes=None: x.permute(axes if axes is not None else tuple(range(x.ndim))[::-1]),
    "ops.reshape": torch.reshape,
    "ops.expandDims": torch.unsqueeze,
    "ops.squeeze": lambda x, axis=None: x.squeeze() if axis is None else x.squeeze(axis),
    "ops.flip": lambda x, axis=None: torch.flip(x, tuple(range(x.ndim)) if axis is None else (axis,)),
    "ops.roll": lambda x, shift, options: torch.roll(x, shift, options["axis"]),
    "ops.slice": slice_,
    "ops.split": lambda x, parts, options: list(torch.tensor_split(x, parts, options["axis"])),
    "ops.pad": pad,
    "ops.concat": lambda xs, options: torch.cat(xs, options["axis"]),
    "ops.stack": lambda xs, options: torch.stack(xs, options["axis"]),
    "ops.tile": lambda x, reps: torch.tile(x, tuple(reps)), "ops.broadcastTo": torch.broadcast_to,
    "ops.tril": torch.tril, "ops.triu": torch.triu,
    "ops.take": take, "ops.gather": gather,
    "ops.oneHot": lambda at, depth: (at[..., None] == torch.arange(depth)).to(torch.float64),
    "ops.sort": sort, "ops.argsort": lambda x, options: order(x, options["axis"], options["descending"]),
    "ops.topK": top_k, "ops.argmax": extremum(True), "ops.argmin": extremum(False),
    "ops.einsum": lambda text, *xs: torch.einsum(text, *xs),
    "ops.conv1d": conv, "ops.conv2d": conv, "ops.convTranspose2d": conv_transpose,
    "ops.maxPool2d": pool(F.max_pool2d), "ops.avgPool2d": pool(F.avg_pool2d),
    "ops.adaptiveAvgPool2d": lambda x, size: F.adaptive_avg_pool2d(x, size),
}


def tree_map(f, *trees):
    if isinstance(trees[0], dict):
        return {key: tree_map(f, *[t[key] for t in trees]) for key in trees[0]}
    if isinstance(trees[0], (list, tuple)):
        return [tree_map(f, *parts) for parts in zip(*trees)]
    return f(*trees)


def leaf(tree):
    return leaf(tree[0]) if isinstance(tree, (list, tuple)) else tree


def rows(xs):
    return [tree_map(lambda x: x[i], xs) for i in range(leaf(xs).shape[0])]


def stacked(parts, axis=0):
    return tree_map(lambda *ts: torch.stack(ts, axis), *parts)


def scan(f, carry, xs, options):
    steps = list(enumerate(rows(xs)))
    ys = [None] * len(steps)
    for i, x in reversed(steps) if options["reverse"] else steps:
        carry, ys[i] = f(carry, x)
    return [carry, stacked(ys)]


def associative(f, xs, options):
    steps = list(enumerate(rows(xs)))
    results, last = [None] * len(steps), None
    for i, x in reversed(steps) if options["reverse"] else steps:
        last = x if last is None else f(last, x)
        results[i] = last
    return stacked(results)


def for_loop(start, stop, f, x):
    for i in range(start, stop):
        x = f(torch.tensor(i), x)
    return x


def while_loop(go, f, x, options):
    for _ in range(options["maxIterations"]):
        if not go(x):
            break
        x = f(x)
    return x


def vmap(f, options, on):
    axes = options["inAxes"]
    count = next(x.shape[axis] for x, axis in zip(on, axes) if axis is not None)
    parts = [f(*[x if axis is None else x.select(axis, i) for x, axis in zip(on, axes)]) for i in range(count)]
    return stacked(parts, options["outAxes"])


def gradient(f, on, places):
    """Of a scalar function, by the tape, so that it can be differentiated again."""
    given = [x if x.requires_grad else x.clone().requires_grad_() for x in (on[i] for i in places)]
    args = list(on)
    for i, x in zip(places, given):
        # A value of an outer tape stands for itself and not for what else depends on it.
        args[i] = x * 1
    value = f(*args)
    if not value.requires_grad:
        return value, [torch.zeros_like(x) for x in given]
    grads = torch.autograd.grad(value, [args[i] for i in places], create_graph=True, materialize_grads=True)
    return value, list(grads)


def grad(args, on):
    places = args[1]["argnums"] if len(args) > 1 else [0]
    grads = gradient(args[0], on, places)[1]
    return grads if len(args) > 1 else grads[0]


def value_and_grad(args, on):
    value, grads = gradient(args[0], on, [0])
    return [value, grads[0]]


def along_tangents(f, xs, ts):
    """Forward mode by two reverse modes."""
    given = [x * 1 if x.requires_grad else x.clone().requires_grad_() for x in xs]
    out = f(*given)
    if not out.requires_grad:
        return out, torch.zeros_like(out)
    dummy = torch.zeros_like(out, requires_grad=True)
    pulled = torch.autograd.grad(out, given, dummy, create_graph=True, materialize_grads=True)
    value = sum((g * t).sum() for g, t in zip(pulled, ts))
    if not value.requires_grad:
        return out, torch.zeros_like(out)
    return out, torch.autograd.grad(value, dummy, create_graph=True, materialize_grads=True)[0]


def jvp(f, xs, ts):
    return list(along_tangents(f, xs, ts))


def hvp(f, xs, ts):
    return [along_tangents(lambda x: gradient(f, [x], [0])[1][0], xs, ts)[1]]


def jacobian(f, x):
    given = x * 1 if x.requires_grad else x.clone().requires_grad_()
    out = f(given)
    if not out.requires_grad:
        return torch.zeros(out.shape + x.shape, dtype=torch.float64)
    rows = [
        torch.autograd.grad(v, given, create_graph=True, retain_graph=True, materialize_grads=True)[0]
        for v in out.reshape(-1)
    ]
    return torch.stack(rows).reshape(out.shape + x.shape)


transforms = {
    "jit": lambda args, on: args[0](*on),
    "checkpoint": lambda args, on: args[0](*on),
    "grad": grad,
    "valueAndGrad": value_and_grad,
    "jacobian": lambda args, on: jacobian(args[0], *on),
    "jvp": lambda args, on: jvp(*args),
    "hvp": lambda args, on: hvp(*args),
    "vmap": lambda args, on: vmap(args[0], args[1], on),
    "scan": lambda args, on: scan(*args),
    "map": lambda args, on: stacked([args[0](x) for x in rows(args[1])]),
    "forLoop": lambda args, on: for_loop(*args),
    "whileLoop": lambda args, on: while_loop(*args),
    "cond": lambda args, on: (args[1] if args[0] else args[2])(*args[3:]),
    "switchCase": lambda args, on: args[1][min(max(int(args[0]), 0), len(args[1]) - 1)](*args[2:]),
    "associativeScan": lambda args, on: associative(*args),
}


def evaluate(outputs_of, inputs, floating, weights):
    """Outputs, and gradients of the weighted sum of those that are floats (without weights: none)."""
    given = list(inputs)
    for place in floating:
        given[place] = inputs[place].clone().requires_grad_()
    outputs = outputs_of(given)
    if weights is None:
        return outputs, ()
    terms = [torch.sum(t * w) for t, w in zip([t for t in outputs if t.is_floating_point()], weights)]
    loss = functools.reduce(lambda a, b: a + b, terms)
    if not loss.requires_grad:
        return outputs, [torch.zeros_like(inputs[place]) for place in floating]
    return outputs, torch.autograd.grad(loss, [given[place] for place in floating], materialize_grads=True)
