/**
 * Every primitive at points where its rules are tried: its derivatives against finite differences, its batches against loops.
 *
 * @module
 */
import { checkpoint, grad, scan, switchCase, type Tensor, tensor, whileLoop } from "../../mod.ts";
import type { Primitive } from "../../core/primitive.ts";
import * as a from "../../core/primitives/algebra.ts";
import * as p from "../../core/primitives/arithmetic.ts";
import {
  bitcast,
  equal,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  not,
  notEqual,
  shiftLeft,
  shiftRight,
  xor,
} from "../../core/primitives/comparison.ts";
import { conv, dot, type DotParams } from "../../core/primitives/contraction.ts";
import { argsort, gather, scatterAdd, windowArgMax } from "../../core/primitives/indexing.ts";
import * as m from "../../core/primitives/movement.ts";
import { argExtremum, cumsum, reduceMax, reduceMin } from "../../core/primitives/reduction.ts";
import { convSizes } from "../conformance/contractions.ts";
import { apart, at, type Point } from "./ops_table.ts";

const point = (f: Point["f"], ...args: Point["args"]): Point => ({ f, args });
const index = (values: number[], shape = [values.length]): Tensor => tensor(Int32Array.from(values), { shape });

const unary = (
  primitive: Primitive<undefined>,
  low = -1.5,
  high = 1.5,
): Point[] => [point((x) => p.apply(primitive, x), at([2, 3], 1, low, high))];
const binary = (primitive: Primitive<undefined>, low = -1.5, high = 1.5): Point[] => [
  point((x, y) => p.apply(primitive, x, y), at([2, 3], 1, low, high), at([2, 3], 2, low, high)),
];
const onApart = (
  f: (...xs: Tensor[]) => Tensor,
  count = 1,
): Point[] => [point(f, ...Array.from({ length: count }, (_, k) => apart([2, 3], k + 1)))];

const dots: readonly (readonly [number[], number[], DotParams])[] = [
  [[2, 3], [3, 4], { contract: [[1], [0]], batch: [[], []] }],
  [[3, 2], [4, 3], { contract: [[0], [1]], batch: [[], []] }],
  [[2, 3, 2], [2, 2, 3], { contract: [[1], [2]], batch: [[0], [0]] }],
  [[2, 3, 4], [4, 2, 3], { contract: [[2, 0], [0, 1]], batch: [[1], [2]] }],
  [[3], [2], { contract: [[], []], batch: [[], []] }],
];

const convs = [
  convSizes([2, 2, 4, 5], [3, 2, 3, 2], { padding: [[1, 0], [0, 2]] }),
  convSizes([1, 4, 5, 5], [6, 2, 2, 2], { groups: 2, stride: [2, 2], dilation: [2, 1], padding: [[1, 1], [0, 1]] }),
  convSizes([2, 2, 6], [2, 1, 3], { groups: 2, stride: [2], padding: [[1, 1]] }),
];

