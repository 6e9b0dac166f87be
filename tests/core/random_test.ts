import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { tensor } from "../../core/creation.ts";
import * as random from "../../core/random.ts";
import { erf } from "../../core/compile/special.ts";
import type { Tensor } from "../../core/tensor.ts";
import { jit, vmap } from "../../core/transforms/mod.ts";
import { assertClose } from "../support/close.ts";
import { allDeviceNames } from "../support/devices.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";

interface Case {
  fn: string;
  key: GoldenArray;
  seed: number;
  num: number;
  data: number;
  n: number;
  shape: number[];
  low: number;
  high: number;
  p: number;
  dtype?: "float64";
  logits: GoldenArray;
  drawShape: number[] | null;
  value?: GoldenArray;
  head: GoldenArray;
  tail: GoldenArray;
}

const { cases } = loadGolden<{ cases: Case[] }>("random");

const bound = (value: number | string): number => Number(value); // "Infinity" is a text in JSON

function keyOf(c: Case, device: string): Tensor {
  return tensor(Uint32Array.from(c.key.data), { device });
}

/** The values that a case has, first and last ones of long results. */
function parts(c: Case, values: ArrayLike<number>): [actual: number[], expected: number[]] {
  const all = Array.from(values);
  // The file has the shortest decimals that read back to the same float32.
  const read = ({ dtype, data }: GoldenArray): number[] => Array.from(data, dtype === "float32" ? Math.fround : Number);
  if (c.value) return [all, read(c.value)];
  return [[...all.slice(0, 8), ...all.slice(-8)], [...read(c.head), ...read(c.tail)]];
}

function draw(c: Case, device: string): Tensor | Tensor[] {
  const { shape, dtype, low, high } = c;
  switch (c.fn) {
    case "key":
      return random.key(c.seed, { device });
    case "split":
      return random.split(keyOf(c, device), c.num);
    case "foldIn":
      return random.foldIn(keyOf(c, device), c.data);
    case "bits":
      return random.bits(keyOf(c, device), shape);
    case "uniform":
      return random.uniform(keyOf(c, device), shape, { min: low, max: high, dtype });
    case "randint":
      return random.randint(keyOf(c, device), shape, low, high);
    case "permutation":
      return random.permutation(keyOf(c, device), c.n);
    case "normal":
      return random.normal(keyOf(c, device), shape, { dtype });
    case "truncatedNormal":
      return random.truncatedNormal(keyOf(c, device), bound(low), bound(high), shape);
    case "bernoulli":
      return random.bernoulli(keyOf(c, device), c.p, shape);
    case "categorical": {
      const logits = tensor(Float32Array.from(c.logits.data), { shape: c.logits.shape, device });
      return random.categorical(keyOf(c, device), logits, c.drawShape ? { shape: c.drawShape } : {});
    }
    default:
      throw new Error(`no function for ${c.fn}`);
  }
}

/** Cases in which JAX gives a constant for an empty range, which is an error here. */
const empty = (c: Case): boolean => (c.fn === "randint" && c.high <= c.low) || (c.fn === "uniform" && c.high < c.low);

const close: Record<string, { rtol: number; atol: number }> = {
  normal: { rtol: 5e-7, atol: 1e-7 },
  truncatedNormal: { rtol: 1e-6, atol: 2e-6 },
};

