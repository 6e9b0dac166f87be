"""`python -m cotangent_xla train step.mlir --mesh data=8 --data DIR --checkpoint-dir DIR`."""

import argparse
import json
import pathlib
import sys

import jax

from . import processes
from .artefact import ArtefactError
from .mesh import parse_mesh


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text}")
    return value


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m cotangent_xla", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train with an exported step")
    show = commands.add_parser("show", help="print the program that XLA makes of a step for a mesh, with its collectives")
    for command in (train, show):
        command.add_argument("step", type=pathlib.Path, help="NAME.mlir, with the signature NAME.json beside it")
        command.add_argument("--mesh", required=True, help="axes and sizes: data=8, or data=4,model=2")
        command.add_argument("--cpu-devices", type=positive, help="so many virtual devices in each process, on the CPU")
    train.add_argument("--data", action="append", required=True, help="a folder with MNIST's IDX files, or a file for each data input")
    train.add_argument("--checkpoint-dir", type=pathlib.Path, required=True, help="folder to write to; a checkpoint in it is gone on with")
    train.add_argument("--init", type=pathlib.Path, help="first parameters and state (initial.safetensors beside the step)")
    train.add_argument("--steps", type=positive, help="how many steps in all")
    train.add_argument("--epochs", type=positive, help="how often to go through the data (as exported, or 1)")
    train.add_argument("--seed", type=int, help="seed of the order of the examples (as exported, or 0)")
    train.add_argument("--checkpoint-every", type=positive, help="steps between checkpoints (an epoch)")
    train.add_argument("--read-every", type=positive, default=10, help="steps between two looks at the loss (10)")
    train.add_argument("--coordinator", help="HOST:PORT of process 0, where several processes train together")
    train.add_argument("--processes", type=positive, help="how many processes there are")
    train.add_argument("--process-id", type=int, help="which one this is, from 0")
    return top


def configure(arguments) -> None:
    """What must be decided before JAX looks at the devices."""
    if arguments.cpu_devices:
        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_num_cpu_devices", arguments.cpu_devices)
    signature = arguments.step.with_suffix(".json")
    if signature.exists():
        entries = json.loads(signature.read_text())
        leaves = entries.get("inputs", []) + entries.get("outputs", [])
        if any(leaf.get("dtype") == "float64" for leaf in leaves):
            jax.config.update("jax_enable_x64", True)


def run_train(arguments) -> int:
    group = (arguments.coordinator, arguments.processes, arguments.process_id)
    if any(x is not None for x in group) and any(x is None for x in group):
        raise ArtefactError("--coordinator, --processes and --process-id go together")
    configure(arguments)
    watch = None
    if arguments.coordinator:
        cpu = bool(arguments.cpu_devices) or jax.config.jax_platforms in (None, "", "cpu")
        processes.join(*group, cpu)
        advice = "start all processes again with the same command: they go on after the last checkpoint"
        watch = processes.Watch(arguments.processes, arguments.process_id, advice)
    first = not arguments.process_id

    def say(line: str) -> None:
        if first:
            print(line, flush=True)

    from .train import Options, Training

    every = arguments.checkpoint_every
    try:
        training = Training(
            Options(
                step=arguments.step,
                mesh=parse_mesh(arguments.mesh),
                data=arguments.data,
                checkpoint_dir=arguments.checkpoint_dir,
                init=arguments.init or arguments.step.with_name("initial.safetensors"),
                steps=arguments.steps,
                epochs=arguments.epochs,
                seed=arguments.seed,
                checkpoint_every=every,
                read_every=arguments.read_every,
            ),
            say,
        )
        training.train()
    except jax.errors.JaxRuntimeError as error:
        if watch is None:
            raise
        watch.failed(error)
    except Exception as error:
        if watch is None:
            raise
        watch.end(str(error), advise=False)
    if watch:
        watch.done()
        jax.distributed.shutdown()
    return 0


def run_show(arguments) -> int:
    configure(arguments)
    from .artefact import Artefact
    from .mesh import make_mesh
    from .step import Step

    print(Step(Artefact.read(arguments.step), make_mesh(parse_mesh(arguments.mesh))).compiled_text())
    return 0


def main() -> int:
    arguments = parser().parse_args()
    try:
        return run_train(arguments) if arguments.command == "train" else run_show(arguments)
    except (ArtefactError, RuntimeError) as error:
        if not isinstance(error, ArtefactError) and type(error).__name__ != "Divergence":
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
