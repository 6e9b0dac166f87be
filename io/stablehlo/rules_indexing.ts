/** Gather and scatter, sorting, positions of extrema, windows and cumulative sums. */
import type { WindowParams } from "../../core/primitives/indexing.ts";
import { aval } from "../../core/shape.ts";
import { neutral, type Rule } from "./rules.ts";
import { list } from "./types.ts";
import type { Value, Writer } from "./writer.ts";

const isFloating = (x: Value): boolean => x.aval.dtype === "float32" || x.aval.dtype === "float64";

/** All axes but one: they run side by side in operand and indices. */
const others = (rank: number, axis: number): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);

const gather: Rule = (w, [x, indices], { params: { axis }, outputs: [out] }) => {
  const rank = x.aval.shape.length;
  if (out.size === 0) return [w.constant(0, out.dtype, out.shape)];
  const beside = list(others(rank, axis));
  // Start indices outside are clamped, by the definition of the operation.
  const attributes = `<{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [${axis}], ` +
    `operand_batching_dims = ${beside}, start_indices_batching_dims = ${beside}, start_index_map = [${axis}], ` +
    `index_vector_dim = ${rank}>, indices_are_sorted = false, slice_sizes = array<i64: ${
      x.aval.shape.map(() => 1).join(", ")
    }>}>`;
  return [w.generic("gather", [x, indices], attributes, out.aval)];
};

const scatterAdd: Rule = (w, [updates, indices], { params: { axis, extent }, outputs: [out] }) => {
  const rank = updates.aval.shape.length;
  const { dtype } = out;
  const zeros = w.constant(0, dtype, out.shape);
  if (out.size === 0 || updates.aval.size === 0) return [zeros];
  const [low, high] = [w.constant(0, "int32"), w.constant(extent - 1, "int32")];
  const clamped = w.op("clamp", [low, indices, high], indices.aval);
  const beside = list(others(rank, axis));
  const attributes = `indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<` +
    `inserted_window_dims = [${axis}], input_batching_dims = ${beside}, scatter_indices_batching_dims = ${beside}, ` +
    `scatter_dims_to_operand_dims = [${axis}], index_vector_dim = ${rank}>, unique_indices = false`;
  const scalar = aval([], dtype);
  const add = w.region([scalar, scalar], (inner, [held, update]) => [inner.same("add", held, update)]);
  return w.withRegion("scatter", [zeros, clamped, updates], attributes, add, [out.aval]);
};

const argsort: Rule = (w, [x], { params: { axis }, outputs: [out] }) => {
  if (out.size === 0) return [w.constant(0, out.dtype, out.shape)];
  const positions = w.iota(out.shape, axis, "int32");
  const element = aval([], x.aval.dtype), index = aval([], "int32");
  const before = w.region([element, element, index, index], (inner, [a, b]) => {
    const less = inner.compare("LT", a, b);
    if (!isFloating(x)) return [less];
    const onlySecondIsNaN = inner.same("and", inner.compare("EQ", a, a), inner.compare("NE", b, b));
    return [inner.same("or", less, onlySecondIsNaN)];
  });
  const results = w.withRegion("sort", [x, positions], `dimension = ${axis} : i64, is_stable = true`, before, [
    x.aval,
    out.aval,
  ]);
  return [results[1]];
};

/** Whether element a comes before b: it is better, or as good and earlier; a NaN is better than all numbers. */
function first(w: Writer, op: "max" | "min", [a, b]: readonly Value[], [i, j]: readonly Value[]): Value {
  let better = w.compare(op === "max" ? "GT" : "LT", a, b);
  let equal = w.compare("EQ", a, b);
  if (isFloating(a)) {
    const aIsNaN = w.compare("NE", a, a), bIsNumber = w.compare("EQ", b, b), bIsNaN = w.compare("NE", b, b);
    better = w.same("or", better, w.same("and", aIsNaN, bIsNumber));
    equal = w.same("or", equal, w.same("and", aIsNaN, bIsNaN));
  }
  return w.same("or", better, w.same("and", equal, w.compare("LT", i, j)));
}

