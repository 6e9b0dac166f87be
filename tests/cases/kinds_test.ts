/**
 * The kinds of which the public reports are cases, each as a property of random inputs on every device. What is expected comes from the
 * definition, in JavaScript's own numbers.
 *
 * @module
 */
import {
  device,
  full,
  grad,
  hessian,
  jit,
  nn,
  ops,
  random,
  setDefaultDevice,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
import { sizeOf } from "../../core/shape.ts";
import { assertClose } from "../support/close.ts";
import { uniform } from "../support/random.ts";
import { digits, dtypeOf, gradients } from "../ops/golden.ts";
import { convolution, type Geometry, outputShape } from "./convolution.ts";
import { assertExactly, completeness, here, kind, strided, whole, wholes } from "./numbers.ts";
import { script } from "./script.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";

const from = (min: number, max: number) => fc.integer({ min, max });

/** Convolutions whose kernel fits. */
const geometries: fc.Arbitrary<Geometry> = fc.record({
  n: from(0, 2),
  groups: from(1, 3),
  channels: from(1, 2),
  out: from(1, 3),
  height: from(1, 7),
  width: from(1, 7),
  kernel: fc.tuple(from(1, 3), from(1, 3)),
  stride: from(1, 3),
  padding: from(0, 2),
  dilation: from(1, 2),
}).map(({ n, groups, channels, out, height, width, kernel, ...options }) => ({
  input: [n, groups * channels, height, width],
  kernel: [groups * out, channels, ...kernel],
  groups,
  ...options,
})).filter((geometry) => outputShape(geometry).every((extent, axis) => axis === 0 || extent > 0));

kind(
  [1, 2, 3, 4],
  "a convolution and both gradients are those of its definition, to the bit",
  geometries,
  async (geometry) => {
    const { input, kernel, ...options } = geometry;
    const [x, w, c] = [whole(sizeOf(input), 1), whole(sizeOf(kernel), 2), whole(sizeOf(outputShape(geometry)), 3)];
    const expected = convolution(geometry, x, w, c);
    const [tx, tw] = [tensor(x, { shape: input }), tensor(w, { shape: kernel })];
    const f = (x: Tensor, w: Tensor) => ops.conv2d(x, w, options);
    const out = f(tx, tw);
    assertEquals(out.shape, outputShape(geometry));
    const [dx, dw] = gradients(f, [tx, tw], tensor(c, { shape: out.shape }), [0, 1]);
    assertEquals([dx.shape, dw.shape], [input, kernel]);
    await assertExactly(out, expected.out, "output");
    await assertExactly(dx, expected.dx, "gradient of the input");
    await assertExactly(dw, expected.dw, "gradient of the kernel");
  },
  25,
);

const shapes = fc.array(from(0, 3), { minLength: 1, maxLength: 4 });

kind(
  [5],
  "reductions of nothing give their neutral element, and those without one throw",
  fc.tuple(shapes, fc.nat()),
  async ([shape, k]) => {
    const axis = k % shape.length;
    const x = wholes(shape);
    const rest = shape.filter((_, i) => i !== axis);
    const results: [(x: Tensor, axis: number) => Tensor, number][] = [[ops.sum, 0], [ops.mean, NaN], [ops.prod, 1], [
      ops.variance,
      NaN,
    ], [ops.logSumExp, -Infinity]];
    for (const [f, neutral] of results) {
      const y = f(x, axis);
      assertEquals(y.shape, rest);
      if (shape[axis] === 0) assertEquals([...await y.data()], new Array(y.size).fill(neutral));
    }
    for (const f of [ops.max, ops.min, ops.argmax, ops.argmin] as ((x: Tensor, axis: number) => Tensor)[]) {
      if (shape[axis] === 0) assertThrows(() => f(x, axis), TypeError, "no elements to choose from");
      else assertEquals(f(x, axis).shape, rest);
    }
  },
);

kind(
  [6],
  "the gradient of an operand that was repeated is summed back to its shape",
  fc.record({
    batch: fc.array(from(0, 3), { maxLength: 2 }),
    m: from(1, 3),
    k: from(0, 3),
    n: from(1, 3),
    keep: fc.nat(3),
  }),
  async ({ batch, m, k, n, keep }) => {
    // Some axes of the batch have one element, or are missing, in the second operand.
    const own = batch.map((extent, i) => keep & (1 << i) ? extent : 1).slice(keep === 0 ? batch.length : 0);
    const [x, y] = [wholes([...batch, m, k], 1), wholes([...own, k, n], 2)];
    const c = wholes([...batch, m, n], 3);
    const [dx, dy] = gradients(ops.matmul, [x, y], c, [0, 1]);
    assertEquals([dx.shape, dy.shape], [x.shape, y.shape]);
    const [xs, cs] = [await x.data(), await c.data()];
    const expected = new Array<number>(y.size).fill(0);
    const repeats = sizeOf(batch);
    for (let b = 0; b < repeats; b++) {
      const index = batch.map((extent, i) => Math.floor(b / sizeOf(batch.slice(i + 1))) % extent);
      const owner = strided(own)(
        ...index.slice(batch.length - own.length).map((i, axis) => Math.min(i, own[axis] - 1)),
      );
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < k; j++) {
          for (let l = 0; l < n; l++) {
            expected[(owner * k + j) * n + l] += xs[(b * m + i) * k + j] * cs[(b * m + i) * n + l];
          }
        }
      }
    }
    await assertExactly(dy, expected);
  },
);

