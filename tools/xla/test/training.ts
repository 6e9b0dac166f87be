/**
 * Training by the runner: against our cpu backend, on several devices and processes, and after the death of one of them.
 *
 * @module
 */
import { io, jit, ops, optim, random, type Tensor, tree, valueAndGrad, zeros } from "../../../mod.ts";
import { loadMnist } from "../../../examples/data/mnist.ts";
import { batches, firstOf } from "../../../examples/train/batches.ts";
import { evaluateFile } from "../../../examples/train/evaluate_file.ts";
import { parseOptions } from "../../../examples/train/options.ts";
import { begin, prepare, stepOf } from "../../../examples/train/train.ts";
import { writeExport } from "../export.ts";
import { type Ended, type Running, startPython } from "./python.ts";

/** What a check found; throws if it failed. */
export type Check = () => Promise<string>;

/** The parameters in a file by name. */
type Params = Record<string, Tensor>;

const paramsOf = async (file: string): Promise<Params> => {
  const { tensors } = await io.loadSafetensors(file);
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith("params.")));
};

/** The largest difference of two sets of parameters. */
async function distance(a: Params, b: Params): Promise<number> {
  const names = Object.keys(a);
  if (String(names.sort()) !== String(Object.keys(b).sort())) {
    throw new Error(`other names: ${names} against ${Object.keys(b)}`);
  }
  let largest = 0;
  for (const name of names) {
    const [x, y] = [await a[name].data(), await b[name].data()];
    x.forEach((value, i) => largest = Math.max(largest, Math.abs(value - y[i])));
  }
  return largest;
}

function within(value: number, limit: number, what: string): string {
  if (!(value <= limit)) throw new Error(`${what}: ${value.toExponential(1)} apart, more than ${limit}`);
  return `${what}: ${value.toExponential(1)} apart`;
}

// Adam divides by the size of a gradient: where that is near zero, rounding decides the sign of a step as long as the learning rate.
// The usual rate of 0.001 keeps this in bounds.
const flags = ["--limit", "1280", "--batch", "64", "--seed", "5", "--learning-rate", "0.001"];
const steps = 20;

