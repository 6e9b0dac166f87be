/** A compiled Graph as WebAssembly: kernels over the arena, values copied in and out. */
import type { Target } from "../../compile/loop.ts";
import type { TypedArray } from "../../dtype.ts";
import type { Graph } from "../../graph.ts";
import type { Ceilings, Executable, ProgramReport, Storage } from "../backend.ts";
import type { KernelCache } from "./kernels.ts";
import { type ArenaSpan, type ControlPart, runControl } from "./control.ts";
import { Meter } from "./meter.ts";
import {
  advanceOf,
  allCalls,
  allStages,
  forkWork,
  Layout,
  type Place,
  sameKind,
  slotsOf,
  stagger,
  workOf,
} from "./layout.ts";
import type { Span } from "./loops/control.ts";
import type { Argument, Call, Stage } from "./loops/lower.ts";
import type { KernelMemo } from "./loops/memo.ts";
import { arenaAt, controlAt, lanesAt, type Memory } from "./memory.ts";
import { Restart, type Threads } from "./threads.ts";
import type { KernelFunction } from "./wasm/module.ts";
import { type CodedRegion, type CodedStep, runShare, word } from "./worker.ts";

/** 128-bit vectors, 16 registers of which one is the emitter's own, and a check of the bounds at each access. */
export const wasmTarget: Target = { lanes: 4, registers: 15, checked: true };

export interface Step {
  readonly run: KernelFunction;
  readonly offsets: readonly number[];
  readonly call: Call;
}

/** Kernels one after the other, a region, or a loop or a branch. */
export type Part =
  | { readonly kind: "plain"; readonly steps: readonly Step[] }
  | {
    readonly kind: "region";
    readonly id: number;
    readonly coded: CodedRegion;
    readonly calls: readonly Call[];
    readonly alone: readonly KernelFunction[] | undefined;
    readonly large: boolean;
  }
  | ControlPart;

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
  private readonly layout: Layout;
  private readonly parts: readonly Part[];
  /** What each thread needs for itself. */
  private readonly span: number;
  /** Whether a region is worth more than one thread. */
  private readonly forks: boolean;

  constructor(graph: Graph, private readonly machine: Machine) {
    const { memory, kernels, threads } = machine;
    const layout = this.layout = new Layout(graph, machine.memo);
    const { stages } = layout;
    this.span = allStages(stages).some(({ stripes }) => stripes) ? layout.own + stagger : 0;
    const at = (arg: Argument): number => this.at(layout.place(arg));
    memory.reserve(this.bytes);
    const loaded = kernels.functions(stages.flatMap((stage) => allCalls(stage).map((c) => c.kernel)));
    let next = 0;
    const partOf = (stage: Stage): Part => {
      const { calls, stripes, control } = stage;
      if (control) {
        const span = ({ home, words }: Span): ArenaSpan => ({ at: at(home) / 4, words });
        const blocks = control.blocks.map((block) => ({
          inputs: block.inputs.map(span),
          outputs: block.outputs.map(span),
          parts: block.stages.map(partOf),
        }));
        const operands = control.operands.map(span), outputs = control.outputs.map(span);
        return { kind: "control", flow: control.flow, operands, outputs, blocks };
      }
      const own = loaded.slice(next, next += allCalls(stage).length);
      if (!stripes) {
        return {
          kind: "plain",
          steps: calls.map((call, i) => ({ run: own[i].run, offsets: call.args.map(at), call })),
        };
      }
      // A kernel that calls back into JavaScript has no number: then the region has a table of its own and one thread.
      const alone = own.some(({ id }) => id < 0) ? own.map(({ run }) => run) : undefined;
      let k = 0;
      const code = (list: readonly Call[]): CodedStep[] =>
        list.map(({ args }) => {
          const kernel = alone ? k : own[k].id;
          k++;
          return {
            kernel,
            offsets: Int32Array.from(args, at),
            advance: Int32Array.from(args, advanceOf),
            local: Int32Array.from(args, (arg) => layout.place(arg).space === "local" ? 1 : 0),
          };
        });
      const coded: CodedRegion = {
        count: stripes.count,
        slots: slotsOf(stripes),
        span: this.span,
        steps: code(calls),
        frames: code(stripes.frames),
        zeros: code(stripes.zeros),
        combines: code(stripes.combines),
      };
      const large = workOf(stage) > forkWork;
      return { kind: "region", id: alone ? -1 : threads.add(coded), coded, calls, alone, large };
    };
    this.parts = stages.map(partOf);
    this.forks = allStages(stages).some((stage) => stage.stripes && workOf(stage) > forkWork);
  }

  private get bytes(): number {
    return this.layout.shared + this.span * this.machine.threads.count;
  }

  /** Where a place is in the memory, for the caller's thread. */
  private at({ space, offset }: Place): number {
    return space === "lanes" ? lanesAt : arenaAt + offset + (space === "local" ? this.layout.shared : 0);
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

  private execute(together: boolean, parts = this.parts): void {
    const { words } = this.machine.memory;
    for (const part of parts) {
      if (part.kind === "plain") { for (const { run, offsets } of part.steps) run(...offsets); }
      else if (part.kind === "control") runControl(part, words, (inner) => this.execute(together, inner));
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
    this.layout.inputs.forEach(({ place }, i) => memory.write(inputs[i] as TypedArray, this.at(place)));
  }

  private store(reuse: readonly Storage[]): Storage[] {
    const free = reuse.slice() as TypedArray[];
    return this.layout.outputs.map(({ dtype, size, place }) => {
      const k = free.findIndex((array) => array.length === size && dtype !== "bool" && sameKind(array, dtype));
      return this.machine.memory.read(dtype, this.at(place), size, k < 0 ? undefined : free.splice(k, 1)[0]);
    });
  }

  report(inputs: readonly Storage[]): ProgramReport {
    this.load(inputs);
    const { threads } = this.machine;
    const meter = new Meter((region, table) => this.runAlone(region, table), this.machine);
    const notes: string[] = [];
    const describe = (parts: readonly Part[]): void => {
      for (const part of parts) {
        if (part.kind === "control") part.blocks.forEach((block) => describe(block.parts));
        if (part.kind !== "region") continue;
        const { calls, coded: { count, slots } } = part;
        notes.push(
          `a region of ${calls.length} kernels runs for ${count} stripes in ${slots} slots, up to ${threads.count} threads`,
        );
      }
    };
    describe(this.parts);
    meter.run(this.parts);
    if (threads.failure) notes.push(`one thread: ${threads.failure}`);
    const { least } = this.layout;
    const leastBytes = least.shared + least.own * threads.count;
    const ceilings = this.machine.ceilings();
    return { device: "cpu", kernels: meter.rows(this.parts), arenaBytes: this.bytes, leastBytes, ceilings, notes };
  }
}
