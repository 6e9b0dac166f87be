/**
 * Nests that reduce: each row of the nest is shared by some invocations of a workgroup, which meet in a tree in workgroup memory.
 *
 * A pass computes what depends on the reductions of the passes before it. Short rows, or many, run all passes in one kernel. Few long
 * rows run pass by pass: the row in chunks, a workgroup each, and a second kernel that combines the chunks.
 */
import type { DType } from "../../dtype.ts";
import { valuesOf } from "../../compile/fuse.ts";
import type { Buffer } from "../../compile/home.ts";
import type { Nest, PlacedRoot, Value } from "../../compile/nest.ts";
import type { ReduceOp } from "../../primitive.ts";
import {
  changes,
  coefficient,
  decompose,
  describeNest,
  type Loop,
  mergeLoops,
  neighbours,
  spanOf,
  spans,
  ValueWriter,
  workgroup as flat,
} from "./nest.ts";
import { Accumulator } from "./reduce.ts";
import { Lines, type Term } from "./wgsl/expression.ts";
import { type Dispatch, iterationLimit, Parameters } from "./wgsl/kernel.ts";

/** Rows longer than this are divided if there are few of them. */
const longRow = 8192;

/** What rows ask of the device. */
export interface RowTarget {
  /** Invocations of a workgroup, a power of two. */
  readonly workgroup: number;
  /** Workgroups that are enough to keep the device busy. */
  readonly groups: number;
  /** Neighbours that one invocation computes at a time. */
  readonly span: number;
}

/** The kernels of a nest with reductions; `scratch` makes buffers that live between them. */
export function rowKernels(nest: Nest, target: RowTarget, scratch: (dtype: DType, size: number) => Buffer): Dispatch[] {
  return new RowLowering(nest, target).run(scratch);
}

/** Where a part of the work runs: all passes together, or one pass of a divided row. */
interface Mode {
  readonly passes: readonly number[];
  readonly chunks: number;
  /** Where reductions of earlier passes stand, one word a row. */
  readonly known: ReadonlyMap<Value, Buffer>;
  /** Where the partial results of this pass go. */
  readonly partial: ReadonlyMap<Value, readonly Buffer[]>;
}

class RowLowering {
  private readonly values: readonly Value[];
  private readonly loops: readonly Loop[];
  private readonly passOf = new Map<Value, number>();
  private readonly rowLoops: readonly Loop[];
  private readonly innerLoops: readonly Loop[];
  private readonly rows: number;
  /** Elements of a row, and neighbours that are one step along it. */
  private readonly length: number;
  private readonly span: number;
  private readonly steps: number;
  private readonly last: number;
  private readonly told: ReturnType<typeof describeNest>;

  constructor(private readonly nest: Nest, private readonly target: RowTarget) {
    this.values = valuesOf(nest);
    this.loops = mergeLoops(nest, this.values);
    this.rowLoops = this.loops.filter((l) => l.row);
    this.innerLoops = this.loops.filter((l) => !l.row);
    this.rows = this.rowLoops.reduce((n, l) => n * l.extent, 1);
    this.length = this.innerLoops.reduce((n, l) => n * l.extent, 1);
    this.span = spanOf(this.innerLoops[this.innerLoops.length - 1], target.span, this.rows * this.length);
    this.steps = this.length / this.span;
    for (const value of this.values) {
      let pass = 0;
      for (const arg of value.args) pass = Math.max(pass, this.passOf.get(arg)! + (arg.kind === "reduce" ? 1 : 0));
      this.passOf.set(value, pass);
    }
    this.last = Math.max(...nest.roots.map((root) => this.rootPass(root)));
    this.told = describeNest(nest);
  }

