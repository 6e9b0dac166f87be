/** A compiled Graph on the CPU: kernels over the arena, values copied in and out. */
import { expand } from "../../compile/expand.ts";
import { schedule } from "../../compile/fuse.ts";
import { type Call, lower } from "../../compile/lower.ts";
import { bytesOf, type Lifetime, plan } from "../../compile/plan.ts";
import { simplify } from "../../compile/simplify.ts";
import type { DType, TypedArray } from "../../dtype.ts";
import type { Graph } from "../../graph.ts";
import type { Executable, ProgramReport, Storage } from "../backend.ts";
import type { KernelCache } from "./kernels.ts";
import { arenaAt, lanesAt, type Memory } from "./memory.ts";
import type { KernelFunction } from "./wasm/module.ts";

/** 128-bit vectors, 16 registers. */
export const wasmTarget = { lanes: 4, registers: 16 };

interface Port {
  readonly dtype: DType;
  readonly size: number;
  readonly at: number;
}

interface Step {
  readonly run: KernelFunction;
  readonly offsets: readonly number[];
  readonly call: Call;
}

/** The executable of a Graph. */
export class Program implements Executable {
  private readonly inputs: readonly Port[];
  private readonly outputs: readonly Port[];
  private readonly steps: readonly Step[];
  private readonly bytes: number;

  constructor(graph: Graph, private readonly memory: Memory, kernels: KernelCache) {
    const closed: Graph = { ...graph, inputs: [...graph.inputs, ...graph.captures], captures: [] };
    const s = schedule(simplify(expand(simplify(closed))));
    const calls = lower(s, wasmTarget, new Set());
    const first = s.buffers.map(() => Infinity), last = s.buffers.map(() => -Infinity);
    const touch = (id: number, step: number): void => {
      first[id] = Math.min(first[id], step);
      last[id] = Math.max(last[id], step);
    };
    s.inputs.forEach((buffer) => touch(buffer.id, -1));
    calls.forEach(({ args }, step) => args.forEach(({ buffer }) => buffer !== "lanes" && touch(buffer.id, step)));
    s.outputs.forEach(({ buffer }) => touch(buffer.id, calls.length));
    const lifetimes: Lifetime[] = s.buffers.map(({ dtype, size }, id) => ({
      bytes: first[id] === Infinity ? 0 : size * bytesOf(dtype),
      from: first[id],
      to: last[id],
    }));
    const { offsets, bytes } = plan(lifetimes);
    this.bytes = bytes;
    const at = (id: number, dtype: DType, offset: number): number => arenaAt + offsets[id] + offset * bytesOf(dtype);
    this.inputs = s.inputs.map(({ id, dtype, size }) => ({ dtype, size, at: at(id, dtype, 0) }));
    this.outputs = s.outputs.map(({ buffer, offset }, i) => ({
      dtype: buffer.dtype,
      size: graph.outputs[i].size,
      at: at(buffer.id, buffer.dtype, offset),
    }));
    memory.reserve(bytes);
    const functions = kernels.functions(calls.map((c) => c.kernel));
    this.steps = calls.map((call, i) => ({
      run: functions[i],
      offsets: call.args.map(({ buffer, offset }) => buffer === "lanes" ? lanesAt : at(buffer.id, buffer.dtype, offset)),
      call,
    }));
  }

  run(inputs: readonly Storage[], reuse: readonly Storage[] = []): Storage[] {
    this.load(inputs);
    for (const { run, offsets } of this.steps) run(...offsets);
    return this.store(reuse);
  }

  private load(inputs: readonly Storage[]): void {
    this.memory.reserve(this.bytes);
    for (let i = 0; i < this.inputs.length; i++) this.memory.write(inputs[i] as TypedArray, this.inputs[i].at);
  }

  private store(reuse: readonly Storage[]): Storage[] {
    const free = reuse.slice() as TypedArray[];
    return this.outputs.map(({ dtype, size, at }) => {
      const k = free.findIndex((array) => array.length === size && dtype !== "bool" && sameKind(array, dtype));
      return this.memory.read(dtype, at, size, k < 0 ? undefined : free.splice(k, 1)[0]);
    });
  }

  report(inputs: readonly Storage[]): ProgramReport {
    this.load(inputs);
    const kernels = this.steps.map(({ run, offsets, call }) => {
      const start = performance.now();
      run(...offsets);
      const milliseconds = performance.now() - start;
      return { name: call.kernel.name, flops: call.flops, bytes: call.bytes, calls: 1, milliseconds };
    });
    return { device: "cpu", kernels, arenaBytes: this.bytes, notes: [] };
  }
}

function sameKind(array: TypedArray, dtype: DType): boolean {
  switch (dtype) {
    case "float32":
      return array instanceof Float32Array;
    case "float64":
      return array instanceof Float64Array;
    case "int32":
      return array instanceof Int32Array;
    case "uint32":
      return array instanceof Uint32Array;
    case "bool":
      return array instanceof Uint8Array;
  }
}
