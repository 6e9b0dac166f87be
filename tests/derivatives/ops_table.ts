/**
 * Points at which every public operation is differentiated: away from kinks, near the corners of its options.
 *
 * @module
 */
import { ops, random, type Tensor, tensor } from "../../mod.ts";
import { sizeOf } from "../../core/shape.ts";
import { uniform } from "../support/random.ts";

/** A function of float64 tensors and where to differentiate it. */
export interface Point {
  // deno-lint-ignore no-explicit-any
  readonly f: (...args: any[]) => unknown;
  // deno-lint-ignore no-explicit-any
  readonly args: any[];
}

/** An operation's points; or a use of it inside a function whose derivative it must not spoil, where it has none itself. */
export type Entry = { readonly points: readonly Point[] } | { readonly flat: (x: Tensor) => Tensor } | {
  readonly not: string;
};

/** Numbers in [low, high) that look random. */
export function at(shape: readonly number[], seed = 1, low = -1.5, high = 1.5): Tensor {
  const next = uniform(seed);
  const data = Float64Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next());
  return tensor(data, { shape });
}

/** Numbers of which no two are near and none is near 0: kinks and ties are far. */
export function apart(shape: readonly number[], seed = 1): Tensor {
  const size = sizeOf(shape);
  const next = uniform(seed);
  const order = Array.from({ length: size }, (_, i) => [next(), i]).sort(([a], [b]) => a - b).map(([, i]) => i);
  return tensor(Float64Array.from(order, (k) => (k - size / 2 + 0.25) * 0.3), { shape });
}

const integers = (values: readonly number[], shape = [values.length]): Tensor =>
  tensor(Int32Array.from(values), { shape });
const mask = (values: readonly boolean[]): Tensor => tensor(values);

const point = (f: Point["f"], ...args: Point["args"]): Point => ({ f, args });
const points = (...list: Point[]): Entry => ({ points: list });
const flat = (f: (x: Tensor) => Tensor): Entry => ({ flat: f });

/** A function of one tensor, at one shape. */
const unary = (f: (x: Tensor) => Tensor, low = -1.5, high = 1.5): Entry => points(point(f, at([2, 3], 3, low, high)));
/** A function of two, alike and broadcast. */
const pairs = (f: (x: Tensor, y: Tensor) => Tensor, low = -1.5, high = 1.5): Point[] => [
  point(f, at([2, 3], 1, low, high), at([2, 3], 2, low, high)),
  point(f, at([2, 1], 1, low, high), at([3], 2, low, high)),
];

const x23 = at([2, 3], 5);
const image = at([2, 4, 4, 5], 7);
const scale = at([4], 8, 0.5, 1.5), shift = at([4], 9);

type Name = {
  [K in keyof typeof ops]: (typeof ops)[K] extends (...args: never[]) => unknown ? K : never;
}[keyof typeof ops];

