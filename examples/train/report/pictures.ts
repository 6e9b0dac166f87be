/**
 * Small pictures as data URLs.
 *
 * @module
 */

import { encode } from "fast-png";

/** Pixels of one channel: bytes from 0 to 255, or any other numbers from 0 to 1. */
export type Pixels = ArrayLike<number>;

/** A picture of one channel, row-major. */
export interface Picture {
  width: number;
  height: number;
  pixels: Pixels;
}

function levels({ width, height, pixels }: Picture): Uint8Array {
  if (pixels.length !== width * height) {
    throw new RangeError(
      `report: a picture of ${width} × ${height} needs ${width * height} pixels, got ${pixels.length}`,
    );
  }
  if (pixels instanceof Uint8Array) return pixels;
  return Uint8ClampedArray.from(pixels, (value) => 255 * value) as unknown as Uint8Array;
}

const toUrl = (png: Uint8Array) => `data:image/png;base64,${png.toBase64()}`;

/** The picture in shades of grey, 0 black, as the URL of a PNG. */
export function greyUrl(picture: Picture): string {
  const { width, height } = picture;
  return toUrl(encode({ width, height, channels: 1, depth: 8, data: levels(picture) }));
}

/** From nothing to all: dark blue over green to pale yellow, of even steps in lightness. */
const ramp = [[24, 28, 68], [38, 72, 122], [30, 120, 130], [70, 168, 120], [160, 208, 98], [250, 234, 110]];

function colour(level: number): number[] {
  const at = level / 255 * (ramp.length - 1);
  const low = Math.min(Math.floor(at), ramp.length - 2);
  return ramp[low].map((from, i) => Math.round(from + (at - low) * (ramp[low + 1][i] - from)));
}

const palette = Array.from({ length: 256 }, (_, level) => colour(level));

/** The picture in colours of a heat map, as the URL of a PNG. */
export function heatUrl(picture: Picture): string {
  const { width, height } = picture;
  const data = new Uint8Array(levels(picture).length * 3);
  levels(picture).forEach((level, i) => data.set(palette[level], 3 * i));
  return toUrl(encode({ width, height, channels: 3, depth: 8, data }));
}

/** The colours of a heat map as a CSS gradient, for its legend. */
export const heatGradient = `linear-gradient(to right, ${ramp.map((rgb) => `rgb(${rgb.join(" ")})`).join(", ")})`;

/** The mean over the channels of an array of shape [channels, height, width]. */
export function channelMean(values: ArrayLike<number>, channels: number, height: number, width: number): Picture {
  const size = width * height;
  if (values.length !== channels * size) {
    throw new RangeError(
      `report: ${channels} channels of ${width} × ${height} need ${channels * size} values, got ${values.length}`,
    );
  }
  const pixels = new Float32Array(size);
  for (let i = 0; i < values.length; i++) pixels[i % size] += values[i] / channels;
  return { width, height, pixels };
}

/** The first `limit` channels of an array of shape [channels, height, width] side by side, with gaps of one pixel. */
export function mosaic(
  values: ArrayLike<number>,
  channels: number,
  height: number,
  width: number,
  limit = 64,
): Picture {
  const shown = Math.min(channels, limit);
  const columns = Math.min(8, shown);
  const rows = Math.ceil(shown / columns);
  const [totalWidth, totalHeight] = [columns * (width + 1) - 1, rows * (height + 1) - 1];
  const pixels = new Float32Array(totalWidth * totalHeight).fill(0.45);
  for (let channel = 0; channel < shown; channel++) {
    const [top, left] = [Math.floor(channel / columns) * (height + 1), (channel % columns) * (width + 1)];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        pixels[(top + y) * totalWidth + left + x] = values[(channel * height + y) * width + x];
      }
    }
  }
  return { width: totalWidth, height: totalHeight, pixels };
}
