/** What a program does and where its values stand, before any code: the same for WebAssembly and machine code. */
import type { Schedule } from "../../compile/fuse.ts";
import type { Buffer, Home } from "../../compile/home.ts";
import { bytesOf, type Lifetime, plan } from "../../compile/plan.ts";
import { compile } from "../../compile/pipeline.ts";
import type { DType, TypedArray } from "../../dtype.ts";
import { show } from "../../errors.ts";
import type { Graph } from "../../graph.ts";
import type { Block } from "./loops/control.ts";
import { type Argument, type Call, lower, type Lowered, type Stage, type Stripes } from "./loops/lower.ts";
import type { KernelMemo } from "./loops/memo.ts";
import { arenaLimit } from "./memory.ts";

/** An input or an output. */
export interface Port {
  readonly dtype: DType;
  readonly size: number;
  readonly place: Place;
}

/**
 * Where a value stands, in bytes: among the constants, in the arena, in each thread's own part of it, in the caller's array, or by itself,
 * for tests.
 */
export interface Place {
  readonly space: "lanes" | "arena" | "local" | "caller" | "apart";
  readonly offset: number;
  /** For the caller's arrays: which one, inputs first. For what stands by itself: its number. */
  readonly array: number;
}

/** How values are placed. */
export interface LayoutOptions {
  /** The bytes from which on the caller's arrays are read and written where they are; default: never. */
  readonly inPlace?: number;
  /** Whether every buffer is to stand by itself, for one thread: then nothing is where another thing was. */
  readonly apart?: boolean;
}

/** Bytes between the copies that threads have of a region's local buffers: not a multiple of a page, for the caches' sake. */
export const stagger = 4096 + 192;
/** Regions below this many operations stay on the caller's thread: waking another takes as long. */
export const forkWork = 2e6;
/** Parts into which the stripes of a region divide: a part is one thread's at a time, and adds up by itself. */
const slotLimit = 8;

/** A program that no arena holds, by its largest value. */
function tooLarge(graph: Graph, bytes: number): RangeError {
  const results = graph.nodes.flatMap((node) => node.outputs.map((t) => [node.primitive!.name, t] as const));
  const all = [...graph.inputs.map((t) => ["an input", t] as const), ...results];
  const sizes = all.map(([, t]) => t.size * bytesOf(t.dtype));
  const [name, { shape, dtype }] = all[sizes.indexOf(Math.max(...sizes))];
  const mebibytes = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
  return new RangeError(
    `cpu: the program needs ${mebibytes(bytes)} at once, ${mebibytes(Math.max(...sizes))} of them for ` +
      `${name} (${dtype} ${show(shape)}); the arena holds at most ${
        Math.floor(arenaLimit / 2 ** 20)
      } MiB: use a smaller batch or checkpoint`,
  );
}

