/**
 * How good predictions are, as operations: they trace into the compiled test.
 *
 * @module
 */

import { ops, type Tensor } from "../../mod.ts";

/** Which examples are recognised, 1 or 0 each: logits [N, C], labels [N] to [N]. */
export const correct = (logits: Tensor, labels: Tensor): Tensor =>
  ops.cast(ops.equal(ops.argmax(logits, { axis: 1 }), labels), "float32");

/** Whose class is among the `k` likeliest, 1 or 0 each: [N]. */
export function correctTop(logits: Tensor, labels: Tensor, k: number): Tensor {
  const [, indices] = ops.topK(logits, k, { axis: 1 });
  return ops.cast(ops.any(ops.equal(indices, ops.expandDims(labels, 1)), { axis: 1 }), "float32");
}

/** How often each class (row) was taken for each class (column): [classes, classes]. */
export function confusion(logits: Tensor, labels: Tensor, classes: number): Tensor {
  const answers = ops.oneHot(ops.argmax(logits, { axis: 1 }), classes); // [N, classes]
  return ops.matmul(ops.transpose(ops.oneHot(labels, classes)), answers);
}

/** A mean over batches of different sizes. */
export class Mean {
  private sum = 0;
  private weight = 0;

  /** Adds the mean of `count` examples. */
  add(mean: number, count: number): void {
    this.sum += mean * count;
    this.weight += count;
  }

  /** NaN before anything was added. */
  get value(): number {
    return this.sum / this.weight;
  }
}

/** Precision, recall and their harmonic mean for each class, from its confusion matrix; 0 where a class was never answered or never there. */
export function scoresOf(matrix: readonly (readonly number[])[]): { precision: number; recall: number; f1: number }[] {
  return matrix.map((row, c) => {
    const hits = row[c];
    const answered = matrix.reduce((sum, other) => sum + other[c], 0);
    const there = row.reduce((sum, n) => sum + n, 0);
    const [precision, recall] = [answered > 0 ? hits / answered : 0, there > 0 ? hits / there : 0];
    return { precision, recall, f1: hits > 0 ? 2 * precision * recall / (precision + recall) : 0 };
  });
}
