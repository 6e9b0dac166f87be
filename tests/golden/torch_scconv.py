"""ScConv in PyTorch, with every option: the oracle for scconv.json and the peer in tests/bench/peers.

After "SCConv: Spatial and Channel Reconstruction Convolution for Feature Redundancy" (Li, Wen, He,
CVPR 2023) and the module that its users run. State dicts have the names SRU.gn.weight, SRU.gn.bias,
CRU.squeeze1.weight, CRU.squeeze2.weight, CRU.GWC.weight, CRU.GWC.bias, CRU.PWC1.weight, CRU.PWC2.weight.
"""

import torch
import torch.nn.functional as F
from torch import nn


class GroupBatchNorm2d(nn.Module):
    """Groups of channels standardised by the unbiased deviation, eps added to the deviation."""

    def __init__(self, channels, groups=16, eps=1e-10):
        super().__init__()
        assert channels >= groups
        self.groups, self.eps = groups, eps
        self.weight = nn.Parameter(torch.randn(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        grouped = x.view(x.shape[0], self.groups, -1)
        mean, std = grouped.mean(2, keepdim=True), grouped.std(2, keepdim=True)
        return ((grouped - mean) / (std + self.eps)).view(x.shape) * self.weight + self.bias


class SRU(nn.Module):
    def __init__(self, channels, groups=16, gate_threshold=0.5, norm="groupBatchNorm", gate="mask"):
        super().__init__()
        self.gn = GroupBatchNorm2d(channels, groups) if norm == "groupBatchNorm" else nn.GroupNorm(groups, channels)
        self.gate_threshold, self.gate = gate_threshold, gate

    def reweights(self, x):
        g = self.gn(x)
        share = self.gn.weight / self.gn.weight.sum()
        return g, torch.sigmoid(g * share.view(1, -1, 1, 1))

    def forward(self, x):
        g, r = self.reweights(x)
        above = r >= self.gate_threshold
        if self.gate == "mask":
            x1, x2 = above * g, ~above * g
        else:  # eq. 3 and 4: weights of 1 or 0 above the threshold, their own value below, on the input
            x1 = torch.where(above, 1.0, r) * x
            x2 = torch.where(above, 0.0, r) * x
        half = x.shape[1] // 2
        x11, x12 = x1.split([half, x.shape[1] - half], 1)
        x21, x22 = x2.split([half, x.shape[1] - half], 1)
        return torch.cat([x11 + x22, x12 + x21], 1)


class CRU(nn.Module):
    def __init__(self, channels, alpha=0.5, squeeze_ratio=2, group_size=2, group_kernel_size=3,
                 fuse="concat", out_channels=None, stride=1):
        super().__init__()
        out = channels if out_channels is None else out_channels
        self.up = int(alpha * channels)
        self.low = channels - self.up
        up, low = self.up // squeeze_ratio, self.low // squeeze_ratio
        self.fuse, self.stride = fuse, stride
        self.squeeze1 = nn.Conv2d(self.up, up, 1, bias=False)
        self.squeeze2 = nn.Conv2d(self.low, low, 1, bias=False)
        self.GWC = nn.Conv2d(up, out, group_kernel_size, stride, group_kernel_size // 2, groups=group_size)
        self.PWC1 = nn.Conv2d(up, out, 1, bias=False)
        self.PWC2 = nn.Conv2d(low, out - low, 1, bias=False)

    def forward(self, x):
        up, low = x.split([self.up, self.low], 1)
        up, low = self.squeeze1(up), self.squeeze2(low)
        pooled_up = F.avg_pool2d(up, self.stride) if self.stride > 1 else up
        low = F.avg_pool2d(low, self.stride) if self.stride > 1 else low
        y1 = self.GWC(up) + self.PWC1(pooled_up)
        y2 = torch.cat([self.PWC2(low), low], 1)
        if self.fuse == "concat":
            both = torch.cat([y1, y2], 1)
            both = F.softmax(F.adaptive_avg_pool2d(both, 1), 1) * both
            y1, y2 = both.chunk(2, 1)
            return y1 + y2
        s = torch.stack([y1.mean((2, 3)), y2.mean((2, 3))])  # eq. 8 and 9: [2, N, C]
        b1, b2 = F.softmax(s, 0)[..., None, None]
        return b1 * y1 + b2 * y2


class ScConv(nn.Module):
    def __init__(self, channels, groups=4, gate_threshold=0.5, alpha=0.5, squeeze_ratio=2, group_size=2,
                 group_kernel_size=3, norm="groupBatchNorm", gate="mask", fuse="concat", out_channels=None, stride=1):
        super().__init__()
        self.SRU = SRU(channels, groups, gate_threshold, norm, gate)
        self.CRU = CRU(channels, alpha, squeeze_ratio, group_size, group_kernel_size, fuse, out_channels, stride)

    def forward(self, x):
        return self.CRU(self.SRU(x))
