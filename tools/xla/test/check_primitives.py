"""Runs modules of primitives through XLA and compares with what the reference backend gave: one line a primitive."""

import json
import pathlib
import sys

import jax
import numpy as np
from safetensors import safe_open

from cotangent_xla.artefact import Artefact

tolerance = 1e-5


def distances(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Absolute below 1, relative above; infinite where one is no number and the other is, or integers differ."""
    if expected.dtype.kind != "f":
        return np.where(actual == expected, 0.0, np.inf)
    actual, expected = actual.astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(actual - expected) / np.maximum(1, np.abs(expected))
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    return np.where(same, 0.0, np.where(np.isfinite(distance), distance, np.inf))


def check(path: pathlib.Path):
    """The primitive, the number of cases, the largest distance, and the failures."""
    artefact = Artefact.read(path)
    with safe_open(path.with_suffix(".safetensors"), "numpy") as file:
        metadata = file.metadata()
        inputs = [file.get_tensor(f"in.{i}") for i in range(len(artefact.inputs))]
        expected = [file.get_tensor(f"out.{i}") for i in range(len(artefact.outputs))]
    labels = json.loads(metadata["labels"])
    results = jax.jit(artefact.call)(*inputs)
    worst, failures = 0.0, []
    for leaf, result, wanted in zip(artefact.outputs, results, expected):
        result = np.asarray(result)
        if result.shape != wanted.shape or result.dtype != wanted.dtype:
            failures.append(f"{leaf.path}: {result.dtype}{result.shape} instead of {wanted.dtype}{wanted.shape}")
            continue
        if wanted.size == 0:
            continue
        distance = distances(result, wanted)
        at = np.unravel_index(np.argmax(distance), distance.shape)
        worst = max(worst, float(distance[at]))
        if distance[at] > tolerance:
            case, *what = leaf.path.split(".")
            count = int((distance > tolerance).sum())
            failures.append(
                f"{labels[int(case)]}, {'.'.join(what)}: {count} of {wanted.size} differ: {result[at]} instead of {wanted[at]}"
            )
    return metadata["primitive"], len(labels), worst, failures


def main() -> int:
    jax.config.update("jax_enable_x64", True)
    rows: dict[str, list] = {}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.mlir")):
        try:
            primitive, cases, worst, failures = check(path)
        except Exception as error:  # what the compiler refuses is a failure of this module, not of the others
            primitive, cases, worst, failures = path.stem.rsplit("_", 1)[0], 0, np.inf, [f"{path.stem}: {str(error)[:500]}"]
        row = rows.setdefault(primitive, [0, 0.0, []])
        row[0] += cases
        row[1] = max(row[1], worst)
        row[2] += failures
    failed = 0
    for primitive, (cases, worst, failures) in rows.items():
        print(f"{'FAILED' if failures else 'ok':7}{primitive:16}{cases:4} cases, largest distance {worst:.1e}")
        for failure in failures[:8]:
            print(f"         {failure}")
        failed += bool(failures)
    print(f"{len(rows) - failed} of {len(rows)} primitives agree within {tolerance:g}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
