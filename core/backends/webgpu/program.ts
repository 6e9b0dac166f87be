/** A compiled Graph on the GPU: one command encoder and one submit a call. */
import type { Home } from "../../compile/home.ts";
import type { Graph } from "../../graph.ts";
import type { Executable, KernelReport, ProgramReport, Storage } from "../backend.ts";
import type { Block, GpuStorage } from "./buffers.ts";
import { bindingKey, type Layout, layOut, type Place } from "./layout.ts";
import { compile, targetOf } from "./lower.ts";
import type { Machine, Pipeline } from "./pipelines.ts";
import { type Dispatch, gridOf, link } from "./wgsl/kernel.ts";
import { timeKernels } from "./timing.ts";

/** A kernel ready to run. */
interface Step {
  readonly pipeline: Pipeline;
  readonly dispatch: Dispatch;
  /** What is bound, in order. */
  readonly bound: readonly Place[];
  readonly grid: readonly [number, number];
  /** Where its parameters are in the uniform buffer. */
  readonly at: number;
  readonly parameterBytes: number;
  /** Bind groups by the numbers of their buffers. */
  readonly groups: Map<string, GPUBindGroup>;
}

/** Bind groups that a kernel remembers. */
const groupLimit = 16;

/** Refuses what WGSL cannot hold. */
export function refuseFloat64(operation: string): never {
  throw new TypeError(
    `${operation}: webgpu has no float64 (WGSL has none); use float32 there, ops.cast(x, "float32"), or run it on cpu`,
  );
}

/** The executable of a Graph. */
export class Program implements Executable {
  private readonly steps: readonly Step[];
  private readonly layout: Layout;
  private readonly inputHomes: readonly Home[];
  private readonly outputHomes: readonly Home[];
  private readonly outputSizes: readonly number[];
  private readonly uniform: Block | undefined;
  /** Numbers of workgroups that kernels write for others. */
  private readonly commands: readonly Block[];
  private readonly words: Uint32Array<ArrayBuffer>;
  private readonly name: string;
  /** Whether an output is a copy of an input: then donated buffers are not written before everything is read. */
  private readonly passes: boolean;

