/** Contractions: dot, and each mode of the convolution as a convolution of StableHLO. */
import type { Node } from "../../core/graph.ts";
import type { ConvParams, DotParams } from "../../core/primitives/contraction.ts";
import { type Aval, aval } from "../../core/shape.ts";
import type { Rule } from "./rules.ts";
import { list } from "./types.ts";
import type { Context } from "./write_graph.ts";
import type { Value, Writer } from "./writer.ts";

const pair = (axes: readonly [readonly number[], readonly number[]]): string => `${list(axes[0])} x ${list(axes[1])}`;

const dot: Rule = (w, operands, { params, outputs: [out] }, { precision }) => {
  const { contract, batch } = params as DotParams;
  const batching = batch[0].length > 0 ? `, batching_dims = ${pair(batch)}` : "";
  const rest = `${batching}, contracting_dims = ${pair(contract)}, precision = ${list([precision, precision])}`;
  return [w.op("dot_general", operands, out.aval, rest)];
};

/** The numbers of a convolution as StableHLO takes them. */
interface Window {
  /** Which axis of each operand and of the result is what: `b, f, 0, 1`. */
  readonly layout: readonly [input: string, kernel: string, output: string];
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly inputDilation: readonly number[];
  readonly kernelDilation: readonly number[];
  readonly featureGroups?: number;
  readonly batchGroups?: number;
}

function convolution(w: Writer, x: Value, kernel: Value, out: Aval, window: Window, { precision }: Context): Value {
  const { layout: [input, weights, output], stride, padding, inputDilation, kernelDilation } = window;
  const reversed = list(stride.map(() => false));
  const precisions = list([0, 1].map(() => `#stablehlo<precision ${precision}>`));
  const text = `(${x.name}, ${kernel.name}) dim_numbers = [${input}]x[${weights}]->[${output}], window = {` +
    `stride = ${list(stride)}, pad = ${list(padding.map(list))}, lhs_dilate = ${list(inputDilation)}, ` +
    `rhs_dilate = ${list(kernelDilation)}, reverse = ${reversed}} {batch_group_count = ${
      window.batchGroups ?? 1
    } : i64, ` +
    `feature_group_count = ${window.featureGroups ?? 1} : i64, precision_config = ${precisions}}`;
  return w.call("convolution", text, [x, kernel], out);
}

/** The names of spatial axes: `0, 1`. */
const spatial = (p: ConvParams): string => p.stride.map((_, i) => i).join(", ");

/** From where a window's first element to its last. */
const span = (p: ConvParams, d: number): number => (p.kernel[2 + d] - 1) * p.dilation[d];

/** From the first window to the last. */
const reach = (p: ConvParams, d: number): number => (p.output[2 + d] - 1) * p.stride[d];

const ones = (p: ConvParams): number[] => p.stride.map(() => 1);

function forward(w: Writer, [x, kernel]: readonly Value[], p: ConvParams, out: Aval, choices: Context): Value {
  const s = spatial(p);
  return convolution(w, x, kernel, out, {
    layout: [`b, f, ${s}`, `o, i, ${s}`, `b, f, ${s}`],
    stride: p.stride,
    padding: p.padding,
    inputDilation: ones(p),
    kernelDilation: p.dilation,
    featureGroups: p.groups,
  }, choices);
}

/** The input from output and kernel: the output spread by the stride, under the reversed kernel, channels changed over. */
function toInput(w: Writer, [y, kernel]: readonly Value[], p: ConvParams, out: Aval, choices: Context): Value {
  const s = spatial(p);
  let turned = w.reverse(kernel, p.stride.map((_, i) => 2 + i).filter((axis) => p.kernel[axis] > 1));
  if (p.groups > 1) {
    // [G·O, C, …] to [G·C, O, …]: the groups go with the channels that are made now.
    const [all, channels, ...window] = p.kernel;
    const each = all / p.groups;
    const apart = w.reshape(turned, [p.groups, each, channels, ...window]);
    const changed = w.transpose(apart, [0, 2, 1, ...window.map((_, i) => 3 + i)]);
    turned = w.reshape(changed, [p.groups * channels, each, ...window]);
  }
  const padding = p.stride.map((_, d) => {
    const low = span(p, d) - p.padding[d][0];
    return [low, p.input[2 + d] + span(p, d) - reach(p, d) - 1 - low] as const;
  });
  return convolution(w, y, turned, out, {
    layout: [`b, f, ${s}`, p.groups > 1 ? `o, i, ${s}` : `i, o, ${s}`, `b, f, ${s}`],
    stride: ones(p),
    padding,
    inputDilation: p.stride,
    kernelDilation: p.dilation,
    featureGroups: p.groups,
  }, choices);
}

/** The kernel from input and output: examples are summed over as channels are, the output spread by the stride is the window. */
function toKernel(w: Writer, [x, y]: readonly Value[], p: ConvParams, out: Aval, choices: Context): Value {
  const s = spatial(p);
  const padding = p.stride.map((_, d) => {
    const low = p.padding[d][0];
    return [low, span(p, d) + reach(p, d) + 1 - p.input[2 + d] - low] as const;
  });
  return convolution(w, x, y, out, {
    layout: [`f, b, ${s}`, `i, o, ${s}`, `f, b, ${s}`],
    stride: p.dilation,
    padding,
    inputDilation: ones(p),
    kernelDilation: p.stride,
    batchGroups: p.groups,
  }, choices);
}

const writers = { output: forward, input: toInput, kernel: toKernel };

/**
 * Group after group. For a convolution in groups whose examples are divided over devices, XLA's partitioner would gather them all on
 * each; depthwise ones and the gradients of kernels it divides well.
 */
function groupwise(w: Writer, [images, kernel]: readonly Value[], p: ConvParams, out: Aval, choices: Context): Value {
  const channels = (shape: readonly number[], axis: number): number[] =>
    shape.map((n, i) => i === axis ? n / p.groups : n);
  const one: ConvParams = {
    ...p,
    input: channels(p.input, 1),
    output: channels(p.output, 1),
    kernel: channels(p.kernel, 0),
    groups: 1,
  };
  const part = (x: Value, axis: number, group: number): Value => {
    const { shape } = x.aval;
    const each = shape[axis] / p.groups;
    const limit = shape.map((n, i) => i === axis ? (group + 1) * each : n);
    return w.slice(x, shape.map((_, i) => i === axis ? group * each : 0), limit, shape.map(() => 1));
  };
  const result = aval(channels(out.shape, 1), out.dtype);
  const parts = Array.from({ length: p.groups }, (_, group) => {
    return writers[p.mode](w, [part(images, 1, group), part(kernel, 0, group)], one, result, choices);
  });
  return w.op("concatenate", parts, out, ", dim = 1");
}

const conv: Rule = (w, operands, node: Node, choices) => {
  const params = node.params as ConvParams;
  const out = node.outputs[0].aval;
  // Sums over nothing, which StableHLO's shapes of windows do not cover.
  if (out.size === 0 || operands.some((x) => x.aval.size === 0)) return [w.constant(0, out.dtype, out.shape)];
  const apart = params.groups > 1 && params.mode !== "kernel" && params.kernel[1] > 1;
  return [(apart ? groupwise : writers[params.mode])(w, operands, params, out, choices)];
};

/** The rules by primitive. */
export const contractionRules: Record<string, Rule> = { dot, conv };
