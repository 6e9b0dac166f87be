/**
 * Affine index maps: how the loops of a kernel index a tensor. An index is Σ coefficient · loop + offset; a map has one for each
 * axis of the tensor. Movement operations act on maps, so that they cost nothing.
 */
import type { View } from "../primitive.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";

/** Coefficients of the loops, the constant last. */
export type Index = readonly number[];

/** An index for each axis of a tensor. */
export type IndexMap = readonly Index[];

/** Thrown when a loop must be divided: `inner` elements of it belong to one axis, the rest to the one before. */
export class SplitLoop {
  constructor(readonly loop: number, readonly inner: number) {}
}

/** Thrown when no division of the loops makes the index affine. */
export class NotAffine {}

/** The row-major map of a shape over loops of these extents, if each axis is a product of whole loops. */
export function canonicalMap(extents: readonly number[], shape: Shape): IndexMap | undefined {
  const map: number[][] = [];
  let loop = extents.length - 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const index = new Array<number>(extents.length + 1).fill(0);
    let covered = 1;
    while (covered < shape[i]) {
      while (loop >= 0 && extents[loop] === 1) loop--;
      if (loop < 0) return undefined;
      index[loop] = covered;
      covered *= extents[loop--];
    }
    if (covered !== shape[i]) return undefined;
    map.unshift(index);
  }
  while (loop >= 0 && extents[loop] === 1) loop--;
  return loop < 0 ? map : undefined;
}

/** Extents into which both row-major shapes divide, if there are such. */
export function commonRefinement(a: Shape, b: Shape): number[] | undefined {
  const left = a.filter((n) => n !== 1), right = b.filter((n) => n !== 1);
  const result: number[] = [];
  let x = left.pop() ?? 1, y = right.pop() ?? 1;
  while (true) {
    if (x === y) {
      if (x !== 1) result.unshift(x);
      if (left.length === 0 && right.length === 0) return result;
      x = left.pop() ?? 1;
      y = right.pop() ?? 1;
    } else if (x > y && y !== 1 && x % y === 0) {
      result.unshift(y);
      x /= y;
      y = right.pop() ?? 1;
    } else if (y > x && x !== 1 && y % x === 0) {
      result.unshift(x);
      y /= x;
      x = left.pop() ?? 1;
    } else return undefined;
  }
}

/** The index into a row-major (or otherwise strided) buffer. */
export function linearIndex(map: IndexMap, strides: readonly number[], offset: number, loops: number): number[] {
  const index = new Array<number>(loops + 1).fill(0);
  index[loops] = offset;
  map.forEach((part, i) => {
    for (let k = 0; k <= loops; k++) index[k] += part[k] * strides[i];
  });
  return index;
}

/** The operand's map below a view. */
export function throughView(map: IndexMap, view: View, loops: number): IndexMap {
  const result = view.offsets.map((offset) => {
    const index = new Array<number>(loops + 1).fill(0);
    index[loops] = offset;
    return index;
  });
  view.axes.forEach((axis, i) => {
    if (axis >= 0) { for (let k = 0; k <= loops; k++) result[axis][k] += view.steps[i] * map[i][k]; }
  });
  return result;
}

/**
 * The operand's map below a reshape.
 *
 * @throws SplitLoop where a loop runs over several axes, NotAffine where an axis would have to carry
 */
export function throughReshape(map: IndexMap, from: Shape, to: Shape, extents: readonly number[]): IndexMap {
  const loops = extents.length;
  const linear = linearIndex(map, stridesOf(to), 0, loops);
  const strides = stridesOf(from);
  const result = from.map(() => new Array<number>(loops + 1).fill(0));
  if (sizeOf(from) === 0) return result;
  // The constant, digit by digit.
  let rest = linear[loops];
  for (let i = 0; i < from.length; i++) {
    result[i][loops] = Math.floor(rest / strides[i]);
    rest -= result[i][loops] * strides[i];
  }
  for (let k = 0; k < loops; k++) {
    const step = linear[k];
    if (step === 0 || extents[k] === 1) continue;
    const reach = Math.abs(step) * (extents[k] - 1);
    // The innermost axis whose stride divides the step and that holds the whole run.
    const axis = from.findIndex((n, i) => n !== 1 && Math.abs(step) % strides[i] === 0 && Math.abs(step) >= strides[i]);
    if (axis < 0) throw new NotAffine();
    if (reach >= strides[axis] * from[axis]) {
      const inner = (strides[axis] * from[axis]) / Math.abs(step);
      if (Number.isInteger(inner) && inner > 1 && extents[k] % inner === 0) throw new SplitLoop(k, inner);
      throw new NotAffine();
    }
    result[axis][k] += step / strides[axis];
  }
  result.forEach((index, i) => {
    let least = index[loops], most = index[loops];
    for (let k = 0; k < loops; k++) {
      const reach = index[k] * (extents[k] - 1);
      if (reach < 0) least += reach;
      else most += reach;
    }
    if (least < 0 || most >= from[i]) throw new NotAffine();
  });
  return result;
}
