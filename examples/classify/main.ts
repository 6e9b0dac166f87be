/**
 * Trains a network with ScConv on images of one's own: `deno task classify --data folder:DIR`. The mathematics is in train.ts; here is
 * what stands around it.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { io } from "../../mod.ts";
import { loadCifar10 } from "../data/cifar10.ts";
import { loadFashionMnist } from "../data/fashion_mnist.ts";
import { loadImageFolder } from "../data/image_folder.ts";
import { batchCountOf } from "../data/loader.ts";
import { loadMnist } from "../data/mnist.ts";
import { type ImageSource, ofSplit, subset } from "../data/source.ts";
import { Failure } from "../train/failure.ts";
import { openFolder } from "../train/folder.ts";
import { defaultOut } from "../train/options.ts";
import { createProgress } from "../train/progress.ts";
import { percent } from "../train/report/html.ts";
import { scoresOf } from "./metrics.ts";
import { classify, type ClassifyOptions } from "./train.ts";

const help = `Trains a network with ScConv on labelled images, and keeps the best model.

Usage: deno task classify [FLAGS]

  --data WHAT         mnist, fashion, fashion:DIR, cifar10:DIR, or folder:DIR with folders train and test, which have one
                      folder for each class (mnist)
  --size N            pictures of a folder are cut and scaled to N × N (32)
  --epochs N          how often to go through the training images (5)
  --batch N           images a step (128)
  --accumulate N      steps whose gradients make one update (1)
  --learning-rate X   peak of the learning rate (0.003)
  --weight-decay X    of AdamW (0.0001)
  --average X         decay of the averaged weights, which are tested and kept; 0: none (0.99)
  --patience N        ends after N epochs without a better test; 0: never (0)
  --flip              mirror half of the training images
  --crop N            cut training images out of a frame of N zeros (0)
  --limit N           use only N training and N/6 test images
  --seed N            of the weights, the order and the augmentation (0)
  --out DIR           folder to write to (runs/<date>)
  --help              print this

It writes metrics.jsonl, config.json and best.safetensors: the parameters and the normalisation. \`deno task runs\` compares runs.`;

const text = (value: string) => ({ type: "string" as const, default: value });

/** Reads a number between two bounds. */
function number(name: string, value: string, low: number, high: number, whole: boolean): number {
  const n = Number(value);
  if (value.trim() === "" || !(n >= low && n <= high) || (whole && !Number.isInteger(n))) {
    throw new Failure(`--${name}: expected a ${whole ? "whole " : ""}number from ${low} to ${high}, got "${value}"`);
  }
  return n;
}

async function load(what: string, size: number): Promise<{ train: ImageSource; test: ImageSource }> {
  const [kind, ...rest] = what.split(":"), folder = rest.join(":") || undefined;
  try {
    if (kind === "mnist") {
      const { train, test } = await loadMnist({ folder });
      return { train: ofSplit(train), test: ofSplit(test) };
    }
    if (kind === "fashion") return await loadFashionMnist(folder);
    if (kind === "cifar10" && folder) return await loadCifar10(folder);
    if (kind === "folder" && folder) {
      const part = (name: string) => loadImageFolder(`${folder}/${name}`, { size: [size, size] });
      const [train, test] = await Promise.all([part("train"), part("test")]);
      if (String(train.classes) !== String(test.classes)) {
        throw new Failure(`the folders train and test have different classes: ${train.classes} and ${test.classes}`);
      }
      return { train, test };
    }
  } catch (error) {
    throw error instanceof Failure ? error : new Failure((error as Error).message, { cause: error });
  }
  throw new Failure(`--data: expected mnist, fashion, cifar10:DIR or folder:DIR, got "${what}"`);
}

/** The first `limit` images, drawn evenly from the whole: a folder is sorted by class. */
function thinned(source: ImageSource, limit: number): ImageSource {
  const count = Math.min(limit, source.count);
  return subset(source, Array.from({ length: count }, (_, i) => Math.floor(i * source.count / count)));
}

