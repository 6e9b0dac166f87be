import { nn, ops, random, type Tensor, tensor, tree, zeros } from "@cotangent/cotangent";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { assertClose } from "../support/close.ts";
import { allDeviceNames } from "../support/devices.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";

const key = (seed: number, device: string): Tensor => random.key(seed, { device });

const shapesOf = (params: unknown): unknown => tree.map((leaf) => leaf.shape, params);

for (const device of allDeviceNames) {
  Deno.test(`linear() is x · weightᵀ + bias, on ${device}`, async () => {
    const layer = nn.linear(2, 3);
    const params = {
      weight: tensor([[1, 2], [3, 4], [5, 6]], { device }),
      bias: tensor([10, 20, 30], { device }),
    };
    assertEquals(await layer.apply(params, tensor([[1, -1]], { device })).toArray(), [[9, 19, 29]]);
    assertEquals(layer.apply(params, zeros([4, 5, 2], { device })).shape, [4, 5, 3]);
    const plain = nn.linear(2, 3, { bias: false });
    assertEquals(await plain.apply({ weight: params.weight }, tensor([[1, -1]], { device })).toArray(), [[-1, -1, -1]]);
  });

  Deno.test(`linear() and conv2d() start uniform in ±1/√fanIn, kernel and bias, on ${device}`, async () => {
    const cases = [
      [nn.linear(100, 200).init(key(3, device)), 0.1],
      [nn.conv2d(16, 32, { kernelSize: 5, groups: 4 }).init(key(3, device)), 0.1],
    ] as const;
    for (const [{ weight, bias }, bound] of cases) {
      for (const t of [weight, bias]) {
        const values = await t.data();
        const largest = Math.max(...Array.from(values, Math.abs));
        assert(largest <= bound && largest > 0.8 * bound, `${largest}`);
      }
      const deviation = await ops.std(weight).item();
      assertClose(deviation, bound / Math.sqrt(3), { rtol: 0.05 });
      assert(weight.device === device);
    }
  });

  Deno.test(`conv2d() adds its bias by channel, on ${device}`, async () => {
    const layer = nn.conv2d(1, 2, { kernelSize: 1 });
    const params = { weight: tensor([2, 3], { shape: [2, 1, 1, 1], device }), bias: tensor([10, 20], { device }) };
    const y = layer.apply(params, tensor([[[[1, 2]]]], { device }));
    assertEquals(await y.toArray(), [[[[12, 14]], [[23, 26]]]]);
  });

  Deno.test(`separableConv2d() is its depthwise and its pointwise convolution, on ${device}`, async () => {
    const layer = nn.separableConv2d(3, 8, { kernelSize: 3, padding: "same" });
    const params = layer.init(key(0, device));
    const x = random.normal(key(1, device), [2, 3, 5, 5]);
    const depthwise = ops.conv2d(x, params.depthwise.weight, { groups: 3, padding: 1 });
    const middle = ops.add(depthwise, ops.reshape(params.depthwise.bias, [3, 1, 1]));
    const mixed = ops.einsum("nchw,oc->nohw", middle, ops.reshape(params.pointwise.weight, [8, 3]));
    const expected = ops.add(mixed, ops.reshape(params.pointwise.bias, [8, 1, 1]));
    assertClose(await layer.apply(params, x).data(), await expected.data(), { atol: 1e-5 });
  });

  Deno.test(`embedding() takes rows, on ${device}`, async () => {
    const layer = nn.embedding(3, 2);
    const weight = tensor([[0, 1], [10, 11], [20, 21]], { device });
    const y = layer.apply({ weight }, tensor([2, 0], { dtype: "int32", device }));
    assertEquals(await y.toArray(), [[20, 21], [0, 1]]);
    assertEquals(shapesOf(layer.init(key(0, device))), { weight: [3, 2] });
  });

  Deno.test(`groupNorm() and layerNorm() normalise, on ${device}`, async () => {
    const x = ops.add(ops.mul(random.normal(key(1, device), [4, 8, 3, 3]), 5), 100);
    const grouped = nn.groupNorm(8, { groups: 2 });
    const y = ops.reshape(grouped.apply(grouped.init(key(0, device)), x), [8, 36]);
    assertClose(await ops.mean(y, { axis: 1 }).data(), new Array(8).fill(0), { atol: 1e-4 });
    assertClose(await ops.std(y, { axis: 1 }).data(), new Array(8).fill(1), { rtol: 1e-3 });
    const layered = nn.layerNorm([3, 3]);
    const z = ops.reshape(layered.apply(layered.init(key(0, device)), x), [32, 9]);
    assertClose(await ops.std(z, { axis: 1 }).data(), new Array(32).fill(1), { rtol: 1e-3 });
  });

  Deno.test(`dropout() drops by the key while training only, on ${device}`, async () => {
    const layer = nn.dropout(0.25);
    const x = ops.add(zeros([1000], { device }), 3);
    const run = async (seed: number) => await layer.apply({}, {}, x, { key: key(seed, device), train: true })[0].data();
    const y = await run(1);
    assert(y.every((v) => v === 0 || v === 4));
    const dropped = y.filter((v) => v === 0).length;
    assert(dropped > 190 && dropped < 310, `${dropped}`);
    assertEquals(await run(1), y);
    assert((await run(2)).some((v, i) => v !== y[i]));
    assertEquals(layer.apply({}, {}, x, { train: false })[0], x);
    assertThrows(() => layer.apply({}, {}, x, { train: true }), TypeError, "needs a key");
  });

  Deno.test(`activations are their operations, on ${device}`, async () => {
    const x = tensor([-2, -0.5, 0, 0.5, 2], { device });
    const pairs: [nn.Layer<nn.Empty>, Tensor][] = [
      [nn.relu(), ops.relu(x)],
      [nn.leakyRelu(), ops.where(ops.greater(x, 0), x, ops.mul(x, 0.01))],
      [nn.leakyRelu({ slope: 0.5 }), ops.where(ops.greater(x, 0), x, ops.mul(x, 0.5))],
      [nn.elu(), ops.where(ops.greater(x, 0), x, ops.expm1(x))],
      [nn.elu({ alpha: 2 }), ops.where(ops.greater(x, 0), x, ops.mul(ops.expm1(x), 2))],
      [nn.gelu(), ops.gelu(x)],
      [nn.silu(), ops.mul(x, ops.sigmoid(x))],
      [nn.sigmoid(), ops.sigmoid(x)],
      [nn.tanh(), ops.tanh(x)],
      [nn.softplus(), ops.log1p(ops.exp(x))],
      [nn.softmax(), ops.softmax(x, { axis: -1 })],
      [nn.logSoftmax(), ops.log(ops.softmax(x, { axis: -1 }))],
    ];
    for (const [layer, expected] of pairs) {
      assertClose(await layer.apply({}, x).data(), await expected.data(), { message: layer.name, atol: 1e-6 });
    }
  });

  Deno.test(`pooling layers and flatten(), on ${device}`, async () => {
    const x = tensor([[[[1, 2, 3, 4], [5, 6, 7, 8]]]], { device });
    assertEquals(await nn.maxPool2d(2).apply({}, x).toArray(), [[[[6, 8]]]]);
    assertEquals(await nn.maxPool2d(2, { stride: 1 }).apply({}, x).toArray(), [[[[6, 7, 8]]]]);
    assertEquals(await nn.avgPool2d([1, 2]).apply({}, x).toArray(), [[[[1.5, 3.5], [5.5, 7.5]]]]);
    assertEquals(await nn.adaptiveAvgPool2d(1).apply({}, x).toArray(), [[[[4.5]]]]);
    assertEquals(await nn.flatten().apply({}, x).toArray(), [[1, 2, 3, 4, 5, 6, 7, 8]]);
    assertEquals(nn.flatten().apply({}, zeros([0, 3, 2], { device })).shape, [0, 6]);
  });

  Deno.test(`batchNorm2d() equals PyTorch, statistics included, on ${device}`, async () => {
    interface Row {
      fn: string;
      options: { train: boolean };
      inputs: Record<"x" | "weight" | "bias", GoldenArray>;
      value: GoldenArray;
      running: Record<"mean" | "variance", GoldenArray>;
      runningAfter: Record<"mean" | "variance", GoldenArray>;
    }
    const rows = loadGolden<{ cases: Row[] }>("nnops").cases.filter((c) =>
      c.fn === "batchNorm" && c.inputs.x.shape.length === 4
    );
    assert(rows.length >= 2);
    for (const { options, inputs, value, running, runningAfter } of rows) {
      const dtype = device === "webgpu" ? "float32" : "float64"; // WGSL has no float64
      const limit = { rtol: dtype === "float32" ? 1e-5 : 1e-10, atol: dtype === "float32" ? 1e-5 : 1e-10 };
      const make = (a: GoldenArray): Tensor => tensor(a.data, { shape: a.shape, dtype, device });
      const state = { mean: make(running.mean), variance: make(running.variance) };
      const params = { weight: make(inputs.weight), bias: make(inputs.bias) };
      const [y, next] = nn.batchNorm2d(3).apply(params, state, make(inputs.x), { train: options.train });
      assertClose(await y.data(), value.data, limit);
      assertClose(await next.mean.data(), runningAfter.mean.data, limit);
      assertClose(await next.variance.data(), runningAfter.variance.data, limit);
    }
  });
}

