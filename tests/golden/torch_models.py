"""Networks in PyTorch under the names of our functions: torchvision's own models, and the ResNets for CIFAR."""

import sys
import types

# torchvision's compiled operators are not used here, and need not fit the PyTorch at hand.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))
import torchvision  # noqa: E402

from torch_cifar_resnet import CifarResNet, scconv  # noqa: E402


def models():
    """By the name of our function and its options: the module, and the shape of its input."""
    tv = torchvision.models
    paper = {"norm": "groupNorm", "gate": "paper", "fuse": "paper"}
    return [
        ("resNet20", {}, CifarResNet(3), (2, 3, 16, 16)),
        ("resNet20", {"plug": {}}, CifarResNet(3, scconv), (2, 3, 16, 16)),
        ("resNet20", {"plug": paper}, CifarResNet(3, lambda i, o, s: scconv(i, o, s, **paper)), (2, 3, 16, 16)),
        ("resNet18", {}, tv.resnet18(), (1, 3, 40, 40)),
        ("resNet34", {}, tv.resnet34(), (1, 3, 32, 32)),
        ("resNet50", {}, tv.resnet50(), (1, 3, 40, 40)),
        ("denseNet121", {}, tv.densenet121(), (1, 3, 40, 40)),
        ("vgg16", {"batchNorm": True, "classes": 7, "stem": "imagenet"}, tv.vgg16_bn(num_classes=7), (1, 3, 32, 32)),
    ]
