/** Learning rates as functions of the step, written with operations so that they trace into a compiled step. */
import { tensor } from "../core/creation.ts";
import { checkFlag, checkOptions, describe } from "../core/errors.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkNumber } from "./check.ts";

/**
 * A value for each step, counted from 0. Optimisers call it with their int32 counter, which is traced under `jit`: a
 * schedule of your own must use operations (`ops.where` in place of `if`).
 */
export type Schedule = (step: Tensor) => Tensor | number;

/** A schedule that takes numbers too, for looking at it; gives a float32 scalar. */
export type ScalarSchedule = (step: Tensor | number) => Tensor;

/** The step as a float32 scalar. */
function steps(operation: string, step: Tensor | number): Tensor {
  if (typeof step === "number") return tensor(step);
  if (!isTensor(step)) {
    throw new TypeError(`${operation}: the step must be a number or a scalar tensor, got ${describe(step)}`);
  }
  return ops.cast(step, "float32");
}

/** A scalar of one value, on the device of `t` and traced with it. */
const same = (t: Tensor, value: number): Tensor => ops.add(ops.mul(t, 0), value);

/**
 * The same value at every step.
 *
 * @throws RangeError for a value that is not finite
 *
 * @example
 * ```ts
 * import { optim } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await optim.constant(0.5)(1000).item(), 0.5);
 * ```
 */
export function constant(value: number): ScalarSchedule {
  checkNumber("constant", "value", value);
  return (step) => same(steps("constant", step), value);
}

/** Options of {@linkcode cosineDecay}. */
export interface CosineDecayOptions {
  /** The value at step 0. */
  readonly initial: number;
  /** The steps that the decay takes. */
  readonly steps: number;
  /** The value from then on; default 0. */
  readonly final?: number;
}

/** From `initial` at fraction 0 to `final` at 1 along half a cosine. */
function halfCosine(fraction: Tensor, initial: number, final: number): Tensor {
  const wave = ops.mul(ops.add(ops.cos(ops.mul(fraction, Math.PI)), 1), 0.5);
  return ops.add(ops.mul(wave, initial - final), final);
}

/**
 * Half a cosine from `initial` to `final`: final + (initial − final)·(1 + cos(π·min(t, steps)/steps))/2.
 *
 * After Loshchilov, Hutter: "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), equation 5.
 *
 * @throws RangeError for values that are not finite and `steps` below 1
 *
 * @example
 * ```ts
 * import { optim } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rate = optim.cosineDecay({ initial: 0.1, steps: 100 });
 * assertAlmostEquals(await rate(0).item(), 0.1, 1e-6);
 * assertAlmostEquals(await rate(50).item(), 0.05, 1e-6);
 * assertAlmostEquals(await rate(200).item(), 0, 1e-6);
 * ```
 */
export function cosineDecay(options: CosineDecayOptions): ScalarSchedule {
  checkOptions("cosineDecay", options, ["initial", "steps", "final"]);
  const { initial, steps: total, final = 0 } = options ?? {};
  checkNumber("cosineDecay", "initial", initial);
  checkNumber("cosineDecay", "steps", total, { min: 1, integer: true });
  checkNumber("cosineDecay", "final", final);
  return (step) => halfCosine(ops.div(ops.minimum(steps("cosineDecay", step), total), total), initial, final);
}

/** Options of {@linkcode warmupCosine}. */
export interface WarmupCosineOptions {
  /** The highest value, reached after the warm-up. */
  readonly peak: number;
  /** The steps from `initial` to `peak`, in a straight line; 0 for none. */
  readonly warmupSteps: number;
  /** All steps, those of the warm-up included; from then on the value is `final`. */
  readonly totalSteps: number;
  /** The value at step 0; default 0. */
  readonly initial?: number;
  /** The value at the end; default 0. */
  readonly final?: number;
}

