"""Reads a state dict that Cotangent wrote into PyTorch's ResNet-20, strictly, and prints its outputs. By hand only.

    python tests/golden/torch_networks_exchange.py model.safetensors            plain
    python tests/golden/torch_networks_exchange.py model.safetensors --scconv   with ScConv

The file is made by `io.saveSafetensors(path, io.toTorchStateDict(network, params, state))`; the image is that of
gen_networks.py for "x" and [2, 3, 16, 16].
"""

import argparse

import torch
from safetensors.torch import load_file

from gen_networks import image
from torch_cifar_resnet import CifarResNet, conv3x3, scconv

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--scconv", action="store_true")
    args = parser.parse_args()
    module = CifarResNet(3, scconv if args.scconv else conv3x3)
    module.load_state_dict(load_file(args.file))
    with torch.no_grad():
        print(module.double().eval()(image((2, 3, 16, 16))).tolist())
