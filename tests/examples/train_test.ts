import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { device, io, ops, random, type Tensor, tree } from "../../mod.ts";
import { loadMnist, type Split } from "../../examples/data/mnist.ts";
import { batchCount, batches, batchSize, firstOf } from "../../examples/train/batches.ts";
import { type Hooks, main } from "../../examples/train/main.ts";
import { models } from "../../examples/train/model.ts";
import { parseOptions } from "../../examples/train/options.ts";
import { begin, Divergence, prepare, train } from "../../examples/train/train.ts";
import { withoutWebGpu } from "../support/devices.ts";
import { noise } from "../support/report.ts";

/** The four files of a data set of 8 × 8 pixels: 40 training and 12 test images, where a bar's place says the class. */
function tinyFiles(): Record<string, Uint8Array> {
  const idx = (shape: number[], data: Uint8Array) => {
    const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
    bytes.set([0, 0, 8, shape.length]);
    shape.forEach((length, axis) => new DataView(bytes.buffer).setUint32(4 + 4 * axis, length));
    bytes.set(data, 4 + 4 * shape.length);
    return bytes;
  };
  const make = (count: number, seed: number) => {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    const grain = noise(count * 64, seed);
    const images = Uint8Array.from(grain, (value, at) => {
      const [row, label] = [Math.floor(at / 8) % 8, Math.floor(at / 64) % 10];
      return 100 * value + (row === label % 8 ? 100 + 50 * Number(label > 7) : 0);
    });
    return [idx([count, 8, 8], images), idx([count], labels)];
  };
  const [trainImages, trainLabels] = make(40, 1);
  const [testImages, testLabels] = make(12, 2);
  return {
    "train-images-idx3-ubyte": trainImages,
    "train-labels-idx1-ubyte": trainLabels,
    "t10k-images-idx3-ubyte": testImages,
    "t10k-labels-idx1-ubyte": testLabels,
  };
}

