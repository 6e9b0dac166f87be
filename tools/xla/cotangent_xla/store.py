"""Checkpoints and parameters as safetensors files, the same that Deno reads and writes."""

import json
import os
import pathlib
import uuid

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from .artefact import ArtefactError

checkpoint_name = "checkpoint.safetensors"


def read(path: pathlib.Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays by name, and the metadata."""
    try:
        with safe_open(path, "numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ArtefactError(f"{path}: {error}") from error


def write(path: pathlib.Path, arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Writes a file whole or not at all."""
    content = save({name: np.array(array, order="C") for name, array in arrays.items()}, metadata)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class Run:
    """What is known of a run beside its arrays: the description in the metadata of a checkpoint of `deno task train`."""

    def __init__(self, metadata: dict[str, str]):
        description = json.loads(metadata.get("run", "{}"))
        self.description = description
        self.steps: int = description.get("steps", 0)
        self.epochs: list[dict] = description.get("epochs", [])
        self.seconds: float = description.get("seconds", 0.0)
        self.losses: list[float] = []
        self.model = metadata.get("model", "")

    @property
    def flags(self) -> dict[str, str]:
        """The flags of the training program, by name."""
        return dict(flag[2:].split("=", 1) for flag in self.description.get("flags", []))

    def metadata(self, images: int) -> dict[str, str]:
        description = {
            **self.description,
            "steps": self.steps,
            "epochs": self.epochs,
            "seconds": self.seconds,
            "images": images,
        }
        return {"run": json.dumps(description), "model": self.model}
