"""The shape of a case in nnops.json and arrays.json: named inputs, one or more values, gradients."""

import numpy as np
import torch

from encode import quantised


def leaf(value, differentiable):
    t = torch.from_numpy(np.array(value))
    return t.requires_grad_() if differentiable and t.is_floating_point() else t


def case(fn, inputs, options, run, name=None, second=False, gradients=True, wrt=None, seed=0):
    """run(**inputs) gives the value. Gradients are those of sum(value * cotangent), for the floats or for wrt."""
    rng = np.random.default_rng([13, seed])
    leaves = {k: leaf(v, wrt is None or k in wrt) for k, v in inputs.items()}
    y = run(**leaves)
    row = {"name": name or fn, "fn": fn, "options": options, "inputs": leaves, "value": y}
    floats = [k for k, t in leaves.items() if t.requires_grad]
    if not gradients or not floats or not y.requires_grad:
        return row
    cotangent = torch.from_numpy(np.asarray(quantised(rng, tuple(y.shape))))
    wanted = [leaves[k] for k in floats]
    grads = torch.autograd.grad((y * cotangent).sum(), wanted, create_graph=second)
    row |= {"cotangent": cotangent, "grads": dict(zip(floats, grads))}
    if second:
        u = [torch.from_numpy(np.asarray(quantised(rng, tuple(t.shape)))) for t in wanted]
        loss = sum((g * v).sum() for g, v in zip(grads, u))
        again = torch.autograd.grad(loss, wanted, materialize_grads=True)
        row["second"] = {"u": dict(zip(floats, u)), "grads": dict(zip(floats, again))}
    return row
