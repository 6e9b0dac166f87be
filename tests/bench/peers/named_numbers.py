"""The numbers of ../numbers.ts: the same name gives the same values."""

import math

import numpy as np


def values(name, count):
    """`count` values in [-1, 1), evenly distributed; float32."""
    seed = 0x811C9DC5  # FNV-1a
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    u = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(seed)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((15, 0x85EBCA77), (13, 0xC2B2AE3D)):
        u = (u ^ (u >> np.uint64(shift))) * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    u ^= u >> np.uint64(16)
    return (u / 2**31 - 1).astype(np.float32)


def parameter(name, shape):
    """A parameter by its name in a state dict, as a float32 array of the shape."""
    v = values(name, math.prod(shape)).reshape(shape)
    if v.ndim in (2, 4):
        return (v / np.float64(math.sqrt(math.prod(shape[1:])))).astype(np.float32)
    if name.endswith(("weight", "running_var")):
        return np.abs(v) + np.float32(0.5)
    return (v * np.float64(0.1)).astype(np.float32)
