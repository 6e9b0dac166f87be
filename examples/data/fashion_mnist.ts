/**
 * Fashion-MNIST: 70,000 pictures of clothes in ten classes, in the format of MNIST, by Han Xiao, Kashif Rasul and Roland Vollgraf
 * (MIT licence). Debian has it as the package `dataset-fashion-mnist`.
 *
 * @module
 */

import { loadMnist } from "./mnist.ts";
import { type ImageSource, ofSplit } from "./source.ts";

/** The classes by their labels. */
export const fashionClasses: readonly string[] = [
  ...["T-shirt", "Trouser", "Pullover", "Dress", "Coat"],
  ...["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
];

/** Where Debian's package puts the files. */
const debian = "/usr/share/datasets/fashion-mnist";

/**
 * Loads Fashion-MNIST from a folder with its four IDX files, plain or gzipped.
 *
 * @throws {Error} If a file is missing; {TypeError}, {RangeError} if one is of another kind or damaged.
 */
export async function loadFashionMnist(folder = debian): Promise<{ train: ImageSource; test: ImageSource }> {
  const { train, test } = await loadMnist({ folder });
  return { train: ofSplit(train, fashionClasses), test: ofSplit(test, fashionClasses) };
}
