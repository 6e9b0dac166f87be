/**
 * Distributions made of random bits, as Graphs: what `random` validates and compiles. The steps are those of jax.random, and
 * so are the roundings.
 */
import { add, broadcast, convert, full, literal, mul, neg, scale, select, sub } from "../primitives/algebra.ts";
import { apply, erfInv, log, log1p, maximum, rem, sqrt } from "../primitives/arithmetic.ts";
import { bitcast, less, logicalAnd, logicalOr, shiftLeft, shiftRight } from "../primitives/comparison.ts";
import { argsort, gather } from "../primitives/indexing.ts";
import { iota } from "../primitives/movement.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { keyAt, positions, randomBits, shift, splitKey, threefry } from "./threefry.ts";

/** The dtypes of continuous samples. */
export type Float = "float32" | "float64";

/** Uniform in [0, 1): multiples of 2⁻²³ in float32, of 2⁻⁵² in float64. */
export function unitUniform(key: Tensor, shape: Shape, dtype: Float): Tensor {
  if (dtype === "float32") {
    // The bits of a number in [1, 2) with a random mantissa.
    const bits = logicalOr(shift(shiftRight, randomBits(key, shape), 9), full(shape, 0x3F800000, "uint32"));
    return sub(bitcast(bits, "float32"), full(shape, 1, "float32"));
  }
  // The upper 52 of 64 bits, as two parts whose sum is exact.
  const [a, b] = threefry(key, positions(shape));
  const high = convert(shift(shiftRight, a, 12), "float64");
  const low = convert(logicalOr(shift(shiftLeft, a, 20), shift(shiftRight, b, 12)), "float64");
  return add(scale(high, 2 ** -20), scale(low, 2 ** -52));
}

/** The float32 or float64 nearest to a number. */
export function rounded(value: number, dtype: Float): number {
  return dtype === "float32" ? Math.fround(value) : value;
}

/** The number next above (or, with a negative direction, below) in a dtype. */
export function nextAfter(value: number, direction: 1 | -1, dtype: Float): number {
  if (Number.isNaN(value) || value === direction * Infinity) return value;
  if (value === 0) return direction * (dtype === "float32" ? 2 ** -149 : Number.MIN_VALUE);
  // Magnitudes are in the order of their bits.
  const away = (value > 0) === (direction > 0);
  if (dtype === "float32") {
    const word = new DataView(new ArrayBuffer(4));
    word.setFloat32(0, value);
    word.setInt32(0, word.getInt32(0) + (away ? 1 : -1));
    return word.getFloat32(0);
  }
  const word = new DataView(new ArrayBuffer(8));
  word.setFloat64(0, value);
  word.setBigInt64(0, word.getBigInt64(0) + (away ? 1n : -1n));
  return word.getFloat64(0);
}

/**
 * How low + u · width is rounded once, as XLA's fused multiply-add does. Where the product is exact (a power of two) or
 * nothing is added, two roundings are one; elsewhere float32 carries along what the product and the sum lose. In
 * float64 itself such a range has two roundings, so that the last bit may differ from JAX's.
 */
export type Range = "unit" | "exact" | "wide";

/** The kind of a range that starts at `low`. */
export function rangeOf(low: number, width: number): Range {
  if (low === 0 && width === 1) return "unit";
  return low === 0 || width === 0 || Number.isInteger(Math.log2(width)) ? "exact" : "wide";
}

/** Uniform from `low` on over `width` (scalars of the dtype). */
export function rangeUniform(
  key: Tensor,
  shape: Shape,
  dtype: Float,
  range: Range,
  low: Tensor,
  width: Tensor,
): Tensor {
  const u = unitUniform(key, shape, dtype);
  if (range === "unit") return u;
  const over = (x: Tensor): Tensor => broadcast(x, shape, []);
  if (range === "wide" && dtype === "float32") return roundedOnce(u, over(width), over(low));
  return add(mul(u, over(width)), over(low));
}

/** x · y + z in float32 with one rounding, by exact products of halves (Dekker) and an exact sum (Knuth): no float64 is needed. */
function roundedOnce(x: Tensor, y: Tensor, z: Tensor): Tensor {
  const upper = (t: Tensor): Tensor =>
    bitcast(logicalAnd(bitcast(t, "uint32"), full(t.shape, 0xFFFFF000, "uint32")), "float32");
  const [a, c] = [upper(x), upper(y)];
  const [b, d] = [sub(x, a), sub(y, c)];
  const product = mul(x, y);
  const rest = add(add(add(sub(mul(a, c), product), mul(a, d)), mul(b, c)), mul(b, d));
  const sum = add(product, z);
  const part = sub(sum, product);
  const lost = add(sub(product, sub(sum, part)), sub(z, part));
  return add(sum, add(lost, rest));
}

