/**
 * The driver: machine code that runs a whole program in one call. It walks over a table of steps, computes the addresses of each kernel's
 * buffers and calls it; for regions it does so stripe by stripe, on all threads that come. The order of sums is that of `worker.ts`: slots
 * of stripes, each added to the result in its turn.
 */
import { type Address, Arithmetic, Assembler, Condition, R } from "./assembler.ts";

/** Words of 8 bytes at the start of the control block. Those that threads change have a cache line of their own. */
export const control = {
  /** The program: parts, one after the other. */
  program: 0,
  /** The addresses to which offsets are added. */
  slots: 1,
  slotCount: 2,
  /** Whether workers take part. */
  together: 3,
  /** Whether to count the ticks of each step. */
  profile: 4,
  /** The region that runs. */
  region: 5,
  /** Number of the command << 9, whether it is closed << 8, how many workers took it. */
  gate: 8,
  next: 16,
  turn: 24,
  done: 32,
  /** Workers that sleep, or are about to. */
  sleeping: 40,
  quit: 48,
} as const;

/** Words of the block of a thread. */
export const thread = {
  control: 0,
  /** Its number: 0 is the caller's. */
  number: 1,
  /** The addresses of a kernel's buffers: as many as a kernel has parameters. */
  arguments: 8,
  /** This thread's copy of the slots. */
  slots: 8 + 2048,
} as const;

/** Buffers that a kernel may have, and slots that a program may have. */
export const argumentLimit = 2048, slotLimit = 6000;
/** Bytes of a thread's block; not a multiple of a page, for the caches' sake. */
export const threadBytes = 8 * (thread.slots + slotLimit) + 192;

/** The slots that every program has: constants, the shared arena, and what each thread has for itself. */
export const slot = { lanes: 0, arena: 1, local: 2, arrays: 3 } as const;

/** Kinds of parts of a program. */
export const part = { end: 0, plain: 1, region: 2 } as const;

/** Words of a region before its lists. */
export const region = { count: 0, slots: 1, span: 2, frames: 3, zeros: 4, steps: 5, combines: 6, bounds: 7 } as const;

/** Turns of the waiting loop before a worker sleeps, about 200 µs, and before one that waits for another gives up its processor. */
const spins = 20_000;
const futex = 202, yieldProcessor = 24;

const at = (base: number, words: number): Address => ({ base, index: -1, scale: 0, displacement: 8 * words });

/** The code of the driver, with its entries: a program, the life of a worker, and waking the workers that sleep. */
export function driver(): { code: Uint8Array<ArrayBuffer>; run: number; work: number; rouse: number } {
  const a = new Assembler();
  const steps = a.label(), share = a.label(), run = a.label(), work = a.label(), rouse = a.label();
  writeSteps(a, steps);
  writeShare(a, share, steps);
  a.place(run);
  writeRun(a, share, steps);
  a.place(work);
  writeWork(a, share);
  a.place(rouse);
  a.push(R.r12);
  a.move(R.r12, R.di);
  wake(a);
  a.pop(R.r12);
  a.return();
  return { code: a.finish(), run: a.at(run), work: a.at(work), rouse: a.at(rouse) };
}

/*
 * Registers, all of which kernels leave alone: bp the thread's block, bx the region, r12 the control block, r13 the stripe, r14 the end of
 * the slot's stripes, r15 the step.
 */

