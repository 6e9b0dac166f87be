/**
 * Training a network on any set of labelled images: augmentation, accumulation of gradients, a schedule in three parts, averaged
 * weights, the best model kept, and an early end.
 *
 * @module
 */

import { jit, nn, ops, optim, random, type Tensor, tree, valueAndGrad } from "../../mod.ts";
import {
  augment,
  type AugmentOptions,
  measureNormalisation,
  type Normalisation,
  normaliseBy,
} from "../data/augment.ts";
import { batchCountOf, batchesOf } from "../data/loader.ts";
import type { ImageSource } from "../data/source.ts";
import type { EpochMetrics } from "../train/report.ts";
import { pause } from "../train/pause.ts";
import { EarlyStopping } from "./early_stopping.ts";
import { confusion, correct, correctTop, Mean } from "./metrics.ts";

/** The parameters of the network: a tree for each of its layers. */
export type Params = readonly object[];

/** How to train. */
export interface ClassifyOptions {
  readonly epochs: number;
  /** Images whose gradients are computed together. */
  readonly batch: number;
  /** Batches whose gradients make one update. */
  readonly accumulate: number;
  /** Peak of the learning rate. */
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Of the averaged weights, which are those that are tested and kept; 0: no average. */
  readonly average: number;
  /** Ends the training after so many epochs without a better test; 0: never. */
  readonly patience: number;
  readonly augment: AugmentOptions;
  readonly seed: number;
}

/** What is kept: all that is needed to classify. */
export type Model = { readonly params: Params; readonly normalisation: Normalisation };

/** What a test found. */
export interface TestMetrics {
  readonly loss: number;
  readonly accuracy: number;
  /** The share whose class was among the three likeliest. */
  readonly top3: number;
  /** How often each class (row) was taken for each class (column). */
  readonly confusion: readonly (readonly number[])[];
}

/** The network for images of so many channels: [N, C, H, W], both sides at least 4, to logits [N, classes]. */
export function networkFor({ channels, classes }: Pick<ImageSource, "channels" | "classes">): nn.Layer<Params> {
  return nn.sequential(
    nn.conv2d(channels, 32, { kernelSize: 3, padding: 1 }), // [N, 32, H, W]
    nn.groupNorm(32, { groups: 4 }),
    nn.relu(),
    nn.maxPool2d(2), // [N, 32, H/2, W/2]
    nn.scConv(32, { outChannels: 64, fuse: "paper" }),
    nn.groupNorm(64, { groups: 8 }),
    nn.relu(),
    nn.maxPool2d(2), // [N, 64, H/4, W/4]
    nn.scConv(64, { fuse: "paper" }),
    nn.groupNorm(64, { groups: 8 }),
    nn.relu(),
    nn.adaptiveAvgPool2d(1), // [N, 64, 1, 1]
    nn.flatten(),
    nn.linear(64, classes.length),
  );
}

/** A warm-up over a tenth of the updates, a plateau to the half, then a decay along a cosine to nothing. */
export function scheduleOf(peak: number, updates: number): optim.ScalarSchedule {
  const [warm, half] = [Math.max(1, Math.floor(updates / 10)), Math.max(2, Math.floor(updates / 2))];
  return optim.joinSchedules({
    boundaries: [warm, half],
    schedules: [
      (step) => ops.mul(ops.add(ops.cast(step, "float32"), 1), peak / warm),
      optim.constant(peak),
      optim.cosineDecay({ initial: peak, steps: Math.max(1, updates - half) }),
    ],
  });
}

/** A function that tests a model on a set. */
export function tester(network: nn.Layer<Params>) {
  const test = jit(({ params, normalisation }: Model, images: Tensor, labels: Tensor) => {
    const logits = network.apply(params, normaliseBy(normalisation, images));
    return {
      loss: ops.mean(ops.softmaxCrossEntropy(logits, labels)),
      accuracy: ops.mean(correct(logits, labels)),
      top3: ops.mean(correctTop(logits, labels, Math.min(3, logits.shape[1]))),
      confusion: confusion(logits, labels, logits.shape[1]),
    };
  });
  return async (model: Model, source: ImageSource): Promise<TestMetrics> => {
    const [loss, accuracy, top3] = [new Mean(), new Mean(), new Mean()];
    const size = source.classes.length;
    const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for await (const { images, labels } of batchesOf(source, { batch: 250 })) {
      const result = test(model, images, labels);
      loss.add(await result.loss.item(), labels.size);
      accuracy.add(await result.accuracy.item(), labels.size);
      top3.add(await result.top3.item(), labels.size);
      (await result.confusion.data()).forEach((n, i) => matrix[Math.floor(i / size)][i % size] += n);
      await pause();
    }
    return { loss: loss.value, accuracy: accuracy.value, top3: top3.value, confusion: matrix };
  };
}

