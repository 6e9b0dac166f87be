"""Testing: a module of parameters, images and labels to losses and right answers."""

import jax
import numpy as np

from .artefact import Artefact, ArtefactError
from .data import batch, fit
from .mesh import everywhere, sharding_of


class Evaluator:
    """Runs the module `evaluate` that `deno task export` writes over all examples of the test data."""

    def __init__(self, artefact: Artefact, names: list[str], arrays: list[np.ndarray], mesh):
        known = {f"0.{name}": i for i, name in enumerate(names)}
        self.sources = [known.get(leaf.path) for leaf in artefact.inputs]
        leaves = [leaf for leaf, source in zip(artefact.inputs, self.sources) if source is None]
        self.arrays = fit(arrays, leaves, artefact.name)
        self.leaves = leaves
        self.outputs = {leaf.path: i for i, leaf in enumerate(artefact.outputs)}
        if not {"losses", "right"} <= self.outputs.keys():
            raise ArtefactError(f"{artefact.name}: gives {', '.join(self.outputs)} instead of losses and right")
        self.shardings = [sharding_of(mesh, leaf) for leaf in leaves]
        self.function = jax.jit(artefact.call, out_shardings=everywhere(mesh))

    def __call__(self, carried: list[jax.Array]) -> tuple[float, float]:
        """Mean loss and accuracy."""
        size, count = self.leaves[0].shape[0], len(self.arrays[0])
        loss = right = 0.0
        for start in range(0, count, size):
            indices = np.minimum(np.arange(start, start + size), count - 1)  # the last batch repeats the last example
            data = iter(batch(x, indices, leaf, s) for x, leaf, s in zip(self.arrays, self.leaves, self.shardings))
            results = self.function(*(next(data) if source is None else carried[source] for source in self.sources))
            valid = min(size, count - start)
            loss += np.asarray(results[self.outputs["losses"]].addressable_data(0), np.float64)[:valid].sum()
            right += np.asarray(results[self.outputs["right"]].addressable_data(0), np.float64)[:valid].sum()
        return float(loss / count), float(right / count)
