/** The contract of a backend. */
import type { TypedArray } from "../dtype.ts";
import type { Graph } from "../graph.ts";
import type { Aval } from "../shape.ts";

/** What a backend keeps a tensor's values in; a typed array on the CPU. */
export type Storage = unknown;

/** How much a kernel did: for `explain`. */
export interface KernelReport {
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
  /** How often it runs in one run of the program: more than once for the stripes of a batch. */
  readonly calls: number;
  /** Milliseconds of the last measured run, if there was one. */
  readonly milliseconds?: number;
}

/** What `explain` tells of a compiled program. */
export interface ProgramReport {
  readonly device: string;
  readonly kernels: readonly KernelReport[];
  readonly arenaBytes: number;
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
}

/** A device that can hold tensors and run Graphs. */
export interface Backend {
  readonly name: string;
  compile(graph: Graph): Executable;
  /** Storage with a copy of `values`. */
  write(values: TypedArray, aval: Aval): Storage;
  read(storage: Storage, aval: Aval): Promise<TypedArray>;
  readSync(storage: Storage, aval: Aval): TypedArray;
  free(storage: Storage): void;
  /** Changes the set-up, where the device has one. */
  configure?(options: DeviceOptions): void;
  /** Ends the device. */
  close(): void;
}
