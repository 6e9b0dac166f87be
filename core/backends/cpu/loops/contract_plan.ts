/**
 * What comes before the loops of a contraction: its axes are brought to a normal form and sorted by their roles, and a
 * register tile is chosen. Nothing here depends on what the kernel looks like.
 */
import type { DType } from "../../../dtype.ts";
import type { Contraction } from "./contract.ts";
import { chooseTile, type Windows } from "./contract_tile.ts";
import type { Target } from "../../../compile/loop.ts";

/** An axis in normal form. x is the operand that is read in vectors, y the one that is broadcast. */
export interface Axis {
  readonly size: number;
  readonly x: number;
  readonly y: number;
  readonly out: number;
  readonly extras: readonly number[];
}

/** An axis that the register tile covers in part: `count` tiles of `tile` elements, the last one moved back to end in time. */
export interface TiledAxis extends Axis {
  readonly tile: number;
  readonly count: number;
  /** Where x is packed: how it moves from tile to tile, by element of the axis. */
  readonly panel?: number;
}

/** The plan of a contraction. */
export interface Plan {
  /** Whether x is operand b. */
  readonly swapped: boolean;
  /** Lanes of the values: 1 means scalars. */
  readonly lanes: number;
  readonly xOffset: number;
  readonly yOffset: number;
  readonly outOffset: number;
  readonly extraOffsets: readonly number[];
  /** Read by both operands, or by none: plain outer loops. */
  readonly batch: readonly Axis[];
  /** Vary in the output and y. */
  readonly rows: readonly TiledAxis[];
  /** Vary in the output and x; without the vector axis. */
  readonly columns: readonly TiledAxis[];
  /** The axis of the lanes, its tile in elements; undefined for scalars. */
  readonly vector: TiledAxis | undefined;
  /** Where the vectors of a tile start along the vector axis. */
  readonly starts: readonly number[];
  /** Where these lie in x. */
  readonly xStarts: readonly number[];
  /** Whether x is packed. */
  readonly packed: boolean;
  /** Summed over, the outermost first. */
  readonly sums: readonly Axis[];
  /** Whether y varies along the vector axis too. */
  readonly elementwise: boolean;
  readonly windows: Windows;
}

/** Lanes of a type's vectors. */
export function lanesOf(type: DType, target: Target): number {
  return type === "float64" ? Math.max(1, target.lanes / 2) : target.lanes;
}

/** All strides of an axis. */
function strides(axis: Axis): number[] {
  return [axis.x, axis.y, axis.out, ...axis.extras];
}

function axisOf(size: number, [x, y, out, ...extras]: readonly number[]): Axis {
  return { size, x, y, out, extras };
}

/** Drops axes of one element, turns axes that run backwards, merges neighbours that are one in all operands. */
function normalise(given: readonly Axis[], offsets: number[]): Axis[] {
  const axes: Axis[] = [];
  for (const axis of given) {
    if (axis.size === 1) continue;
    const s = strides(axis);
    const backwards = s.every((v) => v <= 0) && s.some((v) => v < 0);
    if (backwards) s.forEach((v, i) => offsets[i] += v * (axis.size - 1));
    axes.push(backwards ? axisOf(axis.size, s.map((v) => 0 - v)) : axis);
  }
  for (let merged = true; merged;) {
    merged = false;
    for (let i = 0; i < axes.length && !merged; i++) {
      for (let j = 0; j < axes.length && !merged; j++) {
        if (i === j) continue;
        const inner = strides(axes[j]);
        if (!strides(axes[i]).every((v, k) => v === inner[k] * axes[j].size)) continue;
        axes[Math.min(i, j)] = axisOf(axes[i].size * axes[j].size, inner);
        axes.splice(Math.max(i, j), 1);
        merged = true;
      }
    }
  }
  return axes;
}