/** The checks, for a folder to work in. */
export function trainingChecks(python: string, folder: string): Record<string, Check> {
  const place = `${folder}/export`;
  let port = 20000 + Math.floor(Math.random() * 20000);
  const started = new Set<Running>();

  /** Starts the runner in one or several processes. */
  function run(name: string, { processes = 1, devices = 1, total = steps, every = 5 }): Running[] {
    const coordinator = `127.0.0.1:${port++}`;
    return Array.from({ length: processes }, (_, i) => {
      const group = processes > 1
        ? ["--coordinator", coordinator, "--processes", String(processes), "--process-id", String(i)]
        : [];
      const all = [
        "--mesh",
        `data=${processes * devices}`,
        "--cpu-devices",
        String(devices),
        "--data",
        `${place}/data`,
      ];
      const work = [
        "--checkpoint-dir",
        `${folder}/${name}`,
        "--steps",
        String(total),
        "--checkpoint-every",
        String(every),
      ];
      const process = startPython(python, [
        "-m",
        "cotangent_xla",
        "train",
        `${place}/step.mlir`,
        ...all,
        ...work,
        ...group,
      ]);
      started.add(process);
      process.ended.then(() => started.delete(process));
      return process;
    });
  }

  async function finish(name: string, running: Running[]): Promise<Params> {
    const ended = await Promise.all(running.map((process) => process.ended));
    const bad = ended.find(({ code }) => code !== 0);
    if (bad) throw new Error(`a process ended with ${bad.code}: ${bad.output.slice(-2000)}`);
    return await paramsOf(`${folder}/${name}/checkpoint.safetensors`);
  }

  const once = <T>(f: () => Promise<T>): () => Promise<T> => {
    let result: Promise<T> | undefined;
    return () => result ??= f();
  };
  const exported = once(() => writeExport(place, parseOptions(flags)));
  const oneDevice = once(async () => {
    await exported();
    return await finish("one", run("one", {}));
  });
  const fourProcesses = once(async () => {
    await exported();
    return await finish("four", run("four", { processes: 4, devices: 2 }));
  });

  /** The same steps on our cpu backend. */
  async function ours(count: number): Promise<Params> {
    const options = parseOptions(flags);
    const { train, test } = await loadMnist();
    const task = prepare(options, firstOf(train, options.limit!), firstOf(test, 10));
    const state = begin(task);
    const step = jit(stepOf(task));
    const order = await random.permutation(random.foldIn(random.split(random.key(options.seed))[1], 0), options.limit!)
      .data();
    let done = 0;
    for (const { pixels, labels } of batches(task.train, options.batch, order)) {
      const [params, next] = step(state.params, state.state, pixels, labels);
      Object.assign(state, { params, state: next });
      if (++done === count) break;
    }
    const named = { params: state.params };
    return Object.fromEntries(tree.paths(named).map((path, i) => [path, tree.leaves(named)[i]]));
  }

  /** Kills a process after the first checkpoint, and starts all again. */
  async function killed(name: string, victim: number): Promise<string> {
    await exported();
    const running = run(name, { processes: 4, devices: 2 });
    const checkpoint = `${folder}/${name}/checkpoint.safetensors`;
    while (!await Deno.stat(checkpoint).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    running[victim].kill("SIGKILL");
    const start = performance.now();
    const others = await Promise.all(running.filter((_, i) => i !== victim).map(({ ended }) => ended));
    const seconds = (performance.now() - start) / 1000;
    checkEnds(others);
    if (seconds > 30) throw new Error(`the others took ${seconds.toFixed(1)} s to end`);
    const { metadata } = await io.loadSafetensors(checkpoint);
    const { steps: kept } = JSON.parse(metadata.run);
    if (kept >= steps) throw new Error("the process was killed too late");
    const again = await finish(name, run(name, { processes: 4, devices: 2 }));
    const result = within(await distance(again, await fourProcesses()), 0, "parameters");
    return `ended within ${seconds.toFixed(1)} s, went on after step ${kept}; ${result}`;
  }

  return {
    "10 steps of ScConv on one device of XLA, against our cpu backend": async () => {
      await exported();
      const theirs = await finish("ten", run("ten", { total: 10 }));
      return within(await distance(theirs, await ours(10)), 1e-5, "parameters");
    },
    "20 steps on 8 devices, against one": async () => {
      await exported();
      const eight = await finish("eight", run("eight", { devices: 8 }));
      return within(await distance(eight, await oneDevice()), 1e-5, "parameters");
    },
    "the program for 8 devices reduces gradients and gathers no activations": async () => {
      await exported();
      const args = ["-m", "cotangent_xla", "show", `${place}/step.mlir`, "--mesh", "data=8", "--cpu-devices", "8"];
      const { code, output } = await startPython(python, args).ended;
      if (code !== 0) throw new Error(output.slice(-2000));
      const count = (op: string) => output.split(` ${op}(`).length - 1;
      const [reduce, gather] = [
        count("all-reduce") + count("all-reduce-start"),
        count("all-gather") + count("all-to-all"),
      ];
      const bytes = reducedBytes(output);
      const parameters = Object.values(await paramsOf(`${place}/initial.safetensors`)).reduce((n, t) => n + t.size, 0);
      const result =
        `${reduce} all-reduce of ${bytes} bytes for ${parameters} parameters, ${gather} all-gather or all-to-all`;
      // The loss and the accuracy are reduced too.
      if (reduce === 0 || gather > 0 || bytes < 4 * parameters || bytes > 4 * parameters + 64) throw new Error(result);
      return result;
    },
    "20 steps in 2 processes of 4 devices, against one device": async () => {
      await exported();
      const two = await finish("two", run("two", { processes: 2, devices: 4 }));
      return within(await distance(two, await oneDevice()), 1e-5, "parameters");
    },
    "20 steps in 4 processes of 2 devices, against one device": async () =>
      within(await distance(await fourProcesses(), await oneDevice()), 1e-5, "parameters"),
    "one of 4 processes is killed: the others end, and a restart gives the same parameters": () => killed("killed", 2),
    "process 0 of 4 is killed: the others end, and a restart gives the same parameters": () => killed("headless", 0),

    "a layer divided over a second axis of the mesh, data from npy files": async () => {
      const wide = `${folder}/wide`;
      await writeWide(wide);
      const train = async (name: string, mesh: string, devices: number): Promise<Params> => {
        const data = ["x", "y"].flatMap((file) => ["--data", `${wide}/${file}.npy`]);
        const where = ["--mesh", mesh, "--cpu-devices", String(devices), "--checkpoint-dir", `${folder}/${name}`];
        const args = ["-m", "cotangent_xla", "train", `${wide}/step.mlir`, ...data, ...where, "--steps", "10"];
        return await finish(name, [startPython(python, args)]);
      };
      const divided = await train("divided", "data=2,model=4", 8);
      return within(await distance(divided, await train("whole", "data=1,model=1", 1)), 1e-5, "parameters");
    },
    "Deno finds the accuracy that the runner found": async () => {
      await oneDevice();
      const lines = (await Deno.readTextFile(`${folder}/one/metrics.jsonl`)).trim().split("\n");
      const { testAccuracy, testLoss } = JSON.parse(lines[lines.length - 1]);
      const options = parseOptions(flags);
      const test = firstOf((await loadMnist()).test, Math.ceil(options.limit! / 6));
      for (const file of ["model.safetensors", "checkpoint.safetensors"]) {
        const { accuracy, loss } = await evaluateFile(`${folder}/one/${file}`, options, test);
        if (Math.abs(accuracy - testAccuracy) > 1e-9 || Math.abs(loss - testLoss) > 1e-5) {
          throw new Error(`${file}: ${accuracy} and ${loss} here, ${testAccuracy} and ${testLoss} there`);
        }
      }
      return `${(100 * testAccuracy).toFixed(2)} % of ${test.count} images, both`;
    },
  };
}

/** Writes the step of a wide network whose hidden layer is divided over the mesh axis `model`, and its data. */
async function writeWide(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const key = random.key(0);
  const params = {
    first: { weight: ops.mul(random.normal(key, [16, 64]), 0.2), bias: zeros([64]) },
    last: { weight: ops.mul(random.normal(random.foldIn(key, 1), [64, 4]), 0.2) },
  };
  const optimizer = optim.sgd({ learningRate: 0.1 });
  const lossOf = ({ first, last }: typeof params, x: Tensor, y: Tensor): Tensor => {
    const hidden = ops.relu(ops.add(ops.matmul(x, first.weight), first.bias));
    return ops.mean(ops.softmaxCrossEntropy(ops.matmul(hidden, last.weight), y));
  };
  const step = (params: Parameters<typeof lossOf>[0], state: optim.LearningRateState, x: Tensor, y: Tensor) => {
    const [loss, grads] = valueAndGrad(lossOf)(params, x, y);
    const [updates, next] = optimizer.update(grads, state, params);
    return { params: optim.applyUpdates(params, updates), state: next, loss };
  };
  const state = optimizer.init(params);
  const data = [{ shape: [32, 16], dtype: "float32" }, { shape: [32], dtype: "int32" }];
  const { text, signature } = io.exportStableHlo(step, [params, state, ...data], {
    donate: [0, 1],
    sharding: {
      "0.first.weight": [null, "model"],
      "0.first.bias": ["model"],
      "0.last.weight": ["model"],
      "2": ["data"],
      "3": ["data"],
    },
  });
  await Deno.writeTextFile(`${folder}/step.mlir`, text);
  await Deno.writeTextFile(`${folder}/step.json`, JSON.stringify(signature));
  await io.saveSafetensors(`${folder}/initial.safetensors`, { params, state });
  await io.saveNpy(`${folder}/x.npy`, random.normal(random.foldIn(key, 2), [128, 16]));
  await io.saveNpy(`${folder}/y.npy`, random.randint(random.foldIn(key, 3), [128], 0, 4));
}

/** The bytes that the all-reduces of a compiled program exchange. */
function reducedBytes(program: string): number {
  let bytes = 0;
  for (const line of program.split("\n")) {
    const [types, ...rest] = line.split(/ all-reduce(?:-start)?\(/);
    if (rest.length === 0) continue;
    for (const [, extents] of types.matchAll(/[fsu]32\[([\d,]*)\]/g)) {
      bytes += 4 * extents.split(",").filter((n) => n !== "").reduce((n, extent) => n * Number(extent), 1);
    }
  }
  return bytes;
}

function checkEnds(others: readonly Ended[]): void {
  for (const { code, output } of others) {
    if (code === 0) throw new Error("a process went on without the killed one");
    const line = output.split("\n").find((text) => text.startsWith("error: process "));
    if (!line) throw new Error(`a process ended with ${code} and no clear message: ${output.slice(-2000)}`);
  }
}
