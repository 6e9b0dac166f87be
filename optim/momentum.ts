/** Gradient descent, plain and with momentum. */
import { checkFlag, checkOptions, naming } from "../core/errors.ts";
import * as ops from "../ops/mod.ts";
import { checkNumber, checkRate } from "./check.ts";
import { type LearningRate, type LearningRateState, scaleByLearningRate } from "./scale.ts";
import { chain, type GradientTransformation, type Moments, zerosLike, zipTrees } from "./transformation.ts";

/** Options of {@linkcode sgd}. */
export interface SgdOptions {
  /** η: a number, a scalar tensor or a schedule. */
  readonly learningRate: LearningRate;
}

/**
 * Stochastic gradient descent: p ← p − η·g. With momentum it is {@linkcode momentum}.
 *
 * @throws RangeError for a negative rate
 *
 * @example
 * ```ts
 * import { grad, ops, optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = optim.sgd({ learningRate: 0.25 });
 * let params = { w: tensor([4, -2]) };
 * const state = optimizer.init(params);
 * const grads = grad((p: typeof params) => ops.sum(ops.mul(p.w, p.w)))(params);
 * const [updates] = optimizer.update(grads, state, params);
 * params = optim.applyUpdates(params, updates);
 * assertEquals(await params.w.toArray(), [2, -1]);
 * ```
 */
export function sgd(options: SgdOptions): GradientTransformation<LearningRateState> {
  checkOptions("sgd", options, ["learningRate"]);
  checkRate("sgd", options?.learningRate);
  return scaleByLearningRate(options.learningRate);
}

/** The velocity: a decaying sum of the gradients. */
export interface MomentumState {
  /** v, like the parameters. */
  readonly trace: Moments;
}

/** Options of {@linkcode scaleByMomentum}. */
export interface ScaleByMomentumOptions {
  /** How much of the velocity stays, μ; default 0.9. */
  readonly momentum?: number;
  /** Looks ahead: g + μ·v in place of v; default false. */
  readonly nesterov?: boolean;
}

/**
 * Replaces the updates by their decaying sum: v ← μ·v + g.
 *
 * @throws RangeError for a momentum outside of [0, 1)
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const velocity = optim.scaleByMomentum({ momentum: 0.5 });
 * const params = { w: tensor([0]) };
 * const [, state] = velocity.update({ w: tensor([4]) }, velocity.init(params), params);
 * const [updates] = velocity.update({ w: tensor([1]) }, state, params);
 * assertEquals(await updates.w.toArray(), [3]);
 * ```
 */
export function scaleByMomentum(options: ScaleByMomentumOptions = {}): GradientTransformation<MomentumState> {
  checkOptions("scaleByMomentum", options, ["momentum", "nesterov"]);
  const { momentum = 0.9, nesterov = false } = options;
  checkNumber("scaleByMomentum", "momentum", momentum, { min: 0, below: 1 });
  checkFlag("scaleByMomentum", "nesterov", nesterov);
  return {
    init: (params) => ({ trace: zerosLike("scaleByMomentum", params as Moments) }),
    update(updates, state) {
      const trace = zipTrees("scaleByMomentum", (g, v) => ops.add(ops.mul(v, momentum), g), updates, state.trace);
      const ahead = nesterov
        ? zipTrees("scaleByMomentum", (g, v) => ops.add(g, ops.mul(v, momentum)), updates, trace)
        : trace;
      return [ahead, { trace: trace as Moments }];
    },
  };
}

/** Options of {@linkcode momentum}. */
export interface MomentumOptions extends ScaleByMomentumOptions {
  /** η: a number, a scalar tensor or a schedule. */
  readonly learningRate: LearningRate;
}

/**
 * Gradient descent with momentum: v ← μ·v + g, p ← p − η·v, with `nesterov` p ← p − η·(g + μ·v). As in PyTorch (dampening
 * 0) and optax.
 *
 * After Sutskever, Martens, Dahl, Hinton: "On the importance of initialization and momentum in deep learning" (2013).
 *
 * @throws RangeError for a negative rate or a momentum outside of [0, 1)
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = optim.momentum({ learningRate: 0.5, momentum: 0.5 });
 * const params = { w: tensor([0]) };
 * const [, state] = optimizer.update({ w: tensor([4]) }, optimizer.init(params), params);
 * const [updates] = optimizer.update({ w: tensor([0]) }, state, params);
 * assertEquals(await updates.w.toArray(), [-1]);
 * ```
 */
export function momentum(
  options: MomentumOptions,
): GradientTransformation<readonly [MomentumState, LearningRateState]> {
  checkOptions("momentum", options, ["learningRate", "momentum", "nesterov"]);
  const { learningRate, ...rest } = options ?? {};
  checkRate("momentum", learningRate);
  return naming("momentum", () => chain(scaleByMomentum(rest), scaleByLearningRate(learningRate)));
}