/** What follows the training. */
export interface Follower {
  /** After each batch: its loss, and the images in it. */
  step?(metrics: { loss: number; images: number }): void;
  /** After each epoch; `best` if there was none better before. */
  epoch?(metrics: EpochMetrics, model: Model, best: boolean): Promise<void>;
}

/** How a training ended. */
export interface Outcome {
  /** The model with the best test, and that test. */
  readonly best: Model;
  readonly result: TestMetrics;
  /** Whether it ended before its last epoch. */
  readonly stopped: boolean;
}

/**
 * Trains a network.
 *
 * @throws {RangeError} If a loss is no number.
 */
export async function classify(
  train: ImageSource,
  test: ImageSource,
  options: ClassifyOptions,
  follower: Follower = {},
): Promise<Outcome> {
  const { epochs, batch, accumulate, learningRate, weightDecay, average, patience, seed } = options;
  const [forParams, forOrder, forAugment] = random.split(random.key(seed), 3);
  const network = networkFor(train);
  const normalisation = await measureNormalisation(train, 10_000);
  const loading = { batch, dropLast: train.count >= batch };
  const updates = Math.max(1, Math.floor(epochs * batchCountOf(train, loading) / accumulate));
  const rate = scheduleOf(learningRate, updates);
  const optimizer = optim.accumulate(
    optim.chain(optim.clipByGlobalNorm(1), optim.adamw({ learningRate: rate, weightDecay })),
    { steps: accumulate },
  );
  const ema = optim.ema(average); // free of bias, so that the first weights do not weigh on it

  const first = network.init(forParams);
  let state = { params: first, optimizer: optimizer.init(first), ema: ema.init(first), averaged: first };
  type State = typeof state;
  const step = jit((state: State, key: Tensor, normalisation: Normalisation, images: Tensor, labels: Tensor) => {
    const lossOf = (params: Params) => {
      const x = augment(key, normaliseBy(normalisation, images), options.augment);
      return ops.mean(ops.softmaxCrossEntropy(network.apply(params, x), labels));
    };
    const [loss, grads] = valueAndGrad(lossOf)(state.params);
    const [changes, optimizerState] = optimizer.update(grads, state.optimizer, state.params);
    const params = optim.applyUpdates(state.params, changes);
    const [averaged, emaState] = ema.update(params, state.ema, params);
    return [{ params, optimizer: optimizerState, ema: emaState, averaged } as State, loss] as const;
  });

  const testModel = tester(network);
  const stopping = new EarlyStopping({ ...patience > 0 && { patience } });
  let best: Model | undefined, result: TestMetrics | undefined;
  let steps = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const trainLoss = new Mean();
    const start = performance.now();
    for await (const { images, labels } of batchesOf(train, { ...loading, key: random.foldIn(forOrder, epoch) })) {
      const [next, loss] = step(state, random.foldIn(forAugment, steps++), normalisation, images, labels);
      state = next;
      const value = await loss.item();
      if (!Number.isFinite(value)) {
        throw new RangeError(`the loss is ${value} at step ${steps}; try a lower learning rate`);
      }
      trainLoss.add(value, labels.size);
      follower.step?.({ loss: value, images: labels.size });
      await pause();
    }
    const seconds = (performance.now() - start) / 1000;
    const model = { params: average > 0 ? state.averaged : state.params, normalisation };
    const found = await testModel(model, test);
    const { improved, stop } = stopping.observe(found.accuracy);
    if (improved) [best, result] = [{ params: tree.map((t) => t, model.params) as Params, normalisation }, found];
    await follower.epoch?.(
      {
        epoch,
        trainLoss: trainLoss.value,
        testLoss: found.loss,
        testAccuracy: found.accuracy,
        seconds,
        imagesPerSecond: train.count / seconds,
      },
      model,
      improved,
    );
    if (stop) return { best: best!, result: result!, stopped: epoch < epochs };
  }
  return { best: best!, result: result!, stopped: false };
}