const argExtremum: Rule = (w, [x], { params: { axis, op }, outputs: [out] }) => {
  if (out.size === 0) return [w.constant(0, out.dtype, out.shape)];
  const { shape, dtype } = x.aval;
  const positions = w.iota(shape, axis, "int32");
  const starts = [w.constant(neutral(op, dtype), dtype), w.constant(2 ** 31 - 1, "int32")];
  const element = aval([], dtype), index = aval([], "int32");
  const choose = w.region([element, index, element, index], (inner, [a, i, b, j]) => {
    const chosen = first(inner, op, [a, b], [i, j]);
    return [inner.select(chosen, a, b), inner.select(chosen, i, j)];
  });
  const attributes = `dimensions = array<i64: ${axis}>`;
  const results = w.withRegion("reduce", [x, positions, ...starts], attributes, choose, [
    aval(out.shape, dtype),
    out.aval,
  ]);
  return [results[1]];
};

/** The largest so far and where it is. */
interface Best {
  readonly value: Value;
  readonly at: Value;
}

/** The first largest in each window along one axis, as a chain over the places of the window; a later NaN replaces. */
function alongAxis(w: Writer, { value, at }: Best, axis: number, count: number, size: number, stride: number): Best {
  const part = (x: Value, k: number): Value => {
    const { shape } = x.aval;
    const start = shape.map((_, i) => i === axis ? k : 0);
    const limit = shape.map((n, i) => i === axis ? k + (count - 1) * stride + 1 : n);
    return w.slice(x, start, limit, shape.map((_, i) => i === axis ? stride : 1));
  };
  let best: Best = { value: part(value, 0), at: part(at, 0) };
  for (let k = 1; k < size; k++) {
    const next = { value: part(value, k), at: part(at, k) };
    const none = w.compare("LT", best.at, w.constant(0, "int32", best.at.aval.shape)); // only padding so far
    let replace = w.same("or", w.compare("GT", next.value, best.value), none);
    if (isFloating(value)) replace = w.same("or", replace, w.compare("NE", next.value, next.value));
    best = { value: w.select(replace, next.value, best.value), at: w.select(replace, next.at, best.at) };
  }
  return best;
}

const windowArgMax: Rule = (w, [x], { params, outputs: [out] }) => {
  if (out.size === 0) return [w.constant(0, out.dtype, out.shape)];
  const { window, stride, padding } = params as WindowParams;
  const { shape, dtype } = x.aval;
  const rank = shape.length;
  const [rowAxis, columnAxis] = [rank - 2, rank - 1];
  const width = shape[columnAxis];
  const plane = shape.slice(-2);
  const row = w.same("multiply", w.iota(plane, 0, "int32"), w.constant(width, "int32", plane));
  const position = w.same("add", row, w.iota(plane, 1, "int32"));
  const at = w.broadcast(position, shape, [rowAxis, columnAxis]);
  const frame = (side: 0 | 1) => shape.map((_, i) => i < rowAxis ? 0 : padding[i - rowAxis][side]);
  const padded = (v: Value, fill: number): Value => {
    if ([...frame(0), ...frame(1)].every((n) => n === 0)) return v;
    return w.pad(v, w.constant(fill, v.aval.dtype), frame(0), frame(1), shape.map(() => 0));
  };
  const all = { value: padded(x, neutral("max", dtype)), at: padded(at, -1) };
  const [rows, columns] = out.shape.slice(-2);
  const inRows = alongAxis(w, all, columnAxis, columns, window[1], stride[1]);
  return [alongAxis(w, inRows, rowAxis, rows, window[0], stride[0]).at];
};

/** Sums of ever longer stretches: 1, 2, 4, … elements, each from two of the last. */
const cumsum: Rule = (w, [x], { params: { axis, reverse } }) => {
  const { shape, dtype } = x.aval;
  const extent = shape[axis];
  const along = (value: number): number[] => shape.map((_, i) => i === axis ? value : 0);
  const none = along(0);
  let sum = x;
  for (let step = 1; step < extent && x.aval.size > 0; step *= 2) {
    const [start, limit] = reverse ? [along(step), shape] : [none, shape.map((n, i) => i === axis ? n - step : n)];
    const part = w.slice(sum, start, limit, shape.map(() => 1));
    const [low, high] = reverse ? [none, along(step)] : [along(step), none];
    sum = w.same("add", sum, w.pad(part, w.constant(0, dtype), low, high, none));
  }
  return [sum];
};

/** The rules by primitive. */
export const indexingRules: Record<string, Rule> = { gather, scatterAdd, argsort, argExtremum, windowArgMax, cumsum };
