"""PyTorch's side of the bench (eager, CPU): answers requests, one JSON object a line.

    python torch_peer.py --threads 2          reads requests until its input ends: see serve.ts for their form
    python torch_peer.py --once WORK          one call in a fresh process: its time and the peak of the memory
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent))
from named_numbers import parameter, values  # noqa: E402
from torch_networks import layer, network  # noqa: E402

LEARNING_RATE = 1e-6


def numbers(name, shape):
    count = 1
    for extent in shape:
        count *= extent
    return torch.from_numpy(values(name, count).reshape(shape))


def named(module):
    with torch.no_grad():
        for name, leaf in module.state_dict().items():
            if leaf.is_floating_point():
                leaf.copy_(torch.from_numpy(parameter(name, tuple(leaf.shape))))
    return module


def energy(y):
    return y.detach().double().square().sum().item()


def sgd_step(module, loss_of, learning_rate):
    parameters = list(module.parameters())

    def step():
        loss = loss_of()
        grads = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g in zip(parameters, grads):
                p.sub_(g, alpha=learning_rate)
        return loss

    return step


def body_of(work):
    """A function of nothing, and what makes a number of its result."""
    kind = work["kind"]
    if kind == "step":
        x = numbers("x", work["shape"])
        module = named(layer(work["layer"], work["shape"][1], work.get("depth", 1)))
        return sgd_step(module, lambda: module(x).square().sum(), LEARNING_RATE), lambda loss: loss.item()
    if kind == "inference":
        x = numbers("x", work["shape"])
        module = named(layer(work["layer"], work["shape"][1]))
        return torch.inference_mode()(lambda: module(x)), energy
    if kind in ("network-step", "network-inference"):
        module, channels = network(work["network"], work["size"])
        named(module)
        images = numbers("x", (work["batch"], channels, work["size"], work["size"]))
        if kind == "network-inference":
            return torch.inference_mode()(lambda: module(images)), energy
        labels = torch.tensor([i * 7 % 10 for i in range(work["batch"])])
        if work["network"] != "mnist":
            return sgd_step(module, lambda: F.cross_entropy(module(images), labels), 1e-4), lambda loss: loss.item()
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-4)

        def step():
            loss = F.cross_entropy(module(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        return step, lambda loss: loss.item()
    if kind == "matmul":
        a, b = (numbers(name, (work["size"], work["size"])) for name in "ab")
        return lambda: torch.matmul(a, b), energy
    if kind == "eager":
        a, b = numbers("a", work["shape"]), numbers("b", work["shape"])
        module = named(layer(work["op"], a.shape[1])).requires_grad_(False) if work["op"] in ("conv3x3", "scconv") else None
        return {
            "add": lambda: torch.add(a, b), "relu": lambda: torch.relu(a), "softmax": lambda: torch.softmax(a, -1),
            "sum": lambda: torch.sum(a), "conv3x3": lambda: module(a), "scconv": lambda: module(a),
        }[work["op"]], energy
    if kind == "recurrent":
        steps, batch, inputs, hidden = (work[name] for name in ("steps", "batch", "inputs", "hidden"))
        scaled = lambda name, *shape: (numbers(name, shape) / shape[0] ** 0.5).requires_grad_(work["gradient"])
        w, u, b = scaled("w", inputs, hidden), scaled("u", hidden, hidden), scaled("b", hidden)
        x = numbers("x", (steps, batch, inputs))

        def loss():
            h, states = torch.zeros(batch, hidden), []
            for t in range(steps):
                h = torch.tanh(x[t] @ w + h @ u + b)
                states.append(h)
            return torch.stack(states).square().mean()

        def total(tensors):
            return sum(energy(t) for t in tensors)

        return (lambda: torch.autograd.grad(loss(), (w, u, b)) if work["gradient"] else (loss(),)), total
    if kind == "call":
        leaves = [numbers(f"leaf {i}", (4,)) for i in range(10)]

        def total():
            y = leaves[0]
            for leaf in leaves[1:]:
                y = y + leaf
            return y

        return total, energy
    return None


def timed(run, calls):
    begin = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - begin) * 1e3 / calls


def block(run, milliseconds):
    """As timing.ts does: one call to warm the caches, then samples of half a millisecond or more."""
    first = timed(run, 1)
    if first > milliseconds:
        return [first]
    calls = max(1, int(0.5 / max(first, 1e-4)))
    times, end = [], time.perf_counter() + milliseconds / 1e3
    while not times or (time.perf_counter() < end and len(times) < 500):
        times.append(timed(run, calls))
    return times


def reset_peak():
    """Forgets what making the numbers took, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def peak_bytes():
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), None)


def serve():
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "hello":
                answer = {"version": torch.__version__.split("+")[0], "threads": torch.get_num_threads()}
            elif request["op"] == "prepare":
                made = body_of(request["work"])
                if made is None:
                    answer = {"unsupported": True}
                else:
                    run, value = made
                    begin = time.perf_counter()
                    result = run()
                    answer = {"first": (time.perf_counter() - begin) * 1e3, "value": value(result)}
            elif request["op"] == "warm":
                block(run, request["milliseconds"])
                answer = {}
            else:
                answer = {"times": block(run, request["milliseconds"])}
        except Exception as error:  # noqa: BLE001 - a case that fails must not end the peer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print("@" + json.dumps(answer), flush=True)


def once(work, calls):
    base = peak_bytes()
    run, value = body_of(work)
    if calls > 1:
        reset_peak()
    begin = time.perf_counter()
    result = value(run())
    first = (time.perf_counter() - begin) * 1e3
    for _ in range(calls - 1):
        run()
    print("@" + json.dumps({"value": result, "first": first, "baseBytes": base, "peakBytes": peak_bytes()}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--once", type=json.loads)
    parser.add_argument("--calls", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.once:
        once(args.once, args.calls)
    else:
        serve()


if __name__ == "__main__":
    main()
