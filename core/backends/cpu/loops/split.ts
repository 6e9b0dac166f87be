/**
 * Splitting one kernel over threads where there is no batch to stripe: parts of its outputs, computed side by side. Each output is
 * computed as it would be alone, so no bit changes. The number of parts depends on the shapes alone.
 */
import type { Unit } from "../../../compile/fuse.ts";
import type { Buffer, Home } from "../../../compile/home.ts";
import { valuesOf } from "../../../compile/fuse.ts";
import { sizeOf } from "../../../shape.ts";
import { placesOf } from "./epilogue.ts";

/** A unit that is one of several equal parts, and how far its buffers move from part to part, in elements. */
export interface Split {
  readonly unit: Unit;
  readonly parts: number;
  /** Of a nest: for each buffer. Of a contraction: a, b, out, and those of its epilogue. */
  readonly advance: ReadonlyMap<Buffer, number> | readonly number[];
}

/** Operations that a part should have at least: twenty microseconds and more. */
const partWork = 1e6;
const partLimit = 8;

/** The ways to split a unit, the best first; none where it is small. */
export function splits(unit: Unit): Split[] {
  if (unit.kind === "contract") return splitContraction(unit);
  if (unit.kind === "nest") return splitNest(unit);
  return [];
}

/** Into how many equal parts an extent divides, of at most `most`. */
function partsOf(extent: number, most: number): number {
  for (let parts = Math.min(partLimit, most, extent); parts > 1; parts--) if (extent % parts === 0) return parts;
  return 1;
}

function splitContraction(unit: Unit & { kind: "contract" }): Split[] {
  const { params, a, b, out, epilogue } = unit;
  const most = Math.floor(2 * params.axes.reduce((n, axis) => n * axis.size, 1) / partWork);
  if (most < 2) return [];
  const stride = (home: Home, walk: readonly [number, number] | null): number =>
    walk ? home.strides[walk[0]] * walk[1] : 0;
  const found = params.axes.flatMap((axis, i) => {
    const parts = axis.out ? partsOf(axis.size, most) : 1;
    if (parts < 2) return [];
    const size = axis.size / parts;
    const places = epilogue ? placesOf(epilogue, out.buffer).map((index) => index[i]) : [stride(out, axis.out)];
    const advance = [stride(a, axis.a), stride(b, axis.b), ...places].map((step) => step * size);
    // The axis of the lanes comes last: its parts should hold whole vectors.
    const rank = stride(out, axis.out) === 1 ? (size % 16 === 0 ? 1 : 2) : 0;
    const axes = params.axes.map((other, k) => k === i ? { ...axis, size } : other);
    const shape = params.shape.map((n, k) => k === axis.out![0] ? n / parts : n);
    return [{ rank, split: { unit: { ...unit, params: { ...params, axes, shape } }, parts, advance } }];
  });
  return found.sort((x, y) => x.rank - y.rank || y.split.parts - x.split.parts).map(({ split }) => split);
}

function splitNest(unit: Unit & { kind: "nest" }): Split[] {
  const { nest } = unit;
  const values = valuesOf(nest);
  const most = Math.floor(sizeOf(nest.extents) * (values.length + nest.roots.length) / partWork);
  if (most < 2) return [];
  const loops = nest.extents.map((_, k) => k).filter((k) => nest.extents[k] > 1 && (!nest.rows || nest.rows.has(k)));
  return loops.slice(0, 2).flatMap((k) => {
    const parts = partsOf(nest.extents[k], most);
    if (parts < 2 || values.some((v) => v.kind === "iota" && v.index![k] !== 0)) return [];
    const size = nest.extents[k] / parts;
    const advance = new Map<Buffer, number>();
    const touched = [...values.filter((v) => v.kind === "load"), ...nest.roots];
    for (const { home, index } of touched) {
      const step = index![k] * size;
      if ((advance.get(home!.buffer) ?? step) !== step) return [];
      advance.set(home!.buffer, step);
    }
    // A root that does not move would be stored by all parts at once.
    if (nest.roots.some(({ index }) => index[k] === 0)) return [];
    const extents = nest.extents.map((n, i) => i === k ? size : n);
    return [
      {
        unit: { kind: "nest", nest: { ...nest, extents, rows: nest.rows, roots: nest.roots } },
        parts,
        advance,
      } as Split,
    ];
  });
}