/** Primitives with derivatives in both modes. */
export const cases: Readonly<Record<string, readonly Point[]>> = {
  add: [point(a.add, at([3], 1), at([3], 2))],
  sub: [point(a.sub, at([3], 1), at([3], 2))],
  mul: [point(a.mul, at([3], 1), at([3], 2)), point((x) => a.mul(x, x), at([3]))],
  neg: unary(a.neg),
  select: [point((x, y) => a.select(tensor([true, false, true]), x, y), at([3], 1), at([3], 2))],
  convert: [
    point((x) => a.convert(x, "float64"), at([3])),
    point((x) => a.mul(x, a.convert(a.convert(a.convert(x, "int32"), "float32"), "float64")), apart([3])),
  ],
  broadcast: [
    point((x) => a.broadcast(x, [2, 3, 4], [1]), at([3])),
    point((x) => a.broadcast(x, [3, 2, 4], [0, 2]), at([3, 1])),
    point((x) => a.broadcast(x, [3, 2], []), at([])),
  ],
  reshape: [point((x) => a.reshape(x, [3, 2]), at([2, 3]))],
  sum: [point((x) => a.sum(x, [1]), at([2, 3])), point((x) => a.sum(x, [0, 2]), at([2, 3, 2]))],
  abs: onApart((x) => p.apply(p.abs, x)),
  sign: onApart((x) => p.apply(p.sign, x)),
  floor: onApart((x) => p.apply(p.floor, x)),
  ceil: onApart((x) => p.apply(p.ceil, x)),
  trunc: onApart((x) => p.apply(p.trunc, x)),
  round: onApart((x) => p.apply(p.round, x)),
  exp: unary(p.exp),
  expm1: unary(p.expm1),
  log: unary(p.log, 0.1, 3),
  log1p: unary(p.log1p, -0.8, 3),
  sqrt: unary(p.sqrt, 0.1, 3),
  rsqrt: unary(p.rsqrt, 0.1, 3),
  sin: unary(p.sin),
  cos: unary(p.cos),
  tan: unary(p.tan, -1.2, 1.2),
  tanh: unary(p.tanh),
  sigmoid: unary(p.sigmoid, -5, 5),
  erf: unary(p.erf),
  erfInv: unary(p.erfInv, -0.9, 0.9),
  div: binary(p.div, 0.5, 2),
  rem: [
    point((x, y) => p.apply(p.rem, x, y), tensor(Float64Array.of(5.3, -5.3, 5.3)), tensor(Float64Array.of(2, 2, -3))),
  ],
  pow: [
    ...binary(p.pow, 0.3, 2),
    point((x) => p.apply(p.pow, x, a.full([2], 3, "float64")), tensor(Float64Array.of(-2, -0.5))),
  ],
  atan2: onApart((y, x) => p.apply(p.atan2, y, x), 2),
  maximum: onApart((x, y) => p.apply(p.maximum, x, y), 2),
  minimum: onApart((x, y) => p.apply(p.minimum, x, y), 2),
  transpose: [point((x) => m.transpose(x, [2, 0, 1]), at([2, 3, 2]))],
  slice: [
    point((x) => m.slice(x, { start: [1, 0], limit: [3, 4], step: [1, 3] }), at([3, 4])),
    point((x) => m.slice(x, { start: [1], limit: [6], step: [2] }), at([7])),
    point((x) => m.slice(x, { start: [2], limit: [2], step: [1] }), at([4])),
  ],
  pad: [
    point((x) => m.pad(x, { low: [1, 0], high: [0, 2], interior: [2, 1], value: 3 }), at([2, 3])),
    point((x) => m.pad(x, { low: [1], high: [1], interior: [1], value: 0 }), at([1])),
  ],
  flip: [point((x) => m.flip(x, [0, 2]), at([2, 3, 2]))],
  concat: [point((x, y) => m.concat([x, y, x], 1), at([2, 1], 1), at([2, 3], 2))],
  max: [...onApart((x) => reduceMax(x, [1])), ...onApart((x) => reduceMax(x, [0, 1]))],
  min: [...onApart((x) => reduceMin(x, [0])), ...onApart((x) => reduceMin(x, [0, 1]))],
  cumsum: [point((x) => cumsum(x, 1), at([2, 3])), point((x) => cumsum(x, 0, true), at([3, 2]))],
  gather: [point((x) => gather(x, index([2, 0, 1, 9, -9, 1], [2, 3]), 1), at([2, 3]))],
  scatterAdd: [point((x) => scatterAdd(x, index([2, 0, 2, 9, -9, 1], [2, 3]), 1, 4), at([2, 3]))],
  dot: dots.map(([x, y, params]) => point((s, t) => dot(s, t, params), at(x, 1), at(y, 2))),
  conv: convs.flatMap((sizes) => [
    point((x, w) => conv(x, w, { ...sizes, mode: "output" }), at(sizes.input, 1), at(sizes.kernel, 2)),
    point((y, w) => conv(y, w, { ...sizes, mode: "input" }), at(sizes.output, 1), at(sizes.kernel, 2)),
    point((x, y) => conv(x, y, { ...sizes, mode: "kernel" }), at(sizes.input, 1), at(sizes.output, 2)),
  ]),
  call: [
    point(checkpoint((x: Tensor, y: Tensor) => a.mul(p.apply(p.sin, x), y)), at([3], 1), at([3], 2)),
    point((x) => checkpoint((y: Tensor) => a.mul(checkpoint((z: Tensor) => p.apply(p.exp, z))(y), x))(x), at([3])),
  ],
  scan: [false, true].flatMap((reverse) =>
    [undefined, 2].map((checkpointEvery) =>
      point(
        (w, carry, xs) => {
          const turn = (s: Tensor, x: Tensor) => {
            const y = dot(w, a.mul(s, x), { contract: [[1], [0]], batch: [[], []] });
            return [p.apply(p.sin, a.add(s, y)), y] as const;
          };
          const [last, ys] = scan(turn, carry, xs, { reverse, checkpointEvery });
          return a.add(a.sum(last, [0]), a.sum(a.mul(ys, ys), [0, 1]));
        },
        // No two extents alike: an axis in the place of another one does not fit.
        at([3, 3], 1),
        at([3], 2),
        at([5, 3], 3),
      )
    )
  ),
  switch: [0, 1].map((k) =>
    point(
      (x, y) => switchCase(index([k], []), [a.mul, (x: Tensor, y: Tensor) => p.apply(p.sin, a.sub(x, y))], x, y),
      at([3], 1),
      at([3], 2),
    )
  ),
  barrier: [
    point(
      (x, w) => grad((x: Tensor) => a.sum(a.mul(w, checkpoint((x: Tensor) => p.apply(p.sin, a.mul(x, x)))(x)), [0]))(x),
      at([3]),
      at([3], 2),
    ),
  ],
};

