/**
 * Inputs that gave wrong numbers, no numbers or no end in other libraries, by the public reports about them: 24, each on every device,
 * with the right value derived here. Values are small whole numbers where that makes them exact. `kinds_test.ts` has the property that
 * each is a case of.
 *
 * @module
 */
import {
  checkGrads,
  debugNans,
  device,
  explain,
  full,
  grad,
  hessian,
  jit,
  NanError,
  nn,
  ones,
  ops,
} from "../../mod.ts";
import { random, setDefaultDevice, type Tensor, tensor, zeros } from "../../mod.ts";
import { assertClose } from "../support/close.ts";
import { uniform } from "../support/random.ts";
import { digits, dtypeOf, gradients, isSingle } from "../ops/golden.ts";
import { convolution, type Geometry, outputShape } from "./convolution.ts";
import { assertExactly, completeness, here, report, whole, wholes } from "./numbers.ts";
import { script } from "./script.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";

/** Value and both gradients of a convolution of whole numbers are exactly those of its definition. */
async function assertConvolution(geometry: Geometry): Promise<{ dx: Tensor; dw: Tensor }> {
  const { input, kernel, ...options } = geometry;
  const [x, w, c] = [wholes(input, 1), wholes(kernel, 2), wholes(outputShape(geometry), 3)];
  const f = (x: Tensor, w: Tensor) => ops.conv2d(x, w, options);
  const expected = convolution(geometry, await x.data(), await w.data(), await c.data());
  const [dx, dw] = gradients(f, [x, w], c, [0, 1]);
  await assertExactly(f(x, w), expected.out, "output");
  await assertExactly(dx, expected.dx, "gradient of the input");
  await assertExactly(dw, expected.dw, "gradient of the kernel");
  assertEquals([dx.shape, dw.shape], [input, kernel]);
  return { dx, dw };
}

/** The gradient of a function that is linear in each argument alone, by differences, which are exact for whole numbers. */
async function assertDifferences(f: (x: Tensor) => Tensor, x: Tensor, gradient: Tensor): Promise<void> {
  const values = Float32Array.from(await x.data());
  const slopes = await Promise.all(Array.from(values, async (_, i) => {
    const moved = tensor(values.with(i, values[i] + 1), { shape: x.shape });
    return await f(moved).item() - await f(x).item();
  }));
  await assertExactly(gradient, slopes);
}

report(1, "the gradient of the kernel of a convolution in groups", async () => {
  const geometry = { input: [1, 4, 6, 6], kernel: [8, 2, 3, 3], groups: 2 };
  const { dw } = await assertConvolution(geometry);
  const [x, w, c] = [wholes(geometry.input, 1), wholes(geometry.kernel, 2), wholes(outputShape(geometry), 3)];
  // Group by group.
  const parts = ops.split(x, 2, 1).map((part, i) =>
    gradients((w) => ops.conv2d(part, w), [ops.split(w, 2)[i]], ops.split(c, 2, 1)[i], [0])[0]
  );
  await assertExactly(dw, await ops.concat(parts).data());
  await assertDifferences((w) => ops.sum(ops.mul(ops.conv2d(x, w, { groups: 2 }), c)), w, dw);
});

report(
  2,
  "the input's gradient of a strided convolution has the input's shape, and zeros where no kernel came",
  async () => {
    const { dx } = await assertConvolution({ input: [1, 1, 6, 6], kernel: [1, 1, 3, 3], stride: 2 });
    const rows = await dx.toArray() as number[][][][];
    assertEquals(rows[0][0][5], [0, 0, 0, 0, 0, 0]); // the kernels cover rows 0 … 4
  },
);

report(3, "the gradients of a dilated convolution", async () => {
  const geometry = { input: [1, 1, 5, 5], kernel: [1, 1, 3, 3], dilation: 2 };
  const { dx, dw } = await assertConvolution(geometry);
  const [x, w, c] = [wholes(geometry.input, 1), wholes(geometry.kernel, 2), wholes([1, 1, 1, 1], 3)];
  const loss = (x: Tensor, w: Tensor) => ops.sum(ops.mul(ops.conv2d(x, w, { dilation: 2 }), c));
  await assertDifferences((x) => loss(x, w), x, dx);
  await assertDifferences((w) => loss(x, w), w, dw);
});

report(4, "a convolution of a batch of 0", async () => {
  const { dw } = await assertConvolution({ input: [0, 3, 5, 5], kernel: [4, 3, 3, 3] });
  assertEquals(ops.conv2d(zeros([0, 3, 5, 5]), ones([4, 3, 3, 3])).shape, [0, 4, 3, 3]);
  await assertExactly(dw, new Float32Array(4 * 3 * 3 * 3));
});

