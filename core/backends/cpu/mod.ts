/**
 * The CPU backend: programs of kernels emitted at run time, as WebAssembly or as machine code. A tensor at rest is a typed array of the
 * JavaScript heap.
 *
 * The emitter of machine code is loaded when the first program is compiled. What runs before it is there runs as WebAssembly, with the
 * same bits; `device` and every awaited value wait for it.
 */
import type { TypedArray } from "../../dtype.ts";
import type { Graph } from "../../graph.ts";
import type { Aval } from "../../shape.ts";
import type { Backend, DeviceOptions, Executable, ProgramReport, Storage } from "../backend.ts";
import { type Engine, WasmEngine } from "./engine.ts";
import { awaitsNative, loadNative, startNative } from "./native.ts";
import { processors } from "./threads.ts";

/** Marks what is made before the emitter of machine code is there. */
const early = " early";

/** The device "cpu". */
export class CpuBackend implements Backend {
  private readonly engines = new Map<string, Engine | string>();
  /** How often it was closed: what was compiled before does not run again. */
  private closed = 0;
  private options: Required<Pick<DeviceOptions, "code" | "threads">> & Pick<DeviceOptions, "vectors">;

  /** `guarded`: for tests, machine code in which each buffer ends where nobody may read or write. */
  constructor(
    private readonly onClose: (backend: Backend) => void,
    readonly name = "cpu",
    options: DeviceOptions = {},
    private readonly guarded = false,
  ) {
    this.options = { code: "auto", threads: processors(), ...options };
  }

  /** Changes what runs; tensors stay as they are, and so does every bit of a result. */
  async configure(options: DeviceOptions): Promise<void> {
    if ((options.code ?? this.options.code) !== "wasm") await loadNative();
    const next = { ...this.options };
    if (options.code !== undefined) {
      next.code = options.code;
      next.vectors = options.vectors;
    } else if (options.vectors !== undefined) next.vectors = options.vectors;
    if (next.code === "native") {
      const made = this.native(next.vectors);
      if (typeof made === "string") throw new Error(`device: native code cannot run here: ${made}`);
    }
    if (options.threads !== undefined) {
      next.threads = options.threads;
      for (const engine of this.engines.values()) if (typeof engine !== "string") engine.resize(options.threads);
    }
    this.options = next;
  }

  get description(): string {
    const { code, threads, vectors } = this.options;
    const native = code === "wasm" ? undefined : this.native(vectors);
    const count = `${threads} thread${threads === 1 ? "" : "s"}`;
    if (typeof native === "object") return `${native.name}, ${count}`;
    return `${this.wasm().name}, ${count}${native ? `; no machine code: ${native}` : ""}`;
  }

  private native(vectors: number | undefined): Engine | string {
    return this.engine(`native ${vectors}`, () => startNative(vectors ?? 0, this.options.threads, this.guarded));
  }

  private wasm(): Engine {
    return this.engine("wasm", () => new WasmEngine(this.options.threads)) as Engine;
  }

  private engine(key: string, make: () => Engine | string): Engine | string {
    const known = this.engines.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (typeof made !== "string" || !awaitsNative()) this.engines.set(key, made);
    return made;
  }

  /** The engine for a program, and what to say of the choice. */
  compileNow(graph: Graph): { executable: Executable; note: string } {
    const native = this.options.code === "wasm" ? undefined : this.native(this.options.vectors);
    const made = typeof native === "object" ? native.compile(graph) : native;
    if (typeof made === "object") return { executable: made, note: (native as Engine).name };
    const wasm = this.wasm();
    return {
      executable: wasm.compile(graph) as Executable,
      note: made ? `${wasm.name}, no machine code: ${made}` : wasm.name,
    };
  }

  /** Changes with what `compileNow` would do. */
  get setUp(): string {
    const { code, vectors } = this.options;
    return `${code} ${vectors} ${this.closed}${code !== "wasm" && awaitsNative() ? early : ""}`;
  }

  compile(graph: Graph): Executable {
    if (this.options.code !== "wasm") void loadNative();
    return new CpuProgram(graph, this);
  }

  write(values: TypedArray, _aval: Aval): Storage {
    return values;
  }

  async read(storage: Storage, aval: Aval): Promise<TypedArray> {
    const values = this.readSync(storage, aval);
    if (this.options.code !== "wasm") await loadNative();
    return values;
  }

  readSync(storage: Storage, _aval: Aval): TypedArray {
    return (storage as TypedArray).slice();
  }

  free(): void {}

  close(): void {
    for (const engine of this.engines.values()) if (typeof engine !== "string") engine.close();
    this.engines.clear();
    this.closed++;
    this.onClose(this);
  }
}

/** A program in the code that the device is set up for. */
class CpuProgram implements Executable {
  private readonly made = new Map<string, { executable: Executable; note: string }>();
  private setUp = "";
  private current!: { executable: Executable; note: string };

  constructor(private readonly graph: Graph, private readonly backend: CpuBackend) {
    this.choose();
  }

  private choose(): Executable {
    const { setUp } = this.backend;
    if (setUp !== this.setUp) {
      if (this.setUp.endsWith(early)) this.made.delete(this.setUp);
      let made = this.made.get(setUp);
      if (!made) this.made.set(setUp, made = this.backend.compileNow(this.graph));
      this.current = made;
      this.setUp = setUp;
    }
    return this.current.executable;
  }

  run(inputs: readonly Storage[], reuse?: readonly Storage[]): Storage[] {
    return this.choose().run(inputs, reuse);
  }

  report(inputs: readonly Storage[]): ProgramReport {
    const report = this.choose().report(inputs);
    return { ...report, notes: [this.current.note, ...report.notes] };
  }
}
