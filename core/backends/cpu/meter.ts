/** A clock around every kernel of a program, one after the other on the caller's thread. */
import type { KernelReport } from "../backend.ts";
import { runControl } from "./control.ts";
import { described } from "./layout.ts";
import type { Call } from "./loops/lower.ts";
import type { Machine, Part } from "./program.ts";
import type { KernelFunction } from "./wasm/module.ts";
import type { CodedRegion, CodedStep } from "./worker.ts";

interface Count {
  calls: number;
  milliseconds: number;
}

/** Runs parts and counts; then tells. */
export class Meter {
  private readonly counts = new Map<Call, Count>();
  private readonly timed = new Map<Part, { readonly coded: CodedRegion; readonly table: readonly KernelFunction[] }>();

  constructor(
    private readonly runRegion: (region: CodedRegion, table: readonly KernelFunction[]) => void,
    private readonly machine: Machine,
  ) {}

  /** Runs the parts once. */
  run(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part.kind === "plain") {
        for (const { run, offsets, call } of part.steps) this.timing(call, run)(...offsets);
      } else if (part.kind === "control") runControl(part, this.machine.memory.words, (inner) => this.run(inner));
      else {
        const { coded, table } = this.wrapped(part);
        this.runRegion(coded, table);
      }
    }
  }

  /** The kernels in the order of the program, with what was counted. */
  rows(parts: readonly Part[]): KernelReport[] {
    return parts.flatMap((part): KernelReport[] => {
      if (part.kind === "control") return part.blocks.flatMap((block) => this.rows(block.parts));
      const calls = part.kind === "plain" ? part.steps.map(({ call }) => call) : part.calls;
      return calls.map((call) => {
        const { calls: times, milliseconds } = this.counts.get(call) ?? { calls: 0, milliseconds: 0 };
        return { ...described(call, times), milliseconds };
      });
    });
  }

  private timing(call: Call, run: KernelFunction): KernelFunction {
    let count = this.counts.get(call);
    if (!count) this.counts.set(call, count = { calls: 0, milliseconds: 0 });
    const mine = count;
    return (...args) => {
      const start = performance.now();
      run(...args);
      mine.milliseconds += performance.now() - start;
      mine.calls++;
    };
  }

  /** A region whose kernels are counted, run by its own driver. */
  private wrapped(part: Part & { kind: "region" }): { coded: CodedRegion; table: readonly KernelFunction[] } {
    const known = this.timed.get(part);
    if (known) return known;
    const { coded, calls } = part;
    const own = part.alone ?? this.machine.kernels.table;
    const table: KernelFunction[] = [];
    const index = (steps: readonly CodedStep[], counted?: readonly Call[]): CodedStep[] =>
      steps.map((step, i) => {
        const run = own[step.kernel];
        return { ...step, kernel: table.push(counted ? this.timing(counted[i], run) : run) - 1 };
      });
    const made = {
      coded: {
        ...coded,
        frames: index(coded.frames),
        zeros: index(coded.zeros),
        steps: index(coded.steps, calls),
        combines: index(coded.combines),
      },
      table,
    };
    this.timed.set(part, made);
    return made;
  }
}
