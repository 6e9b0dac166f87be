/**
 * `deno task export`: writes the training step of the training program for the runner of this folder, with first parameters,
 * test and data, and tells the command that trains.
 *
 * @module
 */
import { io, jit, ops, type Tensor } from "../../mod.ts";
import { loadMnist, type Split } from "../../examples/data/mnist.ts";
import { firstOf } from "../../examples/train/batches.ts";
import { normalise, type Params } from "../../examples/train/model.ts";
import { flagsOf, parseOptions, type TrainOptions, UsageError } from "../../examples/train/options.ts";
import { begin, prepare, type Run, stepOf, type Task } from "../../examples/train/train.ts";

const help = [
  "Writes the training step of a network on MNIST for XLA: tools/xla/ trains with it on any number of devices.",
  "",
  "Usage: deno task export --out DIR [--model NAME] [--batch N] [--epochs N] [--learning-rate X] [--seed N]",
  "                        [--limit N] [--data DIR]",
  "",
  "The flags are those of deno task train, which --help of it explains. The batch is that of all devices together.",
  "Without --data, the IDX files of MNIST are written too.",
].join("\n");

/** The text of an IDX file's header and numbers. */
function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, 8, shape.length]);
  shape.forEach((extent, i) => view.setUint32(4 + 4 * i, extent));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

async function writeData(folder: string, train: Split, test: Split): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, split] of [["train", train], ["t10k", test]] as const) {
    const { count, rows, columns, images, labels } = split;
    await Deno.writeFile(`${folder}/${name}-images-idx3-ubyte`, idx([count, rows, columns], images));
    await Deno.writeFile(`${folder}/${name}-labels-idx1-ubyte`, idx([count], labels));
  }
}

/** What is exported: the step, and the test that the runner makes after each epoch. */
function functionsOf(task: Task) {
  const step = stepOf(task);
  return {
    step(params: Params, state: Run["state"], pixels: Tensor, labels: Tensor) {
      const [next, nextState, loss, accuracy] = step(params, state, pixels, labels);
      return { params: next, state: nextState, loss, accuracy };
    },
    evaluate({ params }: { params: Params }, pixels: Tensor, labels: Tensor) {
      const logits = task.model.apply(params, normalise(pixels)); // [B, 10]
      const right = ops.equal(ops.argmax(logits, { axis: 1 }), labels);
      return { losses: ops.softmaxCrossEntropy(logits, labels), right: ops.cast(right, "float32") };
    },
  };
}

/** The module of the step and of the test, for a batch that is divided over the mesh axis `data`. */
export function exportTask(task: Task, run: Run): Record<"step" | "evaluate", io.StableHlo> {
  const { step, evaluate } = functionsOf(task);
  const { options: { batch }, train: { rows, columns } } = task;
  const data = [{ shape: [batch, 1, rows, columns], dtype: "float32" }, { shape: [batch], dtype: "int32" }];
  const sharding = (first: number) => ({ [first]: ["data"], [first + 1]: ["data"] });
  return {
    step: io.exportStableHlo(jit(step), [run.params, run.state, ...data], {
      name: "step",
      donate: [0, 1],
      sharding: sharding(2),
    }),
    evaluate: io.exportStableHlo(jit(evaluate), [{ params: run.params }, ...data], {
      name: "evaluate",
      sharding: sharding(1),
    }),
  };
}

/** Writes all files of an export to a folder; gives the command that trains with them. */
export async function writeExport(folder: string, options: TrainOptions): Promise<string> {
  const whole = await loadMnist({ folder: options.data });
  const { limit = whole.train.count } = options;
  const train = firstOf(whole.train, limit);
  const test = limit < whole.train.count ? firstOf(whole.test, Math.ceil(limit / 6)) : whole.test;
  const task = prepare(options, train, test);
  const run = begin(task);
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, { text, signature }] of Object.entries(exportTask(task, run))) {
    await Deno.writeTextFile(`${folder}/${name}.mlir`, text);
    await Deno.writeTextFile(`${folder}/${name}.json`, `${JSON.stringify(signature, null, 1)}\n`);
  }
  const description = { flags: flagsOf(options), steps: 0, epochs: [], seconds: 0, images: train.count };
  await io.saveSafetensors(
    `${folder}/initial.safetensors`,
    { params: run.params, state: run.state },
    { metadata: { run: JSON.stringify(description), model: options.model } },
  );
  const ownData = options.data === undefined || options.limit !== undefined;
  if (ownData) await writeData(`${folder}/data`, train, test);
  const command = `PYTHONPATH=tools/xla python -m cotangent_xla train ${folder}/step.mlir --mesh data=8 ` +
    `--data ${ownData ? `${folder}/data` : options.data} --checkpoint-dir ${folder}/run`;
  await Deno.writeTextFile(`${folder}/command.txt`, `${command}\n`);
  return command;
}

/** The whole program; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      console.log(help);
      return 0;
    }
    if (options.out === undefined) throw new UsageError("--out: lacks the folder to write to");
    const folder = options.out.replace(/[/\\]$/, "");
    const command = await writeExport(folder, options);
    console.log(
      `Wrote ${folder}: step and evaluate (.mlir and .json), initial.safetensors.\n` +
        `Once: python -m venv .venv && .venv/bin/pip install -r tools/xla/requirements.txt\n` +
        `Train: ${command}\n` +
        `(on a CPU, --cpu-devices 8 makes 8 devices of it; then: deno task train --eval ${folder}/run/model.safetensors)`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`error: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
