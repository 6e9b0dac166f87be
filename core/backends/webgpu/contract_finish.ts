/** What becomes of the sums of a contraction: they are stored, or an epilogue goes on with them while they are in registers. */
import { valuesOf } from "../../compile/fuse.ts";
import type { Home } from "../../compile/home.ts";
import type { Nest, Value } from "../../compile/nest.ts";
import type { Axis } from "./contract.ts";
import { coefficient, indexText, type Loop, ValueWriter } from "./nest.ts";
import type { Lines, Term } from "./wgsl/expression.ts";
import type { Parameters } from "./wgsl/kernel.ts";

/** The epilogue that stores the sums and does nothing else, over axes of these sizes that step through the output. */
export function plainly(sizes: readonly number[], steps: readonly number[], out: Home): Nest {
  const index = [...steps, out.offset];
  const value: Value = {
    id: 0,
    dtype: out.buffer.dtype,
    kind: "load",
    args: [],
    loops: new Set(),
    home: out,
    index,
  };
  return { extents: sizes, rows: undefined, roots: [{ value, home: out, index }] };
}

/** Renders an epilogue. */
export class Finish {
  /** The axes of the output, that of neighbouring elements last. */
  readonly axes: readonly Axis[];
  private readonly values: readonly Value[];
  private readonly loops: readonly Loop[];
  private readonly writer: ValueWriter;
  private readonly known = new Map<string, Term[]>();

  constructor(
    private readonly nest: Nest,
    private readonly out: Home,
    batch: readonly Axis[],
    rows: readonly Axis[],
    columns: readonly Axis[],
    parameters: Parameters,
  ) {
    const [{ index }] = nest.roots;
    /** Whether neighbours along the columns are neighbours in memory. */
    const near = (axes: readonly Axis[]): number =>
      Math.min(...axes.map(({ parts }) => Math.abs(index[parts.at(-1)!])));
    this.axes = near(columns) <= near(rows) ? [...batch, ...rows, ...columns] : [...batch, ...columns, ...rows];
    this.loops = this.axes.map(({ size, parts }) => ({ extent: size, parts, row: false }));
    this.values = valuesOf(nest);
    this.writer = new ValueWriter(this.loops, parameters);
  }

  /**
   * Goes on with a sum, or with four neighbours along the last axis, and stores what comes of them. `names` says where they are, axis by
   * axis; `inside` that the lines are those of a block.
   */
  store(sums: readonly string[], names: readonly (readonly string[])[], lines: Lines, inside: boolean): void {
    const last = this.loops.at(-1);
    const terms = names.map(() => new Map<Value, Term>());
    for (const value of this.values) {
      const { kind, dtype, home, index } = value;
      if (home?.buffer === this.out.buffer) {
        sums.forEach((text, u) => terms[u].set(value, { text, type: dtype, sum: true }));
      } else if (kind === "load") {
        const moves = last !== undefined && coefficient(index!, last) !== 0;
        const key = `${value.id} ${moves ? names.length : 1} ${indexText(index!, this.loops, names[0])}`;
        let loaded = inside ? undefined : this.known.get(key);
        loaded ??= this.writer.loadAll(value, moves ? names : names.slice(0, 1), lines);
        if (!inside) this.known.set(key, loaded);
        terms.forEach((known, u) => known.set(value, loaded![moves ? u : 0]));
      } else {
        terms.forEach((known, u) => known.set(value, this.writer.render(value, (v) => known.get(v)!, names[u], lines)));
      }
    }
    for (const root of this.nest.roots) {
      this.writer.storeAll(root, terms.map((known) => known.get(root.value)!), names, lines);
    }
  }
}