/** Results without a derivative, made of one floating operand: what depends on it has none either, and nothing stops. */
export const flat: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  equal: (x) => equal(x, x),
  notEqual: (x) => notEqual(x, x),
  less: (x) => less(x, a.zerosLike(x)),
  lessEqual: (x) => lessEqual(x, a.zerosLike(x)),
  and: (x) => logicalAnd(less(x, x), less(x, x)),
  or: (x) => logicalOr(less(x, x), less(x, x)),
  xor: (x) => p.apply(xor, less(x, x), less(x, x)),
  not: (x) => p.apply(not, less(x, x)),
  shiftLeft: (x) => p.apply(shiftLeft, a.convert(x, "int32"), a.full(x.shape, 2, "int32")),
  shiftRight: (x) => p.apply(shiftRight, a.convert(x, "int32"), a.full(x.shape, 1, "int32")),
  bitcast: (x) => bitcast(a.convert(x, "float32"), "int32"),
  literal: (x) => a.full(x.shape, 2, "float64"),
  iota: (x) => m.iota(x.shape, 0, "int32"),
  argExtremum: (x) => argExtremum(x, 0, "max"),
  argsort: (x) => argsort(x, 0),
  windowArgMax: (x) =>
    windowArgMax(a.reshape(x, [2, 3]), { window: [2, 2], stride: [1, 1], padding: [[0, 0], [0, 0]] }),
  stopGradient: (x) => p.apply(p.stopGradientPrimitive, x),
};

/** Primitives with a forward rule alone. */
export const forward: Readonly<Record<string, readonly Point[]>> = {
  while: [
    // Three turns of Newton's method for √x, begun at 1, wherever x is.
    point((x) => {
      const turns = (i: Tensor, s: Tensor): [Tensor, Tensor] => [
        a.add(i, a.literal(1, "int32")),
        a.scale(a.add(s, p.apply(p.div, x, s)), 0.5),
      ];
      return whileLoop(
        ([i]: [Tensor, Tensor]) => less(i, a.literal(3, "int32")),
        ([i, s]: [Tensor, Tensor]) => turns(i, s),
        [index([0], []), a.full([3], 1, "float64")] as [Tensor, Tensor],
      )[1];
    }, at([3], 1, 0.5, 2)),
  ],
};

/** A function where it has no derivative, and what each operand's is taken for: PyTorch's convention. */
export interface Kink {
  readonly f: (...xs: Tensor[]) => Tensor;
  readonly args: readonly Tensor[];
  readonly slopes: readonly (readonly number[])[];
}

const floats = (...values: number[]): Tensor => tensor(Float64Array.from(values));
const kink = (f: Kink["f"], args: readonly Tensor[], ...slopes: readonly (readonly number[])[]): Kink => ({
  f,
  args,
  slopes,
});

/** Kinks, ties and holes. */
export const kinks: Readonly<Record<string, readonly Kink[]>> = {
  abs: [kink((x) => p.apply(p.abs, x), [floats(0, -2)], [0, -1])],
  pow: [
    // 0³: 0 in both; 2⁰: 0 in x, log 2 in y; (−2)⁰: 0 in x.
    kink((x, y) => p.apply(p.pow, x, y), [floats(0, 2), floats(3, 0)], [0, 0], [0, Math.log(2)]),
    kink((x) => p.apply(p.pow, x, floats(0, 1)), [floats(-2, 0)], [0, 1]),
  ],
  atan2: [kink((y, x) => p.apply(p.atan2, y, x), [floats(0, 1), floats(0, 1)], [0, 0.5], [0, -0.5])],
  maximum: [kink((x, y) => p.apply(p.maximum, x, y), [floats(1, 2, 3), floats(1, 3, 2)], [0.5, 0, 1], [0.5, 1, 0])],
  minimum: [kink((x, y) => p.apply(p.minimum, x, y), [floats(1, 2, 3), floats(1, 3, 2)], [0.5, 1, 0], [0.5, 0, 1])],
  max: [kink((x) => reduceMax(x, [0]), [floats(3, 1, 3, 2)], [0.5, 0, 0.5, 0])],
  min: [kink((x) => reduceMin(x, [0]), [floats(1, 3, 1, 1)], [1 / 3, 0, 1 / 3, 1 / 3])],
};

