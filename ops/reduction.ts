/**
 * Reductions: they take `{ axis, keepDims }`, where `axis` is one axis, several, or none for all of them, and may be given
 * alone: `sum(x, 1)`.
 */
import { composite } from "../core/composite.ts";
import type { DType } from "../core/dtype.ts";
import { describe } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import * as p from "../core/primitives/arithmetic.ts";
import * as c from "../core/primitives/comparison.ts";
import { pad, slice, transpose } from "../core/primitives/movement.ts";
import * as r from "../core/primitives/reduction.ts";
import { normalizeAxes, type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { axisOptions, type AxisOr, checkNumber, toFloat, toNumber, toTensor } from "./operands.ts";

/** Which axes are reduced, and whether they stay with extent 1. */
export interface ReduceOptions {
  /** One axis or several, negative ones from the end; default all. */
  readonly axis?: number | readonly number[];
  /** Whether reduced axes stay, with extent 1; default false. */
  readonly keepDims?: boolean;
}

/** Options of `variance` and `std`. */
export interface MomentOptions extends ReduceOptions {
  /** What is taken from the count in the divisor: 0 for the population (default), 1 for an unbiased estimate. */
  readonly correction?: number;
}

const names = ["axis", "keepDims"] as const;
const same = (dtype: DType): DType => dtype;

/** Parses the options and runs `f(x, axes)` as one program. */
function reduce(
  operation: string,
  x: Tensor,
  options: AxisOr<ReduceOptions> | undefined,
  adjust: (dtype: DType) => DType,
  f: (x: Tensor, axes: readonly number[]) => Tensor,
  known: readonly string[] = names,
  statics = "",
): Tensor {
  const t = toTensor(operation, "x", x);
  const { axis, keepDims = false } = axisOptions(operation, options, known);
  if (typeof keepDims !== "boolean") {
    throw new TypeError(`${operation}: keepDims must be true or false, got ${describe(keepDims)}`);
  }
  const axes = normalizeAxes(operation, axis, t.ndim);
  return composite(`${operation}:${axes},${keepDims},${statics}`, (t) => {
    const result = f(a.convert(t, adjust(t.dtype)), axes);
    return keepDims ? r.restoreAxes(result, t.shape, axes) : result;
  }, [t]);
}

/** The number of elements along some axes. */
export function countAlong(shape: Shape, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis]));
}

/** A reduced tensor repeated along the axes that are missing from it. */
export function spread(reduced: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return a.broadcast(reduced, shape, a.keptAxes(shape, axes));
}

/** x / n. */
export function over(x: Tensor, n: number): Tensor {
  return p.apply(p.div, x, a.full(x.shape, n, x.dtype));
}

/** x minus its mean along the axes. */
export function centre(x: Tensor, axes: readonly number[]): Tensor {
  return a.sub(x, spread(over(a.sum(x, axes), countAlong(x.shape, axes)), x.shape, axes));
}

/** The variance along the axes of what `centre` gave. */
export function centredVariance(centred: Tensor, axes: readonly number[], correction: number): Tensor {
  const n = Math.max(0, countAlong(centred.shape, axes) - correction);
  return over(a.sum(a.mul(centred, centred), axes), n);
}

/** √variance, with derivative 0 at 0. */
export function deviation(variance: Tensor): Tensor {
  const zero = a.zerosLike(variance);
  const constant = c.equal(variance, zero);
  // The root of 1 in the place of that of 0, whose derivative is infinite.
  return a.select(
    constant,
    zero,
    p.apply(p.sqrt, a.select(constant, a.full(variance.shape, 1, variance.dtype), variance)),
  );
}

/**
 * The sum along axes; of nothing 0. Booleans count as int32.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await ops.sum(x).item(), 10);
 * assertEquals(await ops.sum(x, { axis: 0 }).toArray(), [4, 6]);
 * assertEquals(ops.sum(x, { axis: 1, keepDims: true }).shape, [2, 1]);
 * ```
 */
export function sum(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return reduce("sum", x, options, toNumber, a.sum);
}

/**
 * The mean along axes, of nothing NaN. Integers and booleans become float32.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.mean(tensor([[1, 2], [3, 4]]), { axis: 1 }).toArray(), [1.5, 3.5]);
 * ```
 */
export function mean(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return reduce("mean", x, options, toFloat, (x, axes) => over(a.sum(x, axes), countAlong(x.shape, axes)));
}

/**
 * The largest along axes, NaN if there is one. Ties share the derivative equally, as in PyTorch's amax.
 *
 * @throws TypeError along an empty axis
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.max(tensor([[1, 5], [3, 2]]), { axis: 0 }).toArray(), [3, 5]);
 * ```
 */
export function max(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return extremum("max", x, options, r.reduceMax);
}

/**
 * The smallest along axes, NaN if there is one. Ties share the derivative equally, as in PyTorch's amin.
 *
 * @throws TypeError along an empty axis
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.min(tensor([[1, 5], [3, 2]]), { axis: 0 }).toArray(), [1, 2]);
 * ```
 */
export function min(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return extremum("min", x, options, r.reduceMin);
}

