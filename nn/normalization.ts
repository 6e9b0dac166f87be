/** Normalisation: by groups of channels, by batch, by features. */
import { checkOptions, show } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkCount, checkGroups, checkImages, checkMode, checkNumber, checkTensor, param } from "./check.ts";
import { filled } from "./initializers.ts";
import type { Layer, StatefulLayer } from "./layer.ts";

/** Scale and shift of a normalisation. */
export interface Affine {
  /** The scale. */
  readonly weight: Tensor;
  /** The shift. */
  readonly bias: Tensor;
}

function affine(key: Tensor, shape: Shape): Affine {
  return { weight: filled(key, shape, 1), bias: filled(key, shape, 0) };
}

/** Options of {@linkcode groupNorm}. */
export interface GroupNormOptions {
  /** The channels are normalised in this many groups. */
  readonly groups: number;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/**
 * Group norm: (x − mean) / √(variance + eps) over each group of channels of each example, then scale and shift by channel.
 * [N, C, ...] to the same shape. The variance is the biased one.
 *
 * Parameters `{ weight: [C], bias: [C] }`, ones and zeros at the start.
 *
 * After Wu, He: "Group Normalization" (2018).
 *
 * @throws RangeError for groups that do not divide the channels, TypeError for an input of other channels
 *
 * @example
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.groupNorm(8, { groups: 4 });
 * const x = random.normal(random.key(1), [2, 8, 5, 5]);
 * assertEquals(layer.apply(layer.init(random.key(0)), x).shape, [2, 8, 5, 5]);
 * ```
 */
export function groupNorm(channels: number, options: GroupNormOptions): Layer<Affine> {
  checkCount("groupNorm", "channels", channels);
  checkOptions("groupNorm", options, ["groups", "eps"]);
  const { groups, eps = 1e-5 } = options ?? {};
  checkGroups("groupNorm", channels, groups);
  checkNumber("groupNorm", "eps", eps, 0);
  return {
    name: "groupNorm",
    init: (key) => affine(key, [channels]),
    apply(params, x) {
      checkChannels("groupNorm", x, channels);
      const [weight, bias] = [
        param("groupNorm", params, "weight", [channels]),
        param("groupNorm", params, "bias", [channels]),
      ];
      return ops.groupNorm(x, groups, { weight, bias, eps });
    },
  };
}

function checkChannels(operation: string, x: Tensor, channels: number): void {
  checkTensor(operation, x);
  if (x.ndim >= 2 && x.shape[1] === channels) return;
  throw new TypeError(`${operation}: the input must be [N, ${channels}, ...], got ${show(x.shape)}`);
}

/** Running statistics of {@linkcode batchNorm2d}, by channel. */
export interface BatchStatistics {
  /** Of the batches so far, a moving average: [C]. */
  readonly mean: Tensor;
  /** The unbiased one, likewise: [C]. */
  readonly variance: Tensor;
}

/** Options of {@linkcode batchNorm2d}. */
export interface BatchNorm2dOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** How much of the running statistics a step replaces; default 0.1. */
  readonly momentum?: number;
}

/**
 * Batch norm: each channel of [N, C, H, W] by its mean and variance over batch and image while training, by the running
 * ones otherwise; then scale and shift. As in PyTorch the batch is normalised by the biased variance and the unbiased one
 * is recorded.
 *
 * Parameters `{ weight: [C], bias: [C] }`, state `{ mean: [C], variance: [C] }`.
 *
 * After Ioffe, Szegedy: "Batch Normalization" (2015).
 *
 * @throws RangeError for options out of range and for training on one value a channel, TypeError for an input that does not fit
 *
 * @example
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const layer = nn.batchNorm2d(4);
 * const [params, state] = layer.init(random.key(0));
 * const x = random.normal(random.key(1), [8, 4, 6, 6]);
 * const [y, next] = layer.apply(params, state, x, { train: true });
 * assertEquals(y.shape, [8, 4, 6, 6]);
 * assertNotEquals(await next.mean.toArray(), [0, 0, 0, 0]);
 * ```
 */
