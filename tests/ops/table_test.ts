/**
 * One table over all public operations: each agrees with itself under jit and vmap, and its derivatives of first and second
 * order agree with finite differences in float64, forward and reverse.
 */
import { jit, jvp, setDefaultDevice, type Tensor, tensor, vmap } from "../../mod.ts";
import * as random from "../../core/random.ts";
import * as ops from "../../ops/mod.ts";
import { assertClose } from "../support/close.ts";
import { withoutWebGpu } from "../support/devices.ts";
import { gradients, onDevices } from "./golden.ts";
import { assertEquals } from "@std/assert";

type Function = (...xs: Tensor[]) => Tensor;

/** A call: the function, and the inputs in which it is differentiated (numbers) or not (others). */
interface Row {
  readonly f: Function;
  readonly inputs: () => Tensor[];
  /** Whether there is something to differentiate; default true. */
  readonly smooth?: boolean;
}

/** Numbers without pattern in −1.2 … 1.2, none near 0. */
function numbers(shape: number[], seed: number, scale = 1.2, offset = 0): Tensor {
  const size = shape.reduce((n, extent) => n * extent, 1);
  const values = Float64Array.from({ length: size }, (_, i) => {
    const v = Math.sin(12.9898 * (i + 1) + 78.233 * seed);
    return offset + scale * (Math.abs(v) < 0.05 ? 0.37 : v);
  });
  return tensor(values, { shape });
}

const integers = (values: number[], shape = [values.length]): Tensor =>
  tensor(values.flat(), { shape, dtype: "int32" });
const flags = (values: boolean[]): Tensor => tensor(values);

const unary = (f: Function, scale = 1.2, offset = 0, shape = [2, 3]): Row => ({
  f,
  inputs: () => [numbers(shape, 1, scale, offset)],
});
const binary = (f: Function, offset = 0): Row => ({
  f,
  inputs: () => [numbers([2, 3], 2, 1, offset), numbers([3], 3, 1, offset)],
});
const flat = (row: Row): Row => ({ ...row, smooth: false });

const image = (...shape: number[]): Tensor => numbers(shape, 7);

