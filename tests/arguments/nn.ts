/** Rows of the entry point `nn`: what makes layers, and layers as they are applied. */
import * as nn from "../../nn/mod.ts";
import { ones, random, type Tensor } from "../../mod.ts";
import {
  axis,
  beside,
  finite,
  kindOf,
  needed,
  nonNegative,
  optional,
  options,
  type Row,
  share,
  single,
  strict,
} from "./table.ts";

const count = strict;

const flag = (name: string) => optional(strict(name, true));
const bias = flag("bias");
const window = [optional(count("stride", 1)), optional(count("padding", 0)), optional(count("dilation", 1)), bias];
const eps = optional(nonNegative("eps", 1e-5));
const layer = (name: string, value: unknown = nn.linear(2, 2)) => strict(name, value);
const key = random.key(0);
const image = ones([2, 16, 4, 4]);
const sru = [
  optional(count("groups", 4)),
  optional(share("gateThreshold", 0.5)),
  optional(strict("norm", "groupNorm")),
  optional(strict("gate", "mask")),
];
const cru = [
  optional(share("alpha", 0.5)),
  optional(count("squeezeRatio", 2)),
  optional(count("groupSize", 2)),
  optional(count("groupKernelSize", 3)),
  optional(strict("fuse", "paper")),
  optional(count("outChannels", 16)),
  optional(count("stride", 1)),
];
const conv = optional(strict("conv", nn.scConvPlug()));
const network = [optional(count("classes", 10)), optional(count("inChannels", 3)), conv];
const stem = optional(strict("stem", "cifar"));
const names = ["relu", "gelu", "silu", "sigmoid", "softplus", "tanh", "flatten"] as const;
const plain = ["resNet20", "resNet32", "resNet56", "resNet110", "resNeXt29"] as const;
const stemmed = ["resNet18", "resNet34", "resNet50", "denseNet121", "mobileNetV1"] as const;

/** A stateless layer as it is applied. */
const applied = (name: string, made: nn.Layer<object>, x: Tensor): Record<string, Row> => {
  const params = made.init(key);
  return {
    [`${name}().init`]: { f: (key) => made.init(key), args: [single("key", key)], says: "" },
    [`${name}().apply`]: {
      f: (params, x) => made.apply(params, x),
      args: [strict("param|norm", params), beside("input", x)],
      says: "",
    },
  };
};

/** The rows. */
export const nnRows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(names.map((name) => [name, { f: nn[name], args: [] }])),
  ...Object.fromEntries(plain.map((name) => [name, { f: nn[name], args: [options(...network)] }])),
  ...Object.fromEntries(stemmed.map((name) => [name, { f: nn[name], args: [options(...network, stem)] }])),
  vgg16: { f: nn.vgg16, args: [options(...network, flag("batchNorm"))] },
  wideResNet28: {
    f: nn.wideResNet28,
    args: [options(...network, optional(share("dropout", 0.1)), bias, optional(strict("strided", "first")))],
  },
  simpleCnn: { f: nn.simpleCnn, args: [options(...network, optional(count("size", 28)))] },
  scConvPlug: { f: nn.scConvPlug, args: [options(optional(strict("rule", "all")), ...sru, ...cru.slice(0, 3))] },
  linear: { f: nn.linear, args: [count("inFeatures", 2), count("outFeatures", 3), options(bias)] },
  conv2d: {
    f: nn.conv2d,
    args: [
      count("inChannels|channels", 4),
      count("outChannels", 4),
      needed(count("kernelSize", 3), ...window, optional(count("groups", 2))),
    ],
  },
  depthwiseConv2d: {
    f: nn.depthwiseConv2d,
    args: [count("channels", 4), needed(count("kernelSize", 3), ...window, optional(count("depthMultiplier", 2)))],
  },
  separableConv2d: {
    f: nn.separableConv2d,
    args: [
      count("inChannels|channels", 4),
      count("outChannels", 4),
      needed(count("kernelSize", 3), ...window, optional(layer("between", nn.relu()))),
    ],
  },
  embedding: { f: nn.embedding, args: [count("count", 4), count("features", 4)] },
  groupNorm: { f: nn.groupNorm, args: [count("channels", 4), needed(count("groups", 2), eps)] },
  groupBatchNorm2d: {
    f: nn.groupBatchNorm2d,
    args: [count("channels", 16), options(optional(count("groups", 4)), eps)],
  },
  batchNorm2d: { f: nn.batchNorm2d, args: [count("channels", 4), options(eps, optional(share("momentum", 0.1)))] },
  layerNorm: { f: nn.layerNorm, args: [count("shape", 4), options(eps)] },
  dropout: { f: nn.dropout, args: [share("rate", 0.5)] },
  maxPool2d: {
    f: nn.maxPool2d,
    args: [count("size", 2), options(optional(count("stride", 2)), optional(count("padding", 0)))],
  },
  avgPool2d: {
    f: nn.avgPool2d,
    args: [count("size", 2), options(optional(count("stride", 2)), optional(count("padding", 0)))],
  },
  adaptiveAvgPool2d: { f: nn.adaptiveAvgPool2d, args: [count("size", 2)] },
  elu: { f: nn.elu, args: [options(optional(finite("alpha", 1)))] },
  leakyRelu: { f: nn.leakyRelu, args: [options(optional(finite("slope", 1)))] },
  softmax: { f: nn.softmax, args: [options(optional(axis("axis", 1)))] },
  logSoftmax: { f: nn.logSoftmax, args: [options(optional(axis("axis", 1)))] },
  sequential: { f: nn.sequential, args: [layer("argument 0"), layer("argument 1")] },
  residual: { f: nn.residual, args: [layer("body"), options(optional(layer("shortcut")))] },
  module: {
    f: nn.module,
    args: [
      { ...kindOf("{}")("parts|shape", { a: nn.relu() }) },
      strict("forward|function", (use: { a(x: Tensor): Tensor }, x: Tensor) => use.a(x)),
      options(optional(kindOf('""')("name", "m"))),
    ],
  },
  lambda: { f: nn.lambda, args: [strict("function", (x: Tensor) => x), options(optional(kindOf('""')("name", "l")))] },
  isStateful: { f: nn.isStateful, args: [strict("layer", nn.relu())] },
  summary: {
    f: nn.summary,
    args: [
      strict("argument|layer", nn.linear(2, 3)),
      strict("shape|input", [1, 2]),
      options(optional(strict("dtype", "float32"))),
    ],
  },
  Summary: { f: () => {}, args: [] }, // made by summary()
  sru: { f: nn.sru, args: [count("channels", 16), options(...sru)] },
  cru: { f: nn.cru, args: [count("channels", 16), options(...cru)] },
  scConv: { f: nn.scConv, args: [count("channels", 16), options(...sru, ...cru)] },
  inspect: {
    f: nn.inspect,
    args: [strict("layer", nn.scConv(16)), strict("param", nn.scConv(16).init(key)), beside("input", image)],
    says: "",
  },
  ...applied("linear", nn.linear(3, 2), ones([2, 3])),
  ...applied("conv2d", nn.conv2d(16, 4, { kernelSize: 3 }), image),
  ...applied("groupNorm", nn.groupNorm(16, { groups: 2 }), image),
  ...applied("layerNorm", nn.layerNorm(4), image),
  ...applied("sru", nn.sru(16), image),
  ...applied("cru", nn.cru(16), image),
  ...applied("scConv", nn.scConv(16), image),
};
