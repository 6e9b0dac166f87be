import { explain, jit, ops, setDefaultDevice, type Tensor, tensor } from "../../mod.ts";
import { CpuBackend } from "../../core/backends/cpu/mod.ts";
import { unlisted } from "../../core/devices.ts";
import { Recent } from "../../core/recent.ts";
import { nativeFeatures } from "../support/native.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";

Deno.test("a full cache forgets what was used longest ago", () => {
  const cache = new Recent<number>(3);
  for (const [i, key] of ["a", "b", "c"].entries()) cache.set(key, i);
  assertEquals(cache.get("a"), 0);
  cache.set("d", 3);
  assertEquals([cache.get("b"), cache.get("a"), cache.get("c"), cache.get("d")], [undefined, 0, 2, 3]);
  assertEquals([cache.size, cache.forgotten], [3, 1]);
  cache.set("d", 4); // a key that is there takes nobody's place
  assertEquals([cache.size, cache.forgotten, cache.get("d")], [3, 1, 4]);
  assertEquals(cache.remember("e", () => 5), 5);
  assertEquals(cache.remember("e", () => 6), 5);
  assertEquals(cache.get("a"), undefined);
});

for (const code of ["wasm", ...nativeFeatures().length > 0 ? ["native"] as const : []] as const) {
  Deno.test(`an engine that is full makes way for a new one, programs go on, and explain tells (${code})`, () => {
    const name = `small ${code}`;
    unlisted.set(name, (onClose) => new CpuBackend(onClose, name, { code, threads: 2 }, false, 5));
    setDefaultDevice(name);
    try {
      const f = jit((x: Tensor) => ops.sum(ops.mul(ops.exp(x), x)));
      const first = tensor([1, 2, 3]), wanted = f(first).dataSync()[0];
      for (let n = 4; n < 40; n++) {
        const x = tensor(new Float32Array(n).fill(1));
        assert(Math.abs(f(x).dataSync()[0] - n * Math.E) < 1e-4);
        assertEquals(f(first).dataSync()[0], wanted, "an old program");
      }
      const { program } = explain(f)(first);
      const kept = program.notes.find((note) => note.includes("kernels kept"))!;
      const [, size, renewals] = /^(\d+) kernels kept, an engine starts anew from 5 on; (\d+) did so far$/.exec(kept)!;
      assert(Number(size) <= 15 && Number(renewals) > 2, kept);
      assertStringIncludes(program.notes.join("\n"), "programs kept of at most 1024, 0 forgotten");
    } finally {
      setDefaultDevice("cpu");
    }
  });
}
