/**
 * The emitters of kernels, under one roof for their tests.
 *
 * @module
 */
import { type Code, codeOf } from "../../core/backends/cpu/wasm/emit.ts";
import { assemble, instantiate } from "../../core/backends/cpu/wasm/module.ts";
import type { Kernel } from "../../core/compile/loop.ts";
import type { DType } from "../../core/dtype.ts";
import { nativeFeatures, runNative } from "./native.ts";
import { assertEquals } from "@std/assert";
import { arrays } from "./buffers.ts";

type Memory = Float32Array | Float64Array | Int32Array | Uint32Array;

/** An emitter of kernels, and the lanes that it has for a type. */
export interface Emitter {
  readonly name: string;
  readonly lanes: (type: DType) => readonly number[];
  /** Runs a kernel once on copies of the given buffers and gives them back. */
  readonly run: (kernel: Kernel, buffers: ArrayLike<number>[], options?: { relaxed?: boolean }) => Memory[];
  /** Whether it calls JavaScript for the functions of float64. */
  readonly calls: boolean;
}

export const wasm: Emitter = {
  name: "WebAssembly",
  lanes: (type) => type === "float64" ? [1, 2] : [1, 2, 4],
  run: runWasm,
  calls: true,
};

const native = nativeFeatures().map((features): Emitter => {
  const most = features.wide ? 16 : 8;
  return {
    name: `x86-64 with ${32 * most} bits`,
    lanes: (type) => [1, 2, 4, 8, 16].filter((n) => n <= (type === "float64" ? most / 2 : most)),
    run(kernel, buffers) {
      const [atEnd, atStart] = runNative(kernel, features, buffers);
      assertEquals(atEnd, atStart);
      return atEnd as Memory[];
    },
    calls: false,
  };
});

/** All that this machine can run. */
export const emitters = [wasm, ...native];

function runWasm(kernel: Kernel, buffers: ArrayLike<number>[], options: { relaxed?: boolean } = {}): Memory[] {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4 });
  const code: Code = codeOf(kernel, options);
  const [f] = instantiate(assemble([code], { shared: false, maximum: 4 }), memory);
  let at = 1024;
  const views = kernel.parameters.map((p, i) => {
    const view = new arrays[p.type](memory.buffer as ArrayBuffer, at, buffers[i].length);
    view.set(buffers[i]);
    at += Math.ceil(view.byteLength / 64) * 64 + 64;
    return view;
  });
  f(...views.map((v) => v.byteOffset));
  return views.map((v) => v.slice());
}

/** A test for each emitter. */
export function forEach(name: string, test: (emitter: Emitter) => void): void {
  for (const emitter of emitters) Deno.test(`emit: ${name}, ${emitter.name}`, () => test(emitter));
}
