"""nnops.json: softmax, pooling, normalisation, losses: values and gradients, PyTorch, float64."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from cases import case
from encode import quantised, save

INF = math.inf


def normal(seed, *shape, scale=1.0):
    return quantised(np.random.default_rng([17, seed]), shape, scale)


def softmaxes():
    for fn, run in (("softmax", F.softmax), ("logSoftmax", F.log_softmax)):
        for i, axis in enumerate((0, 1, -1)):
            yield case(fn, {"x": normal(i, 3, 4, 2)}, {"axis": axis}, lambda x: run(x, axis), second=axis == 1)
        yield case(fn, {"x": [[1000.0, 1001.0, 999.0], [-1000.0, 0.0, 1000.0]]}, {"axis": -1}, lambda x: run(x, -1), "large values")
        yield case(fn, {"x": [[0.5, -INF, 1.5]]}, {"axis": -1}, lambda x: run(x, -1), "-Infinity", gradients=fn == "softmax")


def pools():
    options = [
        (2, {}), (3, {"stride": 2}), (3, {"stride": 1, "padding": 1}), ([2, 3], {"stride": [1, 2], "padding": [1, 0]}),
        (2, {"stride": 3}), (3, {"stride": 2, "padding": 1}),
    ]
    for i, (size, more) in enumerate(options):
        arguments = {k: tuple(v) if isinstance(v, list) else v for k, v in more.items()}
        x = normal(20 + i, 2, 2, 6, 7)
        yield case("maxPool2d", {"x": x}, {"size": size, **more}, lambda x: F.max_pool2d(x, size, **arguments))
        yield case("avgPool2d", {"x": x}, {"size": size, **more}, lambda x: F.avg_pool2d(x, size, **arguments))
    ties = np.array([[[[1.0, 1, 2, 0], [1, 1, 2, 2], [0, 3, 0, 0], [3, 3, 0, 0]]]])
    low = np.full((1, 1, 3, 3), -INF)
    low[0, 0, 2, 2] = -5.0
    nan = np.array([[[[1.0, math.nan, 2, 0], [1, 1, 2, 2]]]])
    first = "ties: the first in the window has the gradient"
    yield case("maxPool2d", {"x": ties}, {"size": 2}, lambda x: F.max_pool2d(x, 2), first)
    yield case("maxPool2d", {"x": ties}, {"size": 3, "stride": 1}, lambda x: F.max_pool2d(x, 3, 1), first + ", overlapping")
    name = "-Infinity inside, padding"
    yield case("maxPool2d", {"x": low}, {"size": 2, "stride": 1, "padding": 1}, lambda x: F.max_pool2d(x, 2, 1, 1), name)
    yield case("maxPool2d", {"x": nan}, {"size": 2}, lambda x: F.max_pool2d(x, 2), "NaN", gradients=False)
    yield case("maxPool2d", {"x": normal(30, 1, 1, 4, 4) - 3}, {"size": 2, "padding": 1}, lambda x: F.max_pool2d(x, 2, padding=1), "negative, padded")
    for i, size in enumerate((1, 2, [3, 2], [7, 5], [5, 4])):
        run = lambda x: F.adaptive_avg_pool2d(x, tuple(size) if isinstance(size, list) else size)
        yield case("adaptiveAvgPool2d", {"x": normal(40 + i, 2, 2, 7, 5)}, {"size": size}, run)


def normalisations():
    x = normal(50, 2, 6, 3, 4)
    scaled = {"x": x, "weight": normal(51, 6), "bias": normal(52, 6)}
    for groups in (1, 2, 3, 6):
        run = lambda x, weight, bias: F.group_norm(x, groups, weight, bias)
        yield case("groupNorm", scaled, {"groups": groups, "eps": 1e-5}, run, second=groups == 3)
    yield case("groupNorm", {"x": x}, {"groups": 2, "eps": 1e-2}, lambda x: F.group_norm(x, 2, eps=1e-2), "no scale")
    yield case("groupNorm", {"x": normal(53, 3, 4)}, {"groups": 2, "eps": 1e-5}, lambda x: F.group_norm(x, 2), "[N, C]")
    for groups, eps in ((3, 1e-10), (2, 0.1)):
        def standardize(x):
            g = x.reshape(x.shape[0], groups, -1)
            return ((g - g.mean(2, keepdim=True)) / (g.std(2, keepdim=True) + eps)).reshape(x.shape)
        yield case("groupStandardize", {"x": x}, {"groups": groups, "eps": eps}, standardize, second=groups == 3)
    rows = {"x": normal(54, 2, 3, 5), "weight": normal(55, 5), "bias": normal(56, 5)}
    yield case("layerNorm", rows, {"axis": [-1], "eps": 1e-5}, lambda x, weight, bias: F.layer_norm(x, (5,), weight, bias), second=True)
    planes = {"x": normal(57, 2, 3, 5), "weight": normal(58, 3, 5), "bias": normal(59, 3, 5)}
    yield case("layerNorm", planes, {"axis": [-2, -1], "eps": 1e-3}, lambda x, weight, bias: F.layer_norm(x, (3, 5), weight, bias, 1e-3))
    yield case("layerNorm", {"x": normal(60, 4, 6)}, {"axis": [-1], "eps": 1e-5}, lambda x: F.layer_norm(x, (6,)), "no scale")


def batch_norms():
    for i, shape in enumerate(((4, 3, 2, 3), (5, 3))):
        for train in (True, False):
            mean, var = torch.from_numpy(normal(70 + i, 3)), torch.from_numpy(np.abs(normal(72 + i, 3)) + 0.25)
            after = [mean.clone(), var.clone()]
            inputs = {"x": normal(74 + i, *shape), "weight": normal(76 + i, 3), "bias": normal(78 + i, 3)}
            run = lambda x, weight, bias: F.batch_norm(x, *after, weight, bias, training=train)
            row = case("batchNorm", inputs, {"train": train, "eps": 1e-5, "momentum": 0.1}, run, second=train and i == 0)
            yield row | {"running": {"mean": mean, "variance": var}, "runningAfter": {"mean": after[0], "variance": after[1]}}


def losses():
    logits, labels = normal(80, 4, 5, scale=2.0), np.array([0, 4, 2, 2], np.int64)
    run = lambda logits, labels: F.cross_entropy(logits, labels, reduction="none")
    yield case("softmaxCrossEntropy", {"logits": logits, "labels": labels}, {}, run, second=True)
    large = {"logits": [[1000.0, 0.0, -1000.0], [0.0, 800.0, 800.0]], "labels": np.array([0, 0], np.int64)}
    yield case("softmaxCrossEntropy", large, {}, run, "large logits")
    target = np.array([0.0, 1.0, 0.25, 1.0, 0.0, 0.5])
    z = {"x": np.array([0.5, -1.5, 2.0, 40.0, -40.0, 0.0]), "y": target}
    p = {"x": np.array([0.5, 0.25, 0.75, 0.999, 0.001, 0.125]), "y": target}
    pair = {"x": normal(82, 3, 4), "y": normal(83, 3, 4)}
    edge = {"x": np.array([0.0, 1.0, 0.0, 1.0]), "y": np.array([0.0, 1.0, 1.0, 0.0])}
    kinks = {"x": np.array([-3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0]), "y": np.zeros(7)}
    for reduction in ("none", "mean"):
        more = {"reduction": reduction}
        yield case("binaryCrossEntropy", z, {"logits": True, **more}, lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction=reduction))
        yield case("binaryCrossEntropy", p, {"logits": False, **more}, lambda x, y: F.binary_cross_entropy(x, y, reduction=reduction), wrt=["x"])
        yield case("meanSquaredError", pair, more, lambda x, y: F.mse_loss(x, y, reduction=reduction))
        for delta in (1.0, 0.5):
            yield case("huber", pair, {"delta": delta, **more}, lambda x, y: F.huber_loss(x, y, reduction=reduction, delta=delta))
        yield case("huber", kinks, {"delta": 1.0, **more}, lambda x, y: F.huber_loss(x, y, reduction=reduction), "at the kinks")
    run = lambda x, y: F.binary_cross_entropy(x, y, reduction="none")
    yield case("binaryCrossEntropy", edge, {"logits": False, "reduction": "none"}, run, "PyTorch holds the logarithm at -100", gradients=False)


def make():
    cases = [row for part in (softmaxes, pools, normalisations, batch_norms, losses) for row in part()]
    note = (
        "grads are those of sum(value * cotangent) for the named inputs; second.grads those of sum(grads * second.u). "
        "batchNorm: running statistics before and after the call; PyTorch normalises by the biased variance and keeps the "
        "unbiased one: after = (1 - momentum) * before + momentum * batch."
    )
    save("nnops", f"PyTorch {torch.__version__.split('+')[0]} (float64)", cases, note)
