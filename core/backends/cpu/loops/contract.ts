/**
 * The one generator of matmul and of all convolutions: a contraction over affine axes,
 * `out[…] = Σ a[…] · b[…]`, summed over the axes along which the output does not vary.
 *
 * Lanes run along an axis of the output. A tile of sums stays in registers while the loops over the summed axes go round
 * inside it. Each output is one chain of multiply-adds in the order of the summed axes, so its bits depend neither on the
 * lanes nor on the tile; the last tile of an axis is moved back to end with it, and computes some outputs again.
 */
import type { DType } from "../../../dtype.ts";
import { repeat, repeats, type Step, unrolling, windowsOf } from "./contract_body.ts";
import { type Axis, lanesOf, type Plan, planContraction, type TiledAxis } from "./contract_plan.ts";
import { constant, type Expr, read, type Variable } from "../../../compile/expr.ts";
import { Builder, type Kernel, type Target } from "../../../compile/loop.ts";

/** One axis: its size, and the strides in elements with which it moves through the operands; 0: it does not. */
export interface ContractAxis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly out: number;
}

/** A further buffer that the epilogue reads or writes, with one stride for each axis (ignored where the output has none). */
export interface ContractExtra {
  readonly type: DType;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Where an epilogue stands: gives it the elements of the extra buffers that belong to its outputs. */
export interface Position {
  /** Whether the value is a vector. */
  readonly wide: boolean;
  readonly builder: Builder;
  /** The elements of an extra buffer. */
  load(extra: number): Expr;
  /** Stores to an extra buffer, which must move along the lanes with stride 1. */
  store(extra: number, value: Expr): void;
}

/** A contraction. Empty axes, single elements and negative strides are all right. */
export interface Contraction {
  readonly type: DType;
  /** Of the output, if the epilogue makes something else of the sums: flags. */
  readonly outType?: DType;
  readonly axes: readonly ContractAxis[];
  readonly aOffset: number;
  readonly bOffset: number;
  readonly outOffset: number;
  /** The operand that was packed with the kernel of `packing`; its offset counts for that one. */
  readonly packed?: "a" | "b";
  /** Add the sums to what the output holds, in place of storing them. */
  readonly accumulate: boolean;
  readonly extras?: readonly ContractExtra[];
  /** What becomes of a finished sum. */
  readonly epilogue?: (value: Expr, at: Position) => Expr;
  readonly name?: string;
}

/** How many multiply-adds the innermost body may hold, and how many steps of the sum. */
const bodyLimit = 96;
const stepLimit = 12;

/** The kernel of a contraction: its buffers are a, b, the output and the extras. */
export function contract(c: Contraction, target: Target): Kernel {
  const name = c.name ?? "contract";
  const begin = (lanes: number): Builder => {
    const b = new Builder(lanes);
    b.buffer(c.type, "a");
    b.buffer(c.type, "b");
    b.buffer(c.outType ?? c.type, "out");
    for (const extra of c.extras ?? []) b.buffer(extra.type, "extra");
    return b;
  };
  const empty = c.axes.some((axis) => axis.size === 0);
  const nothing = c.axes.some((axis) => axis.size === 0 && axis.out !== 0) || (empty && c.accumulate && !c.epilogue);
  if (nothing) return begin(lanesOf(c.type, target)).finish(name);
  const kept = c.axes.map((_, i) => i).filter((i) => !empty || c.axes[i].out !== 0);
  const axes = empty ? kept.map((i) => c.axes[i]) : c.axes;
  const extras = empty ? c.extras?.map((e) => ({ ...e, strides: kept.map((i) => e.strides[i]) })) : c.extras;
  const plan = planContraction({ ...c, axes, extras }, target);
  const b = begin(plan.lanes > 1 ? plan.lanes : lanesOf(c.type, target));
  new Generator(b, c, plan, empty).run();
  return b.finish(name);
}

/** Where the loops stand in each buffer, in elements. */
interface Place {
  readonly x: Expr;
  readonly y: Expr;
  readonly out: Expr;
  readonly extras: readonly Expr[];
}

/** An element of one side of the register tile: its distances from the tile's start. */
interface Cell {
  readonly operand: number;
  readonly out: number;
  readonly extras: readonly number[];
  /** Its coordinates along the tiled axes of its side. */
  readonly at: readonly number[];
  /** For a vector: how many of its first lanes the vector before it covers. */
  readonly covered: number;
}

class Generator {
  private readonly rows: readonly Cell[];
  private readonly columns: readonly Cell[];
  /** Whether the current tile of an axis is at its own place, not moved back; only where that matters. */
  private readonly fresh = new Map<TiledAxis, Expr>();
  private readonly xBuffer: number;
  private readonly yBuffer: number;

