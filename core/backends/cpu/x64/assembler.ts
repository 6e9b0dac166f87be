/** Encodes x86-64 instructions: VEX and EVEX for vectors, the old encoding for general registers; jumps and constants by labels. */
import type { Instruction } from "./instructions.ts";

/** An address: base + index · 2^scale + displacement, or a place that a label marks. */
export interface Address {
  /** A general register; −1: `label` says where. */
  readonly base: number;
  /** A general register, a vector of them for gathers, or −1. */
  readonly index: number;
  readonly scale: number;
  readonly displacement: number;
  readonly label?: number;
}

/** How a vector instruction is encoded beyond its operands. */
export interface Encoding {
  /** Bytes of the vectors: 16, 32, 64; up to 16 for scalars. */
  readonly bytes: number;
  /** Whether to take EVEX where both would do: for results in mask registers. */
  readonly evex?: boolean;
  /** The mask register, 0 for none. */
  readonly mask?: number;
  /** Whether lanes outside of the mask become zero. */
  readonly zero?: boolean;
  /** Whether one element of memory goes to all lanes. */
  readonly broadcast?: boolean;
  readonly immediate?: number;
}

/** General registers by number. */
export const R = {
  ax: 0,
  cx: 1,
  dx: 2,
  bx: 3,
  sp: 4,
  bp: 5,
  si: 6,
  di: 7,
  r8: 8,
  r9: 9,
  r10: 10,
  r11: 11,
  r12: 12,
  r13: 13,
  r14: 14,
  r15: 15,
} as const;

/** Conditions by their number in jumps, sets and moves; the lowest bit negates. */
export const Condition = {
  below: 2,
  notBelow: 3,
  equal: 4,
  notEqual: 5,
  notAbove: 6,
  above: 7,
  parity: 10,
  noParity: 11,
  less: 12,
  notLess: 13,
  notGreater: 14,
  greater: 15,
} as const;

/** Arithmetic of general registers, by the digit of its immediate form. */
export const Arithmetic = { add: 0, or: 1, and: 4, sub: 5, xor: 6, compare: 7 } as const;

/** Shifts by an immediate, by digit; and by a register, by prefix. */
export const Shift = { left: 4, right: 5, signed: 7 } as const;

