/**
 * Optimisers as pairs of pure functions, `init` and `update`, that join with {@linkcode chain}; learning-rate schedules.
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
export { clip, clipByGlobalNorm, globalNorm } from "./clip.ts";
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
  piecewise,
  type PiecewiseOptions,
  type ScalarSchedule,
  type Schedule,
  warmupCosine,
  type WarmupCosineOptions,
} from "./schedules.ts";