for (const device of allDeviceNames) {
  const names = [...new Set(cases.map((c) => c.fn))].filter((name) => name !== "gumbel");
  for (const name of names) {
    Deno.test(`random.${name}() gives JAX's values (${device})`, async () => {
      for (const c of cases) {
        if (c.fn !== name) continue;
        if (c.dtype === "float64" && device === "webgpu") {
          assertThrows(() => draw(c, device), TypeError, "no float64");
          continue;
        }
        if (empty(c)) {
          assertThrows(() => draw(c, device), RangeError);
          continue;
        }
        const result = draw(c, device);
        const list = Array.isArray(result) ? result : [result];
        const values: number[] = [];
        for (const t of list) values.push(...await t.data());
        const [actual, expected] = parts(c, values);
        const message = JSON.stringify({ ...c, value: undefined, head: undefined, tail: undefined });
        if (close[name]) {
          assertClose(actual, expected, c.dtype ? { rtol: 1e-13, atol: 1e-13, message } : { ...close[name], message });
        } // The one sampler of doubles that does not round once.
        else if (c.dtype && c.low !== 0) assertClose(actual, expected, { rtol: 4e-16, atol: 4e-16, message });
        else assertEquals(actual, expected, message);
      }
    });
  }
}

Deno.test("the hash has the known answers of its authors", async () => {
  // foldIn hashes the counter (0, data); the published vectors of (0, 0) fit it.
  const [a, b] = await random.foldIn(tensor(new Uint32Array(2)), 0).data();
  assertEquals([a, b], [0x6B200159, 0x99BA4EFE]);
});

Deno.test("a key stands for its seed modulo 2⁵³", async (t) => {
  await t.step("large seeds use both words", async () => {
    assertEquals(await random.key(2 ** 32 + 5).toArray(), [1, 5]);
    assertEquals(await random.key(Number.MAX_SAFE_INTEGER).toArray(), [0x1FFFFF, 0xFFFFFFFF]);
  });
  await t.step("negative ones are those of 32-bit JAX", async () => {
    assertEquals(await random.key(-2).toArray(), [0, 4294967294]);
  });
});

Deno.test("split() gives the keys that foldIn() gives, whatever their count", async () => {
  const key = random.key(7);
  const keys = random.split(key, 5);
  for (let i = 0; i < keys.length; i++) {
    assertEquals(keys[i].shape, [2]);
    assertEquals(await keys[i].data(), await random.foldIn(key, i).data());
  }
  assertEquals(await random.split(key, 1)[0].data(), await keys[0].data());
});

Deno.test("foldIn() takes negative numbers and integer tensors", async () => {
  const key = random.key(7);
  const expected = await random.foldIn(key, 4294967295).data();
  assertEquals(await random.foldIn(key, -1).data(), expected);
  assertEquals(await random.foldIn(key, tensor(-1, { dtype: "int32" })).data(), expected);
  assertEquals(await random.foldIn(key, tensor(4294967295, { dtype: "uint32" })).data(), expected);
});

Deno.test("a sampler reads positions row by row: the shape does not change the numbers", async () => {
  const key = random.key(3);
  const flat = await random.bits(key, [24]).data();
  for (const shape of [[2, 3, 4], [24, 1], [1, 4, 1, 6], [2, 2, 2, 3]]) {
    assertEquals(await random.bits(key, shape).data(), flat);
  }
});

Deno.test("the same seed gives the same bits on every device", async () => {
  const results = await Promise.all(allDeviceNames.map(async (device) => {
    const key = random.key(99, { device });
    return [
      await random.bits(key, [65]).data(),
      await random.uniform(key, [65], { min: -0.3, max: 0.7 }).data(),
      await random.randint(key, [65], -5, 1000).data(),
      await random.permutation(key, 65).data(),
      await random.bernoulli(key, 0.3, [65]).data(),
    ];
  }));
  for (const result of results) assertEquals(result, results[0]);
});