/** A list of steps at r15, for the stripe of r13. */
function writeSteps(a: Assembler, entry: number): void {
  const step = a.label(),
    done = a.label(),
    argument = a.label(),
    ready = a.label(),
    timed = a.label(),
    next = a.label();
  a.place(entry);
  a.loadInt(R.ax, at(R.r15, 0), true);
  a.arithmeticConstant(Arithmetic.add, R.r15, 8);
  a.push(R.ax);
  a.place(step);
  a.loadInt(R.ax, at(R.sp, 0), true);
  a.arithmeticConstant(Arithmetic.sub, R.ax, 1);
  a.jumpIf(Condition.less, done);
  a.storeInt(at(R.sp, 0), R.ax, true);
  // Kernel, ticks, number of arguments; then slot (in bytes), offset and advance of each.
  a.loadInt(R.si, at(R.r15, 0), true);
  a.loadInt(R.dx, at(R.r15, 2), true);
  a.address(R.r8, at(R.r15, 1));
  a.arithmeticConstant(Arithmetic.add, R.r15, 24);
  a.address(R.di, at(R.bp, thread.arguments));
  a.set(R.cx, 0);
  a.place(argument);
  a.arithmetic(Arithmetic.compare, R.cx, R.dx);
  a.jumpIf(Condition.notLess, ready);
  a.loadInt(R.r9, at(R.r15, 0), true);
  a.loadInt(R.ax, { base: R.bp, index: R.r9, scale: 0, displacement: 8 * thread.slots }, true);
  a.arithmetic(Arithmetic.add, R.ax, at(R.r15, 1));
  a.loadInt(R.r9, at(R.r15, 2), true);
  a.multiply(R.r9, R.r13);
  a.arithmetic(Arithmetic.add, R.ax, R.r9);
  a.storeInt({ base: R.di, index: R.cx, scale: 3, displacement: 0 }, R.ax, true);
  a.arithmeticConstant(Arithmetic.add, R.r15, 24);
  a.arithmeticConstant(Arithmetic.add, R.cx, 1);
  a.jump(argument);
  a.place(ready);
  a.arithmeticConstant(Arithmetic.compare, at(R.r12, control.profile), 0);
  a.jumpIf(Condition.notEqual, timed);
  a.call(R.si);
  a.jump(step);
  a.place(timed);
  a.push(R.r8);
  a.timestamp();
  a.shift(4, R.dx, 32, true);
  a.arithmetic(Arithmetic.or, R.ax, R.dx);
  a.push(R.ax);
  a.call(R.si);
  a.timestamp();
  a.shift(4, R.dx, 32, true);
  a.arithmetic(Arithmetic.or, R.ax, R.dx);
  a.pop(R.cx);
  a.pop(R.r8);
  a.arithmetic(Arithmetic.sub, R.ax, R.cx);
  a.arithmetic(Arithmetic.add, R.ax, at(R.r8, 0));
  a.storeInt(at(R.r8, 0), R.ax, true);
  a.place(next);
  a.jump(step);
  a.place(done);
  a.pop(R.ax);
  a.return();
}

/** A thread's share of the region at bx. */
function writeShare(a: Assembler, entry: number, steps: number): void {
  const again = a.label(), framed = a.label(), stripe = a.label(), end = a.label(), out = a.label();
  const wait = a.label(), mine = a.label(), patient = a.label();
  const list = (word: number): void => {
    a.loadInt(R.r15, at(R.bx, word), true);
    callLabel(a, steps);
  };
  a.place(entry);
  a.set(R.ax, 0);
  a.push(R.ax); // whether the frames are filled
  a.push(R.ax); // the slot
  a.place(again);
  a.set(R.ax, 1);
  a.exchangeAdd(at(R.r12, control.next), R.ax);
  a.arithmetic(Arithmetic.compare, R.ax, at(R.bx, region.slots));
  a.jumpIf(Condition.notLess, out);
  a.storeInt(at(R.sp, 0), R.ax, true);
  a.set(R.r13, 0);
  a.arithmeticConstant(Arithmetic.compare, at(R.sp, 1), 0);
  a.jumpIf(Condition.notEqual, framed);
  a.storeConstant(at(R.sp, 1), 1, true);
  list(region.frames);
  a.place(framed);
  list(region.zeros);
  a.loadInt(R.ax, at(R.sp, 0), true);
  a.loadInt(R.r13, { base: R.bx, index: R.ax, scale: 3, displacement: 8 * region.bounds }, true);
  a.loadInt(R.r14, { base: R.bx, index: R.ax, scale: 3, displacement: 8 * region.bounds + 8 }, true);
  a.place(stripe);
  a.arithmetic(Arithmetic.compare, R.r13, R.r14);
  a.jumpIf(Condition.notLess, end);
  list(region.steps);
  a.arithmeticConstant(Arithmetic.add, R.r13, 1);
  a.jump(stripe);
  a.place(end);
  a.loadInt(R.ax, at(R.bx, region.combines), true);
  a.arithmeticConstant(Arithmetic.compare, at(R.ax, 0), 0);
  a.jumpIf(Condition.equal, again);
  a.set(R.r14, spins);
  a.place(wait);
  a.loadInt(R.ax, at(R.r12, control.turn), true);
  a.arithmetic(Arithmetic.compare, R.ax, at(R.sp, 0));
  a.jumpIf(Condition.equal, mine);
  patience(a, patient);
  a.jump(wait);
  a.place(mine);
  a.set(R.r13, 0);
  list(region.combines);
  a.loadInt(R.ax, at(R.sp, 0), true);
  a.arithmeticConstant(Arithmetic.add, R.ax, 1);
  a.exchange(at(R.r12, control.turn), R.ax);
  a.jump(again);
  a.place(out);
  a.pop(R.ax);
  a.pop(R.ax);
  a.return();
}

