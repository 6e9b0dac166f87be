"""The ResNets for CIFAR in PyTorch with torchvision's names, plain or with ScConv: for golden values and for the bench."""

import torch.nn.functional as F
from torch import nn

from torch_scconv import ScConv


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