/** Functions with their first two derivatives. */
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const smooth: [(x: Tensor) => Tensor, (x: number) => number, (x: number) => number, (x: number) => number][] = [
  [ops.tanh, Math.tanh, (x) => 1 - Math.tanh(x) ** 2, (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
  [ops.exp, Math.exp, Math.exp, Math.exp],
  [ops.sin, Math.sin, Math.cos, (x) => -Math.sin(x)],
  [ops.square, (x) => x * x, (x) => 2 * x, () => 2],
  [
    ops.sigmoid,
    sigmoid,
    (x) => sigmoid(x) * (1 - sigmoid(x)),
    (x) => sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x)),
  ],
  [
    ops.softplus,
    (x) => Math.log1p(Math.exp(x)),
    sigmoid,
    (x) => sigmoid(x) * (1 - sigmoid(x)),
  ],
];
const somewhere = fc.integer({ min: -100, max: 100 }).map((i) => i / 100);

kind(
  [7],
  "second derivatives of products and compositions follow the product rule and the chain rule",
  fc.tuple(fc.constantFrom(...smooth), fc.constantFrom(...smooth), somewhere),
  async ([[f, f0, f1, f2], [g, g0, g1, g2], at]) => {
    const second = (h: (x: Tensor) => Tensor) => hessian(h)(tensor(at, { dtype: dtypeOf("float64") })).item();
    const near = digits({ rtol: 1e-9, atol: 1e-9 });
    const x = Math.fround(at) === at || dtypeOf("float64") === "float64" ? at : Math.fround(at);
    const composed = f2(g0(x)) * g1(x) ** 2 + f1(g0(x)) * g2(x);
    assertClose(await second((x) => f(g(x))), composed, near);
    assertClose(await second((x) => ops.mul(f(x), g(x))), f2(x) * g0(x) + 2 * f1(x) * g1(x) + f0(x) * g2(x), near);
  },
  12,
);

kind(
  [8],
  "the deviation of equal values is 0 with derivative 0, and the norms around it stay finite",
  fc.tuple(from(1, 40), fc.integer({ min: -1000, max: 1000 }).map((i) => i / 8)),
  async ([n, value]) => {
    // n · value is exact, and so is the mean.
    const x = full([2, n], value);
    const [slope] = gradients((x) => ops.sum(ops.std(x, 1)), [x], tensor(1), [0]);
    await assertExactly(ops.std(x, 1), [0, 0]);
    await assertExactly(slope, new Array(2 * n).fill(0));
    const [norm] = gradients((x) => ops.sum(ops.layerNorm(x)), [x], tensor(1), [0]);
    assert((await norm.data()).every(Number.isFinite));
  },
);