/** One turn of waiting for another thread, counted down in r14: a pause, or after many, the processor for whoever wants it. */
function patience(a: Assembler, spinning: number): void {
  const after = a.label();
  a.arithmeticConstant(Arithmetic.sub, R.r14, 1);
  a.jumpIf(Condition.greater, spinning);
  a.set(R.ax, yieldProcessor);
  a.systemCall();
  a.place(spinning);
  a.pause();
  a.place(after);
}

function callLabel(a: Assembler, label: number): void {
  a.addressOf(R.ax, label);
  a.call(R.ax);
}

const saved = [R.bp, R.bx, R.r12, R.r13, R.r14, R.r15];

/** The program of the control block, whose caller's thread block is the argument. */
function writeRun(a: Assembler, share: number, steps: number): void {
  const next = a.label(), plain = a.label(), isRegion = a.label(), end = a.label(), alone = a.label();
  const join = a.label(), joined = a.label(), patient = a.label(), awake = a.label();
  for (const r of saved) a.push(r);
  a.move(R.bp, R.di);
  a.loadInt(R.r12, at(R.bp, thread.control), true);
  copySlots(a);
  a.loadInt(R.bx, at(R.r12, control.program), true);
  a.place(next);
  // A part: its kind, what belongs to it, and where the next one is.
  a.loadInt(R.ax, at(R.bx, 0), true);
  a.arithmeticConstant(Arithmetic.compare, R.ax, part.plain);
  a.jumpIf(Condition.less, end);
  a.push(R.bx);
  a.jumpIf(Condition.equal, plain);
  a.jump(isRegion);
  a.place(plain);
  a.loadInt(R.r15, at(R.bx, 1), true);
  a.set(R.r13, 0);
  callLabel(a, steps);
  a.pop(R.bx);
  a.loadInt(R.bx, at(R.bx, 2), true);
  a.jump(next);
  a.place(isRegion);
  a.storeConstant(at(R.r12, control.next), 0, true);
  a.storeConstant(at(R.r12, control.turn), 0, true);
  a.loadInt(R.ax, at(R.bx, 3), true); // whether it is large
  a.arithmetic(Arithmetic.and, R.ax, at(R.r12, control.together));
  a.loadInt(R.bx, at(R.bx, 1), true);
  a.jumpIf(Condition.equal, alone);
  a.storeInt(at(R.r12, control.region), R.bx, true);
  a.storeConstant(at(R.r12, control.done), 0, true);
  // The gate opens for the next command.
  a.loadInt(R.ax, at(R.r12, control.gate), false);
  a.shift(5, R.ax, 9);
  a.arithmeticConstant(Arithmetic.add, R.ax, 1);
  a.shift(4, R.ax, 9);
  a.exchange(at(R.r12, control.gate), R.ax);
  a.arithmeticConstant(Arithmetic.compare, at(R.r12, control.sleeping), 0);
  a.jumpIf(Condition.equal, awake);
  wake(a);
  a.place(awake);
  callLabel(a, share);
  // Workers that have not come by now have nothing to do.
  a.set(R.r13, 256);
  a.exchangeAdd(at(R.r12, control.gate), R.r13);
  a.arithmeticConstant(Arithmetic.and, R.r13, 255);
  a.set(R.r14, spins);
  a.place(join);
  a.loadInt(R.ax, at(R.r12, control.done), true);
  a.arithmetic(Arithmetic.compare, R.ax, R.r13);
  a.jumpIf(Condition.notLess, joined);
  patience(a, patient);
  a.jump(join);
  a.place(alone);
  callLabel(a, share);
  a.place(joined);
  a.pop(R.bx);
  a.loadInt(R.bx, at(R.bx, 2), true);
  a.jump(next);
  a.place(end);
  for (const r of [...saved].reverse()) a.pop(r);
  a.return();
}

