/** A compiled Graph as machine code: one call runs all of it, on the caller's arrays where they are large. */
import type { Target } from "../../../compile/loop.ts";
import { bytesOf } from "../../../compile/plan.ts";
import { allocate, type TypedArray } from "../../../dtype.ts";
import type { Graph } from "../../../graph.ts";
import type { Ceilings, Executable, ProgramReport, Storage } from "../../backend.ts";
import {
  advanceOf,
  allCalls,
  described,
  forkWork,
  Layout,
  type Place,
  sameKind,
  slotsOf,
  stagger,
  workOf,
} from "../layout.ts";
import type { Call, Stage } from "../loops/lower.ts";
import type { KernelMemo } from "../loops/memo.ts";
import { Views } from "../memory.ts";
import type { Features } from "./code.ts";
import { NotNative } from "./expression.ts";
import { argumentLimit, part, slot, slotLimit } from "./driver.ts";
import type { Arena, CodeSpace, Driver } from "./machine.ts";
import type { System } from "./system.ts";

/** What the lowering may ask of a processor. */
export function targetOf({ wide, halved }: Features): Target {
  return wide ? { lanes: 16, registers: 32, narrower: [8, 4], halved } : { lanes: 8, registers: 16, narrower: [4] };
}

/** Arrays from this size on are used where they are; smaller ones are copied faster than their address is found. */
const inPlaceBytes = 16384;

/** What native programs of a device share. */
export interface NativeMachine {
  readonly system: System;
  readonly features: Features;
  readonly code: CodeSpace;
  readonly arena: Arena;
  readonly driver: Driver;
  readonly memo: KernelMemo;
  /** For tests: whether each buffer stands by itself, ends where nobody may read or write, and holds rubbish at first. */
  readonly guarded: boolean;
  ceilings(): Ceilings;
}

/** Words of 64 bits that may hold addresses within themselves. */
class Script {
  private readonly values: number[] = [];
  private readonly own: number[] = [];

  get length(): number {
    return this.values.length;
  }

  push(...values: number[]): number {
    return this.values.push(...values) - values.length;
  }

  /** A word that is to hold the address of a word of this script. */
  link(): number {
    this.own.push(this.values.length);
    return this.push(0);
  }

  set(at: number, value: number): void {
    this.values[at] = value;
  }

  finish(system: System): { readonly words: Uint32Array; readonly address: number } {
    const words = new Uint32Array(2 * this.values.length);
    const address = system.addressOf(words);
    for (const at of this.own) this.values[at] = address + 8 * this.values[at];
    this.values.forEach((value, i) => {
      words[2 * i] = value;
      words[2 * i + 1] = Math.floor(value / 2 ** 32);
    });
    return { words, address };
  }
}

/** A step whose ticks are counted. */
interface Counted {
  readonly call: Call;
  readonly calls: number;
  readonly word: number;
}

/** The executable of a Graph. */
export class NativeProgram implements Executable {
  private readonly layout: Layout;
  private readonly span: number;
  private readonly forks: boolean;
  private readonly script: { readonly words: Uint32Array; readonly address: number };
  /** The slot of each of the caller's arrays that is used in place. */
  private readonly numbers = new Map<number, number>();
  private readonly slots: Uint32Array;
  private readonly slotsAt: number;
  private readonly counted: Counted[] = [];
  private readonly notes: string[] = [];
  private spare: TypedArray[] = [];

