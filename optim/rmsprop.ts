/** RMSprop. */
import { checkFlag, checkOptions, naming } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { average } from "./adam.ts";
import { checkNumber, checkRate } from "./check.ts";
import { scaleByMomentum } from "./momentum.ts";
import { type LearningRate, scaleByLearningRate } from "./scale.ts";
import { chain, type GradientTransformation, type Moments, zerosLike, zipTrees } from "./transformation.ts";

/** The moving average of the squares of the gradients and, if centered, of the gradients. */
export interface ScaleByRmsState {
  /** v, like the parameters. */
  readonly nu: Moments;
  /** The average of the gradients, if centered. */
  readonly mu?: Moments;
}

/** Options of {@linkcode scaleByRms}. */
export interface ScaleByRmsOptions {
  /** Decay of the averages; default 0.9 (PyTorch's is 0.99). */
  readonly decay?: number;
  /** Keeps the denominator from 0; default 1e-8. */
  readonly eps?: number;
  /** Where eps stands: √(v + eps) as in optax, which is the default, or √v + eps as in PyTorch. */
  readonly epsInRoot?: boolean;
  /** Divides by the standard deviation instead of the root mean square; default false. */
  readonly centered?: boolean;
}

const rmsNames = ["decay", "eps", "epsInRoot", "centered"];

/**
 * Divides the updates by the root of the moving average of their squares: v ← ρ·v + (1 − ρ)·g², g / √(v + ε).
 *
 * @throws RangeError for a decay outside of [0, 1) and a negative eps
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const normal = optim.scaleByRms({ decay: 0.75 });
 * const params = { w: tensor([0]) };
 * const [updates] = normal.update({ w: tensor([5]) }, normal.init(params), params);
 * assertAlmostEquals(await updates.w.item(), 2, 1e-5); // 5 / √(25 / 4)
 * ```
 */
export function scaleByRms(options: ScaleByRmsOptions = {}): GradientTransformation<ScaleByRmsState> {
  checkOptions("scaleByRms", options, rmsNames);
  const { decay = 0.9, eps = 1e-8, epsInRoot = true, centered = false } = options;
  checkNumber("scaleByRms", "decay", decay, { min: 0, below: 1 });
  checkNumber("scaleByRms", "eps", eps, { min: 0 });
  checkFlag("scaleByRms", "epsInRoot", epsInRoot);
  checkFlag("scaleByRms", "centered", centered);
  const root = (v: Tensor): Tensor => epsInRoot ? ops.sqrt(ops.add(v, eps)) : ops.add(ops.sqrt(v), eps);
  return {
    init(params) {
      const nu = zerosLike("scaleByRms", params as Moments);
      return centered ? { nu, mu: zerosLike("scaleByRms", params as Moments) } : { nu };
    },
    update(updates, state) {
      const nu = zipTrees("scaleByRms", (g, v) => average(decay, v, ops.mul(g, g)), updates, state.nu);
      if (!centered) return [zipTrees("scaleByRms", (g, v) => ops.div(g, root(v)), updates, nu), { nu: nu as Moments }];
      const mu = zipTrees("scaleByRms", (g, m) => average(decay, m, g), updates, state.mu);
      // Rounding can bring the variance of a constant gradient below zero.
      const variance = (v: Tensor, m: Tensor): Tensor => ops.maximum(ops.sub(v, ops.mul(m, m)), 0);
      const scaled = zipTrees("scaleByRms", (g, v, m) => ops.div(g, root(variance(v, m))), updates, nu, mu);
      return [scaled, { nu: nu as Moments, mu: mu as Moments }];
    },
  };
}

/** Options of {@linkcode rmsprop}. */
export interface RmspropOptions extends ScaleByRmsOptions {
  /** η: a number, a scalar tensor or a schedule. */
  readonly learningRate: LearningRate;
  /** Sends the scaled gradients through a momentum; default: none. */
  readonly momentum?: number;
}

/**
 * RMSprop: {@linkcode scaleByRms}, {@linkcode scaleByMomentum} where asked for, {@linkcode scaleByLearningRate}. The
 * defaults are optax's; `{ decay: 0.99, epsInRoot: false }` are PyTorch's.
 *
 * After Hinton's lecture 6e of "Neural Networks for Machine Learning" (2012), `centered` after Graves: "Generating
 * Sequences With Recurrent Neural Networks" (2013).
 *
 * @throws RangeError for a negative rate, a decay or momentum outside of [0, 1), a negative eps
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const optimizer = optim.rmsprop({ learningRate: 0.1, decay: 0.75 });
 * const params = { w: tensor([1]) };
 * const [updates] = optimizer.update({ w: tensor([-3]) }, optimizer.init(params), params);
 * assertAlmostEquals(await optim.applyUpdates(params, updates).w.item(), 1.2, 1e-5);
 * ```
 */
export function rmsprop(options: RmspropOptions): GradientTransformation {
  checkOptions("rmsprop", options, ["learningRate", "momentum", ...rmsNames]);
  const { learningRate, momentum, ...rest } = options ?? {};
  checkRate("rmsprop", learningRate);
  return naming(
    "rmsprop",
    () =>
      momentum === undefined
        ? chain(scaleByRms(rest), scaleByLearningRate(learningRate))
        : chain(scaleByRms(rest), scaleByMomentum({ momentum }), scaleByLearningRate(learningRate)),
  );
}
