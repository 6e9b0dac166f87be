/**
 * Batches of a set of images, read ahead.
 *
 * @module
 */

import { random, type Tensor, tensor } from "../../mod.ts";
import type { ImageSource } from "./source.ts";

/** Some images and their labels. */
export interface ImageBatch {
  /** From 0 to 255, float32 [B, channels, rows, columns]. */
  readonly images: Tensor;
  /** int32 [B]. */
  readonly labels: Tensor;
}

/** Options of `batchesOf`. */
export interface LoaderOptions {
  /** Images a batch. */
  readonly batch: number;
  /** Draws the order of the images; without it they come one after the other. */
  readonly key?: Tensor;
  /** Leaves out the last batch if it is smaller, so that a compiled step sees one shape; default false. */
  readonly dropLast?: boolean;
  /** How many batches are read ahead, while the caller computes; default 2. */
  readonly prefetch?: number;
}

/** How many batches there will be. */
export function batchCountOf({ count }: ImageSource, { batch, dropLast = false }: LoaderOptions): number {
  return dropLast ? Math.floor(count / batch) : Math.ceil(count / batch);
}

/**
 * All images in batches, each image once. The same key gives the same order.
 *
 * @throws {RangeError} If `batch` is no positive integer, or `prefetch` none from 0 on; and what reading throws
 */
export async function* batchesOf(source: ImageSource, options: LoaderOptions): AsyncGenerator<ImageBatch> {
  const { batch, key, prefetch = 2 } = options;
  const { channels, rows, columns, count, labels } = source;
  if (!(Number.isInteger(batch) && batch > 0)) {
    throw new RangeError(`batchesOf: batch must be a positive integer, got ${batch}`);
  }
  if (!(Number.isInteger(prefetch) && prefetch >= 0)) {
    throw new RangeError(`batchesOf: prefetch must be an integer from 0 on, got ${prefetch}`);
  }
  const order = key ? await random.permutation(key, count).data() : Int32Array.from({ length: count }, (_, i) => i);
  const total = batchCountOf(source, options);

  const load = async (index: number): Promise<ImageBatch> => {
    const indices = order.subarray(index * batch, (index + 1) * batch);
    const pixels = await source.read(indices);
    return {
      images: tensor(Float32Array.from(pixels), { shape: [indices.length, channels, rows, columns] }),
      labels: tensor(Int32Array.from(indices, (i) => labels[i])),
    };
  };
  // A read that fails is told when its batch is asked for, not as an unhandled rejection before.
  const begin = (index: number): Promise<ImageBatch> => {
    const promise = load(index);
    promise.catch(() => {});
    return promise;
  };
  const ahead: Promise<ImageBatch>[] = [];
  for (let index = 0; index < total; index++) {
    while (ahead.length <= prefetch && index + ahead.length < total) ahead.push(begin(index + ahead.length));
    yield await ahead.shift()!;
  }
}