  constructor(
    private readonly b: Builder,
    private readonly c: Contraction,
    private readonly plan: Plan,
    private readonly empty: boolean,
  ) {
    const origin: Cell = { operand: 0, out: 0, extras: plan.extraOffsets.map(() => 0), at: [], covered: 0 };
    this.rows = cells(origin, plan.rows, "y");
    this.columns = cells(origin, plan.columns, "x", plan);
    this.xBuffer = plan.swapped ? 1 : 0;
    this.yBuffer = plan.swapped ? 0 : 1;
  }

  run(): void {
    const { plan } = this;
    const offset = (value: number) => constant("int32", value);
    const start: Place = {
      x: offset(plan.xOffset),
      y: offset(plan.yOffset),
      out: offset(plan.outOffset),
      extras: plan.extraOffsets.map(offset),
    };
    this.nest([...plan.batch, ...this.order()], start);
  }

  /**
   * The order of the tile loops. Other columns (the rows of an image) come first. If all of y fits in half of the first
   * cache, or x along the vector axis does not, y is gone through for each tile of x; else the vectors run innermost.
   */
  private order(): (Axis | TiledAxis)[] {
    const { rows, columns, vector, sums } = this.plan;
    const half = 4096; // elements: 16 KiB of float32
    const steps = sums.reduce((n, axis) => n * axis.size, 1);
    const rowCount = rows.reduce((n, axis) => n * axis.size, 1);
    const along = vector ? [vector] : [];
    const panel = steps * (vector?.size ?? 1);
    if (rowCount * steps <= half || panel > 1.25 * half) return [...columns, ...along, ...rows];
    return [...columns, ...rows, ...along];
  }

  private nest(axes: readonly (Axis | TiledAxis)[], place: Place): void {
    if (axes.length === 0) return this.tile(place);
    const [axis, ...rest] = axes;
    const tile = "tile" in axis ? axis.tile : 1;
    if (tile === axis.size) return this.nest(rest, place);
    this.b.loop(0, axis.size, tile, (i) => {
      const exact = axis.size % tile === 0;
      const at = exact ? i : this.b.let(i.min(axis.size - tile), "start");
      if (!exact) this.fresh.set(axis as TiledAxis, i.le(axis.size - tile));
      this.nest(rest, this.move(place, axis, i, at));
    });
  }

  /** The place after `at` elements along an axis, in a packed operand after the panels of `turn`. */
  private move(place: Place, axis: Axis | TiledAxis, turn: Expr, at: Expr): Place {
    const go = (from: Expr, stride: number, by: Expr): Expr => {
      if (stride === 0) return from;
      const distance = stride === 1 ? by : by.mul(stride);
      if (from.op === "const" && from.data === 0) return this.b.let(distance, "at");
      return this.b.let(distance.add(from), "at");
    };
    const panel = "panel" in axis ? axis.panel : undefined;
    return {
      x: panel === undefined ? go(place.x, axis.x, at) : go(place.x, panel, turn),
      y: go(place.y, axis.y, at),
      out: go(place.out, axis.out, at),
      extras: place.extras.map((e, i) => go(e, axis.extras[i], at)),
    };
  }

  /** One register tile: clears the sums, runs the summed axes, stores. */
  private tile(place: Place): void {
    const { b, c, plan } = this;
    const wide = plan.lanes > 1;
    const sums = this.rows.map(() => this.columns.map(() => b.variable(c.type, wide, "sum")));
    for (const row of sums) for (const sum of row) b.set(sum, constant(c.type, 0));
    if (!this.empty) this.sumOver(sums, place);
    this.rows.forEach((row, m) =>
      this.columns.forEach((column, v) => this.finish(row, column, read(sums[m][v]), place))
    );
  }

