"""Makes the golden values in this folder: python make.py [name ...], no name for all of them.

The values in the repository were made with Python 3.11 and the versions in requirements.txt:
PyTorch 2.13.0, JAX 0.10.2, optax 0.2.8, NumPy 2.4.6, SciPy 1.17.1, safetensors 0.8.0. The tests
read only the JSON; nothing here is needed to run them.

    python3 -m venv .venv
    .venv/bin/pip install -r tests/golden/requirements.txt
    .venv/bin/python tests/golden/make.py
"""

import importlib
import sys

NAMES = [
    "random",
    "special",
    "scconv",
    "conv",
    "elementwise",
    "reductions",
    "extremes",
    "nnops",
    "arrays",
    "optim",
    "files",
    "control",
    "derivatives",
    "networks",
    "onnx",
]

if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            sys.exit(f"make.py: no such data set: {name}; there are: {' '.join(NAMES)}")
        importlib.import_module(f"gen_{name}").make()