async function work(args: readonly string[], print: (line: string) => void): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        ...{ data: text("mnist"), size: text("32"), epochs: text("5"), batch: text("128"), accumulate: text("1") },
        ...{
          "learning-rate": text("0.003"),
          "weight-decay": text("0.0001"),
          average: text("0.99"),
          patience: text("0"),
        },
        ...{ crop: text("0"), seed: text("0") },
        ...{ limit: { type: "string" }, out: { type: "string" } },
        ...{ flip: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
      },
    }));
  } catch (error) {
    throw new Failure((error as Error).message.split(". ")[0]);
  }
  if (values.help) {
    print(help);
    return 0;
  }
  const whole = (
    name: "epochs" | "batch" | "accumulate" | "patience" | "crop" | "seed" | "size",
    low: number,
    high: number,
  ) => number(name, values[name] as string, low, high, true);
  const options: ClassifyOptions = {
    epochs: whole("epochs", 1, 10_000),
    batch: whole("batch", 1, 65_536),
    accumulate: whole("accumulate", 1, 10_000),
    learningRate: number("learning-rate", values["learning-rate"] as string, 1e-9, 10, false),
    weightDecay: number("weight-decay", values["weight-decay"] as string, 0, 10, false),
    average: number("average", values.average as string, 0, 0.99999, false),
    patience: whole("patience", 0, 10_000),
    augment: { flip: values.flip as boolean, crop: whole("crop", 0, 64) },
    seed: whole("seed", 0, 2 ** 32 - 1),
  };
  const size = whole("size", 4, 1024);
  const limit = values.limit === undefined ? undefined : number("limit", values.limit as string, 1, 1e9, true);
  let { train, test } = await load(values.data as string, size);
  if (limit !== undefined) [train, test] = [thinned(train, limit), thinned(test, Math.ceil(limit / 6))];
  if (Math.min(train.rows, train.columns) < 4) throw new Failure("the images need 4 × 4 pixels or more");

  const out = (values.out as string | undefined) ?? defaultOut();
  const config = { ...options, data: values.data, model: "classify", trainImages: train.count, testImages: test.count };
  const folder = await openFolder(out, config);
  const stepsAnEpoch = batchCountOf(train, { batch: options.batch, dropLast: train.count >= options.batch });
  print(`Training on ${train.count} images of ${train.classes.length} classes; results in ${out}`);
  const progress = await createProgress({
    epochs: options.epochs,
    stepsAnEpoch,
    ...print !== console.log && { terminal: false, write: print },
  });
  try {
    const { result, stopped } = await classify(train, test, options, {
      step: (metrics) => progress.step(metrics),
      async epoch(metrics, model, best) {
        await folder.addMetrics(metrics);
        const metadata = { model: "classify", classes: JSON.stringify(train.classes) };
        if (best) await io.saveSafetensors(folder.path("best.safetensors"), model, { metadata });
        progress.epoch(metrics);
      },
    });
    progress.stop();
    if (stopped) print(`Stopped early: ${options.patience} epochs without a better test`);
    print(
      `Best: ${percent(result.accuracy, 2)}, ${
        percent(result.top3, 2)
      } among the three likeliest; kept in best.safetensors`,
    );
    scoresOf(result.confusion).forEach(({ precision, recall, f1 }, c) =>
      print(
        `  ${train.classes[c].padEnd(12)} precision ${percent(precision, 1)}, recall ${percent(recall, 1)}, F1 ${
          percent(f1, 1)
        }`,
      )
    );
    return 0;
  } catch (error) {
    throw error instanceof RangeError ? new Failure(error.message, { cause: error }) : error;
  } finally {
    progress.stop();
  }
}

/** The whole program; gives the exit code, 1 for a failure. */
export async function main(args: readonly string[], print: (line: string) => void = console.log): Promise<number> {
  try {
    return await work(args, print);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    print(`error: ${error.message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
