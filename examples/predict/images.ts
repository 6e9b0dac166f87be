/**
 * PNG and JPEG files as pixels of the size and the channels that a network takes.
 *
 * @module
 */

import { decode as decodePng } from "fast-png";
import * as jpeg from "jpeg-js";

/** A picture: values from 0 to 255, channel after channel, row-major. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
  readonly planes: Float32Array;
  /** What had to be changed to read it, in words. */
  readonly notes: readonly string[];
}

/** No image may ask for more: a small file can claim any size. */
const mostPixels = 100_000_000;

/**
 * The picture in the bytes of a PNG or JPEG file. 16 bits become 8, and what is transparent shows black; both are noted.
 *
 * @throws {TypeError} If the bytes are of another kind.
 * @throws {RangeError} If they are damaged, or the picture is too large.
 */
export function decodeImage(bytes: Uint8Array): Picture {
  const [first, second] = bytes;
  if (first === 0x89 && second === 0x50) return fromPng(bytes);
  if (first === 0xff && second === 0xd8) return fromJpeg(bytes);
  throw new TypeError(bytes.length === 0 ? "the file is empty" : "the file is neither PNG nor JPEG");
}

function fromPng(bytes: Uint8Array): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 24) checkSize(view.getUint32(16), view.getUint32(20));
  let png;
  try {
    png = decodePng(bytes, { checkCrc: true });
  } catch (error) {
    throw new RangeError(`the PNG is damaged: ${(error as Error).message}`, { cause: error });
  }
  const { width, height, data, depth, palette } = png;
  const notes: string[] = [];
  const area = width * height;
  let [colors, values]: [number, ArrayLike<number>] = [png.channels, data];
  if (palette) {
    // One index a pixel, packed where there are fewer than 8 bits.
    colors = palette[0].length;
    const indices = unpacked(data, width, height, depth);
    values = Array.from(indices).flatMap((index) => palette[index] ?? palette[0].map(() => 0));
  } else if (depth < 8) {
    const most = 2 ** depth - 1;
    values = unpacked(data, width, height, depth).map((v) => v * 255 / most);
  }
  const scale = depth === 16 && !palette ? 255 / 65535 : 1;
  if (scale !== 1) notes.push("16 bits a value, read as 8");
  const alpha = colors === 2 || colors === 4;
  const channels = alpha ? colors - 1 : colors;
  const planes = new Float32Array(channels * area);
  let transparent = false;
  for (let i = 0; i < area; i++) {
    const opacity = alpha ? values[i * colors + channels] * scale / 255 : 1;
    transparent ||= opacity < 1;
    for (let c = 0; c < channels; c++) planes[c * area + i] = values[i * colors + c] * scale * opacity;
  }
  if (transparent) notes.push("transparent places, read as black");
  return { width, height, channels, planes, notes };
}

/** Values of fewer than 8 bits, one by one; each row begins with a byte of its own. */
function unpacked(data: ArrayLike<number>, width: number, height: number, depth: number): Float32Array {
  const values = new Float32Array(width * height);
  const each = Math.ceil(width * depth / 8);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const bit = c * depth;
      const byte = data[r * each + (bit >> 3)];
      values[r * width + c] = depth >= 8 ? byte : (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return values;
}

function fromJpeg(bytes: Uint8Array): Picture {
  let image;
  try {
    image = jpeg.decode(bytes, {
      useTArray: true,
      tolerantDecoding: false,
      maxResolutionInMP: 100,
      maxMemoryUsageInMB: 1024,
    });
  } catch (error) {
    throw new RangeError(`the JPEG is damaged: ${(error as Error).message}`, { cause: error });
  }
  const { width, height, data } = image;
  const area = width * height;
  const planes = new Float32Array(3 * area);
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) planes[c * area + i] = data[4 * i + c];
  return { width, height, channels: 3, planes, notes: [] };
}

function checkSize(width: number, height: number): void {
  if (width * height <= mostPixels) return;
  throw new RangeError(`the image claims ${width} × ${height} pixels, more than ${mostPixels}`);
}

/** Brightness of red, green and blue (Rec. 601), as image programs convert to grey. */
const weights = [0.299, 0.587, 0.114];

/** The picture in other channels: grey from colours by brightness, colours from grey by repetition. */
export function withChannels(picture: Picture, channels: number): Picture {
  if (picture.channels === channels) return picture;
  const { width, height, planes } = picture;
  const area = width * height;
  const result = new Float32Array(channels * area);
  for (let i = 0; i < area; i++) {
    if (channels === 1) result[i] = weights.reduce((sum, w, c) => sum + w * planes[c * area + i], 0);
    else for (let c = 0; c < channels; c++) result[c * area + i] = planes[i];
  }
  return { ...picture, channels, planes: result };
}

/**
 * The picture in another size. Smaller: each pixel is the mean over what it covers, so that no line is lost; larger: between the
 * four nearest.
 */
export function resized(picture: Picture, width: number, height: number): Picture {
  if (picture.width === width && picture.height === height) return picture;
  const across = weightsOf(picture.width, width), down = weightsOf(picture.height, height);
  const area = picture.width * picture.height;
  const planes = new Float32Array(picture.channels * width * height);
  for (let c = 0; c < picture.channels; c++) {
    for (let r = 0; r < height; r++) {
      for (let k = 0; k < width; k++) {
        let sum = 0;
        for (const [y, wy] of down[r]) {
          for (const [x, wx] of across[k]) sum += wy * wx * picture.planes[c * area + y * picture.width + x];
        }
        planes[(c * height + r) * width + k] = sum;
      }
    }
  }
  return { ...picture, width, height, planes };
}

/** For each new position, the old ones and how much each counts. */
function weightsOf(from: number, to: number): (readonly [number, number])[][] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (step <= 1) {
      const at = Math.min(from - 1, Math.max(0, (i + 0.5) * step - 0.5));
      const low = Math.floor(at);
      return [[low, 1 - (at - low)], [Math.min(from - 1, low + 1), at - low]];
    }
    const [start, end] = [i * step, (i + 1) * step];
    const list: (readonly [number, number])[] = [];
    for (let k = Math.floor(start); k < Math.min(from, Math.ceil(end)); k++) {
      list.push([k, (Math.min(end, k + 1) - Math.max(start, k)) / step]);
    }
    return list;
  });
}
