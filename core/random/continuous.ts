/** Samplers of floating-point numbers. */
import { erf } from "../compile/special.ts";
import { composite } from "../composite.ts";
import type { DType } from "../dtype.ts";
import { checkOptions, describe, nearest } from "../errors.ts";
import { broadcast, literal } from "../primitives/algebra.ts";
import { apply, maximum, minimum } from "../primitives/arithmetic.ts";
import { checkShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkKey, checkNumber, scalars } from "./keys.ts";
import { type Float, lowest, nextAfter, quantile, rangeOf, rangeUniform, rounded, standardNormal } from "./samplers.ts";

/** Options of the continuous samplers. */
export interface SampleOptions {
  /** float32 (default) or float64. */
  readonly dtype?: DType;
}

/** Options of `uniform`. */
export interface UniformOptions extends SampleOptions {
  /** Least value; default 0. */
  readonly min?: number;
  /** Upper bound, itself excluded; default 1. */
  readonly max?: number;
}

function floatOf(operation: string, dtype: unknown): Float {
  if (dtype === undefined || dtype === "float32") return "float32";
  if (dtype === "float64") return dtype;
  const guess = typeof dtype === "string" && nearest(dtype, ["float32", "float64"]);
  throw new TypeError(
    `${operation}: dtype must be "float32" or "float64", got ${describe(dtype)}${
      guess ? `; did you mean "${guess}"?` : ""
    }`,
  );
}

/**
 * Uniform numbers from `min` (default 0) up to, not including, `max` (default 1); where floating-point numbers are coarse
 * against `max − min`, rounding may give `max` itself. They are `min` plus multiples of 2⁻²³ · (max − min), of 2⁻⁵² in
 * float64.
 *
 * @throws TypeError for what is no key, shape or dtype, RangeError for `max` below `min` or bounds that are not finite
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const x = random.uniform(random.key(0), [2, 3], { min: -1, max: 1 });
 * assertEquals(x.shape, [2, 3]);
 * assert((await x.data()).every((v) => -1 <= v && v < 1));
 * ```
 */
export function uniform(key: Tensor, shape: Shape, options: UniformOptions = {}): Tensor {
  checkOptions("random.uniform", options, ["min", "max", "dtype"]);
  checkKey("random.uniform", key);
  checkShape("random.uniform", shape);
  const dtype = floatOf("random.uniform", options.dtype);
  const { min = 0, max = 1 } = options;
  checkNumber("random.uniform", "min", min);
  checkNumber("random.uniform", "max", max);
  if (max < min) throw new RangeError(`random.uniform: max ${max} is below min ${min}`);
  const low = rounded(min, dtype);
  const width = rounded(rounded(max, dtype) - low, dtype);
  if (!Number.isFinite(width)) {
    throw new RangeError(`random.uniform: the range from ${min} to ${max} is not finite in ${dtype}`);
  }
  return inRange("random.uniform", key, shape, dtype, low, width);
}

function inRange(name: string, key: Tensor, shape: Shape, dtype: Float, low: number, width: number): Tensor {
  const range = rangeOf(low, width);
  return composite(
    `${name}:${shape},${dtype},${range}`,
    (key, low, width) => rangeUniform(key, shape, dtype, range, low, width),
    [key, ...scalars(key, [low, width], dtype)],
  );
}

/**
 * Standard normal numbers: mean 0, variance 1. For other means and variances, multiply and add.
 *
 * They are √2 · erf⁻¹ of uniform numbers in (−1, 1), by Giles' polynomials in float32 ("Approximating the erfinv function",
 * GPU Computing Gems, 2011), as in JAX; the largest possible in float32 is about 5.4.
 *
 * @throws TypeError for what is no key, shape or dtype
 *
 * @example
 * ```ts
 * import { ops, random } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = random.normal(random.key(1), [10_000]);
 * assertAlmostEquals(await ops.mean(x).item(), 0, 0.03);
 * assertAlmostEquals(await ops.std(x).item(), 1, 0.03);
 * ```
 */
export function normal(key: Tensor, shape: Shape, options: SampleOptions = {}): Tensor {
  checkOptions("random.normal", options, ["dtype"]);
  checkKey("random.normal", key);
  checkShape("random.normal", shape);
  const dtype = floatOf("random.normal", options.dtype);
  return composite(`random.normal:${shape},${dtype}`, (key) => standardNormal(key, shape, dtype), [key]);
}

/**
 * Standard normal numbers on condition that they are between `lower` and `upper` (excluded), of which either may be infinite.
 *
 * @throws TypeError for what is no key, shape or dtype, RangeError if `lower` is not below `upper`, or if both are so far out
 *   that the dtype cannot tell their probabilities apart
 *
 * @example
 * ```ts
 * import { random } from "@cotangent/cotangent";
 * import { assert } from "@std/assert";
 *
 * const x = random.truncatedNormal(random.key(0), -2, 2, [1000]);
 * assert((await x.data()).every((v) => Math.abs(v) < 2));
 * ```
 */
export function truncatedNormal(
  key: Tensor,
  lower: number,
  upper: number,
  shape: Shape,
  options: SampleOptions = {},
): Tensor {
  const name = "random.truncatedNormal";
  checkOptions(name, options, ["dtype"]);
  checkKey(name, key);
  checkNumber(name, "lower", lower);
  checkNumber(name, "upper", upper);
  checkShape(name, shape);
  const dtype = floatOf(name, options.dtype);
  if (!(lower < upper)) throw new RangeError(`${name}: lower ${lower} is not below upper ${upper}`);
  const round = (value: number): number => rounded(value, dtype);
  const [from, to] = [lower, upper].map((bound) => round(erf(round(round(bound) / round(Math.SQRT2)))));
  const clip = [nextAfter(round(lower), 1, dtype), nextAfter(round(upper), -1, dtype)];
  if (from === to || clip[0] > clip[1]) {
    throw new RangeError(`${name}: between ${lower} and ${upper} there is too little of the distribution for ${dtype}`);
  }
  const u = inRange(name, key, shape, dtype, from, round(to - from));
  return composite(`${name}:clip,${dtype}`, (u, least, most) => {
    const over = (x: Tensor): Tensor => broadcast(x, u.shape, []);
    // u may round to ±1, whose quantile is infinite.
    const inside = apply(
      minimum,
      apply(maximum, u, over(literal(lowest(dtype), dtype))),
      over(literal(-lowest(dtype), dtype)),
    );
    return apply(minimum, apply(maximum, quantile(inside), over(least)), over(most));
  }, [u, ...scalars(key, clip, dtype)]);
}