/** The plan of a program. */
export class Layout {
  readonly stages: readonly Stage[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Bytes of the arena that all threads share. */
  readonly shared: number;
  /** Bytes that each thread needs for itself. */
  readonly own: number;
  /** The most that lives at once: of all threads, of each. */
  readonly least: { readonly shared: number; readonly own: number };
  /** The bytes of the largest buffer. */
  readonly largest: number;
  /** The bytes of what stands by itself. */
  readonly apart: readonly number[];
  private readonly where = new Map<Buffer, Place>();

  constructor(graph: Graph, memo: KernelMemo, { inPlace = Infinity, apart = false }: LayoutOptions = {}) {
    const closed: Graph = { ...graph, inputs: [...graph.inputs, ...graph.captures], captures: [] };
    const s = compile(closed);
    const { stages, buffers } = lower(s, memo);
    this.stages = stages;
    this.findCallers(s, closed.inputs.map((t) => t.size), graph.outputs.map((t) => t.size), inPlace);
    const mine = buffers.filter((buffer) => !this.where.has(buffer));
    const outer = this.planBlock({ inputs: s.inputs, outputs: s.outputs, stages, buffers: mine }, false);
    outer.place(0);
    this.shared = outer.bytes;
    let own = 0, ownLeast = 0;
    for (const { calls, stripes } of allStages(stages)) {
      if (!stripes) continue;
      const inner = plan(localLifetimes(calls, stripes));
      stripes.local.forEach((buffer, i) =>
        this.where.set(buffer, { space: "local", offset: inner.offsets[i], array: -1 })
      );
      own = Math.max(own, inner.bytes);
      ownLeast = Math.max(ownLeast, inner.least);
    }
    this.own = own;
    this.least = { shared: outer.least, own: ownLeast };
    if (this.shared + own > arenaLimit) throw tooLarge(graph, this.shared + own);
    this.largest = 0;
    for (const { size, dtype } of this.where.keys()) this.largest = Math.max(this.largest, size * bytesOf(dtype));
    const bytes: number[] = [];
    if (apart) {
      for (const buffer of this.where.keys()) {
        this.where.set(buffer, {
          space: "apart",
          offset: 0,
          array: bytes.push(buffer.size * bytesOf(buffer.dtype)) - 1,
        });
      }
    }
    this.apart = bytes;
    const port = (home: Home, size: number): Port => ({ dtype: home.buffer.dtype, size, place: this.place(home) });
    this.inputs = s.inputs.map((home, i) => port(home, closed.inputs[i].size));
    this.outputs = s.outputs.map((home, i) => port(home, graph.outputs[i].size));
  }

  /** The plan of a program or of a block in it; the inputs of a block last through all its turns. */
  private planBlock(
    { inputs, outputs, stages, buffers }: Lowered & Pick<Schedule, "inputs" | "outputs">,
    lasting: boolean,
  ): { readonly bytes: number; readonly least: number; place(base: number): void } {
    const inner = stages.map(({ control }) => control?.blocks.map((b) => this.planBlock(ported(b), true)) ?? []);
    const scratch = inner.map((blocks) =>
      blocks.map(({ bytes }): Buffer => ({ id: -1, dtype: "int32", size: Math.ceil(bytes / 4) }))
    );
    const all = [...buffers, ...scratch.flat()];
    const uses = usesOf(inputs, outputs, stages, scratch);
    const own = plan(lasting ? uses.lasting(inputs.map(({ buffer }) => buffer), all) : uses.of(all));
    return {
      bytes: own.bytes,
      least: own.least,
      place: (base) => {
        buffers.forEach((buffer, i) => {
          this.where.set(buffer, { space: "arena", offset: base + own.offsets[i], array: -1 });
        });
        inner.flat().forEach((block, i) => block.place(base + own.offsets[buffers.length + i]));
      },
    };
  }

  /** Where an argument of a kernel points. */
  place({ buffer, offset }: Argument | Home): Place {
    if (buffer === "lanes") return { space: "lanes", offset: 0, array: -1 };
    const place = this.where.get(buffer)!;
    return { ...place, offset: place.offset + offset * bytesOf(buffer.dtype) };
  }

  /** Large arrays that are one buffer as they are need no copy. */
  private findCallers(s: Schedule, inputs: readonly number[], outputs: readonly number[], inPlace: number): void {
    const consider = ({ buffer, offset }: Home, size: number, array: number): void => {
      const fits = offset === 0 && buffer.size === size && buffer.dtype !== "bool" && !this.where.has(buffer);
      if (fits && size * bytesOf(buffer.dtype) >= inPlace) {
        this.where.set(buffer, { space: "caller", offset: 0, array });
      }
    };
    s.inputs.forEach((home, i) => consider(home, inputs[i], i));
    const given = new Set(s.inputs.map(({ buffer }) => buffer));
    s.outputs.forEach((home, i) => given.has(home.buffer) || consider(home, outputs[i], inputs.length + i));
  }
}

/** The slots of a region. */
export function slotsOf({ count }: Stripes): number {
  return Math.min(count, slotLimit);
}

/** The work of a stage for all its stripes, in operations; memory counts too. */
export function workOf({ calls, stripes }: Stage): number {
  return calls.reduce((n, c) => n + c.flops + c.bytes / 4, 0) * (stripes?.count ?? 1);
}

/** How far an argument moves from stripe to stripe, in bytes. */
export function advanceOf({ buffer, advance = 0 }: Argument): number {
  return buffer === "lanes" ? 0 : advance * bytesOf(buffer.dtype);
}

/** A block as its plan sees it. */
function ported({ inputs, outputs, ...block }: Block): Lowered & Pick<Schedule, "inputs" | "outputs"> {
  return { ...block, inputs: inputs.map(({ home }) => home), outputs: outputs.map(({ home }) => home) };
}

/** All stages, those of loops and branches in their places too. */
export function allStages(stages: readonly Stage[]): Stage[] {
  return stages.flatMap((stage) => stage.control ? stage.control.blocks.flatMap((b) => allStages(b.stages)) : [stage]);
}

/** All calls of a stage, in the order in which their kernels are listed. */
export function allCalls({ calls, stripes, control }: Stage): readonly Call[] {
  if (control) return control.blocks.flatMap((block) => block.stages.flatMap(allCalls));
  return stripes ? [...calls, ...stripes.frames, ...stripes.zeros, ...stripes.combines] : calls;
}

/** A row of a report. */
export function described(
  { kernel, flops, bytes, lines }: Call,
  calls: number,
): { name: string; flops: number; bytes: number; calls: number; lines?: readonly string[] } {
  return { name: kernel.name, flops: flops * calls, bytes: bytes * calls, calls, lines };
}

/** Accumulates the first and last use of buffers, and which may take which one's place. */
class Uses {
  private readonly first = new Map<Buffer, number>();
  private readonly last = new Map<Buffer, number>();
  private readonly replaced = new Map<Buffer, Buffer>();