/** The table: an operation that is missing is a type error here and a failed test. */
export const opsTable: Readonly<Record<Name, Entry>> = {
  // activations
  relu: points(point(ops.relu, apart([2, 3]))),
  leakyRelu: points(
    point(ops.leakyRelu, apart([2, 3])),
    point((x) => ops.leakyRelu(x, { slope: 0.3 }), apart([2, 3], 2)),
  ),
  elu: points(point(ops.elu, apart([2, 3])), point((x) => ops.elu(x, { alpha: 0.5 }), apart([2, 3], 2))),
  gelu: points(point(ops.gelu, x23), point((x) => ops.gelu(x, { approximate: "tanh" }), x23)),
  silu: unary(ops.silu, -4, 4),
  sigmoid: unary(ops.sigmoid, -4, 4),
  sigmoidGate: points(point(ops.sigmoidGate, at([2, 3], 1), at([2, 3], 2))),
  softplus: unary(ops.softplus, -30, 30),
  softmax: points(
    point(ops.softmax, x23),
    point((x) => ops.softmax(x, 0), x23),
    point((x) => ops.softmax(x, { axis: 1 }), at([2, 3, 2])),
  ),
  logSoftmax: points(point(ops.logSoftmax, x23), point((x) => ops.logSoftmax(x, { axis: 0 }), x23)),
  // arithmetic
  add: points(...pairs(ops.add), point((x) => ops.add(x, 2.5), x23)),
  sub: points(...pairs(ops.sub), point((x) => ops.sub(2.5, x), x23)),
  mul: points(...pairs(ops.mul), point((x) => ops.mul(x, -2.5), x23)),
  div: points(
    ...pairs(ops.div, 0.5, 2),
    point((x) => ops.div(2.5, x), at([3], 1, 0.5, 2)),
  ),
  mod: points(
    point(ops.mod, tensor(Float64Array.of(5.3, -5.2, 7.7)), tensor(Float64Array.of(3, 2.5, -2.4))),
    point((x) => ops.mod(x, 0.7), tensor(Float64Array.of(1.1, -1.1))),
  ),
  pow: points(
    ...pairs(ops.pow, 0.3, 2),
    ...[1, 2, 3, 4, -1, 0.5, 2.5, -2].map((n) => point((x) => ops.pow(x, n), at([3], 1, 0.5, 2))),
    ...[2, 3, -1].map((n) => point((x) => ops.pow(x, n), tensor(Float64Array.of(-1.5, -0.5)))),
    point((y) => ops.pow(2, y), x23),
    point((x) => ops.pow(x, tensor(Float64Array.of(2, 3, -1))), tensor(Float64Array.of(-1.5, -0.5, -0.7))),
  ),
  atan2: points(
    point(ops.atan2, apart([2, 3], 1), apart([2, 3], 2)),
    point(ops.atan2, apart([2, 1], 3), apart([3], 4)),
  ),
  maximum: points(point(ops.maximum, at([2, 3], 1), at([3], 2)), point((x) => ops.maximum(x, 0.1), apart([4]))),
  minimum: points(point(ops.minimum, at([2, 3], 1), at([3], 2)), point((x) => ops.minimum(0.1, x), apart([4]))),
  clip: points(
    point((x) => ops.clip(x, -0.5, 0.5), apart([6])),
    point((x) => ops.clip(x, null, 0.5), apart([6])),
    point(
      (x, low, high) => ops.clip(x, low, high),
      apart([2, 3]),
      tensor(Float64Array.of(-0.55)),
      tensor(Float64Array.of(0.55)),
    ),
  ),
  where: points(
    point((x, y) => ops.where(mask([true, false, true]), x, y), at([2, 3], 1), at([3], 2)),
    point((x) => ops.where(ops.greater(x, 0), ops.square(x), 0), apart([6])),
    // The safe form of a branch whose derivative is infinite outside.
    point((x) => ops.where(ops.greater(x, 0), ops.log(ops.where(ops.greater(x, 0), x, 1)), 0), apart([6])),
  ),
  cast: points(
    point((x) => ops.cast(x, "float64"), x23),
    point((x) => ops.mul(x, ops.cast(ops.cast(x, "int32"), "float64")), tensor(Float64Array.of(1.5, -2.5))),
  ),
  // elementwise
  neg: unary(ops.neg),
  abs: points(point(ops.abs, apart([2, 3]))),
  sign: points(point(ops.sign, apart([2, 3]))),
  floor: points(point(ops.floor, tensor(Float64Array.of(1.5, -0.3)))),
  ceil: points(point(ops.ceil, tensor(Float64Array.of(1.5, -0.3)))),
  trunc: points(point(ops.trunc, tensor(Float64Array.of(1.5, -0.3)))),
  round: points(point(ops.round, tensor(Float64Array.of(1.2, -0.3)))),
  exp: unary(ops.exp),
  expm1: unary(ops.expm1),
  log: unary(ops.log, 0.1, 3),
  log1p: unary(ops.log1p, -0.8, 3),
  sqrt: unary(ops.sqrt, 0.1, 3),
  rsqrt: unary(ops.rsqrt, 0.1, 3),
  square: unary(ops.square),
  reciprocal: unary(ops.reciprocal, 0.3, 2),
  sin: unary(ops.sin, -10, 10),
  cos: unary(ops.cos, -10, 10),
  tan: unary(ops.tan, -1.2, 1.2),
  tanh: unary(ops.tanh, -3, 3),
  erf: unary(ops.erf, -2, 2),
  erfInv: unary(ops.erfInv, -0.9, 0.9),
  stopGradient: { not: "its derivative is 0 on purpose" },
  zerosLike: points(point((x) => ops.add(ops.zerosLike(x), x), x23)),
  onesLike: points(point((x) => ops.mul(ops.onesLike(x), x), x23)),
  // comparisons
  equal: flat((x) => ops.equal(x, ops.mul(x, 1.5))),
  notEqual: flat((x) => ops.notEqual(x, 2)),
  less: flat((x) => ops.less(x, 0.1)),
  lessEqual: flat((x) => ops.lessEqual(x, ops.square(x))),
  greater: flat((x) => ops.greater(ops.sin(x), x)),
  greaterEqual: flat((x) => ops.greaterEqual(x, 0.1)),
  logicalAnd: flat((x) => ops.logicalAnd(ops.greater(x, 0), ops.less(x, 1))),
  logicalOr: flat((x) => ops.logicalOr(ops.greater(x, 0), x)),
  logicalNot: flat((x) => ops.logicalNot(x)),
  isNaN: flat((x) => ops.isNaN(x)),
  isFinite: flat((x) => ops.isFinite(x)),
  // contractions
  dot: points(point(ops.dot, at([4], 1), at([4], 2))),
  matmul: points(
    point(ops.matmul, at([2, 3], 1), at([3, 4], 2)),
    point(ops.matmul, at([3], 1), at([3, 2], 2)),
    point(ops.matmul, at([2, 3], 1), at([3], 2)),
    point(ops.matmul, at([2, 2, 3], 1), at([3, 2], 2)), // case 6
    point(ops.matmul, at([2, 1, 2, 3], 1), at([2, 3, 2], 2)),
  ),
  einsum: points(
    point((x, y) => ops.einsum("bij,bjk->bik", x, y), at([2, 2, 3], 1), at([2, 3, 2], 2)),
    point((x, y) => ops.einsum("ij,kj->ik", x, y), at([2, 3], 1), at([4, 3], 2)),
    point((x) => ops.einsum("ii->i", x), at([3, 3], 1)),
    point((x, y, z) => ops.einsum("i,ij,j->", x, y, z), at([2], 1), at([2, 3], 2), at([3], 3)),
    point((x) => ops.einsum("ijk->ki", x), at([2, 2, 3], 1)),
  ),
  conv1d: points(
    point(ops.conv1d, at([2, 2, 6], 1), at([3, 2, 3], 2)),
    point((x, w) => ops.conv1d(x, w, { stride: 2, padding: 1, groups: 2 }), at([1, 4, 7], 1), at([4, 2, 3], 2)),
  ),
  conv2d: points(
    point(ops.conv2d, at([1, 2, 4, 5], 1), at([3, 2, 3, 2], 2)),
    point((x, w) => ops.conv2d(x, w, { groups: 2 }), at([1, 4, 6, 6], 1), at([8, 2, 3, 3], 2)), // case 1
    point((x, w) => ops.conv2d(x, w, { stride: 2 }), at([1, 1, 6, 6], 1), at([1, 1, 3, 3], 2)), // case 2
    point((x, w) => ops.conv2d(x, w, { dilation: 2 }), at([1, 1, 5, 5], 1), at([2, 1, 3, 3], 2)), // case 3
    point((x, w) => ops.conv2d(x, w, { padding: "same", groups: 4 }), at([2, 4, 4, 4], 1), at([4, 1, 3, 3], 2)),
    point(
      (x, w) => ops.conv2d(x, w, { stride: [2, 1], padding: [[1, 0], [0, 2]], dilation: [1, 2] }),
      at([2, 2, 5, 6], 1),
      at([3, 2, 2, 3], 2),
    ),
    point(ops.conv2d, at([2, 5, 3, 3], 1), at([6, 5, 1, 1], 2)),
  ),
  convTranspose2d: points(
    point(ops.convTranspose2d, at([1, 2, 3, 4], 1), at([2, 3, 2, 3], 2)),
    point(
      (x, w) => ops.convTranspose2d(x, w, { stride: 2, padding: 1, outputPadding: 1 }),
      at([2, 4, 3, 3], 1),
      at([4, 2, 3, 3], 2),
    ),
    point((x, w) => ops.convTranspose2d(x, w, { groups: 2, dilation: 2 }), at([1, 4, 3, 3], 1), at([4, 1, 2, 2], 2)),
  ),
  cumsum: points(point((x) => ops.cumsum(x, 1), x23), point((x) => ops.cumsum(x, { axis: 0, reverse: true }), x23)),
  cumprod: points(
    point((x) => ops.cumprod(x, 1), at([2, 4], 3)),
    point((x) => ops.cumprod(x, { axis: 0, reverse: true }), at([3, 2], 3)),
    point((x) => ops.cumprod(x, 0), tensor(Float64Array.of(2, 0, 3, 1.5))),
    point((x) => ops.cumprod(x, 0), tensor(Float64Array.of(2, 0, 3, 0, 1.5))),
  ),
  dropout: points(point((x) => ops.dropout(random.key(3), x, 0.4), at([3, 4]))),
  // indexing
  take: points(
    point((x) => ops.take(x, integers([2, 0, 2, -1])), at([3, 2])),
    point((x) => ops.take(x, integers([1, 0], [1, 2]), { axis: 1 }), x23),
    point((x) => ops.take(x, 1), x23),
  ),
  gather: points(point((x) => ops.gather(x, integers([2, 0, 1, 1], [2, 2]), { axis: 1 }), x23)),
  oneHot: flat((x) => ops.sum(ops.oneHot(ops.cast(x, "int32"), 3), { axis: 1 })),
  // losses
  softmaxCrossEntropy: points(point((x) => ops.softmaxCrossEntropy(x, integers([2, 0])), x23)),
  binaryCrossEntropy: points(
    point(ops.binaryCrossEntropy, x23, at([2, 3], 2, 0.1, 0.9)),
    point(
      (x, y) => ops.binaryCrossEntropy(x, y, { reduction: "none" }),
      at([2, 3], 1, -40, 40),
      at([2, 3], 2, 0.1, 0.9),
    ),
  ),
  meanSquaredError: points(
    point(ops.meanSquaredError, at([2, 3], 1), at([2, 3], 2)),
    point((x, y) => ops.meanSquaredError(x, y, { reduction: "sum" }), at([3], 1), at([3], 2)),
  ),
  huber: points(
    point(ops.huber, apart([2, 3]), at([2, 3], 2, -0.1, 0.1)),
    point((x, y) => ops.huber(x, y, { delta: 0.4, reduction: "none" }), apart([6]), at([6], 2, -0.1, 0.1)),
  ),
  // movement
  reshape: points(point((x) => ops.reshape(x, [3, 2]), x23), point((x) => ops.reshape(x, [-1]), x23)),
  transpose: points(point(ops.transpose, x23), point((x) => ops.transpose(x, [2, 0, 1]), at([2, 3, 2]))),
  broadcastTo: points(
    point((x) => ops.broadcastTo(x, [2, 3, 2]), at([3, 1])),
    point((x) => ops.broadcastTo(x, [2, 2]), at([])),
  ),
  expandDims: points(point((x) => ops.expandDims(x, 1), x23)),
  squeeze: points(point((x) => ops.squeeze(x, 1), at([2, 1, 3]))),
  concat: points(point((x, y) => ops.concat([x, y, x], 1), at([2, 1], 1), at([2, 3], 2))),
  stack: points(point((x, y) => ops.stack([x, y], { axis: 1 }), at([2, 3], 1), at([2, 3], 2))),
  tile: points(point((x) => ops.tile(x, [2, 3]), at([2, 2]))),
  flip: points(point((x) => ops.flip(x, 1), x23), point((x) => ops.flip(x), x23)),
  tril: points(point((x) => ops.tril(x), at([3, 4]))),
  triu: points(point((x) => ops.triu(x, 1), at([3, 4]))),
  slice: points(
    point((x) => ops.slice(x, [1, 0], [3, 4], { step: [1, 2] }), at([3, 4])),
    point((x) => ops.slice(x, 1, 3, { axis: 1 }), at([2, 4])),
  ),
  split: points(
    point((x) => ops.split(x, 2, { axis: 1 }), at([2, 4])),
    point((x) => ops.split(x, [1, 3], 0), at([4, 2])),
  ),
  pad: points(point((x) => ops.pad(x, 1), x23), point((x) => ops.pad(x, [[0, 2], [1, 0]], { value: 3 }), x23)),
  roll: points(point((x) => ops.roll(x, 1), x23), point((x) => ops.roll(x, -2, { axis: 1 }), x23)),
  // normalisation
  groupNorm: points(
    point((x) => ops.groupNorm(x, 2), image),
    point((x, weight, bias) => ops.groupNorm(x, 4, { weight, bias, eps: 1e-3 }), image, scale, shift),
  ),
  groupStandardize: points(
    point((x) => ops.groupStandardize(x, 2), image),
    point((x) => ops.groupStandardize(x, 4, { eps: 1e-3 }), at([2, 4, 3], 1)),
  ),
  batchNorm: points(
    point(
      (x, m, v, weight, bias) => ops.batchNorm(x, m, v, { weight, bias }),
      at([3, 4, 2], 1),
      shift,
      at([4], 3, 0.5, 2),
      scale,
      at([4], 6),
    ),
    point((x) => ops.batchNorm(x, ops.mean(x, 0), ops.variance(x, 0)), at([5, 2], 1)),
  ),
  layerNorm: points(
    point(ops.layerNorm, at([3, 5])),
    point((x, weight, bias) => ops.layerNorm(x, { weight, bias }), at([3, 4], 2), scale, shift),
  ),
  // pooling
  maxPool2d: points(
    point((x) => ops.maxPool2d(x, 2), apart([1, 2, 4, 4])),
    point((x) => ops.maxPool2d(x, 3, { stride: 2, padding: 1 }), apart([2, 1, 5, 5])),
  ),
  avgPool2d: points(
    point((x) => ops.avgPool2d(x, 2), at([1, 2, 4, 4])),
    point((x) => ops.avgPool2d(x, [3, 2], { stride: [1, 2], padding: 1 }), at([2, 1, 4, 5])),
  ),
  adaptiveAvgPool2d: points(
    point((x) => ops.adaptiveAvgPool2d(x, 1), image),
    point((x) => ops.adaptiveAvgPool2d(x, [3, 2]), at([1, 2, 5, 4])),
  ),
  // reductions
  sum: points(
    point(ops.sum, x23),
    point((x) => ops.sum(x, { axis: 1, keepDims: true }), x23),
    point((x) => ops.sum(x, [0, 2]), at([2, 3, 2])),
  ),
  mean: points(point(ops.mean, x23), point((x) => ops.mean(x, 0), x23)),
  max: points(
    point(ops.max, apart([2, 3])),
    point((x) => ops.max(x, { axis: 0, keepDims: true }), apart([2, 3])),
    point((x) => ops.max(ops.concat([x, x], 0)), apart([3])),
  ),
  min: points(point(ops.min, apart([2, 3])), point((x) => ops.min(x, 1), apart([2, 3]))),
  prod: points(
    point(ops.prod, x23),
    point((x) => ops.prod(x, 0), x23),
    point(ops.prod, tensor(Float64Array.of(2, 0, 3))),
    point(ops.prod, tensor(Float64Array.of(2, 0, 3, 0))),
  ),
  variance: points(
    point(ops.variance, x23),
    point((x) => ops.variance(x, { axis: 1, correction: 1, keepDims: true }), x23),
  ),
  std: points(point(ops.std, x23), point((x) => ops.std(x, { axis: 1, correction: 1 }), x23)),
  logSumExp: points(point(ops.logSumExp, x23), point((x) => ops.logSumExp(x, { axis: 0, keepDims: true }), x23)),
  any: flat((x) => ops.any(ops.greater(x, 0))),
  all: flat((x) => ops.all(x)),
  // sorting
  sort: points(point(ops.sort, apart([2, 4])), point((x) => ops.sort(x, { axis: 0, descending: true }), apart([4, 2]))),
  topK: points(
    point((x) => ops.topK(x, 2), apart([2, 4])),
    point((x) => ops.topK(x, 2, { axis: 0 })[0], apart([4, 2])),
  ),
  argsort: flat((x) => ops.argsort(x)),
  argmax: flat((x) => ops.argmax(x)),
  argmin: flat((x) => ops.argmin(x, { keepDims: true })),
};
