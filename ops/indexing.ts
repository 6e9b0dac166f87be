/**
 * Indexing by tensors of integers. Negative indices count from the end; one that is out of range even so is clamped to the
 * nearest element, because a value computed on a device cannot be refused.
 */
import { composite } from "../core/composite.ts";
import { checkDType } from "../core/creation.ts";
import { coerce, type DType, isFloat } from "../core/dtype.ts";
import { checkOptions, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import * as c from "../core/primitives/comparison.ts";
import { gather as gatherAlong } from "../core/primitives/indexing.ts";
import { iota } from "../core/primitives/movement.ts";
import { broadcastShapes, checkShape, normalizeAxis } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { type AxisOptions, axisOptions, type AxisOr, expand, scalar, toTensor } from "./operands.ts";

/** Integer indices as a tensor on the device of x. */
function indicesOf(operation: string, indices: Tensor | number, x: Tensor): Tensor {
  if (typeof indices === "number" && coerce("int32", indices) !== indices) {
    throw new RangeError(`${operation}: indices must be integers of 32 bits, got ${indices}`);
  }
  const t = typeof indices === "number" ? scalar(indices, "int32", [x]) : toTensor(operation, "indices", indices);
  if (t.dtype === "bool" || isFloat(t.dtype)) {
    throw new TypeError(
      `${operation}: indices must be integers, got ${t.dtype}; use ops.cast or tensor(…, { dtype: "int32" })`,
    );
  }
  return t;
}

/** Negative indices counted from the end. */
function wrapped(indices: Tensor, extent: number): Tensor {
  const index = a.convert(indices, "int32");
  const fromEnd = a.add(index, a.full(index.shape, extent, "int32"));
  return a.select(c.less(index, a.zerosLike(index)), fromEnd, index);
}

/**
 * Elements along an axis, in any order and number: the shape of `indices` takes the place of the axis. Without an axis x is
 * flattened first, as in NumPy.
 *
 * @param indices integers; negative ones count from the end, those out of range are clamped
 * @throws TypeError for indices that are no integers, and for an empty axis
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = tensor([[1, 2], [3, 4], [5, 6]]);
 * const picks = tensor([2, 0], { dtype: "int32" });
 * assertEquals(await ops.take(rows, picks, { axis: 0 }).toArray(), [[5, 6], [1, 2]]);
 * assertEquals(await ops.take(rows, -1, { axis: 0 }).toArray(), [5, 6]);
 * ```
 */
export function take(x: Tensor, indices: Tensor | number, options?: AxisOr<AxisOptions>): Tensor {
  const t = toTensor("take", "x", x);
  const chosen = axisOptions<AxisOptions>("take", options, ["axis"]).axis;
  const axis = chosen === undefined ? 0 : normalizeAxis("take", chosen, t.ndim);
  const index = indicesOf("take", indices, t);
  const shape = chosen === undefined ? [t.size] : t.shape;
  if (shape[axis] === 0 && index.size > 0) throw new TypeError(`take: axis ${axis} of shape ${show(shape)} is empty`);
  return composite(`take:${chosen === undefined ? "flat" : axis}`, (x, index) => {
    const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
    const places = [...before, index.size, ...after];
    const at = a.broadcast(a.reshape(wrapped(index, shape[axis]), [index.size]), places, [axis]);
    return a.reshape(gatherAlong(a.reshape(x, shape), at, axis), [...before, ...index.shape, ...after]);
  }, [t, index]);
}

/**
 * An element for each index, along an axis (default the last): out[…, i, …] = x[…, indices[…, i, …], …]. The other axes
 * broadcast. NumPy's take_along_axis.
 *
 * @param indices integers, as many axes as x; negative ones count from the end, those out of range are clamped
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * const best = tensor([[2], [0]], { dtype: "int32" });
 * assertEquals(await ops.gather(x, best, { axis: 1 }).toArray(), [[3], [4]]);
 * ```
 */
export function gather(x: Tensor, indices: Tensor, options?: AxisOr<AxisOptions>): Tensor {
  const t = toTensor("gather", "x", x);
  const index = indicesOf("gather", indices, t);
  if (index.ndim !== t.ndim) {
    throw new TypeError(
      `gather: x ${show(t.shape)} and indices ${show(index.shape)} need as many axes; ops.take takes any number`,
    );
  }
  const axis = normalizeAxis("gather", axisOptions<AxisOptions>("gather", options, ["axis"]).axis ?? -1, t.ndim);
  const extent = t.shape[axis];
  if (extent === 0 && index.size > 0) throw new TypeError(`gather: axis ${axis} of shape ${show(t.shape)} is empty`);
  const beside = (shape: readonly number[]): number[] => shape.map((n, i) => i === axis ? 1 : n);
  const common = broadcastShapes("gather", beside(t.shape), beside(index.shape));
  const along = (n: number): number[] => common.map((m, i) => i === axis ? n : m);
  return composite(`gather:${axis}`, (x, index) => {
    const at = expand(wrapped(index, extent), along(index.shape[axis]));
    return gatherAlong(expand(x, along(extent)), at, axis);
  }, [t, index]);
}

/** Options of `oneHot`. */
export interface OneHotOptions {
  /** Element type of the result; default float32. */
  readonly dtype?: DType;
}

/**
 * Class indices as rows of `depth` zeros with a one: a new last axis. A class outside 0 … depth − 1 gives zeros.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = tensor([2, 0], { dtype: "int32" });
 * assertEquals(await ops.oneHot(labels, 3).toArray(), [[0, 0, 1], [1, 0, 0]]);
 * ```
 */
export function oneHot(indices: Tensor, depth: number, options: OneHotOptions = {}): Tensor {
  checkOptions("oneHot", options, ["dtype"]);
  const { dtype = "float32" } = options;
  checkDType("oneHot", dtype);
  checkShape("oneHot", [depth]);
  const t = indicesOf("oneHot", indices, indices);
  return composite(`oneHot:${depth},${dtype}`, (index) => a.convert(isClass(index, depth), dtype), [t]);
}

/** Whether position k of a new last axis is the class: [..., depth]. */
export function isClass(index: Tensor, depth: number): Tensor {
  const shape = [...index.shape, depth];
  const classes = iota(shape, index.ndim, "int32");
  return c.equal(a.broadcast(a.convert(index, "int32"), shape, index.shape.map((_, i) => i)), classes);
}
