/**
 * Rows of the primitives that place elements and compute nothing: the same bits, for every dtype.
 *
 * @module
 */
import { checkpoint, customVjp, grad, type Tensor } from "../../mod.ts";
import { dtypes } from "../../core/dtype.ts";
import { bind1 } from "../../core/graph.ts";
import { broadcastPrimitive, literal, mul, reshapePrimitive, sum } from "../../core/primitives/algebra.ts";
import { apply, maximum } from "../../core/primitives/arithmetic.ts";
import {
  concatPrimitive,
  flipPrimitive,
  iota,
  padPrimitive,
  slicePrimitive,
  transposePrimitive,
} from "../../core/primitives/movement.ts";
import type { Shape } from "../../core/shape.ts";
import { specialValues } from "../support/random.ts";
import { type Case, random, type Row } from "./harness.ts";

/** Cases of one input for every dtype; each is also followed by elementwise work, which reads through it. */
function* everyDtype(
  list: readonly (readonly [label: string, shape: Shape, f: (x: Tensor) => Tensor])[],
): Generator<Case> {
  for (const dtype of dtypes) {
    for (const [label, shape, f] of list) {
      const inputs = [random(dtype, shape, shape.length + 1)];
      yield { label: `${dtype} ${label}`, inputs, f };
      yield { label: `${dtype} ${label}, then twice`, inputs, f: (x) => apply(maximum, f(x), f(x)), layouts: [] };
    }
  }
}

const broadcast = (shape: Shape, axes: readonly number[]) => (x: Tensor): Tensor =>
  bind1(broadcastPrimitive, [x], { shape, axes });
const reshape = (shape: Shape) => (x: Tensor): Tensor => bind1(reshapePrimitive, [x], { shape });
const transpose = (order: readonly number[]) => (x: Tensor): Tensor => bind1(transposePrimitive, [x], { order });
const flip = (axes: readonly number[]) => (x: Tensor): Tensor => bind1(flipPrimitive, [x], { axes });
const slice = (start: readonly number[], limit: readonly number[], step: readonly number[]) => (x: Tensor): Tensor =>
  bind1(slicePrimitive, [x], { start, limit, step });
const pad =
  (low: readonly number[], high: readonly number[], interior: readonly number[], value: number) =>
  (x: Tensor): Tensor => bind1(padPrimitive, [x], { low, high, interior, value });

function* concatCases(): Generator<Case> {
  const lists: readonly (readonly [axis: number, shapes: readonly Shape[]])[] = [
    [0, [[3], [5]]],
    [0, [[1], [0], [17], [2]]],
    [0, [[2, 3], [1, 3], [4, 3]]],
    [1, [[2, 3], [2, 1], [2, 8]]],
    [1, [[2, 3, 5], [2, 4, 5]]],
    [2, [[2, 3, 4], [2, 3, 4]]],
    [0, [[0, 3], [0, 3]]],
    [0, [[0], [4]]],
    [1, [[0, 2], [0, 3]]],
    [0, Array.from({ length: 12 }, (_, i) => [i + 1, 2])],
  ];
  for (const dtype of dtypes) {
    for (const [axis, shapes] of lists) {
      const inputs = shapes.map((shape, i) => random(dtype, shape, i + 1));
      const f = (...xs: Tensor[]): Tensor => bind1(concatPrimitive, xs, { axis });
      yield { label: `${dtype} ${shapes.map((s) => `[${s}]`).join(" ")} along ${axis}`, inputs, f };
    }
    const twice = (x: Tensor, y: Tensor): Tensor =>
      bind1(concatPrimitive, [x, y, x, bind1(concatPrimitive, [y, x], { axis: 0 })], { axis: 0 });
    yield {
      label: `${dtype} of parts of itself`,
      inputs: [random(dtype, [3, 5], 1), random(dtype, [2, 5], 2)],
      f: twice,
    };
  }
}

/** Functions without inputs get one that they pass through. */
function* sourceCases(list: readonly (readonly [label: string, f: () => Tensor])[]): Generator<Case> {
  for (const [label, f] of list) {
    yield { label, inputs: [random("float32", [2])], f: (x) => [f(), x] as unknown as Tensor, layouts: [] };
    yield {
      label: `${label}, in a program`,
      inputs: [random("float32", [2])],
      f: (x) => [f(), apply(maximum, f(), f()), x] as unknown as Tensor,
    };
  }
}

const iotaShapes: readonly (readonly [Shape, number])[] = [[[0], 0], [[1], 0], [[17], 0], [[5, 4], 0], [[5, 4], 1], [[
  3,
  2,
  9,
], 1], [[2, 0], 0]];

/** A function with a body of its own, called with one input used inside and one captured. */
function* callCases(): Generator<Case> {
  for (const dtype of ["float32", "float64"] as const) {
    const inputs = [random(dtype, [5, 3], 1), random(dtype, [5, 3], 2)];
    const f = (x: Tensor, y: Tensor): Tensor => apply(maximum, x, y);
    yield {
      label: `${dtype} checkpoint`,
      inputs,
      f: (x, y) => [checkpoint(f)(x, y), checkpoint((x: Tensor) => checkpoint(f)(x, y))(x)],
    };
    yield {
      label: `${dtype} customVjp`,
      inputs,
      f: customVjp(f, (x, y) => [f(x, y), null] as const, (_, c) => [c, c]),
    };
  }
}

