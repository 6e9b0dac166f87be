/** Rows of the entry point `ops`. */
import * as ops from "../../ops/mod.ts";
import { random, tensor } from "../../mod.ts";
import {
  alone,
  also,
  type Argument,
  axes,
  axis,
  axisOptions,
  beside,
  finite,
  kindOf,
  matrix,
  nonNegative,
  operand,
  optional,
  ranked,
} from "./table.ts";
import { options, type Row, share, single, strict } from "./table.ts";

const image = tensor(new Float32Array(2 * 4 * 6 * 6).fill(0.5), { shape: [2, 4, 6, 6] });
const kernel = tensor(new Float32Array(4 * 4 * 3 * 3).fill(0.1), { shape: [4, 4, 3, 3] });
const signal = tensor(new Float32Array(2 * 4 * 6).fill(0.5), { shape: [2, 4, 6] });
const filter = tensor(new Float32Array(4 * 4 * 3).fill(0.1), { shape: [4, 4, 3] });
const flags = tensor([[true, false, true], [false, true, false]]);
const labels = tensor([0, 2], { dtype: "int32" });
const four = tensor([1, 2, 3, 4]);
const dtype = strict("dtype", "float32");
const flag = (name: string) => strict(name, true);
const count = strict;
const wholeNumbers = ["NaN", "Infinity", "-1", "1.5", "2**53"];
const bound = kindOf("Infinity", "-1", "1.5", "2**53");
const truth = (name: string): Argument => ({ ...operand(name, flags), may: ["2**53"] });
const weight = optional(beside("weight", four)), bias = optional(beside("bias", four));
const eps = nonNegative("eps", 1e-5);

const unary = (f: Row["f"], x = alone()): Row => ({ f, args: [x] });
const binary = (f: Row["f"]): Row => ({ f, args: [operand("x"), operand("y")] });
const keepDims = optional(flag("keepDims"));
const reduction = (f: Row["f"], ...more: Row["args"]): Row => ({
  f,
  args: [ranked(), axisOptions(optional(axes("axis", 1)), keepDims, ...more)],
});
const correction = optional(finite("correction", 1));
const along = (f: Row["f"], ...more: Row["args"]): Row => ({
  f,
  args: [ranked(), axisOptions(optional(axis("axis", 1)), ...more)],
});
const reverse = optional(flag("reverse"));
const descending = optional(flag("descending"));
const window = [optional(count("stride", 1)), optional(kindOf()("padding", 0))];
const reductionOf = optional(strict("reduction", "mean"));
const conv = [...window, optional(count("dilation", 1)), optional(count("groups", 1))];

