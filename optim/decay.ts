/** Weight decay. */
import { describe } from "../core/errors.ts";
import { checkOptions } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import { paths } from "../core/tree.ts";
import * as ops from "../ops/mod.ts";
import { checkNumber } from "./check.ts";
import { type EmptyState, type GradientTransformation, zipTrees } from "./transformation.ts";

/** Which parameters decay: by path in the tree (`"0.bias"`) and by the parameter, of which only shape and dtype are known. */
export type DecayMask = (path: string, parameter: Tensor) => boolean;

/** Refuses what is no mask. */
export function checkMask(operation: string, mask: unknown): void {
  if (mask === undefined || typeof mask === "function") return;
  throw new TypeError(`${operation}: mask must be a function (path, parameter) => boolean, got ${describe(mask)}`);
}

/**
 * Adds rate · parameter to the updates. Before the moments of an optimiser that is L2 regularisation, after them (as in
 * {@linkcode adamw}) decoupled weight decay.
 *
 * @param mask leaves out parameters, usually biases and the scales of norms: `(path, p) => p.ndim > 1`
 * @throws RangeError for a negative rate
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { weight: tensor([[8]]), bias: tensor([8]) };
 * const decay = optim.addDecayedWeights(0.5, { mask: (path) => path !== "bias" });
 * const [updates] = decay.update({ weight: tensor([[1]]), bias: tensor([1]) }, decay.init(params), params);
 * assertEquals(await updates.weight.toArray(), [[5]]);
 * assertEquals(await updates.bias.toArray(), [1]);
 * ```
 */
export function addDecayedWeights(
  rate: number,
  options: { readonly mask?: DecayMask } = {},
): GradientTransformation<EmptyState> {
  checkNumber("addDecayedWeights", "rate", rate, { min: 0 });
  checkOptions("addDecayedWeights", options, ["mask"]);
  const { mask } = options;
  checkMask("addDecayedWeights", mask);
  return {
    init: () => ({}),
    update(updates, state, params) {
      if (rate === 0) return [updates, state];
      const names = mask && paths(params);
      let i = 0;
      const decayed = (u: Tensor, p: Tensor): Tensor => {
        const path = names?.[i++];
        return mask && !mask(path!, p) ? u : ops.add(u, ops.mul(ops.cast(p, u.dtype), rate));
      };
      return [zipTrees("addDecayedWeights", decayed, updates, params), state];
    },
  };
}
