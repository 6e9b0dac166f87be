"""Evaluates the programs of a file, one JSON object a line, with PyTorch and JAX, and compares values and gradients.

    python check.py FILE

Prints one JSON object a line for each difference, and one that counts.
"""

import importlib
import json
import os
import sys
import warnings

# Programs are small: compiling them well takes longer than running them.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

import numpy as np  # noqa: E402

from evaluate import Evaluator, Unsupported  # noqa: E402


def numbers(data):
    return np.asarray([float(v) for v in data], dtype="float64")


def difference(actual, given, allowed):
    """What is wrong with an array, if something is."""
    if list(actual.shape) != given["shape"]:
        return f"has shape {list(actual.shape)}, ours {given['shape']}"
    a, b = np.asarray(actual, dtype="float64").reshape(-1), numbers(given["data"])
    limit = allowed if given["dtype"].startswith("float") else 0
    with np.errstate(invalid="ignore"):
        wrong = ~((a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= limit))
    if not wrong.any():
        return None
    k = int(np.argmax(wrong))
    return f"has {a[k]!r} at {k}, ours {b[k]!r} (allowed: {limit}); {int(wrong.sum())} of {a.size} differ"


def compare(framework, case):
    """The differences between a framework and the outputs and gradients of a case."""
    program = case["program"]
    evaluator = Evaluator(framework, case["dtypes"])
    inputs = [framework.array(data, i["shape"], i["dtype"]) for data, i in zip(case["inputs"], program["inputs"])]
    floating = [k for k, i in enumerate(program["inputs"]) if i["dtype"].startswith("float")]
    weights = None
    if case["gradients"] is not None:
        weights = [framework.array(w["data"], w["shape"], "float64") for w in case["weights"]]
    outputs, grads = framework.evaluate(lambda given: evaluator.outputs(program, given), inputs, floating, weights)
    found = []
    for what, results, ours, allowed in (
        ("output", outputs, case["outputs"], case["allowed"]),
        ("gradient", grads, case["gradients"] or (), case["gradientAllowed"]),
    ):
        for k, (actual, given) in enumerate(zip(results, ours)):
            wrong = difference(framework.numpy(actual), given, allowed)
            if wrong:
                found.append({"what": f"{what} {k}", "why": wrong})
    return found


def main(path):
    warnings.filterwarnings("ignore")
    frameworks = [importlib.import_module(f"with_{name}") for name in ("torch", "jax")]
    counts = {f.name: {"programs": 0, "gradients": 0, "unsupported": {}} for f in frameworks}
    with open(path) as file:
        for n, line in enumerate(file):
            case = json.loads(line)
            for framework in frameworks:
                count = counts[framework.name]
                try:
                    differences = compare(framework, case)
                except Unsupported as error:
                    count["unsupported"][str(error)] = count["unsupported"].get(str(error), 0) + 1
                    continue
                except Exception as error:  # what a framework refuses is a difference too
                    differences = [{"what": "program", "why": f"{type(error).__name__}: {error}"[:500]}]
                count["programs"] += 1
                count["gradients"] += case["gradients"] is not None
                for d in differences:
                    print(json.dumps({"case": n, "framework": framework.name, **d}), flush=True)
            if n % 20 == 19:
                importlib.import_module("jax").clear_caches()
    print(json.dumps({"counts": counts}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
