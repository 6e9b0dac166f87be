/**
 * Rows of the elementwise primitives: every shape that ends in another vector tail, every pair of special values.
 *
 * @module
 */
import type { Tensor } from "../../mod.ts";
import { type DType, isFloat } from "../../core/dtype.ts";
import { bind1 } from "../../core/graph.ts";
import type { Primitive } from "../../core/primitive.ts";
import * as algebra from "../../core/primitives/algebra.ts";
import * as arithmetic from "../../core/primitives/arithmetic.ts";
import * as comparison from "../../core/primitives/comparison.ts";
import type { Shape } from "../../core/shape.ts";
import { specialValues } from "../support/random.ts";
import { type Case, given, random, type Row, type Tolerance } from "./harness.ts";

const floats: readonly DType[] = ["float32", "float64"];
const integers: readonly DType[] = ["int32", "uint32"];
const numbers: readonly DType[] = [...floats, ...integers];
const everything: readonly DType[] = [...numbers, "bool"];

/** Shapes that run at once only, and shapes that run behind every layout too. */
const plain: readonly Shape[] = [[], [0], [2, 0, 3], ...Array.from({ length: 16 }, (_, i) => [i + 1]), [1, 7, 1], [
  1023,
]];
const laidOut: readonly Shape[] = [[17], [3, 5], [4, 8], [2, 3, 7], [5, 33]];

interface Options {
  readonly dtypes?: readonly DType[];
  /** Of floats; default the same bits. */
  readonly tolerance?: Partial<Record<DType, Tolerance>>;
  /** Changes the second operand: shift counts. */
  readonly second?: (value: number) => number;
}

function* casesOf(
  arity: number,
  f: (...xs: Tensor[]) => Tensor,
  { dtypes = numbers, tolerance = {}, second }: Options,
): Generator<Case> {
  for (const dtype of dtypes) {
    const inputs = (shape: Shape) =>
      Array.from({ length: arity }, (_, k) => {
        const value = random(dtype, shape, 10 * shape.length + k + 1);
        return k === 1 && second ? { ...value, data: value.data.map(second) as typeof value.data } : value;
      });
    const of = (shape: Shape, layouts?: Case["layouts"]): Case => ({
      label: `${dtype} [${shape}]`,
      inputs: inputs(shape),
      f,
      tolerance: tolerance[dtype],
      layouts,
    });
    for (const shape of plain) yield of(shape, []);
    for (const shape of laidOut) yield of(shape);
    const corners = specialValues(dtype);
    const pairs = arity === 1
      ? [corners]
      : [corners.flatMap((x) => corners.map(() => x)), corners.flatMap(() => corners)];
    if (second) pairs[1] = pairs[1].map(second);
    yield {
      label: `${dtype}, special values`,
      inputs: pairs.map((list) => given(dtype, list)),
      f,
      tolerance: tolerance[dtype],
      layouts: [],
    };
    // Rows too short for vectors: scalar code.
    const rows = pairs.map((list) => [...list, ...list.slice(0, (3 - list.length % 3) % 3)]);
    yield {
      label: `${dtype}, special values one by one`,
      inputs: rows.map((list) => given(dtype, list, [list.length / 3, 3])),
      f,
      tolerance: tolerance[dtype],
    };
  }
}

function row(primitive: string, arity: number, f: (...xs: Tensor[]) => Tensor, options: Options = {}): Row {
  return { primitive, cases: () => casesOf(arity, f, options) };
}

const unary = (p: Primitive<undefined>, options?: Options): Row =>
  row(p.name, 1, (x) => bind1(p, [x], undefined), options);
const binary = (p: Primitive<undefined>, options?: Options): Row =>
  row(p.name, 2, (x, y) => bind1(p, [x, y], undefined), options);

/** A function of floats within some units in the last place: the oracle rounds once, which adds half of one. */
const within = (single: number, double = 1, atol = 0): Options => ({
  dtypes: floats,
  tolerance: { float32: { ulp: single, atol }, float64: { ulp: double, atol: atol && 2 ** -1022 } },
});
const floating: Options = { dtypes: floats };

const conversions: readonly DType[] = everything;

