"""conv.json: convolutions, their gradients, and for some the gradients of the gradients. NCHW, float64."""

import numpy as np
import torch
import torch.nn.functional as F

from encode import quantised, save

FUNCTIONS = {"conv1d": F.conv1d, "conv2d": F.conv2d, "convTranspose2d": F.conv_transpose2d}


def padded(x, pad):
    """pad is [[before, after], ...] for each spatial axis, as in NumPy; PyTorch's runs from the last axis."""
    return F.pad(x, [n for pair in reversed(pad) for n in pair])


def case(name, fn, x_shape, w_shape, options, pad=None, second=False, seed=0):
    rng = np.random.default_rng([7, seed])
    x, w = (torch.from_numpy(quantised(rng, s)).requires_grad_() for s in (x_shape, w_shape))
    torch_names = {"outputPadding": "output_padding"}
    keywords = {torch_names.get(k, k): tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    y = FUNCTIONS[fn](padded(x, pad) if pad else x, w, **keywords)
    cotangent = torch.from_numpy(quantised(rng, tuple(y.shape))).requires_grad_()
    grad_x, grad_w = torch.autograd.grad((y * cotangent).sum(), [x, w], create_graph=True)
    row = {"name": name, "fn": fn, "options": options, "x": x, "w": w, "y": y, "cotangent": cotangent,
           "gradX": grad_x, "gradW": grad_w}
    if pad:
        row["pad"] = pad
    if second:
        u, v = (torch.from_numpy(quantised(rng, s)) for s in (x_shape, w_shape))
        again = torch.autograd.grad((grad_x * u).sum() + (grad_w * v).sum(), [x, w, cotangent])
        row["second"] = dict(zip(("u", "v", "gradX", "gradW", "gradCotangent"), (u, v, *again)))
    return row


def rows():
    c1, c2, ct = "conv1d", "conv2d", "convTranspose2d"
    yield "plain", c2, (2, 3, 5, 5), (4, 3, 3, 3), {}
    yield "padding 1", c2, (2, 3, 5, 5), (4, 3, 3, 3), {"padding": 1}
    yield "1x1", c2, (2, 6, 4, 3), (5, 6, 1, 1), {}
    yield "1x1, stride 2", c2, (1, 3, 5, 5), (2, 3, 1, 1), {"stride": 2}
    yield "stride [2, 3], padding [1, 2]", c2, (1, 2, 7, 10), (3, 2, 3, 3), {"stride": [2, 3], "padding": [1, 2]}
    yield "stride 3 over the kernel", c2, (1, 2, 8, 8), (2, 2, 2, 2), {"stride": 3}
    yield "dilation [2, 1]", c2, (1, 2, 8, 6), (3, 2, 3, 3), {"dilation": [2, 1], "padding": [2, 0]}
    yield "dilation 3, stride 2", c2, (1, 2, 9, 9), (2, 2, 3, 3), {"dilation": 3, "stride": 2, "padding": 3}
    yield "groups 2", c2, (2, 4, 5, 5), (6, 2, 3, 3), {"groups": 2, "padding": 1}
    yield "groups 4, strided, dilated", c2, (1, 8, 9, 8), (8, 2, 3, 3), {"groups": 4, "stride": 2, "dilation": 2, "padding": 2}
    yield "depthwise", c2, (2, 5, 6, 6), (5, 1, 3, 3), {"groups": 5, "padding": 1}
    yield "depthwise, multiplier 3", c2, (1, 2, 5, 5), (6, 1, 3, 3), {"groups": 2}
    yield "even kernel", c2, (1, 3, 5, 6), (4, 3, 2, 4), {"padding": [1, 2]}
    yield "5x5 kernel", c2, (1, 2, 7, 7), (2, 2, 5, 5), {"padding": 2}
    yield "7x7, stride 2, padding 3", c2, (1, 3, 11, 11), (2, 3, 7, 7), {"stride": 2, "padding": 3}
    yield "kernel of the whole input", c2, (2, 3, 4, 5), (2, 3, 4, 5), {}
    yield "1x5 kernel", c2, (1, 2, 3, 8), (3, 2, 1, 5), {"padding": [0, 2]}
    yield "padding wider than the kernel", c2, (1, 1, 3, 3), (1, 1, 2, 2), {"padding": 3}
    yield "one pixel", c2, (2, 3, 1, 1), (4, 3, 3, 3), {"padding": 1}
    yield "odd sizes over the vector width", c2, (1, 3, 9, 19), (5, 3, 3, 3), {"padding": 1}
    yield "many channels", c2, (1, 17, 3, 3), (19, 17, 1, 1), {}
    yield "plain 1d", c1, (2, 3, 9), (4, 3, 3), {}
    yield "1d, stride 2, padding 1", c1, (2, 3, 9), (4, 3, 4), {"stride": 2, "padding": 1}
    yield "1d, dilation 3, groups 2", c1, (1, 4, 12), (6, 2, 3), {"dilation": 3, "groups": 2, "padding": 3}
    yield "1d, depthwise", c1, (2, 4, 7), (4, 1, 3), {"groups": 4}
    yield "transpose", ct, (2, 3, 4, 4), (3, 5, 3, 3), {}
    yield "transpose, stride 2, padding 1", ct, (1, 3, 4, 5), (3, 4, 3, 3), {"stride": 2, "padding": 1}
    yield "transpose, stride 2, kernel 4", ct, (1, 2, 4, 4), (2, 3, 4, 4), {"stride": 2, "padding": 1}
    yield "transpose, groups 2, dilation 2", ct, (1, 4, 4, 4), (4, 3, 3, 3), {"groups": 2, "dilation": 2}
    yield "transpose, stride [3, 2]", ct, (1, 2, 3, 4), (2, 2, 2, 3), {"stride": [3, 2]}
    yield "transpose, outputPadding 1", ct, (1, 2, 4, 4), (2, 3, 3, 3), {"stride": 2, "padding": 1, "outputPadding": 1}
    yield "batch 0, transpose", ct, (0, 2, 4, 4), (2, 3, 3, 3), {}
    yield "batch 0, 1d", c1, (0, 2, 4), (3, 2, 3), {}
    yield "report 1: groups 2, gradient of w", c2, (1, 4, 6, 6), (8, 2, 3, 3), {"groups": 2}
    yield "report 2: input 6, kernel 3, stride 2", c2, (1, 1, 6, 6), (1, 1, 3, 3), {"stride": 2}
    yield "report 3: 5x5, kernel 3, dilation 2", c2, (1, 1, 5, 5), (1, 1, 3, 3), {"dilation": 2}
    yield "report 4: batch 0", c2, (0, 3, 5, 5), (4, 3, 3, 3), {"padding": 1}


def asymmetric():
    yield "pad [[0, 1], [2, 0]]", "conv2d", (1, 2, 5, 5), (3, 2, 3, 3), {}, [[0, 1], [2, 0]]
    yield "pad [[1, 2], [0, 1]], stride 2", "conv2d", (1, 2, 6, 6), (3, 2, 3, 3), {"stride": 2}, [[1, 2], [0, 1]]
    yield "causal 1d", "conv1d", (1, 2, 7), (2, 2, 3), {}, [[2, 0]]


def with_second():
    options = {"stride": 2, "dilation": 2, "padding": [2, 1], "groups": 2}
    yield "second order", "conv2d", (2, 2, 4, 4), (3, 2, 3, 3), {"padding": 1}
    yield "second order, strided, dilated, grouped", "conv2d", (1, 4, 8, 9), (4, 2, 3, 3), options
    yield "second order, depthwise", "conv2d", (1, 3, 5, 5), (3, 1, 3, 3), {"groups": 3, "stride": 2}
    yield "second order, 1d", "conv1d", (2, 2, 7), (3, 2, 3), {"stride": 2, "padding": 1}
    yield "second order, transpose", "convTranspose2d", (1, 2, 3, 3), (2, 3, 3, 3), {"stride": 2, "padding": 1}


def make():
    cases = [case(*row, seed=i) for i, row in enumerate(rows())]
    cases += [case(*row, seed=100 + i) for i, row in enumerate(asymmetric())]
    cases += [case(*row, second=True, seed=200 + i) for i, row in enumerate(with_second())]
    assert not next(c for c in cases if c["name"].startswith("report 2"))["gradX"][:, :, -1].any()
    note = (
        "gradX and gradW are gradients of sum(y * cotangent). pad, where present, is zeros put around x first, "
        "[[before, after], ...] a spatial axis; gradX is that of the unpadded x. second has the gradients of "
        "sum(gradX * u) + sum(gradW * v). Kernels of convTranspose2d are [in, out / groups, kh, kw], as in PyTorch."
    )
    save("conv", f"PyTorch {torch.__version__.split('+')[0]} (float64)", cases, note)
