"""The mesh of devices, and how arrays lie on it."""

import jax
import numpy as np
from jax.experimental import mesh_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from .artefact import ArtefactError, Leaf


def parse_mesh(text: str) -> dict[str, int]:
    """`data=8` or `data=4,model=2`."""
    axes: dict[str, int] = {}
    for part in text.split(","):
        name, _, size = part.partition("=")
        if not name.isidentifier() or not size.isdigit() or int(size) < 1 or name in axes:
            raise ArtefactError(f"--mesh: expected axes such as data=8 or data=4,model=2, got {text!r}")
        axes[name] = int(size)
    return axes


def make_mesh(axes: dict[str, int]) -> Mesh:
    """The mesh over all devices of all processes."""
    needed, devices = int(np.prod(list(axes.values()))), jax.devices()
    if needed != len(devices):
        hint = "; --cpu-devices N makes N of them in each process" if devices[0].platform == "cpu" else ""
        raise ArtefactError(f"--mesh: needs {needed} devices, but there are {len(devices)} ({devices[0].platform}){hint}")
    return Mesh(mesh_utils.create_device_mesh(tuple(axes.values()), devices), tuple(axes))


def sharding_of(mesh: Mesh, leaf: Leaf) -> NamedSharding:
    """The sharding that the signature asks for; axes that the mesh lacks, or that do not divide, are errors."""
    for extent, axis in zip(leaf.shape, leaf.sharding):
        if axis is None:
            continue
        if axis not in mesh.shape:
            have = ", ".join(mesh.shape) or "none"
            raise ArtefactError(f"{leaf.path} is divided over the mesh axis {axis!r}, but --mesh has {have}")
        if extent % mesh.shape[axis]:
            raise ArtefactError(
                f"{leaf.path} of shape {list(leaf.shape)}: {extent} does not divide over {mesh.shape[axis]} devices of {axis!r}"
            )
    return NamedSharding(mesh, PartitionSpec(*leaf.sharding))


def place(array: np.ndarray, sharding: NamedSharding) -> jax.Array:
    """An array that every process holds whole, on the mesh: each device takes its part."""
    return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])


def everywhere(mesh: Mesh) -> NamedSharding:
    """Whole on every device."""
    return NamedSharding(mesh, PartitionSpec())
