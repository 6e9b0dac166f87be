/**
 * What this machine can do with the instructions that kernels are made of: multiply-adds on registers alone, the contraction kernel on
 * operands in the cache, and copies, as WebAssembly or as machine code. One core; a short measurement.
 * `deno run -A tests/bench/calibrate.ts` prints it.
 *
 * @module
 */

import { assemble, instantiate, type KernelFunction } from "../../core/backends/cpu/wasm/module.ts";
import { wasmTarget } from "../../core/backends/cpu/program.ts";
import type { Features } from "../../core/backends/cpu/x64/code.ts";
import { targetOf } from "../../core/backends/cpu/x64/program.ts";
import { loadNative } from "../support/native.ts";
import { contract } from "../../core/backends/cpu/loops/contract.ts";
import { constant, read } from "../../core/compile/expr.ts";
import { Builder, type Kernel } from "../../core/compile/loop.ts";

/** The ceilings of one core. */
export interface Ceilings {
  /** GFLOP/s of multiply-adds on registers alone. */
  readonly peak: number;
  /** GFLOP/s of a contraction whose operands are in the first-level cache. */
  readonly contract: number;
  /** GB/s of a copy of 32 MiB, bytes read and bytes written both counted. */
  readonly copy: number;
  /** The same of a copy of 64 KiB, which stays in the cache. */
  readonly cachedCopy: number;
}

const page = 65536;

/** A kernel on a memory of its own, its buffers one after the other, filled with a half. */
function compile(kernel: Kernel, sizes: readonly number[], native?: Features): () => void {
  if (native) return loadNative(kernel, native, sizes);
  const offsets: number[] = [];
  let at = page;
  for (const size of sizes) {
    offsets.push(at);
    at += Math.ceil(size / 16 + 1) * 64;
  }
  const pages = Math.ceil(at / page);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  new Float32Array(memory.buffer).fill(0.5);
  const [run]: KernelFunction[] = instantiate(assemble([kernel], { shared: false, maximum: pages }), memory);
  return () => run(...offsets);
}

const sums = 12; // enough to fill two pipelines of a latency of four, and few enough for sixteen registers
const rounds = 5000;

/** FLOPs of one call of {@linkcode fmaKernel}. */
export const fmaFlops = rounds * sums * 8;

/** The widest vectors, and what a contraction may ask of the machine. */
const lanesOf = (native?: Features): number => native ? targetOf(native).lanes : wasmTarget.lanes;

/** Multiply-adds on registers alone, about 8 µs a call: the yardstick that depends on the processor and on nothing else. */
export function fmaKernel(native?: Features): () => void {
  const lanes = lanesOf(native);
  const b = new Builder(lanes);
  const x = b.buffer("float32");
  const variables = Array.from({ length: sums }, () => b.variable("float32", true));
  const v = b.let(b.load(x, 0, 1));
  for (const s of variables) b.set(s, constant("float32", 0));
  b.loop(0, rounds, 1, () => {
    for (const s of variables) b.set(s, v.fma(v, read(s)));
  });
  variables.forEach((s, i) => b.store(x, i * lanes, read(s)));
  return compile(b.finish("fma"), [sums * lanes], native);
}

const [rows, columns, inner] = [48, 64, 48]; // 33 KB in all

function contractKernel(native?: Features): () => void {
  const kernel = contract({
    type: "float32",
    axes: [
      { size: rows, a: inner, b: 0, out: columns },
      { size: columns, a: 0, b: 1, out: 1 },
      { size: inner, a: 1, b: columns, out: 0 },
    ],
    aOffset: 0,
    bOffset: 0,
    outOffset: 0,
    accumulate: false,
  }, native ? targetOf(native) : wasmTarget);
  return compile(kernel, [rows * inner, inner * columns, rows * columns], native);
}

function copyKernel(count: number, native?: Features): () => void {
  const lanes = lanesOf(native);
  const b = new Builder(lanes);
  const [from, to] = [b.buffer("float32"), b.buffer("float32")];
  b.loop(0, count, 4 * lanes, (i) => {
    const values = [0, 1, 2, 3].map((k) => b.let(b.load(from, i.add(k * lanes), 1)));
    values.forEach((value, k) => b.store(to, i.add(k * lanes), value));
  });
  return compile(b.finish("copy"), [count, count], native);
}

/** The best rate, in units of 10⁹ a second, of a function that does so much in a call. Engines speed it up in the first calls. */
function best(run: () => void, amount: number, milliseconds: number): number {
  const start = performance.now();
  run();
  const calls = Math.max(1, Math.floor(0.5 / (performance.now() - start)));
  let shortest = Infinity;
  for (let now = performance.now(), end = now + milliseconds; now < end;) {
    for (let i = 0; i < calls; i++) run();
    const after = performance.now();
    shortest = Math.min(shortest, after - now);
    now = after;
  }
  return amount * calls / shortest / 1e6;
}

/** Measures the ceilings, in about a third of a second. */
export function calibrate(native?: Features): Ceilings {
  const [large, small] = [8 << 20, 16 << 10]; // floats
  return {
    peak: best(fmaKernel(native), fmaFlops * lanesOf(native) / 4, 80),
    contract: best(contractKernel(native), 2 * rows * columns * inner, 100),
    copy: best(copyKernel(large, native), 8 * large, 100),
    cachedCopy: best(copyKernel(small, native), 8 * small, 50),
  };
}

if (import.meta.main) {
  const { peak, contract, copy, cachedCopy } = calibrate();
  console.log(`multiply-adds on registers  ${peak.toFixed(1).padStart(6)} GFLOP/s`);
  console.log(`contraction in the cache    ${contract.toFixed(1).padStart(6)} GFLOP/s`);
  console.log(`copy of 32 MiB              ${copy.toFixed(1).padStart(6)} GB/s`);
  console.log(`copy of 64 KiB              ${cachedCopy.toFixed(1).padStart(6)} GB/s`);
}
