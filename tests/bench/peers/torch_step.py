"""PyTorch's time for a ScConv training step and for the 3x3 convolution that ScConv replaces (eager, CPU).

    python tests/bench/peers/torch_step.py --threads 2

A step is the forward pass, loss = sum of squares, the gradients of all parameters and the SGD update.
One JSON line a shape: median and minimum milliseconds of each. The two are measured by turns, a block of
repeats each (as in training, a step finds the caches and the allocator as the same step left them),
so that other load slows both.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
from torch_scconv import ScConv  # noqa: E402

SHAPES = [(1, 32, 16, 16), (1, 64, 32, 32), (32, 64, 32, 32), (32, 256, 14, 14), (8, 64, 56, 56)]


def step_of(module, x, learning_rate=1e-6):
    parameters = list(module.parameters())

    def step():
        loss = module(x).square().sum()
        grads = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g in zip(parameters, grads):
                p.sub_(g, alpha=learning_rate)

    return step


def milliseconds(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def measure(steps, seconds, blocks=5):
    """Milliseconds of each step, in blocks by turns, for about `seconds`; each block warms up first."""
    for step in steps * 3:
        step()
    turn = sum(milliseconds(step) for step in steps)
    repeats = max(3, min(100, int(seconds * 1e3 / turn / blocks)))
    times = [[] for _ in steps]
    for _ in range(blocks):
        for step, column in zip(steps, times):
            step()
            column.extend(milliseconds(step) for _ in range(repeats))
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4, help="for each shape")
    parser.add_argument("--shape", type=int, nargs=4, help="only this one: N C H W")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    for n, c, h, w in [args.shape] if args.shape else SHAPES:
        x = torch.randn(n, c, h, w)
        modules = [ScConv(c), nn.Conv2d(c, c, 3, padding=1)]
        with torch.no_grad():
            modules[0].SRU.gn.weight.abs_().add_(0.5)  # no sum of weights near zero
        times = measure([step_of(m, x) for m in modules], args.seconds)
        scconv, conv = (statistics.median(t) for t in times)
        print(json.dumps({
            "peer": f"PyTorch {torch.__version__.split('+')[0]} eager", "threads": args.threads, "shape": [n, c, h, w],
            "scconvMs": round(scconv, 3), "scconvMinMs": round(min(times[0]), 3),
            "conv3x3Ms": round(conv, 3), "conv3x3MinMs": round(min(times[1]), 3),
            "ratio": round(scconv / conv, 2), "repeats": len(times[0]),
        }), flush=True)


if __name__ == "__main__":
    main()