  constructor(graph: Graph, private readonly machine: NativeMachine) {
    const layout = this.layout = new Layout(
      graph,
      machine.memo,
      machine.guarded ? { apart: true } : { inPlace: inPlaceBytes },
    );
    const { stages } = layout;
    if (stages.some(({ control }) => control)) throw new NotNative("loops and branches are run by JavaScript");
    const hosted = stages.flatMap(allCalls).find(({ kernel }) => kernel.host);
    if (hosted) throw new NotNative(`${hosted.kernel.name} is a function of JavaScript`);
    // Distances within a buffer are 32 bits of an instruction.
    if (layout.largest >= 2 ** 31) throw new NotNative("an array takes 2 GiB or more");
    this.span = stages.some(({ stripes }) => stripes) ? layout.own + stagger : 0;
    for (const { place } of [...layout.inputs, ...layout.outputs]) {
      if (place.space === "caller" && !this.numbers.has(place.array)) {
        this.numbers.set(place.array, slot.arrays + this.numbers.size);
      }
    }
    const count = slot.arrays + this.numbers.size + layout.apart.length;
    if (count > slotLimit) throw new NotNative(`it reads and writes ${this.numbers.size} large arrays`);
    this.slots = new Uint32Array(2 * count);
    this.slotsAt = machine.system.addressOf(this.slots);
    machine.arena.reserve(this.bytes);
    const addresses = machine.code.addresses(stages.flatMap((stage) => allCalls(stage).map((c) => c.kernel)));
    const script = new Script();
    let next = 0;
    for (const stage of stages) next = this.write(script, stage, addresses, next);
    script.push(part.end);
    this.script = script.finish(machine.system);
    this.forks = stages.some((stage) => stage.stripes !== undefined && workOf(stage) > forkWork);
  }

  private get bytes(): number {
    return this.layout.shared + this.span * this.machine.driver.count;
  }

  /** Writes a stage; gives the number of the next stage's first kernel. */
  private write(script: Script, stage: Stage, addresses: readonly number[], first: number): number {
    const { calls, stripes } = stage;
    let next = first;
    const list = (at: number, some: readonly Call[], counts = 0): void => {
      script.set(at, script.length);
      script.push(some.length);
      for (const call of some) {
        if (call.args.length > argumentLimit) throw new NotNative(`a kernel has ${call.args.length} buffers`);
        const kernel = script.push(addresses[next++], 0, call.args.length);
        if (counts > 0) this.counted.push({ call, calls: counts, word: kernel + 1 });
        for (const arg of call.args) {
          const place = this.layout.place(arg);
          script.push(8 * this.slotOf(place), place.offset, advanceOf(arg));
        }
      }
    };
    if (!stripes) {
      script.push(part.plain);
      const steps = script.link(), after = script.link();
      list(steps, calls, 1);
      script.set(after, script.length);
      return next;
    }
    const slots = slotsOf(stripes);
    script.push(part.region);
    const at = script.link(), after = script.link();
    script.push(workOf(stage) > forkWork ? 1 : 0);
    script.set(at, script.length);
    script.push(stripes.count, slots, this.span);
    const [frames, zeros, steps, combines] = [0, 1, 2, 3].map(() => script.link());
    for (let i = 0; i <= slots; i++) script.push(Math.floor(i * stripes.count / slots));
    list(steps, calls, stripes.count);
    list(frames, stripes.frames);
    list(zeros, stripes.zeros);
    list(combines, stripes.combines);
    script.set(after, script.length);
    this.notes.push(
      `a region of ${calls.length} kernels runs for ${stripes.count} stripes in ${slots} slots, up to ${this.machine.driver.count} threads`,
    );
    return next;
  }

  private slotOf({ space, array }: Place): number {
    if (space === "caller") return this.numbers.get(array)!;
    return space === "apart" ? slot.arrays + this.numbers.size + array : slot[space];
  }

  run(inputs: readonly Storage[], reuse: readonly Storage[] = []): Storage[] {
    if (this.machine.guarded) return this.runGuarded(inputs);
    this.load(inputs);
    const results = this.results();
    const { driver } = this.machine;
    driver.run(this.script.address, this.slotsAt, this.slots.length / 2, this.forks);
    const given = this.store(results, inputs);
    // What the caller gives up holds results of the next run: of this one they might still be read.
    this.spare = (reuse as readonly TypedArray[]).slice(0, 2 * results.length);
    return given;
  }