report(5, "sum, mean and maximum of nothing", async () => {
  const x = zeros([2, 0]);
  assertEquals([...await ops.sum(x, 1).data()], [0, 0]);
  assertEquals([...await ops.mean(x, 1).data()], [NaN, NaN]);
  assertThrows(() => ops.max(x, 1), TypeError, "max: no elements to choose from: shape [2, 0] is empty along axes [1]");
  assertThrows(() => ops.argmin(x, 1), TypeError, "argmin: no elements to choose from");
  assertEquals(ops.max(x, 0).shape, [0]); // along the axis that is not empty there is nothing to choose
});

report(6, "the gradient of a matrix that a batch of products shares is the sum over the batch", async () => {
  const [x, y] = [tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]), tensor([[1, -1], [2, 0]])];
  const slope = grad((y: Tensor) => ops.sum(ops.matmul(x, y)))(y);
  // Row i, whatever the column: Σ x[b, :, i] = 1 + 3 + 5 + 7 and 2 + 4 + 6 + 8.
  assertEquals(await slope.toArray(), [[16, 16], [20, 20]]);
});

report(7, "second derivatives of tanh, exp, sigmoid, softmax and x · eˣ", async () => {
  const at = (f: (x: Tensor) => Tensor): Promise<number> => hessian(f)(tensor(1, { dtype: dtypeOf("float64") })).item();
  const near = digits({ rtol: 1e-12 });
  const [t, s] = [Math.tanh(1), 1 / (1 + Math.exp(-1))];
  assertClose(await at(ops.tanh), -2 * t * (1 - t * t), near);
  assertClose(await at(ops.exp), Math.E, near);
  assertClose(await at(ops.sigmoid), s * (1 - s) * (1 - 2 * s), near);
  assertClose(await at((x) => ops.mul(x, ops.exp(x))), 3 * Math.E, near); // (x + 2) eˣ
  // softmax([x, 0])[0] is sigmoid(x).
  const first = (x: Tensor) => ops.take(ops.softmax(ops.stack([x, ops.zerosLike(x)])), 0);
  assertClose(await at(first), s * (1 - s) * (1 - 2 * s), near);
});

report(8, "the derivative of the deviation at a constant input is 0", async () => {
  const [g] = gradients((x) => ops.std(x), [full([4], 3)], tensor(1), [0]);
  assertEquals([...await g.data()], [0, 0, 0, 0]);
});

report(9, "mean and variance of 2²² values from 1000 to 1001, in float32", async () => {
  const next = uniform(9);
  const values = Float32Array.from({ length: 2 ** 22 }, () => 1000 + next());
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  assertClose(variance, 1 / 12, { rtol: 1e-3 });
  assertClose(await ops.mean(tensor(values)).item(), mean, { rtol: 1e-6 });
  assertClose(await ops.variance(tensor(values)).item(), variance, { rtol: 1e-3 });
});

report(10, "where() differentiates through a branch that is NaN elsewhere, with a safe operand in it", async () => {
  const x = tensor([0, 4]);
  const small = (x: Tensor) => ops.less(x, 1);
  const root = (x: Tensor) => ops.sum(ops.where(small(x), x, ops.sqrt(ops.where(small(x), 1, x))));
  assertEquals(await grad(root)(x).toArray(), [1, 0.25]);
  const log = (x: Tensor) => ops.sum(ops.where(ops.greater(x, 0), ops.log(ops.where(ops.greater(x, 0), x, 1)), 0));
  assertEquals(await grad(log)(x).toArray(), [0, 0.25]);
  // Without it 0 · ∞ comes in, here as in the other frameworks: the documentation says so.
  const bare = (x: Tensor) => ops.sum(ops.where(small(x), x, ops.sqrt(x)));
  assertEquals(await grad(bare)(x).toArray(), [NaN, 0.25]);
  const guide = await Deno.readTextFile(new URL("../../docs/guides/gotchas.md", import.meta.url));
  assertStringIncludes(guide, "ops.where(positive(x), ops.sqrt(ops.where(positive(x), x, 1)), 0)");
});