  /** Splits the summed axes into loops and an unrolled rest. */
  private sumOver(sums: Variable[][], place: Place): void {
    const axes = this.plan.sums;
    const most = Math.max(1, Math.min(stepLimit, Math.floor(bodyLimit / (this.rows.length * this.columns.length))));
    let inner = axes.length;
    let unrolled: Step[] = [{ x: 0, y: 0 }];
    while (inner > 0) {
      const more = axes[inner - 1].size * unrolled.length <= most &&
        repeat(unrolled, axes[inner - 1], axes[inner - 1].size);
      if (!more || this.repeats(more)) break;
      unrolled = more;
      inner--;
    }
    const partly = (axis: Axis) => {
      let times = unrolling(axis.size, Math.floor(most / unrolled.length));
      while (times > 1 && this.repeats(repeat(unrolled, axis, times))) times--;
      return times;
    };
    this.loops(axes.slice(0, inner), unrolled, partly, sums, place.x, place.y);
  }

  /** Whether a body of these steps would read an element twice. */
  private repeats(steps: readonly Step[]): boolean {
    const { y } = this.plan.sums[this.plan.sums.length - 1];
    return (y !== 0 && repeats(steps.map((s) => s.y), this.rows.map((row) => row.operand))) ||
      repeats(steps.map((s) => s.x), this.columns.map((column) => column.operand));
  }

  /** Loops over the summed axes that are not unrolled whole; `partly` is how often the innermost is to be unrolled. */
  private loops(
    axes: readonly Axis[],
    steps: readonly Step[],
    partly: (axis: Axis) => number,
    sums: Variable[][],
    x: Expr,
    y: Expr,
  ): void {
    const { b } = this;
    if (axes.length === 0) return this.body(steps, sums, x, y);
    const [axis, ...rest] = axes;
    const times = rest.length > 0 ? 1 : partly(axis);
    const px = this.pointer(x, axis.x);
    const py = this.pointer(y, axis.y);
    const advance = (p: Variable | undefined, by: number) => p && b.set(p, read(p).add(by));
    const trips = Math.floor(axis.size / times);
    b.loop(0, trips, 1, () => {
      this.loops(rest, repeat(steps, axis, times), partly, sums, px ? read(px) : x, py ? read(py) : y);
      advance(px, axis.x * times);
      advance(py, axis.y * times);
    }, "k");
    const left = axis.size - trips * times;
    if (left > 0) this.body(repeat(steps, axis, left), sums, px ? read(px) : x, py ? read(py) : y);
  }

  private pointer(from: Expr, stride: number): Variable | undefined {
    if (stride === 0) return undefined;
    const p = this.b.variable("int32", false, "p");
    this.b.set(p, from);
    return p;
  }

  /** Straight code for some steps of the sum. */
  private body(steps: readonly Step[], sums: Variable[][], x: Expr, y: Expr): void {
    const { b, plan } = this;
    const loadX = (step: Step, column: Cell) => b.load(this.xBuffer, x.add(step.x + column.operand), plan.vector?.x);
    if (plan.elementwise) {
      for (const step of steps) {
        this.columns.forEach((column, v) => {
          const other = b.load(this.yBuffer, y.add(step.y + plan.starts[v] * plan.vector!.y), 1);
          b.set(sums[0][v], loadX(step, column).fma(other, read(sums[0][v])));
        });
      }
      return;
    }
    const readY = this.broadcasts(steps, y);
    steps.forEach((step, s) => {
      // The shorter side waits in registers, the longer passes through one.
      if (this.columns.length <= this.rows.length) {
        const xs = this.columns.map((column) => b.let(loadX(step, column), "x"));
        this.rows.forEach((_, m) => {
          const value = b.let(readY(s, m), "y");
          xs.forEach((xv, v) => b.set(sums[m][v], value.fma(xv, read(sums[m][v]))));
        });
      } else {
        const ys = this.rows.map((_, m) => b.let(readY(s, m), "y"));
        this.columns.forEach((column, v) => {
          const value = b.let(loadX(step, column), "x");
          ys.forEach((yv, m) => b.set(sums[m][v], yv.fma(value, read(sums[m][v]))));
        });
      }
    });
  }

