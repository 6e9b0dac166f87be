/** Elementwise nests as kernels: one invocation an element, any number of outputs. */
import type { DType } from "../../dtype.ts";
import type { Index } from "../../compile/affine.ts";
import { read as readVariable, type Variable } from "../../compile/expr.ts";
import { valuesOf } from "../../compile/fuse.ts";
import type { Buffer } from "../../compile/home.ts";
import type { Nest, PlacedRoot, Value } from "../../compile/nest.ts";
import { sizeOf } from "../../shape.ts";
import { convert, fromWord, Lines, literal, renderExpr, type Term, toWord } from "./wgsl/expression.ts";
import { type Dispatch, Parameters } from "./wgsl/kernel.ts";

/** Invocations of a workgroup. */
export const workgroup = 256;

/** One loop, made of neighbouring loops of the nest that all indices run through evenly. */
export interface Loop {
  readonly extent: number;
  /** The nest's loops, outermost first. */
  readonly parts: readonly number[];
  readonly row: boolean;
}

/** The loops of a nest, rows first, neighbours joined where every index allows it. */
export function mergeLoops({ extents, rows, roots }: Nest, values: readonly Value[]): Loop[] {
  const indices: Index[] = [...values.flatMap((v) => v.index ? [v.index] : []), ...roots.map((r) => r.index)];
  const kept = extents.map((_, k) => k).filter((k) => extents[k] !== 1);
  const isRow = (k: number): boolean => !!rows?.has(k);
  const merged: { extent: number; parts: number[]; row: boolean }[] = [];
  for (const k of [...kept.filter(isRow), ...kept.filter((k) => !isRow(k))]) {
    const last = merged[merged.length - 1];
    const before = last?.parts[last.parts.length - 1];
    const joins = last !== undefined && last.row === isRow(k) &&
      indices.every((index) => index[before] === index[k] * extents[k]) &&
      values.every((v) => v.loops.has(k) === v.loops.has(before));
    if (joins) {
      last.extent *= extents[k];
      last.parts.push(k);
    } else merged.push({ extent: extents[k], parts: [k], row: isRow(k) });
  }
  return merged;
}

/** The coefficient of a merged loop: that of its innermost part. */
export function coefficient(index: Index, { parts }: Loop): number {
  return index[parts[parts.length - 1]];
}

/** An index as WGSL over the variables of the loops. */
export function indexText(index: Index, loops: readonly Loop[], names: readonly string[]): string {
  const terms: string[] = [];
  loops.forEach((loop, i) => {
    const c = coefficient(index, loop);
    if (c !== 0) terms.push(c === 1 ? names[i] : `${names[i]} * ${c}`);
  });
  const offset = index[index.length - 1];
  if (offset !== 0 || terms.length === 0) terms.push(String(offset));
  return terms.join(" + ");
}

/** Divides a flat position, which is never negative, over loops: names for their variables. The first extent is not looked at. */
export function decompose(flat: string, extents: readonly number[], lines: Lines): string[] {
  const names = new Array<string>(extents.length);
  let rest = flat;
  for (let i = extents.length - 1; i >= 0; i--) {
    const n = extents[i];
    if (i === 0) names[i] = lines.let(rest);
    else if (n === 1) names[i] = "0";
    else if (Number.isInteger(Math.log2(n))) {
      // Signed divisions by constants, and unsigned ones by other numbers, cost several times as much.
      names[i] = lines.let(`(${rest}) & ${n - 1}`);
      rest = lines.let(`(${rest}) >> ${Math.log2(n)}u`);
    } else {
      const whole = lines.let(rest), quotient = lines.let(`i32(u32(${whole}) / ${n}u)`);
      names[i] = lines.let(`${whole} - ${quotient} * ${n}`);
      rest = quotient;
    }
  }
  return names;
}

const fours = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: list.length / 4 }, (_, k) => list.slice(4 * k, 4 * k + 4));