  run(scratch: (dtype: DType, size: number) => Buffer): Dispatch[] {
    const { rows, length, steps, last, target: { workgroup, groups: busy } } = this;
    const threads = this.threadsARow();
    const groups = Math.ceil(rows / (workgroup / threads));
    const long = (Math.ceil(steps / threads) + 1) * (last + 1) > iterationLimit;
    if (!long && (length < longRow || groups >= busy)) {
      const all = Array.from({ length: last + 1 }, (_, i) => i);
      return [this.kernel({ passes: all, chunks: 1, known: new Map(), partial: new Map() }, threads, this.told)];
    }
    const chunks = Math.min(1024, Math.ceil(length / 4096));
    const dispatches: Dispatch[] = [];
    const known = new Map<Value, Buffer>();
    const share = { flops: this.told.flops / (last + 1), bytes: this.told.bytes / (last + 1) };
    for (let pass = 0; pass <= last; pass++) {
      const reduces = this.reducesOf(pass);
      const partial = new Map<Value, readonly Buffer[]>();
      for (const r of reduces) {
        const parts = new Accumulator(r.op!, r.dtype, true).parts;
        partial.set(r, Array.from({ length: parts }, () => scratch(r.dtype, rows * chunks)));
      }
      dispatches.push(
        this.kernel({ passes: [pass], chunks, known: new Map(known), partial }, workgroup, {
          name: `${this.told.name}#${pass}`,
          ...share,
        }),
      );
      for (const r of reduces) {
        const to = scratch(r.dtype, rows);
        dispatches.push(combineKernel(r.op!, r.dtype, partial.get(r)!, to, rows, chunks));
        known.set(r, to);
      }
      const scalars = this.nest.roots.filter((root) =>
        this.rootPass(root) === pass && root.value.kind === "reduce" && !this.spreads(root)
      );
      if (scalars.length > 0) dispatches.push(this.scalarKernel(scalars, known));
    }
    return dispatches;
  }

  private reducesOf(pass: number): Value[] {
    return this.values.filter((v) => v.kind === "reduce" && this.passOf.get(v) === pass);
  }

  private isInner(value: Value): boolean {
    return this.innerLoops.some(({ parts }) => parts.some((k) => value.loops.has(k)));
  }

  /** Whether a root's elements run along the row, whatever its value depends on. */
  private spreads({ value, index }: PlacedRoot): boolean {
    return this.isInner(value) || this.innerLoops.some(({ parts }) => parts.some((k) => index[k] !== 0));
  }

  /** The pass that stores a root: a reduction that is repeated along the row waits for the next one. */
  private rootPass(root: PlacedRoot): number {
    return this.passOf.get(root.value)! + (root.value.kind === "reduce" && this.spreads(root) ? 1 : 0);
  }

  private threadsARow(): number {
    const { workgroup } = this.target;
    let threads = 1;
    while (threads < workgroup && threads * 4 < this.steps) threads *= 2;
    return threads;
  }

  /** Whether neighbours in memory are neighbouring rows. */
  private columnwise(): boolean {
    const lastRow = this.rowLoops[this.rowLoops.length - 1], lastInner = this.innerLoops[this.innerLoops.length - 1];
    if (!lastRow || !lastInner) return false;
    const strided = (loop: Loop): number =>
      this.values.filter((v) => v.kind === "load" && Math.abs(coefficient(v.index!, loop)) > 1).length;
    return strided(lastRow) < strided(lastInner);
  }

