/** What runs a program's code: WebAssembly here, machine code in x64/engine.ts. The rest of the backend knows no more of them. */
import type { Graph } from "../../graph.ts";
import type { Ceilings, Executable } from "../backend.ts";
import { measureCeilings } from "./ceilings.ts";
import { KernelCache } from "./kernels.ts";
import { KernelMemo } from "./loops/memo.ts";
import { arenaAt, Memory, pageLimit } from "./memory.ts";
import { type Machine, Program, wasmTarget } from "./program.ts";
import { Threads } from "./threads.ts";

/** One way to run programs. */
export interface Engine {
  /** What runs, in words: `"WebAssembly"`, `"x86-64 with 512-bit vectors"`. */
  readonly name: string;
  /** Compiles a Graph; a text says why this engine cannot. */
  compile(graph: Graph): Executable | string;
  resize(threads: number): void;
  close(): void;
}

/** Kernels in WebAssembly. */
export class WasmEngine implements Engine {
  readonly name = "WebAssembly";
  private readonly machine: Machine;

  constructor(threads: number) {
    const memory = new Memory();
    const kernels = new KernelCache(memory.memory, pageLimit, memory.shared);
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