const table: Record<string, Row> = {
  abs: unary(ops.abs),
  add: binary(ops.add),
  adaptiveAvgPool2d: { f: (x) => ops.adaptiveAvgPool2d(x, [2, 3]), inputs: () => [image(1, 2, 5, 4)] },
  all: flat({ f: (x) => ops.all(x, 1), inputs: () => [numbers([2, 3], 1)] }),
  any: flat({ f: (x) => ops.any(x, 0), inputs: () => [numbers([2, 3], 1)] }),
  argmax: flat({ f: (x) => ops.argmax(x, 1), inputs: () => [numbers([2, 3], 1)] }),
  argmin: flat({ f: (x) => ops.argmin(x), inputs: () => [numbers([2, 3], 1)] }),
  argsort: flat({ f: (x) => ops.argsort(x, 0), inputs: () => [numbers([3, 2], 1)] }),
  atan2: binary(ops.atan2),
  avgPool2d: { f: (x) => ops.avgPool2d(x, 3, { stride: 2, padding: 1 }), inputs: () => [image(1, 2, 5, 4)] },
  batchNorm: {
    f: (x, mean, variance, weight) => ops.batchNorm(x, mean, variance, { weight }),
    inputs: () => [image(2, 3, 2), numbers([3], 1), numbers([3], 2, 0.4, 1), numbers([3], 3)],
  },
  binaryCrossEntropy: {
    f: (x, y) => ops.binaryCrossEntropy(x, y),
    inputs: () => [numbers([4], 1, 3), numbers([4], 2, 0.4, 0.5)],
  },
  broadcastTo: unary((x) => ops.broadcastTo(x, [2, 2, 3])),
  cast: unary((x) => ops.cast(ops.cast(x, "float64"), "float64")),
  ceil: flat(unary(ops.ceil)),
  clip: { f: (x, low) => ops.clip(x, low, 0.9), inputs: () => [numbers([2, 3], 1), numbers([3], 2, 0.2, -0.5)] },
  concat: { f: (x, y) => ops.concat([x, y], 1), inputs: () => [numbers([2, 3], 1), numbers([2, 2], 2)] },
  conv1d: { f: (x, w) => ops.conv1d(x, w, { stride: 2, padding: 1 }), inputs: () => [image(2, 2, 6), image(3, 2, 3)] },
  conv2d: {
    f: (x, w) => ops.conv2d(x, w, { stride: [1, 2], padding: [[1, 0], [0, 2]], dilation: [2, 1], groups: 2 }),
    inputs: () => [image(2, 4, 5, 4), image(4, 2, 2, 3)],
  },
  convTranspose2d: {
    f: (x, w) => ops.convTranspose2d(x, w, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    inputs: () => [image(1, 2, 3, 3), image(2, 2, 3, 3)],
  },
  cos: unary(ops.cos),
  cumprod: unary((x) => ops.cumprod(x, { axis: 1, reverse: true })),
  cumsum: unary((x) => ops.cumsum(x, { axis: 1, reverse: true })),
  div: binary(ops.div, 2),
  dot: { f: ops.dot, inputs: () => [numbers([2, 3], 1), numbers([2, 3, 2], 2)] },
  dropout: { f: (x) => ops.dropout(random.key(5), x, 0.4), inputs: () => [numbers([2, 3], 1)] },
  einsum: { f: (x, y) => ops.einsum("iij,jk->ki", x, y), inputs: () => [numbers([2, 2, 3], 1), numbers([3, 2], 2)] },
  elu: unary((x) => ops.elu(x, { alpha: 0.7 })),
  equal: flat(binary(ops.equal)),
  erf: unary(ops.erf),
  erfInv: unary(ops.erfInv, 0.7),
  exp: unary(ops.exp),
  expandDims: unary((x) => ops.expandDims(x, [0, -1])),
  expm1: unary(ops.expm1),
  flip: unary((x) => ops.flip(x, 1)),
  floor: flat(unary(ops.floor)),
  gather: {
    f: (x, at) => ops.gather(x, at, 1),
    inputs: () => [numbers([2, 3], 1), integers([0, 2, 2, -1, 0, 1, 1, 1], [2, 4])],
  },
  gelu: unary((x) => ops.gelu(x, { approximate: "tanh" })),
  greater: flat(binary(ops.greater)),
  greaterEqual: flat(binary(ops.greaterEqual)),
  groupNorm: {
    f: (x, weight, bias) => ops.groupNorm(x, 2, { weight, bias }),
    inputs: () => [image(2, 4, 3), numbers([4], 1), numbers([4], 2)],
  },
  groupStandardize: { f: (x) => ops.groupStandardize(x, 2), inputs: () => [image(2, 4, 3)] },
  huber: { f: (x, y) => ops.huber(x, y, { delta: 0.7 }), inputs: () => [numbers([5], 1), numbers([5], 2)] },
  isFinite: flat(unary(ops.isFinite)),
  isNaN: flat(unary(ops.isNaN)),
  layerNorm: {
    f: (x, weight) => ops.layerNorm(x, { weight, axis: [0, 2] }),
    inputs: () => [image(2, 2, 3), numbers([2, 3], 1)],
  },
  leakyRelu: unary((x) => ops.leakyRelu(x)),
  less: flat(binary(ops.less)),
  lessEqual: flat(binary(ops.lessEqual)),
  log: unary(ops.log, 0.5, 1),
  log1p: unary(ops.log1p, 0.5),
  logicalAnd: flat({ f: ops.logicalAnd, inputs: () => [flags([true, false]), flags([true, true])] }),
  logicalNot: flat({ f: ops.logicalNot, inputs: () => [flags([true, false])] }),
  logicalOr: flat({ f: ops.logicalOr, inputs: () => [flags([true, false]), flags([false, false])] }),
  logSoftmax: unary((x) => ops.logSoftmax(x, 0)),
  logSumExp: unary((x) => ops.logSumExp(x, { axis: 1, keepDims: true })),
  matmul: { f: ops.matmul, inputs: () => [numbers([2, 2, 3], 1), numbers([1, 3, 2], 2)] },
  max: unary((x) => ops.max(x, 1)),
  maximum: binary(ops.maximum),
  maxPool2d: { f: (x) => ops.maxPool2d(x, 3, { stride: 2, padding: 1 }), inputs: () => [image(1, 2, 5, 4)] },
  mean: unary((x) => ops.mean(x, 0)),
  meanSquaredError: { f: (x, y) => ops.meanSquaredError(x, y), inputs: () => [numbers([5], 1), numbers([5], 2)] },
  min: unary((x) => ops.min(x)),
  minimum: binary(ops.minimum),
  mod: { f: ops.mod, inputs: () => [numbers([2, 3], 1, 4), numbers([3], 2, 0.3, 1.4)] },
  mul: binary(ops.mul),
  neg: unary(ops.neg),
  notEqual: flat(binary(ops.notEqual)),
  oneHot: flat({ f: (x) => ops.oneHot(x, 3), inputs: () => [integers([0, 2])] }),
  onesLike: flat(unary(ops.onesLike)),
  pad: unary((x) => ops.pad(x, [[1, 0], [0, 2]], { value: 3 })),
  pow: { f: ops.pow, inputs: () => [numbers([2, 3], 1, 0.5, 1.5), numbers([3], 2, 2)] },
  prod: unary((x) => ops.prod(x, 1)),
  reciprocal: unary(ops.reciprocal),
  relu: unary(ops.relu),
  reshape: unary((x) => ops.reshape(x, [-1, 2])),
  roll: unary((x) => ops.roll(x, [1, -1], [0, 1])),
  round: flat(unary(ops.round)),
  rsqrt: unary(ops.rsqrt, 0.5, 1),
  sigmoid: unary(ops.sigmoid),
  sigmoidGate: binary(ops.sigmoidGate),
  sign: flat(unary(ops.sign)),
  silu: unary(ops.silu),
  sin: unary(ops.sin),
  slice: unary((x) => ops.slice(x, [0, 0], [2, 3], { step: [1, 2] })),
  softmax: unary((x) => ops.softmax(x)),
  softmaxCrossEntropy: { f: ops.softmaxCrossEntropy, inputs: () => [numbers([2, 3], 1, 3), integers([2, 0])] },
  softplus: unary(ops.softplus),
  sort: unary((x) => ops.sort(x, { descending: true })),
  split: unary((x) => ops.split(x, [1], 1)[1]),
  sqrt: unary(ops.sqrt, 0.5, 1),
  square: unary(ops.square),
  squeeze: { f: (x) => ops.squeeze(x, 1), inputs: () => [numbers([2, 1, 3], 1)] },
  stack: { f: (x, y) => ops.stack([x, y], -1), inputs: () => [numbers([2, 3], 1), numbers([2, 3], 2)] },
  std: unary((x) => ops.std(x, { axis: 1, correction: 1 })),
  stopGradient: flat(unary(ops.stopGradient)),
  sub: binary(ops.sub),
  sum: unary((x) => ops.sum(x, 0)),
  take: { f: (x, at) => ops.take(x, at, 1), inputs: () => [numbers([2, 3], 1), integers([2, 0, 0, -1], [2, 2])] },
  tan: unary(ops.tan, 1),
  tanh: unary(ops.tanh),
  tile: unary((x) => ops.tile(x, [2, 2])),
  topK: unary((x) => ops.topK(x, 2, 0)[0]),
  transpose: unary((x) => ops.transpose(x)),
  tril: unary((x) => ops.tril(x, -1), 1.2, 0, [3, 3]),
  triu: unary((x) => ops.triu(x), 1.2, 0, [3, 3]),
  trunc: flat(unary(ops.trunc)),
  variance: unary((x) => ops.variance(x, 0)),
  where: {
    f: (condition, x, y) => ops.where(condition, x, y),
    inputs: () => [flags([true, false, true]), numbers([2, 3], 1), numbers([2, 1], 2)],
  },
  zerosLike: flat(unary(ops.zerosLike)),
};

Deno.test("every public operation stands in the table", () => {
  assertEquals(Object.keys(table).sort(), Object.keys(ops).sort());
});

const inner = (x: Tensor, y: Tensor): Tensor => ops.sum(ops.mul(x, y));

/** Fails unless jvp and vjp of f agree with finite differences and with each other. */
function checkDerivatives(f: Function, inputs: readonly Tensor[], message: string): void {
  const wanted = inputs.map((_, i) => i).filter((i) => inputs[i].dtype === "float64");
  const primals = wanted.map((i) => inputs[i]);
  const g = (...xs: Tensor[]): Tensor => f(...inputs.map((x, i) => wanted.includes(i) ? xs[wanted.indexOf(i)] : x));
  const directions = primals.map((x, i) => numbers([...x.shape], 20 + i));
  const step = 1e-6;
  const at = (t: number) => g(...primals.map((x, i) => ops.add(x, ops.mul(directions[i], t))));
  const expected = ops.div(ops.sub(at(step), at(-step)), 2 * step).dataSync();
  const [out, slope] = jvp(g, primals, directions);
  assertClose(slope.dataSync(), expected, { rtol: 1e-6, atol: 1e-7, message: `${message}, forward` });
  const cotangent = numbers([...out.shape], 30);
  const pulled = gradients(g, primals, cotangent, primals.map((_, i) => i));
  const along = pulled.map((p, i) => inner(p, directions[i])).reduce((p, q) => ops.add(p, q));
  assertClose(along.dataSync(), inner(slope, cotangent).dataSync(), {
    rtol: 1e-9,
    atol: 1e-12,
    message: `${message}, reverse`,
  });
}

for (const [name, row] of Object.entries(table)) {
  onDevices(`ops.${name}() is the same under jit and vmap, and its derivatives are right`, () => {
    const inputs = row.inputs();
    const out = row.f(...inputs);
    assertClose(jit(row.f)(...inputs).dataSync(), out.dataSync(), { rtol: 1e-12, atol: 1e-14, message: "jit" });

    const others = inputs.map((x) => x.dtype === "float64" ? ops.add(ops.mul(x, 0.9), 0.013) : x);
    const batch = vmap(row.f)(...inputs.map((x, i) => ops.stack([x, others[i]])));
    const rows = ops.stack([out, row.f(...others)]);
    assertEquals(batch.shape, rows.shape);
    assertEquals(batch.dtype, rows.dtype);
    assertClose(batch.dataSync(), rows.dataSync(), { rtol: 1e-12, atol: 1e-14, message: "vmap" });

    if (row.smooth === false) return;
    checkDerivatives(row.f, inputs, "first order");
    const wanted = inputs.map((_, i) => i).filter((i) => inputs[i].dtype === "float64");
    const cotangent = numbers([...out.shape], 40);
    const weights = inputs.map((x, i) => numbers([...x.shape], 50 + i));
    const slope: Function = (...xs) =>
      gradients(row.f, xs, cotangent, wanted).map((g, i) => inner(g, weights[wanted[i]])).reduce((p, q) =>
        ops.add(p, q)
      );
    checkDerivatives(slope, inputs, "second order");
  });
}

/** Runs `body` while webgpu is the default device. */
function onWebGpu<T>(body: () => T): T {
  setDefaultDevice("webgpu");
  try {
    return body();
  } finally {
    setDefaultDevice("cpu");
  }
}

if (withoutWebGpu === undefined) {
  for (const [name, row] of Object.entries(table)) {
    if (name === "cast") continue; // to float64, which webgpu refuses: webgpu_test.ts
    Deno.test(`ops.${name}() gives on webgpu, eager, jitted and mapped, what it gives on cpu, gradients too`, async () => {
      const inputs = row.inputs();
      const moved = inputs.map((x) => {
        const dtype = x.dtype === "float64" ? "float32" : x.dtype;
        return tensor(x.dataSync(), { shape: x.shape, dtype, device: "webgpu" });
      });
      const limits = { rtol: 1e-4, atol: 2e-5 };
      const check = async (actual: Tensor, expected: Tensor, message: string): Promise<void> =>
        assertClose(await actual.data(), expected.dataSync(), { ...limits, message });
      const expected = row.f(...inputs);
      const eager = onWebGpu(() => row.f(...moved));
      const mapped = onWebGpu(() => vmap(row.f)(...moved.map((x) => ops.stack([x, x]))));
      const pending = [
        check(eager, expected, "eager"),
        check(onWebGpu(() => jit(row.f)(...moved)), expected, "jit"),
        check(mapped, ops.stack([expected, expected]), "vmap"),
      ];
      if (row.smooth !== false) {
        const wanted = inputs.map((_, i) => i).filter((i) => inputs[i].dtype === "float64");
        const cotangent = numbers([...expected.shape], 40);
        const single = tensor(cotangent.dataSync(), { shape: cotangent.shape, dtype: "float32", device: "webgpu" });
        const slopes = gradients(row.f, inputs, cotangent, wanted);
        const actual = onWebGpu(() => gradients(row.f, moved, single, wanted));
        slopes.forEach((g, i) => pending.push(check(actual[i], g, `gradient ${i}`)));
      }
      await Promise.all(pending);
    });
  }
}
