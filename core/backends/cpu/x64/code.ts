/** Machine code before registers are chosen: instructions over any number of virtual registers, with loops marked. */
import { type Address, Arithmetic, type Assembler, Shift } from "./assembler.ts";
import { I, type Instruction } from "./instructions.ts";

/** What the instruction set of a machine gives the emitter. */
export interface Features {
  /** Whether there are 32 registers of 512 bits, masks and EVEX; else 16 of 256 bits. */
  readonly wide: boolean;
  /** Whether the processor does instructions on 512 bits in two halves. */
  readonly halved?: boolean;
}

/** An instruction on general registers, or a mark. */
export interface GeneralOp {
  readonly name: string;
  readonly tied?: boolean;
  /** Whether the code goes on after it and control may come from elsewhere: what is known of values ends. */
  readonly jumps?: boolean;
  encode(asm: Assembler, i: Operands): void;
}

/** The operands of an instruction: general and vector registers, virtual ones first and then those of the machine; −1 for none. */
export interface Operands {
  readonly d: number;
  readonly a: number;
  readonly b: number;
  readonly address: Address | undefined;
  readonly immediate: number;
  readonly wide: boolean;
}

/** An address over virtual registers. `slot`: on the stack; `constant`: in the pool of constants. */
export interface Place {
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly displacement: number;
  readonly slot?: number;
  readonly label?: number;
}

/** One instruction. */
export class Instr {
  d = -1;
  a = -1;
  b = -1;
  c = -1;
  place: Place | undefined;
  immediate = 0;
  bytes = 16;
  mask = 0;
  zero = false;
  broadcast = false;
  evex = false;
  wide = true;

  constructor(readonly op: Instruction | GeneralOp) {}

  get vector(): Instruction | undefined {
    return "map" in this.op ? this.op : undefined;
  }
}

const arithmetic = (name: string, operation: number): GeneralOp => ({
  name,
  tied: true,
  encode: (asm, { d, b, address, wide }) => asm.arithmetic(operation, d, address ?? b, wide),
});

const arithmeticBy = (name: string, operation: number): GeneralOp => ({
  name,
  tied: true,
  encode: (asm, { d, immediate, wide }) => asm.arithmeticConstant(operation, d, immediate, wide),
});

const shift = (name: string, kind: number): GeneralOp => ({
  name,
  tied: true,
  encode: (asm, { d, immediate, wide }) => asm.shift(kind, d, immediate, wide),
});

const shiftBy = (name: string, kind: number): GeneralOp => ({
  name,
  encode: (asm, { d, a, b }) => asm.shiftBy(kind, d, a, b),
});

/** The instructions on general registers. */
export const G = {
  move: { name: "move", encode: (asm, { d, a }) => d === a || asm.move(d, a) },
  zeroExtend: { name: "zeroExtend", encode: (asm, { d, a }) => asm.move(d, a, false) },
  set: { name: "set", encode: (asm, { d, immediate }) => asm.set(d, immediate) },
  load: { name: "load", encode: (asm, { d, address, wide }) => asm.loadInt(d, address!, wide) },
  loadSigned: { name: "loadSigned", encode: (asm, { d, b, address }) => asm.loadSigned(d, address ?? b) },
  store: { name: "store", encode: (asm, { a, address, wide }) => asm.storeInt(address!, a, wide) },
  storeConstant: {
    name: "storeConstant",
    encode: (asm, { address, immediate, wide }) => asm.storeConstant(address!, immediate, wide),
  },
  address: { name: "address", encode: (asm, { d, address }) => asm.address(d, address!) },
  add: arithmetic("add", Arithmetic.add),
  sub: arithmetic("sub", Arithmetic.sub),
  and: arithmetic("and", Arithmetic.and),
  or: arithmetic("or", Arithmetic.or),
  xor: arithmetic("xor", Arithmetic.xor),
  compare: {
    name: "compare",
    encode: (asm, { a, b, address }) => asm.arithmetic(Arithmetic.compare, a, address ?? b, false),
  },
  addConstant: arithmeticBy("addConstant", Arithmetic.add),
  andConstant: arithmeticBy("andConstant", Arithmetic.and),
  orConstant: arithmeticBy("orConstant", Arithmetic.or),
  xorConstant: arithmeticBy("xorConstant", Arithmetic.xor),
  compareConstant: {
    name: "compareConstant",
    encode: (asm, { a, immediate }) => asm.arithmeticConstant(Arithmetic.compare, a, immediate, false),
  },
  multiply: { name: "multiply", tied: true, encode: (asm, { d, b, address }) => asm.multiply(d, address ?? b) },
  multiplyConstant: {
    name: "multiplyConstant",
    encode: (asm, { d, b, address, immediate }) => asm.multiplyConstant(d, address ?? b, immediate),
  },
  negate: { name: "negate", tied: true, encode: (asm, { d }) => asm.negate(d) },
  invert: { name: "invert", tied: true, encode: (asm, { d }) => asm.invert(d) },
  shiftLeft: shift("shiftLeft", Shift.left),
  shiftRight: shift("shiftRight", Shift.right),
  shiftSigned: shift("shiftSigned", Shift.signed),
  shiftLeftBy: shiftBy("shiftLeftBy", Shift.left),
  shiftRightBy: shiftBy("shiftRightBy", Shift.right),
  shiftSignedBy: shiftBy("shiftSignedBy", Shift.signed),
  test: { name: "test", encode: (asm, { a, b }) => asm.test(a, b) },
  setIf: { name: "setIf", encode: (asm, { d, immediate }) => asm.setIf(immediate, d) },
  moveIf: { name: "moveIf", tied: true, encode: (asm, { d, b, immediate }) => asm.moveIf(immediate, d, b) },
  takeMask: { name: "takeMask", encode: (asm, { d }) => asm.takeMask(d, 1) },
  setMask: { name: "setMask", encode: (asm, { a }) => asm.setMask(1, a) },
  testMask: { name: "testMask", encode: (asm) => asm.testMask(1) },
} satisfies Record<string, GeneralOp>;

