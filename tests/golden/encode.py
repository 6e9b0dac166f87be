"""How golden values are written: tensors as plain objects, floats that read back exactly.

A tensor is {"shape": [...], "dtype": "float64", "data": [flat, row-major numbers]}. NaN and the
infinities are the strings "NaN", "Infinity" and "-Infinity"; booleans are 0 and 1. Every float is
the shortest decimal that reads back to the same float32 or float64.
"""

import json
import math
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
NAMES = {"float64", "float32", "int32", "uint32", "int64", "bool"}


def number(value, float32=False):
    """One JSON token for a Python or NumPy number."""
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    text = np.format_float_scientific(value, unique=True, trim="-") if float32 else repr(float(value))
    if float32:
        plain = np.format_float_positional(value, unique=True, trim="-")
        text = plain if len(plain) <= len(text) else text
    text = text[:-2] if text.endswith(".0") and float(value) != 0 else text
    return "-0.0" if value == 0 and math.copysign(1, value) < 0 else ("0" if value == 0 else text)


class Tensor:
    """A NumPy array (or anything np.asarray takes) to be written as a tensor."""

    def __init__(self, array, dtype=None):
        array = np.asarray(array)
        if array.dtype == np.int64 and dtype is None:  # PyTorch's indices; ours are int32
            array = array.astype(np.int32)
        self.array = array if dtype is None else array.astype(dtype)
        assert self.array.dtype.name in NAMES, self.array.dtype

    def text(self):
        float32 = self.array.dtype == np.float32
        data = ",".join(number(v, float32) for v in self.array.ravel())
        shape = ",".join(map(str, self.array.shape))
        return f'{{"shape":[{shape}],"dtype":"{self.array.dtype.name}","data":[{data}]}}'


def text(value):
    """JSON of nested dicts, lists, strings, numbers, Tensors, NumPy arrays and torch tensors."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        value = Tensor(value)
    if isinstance(value, Tensor):
        return value.text()
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(text(v) for v in value) + "]"
    if isinstance(value, (bool, str)) or value is None:
        return json.dumps(value)
    return number(value, isinstance(value, np.float32))


def save(name, made_with, cases, note=None):
    """Writes NAME.json: a comment, an optional note, and one case a line."""
    head = {"comment": f"Made by tests/golden/make.py with {made_with}. Do not edit."}
    if note:
        head["note"] = note
    lines = ",\n".join(text(case) for case in cases)
    body = text(head)[:-1] + ',"cases":[\n' + lines + "\n]}\n"
    json.loads(body)
    path = FOLDER / f"{name}.json"
    path.write_text(body)
    print(f"{path.name}: {len(cases)} cases, {len(body) // 1024} KiB")


def quantised(rng, shape, scale=1.0):
    """Standard normal values rounded to multiples of 1/64: short in JSON, exact in float32."""
    return np.round(rng.standard_normal(shape) * scale * 64) / 64 + 0.0
