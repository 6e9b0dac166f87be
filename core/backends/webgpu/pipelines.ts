/** Pipelines by their code, and the arena that all programs of a device share. */
import type { Block, Buffers } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import { Staging } from "./staging.ts";

/** A compiled kernel and how its buffers are bound. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** What the programs of a device share. */
export class Machine {
  private readonly pipelines = new Map<string, Pipeline>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  /** The chunks of the arena, each bound as a whole. */
  readonly arena: Block[] = [];

  readonly staging: Staging;

  constructor(readonly gpu: Gpu, readonly buffers: Buffers) {
    this.staging = new Staging(gpu, buffers);
  }

  /** The pipeline of a module; `access` has a letter for each buffer: it is read, written, or a uniform buffer. */
  pipeline(name: string, code: string, access: string): Pipeline {
    let known = this.pipelines.get(code);
    if (!known) {
      const { device } = this.gpu;
      const layout = this.layout(access);
      const module = device.createShaderModule({ code, label: name });
      const pipeline = device.createComputePipeline({
        label: name,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main" },
      });
      this.pipelines.set(code, known = { pipeline, layout });
    }
    return known;
  }

  private layout(access: string): GPUBindGroupLayout {
    let known = this.layouts.get(access);
    if (!known) {
      const storage = [...access].map((a, k): GPUBindGroupLayoutEntry => ({
        binding: k + 1,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: a === "w" ? "storage" : a === "u" ? "uniform" : "read-only-storage" },
      }));
      const entries: GPUBindGroupLayoutEntry[] = [{
        binding: 0,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform" },
      }, ...storage];
      this.layouts.set(access, known = this.gpu.device.createBindGroupLayout({ entries }));
    }
    return known;
  }

  /** Makes the chunks of the arena at least this large. What was in them is lost. */
  reserve(sizes: readonly number[]): void {
    sizes.forEach((bytes, k) => {
      const old = this.arena[k];
      if (old && old.bytes >= bytes) return;
      const { maxBufferSize, maxStorageBufferBindingSize } = this.gpu.limits;
      // Some room, so that a slightly larger program does not need another one.
      const size = Math.min(
        Math.max(bytes, Math.ceil(bytes * 1.125 / 65536) * 65536),
        maxBufferSize,
        maxStorageBufferBindingSize,
      );
      if (old) this.buffers.destroy(old);
      this.arena[k] = this.buffers.create(
        size - size % 4,
        GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      );
    });
  }
}
