/**
 * Threads: workers that run the stripes of a region side by side, over shared memory. One fork and join a region, through atomic words:
 * a worker spins for a moment after its work and then sleeps. Idle workers take no time and keep no process alive.
 */
import type { KernelCache } from "./kernels.ts";
import { arenaAt, controlAt, type Memory } from "./memory.ts";
import {
  type CodedRegion,
  command,
  decodeRegion,
  encodeRegion,
  runShare,
  word,
  type WorkerData,
  workerMain,
} from "./worker.ts";

/** Turns of the loop in which a worker waits before it sleeps: about 100 µs. */
const spins = 20_000;
const control = controlAt / 4;

interface WorkerHandle {
  unref(): void;
  terminate(): unknown;
}

interface WorkerThreads {
  Worker: new (source: string, options: { eval: boolean; workerData: WorkerData }) => WorkerHandle;
}

/** How workers are made here: Deno and Node have threads that a process does not wait for; elsewhere there are none. */
function workerThreads(): WorkerThreads | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.("node:worker_threads") as WorkerThreads | undefined;
}

/** The processors of this machine. */
export function processors(): number {
  return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
}

const source = (): string => `
const { workerData } = require("node:worker_threads");
const instantiate = (bytes, memory) => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernels = [];
  for (let i = 0; String(i) in exports; i++) kernels.push(exports[i]);
  return kernels;
};
(${workerMain})(workerData, instantiate, ${decodeRegion}, ${runShare});
`;

/** The threads of a device: the caller's and `count` − 1 workers, started when first wanted. */
export class Threads {
  private workers: WorkerHandle[] | undefined;
  private sentModules = 0;
  private readonly regions: CodedRegion[] = [];
  private sentRegions = 0;
  private trouble: string | undefined;
  /** Whether the caller's thread may sleep: not the main one of a browser. */
  private readonly maySleep = workerThreads() !== undefined;

  constructor(private readonly memory: Memory, private readonly kernels: KernelCache, private size: number) {}

  /** How many threads run a region at most, the caller's included. */
  get count(): number {
    return this.memory.shared ? this.size : 1;
  }

  /** Changes the number of threads: the workers there are end, new ones start when wanted. */
  resize(count: number): void {
    this.close();
    this.size = count;
    this.trouble = undefined;
  }

  /** What went wrong with the workers, if anything; then the caller's thread works alone. */
  get failure(): string | undefined {
    return this.trouble;
  }

  /** How many regions are known. */
  get regionCount(): number {
    return this.regions.length;
  }

  /** Makes a region known, and gives its number. */
  add(region: CodedRegion): number {
    return this.regions.push(region) - 1;
  }

  /** Runs a region, on all threads where `together`, else on the caller's alone. */
  run(id: number, together: boolean): void {
    const { words } = this.memory;
    const region = this.regions[id];
    Atomics.store(words, control + word.next, 0);
    Atomics.store(words, control + word.turn, 0);
    if (!together) return runShare(region, this.kernels.table, words, control, 0, false);
    this.post(command.run, 0, 0, id);
    runShare(region, this.kernels.table, words, control, 0, this.maySleep);
    // Workers that have not come by now have nothing to do.
    this.join(Atomics.or(words, control + word.gate, 256) & 255);
    if (this.trouble) {
      // A worker broke down in the middle: all of it once more, alone. The result was zero before; it is again.
      throw new Restart();
    }
  }

  /**
   * Whether the workers can run all regions: starts them, and tells them what is new. It writes to the arena, so it comes before a
   * program's inputs do.
   */
  ready(): boolean {
    if (this.count < 2 || this.trouble || !this.memory.shared) return false;
    if (!this.workers) this.start();
    if (Atomics.load(this.memory.words, control + word.ready) < this.workers!.length) return false;
    while (this.sentModules < this.kernels.modules.length) {
      const bytes = this.kernels.modules[this.sentModules++];
      this.memory.reserve(bytes.length);
      new Uint8Array(this.memory.memory.buffer).set(bytes, arenaAt);
      this.tell(command.module, arenaAt, bytes.length, 0);
    }
    while (this.sentRegions < this.regions.length) {
      const code = encodeRegion(this.regions[this.sentRegions]);
      this.memory.reserve(4 * code.length);
      this.memory.words.set(code, arenaAt / 4);
      this.tell(command.region, arenaAt, code.length, this.sentRegions++);
    }
    return !this.trouble;
  }

  private start(): void {
    this.workers = [];
    const threads = workerThreads();
    if (!threads) {
      this.trouble = "this runtime has no threads for WebAssembly"; // nothing to warn of: it is as it should be
      return;
    }
    try {
      for (let thread = 1; thread < this.count; thread++) {
        const workerData: WorkerData = { memory: this.memory.memory, control, thread, spins };
        const worker = new threads.Worker(source(), { eval: true, workerData });
        worker.unref();
        this.workers.push(worker);
      }
    } catch (e) {
      this.giveUp(`a worker did not start: ${e instanceof Error ? e.message : e}`);
    }
  }

  /** From now on the caller's thread works alone: the results are the same, but later. */
  private giveUp(why: string): void {
    this.trouble = why;
    console.warn(`cpu: ${why}; one thread goes on alone`);
  }

  private post(what: number, at: number, length: number, id: number): void {
    const { words } = this.memory;
    words[control + word.command] = what;
    words[control + word.at] = at;
    words[control + word.length] = length;
    words[control + word.id] = id;
    Atomics.store(words, control + word.done, 0);
    this.open();
  }

  /** Opens the gate to the next command. */
  private open(): void {
    const { words } = this.memory;
    Atomics.store(words, control + word.gate, ((words[control + word.gate] >>> 9) + 1) << 9);
    Atomics.notify(words, control + word.gate);
  }

  /** A command that every worker obeys before the caller goes on. */
  private tell(what: number, at: number, length: number, id: number): void {
    this.post(what, at, length, id);
    this.join(this.workers!.length);
    Atomics.or(this.memory.words, control + word.gate, 256);
  }

  /** Waits until so many workers are done, or have failed. */
  private join(workers: number): void {
    const { words } = this.memory;
    for (let turns = 0, done = 0; (done = Atomics.load(words, control + word.done)) < workers; turns++) {
      // A worker may have lost its processor: leave it this one.
      if (this.maySleep && turns > spins) Atomics.wait(words, control + word.done, done, 1);
    }
    if (Atomics.load(words, control + word.failed) !== 0) this.giveUp("a worker failed");
  }

  /** Ends the workers, and waits until they have left the words of the memory alone. */
  close(): void {
    if (!this.workers) return;
    const { words } = this.memory;
    const end = performance.now() + 2000; // a worker that has not come up by then never will
    const failed = (): number => Atomics.load(words, control + word.failed);
    const wait = (count: () => number): void => {
      while (Atomics.load(words, control + word.ready) !== count() && performance.now() < end);
    };
    const { length } = this.workers;
    wait(() => length - failed());
    Atomics.store(words, control + word.quit, 1);
    this.open();
    wait(() => 0);
    Atomics.store(words, control + word.quit, 0);
    Atomics.store(words, control + word.failed, 0);
    this.workers = undefined;
    this.sentModules = 0;
    this.sentRegions = 0;
  }
}

/** Thrown when workers broke down: the program runs again without them. */
export class Restart {}
