/** The choice of a contraction's register tile, by a model of what a step of its sum costs. */
import type { Axis } from "./contract_plan.ts";
import type { Target } from "../../../compile/loop.ts";

/**
 * How the broadcast operand is read: element by element, or as vectors whose lanes are broadcast: neighbours among the
 * rows of a tile, or among the steps of the sum.
 */
export type Windows = "none" | "rows" | "steps";

/** The chosen tile: elements an axis, vectors along the axis of the lanes. */
export interface Tile {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly vectors: number;
  readonly windows: Windows;
  /** Cycles that the model expects of all tiles together. */
  readonly cost: number;
}

export interface TileQuestion {
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly sums: readonly Axis[];
  readonly vector: Axis | undefined;
  readonly lanes: number;
  readonly elementwise: boolean;
  readonly target: Target;
}

/** Ways to tile one side of a register tile: tile sizes an axis, and how many tiles that makes. */
interface Side {
  readonly tiles: readonly number[];
  readonly product: number;
  readonly count: number;
}

/** All ways to tile a side with products up to `limit`; for equal ones the first has its tiles along the last axes. */
function sides(sizes: readonly number[], limit: number): Side[] {
  const all: Side[] = [];
  const visit = (at: number, tiles: number[], product: number, count: number) => {
    if (at < 0) {
      all.push({ tiles, product, count });
      return;
    }
    for (let t = Math.min(sizes[at], Math.floor(limit / product)); t >= 1; t--) {
      visit(at - 1, [t, ...tiles], product * t, count * Math.ceil(sizes[at] / t));
    }
  };
  visit(sizes.length - 1, [], 1, 1);
  // A tile that makes more tiles than a smaller one is of no use.
  const best = new Map<number, Side>();
  for (const side of all) {
    // The product, and which axes have tiles.
    const key = side.tiles.reduce((bits, t) => 2 * bits + (t > 1 ? 1 : 0), side.product);
    const known = best.get(key);
    if (!known || side.count < known.count) best.set(key, side);
  }
  return [...best.values()];
}

/** Instructions that a processor starts in a cycle; multiply-adds, loads; cycles until a multiply-add's result is there. */
const issue = 6;
const multiplyAdds = 2;
const loads = 2;
const latency = 4;
/** Instructions around the body of a loop. */
const around = 10;

/**
 * Cycles for a vector load and for one element in all lanes, where loads are not checked: measured on tiles of many shapes, of which those
 * that broadcast much fall short.
 */
function loadCycles(lanes: number, target: Target): [vector: number, broadcast: number] {
  if (target.checked) return [1 / loads, 1 / loads];
  return target.halved && lanes === target.lanes ? [1, 1.35] : [1 / loads, 1];
}

/** How many rows of a tile lie in one place of a first-level cache, which repeats after 4 KiB and holds eight lines each. */
function sharing(rows: readonly Axis[], tiles: readonly number[]): number {
  return rows.reduce((most, axis, i) => {
    let stride = Math.abs(axis.y) * 4, period = 4096;
    while (stride > 0 && period > 64 && stride % 2 === 0) [stride, period] = [stride / 2, period / 2];
    return Math.max(most, tiles[i] / (stride > 0 ? period / 64 : 64));
  }, 0);
}

/** Whether the rows of a tile, moved by one step of the innermost sum, meet each other: a window slides over them. */
function slides(rows: readonly Axis[], tiles: readonly number[], sums: readonly Axis[]): boolean {
  const inner = sums[sums.length - 1];
  if (!inner || inner.y === 0) return false;
  return rows.some((axis, i) => tiles[i] > 1 && axis.y % inner.y === 0 && Math.abs(axis.y / inner.y) < 8);
}

export function chooseTile(q: TileQuestion): Tile {
  const { lanes, sums, vector, elementwise, target } = q;
  const checked = target.checked ?? false;
  const vectors = vector ? Math.ceil(vector.size / lanes) : 1;
  const stride = vector ? Math.abs(vector.x) : 1;
  // A vector load and its check; strided ones take shuffles or go lane by lane.
  const loadX = (checked ? 3 : 1) * (stride === 1 ? 1 : stride <= 3 ? 2 : lanes) + (stride === 1 ? 0 : 1);
  const loadY = checked ? 4.5 : 1;
  const steps = sums.reduce((n, axis) => n * axis.size, 1);
  const inner = sums.length > 0 ? sums[sums.length - 1] : undefined;
  const contiguous = inner !== undefined && Math.abs(inner.y) === 1 ? Math.min(inner.size, lanes) : 1;
  const { registers } = target;
  // Instructions on vectors that are done in halves take twice as long.
  const halves = target.halved && vector && lanes === target.lanes ? 2 : 1;
  const [vectorLoad, broadcast] = loadCycles(vector ? lanes : 1, target);
  // Windows that slide along the lanes start anywhere: many of their loads touch two lines of the cache.
  const anywhere = !target.checked && stride === 1 && sums.some((axis) => axis.x !== 0 && axis.x % lanes !== 0);
  const loadVector = vectorLoad * (stride === 1 ? 1 : 2) * (anywhere ? 1 + lanes / 16 : 1);
  const limit = Math.max(1, registers - 3);
  const rowSides = sides(q.rows.map((r) => elementwise ? 1 : r.size), limit);
  const columnSides = sides([...q.columns.map((axis) => elementwise ? 1 : axis.size), vectors], limit);

  let best: Tile = {
    rows: q.rows.map(() => 1),
    columns: q.columns.map(() => 1),
    vectors: 1,
    windows: "none",
    cost: Infinity,
  };
  for (const r of rowSides) {
    const slide = slides(q.rows, r.tiles, sums);
    const thrash = !target.checked && sharing(q.rows, r.tiles) > 6 ? 4 : 1;
    const unroll = slide ? 1 : Math.min(steps, 8);
    const last = q.rows.length > 0 ? r.tiles[r.tiles.length - 1] : 1;
    const run = q.rows.length > 0 && Math.abs(q.rows[q.rows.length - 1].y) === 1 ? Math.min(last, lanes) : 1;
    for (const c of columnSides) {
      const along = c.tiles[c.tiles.length - 1];
      if (r.product * c.product >= registers) continue;
      // A tile of vectors that does not reach the end is moved back as a whole, so it must fit.
      if (vector && along < vectors && along * lanes > vector.size) continue;
      const held = r.product * c.product;
      const waiting = Math.min(r.product, c.product);
      const consider = (windows: Windows, needed: number, readY: number) => {
        if (needed > registers) return;
        const reads = c.product * loadX + readY;
        const readsAtMost = c.product * loadVector + (windows === "none" ? r.product : 1) * broadcast * thrash;
        const step =
          Math.max((held + reads + around / unroll) / issue, held * halves / multiplyAdds, readsAtMost, latency) + 0.35;
        const cost = r.count * c.count * (steps * step + held + 10);
        if (cost < best.cost) best = { rows: r.tiles, columns: c.tiles.slice(0, -1), vectors: along, windows, cost };
      };
      const base = held + waiting + 1;
      if (elementwise) {
        consider("none", held + 2, c.product * loadX);
        continue;
      }
      consider("none", base, r.product * loadY);
      if (!checked || !vector) continue;
      if (run > 1) consider("rows", base + 1, Math.ceil(r.product / run) * loadX + r.product);
      if (contiguous > 1) consider("steps", held + r.product + c.product + 1, r.product * (loadX / contiguous + 1));
    }
  }
  return best;
}
