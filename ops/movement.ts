/** Movement: the same elements in other places. An axis may be given alone where `{ axis }` is taken. */
import { composite } from "../core/composite.ts";
import { type DType, promote } from "../core/dtype.ts";
import { describe, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import * as c from "../core/primitives/comparison.ts";
import * as m from "../core/primitives/movement.ts";
import {
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  type Shape,
  sizeOf,
} from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import {
  type AxisOptions,
  axisOptions,
  type AxisOr,
  checkIntegers,
  checkNumber,
  expand,
  toTensor,
  unary,
} from "./operands.ts";

const same = (dtype: DType): DType => dtype;

/**
 * The same elements, in row-major order, under another shape, in which one extent may be −1: what is left.
 *
 * @throws TypeError if the sizes differ
 *
 * @example
 * ```ts
 * import { arange, ops } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.reshape(arange(6), [2, -1]).toArray(), [[0, 1, 2], [3, 4, 5]]);
 * ```
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const t = toTensor("reshape", "x", x);
  if (!Array.isArray(shape)) throw new TypeError(`reshape: shape must be an array of sizes, got ${describe(shape)}`);
  const open = shape.indexOf(-1);
  if (open !== shape.lastIndexOf(-1)) throw new TypeError(`reshape: shape ${show(shape)} has more than one −1`);
  const rest = sizeOf(shape.filter((_, i) => i !== open));
  const full = open < 0 ? shape : shape.map((extent, i) => i === open ? (rest === 0 ? 0 : t.size / rest) : extent);
  if (open < 0 || full.every(Number.isInteger)) checkShape("reshape", full);
  if (sizeOf(full) !== t.size || !full.every(Number.isInteger)) {
    throw new TypeError(`reshape: shape ${show(t.shape)} has ${t.size} elements, which do not fit ${show(shape)}`);
  }
  return a.reshape(t, full);
}

/**
 * The axes in another order: axis i of the result is axis `axes[i]` of x. Without `axes` their order is reversed.
 *
 * @example
 * ```ts
 * import { ops, tensor, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.transpose(tensor([[1, 2], [3, 4]])).toArray(), [[1, 3], [2, 4]]);
 * assertEquals(ops.transpose(zeros([2, 3, 4]), [0, 2, 1]).shape, [2, 4, 3]);
 * ```
 */
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  const t = toTensor("transpose", "x", x);
  if (axes === undefined) return m.transpose(t, t.shape.map((_, i) => t.ndim - 1 - i));
  checkIntegers("transpose", "axes", axes);
  if (axes.length !== t.ndim) {
    throw new TypeError(`transpose: axes ${show(axes)} must name each axis of shape ${show(t.shape)} once`);
  }
  normalizeAxes("transpose", axes, t.ndim);
  return m.transpose(t, axes.map((axis) => normalizeAxis("transpose", axis, t.ndim)));
}

/**
 * x repeated to a shape by NumPy's rule: axes are matched from the last, those of extent 1 or missing ones are repeated.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.broadcastTo(tensor([1, 2]), [2, 2]).toArray(), [[1, 2], [1, 2]]);
 * ```
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  const t = toTensor("broadcastTo", "x", x);
  checkShape("broadcastTo", shape);
  if (!sameShape(broadcastShapes("broadcastTo", t.shape, shape), shape)) {
    throw new TypeError(`broadcastTo: shape ${show(t.shape)} does not broadcast to ${show(shape)}`);
  }
  return expand(t, shape);
}

/**
 * x with new axes of extent 1 at these positions of the result.
 *
 * @example
 * ```ts
 * import { ops, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ops.expandDims(zeros([2, 3]), 0).shape, [1, 2, 3]);
 * assertEquals(ops.expandDims(zeros([2, 3]), [1, -1]).shape, [2, 1, 3, 1]);
 * ```
 */
export function expandDims(x: Tensor, axis: AxisOr<{ readonly axis: number | readonly number[] }>): Tensor {
  const t = toTensor("expandDims", "x", x);
  const { axis: at } = axisOptions("expandDims", axis, ["axis"]);
  if (at === undefined) throw new TypeError("expandDims: needs the position of the new axis");
  const added = normalizeAxes("expandDims", at, t.ndim + (Array.isArray(at) ? at.length : 1));
  const extents = [...t.shape];
  for (const axis of added) extents.splice(axis, 0, 1);
  return a.reshape(t, extents);
}

/**
 * x without these axes, which must have extent 1; by default without all such.
 *
 * @throws TypeError for an axis of another extent
 *
 * @example
 * ```ts
 * import { ops, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ops.squeeze(zeros([1, 3, 1])).shape, [3]);
 * assertEquals(ops.squeeze(zeros([1, 3, 1]), -1).shape, [1, 3]);
 * ```
 */
export function squeeze(x: Tensor, axis?: AxisOr<{ readonly axis?: number | readonly number[] }>): Tensor {
  const t = toTensor("squeeze", "x", x);
  const { axis: at } = axisOptions("squeeze", axis, ["axis"]);
  const all = t.shape.map((_, i) => i).filter((i) => t.shape[i] === 1);
  const removed = at === undefined ? all : normalizeAxes("squeeze", at, t.ndim);
  for (const i of removed) {
    if (t.shape[i] !== 1) throw new TypeError(`squeeze: axis ${i} of ${show(t.shape)} has extent ${t.shape[i]}, not 1`);
  }
  return a.reshape(t, t.shape.filter((_, i) => !removed.includes(i)));
}

