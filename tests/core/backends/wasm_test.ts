/** What is WebAssembly's alone: modules, and what the engine can do. */
import { assert, assertEquals } from "@std/assert";
import { hasRelaxedMadd, hasSimd } from "../../../core/backends/cpu/wasm/features.ts";
import { assemble, instantiate } from "../../../core/backends/cpu/wasm/module.ts";
import type { Expr } from "../../../core/compile/expr.ts";
import { Builder, type Kernel } from "../../../core/compile/loop.ts";
import type { DType } from "../../../core/dtype.ts";

/** A kernel of `n` elements in vectors. */
function mapKernel(inputs: DType[], output: DType, n: number, lanes: number, f: (x: Expr) => Expr): Kernel {
  const b = new Builder(lanes);
  const [x, y] = [b.buffer(inputs[0]), b.buffer(output)];
  b.loop(0, n, lanes, (i) => b.store(y, i, f(b.load(x, i, 1))));
  return b.finish("map");
}

Deno.test("assemble: a module on a shared memory", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  const double = mapKernel(["float32"], "float32", 4, 4, (x) => x.add(x));
  const sine = mapKernel(["float64"], "float64", 2, 2, (x) => x.sin());
  const kernels = instantiate(assemble([double, sine], { shared: true, maximum: 8 }), memory);
  assertEquals(kernels.length, 2);
  new Float32Array(memory.buffer, 0, 4).set([1, 2, 3, 4]);
  kernels[0](0, 32);
  assertEquals([...new Float32Array(memory.buffer, 32, 4)], [2, 4, 6, 8]);
  new Float64Array(memory.buffer, 64, 2).set([1, 2]);
  kernels[1](64, 96);
  assertEquals([...new Float64Array(memory.buffer, 96, 2)], [Math.sin(1), Math.sin(2)]);
});

Deno.test("features: vectors are there, and probing says so", () => {
  assert(hasSimd);
  assertEquals(typeof hasRelaxedMadd, "boolean");
});
