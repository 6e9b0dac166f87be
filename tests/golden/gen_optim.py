"""optim.json: twenty steps of each optimiser on a fixed sequence of gradients, and schedules. optax, float64."""

import math

import jax
import numpy as np
import optax
import torch

from encode import quantised, save

STEPS = 20


def problem(scale=1.0):
    rng = np.random.default_rng(23)
    init = {"a": quantised(rng, (3,)), "b": quantised(rng, (2, 2))}
    grads = {"a": quantised(rng, (STEPS, 3), scale), "b": quantised(rng, (STEPS, 2, 2), scale)}
    grads["a"][0, 0] = 0.0
    grads["a"][:, 2] = 0.0  # never any gradient: only weight decay moves it
    return init, grads


def run(optimizer, grads, init):
    """Parameters before the first step and after each of the steps."""
    state, params, path = optimizer.init(init), init, [init]
    for i in range(STEPS):
        updates, state = optimizer.update({k: jax.numpy.asarray(g[i]) for k, g in grads.items()}, state, params)
        params = optax.apply_updates(params, updates)
        path.append({k: np.asarray(p) for k, p in params.items()})
    assert all(p.dtype == np.float64 for p in params.values())
    return path


def stacked(path):
    return {k: np.stack([np.asarray(p[k]) for p in path]) for k in path[0]}


def optimizer(name, formula, options, transformation, scale=1.0):
    init, grads = problem(scale)
    path = run(transformation, grads, init)
    return {"kind": "optimizer", "name": name, "formula": formula, "options": options, "init": init, "grads": grads,
            "params": stacked(path[1:])}


def check_torch(row, make):
    """PyTorch's optimiser of the same formula comes to the same parameters."""
    leaves = {k: torch.tensor(v, requires_grad=True) for k, v in row["init"].items()}
    opt = make(list(leaves.values()))
    for i in range(STEPS):
        for k, p in leaves.items():
            p.grad = torch.from_numpy(row["grads"][k][i])
        opt.step()
        for k, p in leaves.items():
            assert np.allclose(p.detach(), row["params"][k][i], rtol=1e-11, atol=1e-13), (row["name"], i)
    return row | {"alsoPyTorch": True}


def optimizers():
    T, o = torch.optim, optimizer
    lr = {"learningRate": 0.1}
    yield check_torch(o("sgd", "p -= lr * g", lr, optax.sgd(0.1)), lambda p: T.SGD(p, 0.1))
    for nesterov in (False, True):
        row = o("momentum", "t = m * t + g; p -= lr * (nesterov ? g + m * t : t)", {**lr, "momentum": 0.9, "nesterov": nesterov},
                optax.sgd(0.1, 0.9, nesterov))
        yield check_torch(row, lambda p: T.SGD(p, 0.1, 0.9, nesterov=nesterov))
    adam = "m = b1 * m + (1 - b1) * g; v = b2 * v + (1 - b2) * g^2; p -= lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)"
    usual = {**lr, "b1": 0.9, "b2": 0.999, "eps": 1e-8}
    yield check_torch(o("adam", adam, usual, optax.adam(0.1)), lambda p: T.Adam(p, 0.1))
    other = {"learningRate": 0.01, "b1": 0.8, "b2": 0.95, "eps": 1e-3}
    yield check_torch(o("adam", adam, other, optax.adam(0.01, 0.8, 0.95, 1e-3)), lambda p: T.Adam(p, 0.01, (0.8, 0.95), 1e-3))
    decoupled = adam + " + lr * weightDecay * p (the p before the step)"
    yield check_torch(o("adamw", decoupled, {**usual, "weightDecay": 0.05}, optax.adamw(0.1, weight_decay=0.05)),
                      lambda p: T.AdamW(p, 0.1, weight_decay=0.05))
    inside = "v = d * v + (1 - d) * g^2; p -= lr * g / sqrt(v + eps)"
    yield o("rmsprop", inside, {**lr, "decay": 0.9, "eps": 1e-8, "epsInRoot": True}, optax.rmsprop(0.1))
    outside = "v = d * v + (1 - d) * g^2; p -= lr * g / (sqrt(v) + eps)"
    row = o("rmsprop", outside, {**lr, "decay": 0.9, "eps": 1e-3, "epsInRoot": False}, optax.rmsprop(0.1, 0.9, 1e-3, eps_in_sqrt=False))
    yield check_torch(row, lambda p: T.RMSprop(p, 0.1, 0.9, 1e-3))
    yield o("rmsprop", "centred: v - (mean of g)^2 in place of v", {**lr, "decay": 0.9, "eps": 1e-3, "epsInRoot": True, "centered": True},
            optax.rmsprop(0.1, 0.9, 1e-3, centered=True))
    yield o("rmsprop", inside + ", the step through momentum", {**lr, "decay": 0.9, "eps": 1e-8, "epsInRoot": True, "momentum": 0.9},
            optax.rmsprop(0.1, momentum=0.9))
    lion = "c = b1 * m + (1 - b1) * g; p -= lr * (sign(c) + weightDecay * p); m = b2 * m + (1 - b2) * g"
    for decay in (0.0, 0.05):
        options = {"learningRate": 0.01, "b1": 0.9, "b2": 0.99, "weightDecay": decay}
        yield o("lion", lion, options, optax.lion(0.01, weight_decay=decay))
    clip = "g = min(max(g, -limit), limit), each element; then sgd"
    yield o("clip", clip, {"limit": 0.5, **lr}, optax.chain(optax.clip(0.5), optax.sgd(0.1)))
    norm = "n = norm of all gradients together; n < limit ? g : g / n * limit; then sgd"
    yield o("clipByGlobalNorm", norm, {"limit": 2, **lr}, optax.chain(optax.clip_by_global_norm(2.0), optax.sgd(0.1)))
    yield o("clipByGlobalNorm", norm, {"limit": 1, **lr}, optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1)), 0.25)
    row = o("addDecayedWeights", "g += weightDecay * p; then sgd", {"weightDecay": 0.05, **lr},
            optax.chain(optax.add_decayed_weights(0.05), optax.sgd(0.1)))
    yield check_torch(row, lambda p: T.SGD(p, 0.1, weight_decay=0.05))
    mean = "every 4th step applies the optimiser to the mean of 4 gradients, the others change nothing"
    yield o("accumulate", mean, {"every": 4, "optimizer": "adam", **lr}, optax.MultiSteps(optax.adam(0.1), 4))
    smooth = "e = d * e + (1 - d) * g, e / (1 - d^t) if debias; then p -= lr * e"
    for debias in (True, False):
        yield o("ema of gradients", smooth, {"decay": 0.9, "debias": debias, **lr}, optax.chain(optax.ema(0.9, debias), optax.sgd(0.1)))
    both = "clipByGlobalNorm 1, then adamw with warmupCosine as its learning rate; the first step takes schedule(0)"
    schedule = {"init": 0.0, "peak": 0.1, "warmupSteps": 5, "decaySteps": 15, "end": 0.001}
    tx = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(optax.warmup_cosine_decay_schedule(0.0, 0.1, 5, 15, 0.001), weight_decay=0.05))
    yield o("chain", both, {"limit": 1, "b1": 0.9, "b2": 0.999, "eps": 1e-8, "weightDecay": 0.05, "schedule": schedule}, tx)


