/**
 * The system beneath machine code: memory that code stands in and works on, and what the processor can do. Through Deno's foreign
 * functions, which need `--allow-ffi`.
 */
import { obstacle } from "../native.ts";
import { Assembler, R } from "./assembler.ts";
import type { Features } from "./code.ts";

/** What is used of Deno, which the library must do without elsewhere. */
interface DenoFfi {
  dlopen(name: string, symbols: Record<string, unknown>): {
    readonly symbols: Record<string, (...args: unknown[]) => unknown>;
  };
  readonly UnsafePointer: {
    create(address: bigint): Pointer;
    of(view: ArrayBufferView): Pointer;
    value(pointer: Pointer): bigint;
  };
  readonly UnsafePointerView: { getArrayBuffer(pointer: Pointer, bytes: number): ArrayBuffer };
  readonly UnsafeFnPointer: new (
    pointer: Pointer,
    definition: { readonly parameters: readonly string[]; readonly result: string },
  ) => { call(...args: unknown[]): unknown };
}

/** An address, as Deno hands it out. */
export type Pointer = object | null;

const deno = (globalThis as unknown as { Deno?: DenoFfi }).Deno;

const page = 4096;
const protection = { none: 0, read: 1, write: 2, execute: 4 } as const;
const isPrivate = 2, isAnonymous = 32, noReserve = 0x4000;
const hugePages = 14;

/** A function in machine code that takes one address. */
export type Native = (argument: Pointer) => void;

/** A piece of memory outside of the JavaScript heap. */
export interface Span {
  readonly address: number;
  readonly bytes: number;
}

/** Calls to the C library, and what is built on them. */
export class System {
  private readonly c: Record<string, (...args: unknown[]) => unknown>;
  private readonly views = new WeakMap<ArrayBufferLike, number>();
  private known: Features | undefined;

  /** @throws Error where `obstacle` says so, or where the C library is not found */
  constructor() {
    const why = obstacle();
    if (why) throw new Error(why);
    this.c = deno!.dlopen("libc.so.6", {
      mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
      mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
      munmap: { parameters: ["pointer", "usize"], result: "i32" },
      madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
      pthread_create: { parameters: ["pointer", "pointer", "pointer", "pointer"], result: "i32" },
      pthread_join: { parameters: ["usize", "pointer"], result: "i32" },
    }).symbols;
  }

  pointer(address: number): Pointer {
    return deno!.UnsafePointer.create(BigInt(address));
  }

  /** Memory as an array, at an address of it. */
  view(address: number, bytes: number): ArrayBuffer {
    return deno!.UnsafePointerView.getArrayBuffer(this.pointer(address), bytes);
  }

  /** Where an array stands. It must not be resized, nor be of a memory that may grow. */
  addressOf(array: ArrayBufferView): number {
    // A small array stands in the JavaScript heap until its buffer is asked for.
    const { buffer } = array;
    let start = this.views.get(buffer);
    if (start === undefined) {
      start = Number(deno!.UnsafePointer.value(deno!.UnsafePointer.of(new Uint8Array(buffer))));
      this.views.set(buffer, start);
    }
    return start + array.byteOffset;
  }

  /**
   * Zeroed memory to read and write, between two pages that nobody may touch.
   *
   * @throws RangeError where the system gives none
   */
  reserve(bytes: number): Span {
    const size = Math.ceil(bytes / page) * page;
    const at = this.c.mmap(
      null,
      size + 2 * page,
      protection.none,
      isPrivate | isAnonymous | noReserve,
      -1,
      0n,
    ) as Pointer;
    const start = Number(BigInt.asIntN(64, deno!.UnsafePointer.value(at)));
    if (start === -1 || start === 0) throw new RangeError(`cpu: the system gave no memory for ${bytes} bytes`);
    if (this.c.mprotect(this.pointer(start + page), size, protection.read | protection.write) !== 0) {
      this.c.munmap(at, size + 2 * page);
      throw new RangeError(`cpu: the system gave no memory for ${bytes} bytes`);
    }
    if (size >= 2 ** 22) this.c.madvise(this.pointer(start + page), size, hugePages);
    return { address: start + page, bytes: size };
  }

