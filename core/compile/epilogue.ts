/**
 * Epilogues: elementwise work on the results of a contraction (a bias, an activation, the sum with another one's results) done before
 * they are stored, while they are in registers. What a reduction goes on with is stored, once, by the contraction.
 */
import type { WalkAxis } from "./expand.ts";
import { type Schedule, type Unit, valuesOf } from "./fuse.ts";
import type { Buffer } from "./home.ts";
import type { Nest, PlacedRoot, Value } from "./nest.ts";
import type { Index } from "./affine.ts";

type Contract = Unit & { readonly kind: "contract" };
type NestUnit = Unit & { readonly kind: "nest" };

/** Operations that a register tile may repeat for each of its cells, and buffers besides the operands. */
const operationLimit = 12;
const extraLimit = 6;
/** Functions of many instructions stay in a kernel of their own. */
const dear = new Set(["exp", "log", "sigmoid", "tanh", "sin", "cos", "erf", "pow"]);

/** The schedule with nests absorbed by the contractions that they follow. */
export function absorb(s: Schedule): Schedule {
  return { ...s, units: new Absorber(s).run() };
}

class Absorber {
  private readonly units: Unit[] = [];
  private readonly readers = new Map<Buffer, Set<Unit>>();
  private readonly writers = new Map<Buffer, Set<Unit>>();
  /** Buffers whose contents matter beyond the units that read them. */
  private readonly outside: ReadonlySet<Buffer>;

  constructor(private readonly s: Schedule) {
    this.outside = new Set([...s.outputs.map((home) => home.buffer), ...s.accumulators, ...s.fills.keys()]);
  }

  run(): Unit[] {
    const { units } = this;
    const all = this.s.units.map((u) => u.kind === "region" ? { ...u, schedule: absorb(u.schedule) } : u);
    for (const unit of all) this.enter(unit);
    for (const unit of all) {
      // The last contraction that a nest reads takes it: the others' results stand in memory by then.
      const contract = unit.kind === "nest" ? this.lastContract(unit) : undefined;
      units.push(...contract && this.take(contract, unit as NestUnit) || [unit]);
    }
    for (const unit of [...units]) if (unit.kind === "contract") this.advance(unit);
    return units;
  }

  private enter(unit: Unit): void {
    for (const [map, buffers] of [[this.readers, readsOf(unit)], [this.writers, writesOf(unit)]] as const) {
      for (const buffer of buffers) map.set(buffer, (map.get(buffer) ?? new Set()).add(unit));
    }
  }

  private leave(unit: Unit): void {
    for (const buffer of readsOf(unit)) this.readers.get(buffer)!.delete(unit);
    for (const buffer of writesOf(unit)) this.writers.get(buffer)!.delete(unit);
  }

  private replace(old: Unit, unit: Unit): void {
    this.leave(old);
    this.enter(unit);
    this.units[this.units.lastIndexOf(old)] = unit;
  }

  private lastContract(nest: Unit): Contract | undefined {
    const reads = readsOf(nest);
    let last: Contract | undefined;
    let position = -1;
    for (const buffer of reads) {
      for (const writer of this.writers.get(buffer) ?? []) {
        if (writer.kind !== "contract" || writer.out.buffer !== buffer) continue;
        const at = this.units.lastIndexOf(writer);
        if (at > position) [last, position] = [writer, at];
      }
    }
    return last;
  }

