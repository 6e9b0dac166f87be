import { checkGrads, nn, ops, random, type Tensor, tensor } from "../../mod.ts";
import { apart, at } from "./ops_table.ts";
import { assertEquals } from "@std/assert";

/** A layer, its input, and what its state is set to beside what `init` gives. */
interface Entry {
  readonly layer: nn.AnyLayer;
  readonly x: Tensor;
  readonly mode?: Partial<nn.Mode>;
}

const entry = (layer: nn.AnyLayer, x: Tensor, mode?: Entry["mode"]): Entry => ({ layer, x, mode });
const image = at([2, 4, 5, 6], 3);
const rows = at([3, 4], 4);
const spread = apart([2, 3, 4], 5);
const activation = (make: () => nn.AnyLayer): Entry[] => [entry(make(), spread)];

/** Every layer, with the corners of its options; what is no layer has its reason. */
const table: Readonly<Record<string, readonly Entry[] | string>> = {
  linear: [entry(nn.linear(4, 3), rows), entry(nn.linear(4, 2, { bias: false }), at([2, 3, 4], 2))],
  conv2d: [
    entry(nn.conv2d(4, 3, { kernelSize: 3 }), image),
    entry(
      nn.conv2d(4, 6, { kernelSize: [3, 2], stride: [2, 1], padding: 1, dilation: 2, groups: 2, bias: false }),
      image,
    ),
  ],
  depthwiseConv2d: [entry(nn.depthwiseConv2d(4, { kernelSize: 3, padding: 1 }), image)],
  separableConv2d: [entry(nn.separableConv2d(4, 3, { kernelSize: 3 }), image)],
  embedding: [entry(nn.embedding(5, 3), tensor(Int32Array.of(4, 0, 0)))],
  batchNorm2d: [
    entry(nn.batchNorm2d(4), image, { train: true }),
    entry(nn.batchNorm2d(4), image, { train: false }),
  ],
  groupNorm: [entry(nn.groupNorm(4, { groups: 2 }), image)],
  layerNorm: [entry(nn.layerNorm(6), image)],
  groupBatchNorm2d: [entry(nn.groupBatchNorm2d(4, { groups: 2 }), image)],
  dropout: [entry(nn.dropout(0.4), rows, { train: true, key: random.key(3) }), entry(nn.dropout(0.4), rows)],
  adaptiveAvgPool2d: [entry(nn.adaptiveAvgPool2d([2, 3]), image)],
  avgPool2d: [entry(nn.avgPool2d(2), image)],
  maxPool2d: [entry(nn.maxPool2d(2), apart([1, 2, 4, 4]))],
  elu: activation(nn.elu),
  gelu: activation(nn.gelu),
  leakyRelu: activation(nn.leakyRelu),
  logSoftmax: activation(nn.logSoftmax),
  relu: activation(nn.relu),
  sigmoid: activation(nn.sigmoid),
  silu: activation(nn.silu),
  softmax: activation(nn.softmax),
  softplus: activation(nn.softplus),
  tanh: activation(nn.tanh),
  flatten: [entry(nn.flatten(), image)],
  lambda: [entry(nn.lambda(ops.sin), rows)],
  sequential: [
    entry(nn.sequential(nn.conv2d(4, 4, { kernelSize: 3 }), nn.silu(), nn.batchNorm2d(4), nn.flatten()), image, {
      train: true,
    }),
  ],
  residual: [
    entry(nn.residual(nn.conv2d(4, 4, { kernelSize: 3, padding: 1 })), image),
    entry(nn.residual(nn.linear(4, 3), { shortcut: nn.linear(4, 3, { bias: false }) }), rows),
  ],
  sru: [
    entry(nn.sru(4, { groups: 2 }), image),
    entry(nn.sru(4, { groups: 4, gate: "paper", norm: "groupNorm" }), image),
  ],
  cru: [entry(nn.cru(8), at([2, 8, 4, 3], 6))],
  scConv: [
    entry(nn.scConv(16), at([2, 16, 3, 4], 7)),
    entry(nn.scConv(16, { fuse: "paper" }), at([1, 16, 4, 3], 8)),
  ],
  isStateful: "asks about a layer",
  summary: "describes a layer",
  inspect: "looks into a layer",
};

const makers = Object.entries(nn).filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name));

Deno.test("every layer has an entry in the table of derivatives, and every entry a layer", () => {
  const names = makers.map(([name]) => name);
  assertEquals(names.filter((name) => !(name in table)), [], "layers without an entry");
  assertEquals(Object.keys(table).filter((name) => !names.includes(name)), [], "entries without a layer");
});

for (const [name, entries] of Object.entries(table)) {
  if (typeof entries === "string") continue;
  Deno.test(`the first and second derivatives of nn.${name}() are those of finite differences`, () => {
    for (const { layer, x, mode } of entries) {
      if (layer.stateful) {
        const [params, state] = layer.init(random.key(1)) as [object, object];
        const f = (p: object, x: Tensor): Tensor =>
          (layer as nn.StatefulLayer<object, object>).apply(p, state, x, { train: false, ...mode })[0];
        checkGrads(f, [params, x], { order: 2 });
      } else checkGrads((layer as nn.Layer<object>).apply, [layer.init(random.key(1)) as object, x], { order: 2 });
    }
  });
}
