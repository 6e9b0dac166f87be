/** Exponential moving averages, of gradients or of parameters. */
import { checkChoice, checkFlag, checkOptions } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { average, seen } from "./adam.ts";
import { checkNumber } from "./check.ts";
import { counter, type GradientTransformation, type Moments, zerosLike, zipTrees } from "./transformation.ts";

/** The average, and the number of values in it. */
export interface EmaState {
  /** How many values the average holds; an int32 scalar. */
  readonly count: Tensor;
  /** The average, not yet freed of its bias. */
  readonly average: Moments;
}

/** Options of {@linkcode ema}. */
export interface EmaOptions {
  /** Divides by 1 − decayᵗ, which frees the average of the zero it began at; default: true from zeros. */
  readonly debias?: boolean;
  /** What the average begins with: zeros (default), or what `init` is given. */
  readonly start?: "zeros" | "params";
}

/**
 * Replaces updates by their exponential moving average: e ← d·e + (1 − d)·u. In a chain it smooths gradients. On its own it
 * averages parameters along the training, whose average is often the better network: feed it the parameters.
 *
 * @throws RangeError for a decay outside of [0, 1)
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const ema = optim.ema(0.5, { start: "params" });
 * const before = { w: tensor([0]) };
 * const after = { w: tensor([4]) };
 * const [averaged] = ema.update(after, ema.init(before), after);
 * assertEquals(await averaged.w.toArray(), [2]);
 * ```
 */
export function ema(decay: number, options: EmaOptions = {}): GradientTransformation<EmaState> {
  checkNumber("ema", "decay", decay, { min: 0, below: 1 });
  checkOptions("ema", options, ["debias", "start"]);
  const { start = "zeros", debias = start === "zeros" } = options;
  checkFlag("ema", "debias", debias);
  checkChoice("ema", "start", start, ["zeros", "params"]);
  if (debias && start === "params") {
    throw new TypeError('ema: debias is for an average that starts at zeros; leave it out with start: "params"');
  }
  return {
    init: (params) => ({
      count: counter(params),
      // A copy: sharing a buffer with the parameters would forbid to donate both.
      average: start === "zeros"
        ? zerosLike("ema", params as Moments)
        : zipTrees("ema", (p) => ops.mul(p, 1), params as Moments),
    }),
    update(updates, state) {
      const count = ops.add(state.count, 1);
      const next = zipTrees("ema", (u, e) => average(decay, e, u), updates, state.average);
      const shown = debias ? zipTrees("ema", (e) => ops.div(e, seen(decay, count, e.dtype)), next) : next;
      return [shown, { count, average: next as Moments }];
    },
  };
}