/** Barriers stand between a checkpointed function and its recomputation. */
function* barrierCases(): Generator<Case> {
  for (const dtype of ["float32", "float64"] as const) {
    const inputs = [random(dtype, [5, 3], 1), random(dtype, [5, 3], 2)];
    const f = (x: Tensor, y: Tensor): Tensor => mul(mul(x, y), x);
    const gradients = (x: Tensor, y: Tensor): readonly Tensor[] => {
      const loss = (x: Tensor, y: Tensor): Tensor => sum(checkpoint(f)(x, y), [0, 1]);
      return grad(loss, { argnums: [0, 1] })(x, y);
    };
    yield { label: dtype, inputs, f: gradients, tolerance: { ulp: 2 } };
  }
}

/** The table. */
export const structureRows: readonly Row[] = [
  {
    primitive: "literal",
    cases: () =>
      sourceCases(
        dtypes.flatMap((dtype) =>
          specialValues(dtype).map((value) => [`${dtype} ${value}`, () => literal(value, dtype)] as const)
        ),
      ),
  },
  {
    primitive: "iota",
    cases: () =>
      sourceCases(
        dtypes.filter((d) => d !== "bool").flatMap((dtype) =>
          iotaShapes.map(([shape, axis]) =>
            [`${dtype} [${shape}] along ${axis}`, () => iota(shape, axis, dtype)] as const
          )
        ),
      ),
  },
  {
    primitive: "broadcast",
    cases: () =>
      everyDtype([
        ["a scalar", [], broadcast([17], [])],
        ["a scalar to nothing", [], broadcast([3, 0], [])],
        ["a row", [5], broadcast([3, 5], [1])],
        ["a column", [5], broadcast([5, 7], [0])],
        ["a unit axis", [3, 1, 2], broadcast([3, 4, 2], [0, 1, 2])],
        ["unit and new axes", [1, 6], broadcast([2, 5, 3, 6], [1, 3])],
        ["nothing", [0, 1], broadcast([2, 0, 4], [1, 2])],
        ["the same", [4, 4], broadcast([4, 4], [0, 1])],
      ]),
  },
  {
    primitive: "reshape",
    cases: () =>
      everyDtype([
        ["flat", [3, 5, 2], reshape([30])],
        ["to a scalar", [1, 1], reshape([])],
        ["from a scalar", [], reshape([1, 1, 1])],
        ["divided and joined", [6, 10], reshape([4, 3, 5])],
        ["unit axes", [4, 1, 3], reshape([1, 4, 3, 1])],
        ["nothing", [0, 3], reshape([5, 0, 2])],
        ["prime extents", [7, 11], reshape([11, 7])],
      ]),
  },
  {
    primitive: "transpose",
    cases: () =>
      everyDtype([
        ["a matrix", [5, 7], transpose([1, 0])],
        ["large", [33, 65], transpose([1, 0])],
        ["planes of whole vectors, and of less", [3, 16, 8, 8], transpose([0, 2, 3, 1])],
        ["planes whose rows end in a vector", [2, 20, 5, 7], transpose([0, 2, 3, 1])],
        ["the first axis last", [13, 3, 17], transpose([1, 2, 0])],
        ["in between", [5, 9, 2, 11], transpose([1, 3, 2, 0])],
        ["cyclic", [2, 3, 4], transpose([2, 0, 1])],
        ["the middle", [2, 3, 4, 5], transpose([0, 2, 1, 3])],
        ["all", [2, 3, 4, 5], transpose([3, 2, 1, 0])],
        ["nothing", [2, 0, 3], transpose([2, 1, 0])],
        ["unit axes", [1, 4, 1], transpose([2, 1, 0])],
      ]),
  },
  {
    primitive: "slice",
    cases: () =>
      everyDtype([
        ["a part", [9], slice([2], [7], [1])],
        ["every second", [9], slice([0], [9], [2])],
        ["every third from 1", [17], slice([1], [17], [3])],
        ["nothing", [9], slice([4], [4], [1])],
        ["of nothing", [0], slice([0], [0], [2])],
        ["a window", [7, 8], slice([1, 2], [6, 7], [1, 1])],
        ["a strided window", [7, 8], slice([1, 0], [7, 8], [2, 3])],
        ["one element", [7, 8], slice([6, 7], [7, 8], [1, 5])],
      ]),
  },
  {
    primitive: "pad",
    cases: () =>
      everyDtype([
        ["a frame", [5], pad([1], [2], [0], 0)],
        ["a frame of ones", [5], pad([3], [0], [0], 1)],
        ["between", [5], pad([0], [0], [2], 0)],
        ["all", [3, 4], pad([1, 0], [0, 2], [1, 3], 1)],
        ["nothing to something", [0], pad([2], [1], [4], 1)],
        ["nothing to nothing", [0, 2], pad([0, 1], [0, 1], [0, 0], 1)],
        ["one", [1, 1], pad([0, 4], [4, 0], [5, 5], 0)],
        ["images", [2, 3, 5, 6], pad([0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0], 0)],
      ]),
  },
  {
    primitive: "flip",
    cases: () =>
      everyDtype([
        ["a vector", [9], flip([0])],
        ["rows", [4, 5], flip([0])],
        ["columns", [4, 5], flip([1])],
        ["both", [4, 5], flip([0, 1])],
        ["nothing", [0, 5], flip([0])],
        ["one", [1], flip([0])],
      ]),
  },
  { primitive: "concat", cases: concatCases },
  { primitive: "call", cases: callCases },
  { primitive: "barrier", cases: barrierCases },
];