for (const device of allDeviceNames) {
  Deno.test(`samplers give the same under jit() and vmap() (${device})`, async () => {
    const key = random.key(5, { device });
    const samplers: Record<string, (key: Tensor) => Tensor> = {
      bits: (k) => random.bits(k, [3, 2]),
      uniform: (k) => random.uniform(k, [3, 2], { min: -1, max: 2 }),
      normal: (k) => random.normal(k, [3]),
      truncatedNormal: (k) => random.truncatedNormal(k, -1, 1, [3]),
      bernoulli: (k) => random.bernoulli(k, 0.4, [9]),
      randint: (k) => random.randint(k, [4], -3, 900),
      permutation: (k) => random.permutation(k, 7),
      split: (k) => random.split(k, 3)[2],
      foldIn: (k) => random.foldIn(k, 12),
    };
    const keys = tensor(new Uint32Array([0, 5, 9, 8, 7, 6]), { shape: [3, 2], device });
    for (const [name, sampler] of Object.entries(samplers)) {
      const exact = !name.toLowerCase().includes("normal");
      const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        exact ? assertEquals(Array.from(a), Array.from(b), name) : assertClose(a, b, { rtol: 1e-6, message: name });
      same(await jit(sampler)(key).data(), await sampler(key).data());
      const mapped = await vmap(sampler)(keys).data();
      const first = await sampler(key).data();
      same(mapped.subarray(0, first.length), first);
      assertEquals(mapped.length, 3 * first.length);
    }
  });
}

Deno.test("vmap() of foldIn() makes many keys", async () => {
  const key = random.key(1);
  const keys = vmap((i: Tensor) => random.foldIn(key, i))(tensor(new Int32Array([0, 1, 2])));
  assertEquals(keys.shape, [3, 2]);
  assertEquals((await keys.data()).subarray(4), await random.split(key, 3)[2].data());
});

Deno.test("permutation() of a tensor moves whole rows", async () => {
  const key = random.key(11);
  const x = tensor([[0, 10], [1, 11], [2, 12], [3, 13], [4, 14]]);
  const order = await random.permutation(key, 5).data();
  assertEquals(await random.permutation(key, x).toArray(), [...order].map((i) => [i, i + 10]));
  assertEquals(random.permutation(key, tensor([], { shape: [0, 3] })).shape, [0, 3]);
});

Deno.test("categorical() draws along another axis what it draws along the last", async () => {
  const key = random.key(2);
  const sure = tensor([[0, -Infinity], [-Infinity, 0], [-Infinity, -Infinity]]); // [3 classes, 2 rows]
  assertEquals(await random.categorical(key, sure, { axis: 0 }).toArray(), [0, 1]);
  const draws = random.categorical(key, sure, { axis: 0, shape: [4, 2] });
  assertEquals(await draws.toArray(), Array.from({ length: 4 }, () => [0, 1]));
});

Deno.test("bernoulli() takes a tensor of probabilities", async () => {
  const key = random.key(2);
  const p = tensor([0, 1, 0, 1]);
  assertEquals(await random.bernoulli(key, p).toArray(), [false, true, false, true]);
  assertEquals(random.bernoulli(key, p, [3, 4]).shape, [3, 4]);
  assertThrows(() => random.bernoulli(key, p, [4, 3]), TypeError, "broadcast");
});

// --- statistics, with fixed seeds: each limit is passed by one seed in a thousand or fewer ---

/** The largest distance between the empirical distribution and `cdf`, times √n: below 1.95 in 999 of 1000 cases. */
function kolmogorov(samples: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(samples).sort();
  let worst = 0;
  sorted.forEach((x, i) => {
    const p = cdf(x);
    worst = Math.max(worst, p - i / sorted.length, (i + 1) / sorted.length - p);
  });
  return worst * Math.sqrt(sorted.length);
}

/** Mean, variance, skewness and kurtosis. */
function moments(samples: ArrayLike<number>): number[] {
  const x = Array.from(samples);
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const central = (k: number) => x.reduce((a, b) => a + (b - mean) ** k, 0) / x.length;
  const variance = central(2);
  return [mean, variance, central(3) / variance ** 1.5, central(4) / variance ** 2];
}

