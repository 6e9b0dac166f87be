"""Training: the loop over an exported step."""

import dataclasses
import json
import math
import pathlib
import time

import jax
import numpy as np
from jax.experimental import multihost_utils

from . import store
from .artefact import Artefact, ArtefactError
from .data import Order, batch, fit, read_split
from .evaluate import Evaluator
from .mesh import make_mesh
from .step import Step

report_seconds = 10.0


class Divergence(RuntimeError):
    """A loss that is no number."""


@dataclasses.dataclass
class Options:
    """What the command line of `train` asks for."""

    step: pathlib.Path
    mesh: dict[str, int]
    data: list[str]
    checkpoint_dir: pathlib.Path
    init: pathlib.Path
    steps: int | None = None
    epochs: int | None = None
    seed: int | None = None
    checkpoint_every: int | None = None
    read_every: int = 10


class Training:
    """A run: what is loaded, and how far it is."""

    def __init__(self, options: Options, say):
        self.options, self.say = options, say
        mesh = make_mesh(options.mesh)
        self.step = Step(Artefact.read(options.step), mesh)
        self.arrays = fit(read_split(options.data, "train"), self.step.data, "--data")
        self.count = len(self.arrays[0])
        self.steps_an_epoch = self.count // self.step.batch
        if self.steps_an_epoch == 0:
            raise ArtefactError(f"--data: {self.count} examples are less than a batch of {self.step.batch}")
        self.evaluator = self._evaluator(mesh)
        self._resume()
        flags = self.run.flags
        self.order = Order(options.seed if options.seed is not None else int(flags.get("seed", 0)), self.count)
        epochs = options.epochs or int(flags.get("epochs", 1))
        self.total = options.steps or epochs * self.steps_an_epoch
        self.epochs = max(1, math.ceil(self.total / self.steps_an_epoch))

    def _evaluator(self, mesh) -> Evaluator | None:
        path = self.options.step.with_name("evaluate.mlir")
        folder = len(self.options.data) == 1 and pathlib.Path(self.options.data[0]).is_dir()
        if not path.exists() or not folder:
            return None
        return Evaluator(Artefact.read(path), self.step.names, read_split(self.options.data, "test"), mesh)

    def _resume(self) -> None:
        """Begins from the checkpoint, or from the first parameters. Process 0 reads and tells the others."""
        checkpoint = self.options.checkpoint_dir / store.checkpoint_name
        arrays, self.run, source = {}, store.Run({}), self.options.init
        if jax.process_index() == 0:
            self.options.checkpoint_dir.mkdir(parents=True, exist_ok=True)
            source = checkpoint if checkpoint.exists() else self.options.init
            arrays, metadata = store.read(source)
            self.run = store.Run(metadata)
            images = self.run.description.get("images")
            if source == checkpoint and images not in (None, self.count):
                raise ArtefactError(f"{checkpoint}: is of {images} examples, the data have {self.count}")
            self.run.losses = [float(x) for x in arrays.get("losses", [])]
            if source == checkpoint:
                self.say(f"Going on with {checkpoint} after step {self.run.steps}")
        if jax.process_count() > 1:
            flags = json.dumps(self.run.description.get("flags", [])).encode().ljust(4096)
            told = multihost_utils.broadcast_one_to_all((np.int32(self.run.steps), np.frombuffer(flags, np.uint8)))
            self.run.steps = int(told[0])
            self.run.description["flags"] = json.loads(bytes(np.asarray(told[1], np.uint8)))
        self.carried = self.step.begin(arrays, str(source))

    def batches(self, step: int) -> list[jax.Array]:
        """The data of a step, in the order that the seed gives."""
        epoch, at = divmod(step, self.steps_an_epoch)
        size = self.step.batch
        indices = self.order.of(epoch)[at * size : (at + 1) * size]
        return [
            batch(array, indices, leaf, self.step.shardings[i])
            for array, leaf, i in zip(self.arrays, self.step.data, self.step.data_at)
        ]

    def save(self, name: str = store.checkpoint_name) -> None:
        """Writes the checkpoint; every process must call this, process 0 writes."""
        arrays = self.step.read(self.carried)
        if jax.process_index() == 0:
            arrays["losses"] = np.asarray(self.run.losses, np.float32)
            store.write(self.options.checkpoint_dir / name, arrays, self.run.metadata(self.count))

    def save_model(self) -> None:
        """Writes the parameters alone, as `deno task train` does: what `--eval` takes."""
        arrays = self.step.read(self.carried)
        params = {name.removeprefix("params."): x for name, x in arrays.items() if name.startswith("params.")}
        if jax.process_index() == 0 and params:
            store.write(self.options.checkpoint_dir / "model.safetensors", params, {"model": self.run.model})

    def train(self) -> None:
        """Goes on to the last step."""
        options, step, run = self.options, self.step, self.run
        rest = self.count - self.steps_an_epoch * step.batch
        self.say(
            f"Training {step.artefact.name} on {len(jax.devices())} devices of {jax.process_count()} processes: "
            f"{self.count} examples, {self.total} steps of {step.batch}; results in {options.checkpoint_dir}"
        )
        if rest:
            self.say(f"The last {rest} examples of each epoch's order make no batch of {step.batch} and are left out")
        metrics = Metrics(self)
        pending: list[tuple] = []
        start = time.monotonic()
        for at in range(run.steps, self.total):
            self.carried, results = step(self.carried, self.batches(at))
            accuracy = None if step.accuracy_at is None else results[step.accuracy_at]
            pending.append((None if step.loss_at is None else results[step.loss_at], accuracy))
            done = at + 1
            ends = done % self.steps_an_epoch == 0
            saves = options.checkpoint_every is not None and done % options.checkpoint_every == 0
            if not (ends or saves or done == self.total or len(pending) >= options.read_every):
                continue
            numbers = [tuple(None if x is None else float(x.addressable_data(0)) for x in pair) for pair in pending]
            now = time.monotonic()
            run.steps = done
            run.seconds += now - start
            metrics.steps(numbers, now - start)
            pending, start = [], now
            if ends:
                metrics.epoch(self.evaluator(self.carried) if self.evaluator else (None, None))
            if ends or saves or done == self.total:
                self.save()
            start = time.monotonic()
        self.save_model()
        self.say(f"Wrote {options.checkpoint_dir / 'model.safetensors'}")


