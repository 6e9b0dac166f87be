/** How each operation of StableHLO is recorded. */
import { type DType, isFloat } from "../../core/dtype.ts";
import type { Primitive } from "../../core/primitive.ts";
import * as algebra from "../../core/primitives/algebra.ts";
import * as arithmetic from "../../core/primitives/arithmetic.ts";
import * as comparison from "../../core/primitives/comparison.ts";
import { conv, dot } from "../../core/primitives/contraction.ts";
import { argsort, gather, scatterAdd } from "../../core/primitives/indexing.ts";
import { concat, flip, iota, pad, slice, transpose } from "../../core/primitives/movement.ts";
import { argExtremum, reduceMax, reduceMin } from "../../core/primitives/reduction.ts";
import { type Shape } from "../../core/shape.ts";
import { bind1 } from "../../core/graph.ts";
import type { Tensor } from "../../core/tensor.ts";
import { tensor } from "../../core/creation.ts";
import { constantOf, dtypeOf, splat } from "./constants.ts";
import { integer, integers } from "./infer.ts";
import { controlImports, reshaped } from "./import_control.ts";
import type { Block, Operation } from "./parse.ts";
import { neutral } from "./rules.ts";

/** What was recorded so far: values, and the operations that gave them. */
export interface Known {
  readonly values: Map<string, Tensor>;
  readonly operations: Map<string, Operation>;
  /** Records a region, which may use all of this. */
  evaluate(region: Block, inputs: readonly Tensor[]): Tensor[];
}

/** Records an operation; gives its results. */
export type ImportRule = (operands: readonly Tensor[], operation: Operation, known: Known) => readonly Tensor[];

const apply = arithmetic.apply;

const unsupported = ({ line, op }: Operation, why: string): TypeError =>
  new TypeError(`importStableHlo: line ${line}: ${op}: ${why}`);

const one = (f: (...xs: Tensor[]) => Tensor): ImportRule => (operands) => [f(...operands)];
const elementwise =
  (primitive: Primitive<undefined>): ImportRule => (operands) => [bind1(primitive, operands, undefined)];

function constant(operation: Operation): Tensor {
  const value = constantOf(operation);
  const [type] = operation.resultTypes;
  const dtype = dtypeOf(type);
  return typeof value === "number"
    ? algebra.full(type.shape, value, dtype)
    : tensor(value, { shape: type.shape, dtype });
}

const compare: ImportRule = ([x, y], { attributes }) => {
  const direction = /\b(EQ|NE|LT|LE|GT|GE)\b/.exec(attributes)![1] as "EQ";
  const { equal, notEqual, less, lessEqual, greater, greaterEqual } = comparison;
  return [{ EQ: equal, NE: notEqual, LT: less, LE: lessEqual, GT: greater, GE: greaterEqual }[direction](x, y)];
};

const combiners = { add: "sum", maximum: "max", minimum: "min", or: "max", and: "min" } as const;

const reduce: ImportRule = (operands, operation, known) => {
  const { attributes, regions: [region], operands: names } = operation;
  const axes = integers(attributes, "dimensions");
  const [x, second] = operands;
  if (region) {
    // The position of an extremum: values beside an iota.
    const source = known.operations.get(names[1]);
    const direction = region.operations.find(({ op }) => op === "compare")?.attributes.match(/GT|LT/)?.[0];
    if (operands.length !== 4 || source?.op !== "iota" || integer(source.attributes, "dim") !== axes[0] || !direction) {
      throw unsupported(operation, "only positions of extrema may have a region");
    }
    const op = direction === "GT" ? "max" : "min";
    return [(op === "max" ? reduceMax : reduceMin)(x, axes), argExtremum(x, axes[0], op)];
  }
  const combine = /applies stablehlo\.(\w+)/.exec(attributes)![1];
  const op = Object.hasOwn(combiners, combine) ? combiners[combine as "add"] : undefined;
  if (!op) throw unsupported(operation, `cannot combine by ${combine}`);
  if (splat(names[1], known.operations) !== neutral(op, x.dtype)) {
    throw unsupported(operation, `must start from nothing, not from ${second}`);
  }
  return [{ sum: algebra.sum, max: reduceMax, min: reduceMin }[op as "sum"](x, axes)];
};

