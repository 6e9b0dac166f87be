/** What this machine can do at best, measured once in a few milliseconds: the roof that `explain` holds kernels against. */
import { Builder, type Kernel, type Target } from "../../compile/loop.ts";
import type { Ceilings } from "../backend.ts";
import { contract } from "./loops/contract.ts";

/** Kernels ready to run, on buffers that stand so many bytes after the start of `bytes` bytes that are free. */
export type Loader = (kernels: readonly Kernel[], bytes: number) => ((...offsets: number[]) => void)[];

/** Runs a kernel until it is fast and some milliseconds have passed: the least time of a run, in milliseconds. */
function best(run: () => void): number {
  let least = Infinity;
  const end = performance.now() + 12;
  for (let round = 0; round < 6 || performance.now() < end; round++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Multiply-adds of a matrix product that stays in the first-level cache, and bytes of a sum that stays in the second-level one. */
export function measureCeilings(target: Target, load: Loader): Ceilings {
  const n = target.lanes > 4 ? 96 : 48, repeats = 40;
  const product = contract({
    type: "float32",
    axes: [
      { size: n, a: n, b: 0, out: n },
      { size: n, a: 0, b: 1, out: 1 },
      { size: n, a: 1, b: n, out: 0 },
    ],
    aOffset: 0,
    bOffset: 0,
    outOffset: 0,
    accumulate: false,
    name: "ceiling",
  }, target);
  const elements = 16 * 1024; // 64 KiB an operand
  const b = new Builder(target.lanes);
  const [x, y, z] = [b.buffer("float32"), b.buffer("float32"), b.buffer("float32")];
  b.loop(0, elements, 16, (i) => {
    for (let u = 0; u < 16; u += target.lanes) b.store(z, i.add(u), b.load(x, i.add(u), 1).add(b.load(y, i.add(u), 1)));
  });
  const [multiply, add] = load([product, b.finish("ceiling")], 1 << 20);
  const at = (k: number): number => k * (4 * elements + 4096 + 64);
  const flops = best(() => {
    for (let r = 0; r < repeats; r++) multiply(at(0), at(1), at(2));
  });
  const bytes = best(() => {
    for (let r = 0; r < repeats; r++) add(at(0), at(1), at(2));
  });
  return { gigaflops: 2 * n ** 3 * repeats / flops / 1e6, gigabytes: 12 * elements * repeats / bytes / 1e6 };
}
