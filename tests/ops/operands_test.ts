import { arange, grad, jit, ones, type Tensor, tensor, vmap, zeros } from "../../mod.ts";
import * as random from "../../core/random.ts";
import * as ops from "../../ops/mod.ts";
import { assertClose } from "../support/close.ts";
import { dtypeOf, isSingle, onAllDevices, onDevices, type Options } from "./golden.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

/** Double precision, where the device has it. */
const double = () => ({ dtype: dtypeOf("float64") });

onDevices("dtypes promote as in JAX", () => {
  const [b, i, u, f, d] = (["bool", "int32", "uint32", "float32", "float64"] as const).map((dtype) =>
    zeros([2], { dtype })
  );
  const pairs: [Tensor, Tensor, string][] = [
    [b, b, "bool"],
    [b, i, "int32"],
    [b, u, "uint32"],
    [b, f, "float32"],
    [i, u, "int32"],
    [i, f, "float32"],
    [u, d, "float64"],
    [f, d, "float64"],
  ];
  for (const [x, y, dtype] of pairs) {
    assertEquals(ops.add(x, y).dtype, dtype);
    assertEquals(ops.maximum(y, x).dtype, dtype);
  }
  assertEquals(ops.div(i, i).dtype, "float32");
  assertEquals(ops.exp(i).dtype, "float32");
  assertEquals(ops.floor(i).dtype, "int32");
  assertEquals(ops.mod(b, b).dtype, "int32");
});

onAllDevices(
  "a number takes the dtype of the floating tensor beside it, an integral one that of an integer tensor",
  async () => {
    if (!isSingle()) assertEquals((await ops.add(zeros([2], double()), 0.1).data())[0], 0.1);
    assertEquals((await ops.add(0.1, zeros([2])).data())[0], Math.fround(0.1));
    assertEquals(ops.mul(arange(3), 2).dtype, "int32");
    assertEquals(ops.mul(arange(3), 2.5).dtype, "float32");
    assertEquals(ops.add(tensor([true]), 1).dtype, "int32");
    assertEquals(ops.add(tensor([true]), 0.5).dtype, "float32");
    assertEquals(ops.add(1, 2).dtype, "float32");
    assertEquals(ops.where(tensor([true, false]), 1, 0).dtype, "float32");
    assertEquals(ops.clip(arange(4), 1, 2).dtype, "int32");
  },
);

onAllDevices("numbers mean the same inside a transform", async () => {
  const f = (x: Tensor): Tensor => ops.sub(ops.mul(2, ops.pow(x, 2)), ops.where(ops.greater(x, 1), 3, ops.div(x, 4)));
  const x = tensor([0.5, 2], double());
  const expected = [2 * 0.25 - 0.125, 8 - 3];
  assertEquals(await f(x).toArray(), expected);
  assertEquals(await jit(f)(x).toArray(), expected);
  assertEquals(await vmap(f)(x).toArray(), expected);
  assertEquals(await grad((x: Tensor) => ops.sum(f(x)))(x).toArray(), [2 - 0.25, 8]);
});

onAllDevices("broadcasting follows NumPy, empty axes included", async () => {
  assertEquals(await ops.add(tensor([[1], [2]]), tensor([10, 20])).toArray(), [[11, 21], [12, 22]]);
  assertEquals(ops.add(zeros([2, 0]), zeros([1])).shape, [2, 0]);
  assertEquals(ops.mul(zeros([3, 1, 2]), zeros([4, 1])).shape, [3, 4, 2]);
  assertThrows(
    () => ops.add(zeros([2]), zeros([3])),
    TypeError,
    "add: shapes [2] and [3] do not broadcast: 2 against 3 on axis -1",
  );
});

onAllDevices("booleans add and multiply as or and and", async () => {
  const [x, y] = [tensor([true, true, false]), tensor([true, false, false])];
  assertEquals(await ops.add(x, y).toArray(), [true, true, false]);
  assertEquals(await ops.mul(x, y).toArray(), [true, false, false]);
  assertThrows(() => ops.sub(x, y), TypeError, "sub: takes float32");
  assertEquals(await ops.max(x).toArray(), true);
  assertEquals(await ops.less(y, x).toArray(), [false, true, false]);
});

onAllDevices("ops.pow() of a literal exponent equals the general power, at special values too", async () => {
  const points = [0, -0, 1, -1, 2, -2.5, Infinity, -Infinity, NaN];
  const x = tensor(points, double());
  for (const exponent of [-1, 0, 0.5, 1, 2, 3, 4, 1.5]) {
    const message = `x ** ${exponent}`, expected = points.map((v) => v ** exponent);
    const values = [...await ops.pow(x, exponent).data()];
    if (!isSingle()) assertEquals(values, expected, message);
    else assertClose(values, expected, { rtol: 3e-7, message });
  }
  assertEquals([...await ops.pow(tensor([3, -2], { dtype: "int32" }), 3).data()], [27, -8]);
  assertEquals([...await ops.pow(tensor([3, -2], { dtype: "int32" }), tensor([5, 2], { dtype: "int32" })).data()], [
    243,
    4,
  ]);
  const integers = tensor([2, -2, 1, -1, 3, 0], { dtype: "int32" });
  assertEquals([...await ops.pow(integers, tensor([-1, -3, -5, -3, 40, 0], { dtype: "int32" })).data()], [
    0,
    0,
    1,
    -1,
    689956897,
    1,
  ]);
  assertThrows(() => ops.pow(arange(3), -1), RangeError, "pow: int32 to the power -1 is no integer");
});

