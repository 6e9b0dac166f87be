import { checkpoint, nn, ones, ops, type Tensor } from "@cotangent/cotangent";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";

Deno.test("summary() of a convolution has Keras' numbers", () => {
  const model = nn.sequential(nn.conv2d(3, 32, { kernelSize: 3 }), nn.relu());
  const { rows, totals } = nn.summary(model, [1, 3, 28, 28]);
  assertEquals(rows.map((row) => [row.path, row.name, row.parameters]), [["0", "conv2d", 896], ["1", "relu", 0]]);
  assertEquals(rows[0].outputShape, [1, 32, 26, 26]);
  assertEquals(totals, { parameters: 896, macs: 26 * 26 * 32 * 27, state: 0 });
});

Deno.test("summary() of a depthwise separable convolution has Keras' numbers", () => {
  const depthwise = nn.summary(nn.depthwiseConv2d(3, { kernelSize: 3 }), [1, 3, 28, 28]);
  assertEquals(depthwise.rows, [{
    path: "",
    name: "depthwiseConv2d",
    outputShape: [1, 3, 26, 26],
    parameters: 30,
    macs: 26 * 26 * 27,
    share: 1,
  }]);
  const { rows, totals } = nn.summary(nn.separableConv2d(3, 64, { kernelSize: 3 }), [1, 3, 28, 28]);
  assertEquals(rows.map((row) => [row.path, row.parameters]), [["depthwise", 30], ["pointwise", 256]]);
  assertEquals(rows[1].outputShape, [1, 64, 26, 26]);
  assertEquals(totals.parameters, 286);
});

Deno.test("summary() goes into nested layers and counts the state apart", () => {
  const model = nn.sequential(
    nn.conv2d(1, 8, { kernelSize: 3, padding: 1, stride: 2 }),
    nn.batchNorm2d(8),
    nn.residual(nn.scConv(8, { outChannels: 16, stride: 2 }), {
      shortcut: nn.conv2d(8, 16, { kernelSize: 1, stride: 2 }),
    }),
    nn.dropout(0.1),
    nn.flatten(),
    nn.linear(16 * 7 * 7, 10),
  );
  const { rows, totals } = nn.summary(model, [2, 1, 28, 28]);
  assertEquals(rows.map((row) => [row.path, row.outputShape]), [
    ["0", [2, 8, 14, 14]],
    ["1", [2, 8, 14, 14]],
    ["2.body.sru", [2, 8, 14, 14]],
    ["2.body.cru", [2, 16, 7, 7]],
    ["2.shortcut", [2, 16, 7, 7]],
    ["3", [2, 16, 7, 7]],
    ["4", [2, 784]],
    ["5", [2, 10]],
  ]);
  assertEquals(totals.parameters, rows.reduce((sum, row) => sum + row.parameters, 0));
  assertEquals(totals.macs, rows.reduce((sum, row) => sum + row.macs, 0));
  assertEquals(totals.state, 16);
  assertEquals(rows[5].macs, 0);
  assertEquals(rows[7].macs, 2 * 7840);
});

Deno.test("summary() prints a table", () => {
  const model = nn.sequential(nn.conv2d(3, 32, { kernelSize: 3 }), nn.relu(), nn.batchNorm2d(32));
  assertEquals(
    String(nn.summary(model, [1, 3, 28, 28])).split("\n"),
    [
      "Layer (type)      Output shape      Param #      MACs     Share",
      "=".repeat(63),
      "input             [1, 3, 28, 28]",
      "0 (conv2d)        [1, 32, 26, 26]       896   584,064   100.0 %",
      "1 (relu)          [1, 32, 26, 26]         0         0",
      "2 (batchNorm2d)   [1, 32, 26, 26]        64         0",
      "=".repeat(63),
      "Total params: 1,024",
      "Trainable params: 960",
      "Non-trainable params: 64",
      "MACs: 584,064",
    ],
  );
});

Deno.test("summary() takes layers without names, integers, and networks larger than memory", () => {
  const own: nn.Layer<nn.Empty> = { init: () => ({}), apply: (_, x) => ops.sum(x, { axis: 1 }) };
  const model = nn.sequential(nn.embedding(1000, 16), own);
  const { rows } = nn.summary(model, [4, 7], { dtype: "int32" });
  assertEquals(rows.map((row) => [row.name, row.outputShape]), [["embedding", [4, 7, 16]], ["layer", [4, 16]]]);
  const huge = nn.summary(nn.linear(40_000, 50_000, { bias: false }), [1, 40_000]);
  assertEquals(huge.totals, { parameters: 2e9, macs: 2e9, state: 0 });
});

Deno.test("summary() refuses inputs that do not fit, saying where", () => {
  const model = nn.sequential(nn.relu(), nn.conv2d(3, 4, { kernelSize: 3 }));
  assertThrows(
    () => nn.summary(model, [1, 1, 8, 8]),
    TypeError,
    "in layer 1: conv2d: the input [1, 1, 8, 8] has 1 channels, the layer takes 3",
  );
  assertThrows(() => nn.summary(model, [1, -3, 8, 8]), RangeError, "summary");
  // @ts-expect-error: not a layer
  assertThrows(() => nn.summary(nn.relu, [1]), TypeError, "must be a layer { init, apply }");
  // @ts-expect-error: not a dtype
  assertThrows(() => nn.summary(model, [1, 3, 8, 8], { dtype: "float" }), TypeError, "dtype must be");
  assertStringIncludes(String(nn.summary(nn.relu(), [3])), "relu");
});

Deno.test("summary() follows what is applied: layers made by hand, parts used twice, work of no part, checkpoints", () => {
  const [inner, twice] = [nn.conv2d(2, 2, { kernelSize: 1, bias: false }), nn.linear(3, 3)];
  const byHand: nn.Layer<{ a: nn.Weights<false> }> = {
    name: "byHand",
    init: (key) => ({ a: inner.init(key) }),
    apply: (params, x) => inner.apply(params.a, x),
  };
  const shared = nn.module({ twice }, (use, x) => use.twice(ops.matmul(use.twice(x), ones([3, 3]))), {
    name: "shared",
  });
  const table = (layer: nn.AnyLayer, shape: number[]) =>
    nn.summary(layer, shape).rows.map(({ path, name, parameters, macs }) => [path, name, parameters, macs]);
  assertEquals(table(nn.sequential(byHand), [1, 2, 4, 4]), [["0", "byHand", 4, 64]]);
  assertEquals(table(shared, [5, 3]), [["twice", "linear", 12, 90], ["", "shared", 0, 45]]);
  const recomputed: nn.Layer<object> = {
    init: (key) => shared.init(key),
    apply: (params, x) => checkpoint((p: object, x: Tensor) => shared.apply(p as never, x))(params, x),
  };
  assertEquals(nn.summary(nn.sequential(recomputed), [5, 3]).totals.macs, 135);
});

Deno.test("summary() has shares, and is a table in a notebook", () => {
  const model = nn.sequential(nn.linear(4, 3, { bias: false }), nn.lambda((x) => x, { name: "<b>" }), nn.linear(3, 4));
  const result = nn.summary(model, [2, 4]);
  assertEquals(result.rows.map(({ share }) => share), [0.5, 0, 0.5]);
  const shown = (result as unknown as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]();
  assertEquals(shown["text/plain"], String(result));
  assertStringIncludes(shown["text/html"], '<td style="text-align:left">1 (&lt;b&gt;)</td>');
  assertStringIncludes(shown["text/html"], "Parameters: 28, MACs: 48");
});
