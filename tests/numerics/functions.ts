/**
 * The elementwise functions and what they should give: float64 of JavaScript's `Math`, whose errors are below 2⁻²⁸ ulp of float32,
 * and FreeBSD's error functions (core/compile/special.ts, held to 50-digit values by tests/core/backends/math_test.ts).
 *
 * @module
 */
import { erf, erfc, erfInv } from "../../core/compile/special.ts";
import { ops, type Tensor } from "../../mod.ts";

/** A function to measure. */
export interface Measured {
  readonly f: (x: Tensor, y: Tensor) => Tensor;
  /** The exact value, nearly. */
  readonly exact: (x: number, y: number) => number;
  readonly arity: 1 | 2;
  /** The largest error in ulp that it may have on the cpu. */
  readonly limit: number;
  /** Why that is over 2, or what is counted otherwise. */
  readonly why?: string;
  /** Errors of smaller results count in units of this. */
  readonly floor?: (x: number) => number;
}

/** IEEE 754's power in double precision; JavaScript's gives NaN where the base is ±1 and the exponent no number. */
export function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}

/** Python's remainder, with the sign of the divisor. */
function mod(a: number, b: number): number {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const nearestEven = (x: number): number => {
  const r = Math.round(x);
  const even = r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
  return even === 0 ? (Object.is(x, -0) || x < 0 ? -0 : 0) : even;
};

type Rest = Pick<Measured, "why" | "floor">;
const of = (f: (x: Tensor) => Tensor, exact: (x: number) => number, limit: number, rest?: Rest): Measured => ({
  f,
  exact,
  arity: 1,
  limit,
  ...rest,
});
const ofTwo = (f: Measured["f"], exact: Measured["exact"], limit: number, rest?: Rest): Measured => ({
  f,
  exact,
  arity: 2,
  limit,
  ...rest,
});

/** All of them, by name. */
export const functions: Readonly<Record<string, Measured>> = {
  neg: of(ops.neg, (x) => -x, 0),
  abs: of(ops.abs, Math.abs, 0),
  sign: of(ops.sign, Math.sign, 0),
  floor: of(ops.floor, Math.floor, 0),
  ceil: of(ops.ceil, Math.ceil, 0),
  trunc: of(ops.trunc, Math.trunc, 0),
  round: of(ops.round, nearestEven, 0),
  relu: of(ops.relu, (x) => x <= 0 ? 0 : x, 0),
  square: of(ops.square, (x) => x * x, 0.5),
  reciprocal: of(ops.reciprocal, (x) => 1 / x, 0.5),
  sqrt: of(ops.sqrt, Math.sqrt, 0.5),
  rsqrt: of(ops.rsqrt, (x) => 1 / Math.sqrt(x), 1.5),
  exp: of(ops.exp, Math.exp, 1.5),
  expm1: of(ops.expm1, Math.expm1, 2),
  log: of(ops.log, Math.log, 1.5),
  log1p: of(ops.log1p, Math.log1p, 2),
  sin: of(ops.sin, Math.sin, 2),
  cos: of(ops.cos, Math.cos, 2),
  tan: of(ops.tan, Math.tan, 3, { why: "a quotient of two rounded polynomials" }),
  tanh: of(ops.tanh, Math.tanh, 2),
  erf: of(ops.erf, erf, 2),
  erfInv: of(ops.erfInv, erfInv, 3, { why: "steep at ±1, where its logarithm is rounded before a polynomial" }),
  sigmoid: of(ops.sigmoid, sigmoid, 3, { why: "a quotient with a rounded exponential above and below" }),
  silu: of(ops.silu, (x) => x * sigmoid(x), 4, {
    why: "a product with a rounded sigmoid; below −87, where that is subnormal, in units of x · 2⁻¹²⁶",
    floor: (x) => Math.abs(x) * 2 ** -126,
  }),
  softplus: of(ops.softplus, (x) => x > 40 ? x : Math.log1p(Math.exp(x)), 2),
  elu: of((x) => ops.elu(x), (x) => x > 0 ? x : Math.expm1(x), 2),
  gelu: of((x) => ops.gelu(x), (x) => 0.5 * x * erfc(-x * Math.SQRT1_2), 2, {
    why: "in units of x: 1 + erf(x/√2) cancels for negative x, as in PyTorch",
    floor: Math.abs,
  }),
  add: ofTwo(ops.add, (x, y) => x + y, 0.5),
  sub: ofTwo(ops.sub, (x, y) => x - y, 0.5),
  mul: ofTwo(ops.mul, (x, y) => x * y, 0.5),
  div: ofTwo(ops.div, (x, y) => x / y, 0.5),
  mod: ofTwo(ops.mod, mod, 0.5),
  maximum: ofTwo(ops.maximum, Math.max, 0),
  minimum: ofTwo(ops.minimum, Math.min, 0),
  pow: ofTwo(ops.pow, pow, 3, { why: "the exponent of the power keeps a few bits beyond a float32" }),
  atan2: ofTwo(ops.atan2, Math.atan2, 2),
};
