/**
 * Running one primitive on a device and on the oracle, with inputs that stand in memory in every way there is.
 *
 * @module
 */
import { setDefaultDevice, type Tensor, tensor } from "../../mod.ts";
import type { Bodies, WhileShape } from "../../core/bodies.ts";
import { type DType, isFloat, type TypedArray } from "../../core/dtype.ts";
import { call, type Graph, trace } from "../../core/graph.ts";
import { broadcast } from "../../core/primitives/algebra.ts";
import { apply, maximum } from "../../core/primitives/arithmetic.ts";
import { flip, slice, transpose } from "../../core/primitives/movement.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { randomValues } from "../support/random.ts";
import { AssertionError } from "@std/assert";

/** An array of a test: what a tensor is made of. */
export interface Value {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

/** How far a device may be from the oracle. */
export interface Tolerance {
  /** Units in the last place of the expected value; default 0: the same bits. */
  readonly ulp?: number;
  /** In any case. */
  readonly atol?: number;
  /** Units in the last place of the result for the magnitudes of the inputs: sums cancel. */
  readonly sum?: number;
}

/** A primitive applied to some inputs. */
export interface Case {
  readonly label: string;
  readonly inputs: readonly Value[];
  readonly f: (...xs: Tensor[]) => Tensor | readonly Tensor[];
  readonly tolerance?: Tolerance;
  /** Ways in which the inputs stand in memory, besides plainly; default all. */
  readonly layouts?: readonly Layout[];
}

/** The cases of one primitive. */
export interface Row {
  readonly primitive: string;
  cases(): Iterable<Case>;
}

/** An input of random values. */
export function random(dtype: DType, shape: Shape, seed = 1): Value {
  return { dtype, shape, data: randomValues(dtype, sizeOf(shape), seed) };
}

/** An input of given numbers. */
export function given(dtype: DType, values: readonly number[], shape: Shape = [values.length]): Value {
  const { data } = random(dtype, shape);
  data.set(values);
  return { dtype, shape, data };
}

/** A way to stand in memory: how an array is stored, and how the program makes it what it was. */
export interface Layout {
  readonly name: string;
  /** Whether it changes anything for this shape. */
  fits(shape: Shape): boolean;
  store(value: Value): Value;
  view(stored: Tensor, shape: Shape): Tensor;
}

/** The array of `shape` whose element at `index` is that of `value` at `from(index)`. */
function rearranged(
  { dtype, shape: old, data }: Value,
  shape: Shape,
  from: (index: number[]) => number[] | null,
): Value {
  const result = { dtype, shape, data: randomValues(dtype, sizeOf(shape), 99) };
  const strides = stridesOf(shape), oldStrides = stridesOf(old);
  for (let at = 0; at < result.data.length; at++) {
    const index = shape.map((n, i) => Math.floor(at / strides[i]) % n);
    const place = from(index);
    if (place) result.data[at] = data[place.reduce((sum, k, i) => sum + k * oldStrides[i], 0)];
  }
  return result;
}

const reversed = (shape: Shape): number[] => shape.map((_, i) => shape.length - 1 - i);

/** All layouts. */
export const layouts: readonly Layout[] = [
  {
    name: "transposed",
    fits: (shape) => shape.length > 1,
    store: (v) => rearranged(v, [...v.shape].reverse(), (index) => [...index].reverse()),
    view: (x, shape) => transpose(x, reversed(shape)),
  },
  {
    name: "strided",
    fits: (shape) => shape.length > 0,
    // Every second element of a larger array, from the second on.
    store: (v) =>
      rearranged(
        v,
        v.shape.map((n) => 2 * n + 2),
        (index) => index.every((k, i) => k % 2 === 1 && k < 2 * v.shape[i]) ? index.map((k) => k >> 1) : null,
      ),
    view: (x, shape) =>
      slice(x, { start: shape.map(() => 1), limit: shape.map((n) => 2 * n + 1), step: shape.map(() => 2) }),
  },
  {
    name: "flipped",
    fits: (shape) => shape.length > 0,
    store: (v) => rearranged(v, v.shape, (index) => index.map((k, i) => v.shape[i] - 1 - k)),
    view: (x, shape) => flip(x, shape.map((_, i) => i)),
  },
  {
    name: "computed",
    fits: () => true,
    store: (v) => v,
    view: (x) => apply(maximum, x, x),
  },
];

/** Inputs that repeat along their first axis, by a broadcast in the program. */
export const repeated: Layout = {
  name: "repeated",
  fits: (shape) => shape.length > 0 && shape[0] > 1,
  store: (v) => rearranged(v, [1, ...v.shape.slice(1)], (index) => [0, ...index.slice(1)]),
  view: (x, shape) => broadcast(x, shape, shape.map((_, i) => i)),
};

/** The tensor of an array. */
export function toTensor({ dtype, shape, data }: Value, device: string): Tensor {
  return tensor(data, { shape, dtype, device });
}

const asList = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  Array.isArray(result) ? result : [result as Tensor];

/** The distance of floating numbers that are neighbours. */
function spacing(dtype: DType, value: number): number {
  const [bits, least] = dtype === "float32" ? [23, -149] : [52, -1074];
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  return 2 ** Math.max(least, (value === 0 ? -Infinity : exponent) - bits);
}

/** Fails unless the values agree: NaN with NaN, zeros with their sign, integers exactly. */
export async function assertAgree(
  actual: Tensor,
  expected: Tensor,
  tolerance: Tolerance,
  magnitudes: TypedArray | undefined,
  what: string,
): Promise<void> {
  if (actual.dtype !== expected.dtype || String(actual.shape) !== String(expected.shape)) {
    throw new AssertionError(
      `${what}: got ${actual.dtype} [${actual.shape}], expected ${expected.dtype} [${expected.shape}]`,
    );
  }
  const { ulp = 0, atol = 0, sum = 0 } = tolerance;
  const [a, b] = [await actual.data(), await expected.data()];
  let wrong = 0, first = "";
  for (let i = 0; i < b.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    let limit = atol;
    if (isFloat(actual.dtype)) {
      if (ulp > 0) limit += ulp * spacing(actual.dtype, b[i]);
      if (sum > 0) limit += sum * spacing(actual.dtype, magnitudes![i]);
      // An overflow of one is an overflow of the other.
      if (a[i] === b[i] ? limit > 0 || sum > 0 : Math.abs(a[i] - b[i]) <= limit) continue;
    }
    if (wrong++ === 0) {
      first = `element ${i} of [${expected.shape}] is ${zeroText(a[i])}, expected ${zeroText(b[i])}${
        limit > 0 ? ` ± ${limit}` : ""
      }`;
    }
  }
  if (wrong > 0) throw new AssertionError(`${what}: ${wrong} of ${b.length} differ; ${first}`);
}

const zeroText = (value: number): string => Object.is(value, -0) ? "-0" : String(value);

/** The names of the primitives of a Graph. */
export function primitivesOf(graph: Graph): Set<string> {
  return new Set(graph.nodes.map((node) => node.primitive!.name));
}

/** Whether a Graph has a value of float64. */
export function hasFloat64(graph: Graph): boolean {
  return [...graph.inputs, ...graph.nodes.flatMap((node) => node.outputs)].some((t) => t.dtype === "float64");
}

/** Whether a Graph has a while loop of which nobody knows how often it turns. */
export function hasEndlessLoop(graph: Graph): boolean {
  return graph.nodes.some(({ primitive, params }) =>
    primitive!.name === "while" && (params as Bodies<WhileShape>).shape.most === undefined
  );
}

/** The Graph of a case. */
export function graphOf({ inputs, f }: Case): Graph {
  return trace("conformance", inputs.map((v) => toTensor(v, "reference").aval), (xs) => asList(f(...xs)));
}

/**
 * Runs a case on a device: at once, and as a program behind every layout that its inputs can have. All of it has run when the promise is
 * returned; what is left is to read and compare, so that several cases can be read together.
 */
export async function check(row: string, c: Case, device: string): Promise<void> {
  const tolerance = c.tolerance ?? {};
  const what = `${row} ${c.label}`;
  const oracle = (
    inputs: readonly Value[],
  ): { expected: readonly Tensor[]; magnitudes: readonly (TypedArray | undefined)[] } => {
    const expected = asList(c.f(...inputs.map((v) => toTensor(v, "reference"))));
    if (!tolerance.sum) return { expected, magnitudes: [] };
    const absolute = inputs.map((v) =>
      isFloat(v.dtype)
        ? { ...v, data: v.data.map((x: number) => Number.isFinite(x) ? Math.abs(x) : 0) as TypedArray }
        : v
    );
    return {
      expected,
      magnitudes: asList(c.f(...absolute.map((v) => toTensor(v, "reference")))).map((t) => t.dataSync()),
    };
  };
  const pending: Promise<void>[] = [];
  const agree = (
    actual: readonly Tensor[],
    { expected, magnitudes }: ReturnType<typeof oracle>,
    how: string,
  ): void => {
    actual.forEach((t, i) => pending.push(assertAgree(t, expected[i], tolerance, magnitudes[i], `${what} (${how})`)));
  };
  // What has no inputs is computed by the default device.
  setDefaultDevice("reference");
  const plain = oracle(c.inputs);
  setDefaultDevice(device);
  try {
    agree(asList(c.f(...c.inputs.map((v) => toTensor(v, device)))), plain, "at once");
  } finally {
    setDefaultDevice("cpu");
  }
  for (const layout of [...(c.layouts ?? [...layouts, repeated])]) {
    const fitting = c.inputs.map((v) => layout.fits(v.shape));
    if (!fitting.includes(true)) continue;
    const stored = c.inputs.map((v, i) => fitting[i] ? layout.store(v) : v);
    const program = trace(
      "conformance",
      stored.map((v) => toTensor(v, device).aval),
      (xs) => asList(c.f(...xs.map((x, i) => fitting[i] ? layout.view(x, c.inputs[i].shape) : x))),
    );
    const results = call(program, stored.map((v) => toTensor(v, device)));
    agree(
      results,
      layout === repeated ? oracle(c.inputs.map((v, i) => fitting[i] ? spread(stored[i], v.shape) : v)) : plain,
      layout.name,
    );
  }
  await Promise.all(pending);
}

function spread(stored: Value, shape: Shape): Value {
  return rearranged(stored, shape, (index) => [0, ...index.slice(1)]);
}
