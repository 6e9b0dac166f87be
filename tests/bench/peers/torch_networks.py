"""The networks of ../networks.ts in PyTorch, with the same names of parameters."""

import sys
from pathlib import Path

from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
from torch_cifar_resnet import CifarResNet, conv3x3, scconv  # noqa: E402
from torch_scconv import ScConv  # noqa: E402


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        if shortcut is not None:
            self.shortcut = shortcut

    def forward(self, x):
        return (self.shortcut(x) if hasattr(self, "shortcut") else x) + self.body(x)


def conv(inputs, outputs, stride):
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)


def resnet(depth, norm, second=conv):
    """Three stages of 16, 32 and 64 channels with `depth` blocks of two convolutions each."""
    layers, width = [conv(3, 16, 1), norm(16), nn.ReLU()], 16
    for channels in (16, 32, 64):
        for i in range(depth):
            stride = 2 if i == 0 and channels > 16 else 1
            body = nn.Sequential(
                conv(width, channels, stride), norm(channels), nn.ReLU(), second(channels, channels, 1), norm(channels))
            change = None if width == channels else nn.Conv2d(width, channels, 1, stride, bias=False)
            layers += [Residual(body, change), nn.ReLU()]
            width = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def mnist(size):
    """That of the training program."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        ScConv(32), nn.GroupNorm(4, 32), nn.ReLU(), nn.MaxPool2d(2),
        ScConv(32, out_channels=64), nn.GroupNorm(4, 64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * (size // 4) ** 2, 10),
    )


def network(name, size):
    """The network and the channels of its images."""
    def group_norm(channels):
        return nn.GroupNorm(4, channels)

    if name == "resnet8":
        return resnet(1, group_norm), 3
    if name == "resnet20":
        return resnet(3, nn.BatchNorm2d).eval(), 3
    if name == "resnet56-scconv":
        return resnet(9, group_norm, lambda inputs, outputs, stride: ScConv(inputs)), 3
    if name in ("resnet20-train", "resnet20-scconv-train"):  # batch norms with the statistics of the batch
        return CifarResNet(3, conv3x3 if name == "resnet20-train" else scconv), 3
    if name == "mnist":
        return mnist(size), 1
    raise ValueError(f"no network {name}")


def layer(name, channels, depth=1):
    def one():
        if name == "conv3x3":
            return nn.Conv2d(channels, channels, 3, padding=1)
        return ScConv(channels, fuse="paper" if depth > 1 else "concat")

    return one() if depth == 1 else nn.Sequential(*(one() for _ in range(depth)))
