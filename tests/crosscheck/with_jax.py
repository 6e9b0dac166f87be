"""The public functions in JAX."""

import functools

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

name = "jax"


def array(data, shape, dtype):
    kind = {"bool": bool, "int32": "int64", "uint32": "int64"}.get(dtype, "float64")
    return jnp.asarray(data, dtype=kind).reshape(shape)


def cast(x, dtype):
    x = jnp.asarray(x)
    if dtype == "bool":
        return x != 0
    if dtype == "int32":
        whole = x.astype("int64")
        return ((whole + 2**31) & (2**32 - 1)) - 2**31
    if dtype == "uint32":
        return x.astype("int64") & (2**32 - 1)
    return x.astype("float64")


def numpy(x):
    import numpy

    return numpy.asarray(x)


def axis_of(option, otherwise=None):
    axis = option.get("axis", otherwise) if isinstance(option, dict) else option
    return tuple(axis) if isinstance(axis, list) else axis


def reduction(f, **fixed):
    def run(x, option=None):
        options = option if isinstance(option, dict) else {}
        more = {"ddof": options.get("correction", 0)} if "ddof" in fixed else {}
        return f(x, axis=axis_of(option), keepdims=options.get("keepDims", False), **more)

    return run


def cumulative(f):
    def run(x, options):
        axis = options["axis"]
        if options["reverse"]:
            return jnp.flip(f(jnp.flip(x, axis), axis=axis), axis)
        return f(x, axis=axis)

    return run


def slice_(x, start, limit, options=None):
    options = options or {"axis": 0, "step": 1}
    return lax.slice_in_dim(x, start, limit, options["step"], options["axis"] % x.ndim)


def pad(x, widths, options):
    widths = [(widths, widths)] * x.ndim if isinstance(widths, int) else widths
    return jnp.pad(x, widths, constant_values=options["value"])


def sort(x, options):
    return jnp.sort(x, axis=options["axis"], stable=True, descending=options["descending"])


def argsort(x, options):
    return jnp.argsort(x, axis=options["axis"], stable=True, descending=options["descending"])


def top_k(x, k, options):
    values, indices = lax.top_k(jnp.moveaxis(x, options["axis"], -1), k)
    return [jnp.moveaxis(values, -1, options["axis"]), jnp.moveaxis(indices, -1, options["axis"])]


def extremum(f):
    def run(x, options=None):
        options = options or {}
        return f(x, axis=options.get("axis"), keepdims=options.get("keepDims", False))

    return run


def pair(value, count=2):
    return list(value) if isinstance(value, list) else [value] * count