Deno.test("operations refuse what is no tensor, naming the argument", () => {
  const x = zeros([2], { device: "reference" });
  const wrong = (value: unknown) => value as Tensor;
  assertThrows(() => ops.add(x, wrong(undefined)), TypeError, "add: y must be a tensor, got undefined");
  assertThrows(() => ops.mul(wrong(null), x), TypeError, "mul: x must be a tensor, got null");
  assertThrows(
    () => ops.sub(x, wrong([1, 2])),
    TypeError,
    "sub: y must be a tensor, got an array of 2; make one of it with tensor(…)",
  );
  assertThrows(() => ops.exp(wrong("1")), TypeError, 'exp: x must be a tensor, got "1"');
  assertThrows(
    () => ops.tanh(wrong(new Float32Array(2))),
    TypeError,
    "tanh: x must be a tensor, got an object (Float32Array)",
  );
  assertThrows(
    () => ops.matmul(x, wrong(Promise.resolve(x))),
    TypeError,
    "matmul: y must be a tensor, got an object (Promise)",
  );
  assertThrows(() => ops.where(wrong(x), x, x), TypeError, "where: the condition must be bool, got float32");
  assertThrows(() => ops.where(wrong(null), x, x), TypeError, "where: condition must be a tensor, got null");
  assertThrows(() => ops.add(arange(2, { device: "reference" }), 3e9), RangeError, "add: 3000000000 is no int32");
  assertThrows(() => ops.clip(x, NaN, 1), RangeError, "clip: min, a bound, is NaN");
  assertThrows(() => ops.cast(x, "float16" as "float32"), TypeError, 'cast: unknown dtype "float16"');
});

onAllDevices("activations, norms, pools and losses say what does not fit", () => {
  const x = zeros([2, 6, 4, 4]);
  const labels = tensor([0, 1], { dtype: "int32" });
  const fails = (f: () => unknown, kind: typeof TypeError | typeof RangeError, message: string) =>
    assertThrows(f, kind, message);
  fails(
    () => ops.gelu(x, { approximate: true } as Options),
    TypeError,
    'gelu: approximate must be "none" or "tanh", got true',
  );
  fails(
    () => ops.leakyRelu(x, { negativeSlope: 1 } as Options),
    TypeError,
    'leakyRelu: unknown option "negativeSlope"',
  );
  fails(() => ops.softmax(x, 4), RangeError, "softmax: axis 4 is out of range for 4 dimensions");
  fails(() => ops.groupNorm(x, 4), TypeError, "groupNorm: groups 4 does not divide the 6 channels of [2, 6, 4, 4]");
  fails(() => ops.groupNorm(x, 2, { weight: ones([5]) }), TypeError, "groupNorm: weight must have shape [6], got [5]");
  fails(
    () => ops.groupNorm(zeros([3]), 1),
    TypeError,
    "groupNorm: the input must have shape [batch, channels, …], got [3]",
  );
  fails(
    () => ops.groupStandardize(zeros([2, 6]), 6),
    RangeError,
    "groupStandardize: 6 groups of [2, 6] have one element each, which has no deviation; use fewer groups",
  );
  fails(() => ops.batchNorm(x, zeros([5]), ones([6])), TypeError, "batchNorm: mean must have shape [6], got [5]");
  fails(
    () => ops.layerNorm(x, { eps: -1 }),
    RangeError,
    "layerNorm: eps must be a finite number of at least 0, got -1",
  );
  fails(
    () => ops.maxPool2d(zeros([6, 4, 4]), 2),
    TypeError,
    "maxPool2d: the input must have shape [batch, channels, height, width]",
  );
  fails(() => ops.maxPool2d(x, 5), RangeError, "maxPool2d: the window spans [5, 5], more than the padded input [4, 4]");
  fails(
    () => ops.avgPool2d(x, 2, { padding: 2 }),
    RangeError,
    "avgPool2d: padding [2, 2] must be at most half of the window [2, 2]",
  );
  fails(
    () => ops.adaptiveAvgPool2d(x, 0),
    RangeError,
    "adaptiveAvgPool2d: size must be an integer of at least 1, got 0",
  );
  fails(
    () => ops.softmaxCrossEntropy(zeros([3, 4]), labels),
    TypeError,
    "softmaxCrossEntropy: logits [3, 4] need labels of shape [3], got [2]",
  );
  fails(
    () => ops.softmaxCrossEntropy(zeros([2, 4]), zeros([2])),
    TypeError,
    "softmaxCrossEntropy: labels must be integers, got float32",
  );
  fails(
    () => ops.meanSquaredError(zeros([4, 1]), zeros([4])),
    TypeError,
    "meanSquaredError: prediction [4, 1] and target [4] must have one shape",
  );
  fails(
    () => ops.huber(x, x, { reduction: "average" } as Options),
    TypeError,
    'huber: reduction must be "mean", "sum" or "none", got "average"',
  );
  fails(() => ops.dropout(random.key(0), x, 1.5), RangeError, "dropout: rate must be at most 1, got 1.5");
});

onAllDevices("ops.softmaxCrossEntropy() gives NaN for a label that is no class", async () => {
  const losses = ops.softmaxCrossEntropy(zeros([3, 2]), tensor([0, 2, -1], { dtype: "int32" }));
  assertClose(await losses.data(), [Math.LN2, NaN, NaN], { rtol: 1e-6 });
});

onAllDevices("ops.dropout() drops about as many as asked, and keeps the expected value", async () => {
  const kept = await ops.dropout(random.key(3), ones([20, 100]), 0.25).data();
  const dropped = kept.filter((v) => v === 0).length;
  assert(dropped > 400 && dropped < 600, `${dropped} of 2000 dropped`);
  assert(kept.every((v) => v === 0 || v === Math.fround(1 / 0.75)));
  assertEquals([...await ops.dropout(random.key(3), ones([2]), 0).data()], [1, 1]);
  assertEquals([...await ops.dropout(random.key(3), ones([2]), 1).data()], [0, 0]);
});
