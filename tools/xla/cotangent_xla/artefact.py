"""A module that Cotangent exported: its text, its signature, and the function that it is to JAX."""

import dataclasses
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from jax._src.interpreters import mlir
from jax._src.lib.mlir import ir
from jax._src.lib.mlir.dialects import hlo

dtypes = {
    "float32": np.float32,
    "float64": np.float64,
    "int32": np.int32,
    "uint32": np.uint32,
    "bool": np.bool_,
}


class ArtefactError(ValueError):
    """A file that is no export of Cotangent, or does not fit what it is used with."""


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A flat input or output."""

    path: str
    shape: tuple[int, ...]
    dtype: np.dtype
    sharding: tuple[str | None, ...]
    donated: bool = False
    feeds: str | None = None

    @staticmethod
    def of(entry: dict) -> "Leaf":
        shape = tuple(entry["shape"])
        sharding = tuple(entry.get("sharding") or [None] * len(shape))
        dtype = np.dtype(dtypes[entry["dtype"]])
        return Leaf(entry["path"], shape, dtype, sharding, entry.get("donated", False), entry.get("feeds"))


class Artefact:
    """A module with its signature. `call(*flat)` is a JAX function of the flat inputs in the order of the signature."""

    def __init__(self, text: str, signature: dict, name: str = "module"):
        if signature.get("format") != "cotangent-stablehlo" or signature.get("version") != 1:
            raise ArtefactError(f"{name}: the signature is no cotangent-stablehlo of version 1")
        self.name = name
        self.text = text
        self.inputs = [Leaf.of(entry) for entry in signature["inputs"]]
        self.outputs = [Leaf.of(entry) for entry in signature["outputs"]]
        wide = [leaf for leaf in self.inputs + self.outputs if leaf.dtype == np.float64]
        if wide and not jax.config.jax_enable_x64:
            raise ArtefactError(
                f'{name}: {wide[0].path} is float64; call jax.config.update("jax_enable_x64", True) before load'
            )
        self.call = exported_of(text, self.inputs, self.outputs, name).call

    @staticmethod
    def read(path) -> "Artefact":
        """Reads `NAME.mlir`, and the signature `NAME.json` beside it."""
        path = pathlib.Path(path)
        try:
            text = path.read_text()
            signature = json.loads(path.with_suffix(".json").read_text())
        except OSError as error:
            raise ArtefactError(f"{error.filename}: {error.strerror}") from error
        except json.JSONDecodeError as error:
            raise ArtefactError(f"{path.with_suffix('.json')}: no valid JSON: {error}") from error
        return Artefact(text, signature, str(path))


def exported_of(text: str, inputs: list[Leaf], outputs: list[Leaf], name: str):
    """The module as what `jax.export` gives: the template of a function of the same signature, with the module in its place."""
    with mlir.make_ir_context():
        try:
            module = ir.Module.parse(text)
        except ir.MLIRError as error:
            raise ArtefactError(f"{name}: no valid StableHLO: {error}") from error
        blob = hlo.serialize_portable_artifact(module, hlo.get_current_version())

    def template(*_):
        return tuple(jnp.zeros(leaf.shape, leaf.dtype) for leaf in outputs)

    shapes = [jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in inputs]
    exported = jax.export.export(jax.jit(template, keep_unused=True))(*shapes)
    return dataclasses.replace(
        exported, mlir_module_serialized=blob, module_kept_var_idx=tuple(range(len(inputs)))
    )


def tree_of(paths: list[str], values):
    """Values at their paths: dictionaries, and tuples where the keys are 0, 1, 2, …"""
    if paths == [""]:
        return values[0]
    root: dict = {}
    for path, value in zip(paths, values):
        *parents, last = path.split(".")
        node = root
        for key in parents:
            node = node.setdefault(key, {})
        node[last] = value

    def build(node):
        if not isinstance(node, dict):
            return node
        items = {key: build(child) for key, child in node.items()}
        if all(str(i) in items for i in range(len(items))):
            return tuple(items[str(i)] for i in range(len(items)))
        return items

    return build(root)


def load(path):
    """The function of an exported module, for notebooks: takes trees in the order of the original arguments, gives a tree.

    Leaves are taken in JAX's order, which is Cotangent's. The function can be jitted and sharded as any other.
    """
    artefact = Artefact.read(path)

    def function(*args):
        leaves = jax.tree.leaves(args)
        if len(leaves) != len(artefact.inputs):
            raise TypeError(f"{artefact.name}: takes {len(artefact.inputs)} leaves, got {len(leaves)}")
        for leaf, given in zip(artefact.inputs, leaves):
            if tuple(np.shape(given)) != leaf.shape:
                raise TypeError(f"{artefact.name}: {leaf.path} has shape {leaf.shape}, got {np.shape(given)}")
        results = artefact.call(*(jnp.asarray(x, leaf.dtype) for leaf, x in zip(artefact.inputs, leaves)))
        return tree_of([leaf.path for leaf in artefact.outputs], results)

    function.__name__ = pathlib.Path(path).stem
    return function
