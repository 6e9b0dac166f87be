/** Kernels as callable functions: equal code is compiled once in the life of a device. */
import type { Kernel } from "../../compile/loop.ts";
import { type Code, codeOf } from "./wasm/emit.ts";
import { assemble, instantiate, type KernelFunction } from "./wasm/module.ts";

/** The functions of a device's memory. */
export class KernelCache {
  private readonly known = new Map<string, KernelFunction>();

  constructor(private readonly memory: WebAssembly.Memory, private readonly pages: number) {}

  /** A function for each kernel; all that are new go into one module. */
  functions(kernels: readonly Kernel[]): KernelFunction[] {
    const codes = kernels.map((kernel) => codeOf(kernel));
    const fresh = new Map<string, Code>();
    for (const code of codes) if (!this.known.has(code.key)) fresh.set(code.key, code);
    if (fresh.size > 0) {
      const functions = instantiate(assemble([...fresh.values()], { shared: false, maximum: this.pages }), this.memory);
      [...fresh.keys()].forEach((key, i) => this.known.set(key, functions[i]));
    }
    return codes.map((code) => this.known.get(code.key)!);
  }
}
