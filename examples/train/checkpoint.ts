/**
 * Checkpoints: one safetensors file with parameters, the optimiser's state and the losses, and in its metadata the flags of
 * the run and what it has measured. It is written whole or not at all.
 *
 * @module
 */

import { evalShape, io, random, type Tensor, tensor } from "../../mod.ts";
import { Failure } from "./failure.ts";
import { flagsOf, parseOptions } from "./options.ts";
import type { EpochMetrics } from "./report.ts";
import { init, type Run, type Task } from "./train.ts";

/** The name of the checkpoint in the folder of a run. */
export const checkpointName = "checkpoint.safetensors";

/** What a checkpoint says about its run. */
interface Description {
  /** The flags that give its options. */
  flags: string[];
  /** Steps done. */
  steps: number;
  /** Epochs done. */
  epochs: EpochMetrics[];
  /** Seconds of training in the epoch that is not done. */
  seconds: number;
  /** Training images, to notice other data. */
  images: number;
}

/** A checkpoint that was found. */
export interface Checkpoint extends Description {
  file: string;
}

/** Writes the checkpoint of a run. */
export async function saveCheckpoint(file: string, run: Run, { options, train }: Task): Promise<void> {
  const { params, state, epochs, seconds } = run;
  const losses = tensor(Float32Array.from(run.losses));
  const description: Description = {
    flags: flagsOf(options),
    steps: run.losses.length,
    epochs,
    seconds,
    images: train.count,
  };
  await io.saveSafetensors(file, { params, state, losses }, { metadata: { run: JSON.stringify(description) } });
}

function parseDescription(text: string | undefined): Description {
  const value = JSON.parse(text ?? "null") as Description;
  const numbers = (...values: unknown[]) => values.every((n) => typeof n === "number" && Number.isFinite(n) && n >= 0);
  const { steps, seconds, images, epochs, flags } = value;
  const fields = ["epoch", "trainLoss", "testLoss", "testAccuracy", "seconds", "imagesPerSecond"] as const;
  if (!numbers(steps, seconds, images) || !epochs.every((epoch) => numbers(...fields.map((name) => epoch[name])))) {
    throw new TypeError("a number is missing");
  }
  parseOptions(flags);
  return { flags, steps, epochs, seconds, images };
}

/**
 * Reads what a checkpoint says about its run.
 *
 * @param path The file, or the folder of a run.
 * @throws {Failure} If there is none, or it is damaged or of another kind.
 */
export async function findCheckpoint(path: string): Promise<Checkpoint> {
  const isFolder = await Deno.stat(path).then((info) => info.isDirectory, () => false);
  const file = isFolder ? `${path.replace(/[/\\]$/, "")}/${checkpointName}` : path;
  let metadata: Record<string, string>;
  try {
    ({ metadata } = await io.loadSafetensors(file));
  } catch (error) {
    throw new Failure(`cannot resume: ${(error as Error).message}`, { cause: error });
  }
  try {
    return { ...parseDescription(metadata.run), file };
  } catch (error) {
    throw new Failure(`cannot resume: ${file} is no checkpoint of this program`, { cause: error });
  }
}

/** The run as it was when the checkpoint was written. */
export async function restore({ file, steps, epochs, seconds, images }: Checkpoint, task: Task): Promise<Run> {
  if (images !== task.train.count) {
    throw new Failure(`cannot resume: ${file} is of ${images} training images, the data have ${task.train.count}`);
  }
  const losses = { shape: [steps], dtype: "float32" } as unknown as Tensor;
  const into = evalShape((key) => init(task, key), random.key(0)) as ReturnType<typeof init>;
  try {
    const { tensors } = await io.loadSafetensors(file, { into: { ...into, losses } });
    return { params: tensors.params, state: tensors.state, losses: [...await tensors.losses.data()], epochs, seconds };
  } catch (error) {
    throw new Failure(`cannot resume: ${(error as Error).message}`, { cause: error });
  }
}
