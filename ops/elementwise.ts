/** Functions of one tensor, element by element. Integers and booleans become float32 where the result is not integral. */
import { isFloat } from "../core/dtype.ts";
import { bind1 } from "../core/graph.ts";
import type { Primitive } from "../core/primitive.ts";
import * as a from "../core/primitives/algebra.ts";
import * as p from "../core/primitives/arithmetic.ts";
import type { Tensor } from "../core/tensor.ts";
import { toNumber, toTensor, unary, unaryFloat } from "./operands.ts";

/**
 * −x.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.neg(tensor([1, -2])).toArray(), [-1, 2]);
 * ```
 */
export function neg(x: Tensor): Tensor {
  return bind1(a.neg, [toTensor("neg", "x", x)], undefined);
}

/**
 * |x|; derivative the sign of x, 0 at 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.abs(tensor([-1.5, 2])).toArray(), [1.5, 2]);
 * ```
 */
export function abs(x: Tensor): Tensor {
  return unary("abs", x, (t) => t.dtype === "bool" ? t : bind1(p.abs, [t], undefined), "", (dtype) => dtype);
}

/**
 * −1, 0 or 1; NaN stays. The derivative is 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.sign(tensor([-1.5, 0, 2])).toArray(), [-1, 0, 1]);
 * ```
 */
export function sign(x: Tensor): Tensor {
  return unary("sign", x, (t) => bind1(p.sign, [t], undefined), "", toNumber);
}

/**
 * The largest integer not above x, as a float. Integers stay as they are. The derivative is 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.floor(tensor([-1.5, 1.5])).toArray(), [-2, 1]);
 * ```
 */
export function floor(x: Tensor): Tensor {
  return rounding("floor", p.floor, x);
}

/**
 * The smallest integer not below x, as a float. Integers stay as they are. The derivative is 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.ceil(tensor([-1.5, 1.5])).toArray(), [-1, 2]);
 * ```
 */
export function ceil(x: Tensor): Tensor {
  return rounding("ceil", p.ceil, x);
}

/**
 * The integer part of x, as a float. Integers stay as they are. The derivative is 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.trunc(tensor([-1.5, 1.5])).toArray(), [-1, 1]);
 * ```
 */
export function trunc(x: Tensor): Tensor {
  return rounding("trunc", p.trunc, x);
}

/**
 * The nearest integer, as a float, of two equally near ones the even. Integers stay as they are. The derivative is 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.round(tensor([0.5, 1.5, -2.6])).toArray(), [0, 2, -3]);
 * ```
 */
export function round(x: Tensor): Tensor {
  return rounding("round", p.round, x);
}

function rounding(operation: string, primitive: Primitive<undefined>, x: Tensor): Tensor {
  const t = toTensor(operation, "x", x);
  return isFloat(t.dtype) ? bind1(primitive, [t], undefined) : a.convert(t, toNumber(t.dtype));
}

/**
 * eˣ.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.exp(tensor(1)).item(), Math.E, 1e-6);
 * ```
 */
export function exp(x: Tensor): Tensor {
  return unaryFloat("exp", p.exp, x);
}

/**
 * eˣ − 1, exact near 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.expm1(tensor(1e-7)).item(), 1e-7, 1e-13);
 * ```
 */
export function expm1(x: Tensor): Tensor {
  return unaryFloat("expm1", p.expm1, x);
}

/**
 * The natural logarithm: −∞ at 0, NaN below.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.log(tensor(10)).item(), Math.LN10, 1e-6);
 * ```
 */
export function log(x: Tensor): Tensor {
  return unaryFloat("log", p.log, x);
}

/**
 * log(1 + x), exact near 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.log1p(tensor(1e-7)).item(), 1e-7, 1e-13);
 * ```
 */
export function log1p(x: Tensor): Tensor {
  return unaryFloat("log1p", p.log1p, x);
}

/**
 * √x, NaN below 0; the derivative is ∞ at 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.sqrt(tensor([4, 2.25])).toArray(), [2, 1.5]);
 * ```
 */
export function sqrt(x: Tensor): Tensor {
  return unaryFloat("sqrt", p.sqrt, x);
}

/**
 * 1 / √x.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.rsqrt(tensor([4, 0.25])).toArray(), [0.5, 2]);
 * ```
 */
export function rsqrt(x: Tensor): Tensor {
  return unaryFloat("rsqrt", p.rsqrt, x);
}

/**
 * x².
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.square(tensor([-3, 2])).toArray(), [9, 4]);
 * ```
 */
export function square(x: Tensor): Tensor {
  return unary("square", x, (t) => a.mul(t, t), "", toNumber);
}

/**
 * 1 / x.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.reciprocal(tensor([4, -0.5])).toArray(), [0.25, -2]);
 * ```
 */
export function reciprocal(x: Tensor): Tensor {
  return unary("reciprocal", x, (t) => p.apply(p.div, a.full(t.shape, 1, t.dtype), t));
}

/**
 * The sine of an angle in radians.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.sin(tensor(Math.PI / 6)).item(), 0.5, 1e-6);
 * ```
 */
export function sin(x: Tensor): Tensor {
  return unaryFloat("sin", p.sin, x);
}

/**
 * The cosine of an angle in radians.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.cos(tensor(Math.PI / 3)).item(), 0.5, 1e-6);
 * ```
 */
export function cos(x: Tensor): Tensor {
  return unaryFloat("cos", p.cos, x);
}

/**
 * The tangent of an angle in radians.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.tan(tensor(Math.PI / 4)).item(), 1, 1e-6);
 * ```
 */
export function tan(x: Tensor): Tensor {
  return unaryFloat("tan", p.tan, x);
}

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.tanh(tensor(1)).item(), Math.tanh(1), 1e-6);
 * ```
 */
export function tanh(x: Tensor): Tensor {
  return unaryFloat("tanh", p.tanh, x);
}

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.erf(tensor(1)).item(), 0.8427007929, 1e-6);
 * ```
 */
export function erf(x: Tensor): Tensor {
  return unaryFloat("erf", p.erf, x);
}

/**
 * The inverse of `erf` on (−1, 1): ±∞ at the ends, NaN beyond.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.erfInv(tensor(0.8427007929)).item(), 1, 1e-5);
 * ```
 */
export function erfInv(x: Tensor): Tensor {
  return unaryFloat("erfInv", p.erfInv, x);
}

/**
 * x as a constant: no derivative passes.
 *
 * @example
 * ```ts
 * import { grad, ops, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const slope = grad((x: Tensor) => ops.mul(x, ops.stopGradient(x)));
 * assertEquals(await slope(tensor(3)).item(), 3); // not 6
 * ```
 */
export function stopGradient(x: Tensor): Tensor {
  return bind1(p.stopGradientPrimitive, [toTensor("stopGradient", "x", x)], undefined);
}

/**
 * Zeros of the shape, dtype and device of x.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.zerosLike(tensor([3, 4])).toArray(), [0, 0]);
 * ```
 */
export function zerosLike(x: Tensor): Tensor {
  return filled("zerosLike", x, 0);
}

/**
 * Ones of the shape, dtype and device of x.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.onesLike(tensor([3, 4])).toArray(), [1, 1]);
 * ```
 */
export function onesLike(x: Tensor): Tensor {
  return filled("onesLike", x, 1);
}

function filled(operation: string, x: Tensor, value: number): Tensor {
  return unary(operation, x, (t) => a.full(t.shape, value, t.dtype), "", (dtype) => dtype);
}
