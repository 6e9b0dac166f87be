/** CRU: the channel reconstruction unit. Split, transform, fuse. */
import { checkChoice, checkOptions, naming, show } from "../../core/errors.ts";
import { split as splitKey } from "../../core/random.ts";
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import { checkCount, checkImages, checkNumber } from "../check.ts";
import { conv2d } from "../convolution.ts";
import type { Layer, Weights } from "../layer.ts";

/** Parameters of {@linkcode cru}: its five convolutions, kernels [O, I, kh, kw]. */
export interface CruParams {
  /** 1×1, up → up/squeezeRatio. */
  readonly squeeze1: Weights<false>;
  /** 1×1, low → low/squeezeRatio. */
  readonly squeeze2: Weights<false>;
  /** k×k in groups, up/squeezeRatio → outChannels, with a bias. */
  readonly gwc: Weights;
  /** 1×1, up/squeezeRatio → outChannels. */
  readonly pwc1: Weights<false>;
  /** 1×1, low/squeezeRatio → outChannels − low/squeezeRatio; empty where that is 0. */
  readonly pwc2: Weights<false>;
}

/** Options of {@linkcode cru}. */
export interface CruOptions {
  /** α: the share of the channels that goes through the rich branch; default 1/2. */
  readonly alpha?: number;
  /** r: both branches are squeezed by this; default 2. */
  readonly squeezeRatio?: number;
  /** g: groups of the k×k convolution; default 2. */
  readonly groupSize?: number;
  /** k: odd; default 3. */
  readonly groupKernelSize?: number;
  /** How the branches are weighed: see {@linkcode cru}. */
  readonly fuse?: "concat" | "paper";
  /** C₂; default: as many as the input has. */
  readonly outChannels?: number;
  /** Of the k×k convolution; what goes around it is average-pooled by as much. Default 1. */
  readonly stride?: number;
}

/** What the two branches make of an input; [N, C₂, H', W'] each. */
export interface Branches {
  /** Y₁: the rich features. */
  readonly rich: Tensor;
  /** Y₂: the cheap supplement. */
  readonly cheap: Tensor;
}

/** The layer that {@linkcode cru} makes. */
export interface Cru extends Layer<CruParams> {
  /** Split and transform, for looking into the unit. */
  transform(params: CruParams, x: Tensor): Branches;
  /** The weights of the channels of both branches in the fusion, [N, C₂, 1, 1] each. */
  weigh(branches: Branches): [beta1: Tensor, beta2: Tensor];
}

/** The names of the options. */
export const cruOptions = [
  "alpha",
  "squeezeRatio",
  "groupSize",
  "groupKernelSize",
  "fuse",
  "outChannels",
  "stride",
] as const;

interface Sizes {
  readonly up: number;
  readonly low: number;
  readonly upSqueezed: number;
  readonly lowSqueezed: number;
  readonly out: number;
}

const gcd = (a: number, b: number): number => b === 0 ? a : gcd(b, a % b);

/** What is right of options whatever the channels. */
export function checkCruOptions(operation: string, options: CruOptions): void {
  const { alpha = 1 / 2, fuse = "concat" } = options;
  checkNumber(operation, "alpha", alpha, 0, 1);
  for (const name of ["squeezeRatio", "groupSize", "groupKernelSize", "outChannels", "stride"] as const) {
    if (options[name] !== undefined) checkCount(operation, name, options[name]);
  }
  checkChoice(operation, "fuse", fuse, ["concat", "paper"]);
}

/**
 * The rules of the CRU, in the name of the layer that it is made for, and the channels of its branches.
 *
 * @throws RangeError naming the rule, the numbers and the option that helps
 */
export function checkCru(operation: string, channels: number, options: CruOptions): Sizes {
  const { alpha = 1 / 2, squeezeRatio = 2, groupSize = 2, groupKernelSize = 3, outChannels: out = channels } = options;
  checkCount(operation, "channels", channels, 2);
  checkCruOptions(operation, options);
  if (groupKernelSize % 2 === 0) {
    throw new RangeError(
      `${operation}: groupKernelSize must be odd to keep the size of the image, got ${groupKernelSize}; use ${
        groupKernelSize + 1
      }`,
    );
  }
  const up = Math.floor(alpha * channels);
  const low = channels - up;
  if (Math.min(up, low) < squeezeRatio) {
    const help = channels < 2 * squeezeRatio
      ? `use ${2 * squeezeRatio} channels or more, or a smaller squeezeRatio`
      : `use an alpha from ${shorten(squeezeRatio / channels)} to ${
        shorten(1 - squeezeRatio / channels)
      }, or a smaller squeezeRatio`;
    throw new RangeError(
      `${operation}: alpha ${
        shorten(alpha)
      } splits ${channels} channels into ${up} and ${low}, squeezed by squeezeRatio ${squeezeRatio} to ` +
        `${Math.floor(up / squeezeRatio)} and ${Math.floor(low / squeezeRatio)}: neither may be 0; ${help}`,
    );
  }
  const [upSqueezed, lowSqueezed] = [Math.floor(up / squeezeRatio), Math.floor(low / squeezeRatio)];
  if (upSqueezed % groupSize !== 0 || out % groupSize !== 0) {
    throw new RangeError(
      `${operation}: the ${groupKernelSize}×${groupKernelSize} convolution maps ${upSqueezed} channels (${up} of ${channels}, squeezed by ` +
        `${squeezeRatio}) to ${out} in groupSize ${groupSize} groups, which must divide both; use { groupSize: ${
          gcd(upSqueezed, out)
        } }, or other channels`,
    );
  }
  if (out < lowSqueezed) {
    throw new RangeError(
      `${operation}: outChannels ${out} must not be less than the ${lowSqueezed} channels of the squeezed low branch, which the output holds; ` +
        `use a larger squeezeRatio or alpha`,
    );
  }
  return { up, low, upSqueezed, lowSqueezed, out };
}