/** The axis for the lanes: the largest with unit strides in the output and one operand, else the best strided one. */
function chooseVector(
  axes: readonly Axis[],
  lanes: number,
): { axis: Axis; swap: boolean; elementwise: boolean } | undefined {
  let best: { axis: Axis; swap: boolean; elementwise: boolean } | undefined;
  let bestScore = 0;
  for (const axis of axes) {
    if (axis.out !== 1 || axis.size < lanes) continue;
    let score: number;
    const elementwise = axis.x === 1 && axis.y === 1;
    if (elementwise) score = 2 ** 50 + axis.size;
    else if (axis.x !== 0 && axis.y !== 0) continue;
    else if (axis.x === 0 && axis.y === 0) continue;
    else {
      const stride = Math.abs(axis.x + axis.y);
      score = stride === 1 ? 2 ** 51 + axis.size : stride <= 3 ? 2 ** 49 + axis.size : axis.size;
    }
    if (score <= bestScore) continue;
    best = { axis, swap: axis.x === 0, elementwise };
    bestScore = score;
  }
  return best;
}

/** Normal form, roles and tile of a contraction with no empty axis, for the lanes that the model takes to be the fastest. */
export function planContraction(c: Contraction, target: Target): Plan {
  const plan = unpackedPlan(c, target);
  if (c.packed === undefined) return plan;
  if (c.packed !== (plan.swapped ? "b" : "a") || !plan.vector) {
    throw new Error(`Operand ${c.packed} is not the one read in vectors; packing() tells which is`);
  }
  return packedPlan(plan);
}

/** The last plan made for axes: a contraction and its packing ask for the same one after the other. */
const made = new WeakMap<
  Contraction["axes"],
  { readonly c: Contraction; readonly target: Target; readonly plan: Plan }
>();

function unpackedPlan(c: Contraction, target: Target): Plan {
  const known = made.get(c.axes);
  const same = known && known.target === target && known.c.type === c.type && known.c.extras === c.extras &&
    known.c.aOffset === c.aOffset && known.c.bOffset === c.bOffset && known.c.outOffset === c.outOffset;
  if (same) return known.plan;
  const plan = fastestPlan(c, target);
  made.set(c.axes, { c, target, plan });
  return plan;
}

function fastestPlan(c: Contraction, target: Target): Plan {
  const most = lanesOf(c.type, target);
  const choices = [most, ...(target.narrower ?? []).map((lanes) => lanesOf(c.type, { ...target, lanes }))];
  let best: { plan: Plan; cost: number } | undefined;
  for (const lanes of choices) {
    if (best && lanes < 2) break;
    const made = planFor(c, target, lanes);
    if (!best || made.cost < best.cost) best = made;
  }
  return best!.plan;
}