  release({ address, bytes }: Span): void {
    this.c.munmap(this.pointer(address - page), bytes + 2 * page);
  }

  /**
   * Makes memory executable, and no longer writable.
   *
   * @throws Error where the system forbids it
   */
  seal({ address, bytes }: Span): void {
    if (this.c.mprotect(this.pointer(address), bytes, protection.read | protection.execute) !== 0) {
      throw new Error("the system makes no page executable");
    }
  }

  /** Code in executable memory of its own. */
  load(code: Uint8Array): Span {
    const span = this.reserve(code.length);
    try {
      new Uint8Array(this.view(span.address, span.bytes)).set(code);
      this.seal(span);
    } catch (e) {
      this.release(span);
      throw e;
    }
    return span;
  }

  /** The function at an address of executable memory. */
  function(address: number): Native {
    const f = new deno!.UnsafeFnPointer(this.pointer(address), { parameters: ["pointer"], result: "void" });
    return (argument) => f.call(argument);
  }

  /**
   * Starts a thread at an address of executable memory; gives what `join` takes.
   *
   * @throws Error where the system gives none
   */
  thread(entry: number, argument: number): bigint {
    const id = new BigUint64Array(1);
    const error = this.c.pthread_create(
      deno!.UnsafePointer.of(id),
      null,
      this.pointer(entry),
      this.pointer(argument),
    );
    if (error !== 0) throw new Error(`the system started no thread (error ${error})`);
    return id[0];
  }

  /** Waits for the end of a thread. */
  join(thread: bigint): void {
    this.c.pthread_join(thread, null);
  }

  /** What the processor can do; undefined where that is too little. */
  features(): Features | undefined {
    const [most, leaf1, leaf7, saved] = this.identify();
    if (most < 7) return undefined;
    const has = (register: number, bit: number): boolean => (register >>> bit & 1) === 1;
    const [, , c1] = leaf1, [, b7] = leaf7;
    const basic = has(c1, 12) && has(c1, 27) && has(c1, 28) && has(b7, 5) && has(b7, 8) && (saved & 6) === 6;
    if (!basic) return undefined;
    const wide = [16, 17, 30, 31].every((bit) => has(b7, bit)) && (saved & 0xe6) === 0xe6;
    // AMD's first processors with these vectors, of family 19h.
    const family = (leaf1[0] >>> 8 & 15) + (leaf1[0] >>> 20 & 255);
    return this.known ??= { wide, halved: family === 0x19 };
  }

  /** The answers of `cpuid` and of `xgetbv`. */
  private identify(): [number, number[], number[], number] {
    const asm = new Assembler();
    const to = (displacement: number) => ({ base: R.di, index: -1, scale: 0, displacement });
    asm.push(R.bx);
    [0, 1, 7].forEach((leaf, i) => {
      asm.set(R.ax, leaf);
      asm.set(R.cx, 0);
      asm.identify();
      [R.ax, R.bx, R.cx, R.dx].forEach((r, k) => asm.storeInt(to(16 * i + 4 * k), r, false));
    });
    // The system's part counts only where the processor says that there is one.
    const end = asm.label();
    asm.loadInt(R.ax, to(16 + 8), false);
    asm.shift(5, R.ax, 27);
    asm.arithmeticConstant(4, R.ax, 1, false);
    asm.storeInt(to(48), R.ax, false);
    asm.jumpIf(4, end);
    asm.set(R.cx, 0);
    asm.savedState();
    asm.storeInt(to(48), R.ax, false);
    asm.place(end);
    asm.pop(R.bx);
    asm.return();
    const span = this.load(asm.finish());
    const out = new Uint32Array(16);
    this.function(span.address)(this.pointer(this.addressOf(out)));
    this.release(span);
    const row = (i: number): number[] => [...out.subarray(4 * i, 4 * i + 4)];
    return [out[0], row(1), row(2), out[12]];
  }
}
