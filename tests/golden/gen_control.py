"""control.json: loops and branches of JAX with derivatives of both modes, twice, and batches; float64.

The programs are written a second time in tests/core/transforms/control_golden_test.ts, under the same names.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from encode import quantised, save

jax.config.update("jax_enable_x64", True)


def rnn(w, xs, h):
    """A recurrent network: the last state and all states."""

    def turn(h, x):
        h = jnp.tanh(w @ h + x)
        return h, h * x

    return lax.scan(turn, h, xs)


def rnn_backwards(w, xs, h):
    def turn(h, x):
        h = jnp.tanh(w @ h + x)
        return h, h * x

    return lax.scan(turn, h, xs, reverse=True)


def trees(xs, a, b):
    """A carry of several parts, one of them a count."""

    def turn(carry, x):
        n, (a, b) = carry
        n = n + 1
        return (n, (jnp.sin(a) + x[0], b * x[1])), (a * b, n.astype(x.dtype) * x[0])

    (_, (a, b)), (products, weighted) = lax.scan(turn, (0, (a, b)), xs)
    return a, b, products, weighted


def nested(xs, s):
    """Rows forwards, and in each row backwards."""

    def row(s, values):
        def turn(t, x):
            t = jnp.sin(t * x) + s
            return t, t * x

        t, ys = lax.scan(turn, s, values, reverse=True)
        return t * 0.5, ys.sum()

    return lax.scan(row, s, xs)


def branches(xs, s):
    """In each turn one of two, then one of three, by the value."""

    def turn(s, x):
        s = lax.cond(x > 0, lambda s: jnp.sin(s) * x, lambda s: s + x * x, s)
        k = jnp.floor(2 * s).astype(jnp.int32)
        s = lax.switch(k, [lambda s: s * s, jnp.cos, lambda s: s - 0.25 * x], s)
        return s, s

    return lax.scan(turn, s, xs)


def newton(a):
    """The square root, until it stays; JAX has no reverse mode for it either."""

    def go(s):
        x, _ = s
        return jnp.abs(x * x - a) > 1e-9

    def turn(s):
        x, n = s
        return 0.5 * (x + a / x), n + 1.0

    return lax.while_loop(go, turn, (a, 0.0))


def power(w, x):
    return (lax.fori_loop(1, 6, lambda i, x: jnp.sin(w @ x) / i, x),)


def mapped(w, xs):
    return (lax.map(lambda x: jnp.tanh(w @ x).sum(), xs),)


def products(ms):
    """Of matrices, which do not commute."""
    return lax.associative_scan(jnp.matmul, ms), lax.associative_scan(jnp.matmul, ms, reverse=True)


def affine(a, b):
    """x → a x + b one after the other, along the second axis."""

    def then(f, g):
        return f[0] * g[0], f[1] * g[0] + g[1]

    return (*lax.associative_scan(then, (a, b), axis=1), *lax.associative_scan(then, (a, b), axis=1, reverse=True))


def normal(rng, shape):
    return jnp.asarray(quantised(rng, shape, 0.75))


def row(seed, f, *shapes, positive=False, reverse=True):
    """What f gives at a random point; gradients are those of sum(value * cotangent)."""
    rng = np.random.default_rng([43, seed])
    some = lambda shapes: tuple(jnp.abs(normal(rng, s)) + 0.5 if positive else normal(rng, s) for s in shapes)
    args, tangents = some(shapes), tuple(normal(rng, s) for s in shapes)
    value, jvp = jax.jvp(f, args, tangents)
    batch = some([(3, *s) for s in shapes])
    entry = {
        "name": f.__name__,
        "args": args,
        "tangents": tangents,
        "value": list(value),
        "jvp": list(jvp),
        "jvpTwice": list(jax.jvp(lambda *xs: jax.jvp(f, xs, tangents)[1], args, tangents)[1]),
        "batch": batch,
        "vmap": list(jax.vmap(f)(*batch)),
    }
    if reverse:
        cotangents = [normal(rng, v.shape) for v in value]
        numbers = tuple(range(len(args)))
        loss = lambda *xs: sum(jnp.vdot(v, c) for v, c in zip(f(*xs), cotangents))
        grad = jax.grad(loss, numbers)
        slope = lambda *xs: sum(jnp.vdot(g, t) for g, t in zip(grad(*xs), tangents))
        entry |= {
            "cotangents": cotangents,
            "grads": list(grad(*args)),
            "second": list(jax.grad(slope, numbers)(*args)),
            "gradsOfBatch": list(jax.vmap(grad)(*batch)),
        }
    return {k: v if k == "name" else [np.asarray(a) for a in v] for k, v in entry.items()}


def make():
    rows = [
        row(0, rnn, (3, 3), (5, 3), (3,)),
        row(1, rnn_backwards, (3, 3), (5, 3), (3,)),
        row(2, trees, (4, 2), (), ()),
        row(3, nested, (3, 4), ()),
        row(4, branches, (7,), ()),
        row(5, newton, (), positive=True, reverse=False),
        row(6, power, (3, 3), (3,)),
        row(7, mapped, (3, 3), (4, 3)),
        row(8, products, (5, 2, 2)),
        row(9, affine, (2, 6), (2, 6)),
    ]
    note = "value, jvp and the others are lists: one array for each result or argument; second: the gradient of sum(grads * tangents)."
    save("control", f"JAX {jax.__version__} (float64)", rows, note)
