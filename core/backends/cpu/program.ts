/** A compiled Graph on the CPU: kernels over the arena, values copied in and out. */
import { absorb } from "../../compile/epilogue.ts";
import { expand } from "../../compile/expand.ts";
import { type Schedule, schedule } from "../../compile/fuse.ts";
import type { Buffer, Home } from "../../compile/home.ts";
import type { KernelMemo } from "./loops/memo.ts";
import { type Argument, type Call, lower, type Stage, type Stripes } from "./loops/lower.ts";
import type { Target } from "../../compile/loop.ts";
import { bytesOf, type Lifetime, plan } from "../../compile/plan.ts";
import { simplify } from "../../compile/simplify.ts";
import { stripe } from "../../compile/stripe.ts";
import type { DType, TypedArray } from "../../dtype.ts";
import type { Graph } from "../../graph.ts";
import type { Ceilings, Executable, ProgramReport, Storage } from "../backend.ts";
import type { KernelCache } from "./kernels.ts";
import { arenaAt, controlAt, lanesAt, type Memory } from "./memory.ts";
import { Restart, type Threads } from "./threads.ts";
import type { KernelFunction } from "./wasm/module.ts";
import { type CodedRegion, type CodedStep, runShare, word } from "./worker.ts";

/** 128-bit vectors, 16 registers, and a check of the bounds at each access. */
export const wasmTarget: Target = { lanes: 4, registers: 16, checked: true };

interface Port {
  readonly dtype: DType;
  readonly size: number;
  readonly at: number;
}

/** Bytes between the copies that threads have of a region's local buffers: not a multiple of a page, for the caches' sake. */
const stagger = 4096 + 192;
/** Parts into which the stripes of a region divide: a part is one thread's at a time, and adds up by itself. */
const slotLimit = 8;
/** Regions below this many operations stay on the caller's thread: waking another takes as long. */
const forkWork = 2e6;

interface Step {
  readonly run: KernelFunction;
  readonly offsets: readonly number[];
  readonly call: Call;
}

/** Kernels one after the other, or a region. */
type Part =
  | { readonly kind: "plain"; readonly steps: readonly Step[] }
  | {
    readonly kind: "region";
    readonly id: number;
    readonly coded: CodedRegion;
    readonly calls: readonly Call[];
    readonly alone: readonly KernelFunction[] | undefined;
    readonly large: boolean;
  };

/** What programs of a device share. */
export interface Machine {
  readonly memory: Memory;
  readonly kernels: KernelCache;
  readonly threads: Threads;
  readonly memo: KernelMemo;
  /** Measured when first asked for; the arena must be free then. */
  ceilings(): Ceilings;
}

/** The executable of a Graph. */
export class Program implements Executable {
  private readonly inputs: readonly Port[];
  private readonly outputs: readonly Port[];
  private readonly parts: readonly Part[];
  private readonly outerBytes: number;
  /** What each thread needs for itself. */
  private readonly span: number;
  /** The most that lives at once: of all threads, of each. */
  private readonly least: { readonly outer: number; readonly inner: number };
  /** Whether a region is worth more than one thread. */
  private readonly forks: boolean;

  constructor(graph: Graph, private readonly machine: Machine) {
    const { memory, kernels, threads } = machine;
    const closed: Graph = { ...graph, inputs: [...graph.inputs, ...graph.captures], captures: [] };
    const s = absorb(schedule(stripe(simplify(expand(simplify(closed))))));
    const { stages, buffers } = lower(s, machine.memo);
    const outer = plan(outerLifetimes(s, buffers, stages));
    const localAt = arenaAt + outer.bytes;
    const where = new Map<Buffer, number>();
    buffers.forEach((buffer, i) => where.set(buffer, arenaAt + outer.offsets[i]));
    let span = 0, innerLeast = 0;
    for (const { calls, stripes } of stages) {
      if (!stripes) continue;
      const inner = plan(localLifetimes(calls, stripes));
      stripes.local.forEach((buffer, i) => where.set(buffer, localAt + inner.offsets[i]));
      span = Math.max(span, inner.bytes + stagger);
      innerLeast = Math.max(innerLeast, inner.least);
    }
    this.outerBytes = outer.bytes;
    this.span = span;
    this.least = { outer: outer.least, inner: innerLeast };
    const at = ({ buffer, offset }: Argument): number =>
      buffer === "lanes" ? lanesAt : where.get(buffer)! + offset * bytesOf(buffer.dtype);
    const port = ({ buffer, offset }: Home, size: number): Port => ({
      dtype: buffer.dtype,
      size,
      at: at({ buffer, offset }),
    });
    this.inputs = s.inputs.map((home, i) => port(home, closed.inputs[i].size));
    this.outputs = s.outputs.map((home, i) => port(home, graph.outputs[i].size));
    memory.reserve(this.bytes);
    const loaded = kernels.functions(stages.flatMap((stage) => allCalls(stage).map((c) => c.kernel)));
    let next = 0;
    this.parts = stages.map((stage): Part => {
      const { calls, stripes } = stage;
      const own = loaded.slice(next, next += allCalls(stage).length);
      if (!stripes) {
        return {
          kind: "plain",
          steps: calls.map((call, i) => ({ run: own[i].run, offsets: call.args.map(at), call })),
        };
      }
      // A kernel that calls back into JavaScript has no number: then the region has a table of its own and one thread.
      const alone = own.some(({ id }) => id < 0) ? own.map(({ run }) => run) : undefined;
      const local = new Set(stripes.local);
      let k = 0;
      const code = (list: readonly Call[]): CodedStep[] =>
        list.map(({ args }) => {
          const kernel = alone ? k : own[k].id;
          k++;
          return {
            kernel,
            offsets: Int32Array.from(args, at),
            advance: Int32Array.from(args, ({ buffer, advance = 0 }) =>
              buffer === "lanes" ? 0 : advance * bytesOf(buffer.dtype)),
            local: Int32Array.from(args, ({ buffer }) =>
              buffer !== "lanes" && local.has(buffer) ? 1 : 0),
          };
        });
      const coded: CodedRegion = {
        count: stripes.count,
        slots: Math.min(stripes.count, slotLimit),
        span,
        steps: code(calls),
        frames: code(stripes.frames),
        zeros: code(stripes.zeros),
        combines: code(stripes.combines),
      };
      const work = calls.reduce((n, c) => n + c.flops + c.bytes / 4, 0) * stripes.count;
      return { kind: "region", id: alone ? -1 : threads.add(coded), coded, calls, alone, large: work > forkWork };
    });
    this.forks = this.parts.some((part) => part.kind === "region" && part.large && !part.alone);
  }

