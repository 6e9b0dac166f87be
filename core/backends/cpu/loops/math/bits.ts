/** Pieces that the elementary functions share: polynomials, signs, powers of two, exact splits. All on float32. */
import type { Expr } from "../../../../compile/expr.ts";

/** Added to a number below 2²² it rounds it to an integer, which the low bits of the sum then hold. */
export const magic = 12582912;
export const magicBits = 0x4b400000;

/** log 2 in two parts, the first of so few bits that its product with an exponent is exact. */
export const ln2High = 0.693115234375;
export const ln2Low = 3.194618329871446e-5;

/** Σ coefficients[i] · xⁱ. */
export function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  let sum = x.like(coefficients[coefficients.length - 1]);
  for (let i = coefficients.length - 2; i >= 0; i--) sum = sum.fma(x, coefficients[i]);
  return sum;
}

/** The bit of the sign. */
export function signBit(x: Expr): Expr {
  return x.bitcast("uint32").and(0x80000000);
}

/** A number with its sign flipped where the bit is set. */
export function flipSign(x: Expr, bit: Expr): Expr {
  return x.bitcast("uint32").xor(bit).bitcast("float32");
}

/** A magnitude with the sign of another number. */
export function withSign(magnitude: Expr, sign: Expr): Expr {
  return magnitude.bitcast("uint32").or(signBit(sign)).bitcast("float32");
}

/** 2ⁱ for an int32 between −126 and 127. */
export function powerOfTwo(i: Expr): Expr {
  return i.shl(23).add(0x3f800000).bitcast("float32");
}

/** A number without the lower half of its bits: the product of two such is exact. */
export function upperHalf(x: Expr): Expr {
  return x.bitcast("uint32").and(0xfffff000).bitcast("float32");
}

/** No more than a bound; NaN passes. */
export function atMost(x: Expr, bound: number): Expr {
  return x.gt(bound).select(x.like(bound), x);
}

/** No less than a bound; NaN passes. */
export function atLeast(x: Expr, bound: number): Expr {
  return x.lt(bound).select(x.like(bound), x);
}

/** A positive normal number as m · 2ᵉ with m between √½ and √2. */
export function split(x: Expr): { e: Expr; m: Expr } {
  const k = x.bitcast("int32").sub(0x3f3504f3);
  return { e: k.shr(23), m: k.and(0x7fffff).add(0x3f3504f3).bitcast("float32") };
}

/** The same for any positive number, with the exponent as a float32. */
export function splitAny(x: Expr): { e: Expr; m: Expr } {
  const tiny = x.lt(1.1754943508222875e-38);
  const { e, m } = split(tiny.select(x.mul(8388608), x));
  return { e: e.convert("float32").add(tiny.select(x.like(-23), 0)), m };
}
