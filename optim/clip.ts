/** Limits on gradients. */
import { naming } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import { leaves, paths } from "../core/tree.ts";
import * as ops from "../ops/mod.ts";
import { checkNumber } from "./check.ts";
import { type EmptyState, type GradientTransformation, zipTrees } from "./transformation.ts";

/**
 * Holds each element of the updates within −limit and limit.
 *
 * @throws RangeError for a limit that is not positive
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { w: tensor([0, 0]) };
 * const limited = optim.clip(1);
 * const [updates] = limited.update({ w: tensor([-5, 0.5]) }, limited.init(params), params);
 * assertEquals(await updates.w.toArray(), [-1, 0.5]);
 * ```
 */
export function clip(limit: number): GradientTransformation<EmptyState> {
  checkNumber("clip", "limit", limit, { above: 0 });
  return {
    init: () => ({}),
    update: (updates, state) => [zipTrees("clip", (u) => ops.minimum(ops.maximum(u, -limit), limit), updates), state],
  };
}

/**
 * The Euclidean norm of all leaves together, a scalar.
 *
 * @throws TypeError for a tree without leaves
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await optim.globalNorm({ a: tensor([3]), b: [tensor([[4]])] }).item(), 5);
 * ```
 */
export function globalNorm(tree: unknown): Tensor {
  const squares = naming("globalNorm", () => leaves(tree).map((leaf) => ops.sum(ops.mul(leaf, leaf))));
  if (squares.length === 0) throw new TypeError("globalNorm: the tree has no leaves");
  return ops.sqrt(squares.reduce((a, b) => ops.add(a, b)));
}

/**
 * The Euclidean norm of each leaf, by its path: `{ "0.weight": …, "0.bias": … }`. A tree itself, so a jitted step may return it.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const norms = optim.normsByPath([{ weight: tensor([[3, 4]]), bias: tensor([0]) }]);
 * assertEquals(Object.keys(norms), ["0.bias", "0.weight"]);
 * assertEquals(await norms["0.weight"].item(), 5);
 * ```
 */
export function normsByPath(tree: unknown): Record<string, Tensor> {
  return naming("normsByPath", () => {
    const all = leaves(tree);
    return Object.fromEntries(paths(tree).map((path, i) => [path, ops.sqrt(ops.sum(ops.square(all[i])))]));
  });
}

/**
 * Shrinks the updates, all by one factor, so that their {@linkcode globalNorm} is at most `limit`; shorter ones stay as
 * they are: g · limit / norm where norm ≥ limit. A norm that is not a number makes all updates NaN.
 *
 * After Pascanu, Mikolov, Bengio: "On the difficulty of training recurrent neural networks" (2013). As in optax; PyTorch
 * adds 1e-6 to the norm.
 *
 * @throws RangeError for a limit that is not positive
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { w: tensor([0, 0]) };
 * const limited = optim.clipByGlobalNorm(1);
 * const [updates] = limited.update({ w: tensor([0, 8]) }, limited.init(params), params);
 * assertEquals(await updates.w.toArray(), [0, 1]);
 * ```
 */
export function clipByGlobalNorm(limit: number): GradientTransformation<EmptyState> {
  checkNumber("clipByGlobalNorm", "limit", limit, { above: 0 });
  return {
    init: () => ({}),
    update(updates, state) {
      if (leaves(updates).length === 0) return [updates, state];
      const norm = globalNorm(updates);
      const short = ops.less(norm, limit);
      const shrink = (u: Tensor): Tensor => ops.where(short, u, ops.mul(ops.div(u, ops.cast(norm, u.dtype)), limit));
      return [zipTrees("clipByGlobalNorm", shrink, updates), state];
    },
  };
}
