/**
 * Optimisers as pairs of pure functions, `init` and `update`, that join with {@linkcode chain}; learning-rate schedules.
 *
 * ```ts
 * import { grad, ops, optim, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.adam({ learningRate: 0.1 }));
 * const slope = grad((p: { x: Tensor }) => ops.square(ops.sub(p.x, 3)));
 * let params = { x: tensor(0) };
 * let state = optimizer.init(params);
 * for (let step = 0; step < 200; step++) {
 *   const [updates, next] = optimizer.update(slope(params), state, params);
 *   [params, state] = [optim.applyUpdates(params, updates), next];
 * }
 * assertAlmostEquals(await params.x.item(), 3, 0.05);
 * ```
 *
 * @module
 */
export {
  applyUpdates,
  chain,
  type EmptyState,
  type GradientTransformation,
  type Moments,
  type StatesOf,
} from "./transformation.ts";
export { type LearningRate, type LearningRateState, scale, scaleByLearningRate } from "./scale.ts";
export { clip, clipByGlobalNorm, globalNorm, normsByPath } from "./clip.ts";
export { addDecayedWeights, type DecayMask } from "./decay.ts";
export { accumulate, type AccumulateState } from "./accumulate.ts";
export { ema, type EmaOptions, type EmaState } from "./ema.ts";
export {
  momentum,
  type MomentumOptions,
  type MomentumState,
  scaleByMomentum,
  type ScaleByMomentumOptions,
  sgd,
  type SgdOptions,
} from "./momentum.ts";
export {
  adam,
  type AdamOptions,
  type AdamState,
  adamw,
  type AdamwOptions,
  type AdamwState,
  scaleByAdam,
  type ScaleByAdamOptions,
  type ScaleByAdamState,
} from "./adam.ts";
export { rmsprop, type RmspropOptions, scaleByRms, type ScaleByRmsOptions, type ScaleByRmsState } from "./rmsprop.ts";
export {
  lion,
  type LionOptions,
  type LionState,
  scaleByLion,
  type ScaleByLionOptions,
  type ScaleByLionState,
} from "./lion.ts";
export {
  constant,
  cosineDecay,
  type CosineDecayOptions,
  exponentialDecay,
  type ExponentialDecayOptions,
  joinSchedules,
  type JoinSchedulesOptions,
  piecewise,
  type PiecewiseOptions,
  type ScalarSchedule,
  type Schedule,
  warmupCosine,
  type WarmupCosineOptions,
} from "./schedules.ts";
