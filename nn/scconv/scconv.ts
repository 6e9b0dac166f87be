/** ScConv: the SRU, then the CRU. */
import { checkOptions, describe } from "../../core/errors.ts";
import { checkImages } from "../check.ts";
import { module } from "../compose.ts";
import type { Layer } from "../layer.ts";
import { checkCru, type Cru, cru, type CruOptions, cruOptions, type CruParams } from "./cru.ts";
import { checkSru, type Sru, sru, type SruOptions, sruOptions, type SruParams } from "./sru.ts";

/** Parameters of {@linkcode scConv}. */
export interface ScConvParams {
  /** Of the spatial reconstruction unit. */
  readonly sru: SruParams;
  /** Of the channel reconstruction unit. */
  readonly cru: CruParams;
}

/** Options of {@linkcode scConv}: those of its units, with 4 groups of the norm by default. */
export interface ScConvOptions extends SruOptions, CruOptions {}

/** The layer that {@linkcode scConv} makes. */
export interface ScConv extends Layer<ScConvParams> {
  /** The spatial reconstruction unit. */
  readonly sru: Sru;
  /** The channel reconstruction unit. */
  readonly cru: Cru;
}

/**
 * Spatial and channel reconstruction convolution, in the place of a k×k convolution: [N, C, H, W] to
 * [N, outChannels, H/stride, W/stride], by default to the same shape. {@linkcode sru}, then {@linkcode cru}.
 *
 * The multiplications and parameters of its convolutions are (αC)²/r + k²·αC·C₂/(g·r) + αC·C₂/r + ((1−α)C)²/r +
 * ((1−α)C/r)·(C₂ − (1−α)C/r) (eq. 11): at the defaults 1.8125·C², a fifth of the 9·C² of a 3×3 convolution.
 *
 * The rules: C is even and divisible by `groups` (the SRU); both branches, floor(αC) and the rest, have `squeezeRatio`
 * channels or more, `groupSize` divides floor(αC)/squeezeRatio and `outChannels`, `groupKernelSize` is odd (the CRU). With
 * the defaults that is: C divisible by 8.
 *
 * Parameters `{ sru: { norm: { weight, bias } }, cru: { squeeze1, squeeze2, gwc, pwc1, pwc2 } }`.
 *
 * After Li, Wen, He: "SCConv: Spatial and Channel Reconstruction Convolution for Feature Redundancy" (CVPR 2023). The
 * defaults are the published module; `{ norm: "groupNorm", gate: "paper", fuse: "paper" }` is the paper's text.
 *
 * @param channels C, of the input; `outChannels` is an option, since by default they are kept
 * @throws RangeError for channels and options against the rules, naming the one that helps; TypeError for options given by
 * position and for an input that is no [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.scConv(32);
 * const params = layer.init(random.key(0));
 * const x = random.normal(random.key(1), [1, 32, 16, 16]);
 * assertEquals(layer.apply(params, x).shape, [1, 32, 16, 16]);
 * ```
 */
export function scConv(channels: number, options: ScConvOptions = {}): ScConv {
  if (typeof options !== "object" || options === null) {
    const guess = typeof options === "number" ? `{ outChannels: ${options} }` : "{ outChannels, groupKernelSize }";
    throw new TypeError(
      `scConv: options go by name, got ${describe(options)} as the second argument; a convolution from ${
        describe(channels)
      } channels is ` +
        `scConv(${
          describe(channels)
        }, ${guess}), its kernel size is the option groupKernelSize; in a network pass conv: nn.scConvPlug()`,
    );
  }
  checkOptions("scConv", options, [...sruOptions, ...cruOptions]);
  const { groups = 4, gateThreshold, norm, gate, ...rest } = options;
  checkSru("scConv", channels, { ...options, groups });
  checkCru("scConv", channels, rest);
  const spatial = sru(channels, { groups, gateThreshold, norm, gate });
  const channel = cru(channels, rest);
  const whole = module({ sru: spatial, cru: channel }, (use, x) => use.cru(use.sru(x)), { name: "scConv" });
  return {
    ...whole,
    sru: spatial,
    cru: channel,
    apply(params, x) {
      checkImages("scConv", x, channels);
      return whole.apply(params, x);
    },
  };
}
