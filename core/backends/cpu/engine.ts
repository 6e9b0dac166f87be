/** What runs a program's code: WebAssembly anywhere, machine code where it can. The rest of the backend knows no more of them. */
import type { Graph } from "../../graph.ts";
import type { Ceilings, Executable } from "../backend.ts";
import { measureCeilings } from "./ceilings.ts";
import { KernelCache } from "./kernels.ts";
import { KernelMemo } from "./loops/memo.ts";
import { arenaAt, Memory, pageLimit } from "./memory.ts";
import { type Machine, Program, wasmTarget } from "./program.ts";
import { Threads } from "./threads.ts";
import { hasRelaxedMadd } from "./wasm/features.ts";
import type { Features } from "./x64/code.ts";
import { NotNative } from "./x64/expression.ts";
import { Arena, CodeSpace, Driver } from "./x64/machine.ts";
import { type NativeMachine, NativeProgram, targetOf } from "./x64/program.ts";
import { obstacle, System } from "./x64/system.ts";

/** One way to run programs. */
export interface Engine {
  /** What runs, in words: `"WebAssembly"`, `"x86-64 with 512-bit vectors"`. */
  readonly name: string;
  /** How many kernels and regions it keeps. */
  readonly size: number;
  /** Compiles a Graph; a text says why this engine cannot. */
  compile(graph: Graph): Executable | string;
  resize(threads: number): void;
  close(): void;
}

/** Kernels in WebAssembly; with fused multiply-adds where the engine has them, if they are wanted. */
export class WasmEngine implements Engine {
  readonly name: string;
  private readonly machine: Machine;

  constructor(threads: number, fused = true) {
    this.name = fused ? "WebAssembly" : "WebAssembly without fused multiply-adds";
    const memory = new Memory();
    const kernels = new KernelCache(memory.memory, pageLimit, memory.shared, fused && hasRelaxedMadd);
    let measured: Ceilings | undefined;
    this.machine = {
      memory,
      kernels,
      threads: new Threads(memory, kernels, threads),
      memo: new KernelMemo(wasmTarget),
      ceilings: () =>
        measured ??= measureCeilings(wasmTarget, (list, bytes) => {
          memory.reserve(bytes);
          return kernels.functions(list).map(({ run }) => (...at) => run(...at.map((offset) => arenaAt + offset)));
        }),
    };
  }

  get size(): number {
    return this.machine.kernels.size + this.machine.threads.regionCount;
  }

  compile(graph: Graph): Executable {
    return new Program(graph, this.machine);
  }

  resize(threads: number): void {
    this.machine.threads.resize(threads);
  }

  close(): void {
    this.machine.threads.close();
  }
}

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

  get size(): number {
    return this.machine.code.size;
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

/** The native engine with vectors of at most so many bits (0: the widest), or why there is none here. */
export function startNative(vectors: number, threads: number, guarded = false): NativeEngine | string {
  const why = obstacle();
  if (why) return why;
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
