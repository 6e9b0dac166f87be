/** Lion. */
import { checkOptions, naming } from "../core/errors.ts";
import * as ops from "../ops/mod.ts";
import { average } from "./adam.ts";
import { checkNumber, checkRate } from "./check.ts";
import { addDecayedWeights, checkMask, type DecayMask } from "./decay.ts";
import { type LearningRate, type LearningRateState, scaleByLearningRate } from "./scale.ts";
import {
  chain,
  type EmptyState,
  type GradientTransformation,
  type Moments,
  zerosLike,
  zipTrees,
} from "./transformation.ts";

/** The moving average of the gradients. */
export interface ScaleByLionState {
  /** m, like the parameters. */
  readonly mu: Moments;
}

/** Options of {@linkcode scaleByLion}. */
export interface ScaleByLionOptions {
  /** How much of the average goes into the direction; default 0.9. */
  readonly b1?: number;
  /** Decay of the average; default 0.99. */
  readonly b2?: number;
}

/**
 * Lion's direction: sign(β₁·m + (1 − β₁)·g), then m ← β₂·m + (1 − β₂)·g.
 *
 * @throws RangeError for decays outside of [0, 1)
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const direction = optim.scaleByLion();
 * const params = { w: tensor([0, 0]) };
 * const [updates] = direction.update({ w: tensor([7, -0.01]) }, direction.init(params), params);
 * assertEquals(await updates.w.toArray(), [1, -1]);
 * ```
 */
export function scaleByLion(options: ScaleByLionOptions = {}): GradientTransformation<ScaleByLionState> {
  checkOptions("scaleByLion", options, ["b1", "b2"]);
  const { b1 = 0.9, b2 = 0.99 } = options;
  checkNumber("scaleByLion", "b1", b1, { min: 0, below: 1 });
  checkNumber("scaleByLion", "b2", b2, { min: 0, below: 1 });
  return {
    init: (params) => ({ mu: zerosLike("scaleByLion", params as Moments) }),
    update(updates, { mu }) {
      const direction = zipTrees("scaleByLion", (g, m) => ops.sign(average(b1, m, g)), updates, mu);
      return [direction, { mu: zipTrees("scaleByLion", (m, g) => average(b2, m, g), mu, updates) }];
    },
  };
}

/** Options of {@linkcode lion}. */
export interface LionOptions extends ScaleByLionOptions {
  /** η: a number, a scalar tensor or a schedule. */
  readonly learningRate: LearningRate;
  /** λ; default 0. It is multiplied by the learning rate. */
  readonly weightDecay?: number;
  /** Which parameters decay; default: all. */
  readonly mask?: DecayMask;
}

/** The state of {@linkcode lion}. */
export type LionState = readonly [ScaleByLionState, EmptyState, LearningRateState];

/**
 * Lion: p ← p − η·(the direction of {@linkcode scaleByLion} + λ·p). It keeps half of Adam's state; its steps are of one
 * size, so that it wants a learning rate three to ten times smaller.
 *
 * After Chen et al.: "Symbolic Discovery of Optimization Algorithms" (2023), algorithm 2.
 *
 * @throws RangeError for a negative rate or decay, and for b1, b2 outside of [0, 1)
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = optim.lion({ learningRate: 0.25 });
 * const params = { w: tensor([1, 1]) };
 * const [updates] = optimizer.update({ w: tensor([9, -9]) }, optimizer.init(params), params);
 * assertEquals(await optim.applyUpdates(params, updates).w.toArray(), [0.75, 1.25]);
 * ```
 */
export function lion(options: LionOptions): GradientTransformation<LionState> {
  checkOptions("lion", options, ["learningRate", "b1", "b2", "weightDecay", "mask"]);
  const { learningRate, weightDecay = 0, mask, ...rest } = options ?? {};
  checkRate("lion", learningRate);
  checkNumber("lion", "weightDecay", weightDecay, { min: 0 });
  checkMask("lion", mask);
  return naming(
    "lion",
    () => chain(scaleByLion(rest), addDecayedWeights(weightDecay, { mask }), scaleByLearningRate(learningRate)),
  );
}