  constructor(graph: Graph, private readonly machine: Machine) {
    const { gpu } = machine;
    for (const t of [...graph.inputs, ...graph.captures]) if (t.dtype === "float64") refuseFloat64("call");
    for (const node of graph.nodes) {
      for (const t of node.outputs) if (t.dtype === "float64") refuseFloat64(node.primitive!.name);
    }
    const closed: Graph = { ...graph, inputs: [...graph.inputs, ...graph.captures], captures: [] };
    const { dispatches, schedule: s } = compile(
      closed,
      targetOf(kernels.software ?? gpu.software, gpu.limits.maxComputeWorkgroupStorageSize),
    );
    this.outputSizes = graph.outputs.map((t) => t.size);
    this.layout = layOut(dispatches, s.inputs, s.outputs, this.outputSizes, gpu.limits);
    this.inputHomes = s.inputs;
    this.outputHomes = s.outputs;
    this.name = dispatches.slice(0, 4).map((d) => d.name).join(", ");
    this.words = new Uint32Array(this.layout.block.bytes / 4);
    this.passes = s.outputs.some(({ buffer }) => this.layout.places.get(buffer)?.kind === "input");
    const uniforms: number[] = [];
    const known = new Map<Dispatch, Step>(); // the turns of a loop are the same kernels
    this.steps = dispatches.map((dispatch) => {
      let step = known.get(dispatch);
      if (!step) known.set(dispatch, step = this.prepare(dispatch, uniforms));
      return step;
    });
    const { STORAGE, INDIRECT } = GPUBufferUsage;
    this.commands = this.layout.commands.map(({ size }) => machine.buffers.create(4 * size, STORAGE | INDIRECT));
    if (uniforms.length > 0) {
      this.uniform = machine.buffers.create(4 * uniforms.length, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
      gpu.device.queue.writeBuffer(this.uniform.gpu, 0, Uint32Array.from(uniforms));
    }
  }

  private prepare(dispatch: Dispatch, uniforms: number[]): Step {
    const { machine: { gpu }, layout: { places } } = this;
    const bound: Place[] = [], keys: string[] = [];
    const slots = dispatch.parameters.map(({ buffer }) => {
      const place = places.get(buffer)!;
      const key = bindingKey(place);
      let slot = keys.indexOf(key);
      if (slot < 0) {
        slot = keys.push(key) - 1;
        bound.push(place);
      }
      return slot;
    });
    // A small operand that every kernel of the program only reads may be a uniform buffer, which software drivers read much faster.
    const uniform = (k: number): boolean => dispatch.parameters.every((p, i) => slots[i] !== k || p.uniform);
    const access = bound.map((place, k) => place.kind !== "input" ? "w" : uniform(k) ? "u" : "r").join("");
    const pipeline = this.machine.pipeline(dispatch.name, link(dispatch, slots, access), access);
    const at = 4 * uniforms.length;
    uniforms.push(0, dispatch.groups);
    for (const { buffer, offset } of dispatch.parameters) {
      const place = places.get(buffer)!;
      uniforms.push(offset + (place.kind === "arena" ? place.at / 4 : 0));
    }
    const parameterBytes = 4 * (2 + dispatch.parameters.length);
    while (uniforms.length % 64 !== 0) uniforms.push(0);
    const most = gpu.limits.maxComputeWorkgroupsPerDimension;
    const grid = gridOf(dispatch.groups, most);
    if (grid[1] > most) {
      throw new RangeError(
        `${dispatch.name}: ${dispatch.groups} workgroups are over this webgpu device's ${most} × ${most} (maxComputeWorkgroupsPerDimension)`,
      );
    }
    return {
      pipeline,
      dispatch,
      bound,
      grid,
      at,
      parameterBytes,
      groups: new Map(),
    };
  }

  run(inputs: readonly Storage[], reuse: readonly Storage[] = []): Storage[] {
    const { machine: { gpu, buffers } } = this;
    gpu.check("call");
    const encoder = gpu.device.createCommandEncoder({ label: this.name });
    const outputs = this.begin(inputs as GpuStorage[], encoder);
    if (this.steps.length > 0) {
      const pass = encoder.beginComputePass({ label: this.name });
      for (const step of this.steps) this.encode(pass, step, inputs as GpuStorage[], outputs);
      pass.end();
    }
    const release = (): void => (reuse as GpuStorage[]).forEach((s) => buffers.release(s));
    const copies = this.copies(inputs as GpuStorage[]);
    if (!this.passes) release();
    this.finish(encoder, outputs, copies);
    if (this.passes) release();
    gpu.device.queue.submit([encoder.finish()]);
    return outputs as Storage[];
  }

  /** Makes the buffers of large outputs, and brings small inputs to the arena. */
  private begin(inputs: readonly GpuStorage[], encoder: GPUCommandEncoder): (GpuStorage | undefined)[] {
    const { machine, layout: { places, chunks, block } } = this;
    const { gpu, buffers } = machine;
    machine.reserve(chunks);
    const outputs = this.outputHomes.map(({ buffer }, i) => {
      const place = places.get(buffer);
      return place?.kind === "output" && place.index === i
        ? buffers.storage(this.name, 4 * this.outputSizes[i])
        : undefined;
    });
    let written = false;
    for (const [i, at] of block.inputs) {
      const { host } = inputs[i];
      if (!host) continue;
      this.words.set(host, at / 4);
      written = true;
    }
    if (written) gpu.device.queue.writeBuffer(machine.arena[0].gpu, block.at, this.words);
    this.inputHomes.forEach(({ buffer }, i) => {
      const place = places.get(buffer);
      if (place?.kind !== "arena" || inputs[i].host || inputs[i].bytes === 0) return;
      encoder.copyBufferToBuffer(inputs[i].block!.gpu, 0, machine.arena[place.chunk].gpu, place.at, inputs[i].bytes);
    });
    return outputs;
  }

  private blockOf(place: Place, inputs: readonly GpuStorage[], outputs: readonly (GpuStorage | undefined)[]): Block {
    if (place.kind === "indirect") return this.commands[place.index];
    return place.kind === "arena"
      ? this.machine.arena[place.chunk]
      : (place.kind === "input" ? inputs : outputs)[place.index]!.block!;
  }

  private encode(
    pass: GPUComputePassEncoder,
    step: Step,
    inputs: readonly GpuStorage[],
    outputs: readonly (GpuStorage | undefined)[],
  ): void {
    const blocks = step.bound.map((place) => this.blockOf(place, inputs, outputs));
    let key = "";
    for (const { id } of blocks) key += id + ",";
    let group = step.groups.get(key);
    if (!group) {
      group = this.machine.gpu.device.createBindGroup({
        layout: step.pipeline.layout,
        entries: [
          {
            binding: 0,
            resource: { buffer: this.uniform!.gpu, offset: step.at, size: Math.ceil(step.parameterBytes / 16) * 16 },
          },
          ...blocks.map((block, k) => ({ binding: k + 1, resource: { buffer: block.gpu } })),
        ],
      });
      if (step.groups.size >= groupLimit) step.groups.delete(step.groups.keys().next().value!);
      step.groups.set(key, group);
    }
    pass.setPipeline(step.pipeline.pipeline);
    pass.setBindGroup(0, group);
    const { indirect } = step.dispatch;
    if (!indirect) return pass.dispatchWorkgroups(step.grid[0], step.grid[1]);
    const place = this.layout.places.get(indirect.buffer) as Place & { kind: "indirect" };
    pass.dispatchWorkgroupsIndirect(this.commands[place.index].gpu, 4 * indirect.at);
  }

  /** Where the outputs are that are copied out at the end. */
  private copies(
    inputs: readonly GpuStorage[],
  ): (({ from: GPUBuffer; at: number } | { host: Uint32Array<ArrayBuffer> }) | undefined)[] {
    const { machine, layout: { places } } = this;
    return this.outputHomes.map(({ buffer, offset }, i) => {
      const place = places.get(buffer);
      if (!place || this.outputSizes[i] === 0 || (place.kind === "output" && place.index === i)) return undefined;
      if (place.kind === "arena") return { from: machine.arena[place.chunk].gpu, at: place.at + 4 * offset };
      const source = inputs[place.index];
      return source.host ? { host: source.host } : { from: source.block!.gpu, at: 4 * offset };
    });
  }

  private finish(
    encoder: GPUCommandEncoder,
    outputs: (GpuStorage | undefined)[],
    copies: ReturnType<Program["copies"]>,
  ): void {
    copies.forEach((copy, i) => {
      if (outputs[i]) return;
      const bytes = 4 * this.outputSizes[i];
      if (copy && "host" in copy) {
        outputs[i] = this.machine.buffers.small(copy.host.slice());
        return;
      }
      const storage = outputs[i] = this.machine.buffers.storage(this.name, bytes);
      if (copy) encoder.copyBufferToBuffer(copy.from, copy.at, storage.block!.gpu, 0, bytes);
    });
  }

  report(inputs: readonly Storage[]): ProgramReport {
    const { machine } = this;
    machine.gpu.check("explain");
    const calls = Map.groupBy(this.steps.keys(), (i) => this.steps[i]);
    const described = [...calls].map(([{ dispatch: { name, flops, bytes, lines } }, { length }]): KernelReport => ({
      name,
      flops: flops * length,
      bytes: bytes * length,
      calls: length,
      lines,
    }));
    const notes = [`adapter: ${machine.gpu.label}`, "1 submit a call"];
    const result = {
      device: "webgpu",
      kernels: described,
      arenaBytes: this.layout.chunks.reduce((a, b) => a + b, 0),
      notes,
    };
    if (!machine.gpu.timestamps || this.steps.length === 0) {
      if (!machine.gpu.timestamps) notes.push("no times: the adapter has no timestamp queries");
      return result;
    }
    const times = timeKernels(machine.gpu, this.steps.length, (encoder, timed) => {
      const outputs = this.begin(inputs as GpuStorage[], encoder);
      this.steps.forEach((step, i) => {
        const pass = encoder.beginComputePass({ timestampWrites: timed(i) });
        this.encode(pass, step, inputs as GpuStorage[], outputs);
        pass.end();
      });
    });
    const sums = times.then((ms) => [...calls.values()].map((at) => at.reduce((sum, i) => sum + ms[i], 0)));
    return { ...result, times: sums.then((ms) => described.map((k, i) => ({ ...k, milliseconds: ms[i] }))) };
  }
}

/** Lets a test choose the kernels of a driver that runs on the CPU, or those of hardware. */
export const kernels: { software: boolean | undefined } = { software: undefined };