def pads(padding, extents, spans, strides):
    if padding == "valid":
        return [(0, 0)] * len(extents)
    if padding == "same":
        totals = [max(0, (-(-n // s) - 1) * s + k - n) for n, k, s in zip(extents, spans, strides)]
        return [(t // 2, t - t // 2) for t in totals]
    if isinstance(padding, list) and isinstance(padding[0], list):
        return [tuple(p) for p in padding]
    return [(p, p) for p in pair(padding, len(extents))]


def conv(x, w, options):
    count = x.ndim - 2
    stride, dilation = pair(options["stride"], count), pair(options["dilation"], count)
    spans = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation)]
    letters = "HW"[:count] if count == 2 else "W"
    return lax.conv_general_dilated(
        x, w, stride, pads(options["padding"], x.shape[2:], spans, stride), rhs_dilation=dilation,
        feature_group_count=options["groups"], dimension_numbers=(f"NC{letters}", f"OI{letters}", f"NC{letters}"),
    )


def conv_transpose(x, w, options):
    g, s, p, d, extra = (options[k] for k in ("groups", "stride", "padding", "dilation", "outputPadding"))
    i, o, h, v = w.shape
    kernel = jnp.flip(w, (2, 3)).reshape(g, i // g, o, h, v).transpose(0, 2, 1, 3, 4).reshape(g * o, i // g, h, v)
    padding = [(d * (k - 1) - p, d * (k - 1) - p + extra) for k in (h, v)]
    return lax.conv_general_dilated(
        x, kernel, (1, 1), padding, lhs_dilation=(s, s), rhs_dilation=(d, d), feature_group_count=g,
        dimension_numbers=("NCHW", "OIHW", "NCHW"),
    )


def max_pool(x, size, options):
    window, stride = pair(size), pair(options["stride"])
    padding = [(0, 0), (0, 0)] + [(p, p) for p in pair(options["padding"])]
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, *window), (1, 1, *stride), padding)


def avg_pool(x, size, options):
    window, stride = pair(size), pair(options["stride"])
    padding = [(0, 0), (0, 0)] + [(p, p) for p in pair(options["padding"])]
    sums = lax.reduce_window(x, 0.0, lax.add, (1, 1, *window), (1, 1, *stride), padding)
    return sums / (window[0] * window[1])


def adaptive(x, size):
    def cut(n, k):
        return [(i * n // k, -(-(i + 1) * n // k)) for i in range(k)]

    rows = [jnp.mean(x[:, :, a:b], axis=2, keepdims=True) for a, b in cut(x.shape[2], size[0])]
    tall = jnp.concatenate(rows, axis=2)
    return jnp.concatenate([jnp.mean(tall[..., a:b], axis=3, keepdims=True) for a, b in cut(x.shape[3], size[1])], axis=3)


def channels(t, x):
    return t.reshape((1, -1) + (1,) * (x.ndim - 2))


def group_norm(x, groups, options):
    g = x.reshape(x.shape[0], groups, -1)
    y = (g - g.mean(-1, keepdims=True)) / jnp.sqrt(g.var(-1, keepdims=True) + options["eps"])
    y = y.reshape(x.shape)
    if "weight" in options:
        y = y * channels(options["weight"], x) + channels(options["bias"], x)
    return y


def group_standardize(x, groups, options):
    g = x.reshape(x.shape[0], groups, -1)
    return ((g - g.mean(-1, keepdims=True)) / (g.std(-1, keepdims=True, ddof=1) + options["eps"])).reshape(x.shape)


def layer_norm(x, options):
    axis = options["axis"]
    y = (x - x.mean(axis, keepdims=True)) / jnp.sqrt(x.var(axis, keepdims=True) + options["eps"])
    if "weight" in options:
        y = y * options["weight"].reshape([n if i == axis % x.ndim else 1 for i, n in enumerate(x.shape)])
    return y


def batch_norm(x, mean, variance, options):
    return (x - channels(mean, x)) / jnp.sqrt(channels(variance, x) + options["eps"])


def reduced(value, options):
    return {"none": lambda v: v, "sum": jnp.sum, "mean": jnp.mean}[options["reduction"]](value)


def huber(x, y, options):
    d = options["delta"]
    a = jnp.abs(x - y)
    return reduced(jnp.where(a <= d, 0.5 * (x - y) ** 2, d * (a - 0.5 * d)), options)


def cross_entropy(x, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(x, -1), labels[..., None], -1)[..., 0]


def scan(f, init, xs, options):
    return lax.scan(lambda c, x: tuple(f(c, x)), init, xs, reverse=options["reverse"])


def while_loop(go, f, x, options):
    state = (0, x)
    return lax.while_loop(lambda s: (s[0] < options["maxIterations"]) & go(s[1]), lambda s: (s[0] + 1, f(s[1])), state)[1]


def value(x):
    return jnp.asarray(x)


both = {
    "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "mod": jnp.mod, "pow": jnp.power,
    "atan2": jnp.arctan2, "maximum": jnp.maximum, "minimum": jnp.minimum, "equal": jnp.equal, "notEqual": jnp.not_equal,
    "less": jnp.less, "lessEqual": jnp.less_equal, "greater": jnp.greater, "greaterEqual": jnp.greater_equal,
    "logicalAnd": jnp.logical_and, "logicalOr": jnp.logical_or, "matmul": jnp.matmul, "dot": jnp.dot,
}
single = {
    "neg": jnp.negative, "abs": jnp.abs, "sign": jnp.sign, "square": jnp.square, "sin": jnp.sin, "cos": jnp.cos,
    "tan": jnp.tan, "tanh": jnp.tanh, "exp": jnp.exp, "expm1": jnp.expm1, "log": jnp.log, "log1p": jnp.log1p,
    "sqrt": jnp.sqrt, "rsqrt": lax.rsqrt, "reciprocal": jnp.reciprocal, "erf": lax.erf, "erfInv": lax.erf_inv,
    "floor": jnp.floor, "ceil": jnp.ceil, "trunc": jnp.trunc, "round": jnp.round, "sigmoid": jax.nn.sigmoid,
    "silu": jax.nn.silu, "softplus": jax.nn.softplus, "relu": jax.nn.relu, "isNaN": jnp.isnan, "isFinite": jnp.isfinite,
    "logicalNot": jnp.logical_not, "zerosLike": jnp.zeros_like, "onesLike": jnp.ones_like,
    "stopGradient": lax.stop_gradient,
}
functions = {
    **{f"ops.{key}": (lambda f: lambda x, y: f(value(x), value(y)))(f) for key, f in both.items()},
    **{f"ops.{key}": f for key, f in single.items()},
    "ops.gelu": lambda x, options={}: jax.nn.gelu(x, approximate=options.get("approximate") == "tanh"),
    "ops.leakyRelu": lambda x, options: jax.nn.leaky_relu(x, options["slope"]),
    "ops.elu": lambda x, options: jax.nn.elu(x, options["alpha"]),
    "ops.clip": lambda x, low, high: jnp.clip(x, low, high),
    "ops.cast": cast,
    "ops.sigmoidGate": lambda x, gate: x * jax.nn.sigmoid(gate),
    "ops.where": lambda c, x, y: jnp.where(c, x, y),
    "ops.sum": reduction(jnp.sum), "ops.mean": reduction(jnp.mean), "ops.max": reduction(jnp.max),
    "ops.min": reduction(jnp.min), "ops.prod": reduction(jnp.prod), "ops.any": reduction(jnp.any),
    "ops.all": reduction(jnp.all), "ops.variance": reduction(jnp.var, ddof=True), "ops.std": reduction(jnp.std, ddof=True),
    "ops.logSumExp": reduction(jax.nn.logsumexp),
    "ops.cumsum": cumulative(jnp.cumsum), "ops.cumprod": cumulative(jnp.cumprod),
    "ops.softmax": lambda x, axis: jax.nn.softmax(x, axis), "ops.logSoftmax": lambda x, axis: jax.nn.log_softmax(x, axis),
    "ops.groupNorm": group_norm, "ops.groupStandardize": group_standardize, "ops.layerNorm": layer_norm,
    "ops.batchNorm": batch_norm,
    "ops.meanSquaredError": lambda x, y, options: reduced((x - y) ** 2, options),
    "ops.huber": huber,
    "ops.binaryCrossEntropy": lambda x, y, options: reduced(jax.nn.softplus(x) - x * y, options),
    "ops.softmaxCrossEntropy": cross_entropy,
    "ops.transpose": lambda x, axes=None: jnp.transpose(x, axes),
    "ops.reshape": lambda x, shape: jnp.reshape(x, shape),
    "ops.expandDims": jnp.expand_dims, "ops.squeeze": jnp.squeeze, "ops.flip": jnp.flip,
    "ops.roll": lambda x, shift, options: jnp.roll(x, shift, options["axis"]),
    "ops.slice": slice_, "ops.split": lambda x, parts, options: jnp.split(x, parts, options["axis"]), "ops.pad": pad,
    "ops.concat": lambda xs, options: jnp.concatenate(xs, options["axis"]),
    "ops.stack": lambda xs, options: jnp.stack(xs, options["axis"]),
    "ops.tile": jnp.tile, "ops.broadcastTo": jnp.broadcast_to, "ops.tril": jnp.tril, "ops.triu": jnp.triu,
    "ops.take": lambda x, at, options: jnp.take(x, at, axis=options["axis"]),
    "ops.gather": lambda x, at, options: jnp.take_along_axis(x, at, options["axis"]),
    "ops.oneHot": lambda at, depth: jax.nn.one_hot(at, depth),
    "ops.sort": sort, "ops.argsort": argsort, "ops.topK": top_k,
    "ops.argmax": extremum(jnp.argmax), "ops.argmin": extremum(jnp.argmin),
    "ops.einsum": lambda text, *xs: jnp.einsum(text, *xs),
    "ops.conv1d": conv, "ops.conv2d": conv, "ops.convTranspose2d": conv_transpose,
    "ops.maxPool2d": max_pool, "ops.avgPool2d": avg_pool, "ops.adaptiveAvgPool2d": adaptive,
}


def hvp(f, xs, ts):
    return [jax.jvp(jax.grad(f), tuple(xs), tuple(ts))[1]]


def argnums(rest):
    return tuple(rest[0]["argnums"]) if rest else 0


def vmap(f, options, on):
    return jax.vmap(f, in_axes=tuple(options["inAxes"]), out_axes=options["outAxes"])(*on)


transforms = {
    "jit": lambda args, on: jax.jit(args[0])(*on),
    "checkpoint": lambda args, on: jax.checkpoint(args[0])(*on),
    "grad": lambda args, on: jax.grad(args[0], argnums(args[1:]))(*on),
    "valueAndGrad": lambda args, on: jax.value_and_grad(args[0])(*on),
    "jacobian": lambda args, on: jax.jacrev(args[0])(*on),
    "jvp": lambda args, on: jax.jvp(args[0], tuple(args[1]), tuple(args[2])),
    "hvp": lambda args, on: hvp(*args),
    "vmap": lambda args, on: vmap(args[0], args[1], on),
    "scan": lambda args, on: scan(*args),
    "map": lambda args, on: lax.map(*args),
    "forLoop": lambda args, on: lax.fori_loop(args[0], args[1], args[2], args[3]),
    "whileLoop": lambda args, on: while_loop(*args),
    "cond": lambda args, on: lax.cond(*args),
    "switchCase": lambda args, on: lax.switch(*args),
    "associativeScan": lambda args, on: lax.associative_scan(args[0], args[1], reverse=args[2]["reverse"]),
}


def evaluate(outputs_of, inputs, floating, weights):
    """Outputs, and gradients of the weighted sum of those that are floats (without weights: none), as one XLA program."""

    def both(given):
        outputs = outputs_of(given)
        if weights is None:
            return outputs, ()

        def loss(*floats):
            args = list(given)
            for place, x in zip(floating, floats):
                args[place] = x
            results = [t for t in outputs_of(args) if jnp.issubdtype(t.dtype, jnp.floating)]
            return functools.reduce(lambda a, b: a + b, [jnp.sum(t * w) for t, w in zip(results, weights)])

        return outputs, jax.grad(loss, tuple(range(len(floating))))(*[given[place] for place in floating])

    return jax.jit(both)(inputs)
