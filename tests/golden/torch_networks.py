"""Networks in PyTorch with torchvision's names: the CIFAR ResNets, plain or with ScConv, and torchvision's own models."""

import sys
import types
from pathlib import Path

import torch.nn.functional as F
from torch import nn

# torchvision's compiled operators are not used here, and need not fit the PyTorch at hand.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))
import torchvision  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench" / "peers"))
from torch_scconv import ScConv  # noqa: E402


def conv3x3(inputs, outputs, stride):
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)


def scconv(inputs, outputs, stride, **options):
    return ScConv(inputs, out_channels=outputs, stride=stride, **options)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, conv):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 1), nn.BatchNorm2d(outputs)
        if inputs != outputs or stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class CifarResNet(nn.Module):
    def __init__(self, depth, conv=conv3x3, channels=3, classes=10):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(channels, 16, 1), nn.BatchNorm2d(16)
        width = 16
        for i, outputs in enumerate((16, 32, 64)):
            blocks = []
            for k in range(depth):
                blocks.append(BasicBlock(width, outputs, 2 if k == 0 and i > 0 else 1, conv))
                width = outputs
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


def models():
    """By the name of our function and its options: the module, and the shape of its input."""
    tv = torchvision.models
    return [
        ("resNet20", {}, CifarResNet(3), (2, 3, 16, 16)),
        ("resNet20", {"plug": {}}, CifarResNet(3, scconv), (2, 3, 16, 16)),
        ("resNet20", {"plug": {"norm": "groupNorm", "gate": "paper", "fuse": "paper"}},
         CifarResNet(3, lambda i, o, s: scconv(i, o, s, norm="groupNorm", gate="paper", fuse="paper")), (2, 3, 16, 16)),
        ("resNet18", {}, tv.resnet18(), (1, 3, 40, 40)),
        ("resNet34", {}, tv.resnet34(), (1, 3, 32, 32)),
        ("resNet50", {}, tv.resnet50(), (1, 3, 40, 40)),
        ("denseNet121", {}, tv.densenet121(), (1, 3, 40, 40)),
        ("vgg16", {"batchNorm": True, "classes": 7, "stem": "imagenet"}, tv.vgg16_bn(num_classes=7), (1, 3, 32, 32)),
    ]
