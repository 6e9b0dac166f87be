/** Pooling of images [N, C, H, W]. */
import { checkOptions } from "../core/errors.ts";
import * as ops from "../ops/mod.ts";
import { checkImages, checkPair, type Pair } from "./check.ts";
import type { Empty, Layer } from "./layer.ts";

/** Options of {@linkcode maxPool2d} and {@linkcode avgPool2d}. */
export interface Pool2dOptions {
  /** Default: the size, so that windows do not overlap. */
  readonly stride?: Pair;
  /** Around the image; default 0. */
  readonly padding?: Pair;
}

function pool(
  name: string,
  run: typeof ops.maxPool2d | typeof ops.avgPool2d,
  size: Pair,
  options: Pool2dOptions,
): Layer<Empty> {
  checkOptions(name, options, ["stride", "padding"]);
  const window = checkPair(name, "size", size);
  const stride = checkPair(name, "stride", options.stride ?? window);
  const padding = checkPair(name, "padding", options.padding ?? 0, 0);
  return {
    name,
    init: () => ({}),
    apply(_params, x) {
      checkImages(name, x);
      return run(x, window, { stride, padding });
    },
  };
}

/**
 * The largest value of each window: [N, C, H, W] to [N, C, H', W'].
 *
 * @throws RangeError for sizes out of range, TypeError for an input that is no [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, ones } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.maxPool2d(2).apply({}, ones([1, 3, 8, 8])).shape, [1, 3, 4, 4]);
 * ```
 */
export function maxPool2d(size: Pair, options: Pool2dOptions = {}): Layer<Empty> {
  return pool("maxPool2d", ops.maxPool2d, size, options);
}

/**
 * The mean of each window: [N, C, H, W] to [N, C, H', W']. Padding counts as zeros, as in PyTorch.
 *
 * @throws RangeError for sizes out of range, TypeError for an input that is no [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const y = nn.avgPool2d(2).apply({}, tensor([[[[1, 2], [3, 6]]]]));
 * assertEquals(await y.toArray(), [[[[3]]]]);
 * ```
 */
export function avgPool2d(size: Pair, options: Pool2dOptions = {}): Layer<Empty> {
  return pool("avgPool2d", ops.avgPool2d, size, options);
}

/**
 * Means over as many even windows as the output has pixels: [N, C, H, W] to [N, C, ...size]; size 1 is the global mean.
 *
 * @throws RangeError for sizes out of range, TypeError for an input that is no [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, ones } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.adaptiveAvgPool2d(1).apply({}, ones([2, 3, 7, 5])).shape, [2, 3, 1, 1]);
 * ```
 */
export function adaptiveAvgPool2d(size: Pair): Layer<Empty> {
  const window = checkPair("adaptiveAvgPool2d", "size", size);
  return {
    name: "adaptiveAvgPool2d",
    init: () => ({}),
    apply(_params, x) {
      checkImages("adaptiveAvgPool2d", x);
      return ops.adaptiveAvgPool2d(x, window);
    },
  };
}
