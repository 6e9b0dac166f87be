/** Puts rendered kernels together into one module, and instantiates it on a memory. */
import { float64Binary, float64Unary } from "../../../compile/special.ts";
import type { Kernel } from "../../../compile/loop.ts";
import { encodeModule, type MemoryImport } from "./assembler.ts";
import { Code, codeOf } from "./emit.ts";
import { imports } from "./writer.ts";

/** A module of kernels: kernel i is the export named by its decimal number. */
export function assemble(kernels: readonly (Kernel | Code)[], memory: MemoryImport): Uint8Array<ArrayBuffer> {
  const codes = kernels.map((k) => k instanceof Code ? k : codeOf(k));
  // Calls number their functions from the imports' start, so the imports come all together or not at all.
  const used = codes.some((c) => c.calls) ? imports : [];
  return encodeModule(memory, used, codes);
}

/** A kernel at work: takes the byte offset of each of its buffers. */
export type KernelFunction = (...offsets: number[]) => void;

/** Instantiates a module, from its bytes or compiled, on a memory: its kernels in order. */
export function instantiate(module: BufferSource | WebAssembly.Module, memory: WebAssembly.Memory): KernelFunction[] {
  const compiled = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory, ...float64Unary, ...float64Binary } });
  const kernels: KernelFunction[] = [];
  for (let i = 0; String(i) in exports; i++) kernels.push(exports[i] as KernelFunction);
  return kernels;
}
