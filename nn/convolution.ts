/** Convolutions on images [N, C, H, W]. */
import { checkFlag, checkOptions, naming } from "../core/errors.ts";
import { split } from "../core/random.ts";
import * as ops from "../ops/mod.ts";
import type { Tensor } from "../core/tensor.ts";
import { checkCount, checkImages, checkLayer, checkPair, type Pair, param } from "./check.ts";
import { module, type NamedComposite, type Use } from "./compose.ts";
import { kaimingUniform } from "./initializers.ts";
import type { AnyLayer, Layer, Weights } from "./layer.ts";

/** Options of {@linkcode conv2d}, but for the groups. */
export interface WindowOptions<Bias extends boolean = true> {
  /** Height and width of the kernel. */
  readonly kernelSize: Pair;
  /** Default 1. */
  readonly stride?: Pair;
  /** Zeros around the image: a number, [vertical, horizontal], "valid" (none, the default) or "same" (stride 1 keeps the size). */
  readonly padding?: Pair | "same" | "valid";
  /** Default 1. */
  readonly dilation?: Pair;
  /** Whether to add a bias; default true. */
  readonly bias?: Bias;
}

/** Options of {@linkcode conv2d}. */
export interface Conv2dOptions<Bias extends boolean = true> extends WindowOptions<Bias> {
  /** Channels are convolved within this many groups; default 1. */
  readonly groups?: number;
}

const windowNames = ["kernelSize", "stride", "padding", "dilation", "bias"];

/**
 * 2-D convolution (cross-correlation): [N, inChannels, H, W] to [N, outChannels, H', W'].
 *
 * Parameters `{ weight: [outChannels, inChannels / groups, kh, kw], bias: [outChannels] }` as in PyTorch, with its start:
 * uniform in ±1/√(inChannels / groups · kh · kw).
 *
 * @throws RangeError for sizes out of range and channels that groups do not divide, TypeError for an input that does not fit
 *
 * @example
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.conv2d(3, 32, { kernelSize: 3 });
 * const params = layer.init(random.key(0));
 * assertEquals(params.weight.shape, [32, 3, 3, 3]);
 * assertEquals(layer.apply(params, ones([1, 3, 28, 28])).shape, [1, 32, 26, 26]);
 * ```
 */
export function conv2d<Bias extends boolean = true>(
  inChannels: number,
  outChannels: number,
  options: Conv2dOptions<Bias>,
): Layer<Weights<Bias>> {
  checkOptions("conv2d", options, [...windowNames, "groups"]);
  return convolution("conv2d", inChannels, outChannels, options);
}

function convolution<Bias extends boolean>(
  name: string,
  inChannels: number,
  outChannels: number,
  options: Conv2dOptions<Bias>,
): Layer<Weights<Bias>> {
  checkCount(name, "inChannels", inChannels);
  checkCount(name, "outChannels", outChannels);
  const [kh, kw] = checkPair(name, "kernelSize", options?.kernelSize);
  const { groups = 1, padding = 0 } = options;
  const stride = checkPair(name, "stride", options.stride ?? 1);
  const dilation = checkPair(name, "dilation", options.dilation ?? 1);
  if (padding !== "same" && padding !== "valid") checkPair(name, "padding", padding, 0);
  checkCount(name, "groups", groups);
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new RangeError(
      `${name}: groups ${groups} must divide inChannels ${inChannels} and outChannels ${outChannels}`,
    );
  }
  const bias = options.bias ?? true;
  checkFlag(name, "bias", bias);
  const shape = [outChannels, inChannels / groups, kh, kw];
  const fanIn = (inChannels / groups) * kh * kw;
  return {
    name,
    init(key) {
      const [forWeight, forBias] = split(key);
      const weight = kaimingUniform(forWeight, shape, fanIn);
      const params = bias ? { weight, bias: kaimingUniform(forBias, [outChannels], fanIn) } : { weight };
      return params as Weights<Bias>;
    },
    apply(params, x) {
      checkImages(name, x, inChannels);
      const y = ops.conv2d(x, param(name, params, "weight", shape), { stride, padding, dilation, groups });
      return bias ? ops.add(y, ops.reshape(param(name, params, "bias", [outChannels]), [outChannels, 1, 1])) : y;
    },
  };
}

/** Options of {@linkcode depthwiseConv2d}. */
export interface DepthwiseConv2dOptions<Bias extends boolean = true> extends WindowOptions<Bias> {
  /** Output channels for each input channel; default 1. */
  readonly depthMultiplier?: number;
}

