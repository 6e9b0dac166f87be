/** Parts and frames: slices, splits, padding, rolls. An axis may be given alone where `{ axis }` is taken. */
import { coerce, isFloat } from "../core/dtype.ts";
import { checkOptions, describe, show } from "../core/errors.ts";
import { reshape } from "../core/primitives/algebra.ts";
import * as m from "../core/primitives/movement.ts";
import { normalizeAxes, normalizeAxis } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { type AxisOptions, axisOptions, type AxisOr, checkIntegers, checkNumber, toTensor, unary } from "./operands.ts";

/** Options of `slice`. */
export interface SliceOptions {
  /** Every how many elements: a number, or one for each axis; default 1. */
  readonly step?: number | readonly number[];
  /** The axis along which a numeric start and limit count; default 0. */
  readonly axis?: number;
}

/** The part from `start` up to, not including, `limit` along one axis. */
function along(x: Tensor, axis: number, start: number, limit: number, step = 1): Tensor {
  const other = (value: number, rest: (extent: number) => number): number[] =>
    x.shape.map((n, i) => i === axis ? value : rest(n));
  return m.slice(x, { start: other(start, () => 0), limit: other(limit, (n) => n), step: other(step, () => 1) });
}

/**
 * The part from `start` up to, not including, `limit`: two numbers for one axis, two arrays for the first axes. Negative
 * positions count from the end; without `limit` the part reaches to the end.
 *
 * @throws RangeError for a position outside the tensor
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(await ops.slice(x, 1, 3, { axis: 1 }).toArray(), [[2, 3], [5, 6]]);
 * assertEquals(await ops.slice(x, [0, 0], [1, 3], { step: [1, 2] }).toArray(), [[1, 3]]);
 * assertEquals(await ops.slice(x, -1).toArray(), [[4, 5, 6]]);
 * ```
 */
export function slice(
  x: Tensor,
  start: number | readonly number[],
  limit?: number | readonly number[],
  options: SliceOptions = {},
): Tensor {
  const t = toTensor("slice", "x", x);
  checkOptions("slice", options, ["step", "axis"]);
  const first = typeof start === "number" ? normalizeAxis("slice", options.axis ?? 0, t.ndim) : 0;
  const list = (
    name: string,
    value: number | readonly number[] | undefined,
    rest: (axis: number) => number,
  ): number[] => {
    const values = value === undefined ? [] : typeof value === "number" ? [value] : value;
    checkIntegers("slice", name, values);
    if (values.length > t.ndim - first) {
      throw new TypeError(`slice: ${name} ${show(values)} has more axes than shape ${show(t.shape)}`);
    }
    return t.shape.map((_, axis) => values[axis - first] ?? rest(axis));
  };
  const position = (name: string, value: number, axis: number): number => {
    const extent = t.shape[axis];
    if (value < -extent || value > extent) {
      throw new RangeError(`slice: ${name} ${value} is out of range for axis ${axis} of shape ${show(t.shape)}`);
    }
    return value < 0 ? value + extent : value;
  };
  const from = list("start", start, () => 0).map((v, axis) => position("start", v, axis));
  const to = list("limit", limit, (axis) => t.shape[axis]).map((v, axis) => position("limit", v, axis));
  const step = list("step", options.step, () => 1);
  for (const s of step) if (s < 1) throw new RangeError(`slice: step must be at least 1, got ${s}; ops.flip reverses`);
  return m.slice(t, { start: from, limit: to.map((v, axis) => Math.max(v, from[axis])), step });
}

/**
 * Consecutive parts along an axis (default 0): `parts` equal ones, or cut before each of the given positions, as in NumPy.
 *
 * @throws TypeError if the axis does not divide into that many equal parts
 *
 * @example
 * ```ts
 * import { arange, ops } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [left, right] = ops.split(arange(4), 2);
 * assertEquals(await right.toArray(), [2, 3]);
 * assertEquals(ops.split(arange(5), [1, 3]).map((t) => t.size), [1, 2, 2]);
 * ```
 */
