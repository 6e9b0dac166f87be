/** Keys and bits, and the checks that all samplers share. */
import type { Device } from "../devices.ts";
import { composite } from "../composite.ts";
import { tensor } from "../creation.ts";
import type { DType } from "../dtype.ts";
import { checkOptions, describe, naming, show } from "../errors.ts";
import { literal } from "../primitives/algebra.ts";
import { bitcast } from "../primitives/comparison.ts";
import { aval, checkShape, maxSize, type Shape } from "../shape.ts";
import { isTensor, Tensor } from "../tensor.ts";
import { foldKey, keyAt, randomBits, splitKey } from "./threefry.ts";

/**
 * Refuses what is no key.
 *
 * @throws TypeError naming the operation, and what was probably meant
 */
export function checkKey(operation: string, key: unknown): asserts key is Tensor {
  if (isTensor(key) && key.dtype === "uint32" && key.ndim === 1 && key.size === 2) {
    if (!key.node) key.storage(operation, "the key");
    return;
  }
  const got = isTensor(key) ? `${key.dtype} of shape ${show(key.shape)}` : describe(key);
  const hint = typeof key === "number"
    ? `; use random.key(${key})`
    : Array.isArray(key)
    ? "; take one of the keys"
    : isTensor(key) && key.dtype === "uint32" && key.ndim === 2
    ? "; take one row, or map over the rows with vmap"
    : "";
  throw new TypeError(
    `${operation}: the key must be a uint32 tensor of shape [2], as random.key(seed) makes it, got ${got}${hint}`,
  );
}

/** Refuses what is no number, and NaN. */
export function checkNumber(operation: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  if (Number.isNaN(value)) throw new RangeError(`${operation}: ${name} is NaN`);
}

/** Numbers as operands beside a key, so that another value needs no other program. */
export function scalars(key: Tensor, values: readonly number[], dtype: DType): Tensor[] {
  if (key.node) return values.map((value) => literal(value, dtype));
  const a = aval([], dtype);
  const array = dtype === "uint32" ? Uint32Array : dtype === "float64" ? Float64Array : Float32Array;
  return values.map((value) => Tensor.concrete(a, key.owner, key.owner.write(array.of(value), a)));
}

/**
 * The key of a seed: what `jax.random.PRNGKey(seed)` is.
 *
 * @param seed an integer from −2³¹ to 2⁵³ − 1. Negative ones count modulo 2³², as in JAX without 64-bit integers; above 2³²
 *   the upper half is the first word, as in JAX with them.
 * @param options the device of the key, which is that of everything drawn with it; default: the default device
 * @throws TypeError if the seed is no number, RangeError if it is out of range or no integer
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await random.key(42).toArray(), [0, 42]);
 * ```
 */
export function key(seed: number, options: { readonly device?: Device | string } = {}): Tensor {
  checkOptions("random.key", options, ["device"]);
  checkNumber("random.key", "the seed", seed);
  if (!Number.isSafeInteger(seed) || seed < -(2 ** 31)) {
    throw new RangeError(
      `random.key: the seed must be an integer from -2147483648 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`,
    );
  }
  const upper = seed < 0 ? 0 : Math.floor(seed / 2 ** 32);
  return naming("random.key", () => tensor(Uint32Array.of(upper, seed >>> 0), { device: options.device }));
}

/**
 * New keys from one, which must not be used afterwards.
 *
 * Key i does not depend on the count and equals `foldIn(key, i)`: for very many keys, to `vmap` over, fold in an `arange`.
 *
 * @returns an array of `count` keys, each of shape [2]
 * @throws TypeError for what is no key, RangeError for a count below 1
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = random.split(random.key(0));
 * assertEquals(await a.toArray(), [1797259609, 2579123966]);
 * assertEquals(await b.toArray(), [928981903, 3453687069]);
 * ```
 */
export function split(key: Tensor, count = 2): Tensor[] {
  checkKey("random.split", key);
  checkNumber("random.split", "the count", count);
  if (!Number.isInteger(count) || count < 1 || count > maxSize) {
    throw new RangeError(`random.split: the count must be a positive integer, got ${count}`);
  }
  return composite(`random.split:${count}`, (key) => {
    const keys = splitKey(key, count);
    return Array.from({ length: count }, (_, i) => keyAt(keys, i));
  }, [key]);
}

/**
 * The key of a key and an integer, such as the number of a training step or the position of a layer.
 *
 * @param data an integer from −2³¹ to 2³² − 1, or an integer tensor of shape []; it counts modulo 2³²
 * @throws TypeError for what is no key or no integer, RangeError for a number out of range
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const key = random.key(0);
 * for (let step = 0; step < 3; step++) {
 *   const noise = random.normal(random.foldIn(key, step), [8]);
 *   assertEquals(noise.shape, [8]);
 * }
 * ```
 */
export function foldIn(key: Tensor, data: number | Tensor): Tensor {
  checkKey("random.foldIn", key);
  if (!isTensor(data)) {
    checkNumber("random.foldIn", "the data", data);
    if (!Number.isInteger(data) || data < -(2 ** 31) || data >= 2 ** 32) {
      throw new RangeError(`random.foldIn: the data must be an integer from -2147483648 to 4294967295, got ${data}`);
    }
    [data] = scalars(key, [data >>> 0], "uint32");
  } else if ((data.dtype !== "int32" && data.dtype !== "uint32") || data.ndim !== 0) {
    throw new TypeError(
      `random.foldIn: the data must be an integer scalar, got ${data.dtype} of shape ${show(data.shape)}`,
    );
  }
  return composite("random.foldIn", (key, data) => foldKey(key, bitcast(data, "uint32")), [key, data]);
}

/**
 * 32 random bits an element, uint32.
 *
 * @throws TypeError for what is no key or no shape
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await random.bits(random.key(0), [2]).toArray(), [4070199207, 4202968722]);
 * ```
 */
export function bits(key: Tensor, shape: Shape): Tensor {
  checkKey("random.bits", key);
  checkShape("random.bits", shape);
  return composite(`random.bits:${shape}`, (key) => randomBits(key, shape), [key]);
}