function planFor(c: Contraction, target: Target, lanes: number): { plan: Plan; cost: number } {
  const extras = c.extras ?? [];
  const offsets = [c.aOffset, c.bOffset, c.outOffset, ...extras.map((e) => e.offset)];
  const given = c.axes.map((axis, i): Axis => ({
    size: axis.size,
    x: axis.a,
    y: axis.b,
    out: axis.out,
    extras: extras.map((e) => axis.out === 0 ? 0 : e.strides[i]),
  }));
  let axes = normalise(given, offsets);
  const choice = lanes > 1 ? chooseVector(axes, lanes) : undefined;
  // Without a vector axis x is the operand that varies along the output's finest axis.
  const finest = axes.filter((axis) => axis.out !== 0).sort((p, q) => Math.abs(p.out) - Math.abs(q.out))[0];
  const swapped = choice ? choice.swap : finest !== undefined && finest.x === 0;
  let vectorAxis = choice?.axis;
  if (swapped) {
    const turned = axes.map((axis) => ({ ...axis, x: axis.y, y: axis.x }));
    if (vectorAxis) vectorAxis = turned[axes.indexOf(vectorAxis)];
    axes = turned;
  }
  const isRow = (axis: Axis) => axis.out !== 0 && axis.y !== 0 && axis.x === 0;
  const isColumn = (axis: Axis) => axis.out !== 0 && axis.x !== 0 && axis.y === 0 && axis !== vectorAxis;
  const reach = (axis: Axis) => Math.max(Math.abs(axis.x), Math.abs(axis.y));
  const rows = axes.filter(isRow).sort((p, q) => Math.abs(q.y) - Math.abs(p.y));
  const columns = axes.filter(isColumn).sort((p, q) => Math.abs(q.x) - Math.abs(p.x));
  const sums = axes.filter((axis) => axis.out === 0).sort((p, q) => reach(q) - reach(p));
  const batch = axes.filter((axis) => axis.out !== 0 && axis !== vectorAxis && !isRow(axis) && !isColumn(axis))
    .sort((p, q) => Math.abs(q.out) - Math.abs(p.out));

  const elementwise = choice?.elementwise ?? false;
  const tile = chooseTile({ rows, columns, sums, vector: vectorAxis, lanes, elementwise, target });
  const tiled = (axis: Axis, t: number): TiledAxis => ({ ...axis, tile: t, count: Math.ceil(axis.size / t) });
  const used = vectorAxis ? lanes : 1;
  const extent = vectorAxis ? Math.min(tile.vectors * lanes, vectorAxis.size) : 1;
  const starts = Array.from({ length: tile.vectors }, (_, v) => Math.min(v * used, extent - used));
  const plan: Plan = {
    swapped,
    lanes: used,
    xOffset: offsets[swapped ? 1 : 0],
    yOffset: offsets[swapped ? 0 : 1],
    outOffset: offsets[2],
    extraOffsets: offsets.slice(3),
    batch,
    rows: rows.map((axis, i) => tiled(axis, tile.rows[i])),
    columns: columns.map((axis, i) => tiled(axis, tile.columns[i])),
    vector: vectorAxis && tiled(vectorAxis, extent),
    starts,
    xStarts: starts.map((start) => start * (vectorAxis?.x ?? 0)),
    packed: false,
    sums,
    elementwise,
    windows: tile.windows,
  };
  return { plan, cost: tile.cost };
}

/**
 * The same plan with x in panels: batches, tiles of the columns and of the vectors, steps of the sum, columns of a tile,
 * and the vectors of a tile, whole ones, innermost.
 */
export function packedPlan(plan: Plan): Plan {
  let stride = plan.lanes;
  const take = (count: number) => {
    const mine = stride;
    stride *= count;
    return mine;
  };
  const last = <T>(list: readonly T[]): T[] => [...list].reverse();
  take(plan.starts.length);
  const cells = last(last(plan.columns).map((axis) => take(axis.tile)));
  const sums = last(last(plan.sums).map((axis) => axis.x === 0 ? 0 : take(axis.size)));
  const vector = take(plan.vector!.count);
  const columns = last(last(plan.columns).map((axis) => take(axis.count)));
  const batch = last(last(plan.batch).map((axis) => axis.x === 0 ? 0 : take(axis.size)));
  return {
    ...plan,
    xOffset: 0,
    batch: plan.batch.map((axis, i) => ({ ...axis, x: batch[i] })),
    columns: plan.columns.map((axis, i) => ({ ...axis, x: cells[i], panel: columns[i] / axis.tile })),
    vector: { ...plan.vector!, x: 1, panel: vector / plan.vector!.tile },
    xStarts: plan.starts.map((_, v) => v * plan.lanes),
    packed: true,
    sums: plan.sums.map((axis, i) => ({ ...axis, x: sums[i] })),
  };
}

/** Elements of the packed operand of a packed plan. */
export function packedSize(plan: Plan): number {
  let size = plan.lanes * plan.starts.length * plan.vector!.count;
  for (const axis of plan.columns) size *= axis.tile * axis.count;
  for (const axis of [...plan.batch, ...plan.sums]) if (axis.x !== 0) size *= axis.size;
  return size;
}
