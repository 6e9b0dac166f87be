/** Group batch norm, the normalisation of the SRU. */
import { checkOptions, show } from "../../core/errors.ts";
import { normal } from "../../core/random.ts";
import * as ops from "../../ops/mod.ts";
import { checkCount, checkGroups, checkImages, checkNumber, param } from "../check.ts";
import { filled } from "../initializers.ts";
import type { Layer } from "../layer.ts";
import type { Affine } from "../normalization.ts";

/** Options of {@linkcode groupBatchNorm2d}. */
export interface GroupBatchNorm2dOptions {
  /** The channels are normalised in this many groups; default 16. */
  readonly groups?: number;
  /** Added to the deviation; default 1e-10. */
  readonly eps?: number;
}

/**
 * Group norm as the published module of ScConv has it: [N, C, H, W] to the same shape. It differs from
 * {@linkcode groupNorm} in three ways: the deviation is the unbiased one (n − 1), eps is added to the deviation and not to
 * the variance, and the weight starts as standard normal, so that some channels start negative or near zero.
 *
 * Parameters `{ weight: [C, 1, 1], bias: [C, 1, 1] }`.
 *
 * @throws RangeError for groups that do not divide the channels, and at the call for one value a group, which has no
 * deviation; TypeError for an input that does not fit
 *
 * @example
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.groupBatchNorm2d(32);
 * const params = layer.init(random.key(0));
 * assertEquals(params.weight.shape, [32, 1, 1]);
 * assertEquals(layer.apply(params, random.normal(random.key(1), [2, 32, 8, 8])).shape, [2, 32, 8, 8]);
 * ```
 */
export function groupBatchNorm2d(channels: number, options: GroupBatchNorm2dOptions = {}): Layer<Affine> {
  checkCount("groupBatchNorm2d", "channels", channels);
  checkOptions("groupBatchNorm2d", options, ["groups", "eps"]);
  const { groups = 16, eps = 1e-10 } = options;
  checkGroups("groupBatchNorm2d", channels, groups);
  checkNumber("groupBatchNorm2d", "eps", eps, 0);
  const shape = [channels, 1, 1];
  return {
    name: "groupBatchNorm2d",
    init: (key) => ({ weight: normal(key, shape), bias: filled(key, shape, 0) }),
    apply(params, x) {
      checkImages("groupBatchNorm2d", x, channels);
      const count = (channels / groups) * x.shape[2] * x.shape[3];
      if (count < 2) {
        throw new RangeError(
          `groupBatchNorm2d: ${show(x.shape)} in ${groups} groups has ${count} value${
            count === 1 ? "" : "s"
          } a group, ` +
            `whose deviation needs 2 or more: use fewer groups`,
        );
      }
      const weight = param("groupBatchNorm2d", params, "weight", shape);
      const bias = param("groupBatchNorm2d", params, "bias", shape);
      return ops.add(ops.mul(ops.groupStandardize(x, groups, { eps }), weight), bias);
    },
  };
}
