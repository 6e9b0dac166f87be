/** Shapes: sizes, strides, axes, broadcasting, and the interned pair of shape and dtype (an aval). */
import type { DType } from "./dtype.ts";
import { describe, show } from "./errors.ts";

/** The extents of a tensor, outermost first. */
export type Shape = readonly number[];

/** The most elements a tensor may have: offsets must stay exact in 32 bits. */
export const maxSize = 2 ** 31 - 1;

/** What is known of a value before it is computed: interned, so that equal avals are one object. */
export interface Aval {
  /** The extents, outermost first. */
  readonly shape: Shape;
  /** The element type. */
  readonly dtype: DType;
  /** The number of elements. */
  readonly size: number;
  /** A small number unique to this pair of shape and dtype. */
  readonly id: number;
}

const interned = new Map<string, Aval>();

/**
 * The aval of a shape and dtype: one object for equal ones.
 */
export function aval(shape: Shape, dtype: DType): Aval {
  const key = dtype + shape.join();
  const known = interned.get(key);
  if (known) return known;
  const made: Aval = { shape: Object.freeze(shape.slice()), dtype, size: sizeOf(shape), id: interned.size };
  interned.set(key, made);
  return made;
}

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** Whether two lists hold the same numbers. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/**
 * Refuses what is not a shape: an array of non-negative integers with a product below 2³¹.
 *
 * @throws TypeError for kinds, RangeError for sizes, naming the operation
 */
export function checkShape(operation: string, shape: unknown): asserts shape is Shape {
  if (!Array.isArray(shape)) {
    throw new TypeError(`${operation}: shape must be an array of sizes, got ${describe(shape)}`);
  }
  for (const extent of shape) {
    if (typeof extent !== "number") {
      throw new TypeError(`${operation}: shape ${show(shape)} holds ${describe(extent)}, not a size`);
    }
    if (!Number.isInteger(extent) || extent < 0) {
      throw new RangeError(`${operation}: shape ${show(shape)} holds ${extent}, not a non-negative integer`);
    }
  }
  const size = sizeOf(shape.filter((extent) => extent !== 0));
  if (size > maxSize) throw new RangeError(`${operation}: shape ${show(shape)} has more than ${maxSize} elements`);
}

/**
 * An axis as a position from the start; negative ones count from the end.
 *
 * @throws TypeError for what is no integer, RangeError for one out of range
 */
export function normalizeAxis(operation: string, axis: unknown, rank: number): number {
  if (typeof axis !== "number" || !Number.isInteger(axis)) {
    throw new TypeError(`${operation}: axis must be an integer, got ${describe(axis)}`);
  }
  if (axis < -rank || axis >= rank) {
    const range = rank === 0 ? "a scalar has no axes" : `use ${-rank} to ${rank - 1}`;
    throw new RangeError(`${operation}: axis ${axis} is out of range for ${rank} dimensions; ${range}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Sorted positions of one axis, several, or (undefined) all; a repeated one is refused. */
export function normalizeAxes(operation: string, axes: unknown, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = Array.isArray(axes) ? axes : [axes];
  const result = list.map((axis) => normalizeAxis(operation, axis, rank)).sort((a, b) => a - b);
  result.forEach((axis, i) => {
    if (i > 0 && axis === result[i - 1]) {
      throw new RangeError(`${operation}: axis ${axis} is given twice in ${show(list)}`);
    }
  });
  return result;
}

/**
 * The shape that all given ones broadcast to, by NumPy's rule.
 *
 * @throws TypeError naming the operation and the shapes
 */
export function broadcastShapes(operation: string, ...shapes: Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const shift = rank - shape.length;
    for (let i = 0; i < shape.length; i++) {
      const extent = shape[i];
      if (extent === 1 || extent === result[shift + i]) continue;
      if (result[shift + i] !== 1) {
        throw new TypeError(
          `${operation}: shapes ${shapes.map(show).join(" and ")} do not broadcast: ` +
            `${result[shift + i]} against ${extent} on axis ${shift + i - rank}`,
        );
      }
      result[shift + i] = extent;
    }
  }
  return result;
}