def averages():
    """Moving averages of the parameters along 20 steps of sgd."""
    init, grads = problem()
    path = run(optax.sgd(0.1), grads, init)
    for name, formula, debias, start in (
        ("debiased", "e = d * e + (1 - d) * p from e = 0; e / (1 - d^t)", True, False),
        ("from zero", "e = d * e + (1 - d) * p from e = 0", False, False),
        ("from the initial parameters", "e = d * e + (1 - d) * p from e = p before the first step", False, True),
    ):
        averaged = []
        if start:
            e = init
            for p in path[1:]:
                e = optax.incremental_update(p, e, 0.1)
                averaged.append(e)
        else:
            tx = optax.ema(0.9, debias)
            state = tx.init(init)
            for p in path[1:]:
                e, state = tx.update(p, state)
                averaged.append(e)
        yield {"kind": "average", "name": f"ema of parameters, {name}", "formula": formula, "options": {"decay": 0.9, "debias": debias},
               "init": init, "params": stacked(path[1:]), "average": stacked(averaged)}


def schedules():
    rows = [
        ("constant", {"value": 0.1}, optax.constant_schedule(0.1)),
        ("cosineDecay", {"init": 0.1, "decaySteps": 30, "alpha": 0}, optax.cosine_decay_schedule(0.1, 30)),
        ("cosineDecay", {"init": 0.1, "decaySteps": 25, "alpha": 0.1}, optax.cosine_decay_schedule(0.1, 25, 0.1)),
        ("warmupCosine", {"init": 0, "peak": 0.1, "warmupSteps": 5, "decaySteps": 30, "end": 0},
         optax.warmup_cosine_decay_schedule(0.0, 0.1, 5, 30)),
        ("warmupCosine", {"init": 0.01, "peak": 0.1, "warmupSteps": 10, "decaySteps": 35, "end": 0.001},
         optax.warmup_cosine_decay_schedule(0.01, 0.1, 10, 35, 0.001)),
        ("exponentialDecay", {"init": 0.1, "transitionSteps": 10, "decayRate": 0.5}, optax.exponential_decay(0.1, 10, 0.5)),
        ("exponentialDecay", {"init": 0.1, "transitionSteps": 10, "decayRate": 0.5, "staircase": True},
         optax.exponential_decay(0.1, 10, 0.5, staircase=True)),
        ("exponentialDecay", {"init": 0.1, "transitionSteps": 4, "decayRate": 0.5, "transitionBegin": 6, "end": 0.01},
         optax.exponential_decay(0.1, 4, 0.5, 6, end_value=0.01)),
        ("piecewise", {"init": 1, "boundariesAndScales": [[10, 0.5], [20, 0.1]]}, optax.piecewise_constant_schedule(1.0, {10: 0.5, 20: 0.1})),
    ]
    for fn, options, schedule in rows:
        values = np.array([float(schedule(jax.numpy.asarray(i))) for i in range(40)])
        yield {"kind": "schedule", "fn": fn, "options": options, "steps": list(range(40)), "value": values}
        if fn == "warmupCosine":  # what optax means by decay_steps: the warm-up is part of it
            i, p = 20, options
            at = min(1, (i - p["warmupSteps"]) / (p["decaySteps"] - p["warmupSteps"]))
            assert math.isclose(values[i], p["end"] + (p["peak"] - p["end"]) * 0.5 * (1 + math.cos(math.pi * at)), rel_tol=1e-12)


def make():
    with jax.enable_x64(True):
        cases = [*optimizers(), *averages(), *schedules()]
    note = (
        f"From optax {optax.__version__}; option names here are descriptions, not the names of our arguments. grads and params are "
        "stacked over 20 steps: params[k][i] is the value after step i. t counts from 1. alsoPyTorch: torch.optim gives the "
        "same. ema and rmsprop differ between libraries, formula says which one it is. Schedules: piecewise scales from the "
        "boundary on (step >= boundary); decaySteps of warmupCosine include the warm-up; the first step asks for schedule(0)."
    )
    save("optim", f"optax {optax.__version__}, JAX {jax.__version__} (float64)", cases, note)
