/**
 * GFLOP/s of the contraction kernels on one core, at the shapes of ScConv, beside what the processor's multiply-adds can
 * reach with 128-bit vectors. `deno run -A tests/bench/contract_bench.ts [filter]`
 */
import { assemble, instantiate } from "../../core/backends/cpu/wasm/module.ts";
import { contract, type ContractAxis, type Contraction } from "../../core/backends/cpu/loops/contract.ts";
import { paddedStride } from "../../core/backends/cpu/loops/contract_pack.ts";
import { constant, read } from "../../core/compile/expr.ts";
import { Builder, type Kernel, type Target } from "../../core/compile/loop.ts";

const target: Target = { lanes: 4, registers: 15, checked: true };
const memory = new WebAssembly.Memory({ initial: 2048, maximum: 2048, shared: true });

/** Compiles a kernel and gives its best GFLOP/s after warming up. */
function measure(kernel: Kernel, flops: number, sizes: readonly number[]): { rate: number; first: number } {
  const [f] = instantiate(assemble([kernel], { shared: true, minimum: 2048, maximum: 2048 }), memory);
  let at = 1 << 16;
  const offsets = sizes.map((size) => {
    const offset = at;
    at += Math.ceil(size / 64 + 1) * 256 + 64;
    return offset;
  });
  new Float32Array(memory.buffer, 0, at / 4).fill(0.5);
  const once = Math.max(1, Math.ceil(2e7 / flops));
  const time = (calls: number) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) f(...offsets);
    return flops * calls / (performance.now() - start) / 1e6;
  };
  const first = time(1);
  for (const start = performance.now(); performance.now() - start < 150;) time(once);
  let best = 0;
  for (let i = 0; i < 40; i++) best = Math.max(best, time(once));
  return { rate: best, first };
}

/** Multiply-adds on registers alone. */
function peak(): number {
  const b = new Builder(4);
  const x = b.buffer("float32");
  const sums = Array.from({ length: 12 }, () => b.variable("float32", true));
  const v = b.let(b.load(x, 0, 1));
  for (const s of sums) b.set(s, constant("float32", 0));
  b.loop(0, 10000, 1, () => {
    for (const s of sums) b.set(s, v.fma(v, read(s)));
  });
  sums.forEach((s, i) => b.store(x, i * 4, read(s)));
  return measure(b.finish("peak"), 10000 * 12 * 8, [64]).rate;
}

function report(name: string, c: Omit<Contraction, "type" | "aOffset" | "bOffset" | "outOffset">): void {
  if (filter && !name.includes(filter)) return;
  const flops = c.axes.reduce((n, axis) => n * axis.size, 2);
  const size = (k: "a" | "b" | "out") => c.axes.reduce((n, axis) => n + (axis.size - 1) * Math.abs(axis[k]), 1);
  const kernel = contract({ type: "float32", aOffset: 0, bOffset: 0, outOffset: 0, ...c }, target);
  const bytes = assemble([kernel], { shared: true, minimum: 2048, maximum: 2048 }).length;
  const { rate, first } = measure(kernel, flops, [size("a"), size("b"), size("out")]);
  const line = [
    name.padEnd(44),
    rate.toFixed(1).padStart(6),
    "GFLOP/s ",
    `${(100 * rate / top).toFixed(0)} % of peak`.padEnd(14),
  ];
  console.log(...line, `first ${first.toFixed(1)}`.padEnd(12), `${bytes} bytes`);
}

/** A convolution of one padded sample, its planes at strides that suit the cache. */
function forward(
  ci: number,
  co: number,
  groups: number,
  h: number,
  w: number,
  k: number,
  stride = paddedStride,
): ContractAxis[] {
  const [gi, go, width] = [ci / groups, co / groups, w + k - 1];
  const plane = stride(width * (h + k - 1));
  const out = stride(h * w);
  return [
    { size: groups, a: gi * plane, b: go * gi * k * k, out: go * out },
    { size: go, a: 0, b: gi * k * k, out },
    { size: h, a: width, b: 0, out: w },
    { size: w, a: 1, b: 0, out: 1 },
    { size: gi, a: plane, b: k * k, out: 0 },
    { size: k, a: width, b: k, out: 0 },
    { size: k, a: 1, b: 1, out: 0 },
  ];
}

