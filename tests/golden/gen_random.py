"""random.json: JAX's random numbers (Threefry, partitionable, 32-bit mode unless a case says float64)."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

import threefry
from encode import Tensor, save


def case(fn, key, value, **args):
    """A case with its whole value, or with the first and last eight of a long one."""
    value = np.asarray(value)
    head = {"fn": fn, "key": Tensor(np.asarray(key)), **args}
    if value.size <= 20:
        return {**head, "value": Tensor(value)}
    flat = value.ravel()
    return {**head, "shape": list(value.shape), "head": Tensor(flat[:8]), "tail": Tensor(flat[-8:])}


def same(ours, theirs):
    assert np.array_equal(np.asarray(ours), np.asarray(theirs)), "random-notes.md is wrong"


def close(ours, theirs):
    assert np.allclose(np.asarray(ours), np.asarray(theirs), rtol=2e-6, atol=2e-6), "random-notes.md is wrong"


def bits_and_keys():
    cases = []
    for seed in (0, 1, 42, 2**31, 2**32 - 1, -1):
        same(threefry.key(seed), jr.PRNGKey(seed))
        cases.append({"fn": "key", "seed": seed, "value": Tensor(np.asarray(jr.PRNGKey(seed)))})
    for seed in (0, 42, 2**31):
        key = jr.PRNGKey(seed)
        for num in (1, 2, 3, 5):
            same(threefry.split(key, num), jr.split(key, num))
            cases.append(case("split", key, jr.split(key, num), num=num))
        for data in (0, 1, 7, 2**31, 2**32 - 1):
            same(threefry.fold_in(key, data), jr.fold_in(key, np.uint32(data)))
            cases.append(case("foldIn", key, jr.fold_in(key, np.uint32(data)), data=data))
        for shape in ((), (1,), (5,), (2, 3), (1000,), (0,)):
            same(threefry.bits(key, shape), jr.bits(key, shape))
            cases.append(case("bits", key, jr.bits(key, shape), shape=list(shape)))
    # A key of two used words, three levels deep.
    key = jr.fold_in(jr.split(jr.split(jr.PRNGKey(42), 3)[1], 2)[0], 5)
    cases.append(case("bits", key, jr.bits(key, (4,)), shape=[4]))
    return cases


def flat_distributions():
    cases = []
    for seed in (0, 42):
        key = jr.PRNGKey(seed)
        for shape in ((1,), (5,), (2, 3), (1000,)):
            same(threefry.uniform(key, shape), jr.uniform(key, shape))
            cases.append(case("uniform", key, jr.uniform(key, shape), shape=list(shape), low=0, high=1))
        for low, high in ((-1, 1), (-3, 7), (0.1, 0.3), (5, 5.5), (2, 2), (2, 1)):
            value = jr.uniform(key, (12,), minval=low, maxval=high)
            same(threefry.uniform(key, (12,), low, high), value)
            cases.append(case("uniform", key, value, shape=[12], low=low, high=high))
        ranges = ((0, 10), (-5, 5), (0, 1), (0, 2), (0, 256), (0, 65537), (-100, -3), (3, 3), (5, 2),
                  (0, 1000000007), (0, 2**31 - 1), (-(2**31), 2**31 - 1), (-(2**31), 0))
        for low, high in ranges:
            value = jr.randint(key, (12,), low, high)
            same(threefry.randint(key, (12,), low, high), value)
            cases.append(case("randint", key, value, shape=[12], low=low, high=high))
        for n in (0, 1, 2, 10, 100, 1625, 1626, 2000):
            same(threefry.permutation(key, n), jr.permutation(key, n))
            value = np.asarray(jr.permutation(key, n))
            head = {"fn": "permutation", "key": Tensor(np.asarray(key)), "n": n}
            if n <= 100:
                cases.append({**head, "value": Tensor(value)})
            else:
                cases.append({**head, "head": Tensor(value[:8]), "tail": Tensor(value[-8:])})
    return cases


def other_distributions():
    cases = []
    for seed in (0, 42):
        key = jr.PRNGKey(seed)
        for shape in ((), (5,), (2, 3), (1000,)):
            close(threefry.normal(key, shape), jr.normal(key, shape))
            cases.append(case("normal", key, jr.normal(key, shape), shape=list(shape)))
        for low, high in ((-2, 2), (0.5, np.inf), (-1, 3)):
            value = jr.truncated_normal(key, low, high, (12,))
            close(threefry.truncated_normal(key, (12,), low, high), value)
            cases.append(case("truncatedNormal", key, value, shape=[12], low=low, high=high))
        for p in (0.0, 0.3, 0.5, 1.0):
            value = jr.bernoulli(key, p, (20,))
            same(threefry.uniform(key, (20,)) < np.float32(p), value)
            cases.append(case("bernoulli", key, value, shape=[20], p=p))
        close(threefry.gumbel(key, (8,)), jr.gumbel(key, (8,)))
        cases.append(case("gumbel", key, jr.gumbel(key, (8,)), shape=[8]))
        logits = np.array([0.125, 1, -2, 0.5], np.float32)
        rows = np.array([[0, 1, 2], [3, -1, 0.5], [-np.inf, 0, -np.inf]], np.float32)
        # No shape given: one draw a row. A shape given: its last axes are the rows.
        for array, shape in ((logits, (16,)), (logits, None), (rows, None), (rows, (4, 3))):
            value = jr.categorical(key, array, shape=shape)
            same(threefry.categorical(key, array, shape), value)
            cases.append(case("categorical", key, value, logits=Tensor(array), drawShape=shape and list(shape)))
    return cases


def double_precision():
    cases = []
    with jax.enable_x64(True):
        key = jr.PRNGKey(42)
        draw = {"dtype": "float64", "shape": [6]}
        cases.append(case("uniform", key, jr.uniform(key, (6,), jnp.float64), **draw, low=0, high=1))
        cases.append(case("uniform", key, jr.uniform(key, (6,), jnp.float64, -3, 7), **draw, low=-3, high=7))
        cases.append(case("normal", key, jr.normal(key, (6,), jnp.float64), **draw))
    return cases


def make():
    assert jax.config.jax_threefry_partitionable
    note = "Long values are given by their first and last eight elements. random-notes.md has the algorithms."
    cases = bits_and_keys() + flat_distributions() + other_distributions() + double_precision()
    save("random", f"JAX {jax.__version__} (CPU)", cases, note)
