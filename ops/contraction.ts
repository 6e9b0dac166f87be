/** Products of matrices and tensors. */
import { composite } from "../core/composite.ts";
import { type DType, promote } from "../core/dtype.ts";
import { naming, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import { dot as contract, type DotParams } from "../core/primitives/contraction.ts";
import { transpose } from "../core/primitives/movement.ts";
import { broadcastShapes } from "../core/shape.ts";
import { Tensor } from "../core/tensor.ts";
import { toTensor } from "./operands.ts";

/** A tensor and a name for each of its axes. */
export interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/** Sums over the axes whose labels are not kept. */
export function sumOut({ tensor, labels }: Labelled, keep: (label: string) => boolean): Labelled {
  const axes = labels.map((_, i) => i).filter((i) => !keep(labels[i]));
  return { tensor: a.sum(tensor, axes), labels: labels.filter(keep) };
}

/** Axes in the order of these labels. */
export function arrange({ tensor, labels }: Labelled, order: readonly string[]): Tensor {
  return transpose(tensor, order.map((label) => labels.indexOf(label)));
}

/**
 * The product of two labelled tensors: axes with the same label run together, and are summed unless they are kept. The
 * result's labels are the shared ones that are kept, then the left's own, then the right's own.
 */
export function contractLabels(left: Labelled, right: Labelled, keep: (label: string) => boolean): Labelled {
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const x = sumOut(left, (label) => keep(label) || shared.includes(label));
  const y = sumOut(right, (label) => keep(label) || shared.includes(label));
  const batch = shared.filter(keep);
  const summed = shared.filter((label) => !keep(label));
  const own = [x, y].map(({ labels }) => labels.filter((label) => !shared.includes(label)));
  const labels = [...batch, ...own[0], ...own[1]];
  const axesOf = (
    list: readonly string[],
  ): [number[], number[]] => [list.map((l) => x.labels.indexOf(l)), list.map((l) => y.labels.indexOf(l))];
  if (summed.length > 0) {
    return { tensor: contract(x.tensor, y.tensor, { contract: axesOf(summed), batch: axesOf(batch) }), labels };
  }
  // Nothing to sum: an elementwise product, which fuses better than a contraction.
  const [p, q] = [x, y].map((t, k) => arrange(t, [...batch, ...own[k]]));
  const shape = [...p.shape, ...q.shape.slice(batch.length)];
  const right0 = q.shape.map((_, i) => i < batch.length ? i : i + own[0].length);
  return { tensor: a.mul(a.broadcast(p, shape, p.shape.map((_, i) => i)), a.broadcast(q, shape, right0)), labels };
}

const matrix: DotParams = { contract: [[1], [0]], batch: [[], []] };

/** Names for the leading axes of a stack of matrices that broadcasts, counted from the last; those repeated are dropped. */
function stackOf(tensor: Tensor, axes: readonly string[], batch: readonly number[]): Labelled {
  const leading = tensor.shape.slice(0, tensor.ndim - axes.length);
  const labels = leading.map((_, i) => String(i - leading.length));
  const kept = leading.map((extent, i) => extent !== 1 || batch[batch.length - leading.length + i] === 1);
  const shape = [...leading.filter((_, i) => kept[i]), ...tensor.shape.slice(leading.length)];
  return { tensor: a.reshape(tensor, shape), labels: [...labels.filter((_, i) => kept[i]), ...axes] };
}

function product(x: Tensor, y: Tensor): Tensor {
  if (x.ndim === 2 && y.ndim === 2) return contract(x, y, matrix);
  const rows = x.ndim === 1 ? [] : ["m"];
  const columns = y.ndim === 1 ? [] : ["n"];
  const batch = broadcastShapes("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2));
  const left = stackOf(x, [...rows, "k"], batch);
  const right = stackOf(y, ["k", ...columns], batch);
  const order = [...batch.map((_, i) => String(i - batch.length)), ...rows, ...columns];
  return arrange(contractLabels(left, right, (label) => label !== "k"), order);
}

/** Both as tensors of the dtype on which they agree. */
function pairOf(operation: string, x: Tensor, y: Tensor): [Tensor, Tensor, DType] {
  const [left, right] = [toTensor(operation, "x", x), toTensor(operation, "y", y)];
  return [left, right, promote(left.dtype, right.dtype)];
}

/**
 * The matrix product over the last axis of x and the last but one of y, as NumPy's `@`: leading axes are stacks of matrices
 * and broadcast; a vector is a row on the left, a column on the right, and leaves no axis.
 *
 * @param x [..., M, K] or [K]
 * @param y [..., K, N] or [K]
 * @returns [..., M, N]
 * @throws TypeError for scalars and for extents that do not match
 *
 * @example
 * ```ts
 * import { ops, tensor, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await ops.matmul(x, tensor([1, -1])).toArray(), [-1, -1]);
 * assertEquals(ops.matmul(zeros([5, 2, 3]), zeros([3, 4])).shape, [5, 2, 4]);
 * ```
 */
export function matmul(x: Tensor, y: Tensor): Tensor {
  const [left, right, dtype] = pairOf("matmul", x, y);
  if (left.ndim === 0 || right.ndim === 0) {
    const name = left.ndim === 0 ? "x" : "y";
    throw new TypeError(`matmul: takes vectors and matrices, but ${name} is a scalar; use ops.mul`);
  }
  const inner = [left.shape[left.ndim - 1], right.shape[Math.max(0, right.ndim - 2)]];
  if (inner[0] !== inner[1]) {
    throw new TypeError(
      `matmul: shapes ${show(left.shape)} and ${show(right.shape)} do not match: ${inner[0]} columns against ${
        inner[1]
      } rows`,
    );
  }
  if (left.ndim === 2 && right.ndim === 2 && left.dtype === right.dtype) {
    return naming("matmul", () => contract(left, right, matrix));
  }
  return composite(`matmul:${dtype}`, (x, y) => product(a.convert(x, dtype), a.convert(y, dtype)), [left, right]);
}

/**
 * The sum of products over the last axis of x and the last but one of y (the only one of a vector), as NumPy's `dot`: all
 * other axes of x, then those of y. With a scalar: the product.
 *
 * @example
 * ```ts
 * import { ops, tensor, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.dot(tensor([1, 2]), tensor([3, 4])).item(), 11);
 * assertEquals(ops.dot(zeros([2, 3]), zeros([5, 3, 4])).shape, [2, 5, 4]);
 * ```
 */
export function dot(x: Tensor, y: Tensor): Tensor {
  const [left, right, dtype] = pairOf("dot", x, y);
  const axes = [left.ndim - 1, Math.max(0, right.ndim - 2)];
  const scalar = left.ndim === 0 || right.ndim === 0;
  if (!scalar && left.shape[axes[0]] !== right.shape[axes[1]]) {
    throw new TypeError(
      `dot: shapes ${show(left.shape)} and ${show(right.shape)} do not match: ${left.shape[axes[0]]} against ${
        right.shape[axes[1]]
      }`,
    );
  }
  return composite(`dot:${dtype}`, (x, y) => {
    const [p, q] = [a.convert(x, dtype), a.convert(y, dtype)];
    if (!scalar) return contract(p, q, { contract: [[axes[0]], [axes[1]]], batch: [[], []] });
    return p.ndim === 0 ? a.mul(a.broadcast(p, q.shape, []), q) : a.mul(p, a.broadcast(q, p.shape, []));
  }, [left, right]);
}
