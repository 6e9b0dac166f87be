/** The linear layer. */
import { checkFlag, checkOptions, show } from "../core/errors.ts";
import { split } from "../core/random.ts";
import * as ops from "../ops/mod.ts";
import { checkCount, checkTensor, param } from "./check.ts";
import { kaimingUniform } from "./initializers.ts";
import type { Layer, Weights } from "./layer.ts";

/** Options of {@linkcode linear}. */
export interface LinearOptions<Bias extends boolean = true> {
  /** Whether to add a bias; default true. */
  readonly bias?: Bias;
}

/**
 * y = x · weightᵀ + bias, on the last axis: [..., inFeatures] to [..., outFeatures].
 *
 * Parameters `{ weight: [outFeatures, inFeatures], bias: [outFeatures] }` as in PyTorch, with its start: uniform in
 * ±1/√inFeatures.
 *
 * @throws RangeError for sizes that are no positive integers, TypeError for an input of another width
 *
 * @example
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.linear(3, 2);
 * const params = layer.init(random.key(0));
 * assertEquals(params.weight.shape, [2, 3]);
 * assertEquals(layer.apply(params, ones([5, 3])).shape, [5, 2]);
 * ```
 */
export function linear<Bias extends boolean = true>(
  inFeatures: number,
  outFeatures: number,
  options: LinearOptions<Bias> = {},
): Layer<Weights<Bias>> {
  checkCount("linear", "inFeatures", inFeatures);
  checkCount("linear", "outFeatures", outFeatures);
  checkOptions("linear", options, ["bias"]);
  const bias = options.bias ?? true;
  checkFlag("linear", "bias", bias);
  return {
    name: "linear",
    init(key) {
      const [forWeight, forBias] = split(key);
      const weight = kaimingUniform(forWeight, [outFeatures, inFeatures], inFeatures);
      const params = bias ? { weight, bias: kaimingUniform(forBias, [outFeatures], inFeatures) } : { weight };
      return params as Weights<Bias>;
    },
    apply(params, x) {
      checkTensor("linear", x);
      if (x.shape[x.ndim - 1] !== inFeatures) {
        const hint = x.ndim > 2 && x.size === x.shape[0] * inFeatures ? "; put nn.flatten() before it" : "";
        throw new TypeError(`linear: the last axis of the input ${show(x.shape)} must be ${inFeatures} long${hint}`);
      }
      const y = ops.matmul(x, ops.transpose(param("linear", params, "weight", [outFeatures, inFeatures]))); // [..., out]
      return bias ? ops.add(y, param("linear", params, "bias", [outFeatures])) : y;
    },
  };
}