// The polynomials of XLA's float32 inverse error function: M. Giles, "Approximating the erfinv function", GPU Computing
// Gems, 2011. It is not exact near ±1 (1 − x² cancels); equal samples need the same errors.
const central = [
  2.81022636e-08,
  3.43273939e-07,
  -3.5233877e-06,
  -4.39150654e-06,
  0.00021858087,
  -0.00125372503,
  -0.00417768164,
  0.246640727,
  1.50140941,
];
const outer = [
  -0.000200214257,
  0.000100950558,
  0.00134934322,
  -0.00367342844,
  0.00573950773,
  -0.0076224613,
  0.00943887047,
  1.00167406,
  2.83297682,
];

/** The normal quantile of uniform x in (−1, 1): √2 · erfInv(x). */
export function quantile(x: Tensor): Tensor {
  const constant = (value: number): Tensor => full(x.shape, value, x.dtype);
  if (x.dtype === "float64") return mul(apply(erfInv, x), constant(Math.SQRT2));
  const w = apply(neg, apply(log1p, apply(neg, mul(x, x))));
  const near = less(w, constant(5));
  const at = select(near, sub(w, constant(2.5)), sub(apply(sqrt, w), constant(3)));
  let sum = select(near, constant(central[0]), constant(outer[0]));
  for (let i = 1; i < central.length; i++) {
    sum = add(mul(sum, at), select(near, constant(central[i]), constant(outer[i])));
  }
  return mul(mul(sum, x), constant(Math.SQRT2));
}

/** The least uniform that a normal sample is made of: the number next above −1. */
export function lowest(dtype: Float): number {
  return nextAfter(-1, 1, dtype);
}

/** Standard normal. */
export function standardNormal(key: Tensor, shape: Shape, dtype: Float): Tensor {
  const scalar = (value: number): Tensor => literal(value, dtype);
  return quantile(rangeUniform(key, shape, dtype, "exact", scalar(lowest(dtype)), scalar(2)));
}

/** Standard Gumbel: −log(−log u), where u = 0 counts as the least normal number. */
export function gumbel(key: Tensor, shape: Shape, dtype: Float): Tensor {
  const least = full(shape, dtype === "float32" ? 2 ** -126 : 2 ** -1022, dtype);
  const u = apply(maximum, unitUniform(key, shape, dtype), least);
  return apply(neg, apply(log, apply(neg, apply(log, u))));
}

/** The scalars that `integers` takes: the first number, how many there are, and 2³² by that modulus, as JAX has it. */
export function integerScalars(low: number, high: number): [low: number, span: number, factor: number] {
  const span = high - low;
  const m = 65536 % span;
  return [low >>> 0, span, (Math.imul(m, m) >>> 0) % span];
}

/** Integers (int32) from scalars (uint32): two draws a number, so that the bias is below 2⁻³² · span. */
export function integers(key: Tensor, shape: Shape, low: Tensor, span: Tensor, factor: Tensor): Tensor {
  const keys = splitKey(key, 2);
  const over = (x: Tensor): Tensor => broadcast(x, shape, []);
  const reduce = (x: Tensor): Tensor => apply(rem, x, over(span));
  const [high, rest] = [0, 1].map((i) => reduce(randomBits(keyAt(keys, i), shape)));
  const offset = reduce(add(mul(high, over(factor)), rest));
  return bitcast(add(over(low), offset), "int32");
}

/** The numbers 0 to n − 1 (int32) in random order: sorted by random words, often enough that equal words do not matter. */
export function shuffled(key: Tensor, n: number): Tensor {
  const rounds = Math.ceil(3 * Math.log(Math.max(1, n)) / Math.log(2 ** 32 - 1));
  let order = iota([n], 0, "int32");
  for (let round = 0; round < rounds; round++) {
    const keys = splitKey(key, 2);
    key = keyAt(keys, 0);
    const sorted = argsort(randomBits(keyAt(keys, 1), [n]), 0);
    order = round === 0 ? sorted : gather(order, sorted, 0);
  }
  return order;
}
