/**
 * What every thread runs. Workers get these functions as source text, so that they need nothing but the words of the shared memory.
 *
 * A region divides its stripes into slots, a number that depends on the shapes alone. A thread takes the next slot, runs its stripes
 * one after the other into sums of its own, and adds those to the result when its slot's turn comes: the same bits for any number of
 * threads.
 */
import type { KernelFunction } from "./wasm/module.ts";

/**
 * Positions of the words by which threads meet, from the start of the control block. `gate` holds the number of the command above bit 9,
 * whether it is closed in bit 8, and how many workers took it below: a worker that wakes late finds the gate closed and sleeps on.
 */
export const word = {
  gate: 0,
  command: 1,
  at: 2,
  length: 3,
  id: 4,
  next: 5,
  turn: 6,
  done: 7,
  ready: 8,
  failed: 9,
  quit: 10,
} as const;

/** Commands to the workers: a module to instantiate, a region to remember, a region to run. */
export const command = { module: 1, region: 2, run: 3 } as const;

/** A kernel with its arguments: byte offsets, how far each moves a stripe, and whether each thread has its own copy. */
export interface CodedStep {
  readonly kernel: number;
  readonly offsets: Int32Array;
  readonly advance: Int32Array;
  readonly local: Int32Array;
}

/** A region, as workers know it. */
export interface CodedRegion {
  readonly count: number;
  readonly slots: number;
  /** Bytes from one thread's copies to the next one's. */
  readonly span: number;
  /** Once a thread: frames. Before each slot: sums to zero. For each stripe. After each slot: sums to the result. */
  readonly frames: readonly CodedStep[];
  readonly zeros: readonly CodedStep[];
  readonly steps: readonly CodedStep[];
  readonly combines: readonly CodedStep[];
}

/** Runs a thread's share of a region. */
export function runShare(
  region: CodedRegion,
  kernels: readonly KernelFunction[],
  words: Int32Array,
  control: number,
  thread: number,
  maySleep: boolean,
): void {
  const next = control + 5, turn = control + 6, failed = control + 9; // as in `word`: no names from outside in here
  const args: number[][] = [];
  const run = (steps: readonly CodedStep[], stripe: number): void => {
    for (let s = 0; s < steps.length; s++) {
      const { kernel, offsets, advance, local } = steps[s];
      const n = offsets.length;
      const list = args[n] ?? (args[n] = new Array(n).fill(0));
      for (let i = 0; i < n; i++) {
        list[i] = offsets[i] + stripe * advance[i] + (local[i] === 1 ? thread * region.span : 0);
      }
      kernels[kernel](...list);
    }
  };
  let framed = false;
  for (;;) {
    const slot = Atomics.add(words, next, 1);
    if (slot >= region.slots) return;
    if (!framed) run(region.frames, 0);
    framed = true;
    run(region.zeros, 0);
    const from = Math.floor(slot * region.count / region.slots),
      to = Math.floor((slot + 1) * region.count / region.slots);
    for (let stripe = from; stripe < to; stripe++) run(region.steps, stripe);
    if (region.combines.length === 0) continue;
    for (let turns = 0, now = 0; (now = Atomics.load(words, turn)) !== slot; turns++) {
      if (Atomics.load(words, failed) !== 0) return;
      // The thread whose turn it is may have lost its processor: leave it this one.
      if (maySleep && turns > 20_000) Atomics.wait(words, turn, now, 1);
    }
    run(region.combines, 0);
    Atomics.store(words, turn, slot + 1);
    Atomics.notify(words, turn);
  }
}

/** A region from the words in which it was written. */
export function decodeRegion(code: Int32Array): CodedRegion {
  let at = 3;
  const list = (): CodedStep[] => {
    const steps: CodedStep[] = [];
    for (let n = code[at++]; n > 0; n--) {
      const kernel = code[at++], size = code[at++];
      const take = (): Int32Array => code.slice(at, at += size);
      steps.push({ kernel, offsets: take(), advance: take(), local: take() });
    }
    return steps;
  };
  return {
    count: code[0],
    slots: code[1],
    span: code[2],
    frames: list(),
    zeros: list(),
    steps: list(),
    combines: list(),
  };
}

/** The words of a region. */
export function encodeRegion(region: CodedRegion): Int32Array {
  const code = [region.count, region.slots, region.span];
  for (const steps of [region.frames, region.zeros, region.steps, region.combines]) {
    code.push(steps.length);
    for (const { kernel, offsets, advance, local } of steps) {
      code.push(kernel, offsets.length, ...offsets, ...advance, ...local);
    }
  }
  return Int32Array.from(code);
}

/** What a worker is given at its start. */
export interface WorkerData {
  readonly memory: WebAssembly.Memory;
  /** The control block, in words. */
  readonly control: number;
  readonly thread: number;
  /** Turns of the waiting loop before the worker sleeps. */
  readonly spins: number;
}

/** The life of a worker: waits for a command, obeys, says so. It ends when told to quit, or when it fails. */
export function workerMain(
  { memory, control, thread, spins }: WorkerData,
  instantiate: (bytes: Uint8Array, memory: WebAssembly.Memory) => KernelFunction[],
  decode: (code: Int32Array) => CodedRegion,
  share: typeof runShare,
): void {
  const kernels: KernelFunction[] = [];
  const regions: CodedRegion[] = [];
  let words = new Int32Array(memory.buffer);
  let last = Atomics.load(words, control) >>> 9;
  Atomics.add(words, control + 8, 1);
  try {
    for (;;) {
      let gate = Atomics.load(words, control);
      for (let turns = 0; gate >>> 9 === last || (gate & 256) !== 0; turns++) {
        if (turns >= spins) Atomics.wait(words, control, gate);
        gate = Atomics.load(words, control);
        if (Atomics.load(words, control + 10) === 1) {
          Atomics.sub(words, control + 8, 1);
          return;
        }
      }
      if (Atomics.compareExchange(words, control, gate, gate + 1) !== gate) continue;
      last = gate >>> 9;
      words = new Int32Array(memory.buffer);
      const at = words[control + 2], length = words[control + 3];
      switch (words[control + 1]) {
        case 1:
          kernels.push(...instantiate(new Uint8Array(memory.buffer, at, length).slice(), memory));
          break;
        case 2:
          regions[words[control + 4]] = decode(words.slice(at / 4, at / 4 + length));
          break;
        case 3:
          share(regions[words[control + 4]], kernels, words, control, thread, true);
      }
      Atomics.add(words, control + 7, 1);
      Atomics.notify(words, control + 7);
    }
  } catch {
    // It counts as done, so that the caller waits for those who still work and for nobody else.
    Atomics.add(words, control + 9, 1);
    Atomics.sub(words, control + 8, 1);
    Atomics.add(words, control + 7, 1);
    Atomics.notify(words, control + 7);
  }
}
