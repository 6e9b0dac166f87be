/** The CPU backend: programs of WebAssembly kernels, emitted at run time. A tensor at rest is a typed array of the JavaScript heap. */
import type { TypedArray } from "../../dtype.ts";
import type { Graph } from "../../graph.ts";
import type { Aval } from "../../shape.ts";
import type { Backend, Ceilings, DeviceOptions, Executable, Storage } from "../backend.ts";
import { measureCeilings } from "./ceilings.ts";
import { KernelCache } from "./kernels.ts";
import { KernelMemo } from "./loops/memo.ts";
import { Memory, pageLimit } from "./memory.ts";
import { type Machine, Program, wasmTarget } from "./program.ts";
import { processors, Threads } from "./threads.ts";

/** The device "cpu". */
export class CpuBackend implements Backend {
  readonly name = "cpu";
  private readonly machine: Machine;

  constructor(private readonly onClose: (backend: Backend) => void, threads = processors()) {
    const memory = new Memory();
    const kernels = new KernelCache(memory.memory, pageLimit, memory.shared);
    let measured: Ceilings | undefined;
    this.machine = {
      memory,
      kernels,
      threads: new Threads(memory, kernels, threads),
      memo: new KernelMemo(wasmTarget),
      ceilings: () => measured ??= measureCeilings(this.machine),
    };
  }

  /** Sets the number of threads, the caller's included; tensors stay as they are, and so does every bit of a result. */
  configure({ threads }: DeviceOptions): void {
    if (threads !== undefined) this.machine.threads.resize(threads);
  }

  compile(graph: Graph): Executable {
    return new Program(graph, this.machine);
  }

  write(values: TypedArray, _aval: Aval): Storage {
    return values;
  }

  read(storage: Storage, aval: Aval): Promise<TypedArray> {
    return Promise.resolve(this.readSync(storage, aval));
  }

  readSync(storage: Storage, _aval: Aval): TypedArray {
    return (storage as TypedArray).slice();
  }

  free(): void {}

  close(): void {
    this.machine.threads.close();
    this.onClose(this);
  }
}
