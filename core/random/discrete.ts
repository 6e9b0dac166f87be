/** Samplers of truth values, integers, orders and classes. */
import { composite } from "../composite.ts";
import { isFloat } from "../dtype.ts";
import { checkOptions, describe, show } from "../errors.ts";
import { add, broadcast } from "../primitives/algebra.ts";
import { less } from "../primitives/comparison.ts";
import { gather } from "../primitives/indexing.ts";
import { argExtremum } from "../primitives/reduction.ts";
import { broadcastShapes, checkShape, normalizeAxis, sameShape, type Shape } from "../shape.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { uniform } from "./continuous.ts";
import { checkKey, checkNumber, scalars } from "./keys.ts";
import { type Float, gumbel, integers, integerScalars, shuffled } from "./samplers.ts";

/**
 * True with probability `p`.
 *
 * @param p a number in [0, 1], or a floating tensor that broadcasts to the shape (its values are not checked)
 * @param shape default: that of `p`
 * @throws TypeError for what is no key, shape or probability, RangeError for a number outside [0, 1]
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(random.bernoulli(random.key(0), 0.5, [3]).dtype, "bool");
 * assertEquals(await random.bernoulli(random.key(0), 1, [2]).toArray(), [true, true]);
 * ```
 */
export function bernoulli(key: Tensor, p: number | Tensor, shape: Shape = isTensor(p) ? p.shape : []): Tensor {
  checkKey("random.bernoulli", key);
  checkShape("random.bernoulli", shape);
  if (!isTensor(p)) {
    checkNumber("random.bernoulli", "p", p);
    if (p < 0 || p > 1) throw new RangeError(`random.bernoulli: p must be in [0, 1], got ${p}`);
    [p] = scalars(key, [p], "float32");
  }
  if (!isFloat(p.dtype)) throw new TypeError(`random.bernoulli: p must be floating, got ${p.dtype}`);
  if (!sameShape(broadcastShapes("random.bernoulli", p.shape, shape), shape)) {
    throw new TypeError(`random.bernoulli: p of shape ${show(p.shape)} does not broadcast to ${show(shape)}`);
  }
  const u = uniform(key, shape, { dtype: p.dtype });
  return composite("random.bernoulli", (u, p) => {
    return less(u, broadcast(p, shape, p.shape.map((_, i) => shape.length - p.ndim + i)));
  }, [u, p]);
}

/**
 * Integers (int32) from `low` up to, not including, `high`. Some are more likely than others by at most high − low in 2³²;
 * for ranges above 65536 as in JAX.
 *
 * @throws TypeError for what is no key, shape or number, RangeError if the bounds are no 32-bit integers or hold no number
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assert } from "@std/assert";
 *
 * const dice = random.randint(random.key(0), [100], 1, 7);
 * assert((await dice.data()).every((v) => v >= 1 && v <= 6));
 * ```
 */
export function randint(key: Tensor, shape: Shape, low: number, high: number): Tensor {
  checkKey("random.randint", key);
  checkShape("random.randint", shape);
  for (const [name, bound] of [["low", low], ["high", high]] as const) {
    checkNumber("random.randint", name, bound);
    if ((bound | 0) !== bound) throw new RangeError(`random.randint: ${name} must be a 32-bit integer, got ${bound}`);
  }
  if (high <= low) throw new RangeError(`random.randint: no integers from ${low} up to, not including, ${high}`);
  return composite(
    `random.randint:${shape}`,
    (key, low, span, factor) => integers(key, shape, low, span, factor),
    [key, ...scalars(key, integerScalars(low, high), "uint32")],
  );
}

/**
 * The numbers 0 to n − 1 in random order (int32 [n]), or a tensor with its rows (along the first axis) in random order.
 *
 * @throws TypeError for what is no key, no number and no tensor with an axis, RangeError for a negative n
 *
 * @example
 * ```ts
 * import { random, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const order = await random.permutation(random.key(0), 4).data();
 * assertEquals([...order].sort(), [0, 1, 2, 3]);
 * assertEquals(random.permutation(random.key(0), tensor([[1, 2], [3, 4]])).shape, [2, 2]);
 * ```
 */
export function permutation(key: Tensor, x: number | Tensor): Tensor {
  checkKey("random.permutation", key);
  if (!isTensor(x)) {
    checkNumber("random.permutation", "n", x);
    checkShape("random.permutation", [x]);
    return composite(`random.permutation:${x}`, (key) => shuffled(key, x), [key]);
  }
  if (x.ndim === 0) {
    throw new TypeError(
      "random.permutation: a scalar tensor has no rows; for the numbers below n pass a JavaScript number",
    );
  }
  if (x.size === 0) return x;
  const order = permutation(key, x.shape[0]);
  return composite("random.permutation", (x, order) => gather(x, broadcast(order, x.shape, [0]), 0), [x, order]);
}

/** Options of `categorical`. */
export interface CategoricalOptions {
  /** The axis of the classes; default the last. */
  readonly axis?: number;
  /** Shape of the result, ending in that of the logits without the class axis (the default): axes before it draw again. */
  readonly shape?: Shape;
}

/**
 * Class indices (int32) drawn with probabilities softmax(logits), by the Gumbel trick: argmax(logits + Gumbel noise).
 *
 * @param logits floating; −∞ is a class that is never drawn
 * @throws TypeError for what is no key, logits or shape, RangeError for an axis out of range
 *
 * @example
 * ```ts
 * import { random, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = tensor([[0, -Infinity, -Infinity], [-Infinity, -Infinity, 0]]);
 * assertEquals(await random.categorical(random.key(0), logits).toArray(), [0, 2]);
 * assertEquals(random.categorical(random.key(0), logits, { shape: [100, 2] }).shape, [100, 2]);
 * ```
 */
export function categorical(key: Tensor, logits: Tensor, options: CategoricalOptions = {}): Tensor {
  const name = "random.categorical";
  checkOptions(name, options, ["axis", "shape"]);
  checkKey(name, key);
  if (!isTensor(logits)) throw new TypeError(`${name}: the logits must be a tensor, got ${describe(logits)}`);
  if (!isFloat(logits.dtype)) throw new TypeError(`${name}: the logits must be floating, got ${logits.dtype}`);
  const axis = normalizeAxis(name, options.axis ?? -1, logits.ndim);
  if (logits.shape[axis] === 0) {
    throw new TypeError(`${name}: no classes: logits ${show(logits.shape)} are empty along axis ${axis}`);
  }
  const rest = logits.shape.filter((_, i) => i !== axis);
  const shape = options.shape ?? rest;
  checkShape(name, shape);
  const extra = shape.length - rest.length;
  if (extra < 0 || !sameShape(shape.slice(extra), rest)) {
    throw new TypeError(
      `${name}: shape ${show(shape)} does not end in ${show(rest)}, the logits' shape without axis ${axis}`,
    );
  }
  const full = [...shape.slice(0, extra), ...logits.shape];
  const dtype = logits.dtype as Float;
  const noise = composite(`${name}:${full},${dtype}`, (key) => gumbel(key, full, dtype), [key]);
  return composite(`${name}:${axis}`, (noise, logits) => {
    const repeated = broadcast(logits, full, logits.shape.map((_, i) => extra + i));
    return argExtremum(add(noise, repeated), extra + axis, "max");
  }, [noise, logits]);
}
