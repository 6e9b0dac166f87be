"""Arrays from IDX and npy files, and the batches of a training run."""

import gzip
import pathlib

import jax
import numpy as np

from .artefact import ArtefactError, Leaf

mnist = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


def read_array(path: pathlib.Path) -> np.ndarray:
    """An IDX file of unsigned bytes or an npy file, plain or gzipped."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path}: {error.strerror}") from error
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:6] == b"\x93NUMPY":
        import io

        return np.load(io.BytesIO(content), allow_pickle=False)
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ArtefactError(f"{path}: neither an npy file nor an IDX file of unsigned bytes")
    rank = content[3]
    shape = tuple(int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank))
    data = np.frombuffer(content, np.uint8, offset=4 + 4 * rank)
    if data.size != int(np.prod(shape)):
        raise ArtefactError(f"{path}: the shape {shape} needs {np.prod(shape)} bytes, found {data.size}")
    return data.reshape(shape)


def read_split(sources: list[str], split: str) -> list[np.ndarray]:
    """The arrays of `--data`: the IDX files of MNIST in a folder, or the files in the order of the data inputs."""
    paths = [pathlib.Path(source) for source in sources]
    if len(paths) == 1 and paths[0].is_dir():
        found = []
        for name in mnist[split]:
            here = [path for path in (paths[0] / name, paths[0] / f"{name}.gz") if path.exists()]
            if not here:
                raise ArtefactError(f"{paths[0]}: holds neither {name} nor {name}.gz")
            found.append(here[0])
        paths = found
    arrays = [read_array(path) for path in paths]
    if any(len(array) != len(arrays[0]) for array in arrays):
        raise ArtefactError(f"--data: {', '.join(map(str, paths))} have different numbers of examples")
    return arrays


def fit(arrays: list[np.ndarray], leaves: list[Leaf], name: str) -> list[np.ndarray]:
    """The arrays with the shapes of the data inputs, one example after the other; the bytes stay bytes."""
    if len(arrays) != len(leaves):
        wanted = ", ".join(f"{leaf.path} {list(leaf.shape)}" for leaf in leaves)
        raise ArtefactError(f"{name}: {len(leaves)} inputs take data ({wanted}), but there are {len(arrays)} arrays")
    fitted = []
    for array, leaf in zip(arrays, leaves):
        if int(np.prod(array.shape[1:])) != int(np.prod(leaf.shape[1:])):
            raise ArtefactError(f"{name}: {leaf.path} takes {list(leaf.shape)}, the data are {list(array.shape)}")
        fitted.append(array.reshape((len(array),) + leaf.shape[1:]))
    return fitted


class Order:
    """The order of the examples in each epoch: that of `deno task train` for the same seed."""

    def __init__(self, seed: int, count: int):
        self.key = jax.random.split(jax.random.key(seed))[1]
        self.count = count
        self.epoch = -1
        self.indices = np.arange(count)

    def of(self, epoch: int) -> np.ndarray:
        if epoch != self.epoch:
            drawn = jax.random.permutation(jax.random.fold_in(self.key, epoch), self.count)
            self.epoch, self.indices = epoch, np.asarray(drawn)
        return self.indices


def batch(array: np.ndarray, indices: np.ndarray, leaf: Leaf, sharding) -> jax.Array:
    """Some examples on the mesh; each process converts only its own."""

    def part(index):
        rows = array[indices[index[0]]][(slice(None),) + tuple(index[1:])]
        return rows.astype(leaf.dtype)

    return jax.make_array_from_callback(leaf.shape, sharding, part)
