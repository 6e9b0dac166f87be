/**
 * Images as tensors, batch by batch.
 *
 * @module
 */

import { type Tensor, tensor } from "../../mod.ts";
import type { Split } from "../data/mnist.ts";

/** Some images and their labels. */
export interface Batch {
  /** From 0 to 255, float32 [B, 1, rows, columns]. */
  pixels: Tensor;
  /** int32 [B]. */
  labels: Tensor;
}

/** The number of batches that hold `count` images. */
export const batchCount = (count: number, size: number): number => Math.ceil(count / size);

/** The number of images in one of these batches: fewer in the last one, where `size` does not divide `count`. */
export const batchSize = (count: number, size: number, index: number): number => Math.min(size, count - index * size);

/** The first images of a split: views, not copies. */
export function firstOf(split: Split, limit: number): Split {
  const count = Math.min(limit, split.count);
  const { images, labels, rows, columns } = split;
  return { ...split, images: images.subarray(0, count * rows * columns), labels: labels.subarray(0, count), count };
}

/**
 * All images of a split in batches, each image once; the last batch is smaller where they do not divide evenly. The images
 * stay bytes: only those of a batch are converted.
 *
 * @param size images a batch
 * @param order the indices of the images; without it, one after the other
 * @param skip batches that are left out at the beginning
 */
export function* batches(split: Split, size: number, order?: ArrayLike<number>, skip = 0): Generator<Batch> {
  const { images, labels, rows, columns, count } = split;
  const area = rows * columns;
  for (let index = skip; index < batchCount(count, size); index++) {
    const n = batchSize(count, size, index);
    const pixels = new Float32Array(n * area);
    const classes = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const at = order ? order[index * size + i] : index * size + i;
      pixels.set(images.subarray(at * area, (at + 1) * area), i * area);
      classes[i] = labels[at];
    }
    yield { pixels: tensor(pixels, { shape: [n, 1, rows, columns] }), labels: tensor(classes) };
  }
}
