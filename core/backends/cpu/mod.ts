/** The CPU backend. */
import type { TypedArray } from "../../dtype.ts";
import type { Graph } from "../../graph.ts";
import type { Aval } from "../../shape.ts";
import type { Backend, Executable, Storage } from "../backend.ts";
import { ReferenceBackend } from "../reference/mod.ts";

/** The device "cpu". */
export class CpuBackend implements Backend {
  readonly name = "cpu";
  private readonly inner: ReferenceBackend;

  constructor(private readonly onClose: (backend: Backend) => void) {
    this.inner = new ReferenceBackend(onClose);
  }

  compile(graph: Graph): Executable {
    return this.inner.compile(graph);
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
