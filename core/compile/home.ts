/** Where materialised values live: strided parts of buffers. */
import type { DType } from "../dtype.ts";
import type { View } from "../primitive.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";

/** A piece of memory of a program, in elements of one type. */
export interface Buffer {
  readonly id: number;
  readonly dtype: DType;
  readonly size: number;
}

/** A tensor's elements in a buffer. */
export interface Home {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The whole of a buffer, row-major. */
export function rowMajor(buffer: Buffer, shape: Shape): Home {
  return { buffer, offset: 0, strides: stridesOf(shape) };
}

/** Whether the elements lie one after the other in row-major order. */
export function isContiguous({ strides }: Home, shape: Shape): boolean {
  if (sizeOf(shape) === 0) return true;
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

/** The home of a view of a tensor at home. */
export function viewHome({ buffer, offset, strides }: Home, view: View): Home {
  return {
    buffer,
    offset: view.offsets.reduce((sum, at, i) => sum + at * strides[i], offset),
    strides: view.axes.map((axis, i) => axis < 0 ? 0 : view.steps[i] * strides[axis]),
  };
}

/** The home of a reshape, if the elements are still evenly spaced. */
export function reshapeHome(home: Home, from: Shape, to: Shape): Home | undefined {
  if (isContiguous(home, from)) return { ...home, strides: stridesOf(to) };
  // Runs of `from` that are contiguous within themselves can be divided anew.
  const strides = new Array<number>(to.length).fill(0);
  let i = from.length - 1, j = to.length - 1;
  while (j >= 0 || i >= 0) {
    while (i >= 0 && from[i] === 1) i--;
    while (j >= 0 && to[j] === 1) j--;
    if (i < 0 || j < 0) break;
    const step = home.strides[i];
    let have = from[i--], want = to[j];
    let pieces = [j--];
    while (have !== want) {
      if (have < want) {
        if (i < 0) return undefined;
        if (from[i] !== 1 && home.strides[i] !== step * have) return undefined;
        have *= from[i--];
      } else {
        if (j < 0) return undefined;
        want *= to[j];
        pieces = [...pieces, j--];
      }
    }
    let inner = step;
    for (const axis of pieces) {
      strides[axis] = inner;
      inner *= to[axis];
    }
  }
  return { ...home, strides };
}