kind(
  [9],
  "mean and variance keep their digits beside a large offset",
  fc.tuple(from(2, 3000), from(-10000, 10000), fc.nat(99)),
  async ([n, offset, seed]) => {
    const next = uniform(seed);
    const values = Float32Array.from({ length: n }, () => offset + next());
    const mean = values.reduce((sum, v) => sum + v, 0) / n;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
    assertClose(await ops.mean(tensor(values)).item(), mean, { rtol: 3e-7 });
    // The mean itself is rounded: its error, squared, is what the variance may be off.
    assertClose(await ops.variance(tensor(values)).item(), variance, { rtol: 1e-4, atol: (offset * 2 ** -23) ** 2 });
  },
);

kind(
  [10, 15],
  "where() has the derivative of the branch taken, though the other one has none there",
  fc.array(somewhere, { minLength: 1, maxLength: 6 }),
  async (points) => {
    const x = tensor(points);
    const f = (x: Tensor) => {
      const inside = ops.greater(x, 0.25);
      const safe = ops.where(inside, x, 1);
      return ops.sum(ops.where(inside, ops.add(ops.sqrt(safe), ops.log(safe)), ops.mul(x, -3)));
    };
    const expected = points.map(Math.fround).map((v) => v > 0.25 ? 0.5 / Math.sqrt(v) + 1 / v : -3);
    for (const g of [grad(f), jit(grad(f))]) assertClose(await g(x).data(), expected, { rtol: 1e-5 });
  },
);

kind(
  [11],
  "batches of products and elementwise operations of any number are whole",
  fc.tuple(fc.constantFrom(1, 2, 255, 1024, 4097, 65535, 65536, 65537), from(1, 2), from(1, 3), from(1, 2)),
  async ([batch, m, k, n]) => {
    const [x, y] = [whole(batch * m * k, 1), whole(batch * k * n, 2)];
    const expected = new Float32Array(batch * m * n);
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          for (let l = 0; l < k; l++) expected[(b * m + i) * n + j] += x[(b * m + i) * k + l] * y[(b * k + l) * n + j];
        }
      }
    }
    const product = ops.matmul(tensor(x, { shape: [batch, m, k] }), tensor(y, { shape: [batch, k, n] }));
    const [values, more] = [await product.data(), await ops.add(product, 1).data()];
    assertEquals(values.findIndex((v, i) => v !== expected[i]), -1);
    assertEquals(more.findIndex((v, i) => v !== expected[i] + 1), -1);
  },
  8,
);

kind(
  [12, 18],
  "a sum of equal values is their number times the value, along any axis",
  fc.tuple(from(1, 300_000), from(1, 3), fc.boolean(), fc.constantFrom(1, 0.1, 1e-3)),
  async ([n, rows, first, value]) => {
    const x = ops.mul(full(first ? [n, rows] : [rows, n], 1), value);
    const sums = await ops.sum(x, first ? 0 : 1).data();
    const expected = new Array(rows).fill(n * Math.fround(value));
    assertClose(sums, expected, { rtol: value === 1 ? 0 : 1e-6, atol: 0 });
  },
  8,
);

kind(
  [13],
  "shapes of more elements than there can be are refused by name, before anything is made",
  fc.array(from(1300, 100_000), { minLength: 3, maxLength: 4 }),
  (shape) => {
    const made: [string, () => unknown][] = [
      ["zeros", () => zeros(shape)],
      ["full", () => full(shape, 1)],
      ["broadcastTo", () => ops.broadcastTo(tensor(1), shape)],
      ["uniform", () => random.uniform(random.key(0), shape)],
      ["tile", () => ops.tile(zeros(shape.map(() => 1)), shape)],
      ["pad", () => ops.pad(zeros(shape.map(() => 1)), shape.map((n) => [0, n]))],
      ["oneHot", () => ops.oneHot(tensor([1, 2], { dtype: "int32" }), 2 ** 31)],
    ];
    for (const [name, make] of made) {
      const error = assertThrows(make, RangeError);
      assert(
        new RegExp(`^(random\\.)?${name}: `).test(error.message) && /elements/.test(error.message),
        `${name}: ${error.message}`,
      );
    }
  },
  4,
);

