/** The engine of machine code. */
import type { Graph } from "../../../graph.ts";
import type { Ceilings, Executable } from "../../backend.ts";
import { measureCeilings } from "../ceilings.ts";
import type { Engine } from "../engine.ts";
import { KernelMemo } from "../loops/memo.ts";
import type { Features } from "./code.ts";
import { NotNative } from "./expression.ts";
import { Arena, CodeSpace, Driver } from "./machine.ts";
import { type NativeMachine, NativeProgram, targetOf } from "./program.ts";
import { System } from "./system.ts";

/** Kernels in machine code. */
export class NativeEngine implements Engine {
  readonly name: string;
  private readonly machine: NativeMachine;

  constructor(system: System, features: Features, threads: number, guarded = false) {
    this.name = `x86-64 code with vectors of ${features.wide ? 512 : 256} bits`;
    let measured: Ceilings | undefined;
    this.machine = {
      system,
      features,
      code: new CodeSpace(system, features),
      arena: new Arena(system),
      driver: new Driver(system, threads),
      memo: new KernelMemo(targetOf(features)),
      guarded,
      ceilings: () =>
        measured ??= measureCeilings(this.machine.memo.target, (list, bytes) => {
          const { arena, code } = this.machine;
          arena.reserve(bytes);
          const table = new BigUint64Array(8);
          const argument = system.pointer(system.addressOf(table));
          return code.addresses(list).map((address) => {
            const run = system.function(address);
            return (...at) => {
              at.forEach((offset, i) => table[i] = BigInt(arena.address + offset));
              run(argument);
            };
          });
        }),
    };
  }

  compile(graph: Graph): Executable | string {
    try {
      return new NativeProgram(graph, this.machine);
    } catch (e) {
      if (e instanceof NotNative) return e.message;
      throw e;
    }
  }

  resize(threads: number): void {
    this.machine.driver.resize(threads);
  }

  close(): void {
    this.machine.driver.close();
    this.machine.arena.release();
    this.machine.code.release();
  }
}

/** The engine with vectors of at most so many bits (0: the widest), or why there is none here. */
export function startNative(vectors: number, threads: number, guarded = false): NativeEngine | string {
  try {
    const system = new System();
    const features = system.features();
    if (!features) return "the processor has no 256-bit vectors with fused multiply-add";
    if (vectors === 512 && !features.wide) return "the processor has no 512-bit vectors";
    return new NativeEngine(system, { ...features, wide: features.wide && vectors !== 256 }, threads, guarded);
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}
