/**
 * What a training step does to its images before the network sees them. Both functions are made of operations, so that they are
 * traced into the compiled step and cost no pass of their own.
 *
 * @module
 */

import { arange, ops, random, type Tensor, tensor } from "../../mod.ts";
import { imageSize, type ImageSource } from "./source.ts";

/** Options of `augment`. */
export interface AugmentOptions {
  /** Half of the images, drawn at random, are mirrored left to right; default false. */
  readonly flip?: boolean;
  /** Each image is padded with so many zeros all around, and cut to its size at a random place; default 0. */
  readonly crop?: number;
}

/**
 * Images changed at random, [N, C, H, W] to the same shape: mirrored, and cut out of a padded frame. A key gives the same changes
 * every time; give each step its own (`random.foldIn(key, step)`).
 *
 * @throws {TypeError} for images that are no [N, C, H, W]; {RangeError} for a negative padding
 */
export function augment(key: Tensor, images: Tensor, options: AugmentOptions = {}): Tensor {
  const { flip = false, crop = 0 } = options;
  if (images.ndim !== 4) throw new TypeError(`augment: needs images [N, C, H, W], got [${images.shape.join(", ")}]`);
  if (!(Number.isInteger(crop) && crop >= 0)) {
    throw new RangeError(`augment: crop must be an integer from 0 on, got ${crop}`);
  }
  if (!flip && crop === 0) return images;
  const [count, , rows, columns] = images.shape;
  const [forFlip, forRows, forColumns] = random.split(key, 3);
  const perImage = [count, 1, 1, 1];
  const offset = (key: Tensor): Tensor => random.randint(key, perImage, 0, 2 * crop + 1);
  const down = ops.reshape(arange(rows), [1, 1, rows, 1]);
  let across = ops.reshape(arange(columns), [1, 1, 1, columns]);
  if (flip) across = ops.where(random.bernoulli(forFlip, 0.5, perImage), ops.sub(columns - 1, across), across);
  if (crop === 0) return ops.gather(images, across, { axis: 3 });
  const framed = ops.pad(images, [[0, 0], [0, 0], [crop, crop], [crop, crop]]);
  const cut = ops.gather(framed, ops.add(down, offset(forRows)), { axis: 2 }); // [N, C, H, W + 2 crop]
  return ops.gather(cut, ops.add(across, offset(forColumns)), { axis: 3 });
}

/** Mean and standard deviation of each channel, [C, 1, 1]: a tree, to be saved in the checkpoint beside the parameters. */
export type Normalisation = { readonly mean: Tensor; readonly deviation: Tensor };

/** Images with the mean of each channel taken off, divided by its deviation. */
export const normaliseBy = ({ mean, deviation }: Normalisation, images: Tensor): Tensor =>
  ops.div(ops.sub(images, mean), deviation);

/**
 * Measures mean and deviation of the channels, over the first `limit` images (default all). A channel that is constant gets the deviation 1.
 */
export async function measureNormalisation(source: ImageSource, limit = source.count): Promise<Normalisation> {
  const count = Math.min(limit, source.count), { channels } = source;
  const area = imageSize(source) / channels;
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  for (let start = 0; start < count; start += 256) {
    const indices = Array.from({ length: Math.min(256, count - start) }, (_, i) => start + i);
    const pixels = await source.read(indices);
    for (let i = 0; i < pixels.length; i++) {
      const c = Math.floor(i / area) % channels;
      sums[c] += pixels[i];
      squares[c] += pixels[i] ** 2;
    }
  }
  const n = count * area;
  const mean = sums.map((sum) => sum / n);
  const deviation = squares.map((square, c) => Math.sqrt(Math.max(0, square / n - mean[c] ** 2)) || 1);
  const column = (values: Float64Array) => tensor(Float32Array.from(values), { shape: [channels, 1, 1] });
  return { mean: column(mean), deviation: column(deviation) };
}
