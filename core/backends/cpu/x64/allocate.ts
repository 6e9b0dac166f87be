/**
 * Chooses the registers of a function: linear scan over the intervals in which values live. What does not fit lives on the stack, what is
 * used least and longest first; then some registers are kept free to bring it back.
 */
import { type Code, General, type Instr, isCopy, isEnd, isLoop, Vector } from "./code.ts";
import { R } from "./assembler.ts";

/** Where values are: a register's number, or −1 − slot on the stack. */
export interface Allocation {
  readonly homes: Int32Array;
  /** The stack slots that values took, in bytes. */
  readonly slots: readonly number[];
  /** Registers that bring values back from the stack, by class. */
  readonly scratch: readonly (readonly number[])[];
  /** Registers of the caller that the function changes. */
  readonly saved: readonly number[];
}

interface Interval {
  readonly id: number;
  start: number;
  end: number;
  weight: number;
  /** A register that would save a copy: that of another value. */
  hint: number;
}

const callers = [R.bx, R.r12, R.r13, R.r14, R.r15] as const;
const generals = [R.ax, R.cx, R.dx, R.si, R.r8, R.r9, R.r10, R.r11, R.di, R.bx, R.r12, R.r13, R.r14, R.r15];

/** The registers that an instruction reads. */
export function reads(i: Instr, visit: (register: number) => void): void {
  if (i.a >= 0) visit(i.a);
  if (i.b >= 0) visit(i.b);
  if (i.c >= 0) visit(i.c);
  if (i.d >= 0 && (i.op.tied || (i.mask > 0 && !i.zero && i.vector!.form !== "mr" && !blends(i)))) visit(i.d);
  const { place } = i;
  if (!place) return;
  if (place.base >= 0) visit(place.base);
  if (place.index >= 0) visit(place.index);
}

/** A blend takes its mask as a choice, and leaves nothing of the old value. */
const blends = (i: Instr): boolean => i.op.name.startsWith("vblendm");

function intervals(code: Code, instrs: readonly Instr[]): Interval[] {
  const list: (Interval | undefined)[] = new Array(code.classes.length).fill(undefined);
  const parents: number[] = [], starts: number[] = [], ends: number[] = [];
  const inside = new Int32Array(instrs.length);
  let loop = -1;
  instrs.forEach((i, p) => {
    if (isLoop(i)) {
      parents.push(loop);
      starts.push(p);
      loop = starts.length - 1;
    }
    inside[p] = loop;
    if (isEnd(i)) {
      ends[loop] = p;
      loop = parents[loop];
    }
  });
  const first = new Int32Array(code.classes.length).fill(-1);
  let depth = 0;
  const touch = (id: number, at: number, p: number, isRead: boolean): void => {
    const weight = 8 ** Math.min(depth, 8);
    let interval = list[id];
    if (!interval) {
      list[id] = interval = { id, start: at, end: at, weight, hint: -1 };
      // Read before it is set, as the table of buffers is: it lives from the start.
      first[id] = isRead ? -1 : p;
      if (isRead) interval.start = -1;
    } else interval.weight += weight;
    let end = at;
    for (let l = inside[p]; l >= 0 && starts[l] > first[id]; l = parents[l]) end = 2 * ends[l] + 1;
    interval.end = Math.max(interval.end, end);
  };
  instrs.forEach((i, p) => {
    if (isLoop(i)) depth++;
    else if (isEnd(i)) depth--;
    const last = i.vector?.distinct ? 2 * p + 1 : 2 * p;
    reads(i, (id) => touch(id, last, p, true));
    if (i.d >= 0) touch(i.d, 2 * p + 1, p, false);
    const source = !isCopy(i) ? -1 : i.vector ? i.b : i.a;
    if (source >= 0) {
      list[i.d]!.hint = source;
      if (list[source]!.hint < 0) list[source]!.hint = i.d;
    }
  });
  return list.filter((x) => x !== undefined);
}

/** Linear scan of one class; gives what found no register. */
function scan(
  list: readonly Interval[],
  registers: readonly number[],
  homes: Int32Array,
  fixed: number,
): Interval[] {
  const free = new Set(registers);
  let active: Interval[] = [];
  const spilled: Interval[] = [];
  const weightOf = (x: Interval): number => x.id === fixed ? Infinity : x.weight / (x.end - x.start + 8);
  for (const interval of list) {
    if (active.some((other) => other.end < interval.start)) {
      active = active.filter((other) => {
        if (other.end >= interval.start) return true;
        free.add(homes[other.id]);
        return false;
      });
    }
    if (interval.id === fixed) {
      homes[interval.id] = R.di;
      free.delete(R.di);
      active.push(interval);
      continue;
    }
    if (free.size > 0) {
      const wanted = interval.hint >= 0 ? homes[interval.hint] : -1;
      const chosen = wanted >= 0 && free.has(wanted) ? wanted : registers.find((r) => free.has(r))!;
      homes[interval.id] = chosen;
      free.delete(chosen);
      active.push(interval);
      continue;
    }
    let victim = interval;
    for (const other of active) if (weightOf(other) < weightOf(victim)) victim = other;
    spilled.push(victim);
    if (victim !== interval) {
      homes[interval.id] = homes[victim.id];
      active[active.indexOf(victim)] = interval;
    }
    homes[victim.id] = -1;
  }
  return spilled;
}

/** The registers of a function. */
export function allocate(code: Code, instrs: readonly Instr[]): Allocation {
  const all = intervals(code, instrs).sort((x, y) => x.start - y.start || x.id - y.id);
  const homes = new Int32Array(code.classes.length).fill(-1);
  const slots = [...code.slots];
  const scratch: (readonly number[])[] = [[], []];
  for (const kind of [General, Vector]) {
    const mine = all.filter((x) => code.classes[x.id] === kind);
    const registers = kind === General ? generals : Array.from({ length: code.features.wide ? 32 : 16 }, (_, i) => i);
    const fixed = kind === General ? code.table : -1;
    if (scan(mine, registers, homes, fixed).length === 0) continue;
    // Not all fits: three registers bring values back, and the table of buffers stays to take pointers from.
    const kept = kind === General ? [R.r13, R.r14, R.r15] : registers.slice(-3);
    scratch[kind] = kept;
    if (kind === General) {
      const table = mine.find((x) => x.id === code.table);
      if (table) table.end = Infinity;
    }
    const spilled = scan(mine, registers.filter((r) => !kept.includes(r)), homes, fixed);
    for (const { id } of spilled) homes[id] = -slots.push(code.sizes[id]);
  }
  const used = new Set<number>(scratch[General]);
  all.forEach(({ id }) => code.classes[id] === General && homes[id] >= 0 && used.add(homes[id]));
  return { homes, slots, scratch, saved: callers.filter((r) => used.has(r)) };
}