report(11, "a batch of 65,536 small products, and an elementwise operation on 2²⁵ values", async () => {
  const [x, y] = [whole(65536 * 4, 1), whole(65536 * 4, 2)];
  const expected = new Float32Array(65536 * 4);
  for (let b = 0; b < expected.length; b += 4) {
    for (const [i, j] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      expected[b + 2 * i + j] = x[b + 2 * i] * y[b + j] + x[b + 2 * i + 1] * y[b + 2 + j];
    }
  }
  const shape = [65536, 2, 2];
  const product = await ops.matmul(tensor(x, { shape }), tensor(y, { shape })).data();
  assert(product.every((v, i) => v === expected[i]));
  const n = 2 ** 25;
  const large = ops.add(full([n], 3), 4);
  const values = await large.data();
  assert(values.length === n && values.every((v) => v === 7));
  large.dispose();
});

report(12, "a sum of 2²⁵ ones", async () => {
  assertEquals(await ops.sum(ones([2 ** 25])).item(), 33_554_432);
});

report(13, "a value over the limits of the device is an error that names operation and limit", async () => {
  const on = here();
  const limit = on === "webgpu"
    ? /copy: a tensor of 8589934588 bytes .* limit of \d+ bytes \(maxStorage/
    : on === "reference"
    ? /broadcast makes float32 \[2147483647\], more than 134217728 elements/
    : /8192 MiB of them for broadcast \(float32 \[2147483647\]\); the arena holds at most 4095 MiB/;
  const broadcast = (x: Tensor) => ops.broadcastTo(x, [2 ** 31 - 1]);
  for (const f of [broadcast, jit(broadcast)]) {
    const error = assertThrows(() => f(tensor(1)), RangeError);
    assert(limit.test(error.message), error.message);
  }
  assertThrows(
    () => ops.broadcastTo(tensor(1), [2 ** 31]),
    RangeError,
    "broadcastTo: shape [2147483648] has more than",
  );
  assertEquals(await ops.add(tensor(1), 1).item(), 2); // and the device goes on
});

report(14, "a read that is pending when the device ends settles", async () => {
  const name = here();
  const on = await device(name);
  const pending = ops.mul(ops.add(zeros([1000]), 1), 2).data();
  on.close();
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<string>((resolve) => timer = setTimeout(resolve, 20_000, "never"));
  const outcome = await Promise.race([pending.then((v) => v[999], (e: Error) => e.message), late]);
  clearTimeout(timer!);
  if (typeof outcome === "number") assertEquals(outcome, 2);
  else assertStringIncludes(outcome, "closed");
  setDefaultDevice(await device(name));
  assertEquals(await ops.add(tensor(1), 1).item(), 2);
});

report(15, "a comparison inside of a differentiated function", async () => {
  const f = (x: Tensor) => ops.sum(ops.where(ops.greater(x, 0), ops.mul(x, 3), ops.mul(x, x)));
  for (const g of [grad(f), jit(grad(f))]) assertEquals(await g(tensor([-2, 5])).toArray(), [-4, 3]);
});

report(16, "NaN is seen, comes through a maximum, and can be replaced", async () => {
  const x = tensor([NaN, 1]);
  assertEquals(await ops.isNaN(x).toArray(), [true, false]);
  for (const values of [[NaN, 1], [1, NaN]]) assertEquals(await ops.max(tensor(values)).item(), NaN);
  assertEquals(await ops.maximum(x, 1).toArray(), [NaN, 1]);
  assertEquals(await ops.where(ops.isNaN(x), 0, x).toArray(), [0, 1]);
});

report(17, "log(0.999), log1p(1e-7) and sin(1000) in float32 keep their digits", async () => {
  const ulps = { rtol: 4 * 2 ** -24, atol: 0 };
  assertClose(await ops.log(tensor(0.999)).item(), Math.log(Math.fround(0.999)), ulps);
  assertClose(await ops.log1p(tensor(1e-7)).item(), Math.log1p(Math.fround(1e-7)), ulps);
  assertClose(await ops.sin(tensor(1000)).item(), Math.sin(1000), ulps);
});

report(18, "a float32 sum of 2²⁴ tenths", async () => {
  const total = await ops.sum(ops.mul(ones([2 ** 24]), 0.1)).item();
  assertClose(total, 2 ** 24 * Math.fround(0.1), { rtol: 1e-6 });
});

report(19, "200 steps that each forget 4 MB leave the memory as it was", async () => {
  const { grown } = JSON.parse(await script("forget.ts", here() === "reference" ? "40" : "200", String(2 ** 20)));
  assert(grown < 300e6, `grown by ${grown} bytes`);
});

report(20, "a script that trained with workers ends by itself", async () => {
  assertEquals((await script("train.ts", "3")).trim(), "trained");
});

report(21, "ScConv against its rules is an error that names the rule and the numbers", () => {
  const refuses = (make: () => unknown, kind: typeof RangeError | typeof TypeError, ...words: string[]) => {
    const { message } = assertThrows(make, kind);
    for (const word of words) assertStringIncludes(message, word);
  };
  refuses(() => nn.scConv(12), RangeError, "3 channels", "groupSize 2");
  refuses(() => nn.scConv(100), RangeError, "25 channels", "50 of 100", "groupSize 2");
  refuses(() => nn.scConv(2), RangeError, "2 channels", "groups 4");
  refuses(() => nn.scConv(7), RangeError, "7 is odd");
  refuses(() => nn.scConv(16, { groupKernelSize: 4 }), RangeError, "odd", "got 4");
  const flat = nn.scConv(16);
  const params = flat.init(random.key(0));
  refuses(() => flat.apply(params, zeros([16, 8, 8])), TypeError, "[N, C, H, W]", "[16, 8, 8]");
  // In a block of stride 2 it strides, or the block says which shapes do not meet.
  assertEquals(nn.scConv(16, { stride: 2 }).apply(params, zeros([1, 16, 8, 8])).shape, [1, 16, 4, 4]);
  const block = nn.residual(nn.scConv(16, { stride: 2 }));
  refuses(
    () => block.apply(block.init(random.key(0)), zeros([1, 16, 8, 8])),
    TypeError,
    "[1, 16, 4, 4]",
    "[1, 16, 8, 8]",
    "shortcut",
  );
});

report(22, "scConv(64, 64, 3), written like a convolution, is refused by the types and when it runs", () => {
  // @ts-expect-error: sizes by position, everything else by name
  const { message } = assertThrows(() => nn.scConv(64, 64, 3), TypeError, "options go by name, got 64");
  assertStringIncludes(message, "{ outChannels: 64 }");
});

report(23, "a threshold of 0.55 with group norm's first weights lets nothing pass, as defined", async () => {
  const channels = 64;
  const layer = nn.sru(channels, { groups: 4, gateThreshold: 0.55, norm: "groupNorm" });
  const params = layer.init(random.key(0));
  const x = random.normal(random.key(1), [2, channels, 8, 8]);
  const { gate, informationMask, informative } = layer.separate(params, x);
  // Equal weights are 1/C each, so the gate is sigmoid(GN(x) / C), and 0.55 needs a GN(x) of C · ln(0.55 / 0.45).
  const normalised = await ops.groupNorm(x, 4).data();
  const expected = Array.from(normalised, (v) => 1 / (1 + Math.exp(-v / channels)));
  assert(Math.max(...normalised) < channels * Math.log(0.55 / 0.45));
  assertClose(await gate.data(), expected, { rtol: 1e-5 });
  assert(!(await informationMask.data()).some((v) => v !== 0));
  assert((await informative.data()).every((v) => v === 0));
  const documented = await Deno.readTextFile(new URL("../../nn/scconv/sru.ts", import.meta.url));
  assertStringIncludes(documented.replaceAll("\n * ", " "), "a threshold of 0.55 lets next to nothing pass");
});

report(24, "weights of an SRU that sum to 0 give NaN, and checkGrads, explain and debugNans say where", async () => {
  const layer = nn.sru(2, { groups: 1, gate: "paper" });
  const shape = [2, 1, 1];
  const params = { norm: { weight: tensor([1, -1], { shape }), bias: zeros(shape) } };
  const x = random.normal(random.key(1), [1, 2, 2, 2]);
  const zero = { norm: { ...params.norm, weight: zeros(shape) } };
  assert((await layer.apply(zero, x).data()).some(Number.isNaN)); // 0 / 0
  // 1 / 0 and −1 / 0: the gate is at its ends, 0 or 1, unless the norm is 0 too.
  const ends = await layer.separate(params, x).gate.data();
  assert(ends.every((v) => v === 0 || v === 1), String(ends));
  const loss = (p: typeof params) => ops.sum(layer.apply(p, x));
  const told = await explain(loss)(zero).timed();
  assertStringIncludes(String(told), "the result holds NaN: debugNans(f)");
  const error = await assertRejects(async () => await debugNans(loss)(zero), NanError);
  assertStringIncludes(error.message, "div");
  if (isSingle()) return; // checkGrads reads at once
  const double = (t: Tensor) => ops.cast(t, "float64");
  assertThrows(
    () => checkGrads((p: typeof params) => ops.sum(layer.apply(p, double(x))), [zero]),
    Error,
    "the result is NaN at these arguments: choose others, or ask debugNans",
  );
});

completeness("report");
