/**
 * Pictures in folders, one folder a class: `cats/1.jpg`, `dogs/a/2.png`. PNG and JPEG files are read when they are wanted.
 *
 * @module
 */

import { decode as decodePng } from "fast-png";
import { decode as decodeJpeg } from "jpeg-js";
import type { ImageSource } from "./source.ts";

/** Red, green and blue of each pixel, row by row. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
  /** The largest value: 255, or 65535. */
  readonly white: number;
}

/** Options of `loadImageFolder`. */
export interface ImageFolderOptions {
  /** Every picture is cut to this shape around its middle, and scaled: [rows, columns]. */
  readonly size: readonly [rows: number, columns: number];
  /** 3 (default), or 1 for grey: the luminance of ITU-R BT.601. */
  readonly channels?: 1 | 3;
}

const kinds = /\.(png|jpe?g)$/i;

function decode(bytes: Uint8Array, file: string): Picture {
  try {
    if (/\.png$/i.test(file)) {
      const { width, height, channels, data, depth, palette } = decodePng(bytes, { checkCrc: true });
      if (palette) {
        const colours = Uint8Array.from(Array.from(data).flatMap((i) => palette[i].slice(0, 3)));
        return { width, height, channels: 3, data: colours, white: 255 };
      }
      return { width, height, channels, data, white: 2 ** depth - 1 };
    }
    const { width, height, data } = decodeJpeg(bytes, { useTArray: true });
    return { width, height, channels: 4, data, white: 255 };
  } catch (cause) {
    throw new RangeError(`${file}: cannot be decoded: ${(cause as Error).message ?? cause}`, { cause });
  }
}

/** The middle of a picture as [channels, rows, columns], each pixel the mean of what it covers. */
function fit(picture: Picture, [rows, columns]: readonly [number, number], channels: 1 | 3): Uint8Array {
  const { width, height, data, white } = picture;
  const scale = Math.min(width / columns, height / rows); // source pixels a pixel
  const [left, top] = [(width - scale * columns) / 2, (height - scale * rows) / 2];
  const colour = picture.channels >= 3;
  const range = (start: number, limit: number): [number, number] => {
    const low = Math.min(Math.floor(start), limit - 1);
    return [low, Math.min(limit, Math.max(low + 1, Math.round(start + scale)))];
  };
  const out = new Uint8Array(channels * rows * columns);
  for (let y = 0; y < rows; y++) {
    const [y0, y1] = range(top + y * scale, height);
    for (let x = 0; x < columns; x++) {
      const [x0, x1] = range(left + x * scale, width);
      const sums = [0, 0, 0];
      for (let v = y0; v < y1; v++) {
        for (let u = x0; u < x1; u++) {
          const at = (v * width + u) * picture.channels;
          for (let c = 0; c < 3; c++) sums[c] += data[at + (colour ? c : 0)];
        }
      }
      const [r, g, b] = sums.map((sum) => sum * 255 / white / ((y1 - y0) * (x1 - x0)));
      const place = y * columns + x;
      if (channels === 1) out[place] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
      else [r, g, b].forEach((value, c) => out[c * rows * columns + place] = Math.round(value));
    }
  }
  return out;
}

async function filesUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesUnder(path));
    else if (kinds.test(name)) found.push(path);
  }
  return found.sort();
}

/**
 * The pictures of a folder that has a folder for each class. The classes are in the order of their names.
 *
 * @throws {Error} If the folder cannot be read; {RangeError} if there are no classes, or one without pictures; reading throws a
 *   {RangeError} that names a damaged file
 */
export async function loadImageFolder(folder: string, options: ImageFolderOptions): Promise<ImageSource> {
  const { size, channels = 3 } = options;
  const [rows, columns] = size;
  if (!size.every((n) => Number.isInteger(n) && n > 0)) {
    throw new RangeError(`loadImageFolder: size must be two positive integers, got [${size.join(", ")}]`);
  }
  const base = folder.replace(/[/\\]$/, "");
  const classes: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(base)) if (isDirectory) classes.push(name);
  classes.sort();
  if (classes.length === 0) throw new RangeError(`loadImageFolder: ${folder} has no folders; each class needs one`);
  const files: string[] = [], labels: number[] = [];
  for (const [label, name] of classes.entries()) {
    const own = await filesUnder(`${base}/${name}`);
    if (own.length === 0) throw new RangeError(`loadImageFolder: the class ${name} has no .png, .jpg or .jpeg files`);
    files.push(...own);
    labels.push(...own.map(() => label));
  }
  return {
    ...{ count: files.length, channels, rows, columns, classes, labels },
    async read(indices) {
      const pictures = await Promise.all(
        Array.from(indices, async (i) => decode(await Deno.readFile(files[i]), files[i])),
      );
      const pixels = new Uint8Array(indices.length * channels * rows * columns);
      pictures.forEach((picture, i) => pixels.set(fit(picture, size, channels), i * channels * rows * columns));
      return pixels;
    },
  };
}