kind(
  [14],
  "reads settle, whenever the device ends, and the next one computes",
  fc.array(fc.constantFrom("read", "compute", "close", "wait"), { minLength: 2, maxLength: 8 }),
  async (steps) => {
    const name = here();
    let x = full([500], 1);
    const pending: Promise<unknown>[] = [];
    for (const step of [...steps, "close"]) {
      if (step === "read") pending.push(x.data().then((v) => assertEquals(v.every((u) => u === v[0]), true), told));
      else if (step === "wait") await new Promise((resolve) => setTimeout(resolve, 1));
      else if (step === "compute") x = ops.add(x, 1);
      else {
        (await device(name)).close();
        setDefaultDevice(await device(name));
        x = full([500], 1);
      }
    }
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise((_, reject) =>
      timer = setTimeout(() => reject(new Error("a read never settled")), 20_000)
    );
    await Promise.race([Promise.all(pending), late]);
    clearTimeout(timer!);
  },
  4,
);

function told(error: Error): void {
  assert(/closed|lost/.test(error.message), error.message);
}

const special = fc.constantFrom(NaN, Infinity, -Infinity, 0, 1, -2);

kind(
  [16],
  "NaN is seen, comes through reductions, and can be replaced, wherever it stands",
  fc.array(fc.array(special, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
  async (rows) => {
    const x = tensor(rows);
    const bad = rows.map((row) => row.map(Number.isNaN));
    const clean = rows.map((row) => row.map((v) => Number.isNaN(v) ? 0 : v));
    assertEquals(await ops.isNaN(x).toArray(), bad);
    assertEquals(await ops.isFinite(x).toArray(), rows.map((row) => row.map(Number.isFinite)));
    assertEquals(await ops.where(ops.isNaN(x), 0, x).toArray(), clean);
    for (const [f, expected] of [[ops.max, Math.max], [ops.min, Math.min]] as const) {
      for (const g of [f, jit((x: Tensor, axis: number) => f(x, axis), { static: [1] })]) {
        assertEquals([...await (g as typeof f)(x, 1).data()], rows.map((row) => expected(...row)));
      }
    }
    const [pair, others] = [ops.maximum(x, ops.flip(x, 1)), rows.map((row) => row.toReversed())];
    assertEquals(await pair.toArray(), rows.map((row, i) => row.map((v, j) => Math.max(v, others[i][j]))));
  },
  8,
);

kind(
  [17],
  "log, log1p, expm1, sin and cos keep their digits where they are hard",
  fc.tuple(from(1, 10_000), from(-2000, 2000)),
  async ([small, large]) => {
    const near = (f: (x: Tensor) => Tensor, exact: (v: number) => number, v: number) =>
      f(tensor(v)).item().then((y) => {
        const expected = exact(Math.fround(v));
        const rtol = 4 * 2 ** -24;
        assertClose(y, expected, { rtol, atol: 0, message: `${f.name}(${v})` });
      });
    await Promise.all([
      near(ops.log, Math.log, 1 + small * 1e-6),
      near(ops.log, Math.log, 1 - small * 1e-5 + 1e-7),
      near(ops.log1p, Math.log1p, small * 1e-9),
      near(ops.expm1, Math.expm1, small * 1e-9),
      near(ops.sin, Math.sin, large),
      near(ops.cos, Math.cos, large),
    ]);
  },
);

kind([19], "forgetting leaves no memory behind, whatever the size", fc.constantFrom(1000, 100_000), async (size) => {
  const { grown } = JSON.parse(await script("forget.ts", "60", String(size)));
  assert(grown < 300e6, `grown by ${grown} bytes`);
}, 2);

kind([20], "a script ends by itself after any end of its work", fc.constantFrom("pending", "thrown"), async (end) => {
  assertEquals((await script("train.ts", "2", end)).trim(), "trained");
}, 2);

const scConvs = fc.record({
  channels: from(1, 40),
  groups: from(1, 6),
  alpha: fc.constantFrom(undefined, 0.25, 0.5, 0.75, 0.9),
  squeezeRatio: fc.constantFrom(undefined, 1, 2, 4),
  groupSize: fc.constantFrom(undefined, 1, 2, 3),
  groupKernelSize: fc.constantFrom(undefined, 1, 2, 3, 5),
  outChannels: fc.option(from(1, 48), { nil: undefined }),
  stride: fc.constantFrom(undefined, 1, 2),
  size: from(1, 9),
});

kind(
  [21, 22],
  "ScConv gives the shape that it says, or refuses its numbers by name",
  scConvs,
  ({ channels, size, ...options }) => {
    const given = Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined));
    try {
      const layer = nn.scConv(channels, given);
      const y = layer.apply(layer.init(random.key(0)), zeros([1, channels, size, size]));
      const { outChannels = channels, stride = 1 } = options;
      assertEquals(y.shape, [1, outChannels, size / stride, size / stride]);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      assert(/^(scConv|sru|cru|groupBatchNorm2d)\b.*\d/.test(error.message), error.message);
    }
    for (const wrong of [options.outChannels ?? 3, "3", null, [3]]) {
      assertThrows(() => nn.scConv(channels, wrong as never), TypeError, "options");
    }
  },
);

