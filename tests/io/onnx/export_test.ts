import { grad, jit, nn, ones, ops, random, type Tensor, tensor, tree, vmap, zeros } from "@cotangent/cotangent";
import { exportOnnx, importOnnx } from "@cotangent/cotangent/onnx";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeModel } from "../../../io/onnx/schema.ts";
import { assertClose } from "../../support/close.ts";
import { runOnnx } from "./runtime.ts";

const normal = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape);

/** Exports a function, and compares it, the real runtime and what is read back. */
async function agree<P>(
  f: (params: P, ...inputs: Tensor[]) => unknown,
  params: P,
  inputs: readonly Tensor[],
  options: { atol?: number; examples?: readonly Tensor[]; dynamicBatch?: boolean; opset?: number } = {},
): Promise<void> {
  const { atol = 1e-5, examples = inputs, ...rest } = options;
  const bytes = exportOnnx(f, params, examples, rest);
  const wanted = tree.leaves(f(params, ...inputs));
  const model = importOnnx<Tensor | Tensor[]>(bytes);
  const back = [model.apply(model.params, ...inputs)].flat();
  const theirs = await runOnnx(bytes, inputs);
  for (const [i, y] of wanted.entries()) {
    for (const [who, z] of [["onnxruntime", theirs[i]], ["importOnnx", back[i]]] as const) {
      assertEquals(z.shape, y.shape, who);
      assertEquals(z.dtype, y.dtype, who);
      assertClose(await z.data(), await y.data(), { atol });
    }
  }
}

Deno.test("exportOnnx(): ScConv in both readings agrees with onnxruntime to 1e-5, for any batch", async () => {
  const paper = { norm: "groupNorm", gate: "paper", fuse: "paper" } as const;
  for (
    const [layer, size] of [[nn.scConv(32), 16], [nn.scConv(16, { ...paper, outChannels: 24, stride: 2 }), 8]] as const
  ) {
    const params = layer.init(random.key(0));
    const channels = layer === undefined ? 0 : params.sru.norm.weight.shape[0];
    const x = normal(1, [3, channels, size, size]);
    await agree(layer.apply, params, [x]);
    await agree(layer.apply, params, [x], { examples: [ones([1, channels, size, size])], dynamicBatch: true });
  }
});

Deno.test("exportOnnx(): networks with ScConv agree with onnxruntime to 1e-5", async () => {
  const cases: [nn.Network, number][] = [
    [nn.resNet20({ conv: nn.scConvPlug() }), 32],
    [nn.resNet18({ classes: 5, conv: nn.scConvPlug({ rule: "same-shape" }) }), 32],
    [nn.denseNet121({ classes: 5, stem: "cifar", conv: nn.scConvPlug({ fuse: "paper" }) }), 16],
    [nn.mobileNetV1({ classes: 5, stem: "cifar" }), 32],
    [nn.simpleCnn({ conv: nn.scConvPlug() }), 28],
  ];
  for (const [network, size] of cases) {
    const [params, state] = network.init(random.key(0));
    const f = ([p, s]: readonly object[], x: Tensor) => network.apply(p, s, x, { train: false })[0];
    const x = normal(1, [2, 3, size, size]);
    await agree(f, [params, state], [x], { examples: [ones([1, 3, size, size])], dynamicBatch: true });
  }
});

