"""Checks by hand that the Python libraries open what ours writes: python tests/golden/check_safetensors.py

Needs `deno` on the PATH and the packages of requirements.txt. The tests check the other direction, with
the files of gen_files.py.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch

from encode import FOLDER

PROGRAM = """
import { tensor, zeros } from "ROOT/core/creation.ts";
import { saveNpy, saveSafetensors } from "ROOT/io/mod.ts";

const f32 = tensor([[1, -2.5, NaN], [Infinity, -0, 1e-45]]);
const f64 = tensor([0.1, 1e300], { dtype: "float64" });
const i32 = tensor(new Int32Array([-(2 ** 31), 2 ** 31 - 1]));
const u32 = tensor(new Uint32Array([0, 4294967295]));
const bool = tensor([[true, false]]);
const tree = { f32, layers: [{ f64 }, { i32, "ζ": u32 }], bool, scalar: tensor(3.5), empty: zeros([0, 3]) };
await saveSafetensors("DIR/ours.safetensors", tree, { metadata: { format: "pt", note: "é \\"quoted\\"" } });
for (const [name, t] of Object.entries({ f32, f64, i32, u32, bool, scalar: tree.scalar, empty: tree.empty })) {
  await saveNpy(`DIR/${name}.npy`, t);
}
"""

f32 = np.array([[1, -2.5, np.nan], [np.inf, -0.0, 1e-45]], np.float32)
f64 = np.array([0.1, 1e300])
i32 = np.array([-(2**31), 2**31 - 1], np.int32)
u32 = np.array([0, 4294967295], np.uint32)
boolean = np.array([[True, False]])
scalar = np.array(3.5, np.float32)
empty = np.zeros((0, 3), np.float32)


def same(ours, expected):
    ours = np.asarray(ours)
    assert ours.dtype == expected.dtype and ours.shape == expected.shape, (ours.dtype, ours.shape)
    assert ours.tobytes() == expected.tobytes(), (ours, expected)


def main():
    with tempfile.TemporaryDirectory() as folder:
        program = PROGRAM.replace("ROOT", FOLDER.parents[1].as_uri()).replace("DIR", folder)
        (Path(folder) / "write.ts").write_text(program)
        subprocess.run(["deno", "run", "-A", "--no-check", "--no-config", f"{folder}/write.ts"], check=True)
        path = f"{folder}/ours.safetensors"
        with safetensors.safe_open(path, "np") as file:
            assert file.metadata() == {"format": "pt", "note": 'é "quoted"'}, file.metadata()
        named = {"f32": f32, "layers.0.f64": f64, "layers.1.i32": i32, "layers.1.ζ": u32,
                 "bool": boolean, "scalar": scalar, "empty": empty}
        for load in (safetensors.numpy.load_file, safetensors.torch.load_file):
            loaded = load(path)
            assert sorted(loaded) == sorted(named), sorted(loaded)
            for name, expected in named.items():
                same(loaded[name], expected)
        for name, expected in {"f32": f32, "f64": f64, "i32": i32, "u32": u32, "bool": boolean,
                               "scalar": scalar, "empty": empty}.items():
            same(np.load(f"{folder}/{name}.npy"), expected)
    print("Python reads our files")


if __name__ == "__main__":
    main()
