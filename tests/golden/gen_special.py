"""special.json: float32 inputs and exact values, rounded to float64, to count ulps by."""

import math

import mpmath
import numpy as np

from encode import Tensor, save

mpmath.mp.prec = 200
TINY = [1e-45, 1e-38, 1.1754944e-38, 1e-30, 1e-20, 1e-10, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3]
HUGE = [1e10, 1e20, 1e30, 3.4028235e38]
ENDS = [0.0, -0.0, math.inf, -math.inf, math.nan]


def spread(low, high, count=120):
    """Evenly spaced values moved off their round positions, so that mantissas are arbitrary."""
    rng = np.random.default_rng(count)
    step = (high - low) / count
    return list(low + step * (np.arange(count) + rng.random(count)))


def powers(low, high, count=60):
    return [2.0**e for e in spread(low, high, count)]


def both(values):
    return list(values) + [-v for v in values]


INPUTS = {
    "exp": spread(-104, 89) + both(TINY) + both(powers(-10, 4, 20)) + [88.72283, 88.72284, -87.33655, -103.97, -104.1, 1, -1],
    "expm1": spread(-18, 89, 70) + both(powers(-14, 1, 40)) + both(TINY) + [88.72283, -17.4, 0.5, -0.5],
    "log": powers(-126, 128, 90) + spread(0.5, 2, 80) + TINY + HUGE + [0.999, 1, 0.99999994, 1.0000001, 0.9999, 1.001, -1],
    "log1p": spread(-0.99, 3, 90) + both(powers(-24, -1, 30)) + both(TINY) + HUGE + [1e-7, -1, -0.99999994, -2],
    "sin": spread(-10, 10, 100) + both(powers(3, 20, 30)) + both(TINY) + [1000, 3.1415927, 6.2831855, 1.5707964, 355, 710, 1e5, 1e8, 1e20],
    "cos": spread(-10, 10, 100) + both(powers(3, 20, 30)) + both(TINY) + [1000, 3.1415927, 6.2831855, 1.5707964, 355, 710, 1e5, 1e8, 1e20],
    "tan": spread(-10, 10, 100) + both(powers(3, 20, 30)) + both(TINY) + [1000, 3.1415927, 6.2831855, 1.5707964, 0.7853982, 355, 710, 1e5],
    "tanh": spread(-10, 10, 120) + both(powers(-14, 0, 25)) + both(TINY) + both([20, 88, 100]),
    "erf": spread(-4.2, 4.2, 120) + both(powers(-14, 0, 25)) + both(TINY) + both([5, 10]),
    "sigmoid": spread(-104, 20, 90) + spread(-6, 6, 60) + both(TINY) + [88, 89, 100, -88.7, -87.5],
    "rsqrt": powers(-126, 128, 120) + spread(0.5, 4, 60) + TINY + HUGE + [1, 4, -1],
    "sqrt": powers(-126, 128, 60) + spread(0.5, 4, 40) + TINY + HUGE + [1, 2, 4, -1],
    "erfInv": spread(-1, 1, 140) + [1 - 2.0**-e for e in range(1, 25)] + [2.0**-e - 1 for e in range(1, 25)] + both(TINY) + [1, -1, 1.5],
    "softplus": spread(-104, 40, 90) + spread(-6, 6, 60) + both(TINY) + [88, 100, 1e10],
    "gelu": spread(-13, 6, 100) + spread(-4, 4, 60) + both(TINY) + [100, -13.2, -20],
}

GUARD = {  # where mpmath's own limit or domain is not ours
    "log": lambda x: -math.inf if x == 0 else None,
    "log1p": lambda x: -math.inf if x == -1 else None,
    "rsqrt": lambda x: math.copysign(math.inf, x) if x == 0 else None,
    "erfInv": lambda x: math.copysign(math.inf, x) if abs(x) == 1 else None,
}
LOWEST = {"log": 0, "log1p": -1, "rsqrt": 0, "sqrt": 0, "erfInv": -1}
LIMITS = {  # at -Infinity and Infinity
    "exp": (0.0, math.inf), "expm1": (-1.0, math.inf), "log": (math.nan, math.inf), "log1p": (math.nan, math.inf),
    "sin": (math.nan, math.nan), "cos": (math.nan, math.nan), "tan": (math.nan, math.nan), "tanh": (-1.0, 1.0),
    "erf": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "rsqrt": (math.nan, 0.0), "sqrt": (math.nan, math.inf),
    "erfInv": (math.nan, math.nan), "softplus": (0.0, math.inf), "gelu": (None, math.inf),
}
EXACT = {
    "exp": mpmath.exp, "expm1": mpmath.expm1, "log": mpmath.log, "log1p": mpmath.log1p, "sin": mpmath.sin,
    "cos": mpmath.cos, "tan": mpmath.tan, "tanh": mpmath.tanh, "erf": mpmath.erf, "erfInv": mpmath.erfinv,
    "sqrt": mpmath.sqrt,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
}


def exact(name, x):
    if math.isnan(x):
        return math.nan
    if math.isinf(x):
        return LIMITS[name][x > 0]
    if x < LOWEST.get(name, -math.inf) or (name == "erfInv" and x > 1):
        return math.nan
    special = GUARD.get(name, lambda _: None)(x)
    if special is not None:
        return special
    if x == 0 and name in ("sin", "tan", "tanh", "erf", "expm1", "log1p", "sqrt", "erfInv", "gelu"):
        return x  # mpmath has no signed zero
    return float(EXACT[name](mpmath.mpf(x)))


def make():
    cases = []
    for name, inputs in INPUTS.items():
        with np.errstate(over="ignore", under="ignore"):
            ends = [v for v in ENDS if not (name == "gelu" and v == -math.inf)]  # PyTorch's is NaN there, the limit 0
            x = np.array(inputs + ends, np.float32)
        y = np.array([exact(name, float(v)) for v in x])
        cases.append({"fn": name, "x": Tensor(x), "value": Tensor(y)})
    note = "x is float32; value is the exact result of that float32, rounded to float64 (round again for float32)."
    save("special", f"mpmath {mpmath.__version__} (200 bits)", cases, note)
