/**
 * Training one variant: the same program for all seeds and data sets, so that it compiles once.
 *
 * @module
 */

import { jit, type nn, ops, optim, random, type Tensor, valueAndGrad } from "../../mod.ts";
import type { Split } from "../data/mnist.ts";
import { batches, firstOf } from "../train/batches.ts";
import { pause } from "../train/pause.ts";
import type { DataName, Settings } from "./options.ts";
import { networkOf, prepare, type VariantName } from "./variants.ts";

/** What a run found. */
export interface RunResult {
  readonly variant: VariantName;
  readonly data: DataName;
  readonly seed: number;
  /** Share of the test images that were recognised. */
  readonly accuracy: number;
  readonly testLoss: number;
  /** Mean training loss of each fortieth of the run. */
  readonly curve: readonly number[];
  readonly seconds: number;
}

/** Trains a variant again and again. */
export interface Trainer {
  readonly network: nn.Network;
  /** One training step: parameters, state, optimiser's state, pixels and labels to the new ones and the loss. */
  step(params: object, state: object, memory: optim.AdamState, pixels: Tensor, labels: Tensor): readonly [
    object,
    object,
    optim.AdamState,
    Tensor,
  ];
  /** Logits in use. */
  infer(params: object, state: object, pixels: Tensor): Tensor;
  /** First values. */
  init(seed: number): { params: object; state: object; memory: optim.AdamState };
}

/** Makes the programs of a variant: Adam, whose learning rate rises for a tenth of the steps and falls along a cosine. */
export function trainerOf(variant: VariantName, totalSteps: number): Trainer {
  const network = networkOf(variant);
  const warmupSteps = Math.ceil(totalSteps / 10);
  const learningRate = optim.warmupCosine({ initial: 1e-4, peak: 4e-3, warmupSteps, totalSteps });
  const optimizer = optim.adam({ learningRate });
  const lossOf = (params: object, state: object, pixels: Tensor, labels: Tensor) => {
    const [logits, next] = network.apply(params, state, prepare(pixels), { train: true });
    return [ops.mean(ops.softmaxCrossEntropy(logits, labels)), next] as const;
  };
  return {
    network,
    step: jit((params: object, state: object, memory: optim.AdamState, pixels: Tensor, labels: Tensor) => {
      const [[loss, next], grads] = valueAndGrad(lossOf, { hasAux: true })(params, state, pixels, labels);
      const [updates, after] = optimizer.update(grads, memory, params);
      return [optim.applyUpdates(params, updates), next, after, loss] as const;
    }, { donate: [0, 1, 2] }),
    infer: jit((params: object, state: object, pixels: Tensor) =>
      network.apply(params, state, prepare(pixels), { train: false })[0]
    ),
    init(seed) {
      const [params, state] = network.init(random.key(seed));
      return { params, state, memory: optimizer.init(params) };
    },
  };
}

/** What a run leaves. */
export interface Trained {
  readonly result: RunResult;
  readonly params: object;
  readonly state: object;
}

/**
 * Trains and tests one variant on one data set with one seed, which draws the first values and the order of the images.
 *
 * @param onStep called after each step with the steps done and their number
 * @returns undefined if the signal came before the end
 */
export async function trainOnce(
  trainer: Trainer,
  variant: VariantName,
  data: DataName,
  { train, test }: { readonly train: Split; readonly test: Split },
  seed: number,
  settings: Settings,
  onStep: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<Trained | undefined> {
  const start = performance.now();
  const images = firstOf(train, settings.images);
  const total = stepsOf(settings);
  let { params, state, memory } = trainer.init(seed);
  const losses: number[] = [];
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const key = random.foldIn(random.key(1000 + seed), epoch);
    const order = await random.permutation(key, images.count).data();
    for (const { pixels, labels } of batches(images, settings.batch, order)) {
      if (labels.size < settings.batch) continue;
      let loss: Tensor;
      [params, state, memory, loss] = trainer.step(params, state, memory, pixels, labels);
      losses.push(await loss.item());
      onStep(losses.length, total);
      await pause();
      if (signal?.aborted) return undefined;
    }
  }
  const tested = await testOf(trainer, params, state, firstOf(test, settings.testImages));
  const result: RunResult = {
    variant,
    data,
    seed,
    ...tested,
    curve: thinned(losses, 40),
    seconds: (performance.now() - start) / 1000,
  };
  return { result, params, state };
}

/** Means of equal stretches. */
export function thinned(values: readonly number[], count: number): number[] {
  const n = Math.min(count, values.length);
  return Array.from({ length: n }, (_, i) => {
    const part = values.slice(Math.floor(i * values.length / n), Math.floor((i + 1) * values.length / n));
    return Number((part.reduce((sum, v) => sum + v, 0) / part.length).toFixed(5));
  });
}

async function testOf(trainer: Trainer, params: object, state: object, test: Split) {
  let [right, loss] = [0, 0];
  const size = 200;
  for (const { pixels, labels } of batches(test, size)) {
    const logits = trainer.infer(params, state, pixels);
    const hits = ops.equal(ops.argmax(logits, { axis: 1 }), labels);
    right += await ops.sum(ops.cast(hits, "int32")).item();
    loss += await ops.sum(ops.softmaxCrossEntropy(logits, labels)).item();
  }
  return { accuracy: right / test.count, testLoss: loss / test.count };
}

/** Steps of a run: whole batches only, so that one program does them all. */
export const stepsOf = ({ images, batch, epochs }: Settings): number => Math.floor(images / batch) * epochs;
