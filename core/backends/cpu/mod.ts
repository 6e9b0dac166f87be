/** The CPU backend: programs of WebAssembly kernels, emitted at run time. A tensor at rest is a typed array of the JavaScript heap. */
import type { TypedArray } from "../../dtype.ts";
import type { Graph } from "../../graph.ts";
import type { Aval } from "../../shape.ts";
import type { Backend, Executable, Storage } from "../backend.ts";
import { KernelCache } from "./kernels.ts";
import { Memory } from "./memory.ts";
import { Program } from "./program.ts";

/** The device "cpu". */
export class CpuBackend implements Backend {
  readonly name = "cpu";
  private readonly memory = new Memory();
  private readonly kernels = new KernelCache(this.memory.memory, 65535);

  constructor(private readonly onClose: (backend: Backend) => void) {}

  compile(graph: Graph): Executable {
    return new Program(graph, this.memory, this.kernels);
  }

  write(values: TypedArray, _aval: Aval): Storage {
    return values.slice();
  }

  read(storage: Storage, aval: Aval): Promise<TypedArray> {
    return Promise.resolve(this.readSync(storage, aval));
  }

  readSync(storage: Storage, _aval: Aval): TypedArray {
    return (storage as TypedArray).slice();
  }

  free(): void {}

  close(): void {
    this.onClose(this);
  }
}
