/**
 * Random numbers without hidden state: every sampler is a function of a key, and the same key gives the same numbers, on
 * every device, traced or not. A key is a uint32 tensor of shape [2]. Use a key once; `split` or `foldIn` make more of it.
 *
 * The generator is Threefry in the layout of JAX's default (`jax_threefry_partitionable`): keys, bits, `uniform`, `randint`
 * and `permutation` are those of `jax.random` bit for bit, and `normal` is to a few units in the last place.
 *
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [forWeight, forBias] = random.split(random.key(0));
 * assertEquals(random.normal(forWeight, [64, 32]).shape, [64, 32]);
 * assertEquals(random.uniform(forBias, [64], { min: -0.1, max: 0.1 }).shape, [64]);
 * ```
 *
 * @module
 */
export { bits, foldIn, key, split } from "./random/keys.ts";
export { normal, type SampleOptions, truncatedNormal, uniform, type UniformOptions } from "./random/continuous.ts";
export { bernoulli, categorical, type CategoricalOptions, permutation, randint } from "./random/discrete.ts";
