/** Adam and its variant with decoupled weight decay. */
import type { DType } from "../core/dtype.ts";
import { checkOptions, naming } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkNumber, checkRate } from "./check.ts";
import { addDecayedWeights, checkMask, type DecayMask } from "./decay.ts";
import { type LearningRate, type LearningRateState, scaleByLearningRate } from "./scale.ts";
import {
  chain,
  counter,
  type EmptyState,
  type GradientTransformation,
  type Moments,
  zerosLike,
  zipTrees,
} from "./transformation.ts";

/** The moving averages of the gradients and of their squares, and the number of steps taken. */
export interface ScaleByAdamState {
  /** t, an int32 scalar. */
  readonly count: Tensor;
  /** m, like the parameters. */
  readonly mu: Moments;
  /** v, like the parameters. */
  readonly nu: Moments;
}

/** Options of {@linkcode scaleByAdam}. */
export interface ScaleByAdamOptions {
  /** Decay of the average of the gradients; default 0.9. */
  readonly b1?: number;
  /** Decay of the average of their squares; default 0.999. */
  readonly b2?: number;
  /** Added to the root in the denominator; default 1e-8. */
  readonly eps?: number;
}

/** A moving average: decay · average + (1 − decay) · value. */
export function average(decay: number, old: Tensor, value: Tensor): Tensor {
  return ops.add(ops.mul(old, decay), ops.mul(value, 1 - decay));
}

/**
 * 1 − decay^t: what a moving average that began at zero has seen of its values after t steps. By expm1, since the
 * difference would lose most digits in float32 for the first steps.
 */
export function seen(decay: number, count: Tensor, dtype: DType): Tensor | number {
  return decay === 0 ? 1 : ops.neg(ops.expm1(ops.mul(ops.cast(count, dtype), Math.log(decay))));
}

/**
 * Adam's direction: m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², both freed of their bias towards the zero they began
 * at: (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε).
 *
 * @throws RangeError for decays outside of [0, 1) and a negative eps
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const direction = optim.scaleByAdam();
 * const params = { w: tensor([0, 0]) };
 * const [updates] = direction.update({ w: tensor([7, -0.01]) }, direction.init(params), params);
 * const [first, second] = await updates.w.data(); // the first step is the sign of the gradient
 * assertAlmostEquals(first, 1, 1e-5);
 * assertAlmostEquals(second, -1, 1e-5);
 * ```
 */
export function scaleByAdam(options: ScaleByAdamOptions = {}): GradientTransformation<ScaleByAdamState> {
  checkOptions("scaleByAdam", options, ["b1", "b2", "eps"]);
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options;
  checkNumber("scaleByAdam", "b1", b1, { min: 0, below: 1 });
  checkNumber("scaleByAdam", "b2", b2, { min: 0, below: 1 });
  checkNumber("scaleByAdam", "eps", eps, { min: 0 });
  return {
    init: (params) => ({
      count: counter(params),
      mu: zerosLike("scaleByAdam", params as Moments),
      nu: zerosLike("scaleByAdam", params as Moments),
    }),
    update(updates, state) {
      const count = ops.add(state.count, 1);
      const mu = zipTrees("scaleByAdam", (g, m) => average(b1, m, g), updates, state.mu);
      const nu = zipTrees("scaleByAdam", (g, v) => average(b2, v, ops.mul(g, g)), updates, state.nu);
      const shares = new Map<DType, readonly [Tensor | number, Tensor | number]>(); // by dtype, for all leaves alike
      const direction = (m: Tensor, v: Tensor): Tensor => {
        const share = shares.get(m.dtype) ?? [seen(b1, count, m.dtype), seen(b2, count, m.dtype)] as const;
        shares.set(m.dtype, share);
        return ops.div(ops.div(m, share[0]), ops.add(ops.sqrt(ops.div(v, share[1])), eps));
      };
      return [zipTrees("scaleByAdam", direction, mu, nu), { count, mu: mu as Moments, nu: nu as Moments }];
    },
  };
}