function extremum(
  operation: string,
  x: Tensor,
  options: AxisOr<ReduceOptions> | undefined,
  f: typeof r.reduceMax,
): Tensor {
  return reduce(operation, x, options, same, (x, axes) => {
    return x.dtype === "bool" ? a.convert(f(a.convert(x, "int32"), axes), "bool") : f(x, axes);
  });
}

/** The product along axes, as a tree of halvings: its derivatives hold at zeros, in every order. */
function product(x: Tensor, axes: readonly number[]): Tensor {
  const kept = a.keptAxes(x.shape, axes);
  const shape = kept.map((axis) => x.shape[axis]);
  const count = countAlong(x.shape, axes);
  if (count === 0) return a.full(shape, 1, x.dtype);
  let size = 2 ** Math.ceil(Math.log2(count));
  const none = shape.map(() => 0);
  const rows = a.reshape(transpose(x, [...axes, ...kept]), [count, ...shape]);
  let y = pad(rows, { low: [0, ...none], high: [size - count, ...none], interior: [0, ...none], value: 1 });
  for (; size > 1; size /= 2) {
    const half = (start: number): Tensor =>
      slice(y, { start: [start, ...none], limit: [start + size / 2, ...shape], step: [1, ...shape.map(() => 1)] });
    y = a.mul(half(0), half(size / 2));
  }
  return a.reshape(y, shape);
}

/**
 * The product along axes; of nothing 1. Booleans count as int32. The derivatives are right where factors are 0.
 *
 * @example
 * ```ts
 * import { grad, ops, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([2, 0, 4]);
 * assertEquals(await ops.prod(x).item(), 0);
 * assertEquals(await grad((x: Tensor) => ops.prod(x))(x).toArray(), [0, 8, 0]);
 * ```
 */
export function prod(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return reduce("prod", x, options, toNumber, product);
}

function moment(
  operation: string,
  x: Tensor,
  options: AxisOr<MomentOptions> | undefined,
  f: (variance: Tensor) => Tensor,
): Tensor {
  const { correction = 0 } = axisOptions<MomentOptions>(operation, options, [...names, "correction"]);
  checkNumber(operation, "correction", correction);
  return reduce(
    operation,
    x,
    options,
    toFloat,
    (x, axes) => f(centredVariance(centre(x, axes), axes, correction)),
    [...names, "correction"],
    String(correction),
  );
}

/**
 * The variance along axes, Σ (x − mean)² / (n − correction), in two passes, so that a large mean costs no digits.
 * Of too few elements: NaN.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.variance(tensor([1, 2, 3])).item(), Math.fround(2 / 3));
 * assertEquals(await ops.variance(tensor([1, 2, 3]), { correction: 1 }).item(), 1);
 * ```
 */
export function variance(x: Tensor, options?: AxisOr<MomentOptions>): Tensor {
  return moment("variance", x, options, (v) => v);
}

/**
 * The standard deviation along axes, the root of the variance. Its derivative at a constant input is 0, as in PyTorch.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.std(tensor([1, 2, 3]), { correction: 1 }).item(), 1);
 * ```
 */
export function std(x: Tensor, options?: AxisOr<MomentOptions>): Tensor {
  return moment("std", x, options, deviation);
}

/** The largest along the axes as a constant, 0 where it is infinite: what can be taken from x before exp. */
function shiftOf(x: Tensor, axes: readonly number[]): Tensor {
  const largest = p.apply(p.stopGradientPrimitive, r.reduceMax(x, axes));
  const finite = c.less(p.apply(p.abs, largest), a.full(largest.shape, Infinity, largest.dtype));
  // A NaN stays NaN in x itself.
  return a.select(finite, largest, a.zerosLike(largest));
}

/** log Σ exp along axes. */
function logSumExpAlong(x: Tensor, axes: readonly number[]): Tensor {
  if (countAlong(x.shape, axes) === 0) {
    return a.full(a.keptAxes(x.shape, axes).map((axis) => x.shape[axis]), -Infinity, x.dtype);
  }
  const shift = shiftOf(x, axes);
  const total = a.sum(p.apply(p.exp, a.sub(x, spread(shift, x.shape, axes))), axes);
  return a.add(p.apply(p.log, total), shift);
}

/**
 * log Σ eˣ along axes, without overflow. Of nothing, or of −∞ alone: −∞.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.logSumExp(tensor([1000, 1000])).item(), 1000 + Math.LN2, 1e-3);
 * ```
 */
export function logSumExp(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return reduce("logSumExp", x, options, toFloat, logSumExpAlong);
}

/**
 * Whether one element holds, or is not 0; of nothing false.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.any(ops.greater(tensor([1, 5]), 4)).toArray(), true);
 * ```
 */
export function any(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return reduce("any", x, options, () => "bool", (x, axes) => a.convert(a.sum(a.convert(x, "int32"), axes), "bool"));
}

/**
 * Whether all elements hold, or are not 0; of nothing true.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.all(ops.greater(tensor([1, 5]), 4)).toArray(), false);
 * ```
 */
export function all(x: Tensor, options?: AxisOr<ReduceOptions>): Tensor {
  return reduce("all", x, options, () => "bool", (x, axes) => {
    const failing = a.sum(a.convert(p.apply(c.not, x), "int32"), axes);
    return c.equal(failing, a.zerosLike(failing));
  });
}
