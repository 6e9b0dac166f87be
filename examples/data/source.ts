/**
 * Sets of labelled images, wherever they come from.
 *
 * @module
 */

import type { Split } from "./mnist.ts";

/** Labelled images of one size. */
export interface ImageSource {
  readonly count: number;
  /** 1 for grey images, 3 for red, green and blue. */
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** The names of the classes. */
  readonly classes: readonly string[];
  /** The class of each image, [count]. */
  readonly labels: ArrayLike<number>;
  /** The pixels of some images, from 0 to 255, [indices.length, channels, rows, columns]; read from files where they are there. */
  read(indices: ArrayLike<number>): Promise<Uint8Array>;
}

/** The number of bytes of an image. */
export const imageSize = ({ channels, rows, columns }: ImageSource): number => channels * rows * columns;

/** What is known of a set in memory. */
export interface InMemory extends Omit<ImageSource, "read"> {
  /** The pixels of all images, [count, channels, rows, columns]. */
  readonly images: Uint8Array;
}

/**
 * A set whose images are in memory.
 *
 * @throws RangeError if there are not as many images and labels as there shall be, or a label names no class
 */
export function inMemory(set: InMemory): ImageSource {
  const { images, labels, count, classes, channels, rows, columns } = set;
  const size = channels * rows * columns;
  if (images.length !== count * size) {
    throw new RangeError(`inMemory: ${count} images of ${size} bytes are ${count * size} bytes, got ${images.length}`);
  }
  if (labels.length !== count) throw new RangeError(`inMemory: got ${labels.length} labels for ${count} images`);
  const wrong = Array.from(labels).findIndex((label) => !(label < classes.length));
  if (wrong >= 0) {
    throw new RangeError(`inMemory: label ${wrong} is ${labels[wrong]}, expected 0 to ${classes.length - 1}`);
  }
  return {
    ...{ count, channels, rows, columns, classes, labels },
    read(indices) {
      const pixels = new Uint8Array(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        pixels.set(images.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
      }
      return Promise.resolve(pixels);
    },
  };
}

/** A part of MNIST or Fashion-MNIST as a source. */
export function ofSplit(split: Split, classes: readonly string[] = Array.from("0123456789")): ImageSource {
  return inMemory({ ...split, channels: 1, classes });
}

/** Some images of a source, by their indices. */
export function subset(source: ImageSource, indices: readonly number[]): ImageSource {
  const wrong = indices.find((i) => !(Number.isInteger(i) && i >= 0 && i < source.count));
  if (wrong !== undefined) throw new RangeError(`subset: index ${wrong} is out of range for ${source.count} images`);
  return {
    ...source,
    count: indices.length,
    labels: Int32Array.from(indices, (i) => source.labels[i]),
    read: (wanted) => source.read(Array.from(wanted, (i) => indices[i])),
  };
}