  /** How the body reads the broadcast operand: its value for a step and a row. */
  private broadcasts(steps: readonly Step[], y: Expr): (step: number, row: number) => Expr {
    const { b, plan, rows } = this;
    const single = (offset: number) => b.load(this.yBuffer, y.add(offset), plan.vector ? 0 : undefined);
    const offset = (s: number, m: number) => steps[s].y + rows[m].operand;
    if (plan.windows === "none") return (s, m) => single(offset(s, m));
    const all = steps.flatMap((_, s) => rows.map((_, m) => offset(s, m)));
    const low = Math.min(...all);
    const high = Math.max(...all);
    const sources = plan.windows === "rows"
      ? steps.map((_, s) => windowsOf(rows.map((_, m) => offset(s, m)), plan.lanes, low, high))
      : rows.map((_, m) => windowsOf(steps.map((_, s) => offset(s, m)), plan.lanes, low, high));
    const open = new Map<number, { window: number; vector: Expr }>();
    return (s, m) => {
      const [line, at] = plan.windows === "rows" ? [s, m] : [m, s];
      const { window, lane } = sources[line][at];
      if (window === undefined) return single(offset(s, m));
      let known = open.get(line);
      if (known?.window !== window) {
        known = { window, vector: b.let(b.load(this.yBuffer, y.add(window), 1), "window") };
        open.set(line, known);
      }
      return known.vector.lane(lane).splat();
    };
  }

  /** Stores one cell of the tile; sums that are added up without the outputs that a former tile has done. */
  private finish(row: Cell, column: Cell, sum: Expr, place: Place): void {
    const { b, c, plan } = this;
    const lanes = plan.lanes;
    if (!c.accumulate) return this.store(row, column, sum, place, undefined);
    const conditions: Expr[] = [];
    const overlap = (axis: TiledAxis) => axis.count * axis.tile - axis.size;
    plan.rows.forEach((axis, i) => {
      if (row.at[i] < overlap(axis)) conditions.push(this.fresh.get(axis)!);
    });
    plan.columns.forEach((axis, i) => {
      if (column.at[i] < overlap(axis)) conditions.push(this.fresh.get(axis)!);
    });
    const from = (first: number) => {
      if (first === 0) this.store(row, column, sum, place, undefined);
      else for (let lane = first; lane < lanes; lane++) this.store(row, column, sum, place, lane);
    };
    const all = () => {
      const { vector } = plan;
      const moved = vector ? overlap(vector) - column.at[plan.columns.length] : 0;
      if (moved <= column.covered) return from(column.covered);
      b.if(this.fresh.get(vector!)!, () => from(column.covered), () => from(Math.min(moved, lanes)));
    };
    if (conditions.length === 0) return all();
    b.if(conditions.reduce((p, q) => p.and(q)), all);
  }

  /** Stores a cell, or one lane of it. */
  private store(row: Cell, column: Cell, sum: Expr, place: Place, lane: number | undefined): void {
    const { b, c, plan } = this;
    const wide = plan.lanes > 1 && lane === undefined;
    const shift = lane ?? 0;
    const index = place.out.add(row.out + column.out + shift);
    let value = lane === undefined ? sum : sum.lane(lane);
    if (c.accumulate) value = b.load(2, index, wide ? 1 : undefined).add(value);
    if (c.epilogue) {
      const extraIndex = (k: number) =>
        place.extras[k].add(row.extras[k] + column.extras[k] + shift * (plan.vector?.extras[k] ?? 0));
      value = c.epilogue(value, {
        wide,
        builder: b,
        load: (k) => b.load(3 + k, extraIndex(k), wide ? plan.vector!.extras[k] : undefined),
        store: (k, extra) => b.store(3 + k, extraIndex(k), wide ? extra.splat() : extra),
      });
    }
    b.store(2, index, wide ? value.splat() : value);
  }
}

/** All cells of one side of a tile: the product of its axes' tiles, and on the side of x of the vectors. */
function cells(origin: Cell, axes: readonly TiledAxis[], operand: "x" | "y", plan?: Plan): Cell[] {
  let list = [origin];
  // The last axis varies fastest.
  const cross = (axis: TiledAxis, positions: readonly number[], distances: readonly number[], lanes: number) => {
    list = list.flatMap((cell) =>
      positions.map((at, i): Cell => ({
        operand: cell.operand + distances[i],
        out: cell.out + at * axis.out,
        extras: cell.extras.map((e, k) => e + at * axis.extras[k]),
        at: [...cell.at, at],
        covered: lanes > 1 ? i * lanes - at : 0,
      }))
    );
  };
  for (const axis of axes) {
    const positions = Array.from({ length: axis.tile }, (_, i) => i);
    cross(axis, positions, positions.map((at) => at * axis[operand]), 1);
  }
  if (plan?.vector) cross(plan.vector, plan.starts, plan.xStarts, plan.lanes);
  return list;
}
