/** How each primitive is written, but for elementwise ones, whose expressions say it. */
import { allocate } from "../../core/dtype.ts";
import type { Node } from "../../core/graph.ts";
import type { ReduceOp } from "../../core/primitive.ts";
import { type ConvParams, type DotParams, freeAxes } from "../../core/primitives/contraction.ts";
import type { WindowParams } from "../../core/primitives/indexing.ts";
import type { PadParams, SliceParams } from "../../core/primitives/movement.ts";
import type { Tensor } from "../../core/tensor.ts";
import { type Attributes, type Extent, isFree, type Value, type Writer } from "./writer.ts";

/** Where a node stands: what it has become so far, and how large its results are. */
export interface Place {
  readonly w: Writer;
  readonly node: Node;
  readonly operands: readonly Value[];
  /** Extents of the result. */
  readonly shape: readonly Extent[];
  /** The same node for another batch, where that is free. */
  readonly twin: Node;
  /** What a tensor of the Graph has become. */
  readonly valueOf: (t: Tensor) => Value;
}

/** Writes an applied primitive of one result; undefined where these parameters have no counterpart. */
export type Rule = (place: Place) => Value | undefined;

const result = ({ node, shape }: Place): Omit<Value, "name" | "held"> => ({ dtype: node.outputs[0].dtype, shape });

/** The operands with all their extents in the file. */
const wholes = ({ w, operands }: Place): string[] => operands.map((x) => w.whole(x).name);

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => a.every((n, i) => n === b[i]);

const literal: Rule = ({ w, node, twin, shape }) => {
  const { value, dtype } = node.params;
  if (!Object.is(value, twin.params.value)) return undefined; // a number made of the batch's size
  return { name: w.scalar(value, dtype), dtype, shape, held: [] };
};

const iota: Rule = ({ w, node, shape }) => {
  const { axis, dtype } = node.params;
  const extent = shape[axis];
  if (isFree(extent)) return undefined;
  const values = allocate(dtype, extent);
  for (let i = 0; i < extent; i++) values[i] = dtype === "bool" ? Number(i !== 0) : i;
  const held = [extent, ...shape.slice(axis + 1).map(() => 1)];
  const name = w.array(w.name("positions"), values, { shape: held, dtype, size: extent } as never).name;
  return { name, dtype, shape, held };
};

const reshape: Rule = (place) => {
  const { w, operands: [x], shape } = place;
  if (x.held.length === 0) return { ...x, shape };
  const name = w.reshaped(w.whole(x).name, shape);
  return { ...result(place), name, held: shape };
};

const transpose: Rule = (place) => {
  const { w, operands: [x], node: { params: { order } } } = place;
  if (x.held.length === 0) return { ...x, shape: place.shape };
  const ranked = w.ranked(x);
  const [name] = w.apply("Transpose", [ranked.name], { perm: order });
  return { ...result(place), name, held: (order as number[]).map((axis) => ranked.held[axis]) };
};

const slice: Rule = (place) => {
  const { w, node, twin, operands: [x], shape } = place;
  if (x.held.length === 0) return { ...x, shape };
  const { start, limit, step } = node.params as SliceParams;
  const other = twin.params as SliceParams;
  const extents = node.operands[0].shape;
  const axes = range(extents.length).filter((i) => start[i] !== 0 || step[i] !== 1 || limit[i] < extents[i]);
  if (axes.some((i) => start[i] !== other.start[i] || limit[i] !== other.limit[i])) return undefined;
  const at = (list: readonly number[]): string => w.integers(axes.map((i) => list[i]));
  return w.op("Slice", [w.whole(x).name, at(start), at(limit), w.integers(axes), at(step)], result(place));
};

const pad: Rule = (place) => {
  const { w, node, twin } = place;
  const { low, high, interior, value } = node.params as PadParams;
  const other = twin.params as PadParams;
  if (interior.some((n) => n > 0) || !sameNumbers(low, other.low) || !sameNumbers(high, other.high)) return undefined;
  const inputs = [...wholes(place), w.integers([...low, ...high]), w.scalar(value, place.operands[0].dtype)];
  return w.op("Pad", inputs, result(place), { mode: "constant" });
};