/** The gradient of the kernel, from a padded sample and the output's cotangent with its channels innermost. */
function kernelGradient(ci: number, co: number, groups: number, h: number, w: number, k: number): ContractAxis[] {
  const [gi, go, width] = [ci / groups, co / groups, w + k - 1];
  const plane = paddedStride(width * (h + k - 1));
  return [
    { size: groups, a: gi * plane, b: go, out: gi * k * k * go },
    { size: gi, a: plane, b: 0, out: k * k * go },
    { size: k, a: width, b: 0, out: k * go },
    { size: k, a: 1, b: 0, out: go },
    { size: go, a: 0, b: 1, out: 1 },
    { size: h, a: width, b: w * co, out: 0 },
    { size: w, a: 1, b: co, out: 0 },
  ];
}

/** A product of matrices, the rows of the first at a stride that suits the cache. */
function matmul(m: number, k: number, n: number): ContractAxis[] {
  return [
    { size: m, a: paddedStride(k), b: 0, out: n },
    { size: n, a: 0, b: 1, out: 1 },
    { size: k, a: 1, b: n, out: 0 },
  ];
}

const filter = globalThis.Deno?.args[0];
const top = peak();
console.log("peak".padEnd(44), top.toFixed(1).padStart(6), "GFLOP/s");
for (const [c, size] of [[64, 32], [32, 16], [64, 56], [256, 14], [128, 28]]) {
  const at = `${c} channels ${size}×${size}`;
  const half = c / 2;
  const squeezed = c / 4;
  report(`3×3 ${c}→${c} groups 2, ${at}`, { axes: forward(c, c, 2, size, size, 3), accumulate: false });
  report(`3×3 ${squeezed}→${c} groups 2, ${at}`, { axes: forward(squeezed, c, 2, size, size, 3), accumulate: false });
  report(`1×1 ${half}→${squeezed}, ${at}`, { axes: forward(half, squeezed, 1, size, size, 1), accumulate: false });
  report(`1×1 ${squeezed}→${c}, ${at}`, { axes: forward(squeezed, c, 1, size, size, 1), accumulate: false });
  report(`1×1 ${squeezed}→${c} accumulating, ${at}`, {
    axes: forward(squeezed, c, 1, size, size, 1),
    accumulate: true,
  });
  report(`gradient 3×3 ${squeezed}→${c} groups 2, ${at}`, {
    axes: kernelGradient(squeezed, c, 2, size, size, 3),
    accumulate: true,
  });
  report(`gradient 1×1 ${half}→${squeezed}, ${at}`, {
    axes: kernelGradient(half, squeezed, 1, size, size, 1),
    accumulate: true,
  });
  report(`gradient 1×1 ${squeezed}→${c}, ${at}`, {
    axes: kernelGradient(squeezed, c, 1, size, size, 1),
    accumulate: true,
  });
}
const dense = (size: number) => size;
report("1×1 32→16, 32×32, planes at 4 KiB", { axes: forward(32, 16, 1, 32, 32, 1, dense), accumulate: false });
report("3×3 64→64 at 32×32", { axes: forward(64, 64, 1, 32, 32, 3), accumulate: false });
report("depthwise 3×3, 64 channels 32×32", { axes: forward(64, 64, 64, 32, 32, 3), accumulate: false });
report("matmul 512³", { axes: matmul(512, 512, 512), accumulate: false });
report("matmul 512³, b packed", { axes: matmul(512, 512, 512), accumulate: false, packed: "b" });
report("matmul 128·1024·1024", { axes: matmul(128, 1024, 1024), accumulate: false });
report("matmul 128·1024·1024, b packed", { axes: matmul(128, 1024, 1024), accumulate: false, packed: "b" });
