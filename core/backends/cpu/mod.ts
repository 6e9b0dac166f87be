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
const early = "early";

/** Whether machine code may run. */
const nativeWanted = (code: DeviceOptions["code"]): boolean => code === "auto" || code === "native";

/** What a program is in one set-up, and what to say of the choice. */
export interface Made {
  readonly executable: Executable;
  readonly note: string;
}

/** Kernels and regions that an engine may keep. Code cannot be given back piece by piece, so a full engine makes way for a new one. */
const fullAt = 8192;

/** The device "cpu". */
export class CpuBackend implements Backend {
  private readonly engines = new Map<string, Engine | string>();
  /** What programs are in each set-up. An engine that ends takes along what was compiled for it. */
  private readonly shelves = new Map<string, WeakMap<CpuProgram, Made>>();
  private renewals = 0;
  /** Programs under way: while there is one its engine stays. */
  private running = 0;
  private options: Required<Pick<DeviceOptions, "code" | "threads">> & Pick<DeviceOptions, "vectors">;

  /** For tests: `guarded` gives machine code in which each buffer ends where nobody may read or write; `fullAt` another limit. */
  constructor(
    private readonly onClose: (backend: Backend) => void,
    readonly name = "cpu",
    options: DeviceOptions = {},
    private readonly guarded = false,
    private readonly limit = fullAt,
  ) {
    this.options = { code: "auto", threads: processors(), ...options };
  }

  /** Changes what runs; tensors stay as they are, and so does every bit of a result. */
  async configure(options: DeviceOptions): Promise<void> {
    if (nativeWanted(options.code ?? this.options.code)) await loadNative();
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
    const native = nativeWanted(code) ? this.native(vectors) : undefined;
    const count = `${threads} thread${threads === 1 ? "" : "s"}`;
    if (typeof native === "object") return `${native.name}, ${count}`;
    return `${this.wasm().name}, ${count}${native ? `; no machine code: ${native}` : ""}`;
  }

  private native(vectors: number | undefined): Engine | string {
    return this.engine(`native ${vectors}`, () => startNative(vectors ?? 0, this.options.threads, this.guarded));
  }

  private wasm(): Engine {
    const fused = this.options.code !== "portable";
    return this.engine(`wasm ${fused}`, () => new WasmEngine(this.options.threads, fused)) as Engine;
  }

  private engine(key: string, make: () => Engine | string): Engine | string {
    const known = this.engines.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (typeof made !== "string" || !awaitsNative()) this.engines.set(key, made);
    return made;
  }

  /** Compiles for the set-up at hand; tests put devices of their own around it. */
  protected compileNow(graph: Graph): Made {
    this.renewFull();
    const native = nativeWanted(this.options.code) ? this.native(this.options.vectors) : undefined;
    const made = typeof native === "object" ? native.compile(graph) : native;
    if (typeof made === "object") return { executable: made, note: (native as Engine).name };
    const wasm = this.wasm();
    return {
      executable: wasm.compile(graph) as Executable,
      note: made ? `${wasm.name}, no machine code: ${made}` : wasm.name,
    };
  }

  /** Ends engines that are full: what is still used is compiled again when it next runs. */
  private renewFull(): void {
    if (this.running > 0) return;
    let full = false;
    for (const [key, engine] of this.engines) {
      if (typeof engine === "string" || engine.size < this.limit) continue;
      engine.close();
      this.engines.delete(key);
      this.renewals++;
      full = true;
    }
    if (full) this.shelves.clear();
  }

  /** What a program is in the present set-up. */
  made(program: CpuProgram): Made {
    const { code, vectors } = this.options;
    const isEarly = nativeWanted(code) && awaitsNative();
    if (!isEarly && this.shelves.size > 0) this.shelves.delete(early);
    const setUp = isEarly ? early : `${code} ${vectors}`;
    let made = this.shelves.get(setUp)?.get(program);
    if (!made) {
      made = this.compileNow(program.graph);
      let shelf = this.shelves.get(setUp);
      if (!shelf) this.shelves.set(setUp, shelf = new WeakMap());
      shelf.set(program, made);
    }
    return made;
  }

  /** Runs a program's code, so long that no engine ends under it. */
  during<T>(work: () => T): T {
    this.running++;
    try {
      return work();
    } finally {
      this.running--;
    }
  }

  /** What the engines keep, in words. */
  get cacheNote(): string {
    const sizes = [...this.engines.values()].map((engine) => typeof engine === "string" ? 0 : engine.size);
    return `${sizes.reduce((n, size) => n + size, 0)} kernels kept, an engine starts anew from ${this.limit} on; ` +
      `${this.renewals} did so far`;
  }

  compile(graph: Graph): Executable {
    if (nativeWanted(this.options.code)) void loadNative();
    return new CpuProgram(graph, this);
  }

  write(values: TypedArray, _aval: Aval): Storage {
    return values;
  }

  async read(storage: Storage, aval: Aval): Promise<TypedArray> {
    const values = this.readSync(storage, aval);
    if (nativeWanted(this.options.code)) await loadNative();
    return values;
  }

  readSync(storage: Storage, _aval: Aval): TypedArray {
    return (storage as TypedArray).slice();
  }

  free(): void {}

  close(): void {
    for (const engine of this.engines.values()) if (typeof engine !== "string") engine.close();
    this.engines.clear();
    this.shelves.clear();
    this.onClose(this);
  }
}

/** A program in the code that the device is set up for. */
class CpuProgram implements Executable {
  constructor(readonly graph: Graph, private readonly backend: CpuBackend) {
    backend.made(this); // errors of the compiler come now
  }

  run(inputs: readonly Storage[], reuse?: readonly Storage[]): Storage[] {
    const { executable } = this.backend.made(this);
    return this.backend.during(() => executable.run(inputs, reuse));
  }

  report(inputs: readonly Storage[]): ProgramReport {
    const { executable, note } = this.backend.made(this);
    const report = this.backend.during(() => executable.report(inputs));
    return { ...report, notes: [note, ...report.notes, this.backend.cacheNote] };
  }
}
