/**
 * Rows of the reductions and of what walks along an axis: gather, scatter, sorting, windows.
 *
 * @module
 */
import type { Tensor } from "../../mod.ts";
import { type DType, dtypes, isFloat } from "../../core/dtype.ts";
import { sum } from "../../core/primitives/algebra.ts";
import { argsort, gather, scatterAdd, windowArgMax, type WindowParams } from "../../core/primitives/indexing.ts";
import { argExtremum, cumsum, reduceMax, reduceMin } from "../../core/primitives/reduction.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { uniform } from "../support/random.ts";
import { type Case, given, random, type Row, type Tolerance, type Value } from "./harness.ts";

const numbers: readonly DType[] = ["float32", "float64", "int32", "uint32"];
const ordered: readonly DType[] = [...numbers, "bool"];

/** Shapes and the axes to reduce: around the 16 virtual lanes, around blocks of 256, over outer, middle and all axes. */
const reductions: readonly (readonly [Shape, readonly number[]])[] = [
  ...Array.from({ length: 18 }, (_, i) => [[i + 1], [0]] as const),
  ...[255, 256, 257, 1000, 4099].map((n) => [[n], [0]] as const),
  [[5, 3], [0]],
  [[5, 3], [1]],
  [[3, 17], [1]],
  [[17, 3], [0]],
  [[300, 5], [0]],
  [[5, 300], [1]],
  [[64, 33], [0]],
  [[33, 64], [0, 1]],
  [[2, 3, 4], [1]],
  [[4, 3, 9], [0, 2]],
  [[4, 3, 9], [0, 1]],
  [[2, 3, 4, 5], [1, 3]],
  [[3, 1, 5], [1]],
  [[1, 1], [0, 1]],
  [[3, 0], [0]],
];

function* casesOf(
  f: (axes: readonly number[]) => (x: Tensor) => Tensor,
  types: readonly DType[],
  tolerance: Tolerance,
  empty: boolean,
): Generator<Case> {
  for (const dtype of types) {
    const all = empty
      ? [...reductions, [[0], [0]] as const, [[2, 0, 3], [1]] as const, [[2, 0], [0, 1]] as const]
      : reductions;
    for (const [shape, axes] of all) {
      yield {
        label: `${dtype} [${shape}] over ${axes}`,
        inputs: [random(dtype, shape, shape.length + 3)],
        f: f(axes),
        tolerance,
        layouts: sizeOf(shape) < 1500 && shape.length > 1 ? undefined : [],
      };
    }
    if (!isFloat(dtype)) continue;
    for (const value of [NaN, Infinity, -Infinity, -0]) {
      for (const [shape, axes] of [[[21], [0]], [[6, 9], [0]], [[6, 9], [1]]] as const) {
        const x = random(dtype, shape, 5);
        const data = x.data.map((v, i) => i % 7 === 3 ? value : v) as Value["data"];
        yield {
          label: `${dtype} [${shape}] over ${axes} with ${value}`,
          inputs: [{ ...x, data }],
          f: f(axes),
          tolerance,
        };
      }
    }
    const zeros = (list: number[]): Case => ({
      label: `${dtype} of ${list.map((v) => Object.is(v, -0) ? "-0" : v)}`,
      inputs: [given(dtype, list)],
      f: f([0]),
      layouts: [],
    });
    yield zeros([Infinity, 1, -Infinity]);
    yield zeros([-0, 0]);
    yield zeros([0, -0]);
    yield zeros([-0, -0, -0]);
    yield zeros(Array.from({ length: 20 }, (_, i) => i === 13 ? -0 : 0));
  }
}

/** Values with many ties, NaNs and infinities among them. */
function withTies(dtype: DType, shape: Shape, seed: number): Value {
  const next = uniform(seed);
  const corners = isFloat(dtype)
    ? [NaN, Infinity, -Infinity, 0, 1, 1, -2, 0.5, -0.5]
    : dtype === "bool"
    ? [0, 1]
    : dtype === "uint32"
    ? [0, 1, 7, 2 ** 32 - 1]
    : [0, 1, -1, 7, -(2 ** 31)];
  return given(dtype, Array.from({ length: sizeOf(shape) }, () => corners[Math.floor(next() * corners.length)]), shape);
}

const walks: readonly (readonly [Shape, number])[] = [
  ...Array.from({ length: 17 }, (_, i) => [[i + 1], 0] as const),
  [[300], 0],
  [[5, 7], 0],
  [[5, 7], 1],
  [[3, 4, 5], 1],
  [[0, 3], 1],
];