const shorten = (value: number): string => String(Number(value.toFixed(4)));

/**
 * Channel reconstruction unit: [N, C, H, W] to [N, outChannels, H/stride, W/stride]. A share α of the channels goes through a
 * group-wise k×k and a point-wise convolution, the rest through a point-wise one and along as it is; the two results are
 * weighed by their global means.
 *
 * With `fuse: "concat"` (the published module, default) one softmax runs over the 2·C₂ means, so that all weights together
 * are 1 and the output is about C₂ times smaller than with `fuse: "paper"`, where the softmax is between the two branches,
 * channel by channel: β₁ + β₂ = 1 (eq. 8).
 *
 * After Li, Wen, He: "SCConv: Spatial and Channel Reconstruction Convolution for Feature Redundancy" (CVPR 2023), section
 * 3.2; `outChannels` is C₂ of eq. 11, `stride` is not in the paper.
 *
 * @throws RangeError for a branch without channels, a group size that does not divide, an even kernel, an image that the
 * stride does not divide; TypeError for an input that is no [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const unit = nn.cru(32, { outChannels: 64, stride: 2 });
 * const params = unit.init(random.key(0));
 * const x = random.normal(random.key(1), [1, 32, 16, 16]);
 * assertEquals(params.gwc.weight.shape, [64, 4, 3, 3]);
 * assertEquals(unit.apply(params, x).shape, [1, 64, 8, 8]);
 * ```
 */
export function cru(channels: number, options: CruOptions = {}): Cru {
  checkOptions("cru", options, cruOptions);
  const { up, low, upSqueezed, lowSqueezed, out } = checkCru("cru", channels, options);
  const { groupSize: groups = 2, groupKernelSize: kernelSize = 3, fuse = "concat", stride = 1 } = options;
  const pointwise = { kernelSize: 1, bias: false } as const;
  const squeeze1 = conv2d(up, upSqueezed, pointwise);
  const squeeze2 = conv2d(low, lowSqueezed, pointwise);
  const gwc = conv2d(upSqueezed, out, { kernelSize, stride, padding: (kernelSize - 1) / 2, groups });
  const pwc1 = conv2d(upSqueezed, out, pointwise);
  const pwc2 = out > lowSqueezed ? conv2d(lowSqueezed, out - lowSqueezed, pointwise) : undefined;
  const pool = (x: Tensor): Tensor => stride === 1 ? x : ops.avgPool2d(x, stride);

  function transform(params: CruParams, x: Tensor): Branches {
    checkImages("cru", x, channels);
    if (x.shape[2] % stride !== 0 || x.shape[3] % stride !== 0) {
      throw new RangeError(
        `cru: stride ${stride} must divide height and width of the input ${
          show(x.shape)
        }; pad it with ops.pad, or crop it`,
      );
    }
    const [upper, lower] = ops.split(x, [up], { axis: 1 });
    const xUp = squeeze1.apply(params.squeeze1, upper); // [N, up/r, H, W]
    const xLow = pool(squeeze2.apply(params.squeeze2, lower)); // [N, low/r, H', W']
    const rich = ops.add(gwc.apply(params.gwc, xUp), pwc1.apply(params.pwc1, pool(xUp))); // eq. 5: Y₁ = M^G X_up + M^P1 X_up
    const cheap = pwc2 ? ops.concat([pwc2.apply(params.pwc2, xLow), xLow], { axis: 1 }) : xLow; // eq. 6: Y₂ = M^P2 X_low ∪ X_low
    return { rich, cheap };
  }

  function weigh({ rich, cheap }: Branches): [Tensor, Tensor] {
    const mean = (y: Tensor): Tensor => ops.mean(y, { axis: [2, 3], keepDims: true });
    const [s1, s2] = [mean(rich), mean(cheap)]; // eq. 7: [N, C₂, 1, 1]
    // eq. 8: e^S₁ / (e^S₁ + e^S₂), without overflow
    if (fuse === "paper") return [ops.sigmoid(ops.sub(s1, s2)), ops.sigmoid(ops.sub(s2, s1))];
    const [beta1, beta2] = ops.split(ops.softmax(ops.concat([s1, s2], { axis: 1 }), { axis: 1 }), 2, { axis: 1 });
    return [beta1, beta2];
  }

  return {
    name: "cru",
    transform,
    weigh,
    init(key) {
      const keys = splitKey(key, 5);
      return {
        squeeze1: squeeze1.init(keys[0]),
        squeeze2: squeeze2.init(keys[1]),
        gwc: gwc.init(keys[2]),
        pwc1: pwc1.init(keys[3]),
        pwc2: pwc2 ? pwc2.init(keys[4]) : {} as Weights<false>,
      };
    },
    apply(params, x) {
      const branches = naming("cru", () => transform(params ?? {}, x));
      const [beta1, beta2] = weigh(branches);
      return ops.add(ops.mul(beta1, branches.rich), ops.mul(beta2, branches.cheap)); // eq. 9: Y = β₁Y₁ + β₂Y₂
    },
  };
}