/** Wakes all that sleep at the gate. */
function wake(a: Assembler): void {
  a.address(R.di, at(R.r12, control.gate));
  a.set(R.si, 129); // FUTEX_WAKE, within the process
  a.set(R.dx, 0x7fffffff);
  a.set(R.ax, futex);
  a.systemCall();
}

/** This thread's slots: those of the program, its own part of the arena further on. */
function copySlots(a: Assembler): void {
  const again = a.label(), done = a.label();
  a.loadInt(R.si, at(R.r12, control.slots), true);
  a.loadInt(R.cx, at(R.r12, control.slotCount), true);
  a.place(again);
  a.arithmeticConstant(Arithmetic.sub, R.cx, 1);
  a.jumpIf(Condition.less, done);
  a.loadInt(R.ax, { base: R.si, index: R.cx, scale: 3, displacement: 0 }, true);
  a.storeInt({ base: R.bp, index: R.cx, scale: 3, displacement: 8 * thread.slots }, R.ax, true);
  a.jump(again);
  a.place(done);
}

/** The life of a worker, whose block is the argument. */
function writeWork(a: Assembler, share: number): void {
  const wait = a.label(), spin = a.label(), look = a.label(), take = a.label(), quit = a.label(), taken = a.label();
  for (const r of saved) a.push(r);
  a.push(R.ax); // the stack as calls want it
  a.move(R.bp, R.di);
  a.loadInt(R.r12, at(R.bp, thread.control), true);
  // The number of the last command stands in the stack.
  a.loadInt(R.ax, at(R.bp, 2), true);
  a.storeInt(at(R.sp, 0), R.ax, true);
  a.place(wait);
  a.set(R.r14, spins);
  a.place(spin);
  a.arithmeticConstant(Arithmetic.compare, at(R.r12, control.quit), 0);
  a.jumpIf(Condition.notEqual, quit);
  a.loadInt(R.ax, at(R.r12, control.gate), false);
  a.move(R.cx, R.ax);
  a.shift(5, R.cx, 9);
  a.arithmetic(Arithmetic.compare, R.cx, at(R.sp, 0), false);
  a.jumpIf(Condition.equal, look);
  a.move(R.dx, R.ax);
  a.arithmeticConstant(Arithmetic.and, R.dx, 256);
  a.jumpIf(Condition.equal, take);
  a.place(look);
  a.pause();
  a.arithmeticConstant(Arithmetic.sub, R.r14, 1);
  a.jumpIf(Condition.greater, spin);
  // Sleep, if the gate still is as it was.
  a.move(R.dx, R.ax);
  a.set(R.ax, 1);
  a.exchangeAdd(at(R.r12, control.sleeping), R.ax, true);
  a.address(R.di, at(R.r12, control.gate));
  a.set(R.si, 128); // FUTEX_WAIT, within the process
  a.set(R.r10, 0);
  a.set(R.ax, futex);
  a.systemCall();
  a.set(R.ax, -1);
  a.exchangeAdd(at(R.r12, control.sleeping), R.ax, true);
  a.jump(wait);
  a.place(take);
  a.address(R.dx, { base: R.ax, index: -1, scale: 0, displacement: 1 });
  a.compareExchange(at(R.r12, control.gate), R.dx);
  a.jumpIf(Condition.equal, taken);
  a.jump(spin);
  a.place(taken);
  a.storeInt(at(R.sp, 0), R.cx, true);
  copySlots(a);
  a.loadInt(R.bx, at(R.r12, control.region), true);
  a.loadInt(R.ax, at(R.bx, region.span), true);
  a.multiply(R.ax, at(R.bp, thread.number));
  a.arithmetic(Arithmetic.add, R.ax, at(R.bp, thread.slots + slot.local));
  a.storeInt(at(R.bp, thread.slots + slot.local), R.ax, true);
  callLabel(a, share);
  a.set(R.ax, 1);
  a.exchangeAdd(at(R.r12, control.done), R.ax, true);
  a.jump(wait);
  a.place(quit);
  a.pop(R.ax);
  for (const r of [...saved].reverse()) a.pop(r);
  a.set(R.ax, 0);
  a.return();
}
