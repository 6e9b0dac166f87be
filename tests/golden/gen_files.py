"""Small files written by the Python libraries, to be read by ours, and files.json with what is in them."""

import json

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

import torch_scconv
from encode import FOLDER, quantised, save

METADATA = {"format": "pt", "note": "made by Python: ζ→é"}


def ours():
    """A tensor of every dtype we have."""
    return {
        "f32": np.array([[0.1, -2.5, 1e-45], [np.inf, np.nan, -0.0]], np.float32),
        "f64": np.array([0.1, 1e300, -np.inf]),
        "i32": np.array([[[-2147483648], [2147483647]]], np.int32),
        "u32": np.array([0, 4294967295], np.uint32),
        "bool": np.array([[True, False, True]]),
        "scalar": np.array(3.5, np.float32),
        "empty": np.zeros((0, 3), np.float32),
        "layer.0.weight": quantised(np.random.default_rng(1), (2, 3)).astype(np.float32),
    }


def others():
    """Dtypes of the format that we have not; checkpoints of PyTorch have the I64 of num_batches_tracked."""
    return {
        "f16": torch.tensor([0.1, 65504.0, -2.5], dtype=torch.float16),
        "bf16": torch.tensor([0.1, 3e38, -2.5], dtype=torch.bfloat16),
        "i64": torch.tensor([1, -(2**40)]),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
    }


def npy():
    a = np.arange(6, dtype=np.float32).reshape(2, 3) / 4
    return {
        "float32": a,
        "float64": a.astype(np.float64) * 0.1,
        "int32": np.array([[-1, 2], [3, 2147483647]], np.int32),
        "uint32": np.array([0, 4294967295], np.uint32),
        "bool": np.array([True, False]),
        "scalar": np.array(1.5, np.float32),
        "empty": np.zeros((0, 2), np.float32),
        "fortran": np.asfortranarray(a),
        "bigendian": a.astype(">f4"),
        "int64": np.array([1, 2**40]),
    }


def save_ordered(save_file, tensors, name, metadata):
    """The library writes the metadata in random order: again until it is ours, so that bytes do not change."""
    path = FOLDER / name
    while True:
        save_file(tensors, path, metadata)
        raw = path.read_bytes()
        header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
        if list(header["__metadata__"]) == list(metadata):
            return


def make():
    rows = []
    tensors = ours()
    save_ordered(safetensors.numpy.save_file, tensors, "python.safetensors", METADATA)
    rows.append({"file": "python.safetensors", "metadata": METADATA, "tensors": tensors})
    other = others()
    safetensors.torch.save_file(other, FOLDER / "python-other-dtypes.safetensors")
    exact = {k: [v.item() for v in t.to(torch.float64 if t.is_floating_point() else torch.int64)] for k, t in other.items()}
    rows.append({"file": "python-other-dtypes.safetensors", "metadata": {}, "values": exact})
    torch.manual_seed(0)
    module = torch_scconv.ScConv(8, groups=2)
    made = {"channels": "8", "groups": "2"}
    save_ordered(safetensors.torch.save_file, module.state_dict(), "scconv.safetensors", made)
    x = torch.from_numpy(quantised(np.random.default_rng(2), (1, 8, 4, 4))).float()
    y = module.double()(x.double()).float()
    rows.append({"file": "scconv.safetensors", "metadata": made, "x": x, "y": y})
    for row in rows:  # the library writes them for the owner only
        (FOLDER / row["file"]).chmod(0o644)
    (FOLDER / "npy").mkdir(exist_ok=True)
    for name, array in npy().items():
        np.save(FOLDER / "npy" / f"{name}.npy", array)
        if name == "int64":
            rows.append({"file": f"npy/{name}.npy", "values": array.tolist()})
        else:
            native = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))).reshape(array.shape)
            rows.append({"file": f"npy/{name}.npy", "tensors": {"value": native}})
    note = "tensors: what is in the file; values: dtypes that we have not, as numbers; x and y: input and output of the ScConv in the file."
    save("files", f"safetensors {safetensors.__version__}, NumPy {np.__version__}, PyTorch {torch.__version__.split('+')[0]}", rows, note)