/**
 * A straight line up to the peak, then half a cosine down: optax's `warmup_cosine_decay_schedule`.
 *
 * The warm-up is from Goyal et al.: "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour" (2017), section 2.2.
 *
 * @throws RangeError for values that are not finite and for totalSteps not above warmupSteps
 *
 * @example
 * ```ts
 * import { optim } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rate = optim.warmupCosine({ peak: 0.01, warmupSteps: 10, totalSteps: 110 });
 * assertAlmostEquals(await rate(5).item(), 0.005, 1e-7);
 * assertAlmostEquals(await rate(10).item(), 0.01, 1e-7);
 * assertAlmostEquals(await rate(60).item(), 0.005, 1e-7);
 * ```
 */
export function warmupCosine(options: WarmupCosineOptions): ScalarSchedule {
  checkOptions("warmupCosine", options, ["peak", "warmupSteps", "totalSteps", "initial", "final"]);
  const { peak, warmupSteps, totalSteps, initial = 0, final = 0 } = options ?? {};
  checkNumber("warmupCosine", "peak", peak);
  checkNumber("warmupCosine", "warmupSteps", warmupSteps, { min: 0, integer: true });
  checkNumber("warmupCosine", "totalSteps", totalSteps, { integer: true });
  checkNumber("warmupCosine", "initial", initial);
  checkNumber("warmupCosine", "final", final);
  if (totalSteps <= warmupSteps) {
    throw new RangeError(
      `warmupCosine: totalSteps includes the warm-up: it must be above warmupSteps, got ${totalSteps} and ${warmupSteps}`,
    );
  }
  return (step) => {
    const t = steps("warmupCosine", step);
    const decay = totalSteps - warmupSteps;
    const down = halfCosine(ops.div(ops.clip(ops.sub(t, warmupSteps), 0, decay), decay), peak, final);
    if (warmupSteps === 0) return down;
    const up = ops.add(ops.mul(ops.div(t, warmupSteps), peak - initial), initial);
    return ops.where(ops.less(t, warmupSteps), up, down);
  };
}

/** Options of {@linkcode exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** The value at step 0. */
  readonly initial: number;
  /** The factor by which the value changes every `steps` steps. */
  readonly rate: number;
  /** Default 1. */
  readonly steps?: number;
  /** Changes the value every `steps` steps at once instead of smoothly; default false. */
  readonly staircase?: boolean;
  /** The step at which the decay begins; default 0. */
  readonly begin?: number;
  /** Where the decay stops, if it is to stop. */
  readonly final?: number;
}

/**
 * initial · rate^(t / steps), from step `begin` on and never beyond `final`.
 *
 * @throws RangeError for values that are not finite, a rate that is not positive, steps below 1
 *
 * @example
 * ```ts
 * import { optim } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rate = optim.exponentialDecay({ initial: 0.1, rate: 0.5, steps: 10, staircase: true });
 * assertAlmostEquals(await rate(9).item(), 0.1, 1e-6);
 * assertAlmostEquals(await rate(20).item(), 0.025, 1e-6);
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): ScalarSchedule {
  checkOptions("exponentialDecay", options, ["initial", "rate", "steps", "staircase", "begin", "final"]);
  const { initial, rate, steps: period = 1, staircase = false, begin = 0, final } = options ?? {};
  checkNumber("exponentialDecay", "initial", initial);
  checkNumber("exponentialDecay", "rate", rate, { above: 0 });
  checkNumber("exponentialDecay", "steps", period, { min: 1, integer: true });
  checkFlag("exponentialDecay", "staircase", staircase);
  checkNumber("exponentialDecay", "begin", begin, { min: 0, integer: true });
  if (final !== undefined) checkNumber("exponentialDecay", "final", final);
  return (step) => {
    const t = ops.maximum(ops.sub(steps("exponentialDecay", step), begin), 0);
    const periods = staircase ? ops.floor(ops.div(t, period)) : ops.div(t, period);
    const value = ops.mul(ops.exp(ops.mul(periods, Math.log(rate))), initial);
    if (final === undefined) return value;
    return final < initial ? ops.maximum(value, final) : ops.minimum(value, final);
  };
}

/** Options of {@linkcode piecewise}. */
export interface PiecewiseOptions {
  /** The steps at which the value changes, rising. */
  readonly boundaries: readonly number[];
  /** The values: the first up to the first boundary, the next from there on; one more than boundaries. */
  readonly values: readonly number[];
}