const flip: Rule = (place) => {
  const { w, node: { params: { axes } } } = place;
  const all = (value: number): string => w.integers((axes as number[]).map(() => value));
  return w.op("Slice", [...wholes(place), all(-1), all(-(2 ** 31)), w.integers(axes), all(-1)], result(place));
};

const dot: Rule = (place) => {
  const { w, node } = place;
  const params = node.params as DotParams;
  const [left, right] = node.operands.map((t) => t.ndim);
  const b = params.batch[0].length;
  const plain = params.batch.every((axes) => axes.every((axis, i) => axis === i)) &&
    freeAxes(left, params, 0).length === 1 && freeAxes(right, params, 1).length === 1 &&
    params.contract[0].length === 1 && params.contract[0][0] === left - 1 && params.contract[1][0] === b;
  if (plain) return w.op("MatMul", wholes(place), result(place));
  const letters = "abcdefghijklmnopqrstuvwxyz";
  let next = 0;
  const [x, y]: string[][] = [[], []];
  for (const [k, i] of params.batch[0].entries()) x[i] = y[params.batch[1][k]] = letters[next++];
  for (const [k, i] of params.contract[0].entries()) x[i] = y[params.contract[1][k]] = letters[next++];
  for (const i of freeAxes(left, params, 0)) x[i] = letters[next++];
  for (const i of freeAxes(right, params, 1)) y[i] = letters[next++];
  const out = [
    ...params.batch[0].map((i) => x[i]),
    ...freeAxes(left, params, 0).map((i) => x[i]),
    ...freeAxes(right, params, 1).map((i) => y[i]),
  ];
  return w.op("Einsum", wholes(place), result(place), { equation: `${x.join("")},${y.join("")}->${out.join("")}` });
};

const conv: Rule = (place) => {
  const { w, node } = place;
  const { mode, stride, dilation, padding, groups, kernel, input, output } = node.params as ConvParams;
  const attributes = {
    kernel_shape: kernel.slice(2),
    strides: stride,
    dilations: dilation,
    pads: [...padding.map(([low]) => low), ...padding.map(([, high]) => high)],
    group: groups,
  };
  if (mode === "output") return w.op("Conv", wholes(place), result(place), attributes);
  if (mode === "kernel") return undefined;
  const span = (i: number): number => (kernel[2 + i] - 1) * dilation[i] + 1;
  const extra = stride.map((s, i) =>
    input[2 + i] - ((output[2 + i] - 1) * s + span(i) - padding[i][0] - padding[i][1])
  );
  return w.op("ConvTranspose", wholes(place), result(place), { ...attributes, output_padding: extra });
};

const reducers: Record<ReduceOp, string> = { sum: "ReduceSum", prod: "ReduceProd", max: "ReduceMax", min: "ReduceMin" };

/** Reductions over axes, which ONNX moved from the attributes to the inputs one by one. */
export function reduce(op: ReduceOp): Rule {
  return (place) => {
    const { w, node: { params: { axes } }, operands: [x] } = place;
    const whole = w.whole(x.dtype === "bool" ? w.cast(x, "int32") : x);
    const asInput = op === "sum" || w.opset >= 18;
    const inputs = asInput ? [whole.name, w.integers(axes)] : [whole.name];
    const attributes: Attributes = asInput ? { keepdims: 0 } : { axes, keepdims: 0 };
    const value = w.op(reducers[op], inputs, { dtype: whole.dtype, shape: place.shape }, attributes);
    return x.dtype === "bool" ? w.cast(value, "bool") : value;
  };
}

/** Positions, which ONNX counts in 64 bits. */
const positions = (place: Place, name: string): Value => ({
  ...result(place),
  name: place.w.cast({ name, dtype: "int32", shape: place.shape, held: place.shape }, "int32").name,
  held: place.shape,
});

