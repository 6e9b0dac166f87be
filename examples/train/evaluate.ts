/**
 * Testing a network.
 *
 * @module
 */

import { jit, type nn, ops, type Tensor } from "../../mod.ts";
import { classes, type Split } from "../data/mnist.ts";
import { batches } from "./batches.ts";
import { normalise, type Params } from "./model.ts";
import { pause } from "./pause.ts";

/** What a network makes of a split: an entry for each image, and what follows from them. */
export interface TestResult {
  losses: Float32Array;
  predicted: Int32Array;
  /** The probability of the predicted class. */
  probabilities: Float32Array;
  /** Mean loss. */
  loss: number;
  /** The share of the images that were recognised. */
  accuracy: number;
  /** How often each label (row) was taken for each class (column). */
  confusion: number[][];
}

/** Images at a time; it divides MNIST's 10,000, and a pass forward of so many needs less memory than a training step. */
const size = 200;

/** A function that tests the network on a split; undefined if the signal came before the end. */
export function evaluator(model: nn.Layer<Params>) {
  const test = jit((params: Params, pixels: Tensor, labels: Tensor) => {
    const logits = model.apply(params, normalise(pixels)); // [B, 10]
    return {
      losses: ops.softmaxCrossEntropy(logits, labels),
      predicted: ops.argmax(logits, { axis: 1 }),
      probabilities: ops.max(ops.softmax(logits, { axis: 1 }), { axis: 1 }),
    };
  });

  return async (params: Params, split: Split, signal?: AbortSignal): Promise<TestResult | undefined> => {
    const { count, labels } = split;
    const [losses, predicted, probabilities] = [
      new Float32Array(count),
      new Int32Array(count),
      new Float32Array(count),
    ];
    let at = 0;
    for (const { pixels, labels } of batches(split, size)) {
      const result = test(params, pixels, labels);
      losses.set(await result.losses.data(), at);
      predicted.set(await result.predicted.data(), at);
      probabilities.set(await result.probabilities.data(), at);
      at += labels.size;
      await pause();
      if (signal?.aborted) return undefined;
    }
    const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    predicted.forEach((answer, i) => confusion[labels[i]][answer]++);
    const loss = losses.reduce((sum, value) => sum + value, 0) / count;
    const accuracy = confusion.reduce((sum, row, label) => sum + row[label], 0) / count;
    return { losses, predicted, probabilities, loss, accuracy, confusion };
  };
}
