"""A training step on a mesh: which inputs are carried from step to step, which take data, and where each lies."""

import jax
import numpy as np
from jax.experimental import multihost_utils

from .artefact import Artefact, ArtefactError
from .mesh import everywhere, place, sharding_of


class Step:
    """A module whose donated inputs are fed by its outputs. Carried arrays have the names of the outputs that feed them."""

    def __init__(self, artefact: Artefact, mesh):
        self.artefact, self.mesh = artefact, mesh
        position = {leaf.path: i for i, leaf in enumerate(artefact.inputs)}
        self.feeding = [(i, position[leaf.feeds]) for i, leaf in enumerate(artefact.outputs) if leaf.feeds]
        fed = {to for _, to in self.feeding}
        lost = [leaf.path for i, leaf in enumerate(artefact.inputs) if leaf.donated and i not in fed]
        if lost or not fed:
            what = f"no output takes the place of {lost[0]}" if lost else "no input is donated"
            raise ArtefactError(
                f"{artefact.name}: {what}; export a step with donate that returns its new parameters and state"
            )
        self.names = [artefact.outputs[i].path for i, _ in self.feeding]
        self.carried = [artefact.inputs[to] for _, to in self.feeding]
        self.data_at = [i for i in range(len(artefact.inputs)) if i not in fed]
        self.data = [artefact.inputs[i] for i in self.data_at]
        self.results = {leaf.path: i for i, leaf in enumerate(artefact.outputs) if not leaf.feeds}
        self.loss_at = self._scalar("loss", 0)
        self.accuracy_at = self._scalar("accuracy", 1)

        self.shardings = [sharding_of(mesh, leaf) for leaf in artefact.inputs]
        whole = everywhere(mesh)
        outputs = [self.shardings[position[leaf.feeds]] if leaf.feeds else whole for leaf in artefact.outputs]
        self.function = jax.jit(
            artefact.call, in_shardings=tuple(self.shardings), out_shardings=tuple(outputs), donate_argnums=tuple(sorted(fed))
        )
        self.gather = jax.jit(lambda *xs: xs, out_shardings=whole)

    def _scalar(self, name: str, order: int) -> int | None:
        """The output of this name, or the scalar of this place among the results that are not carried."""
        if name in self.results:
            return self.results[name]
        scalars = [i for i in self.results.values() if self.artefact.outputs[i].shape == ()]
        return scalars[order] if order < len(scalars) else None

    @property
    def batch(self) -> int:
        return self.data[0].shape[0]

    def compiled_text(self) -> str:
        """The program after XLA partitioned it: shows the collectives."""
        shapes = [jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in self.artefact.inputs]
        return self.function.lower(*shapes).compile().as_text()

    def begin(self, arrays: dict[str, np.ndarray], where: str) -> list[jax.Array]:
        """The carried arrays on the mesh. Process 0 has them, the others pass anything."""
        if jax.process_index() == 0:
            self._check(arrays, where)
            values = tuple(arrays[name] for name in self.names)
        else:
            values = tuple(np.zeros(leaf.shape, leaf.dtype) for leaf in self.carried)
        if jax.process_count() > 1:
            values = tuple(np.asarray(x) for x in multihost_utils.broadcast_one_to_all(values))
        return [place(x, self.shardings[to]) for x, (_, to) in zip(values, self.feeding)]

    def _check(self, arrays: dict[str, np.ndarray], where: str) -> None:
        for name, leaf in zip(self.names, self.carried):
            if name not in arrays:
                raise ArtefactError(f"{where}: lacks {name}")
            found = arrays[name]
            if found.shape != leaf.shape or found.dtype != leaf.dtype:
                raise ArtefactError(
                    f"{where}: {name} is {found.dtype}{list(found.shape)}, the step takes {leaf.dtype}{list(leaf.shape)}"
                )

    def __call__(self, carried: list[jax.Array], data: list[jax.Array]) -> tuple[list[jax.Array], tuple]:
        """One step: what is carried on, and all results."""
        flat: list = [None] * len(self.artefact.inputs)
        for (_, to), x in zip(self.feeding, carried):
            flat[to] = x
        for at, x in zip(self.data_at, data):
            flat[at] = x
        results = self.function(*flat)
        return [results[i] for i, _ in self.feeding], results

    def read(self, carried: list[jax.Array]) -> dict[str, np.ndarray]:
        """The carried arrays by name, whole; every process must call this."""
        return {name: np.asarray(x.addressable_data(0)) for name, x in zip(self.names, self.gather(*carried))}