  /** Gives the work of a nest, which comes next, to a contraction; what then comes next in its place, undefined if it stays. */
  private take(contract: Contract, unit: NestUnit): Unit[] | undefined {
    const { nest } = unit, { buffer } = contract.out;
    if (contract.accumulate || contract.epilogue || buffer.dtype !== "float32") return undefined;
    const roots = nest.roots.filter((root) => isWholly(root, nest) && !reduces(root.value));
    if (!roots.some((root) => loadOf(root.value, buffer))) return undefined;
    const others = nest.roots.filter((root) => !roots.includes(root));
    const rest: NestUnit | undefined = others.length > 0
      ? { kind: "nest", nest: reading({ ...nest, roots: others }, roots) }
      : undefined;
    const i = this.units.lastIndexOf(contract);
    const between = this.units.slice(i + 1);
    const awaited = between.some((u) => readsOf(u).has(buffer));
    const kept = this.outside.has(buffer) || this.readers.get(buffer)!.size > 1 || (rest && readsOf(rest).has(buffer));
    const own: Nest = { extents: nest.extents, rows: undefined, roots };
    const epilogue = over(contract, own, !!kept);
    if (!epilogue) return undefined;
    // The contraction comes down to the nest, or, if somebody waits for its results, the nest up to the contraction.
    if (awaited) {
      const needs = readsOf({ kind: "nest", nest: own });
      needs.delete(buffer);
      if (between.some((u) => [...writesOf(u)].some((b) => needs.has(b)))) return undefined;
    }
    const made: Contract = { ...contract, ...epilogue };
    this.leave(unit);
    this.replace(contract, made);
    if (rest) this.enter(rest);
    if (!awaited) this.units.splice(i, 1);
    return [...awaited ? [] : [made], ...rest ? [rest] : []];
  }

  /**
   * Where all that reads the results of a contraction begins with the same function of them, the contraction stores that function's
   * values in their place.
   */
  private advance(contract: Contract): void {
    const { buffer } = contract.out;
    if (contract.accumulate || buffer.dtype !== "float32" || this.outside.has(buffer)) return;
    if (this.writers.get(buffer)!.size > 1) return;
    const readers = [...this.readers.get(buffer) ?? []];
    if (readers.length === 0 || !readers.every((unit) => unit.kind === "nest")) return;
    let found: readonly (readonly Value[])[] | undefined; // by reader, the values to be read in place of the results
    let current = readers.map(({ nest }) => valuesOf(nest).filter((v) => v.home?.buffer === buffer));
    while (true) {
      const next = readers.map(({ nest }, n) => consumersOf(nest, current[n]));
      const node = next[0]?.[0]?.node;
      if (!node || next.some((values) => !values || values.some((v) => v.node !== node))) break;
      current = next as Value[][];
      if (node.outputs.length === 1 && node.outputs[0].dtype === "float32") found = current;
    }
    if (!found) return;
    let first = 0;
    const positions = readers.map((unit) => this.units.lastIndexOf(unit));
    positions.forEach((at, n) => at < positions[first] && (first = n));
    const [value] = found[first];
    if (contract.epilogue) {
      const epilogue = storing(contract.epilogue, buffer, value);
      if (!epilogue) return;
      this.replace(contract, { ...contract, epilogue });
    } else {
      const { index } = loadOf(value, buffer)!;
      const { extents } = readers[first].nest;
      const made = over(
        contract,
        { extents, rows: undefined, roots: [{ value, home: contract.out, index: index! }] },
        false,
      );
      if (!made) return;
      const unit: Contract = { ...contract, ...made };
      this.replace(contract, unit);
      // What else the function reads is there when the first reader comes.
      this.units.splice(this.units.lastIndexOf(unit), 1);
      this.units.splice(positions[first] - 1, 0, unit);
    }
    readers.forEach((unit, n) => {
      const stored = found.at(n)!.map((v): PlacedRoot => {
        const { home, index } = loadOf(v, buffer)!;
        return { value: v, home: home!, index: index! };
      });
      this.replace(unit, { kind: "nest", nest: reading(unit.nest, stored) });
    });
  }
}

/**
 * What a nest computes from some of its values; undefined if it stores one of them, reduces it, or mixes it with others or with what the
 * nest itself reduces, which is not there yet when the contraction runs.
 */
function consumersOf(nest: Nest, values: readonly Value[]): Value[] | undefined {
  const mine = new Set(values);
  if (nest.roots.some((root) => mine.has(root.value))) return undefined;
  const consumers = valuesOf(nest).filter((v) => v.args.some((arg) => mine.has(arg)));
  return consumers.every((v) => v.kind === "apply" && !reduces(v)) ? consumers : undefined;
}

/** The epilogue with what it computes as `value` stored in place of the sums; undefined if it does not compute it or stores no sums. */
function storing(epilogue: Nest, sums: Buffer, value: Value): Nest | undefined {
  const same = valuesOf(epilogue).find((v) => v.node !== undefined && v.node === value.node);
  const kept = epilogue.roots.find((root) => root.home.buffer === sums);
  if (!same || !kept) return undefined;
  return { ...epilogue, roots: epilogue.roots.map((root) => root === kept ? { ...root, value: same } : root) };
}

