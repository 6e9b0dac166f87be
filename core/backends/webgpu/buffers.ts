/**
 * Tensors on the GPU. A storage owns a buffer from a pool; when the collector finds that nobody holds the storage, the buffer goes back.
 * V8 does not see the memory of the GPU, so an untouched ArrayBuffer of the same size stands beside each large storage.
 */
import type { Gpu } from "./device.ts";

/** A buffer of the GPU with a number that no other one ever has. */
export interface Block {
  readonly gpu: GPUBuffer;
  readonly id: number;
  readonly bytes: number;
}

/** Up to this many elements a tensor that is written stays in the memory of the host until a program takes it. */
export const smallSize = 256;

/** Sizes from which the collector is told. */
const ballastFrom = 65536;

/** The values of a tensor. */
export class GpuStorage {
  /** Only there to be as large as the buffer. */
  readonly ballast: ArrayBuffer | undefined;

  constructor(
    /** Bytes of the values. */
    readonly bytes: number,
    public block: Block | undefined,
    /** Small values from the host, in 32-bit words. */
    readonly host: Uint32Array<ArrayBuffer> | undefined,
    /** When it was made. */
    readonly clock: number,
  ) {
    this.ballast = block && bytes >= ballastFrom ? new ArrayBuffer(bytes) : undefined;
  }
}

/** The buffers of a device. */
export class Buffers {
  /** Bytes of all buffers, in use or pooled. */
  bytes = 0;
  /** Buffers made so far. */
  made = 0;
  private serial = 0;
  private pooled = 0;
  private readonly pool = new Map<number, Block[]>();
  private readonly registry: FinalizationRegistry<Block>;

  constructor(private readonly gpu: Gpu, readonly limit: number) {
    this.registry = new FinalizationRegistry((block) => this.giveBack(block));
  }

  /**
   * A storage of `bytes`, its contents undefined.
   *
   * @throws RangeError where the device or the byte limit is too small
   */
  storage(operation: string, bytes: number): GpuStorage {
    const block = bytes === 0 ? undefined : this.take(operation, bytes);
    const storage = new GpuStorage(bytes, block, block ? undefined : new Uint32Array(0), this.gpu.tick());
    if (block) this.registry.register(storage, block, storage);
    return storage;
  }

  /** A storage of a few words from the host. */
  small(words: Uint32Array<ArrayBuffer>): GpuStorage {
    return new GpuStorage(words.byteLength, undefined, words, this.gpu.tick());
  }

  /** Gives up a storage: its buffer may be used again at once, by what is submitted later. */
  release(storage: GpuStorage): void {
    const { block } = storage;
    if (!block) return;
    storage.block = undefined;
    this.registry.unregister(storage);
    this.giveBack(block);
  }

  private take(operation: string, bytes: number): Block {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.gpu.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > most) {
      const name = maxBufferSize < maxStorageBufferBindingSize ? "maxBufferSize" : "maxStorageBufferBindingSize";
      throw new RangeError(
        `${operation}: a tensor of ${bytes} bytes is over this webgpu device's limit of ${most} bytes (${name}); divide it, or use cpu`,
      );
    }
    const size = Math.min(sizeClass(bytes), most - most % 4);
    const free = this.pool.get(size)?.pop();
    if (free) {
      this.pooled -= size;
      return free;
    }
    if (this.bytes + size > this.limit) this.drain();
    if (this.bytes + size > this.limit) {
      throw new RangeError(
        `${operation}: ${this.bytes} bytes of webgpu memory are in use and ${size} more would go over the limit of ${this.limit}; ` +
          `await a result now and then so that forgotten tensors can be collected (await t.data()), dispose() of tensors, or jit with donate`,
      );
    }
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    return this.create(size, STORAGE | UNIFORM | COPY_SRC | COPY_DST);
  }

  /** A new buffer, counted. */
  create(bytes: number, usage: number): Block {
    const id = ++this.serial;
    this.bytes += bytes;
    this.made++;
    return { gpu: this.gpu.device.createBuffer({ size: bytes, usage, label: `cotangent ${id}` }), id, bytes };
  }

  destroy(block: Block): void {
    this.bytes -= block.bytes;
    block.gpu.destroy();
  }

  private giveBack(block: Block): void {
    if (this.gpu.lost !== undefined) return;
    if (this.pooled + block.bytes > this.limit / 4) return this.destroy(block);
    const free = this.pool.get(block.bytes);
    if (free) free.push(block);
    else this.pool.set(block.bytes, [block]);
    this.pooled += block.bytes;
  }

  private drain(): void {
    for (const list of this.pool.values()) for (const block of list) this.destroy(block);
    this.pool.clear();
    this.pooled = 0;
  }

  /** A buffer that values are copied to for the host. */
  staging(bytes: number): Block {
    return this.create(sizeClass(bytes), GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
  }
}

/** Sizes come in eight steps to the power of two, so that buffers find new uses. */
function sizeClass(bytes: number): number {
  if (bytes <= 1024) return 1024;
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
