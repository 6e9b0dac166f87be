/** Losses: how far predictions are from what they should be. */
import { composite } from "../core/composite.ts";
import { type DType, isFloat, promote } from "../core/dtype.ts";
import { checkOptions, describe, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import * as p from "../core/primitives/arithmetic.ts";
import * as c from "../core/primitives/comparison.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { logNormalized, shifted, softplusOf } from "./activation.ts";
import { isClass } from "./indexing.ts";
import { checkNumber, toFloat, toTensor } from "./operands.ts";
import { over } from "./reduction.ts";

/** What becomes of the losses of all elements. */
export interface LossOptions {
  /** Their mean (default), their sum, or each by itself. */
  readonly reduction?: "mean" | "sum" | "none";
}

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** The distance up to which the loss is quadratic; default 1. */
  readonly delta?: number;
}

/**
 * −log of the probability that the softmax of the logits gives to the right class: one loss for each example. The class is
 * counted along the last axis. A label outside 0 … K − 1 gives NaN.
 *
 * @param logits [..., K]
 * @param labels integers [...]
 * @returns [...]
 * @throws TypeError for labels of another shape or no integers
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logits = tensor([[0, 0], [0, 1000]]);
 * const labels = tensor([0, 1], { dtype: "int32" });
 * const losses = await ops.softmaxCrossEntropy(logits, labels).data();
 * assertAlmostEquals(losses[0], Math.LN2, 1e-6);
 * assertAlmostEquals(losses[1], 0);
 * ```
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const t = toTensor("softmaxCrossEntropy", "logits", logits);
  const index = toTensor("softmaxCrossEntropy", "labels", labels);
  if (t.ndim === 0 || t.shape[t.ndim - 1] === 0) {
    throw new TypeError(`softmaxCrossEntropy: the logits must have shape [..., classes], got ${show(t.shape)}`);
  }
  const wanted = t.shape.slice(0, -1);
  if (isFloat(index.dtype) || index.dtype === "bool") {
    throw new TypeError(`softmaxCrossEntropy: labels must be integers, got ${index.dtype}; use ops.cast or ops.argmax`);
  }
  if (!sameShape(index.shape, wanted)) {
    throw new TypeError(
      `softmaxCrossEntropy: logits ${show(t.shape)} need labels of shape ${show(wanted)}, got ${show(index.shape)}`,
    );
  }
  const axis = t.ndim - 1;
  return composite("softmaxCrossEntropy", (logits, labels) => {
    const x = a.convert(logits, toFloat(logits.dtype));
    const logProbabilities = logNormalized(shifted(x, axis), axis);
    const right = isClass(labels, x.shape[axis]);
    // A product with 0 would make NaN of a logit of −∞.
    const picked = a.sum(a.select(right, logProbabilities, a.zerosLike(x)), [axis]);
    const found = a.convert(a.sum(a.convert(right, "int32"), [axis]), "bool");
    return a.select(found, p.apply(a.neg, picked), a.full(picked.shape, NaN, x.dtype));
  }, [t, index]);
}

/** Applies an elementwise loss to two tensors of one shape and reduces it. */
function lossOf(
  operation: string,
  prediction: Tensor,
  target: Tensor,
  { reduction = "mean" }: LossOptions,
  f: (prediction: Tensor, target: Tensor) => Tensor,
  statics: string | number = "",
): Tensor {
  const [x, y] = [toTensor(operation, "the prediction", prediction), toTensor(operation, "the target", target)];
  if (!sameShape(x.shape, y.shape)) {
    throw new TypeError(
      `${operation}: prediction ${show(x.shape)} and target ${
        show(y.shape)
      } must have one shape; a silent broadcast would hide a mistake`,
    );
  }
  if (!["mean", "sum", "none"].includes(reduction)) {
    throw new TypeError(`${operation}: reduction must be "mean", "sum" or "none", got ${describe(reduction)}`);
  }
  const dtype: DType = toFloat(promote(x.dtype, y.dtype));
  return composite(`${operation}:${reduction},${statics},${dtype}`, (x, y) => {
    const losses = f(a.convert(x, dtype), a.convert(y, dtype));
    if (reduction === "none") return losses;
    const total = a.sum(losses, losses.shape.map((_, i) => i));
    return reduction === "sum" ? total : over(total, losses.size);
  }, [x, y]);
}

/**
 * −y log σ(x) − (1 − y) log(1 − σ(x)), for logits x and probabilities y of what they predict; by default the mean over all
 * elements. Without overflow.
 *
 * @param logits any shape
 * @param targets numbers in 0 … 1, of the same shape
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.binaryCrossEntropy(tensor([0, 0]), tensor([0, 1])).item(), Math.LN2, 1e-6);
 * ```
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("binaryCrossEntropy", options, ["reduction"]);
  return lossOf("binaryCrossEntropy", logits, targets, options, (x, y) => {
    // −log σ(x) is softplus(−x), and −log(1 − σ(x)) is softplus(x).
    const negative = a.sub(a.full(y.shape, 1, y.dtype), y);
    return a.add(a.mul(y, softplusOf(p.apply(a.neg, x))), a.mul(negative, softplusOf(x)));
  });
}

/**
 * (prediction − target)², by default the mean over all elements.
 *
 * @throws TypeError if the shapes differ: they do not broadcast
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.meanSquaredError(tensor([1, 2]), tensor([1, 4])).item(), 2);
 * ```
 */
export function meanSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("meanSquaredError", options, ["reduction"]);
  return lossOf("meanSquaredError", prediction, target, options, (x, y) => {
    const difference = a.sub(x, y);
    return a.mul(difference, difference);
  });
}

/**
 * Half the square of the difference d up to delta, delta · (|d| − delta / 2) beyond (Huber 1964); by default the mean over
 * all elements.
 *
 * @throws TypeError if the shapes differ: they do not broadcast
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.huber(tensor([1, 5]), tensor([0, 0]), { reduction: "none" }).toArray(), [0.5, 4.5]);
 * ```
 */
export function huber(prediction: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  checkOptions("huber", options, ["reduction", "delta"]);
  const { delta = 1 } = options;
  checkNumber("huber", "delta", delta, 0);
  return lossOf("huber", prediction, target, options, (x, y) => {
    const difference = a.sub(x, y);
    const distance = p.apply(p.abs, difference);
    const quadratic = a.scale(a.mul(difference, difference), 0.5);
    const linear = a.scale(a.sub(distance, a.full(x.shape, delta / 2, x.dtype)), delta);
    return a.select(c.lessEqual(distance, a.full(x.shape, delta, x.dtype)), quadratic, linear);
  }, delta);
}