const argExtremum: Rule = (place) => {
  const { w, node: { params: { axis, op } } } = place;
  const [at] = w.apply(op === "max" ? "ArgMax" : "ArgMin", wholes(place), { axis, keepdims: 0 });
  return positions(place, at);
};

const argsort: Rule = (place) => {
  const { w, node: { params: { axis } }, shape } = place;
  const extent = shape[axis];
  if (isFree(extent)) return undefined;
  const attributes = { axis, largest: 0, sorted: 1 };
  return positions(place, w.apply("TopK", [...wholes(place), w.integers([extent])], attributes, 2)[1]);
};

const cumsum: Rule = (place) => {
  const { w, node: { params: { axis, reverse } } } = place;
  return w.op("CumSum", [...wholes(place), w.integers([axis], [])], result(place), { reverse: Number(reverse) });
};

const pooling = ({ window, stride, padding }: WindowParams) => ({
  kernel_shape: window,
  strides: stride,
  pads: [...padding.map(([low]) => low), ...padding.map(([, high]) => high)],
});

/** ONNX counts through the whole tensor, the primitive in the plane. */
const windowArgMax: Rule = (place) => {
  const { w, node } = place;
  const x = node.operands[0];
  if (x.ndim !== 4) return undefined;
  const [, at] = w.apply("MaxPool", wholes(place), pooling(node.params as WindowParams), 2);
  const [inPlane] = w.apply("Mod", [at, w.integers([x.shape[2] * x.shape[3]], [])]);
  return positions(place, inPlane);
};

/** The primitive behind a reshape. */
function behindReshape(t: Tensor): Tensor {
  return t.node?.primitive?.name === "reshape" ? behindReshape(t.node.operands[0]) : t;
}

const gather: Rule = (place) => {
  const { w, node, operands: [x, indices] } = place;
  const [data, at] = node.operands.map(behindReshape);
  const pool = at.node;
  if (pool?.primitive?.name === "windowArgMax" && pool.operands[0] === data && data.ndim === 4) {
    // Max pooling: the largest elements themselves.
    const [name] = w.apply("MaxPool", [w.whole(place.valueOf(data)).name], pooling(pool.params as WindowParams));
    return { ...result(place), name: w.reshaped(name, place.shape), held: place.shape };
  }
  const { axis } = node.params;
  return w.op("GatherElements", [w.whole(x).name, w.whole(indices).name], result(place), { axis });
};

const concat: Rule = (place) => {
  return place.w.op("Concat", wholes(place), result(place), { axis: place.node.params.axis });
};

const broadcast: Rule = ({ w, node: { params: { axes } }, operands: [x], shape }) => w.spread(x, shape, axes);

/** Rules by primitive. */
export const rules: Readonly<Record<string, Rule>> = {
  literal,
  iota,
  broadcast,
  reshape,
  transpose,
  slice,
  pad,
  flip,
  concat,
  dot,
  conv,
  argExtremum,
  argsort,
  cumsum,
  windowArgMax,
  gather,
};

/** x where it is above 0, else 0: as it stands in a Graph, and in ONNX an operation of its own. */
export const relu: Rule = (place) => {
  const { w, node, operands, shape } = place;
  if (node.primitive!.name !== "select") return undefined;
  const [condition, zero, x] = node.operands;
  const compared = condition.node;
  const isZero = (t: Tensor): boolean => {
    const { primitive, operands, params } = t.node ?? {};
    if (primitive?.name === "broadcast") return isZero(operands![0]);
    return primitive?.name === "literal" && params.value === 0;
  };
  const matches = compared?.primitive?.name === "lessEqual" && compared.operands[0] === x &&
    isZero(compared.operands[1]) && isZero(zero);
  if (!matches) return undefined;
  const name = w.apply("Relu", [operands[2].name])[0];
  return { ...operands[2], name, shape };
};

/** A logistic function under its name. */
export const sigmoid: Rule = ({ w, node, operands: [x], shape }) => {
  if (node.primitive!.name !== "sigmoid") return undefined;
  return { ...x, name: w.apply("Sigmoid", [x.name])[0], shape };
};
