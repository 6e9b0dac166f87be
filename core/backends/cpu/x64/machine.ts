/** What native programs of a device share: the code of kernels, the arena, the driver and its threads. */
import type { Kernel } from "../../../compile/loop.ts";
import { arenaLimit, Views } from "../memory.ts";
import type { Features } from "./code.ts";
import { control, driver, thread, threadBytes } from "./driver.ts";
import { codeOf } from "./emit.ts";
import type { Native, Pointer, Span, System } from "./system.ts";

const chunkBytes = 2 ** 24, page = 4096;

/** Code of kernels: equal code stands in memory once. */
export class CodeSpace {
  private readonly spans: Span[] = [];
  private used = 0;
  private readonly known = new Map<string, number>();
  private readonly codes = new WeakMap<Kernel, { key: string; bytes: Uint8Array<ArrayBuffer> }>();

  constructor(private readonly system: System, private readonly features: Features) {}

  /** How many different kernels there are. */
  get size(): number {
    return this.known.size;
  }

  /** The addresses of kernels; all new ones come together. */
  addresses(kernels: readonly Kernel[]): number[] {
    const fresh = new Map<string, Uint8Array<ArrayBuffer>>();
    const keys = kernels.map((kernel) => {
      let code = this.codes.get(kernel);
      if (!code) {
        const bytes = codeOf(kernel, this.features);
        this.codes.set(kernel, code = { key: latin.decode(bytes), bytes });
      }
      if (!this.known.has(code.key)) fresh.set(code.key, code.bytes);
      return code.key;
    });
    if (fresh.size > 0) this.add(fresh);
    return keys.map((key) => this.known.get(key)!);
  }

  private add(codes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): void {
    const places: number[] = [];
    let bytes = 0;
    for (const code of codes.values()) {
      places.push(bytes);
      bytes = Math.ceil((bytes + code.length) / 64) * 64;
    }
    const start = this.room(bytes);
    const memory = new Uint8Array(this.system.view(start, bytes));
    [...codes].forEach(([key, code], i) => {
      memory.set(code, places[i]);
      this.known.set(key, start + places[i]);
    });
    this.system.seal({ address: start, bytes: Math.ceil(bytes / page) * page });
  }

  /** Writable pages that nothing else uses. */
  private room(bytes: number): number {
    const pages = Math.ceil(bytes / page) * page;
    let last = this.spans[this.spans.length - 1];
    if (!last || this.used + pages > last.bytes) {
      this.spans.push(last = this.system.reserve(Math.max(chunkBytes, pages)));
      this.used = 0;
    }
    this.used += pages;
    return last.address + this.used - pages;
  }

  release(): void {
    for (const span of this.spans) this.system.release(span);
  }
}

const latin = new TextDecoder("latin1");

/** The memory that a program works on, and views of it. */
export class Arena {
  private span: Span | undefined;
  private held: Views | undefined;

  constructor(private readonly system: System) {}

  get address(): number {
    return this.span!.address;
  }

  /**
   * Makes room for so many bytes; what was there is lost.
   *
   * @throws RangeError beyond 4 GiB, or where the system gives no more
   */
  reserve(bytes: number): void {
    if (this.span && this.span.bytes >= bytes) return;
    const megabytes = Math.ceil(bytes / 2 ** 20);
    if (bytes > arenaLimit) {
      throw new RangeError(
        `cpu: the program needs ${megabytes} MiB at once, the arena holds at most 4095 MiB; use a smaller batch or checkpoint`,
      );
    }
    this.release();
    const size = Math.min(arenaLimit, Math.max(2 ** 22, 2 ** Math.ceil(Math.log2(bytes))));
    this.span = this.system.reserve(size);
    this.held = new Views(this.system.view(this.span.address, this.span.bytes));
  }

  /** The memory as elements, at distances from its start. */
  get views(): Views {
    return this.held!;
  }

  release(): void {
    if (this.span) this.system.release(this.span);
    this.span = this.held = undefined;
  }
}

/** The driver, its control block, and the threads that help. */
export class Driver {
  private readonly code: Span;
  private readonly block: Span;
  private readonly words: Uint32Array;
  private readonly entry: Native;
  private readonly rouse: Native;
  private readonly work: number;
  private readonly self: Pointer;
  private readonly control: Pointer;
  private readonly constants: number;
  private workers: bigint[] | undefined;
  /** Why there are no workers, if they could not be had. */
  failure: string | undefined;

  constructor(private readonly system: System, private size: number) {
    const made = driver();
    this.code = system.load(made.code);
    this.entry = system.function(this.code.address + made.run);
    this.rouse = system.function(this.code.address + made.rouse);
    this.work = this.code.address + made.work;
    this.block = system.reserve(4096 + 256 * threadBytes);
    this.words = new Uint32Array(system.view(this.block.address, this.block.bytes));
    this.constants = this.block.address + 2048;
    for (let i = 0; i < 16; i++) this.words[512 + i] = i;
    this.control = system.pointer(this.block.address);
    this.self = system.pointer(this.prepare(0));
  }

  /** The address of the table 0, 1, 2, … of lane numbers. */
  get lanes(): number {
    return this.constants;
  }

  /** How many threads run a region at most, the caller's included. */
  get count(): number {
    return this.failure ? 1 : this.size;
  }

  resize(count: number): void {
    this.end();
    this.size = count;
    this.failure = undefined;
  }

  private put(word: number, value: number): void {
    this.words[2 * word] = value >>> 0;
    this.words[2 * word + 1] = Math.floor(value / 2 ** 32);
  }

  /** The block of a thread. */
  private prepare(number: number): number {
    const word = 512 + number * threadBytes / 8;
    this.put(word + thread.control, this.block.address);
    this.put(word + thread.number, number);
    this.put(word + 2, this.words[2 * control.gate] >>> 9);
    return this.block.address + 8 * word;
  }

  private start(): void {
    this.workers = [];
    try {
      for (let i = 1; i < this.size; i++) this.workers.push(this.system.thread(this.work, this.prepare(i)));
    } catch (e) {
      this.failure = `a thread did not start: ${e instanceof Error ? e.message : e}`;
    }
  }

  /** Runs a program; `together`: its large regions on all threads. */
  run(program: number, slots: number, slotCount: number, together: boolean, profile = false): void {
    if (together && !this.workers && this.count > 1) this.start();
    this.put(control.program, program);
    this.put(control.slots, slots);
    this.put(control.slotCount, slotCount);
    this.put(control.together, together && this.count > 1 && this.workers ? 1 : 0);
    this.put(control.profile, profile ? 1 : 0);
    this.entry(this.self);
  }

  /** Ends the workers. */
  private end(): void {
    if (!this.workers) return;
    this.put(control.quit, 1);
    Atomics.add(this.words, 2 * control.gate, 512);
    this.rouse(this.control);
    for (const worker of this.workers) this.system.join(worker);
    this.put(control.quit, 0);
    this.workers = undefined;
  }

  close(): void {
    this.end();
    this.system.release(this.code);
    this.system.release(this.block);
  }
}
