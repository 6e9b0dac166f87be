import {
  checkGrads,
  checkpoint,
  customVjp,
  grad,
  scan,
  switchCase,
  type Tensor,
  tensor,
  whileLoop,
} from "../../mod.ts";
import { bind1 } from "../../core/graph.ts";
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
import { declaredNames } from "../conformance/declared.ts";
import { apart, at, type Point } from "./ops_table.ts";
import { assertEquals, assertThrows } from "@std/assert";

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

const cases: Readonly<Record<string, readonly Point[]>> = {
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
        at([2, 2], 1),
        at([2], 2),
        at([3, 2], 3),
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
      (x) => grad((x: Tensor) => a.sum(checkpoint((x: Tensor) => p.apply(p.sin, a.mul(x, x)))(x), [0]))(x),
      at([3]),
    ),
  ],
};

/** Results without a derivative, made of one floating operand: what depends on it has none either, and nothing stops. */
const flat: Readonly<Record<string, (x: Tensor) => Tensor>> = {
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
const forward: Readonly<Record<string, readonly Point[]>> = {
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

for (const [name, points] of Object.entries(forward)) {
  Deno.test(`the forward rule of the primitive ${name} gives the derivatives of finite differences, and reverse mode is refused`, () => {
    for (const { f, args } of points) {
      checkGrads(f, args, { order: 2, modes: ["forward"] });
      assertThrows(() => grad((x: Tensor) => a.sum(f(x) as Tensor, [0]))(args[0]), TypeError, "has no reverse mode");
    }
  });
}

Deno.test("every primitive is in the table of derivatives or in that of those without", () => {
  const known = [...Object.keys(cases), ...Object.keys(flat), ...Object.keys(forward)];
  assertEquals([...declaredNames()].filter((name) => !known.includes(name)), [], "primitives without an entry");
  assertEquals(known.filter((name) => !declaredNames().has(name)), [], "entries without a primitive");
});

for (const [name, points] of Object.entries(cases)) {
  Deno.test(`the rules of the primitive ${name} give the derivatives of finite differences, twice`, () => {
    for (const { f, args } of points) checkGrads(f, args, { order: 2 });
  });
}

for (const [name, f] of Object.entries(flat)) {
  Deno.test(`the primitive ${name} has no derivative and stops none on the way`, () => {
    const x = apart([6]);
    const through = (x: Tensor): Tensor => a.add(a.sum(x, [0]), total(a.convert(f(x), "float64")));
    assertEquals([...grad(through)(x).dataSync()], [1, 1, 1, 1, 1, 1]);
  });
}

const total = (x: Tensor): Tensor => a.sum(x, x.shape.map((_, i) => i));

Deno.test("a customVjp rule that is right passes, in both orders", () => {
  const square = (x: Tensor): Tensor => a.mul(x, x);
  const f = customVjp(square, (x) => [square(x), x] as const, (x, c) => [a.scale(a.mul(x, c), 2)]);
  checkGrads(f, [at([3])], { order: 2, modes: ["reverse"] });
});

Deno.test("a jvp by a bound primitive and its vjp agree on an operand that is given twice", () => {
  checkGrads((x: Tensor) => bind1(a.selectPrimitive, [less(x, a.zerosLike(x)), x, a.scale(x, 3)], undefined), [
    apart([6]),
  ], { order: 2 });
});
