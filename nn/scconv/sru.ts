/** SRU: the spatial reconstruction unit. Separate, then reconstruct. */
import type { DType } from "../../core/dtype.ts";
import { checkChoice, checkOptions, naming } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import { checkCount, checkGroups, checkImages, checkNumber } from "../check.ts";
import type { Layer } from "../layer.ts";
import { type Affine, groupNorm } from "../normalization.ts";
import { groupBatchNorm2d } from "./norm.ts";

/** Parameters of {@linkcode sru}: scale and shift of its norm. */
export interface SruParams {
  /** [C, 1, 1] each with `norm: "groupBatchNorm"`, [C] with `"groupNorm"`. */
  readonly norm: Affine;
}

/** Options of {@linkcode sru}. */
export interface SruOptions {
  /** Groups of the norm; default 16. */
  readonly groups?: number;
  /** θ: a place is informative where its gate reaches this; default 0.5. */
  readonly gateThreshold?: number;
  /** The norm: `"groupBatchNorm"` of the published module (default), or the usual `"groupNorm"`. */
  readonly norm?: "groupBatchNorm" | "groupNorm";
  /** What the gate does: see {@linkcode sru}. */
  readonly gate?: "mask" | "paper";
}

/** What the SRU separates an input into; all of the input's shape. */
export interface Separation {
  /** r, between 0 and 1: how informative each place is. */
  readonly gate: Tensor;
  /** True where r ≥ θ. */
  readonly informationMask: Tensor;
  /** X₁: the informative part. */
  readonly informative: Tensor;
  /** X₂: the redundant part. */
  readonly redundant: Tensor;
}

/** The layer that {@linkcode sru} makes. */
export interface Sru extends Layer<SruParams> {
  /** The first half of the unit, for looking into it. */
  separate(params: SruParams, x: Tensor): Separation;
}

/** The names of the options. */
export const sruOptions = ["groups", "gateThreshold", "norm", "gate"] as const;

/** What is right of options whatever the channels. */
export function checkSruOptions(operation: string, options: SruOptions): void {
  const { groups = 1, gateThreshold = 0.5, norm = "groupBatchNorm", gate = "mask" } = options;
  checkCount(operation, "groups", groups);
  checkNumber(operation, "gateThreshold", gateThreshold, 0, 1);
  checkChoice(operation, "norm", norm, ["groupBatchNorm", "groupNorm"]);
  checkChoice(operation, "gate", gate, ["mask", "paper"]);
}

/**
 * The rules of the SRU, in the name of the layer that it is made for.
 *
 * @throws RangeError naming the rule, the numbers and the option that helps
 */
export function checkSru(operation: string, channels: number, options: SruOptions & { readonly groups: number }): void {
  checkSruOptions(operation, options);
  checkCount(operation, "channels", channels);
  if (channels % 2 !== 0) {
    throw new RangeError(
      `${operation}: the SRU exchanges the halves of the channels, ${channels} is odd; use ${channels - 1 || 2} or ${
        channels + 1
      }`,
    );
  }
  checkGroups(operation, channels, options.groups);
}

/**
 * Spatial reconstruction unit: [N, C, H, W] to the same shape. The scales of a group norm tell which channels vary much over
 * space and so inform much; a gate splits the features into an informative and a redundant part, and the halves of the two
 * are added crosswise.
 *
 * With `gate: "mask"` (the published module, default) the two parts are the normalised input where the gate is open and
 * where it is closed: X₁ + X₂ = GN(X). With `gate: "paper"` they are weights on the input itself: W₁ is 1 where the gate is
 * open, W₂ is 0 there, and both are the gate's value r elsewhere (eq. 3). The threshold carries no gradient; r does.
 *
 * Parameters `{ norm: { weight, bias } }`, of shape [C, 1, 1] with `norm: "groupBatchNorm"` and [C] with `"groupNorm"`.
 *
 * Two traps are the definition's own. The gate is sigmoid(w·GN(X)) with weights w that sum to 1: with group norm's first
 * weights every w is 1/C, r is close to 0.5 and a threshold of 0.55 lets next to nothing pass. And w divides by the sum of
 * the weights: where they sum to 0, r is NaN or at its ends; random-normal weights can come near.
 *
 * After Li, Wen, He: "SCConv: Spatial and Channel Reconstruction Convolution for Feature Redundancy" (CVPR 2023), section 3.1.
 *
 * @throws RangeError for odd channels, groups that do not divide them, a threshold outside of [0, 1]; TypeError for an input
 * that is no [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const unit = nn.sru(32);
 * const params = unit.init(random.key(0));
 * const x = random.normal(random.key(1), [1, 32, 16, 16]);
 * assertEquals(unit.apply(params, x).shape, [1, 32, 16, 16]);
 * ```
 */
export function sru(channels: number, options: SruOptions = {}): Sru {
  checkOptions("sru", options, sruOptions);
  const { groups = 16, gateThreshold = 0.5, norm: normName = "groupBatchNorm", gate: gateName = "mask" } = options;
  checkSru("sru", channels, { ...options, groups });
  const norm = normName === "groupNorm" ? groupNorm(channels, { groups }) : groupBatchNorm2d(channels, { groups });

  function separate(params: SruParams, x: Tensor): Separation {
    checkImages("sru", x, channels);
    const g = naming("sru", () => norm.apply(params?.norm, x)); // eq. 1: GN(X) = γ · (X − µ)/σ + β
    const gamma = ops.reshape(params.norm.weight, [channels, 1, 1]);
    const share = ops.div(gamma, ops.sum(gamma)); // eq. 2: w_i = γ_i / Σ γ_j
    const logit = ops.mul(g, share);
    const gate = ops.sigmoid(logit); // eq. 3, before the threshold
    // r ≥ threshold, decided before the sigmoid: "mask" needs no r.
    const informationMask = ops.greaterEqual(logit, leastLogit(gateThreshold, logit.dtype));
    // "Redundant" is what is not informative, so that a NaN stays visible in X₂ instead of being masked on both sides.
    const [informative, redundant] = gateName === "mask"
      ? [ops.where(informationMask, g, 0), ops.where(informationMask, 0, g)]
      : [ops.mul(ops.where(informationMask, 1, gate), x), ops.mul(ops.where(informationMask, 0, gate), x)];
    return { gate, informationMask, informative, redundant };
  }

  return {
    name: "sru",
    init: (key) => ({ norm: norm.init(key) }),
    separate,
    apply(params, x) {
      const { informative, redundant } = separate(params, x);
      const [x11, x12] = ops.split(informative, 2, { axis: 1 }); // [N, C/2, H, W] each
      const [x21, x22] = ops.split(redundant, 2, { axis: 1 });
      return ops.concat([ops.add(x11, x22), ops.add(x12, x21)], { axis: 1 }); // eq. 4
    },
  };
}

/**
 * The least number whose sigmoid rounds to a threshold or more. Where a group of channels is constant its logits are nothing but rounding
 * errors around 0, and at 0.5 all of them are informative, as the rounded sigmoid says, whichever way they were added up.
 */
function leastLogit(threshold: number, dtype: DType): number {
  const next = dtype === "float64" ? 2 ** -53 : 2 ** -24; // 1 minus the number before it
  const above = dtype === "float64" ? threshold : Math.fround(threshold);
  if (above <= 0) return -Infinity;
  const spacing = 2 ** Math.ceil(Math.log2(above)) * next; // from the number before `above` to `above`
  const middle = above - spacing / 2;
  return Math.log(middle / (1 - above + spacing / 2));
}