export function batchNorm2d(
  channels: number,
  options: BatchNorm2dOptions = {},
): StatefulLayer<Affine, BatchStatistics> {
  checkCount("batchNorm2d", "channels", channels);
  checkOptions("batchNorm2d", options, ["eps", "momentum"]);
  const { eps = 1e-5, momentum = 0.1 } = options;
  checkNumber("batchNorm2d", "eps", eps, 0);
  checkNumber("batchNorm2d", "momentum", momentum, 0, 1);
  const shape = [channels];
  return {
    name: "batchNorm2d",
    stateful: true,
    init: (key) => [affine(key, shape), { mean: filled(key, shape, 0), variance: filled(key, shape, 1) }],
    apply(params, state, x, mode) {
      checkImages("batchNorm2d", x, channels);
      checkMode("batchNorm2d", mode);
      const get = (tree: object, name: string): Tensor => param("batchNorm2d", tree, name, shape);
      const [weight, bias, mean, variance] = [
        get(params, "weight"),
        get(params, "bias"),
        get(state, "mean"),
        get(state, "variance"),
      ];
      if (!mode.train) return [ops.batchNorm(x, mean, variance, { weight, bias, eps }), state];
      const count = x.size / channels;
      if (count < 2) {
        throw new RangeError(`batchNorm2d: training needs more than one value a channel, got ${show(x.shape)}`);
      }
      const axis = [0, 2, 3];
      const [batchMean, batchVariance] = [ops.mean(x, { axis }), ops.variance(x, { axis })];
      const blend = (old: Tensor, now: Tensor): Tensor => ops.add(ops.mul(old, 1 - momentum), ops.mul(now, momentum));
      return [ops.batchNorm(x, batchMean, batchVariance, { weight, bias, eps }), {
        mean: blend(mean, batchMean),
        variance: blend(variance, ops.mul(batchVariance, count / (count - 1))),
      }];
    },
  };
}

/** Options of {@linkcode layerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/**
 * Layer norm over the last axis, or the last axes: (x − mean) / √(variance + eps), then scale and shift by feature.
 *
 * Parameters `{ weight: shape, bias: shape }`, ones and zeros at the start.
 *
 * After Ba, Kiros, Hinton: "Layer Normalization" (2016).
 *
 * @param shape the extent of the last axis, or those of the last axes
 * @throws RangeError for sizes that are no positive integers, TypeError for an input that does not end in the shape
 *
 * @example
 * ```ts
 * import { nn, random, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const layer = nn.layerNorm(2);
 * const y = layer.apply(layer.init(random.key(0)), tensor([[1, 3]]));
 * assertAlmostEquals((await y.data())[1], 1, 1e-4);
 * ```
 */
export function layerNorm(shape: number | readonly number[], options: LayerNormOptions = {}): Layer<Affine> {
  const features = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(features) || features.length === 0) {
    throw new TypeError("layerNorm: the shape must be a number or an array of them");
  }
  features.forEach((extent, i) => checkCount("layerNorm", `shape[${i}]`, extent));
  checkOptions("layerNorm", options, ["eps"]);
  const { eps = 1e-5 } = options;
  checkNumber("layerNorm", "eps", eps, 0);
  const axis = features.map((_, i) => i - features.length);
  return {
    name: "layerNorm",
    init: (key) => affine(key, features),
    apply(params, x) {
      checkTensor("layerNorm", x);
      if (show(x.shape.slice(-features.length)) !== show(features)) {
        throw new TypeError(`layerNorm: the input ${show(x.shape)} must end in ${show(features)}`);
      }
      const [weight, bias] = [
        param("layerNorm", params, "weight", features),
        param("layerNorm", params, "bias", features),
      ];
      return ops.layerNorm(x, { axis, weight, bias, eps });
    },
  };
}