/** Renders the values of a nest where the loops have these names. */
export class ValueWriter {
  constructor(private readonly loops: readonly Loop[], private readonly parameters: Parameters) {}

  load(buffer: Buffer, dtype: DType, index: Index, names: readonly string[], lines: Lines): Term {
    const at = this.parameters.read(buffer);
    return {
      text: lines.let(fromWord(dtype, `ld${at}(${indexText(index, this.loops, names)})`)),
      type: dtype,
      sum: false,
    };
  }

  /** Neighbours along the last loop of a load, four together where they stand together. */
  loadAll({ home, dtype, index }: Value, all: readonly (readonly string[])[], lines: Lines): Term[] {
    const { buffer } = home!;
    if (!this.together(index!, all.length)) return all.map((names) => this.load(buffer, dtype, index!, names, lines));
    const at = this.parameters.widen(this.parameters.read(buffer));
    return fours(all).flatMap(([names]) => {
      const words = lines.let(`ldv${at}(${indexText(index!, this.loops, names)})`);
      return [..."xyzw"].map((c): Term => ({
        text: lines.let(fromWord(dtype, `${words}.${c}`)),
        type: dtype,
        sum: false,
      }));
    });
  }

  /** Stores neighbours along the last loop. */
  storeAll(root: PlacedRoot, terms: readonly Term[], all: readonly (readonly string[])[], lines: Lines): void {
    const { home, index, value: { dtype } } = root;
    if (!this.together(index, all.length)) return all.forEach((names, u) => this.store(root, terms[u], names, lines));
    const at = this.parameters.widen(this.parameters.write(home.buffer));
    fours(all).forEach(([names], k) => {
      const words = terms.slice(4 * k, 4 * k + 4).map(({ text }) => toWord(dtype, text)).join(", ");
      lines.add(`stv${at}(${indexText(index, this.loops, names)}, vec4<u32>(${words}));`);
    });
  }

  /** Whether so many neighbours along the last loop are vectors of four in memory. */
  private together(index: Index, span: number): boolean {
    const step = this.loops.length > 0 ? coefficient(index, this.loops[this.loops.length - 1]) : 0;
    return span % 4 === 0 && step === 1 && index[index.length - 1] % 4 === 0 &&
      this.loops.slice(0, -1).every((loop) => coefficient(index, loop) % 4 === 0);
  }

  store(root: PlacedRoot, term: Term, names: readonly string[], lines: Lines): void {
    this.storeWord(root, toWord(root.value.dtype, term.text), names, lines);
  }

  storeWord({ home, index }: PlacedRoot, word: string, names: readonly string[], lines: Lines): void {
    const at = this.parameters.write(home.buffer);
    lines.add(`st${at}(${indexText(index, this.loops, names)}, ${word});`);
  }

  /** A value from the terms of its arguments. */
  render(value: Value, term: (v: Value) => Term, names: readonly string[], lines: Lines): Term {
    const { dtype } = value;
    switch (value.kind) {
      case "constant":
        return { text: literal(dtype, value.number!), type: dtype, sum: false };
      case "load":
        return this.load(value.home!.buffer, dtype, value.index!, names, lines);
      case "iota": {
        const at: Term = { text: lines.let(indexText(value.index!, this.loops, names)), type: "int32", sum: false };
        return { text: lines.let(convert(at, dtype)), type: dtype, sum: false };
      }
      case "apply": {
        const { primitive, params, outputs } = value.node!;
        const { lower } = primitive!;
        if (lower.kind !== "elementwise") throw new Error(`${primitive!.name} is not elementwise`);
        const args = value.args.map((arg, id) => readVariable({ id, type: arg.dtype, wide: false, name: "x" }));
        const expr = lower.expr(args, params, outputs.map((t) => t.aval));
        return renderExpr(expr, (v: Variable) => term(value.args[v.id]), lines);
      }
      case "reduce":
        throw new Error("a reduction was used before its pass");
    }
  }
}