/** Pearson's statistic of counts that should be equal, as a number of standard deviations. */
function chiSquare(counts: number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  const statistic = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  return (statistic - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const count = 5000;

Deno.test("uniform() is uniform", async () => {
  for (const seed of [0, 1, 2]) {
    const x = await random.uniform(random.key(seed), [count]).data();
    assertLess(kolmogorov(x, (v) => v), 1.95);
    const [mean, variance, skewness, kurtosis] = moments(x);
    assertClose([mean, variance, skewness, kurtosis], [0.5, 1 / 12, 0, 1.8], { atol: 0.06, rtol: 0 });
    const neighbours = x.slice(1).map((v, i) => (v - 0.5) * (x[i] - 0.5) * 12);
    assertLess(Math.abs(moments(neighbours)[0]), 3.3 / Math.sqrt(count));
  }
});

Deno.test("uniform() stays in its range, in float64 too", async () => {
  for (const dtype of ["float32", "float64"] as const) {
    const t = random.uniform(random.key(4), [count], { min: 2, max: 5, dtype });
    assertEquals(t.dtype, dtype);
    const x = await t.data();
    assert(x.every((v) => v >= 2 && v < 5));
    assertLess(kolmogorov(x, (v) => (v - 2) / 3), 1.95);
  }
});

Deno.test("normal() is normal, in float64 too", async () => {
  for (const dtype of ["float32", "float64"] as const) {
    const t = random.normal(random.key(8), [count], { dtype });
    assertEquals(t.dtype, dtype);
    const x = await t.data();
    assertLess(kolmogorov(x, normalCdf), 1.95);
    const limits = [1, 2, 6, 24].map((variance) => 3.3 * Math.sqrt(variance / count));
    [0, 1, 0, 3].forEach((expected, k) => assertClose(moments(x)[k], expected, { atol: limits[k], rtol: 0 }));
  }
});

Deno.test("truncatedNormal() has the normal density between its bounds", async () => {
  for (const [low, high] of [[-2, 2], [0.5, Infinity], [-Infinity, -1], [1, 1.25]]) {
    const x = await random.truncatedNormal(random.key(6), low, high, [count]).data();
    assert(x.every((v) => v > low && v < high));
    const [a, b] = [normalCdf(low), normalCdf(high)];
    assertLess(kolmogorov(x, (v) => (normalCdf(v) - a) / (b - a)), 1.95);
  }
});

Deno.test("bernoulli(), randint() and categorical() have their probabilities", async () => {
  const key = random.key(12);
  const heads = Array.from(await random.bernoulli(key, 0.3, [count]).data()).reduce((a, b) => a + b, 0);
  assertLess(Math.abs(heads / count - 0.3), 3.3 * Math.sqrt(0.3 * 0.7 / count));
  const counts = (values: ArrayLike<number>, size: number): number[] => {
    const result = new Array<number>(size).fill(0);
    for (let i = 0; i < values.length; i++) result[values[i]]++;
    return result;
  };
  assertLess(chiSquare(counts(await random.randint(key, [count], 0, 10).data(), 10)), 4);
  const logits = tensor([Math.log(1), Math.log(2), Math.log(7)]);
  const drawn = counts(await random.categorical(key, logits, { shape: [count] }).data(), 3);
  [0.1, 0.2, 0.7].forEach((p, i) => {
    assertLess(Math.abs(drawn[i] / count - p), 3.3 * Math.sqrt(p * (1 - p) / count));
  });
});

Deno.test("permutation() gives every order equally often", async () => {
  const orders = await vmap((i: Tensor) => random.permutation(random.foldIn(random.key(0), i), 4))(
    tensor(Int32Array.from({ length: 2400 }, (_, i) => i)),
  ).data();
  const counts = new Map<string, number>();
  for (let i = 0; i < orders.length; i += 4) {
    const order = orders.slice(i, i + 4).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  assertLess(chiSquare([...counts.values()]), 4);
});

Deno.test("random functions refuse bad arguments, saying what to do", async (t) => {
  const key = random.key(0);
  // deno-lint-ignore no-explicit-any
  const any = (value: unknown) => value as any;
  const wrong: [string, () => unknown, new (message: string) => Error, string][] = [
    ["key of a text", () => random.key(any("1")), TypeError, "random.key: the seed must be a number"],
    ["key of a fraction", () => random.key(1.5), RangeError, "got 1.5"],
    ["key of NaN", () => random.key(NaN), RangeError, "NaN"],
    ["key too large", () => random.key(2 ** 53), RangeError, "9007199254740991"],
    ["key option", () => random.key(0, any({ devise: "cpu" })), TypeError, 'did you mean "device"?'],
    ["a seed for a key", () => random.normal(any(3), [2]), TypeError, "random.normal: the key must be"],
    ["a seed for a key, hint", () => random.normal(any(3), [2]), TypeError, "use random.key(3)"],
    ["split's result for a key", () => random.bits(any(random.split(key)), [2]), TypeError, "take one of the keys"],
    ["a float key", () => random.bits(tensor([0, 1]), [2]), TypeError, "float32 of shape [2]"],
    ["a table of keys", () => random.bits(tensor(new Uint32Array(4), { shape: [2, 2] }), []), TypeError, "vmap"],
    ["split count", () => random.split(key, 0), RangeError, "positive integer, got 0"],
    ["foldIn fraction", () => random.foldIn(key, 0.5), RangeError, "got 0.5"],
    ["foldIn float tensor", () => random.foldIn(key, tensor(1)), TypeError, "integer scalar, got float32"],
    ["shape of a number", () => random.uniform(key, any(3)), TypeError, "random.uniform: shape must be an array"],
    ["negative shape", () => random.uniform(key, [-1]), RangeError, "-1"],
    ["huge shape", () => random.uniform(key, [65536, 65536]), RangeError, "more than"],
    ["uniform option", () => random.uniform(key, [1], any({ low: 1 })), TypeError, 'unknown option "low"'],
    ["uniform range", () => random.uniform(key, [1], { min: 1, max: 0 }), RangeError, "max 0 is below min 1"],
    ["uniform infinite", () => random.uniform(key, [1], { max: Infinity }), RangeError, "not finite"],
    ["uniform overflow", () => random.uniform(key, [1], { min: -3e38, max: 3e38 }), RangeError, "not finite"],
    ["uniform dtype", () => random.uniform(key, [1], any({ dtype: "float" })), TypeError, 'did you mean "float32"?'],
    ["normal dtype", () => random.normal(key, [1], { dtype: "int32" }), TypeError, "random.normal: dtype must be"],
    ["truncated order", () => random.truncatedNormal(key, 2, -2, [1]), RangeError, "lower 2 is not below upper -2"],
    ["truncated tail", () => random.truncatedNormal(key, 20, 21, [1]), RangeError, "between 20 and 21"],
    ["bernoulli range", () => random.bernoulli(key, 1.5, [1]), RangeError, "p must be in [0, 1], got 1.5"],
    ["bernoulli integers", () => random.bernoulli(key, tensor(1, { dtype: "int32" })), TypeError, "got int32"],
    ["randint range", () => random.randint(key, [1], 3, 3), RangeError, "no integers from 3"],
    ["randint bounds", () => random.randint(key, [1], 0, 2 ** 31), RangeError, "high must be a 32-bit integer"],
    ["permutation of less", () => random.permutation(key, -1), RangeError, "-1"],
    ["permutation of a scalar", () => random.permutation(key, tensor(4)), TypeError, "a scalar tensor has no rows"],
    ["categorical integers", () => random.categorical(key, tensor([1], { dtype: "int32" })), TypeError, "floating"],
    ["categorical axis", () => random.categorical(key, tensor([1]), { axis: 1 }), RangeError, "axis 1"],
    ["categorical nothing", () => random.categorical(key, tensor([])), TypeError, "no classes"],
    ["categorical shape", () => random.categorical(key, tensor([[1], [2]]), { shape: [3] }), TypeError, "does not end"],
  ];
  for (const [name, call, kind, text] of wrong) await t.step(name, () => void assertThrows(call, kind, text));
});
