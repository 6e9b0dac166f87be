/** Kernels as callable functions: equal code is compiled once in the life of a device. */
import type { HostFunction, Kernel } from "../../compile/loop.ts";
import { type Code, codeOf } from "./wasm/emit.ts";
import { assemble, instantiate, type KernelFunction } from "./wasm/module.ts";

/** A kernel at work. */
export interface LoadedKernel {
  readonly run: KernelFunction;
  /** Its number among those that workers can run; −1 for one that calls back into JavaScript. */
  readonly id: number;
}

/** The functions of a device's memory. */
export class KernelCache {
  /** Modules without imported functions, in the order of the numbers of their kernels. */
  readonly modules: Uint8Array<ArrayBuffer>[] = [];
  /** Kernels by number. */
  readonly table: KernelFunction[] = [];
  private readonly known = new Map<string, LoadedKernel>();
  private readonly codes = new WeakMap<Kernel, Code>();

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly pages: number,
    private readonly shared: boolean,
    private readonly fused: boolean,
  ) {}

  /** How many different kernels there are. */
  get size(): number {
    return this.known.size;
  }

  /** A function for each kernel; all that are new go into one module, or two where some call JavaScript. */
  functions(kernels: readonly Kernel[]): LoadedKernel[] {
    const codes = kernels.filter(({ host }) => !host).map((kernel) => {
      let code = this.codes.get(kernel);
      if (!code) this.codes.set(kernel, code = codeOf(kernel, { relaxed: this.fused }));
      return code;
    });
    const pure = new Map<string, Code>(), calling = new Map<string, Code>();
    for (const code of codes) if (!this.known.has(code.key)) (code.calls ? calling : pure).set(code.key, code);
    for (const fresh of [pure, calling]) {
      if (fresh.size === 0) continue;
      // Accesses below the declared minimum need one check less.
      const minimum = this.memory.buffer.byteLength / 65536;
      const bytes = assemble([...fresh.values()], { shared: this.shared, minimum, maximum: this.pages });
      const functions = instantiate(bytes, this.memory);
      if (fresh === pure) this.modules.push(bytes);
      [...fresh.keys()].forEach((key, i) => {
        const id = fresh === pure ? this.table.push(functions[i]) - 1 : -1;
        this.known.set(key, { run: functions[i], id });
      });
    }
    let next = 0;
    return kernels.map((kernel) =>
      kernel.host ? { run: this.hosted(kernel, kernel.host), id: -1 } : this.known.get(codes[next++].key)!
    );
  }

  /** A function of JavaScript as a kernel: its operands are read from the memory, its results written there. */
  private hosted({ name, parameters }: Kernel, { operands, results, call }: HostFunction): KernelFunction {
    const view = (at: number, k: number, size: number) => {
      const { buffer } = this.memory;
      switch (parameters[k].type) {
        case "float32":
          return new Float32Array(buffer, at, size);
        case "float64":
          return new Float64Array(buffer, at, size);
        case "uint32":
          return new Uint32Array(buffer, at, size);
        default:
          return new Int32Array(buffer, at, size);
      }
    };
    return (...offsets) => {
      const given = operands.map((size, k) => Float64Array.from(view(offsets[k], k, size)));
      const made = call(given);
      results.forEach((size, i) => {
        const k = operands.length + i;
        if (made[i]?.length !== size) {
          throw new RangeError(
            `${name}: its function gave ${made[i]?.length ?? "no"} values for result ${i} of ${size}`,
          );
        }
        const values = parameters[k].type === "bool" ? made[i].map((v) => v === 0 ? 0 : 1) : made[i];
        view(offsets[k], k, size).set(values);
      });
    };
  }
}