export function split(x: Tensor, parts: number | readonly number[], options?: AxisOr<AxisOptions>): Tensor[] {
  const t = toTensor("split", "x", x);
  const axis = normalizeAxis("split", axisOptions("split", options, ["axis"]).axis ?? 0, t.ndim);
  const extent = t.shape[axis];
  let cuts: number[];
  if (typeof parts === "number") {
    checkNumber("split", "parts", parts, 1, true);
    if (extent % parts !== 0) {
      throw new TypeError(`split: axis ${axis} of shape ${show(t.shape)} does not divide into ${parts} equal parts`);
    }
    cuts = Array.from({ length: parts + 1 }, (_, i) => i * extent / parts);
  } else {
    checkIntegers("split", "parts", parts);
    cuts = [0, ...parts.map((cut) => cut < 0 ? cut + extent : cut), extent];
    if (cuts.some((cut, i) => cut < 0 || cut > extent || cut < cuts[i - 1])) {
      throw new RangeError(`split: positions ${show(parts)} must rise within 0 to ${extent}`);
    }
  }
  return cuts.slice(1).map((cut, i) => along(t, axis, cuts[i], cut));
}

/** Options of `pad`. */
export interface PadOptions {
  /** What fills the frame; default 0. */
  readonly value?: number;
}

/**
 * x within a frame of a constant. `widths` is the number of elements before and after every axis, a pair of them, or a pair
 * for each axis, as in NumPy.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.pad(tensor([[1, 2]]), [[0, 1], [2, 0]], { value: 9 }).toArray(), [[9, 9, 1, 2], [9, 9, 9, 9]]);
 * ```
 */
export function pad(
  x: Tensor,
  widths: number | readonly [number, number] | readonly (readonly [number, number])[],
  options: PadOptions = {},
): Tensor {
  const t = toTensor("pad", "x", x);
  checkOptions("pad", options, ["value"]);
  const { value = 0 } = options;
  if (typeof value !== "number") throw new TypeError(`pad: value must be a number, got ${describe(value)}`);
  if (!isFloat(t.dtype) && coerce(t.dtype, value) !== value) throw new RangeError(`pad: ${value} is no ${t.dtype}`);
  const pair = typeof widths === "number" ? [widths, widths] : widths;
  const pairs: unknown = Array.isArray(pair) && typeof pair[0] === "number" ? t.shape.map(() => pair) : pair;
  if (!Array.isArray(pairs) || pairs.length !== t.ndim || pairs.some((p) => !Array.isArray(p) || p.length !== 2)) {
    throw new TypeError(`pad: widths must be a number, a pair, or a pair for each of the ${t.ndim} axes`);
  }
  for (const width of pairs.flat()) checkNumber("pad", "widths", width, 0, true);
  return m.pad(t, { low: pairs.map((p) => p[0]), high: pairs.map((p) => p[1]), interior: pairs.map(() => 0), value });
}

/**
 * x moved cyclically by `shift` places towards the end, along an axis or several; without an axis as if it were flat.
 *
 * @example
 * ```ts
 * import { arange, ops } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.roll(arange(4), 1).toArray(), [3, 0, 1, 2]);
 * ```
 */
export function roll(
  x: Tensor,
  shift: number | readonly number[],
  options?: AxisOr<{ readonly axis?: number | readonly number[] }>,
): Tensor {
  const t = toTensor("roll", "x", x);
  const { axis } = axisOptions("roll", options, ["axis"]);
  const shifts = typeof shift === "number" ? [shift] : shift;
  checkIntegers("roll", "shift", shifts);
  const flat = axis === undefined;
  const axes = flat ? [0] : (Array.isArray(axis) ? axis : [axis]).map((i) => normalizeAxis("roll", i, t.ndim));
  if (!flat) normalizeAxes("roll", axis, t.ndim);
  if (shifts.length !== axes.length && shifts.length !== 1) {
    throw new TypeError(`roll: ${shifts.length} shifts for ${axes.length} axes`);
  }
  return unary(
    "roll",
    t,
    (t) => {
      let y = flat ? reshape(t, [t.size]) : t;
      axes.forEach((axis, i) => {
        const extent = y.shape[axis];
        const by = extent === 0 ? 0 : (((shifts[i] ?? shifts[0]) % extent) + extent) % extent;
        if (by !== 0) y = m.concat([along(y, axis, extent - by, extent), along(y, axis, 0, extent - by)], axis);
      });
      return reshape(y, t.shape);
    },
    `${shifts};${flat ? "" : axes}`,
    (dtype) => dtype,
  );
}