/** What a nest does, in a few words, and its counts. */
export function describeNest(nest: Nest): { name: string; flops: number; bytes: number } {
  const values = valuesOf(nest);
  const operations = values.filter((v) => v.kind === "apply").map((v) => v.node!.primitive!.name);
  const reductions = values.filter((v) => v.kind === "reduce").map((v) => v.op!);
  const name = [...new Set([...operations, ...reductions])].slice(0, 6).join("+") || "copy";
  const elements = sizeOf(nest.extents);
  const reach = (loops: ReadonlySet<number>): number => nest.extents.reduce((n, e, k) => loops.has(k) ? n * e : n, 1);
  let traffic = 0;
  for (const v of values) if (v.kind === "load") traffic += reach(v.loops);
  for (const { index } of nest.roots) traffic += nest.extents.reduce((n, e, k) => index[k] !== 0 ? n * e : n, 1);
  return { name, flops: elements * (operations.length + reductions.length), bytes: 4 * traffic };
}

/**
 * So many neighbours along a loop as one invocation computes: what does not depend on the loop it computes, and loads, once for all. Code
 * grows with it, so little work is not worth it.
 */
export function spanOf(loop: Loop | undefined, wanted: number, elements: number): number {
  let span = elements >= 16384 ? wanted : 1;
  while (span > 1 && (loop?.extent ?? 1) % span !== 0) span /= 2;
  return span;
}

/** Names of the loops' variables at each of the neighbours: those of the first one, and the last loop's further on. */
export function neighbours(names: readonly string[], span: number, lines: Lines): string[][] {
  if (span === 1) return [[...names]];
  const first = lines.let(`${names[names.length - 1]} * ${span}`);
  return Array.from(
    { length: span },
    (_, u) => [...names.slice(0, -1), u === 0 ? first : lines.let(`${first} + ${u}`)],
  );
}

/** The extents of loops whose last one is walked `span` at a time. */
export const spans = (loops: readonly Loop[], span: number): number[] =>
  loops.map((l, i) => i === loops.length - 1 ? l.extent / span : l.extent);

/** Whether a value changes along a loop. */
export const changes = ({ loops }: Value, loop: Loop | undefined): boolean => !!loop?.parts.some((k) => loops.has(k));

/** The kernel of a nest without reductions: `wanted` neighbours an invocation, where the extents allow it. */
export function elementwiseKernel(nest: Nest, wanted = 1): Dispatch {
  const values = valuesOf(nest);
  const loops = mergeLoops(nest, values), last = loops[loops.length - 1];
  const parameters = new Parameters();
  const lines = new Lines();
  const elements = sizeOf(nest.extents), span = spanOf(last, wanted, elements);
  const total = elements / span;
  const all = neighbours(decompose("id", spans(loops, span), lines), span, lines);
  const writer = new ValueWriter(loops, parameters);
  const terms = all.map(() => new Map<Value, Term>());
  for (const value of values) {
    if (value.kind === "load" && changes(value, last)) {
      writer.loadAll(value, all, lines).forEach((term, u) => terms[u].set(value, term));
      continue;
    }
    let term: Term | undefined;
    all.forEach((names, u) => {
      if (!term || changes(value, last)) term = writer.render(value, (v) => terms[u].get(v)!, names, lines);
      terms[u].set(value, term);
    });
  }
  for (const root of nest.roots) writer.storeAll(root, terms.map((known) => known.get(root.value)!), all, lines);
  const body = `fn main_(wg: u32, li: u32) {
  let id = i32(wg * ${workgroup}u + li);
  if (id < 0 || id >= ${total}) { return; }
${lines}
}`;
  const { name, flops, bytes } = describeNest(nest);
  return {
    name,
    body,
    invocations: workgroup,
    groups: Math.ceil(total / workgroup),
    parameters: parameters.list,
    flops,
    bytes,
    iterations: 0,
  };
}