function* convertCases(): Generator<Case> {
  for (const from of everything) {
    for (const to of conversions) {
      if (from === to) continue;
      const f = (x: Tensor): Tensor => algebra.convert(x, to);
      const edges = isFloat(from)
        ? [0.5, -0.5, 0.9999999, 2147483520, 2147483648, -2147483648, -2147483904, 4294967040, 4294967296, 1e-46, 1e39]
          .map((v) => from === "float32" ? Math.fround(v) : v)
        : [];
      yield {
        label: `${from} to ${to}, special values`,
        inputs: [given(from, [...specialValues(from), ...edges])],
        f,
        layouts: [],
      };
      for (const shape of [[], [0], [7], [3, 5]]) {
        yield { label: `${from} to ${to} [${shape}]`, inputs: [random(from, shape, 3)], f };
      }
    }
  }
}

function* bitcastCases(): Generator<Case> {
  const types: readonly DType[] = ["float32", "int32", "uint32"];
  for (const from of types) {
    for (const to of types) {
      if (from === to) continue;
      // NaNs may change their payload on the way: none is made.
      const bits = random("uint32", [33], 5);
      const values = from === "float32" || to === "float32"
        ? { ...bits, data: bits.data.map((v) => (v & 0x807fffff) | 0x3f000000) }
        : bits;
      const f = (x: Tensor): Tensor => comparison.bitcast(comparison.bitcast(x, from), to);
      yield { label: `${from} to ${to}`, inputs: [values as typeof bits], f };
      yield { label: `${from} to ${to}, empty`, inputs: [random(from, [0])], f: (x) => comparison.bitcast(x, to) };
    }
  }
}

function* selectCases(): Generator<Case> {
  for (const dtype of everything) {
    for (const shape of [...plain, ...laidOut]) {
      const inputs = [random("bool", shape, 7), random(dtype, shape, 8), random(dtype, shape, 9)];
      yield {
        label: `${dtype} [${shape}]`,
        inputs,
        f: algebra.select,
        layouts: shape.length > 1 || shape[0] === 17 ? undefined : [],
      };
    }
    const corners = specialValues(dtype);
    const inputs = [
      given("bool", corners.map((_, i) => i % 2)),
      given(dtype, corners),
      given(dtype, [...corners].reverse()),
    ];
    yield { label: `${dtype}, special values`, inputs, f: algebra.select };
  }
}

const {
  abs,
  sign,
  floor,
  ceil,
  trunc,
  round,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  rsqrt,
  sin,
  cos,
  tan,
  tanh,
  sigmoid,
  erf,
  erfInv,
} = arithmetic;

/** The table. */
export const elementwiseRows: readonly Row[] = [
  row("add", 2, algebra.add),
  row("sub", 2, algebra.sub),
  row("mul", 2, algebra.mul),
  unary(algebra.neg),
  { primitive: "select", cases: selectCases },
  { primitive: "convert", cases: convertCases },
  unary(abs),
  unary(sign),
  unary(floor, floating),
  unary(ceil, floating),
  unary(trunc, floating),
  unary(round, floating),
  unary(exp, within(2.5)),
  unary(expm1, within(2.5)),
  unary(log, within(2.5)),
  unary(log1p, within(2.5)),
  unary(sqrt, floating),
  unary(rsqrt, within(1, 1)),
  unary(sin, within(2.5)),
  unary(cos, within(2.5)),
  unary(tan, within(4)),
  unary(tanh, within(2.5)),
  // The oracle's exponential overflows later than that of float32: below the normal numbers they part.
  unary(sigmoid, within(4, 2, 2 ** -126)),
  unary(erf, within(2.5)),
  unary(erfInv, within(4)),
  binary(arithmetic.div),
  binary(arithmetic.rem),
  binary(arithmetic.pow, within(4)),
  binary(arithmetic.atan2, within(3)),
  binary(arithmetic.maximum, { dtypes: everything }),
  binary(arithmetic.minimum, { dtypes: everything }),
  unary(arithmetic.stopGradientPrimitive, { dtypes: everything }),
  row("equal", 2, comparison.equal, { dtypes: everything }),
  row("notEqual", 2, comparison.notEqual, { dtypes: everything }),
  row("less", 2, comparison.less),
  row("lessEqual", 2, comparison.lessEqual),
  row("and", 2, comparison.logicalAnd, { dtypes: [...integers, "bool"] }),
  row("or", 2, comparison.logicalOr, { dtypes: [...integers, "bool"] }),
  binary(comparison.xor, { dtypes: [...integers, "bool"] }),
  unary(comparison.not, { dtypes: [...integers, "bool"] }),
  binary(comparison.shiftLeft, { dtypes: integers, second: (v) => v & 31 }),
  binary(comparison.shiftRight, { dtypes: integers, second: (v) => v & 31 }),
  { primitive: "bitcast", cases: bitcastCases },
];
