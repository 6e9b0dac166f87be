/**
 * CIFAR-10: 60,000 colour pictures of 32 × 32 pixels in ten classes, by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton. The files are
 * those of the binary version, `cifar-10-batches-bin`, which a user downloads: records of one byte for the label and 3,072 for the
 * pixels, red, green, then blue.
 *
 * @module
 */

import { type ImageSource, inMemory } from "./source.ts";

/** The classes by their labels. */
export const cifarClasses: readonly string[] = [
  ...["airplane", "automobile", "bird", "cat", "deer"],
  ...["dog", "frog", "horse", "ship", "truck"],
];

const side = 32, pixels = 3 * side * side, record = 1 + pixels;

const trainFiles = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

/**
 * Parses the records of one file.
 *
 * @throws {RangeError} If it ends inside a record, holds none, or a label is above 9.
 */
export function parseCifar(bytes: Uint8Array, file: string): { images: Uint8Array; labels: Uint8Array } {
  const count = bytes.length / record;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`${file}: has ${bytes.length} bytes, which are no whole records of ${record}`);
  }
  const images = new Uint8Array(count * pixels), labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * record];
    if (labels[i] >= cifarClasses.length) {
      throw new RangeError(
        `${file}: label ${i} is ${labels[i]}, expected 0 to 9: is it the binary version of CIFAR-10?`,
      );
    }
    images.set(bytes.subarray(i * record + 1, (i + 1) * record), i * pixels);
  }
  return { images, labels };
}

async function loadFiles(folder: string, files: readonly string[]): Promise<ImageSource> {
  const parts = await Promise.all(files.map(async (file) => {
    const path = `${folder.replace(/[/\\]$/, "")}/${file}`;
    try {
      return parseCifar(await Deno.readFile(path), file);
    } catch (cause) {
      if (cause instanceof RangeError) throw cause;
      throw new Error(`cifar10: cannot read ${path}: ${(cause as Error).message}`, { cause });
    }
  }));
  const join = (arrays: readonly Uint8Array[]): Uint8Array => {
    const all = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const array of arrays) {
      all.set(array, at);
      at += array.length;
    }
    return all;
  };
  const labels = join(parts.map((part) => part.labels));
  return inMemory({
    images: join(parts.map((part) => part.images)),
    labels,
    count: labels.length,
    channels: 3,
    rows: side,
    columns: side,
    classes: cifarClasses,
  });
}

/**
 * Loads CIFAR-10 from the folder with its binary files: 50,000 training and 10,000 test images.
 *
 * @throws {Error} If a file cannot be read; {RangeError} if one is damaged.
 */
export async function loadCifar10(folder: string): Promise<{ train: ImageSource; test: ImageSource }> {
  const [train, test] = await Promise.all([loadFiles(folder, trainFiles), loadFiles(folder, ["test_batch.bin"])]);
  return { train, test };
}