/** Tensors of a list, converted to one dtype. */
function listOf(operation: string, xs: readonly Tensor[]): { tensors: Tensor[]; dtype: DType } {
  if (!Array.isArray(xs)) throw new TypeError(`${operation}: needs an array of tensors, got ${describe(xs)}`);
  if (xs.length === 0) throw new TypeError(`${operation}: needs at least one tensor`);
  const tensors = xs.map((x, i) => toTensor(operation, `tensor ${i}`, x));
  return { tensors, dtype: tensors.map((t) => t.dtype).reduce(promote) };
}

/**
 * Tensors one after the other along an axis (default 0); dtypes promote.
 *
 * @throws TypeError if they differ along another axis
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const parts = [tensor([[1], [2]]), tensor([[3, 4], [5, 6]])];
 * assertEquals(await ops.concat(parts, { axis: 1 }).toArray(), [[1, 3, 4], [2, 5, 6]]);
 * ```
 */
export function concat(xs: readonly Tensor[], options?: AxisOr<AxisOptions>): Tensor {
  const { tensors, dtype } = listOf("concat", xs);
  const axis = normalizeAxis("concat", axisOptions("concat", options, ["axis"]).axis ?? 0, tensors[0].ndim);
  return composite(`concat:${axis},${dtype}`, (...ts) => m.concat(ts.map((t) => a.convert(t, dtype)), axis), tensors);
}

/**
 * Tensors of one shape side by side along a new axis (default 0); dtypes promote.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.stack([tensor([1, 2]), tensor([3, 4])], { axis: 1 }).toArray(), [[1, 3], [2, 4]]);
 * ```
 */
export function stack(xs: readonly Tensor[], options?: AxisOr<AxisOptions>): Tensor {
  const { tensors, dtype } = listOf("stack", xs);
  const [{ shape }] = tensors;
  for (const t of tensors) {
    if (!sameShape(t.shape, shape)) throw new TypeError(`stack: shapes ${show(shape)} and ${show(t.shape)} differ`);
  }
  const axis = normalizeAxis("stack", axisOptions("stack", options, ["axis"]).axis ?? 0, shape.length + 1);
  const layer = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  return composite(
    `stack:${axis},${dtype}`,
    (...ts) => m.concat(ts.map((t) => a.reshape(a.convert(t, dtype), layer)), axis),
    tensors,
  );
}

/** x repeated: `reps[i]` times along axis i, axes matched from the last; a number for the last axis. */
function tiled(x: Tensor, reps: readonly number[]): Tensor {
  const rank = Math.max(x.ndim, reps.length);
  const extents = [...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const times = [...new Array<number>(rank - reps.length).fill(1), ...reps];
  // Copies along an axis of their own in front of each axis.
  const copies = times.flatMap((n, i) => [n, extents[i]]);
  const repeated = a.broadcast(a.reshape(x, extents), copies, extents.map((_, i) => 2 * i + 1));
  return a.reshape(repeated, extents.map((extent, i) => extent * times[i]));
}

/**
 * x repeated as a whole, `reps[i]` times along axis i; axes are matched from the last, as in NumPy.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.tile(tensor([1, 2]), [2, 2]).toArray(), [[1, 2, 1, 2], [1, 2, 1, 2]]);
 * ```
 */
export function tile(x: Tensor, reps: number | readonly number[]): Tensor {
  const list = typeof reps === "number" ? [reps] : reps;
  checkIntegers("tile", "reps", list);
  for (const n of list) checkNumber("tile", "reps", n, 0);
  return unary("tile", x, (t) => tiled(t, list), list.join(), same);
}

/**
 * x with the order along an axis, several, or all of them reversed.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.flip(tensor([[1, 2], [3, 4]]), 1).toArray(), [[2, 1], [4, 3]]);
 * ```
 */
export function flip(x: Tensor, axis?: AxisOr<{ readonly axis?: number | readonly number[] }>): Tensor {
  const t = toTensor("flip", "x", x);
  return m.flip(t, normalizeAxes("flip", axisOptions("flip", axis, ["axis"]).axis, t.ndim));
}

function triangle(operation: string, x: Tensor, k: number, upper: boolean): Tensor {
  const t = toTensor(operation, "x", x);
  if (t.ndim < 2) throw new TypeError(`${operation}: needs a matrix, got shape ${show(t.shape)}`);
  checkIntegers(operation, "k", [k]);
  return unary(
    operation,
    t,
    (t) => {
      const row = m.iota(t.shape, t.ndim - 2, "int32");
      const column = m.iota(t.shape, t.ndim - 1, "int32");
      const diagonal = a.add(row, a.full(t.shape, k, "int32"));
      return a.select(upper ? c.greaterEqual(column, diagonal) : c.lessEqual(column, diagonal), t, a.zerosLike(t));
    },
    k,
    same,
  );
}

/**
 * The lower triangle of matrices, up to and with diagonal k (0 the main one, positive above it); zeros elsewhere.
 *
 * @example
 * ```ts
 * import { ones, ops } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.tril(ones([2, 2])).toArray(), [[1, 0], [1, 1]]);
 * ```
 */
export function tril(x: Tensor, k = 0): Tensor {
  return triangle("tril", x, k, false);
}

/**
 * The upper triangle of matrices, from diagonal k on (0 the main one, positive above it); zeros elsewhere.
 *
 * @example
 * ```ts
 * import { ones, ops } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.triu(ones([2, 2]), 1).toArray(), [[0, 1], [0, 0]]);
 * ```
 */
export function triu(x: Tensor, k = 0): Tensor {
  return triangle("triu", x, k, true);
}