/** The contraction's axes divided as the nest's loops are, and the nest over them; undefined if they do not fit or it would not pay. */
function over(
  { params, a, b, out }: Contract,
  nest: Nest,
  kept: boolean,
): { params: Contract["params"]; epilogue: Nest } | undefined {
  const values = valuesOf(nest);
  const sums = values.filter((v) => v.home?.buffer === out.buffer);
  const loads = values.filter((v) => v.kind === "load");
  const applied = values.filter((v) => v.kind === "apply").map((v) => v.node!.primitive!.name);
  if (applied.length > operationLimit || applied.some((name) => dear.has(name))) return undefined;
  if (loads.length - 1 + nest.roots.length - 1 + (kept ? 1 : 0) > extraLimit) return undefined;
  if (sums.length !== 1 || values.some((v) => v.kind === "iota" || !isPlain(v))) return undefined;
  const fit = refine(
    params.axes,
    (axis) => axis.out ? out.strides[axis.out[0]] * axis.out[1] : 0,
    nest,
    sums[0].index!,
  );
  if (!fit || sums[0].index![nest.extents.length] !== out.offset) return undefined;
  const { axes, loops } = fit;
  const map = (index: Index): Index => [
    ...loops.map((loop) => loop ? index[loop.loop] * loop.step : 0),
    index[nest.extents.length],
  ];
  const made = new Map<Value, Value>();
  const moved = (value: Value): Value => {
    let known = made.get(value);
    if (!known) {
      known = { ...value, args: value.args.map(moved), index: value.index && map(value.index) };
      made.set(value, known);
    }
    return known;
  };
  const roots: PlacedRoot[] = nest.roots.map((root) => ({ ...root, value: moved(root.value), index: map(root.index) }));
  if (kept) roots.push({ value: moved(sums[0]), home: out, index: map(sums[0].index!) });
  const indices = [...[...made.values()].flatMap((v) => v.index ? [v.index] : []), ...roots.map((r) => r.index)];
  // Lanes run where the results are neighbours, and all that is stored must be so there.
  const sum = map(sums[0].index!);
  const lane = axes.findIndex((_, k) => sum[k] === 1);
  if (lane < 0 || roots.some((root) => root.index[lane] !== 1)) return undefined;
  // Axes that were one for the contraction must be one for the epilogue too: short rows make poor tiles.
  const walk = (
    axis: WalkAxis,
  ): number[] => [axis.a ? a.strides[axis.a[0]] * axis.a[1] : 0, axis.b ? b.strides[axis.b[0]] * axis.b[1] : 0];
  for (let p = 0; p < axes.length; p++) {
    for (let q = 0; q < axes.length; q++) {
      if (p === q || !axes[p].out || !axes[q].out) continue;
      const inner = [...walk(axes[q]), sum[q]], outer = [...walk(axes[p]), sum[p]];
      const one = outer.every((n, k) => n === inner[k] * axes[q].size);
      if (one && indices.some((index) => index[p] !== index[q] * axes[q].size)) return undefined;
    }
  }
  return {
    params: { ...params, axes },
    epilogue: { extents: axes.map((axis) => axis.size), rows: undefined, roots },
  };
}

/** For each axis the loop that it is, or the part of one: its elements are `step` elements of the loop apart. */
interface Fit {
  readonly axes: readonly WalkAxis[];
  readonly loops: readonly ({ readonly loop: number; readonly step: number } | undefined)[];
}