/** A temporary folder with the data set under `data`. */
async function workplace(): Promise<{ path: string; data: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await Deno.makeTempDir();
  const data = `${path}/data`;
  await Deno.mkdir(data);
  for (const [name, bytes] of Object.entries(tinyFiles())) await Deno.writeFile(`${data}/${name}`, bytes);
  return { path, data, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Runs the program in this process; `stopAfter` is the step after which it is interrupted. */
async function run(args: string[], stopAfter?: number) {
  const interruption = new AbortController();
  const [lines, errors]: string[][] = [[], []];
  const hooks: Hooks = {
    print: (line) => void lines.push(line),
    printError: (line) => void errors.push(line),
    signal: interruption.signal,
    onStep: (steps) => steps === stopAfter && interruption.abort(),
  };
  return { code: await main(args, hooks), lines, errors };
}

const metricsOf = async (folder: string) =>
  (await Deno.readTextFile(`${folder}/metrics.jsonl`)).trimEnd().split("\n").map((line) => JSON.parse(line));

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("main() trains, tests and writes its results", async () => {
  await using place = await workplace();
  const out = `${place.path}/deep/run`;
  const { code, lines, errors } = await run([
    ...["--data", place.data, "--out", out, "--epochs", "2", "--batch", "16", "--learning-rate", "0.02"],
  ]);
  assertEquals([code, errors], [0, []]);
  const { description } = await device("cpu");
  assertEquals(lines[0], `Training scconv on cpu (${description}): 40 images, 2 × 3 steps; results in ${out}`);
  assertEquals(lines.at(-1), `Wrote ${out}/report.html`);
  assertEquals(names(out), [
    "checkpoint.safetensors",
    "config.json",
    "metrics.jsonl",
    "model.safetensors",
    "report.html",
  ]);
  const metrics = await metricsOf(out);
  assertEquals(metrics.map(({ epoch }) => epoch), [1, 2]);
  for (const line of metrics) {
    assertEquals(Object.keys(line), [
      ...["epoch", "trainLoss", "testLoss", "testAccuracy", "seconds", "imagesPerSecond"],
    ]);
    for (const value of Object.values(line)) assert(Number.isFinite(value));
    assert(line.testAccuracy >= 0 && line.testAccuracy <= 1);
    assert(Math.abs(line.imagesPerSecond * line.seconds - 40) < 1e-6);
  }
  assert(metrics[1].trainLoss < metrics[0].trainLoss);
  const config = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
  assertEquals([config.model, config.epochs, config.learningRate, config.trainImages], ["scconv", 2, 0.02, 40]);
  const { tensors } = await io.loadSafetensors(`${out}/model.safetensors`);
  assertEquals(tensors["2.cru.gwc.weight"].shape, [32, 4, 3, 3]);
  const page = await Deno.readTextFile(`${out}/report.html`);
  for (const part of ["ScConv on", "Confusion matrix", "Inside ScConv", "6.cru", "Layers", "Where the time went"]) {
    assertStringIncludes(page, part);
  }
});

Deno.test({
  name: "main() on webgpu has the accuracy, and to rounding the curve, of the cpu from the same seed",
  ignore: withoutWebGpu !== undefined,
  async fn() {
    await using place = await workplace();
    const curves = [];
    for (const device of ["cpu", "webgpu"]) {
      const out = `${place.path}/${device}`;
      const { code, errors } = await run([
        ...["--data", place.data, "--out", out, "--epochs", "3", "--batch", "16", "--device", device],
      ]);
      assertEquals([code, errors], [0, []]);
      curves.push(await metricsOf(out));
    }
    const [cpu, webgpu] = curves;
    assertEquals(webgpu.length, 3);
    webgpu.forEach((epoch, i) => {
      for (const key of ["trainLoss", "testLoss"]) assertAlmostEquals(epoch[key], cpu[i][key], 1e-4 * cpu[i][key]);
      assertEquals(epoch.testAccuracy, cpu[i].testAccuracy);
    });
  },
});

Deno.test("main() goes on with an interrupted run to the same bits", async () => {
  await using place = await workplace();
  const [whole, parts] = [`${place.path}/whole`, `${place.path}/parts`];
  const args = ["--data", place.data, "--epochs", "2", "--batch", "16", "--seed", "5"];
  assertEquals((await run([...args, "--out", whole])).code, 0);

  // In the middle of an epoch, after its last step but before its test, and at its beginning.
  const first = await run([...args, "--out", parts], 2);
  assertEquals([first.code, names(parts)], [130, ["checkpoint.safetensors", "config.json", "metrics.jsonl"]]);
  assertMatch(first.lines.at(-1)!, /^Interrupted after step 2 of 6; .*--resume/);
  const second = await run(["--resume", parts], 3);
  assertEquals([second.code, second.lines[1]], [
    130,
    `Going on with ${parts}/checkpoint.safetensors after step 2 of 6`,
  ]);
  assertEquals(await Deno.readTextFile(`${parts}/metrics.jsonl`), "");
  const third = await run(["--resume", `${parts}/checkpoint.safetensors`], 4);
  assertEquals(third.code, 130);
  assertEquals((await run(["--resume", "--out", parts])).code, 0);

  const bytes = (folder: string) => Deno.readFile(`${folder}/model.safetensors`);
  assertEquals(await bytes(parts), await bytes(whole));
  const results = async (folder: string) =>
    (await metricsOf(folder)).map(({ seconds: _, imagesPerSecond: __, ...rest }) => rest);
  assertEquals(await results(parts), await results(whole));
  const states = await Promise.all(
    [whole, parts].map(async (folder) => (await io.loadSafetensors(`${folder}/checkpoint.safetensors`)).tensors),
  );
  assertEquals(Object.keys(states[0]), Object.keys(states[1]));
  for (const name of Object.keys(states[0])) assertEquals(states[0][name].dataSync(), states[1][name].dataSync(), name);
});

Deno.test("main() writes the report of a complete run again, elsewhere too", async () => {
  await using place = await workplace();
  const [out, copy] = [`${place.path}/run`, `${place.path}/copy`];
  assertEquals((await run(["--data", place.data, "--out", out, "--limit", "10", "--model", "conv"], 1)).code, 130);
  assertEquals((await run(["--resume", out, "--out", copy])).code, 0);
  assertEquals(names(out).includes("report.html"), false);
  assertEquals((await run(["--resume", copy])).code, 0);
  assertEquals((await metricsOf(copy)).length, 1);
});

Deno.test("main() leaves a run in peace that has other options", async (t) => {
  await using place = await workplace();
  const out = `${place.path}/run`;
  const args = ["--data", place.data, "--limit", "10", "--epochs", "3"];
  assertEquals((await run([...args, "--out", out], 1)).code, 130);
  const before = await Deno.readFile(`${out}/checkpoint.safetensors`);
  const other = tinyFiles();
  for (const kind of ["images-idx3", "labels-idx1"]) {
    other[`train-${kind}-ubyte`] = other[`t10k-${kind}-ubyte`].slice();
  }
  await Deno.mkdir(`${place.path}/other`);
  for (const [name, bytes] of Object.entries(other)) await Deno.writeFile(`${place.path}/other/${name}`, bytes);
  await Deno.writeFile(`${place.path}/half`, before.subarray(0, before.length / 2));
  await io.saveSafetensors(`${place.path}/model`, {
    weight: ops.zerosLike((await io.loadSafetensors(`${out}/checkpoint.safetensors`)).tensors.losses),
  });
  const cases: [string, string[], number, string][] = [
    ["other epochs", ["--resume", out, "--epochs", "4"], 2, "--epochs: the run to resume has 3, which cannot change"],
    ["a limit", ["--resume", out, "--limit=11"], 2, "--limit: the run to resume has 10"],
    ["same folder", [...args, "--out", out], 1, "it holds a run already"],
    ["no checkpoint", ["--resume", place.data], 1, "cannot resume: loadSafetensors"],
    ["damaged", ["--resume", `${place.path}/half`], 1, "cannot resume: loadSafetensors"],
    ["another file", ["--resume", `${place.path}/model`], 1, "is no checkpoint of this program"],
  ];
  for (const [name, line, code, message] of cases) {
    await t.step(name, async () => {
      const result = await run(line);
      assertEquals(result.code, code);
      assertEquals(result.errors.length, 1);
      assertStringIncludes(result.errors[0], message);
      assert(!result.errors[0].includes("\n"));
      assertEquals(result.lines, []);
    });
  }
  assertEquals(await Deno.readFile(`${out}/checkpoint.safetensors`), before);
});

Deno.test("main() says what is wrong before it trains", async (t) => {
  await using place = await workplace();
  const { path, data } = place;
  await Deno.writeTextFile(`${path}/file`, "");
  await Deno.mkdir(`${path}/damaged`);
  for (const [name, bytes] of Object.entries(tinyFiles())) {
    await Deno.writeFile(`${path}/damaged/${name}`, bytes.subarray(0, bytes.length - Number(name.startsWith("train"))));
  }
  const cases: [string, string[], number, string][] = [
    [
      "an unknown flag",
      ["--epoch", "1"],
      2,
      "error: unknown flag --epoch; did you mean --epochs?; the flags are --epochs",
    ],
    ["a bad value", ["--batch", "0"], 2, "error: --batch: expected a whole number from 1 to 60000"],
    ["a file for a folder", ["--data", data, "--out", `${path}/file`], 1, `error: cannot write to ${path}/file: `],
    [
      "a file on the way",
      ["--data", data, "--out", `${path}/file/run`],
      1,
      `error: cannot write to ${path}/file/run: `,
    ],
    ["no data", ["--data", `${path}/nowhere`, "--out", `${path}/a`], 1, "holds neither train-images-idx3-ubyte nor"],
    ["damaged data", ["--data", `${path}/damaged`, "--out", `${path}/b`], 1, "train-images-idx3-ubyte: is truncated"],
  ];
  for (const [name, line, code, message] of cases) {
    await t.step(name, async () => {
      const result = await run(line);
      assertEquals([result.code, result.lines], [code, []]);
      assertEquals(result.errors.length, 1);
      assertStringIncludes(result.errors[0], message);
      assert(!result.errors[0].includes("\n"));
    });
  }
  assertEquals(names(path), ["damaged", "data", "file"]);
});

Deno.test("main() prints its help", async () => {
  const { code, lines } = await run(["--help"]);
  assertEquals(code, 0);
  assertStringIncludes(lines.join("\n"), "--learning-rate X");
});

Deno.test("Ctrl-C ends the program with a checkpoint and exit code 130", async () => {
  await using place = await workplace();
  const out = `${place.path}/run`;
  const program = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "examples/train/main.ts", "--data", place.data, "--out", out],
      ...["--epochs", "10000", "--batch", "20"],
    ],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = program.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const read = async (until: string) => {
    while (!text.includes(until)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
  };
  await read("epoch 2/10000  train loss");
  program.kill("SIGINT");
  await read("there is no such line");
  const [{ code }, errors] = await Promise.all([program.status, new Response(program.stderr).text()]);
  assertEquals([code, errors], [130, ""]);
  assertMatch(text.trimEnd().split("\n").at(-1)!, /^Interrupted after step \d+ of 20000; /);
  assertEquals(names(out), ["checkpoint.safetensors", "config.json", "metrics.jsonl"]);
});

Deno.test("train() stops where the loss is no number", async () => {
  await using place = await workplace();
  const data = await loadMnist({ folder: place.data });
  const task = prepare(parseOptions(["--batch", "20"]), data.train, data.test);
  const run = begin(task);
  run.params = tree.map((leaf) => ops.mul(leaf, NaN), run.params) as typeof run.params;
  await assertRejects(() => train(run, task), Divergence, "the loss is NaN at step 1");
});

Deno.test("the networks have the parameters that the paper's formula gives", () => {
  const sizes = Object.values(models).map((make) => {
    const params = make({ rows: 28, columns: 28 }).init(random.key(0));
    return (tree.leaves(params) as Tensor[]).reduce((sum, leaf) => sum + leaf.size, 0);
  });
  // First convolution, block, norm, block, norm, linear. Equation 11 gives 1856 = 1.8125 · 32² for the first scConv, and 3520
  // for the second one, from 32 to 64 channels; beside it stand a bias and the norm of the SRU.
  assertEquals(sizes, [
    320 + (64 + 32 + 1856) + 64 + (64 + 64 + 3520) + 128 + 31370,
    320 + (32 + 9216) + 64 + (64 + 18432) + 128 + 31370,
  ]);
});

/** Images of 1 × 2 pixels that say their number. */
function split(count: number): Split {
  const images = Uint8Array.from({ length: 2 * count }, (_, i) => Math.floor(i / 2));
  return { images, labels: images.filter((_, i) => i % 2 === 0).map((n) => n % 10), count, rows: 1, columns: 2 };
}

Deno.test("batches() takes each image once, with its label", () => {
  const order = [3, 1, 4, 0, 6, 5, 2];
  const all = [...batches(split(7), 3, order)];
  assertEquals(all.map(({ pixels }) => pixels.shape), [[3, 1, 1, 2], [3, 1, 1, 2], [1, 1, 1, 2]]);
  assertEquals(all.flatMap(({ pixels }) => [...pixels.dataSync()]), order.flatMap((n) => [n, n]));
  assertEquals(all.flatMap(({ labels }) => [...labels.dataSync()]), order);
  assertEquals([...batches(split(7), 3, order, 2)].length, 1);
  assertEquals([...batches(split(4), 2)].flatMap(({ labels }) => [...labels.dataSync()]), [0, 1, 2, 3]);
  assertEquals([batchCount(7, 3), batchCount(6, 3), batchSize(7, 3, 1), batchSize(7, 3, 2)], [3, 2, 3, 1]);
});

Deno.test("firstOf() makes no copy", () => {
  const whole = split(5);
  const part = firstOf(whole, 2);
  assertEquals([part.count, part.images.length, part.labels.length], [2, 4, 2]);
  assert(part.images.buffer === whole.images.buffer);
  assertEquals(firstOf(whole, 9).count, 5);
});
