"""networks.json: names, shapes and outputs of networks in PyTorch, whose parameters are made of their names.

Parameters and images come from tests/bench/peers/named_numbers.py, as in tests/bench/numbers.ts, so that nothing large is
checked in. Every network is filled through load_state_dict, strictly. Outputs are of float64.
"""

import hashlib
import sys

import torch
from safetensors.torch import save_file

from encode import FOLDER, save
from torch_models import models

sys.path.insert(0, str(FOLDER.parent / "bench" / "peers"))
from named_numbers import parameter, values  # noqa: E402


def named(module):
    dict_ = {
        name: torch.from_numpy(parameter(name, tuple(t.shape))) if t.is_floating_point() else t
        for name, t in module.state_dict().items()
    }
    module.load_state_dict(dict_)
    return module


def image(shape):
    return torch.from_numpy(values("x", torch.Size(shape).numel()).reshape(shape)).double()


def half():
    """torch-half.safetensors: a convolution and a batch norm as they are saved in half precision."""
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))
    dict_ = module.state_dict()
    dict_["0.weight"] = torch.tensor([0.5, -1.25]).reshape(2, 1, 1, 1).bfloat16()
    dict_["0.bias"] = torch.tensor([0.1, 3]).half()
    dict_["1.running_var"] = torch.tensor([2.0, 4.0])
    save_file(dict_, FOLDER / "torch-half.safetensors")


def make():
    half()
    cases = []
    for name, options, module, shape in models():
        named(module)
        entries = sorted((n, list(t.shape)) for n, t in module.state_dict().items() if t.is_floating_point())
        text = "\n".join(f"{n} {','.join(map(str, s))}" for n, s in entries)
        x = image(shape)
        with torch.no_grad():
            y = module.double().eval()(x)
        case = {
            "name": name, "options": options, "shape": list(shape), "entries": len(entries),
            "sha256": hashlib.sha256(text.encode()).hexdigest(), "sample": [n for n, _ in entries[:: max(1, len(entries) // 12)]],
            "out": y[:, :10],
        }
        if name == "resNet20":
            with torch.no_grad():
                case["trained"] = module.train()(x)
            case["running_var"] = module.state_dict()["layer3.2.bn2.running_var"]
        cases.append(case)
    save("networks", "PyTorch 2.13.0 and torchvision 0.28.0", cases)