  /** With every buffer in pages of its own, at their end. */
  private runGuarded(inputs: readonly Storage[]): Storage[] {
    const { driver, system } = this.machine;
    const { layout } = this;
    this.setSlot(slot.lanes, driver.lanes);
    const spans = layout.apart.map((bytes) => system.reserve(Math.max(1, bytes)));
    const views = spans.map(({ address, bytes }, i) => {
      const view = system.view(address, bytes);
      new Uint8Array(view).fill(0xff);
      const at = bytes - layout.apart[i];
      this.setSlot(slot.arrays + this.numbers.size + i, address + at);
      return { views: new Views(view), at };
    });
    layout.inputs.forEach(({ place }, i) => {
      const { views: to, at } = views[place.array];
      to.write(inputs[i] as TypedArray, at + place.offset);
    });
    driver.run(this.script.address, this.slotsAt, this.slots.length / 2, false);
    const results = layout.outputs.map(({ dtype, size, place }) => {
      const { views: from, at } = views[place.array];
      return from.read(dtype, at + place.offset, size);
    });
    for (const span of spans) system.release(span);
    return results;
  }

  private setSlot(k: number, address: number): void {
    this.slots[2 * k] = address;
    this.slots[2 * k + 1] = Math.floor(address / 2 ** 32);
  }

  private load(inputs: readonly Storage[]): void {
    const { arena, driver, system } = this.machine;
    const { layout } = this;
    arena.reserve(this.bytes);
    this.setSlot(slot.lanes, driver.lanes);
    this.setSlot(slot.arena, arena.address);
    this.setSlot(slot.local, arena.address + layout.shared);
    layout.inputs.forEach(({ place }, i) => {
      const array = inputs[i] as TypedArray;
      if (place.space === "caller") this.setSlot(this.slotOf(place), system.addressOf(array));
      else arena.views.write(array, this.at(place));
    });
  }

  private at({ space, offset }: Place): number {
    return offset + (space === "local" ? this.layout.shared : 0);
  }

  /** Arrays for the results: those that were given up by earlier callers, or new ones. */
  private results(): (TypedArray | undefined)[] {
    const { layout, machine } = this;
    return layout.outputs.map(({ dtype, size, place }, i) => {
      if (place.space !== "caller" || place.array !== layout.inputs.length + i) return undefined;
      const k = this.spare.findIndex((array) => array.length === size && sameKind(array, dtype));
      const array = k < 0 ? allocate(dtype, size) : this.spare.splice(k, 1)[0];
      this.setSlot(this.slotOf(place), machine.system.addressOf(array));
      return array;
    });
  }

  private store(results: readonly (TypedArray | undefined)[], inputs: readonly Storage[]): Storage[] {
    const { layout } = this;
    return layout.outputs.map(({ dtype, size, place }, i) => {
      if (results[i]) return results[i];
      if (place.space === "caller") {
        // A part of another array: each tensor has its own.
        const { array } = place;
        const whole = array < layout.inputs.length
          ? inputs[array] as TypedArray
          : results[array - layout.inputs.length]!;
        const from = place.offset / bytesOf(dtype);
        return whole.slice(from, from + size);
      }
      const k = this.spare.findIndex((array) => array.length === size && dtype !== "bool" && sameKind(array, dtype));
      const into = k < 0 ? undefined : this.spare.splice(k, 1)[0];
      return this.machine.arena.views.read(dtype, this.at(place), size, into);
    });
  }

  report(inputs: readonly Storage[]): ProgramReport {
    this.load(inputs);
    this.results();
    const { machine, script: { words, address } } = this;
    for (const { word } of this.counted) words.fill(0, 2 * word, 2 * word + 2);
    const start = performance.now();
    machine.driver.run(address, this.slotsAt, this.slots.length / 2, false, true);
    const milliseconds = performance.now() - start;
    const ticks = this.counted.map(({ word }) => words[2 * word] + words[2 * word + 1] * 2 ** 32);
    const all = ticks.reduce((sum, n) => sum + n, 0);
    const kernels = this.counted.map(({ call, calls }, i) => ({
      ...described(call, calls),
      milliseconds: all > 0 ? milliseconds * ticks[i] / all : 0,
    }));
    const notes = [...this.notes];
    if (machine.driver.failure) notes.push(`one thread: ${machine.driver.failure}`);
    const { least } = this.layout;
    const leastBytes = least.shared + least.own * machine.driver.count;
    return { device: "cpu", kernels, arenaBytes: this.bytes, leastBytes, ceilings: machine.ceilings(), notes };
  }
}