  private kernel(mode: Mode, threads: number, told: { name: string; flops: number; bytes: number }): Dispatch {
    const { chunks } = mode;
    const { workgroup } = this.target;
    const perGroup = workgroup / threads; // rows of a workgroup
    const parameters = new Parameters();
    const writer = new ValueWriter(this.loops, parameters);
    const lines = new Lines();
    const groups = Math.ceil(this.rows / perGroup);
    // Whether every invocation has a row: the grid has no workgroups too many.
    const full = this.rows % perGroup === 0 && groups * chunks <= 65535;
    if (chunks > 1) {
      lines.add(`let chunk = i32(wg % ${chunks}u);`);
      lines.add(`let wide = i32(wg / ${chunks}u);`);
    } else lines.add(`let wide = i32(wg);`);
    // Uniform control flow up to the last barrier: invocations without a row of their own work on the last one and store nothing.
    if (this.columnwise()) lines.add(`let r = i32(li) & ${perGroup - 1}; let t = i32(li) >> ${Math.log2(perGroup)}u;`);
    else lines.add(`let r = i32(li) >> ${Math.log2(threads)}u; let t = i32(li) & ${threads - 1};`);
    lines.add(`let mine = wide * ${perGroup} + r;`);
    lines.add(`let active_ = mine < ${this.rows} && wide < ${groups};`);
    lines.add(`let row = min(mine, ${this.rows - 1});`);
    const rowNames = decompose("row", this.rowLoops.map((l) => l.extent), lines);
    const from = chunks > 1 ? `chunk * ${Math.ceil(this.steps / chunks)}` : "0";
    const to = chunks > 1 ? `min(${this.steps}, from_ + ${Math.ceil(this.steps / chunks)})` : `${this.steps}`;
    lines.add(`let from_ = ${from}; let to_ = ${to};`);

    const scalars = new Map<Value, Term>();
    for (const [value, buffer] of mode.known) {
      const at = parameters.read(buffer);
      scalars.set(value, {
        text: lines.let(
          value.dtype === "bool"
            ? `ld${at}(row) != 0u`
            : value.dtype === "uint32"
            ? `ld${at}(row)`
            : `bitcast<${value.dtype === "float32" ? "f32" : "i32"}>(ld${at}(row))`,
        ),
        type: value.dtype,
        sum: true,
      });
    }
    const scalarNames = [...rowNames, ...this.innerLoops.map(() => "0")];
    const scalar = (value: Value): Term => {
      let term = scalars.get(value);
      if (!term) scalars.set(value, term = writer.render(value, scalar, scalarNames, lines));
      return term;
    };
    const accumulators: Accumulator[] = [];
    for (const pass of mode.passes) {
      // What the row knows by now, for all of the passes that follow.
      for (const value of this.values) {
        if (
          value.kind !== "reduce" && value.kind !== "constant" && !this.isInner(value) &&
          this.passOf.get(value)! <= pass
        ) scalar(value);
      }
      const here = this.nest.roots.filter((root) => this.rootPass(root) === pass);
      const inner = here.filter((root) => this.spreads(root));
      const reduces = this.reducesOf(pass);
      const single = here.filter((root) => !this.spreads(root) && root.value.kind !== "reduce");
      const storeRow = (root: PlacedRoot, term: Term): void => {
        lines.add(`if (active_ && t == 0${chunks > 1 ? " && chunk == 0" : ""}) {`);
        writer.store(root, term, scalarNames, lines);
        lines.add("}");
      };
      for (const root of single) storeRow(root, scalar(root.value));
      if (inner.length > 0 || reduces.length > 0) {
        // What a sum lost is one of the parts that the chunks of a row are combined from.
        const many = Math.ceil(this.steps / chunks / threads) * this.span > 16;
        const mine = reduces.map((r) => new Accumulator(r.op!, r.dtype, many || mode.partial.has(r)));
        mine.forEach((a) => a.begin(lines));
        const once = this.steps <= threads && chunks === 1;
        lines.add(
          once ? `if (t < ${this.steps}) { let e = t;` : `for (var e = from_ + t; e < to_; e += ${threads}) {`,
        );
        const body = new Lines(lines);
        const all = neighbours(
          decompose("e", spans(this.innerLoops, this.span), body),
          this.span,
          body,
        ).map((names) => [...rowNames, ...names]);
        const lastLoop = this.innerLoops[this.innerLoops.length - 1];
        const terms = all.map(() => new Map<Value, Term>());
        const term = (value: Value, u: number): Term => {
          if (value.kind === "reduce" || !this.isInner(value)) return scalar(value);
          const at = changes(value, lastLoop) ? u : 0;
          let known = terms[at].get(value);
          if (!known) {
            const again = this.passOf.get(value)! < pass ? this.nest.roots.find((r) => r.value === value) : undefined;
            // What an earlier pass has stored is loaded back: by the invocation that stored it.
            const load = again && value.kind === "apply"
              ? { ...value, home: again.home, index: again.index }
              : value.kind === "load"
              ? value
              : undefined;
            if (load && changes(value, lastLoop)) {
              writer.loadAll(load, all, body).forEach((term, i) => terms[i].set(value, term));
              return terms[at].get(value)!;
            }
            known = load
              ? writer.load(load.home!.buffer, value.dtype, load.index!, all[at], body)
              : writer.render(value, (v) => term(v, at), all[at], body);
            terms[at].set(value, known);
          }
          return known;
        };
        for (const root of inner) {
          const stored = all.map((_, u) => term(root.value, u));
          if (!full) body.add("if (active_) {");
          writer.storeAll(root, stored, all, body);
          if (!full) body.add("}");
        }
        reduces.forEach((r, i) => mine[i].addAll(all.map((_, u) => term(r.args[0], u).text), body));
        lines.add(`${body}\n}`);
        mine.forEach((a, i) => {
          const place = { row: "r", lane: "t", lanes: threads };
          const parts = a.tree(place, lines);
          accumulators.push(a);
          const partial = mode.partial.get(reduces[i]);
          if (partial) {
            lines.add("if (active_ && t == 0) {");
            parts.forEach((text, k) =>
              lines.add(`st${parameters.write(partial[k])}(row * ${chunks} + chunk, ${a.word(text)});`)
            );
            lines.add("}");
          } else scalars.set(reduces[i], { text: lines.let(a.finish(parts)), type: reduces[i].dtype, sum: true });
        });
      }
      if (mode.partial.size === 0) {
        for (const root of here) {
          if (root.value.kind === "reduce" && !this.spreads(root)) storeRow(root, scalars.get(root.value)!);
        }
      }
    }
    const shared = threads > 1 && accumulators.length > 0 ? `var<workgroup> shared_: array<u32, ${workgroup}>;\n` : "";
    return {
      ...told,
      body: `${shared}fn main_(wg: u32, li: u32) {\n${lines}\n}`,
      invocations: workgroup,
      groups: groups * chunks,
      parameters: parameters.list,
      iterations: mode.passes.length * Math.ceil(this.steps / chunks / threads),
    };
  }

