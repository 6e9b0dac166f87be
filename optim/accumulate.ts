/** Larger batches than memory holds: one step for several gradients. */
import { checkOptions } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkNumber, checkTransformation } from "./check.ts";
import { counter, type GradientTransformation, type Moments, zerosLike, zipTrees } from "./transformation.ts";

/** The mean of the gradients so far, how many they are, and the state of the inner transformation. */
export interface AccumulateState<S extends object> {
  /** How many gradients the mean holds; an int32 scalar. */
  readonly count: Tensor;
  /** Their sum over the number of steps. */
  readonly mean: Moments;
  /** The state of the inner transformation. */
  readonly inner: S;
}

/**
 * Gives the inner transformation the mean of every `steps` gradients; the updates of the calls between are zero.
 *
 * A compiled step is the same program each time, so that the inner update is computed at every call and chosen at the
 * last: right for optimisers, whose cost is small beside that of a gradient.
 *
 * @throws RangeError if `steps` is no positive integer
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = optim.accumulate(optim.sgd({ learningRate: 1 }), { steps: 2 });
 * const params = { w: tensor([0]) };
 * const [first, state] = optimizer.update({ w: tensor([2]) }, optimizer.init(params), params);
 * const [second] = optimizer.update({ w: tensor([4]) }, state, params);
 * assertEquals([await first.w.item(), await second.w.item()], [0, -3]);
 * ```
 */
export function accumulate<S extends object>(
  inner: GradientTransformation<S>,
  options: { readonly steps: number },
): GradientTransformation<AccumulateState<S>> {
  checkTransformation("accumulate", "the first argument", inner);
  checkOptions("accumulate", options, ["steps"]);
  const steps = options?.steps;
  checkNumber("accumulate", "steps", steps, { min: 1, integer: true });
  return {
    init: (params) => ({
      count: counter(params),
      mean: zerosLike("accumulate", params as Moments),
      inner: inner.init(params),
    }),
    update(updates, state, params) {
      const mean = zipTrees("accumulate", (g, m) => ops.add(m, ops.div(g, steps)), updates, state.mean);
      const last = ops.equal(state.count, steps - 1);
      const [candidate, next] = inner.update(mean, state.inner, params);
      const orZero = (t: Tensor): Tensor => ops.where(last, t, 0);
      return [zipTrees("accumulate", orZero, candidate), {
        count: ops.where(last, 0, ops.add(state.count, 1)),
        mean: zipTrees("accumulate", (m) => ops.where(last, 0, m), mean) as Moments,
        inner: zipTrees("accumulate", (after, before) => ops.where(last, after, before), next, state.inner),
      }];
    },
  };
}
