import { assert, assertEquals, assertThrows } from "@std/assert";
import { EarlyStopping } from "../../examples/classify/early_stopping.ts";
import { main } from "../../examples/classify/main.ts";
import { confusion, correct, correctTop, Mean, scoresOf } from "../../examples/classify/metrics.ts";
import { classify, type ClassifyOptions, networkFor, scheduleOf, tester } from "../../examples/classify/train.ts";
import { inMemory } from "../../examples/data/source.ts";
import { io, random, tensor, tree } from "../../mod.ts";

/** Images of 8 × 8 in two classes, bright on the left or on the right, and some noise. */
function halves(count: number, seed: number) {
  const images = new Uint8Array(count * 64), labels = new Uint8Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    labels[i] = i % 2;
    for (let k = 0; k < 64; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const bright = (k % 8 < 4) === (labels[i] === 0);
      images[i * 64 + k] = (bright ? 150 : 60) + (state >>> 26);
    }
  }
  return inMemory({ images, labels, count, channels: 1, rows: 8, columns: 8, classes: ["left", "right"] });
}

const options: ClassifyOptions = {
  ...{ epochs: 4, batch: 16, accumulate: 2, learningRate: 0.01, weightDecay: 1e-4, average: 0.8, patience: 0, seed: 1 },
  augment: { crop: 1 },
};

Deno.test("classify() learns, keeps the best model, and gives the same bits again", async () => {
  const [train, test] = [halves(64, 1), halves(20, 2)];
  const told: [number, boolean][] = [];
  const outcome = await classify(train, test, options, {
    epoch: ({ epoch, testAccuracy }, _, best) => {
      told.push([testAccuracy, best]);
      assertEquals(epoch, told.length);
      return Promise.resolve();
    },
  });
  assertEquals(told.length, 4);
  assert(outcome.result.accuracy > 0.9, `accuracy ${outcome.result.accuracy}`);
  assertEquals(outcome.result.accuracy, Math.max(...told.map(([accuracy]) => accuracy)));
  assertEquals(
    told.findIndex(([accuracy]) => accuracy === outcome.result.accuracy),
    told.findLastIndex(([, best]) => best),
  );
  // What is kept is what was tested.
  assertEquals(await tester(networkFor(train))(outcome.best, test), outcome.result);
  const again = await classify(train, test, options);
  const values = (model: object) => Promise.all(tree.leaves(model).map((t) => t.data()));
  assertEquals(await values(again.best), await values(outcome.best));
});

Deno.test("classify() stops early without a better test", async () => {
  const train = halves(32, 1);
  let epochs = 0;
  // All images are alike: no test is better than the first.
  const same = inMemory({ ...halves(2, 1), images: new Uint8Array(128).fill(9) });
  const outcome = await classify(train, same, { ...options, epochs: 9, learningRate: 1e-6, average: 0, patience: 2 }, {
    epoch: () => Promise.resolve(void epochs++),
  });
  assertEquals([epochs, outcome.stopped], [3, true]);
});

Deno.test("scheduleOf() warms up, stays, and decays to nothing", async () => {
  const rate = scheduleOf(0.1, 100);
  const values = await Promise.all([0, 9, 10, 49, 75, 99].map((step) => rate(step).item()));
  const expected = [0.01, 0.1, 0.1, 0.1, 0.05, 0.0001];
  values.forEach((value, i) => assert(Math.abs(value - expected[i]) < 1e-4, `${values}`));
});

