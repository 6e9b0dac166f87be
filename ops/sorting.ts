/** Order: sorting, the largest few, and where extrema are. An axis may be given alone where `{ axis }` is taken. */
import { composite } from "../core/composite.ts";
import { describe, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import { argsort as ascending, gather } from "../core/primitives/indexing.ts";
import { flip, slice } from "../core/primitives/movement.ts";
import { argExtremum } from "../core/primitives/reduction.ts";
import { normalizeAxis } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { type AxisOptions, axisOptions, type AxisOr, checkNumber, toNumber, toTensor, unary } from "./operands.ts";

/** Options of `sort` and `argsort`. */
export interface SortOptions extends AxisOptions {
  /** Whether the largest come first; default false. */
  readonly descending?: boolean;
}

/** Options of `argmax` and `argmin`. */
export interface ArgOptions extends AxisOptions {
  /** Whether the axis stays, with extent 1; default false. */
  readonly keepDims?: boolean;
}

/** Stable positions in ascending or descending order. NaN counts as the largest. */
function orderOf(x: Tensor, axis: number, descending: boolean): Tensor {
  const keys = a.convert(x, toNumber(x.dtype));
  if (!descending) return ascending(keys, axis);
  // Backwards twice: equal elements keep their order.
  const backwards = flip(ascending(flip(keys, [axis]), axis), [axis]);
  return a.sub(a.full(x.shape, Math.max(0, x.shape[axis] - 1), "int32"), backwards);
}

function sorted(
  operation: string,
  x: Tensor,
  options: AxisOr<SortOptions> | undefined,
  f: (x: Tensor, order: Tensor, axis: number) => Tensor,
): Tensor {
  const t = toTensor(operation, "x", x);
  const { axis = -1, descending = false } = axisOptions<SortOptions>(operation, options, ["axis", "descending"]);
  if (typeof descending !== "boolean") {
    throw new TypeError(`${operation}: descending must be true or false, got ${describe(descending)}`);
  }
  const along = normalizeAxis(operation, axis, t.ndim);
  return unary(
    operation,
    t,
    (t) => f(t, orderOf(t, along, descending), along),
    `${along},${descending}`,
    (dtype) => dtype,
  );
}

/**
 * The elements in order along an axis (default the last). Equal ones keep their order; NaN counts as the largest.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.sort(tensor([3, 1, 2])).toArray(), [1, 2, 3]);
 * assertEquals(await ops.sort(tensor([3, 1, 2]), { descending: true }).toArray(), [3, 2, 1]);
 * ```
 */
export function sort(x: Tensor, options?: AxisOr<SortOptions>): Tensor {
  return sorted("sort", x, options, gather);
}

/**
 * Where the elements in order are: int32 positions along an axis (default the last). Equal ones keep their order.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.argsort(tensor([3, 1, 2])).toArray(), [1, 2, 0]);
 * ```
 */
export function argsort(x: Tensor, options?: AxisOr<SortOptions>): Tensor {
  return sorted("argsort", x, options, (_, order) => order);
}

/**
 * The k largest along an axis (default the last), the largest first, and their int32 positions, of equal ones the lower
 * first. NaN counts as the largest.
 *
 * @returns `[values, indices]`
 * @throws RangeError if there are fewer than k
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [values, indices] = ops.topK(tensor([3, 1, 2]), 2);
 * assertEquals(await values.toArray(), [3, 2]);
 * assertEquals(await indices.toArray(), [0, 2]);
 * ```
 */
export function topK(x: Tensor, k: number, options?: AxisOr<AxisOptions>): [values: Tensor, indices: Tensor] {
  const t = toTensor("topK", "x", x);
  const axis = normalizeAxis("topK", axisOptions<AxisOptions>("topK", options, ["axis"]).axis ?? -1, t.ndim);
  checkNumber("topK", "k", k, 0, true);
  if (k > t.shape[axis]) {
    throw new RangeError(`topK: k = ${k}, but axis ${axis} of shape ${show(t.shape)} has ${t.shape[axis]} elements`);
  }
  return composite(`topK:${axis},${k}`, (t): [Tensor, Tensor] => {
    const order = orderOf(t, axis, true);
    const limit = t.shape.map((n, i) => i === axis ? k : n);
    const first = slice(order, { start: limit.map(() => 0), limit, step: limit.map(() => 1) });
    return [gather(t, first, axis), first];
  }, [t]);
}

function argument(operation: "argmax" | "argmin", x: Tensor, options: AxisOr<ArgOptions> | undefined): Tensor {
  const t = toTensor(operation, "x", x);
  const { axis, keepDims = false } = axisOptions<ArgOptions>(operation, options, ["axis", "keepDims"]);
  if (typeof keepDims !== "boolean") {
    throw new TypeError(`${operation}: keepDims must be true or false, got ${describe(keepDims)}`);
  }
  const along = axis === undefined ? 0 : normalizeAxis(operation, axis, t.ndim);
  const kept = t.shape.map((n, i) => axis === undefined || i === along ? 1 : n);
  return unary(
    operation,
    t,
    (t) => {
      const at = argExtremum(
        axis === undefined ? a.reshape(t, [t.size]) : t,
        along,
        operation === "argmax" ? "max" : "min",
      );
      return keepDims ? a.reshape(at, kept) : at;
    },
    `${axis},${keepDims}`,
    toNumber,
  );
}

/**
 * Where the largest along an axis is, as int32: the first of equal ones, the first NaN if there is one. Without an axis: in
 * the flattened tensor.
 *
 * @throws TypeError along an empty axis
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.argmax(tensor([[1, 9, 9], [3, 2, 1]]), { axis: 1 }).toArray(), [1, 0]);
 * ```
 */
export function argmax(x: Tensor, options?: AxisOr<ArgOptions>): Tensor {
  return argument("argmax", x, options);
}

/**
 * Where the smallest along an axis is, as int32: the first of equal ones, the first NaN if there is one. Without an axis: in
 * the flattened tensor.
 *
 * @throws TypeError along an empty axis
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.argmin(tensor([4, 1, 1])).item(), 1);
 * ```
 */
export function argmin(x: Tensor, options?: AxisOr<ArgOptions>): Tensor {
  return argument("argmin", x, options);
}
