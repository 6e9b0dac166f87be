"""JAX's random numbers, rewritten in NumPy from random-notes.md.

It is here to hold the notes to the truth: gen_random.py asserts that these functions give JAX's
bits. Read the notes for the why.
"""

import math

import numpy as np

U32 = np.uint32
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry2x32(key, x0, x1):
    x0, x1 = np.array(x0, U32), np.array(x1, U32)
    k0, k1 = U32(key[0]), U32(key[1])
    ks = (k0, k1, k0 ^ k1 ^ U32(0x1BD11BDA))
    with np.errstate(over="ignore"):
        x0, x1 = x0 + ks[0], x1 + ks[1]
        for i in range(5):
            for r in ROTATIONS[i % 2]:
                x0 = x0 + x1
                x1 = ((x1 << U32(r)) | (x1 >> U32(32 - r))) ^ x0
            x0, x1 = x0 + ks[(i + 1) % 3], x1 + ks[(i + 2) % 3] + U32(i + 1)
    return x0, x1


def key(seed):
    """What jax.random.PRNGKey(seed) gives without 64-bit mode."""
    return np.array([0, seed & 0xFFFFFFFF], U32)


def fma(a, b, c):
    """a * b + c in float32 with one rounding: the product of two float32 is exact in float64."""
    return (np.float64(a) * np.float64(b) + np.float64(c)).astype(np.float32)


def counters(shape):
    index = np.arange(math.prod(shape), dtype=np.uint64).reshape(shape)
    return (index >> np.uint64(32)).astype(U32), index.astype(U32)


def split(k, num):
    return np.stack(threefry2x32(k, *counters((num,))), axis=-1)


def fold_in(k, data):
    return np.stack(threefry2x32(k, U32(0), U32(data & 0xFFFFFFFF)), axis=-1)


def bits(k, shape):
    a, b = threefry2x32(k, *counters(shape))
    return a ^ b


def uniform(k, shape, low=0.0, high=1.0):
    low, high = np.float32(low), np.float32(high)
    mantissa = (bits(k, shape) >> U32(9)) | U32(0x3F800000)
    u = mantissa.view(np.float32) - np.float32(1)
    return np.maximum(low, fma(u, high - low, low))


def randint(k, shape, low, high):
    k1, k2 = split(k, 2)
    span = U32((high - low) % 2**32 if high > low else 1)
    hi, lo = bits(k1, shape), bits(k2, shape)
    with np.errstate(over="ignore"):
        m = U32(65536) % span
        m = (m * m) % span
        offset = ((hi % span) * m + lo % span) % span
        return (U32(low % 2**32) + offset).view(np.int32)


def permutation(k, n):
    x = np.arange(n, dtype=np.int32)
    for _ in range(math.ceil(3 * math.log(max(1, n)) / math.log(2**32 - 1))):
        k, sub = split(k, 2)
        x = x[np.argsort(bits(sub, (n,)), kind="stable")]
    return x


SMALL = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
         -0.00125372503, -0.00417768164, 0.246640727, 1.50140941)
LARGE = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
         -0.0076224613, 0.00943887047, 1.00167406, 2.83297682)


def erf_inv(x):
    f = np.float32
    with np.errstate(divide="ignore", invalid="ignore"):  # at -1 and 1, and at NaN
        w = -np.log1p(x * -x)
        small = w < f(5)
        w = np.where(small, w - f(2.5), np.sqrt(w) - f(3))
        p = np.where(small, f(SMALL[0]), f(LARGE[0]))
        for a, b in zip(SMALL[1:], LARGE[1:]):
            p = fma(p, w, np.where(small, f(a), f(b)))
        return np.where(np.abs(x) == 1, x * f(np.inf), p * x)


LOWEST = np.nextafter(np.float32(-1), np.float32(0))


def normal(k, shape):
    return np.float32(math.sqrt(2)) * erf_inv(uniform(k, shape, LOWEST, 1))


def truncated_normal(k, shape, low, high):
    f = np.float32
    root = f(math.sqrt(2))
    a, b = (f(math.erf(f(v) / root)) for v in (low, high))
    x = root * erf_inv(uniform(k, shape, a, b))
    return np.clip(x, np.nextafter(f(low), f(np.inf)), np.nextafter(f(high), f(-np.inf)))


def gumbel(k, shape):
    return -np.log(-np.log(uniform(k, shape, np.finfo(np.float32).tiny, 1)))


def categorical(k, logits, shape=None):
    """One draw a row of logits [..., K]; shape, if given, is [..., rows]."""
    logits = np.asarray(logits, np.float32)
    full = (*logits.shape[:-1], logits.shape[-1]) if shape is None else (*shape, logits.shape[-1])
    return np.argmax(gumbel(k, full) + logits, axis=-1).astype(np.int32)
