/** Activations. At kinks the derivative is PyTorch's. */
import { checkOptions, describe } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import * as p from "../core/primitives/arithmetic.ts";
import * as c from "../core/primitives/comparison.ts";
import { reduceMax } from "../core/primitives/reduction.ts";
import { normalizeAxis } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import {
  aligned,
  type AxisOptions,
  axisOptions,
  type AxisOr,
  checkNumber,
  toFloat,
  toNumber,
  toTensor,
  unary,
  unaryFloat,
} from "./operands.ts";
import { spread } from "./reduction.ts";

const apply = p.apply;
const constant = (x: Tensor, value: number): Tensor => a.full(x.shape, value, x.dtype);

/**
 * max(x, 0); NaN stays. Derivative 1 above 0, 0 at and below it.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.relu(tensor([-1, 0, 2])).toArray(), [0, 0, 2]);
 * ```
 */
export function relu(x: Tensor): Tensor {
  return unary("relu", x, (t) => a.select(c.lessEqual(t, a.zerosLike(t)), a.zerosLike(t), t), "", toNumber);
}

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** The slope below 0; default 0.01. */
  readonly slope?: number;
}

/**
 * x above 0, slope · x at and below it.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.leakyRelu(tensor([-1, 2]), { slope: 0.25 }).toArray(), [-0.25, 2]);
 * ```
 */
export function leakyRelu(x: Tensor, options: LeakyReluOptions = {}): Tensor {
  checkOptions("leakyRelu", options, ["slope"]);
  const { slope = 0.01 } = options;
  checkNumber("leakyRelu", "slope", slope);
  return unary("leakyRelu", x, (t) => a.select(c.greater(t, a.zerosLike(t)), t, a.scale(t, slope)), slope);
}

/** Options of `elu`. */
export interface EluOptions {
  /** Minus the limit at −∞; default 1. */
  readonly alpha?: number;
}

/**
 * x above 0, alpha · (eˣ − 1) at and below it (Clevert, Unterthiner, Hochreiter 2015).
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.elu(tensor([-Infinity, 2])).toArray(), [-1, 2]);
 * ```
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  checkOptions("elu", options, ["alpha"]);
  const { alpha = 1 } = options;
  checkNumber("elu", "alpha", alpha);
  return unary("elu", x, (t) => {
    const above = c.greater(t, a.zerosLike(t));
    // Large arguments stay out of the exponential, whose derivative would be 0 · ∞.
    const below = apply(p.expm1, a.select(above, a.zerosLike(t), t));
    return a.select(above, t, a.scale(below, alpha));
  }, alpha);
}

/** Options of `gelu`. */
export interface GeluOptions {
  /** `"none"` is exact, by the error function (default); `"tanh"` the approximation of the paper. */
  readonly approximate?: "none" | "tanh";
}

/**
 * x · Φ(x), Φ the distribution function of the normal distribution (Hendrycks, Gimpel 2016).
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.gelu(tensor(1)).item(), 0.8413447, 1e-6);
 * assertAlmostEquals(await ops.gelu(tensor(1), { approximate: "tanh" }).item(), 0.8411920, 1e-6);
 * ```
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  checkOptions("gelu", options, ["approximate"]);
  const { approximate = "none" } = options;
  if (approximate !== "none" && approximate !== "tanh") {
    throw new TypeError(`gelu: approximate must be "none" or "tanh", got ${describe(approximate)}`);
  }
  return unary("gelu", x, (t) => {
    const inner = approximate === "none"
      ? apply(p.erf, a.scale(t, Math.SQRT1_2))
      : apply(p.tanh, a.scale(a.add(t, a.scale(a.mul(a.mul(t, t), t), 0.044715)), Math.sqrt(2 / Math.PI)));
    return a.mul(a.scale(t, 0.5), a.add(constant(t, 1), inner));
  }, approximate);
}

/**
 * 1 / (1 + e⁻ˣ).
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.sigmoid(tensor([0, Infinity])).toArray(), [0.5, 1]);
 * ```
 */
export function sigmoid(x: Tensor): Tensor {
  return unaryFloat("sigmoid", p.sigmoid, x);
}

/**
 * x · sigmoid(x), also called swish.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.silu(tensor(1)).item(), 0.7310586, 1e-6);
 * ```
 */
export function silu(x: Tensor): Tensor {
  return unary("silu", x, (t) => a.mul(t, apply(p.sigmoid, t)));
}

/**
 * x · sigmoid(gate), shapes broadcast: the gate lets through between nothing and all of x.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.sigmoidGate(tensor([4, 6]), tensor(0)).toArray(), [2, 3]);
 * ```
 */
export function sigmoidGate(x: Tensor, gate: Tensor): Tensor {
  return aligned("sigmoidGate", ["x", "gate"], [x, gate], (x, gate) => a.mul(x, apply(p.sigmoid, gate)), toFloat);
}

/** log(1 + eˣ), smooth in all its derivatives: from 40 on it is x to the last bit of a float64. */
export function softplusOf(x: Tensor): Tensor {
  const large = c.greater(x, constant(x, 40));
  return a.select(large, x, apply(p.log1p, apply(p.exp, a.select(large, a.zerosLike(x), x))));
}

/**
 * log(1 + eˣ), without overflow.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.softplus(tensor(0)).item(), Math.LN2, 1e-6);
 * ```
 */
export function softplus(x: Tensor): Tensor {
  return unary("softplus", x, softplusOf);
}

/** x minus its largest along an axis, which is taken for a constant: softmax does not see it, and exp cannot overflow. */
export function shifted(x: Tensor, axis: number): Tensor {
  const largest = apply(p.stopGradientPrimitive, reduceMax(x, [axis]));
  return a.sub(x, spread(largest, x.shape, [axis]));
}

/** x (already shifted) minus log Σ exp along an axis. */
export function logNormalized(x: Tensor, axis: number): Tensor {
  return a.sub(x, spread(apply(p.log, a.sum(apply(p.exp, x), [axis])), x.shape, [axis]));
}

function alongAxis(
  operation: string,
  x: Tensor,
  options: AxisOr<AxisOptions> | undefined,
  f: (x: Tensor, axis: number) => Tensor,
): Tensor {
  const t = toTensor(operation, "x", x);
  const axis = normalizeAxis(operation, axisOptions<AxisOptions>(operation, options, ["axis"]).axis ?? -1, t.ndim);
  return unary(operation, t, (t) => t.shape[axis] === 0 ? t : f(shifted(t, axis), axis), axis);
}

/**
 * eˣ / Σ eˣ along an axis (default the last): positive numbers with sum 1. Without overflow; −∞ gives 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.softmax(tensor([1000, 1000])).toArray(), [0.5, 0.5]);
 * ```
 */
export function softmax(x: Tensor, options?: AxisOr<AxisOptions>): Tensor {
  return alongAxis("softmax", x, options, (x, axis) => {
    const powers = apply(p.exp, x);
    return apply(p.div, powers, spread(a.sum(powers, [axis]), x.shape, [axis]));
  });
}

/**
 * The logarithm of `softmax` along an axis (default the last), without overflow.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.sum(ops.logSoftmax(tensor([3, 3]))).item(), -2 * Math.LN2, 1e-6);
 * ```
 */
export function logSoftmax(x: Tensor, options?: AxisOr<AxisOptions>): Tensor {
  return alongAxis("logSoftmax", x, options, logNormalized);
}