Deno.test("layers refuse sizes and options that are none", () => {
  assertThrows(() => nn.linear(0, 3), RangeError, "linear: inFeatures must be a positive integer, got 0");
  // @ts-expect-error: a text
  assertThrows(() => nn.linear(3, "4"), TypeError, 'linear: outFeatures must be a number, got "4"');
  // @ts-expect-error: no option of that name
  assertThrows(() => nn.linear(3, 4, { biass: true }), TypeError, 'did you mean "bias"?');
  // @ts-expect-error: the kernel size goes by name
  assertThrows(() => nn.conv2d(3, 4, 3), TypeError, "conv2d: options must be an object");
  // @ts-expect-error: the kernel size is missing
  assertThrows(() => nn.conv2d(3, 4, {}), TypeError, "conv2d: kernelSize is missing");
  // @ts-expect-error: no options at all
  assertThrows(() => nn.conv2d(3, 4), TypeError, "conv2d: kernelSize is missing");
  assertThrows(
    () => nn.conv2d(3, 4, { kernelSize: 3, padding: -1 }),
    RangeError,
    "padding must be an integer of at least 0, got -1",
  );
  assertThrows(
    // @ts-expect-error: not a padding
    () => nn.conv2d(3, 4, { kernelSize: 3, padding: "full" }),
    TypeError,
    'padding must be a number, got "full"',
  );
  assertThrows(
    () => nn.conv2d(3, 4, { kernelSize: 3, groups: 2 }),
    RangeError,
    "groups 2 must divide inChannels 3 and outChannels 4",
  );
  // @ts-expect-error: no option of that name
  assertThrows(() => nn.depthwiseConv2d(3, { kernelSize: 3, groups: 3 }), TypeError, 'unknown option "groups"');
  assertThrows(
    () => nn.groupNorm(6, { groups: 4 }),
    RangeError,
    "6 channels are not divisible by groups 4; pass { groups: 3 }",
  );
  // @ts-expect-error: the groups are missing
  assertThrows(() => nn.groupNorm(6), TypeError, "groupNorm: groups is missing");
  assertThrows(() => nn.dropout(1.5), RangeError, "dropout: rate must be from 0 to 1, got 1.5");
  assertThrows(() => nn.maxPool2d(0), RangeError, "maxPool2d: size must be a positive integer, got 0");
  assertThrows(() => nn.layerNorm([]), TypeError, "layerNorm: the shape");
  assertThrows(() => nn.batchNorm2d(3, { momentum: 2 }), RangeError, "momentum must be from 0 to 1, got 2");
  assertThrows(() => nn.embedding(10, -1), RangeError, "embedding: features must be a positive integer");
});

