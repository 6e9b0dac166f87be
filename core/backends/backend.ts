/** The contract of a backend. */
import type { TypedArray } from "../dtype.ts";
import type { Graph } from "../graph.ts";
import type { Aval } from "../shape.ts";

/** What a backend keeps a tensor's values in; a typed array on the CPU. */
export type Storage = unknown;

/** What one kernel of a program does, and how long it took: a row of `explain`. */
export interface KernelReport {
  /** The operations that it fuses, or the contraction that it is. */
  readonly name: string;
  /** Arithmetic operations of all calls; a multiply-add counts as two. */
  readonly flops: number;
  /** Bytes that all calls read and write, from the caches or from memory. */
  readonly bytes: number;
  /** How often it runs in one run of the program: more than once for the stripes of a batch. */
  readonly calls: number;
  /** Milliseconds of the last measured run, if there was one. */
  readonly milliseconds?: number;
  /** Where in the user's program its operations were called, `file:///home/me/experiment.ts:12:5`, where `explain` asked for it. */
  readonly lines?: readonly string[];
}

/** What one thread of a device reaches at best: GFLOP/s of multiply-adds, GB/s within the second-level cache. */
export interface Ceilings {
  /** 10⁹ operations a second; a multiply-add counts as two. */
  readonly gigaflops: number;
  /** 10⁹ bytes a second, read and written. */
  readonly gigabytes: number;
}

/** What `explain` tells of a compiled program. */
export interface ProgramReport {
  /** The name of the device. */
  readonly device: string;
  /** The kernels in the order in which they run. */
  readonly kernels: readonly KernelReport[];
  /** What the program takes of the device's memory while it runs. */
  readonly arenaBytes: number;
  /** The most that lives at once, as far as the device knows: its memory plan can take no less. */
  readonly leastBytes?: number;
  /** The device's own ceilings, where they have been measured. */
  readonly ceilings?: Ceilings;
  /** Regions that run stripe by stripe, and what went wrong with threads, if anything. */
  readonly notes: readonly string[];
  /** The kernels with their times, where a device tells these later. */
  readonly times?: Promise<readonly KernelReport[]>;
}

/** A compiled Graph. */
export interface Executable {
  /**
   * Runs it: one storage for each input and capture, in order, gives one for each output. `reuse` are storages that the
   * caller gives up, to be used for results.
   */
  run(inputs: readonly Storage[], reuse?: readonly Storage[]): Storage[];
  /** Runs it once with a clock around every kernel. */
  report(inputs: readonly Storage[]): ProgramReport;
}

/** How a device is set up. */
export interface DeviceOptions {
  /** Threads of the cpu device, the caller's included; default: one for each processor. */
  readonly threads?: number;
  /**
   * What the cpu device runs: `"auto"` (machine code where it can be had without asking for a permission, else WebAssembly), `"wasm"`, or
   * `"native"`. Machine code needs Linux on x86-64, Deno and `--allow-ffi`.
   */
  readonly code?: "auto" | "wasm" | "native";
  /** Bits of the vectors of machine code: 256, or 512 where the processor has them; default: the widest. */
  readonly vectors?: 256 | 512;
}

/** A device as users see it: a handle to pass to `setDefaultDevice`, `tensor` and `to`. */
export interface Device {
  /** The name by which `device` finds it: `"cpu"` or `"reference"`. */
  readonly name: string;
  /** What computes, in words: the kind of code, the threads; and why not faster code, where there is a reason. */
  readonly description: string;
  /** Ends the device and its threads. Who asks for the name afterwards gets a new one. */
  close(): void;
}

/** A device that can hold tensors and run Graphs. */
export interface Backend extends Device {
  /** Whether calls return before the work is done, so that values are read with `await` only. */
  readonly asynchronous?: boolean;
  compile(graph: Graph): Executable;
  /** Storage of these values; the caller gives the array up. */
  write(values: TypedArray, aval: Aval): Storage;
  read(storage: Storage, aval: Aval): Promise<TypedArray>;
  readSync(storage: Storage, aval: Aval): TypedArray;
  free(storage: Storage): void;
  /** Changes the set-up, where the device has one, and loads what that needs. */
  configure?(options: DeviceOptions): Promise<void>;
}