kind(
  [23],
  "the gate is open where the sigmoid of the weighted norm reaches the threshold",
  fc.record({ half: from(1, 6), threshold: from(0, 20).map((i) => i / 20), seed: fc.nat(99) }),
  async ({ half, threshold, seed }) => {
    const channels = 2 * half;
    const layer = nn.sru(channels, { groups: 2, gateThreshold: threshold, norm: "groupNorm" });
    const key = random.key(seed);
    const weight = ops.add(random.uniform(key, [channels]), 0.5);
    const norm = { weight, bias: zeros([channels]) };
    const x = random.normal(random.foldIn(key, 1), [1, channels, 3, 3]);
    const { informationMask, gate } = layer.separate({ norm }, x);
    const g = await ops.groupNorm(x, 2, { weight }).data(), w = await weight.data();
    const total = Array.from(w).reduce((a, b) => a + b, 0);
    const open = await informationMask.data(), r = await gate.data();
    g.forEach((v, i) => {
      const expected = sigmoid(v * w[Math.floor(i / 9)] / total);
      assertClose(r[i], expected, { rtol: 1e-4 });
      if (Math.abs(expected - threshold) > 1e-5) assertEquals(open[i] === 1, expected >= threshold);
    });
  },
);

kind(
  [24],
  "weights that sum to 0 or nearly never crash the SRU, and NaN comes of 0 / 0 alone",
  fc.array(from(-2, 2), { minLength: 1, maxLength: 4 }),
  async (some) => {
    const weights = [...some, ...some.map((v) => -v)];
    const channels = weights.length, shape = [channels, 1, 1];
    const layer = nn.sru(channels, { groups: 1 });
    const norm = { weight: tensor(weights, { shape }), bias: zeros(shape) };
    const x = random.normal(random.key(1), [1, channels, 2, 2]);
    const loss = (p: { norm: typeof norm }) => ops.sum(layer.apply(p, x));
    const slopes = grad(loss)({ norm });
    assertEquals(slopes.norm.weight.shape, shape);
    await slopes.norm.weight.data();
    const gate = await layer.separate({ norm }, x).gate.data();
    gate.forEach((r, i) => {
      const w = weights[Math.floor(i / 4)];
      if (w === 0) assert(Number.isNaN(r)); // 0 · 0 / 0
      else assert(r === 0 || r === 1, String(r)); // ± w / 0
    });
  },
  6,
);

completeness("kind");