/**
 * Convolution of each channel by itself: [N, C, H, W] to [N, C · depthMultiplier, H', W'].
 *
 * Parameters `{ weight: [C · depthMultiplier, 1, kh, kw], bias: [C · depthMultiplier] }`.
 *
 * @throws RangeError for sizes out of range, TypeError for an input that does not fit
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.depthwiseConv2d(3, { kernelSize: 3 });
 * assertEquals(nn.summary(layer, [1, 3, 28, 28]).totals.parameters, 30);
 * ```
 */
export function depthwiseConv2d<Bias extends boolean = true>(
  channels: number,
  options: DepthwiseConv2dOptions<Bias>,
): Layer<Weights<Bias>> {
  checkOptions("depthwiseConv2d", options, [...windowNames, "depthMultiplier"]);
  checkCount("depthwiseConv2d", "channels", channels);
  const { depthMultiplier = 1, ...rest } = options ?? {};
  checkCount("depthwiseConv2d", "depthMultiplier", depthMultiplier);
  return convolution(
    "depthwiseConv2d",
    channels,
    channels * depthMultiplier,
    { ...rest, groups: channels } as Conv2dOptions<Bias>,
  );
}

/** Parameters of {@linkcode separableConv2d}. */
export interface SeparableWeights<Bias extends boolean = true> {
  /** [C · depthMultiplier, 1, kh, kw]. */
  readonly depthwise: Weights<Bias>;
  /** [outChannels, C · depthMultiplier, 1, 1]. */
  readonly pointwise: Weights<Bias>;
}

/** Options of {@linkcode separableConv2d}. */
export interface SeparableConv2dOptions<Bias extends boolean = true, B extends AnyLayer | undefined = undefined>
  extends DepthwiseConv2dOptions<Bias> {
  /** A layer between the two parts, on C · depthMultiplier channels: MobileNet has a batch norm and a ReLU there. */
  readonly between?: B;
}

/**
 * Depthwise separable convolution: a depthwise one with the window, then a point-wise one that mixes the channels.
 * Bias, if there is one, in both. Parameters `{ depthwise, pointwise }`, and `between` for what stands between them.
 *
 * After Chollet: "Xception: Deep Learning with Depthwise Separable Convolutions" (2017). For 3 to 64 channels with a 3×3
 * kernel it has 30 + 256 parameters in place of 1,792.
 *
 * @throws RangeError for sizes out of range, TypeError for an input that does not fit
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { rows } = nn.summary(nn.separableConv2d(3, 64, { kernelSize: 3 }), [1, 3, 28, 28]);
 * assertEquals(rows.map((row) => row.parameters), [30, 256]);
 * assertEquals(rows[1].outputShape, [1, 64, 26, 26]);
 * ```
 */
export function separableConv2d<Bias extends boolean = true>(
  inChannels: number,
  outChannels: number,
  options: SeparableConv2dOptions<Bias>,
): Layer<SeparableWeights<Bias>>;
/** Depthwise separable convolution with a layer between its parts; stateful exactly if that is. */
export function separableConv2d<Bias extends boolean, B extends AnyLayer>(
  inChannels: number,
  outChannels: number,
  options: SeparableConv2dOptions<Bias, B> & { readonly between: B },
): NamedComposite<{ depthwise: Layer<Weights<Bias>>; between: B; pointwise: Layer<Weights<Bias>> }>;
export function separableConv2d<Bias extends boolean>(
  inChannels: number,
  outChannels: number,
  options: SeparableConv2dOptions<Bias, AnyLayer | undefined>,
): AnyLayer {
  checkCount("separableConv2d", "inChannels", inChannels);
  checkOptions("separableConv2d", options, [...windowNames, "depthMultiplier", "between"]);
  const { between, ...rest } = options ?? {} as SeparableConv2dOptions<Bias>;
  const { depthMultiplier = 1, bias } = rest;
  const [depthwise, pointwise] = naming("separableConv2d", () => [
    depthwiseConv2d(inChannels, rest),
    conv2d(inChannels * depthMultiplier, outChannels, { kernelSize: 1, bias }),
  ]);
  if (between !== undefined) checkLayer("separableConv2d", "between", between);
  const forward = (use: Use<{ depthwise: AnyLayer; between: AnyLayer; pointwise: AnyLayer }>, x: Tensor): Tensor => {
    const y = use.depthwise(x);
    return use.pointwise(between ? use.between(y) : y);
  };
  return module(
    { depthwise, between, pointwise } as { depthwise: AnyLayer; between: AnyLayer; pointwise: AnyLayer },
    forward,
    {
      name: "separableConv2d",
    },
  );
}