/** The rows. */
export const opsRows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(
    ([
      "abs",
      "ceil",
      "cos",
      "erf",
      "erfInv",
      "exp",
      "expm1",
      "floor",
      "isFinite",
      "isNaN",
      "log",
      "log1p",
      "neg",
      "onesLike",
      "reciprocal",
      "relu",
      "round",
      "rsqrt",
      "sigmoid",
      "sign",
      "silu",
      "sin",
      "softplus",
      "sqrt",
      "square",
      "stopGradient",
      "tan",
      "tanh",
      "trunc",
      "zerosLike",
    ] as const).map((name) => [name, unary(ops[name])]),
  ),
  ...Object.fromEntries(
    ([
      "add",
      "atan2",
      "div",
      "equal",
      "greater",
      "greaterEqual",
      "less",
      "lessEqual",
      "maximum",
      "minimum",
      "mod",
      "mul",
      "notEqual",
      "pow",
      "sub",
    ] as const).map((name) => [name, binary(ops[name])]),
  ),
  ...Object.fromEntries(
    (["all", "any", "logSumExp", "max", "mean", "min", "prod", "sum"] as const).map((
      name,
    ) => [name, reduction(ops[name])]),
  ),
  sigmoidGate: { f: ops.sigmoidGate, args: [operand("x"), operand("gate")] },
  std: reduction(ops.std, correction),
  variance: reduction(ops.variance, correction),
  argmax: along(ops.argmax, keepDims),
  argmin: along(ops.argmin, keepDims),
  argsort: along(ops.argsort, descending),
  sort: along(ops.sort, descending),
  cumsum: along(ops.cumsum, reverse),
  cumprod: along(ops.cumprod, reverse),
  softmax: along(ops.softmax),
  logSoftmax: along(ops.logSoftmax),
  topK: { f: ops.topK, args: [ranked(), count("k", 2), axisOptions(optional(axis("axis", 1)))] },
  cast: { f: ops.cast, args: [alone(), dtype] },
  clip: {
    f: ops.clip,
    args: [alone(), optional(also(bound("min", 0), "null")), optional(also(bound("max", 1), "null"))],
  },
  where: { f: ops.where, args: [beside("condition", flags), operand("x"), operand("y")] },
  logicalAnd: { f: ops.logicalAnd, args: [truth("x"), truth("y")] },
  logicalOr: { f: ops.logicalOr, args: [truth("x"), truth("y")] },
  logicalNot: { f: ops.logicalNot, args: [alone("x", flags)] },
  matmul: { f: ops.matmul, args: [beside("x"), beside("y", ops.transpose(matrix))] },
  dot: { f: ops.dot, args: [operand("x"), operand("y", ops.transpose(matrix))] },
  einsum: {
    f: ops.einsum,
    args: [
      strict("expression|terms", "ij,jk->ik"),
      beside("tensor 0|term 0"),
      beside("tensor 1|term 1", ops.transpose(matrix)),
    ],
  },
  conv1d: { f: ops.conv1d, args: [beside("input|x", signal), beside("kernel|w", filter), options(...conv)] },
  conv2d: { f: ops.conv2d, args: [beside("input|x", image), beside("kernel|w", kernel), options(...conv)] },
  convTranspose2d: {
    f: ops.convTranspose2d,
    args: [
      beside("input|x", image),
      beside("kernel|w", kernel),
      options(...conv, optional(kindOf()("outputPadding", 0))),
    ],
  },
  maxPool2d: { f: ops.maxPool2d, args: [single("input|x", image), count("window|size", 2), options(...window)] },
  avgPool2d: { f: ops.avgPool2d, args: [single("input|x", image), count("window|size", 2), options(...window)] },
  adaptiveAvgPool2d: { f: ops.adaptiveAvgPool2d, args: [single("input|x", image), count("size", 2)] },
  dropout: { f: ops.dropout, args: [beside("key", random.key(0)), operand(), share("rate", 0.5)] },
  elu: { f: ops.elu, args: [alone(), options(optional(finite("alpha", 1)))] },
  leakyRelu: { f: ops.leakyRelu, args: [alone(), options(optional(finite("slope", 0.1)))] },
  gelu: { f: ops.gelu, args: [alone(), options(optional(strict("approximate", "tanh")))] },
  take: {
    f: ops.take,
    args: [{ ...beside(), may: wholeNumbers }, kindOf("-1")("indices", labels), axisOptions(optional(axis("axis", 1)))],
  },
  gather: {
    f: ops.gather,
    args: [beside(), beside("indices", tensor([[0], [1]], { dtype: "int32" })), axisOptions(optional(axis("axis", 1)))],
  },
  oneHot: {
    f: ops.oneHot,
    args: [kindOf("-1", "elsewhere")("indices", labels), count("depth|shape", 3), options(optional(dtype))],
  },
  binaryCrossEntropy: {
    f: ops.binaryCrossEntropy,
    args: [beside("prediction"), beside("target"), options(reductionOf)],
  },
  softmaxCrossEntropy: {
    f: ops.softmaxCrossEntropy,
    args: [beside("logits"), beside("labels", labels)],
  },
  meanSquaredError: { f: ops.meanSquaredError, args: [beside("prediction"), beside("target"), options(reductionOf)] },
  huber: {
    f: ops.huber,
    args: [beside("prediction"), beside("target"), options(reductionOf, optional(nonNegative("delta", 1)))],
  },
  broadcastTo: { f: ops.broadcastTo, args: [alone(), strict("shape", [2, 2, 3])] },
  concat: {
    f: ops.concat,
    args: [strict("tensor", [matrix, matrix]), axisOptions(optional(axis("axis", 1)))],
  },
  stack: {
    f: ops.stack,
    args: [strict("tensor", [matrix, matrix]), axisOptions(optional(axis("axis", 1)))],
  },
  split: { f: ops.split, args: [single(), kindOf("[]")("parts", 1), axisOptions(optional(axis("axis", 1)))] },
  expandDims: { f: ops.expandDims, args: [alone(), axes("axis", 0)] },
  squeeze: { f: ops.squeeze, args: [ranked("x", tensor([[[1]]])), axisOptions(optional(axes("axis", 0)))] },
  flip: { f: ops.flip, args: [ranked(), axisOptions(optional(axes("axis", 0)))] },
  reshape: { f: ops.reshape, args: [ranked(), strict("shape", [3, 2])] },
  tile: { f: ops.tile, args: [alone(), kindOf("[]")("reps", [1, 2])] },
  transpose: { f: ops.transpose, args: [ranked(), optional(strict("axes|permutation", [1, 0]))] },
  tril: { f: ops.tril, args: [single(), optional(kindOf("-1")("k", 0))] },
  triu: { f: ops.triu, args: [single(), optional(kindOf("-1")("k", 0))] },
  pad: {
    f: ops.pad,
    args: [
      ranked(),
      strict("widths|padding", [[1, 0], [0, 1]]),
      options(optional(kindOf("NaN", "Infinity", "-1", "1.5", "2**53")("value", 0))),
    ],
  },
  roll: { f: ops.roll, args: [ranked(), kindOf("-1")("shift", 1), axisOptions(optional(axes("axis", 0)))] },
  slice: {
    f: ops.slice,
    args: [
      ranked(),
      optional(kindOf("-1", "[]")("start", [0, 0])),
      optional(kindOf("-1", "[]")("limit", [1, 2])),
      options(optional(kindOf("[]")("step", [1, 1]))),
    ],
  },
  batchNorm: {
    f: ops.batchNorm,
    args: [
      beside("input|x", image),
      beside("mean", four),
      beside("variance", four),
      options(weight, bias, optional(eps)),
    ],
  },
  groupNorm: {
    f: ops.groupNorm,
    args: [beside("input|x", image), count("groups", 2), options(weight, bias, optional(eps))],
  },
  groupStandardize: {
    f: ops.groupStandardize,
    args: [single("input|x", image), count("groups", 2), options(optional(eps))],
  },
  layerNorm: {
    f: ops.layerNorm,
    args: [
      beside("input|x"),
      options(
        optional(beside("weight", tensor([1, 2, 3]))),
        optional(beside("bias", tensor([1, 2, 3]))),
        optional(eps),
        optional({ ...strict("axis|weight", -1), takes: ["-1"] }),
      ),
    ],
  },
};
