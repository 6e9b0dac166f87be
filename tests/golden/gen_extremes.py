"""extremes.json: softmax, norms and losses of float32 inputs at the ends of their range, in float64, PyTorch.

What matters is that float32 overflows, underflows or cancels on the way where float64 does not.
"""

import numpy as np
import torch
import torch.nn.functional as F

from encode import Tensor, save

MAX = 3.4028235e38
INF = float("inf")


class LogSumExp(torch.autograd.Function):
    """PyTorch's own gradient, exp(x - logsumexp), loses the logarithm beside a large x."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return torch.logsumexp(x, -1)

    @staticmethod
    def backward(context, cotangent):
        return torch.softmax(context.saved_tensors[0], -1) * cotangent[..., None]


def cross_entropy(x, target):
    """PyTorch's own cancels below -37."""
    return target * F.softplus(-x, threshold=700) + (1 - target) * F.softplus(x, threshold=700)


def rows():
    rng = np.random.default_rng(23)
    return {
        "large": [[1e4, 10001, 9999.5, -1e4], [1e30, 1e30, -1e30, 0]],
        "largest": [[3e38, 3e38, -3e38, 0], [MAX, 0, 0, MAX]],
        "around the overflow of exp": [[88.7, 89, 90, 88], [-88, -89, -104, -103.5]],
        "far below zero": [[-200, -200.5, -201, -250], [-1e30, -1e30, -1e30, -2e30]],
        "far apart": [[0, -87, -100, -200], [1000, 0, 999.99, 913]],
        "no class": [[-INF, 0, 1, -INF], [-INF, -INF, -INF, 5]],
        "one in a thousand": [list(rng.normal(0, 1, 999)) + [30.0], list(rng.normal(50, 0.01, 1000))],
    }


def moments():
    rng = np.random.default_rng(29)
    return {
        "far from zero": [1e4 + rng.normal(0, 1, 64), 1e6 + np.arange(64) % 3],
        "farther": [16777216.0 - np.arange(64), -8e6 + rng.normal(0, 1, 64)],
        "small": [1e-18 * rng.normal(0, 1, 64), 1e-5 + 1e-7 * rng.normal(0, 1, 64)],
        "big": [1e18 * rng.normal(0, 1, 64), 1e15 + 1e12 * rng.normal(0, 1, 64)],
        "equal": [np.full(64, 0.1), np.full(64, 1e20)],
        "one apart": [np.eye(1, 64)[0], 1000 + np.eye(1, 64)[0]],
    }


def made(fn, name, x, f, cotangent=None, **more):
    """f of the float32 numbers, taken as float64, and the gradient of Σ cotangent · f."""
    x = np.asarray(x, np.float32)
    t = torch.from_numpy(x.astype(np.float64)).requires_grad_()
    value = f(t)
    row = {"fn": fn, "name": name, "x": Tensor(x), "value": value, **more}
    if cotangent is not False:
        weights = np.random.default_rng(31).integers(-8, 9, tuple(value.shape)) / 8
        weights = torch.from_numpy(np.asarray(weights, np.float64))
        row |= {"cotangent": weights, "grad": torch.autograd.grad((value * weights).sum(), t)[0]}
    return row


def make():
    cases = []
    for name, x in rows().items():
        infinite = name == "no class"
        cases.append(made("softmax", name, x, lambda t: F.softmax(t, -1)))
        cases.append(made("logSoftmax", name, x, lambda t: F.log_softmax(t, -1), cotangent=False if infinite else None))
        cases.append(made("logSumExp", name, x, lambda t: LogSumExp.apply(t)))
        labels = [2, 3]
        cases.append(made("softmaxCrossEntropy", name, x, lambda t: F.cross_entropy(t, torch.tensor(labels), reduction="none"),
                          labels=np.array(labels, np.int32)))
    for name, x in moments().items():
        cases.append(made("variance", name, x, lambda t: t.var(-1, correction=0)))
        if name != "equal":
            cases.append(made("std", name, x, lambda t: t.std(-1, correction=1), correction=1))
        cases.append(made("layerNorm", name, x, lambda t: F.layer_norm(t, [64], eps=1e-5)))
        cases.append(made("groupNorm", name, x, lambda t: F.group_norm(t, 4, eps=1e-5), groups=4))
    logits = [[-1e4, -200, -104, -90, -88, -1e-30, 0, 1e-30, 17, 88, 90, 104, 200, 1e4, 1e30, -1e30, MAX, -MAX]]
    for target in (0.0, 0.25, 1.0):
        cases.append(made("binaryCrossEntropy", f"target {target}", logits,
                          lambda t: cross_entropy(t, target), target=target))
    save("extremes", f"PyTorch {torch.__version__.split('+')[0]} (float64)", cases)


if __name__ == "__main__":
    make()