const dotGeneral: ImportRule = ([x, y], { attributes }) => {
  const pair = (name: string): [number[], number[]] => {
    const found = new RegExp(`${name} = \\[([\\d, ]*)\\] x \\[([\\d, ]*)\\]`).exec(attributes);
    const axes = (text: string | undefined) => text ? text.split(",").map(Number) : [];
    return [axes(found?.[1]), axes(found?.[2])];
  };
  return [dot(x, y, { batch: pair("batching_dims"), contract: pair("contracting_dims") })];
};

const convolution: ImportRule = (operands, { attributes, resultTypes: [out] }) => {
  const [input, kernel, output] = /dim_numbers = \[(.*?)\]x\[(.*?)\]->\[(.*?)\]/.exec(attributes)!.slice(1)
    .map((t) => t.split(", "));
  const spatial = input.length - 2;
  const axes = Array.from({ length: spatial }, (_, d) => String(d));
  const ordered = (x: Tensor, layout: string[], first: string, second: string): Tensor =>
    transpose(x, [first, second, ...axes].map((name) => layout.indexOf(name)));
  let x = ordered(operands[0], input, "b", "f");
  const w = ordered(operands[1], kernel, "o", "i");
  const batchGroups = integer(attributes, "batch_group_count");
  if (batchGroups > 1) {
    // Groups of examples with kernels of their own are groups of channels.
    const [count, channels, ...rest] = x.shape;
    const apart = algebra.reshape(x, [batchGroups, count / batchGroups, channels, ...rest]);
    const moved = transpose(apart, [1, 0, ...apart.shape.map((_, i) => i).slice(2)]);
    x = algebra.reshape(moved, [count / batchGroups, batchGroups * channels, ...rest]);
  }
  // Spread by zeros; what a negative padding cuts off is cut off first.
  const numbers = /pad = \[((?:\[-?\d+, -?\d+\](?:, )?)*)\]/.exec(attributes)![1].match(/-?\d+/g)!.map(Number);
  const none = x.shape.map(() => 0);
  const spread = integers(attributes, "lhs_dilate");
  x = pad(x, { low: none, high: none, interior: [0, 0, ...spread.map((n) => n - 1)], value: 0 });
  const cut = (side: 0 | 1, axis: number): number => axis < 2 ? 0 : Math.max(0, -numbers[2 * (axis - 2) + side]);
  const limit = x.shape.map((n, i) => n - cut(1, i));
  x = slice(x, { start: none.map((_, i) => cut(0, i)), limit, step: none.map(() => 1) });
  const padding = axes.map((_, d) => [Math.max(0, numbers[2 * d]), Math.max(0, numbers[2 * d + 1])] as const);
  const shapeOut = ["b", "f", ...axes].map((name) => out.shape[output.indexOf(name)]);
  const y = conv(x, w, {
    mode: "output",
    input: x.shape,
    kernel: w.shape,
    output: shapeOut,
    stride: integers(attributes, "stride"),
    dilation: integers(attributes, "rhs_dilate"),
    padding,
    groups: integer(attributes, "feature_group_count") * batchGroups,
  });
  return [transpose(y, output.map((name) => ["b", "f", ...axes].indexOf(name)))];
};

const scatter: ImportRule = ([x, indices, updates], operation) => {
  const [axis] = integers(operation.attributes, "inserted_window_dims");
  const [first] = operation.regions[0].operations;
  if (operation.regions[0].operations.length !== 1 || first.op !== "add") throw unsupported(operation, "can only add");
  return [algebra.add(x, scatterAdd(updates, indices, axis, x.shape[axis]))];
};

const sort: ImportRule = ([x], operation, known) => {
  const axis = integer(operation.attributes, "dimension");
  const positions = known.operations.get(operation.operands[1]);
  const direction = operation.regions[0].operations[0]?.attributes.match(/\b[LG]T\b/)?.[0];
  const ascending = operation.regions[0].operations[0]?.op === "compare" && direction === "LT";
  if (!ascending || positions?.op !== "iota" || integer(positions.attributes, "dim") !== axis) {
    throw unsupported(operation, "only the order of values beside an iota, ascending");
  }
  const order = argsort(x, axis);
  return [gather(x, order, axis), order];
};

const sliceRule: ImportRule = ([x], { attributes }) => {
  const ranges = /\[(.*)\]/.exec(attributes)![1].split(", ").filter((t) => t !== "").map((t) =>
    t.split(":").map(Number)
  );
  const [start, limit, step] = [0, 1, 2].map((i) => ranges.map((range) => range[i] ?? 1));
  return [slice(x, { start, limit, step })];
};