/** Instructions that do nothing, by their length. */
const idle: readonly (readonly number[])[] = [
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/** Writes instructions one after the other. */
export class Assembler {
  private bytes = new Uint8Array(4096);
  private size = 0;
  private readonly labels: number[] = [];
  /** Places of four bytes that hold the distance to a label. */
  private readonly fixes: { at: number; label: number; from: number }[] = [];

  /** Bytes written. */
  get length(): number {
    return this.size;
  }

  byte(value: number): void {
    if (this.size === this.bytes.length) {
      const larger = new Uint8Array(2 * this.size);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.size++] = value;
  }

  int32(value: number): void {
    for (let i = 0; i < 32; i += 8) this.byte(value >>> i & 255);
  }

  /** Fills with the byte until the length is a multiple. */
  align(multiple: number, fill = 0x90): void {
    while (this.size % multiple !== 0) this.byte(fill);
  }

  /** The same with instructions that do nothing, as long ones as there are. */
  alignCode(multiple: number): void {
    for (let rest = (multiple - this.size % multiple) % multiple; rest > 0;) {
      const length = Math.min(rest, idle.length);
      for (const byte of idle[length - 1]) this.byte(byte);
      rest -= length;
    }
  }

  /** A new label, placed by `place`. */
  label(): number {
    return this.labels.push(-1) - 1;
  }

  place(label: number): void {
    this.labels[label] = this.size;
  }

  /** Where a label stands. */
  at(label: number): number {
    return this.labels[label];
  }

  /** The code, its labels resolved. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = this.bytes.slice(0, this.size);
    const view = new DataView(out.buffer);
    for (const { at, label, from } of this.fixes) view.setInt32(at, this.labels[label] - from, true);
    return out;
  }

  private distance(label: number, tail: number): void {
    this.fixes.push({ at: this.size, label, from: this.size + 4 + tail });
    this.int32(0);
  }

  // Operands.

  /** ModRM, SIB and displacement; `unit` is what a byte of displacement counts, `tail` the bytes after it. */
  private operand(reg: number, rm: number | Address, unit: number, tail: number): void {
    const field = (reg & 7) << 3;
    if (typeof rm === "number") return this.byte(0xc0 | field | rm & 7);
    const { base, index, scale, displacement, label } = rm;
    if (base < 0) {
      if (label === undefined) throw new Error("an address needs a base or a label");
      this.byte(field | 5);
      return this.distance(label, tail);
    }
    const short = displacement % unit === 0 && displacement / unit >= -128 && displacement / unit <= 127;
    const mode = displacement === 0 && (base & 7) !== 5 ? 0 : short ? 1 : 2;
    if (index < 0 && (base & 7) !== 4) this.byte(mode << 6 | field | base & 7);
    else {
      this.byte(mode << 6 | field | 4);
      this.byte(scale << 6 | (index < 0 ? 4 : index & 7) << 3 | base & 7);
    }
    if (mode === 1) this.byte(displacement / unit & 255);
    else if (mode === 2) this.int32(displacement);
  }

  // Vectors.

  /** A vector instruction: `reg` and `second` are the first two operands, `rm` the last. */
  vector(i: Instruction, reg: number, second: number, rm: number | Address, e: Encoding): void {
    // `vm` puts a digit where the register is and the register where the second operand is.
    if (i.form === "vm") [reg, second] = [i.digit, reg];
    const { mask = 0, zero = false, broadcast = false } = e;
    const index = typeof rm === "number" ? -1 : rm.index;
    const inRegister = typeof rm === "number";
    const base = inRegister ? rm : Math.max(0, rm.base);
    const length = i.scalar || e.bytes <= 16 ? 0 : e.bytes === 32 ? 1 : 2;
    const isVex = i.vex >= 0 && !e.evex && mask === 0 && !broadcast && length < 2 && reg < 16 && second < 16 &&
      (!inRegister || rm < 16) && index < 16;
    const tail = i.immediate ? 1 : 0;
    if (isVex) {
      const r = reg < 8 ? 0x80 : 0, x = index < 8 ? 0x40 : 0, b = base < 8 ? 0x20 : 0;
      const rest = (~Math.max(0, second) & 15) << 3 | length << 2 | i.prefix;
      if (i.map === 1 && i.vex === 0 && x !== 0 && b !== 0) {
        this.byte(0xc5);
        this.byte(r | rest);
      } else {
        this.byte(0xc4);
        this.byte(r | x | b | i.map);
        this.byte(i.vex << 7 | rest);
      }
      this.byte(i.code);
      this.operand(reg, rm, 1, tail);
    } else {
      if (i.evex < 0) throw new Error(`${i.name} has no EVEX encoding`);
      const x = inRegister ? (rm & 16) === 0 : index < 0 || (index & 8) === 0;
      this.byte(0x62);
      this.byte(
        ((reg & 8) === 0 ? 0x80 : 0) | (x ? 0x40 : 0) | ((base & 8) === 0 ? 0x20 : 0) | ((reg & 16) === 0 ? 0x10 : 0) |
          i.map,
      );
      // The last bit of the second register; for gathers, of the index.
      const high = second >= 0 ? second & 16 : index >= 16 ? 16 : 0;
      this.byte(i.evex << 7 | (~Math.max(0, second) & 15) << 3 | 4 | i.prefix);
      this.byte((zero ? 0x80 : 0) | length << 5 | (broadcast ? 0x10 : 0) | (high === 0 ? 8 : 0) | mask);
      this.byte(i.code);
      const whole = 16 << length;
      const unit = broadcast || i.tuple === "one"
        ? i.element
        : i.tuple === "half"
        ? whole / 2
        : i.tuple === "sixteen"
        ? 16
        : whole;
      this.operand(reg, rm, unit, tail);
    }
    if (i.fourth) this.byte((e.immediate! & 15) << 4);
    else if (i.immediate) this.byte(e.immediate! & 255);
  }

  /** kmovw to a general register. */
  takeMask(to: number, mask: number): void {
    this.byte(0xc5);
    this.byte(to < 8 ? 0xf8 : 0x78);
    this.byte(0x93);
    this.byte(0xc0 | (to & 7) << 3 | mask);
  }

  /** kmovw from a general register. */
  setMask(mask: number, from: number): void {
    if (from < 8) {
      this.byte(0xc5);
      this.byte(0xf8);
    } else {
      this.byte(0xc4);
      this.byte(0xc1);
      this.byte(0x78);
    }
    this.byte(0x92);
    this.byte(0xc0 | mask << 3 | from & 7);
  }

  /** kortestw of a mask with itself: zero if no lane is set. */
  testMask(mask: number): void {
    for (const byte of [0xc5, 0xf8, 0x98, 0xc0 | mask << 3 | mask]) this.byte(byte);
  }

  /** Forgets the upper halves of vectors, that old code may not wait for them. */
  zeroUpper(): void {
    for (const byte of [0xc5, 0xf8, 0x77]) this.byte(byte);
  }

  // General registers. `wide`: 64 bits.

  /** An instruction with a register and a register or memory; opcodes above 255 begin with 0F. */
  general(code: number, reg: number, rm: number | Address, wide: boolean, tail = 0, byteRegister = false): void {
    const base = typeof rm === "number" ? rm : Math.max(0, rm.base);
    const index = typeof rm === "number" ? 0 : Math.max(0, rm.index);
    const rex = (wide ? 8 : 0) | (reg >= 8 ? 4 : 0) | (index >= 8 ? 2 : 0) | (base >= 8 ? 1 : 0);
    if (rex !== 0 || (byteRegister && base >= 4)) this.byte(0x40 | rex);
    if (code > 255) this.byte(0x0f);
    this.byte(code & 255);
    this.operand(reg, rm, 1, tail);
  }

  move(to: number, from: number, wide = true): void {
    this.general(0x89, from, to, wide);
  }

  /** A constant of 32 bits, sign-extended. */
  set(to: number, value: number): void {
    if (value === 0) this.general(0x31, to, to, false);
    else if (value > 0) {
      if (to >= 8) this.byte(0x41);
      this.byte(0xb8 | to & 7);
      this.int32(value);
    } else {
      this.general(0xc7, 0, to, true, 4);
      this.int32(value);
    }
  }

  loadInt(to: number, from: Address, wide: boolean): void {
    this.general(0x8b, to, from, wide);
  }

  /** 32 bits, sign-extended to 64. */
  loadSigned(to: number, from: number | Address): void {
    this.general(0x63, to, from, true);
  }

  storeInt(to: Address, from: number, wide: boolean): void {
    this.general(0x89, from, to, wide);
  }

  /** An immediate to memory. */
  storeConstant(to: Address, value: number, wide: boolean): void {
    this.general(0xc7, 0, to, wide, 4);
    this.int32(value);
  }

  address(to: number, from: Address): void {
    this.general(0x8d, to, from, true);
  }

  arithmetic(operation: number, to: number, from: number | Address, wide = true): void {
    this.general(operation * 8 + 3, to, from, wide);
  }

  arithmeticConstant(operation: number, to: number | Address, value: number, wide = true): void {
    const short = value >= -128 && value <= 127;
    this.general(short ? 0x83 : 0x81, operation, to, wide, short ? 1 : 4);
    if (short) this.byte(value & 255);
    else this.int32(value);
  }

  multiply(to: number, from: number | Address, wide = true): void {
    this.general(0x1af, to, from, wide);
  }

  multiplyConstant(to: number, from: number | Address, value: number, wide = true): void {
    const short = value >= -128 && value <= 127;
    this.general(short ? 0x6b : 0x69, to, from, wide, short ? 1 : 4);
    if (short) this.byte(value & 255);
    else this.int32(value);
  }

  negate(to: number, wide = true): void {
    this.general(0xf7, 3, to, wide);
  }

  invert(to: number, wide = true): void {
    this.general(0xf7, 2, to, wide);
  }

  shift(kind: number, to: number, by: number, wide = false): void {
    this.general(0xc1, kind, to, wide, 1);
    this.byte(by);
  }

  /** A shift of 32 bits by another register, modulo 32. */
  shiftBy(kind: number, to: number, from: number, by: number): void {
    const prefix = kind === Shift.left ? 1 : kind === Shift.right ? 3 : 2;
    this.byte(0xc4);
    this.byte((to < 8 ? 0x80 : 0) | 0x40 | (from < 8 ? 0x20 : 0) | 2);
    this.byte((~by & 15) << 3 | prefix);
    this.byte(0xf7);
    this.byte(0xc0 | (to & 7) << 3 | from & 7);
  }

  test(a: number, b: number, wide = false): void {
    this.general(0x85, b, a, wide);
  }

  /** The condition as 0 or 1, in all of the register. */
  setIf(condition: number, to: number): void {
    this.general(0x190 | condition, 0, to, false, 0, true);
    this.general(0x1b6, to, to, false, 0, true);
  }

  moveIf(condition: number, to: number, from: number): void {
    this.general(0x140 | condition, to, from, true);
  }

  // Jumps.

  jump(label: number): void {
    const known = this.labels[label];
    if (known >= 0 && this.size + 2 - known <= 128) {
      this.byte(0xeb);
      return this.byte(known - this.size - 1 & 255);
    }
    this.byte(0xe9);
    this.distance(label, 0);
  }

  jumpIf(condition: number, label: number): void {
    const known = this.labels[label];
    if (known >= 0 && this.size + 2 - known <= 128) {
      this.byte(0x70 | condition);
      return this.byte(known - this.size - 1 & 255);
    }
    this.byte(0x0f);
    this.byte(0x80 | condition);
    this.distance(label, 0);
  }

  call(to: number | Address): void {
    this.general(0xff, 2, to, false);
  }

  /** The address of a label. */
  addressOf(to: number, label: number): void {
    this.address(to, { base: -1, index: -1, scale: 0, displacement: 0, label });
  }

  return(): void {
    this.byte(0xc3);
  }

  push(register: number): void {
    if (register >= 8) this.byte(0x41);
    this.byte(0x50 | register & 7);
  }

  pop(register: number): void {
    if (register >= 8) this.byte(0x41);
    this.byte(0x58 | register & 7);
  }

  /** `to` becomes what memory held, memory the sum: at once, for all threads. */
  exchangeAdd(memory: Address, register: number, wide = false): void {
    this.byte(0xf0);
    this.general(0x1c1, register, memory, wide);
  }

  /** If memory is what ax holds it becomes `from`; else ax becomes what it is. */
  compareExchange(memory: Address, from: number): void {
    this.byte(0xf0);
    this.general(0x1b1, from, memory, false);
  }

  /** Exchanges with memory, at once for all threads. */
  exchange(memory: Address, register: number): void {
    this.general(0x87, register, memory, false);
  }

  pause(): void {
    this.byte(0xf3);
    this.byte(0x90);
  }

  systemCall(): void {
    this.byte(0x0f);
    this.byte(0x05);
  }

  /** The clock of the processor, to dx and ax. */
  timestamp(): void {
    this.byte(0x0f);
    this.byte(0x31);
  }

  identify(): void {
    this.byte(0x0f);
    this.byte(0xa2);
  }

  /** Which registers the system saves, to dx and ax, for cx = 0. */
  savedState(): void {
    for (const byte of [0x0f, 0x01, 0xd0]) this.byte(byte);
  }

  // The stack of the old floating-point unit, for exact remainders.

  pushDouble(from: Address): void {
    this.general(0xdd, 0, from, false);
  }

  popDouble(to: Address): void {
    this.general(0xdd, 3, to, false);
  }

  /** Takes part of the remainder of the two topmost; the parity flag (after `flags`) says whether more is to do. */
  partialRemainder(): void {
    this.byte(0xd9);
    this.byte(0xf8);
  }

  /** The unit's flags into the processor's, by way of ax. */
  floatFlags(): void {
    for (const byte of [0xdf, 0xe0, 0x9e]) this.byte(byte);
  }

  /** Drops the topmost but one. */
  dropSecond(): void {
    this.byte(0xdd);
    this.byte(0xd9);
  }
}
