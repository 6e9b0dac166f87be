/** Pipelines by their code, and the arena that all programs of a device share. */
import { Recent } from "../../recent.ts";
import type { Block, Buffers } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import { Staging } from "./staging.ts";

/** A compiled kernel and how its buffers are bound. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Pipelines that a device keeps; drivers take up to a megabyte for each. */
const pipelineLimit = 1024;

/** What the programs of a device share. */
export class Machine {
  /** By their code. Programs ask for them whenever they run: one that was forgotten is made again. */
  private readonly pipelines = new Recent<Pipeline>(pipelineLimit);
  /** Gives back the buffers of programs that nobody holds any more. */
  private readonly owners: FinalizationRegistry<Block>;
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  /** The chunks of the arena, each bound as a whole. */
  readonly arena: Block[] = [];
  readonly staging: Staging;

  constructor(readonly gpu: Gpu, readonly buffers: Buffers) {
    this.staging = new Staging(gpu, buffers);
    this.owners = new FinalizationRegistry((block) => {
      if (gpu.lost === undefined) buffers.destroy(block);
    });
  }

  /** Destroys a buffer when its owner is gone. */
  own(owner: object, block: Block): void {
    this.owners.register(owner, block);
  }

  /** What is kept, in words. */
  get cacheNote(): string {
    const { size, limit, forgotten } = this.pipelines;
    return `${size} pipelines kept of at most ${limit}, ${forgotten} forgotten`;
  }

  /** The pipeline of a module; `access` has a letter for each buffer: it is read, written, or a uniform buffer. */
  pipeline(name: string, code: string, access: string): Pipeline {
    return this.pipelines.remember(code, () => {
      const { device } = this.gpu;
      const layout = this.layout(access);
      const module = device.createShaderModule({ code, label: name });
      const pipeline = device.createComputePipeline({
        label: name,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main" },
      });
      return { pipeline, layout };
    });
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