function* walkCases(
  f: (x: Tensor, axis: number) => Tensor | readonly Tensor[],
  types: readonly DType[],
  tolerance: Tolerance = {},
  extra: readonly (readonly [Shape, number])[] = [],
): Generator<Case> {
  for (const dtype of types) {
    for (const [shape, axis] of [...walks, ...extra]) {
      const layouts = shape.length > 1 ? undefined : [];
      yield {
        label: `${dtype} [${shape}] along ${axis}`,
        inputs: [random(dtype, shape, axis + 2)],
        f: (x) => f(x, axis),
        tolerance,
        layouts,
      };
      if (!tolerance.sum) {
        yield {
          label: `${dtype} [${shape}] along ${axis} with ties`,
          inputs: [withTies(dtype, shape, axis + 2)],
          f: (x) => f(x, axis),
          tolerance,
          layouts,
        };
      }
    }
  }
}

/** Indices, some of them outside. */
function indices(shape: Shape, extent: number, seed: number): Value {
  const next = uniform(seed);
  return given(
    "int32",
    Array.from(
      { length: sizeOf(shape) },
      () => next() < 0.1 ? -5 : next() < 0.1 ? 10 * extent : Math.floor(next() * extent),
    ),
    shape,
  );
}

const gathers: readonly (readonly [from: Shape, indices: Shape, axis: number])[] = [
  [[5], [9], 0],
  [[5], [0], 0],
  [[5, 3], [2, 3], 0],
  [[3, 6], [3, 11], 1],
  [[2, 3, 4], [2, 7, 4], 1],
  [[0, 3], [0, 3], 0],
  [[1, 4], [1, 4], 0],
];

function* gatherCases(): Generator<Case> {
  for (const dtype of dtypes) {
    for (const [from, to, axis] of gathers) {
      yield {
        label: `${dtype} [${from}] at [${to}] along ${axis}`,
        inputs: [random(dtype, from, 2), indices(to, from[axis], 3)],
        f: (x, i) => gather(x, i, axis),
      };
    }
  }
}

function* scatterCases(): Generator<Case> {
  for (const dtype of numbers) {
    for (const [to, from, axis] of gathers) {
      const f = (x: Tensor, i: Tensor): Tensor => scatterAdd(x, i, axis, to[axis]);
      yield {
        label: `${dtype} [${from}] into [${to}] along ${axis}`,
        inputs: [random(dtype, from, 2), indices(from, to[axis], 3)],
        f,
        tolerance: { sum: 8 },
      };
    }
    yield {
      label: `${dtype} nothing into zeros`,
      inputs: [random(dtype, [0, 2]), indices([0, 2], 3, 1)],
      f: (x, i) => scatterAdd(x, i, 0, 3),
    };
  }
}

const windows: readonly (readonly [Shape, WindowParams])[] = [
  [[4, 6], { window: [2, 2], stride: [2, 2], padding: [[0, 0], [0, 0]] }],
  [[2, 3, 7, 8], { window: [3, 3], stride: [2, 2], padding: [[1, 1], [1, 1]] }],
  [[1, 5, 5], { window: [2, 3], stride: [1, 2], padding: [[0, 1], [2, 0]] }],
  [[2, 9, 4], { window: [9, 1], stride: [1, 1], padding: [[0, 0], [0, 0]] }],
  [[0, 4, 4], { window: [2, 2], stride: [2, 2], padding: [[0, 0], [0, 0]] }],
];

function* windowCases(): Generator<Case> {
  for (const dtype of numbers) {
    for (const [shape, params] of windows) {
      const f = (x: Tensor): Tensor => windowArgMax(x, params);
      yield { label: `${dtype} [${shape}], window ${params.window}`, inputs: [random(dtype, shape, 4)], f };
      yield {
        label: `${dtype} [${shape}], window ${params.window}, with ties`,
        inputs: [withTies(dtype, shape, 4)],
        f,
      };
    }
  }
}

/** The table. */
export const reductionRows: readonly Row[] = [
  { primitive: "sum", cases: () => casesOf((axes) => (x) => sum(x, axes), numbers, { sum: 8 }, true) },
  { primitive: "max", cases: () => casesOf((axes) => (x) => reduceMax(x, axes), ordered, {}, false) },
  { primitive: "min", cases: () => casesOf((axes) => (x) => reduceMin(x, axes), ordered, {}, false) },
  {
    primitive: "argExtremum",
    cases: () => walkCases((x, axis) => [argExtremum(x, axis, "max"), argExtremum(x, axis, "min")], ordered),
  },
  {
    primitive: "cumsum",
    cases: () =>
      walkCases((x, axis) => [cumsum(x, axis), cumsum(x, axis, true)], numbers, { sum: 16 }, [[[0], 0], [[2, 0], 1]]),
  },
  {
    primitive: "argsort",
    cases: () => walkCases((x, axis) => argsort(x, axis), ordered, {}, [[[0], 0], [[2, 0], 1], [[4097], 0]]),
  },
  { primitive: "gather", cases: gatherCases },
  { primitive: "scatterAdd", cases: scatterCases },
  { primitive: "windowArgMax", cases: windowCases },
];
