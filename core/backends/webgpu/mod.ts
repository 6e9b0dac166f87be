/** The WebGPU backend: programs of WGSL kernels. Its tensors are read asynchronously. */
import { allocate, type TypedArray } from "../../dtype.ts";
import { show } from "../../errors.ts";
import type { Graph } from "../../graph.ts";
import type { Aval } from "../../shape.ts";
import type { Backend, Executable, Storage } from "../backend.ts";
import { Buffers, type GpuStorage, smallSize } from "./buffers.ts";
import { Gpu } from "./device.ts";
import { Machine } from "./pipelines.ts";
import { Program, refuseFloat64 } from "./program.ts";

/** Bytes that all tensors of a device may take. */
const byteLimit = 4 * 2 ** 30;

/** The device "webgpu". */
export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  readonly description = "kernels in WGSL on a WebGPU adapter";
  readonly asynchronous = true;
  readonly machine: Machine;

  private constructor(readonly gpu: Gpu, private readonly onClose: (backend: Backend) => void) {
    this.machine = new Machine(gpu, new Buffers(gpu, byteLimit));
  }

  /** Opens the device; `onClose` hears when it is closed or lost. */
  static async open(onClose: (backend: Backend) => void): Promise<WebGpuBackend> {
    const made: { backend?: WebGpuBackend } = {};
    const gpu = await Gpu.open(() => made.backend && onClose(made.backend));
    return made.backend = new WebGpuBackend(gpu, onClose);
  }

  compile(graph: Graph): Executable {
    this.gpu.check("compile");
    return new Program(graph, this.machine);
  }

  write(values: TypedArray, { dtype, shape }: Aval): Storage {
    const operation = `tensor of shape ${show(shape)}`;
    this.gpu.check(operation);
    if (dtype === "float64") refuseFloat64(operation);
    const words = dtype === "bool"
      ? Uint32Array.from(values)
      : new Uint32Array(values.buffer as ArrayBuffer, values.byteOffset, values.length);
    const { buffers } = this.machine;
    if (values.length <= smallSize) return buffers.small(words.slice());
    const storage = buffers.storage(operation, words.byteLength);
    this.gpu.device.queue.writeBuffer(storage.block!.gpu, 0, words);
    return storage;
  }

  async read(storage: Storage, { dtype, size, shape }: Aval): Promise<TypedArray> {
    const words = await this.machine.staging.read(`data of a tensor of shape ${show(shape)}`, storage as GpuStorage);
    const values = allocate(dtype, size);
    if (dtype === "bool") values.set(words);
    else new Uint32Array(values.buffer as ArrayBuffer).set(words);
    return values;
  }

  readSync(): TypedArray {
    throw new TypeError(
      `dataSync: reading from webgpu is asynchronous; use await t.data() (or item(), toArray()). ` +
        `To move a tensor to another device: tensor(await t.data(), { shape: t.shape, dtype: t.dtype, device })`,
    );
  }

  free(storage: Storage): void {
    this.machine.buffers.release(storage as GpuStorage);
  }

  close(): void {
    this.gpu.close();
    this.onClose(this);
  }
}