Deno.test("EarlyStopping keeps the best and counts what is no better", () => {
  const stopping = new EarlyStopping({ patience: 2, minDelta: 0.1 });
  const told = [0.5, 0.55, 0.7, NaN, 0.6].map((value) => stopping.observe(value));
  assertEquals(told.map(({ improved }) => improved), [true, false, true, false, false]);
  assertEquals(told.map(({ stop }) => stop), [false, false, false, false, true]);
  const later = new EarlyStopping({ mode: "min" }, { best: 0.3, since: 5 });
  assertEquals(later.observe(0.2), { improved: true, stop: false });
  assertEquals(later.state, { best: 0.2, since: 0 });
  assertThrows(() => new EarlyStopping({ patience: 0 }), RangeError, "patience must be a positive integer, got 0");
  assertThrows(() => new EarlyStopping({ minDelta: -1 }), RangeError, "minDelta must be 0 or more, got -1");
});

Deno.test("metrics count what was recognised", async () => {
  const logits = tensor([[3, 2, 1], [0, 5, 1], [2, 1, 0], [0, 1, 4]]);
  const labels = tensor(Int32Array.of(0, 1, 1, 0));
  assertEquals(await correct(logits, labels).toArray(), [1, 1, 0, 0]);
  assertEquals(await correctTop(logits, labels, 2).toArray(), [1, 1, 1, 0]);
  const matrix = await confusion(logits, labels, 3).toArray() as number[][];
  assertEquals(matrix, [[1, 0, 1], [1, 1, 0], [0, 0, 0]]);
  const scores = scoresOf(matrix);
  assertEquals([scores[0].precision, scores[0].recall, scores[0].f1], [0.5, 0.5, 0.5]);
  assertEquals(scores[1], { precision: 1, recall: 0.5, f1: 2 / 3 });
  assertEquals(scores[2], { precision: 0, recall: 0, f1: 0 });
  const mean = new Mean();
  mean.add(1, 3);
  mean.add(5, 1);
  assertEquals(mean.value, 2);
});

Deno.test("the program trains on a folder of MNIST files and keeps the best model", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cotangent-" });
  try {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const flags = "--data mnist --limit 60 --epochs 1 --batch 20 --flip --crop 2".split(" ");
    assertEquals(await main([...flags, "--out", `${folder}/a`], print), 0, lines.join("\n"));
    const { tensors, metadata } = await io.loadSafetensors(`${folder}/a/best.safetensors`);
    assertEquals(JSON.parse(metadata.classes).length, 10);
    assertEquals(tensors["normalisation.mean"].shape, [1, 1, 1]);
    const metrics = (await Deno.readTextFile(`${folder}/a/metrics.jsonl`)).trim().split("\n");
    assertEquals(metrics.length, 1);
    assert(lines.some((line) => line.startsWith("Best: ")), lines.join("\n"));
    assertEquals(await main([...flags, "--out", `${folder}/a`], print), 1);
    assert(lines.at(-1)!.includes("holds a run already"), lines.at(-1));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the program says what is wrong with its flags", async (t) => {
  const cases: [string, string][] = [
    ["--epochs none", 'error: --epochs: expected a whole number from 1 to 10000, got "none"'],
    ["--average 1", 'error: --average: expected a number from 0 to 0.99999, got "1"'],
    ["--data pictures", 'error: --data: expected mnist, fashion, cifar10:DIR or folder:DIR, got "pictures"'],
    ["--data cifar10:/nowhere", "error: cifar10: cannot read /nowhere/"],
    ["--speed 3", "error: Unknown option '--speed'"],
  ];
  for (const [flags, message] of cases) {
    await t.step(flags, async () => {
      const lines: string[] = [];
      assertEquals(await main(flags.split(" "), (line) => void lines.push(line)), 1);
      assert(lines[0].startsWith(message), lines[0]);
    });
  }
});

Deno.test("the first parameters of the network depend on the key alone", async () => {
  const network = networkFor({ channels: 3, classes: ["a", "b"] });
  const [a, b] = [network.init(random.key(0)), network.init(random.key(0))];
  assertEquals(await tree.leaves(a)[1].data(), await tree.leaves(b)[1].data());
  assertEquals(network.apply(a, random.normal(random.key(1), [2, 3, 12, 8])).shape, [2, 2]);
});
