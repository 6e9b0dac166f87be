/** A look into ScConv: what its units make of an input. */
import { naming } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import type { ScConv, ScConvParams } from "./scconv.ts";
import type { Separation } from "./sru.ts";

/** What {@linkcode inspect} shows. */
export interface ScConvInspection extends Separation {
  /** The weights of the CRU's channels, [N, 2·C₂]: those of the rich branch, then those of the cheap one. */
  readonly branchWeights: Tensor;
}

/**
 * The intermediate values of a ScConv, to draw figures: the SRU's gate, mask and parts, [N, C, H, W] each, and the weights
 * that the CRU gives its channels.
 *
 * @param params the layer's parameters
 * @param x its input, [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.scConv(16);
 * const params = layer.init(random.key(0));
 * const seen = nn.inspect(layer, params, random.normal(random.key(1), [2, 16, 8, 8]));
 * assertEquals(seen.informationMask.shape, [2, 16, 8, 8]);
 * assertEquals(seen.branchWeights.shape, [2, 32]);
 * ```
 */
export function inspect(layer: ScConv, params: ScConvParams, x: Tensor): ScConvInspection {
  if (typeof layer?.sru?.separate !== "function") {
    throw new TypeError("inspect: the layer must be one that scConv made");
  }
  const [separation, weights] = naming("inspect", () => [
    layer.sru.separate(params?.sru, x),
    layer.cru.weigh(layer.cru.transform(params?.cru, layer.sru.apply(params?.sru, x))),
  ]);
  const branchWeights = ops.concat(weights, { axis: 1 }); // [N, 2·C₂, 1, 1]
  return { ...separation, branchWeights: ops.reshape(branchWeights, branchWeights.shape.slice(0, 2)) };
}