  touch(buffer: Buffer, from: number, to = from): void {
    this.first.set(buffer, Math.min(this.first.get(buffer) ?? Infinity, from));
    this.last.set(buffer, Math.max(this.last.get(buffer) ?? -Infinity, to));
  }

  replace({ inPlace = [] }: Call): void {
    for (const [before, after] of inPlace) this.replaced.set(after, before);
  }

  /** The lifetimes where some buffers are in use to the end. */
  lasting(inputs: readonly Buffer[], buffers: readonly Buffer[]): Lifetime[] {
    const end = Math.max(0, ...this.last.values()) + 1;
    for (const buffer of inputs) this.touch(buffer, -1, end);
    return this.of(buffers);
  }

  of(buffers: readonly Buffer[]): Lifetime[] {
    const numbers = new Map(buffers.map((buffer, i) => [buffer, i]));
    return buffers.map((buffer) => {
      const from = this.first.get(buffer);
      if (from === undefined) return { bytes: 0, from: 0, to: 0 };
      const replaces = numbers.get(this.replaced.get(buffer)!);
      return { bytes: buffer.size * bytesOf(buffer.dtype), from, to: this.last.get(buffer)!, replaces };
    });
  }
}

/** When each outer buffer is in use, counted in calls. What a region shares with its surroundings lives through all of its stripes. */
function usesOf(
  inputs: readonly Home[],
  outputs: readonly Home[],
  stages: readonly Stage[],
  scratch: readonly (readonly Buffer[])[],
): Uses {
  const uses = new Uses();
  const local = new Set(stages.flatMap(({ stripes }) => stripes?.local ?? []));
  inputs.forEach(({ buffer }) => uses.touch(buffer, -1));
  let step = 0;
  stages.forEach((stage, k) => {
    if (stage.control) {
      const { operands, outputs } = stage.control;
      for (const { home } of [...operands, ...outputs]) uses.touch(home.buffer, step);
      for (const buffer of scratch[k]) uses.touch(buffer, step);
      step++;
      return;
    }
    const end = step + stage.calls.length - 1;
    const inRegion = stage.stripes !== undefined;
    allCalls(stage).forEach((call, i) => {
      uses.replace(call);
      for (const { buffer } of call.args) {
        if (buffer === "lanes" || local.has(buffer)) continue;
        inRegion ? uses.touch(buffer, step, end) : uses.touch(buffer, step + i);
      }
    });
    step = end + 1;
  });
  outputs.forEach(({ buffer }) => uses.touch(buffer, step));
  return uses;
}

/** When each local buffer of a region is in use within a stripe. */
function localLifetimes(calls: readonly Call[], { local, lasting }: Stripes): Lifetime[] {
  const uses = new Uses();
  const mine = new Set(local);
  calls.forEach((call, step) => {
    uses.replace(call);
    for (const { buffer } of call.args) {
      if (buffer === "lanes" || !mine.has(buffer)) continue;
      lasting.has(buffer) ? uses.touch(buffer, 0, calls.length) : uses.touch(buffer, step);
    }
  });
  for (const buffer of lasting) uses.touch(buffer, 0, calls.length);
  return uses.of(local);
}

/** Whether an array is one that tensors of a type have. */
export function sameKind(array: TypedArray, dtype: DType): boolean {
  switch (dtype) {
    case "float32":
      return array instanceof Float32Array;
    case "float64":
      return array instanceof Float64Array;
    case "int32":
      return array instanceof Int32Array;
    case "uint32":
      return array instanceof Uint32Array;
    case "bool":
      return array instanceof Uint8Array;
  }
}