/**
 * A value for each stretch of steps: `values[i]` from step `boundaries[i − 1]` on.
 *
 * @throws TypeError if the lists do not fit together, RangeError if boundaries do not rise
 *
 * @example
 * ```ts
 * import { optim } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const rate = optim.piecewise({ boundaries: [10, 20], values: [1, 0.5, 0.25] });
 * assertEquals([await rate(9).item(), await rate(10).item(), await rate(99).item()], [1, 0.5, 0.25]);
 * ```
 */
export function piecewise(options: PiecewiseOptions): ScalarSchedule {
  checkOptions("piecewise", options, ["boundaries", "values"]);
  const { boundaries, values } = options ?? {};
  for (const [name, list] of Object.entries({ boundaries, values })) {
    if (!Array.isArray(list)) {
      throw new TypeError(`piecewise: ${name} must be an array of numbers, got ${describe(list)}`);
    }
  }
  if (values.length !== boundaries.length + 1) {
    throw new TypeError(
      `piecewise: needs one value more than boundaries, got ${values.length} values for ${boundaries.length} boundaries`,
    );
  }
  values.forEach((value, i) => checkNumber("piecewise", `values[${i}]`, value));
  boundaries.forEach((step, i) => {
    checkNumber("piecewise", `boundaries[${i}]`, step, { integer: true, above: i === 0 ? 0 : boundaries[i - 1] });
  });
  const [first, ...later] = values.slice();
  const at = boundaries.slice();
  return (step) => {
    const t = steps("piecewise", step);
    return later.reduce((value, next, i) => ops.where(ops.greaterEqual(t, at[i]), next, value), same(t, first));
  };
}

/** Options of {@linkcode joinSchedules}. */
export interface JoinSchedulesOptions {
  /** The steps at which the next schedule takes over, rising. */
  readonly boundaries: readonly number[];
  /** The schedules; one more than boundaries. Each counts its steps from where it takes over. */
  readonly schedules: readonly Schedule[];
}

/**
 * One schedule after the other, each counted from its own beginning: a warm-up, a plateau, a decay.
 *
 * @throws TypeError if the lists do not fit together, RangeError if boundaries do not rise
 *
 * @example
 * ```ts
 * import { optim } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const plateau = optim.constant(0.1), decay = optim.cosineDecay({ initial: 0.1, steps: 50 });
 * const rate = optim.joinSchedules({ boundaries: [100], schedules: [plateau, decay] });
 * assertAlmostEquals(await rate(99).item(), 0.1, 1e-6);
 * assertAlmostEquals(await rate(125).item(), 0.05, 1e-6);
 * ```
 */
export function joinSchedules(options: JoinSchedulesOptions): ScalarSchedule {
  checkOptions("joinSchedules", options, ["boundaries", "schedules"]);
  const { boundaries, schedules } = options ?? {};
  for (const [name, list] of Object.entries({ boundaries, schedules })) {
    if (!Array.isArray(list)) throw new TypeError(`joinSchedules: ${name} must be an array, got ${describe(list)}`);
  }
  if (schedules.length !== boundaries.length + 1) {
    throw new TypeError(
      `joinSchedules: needs one schedule more than boundaries, got ${schedules.length} for ${boundaries.length} boundaries`,
    );
  }
  schedules.forEach((schedule, i) => {
    if (typeof schedule !== "function") {
      throw new TypeError(`joinSchedules: schedules[${i}] must be a function, got ${describe(schedule)}`);
    }
  });
  boundaries.forEach((step, i) => {
    checkNumber("joinSchedules", `boundaries[${i}]`, step, { integer: true, above: i === 0 ? 0 : boundaries[i - 1] });
  });
  const [first, ...later] = schedules.slice();
  const at = boundaries.slice();
  return (step) => {
    const t = steps("joinSchedules", step);
    const scalar = (value: Tensor | number): Tensor =>
      typeof value === "number" ? same(t, value) : ops.cast(value, "float32");
    return later.reduce<Tensor>(
      (value, next, i) => ops.where(ops.greaterEqual(t, at[i]), scalar(next(ops.sub(t, at[i]))), value),
      scalar(first(t)),
    );
  };
}
