/**
 * The memory of the CPU device: one WebAssembly memory. Its first bytes are constants and the words by which threads meet; the rest is
 * the arena of the program that runs.
 */
import { allocate, type DType, type TypedArray } from "../../dtype.ts";

const page = 65536;
/** 64 MiB to begin with: address space only, until it is used. */
const firstPages = 1024;
/** 4 GiB less a page: byte offsets are 32-bit. */
export const pageLimit = 65535;
/** The same in bytes. */
export const arenaLimit = page * pageLimit;

/** Where the table 0, 1, 2, … of lane numbers stands. */
export const lanesAt = 0;
/** Where the words of the threads stand: see threads.ts. */
export const controlAt = 64;
/** Where the arena begins. */
export const arenaAt = 256;

/** A buffer as elements of every type. */
export class Views {
  private readonly f32: Float32Array;
  private readonly f64: Float64Array;
  readonly i32: Int32Array;
  private readonly u32: Uint32Array;

  constructor(buffer: ArrayBufferLike) {
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
  }

  /** Copies values in, to a distance in bytes. */
  write(values: TypedArray, at: number): void {
    const { f32, f64, i32, u32 } = this;
    if (values instanceof Float32Array) f32.set(values, at / 4);
    else if (values instanceof Float64Array) f64.set(values, at / 8);
    else if (values instanceof Uint32Array) u32.set(values, at / 4);
    else i32.set(values, at / 4); // int32, and bool, which takes 32 bits here
  }

  /** Copies values out, into `into` if it is given. */
  read(dtype: DType, at: number, size: number, into?: TypedArray): TypedArray {
    const { f32, f64, i32, u32 } = this;
    const from = dtype === "float32"
      ? f32.subarray(at / 4, at / 4 + size)
      : dtype === "float64"
      ? f64.subarray(at / 8, at / 8 + size)
      : dtype === "uint32"
      ? u32.subarray(at / 4, at / 4 + size)
      : i32.subarray(at / 4, at / 4 + size);
    const to = into ?? allocate(dtype, size); // `slice` of shared memory takes much longer
    to.set(from);
    return to;
  }
}

/** A growing memory with views of every element type. */
export class Memory {
  readonly memory: WebAssembly.Memory;
  /** Whether threads can share it; not in a page that is not isolated from others. */
  readonly shared: boolean = typeof SharedArrayBuffer !== "undefined";
  private views!: Views;

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: firstPages, maximum: pageLimit, shared: this.shared });
    this.refresh();
    for (let i = 0; i < 16; i++) this.views.i32[lanesAt / 4 + i] = i;
  }

  private refresh(): void {
    this.views = new Views(this.memory.buffer);
  }

  /** All of it as int32. */
  get words(): Int32Array {
    return this.views.i32;
  }

  /**
   * Makes room for an arena of so many bytes.
   *
   * @throws RangeError beyond 4 GiB, or where the system gives no more
   */
  reserve(bytes: number): void {
    const missing = Math.ceil((arenaAt + bytes - this.memory.buffer.byteLength) / page);
    if (missing <= 0) return;
    const megabytes = Math.ceil(bytes / 2 ** 20);
    if (this.memory.buffer.byteLength / page + missing > pageLimit) {
      throw new RangeError(
        `cpu: the program needs ${megabytes} MiB at once, the arena holds at most 4095 MiB; use a smaller batch or checkpoint`,
      );
    }
    try {
      this.memory.grow(missing);
    } catch {
      throw new RangeError(`cpu: the system gave no memory for an arena of ${megabytes} MiB`);
    }
    this.refresh();
  }

  /** Copies values in. */
  write(values: TypedArray, at: number): void {
    this.views.write(values, at);
  }

  /** Copies values out, into `into` if it is given. */
  read(dtype: DType, at: number, size: number, into?: TypedArray): TypedArray {
    return this.views.read(dtype, at, size, into);
  }
}