class Metrics:
    """Lines for people, and a line of JSON for each epoch, as `deno task train` writes them."""

    def __init__(self, training: Training):
        self.training = training
        self.path = training.options.checkpoint_dir / "metrics.jsonl"
        self.written = time.monotonic()
        if jax.process_index() == 0:
            self.path.write_text("".join(json.dumps(epoch) + "\n" for epoch in training.run.epochs))

    def steps(self, numbers: list[tuple], seconds: float) -> None:
        training, run = self.training, self.training.run
        losses = [loss for loss, _ in numbers if loss is not None]
        run.losses += losses
        wrong = [loss for loss in losses if not math.isfinite(loss)]
        if wrong:
            raise Divergence(f"the loss is {wrong[0]} in the steps up to {run.steps}; try a lower learning rate")
        now = time.monotonic()
        if now - self.written < report_seconds or not losses:
            return
        self.written = now
        rights = [accuracy for _, accuracy in numbers if accuracy is not None]
        accuracy = f"  accuracy {100 * np.mean(rights):.1f} %" if rights else ""
        speed = len(numbers) * training.step.batch / seconds
        epoch, at = divmod(run.steps - 1, training.steps_an_epoch)
        training.say(
            f"epoch {epoch + 1}/{training.epochs}  step {at + 1}/{training.steps_an_epoch}  loss {np.mean(losses):.4f}"
            f"{accuracy}  {speed:,.0f} images/s"
        )

    def epoch(self, test: tuple[float | None, float | None]) -> None:
        training, run = self.training, self.training.run
        images = training.steps_an_epoch * training.step.batch
        losses = run.losses[-training.steps_an_epoch :]
        line = {
            "epoch": len(run.epochs) + 1,
            "trainLoss": float(np.mean(losses)) if losses else None,
            "testLoss": test[0],
            "testAccuracy": test[1],
            "seconds": run.seconds,
            "imagesPerSecond": images / run.seconds,
        }
        run.epochs.append(line)
        run.seconds = 0.0
        if jax.process_index() == 0:
            with open(self.path, "a") as file:
                file.write(json.dumps(line) + "\n")
        tested = "" if test[0] is None else f"test loss {test[0]:.4f}  test accuracy {100 * test[1]:.2f} %  "
        training.say(
            f"epoch {line['epoch']}/{training.epochs}  train loss {line['trainLoss'] or 0:.4f}  {tested}"
            f"{line['seconds']:.1f} s  {line['imagesPerSecond']:,.0f} images/s"
        )
