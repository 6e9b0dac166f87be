/** From virtual registers to bytes: puts each value where the allocation wants it, and the function around it. */
import { allocate, type Allocation, reads } from "./allocate.ts";
import { type Address, Arithmetic, Assembler, R } from "./assembler.ts";
import { type Code, General, Instr, isCopy, type Operands, type Place, Vector } from "./code.ts";
import { I } from "./instructions.ts";

/** The bytes of a function that takes the table of its buffers' addresses. */
export function finish(code: Code): Uint8Array<ArrayBuffer> {
  return new Finisher(code, code.finish()).run();
}

class Finisher {
  private readonly asm = new Assembler();
  private readonly allocation: Allocation;
  private readonly slotAt: number[] = [];
  private frame = 0;

  constructor(private readonly code: Code, private readonly instrs: readonly Instr[]) {
    this.allocation = allocate(code, instrs);
    // The largest first, each at a multiple of its size.
    const order = this.allocation.slots.map((_, i) => i).sort((i, j) =>
      this.allocation.slots[j] - this.allocation.slots[i]
    );
    for (const i of order) {
      this.slotAt[i] = this.frame;
      this.frame += Math.max(8, this.allocation.slots[i]);
    }
    this.frame = Math.ceil(this.frame / 64) * 64;
  }

  run(): Uint8Array<ArrayBuffer> {
    const { asm, allocation: { saved }, code } = this;
    for (let i = 0; i < code.labels; i++) asm.label();
    for (const r of saved) asm.push(r);
    if (this.frame > 0) {
      asm.push(R.bp);
      asm.move(R.bp, R.sp);
      asm.arithmeticConstant(Arithmetic.and, R.sp, -64);
      asm.arithmeticConstant(Arithmetic.sub, R.sp, this.frame);
    }
    for (const i of this.instrs) this.instr(i);
    if (this.frame > 0) {
      asm.move(R.sp, R.bp);
      asm.pop(R.bp);
    }
    for (const r of [...saved].reverse()) asm.pop(r);
    asm.zeroUpper();
    asm.return();
    for (const { label, bytes } of code.pool.values()) {
      asm.align(Math.min(64, bytes.length), 0xcc);
      asm.place(label);
      for (const byte of bytes) asm.byte(byte);
    }
    return asm.finish();
  }

  private home(register: number): number {
    return this.allocation.homes[register];
  }

  private slot(slot: number): Address {
    return { base: R.sp, index: -1, scale: 0, displacement: this.slotAt[slot] };
  }

  /** Brings a value from its place into a register. */
  private bring(register: number, to: number): number {
    const { asm, code } = this;
    const again = code.again.get(register);
    if (again !== undefined) {
      asm.loadInt(to, { base: R.di, index: -1, scale: 0, displacement: again }, true);
      return to;
    }
    const from = this.slot(-1 - this.home(register));
    if (code.classes[register] === General) asm.loadInt(to, from, true);
    else asm.vector(this.loadOf(register), to, -1, from, { bytes: Math.max(16, code.sizes[register]) });
    return to;
  }

  private loadOf(register: number) {
    const size = this.code.sizes[register];
    return size === 4 ? I.loadSs : size === 8 ? I.loadSd : I.load;
  }

  /** Where a value is read: its register, or one that it is brought to. */
  private read(register: number, spare: number): number {
    if (register < 0) return -1;
    const home = this.home(register);
    return home >= 0 ? home : this.bring(register, this.allocation.scratch[this.code.classes[register]][spare]);
  }

  private address({ base, index, scale, displacement, slot, label }: Place): Address {
    if (slot !== undefined) return { ...this.slot(slot), displacement: this.slotAt[slot] + displacement };
    if (base < 0) return { base: -1, index: -1, scale: 0, displacement: 0, label };
    return { base: this.read(base, 0), index: this.read(index, 1), scale, displacement };
  }