  private get bytes(): number {
    return this.outerBytes + this.span * this.machine.threads.count;
  }

  run(inputs: readonly Storage[], reuse: readonly Storage[] = []): Storage[] {
    const together = this.forks && this.machine.threads.ready();
    this.load(inputs);
    try {
      this.execute(together);
    } catch (e) {
      if (!(e instanceof Restart)) throw e;
      this.load(inputs);
      this.execute(false);
    }
    return this.store(reuse);
  }

  private execute(together: boolean): void {
    for (const part of this.parts) {
      if (part.kind === "plain") { for (const { run, offsets } of part.steps) run(...offsets); }
      else if (part.alone) this.runAlone(part.coded, part.alone);
      else this.machine.threads.run(part.id, together && part.large);
    }
  }

  private runAlone(region: CodedRegion, table: readonly KernelFunction[]): void {
    const { words } = this.machine.memory;
    const control = controlAt / 4;
    Atomics.store(words, control + word.next, 0);
    Atomics.store(words, control + word.turn, 0);
    runShare(region, table, words, control, 0, false);
  }

  private load(inputs: readonly Storage[]): void {
    const { memory } = this.machine;
    memory.reserve(this.bytes);
    for (let i = 0; i < this.inputs.length; i++) memory.write(inputs[i] as TypedArray, this.inputs[i].at);
  }

  private store(reuse: readonly Storage[]): Storage[] {
    const free = reuse.slice() as TypedArray[];
    return this.outputs.map(({ dtype, size, at }) => {
      const k = free.findIndex((array) => array.length === size && dtype !== "bool" && sameKind(array, dtype));
      return this.machine.memory.read(dtype, at, size, k < 0 ? undefined : free.splice(k, 1)[0]);
    });
  }

  report(inputs: readonly Storage[]): ProgramReport {
    this.load(inputs);
    const { threads } = this.machine;
    const notes: string[] = [];
    const kernels = this.parts.flatMap((part) => {
      if (part.kind === "plain") {
        return part.steps.map(({ run, offsets, call }) => {
          const start = performance.now();
          run(...offsets);
          return { ...described(call, 1), milliseconds: performance.now() - start };
        });
      }
      const { coded, calls } = part;
      notes.push(
        `a region of ${calls.length} kernels runs for ${coded.count} stripes in ${coded.slots} slots, up to ${threads.count} threads`,
      );
      const table = part.alone ?? this.machine.kernels.table;
      // One kernel at a time, on this thread, with a clock: wrapped so that the region's own driver runs them.
      const milliseconds = calls.map(() => 0);
      const timed: KernelFunction[] = [];
      const index = (
        steps: readonly CodedStep[],
        count: (i: number) => ((ms: number) => void) | undefined,
      ): CodedStep[] =>
        steps.map((step, i) => {
          const tell = count(i);
          const run = table[step.kernel];
          timed.push(
            tell
              ? (...args) => {
                const start = performance.now();
                run(...args);
                tell(performance.now() - start);
              }
              : run,
          );
          return { ...step, kernel: timed.length - 1 };
        });
      const quiet = () => undefined;
      const wrapped: CodedRegion = {
        ...coded,
        frames: index(coded.frames, quiet),
        zeros: index(coded.zeros, quiet),
        steps: index(coded.steps, (i) => (ms) => void (milliseconds[i] += ms)),
        combines: index(coded.combines, quiet),
      };
      this.runAlone(wrapped, timed);
      return calls.map((call, i) => ({ ...described(call, coded.count), milliseconds: milliseconds[i] }));
    });
    if (threads.failure) notes.push(`one thread: ${threads.failure}`);
    const ceilings = this.machine.ceilings();
    const leastBytes = this.least.outer + this.least.inner * threads.count;
    return { device: "cpu", kernels, arenaBytes: this.bytes, leastBytes, ceilings, notes };
  }
}

function described(
  { kernel, flops, bytes }: Call,
  calls: number,
): { name: string; flops: number; bytes: number; calls: number } {
  return { name: kernel.name, flops: flops * calls, bytes: bytes * calls, calls };
}

function allCalls({ calls, stripes }: Stage): readonly Call[] {
  return stripes ? [...calls, ...stripes.frames, ...stripes.zeros, ...stripes.combines] : calls;
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
function outerLifetimes(s: Schedule, buffers: readonly Buffer[], stages: readonly Stage[]): Lifetime[] {
  const uses = new Uses();
  const local = new Set(stages.flatMap(({ stripes }) => stripes?.local ?? []));
  s.inputs.forEach(({ buffer }) => uses.touch(buffer, -1));
  let step = 0;
  for (const stage of stages) {
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
  }
  s.outputs.forEach(({ buffer }) => uses.touch(buffer, step));
  return uses.of(buffers);
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

function sameKind(array: TypedArray, dtype: DType): boolean {
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
