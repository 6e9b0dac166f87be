"""derivatives.json: transforms of derivatives in JAX (float64), per-example gradients of a small network in PyTorch."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

from encode import quantised, save

jax.config.update("jax_enable_x64", True)


def mlp(p, x):
    return jnp.tanh(x @ p["w"] + p["b"]) @ p["v"]


def array(value):
    return np.asarray(value)


def tree(value):
    return jax.tree.map(array, value)


@jax.custom_jvp
def log1pexp(x):
    return jnp.log(1 + jnp.exp(x))


@log1pexp.defjvp
def _(primals, tangents):
    (x,), (t,) = primals, tangents
    return log1pexp(x), t * (1 - 1 / (1 + jnp.exp(x)))


def straight(x):
    return x + jax.lax.stop_gradient(jnp.round(x) - x)


def transforms():
    rng = np.random.default_rng(7)
    p = {"b": quantised(rng, (4,)), "v": quantised(rng, (4, 2)), "w": quantised(rng, (3, 4))}
    t = {"b": quantised(rng, (4,)), "v": quantised(rng, (4, 2)), "w": quantised(rng, (3, 4))}
    x, y = quantised(rng, (3,)), quantised(rng, (2,))
    at = lambda p: mlp(p, x)
    loss = lambda p: jnp.sum((mlp(p, x) - y) ** 2)
    inputs = {"p": p, "t": t, "x": x, "y": y}
    out, push = jax.linearize(at, p)
    wide = quantised(rng, (2, 6))
    chain = lambda x: jnp.cumsum(jnp.asarray(wide) @ jnp.concatenate([x, x[::-1]]))
    cotangent = quantised(rng, (2,))
    big = np.array([-3.0, 0.5, 40.0, 1000.0])
    curve = lambda x: jnp.sum(log1pexp(x) ** 2)
    rounded = lambda x: jnp.sum(straight(x) ** 2 * x)
    ragged = np.array([0.2, 1.7, -2.4])
    gradient = jax.grad(loss)(p)
    return [
        {"name": "linearize", **inputs, "value": array(out), "tangent": array(push(t))},
        {"name": "jacfwd", **inputs, "value": tree(jax.jacfwd(at)(p))},
        {"name": "jacrev", **inputs, "value": tree(jax.jacrev(at)(p))},
        {"name": "hessian", **inputs, "value": tree(jax.hessian(loss)(p))},
        {"name": "hvp", **inputs, "value": tree(jax.jvp(jax.grad(loss), (p,), (t,))[1])},
        {"name": "third", **inputs, "value": tree(jax.jvp(lambda p: jax.jvp(jax.grad(loss), (p,), (t,))[1], (p,), (t,))[1])},
        {
            "name": "linearTranspose", "x": x, "wide": wide, "cotangent": cotangent,
            "value": array(jax.linear_transpose(chain, x)(cotangent)[0]),
        },
        {
            "name": "customJvp", "x": big[:3], "far": big, "value": array(log1pexp(big[:3])),
            "grad": array(jax.grad(curve)(big[:3])), "hessian": array(jax.hessian(curve)(big[:3])),
            "slopes": array(jax.vmap(jax.grad(log1pexp))(big)),
        },
        {
            "name": "straightThrough", "x": ragged, "value": array(rounded(ragged)), "grad": array(jax.grad(rounded)(ragged)),
            "hessian": array(jax.hessian(rounded)(ragged)),
        },
        {
            "name": "norms", **inputs, "value": {k: array(jnp.linalg.norm(g)) for k, g in gradient.items()},
            "total": array(jnp.sqrt(sum(jnp.sum(g**2) for g in gradient.values()))),
        },
    ]


def per_example():
    rng = np.random.default_rng(8)
    shapes = {"conv": (4, 1, 3, 3), "bias": (4,), "dense": (3, 64), "shift": (3,)}
    p = {k: torch.from_numpy(quantised(rng, s, 0.5)) for k, s in shapes.items()}
    x, labels = torch.from_numpy(quantised(rng, (5, 1, 8, 8))), torch.tensor([0, 2, 1, 1, 0])

    def loss(p, image, label):
        z = torch.relu(torch.nn.functional.conv2d(image[None], p["conv"], p["bias"], padding=1))
        z = torch.nn.functional.max_pool2d(z, 2).flatten(1)
        return torch.nn.functional.cross_entropy(z @ p["dense"].T + p["shift"], label[None])

    grads = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(p, x, labels)
    return {"name": "perExample", "p": p, "x": x, "labels": labels, "value": grads}


def make():
    made_with = f"JAX {jax.__version__} and PyTorch {torch.__version__.split('+')[0]}"
    save("derivatives", made_with, [*transforms(), per_example()])
