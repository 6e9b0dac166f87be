/** A compiled Graph on the CPU: kernels over the arena, values copied in and out. */
import { expand } from "../../compile/expand.ts";
import { type Schedule, schedule } from "../../compile/fuse.ts";
import type { Buffer, Home } from "../../compile/home.ts";
import { type Call, lower, type Stage } from "../../compile/lower.ts";
import { bytesOf, type Lifetime, plan } from "../../compile/plan.ts";
import { simplify } from "../../compile/simplify.ts";
import { stripe } from "../../compile/stripe.ts";
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
  /** Byte offsets of the first stripe, and how far each moves from stripe to stripe. */
  readonly offsets: readonly number[];
  readonly advance: readonly number[];
  readonly call: Call;
}

/** Steps that run in order, `count` times over. */
interface Loop {
  readonly count: number;
  readonly steps: readonly Step[];
}

/** The executable of a Graph. */
export class Program implements Executable {
  private readonly inputs: readonly Port[];
  private readonly outputs: readonly Port[];
  private readonly loops: readonly Loop[];
  private readonly bytes: number;

  constructor(graph: Graph, private readonly memory: Memory, kernels: KernelCache) {
    const closed: Graph = { ...graph, inputs: [...graph.inputs, ...graph.captures], captures: [] };
    const s = schedule(stripe(simplify(expand(simplify(closed)))));
    const stages = lower(s, wasmTarget);
    const { offsets, bytes } = plan(lifetimesOf(s, stages));
    this.bytes = bytes;
    const at = (buffer: Buffer, offset: number): number => arenaAt + offsets[buffer.id] + offset * bytesOf(buffer.dtype);
    const port = ({ buffer, offset }: Home, size: number): Port => ({ dtype: buffer.dtype, size, at: at(buffer, offset) });
    this.inputs = s.inputs.map((home, i) => port(home, closed.inputs[i].size));
    this.outputs = s.outputs.map((home, i) => port(home, graph.outputs[i].size));
    memory.reserve(bytes);
    const functions = kernels.functions(stages.flatMap((stage) => stage.calls.map((c) => c.kernel)));
    let next = 0;
    this.loops = stages.map(({ count, calls, advance }) => ({
      count,
      steps: calls.map((call) => ({
        run: functions[next++],
        offsets: call.args.map(({ buffer, offset }) => buffer === "lanes" ? lanesAt : at(buffer, offset)),
        advance: call.args.map(({ buffer }) => buffer === "lanes" ? 0 : (advance.get(buffer) ?? 0) * bytesOf(buffer.dtype)),
        call,
      })),
    }));
  }

  run(inputs: readonly Storage[], reuse: readonly Storage[] = []): Storage[] {
    this.load(inputs);
    for (const { count, steps } of this.loops) {
      for (const { run, offsets } of steps) run(...offsets);
      for (let stripe = 1; stripe < count; stripe++) {
        for (const { run, offsets, advance } of steps) run(...offsets.map((o, i) => o + stripe * advance[i]));
      }
    }
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
    const kernels = this.loops.flatMap(({ count, steps }) => {
      const milliseconds = steps.map(() => 0);
      for (let stripe = 0; stripe < count; stripe++) {
        steps.forEach(({ run, offsets, advance }, i) => {
          const start = performance.now();
          run(...offsets.map((o, k) => o + stripe * advance[k]));
          milliseconds[i] += performance.now() - start;
        });
      }
      return steps.map(({ call }, i) => ({
        name: call.kernel.name,
        flops: call.flops * count,
        bytes: call.bytes * count,
        calls: count,
        milliseconds: milliseconds[i],
      }));
    });
    const notes = this.loops.filter((l) => l.count > 1).map((l) => `region of ${l.steps.length} kernels, ${l.count} stripes`);
    return { device: "cpu", kernels, arenaBytes: this.bytes, notes };
  }
}

/** When each buffer is in use, counted in calls. What a region shares with its surroundings lives through all of its stripes. */
function lifetimesOf(s: Schedule, stages: readonly Stage[]): Lifetime[] {
  const first = s.buffers.map(() => Infinity), last = s.buffers.map(() => -Infinity);
  const touch = ({ id }: Buffer, from: number, to: number): void => {
    first[id] = Math.min(first[id], from);
    last[id] = Math.max(last[id], to);
  };
  s.inputs.forEach(({ buffer }) => touch(buffer, -1, -1));
  let step = 0;
  for (const { calls, local } of stages) {
    const start = step, end = step + calls.length - 1;
    for (const { args } of calls) {
      for (const { buffer } of args) if (buffer !== "lanes") local.has(buffer) ? touch(buffer, step, step) : touch(buffer, start, end);
      step++;
    }
  }
  s.outputs.forEach(({ buffer }) => touch(buffer, step, step));
  return s.buffers.map(({ dtype, size }, id) => ({ bytes: first[id] === Infinity ? 0 : size * bytesOf(dtype), from: first[id], to: last[id] }));
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
