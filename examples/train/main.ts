/**
 * Trains a network on MNIST: `deno task train`. The mathematics is in train.ts and model.ts; here is what stands around it.
 *
 * @module
 */

import { device, io, setDefaultDevice } from "../../mod.ts";
import { loadMnist, type Split } from "../data/mnist.ts";
import { batchCount, firstOf } from "./batches.ts";
import { checkpointName, findCheckpoint, restore, saveCheckpoint } from "./checkpoint.ts";
import { attempt, Failure } from "./failure.ts";
import { type Folder, folderOf, newestRun, openFolder } from "./folder.ts";
import { defaultOut, helpText, parseOptions, parseResumed, type TrainOptions, UsageError } from "./options.ts";
import { createProgress } from "./progress.ts";
import { begin, Divergence, prepare, type Run, type Task, train } from "./train.ts";
import type { TestResult } from "./evaluate.ts";
import { evaluateFile } from "./evaluate_file.ts";
import { count, decimal, percent } from "./report/html.ts";

/** What a caller may put in the place of the terminal. */
export interface Hooks {
  /** Where lines go; by default, to the standard output. */
  print?: (line: string) => void;
  /** Where messages of errors go; by default, to the standard error. */
  printError?: (line: string) => void;
  /** Ends the run after the step in which it comes, with a checkpoint. */
  signal?: AbortSignal;
  /** Called after each step with the number of steps so far. */
  onStep?: (steps: number) => void;
}

async function load({ data: folder, limit }: TrainOptions): Promise<{ train: Split; test: Split }> {
  const { train, test } = await attempt(() => loadMnist({ folder }));
  if (Math.min(train.rows, train.columns) < 4) {
    throw new Failure(`the images are ${train.rows} × ${train.columns} pixels; the network needs 4 × 4 or more`);
  }
  if (limit === undefined) return { train, test };
  return { train: firstOf(train, limit), test: firstOf(test, Math.ceil(limit / 6)) };
}

/** What config.json holds. */
function configOf({ options, train, test }: Task): Record<string, unknown> {
  const { help: _, resume: __, out: ___, ...settings } = options;
  return { ...settings, trainImages: train.count, testImages: test.count, versions: Deno.version };
}

/** Writes model and report; the libraries that draw it are loaded only now. */
async function finish(folder: Folder, run: Run, task: Task, result: TestResult): Promise<void> {
  await io.saveSafetensors(folder.path("model.safetensors"), run.params, { metadata: { model: task.options.model } });
  const [{ gather }, { buildReport }] = await attempt(
    () => Promise.all([import("./findings.ts"), import("./report.ts")]),
    "cannot make the report, --resume tries again: ",
  );
  await Deno.writeTextFile(folder.path("report.html"), buildReport(await gather(run, task, result)));
}

async function work(args: readonly string[], hooks: Hooks): Promise<number> {
  const { print = (line) => console.log(line), signal, onStep } = hooks;
  let options = parseOptions(args);
  if (options.help) {
    print(helpText);
    return 0;
  }
  if (options.eval !== undefined) {
    const { test } = await load(options);
    const { loss, accuracy } = await evaluateFile(options.eval, options, test);
    print(
      `${options.eval}: test loss ${decimal(loss, 4)}, test accuracy ${percent(accuracy, 2)}, ${
        count(test.count)
      } images`,
    );
    return 0;
  }
  const { resume } = options;
  const checkpoint = resume === undefined
    ? undefined
    : await findCheckpoint(resume === true ? options.out ?? await newestRun() : resume);
  if (checkpoint) options = parseResumed(checkpoint.flags, args);
  const { train: trainSplit, test: testSplit } = await load(options);
  const on = await attempt(() => device(options.device));
  setDefaultDevice(on);

  const task = prepare(options, trainSplit, testSplit);
  const run = checkpoint ? await restore(checkpoint, task) : begin(task);
  const from = checkpoint && folderOf(checkpoint.file);
  const out = options.out ?? from ?? defaultOut();
  const folder = await openFolder(out, configOf(task), run.epochs, from);

  const stepsAnEpoch = batchCount(trainSplit.count, options.batch);
  const steps = stepsAnEpoch * options.epochs;
  print(
    `Training ${options.model} on ${options.device} (${on.description}): ${
      count(trainSplit.count)
    } images, ${options.epochs} × ` +
      `${stepsAnEpoch} steps; results in ${out}`,
  );
  if (checkpoint) print(`Going on with ${checkpoint.file} after step ${run.losses.length} of ${steps}`);

  const save = () => saveCheckpoint(folder.path(checkpointName), run, task);
  const progress = await createProgress({
    epochs: options.epochs,
    stepsAnEpoch,
    done: run.losses.length,
    ...hooks.print && { terminal: false, write: print },
  });
  let result: TestResult | undefined;
  try {
    result = await train(run, task, {
      signal,
      step(metrics) {
        progress.step(metrics);
        onStep?.(run.losses.length);
      },
      async epoch(metrics) {
        await folder.addMetrics(metrics);
        await save();
        progress.epoch(metrics);
      },
    });
  } finally {
    progress.stop();
  }
  if (!result) {
    await save();
    print(`Interrupted after step ${run.losses.length} of ${steps}; deno task train --resume ${out} goes on`);
    return 130;
  }
  await finish(folder, run, task, result);
  print(`Wrote ${folder.path("report.html")}`);
  return 0;
}

/**
 * The whole program.
 *
 * @returns the exit code: 0, 1 for a failure, 2 for a command line that cannot be understood, 130 for a run that was
 *   interrupted
 */
export async function main(args: readonly string[], hooks: Hooks = {}): Promise<number> {
  const { printError = (line) => console.error(line) } = hooks;
  try {
    return await work(args, hooks);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof Failure || error instanceof Divergence)) throw error;
    printError(`error: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

if (import.meta.main) {
  const interruption = new AbortController();
  // Once: a second Ctrl-C ends the program at once.
  const interrupt = () => {
    Deno.removeSignalListener("SIGINT", interrupt);
    interruption.abort();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.exitCode = await main(Deno.args, { signal: interruption.signal });
  if (!interruption.signal.aborted) Deno.removeSignalListener("SIGINT", interrupt);
}
