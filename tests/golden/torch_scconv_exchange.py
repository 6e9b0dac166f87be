"""Reads a safetensors state dict into PyTorch's ScConv and prints a checksum of its output. By hand only.

    python tests/golden/torch_scconv_exchange.py weights.safetensors --channels 32 --groups 4
    python tests/golden/torch_scconv_exchange.py weights.safetensors --channels 32 --write

The input is sin(0), sin(1), ... in row-major order, [1, channels, 16, 16] unless --shape says other.
--write makes a state dict with PyTorch's own initial values first.
"""

import argparse
import json

import torch
from safetensors.torch import load_file, save_file

from torch_scconv import ScConv


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--channels", type=int, required=True)
    parser.add_argument("--groups", type=int, default=4)
    parser.add_argument("--options", type=json.loads, default={}, help='more of ScConv\'s, as JSON: \'{"alpha": 0.25}\'')
    parser.add_argument("--shape", type=int, nargs=4)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(0)
    module = ScConv(args.channels, args.groups, **args.options)
    if args.write:
        save_file(module.state_dict(), args.file)
    module.load_state_dict(load_file(args.file))  # strict: a missing or unknown name is an error
    shape = args.shape or [1, args.channels, 16, 16]
    x = torch.sin(torch.arange(torch.Size(shape).numel(), dtype=torch.float64)).reshape(shape)
    with torch.no_grad():
        y = module.double()(x)
    print(json.dumps({"shape": list(y.shape), "sum": y.sum().item(), "sumOfSquares": (y * y).sum().item(),
                      "first": y.flatten()[:4].tolist()}))


if __name__ == "__main__":
    main()
