/** Operators of ONNX that are layers of networks: convolutions, pools, normalisation. */
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import type { OnnxNode, Operator } from "./node.ts";

type Pairs = (readonly [number, number])[];

/** Where a window goes. */
interface Window {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Pairs;
}

function windowOf(n: OnnxNode, x: Tensor, kernel: readonly number[]): Window {
  const rank = x.ndim - 2;
  const size = n.ints("kernel_shape") ?? kernel;
  const stride = n.ints("strides") ?? size.map(() => 1);
  const dilation = n.ints("dilations") ?? size.map(() => 1);
  const auto = n.text("auto_pad", "NOTSET");
  const pads = n.ints("pads") ?? new Array<number>(2 * rank).fill(0);
  const padding = size.map((extent, i): readonly [number, number] => {
    if (auto === "VALID") return [0, 0];
    if (auto === "NOTSET") return [pads[i], pads[rank + i]];
    const span = (extent - 1) * dilation[i] + 1;
    const total = Math.max(0, (Math.ceil(x.shape[2 + i] / stride[i]) - 1) * stride[i] + span - x.shape[2 + i]);
    const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
    if (auto === "SAME_UPPER") return [small, large];
    if (auto === "SAME_LOWER") return [large, small];
    throw n.unsupported(`auto_pad ${auto}`);
  });
  return { size, stride, dilation, padding };
}

/** A bias along the channels. */
function biased(y: Tensor, bias: Tensor | undefined): Tensor {
  return bias ? ops.add(y, ops.reshape(bias, [bias.size, ...y.shape.slice(2).map(() => 1)])) : y;
}

const conv: Operator = (n) => {
  const [x, kernel] = [n.input(0), n.input(1)];
  const { stride, dilation, padding } = windowOf(n, x, kernel.shape.slice(2));
  const options = { stride, dilation, padding, groups: n.int("group", 1) };
  if (x.ndim !== 3 && x.ndim !== 4) throw n.unsupported(`an input of ${x.ndim} axes`);
  return biased((x.ndim === 3 ? ops.conv1d : ops.conv2d)(x, kernel, options), n.inputs[2]);
};

const convTranspose: Operator = (n) => {
  const [x, kernel] = [n.input(0), n.input(1)];
  if (x.ndim !== 4) throw n.unsupported(`an input of ${x.ndim} axes`);
  if (n.has("output_shape") || n.text("auto_pad", "NOTSET") !== "NOTSET") {
    throw n.unsupported("output_shape or auto_pad");
  }
  const { stride, dilation, padding } = windowOf(n, x, kernel.shape.slice(2));
  const outputPadding = n.ints("output_padding") ?? [0, 0];
  const options = { stride, dilation, padding, outputPadding, groups: n.int("group", 1) };
  return biased(ops.convTranspose2d(x, kernel, options), n.inputs[2]);
};

/** A window over images; an odd frame is put around them first. */
function pooled(n: OnnxNode, fill: number) {
  const x = n.input(0);
  if (x.ndim !== 4) throw n.unsupported(`an input of ${x.ndim} axes`);
  const { size, stride, dilation, padding } = windowOf(n, x, []);
  if (dilation.some((d) => d !== 1)) throw n.unsupported("dilations");
  if (n.int("ceil_mode", 0) === 1) {
    const even = size.every((extent, i) => (x.shape[2 + i] + padding[i][0] + padding[i][1] - extent) % stride[i] === 0);
    if (!even) throw n.unsupported("ceil_mode with windows that do not fit evenly");
  }
  const padded = ops.pad(x, [[0, 0], [0, 0], ...padding], { value: fill });
  return { x, padded, size, stride, padding };
}

const maxPool: Operator = (n) => {
  if (n.proto.output.length > 1 && n.proto.output[1] !== "") throw n.unsupported("the output Indices");
  const { x, padded, size, stride, padding } = pooled(n, -Infinity);
  const even = padding.every(([low, high], i) => low === high && 2 * low <= size[i]);
  if (even) return ops.maxPool2d(x, size, { stride, padding: padding.map(([low]) => low) });
  return ops.maxPool2d(padded, size, { stride });
};

const averagePool: Operator = (n) => {
  const { x, padded, size, stride, padding } = pooled(n, 0);
  const mean = ops.avgPool2d(padded, size, { stride });
  if (n.int("count_include_pad", 0) === 1 || padding.flat().every((p) => p === 0)) return mean;
  // How much of each window is image.
  const ones = ops.pad(ops.onesLike(ops.slice(x, [0, 0], [1, 1])), [[0, 0], [0, 0], ...padding]);
  return ops.div(mean, ops.avgPool2d(ones, size, { stride }));
};

const spatial = (x: Tensor): number[] => x.shape.slice(2).map((_, i) => i + 2);

const batchNormalization: Operator = (n) => {
  if (n.int("training_mode", 0) === 1) throw n.unsupported("training_mode");
  const [x, weight, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => n.input(i));
  return ops.batchNorm(x, mean, variance, { weight, bias, eps: n.float("epsilon", 1e-5) });
};

const instanceNormalization: Operator = (n) => {
  const [x, weight, bias] = [0, 1, 2].map((i) => n.input(i));
  return ops.groupNorm(x, x.shape[1], { weight, bias, eps: n.float("epsilon", 1e-5) });
};

const groupNormalization: Operator = (n) => {
  const [x, weight, bias] = [0, 1, 2].map((i) => n.input(i));
  const groups = n.int("num_groups", 1);
  const each = (t: Tensor): Tensor => {
    if (t.size === x.shape[1]) return t;
    const repeated = ops.broadcastTo(ops.reshape(t, [groups, 1]), [groups, x.shape[1] / groups]); // before version 21
    return ops.reshape(repeated, [x.shape[1]]);
  };
  return ops.groupNorm(x, groups, { weight: each(weight), bias: each(bias), eps: n.float("epsilon", 1e-5) });
};

const layerNormalization: Operator = (n) => {
  if (n.proto.output.slice(1).some((name) => name !== "")) throw n.unsupported("the outputs Mean and InvStdDev");
  const [x, weight, bias] = [n.input(0), n.input(1), n.inputs[2]];
  const first = n.axis(n.int("axis", -1), x.ndim);
  const axis = x.shape.slice(first).map((_, i) => first + i);
  return ops.layerNorm(x, { axis, weight, bias, eps: n.float("epsilon", 1e-5) });
};

/** What is dropped in training passes here. */
const dropout: Operator = (n) => {
  if (n.number(2)) throw n.unsupported("training_mode");
  return n.input(0);
};

/** Operators by name. */
export const layerOperators: Readonly<Record<string, Operator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: (n) => ops.mean(n.input(0), { axis: spatial(n.input(0)), keepDims: true }),
  GlobalMaxPool: (n) => ops.max(n.input(0), { axis: spatial(n.input(0)), keepDims: true }),
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LayerNormalization: layerNormalization,
  Dropout: dropout,
};
