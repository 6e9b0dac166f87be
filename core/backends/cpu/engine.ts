/** What runs a program's code: WebAssembly here, machine code in x64/engine.ts. The rest of the backend knows no more of them. */
import type { Graph } from "../../graph.ts";
import type { Ceilings, Executable } from "../backend.ts";
import { measureCeilings } from "./ceilings.ts";
import { KernelCache } from "./kernels.ts";
import { KernelMemo } from "./loops/memo.ts";
import { arenaAt, Memory, pageLimit } from "./memory.ts";
import { type Machine, Program, wasmTarget } from "./program.ts";
import { Threads } from "./threads.ts";
import { hasRelaxedMadd } from "./wasm/features.ts";

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