Deno.test("layers refuse inputs and parameters that do not fit", () => {
  const device = "reference";
  const conv = nn.conv2d(3, 4, { kernelSize: 3 });
  const params = conv.init(key(0, device));
  assertThrows(
    () => conv.apply(params, zeros([3, 8, 8], { device })),
    TypeError,
    "got [3, 8, 8]; add the batch axis with ops.expandDims(x, 0)",
  );
  assertThrows(
    () => conv.apply(params, zeros([1, 1, 8, 8], { device })),
    TypeError,
    "has 1 channels, the layer takes 3",
  );
  const wrong = { weight: zeros([4, 3, 1, 1], { device }), bias: params.bias };
  assertThrows(
    () => conv.apply(wrong, zeros([1, 3, 8, 8], { device })),
    TypeError,
    "conv2d: parameter weight must have shape [4, 3, 3, 3], got [4, 3, 1, 1]",
  );
  assertThrows(
    // @ts-expect-error: no bias
    () => conv.apply({ weight: params.weight }, zeros([1, 3, 8, 8], { device })),
    TypeError,
    "parameter bias must be a tensor",
  );
  const linear = nn.linear(12, 2);
  const image = zeros([5, 3, 2, 2], { device });
  assertThrows(() => linear.apply(linear.init(key(0, device)), image), TypeError, "put nn.flatten() before it");
  const words = nn.embedding(3, 2);
  assertThrows(
    () => words.apply(words.init(key(0, device)), zeros([2], { device })),
    TypeError,
    'use ops.cast(x, "int32")',
  );
  // @ts-expect-error: an array is no tensor
  assertThrows(() => conv.apply(params, [[1]]), TypeError, "the input must be a tensor, got an array of 1");
  const norm = nn.batchNorm2d(2);
  const [p, s] = norm.init(key(0, device));
  assertThrows(
    () => norm.apply(p, s, zeros([1, 2, 1, 1], { device }), { train: true }),
    RangeError,
    "more than one value a channel",
  );
});