const clamp: ImportRule = ([low, x, high]) => {
  const wide = (bound: Tensor): Tensor => algebra.broadcast(bound, x.shape, []);
  return [apply(arithmetic.minimum, apply(arithmetic.maximum, x, wide(low)), wide(high))];
};

const padRule: ImportRule = ([x], operation, known) => {
  const [low, high, interior] = ["low", "high", "interior"].map((name) => integers(operation.attributes, name));
  const value = splat(operation.operands[1], known.operations);
  if (value === undefined) throw unsupported(operation, "the filling must be a constant");
  if ([...low, ...high].some((n) => n < 0)) throw unsupported(operation, "negative padding");
  return [pad(x, { low, high, interior, value })];
};

const convertTo = (x: Tensor, dtype: DType): Tensor => algebra.convert(x, dtype);
const shapeOf = ({ resultTypes: [{ shape }] }: Operation): Shape => shape;

/** The rules by operation. */
export const rules: Record<string, ImportRule> = /* @__PURE__ */ (() => ({
  add: one((x, y) => x.dtype === "bool" ? comparison.logicalOr(x, y) : algebra.add(x, y)),
  subtract: one(algebra.sub),
  multiply: one((x, y) => x.dtype === "bool" ? comparison.logicalAnd(x, y) : algebra.mul(x, y)),
  divide: elementwise(arithmetic.div),
  remainder: elementwise(arithmetic.rem),
  maximum: elementwise(arithmetic.maximum),
  minimum: elementwise(arithmetic.minimum),
  power: elementwise(arithmetic.pow),
  atan2: elementwise(arithmetic.atan2),
  negate: elementwise(algebra.neg),
  abs: elementwise(arithmetic.abs),
  sqrt: elementwise(arithmetic.sqrt),
  rsqrt: elementwise(arithmetic.rsqrt),
  floor: elementwise(arithmetic.floor),
  ceil: elementwise(arithmetic.ceil),
  round_nearest_even: elementwise(arithmetic.round),
  exponential: elementwise(arithmetic.exp),
  exponential_minus_one: elementwise(arithmetic.expm1),
  log: elementwise(arithmetic.log),
  log_plus_one: elementwise(arithmetic.log1p),
  logistic: elementwise(arithmetic.sigmoid),
  sine: elementwise(arithmetic.sin),
  cosine: elementwise(arithmetic.cos),
  tan: elementwise(arithmetic.tan),
  tanh: elementwise(arithmetic.tanh),
  and: one(comparison.logicalAnd),
  or: one(comparison.logicalOr),
  xor: elementwise(comparison.xor),
  not: elementwise(comparison.not),
  shift_left: elementwise(comparison.shiftLeft),
  shift_right_arithmetic: elementwise(comparison.shiftRight),
  shift_right_logical: elementwise(comparison.shiftRight),
  compare,
  select: one(algebra.select),
  clamp,
  convert: ([x], { resultTypes: [type] }) => [convertTo(x, dtypeOf(type))],
  bitcast_convert([x], { resultTypes: [type] }) {
    const dtype = dtypeOf(type);
    // Between 32-bit integers a conversion keeps the bits.
    return [isFloat(x.dtype) || isFloat(dtype) ? comparison.bitcast(x, dtype) : convertTo(x, dtype)];
  },
  constant: (_, operation) => [constant(operation)],
  iota: (_, operation) => [
    iota(shapeOf(operation), integer(operation.attributes, "dim"), dtypeOf(operation.resultTypes[0])),
  ],
  broadcast_in_dim: ([x], operation) => [
    algebra.broadcast(x, shapeOf(operation), integers(operation.attributes, "dims")),
  ],
  reshape: ([x], operation) => [reshaped(x, shapeOf(operation))],
  transpose: ([x], { attributes }) => [transpose(x, integers(attributes, "dims"))],
  reverse: ([x], { attributes }) => [flip(x, integers(attributes, "dims"))],
  slice: sliceRule,
  pad: padRule,
  concatenate: (operands, { attributes }) => [concat(operands, integer(attributes, "dim"))],
  optimization_barrier: (operands) => operands,
  reduce,
  dot_general: dotGeneral,
  convolution,
  gather: ([x, indices], { attributes }) => [gather(x, indices, integers(attributes, "collapsed_slice_dims")[0])],
  scatter,
  sort,
  ...controlImports,
}))();
