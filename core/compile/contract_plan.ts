/**
 * What comes before the loops of a contraction: its axes are brought to a normal form and sorted by their roles, and a
 * register tile is chosen. Nothing here depends on what the kernel looks like.
 */
import type { DType } from "../dtype.ts";
import type { Contraction } from "./contract.ts";
import type { Target } from "./loop.ts";

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
  /** Summed over, the outermost first. */
  readonly sums: readonly Axis[];
  /** Whether y varies along the vector axis too. */
  readonly elementwise: boolean;
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
function chooseVector(axes: readonly Axis[], lanes: number): { axis: Axis; swap: boolean; elementwise: boolean } | undefined {
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

/** Ways to tile one side of a register tile: tile sizes an axis, and how many tiles that makes. */
interface Side {
  readonly tiles: readonly number[];
  readonly product: number;
  readonly count: number;
}

/** For each product of tile sizes up to `limit`, the way that makes the fewest tiles; tiles prefer the last axes. */
function sides(sizes: readonly number[], limit: number): Side[] {
  const best = new Map<number, Side>();
  const visit = (at: number, tiles: number[], product: number, count: number) => {
    if (at < 0) {
      const known = best.get(product);
      if (!known || count < known.count) best.set(product, { tiles, product, count });
      return;
    }
    for (let t = Math.min(sizes[at], Math.floor(limit / product)); t >= 1; t--) {
      visit(at - 1, [t, ...tiles], product * t, count * Math.ceil(sizes[at] / t));
    }
  };
  visit(sizes.length - 1, [], 1, 1);
  return [...best.values()];
}

/**
 * Cycles of one step of the sum for a tile: two multiply-adds and two loads a cycle, and four cycles until a multiply-add's
 * result can take the next. The small constant stands for what surrounds the arithmetic and favours large tiles.
 */
function stepCost(rows: number, columns: number, load: number): number {
  return Math.max(rows * columns / 2, (rows + columns * load) / 2, 4) + 0.35;
}

/** Normal form, roles and tile of a contraction with no empty axis. */
export function planContraction(c: Contraction, target: Target): Plan {
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
  const lanes = lanesOf(c.type, target);
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

  const used = vectorAxis ? lanes : 1;
  const vectors = vectorAxis ? Math.ceil(vectorAxis.size / lanes) : 1;
  const stride = vectorAxis ? Math.abs(vectorAxis.x) : 1;
  const load = stride === 1 ? 1 : stride <= 3 ? 3 : 7;
  const steps = sums.reduce((n, axis) => n * axis.size, 1);
  // One register is the emitter's own; the tile needs a register for each sum, one side's operands, and the other's at hand.
  const registers = target.registers - 1;
  const elementwise = choice?.elementwise ?? false;
  const limit = registers - 3;
  let tile: { rows: Side; columns: Side } | undefined;
  let bestCost = Infinity;
  const rowSides = sides(elementwise ? rows.map(() => 1) : rows.map((r) => r.size), limit);
  const columnSides = sides([...columns.map((axis) => elementwise ? 1 : axis.size), vectors], limit);
  for (const r of rowSides) {
    for (const k of columnSides) {
      const sumsHeld = r.product * k.product;
      if (sumsHeld + Math.min(r.product, k.product) + 1 > registers) continue;
      // A tile of vectors that does not reach the end is moved back as a whole, so it must fit.
      const along = k.tiles[k.tiles.length - 1];
      if (vectorAxis && along < vectors && along * lanes > vectorAxis.size) continue;
      const cost = r.count * k.count * (steps * stepCost(r.product, elementwise ? k.product * 2 : k.product, load) + 1.5 * sumsHeld + 16);
      if (cost < bestCost) {
        bestCost = cost;
        tile = { rows: r, columns: k };
      }
    }
  }
  const tiled = (axis: Axis, t: number): TiledAxis => ({ ...axis, tile: t, count: Math.ceil(axis.size / t) });
  const { rows: r, columns: k } = tile!;
  const along = k.tiles[k.tiles.length - 1];
  const extent = vectorAxis ? Math.min(along * lanes, vectorAxis.size) : 1;
  return {
    swapped,
    lanes: used,
    xOffset: offsets[swapped ? 1 : 0],
    yOffset: offsets[swapped ? 0 : 1],
    outOffset: offsets[2],
    extraOffsets: offsets.slice(3),
    batch,
    rows: rows.map((axis, i) => tiled(axis, elementwise ? 1 : r.tiles[i])),
    columns: columns.map((axis, i) => tiled(axis, elementwise ? 1 : k.tiles[i])),
    vector: vectorAxis && tiled(vectorAxis, extent),
    starts: Array.from({ length: vectorAxis ? along : 1 }, (_, v) => Math.min(v * used, extent - used)),
    sums,
    elementwise,
  };
}
