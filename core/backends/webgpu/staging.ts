/** Reads: values of the GPU are copied to a buffer that the host may map. */
import type { Block, Buffers, GpuStorage } from "./buffers.ts";
import type { Gpu } from "./device.ts";

/** Bytes of buffers that wait for the next read. */
const keptBytes = 2 ** 24;

interface DenoGlobals {
  readonly Deno?: { readonly version?: { readonly deno?: string } };
  readonly setImmediate?: (callback: () => void) => unknown;
}

/**
 * Deno 2 waits for the GPU in `mapAsync` itself, and then sleeps 10 ms before the promise resolves; the values can be had meanwhile. It ends
 * the process if that is asked of a buffer that has never been mapped: only those that have been are asked.
 */
const { Deno: deno, setImmediate: immediate } = globalThis as DenoGlobals;
const sleeps = deno?.version?.deno?.startsWith("2.") === true && immediate !== undefined;

/** Two turns of the event loop: after them, errors of what was submitted before have been heard, and finalisers have had their chance. */
async function turns(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise<void>((resolve) => immediate!(resolve));
}

/** The reads of a device. */
export class Staging {
  /** Buffers that were mapped before and are free. */
  private readonly free: Block[] = [];
  private kept = 0;

  constructor(private readonly gpu: Gpu, private readonly buffers: Buffers) {}

  /** Copies words to the host: a buffer of its own for each read under way. */
  async read(operation: string, storage: GpuStorage): Promise<Uint32Array> {
    const { gpu } = this;
    gpu.check(operation);
    if (storage.host) return storage.host;
    const { bytes } = storage;
    const { block, used } = this.take(bytes);
    const encoder = gpu.device.createCommandEncoder({ label: operation });
    encoder.copyBufferToBuffer(storage.block!.gpu, 0, block.gpu, 0, bytes);
    gpu.device.queue.submit([encoder.finish()]);
    const mapped = gpu.orLost(operation, block.gpu.mapAsync(GPUMapMode.READ, 0, bytes));
    let words = sleeps && used ? early(block, bytes) : undefined;
    if (words) {
      mapped.then(() => this.giveBack(block), () => this.buffers.destroy(block));
      await turns();
      gpu.check(operation);
    } else {
      await mapped;
      words = copyOf(block, bytes);
      this.giveBack(block);
    }
    gpu.checkFaults(operation, storage.clock);
    return words;
  }

  private take(bytes: number): { block: Block; used: boolean } {
    const at = this.free.findIndex((b) => b.bytes >= bytes && b.bytes <= 4 * bytes + 4096);
    if (at < 0) return { block: this.buffers.staging(bytes), used: false };
    const [block] = this.free.splice(at, 1);
    this.kept -= block.bytes;
    return { block, used: true };
  }

  private giveBack(block: Block): void {
    block.gpu.unmap();
    if (this.kept + block.bytes > keptBytes) return this.buffers.destroy(block);
    this.free.push(block);
    this.kept += block.bytes;
  }
}

const copyOf = ({ gpu }: Block, bytes: number): Uint32Array => new Uint32Array(gpu.getMappedRange(0, bytes).slice(0));

/** The words, if the buffer is mapped by now. */
function early(block: Block, bytes: number): Uint32Array | undefined {
  try {
    return copyOf(block, bytes);
  } catch {
    return undefined;
  }
}