const label = (name: string, encode: GeneralOp["encode"]): GeneralOp => ({ name, jumps: true, encode });

const Mark = {
  label: label("label", (asm, { immediate }) => asm.place(immediate)),
  jump: label("jump", (asm, { immediate }) => asm.jump(immediate)),
  loop: label("loop", (asm) => asm.alignCode(16)),
  end: label("end", () => {}),
};

/** The classes of registers. */
export const General = 0, Vector = 1;

/** A loop that is being written: what does not change in it is computed before it. */
interface Open {
  readonly before: Instr[];
  /** The variables that it sets. */
  readonly assigned: ReadonlySet<number>;
  /** What was computed before it, by name. */
  readonly known: Map<string, number>;
}

/** A function being written. */
export class Code {
  /** The class of each virtual register. */
  readonly classes: number[] = [];
  /** Bytes of its value. */
  readonly sizes: number[] = [];
  /** Where a register's value can be had again: its place in the table of buffers. */
  readonly again = new Map<number, number>();
  /** The table of buffers: the function's argument. */
  readonly table: number;
  readonly slots: number[] = [];
  readonly pool = new Map<string, { label: number; bytes: Uint8Array }>();
  private readonly segments: Instr[][] = [[]];
  private readonly loops: Open[] = [];
  private current: Instr[];
  labels = 0;

  constructor(readonly features: Features) {
    this.current = this.segments[0];
    this.table = this.general();
  }

  /** Bytes of the widest vectors. */
  get widest(): number {
    return this.features.wide ? 64 : 32;
  }

  general(): number {
    this.sizes.push(8);
    return this.classes.push(General) - 1;
  }

  vector(bytes: number): number {
    this.sizes.push(bytes);
    return this.classes.push(Vector) - 1;
  }

  /** Space on the stack. */
  slot(bytes: number): number {
    return this.slots.push(bytes) - 1;
  }

  label(): number {
    return this.labels++;
  }

  /** A constant of memory, whatever the number of its bytes. */
  constant(bytes: Uint8Array): Place {
    const key = `${bytes}`;
    let known = this.pool.get(key);
    if (!known) this.pool.set(key, known = { label: this.label(), bytes });
    return { base: -1, index: -1, scale: 0, displacement: 0, label: known.label };
  }

  /** An instruction on general registers. */
  do(op: GeneralOp, { d = -1, a = -1, b = -1, place, immediate = 0, wide = true }: Partial<Instr>): number {
    const i = new Instr(op);
    i.d = d;
    i.a = a;
    i.b = b;
    i.place = place;
    i.immediate = immediate;
    i.wide = wide;
    this.current.push(i);
    return d;
  }

  /** A vector instruction. */
  vec(op: Instruction, operands: Partial<Instr>): number {
    const i = Object.assign(new Instr(op), operands);
    this.current.push(i);
    return i.d;
  }

  place(label: number): void {
    this.do(Mark.label, { immediate: label });
  }

  jump(label: number): void {
    this.do(Mark.jump, { immediate: label });
  }

  jumpIf(condition: number, label: number): void {
    this.do({
      name: "jumpIf",
      jumps: true,
      encode: (asm, { immediate }) => asm.jumpIf(condition, immediate),
    }, { immediate: label });
  }

  // Loops.

  /** Begins a loop: `assigned` are the variables that it sets. */
  open(assigned: ReadonlySet<number>): void {
    const before: Instr[] = [];
    this.current = [];
    this.segments.push(before, this.current);
    this.loops.push({ before, assigned, known: new Map() });
    this.do(Mark.loop, {});
  }

  close(): void {
    this.do(Mark.end, {});
    this.loops.pop();
    this.current = [];
    this.segments.push(this.current);
  }

  /** Whether the innermost loop, if there is one, leaves these variables alone. */
  unchanging(variables: readonly number[]): boolean {
    const loop = this.loops[this.loops.length - 1];
    return loop !== undefined && variables.every((v) => !loop.assigned.has(v));
  }

  /** A value that is computed before the innermost loop: once for a name. */
  hoist(name: string, compute: () => number): number {
    const loop = this.loops[this.loops.length - 1];
    const known = loop.known.get(name);
    if (known !== undefined) return known;
    const inside = this.current;
    this.current = loop.before;
    const made = compute();
    this.current = inside;
    loop.known.set(name, made);
    return made;
  }

  /** Writes at the start of the function. */
  first(write: () => void): void {
    const inside = this.current;
    this.current = this.segments[0];
    write();
    this.current = inside;
  }

  /** All instructions in order. */
  finish(): Instr[] {
    return this.segments.flat();
  }
}

export const isLoop = (i: Instr): boolean => i.op === Mark.loop;
export const isEnd = (i: Instr): boolean => i.op === Mark.end;
export const isLabel = (i: Instr): boolean => i.op === Mark.label;
export const isCopy = (i: Instr): boolean => i.op === G.move || (i.op === I.copy && i.mask === 0);