Deno.test("exportOnnx(): every operation of inference agrees with onnxruntime", async () => {
  const [x, y] = [normal(1, [2, 3, 4, 6]), ops.add(ops.abs(normal(2, [2, 3, 4, 6])), 0.1)];
  const m = normal(3, [4, 5]);
  const cases: Record<string, (x: Tensor, y: Tensor) => unknown> = {
    arithmetic: (x, y) => ops.sub(ops.div(ops.mul(ops.add(x, y), 3), y), ops.neg(ops.pow(y, 0.3))),
    functions: (
      x,
      y,
    ) => [ops.exp(x), ops.log(y), ops.sqrt(y), ops.rsqrt(y), ops.tanh(x), ops.erf(x), ops.sin(x), ops.cos(x)],
    more: (
      x,
      y,
    ) => [ops.expm1(x), ops.log1p(y), ops.abs(x), ops.sign(x), ops.floor(x), ops.ceil(x), ops.round(x), ops.trunc(x)],
    activations: (
      x,
    ) => [ops.relu(x), ops.leakyRelu(x), ops.elu(x), ops.gelu(x), ops.silu(x), ops.sigmoid(x), ops.softplus(x)],
    choices: (x, y) => [ops.maximum(x, y), ops.minimum(x, 0.2), ops.clip(x, -1, 1), ops.where(ops.greater(x, y), x, 0)],
    comparisons: (
      x,
      y,
    ) => [ops.equal(x, y), ops.notEqual(x, x), ops.less(x, y), ops.lessEqual(x, y), ops.greaterEqual(x, 0)],
    logic: (x, y) => ops.logicalAnd(ops.logicalNot(ops.less(x, y)), ops.logicalOr(ops.greater(x, 0), ops.isFinite(x))),
    reductions: (x) => [
      ops.sum(x),
      ops.mean(x, { axis: [0, 2] }),
      ops.max(x, { axis: 1, keepDims: true }),
      ops.min(x, { axis: -1 }),
      ops.variance(x, { axis: 3 }),
      ops.logSumExp(x, { axis: 2 }),
      ops.any(ops.greater(x, 1), { axis: 1 }),
      ops.all(ops.greater(x, -9)),
    ],
    softmax: (x) => [ops.softmax(x), ops.logSoftmax(x, { axis: 1 })],
    positions: (
      x,
    ) => [ops.argmax(x, { axis: 1 }), ops.argmin(x, { axis: 3 }), ops.argsort(x, { axis: 2 }), ops.sort(x)],
    cumulative: (x) => [ops.cumsum(x, { axis: 1 }), ops.prod(x, { axis: 3 })],
    movement: (x) => [
      ops.reshape(x, [6, 24]),
      ops.transpose(x, [2, 0, 3, 1]),
      ops.concat([x, x], { axis: 2 }),
      ops.split(x, 3, { axis: 1 })[1],
      ops.slice(x, [0, 1], [2, 3], { step: [1, 1] }),
      ops.flip(x, { axis: [1, 3] }),
      ops.pad(x, [[0, 0], [1, 0], [0, 2], [3, 3]], { value: 7 }),
      ops.broadcastTo(ops.slice(x, 0, 1), [5, 3, 4, 6]),
      ops.tile(x, [1, 2, 1, 1]),
      ops.add(
        ops.transpose(ops.broadcastTo(ops.reshape(ops.slice(x, 0, 3, { axis: 3 }), [2, 3, 4, 3]), [2, 3, 4, 3])),
        1,
      ),
    ],
    indexing: (
      x,
    ) => [ops.take(x, tensor([2, 0, 1], { dtype: "int32" }), { axis: 1 }), ops.oneHot(ops.argmax(x, { axis: 3 }), 6)],
    products: (x, y) => [
      ops.matmul(x, ops.transpose(y, [0, 1, 3, 2])),
      ops.matmul(ops.transpose(x, [0, 1, 3, 2]), m),
      ops.einsum("abcd,ebcd->ae", x, y),
      ops.dot(ops.reshape(x, [144]), ops.reshape(y, [144])),
    ],
    pools: (x) => [
      ops.maxPool2d(x, 2),
      ops.maxPool2d(x, 3, { stride: 2, padding: 1 }),
      ops.avgPool2d(x, 2),
      ops.avgPool2d(x, 3, { stride: 1, padding: 1 }),
      ops.adaptiveAvgPool2d(x, [3, 2]),
    ],
    iota: (x) => ops.tril(ops.reshape(x, [12, 12])),
  };
  for (const [name, f] of Object.entries(cases)) {
    try {
      await agree((_: object, x, y) => f(x, y), {}, [x, y], { atol: 2e-6 });
      await agree((_: object, x, y) => f(x, y), {}, [x, y], { atol: 2e-6, opset: 19 });
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
});

Deno.test("exportOnnx(): convolutions of every kind agree with onnxruntime", async () => {
  const x = normal(1, [2, 4, 9, 8]);
  const params = { w: normal(2, [6, 2, 3, 3]), t: normal(3, [4, 3, 3, 2]), one: normal(4, [4, 4, 3]) };
  await agree(
    (p: typeof params, x) => [
      ops.conv2d(x, p.w, { groups: 2, stride: [2, 1], padding: [[1, 0], [2, 1]], dilation: [1, 2] }),
      ops.convTranspose2d(x, p.t, { stride: 2, padding: 1, outputPadding: 1 }),
      ops.conv1d(ops.reshape(x, [2, 4, 72]), p.one, { padding: "same" }),
    ],
    params,
    [x],
  );
});

Deno.test("exportOnnx(): parameters are initialisers named by their path, shapes are told, what is unused is left out", async () => {
  const model = nn.sequential(nn.conv2d(1, 2, { kernelSize: 3 }), nn.relu(), nn.flatten(), nn.linear(8, 3));
  const params = model.init(random.key(0));
  const bytes = exportOnnx((p, x) => ({ logits: model.apply(p, x), extra: ops.sum(x) }), params, [ones([2, 1, 4, 4])], {
    dynamicBatch: true,
    inputNames: ["image"],
    name: "tiny",
  });
  const { graph, opsetImport } = decodeModel("test", bytes);
  assertEquals(graph!.initializer.map(({ name }) => name).filter((name) => /^\d/.test(name!)).sort(), [
    "0.bias",
    "0.weight",
    "3.bias",
    "3.weight",
  ]);
  assertEquals(Number(opsetImport[0].version), 17);
  const { inputs, outputs } = importOnnx(bytes);
  assertEquals(inputs, [{ name: "image", dtype: "float32", shape: ["batch", 1, 4, 4] }]);
  assertEquals(outputs.map(({ name, shape }) => [name, shape]), [["output.extra", []], ["output.logits", [
    "batch",
    3,
  ]]]);
  assertEquals(graph!.node.filter(({ opType }) => opType === "Relu").length, 1);
  assertEquals(graph!.node.filter(({ opType }) => opType === "Where").length, 0);
  await agree(model.apply, params, [normal(0, [5, 1, 4, 4])], { examples: [ones([2, 1, 4, 4])], dynamicBatch: true });
});

Deno.test("exportOnnx(): transforms, captured tensors, custom derivatives and other dtypes", async () => {
  const w = normal(0, [3]);
  await agree((_: object, x) => vmap((row: Tensor) => ops.sum(ops.mul(row, w)))(x), {}, [normal(1, [4, 3])]);
  await agree((p: Tensor, x) => jit((x: Tensor) => ops.mul(p, x))(x), w, [normal(1, [4, 3])]);
  await agree((_: object, x) => grad((x: Tensor) => ops.sum(ops.tanh(x)))(x), {}, [normal(1, [4, 3])]);
  const wide = ops.cast(normal(1, [4, 3]), "float64");
  await agree((_: object, x) => ops.mean(ops.exp(x)), {}, [wide], { atol: 1e-12 });
  await agree((_: object, x) => ops.add(ops.mul(x, 3), 1), {}, [tensor([1, -2, 3], { dtype: "int32" })]);
});

Deno.test("exportOnnx() names what has no counterpart, and what depends on the batch", () => {
  const x = zeros([2, 3]);
  const refuse = (f: (params: object, x: Tensor) => unknown, message: string, options = {}) =>
    assertThrows(() => exportOnnx(f, {}, [x], options), TypeError, message);
  assertThrows(
    () => exportOnnx((key: Tensor, x) => random.normal(key, x.shape), random.key(0), [x]),
    TypeError,
    "without derivatives or random numbers",
  );
  refuse((_, x) => ops.erfInv(x), "the operation erfInv has no counterpart in ONNX");
  refuse((_, x) => ops.pad(x, [[x.shape[0], 0], [0, 0]]), "the operation pad", { dynamicBatch: true });
  refuse((_, x) => ops.slice(x, x.shape[0] - 1), "the operation slice", { dynamicBatch: true });
  refuse((_, x) => ops.mul(x, x.shape[0]), "depends on the size of the batch", { dynamicBatch: true });
  refuse((_, x) => ops.concat([x, ones([3, 3])]), "no multiple of it; leave dynamicBatch out", { dynamicBatch: true });
  refuse((_, x) => x.shape[0] === 2 ? x : ops.exp(x), "other operations for another size", { dynamicBatch: true });
  refuse((_, x) => ops.add(x, ones([2, 3])), "with dynamicBatch the function must take a batch of another size", {
    dynamicBatch: true,
  });
  assertThrows(() => exportOnnx(3 as never, {}, [x]), TypeError, "needs a function of (params, ...inputs)");
  assertThrows(() => exportOnnx(() => x, {}, x as never), TypeError, "exportOnnx(f, params, [x])");
  assertThrows(() => exportOnnx(() => x, {}, [x], { opset: 12 }), RangeError, "opset must be 17 to 21, got 12");
  assertThrows(
    () => exportOnnx((_, x) => x, {}, [x], { inputNames: ["a", "b"] }),
    TypeError,
    "inputNames must be 1 texts",
  );
  const { message } = assertThrows(() =>
    exportOnnx(
      (_: object, x: Tensor) => grad((w: Tensor) => ops.sum(ops.conv2d(x, w)))(ones([1, 1, 2, 2])),
      {},
      [ones([1, 1, 4, 4])],
    ), TypeError);
  assertStringIncludes(message, "the gradient of a kernel");
  assert(exportOnnx((_, x) => x, {}, [x]).length > 0);
});
