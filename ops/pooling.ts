/** Pooling of images [N, C, H, W]: the largest or the mean of each window, as in PyTorch. */
import { checkOptions, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import { conv } from "../core/primitives/contraction.ts";
import { gather, windowArgMax } from "../core/primitives/indexing.ts";
import { concat, slice } from "../core/primitives/movement.ts";
import type { Tensor } from "../core/tensor.ts";
import { unary } from "./operands.ts";
import { over } from "./reduction.ts";
import { checkImages, paddingOf, perAxis, positions } from "./windows.ts";

/** Options of a pool. */
export interface PoolOptions {
  /** Steps between windows: a number or `[height, width]`; default the size of the window. */
  readonly stride?: number | readonly number[];
  /** Rows and columns around the image, at most half a window; default 0. */
  readonly padding?: number | readonly number[];
}

type Pair = [number, number];

interface Pool {
  readonly t: Tensor;
  readonly window: Pair;
  readonly stride: Pair;
  readonly padding: (readonly [number, number])[];
  readonly out: Pair;
}

function poolOf(operation: string, x: Tensor, size: number | readonly number[], options: PoolOptions): Pool {
  checkOptions(operation, options, ["stride", "padding"]);
  const t = checkImages(operation, x, 2);
  const window = perAxis(operation, "size", size, 2, 1) as Pair;
  const stride = perAxis(operation, "stride", options.stride ?? window, 2, 1) as Pair;
  const image = t.shape.slice(2);
  const border = perAxis(operation, "padding", options.padding ?? 0, 2, 0);
  if (border.some((n, i) => 2 * n > window[i])) {
    throw new RangeError(`${operation}: padding ${show(border)} must be at most half of the window ${show(window)}`);
  }
  const padding = paddingOf(operation, border, image, window, stride);
  return {
    t,
    window,
    stride,
    padding,
    out: positions(operation, "the window", image, window, stride, padding) as Pair,
  };
}

/**
 * The largest element of each window; NaN if there is one. Padding never wins. The derivative goes to the first largest.
 *
 * @param x [N, C, H, W]
 * @param size the window: a number or `[height, width]`
 * @returns [N, C, ⌊(H + 2 · padding − size) / stride⌋ + 1, …]
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.maxPool2d(tensor([[[[1, 2, 5], [3, 4, 0]]]]), 2).toArray(), [[[[4]]]]);
 * ```
 */
export function maxPool2d(x: Tensor, size: number | readonly number[], options: PoolOptions = {}): Tensor {
  const { t, window, stride, padding, out } = poolOf("maxPool2d", x, size, options);
  const [n, c, h, w] = t.shape;
  return unary(
    "maxPool2d",
    t,
    (t) => {
      const at = windowArgMax(t, { window, stride, padding }); // [N, C, out], positions in the plane
      const planes = a.reshape(t, [n, c, h * w]);
      return a.reshape(gather(planes, a.reshape(at, [n, c, out[0] * out[1]]), 2), [n, c, ...out]);
    },
    `${window};${stride};${padding}`,
    (dtype) => dtype,
  );
}

/** The mean over windows that tile the image: [N, C, h · rows, w · columns] to [N, C, rows, columns]. */
function tileMean(x: Tensor, [height, width]: Pair, [rows, columns]: Pair): Tensor {
  if (rows === 1 && columns === 1) {
    return a.reshape(over(a.sum(x, [2, 3]), height * width), [...x.shape.slice(0, 2), 1, 1]);
  }
  const tiles = a.reshape(x, [x.shape[0], x.shape[1], rows, height, columns, width]);
  return over(a.sum(tiles, [3, 5]), height * width);
}

/**
 * The mean of each window, in which padding counts as zeros.
 *
 * @param x [N, C, H, W]
 * @param size the window: a number or `[height, width]`
 * @returns [N, C, ⌊(H + 2 · padding − size) / stride⌋ + 1, …]
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.avgPool2d(tensor([[[[1, 2, 5], [3, 4, 0]]]]), 2).toArray(), [[[[2.5]]]]);
 * ```
 */
export function avgPool2d(x: Tensor, size: number | readonly number[], options: PoolOptions = {}): Tensor {
  const { t, window, stride, padding, out } = poolOf("avgPool2d", x, size, options);
  const [n, c] = t.shape;
  const tiled = stride.every((s, i) => s === window[i]) && padding.flat().every((p) => p === 0);
  return unary("avgPool2d", t, (t) => {
    if (tiled) {
      const limit = [n, c, out[0] * window[0], out[1] * window[1]];
      return tileMean(slice(t, { start: [0, 0, 0, 0], limit, step: [1, 1, 1, 1] }), window, out);
    }
    // A depthwise convolution with equal weights.
    const kernel = a.full([c, 1, ...window], 1, t.dtype);
    const sums = conv(t, kernel, {
      mode: "output",
      input: t.shape,
      kernel: kernel.shape,
      output: [n, c, ...out],
      stride,
      dilation: [1, 1],
      padding,
      groups: c,
    });
    return over(sums, window[0] * window[1]);
  }, `${window};${stride};${padding}`);
}

/** Means along one axis of `count` windows that cover it: the i-th from ⌊i · n / count⌋ to ⌈(i + 1) · n / count⌉. */
function adaptiveMean(x: Tensor, axis: number, count: number): Tensor {
  const n = x.shape[axis];
  const means = Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.floor(i * n / count), Math.ceil((i + 1) * n / count)];
    const part = slice(x, {
      start: x.shape.map((_, d) => d === axis ? from : 0),
      limit: x.shape.map((extent, d) => d === axis ? to : extent),
      step: x.shape.map(() => 1),
    });
    return a.reshape(over(a.sum(part, [axis]), to - from), x.shape.map((extent, d) => d === axis ? 1 : extent));
  });
  return concat(means, axis);
}

/**
 * Means over windows chosen such that the result has a given size: along each axis the i-th of `out` windows reaches from
 * ⌊i · n / out⌋ to ⌈(i + 1) · n / out⌉. With size 1 it is the global average pool.
 *
 * @param x [N, C, H, W]
 * @param size of the result: a number or `[height, width]`
 *
 * @example
 * ```ts
 * import { ops, tensor, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.adaptiveAvgPool2d(tensor([[[[1, 2], [3, 4]]]]), 1).toArray(), [[[[2.5]]]]);
 * assertEquals(ops.adaptiveAvgPool2d(zeros([1, 8, 7, 5]), [3, 2]).shape, [1, 8, 3, 2]);
 * ```
 */
export function adaptiveAvgPool2d(x: Tensor, size: number | readonly number[]): Tensor {
  const t = checkImages("adaptiveAvgPool2d", x, 2);
  const out = perAxis("adaptiveAvgPool2d", "size", size, 2, 1) as Pair;
  const [, , h, w] = t.shape;
  if (h === 0 || w === 0) throw new TypeError(`adaptiveAvgPool2d: the images of shape ${show(t.shape)} are empty`);
  return unary("adaptiveAvgPool2d", t, (t) => {
    if (h % out[0] === 0 && w % out[1] === 0) return tileMean(t, [h / out[0], w / out[1]], out);
    return adaptiveMean(adaptiveMean(t, 2, out[0]), 3, out[1]);
  }, out.join());
}
