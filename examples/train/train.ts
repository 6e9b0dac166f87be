/**
 * Training: the step, and the loop over it.
 *
 * @module
 */

import { jit, type nn, ops, optim, random, type Tensor, valueAndGrad } from "../../mod.ts";
import type { Split } from "../data/mnist.ts";
import { batchCount, batches, batchSize } from "./batches.ts";
import { evaluator, type TestResult } from "./evaluate.ts";
import { models, normalise, type Params } from "./model.ts";
import type { TrainOptions } from "./options.ts";
import { pause } from "./pause.ts";
import type { StepMetrics } from "./progress.ts";
import type { EpochMetrics } from "./report.ts";

/** What stays the same in a run. */
export interface Task {
  options: TrainOptions;
  model: nn.Layer<Params>;
  optimizer: optim.GradientTransformation<optim.AdamState>;
  train: Split;
  test: Split;
}

/** What training changes: with the task, all that is needed to go on after any step. */
export interface Run {
  params: Params;
  state: optim.AdamState;
  /** The loss of every step so far. */
  losses: number[];
  /** The epochs that are done. */
  epochs: EpochMetrics[];
  /** Seconds of training in the epoch that is not done. */
  seconds: number;
}

/** Who follows a run. */
export interface Follower {
  /** After each step. */
  step?(metrics: StepMetrics): void;
  /** After each epoch. */
  epoch?(metrics: EpochMetrics): Promise<void>;
  /** Ends the run after the step in which it comes. */
  signal?: AbortSignal;
}

/** The end of a run that cannot go on, because its loss is no number. */
export class Divergence extends Error {
  override name = "Divergence";
}

/** The network and its optimiser: Adam, whose learning rate rises for a fifth of the steps and falls along a cosine. */
export function prepare(options: TrainOptions, train: Split, test: Split): Task {
  const totalSteps = options.epochs * batchCount(train.count, options.batch);
  const learningRate = optim.warmupCosine({
    initial: options.learningRate / 25,
    peak: options.learningRate,
    warmupSteps: Math.floor(totalSteps / 5),
    totalSteps,
  });
  return { options, model: models[options.model](train), optimizer: optim.adam({ learningRate }), train, test };
}

/** The keys of the weights and of the order of the images. */
const keysOf = ({ options }: Task): Tensor[] => random.split(random.key(options.seed));

/** First parameters and the optimiser's first state. */
export function init({ model, optimizer }: Task, key: Tensor): Pick<Run, "params" | "state"> {
  const params = model.init(key);
  return { params, state: optimizer.init(params) };
}

/** A run before its first step. */
export const begin = (task: Task): Run => ({ ...init(task, keysOf(task)[0]), losses: [], epochs: [], seconds: 0 });

/** The training step: new parameters, the optimiser's new state, loss and accuracy on the batch. */
export function stepOf({ model, optimizer }: Task) {
  const lossOf = (params: Params, pixels: Tensor, labels: Tensor) => {
    const logits = model.apply(params, normalise(pixels)); // [B, 10]
    const right = ops.equal(ops.argmax(logits, { axis: 1 }), labels);
    return [ops.mean(ops.softmaxCrossEntropy(logits, labels)), ops.mean(ops.cast(right, "float32"))] as const;
  };
  return (params: Params, state: optim.AdamState, pixels: Tensor, labels: Tensor) => {
    const [[loss, accuracy], grads] = valueAndGrad(lossOf, { hasAux: true })(params, pixels, labels);
    const [updates, next] = optimizer.update(grads, state, params);
    return [optim.applyUpdates(params, updates), next, loss, accuracy] as const;
  };
}

/**
 * Goes on with a run to its end, or until the signal comes. Each epoch takes all images in an order of its own, drawn with
 * the key of the epoch; so the seed and the number of steps done say what comes next.
 *
 * @returns the last test, if the run came to its end
 * @throws {Divergence} If a loss is no number.
 */
export async function train(run: Run, task: Task, follower: Follower = {}): Promise<TestResult | undefined> {
  const { options: { epochs, batch }, model, train, test } = task;
  const { signal } = follower;
  const step = jit(stepOf(task), { donate: [0, 1] });
  const evaluate = evaluator(model);
  const orderKey = keysOf(task)[1];

  for (let epoch = run.epochs.length; epoch < epochs; epoch++) {
    const order = await random.permutation(random.foldIn(orderKey, epoch), train.count).data();
    const done = run.losses.length - epoch * batchCount(train.count, batch);
    let start = performance.now();
    for (const { pixels, labels } of batches(train, batch, order, done)) {
      const [params, state, loss, accuracy] = step(run.params, run.state, pixels, labels);
      Object.assign(run, { params, state });
      const metrics = { loss: await loss.item(), accuracy: await accuracy.item(), images: labels.size };
      const now = performance.now();
      record(run, metrics, (now - start) / 1000);
      start = now;
      follower.step?.(metrics);
      await pause();
      if (signal?.aborted) return undefined;
    }
    const result = await evaluate(run.params, test, signal);
    if (!result) return undefined;
    await follower.epoch?.(endEpoch(run, task, result));
    if (epoch + 1 === epochs) return result;
  }
  return await evaluate(run.params, test, signal);
}

function record(run: Run, { loss }: StepMetrics, seconds: number): void {
  run.losses.push(loss);
  run.seconds += seconds;
  checkFinite(loss, `the loss is ${loss} at step ${run.losses.length}`);
}

function checkFinite(loss: number, message: string): void {
  if (!Number.isFinite(loss)) throw new Divergence(`${message}; try a lower --learning-rate`);
}

/** Adds the epoch whose steps are done to those of the run. */
function endEpoch(run: Run, { options: { batch }, train: { count } }: Task, test: TestResult): EpochMetrics {
  const epoch = run.epochs.length;
  checkFinite(test.loss, `the test loss is ${test.loss} after epoch ${epoch + 1}`);
  const losses = run.losses.slice(epoch * batchCount(count, batch));
  const metrics: EpochMetrics = {
    epoch: epoch + 1,
    trainLoss: losses.reduce((sum, loss, i) => sum + loss * batchSize(count, batch, i), 0) / count,
    testLoss: test.loss,
    testAccuracy: test.accuracy,
    seconds: run.seconds,
    imagesPerSecond: count / run.seconds,
  };
  run.epochs.push(metrics);
  run.seconds = 0;
  return metrics;
}