/** Points for batches alone: of what has no derivative, and is no operand in the tables above. */
export const batches: Readonly<Record<string, readonly Point[]>> = {
  convert: [
    point((x) => a.convert(x, "int32"), at([3], 1, -9, 9)),
    point((x) => a.convert(x, "float64"), index([3, -4, 5])),
  ],
  trunc: [point((x) => p.apply(p.trunc, x), at([3], 1, -9, 9))],
  while: [
    // Doubles each example until it is over a limit of its own, and counts.
    point(
      (x, limit) =>
        whileLoop(
          ([i, s]: [Tensor, Tensor]) => logicalAnd(less(i, a.literal(20, "int32")), less(s, limit)),
          ([i, s]: [Tensor, Tensor]): [Tensor, Tensor] => [a.add(i, a.literal(1, "int32")), a.scale(s, 2)],
          [index([0], []), x] as [Tensor, Tensor],
        ),
      tensor(Float64Array.of(1), { shape: [] }),
      tensor(Float64Array.of(60), { shape: [] }),
    ),
    point(
      (x) =>
        whileLoop(
          ([i]: [Tensor, Tensor]) => less(i, a.literal(3, "int32")),
          ([i, s]: [Tensor, Tensor]): [Tensor, Tensor] => [a.add(i, a.literal(1, "int32")), a.mul(s, x)],
          [index([0], []), at([3], 5)] as [Tensor, Tensor],
        ),
      at([3]),
    ),
  ],
  scan: [
    point(
      (carry, xs) => [...scan((s: Tensor, x: Tensor) => [a.add(a.mul(s, x), s), s] as const, carry, xs)],
      at([2, 2], 1),
      at([3, 2, 2], 2),
    ),
  ],
  select: [point((c, x, y) => a.select(c, x, y), tensor([true, false, true]), at([3], 1), at([3], 2))],
  gather: [point((x, i) => gather(x, i, 1), at([2, 3]), index([2, 0, 1, 9, -9, 1], [2, 3]))],
  scatterAdd: [point((x, i) => scatterAdd(x, i, 1, 4), at([2, 3]), index([2, 0, 2, 9, -9, 1], [2, 3]))],
  rem: [point((x, y) => p.apply(p.rem, x, y), index([7, -7, 5]), index([3, 2, -2]))],
  equal: [point(equal, index([1, 2, 3]), index([3, 2, 1]))],
  notEqual: [point(notEqual, index([1, 2, 3]), index([3, 2, 1]))],
  less: [point(less, index([1, 2, 3]), index([3, 2, 1]))],
  lessEqual: [point(lessEqual, index([1, 2, 3]), index([3, 2, 1]))],
  and: [point(logicalAnd, index([6, 2, 3]), index([3, 12, 1]))],
  or: [point(logicalOr, index([6, 2, 3]), index([3, 12, 1]))],
  xor: [point((x, y) => p.apply(xor, x, y), index([6, 2, 3]), index([3, 12, 1]))],
  not: [point((x) => p.apply(not, x), index([6, 2, 3]))],
  shiftLeft: [point((x, y) => p.apply(shiftLeft, x, y), index([6, 2, 3]), index([3, 1, 2]))],
  shiftRight: [point((x, y) => p.apply(shiftRight, x, y), index([60, -20, 3]), index([3, 1, 2]))],
  argExtremum: ["max", "min"].map((op) => point((x) => argExtremum(x, 1, op as "max" | "min"), apart([2, 3]))),
  argsort: [point((x) => argsort(x, 1), apart([2, 3]))],
  switch: [
    point(
      (k, x, y) => switchCase(k, [a.mul, (x: Tensor, y: Tensor) => p.apply(p.sin, a.sub(x, y))], x, y),
      index([1], []),
      at([3], 1),
      at([3], 2),
    ),
  ],
};
