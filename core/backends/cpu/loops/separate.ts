/**
 * Takes the sums out of a nest whose short rows would leave them to scalars. A frame around one result keeps the loops of a plane
 * apart; the sums alone join them and run in whole vectors over what the nest has just stored.
 */
import { type Unit, valuesOf } from "../../../compile/fuse.ts";
import type { Nest, PlacedRoot, Value } from "../../../compile/nest.ts";
import { sizeOf } from "../../../shape.ts";
import { joinLoops } from "./lower_nest.ts";
import { virtualLanes } from "./reduction.ts";

/** Rows from this length on lose little to what does not fill the virtual lanes. */
const long = 8 * virtualLanes;

/** A unit as it is, or a nest as two: one that stores, then one that reduces. */
export function separate(unit: Unit): Unit[] {
  if (unit.kind !== "nest" || !unit.nest.rows) return [unit];
  const { nest } = unit;
  const row = rowOf(nest);
  if (row >= long || row % virtualLanes === 0) return [unit];
  const values = valuesOf(nest);
  // A result of the reductions is used in the row.
  if (values.some((v) => v.args.some(({ kind }) => kind === "reduce"))) return [unit];
  const sums = nest.roots.filter(({ value }) => value.kind === "reduce");
  const others = nest.roots.filter(({ value }) => value.kind !== "reduce");
  if (sums.length === 0 || others.length === 0) return [unit];
  // What a frame holds apart is computed again.
  const size = sizeOf(nest.extents);
  const stored = others.filter(({ home }) => home.buffer.size === size);
  const alone: Nest = { ...nest, roots: sums.map((root) => ({ ...root, value: loaded(root.value, stored) })) };
  if (rowOf(alone) <= row) return [unit];
  return [{ ...unit, nest: { ...nest, rows: undefined, roots: others } }, { ...unit, nest: alone }];
}

/** Elements of the innermost loop. */
function rowOf(nest: Nest): number {
  return joinLoops(nest, valuesOf(nest)).at(-1)?.extent ?? 1;
}

/** A value with what is stored below it read from there. */
function loaded(value: Value, stored: readonly PlacedRoot[]): Value {
  const root = stored.find((root) => root.value === value);
  if (root) return { ...value, kind: "load", args: [], home: root.home, index: root.index, node: undefined };
  if (value.args.length === 0) return value;
  const args = value.args.map((arg) => loaded(arg, stored));
  return args.every((arg, i) => arg === value.args[i]) ? value : { ...value, args };
}