/** Divides axes and loops that walk through the same elements in the same way until each axis is part of one loop. */
function refine(
  given: readonly WalkAxis[],
  strideOf: (axis: WalkAxis) => number,
  { extents }: Nest,
  index: Index,
): Fit | undefined {
  const axes: WalkAxis[] = [], loops: Fit["loops"][number][] = [];
  const open = extents.map((size, loop) => ({ loop, size, done: 1 })).filter(({ size }) => size !== 1);
  for (const axis of given) {
    if (!axis.out || axis.size === 1) {
      axes.push(axis);
      loops.push(undefined);
      continue;
    }
    const parts: { axis: WalkAxis; loop: Fit["loops"][number] }[] = [];
    let left = axis.size;
    let step = 1; // elements of the axis between those of the next part
    while (left > 1) {
      // The rest of a loop goes on where its inner part ended.
      const loop = open.find((o) => o.size > 1 && index[o.loop] * o.done === strideOf(axis) * step);
      if (!loop) return undefined;
      const size = Math.min(left, loop.size);
      if (left % size !== 0 || loop.size % size !== 0) return undefined;
      parts.unshift({ axis: partOf(axis, size, step), loop: { loop: loop.loop, step: loop.done } });
      loop.done *= size;
      loop.size /= size;
      left /= size;
      step *= size;
    }
    for (const part of parts) {
      axes.push(part.axis);
      loops.push(part.loop);
    }
  }
  return open.some((o) => o.size > 1) ? undefined : { axes, loops };
}

function partOf(axis: WalkAxis, size: number, step: number): WalkAxis {
  const walk = (w: WalkAxis["a"]): WalkAxis["a"] => w && [w[0], w[1] * step];
  return { size, a: walk(axis.a), b: walk(axis.b), out: walk(axis.out) };
}

/** Whether a root has an element for each turn of the loops. */
function isWholly({ index }: PlacedRoot, { extents }: Nest): boolean {
  return extents.every((n, k) => n === 1 || index[k] !== 0);
}

function isPlain(value: Value): boolean {
  return value.dtype === "float32" || value.dtype === "bool" && value.kind !== "load";
}

/** A value and all that it is computed from. */
function valuesUnder(value: Value): Value[] {
  return valuesOf({ roots: [{ value }] });
}

/** Whether a value follows from a reduction. */
function reduces(value: Value): boolean {
  return valuesUnder(value).some((v) => v.kind === "reduce");
}

/** How a value reads a buffer. */
function loadOf(value: Value, buffer: Buffer): Value | undefined {
  return valuesUnder(value).find((v) => v.home?.buffer === buffer);
}

/** The nest with what is stored elsewhere read from there. */
function reading(nest: Nest, stored: readonly PlacedRoot[]): Nest {
  const made = new Map<Value, Value>();
  for (const { value, home, index } of stored) {
    if (value.kind !== "apply") continue;
    made.set(value, { id: value.id, dtype: value.dtype, kind: "load", args: [], loops: value.loops, home, index });
  }
  const replaced = (value: Value): Value => {
    let known = made.get(value);
    if (!known) made.set(value, known = value.args.length > 0 ? { ...value, args: value.args.map(replaced) } : value);
    return known;
  };
  return { ...nest, roots: nest.roots.map((root) => ({ ...root, value: replaced(root.value) })) };
}

function readsOf(unit: Unit): Set<Buffer> {
  switch (unit.kind) {
    case "nest":
      return new Set(valuesOf(unit.nest).flatMap((v) => v.home ? [v.home.buffer] : []));
    case "contract": {
      const more = unit.epilogue ? readsOf({ kind: "nest", nest: unit.epilogue }) : new Set<Buffer>();
      more.delete(unit.out.buffer);
      return new Set([unit.a.buffer, unit.b.buffer, ...more]);
    }
    case "loops":
    case "control":
      return new Set(unit.operands.map((home) => home.buffer));
    case "region":
      return new Set([
        ...unit.schedule.inputs.map((h) => h.buffer),
        ...unit.schedule.units.flatMap((u) => [...readsOf(u)]),
      ]);
  }
}

function writesOf(unit: Unit): Set<Buffer> {
  switch (unit.kind) {
    case "nest":
      return new Set(unit.nest.roots.map((root) => root.home.buffer));
    case "contract":
      return unit.epilogue ? writesOf({ kind: "nest", nest: unit.epilogue }) : new Set([unit.out.buffer]);
    case "loops":
      return new Set([...unit.outputs.map((home) => home.buffer), ...unit.scratch]);
    case "control":
      return new Set(unit.outputs.map((home) => home.buffer));
    case "region":
      return new Set(unit.schedule.units.flatMap((u) => [...writesOf(u)]));
  }
}
