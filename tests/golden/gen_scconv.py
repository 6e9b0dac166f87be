"""scconv.json: ScConv and its units, values and all gradients of sum(y * cotangent), in float64."""

import re

import numpy as np
import torch

import torch_scconv as ours
from encode import quantised, save

MARGIN = 1e-6  # no gate closer to its threshold than this


def options(**camel):
    """camelCase options as Python's names."""
    return {re.sub(r"[A-Z]", lambda m: "_" + m[0].lower(), k): v for k, v in camel.items()}


def fill(module, rng, positive):
    """Parameters that are short in JSON; norm weights about 1, kernels in Kaiming's scale."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            norm = name.split(".")[-2:] in (["gn", "weight"], ["weight"])
            fan = max(1, p[0].numel()) if p.ndim == 4 else 1
            value = quantised(rng, tuple(p.shape), 1 / np.sqrt(fan) if p.ndim == 4 else 0.5)
            p.copy_(torch.from_numpy(value + (1 if norm and positive else 0)))


def margin(module, x):
    gates = [m for m in module.modules() if isinstance(m, ours.SRU)]
    if not gates:
        return 1.0
    return (gates[0].reweights(x)[1] - gates[0].gate_threshold).abs().min().item()


def case(name, module_name, channels, x_shape, opts, positive=True, seed=0):
    cls = {"groupBatchNorm2d": ours.GroupBatchNorm2d, "sru": ours.SRU, "cru": ours.CRU, "scConv": ours.ScConv}[module_name]
    for attempt in range(200):
        rng = np.random.default_rng([seed, attempt])
        module = cls(channels, **options(**opts)).double()
        fill(module, rng, positive)
        x = torch.from_numpy(quantised(rng, x_shape)).requires_grad_()
        if margin(module, x) > MARGIN:
            break
    else:
        raise RuntimeError(f"{name}: every draw has a gate at its threshold")
    y = module(x)
    cotangent = torch.from_numpy(quantised(rng, tuple(y.shape)))
    names = [n for n, _ in module.named_parameters()]
    grads = torch.autograd.grad((y * cotangent).sum(), [x, *module.parameters()])
    return {
        "name": name, "module": module_name, "inChannels": channels, "options": opts, "x": x,
        "params": dict(module.named_parameters()), "y": y, "cotangent": cotangent,
        "gradX": grads[0], "gradParams": dict(zip(names, grads[1:])),
    }


SMALL = (2, 16, 4, 4)


def make():
    paper = {"gate": "paper", "fuse": "paper"}
    rows = [
        ("default", "scConv", 32, (2, 32, 8, 8), {}),
        ("eight groups, threshold 0.51", "scConv", 16, SMALL, {"groups": 8, "gateThreshold": 0.51}),
        ("one group, threshold 0.49", "scConv", 16, (1, 16, 5, 7), {"groups": 1, "gateThreshold": 0.49}),
        ("alpha 1/4", "scConv", 16, SMALL, {"alpha": 0.25}),
        ("alpha 3/4", "scConv", 16, SMALL, {"alpha": 0.75}),
        ("squeezeRatio 4", "scConv", 16, SMALL, {"squeezeRatio": 4}),
        ("groupSize 1", "scConv", 16, SMALL, {"groupSize": 1}),
        ("groupSize 4", "scConv", 16, SMALL, {"groupSize": 4}),
        ("kernel 5", "scConv", 16, (1, 16, 6, 6), {"groupKernelSize": 5}),
        ("kernel 1", "scConv", 16, (1, 16, 3, 3), {"groupKernelSize": 1}),
        ("norm groupNorm", "scConv", 16, SMALL, {"norm": "groupNorm"}),
        ("gate paper", "scConv", 16, SMALL, {"gate": "paper"}),
        ("fuse paper", "scConv", 16, SMALL, {"fuse": "paper"}),
        ("outChannels 32", "scConv", 16, (1, 16, 6, 6), {"outChannels": 32}),
        ("outChannels 8", "scConv", 16, (1, 16, 6, 6), {"outChannels": 8}),
        ("stride 2", "scConv", 16, SMALL, {"stride": 2}),
        ("outChannels 24, stride 2", "scConv", 16, SMALL, {"outChannels": 24, "stride": 2}),
        ("all of the paper", "scConv", 16, (2, 16, 6, 6), {"norm": "groupNorm", **paper}),
        ("all options", "scConv", 24, (1, 24, 6, 6), {
            "groups": 6, "gateThreshold": 0.52, "alpha": 2 / 3, "squeezeRatio": 4, "groupSize": 4,
            "groupKernelSize": 5, "norm": "groupNorm", "outChannels": 32, "stride": 2, **paper}),
        ("groupBatchNorm2d alone", "groupBatchNorm2d", 32, (2, 32, 3, 4), {}),
        ("groupBatchNorm2d, groups 4, eps 0.1", "groupBatchNorm2d", 8, (2, 8, 3, 4), {"groups": 4, "eps": 0.1}),
        ("SRU alone", "sru", 16, (2, 16, 3, 3), {"groups": 4}),
        ("SRU of the paper", "sru", 16, (2, 16, 3, 3), {"groups": 4, "gate": "paper", "norm": "groupNorm"}),
        ("CRU alone", "cru", 8, (2, 8, 5, 5), {}),
    ]
    cases = [case(*row, seed=i) for i, row in enumerate(rows)]
    raw = ("random-normal norm weights", "scConv", 16, SMALL, {})
    cases.append(case(*raw, positive=False, seed=100))
    note = (
        "loss = sum(y * cotangent); gradX and gradParams are its gradients. x, params and cotangent are multiples of "
        f"1/64, exact in float32. No gate is within {MARGIN} of its threshold. Masks carry no gradient; with gate "
        "paper, r carries one where it is kept (below the threshold). The sum of the norm's weights carries a gradient."
    )
    save("scconv", f"PyTorch {torch.__version__.split('+')[0]} (float64)", cases, note)
