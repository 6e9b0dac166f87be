/** Scaling updates: by a factor, and by a learning rate that may follow a schedule. */
import { isTensor, type Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkNumber, checkRate } from "./check.ts";
import type { Schedule } from "./schedules.ts";
import { counter, type EmptyState, type GradientTransformation, zipTrees } from "./transformation.ts";

/** A learning rate: a number, a scalar tensor (traced, if it is to change without a new trace) or a schedule. */
export type LearningRate = number | Tensor | Schedule;

/** Multiplies a tensor by a scalar without changing its dtype. */
function times(u: Tensor, factor: number | Tensor): Tensor {
  return ops.mul(u, isTensor(factor) ? ops.cast(factor, u.dtype) : factor);
}

/**
 * Multiplies the updates by a factor.
 *
 * @throws RangeError for a factor that is not finite
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { w: tensor([1, 2]) };
 * const half = optim.scale(0.5);
 * const [updates] = half.update({ w: tensor([4, 8]) }, half.init(params), params);
 * assertEquals(await updates.w.toArray(), [2, 4]);
 * ```
 */
export function scale(factor: number): GradientTransformation<EmptyState> {
  checkNumber("scale", "factor", factor);
  return {
    init: () => ({}),
    update: (updates, state) => [zipTrees("scale", (u) => times(u, factor), updates), state],
  };
}

/** The number of steps taken, if the learning rate follows a schedule. */
export interface LearningRateState {
  /** An int32 scalar. */
  readonly count?: Tensor;
}

/**
 * Multiplies the updates by minus the learning rate: the last link of an optimiser. A schedule is asked for step 0 first;
 * the counter lives in the state, so that one compiled step serves all steps.
 *
 * @throws RangeError for a negative rate or one that is not finite
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const descent = optim.scaleByLearningRate(0.5);
 * const params = { w: tensor([1]) };
 * const [updates] = descent.update({ w: tensor([3]) }, descent.init(params), params);
 * assertEquals(await updates.w.toArray(), [-1.5]);
 * ```
 */
export function scaleByLearningRate(learningRate: LearningRate): GradientTransformation<LearningRateState> {
  checkRate("scaleByLearningRate", learningRate);
  return {
    init: (params) => typeof learningRate === "function" ? { count: counter(params) } : {},
    update(updates, state) {
      if (typeof learningRate !== "function") {
        const factor = typeof learningRate === "number" ? -learningRate : ops.neg(learningRate);
        return [zipTrees("scaleByLearningRate", (u) => times(u, factor), updates), state];
      }
      const count = state.count;
      if (!isTensor(count)) {
        throw new TypeError("scaleByLearningRate: the state has no step counter; make it with init(params)");
      }
      const rate = learningRate(count);
      const factor = isTensor(rate) ? ops.neg(rate) : -rate;
      return [zipTrees("scaleByLearningRate", (u) => times(u, factor), updates), { count: ops.add(count, 1) }];
    },
  };
}