  /** Stores the results of reductions, one invocation a row. */
  private scalarKernel(roots: readonly PlacedRoot[], known: ReadonlyMap<Value, Buffer>): Dispatch {
    const parameters = new Parameters();
    const writer = new ValueWriter(this.loops, parameters);
    const lines = new Lines();
    const names = [...decompose("row", this.rowLoops.map((l) => l.extent), lines), ...this.innerLoops.map(() => "0")];
    for (const root of roots) writer.storeWord(root, `ld${parameters.read(known.get(root.value)!)}(row)`, names, lines);
    return {
      name: "scalars",
      body:
        `fn main_(wg: u32, li: u32) {\n  let row = i32(wg * ${flat}u + li);\n  if (row >= ${this.rows}) { return; }\n${lines}\n}`,
      invocations: flat,
      groups: Math.ceil(this.rows / flat),
      parameters: parameters.list,
      flops: 0,
      bytes: 8 * this.rows * roots.length,
      iterations: 0,
    };
  }
}

/** Combines the partial results of the chunks of each row: a workgroup a row. */
export function combineKernel(
  op: ReduceOp,
  dtype: DType,
  from: readonly Buffer[],
  to: Buffer,
  rows: number,
  chunks: number,
): Dispatch {
  const parameters = new Parameters();
  const lines = new Lines();
  const a = new Accumulator(op, dtype, true);
  const sources = from.map((buffer) => parameters.read(buffer));
  a.begin(lines);
  lines.add(`for (var e = i32(li); e < ${chunks}; e += 64) {`);
  sources.forEach((at, k) => a.addPart(k, a.value(`ld${at}(i32(wg) * ${chunks} + e)`), lines));
  lines.add("}");
  const parts = a.tree({ row: "0", lane: "i32(li)", lanes: 64 }, lines);
  lines.add(`if (li == 0u && wg < ${rows}u) { st${parameters.write(to)}(i32(wg), ${a.word(a.finish(parts))}); }`);
  return {
    name: `${op}.combine`,
    body: `var<workgroup> shared_: array<u32, 64>;\nfn main_(wg: u32, li: u32) {\n${lines}\n}`,
    invocations: 64,
    groups: rows,
    parameters: parameters.list,
    flops: rows * chunks,
    bytes: 4 * rows * (chunks * from.length + 1),
    iterations: Math.ceil(chunks / 64),
  };
}