  private instr(i: Instr): void {
    const { asm, code } = this;
    const { d } = i;
    if (d >= 0 && code.again.has(d) && this.home(d) < 0) return;
    let changed = -1, tied = false;
    if (d >= 0 && this.home(d) < 0) {
      reads(i, (r) => void (r === d && i.a !== d && i.b !== d && i.c !== d && (tied = true)));
      tied = tied || i.op.tied === true;
      changed = d;
    }
    const kind = d >= 0 ? code.classes[d] : Vector;
    let a: number, b: number, c: number, to: number;
    const address = i.place && this.address(i.place);
    let spilled: Address | undefined;
    if (!i.vector) {
      // Of three registers the first two are an address's.
      a = this.read(i.a, i.place ? 2 : 0);
      b = this.read(i.b, 1);
      c = -1;
      to = d < 0
        ? -1
        : changed < 0
        ? this.home(d)
        : tied
        ? this.bring(d, this.allocation.scratch[General][2])
        : this.allocation.scratch[General][2];
    } else {
      const own = d >= 0 && changed >= 0 && kind === Vector;
      a = this.read(i.a, own && tied ? 1 : 0);
      spilled = this.fromStack(i);
      b = spilled ? -1 : this.read(i.b, own && tied ? 2 : 1);
      c = this.read(i.c, 2);
      to = d < 0
        ? -1
        : changed < 0
        ? this.home(d)
        : tied
        ? this.bring(d, this.allocation.scratch[kind][0])
        : this.allocation.scratch[kind][kind === Vector ? 0 : 2];
    }
    if (isCopy(i) && !address && !spilled && to === (i.vector ? b : a)) {
      // Where it was already.
    } else if (i.vector) this.vector(i, to, a, spilled ?? address ?? b, c);
    else {
      const operands: Operands = { d: to, a, b, address, immediate: i.immediate, wide: i.wide };
      (i.op as Exclude<Instr["op"], { map: number }>).encode(asm, operands);
    }
    if (changed < 0) return;
    const place = this.slot(-1 - this.home(d));
    if (kind === General) asm.storeInt(place, to, true);
    else {
      const size = code.sizes[d];
      const store = size === 4 ? I.storeSs : size === 8 ? I.storeSd : I.store;
      asm.vector(store, to, -1, place, { bytes: Math.max(16, size) });
    }
  }

  /** The last operand straight from the stack, where the instruction can. */
  private fromStack(i: Instr): Address | undefined {
    const { vector } = i;
    if (!vector || i.b < 0 || this.home(i.b) >= 0 || i.place || this.code.classes[i.b] !== Vector) return undefined;
    if (vector.form !== "rvm" && vector.form !== "rm") return undefined;
    if (vector === I.maskToVector || vector === I.vectorToMask || vector === I.signs || vector.distinct) {
      return undefined;
    }
    const size = this.code.sizes[i.b];
    const wanted = vector.scalar
      ? vector.element
      : vector.tuple === "half"
      ? i.bytes / 2
      : vector.tuple === "one"
      ? vector.element
      : i.bytes;
    return size >= wanted ? this.slot(-1 - this.home(i.b)) : undefined;
  }

  private vector(i: Instr, d: number, a: number, last: number | Address, c: number): void {
    const v = i.vector!;
    const encoding = {
      bytes: i.bytes,
      evex: i.evex,
      mask: i.mask,
      zero: i.zero,
      broadcast: i.broadcast,
      immediate: v.fourth ? c : i.immediate,
    };
    // A result in a mask register goes to the first one.
    if (v.toMask && i.evex) d = 1;
    if (v === I.maskToVector || v === I.maskToVectorQ) last = 1;
    if (v === I.zero) this.asm.vector(v, d, d, d, encoding);
    else if (v.form === "mr") this.asm.vector(v, a, -1, typeof last === "number" ? d : last, encoding);
    else if (v.form === "rm") this.asm.vector(v, v.name.startsWith("vucomi") ? a : d, -1, last, encoding);
    else if (v.form === "vm") this.asm.vector(v, d, -1, last, encoding);
    else this.asm.vector(v, d, v.distinct ? (encoding.mask ? -1 : a) : a, last, encoding);
  }
}