/** Options of {@linkcode adam}. */
export interface AdamOptions extends ScaleByAdamOptions {
  /** η: a number, a scalar tensor or a schedule. */
  readonly learningRate: LearningRate;
}

/** The state of {@linkcode adam}. */
export type AdamState = readonly [ScaleByAdamState, LearningRateState];

/**
 * Adam: {@linkcode scaleByAdam}, then {@linkcode scaleByLearningRate}. Equal to PyTorch's and optax's.
 *
 * After Kingma, Ba: "Adam: A Method for Stochastic Optimization" (2015), algorithm 1.
 *
 * @throws RangeError for a negative rate, decays outside of [0, 1), a negative eps
 *
 * @example
 * ```ts
 * import { jit, ops, optim, tensor, valueAndGrad } from "@cotangent/cotangent";
 * import { assert } from "@std/assert";
 *
 * const optimizer = optim.adam({ learningRate: 0.1 });
 * let params = { w: tensor([3, -2]) };
 * let state = optimizer.init(params);
 * let loss = tensor(0);
 * const step = jit((p: typeof params, s: typeof state) => {
 *   const [value, grads] = valueAndGrad((q: typeof params) => ops.sum(ops.mul(q.w, q.w)))(p);
 *   const [updates, next] = optimizer.update(grads, s, p);
 *   return [optim.applyUpdates(p, updates), next, value] as const;
 * });
 * for (let i = 0; i < 100; i++) [params, state, loss] = step(params, state);
 * assert(await loss.item() < 0.1);
 * ```
 */
export function adam(options: AdamOptions): GradientTransformation<AdamState> {
  checkOptions("adam", options, ["learningRate", "b1", "b2", "eps"]);
  const { learningRate, ...rest } = options ?? {};
  checkRate("adam", learningRate);
  return naming("adam", () => chain(scaleByAdam(rest), scaleByLearningRate(learningRate)));
}

/** Options of {@linkcode adamw}. */
export interface AdamwOptions extends AdamOptions {
  /** λ; default 0.01, as in PyTorch. It is multiplied by the learning rate. */
  readonly weightDecay?: number;
  /** Which parameters decay; default: all. */
  readonly mask?: DecayMask;
}

/** The state of {@linkcode adamw}. */
export type AdamwState = readonly [ScaleByAdamState, EmptyState, LearningRateState];

/**
 * Adam with decoupled weight decay: p ← p − η·(Adam's direction + λ·p).
 *
 * After Loshchilov, Hutter: "Decoupled Weight Decay Regularization" (2019).
 *
 * @throws RangeError as {@linkcode adam}, and for a negative decay
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * // Biases and the scales of norms do not decay.
 * const optimizer = optim.adamw({ learningRate: 0.5, weightDecay: 0.5, mask: (_path, p) => p.ndim > 1 });
 * const params = { weight: tensor([[4]]), bias: tensor([4]) };
 * const zero = { weight: tensor([[0]]), bias: tensor([0]) };
 * const [updates] = optimizer.update(zero, optimizer.init(params), params);
 * assertEquals(await updates.weight.toArray(), [[-1]]);
 * assertEquals(Math.abs(await updates.bias.item()), 0);
 * ```
 */
export function adamw(options: AdamwOptions): GradientTransformation<AdamwState> {
  checkOptions("adamw", options, ["learningRate", "b1", "b2", "eps", "weightDecay", "mask"]);
  const { learningRate, weightDecay = 0.01, mask, ...rest } = options ?? {};
  checkRate("adamw", learningRate);
  checkNumber("adamw", "weightDecay", weightDecay, { min: 0 });
  checkMask("adamw", mask);
  return naming(
    "adamw",
    () => chain(scaleByAdam(rest), addDecayedWeights(weightDecay, { mask }), scaleByLearningRate(learningRate)),
  );
}
