/** Operations on floats and on vectors, as instructions. A scalar float is a vector of which the first lane counts. */
import type { Op } from "../../../compile/expr.ts";
import type { DType } from "../../../dtype.ts";
import { Condition } from "./assembler.ts";
import { type Code, G, type Instr, type Place } from "./code.ts";
import * as x from "./instructions.ts";
import { I, type Instruction } from "./instructions.ts";

/** A value in a register, or in memory where the last operand of an instruction may be. */
export type Operand = number | { readonly place: Place; readonly broadcast: boolean };

/** The four forms of a floating-point instruction. */
interface Forms {
  readonly ps: Instruction;
  readonly pd: Instruction;
  readonly ss: Instruction;
  readonly sd: Instruction;
}

/** What a vector or a scalar float is made of. */
export interface Shape {
  readonly type: DType;
  /** 1: a scalar. */
  readonly lanes: number;
}

const arithmetic: Partial<Record<Op, Forms>> = { add: x.add, sub: x.sub, mul: x.mul, div: x.div };
const integers: Partial<Record<Op, Instruction>> = { add: I.addI, sub: I.subI, mul: I.mulI };
const bitwise: Partial<Record<Op, Instruction>> = { and: I.and, or: I.or, xor: I.xor };
const masks: Partial<Record<Op, Instruction>> = {
  and: I.and,
  or: I.or,
  xor: I.xor,
  add: I.or,
  mul: I.and,
  sub: I.xor,
  min: I.and,
  max: I.or,
  ne: I.xor,
};
const roundings: Partial<Record<Op, number>> = { round: 8, floor: 9, ceil: 10, trunc: 11 };
const floatPredicates: Partial<Record<Op, number>> = { eq: 0, ne: 4, lt: 0x11, le: 0x12, ge: 0x1d, gt: 0x1e };
const intPredicates: Partial<Record<Op, number>> = { eq: 0, lt: 1, le: 2, ne: 4, ge: 5, gt: 6 };

export const isFloat = (type: DType): boolean => type === "float32" || type === "float64";

/** Writes operations on vectors. */
export class Vectors {
  constructor(readonly code: Code) {}

  private get wide(): boolean {
    return this.code.features.wide;
  }

  /** Bytes of a value; a mask has 32 bits a lane. */
  bytes({ type, lanes }: Shape): number {
    return lanes * (type === "float64" ? 8 : 4);
  }

  register(shape: Shape): number {
    return this.code.vector(this.bytes(shape));
  }

  private form(forms: Forms, { type, lanes }: Shape): Instruction {
    return lanes > 1 ? (type === "float64" ? forms.pd : forms.ps) : type === "float64" ? forms.sd : forms.ss;
  }

  private length(shape: Shape): number {
    return Math.max(16, this.bytes(shape));
  }

  /** An instruction with the last operand in a register or in memory; gives the register of the result. */
  put(op: Instruction, shape: Shape, d: number, a: number, b: Operand, more: Partial<Instr> = {}): number {
    const to = d >= 0 ? d : this.register(shape);
    const last = typeof b === "number" ? { b } : { place: b.place, broadcast: b.broadcast };
    return this.code.vec(op, { d: to, a, bytes: this.length(shape), ...last, ...more });
  }

  copy(shape: Shape, from: number, d = -1): number {
    const to = d >= 0 ? d : this.register(shape);
    return this.code.vec(I.copy, { d: to, b: from, bytes: this.length(shape) });
  }

  // Constants.

  /** A pattern of 4 or 8 bytes in all lanes, in memory. */
  private pattern(bits: Uint8Array, shape: Shape): Operand {
    // Where memory can be broadcast one element is enough.
    if (this.wide && bits.length === 4) return { place: this.code.constant(bits), broadcast: true };
    const bytes = new Uint8Array(this.length(shape));
    for (let i = 0; i < bytes.length; i += bits.length) bytes.set(bits, i);
    return { place: this.code.constant(bytes), broadcast: false };
  }

  private integer(value: number, shape: Shape): Operand {
    return this.pattern(new Uint8Array(Int32Array.of(value).buffer), shape);
  }

  private words(low: number, high: number, shape: Shape): Operand {
    return this.pattern(new Uint8Array(Int32Array.of(low, high).buffer), shape);
  }

  /** A number, as the last operand of an instruction of this shape: in all lanes. */
  number(value: number, shape: Shape): Operand {
    const { type, lanes } = shape;
    if (type === "bool") return this.integer(value ? -1 : 0, shape);
    if (type === "int32" || type === "uint32") return this.integer(value | 0, shape);
    const bits = new Uint8Array((type === "float64" ? Float64Array : Float32Array).of(value).buffer);
    if (lanes === 1) return { place: this.code.constant(bits), broadcast: false };
    if (type === "float64" && this.wide) return { place: this.code.constant(bits), broadcast: true };
    return this.pattern(bits, shape);
  }

  /** A number in a register. */
  numberIn(value: number, shape: Shape, d = -1): number {
    const to = d >= 0 ? d : this.register(shape);
    if (Object.is(value, 0)) return this.zero(shape, to);
    return this.load(this.number(value, shape), shape, to);
  }

  zero(shape: Shape, d = -1): number {
    const to = d >= 0 ? d : this.register(shape);
    // An idiom that reads nothing; a short one clears all of the register.
    return this.code.vec(I.zero, { d: to });
  }

  /** An operand in a register. */
  load(from: Operand, shape: Shape, d = -1): number {
    if (typeof from === "number") return d >= 0 ? this.copy(shape, from, d) : from;
    const to = d >= 0 ? d : this.register(shape);
    const { place, broadcast } = from;
    const bytes = this.length(shape);
    if (broadcast) {
      return this.code.vec(this.broadcast(shape), { d: to, place, bytes });
    }
    if (this.bytes(shape) >= 16) return this.code.vec(I.load, { d: to, place, bytes });
    return this.code.vec(this.bytes(shape) === 8 ? I.loadSd : I.loadSs, { d: to, place });
  }

  /** A value to memory. */
  store(from: number, place: Place, shape: Shape): void {
    const bytes = this.bytes(shape);
    this.code.vec(bytes >= 16 ? I.store : bytes === 8 ? I.storeSd : I.storeSs, { a: from, place, bytes });
  }

  // Operations.

  unary(op: Op, shape: Shape, a: number, d = -1): number | undefined {
    const { type } = shape;
    const float = isFloat(type);
    switch (op) {
      case "neg":
        if (!float) return this.put(I.subI, shape, d, this.zero(shape), a);
        return this.put(I.xor, shape, d, a, this.sign(shape));
      case "abs":
        if (type === "uint32") return this.copy(shape, a, d);
        if (!float) return this.put(I.absI, shape, d, -1, a);
        return this.put(
          I.and,
          shape,
          d,
          a,
          type === "float64" ? this.words(-1, 0x7fffffff, shape) : this.integer(0x7fffffff, shape),
        );
      case "sqrt":
        return this.put(this.form(x.sqrt, shape), shape, d, shape.lanes > 1 ? -1 : a, a);
      case "floor":
      case "ceil":
      case "trunc":
      case "round": {
        if (!float) return this.copy(shape, a, d);
        return this.put(this.form(x.round, shape), shape, d, shape.lanes > 1 ? -1 : a, a, {
          immediate: roundings[op],
        });
      }
      case "not":
        return this.put(I.xor, shape, d, a, this.integer(-1, shape));
    }
    return undefined;
  }

  private sign(shape: Shape): Operand {
    return shape.type === "float64" ? this.words(0, -(2 ** 31), shape) : this.integer(-(2 ** 31), shape);
  }

  /** An operation of two operands, of which the second may stand in memory; undefined where no vector form exists. */
  binary(op: Op, shape: Shape, a: number, b: Operand, d = -1): number | undefined {
    const { type } = shape;
    if (type === "bool") return this.ofMasks(op, shape, a, b, d);
    if (isFloat(type)) {
      const direct = arithmetic[op];
      if (direct) return this.put(this.form(direct, shape), shape, d, a, b);
      if (op === "min" || op === "max") return this.extreme(op, shape, a, this.load(b, shape), d);
      return undefined;
    }
    const signed = type === "int32";
    const direct = integers[op] ?? bitwise[op];
    if (direct) return this.put(direct, shape, d, a, b);
    switch (op) {
      case "min":
        return this.put(signed ? I.minS : I.minU, shape, d, a, b);
      case "max":
        return this.put(signed ? I.maxS : I.maxU, shape, d, a, b);
      case "shl":
      case "shr": {
        const by = this.put(I.and, shape, -1, this.load(b, shape), this.integer(31, shape));
        return this.put(op === "shl" ? I.shlV : signed ? I.sarV : I.shrV, shape, d, a, by);
      }
    }
    return undefined;
  }

  /** A shift by a constant. */
  shift(op: "shl" | "shr", shape: Shape, a: number, by: number, d = -1): number {
    const instruction = op === "shl" ? I.shlI : shape.type === "int32" ? I.sarI : I.shrI;
    return this.put(instruction, shape, d, -1, a, { immediate: by & 31 });
  }

  private ofMasks(op: Op, shape: Shape, a: number, b: Operand, d: number): number | undefined {
    const direct = masks[op];
    if (direct) return this.put(direct, shape, d, a, b);
    const right = this.load(b, shape);
    switch (op) {
      case "lt":
        return this.put(I.andNot, shape, d, a, right);
      case "gt":
        return this.put(I.andNot, shape, d, right, a);
      case "le":
        return this.unary("not", shape, this.put(I.andNot, shape, -1, right, a), d);
      case "ge":
        return this.unary("not", shape, this.put(I.andNot, shape, -1, a, right), d);
      case "eq":
        return this.unary("not", shape, this.put(I.xor, shape, -1, a, right), d);
    }
    return undefined;
  }

  /** The smaller or larger, where a NaN wins, and −0 is less than 0: the processor's own gives its second operand then. */
  private extreme(op: "min" | "max", shape: Shape, a: number, b: number, d: number): number {
    const instruction = this.form(op === "min" ? x.min : x.max, shape);
    const one = this.put(instruction, shape, -1, a, b);
    const other = this.put(instruction, shape, -1, b, a);
    // Both agree but for zeros and NaN. Of zeros the sign bits decide; a NaN is all ones.
    const joined = this.put(op === "min" ? I.or : I.and, shape, -1, one, other);
    return this.put(I.or, shape, d, joined, this.unordered(shape, a, b));
  }

  /** A scalar double, or 0 where it is NaN. */
  orZero(a: number): number {
    const double: Shape = { type: "float64", lanes: 1 };
    const zero = this.zero(double);
    if (this.wide) {
      this.toMask(x.compare.sd, double, a, a, 0);
      return this.selectByMask(double, a, zero);
    }
    return this.put(I.and, double, -1, a, this.put(x.compare.sd, double, -1, a, a, { immediate: 0 }));
  }

  /** All ones where one of two is NaN. */
  private unordered(shape: Shape, a: number, b: number): number {
    const compare = this.form(x.compare, shape);
    const predicate = 3;
    if (!this.wide) return this.put(compare, shape, -1, a, b, { immediate: predicate });
    this.toMask(compare, shape, a, b, predicate);
    const spread = shape.type === "float64" ? I.maskToVectorQ : I.maskToVector;
    return this.code.vec(spread, { d: this.register(shape), bytes: this.length(shape) });
  }

  private toMask(op: Instruction, shape: Shape, a: number, b: Operand, immediate: number): void {
    const last = typeof b === "number" ? { b } : { place: b.place, broadcast: b.broadcast };
    this.code.vec(op, { a, ...last, immediate, evex: true, bytes: this.length(shape) });
  }

  /** A comparison of vectors as a mask of 32 bits a lane. */
  compare(op: Op, shape: Shape, a: number, b: Operand, d = -1): number {
    const mask: Shape = { type: "bool", lanes: shape.lanes };
    if (this.wide) {
      this.compareToMask(op, shape, a, b);
      const to = d >= 0 ? d : this.register(mask);
      return this.code.vec(I.maskToVector, { d: to, bytes: this.length(mask) });
    }
    if (isFloat(shape.type)) {
      const made = this.put(this.form(x.compare, shape), shape, -1, a, b, { immediate: floatPredicates[op] });
      return shape.type === "float64" && shape.lanes > 1
        ? this.narrow(made, mask, d)
        : d >= 0
        ? this.copy(mask, made, d)
        : made;
    }
    return this.compareIntegers(op, shape, a, this.load(b, shape), d);
  }

  /** With masks in registers of their own: the comparison goes to the one that there is. */
  compareToMask(op: Op, shape: Shape, a: number, b: Operand): void {
    if (isFloat(shape.type)) this.toMask(this.form(x.compare, shape), shape, a, b, floatPredicates[op]!);
    else this.toMask(shape.type === "int32" ? I.compareS : I.compareU, shape, a, b, intPredicates[op]!);
  }

  private compareIntegers(op: Op, shape: Shape, a: number, b: number, d: number): number {
    const mask: Shape = { type: "bool", lanes: shape.lanes };
    if (op === "eq") return this.put(I.equalI, mask, d, a, b);
    if (op === "ne") return this.unary("not", mask, this.put(I.equalI, mask, -1, a, b), d)!;
    if (shape.type === "uint32") {
      a = this.put(I.xor, shape, -1, a, this.integer(-(2 ** 31), shape));
      b = this.put(I.xor, shape, -1, b, this.integer(-(2 ** 31), shape));
    }
    if (op === "gt") return this.put(I.greaterI, mask, d, a, b);
    if (op === "lt") return this.put(I.greaterI, mask, d, b, a);
    const strict = op === "le" ? this.put(I.greaterI, mask, -1, a, b) : this.put(I.greaterI, mask, -1, b, a);
    return this.unary("not", mask, strict, d)!;
  }

  /** Masks of 64 bits a lane become masks of 32. */
  private narrow(from: number, mask: Shape, d: number): number {
    if (mask.lanes === 2) return this.put(I.shuffle, mask, d, from, from, { immediate: 0x88 });
    const upper = this.code.vector(16);
    this.code.vec(I.upper128, { d: upper, a: from, immediate: 1, bytes: 32 });
    return this.put(I.shuffle, mask, d, from, upper, { immediate: 0x88 });
  }

  /** Where the mask is set `then`, else `otherwise`. */
  select(shape: Shape, mask: number, then: Operand, otherwise: number, d = -1): number {
    if (this.wide) {
      this.code.vec(I.vectorToMask, { b: mask, evex: true, bytes: Math.max(16, 4 * shape.lanes) });
      return this.selectByMask(shape, then, otherwise, d);
    }
    if (shape.type === "float64" && shape.lanes > 1) {
      const widened = this.register(shape);
      this.code.vec(I.widenMask, { d: widened, b: mask, bytes: this.length(shape) });
      mask = widened;
    }
    return this.choose(shape, mask, then, otherwise, d);
  }

  /** The same with a mask as wide as the elements. */
  choose(shape: Shape, mask: number, then: Operand, otherwise: number, d = -1): number {
    return this.put(shape.type === "float64" ? I.choosePd : I.choosePs, shape, d, otherwise, then, { c: mask });
  }

  /** The same by the mask register. */
  selectByMask(shape: Shape, then: Operand, otherwise: number, d = -1): number {
    return this.put(shape.type === "float64" ? I.blendPd : I.blendPs, shape, d, otherwise, then, { mask: 1 });
  }

  /** a · b + c, or c − a · b; a and b are registers, one of b and c may be memory. `own`: registers that nobody needs afterwards. */
  fma(
    shape: Shape,
    negated: boolean,
    a: number,
    b: Operand,
    c: Operand,
    d: number,
    own: ReadonlySet<number>,
  ): number {
    const by213 = this.form(negated ? x.fnma213 : x.fma213, shape);
    const by231 = this.form(negated ? x.fnma231 : x.fma231, shape);
    if (typeof c !== "number") {
      const right = this.load(b, shape);
      const to = this.tie(shape, a, d, [right], own);
      this.put(by213, shape, to, right, c);
      return this.settle(shape, to, d);
    }
    const to = this.tie(shape, c, d, typeof b === "number" ? [a, b] : [a], own);
    this.put(by231, shape, to, a, b);
    return this.settle(shape, to, d);
  }

  /** A register that holds `from` and may be changed: the wanted one, `from` itself, or a new one. */
  private tie(shape: Shape, from: number, d: number, others: readonly number[], own: ReadonlySet<number>): number {
    if (from === d) return from;
    if (d >= 0 && !others.includes(d)) return this.copy(shape, from, d);
    return own.has(from) && !others.includes(from) ? from : this.copy(shape, from);
  }

  private settle(shape: Shape, made: number, d: number): number {
    return d < 0 || made === d ? made : this.copy(shape, made, d);
  }

  // Lanes.

  /** A scalar in all lanes: of a float's register. */
  splat(shape: Shape, from: number, d = -1): number {
    return this.put(this.broadcast(shape), shape, d, -1, from);
  }

  private broadcast(shape: Shape): Instruction {
    if (shape.type !== "float64") return I.broadcastSs;
    return this.bytes(shape) > 16 ? I.broadcastSd : I.broadcastPair;
  }

  /** A general register in all lanes. */
  splatGeneral(shape: Shape, from: number, d = -1): number {
    if (this.wide) return this.put(I.broadcastR, shape, d, -1, from);
    const low = this.code.vec(I.moveD, { d: this.code.vector(16), b: from });
    return this.put(I.broadcastSs, shape, d, -1, low);
  }

  /** A lane as the first of a register. */
  lane(shape: Shape, from: number, lane: number, d = -1): number {
    const per = shape.type === "float64" ? 2 : 4;
    const part = Math.floor(lane / per), within = lane % per;
    let at = from;
    if (part > 0) {
      at = this.code.vector(16);
      if (this.wide && (this.bytes(shape) > 32 || part > 1)) {
        this.code.vec(I.part128, { d: at, a: from, immediate: part, bytes: this.bytes(shape) });
      } else if (this.wide) this.code.vec(I.part128, { d: at, a: from, immediate: part, bytes: 32 });
      else this.code.vec(I.upper128, { d: at, a: from, immediate: 1, bytes: 32 });
    }
    const to: Shape = { type: shape.type, lanes: 1 };
    if (within === 0) return d >= 0 ? this.copy(to, at, d) : at === from ? this.copy(to, at) : at;
    const op = shape.type === "float64" ? I.permuteHalves : I.permuteLanes;
    return this.put(op, to, d, -1, at, { immediate: within });
  }

  /** Lanes of two vectors by number, those of b after those of a. */
  pick(shape: Shape, a: number, b: number, lanes: readonly number[], d = -1): number {
    const count = shape.lanes;
    const table = (numbers: readonly number[]): number =>
      this.load(
        { place: this.code.constant(new Uint8Array(Int32Array.from(numbers).buffer)), broadcast: false },
        shape,
      );
    if (this.wide) {
      const to = this.tie(shape, a, d, [b], new Set());
      this.put(I.permuteTwo, shape, to, table(lanes), b);
      return this.settle(shape, to, d);
    }
    const within = table(lanes.map((lane) => lane % count));
    const permuted = (from: number): number =>
      count === 8 ? this.put(I.permute256, shape, -1, within, from) : this.put(I.permute128, shape, -1, from, within);
    const second = lanes.reduce((bits, lane, l) => bits | (lane >= count ? 1 << l : 0), 0);
    return this.put(I.blendBy, shape, d, permuted(a), permuted(b), { immediate: second });
  }

  /** The lower half of the lanes with the upper, until one lane is left, the first of the result. */
  fold(op: Op, { type, lanes }: Shape, from: number): number {
    let value = from;
    for (let half = lanes / 2; half >= 1; half /= 2) {
      value = this.binary(op, { type, lanes: half }, value, this.upper({ type, lanes: 2 * half }, value))!;
    }
    return value;
  }

  /** The upper half of the lanes. */
  private upper(shape: Shape, from: number): number {
    const bytes = this.bytes(shape);
    const half: Shape = { type: shape.type, lanes: shape.lanes / 2 };
    if (bytes === 64 || bytes === 32) {
      const op = bytes === 64 ? I.part256 : this.wide ? I.part128 : I.upper128;
      return this.code.vec(op, { d: this.register(half), a: from, immediate: 1, bytes });
    }
    // Lanes 2 and 3, or 1.
    const isPair = shape.type === "float64";
    return this.put(isPair ? I.permuteHalves : I.permuteLanes, half, -1, -1, from, {
      immediate: isPair || bytes === 8 ? 1 : 0x0e,
    });
  }

  // Conversions of vectors.

  convert(from: DType, to: DType, lanes: number, a: number, d = -1): number | undefined {
    const source: Shape = { type: from, lanes }, target: Shape = { type: to, lanes };
    if (to === "bool") return this.compare("ne", source, a, this.number(0, source), d);
    if (from === "bool") {
      const ones: Shape = { type: to === "float64" ? "int32" : to, lanes };
      if (to !== "float64") return this.put(I.and, ones, d, a, this.number(1, ones));
      return this.put(I.doublesOfInts, target, d, -1, this.put(I.and, ones, -1, a, this.number(1, ones)));
    }
    if (to === "float64") {
      if (from === "float32") return this.put(I.doublesOfFloats, target, d, -1, a);
      return from === "int32" ? this.put(I.doublesOfInts, target, d, -1, a) : undefined;
    }
    if (from === "float64") {
      if (to !== "float32") return undefined;
      // The instruction is as long as its source.
      const out = d >= 0 ? d : this.register(target);
      return this.code.vec(I.floatsOfDoubles, { d: out, b: a, bytes: this.length(source) });
    }
    if (to === "float32") {
      if (from === "int32") return this.put(I.floatOfInt, target, d, -1, a);
      return this.wide ? this.put(I.floatOfUint, target, d, -1, a) : this.uintToFloat(target, a, d);
    }
    if (from === "float32") return to === "int32" ? this.floatToInt(target, a, d) : this.floatToUint(target, a, d);
    return d >= 0 ? this.copy(target, a, d) : a; // integers: the same bits
  }

  private uintToFloat(target: Shape, a: number, d: number): number {
    const bits: Shape = { type: "uint32", lanes: target.lanes };
    const high = this.put(I.floatOfInt, target, -1, -1, this.shift("shr", bits, a, 16));
    const low = this.put(I.floatOfInt, target, -1, -1, this.put(I.and, bits, -1, a, this.integer(0xffff, bits)));
    // Exact but for the last rounding.
    const scaled = this.put(x.mul.ps, target, -1, high, this.number(65536, target));
    return this.put(x.add.ps, target, d, scaled, low);
  }

  private floatToInt(target: Shape, a: number, d: number): number {
    const floats: Shape = { type: "float32", lanes: target.lanes };
    const cut = this.put(I.intOfFloat, target, -1, -1, a);
    // Too large comes out as the lowest integer: all bits of it flipped make the highest. NaN gives 0.
    const large = this.compare("ge", floats, a, this.number(2 ** 31, floats));
    const fixed = this.put(I.xor, target, -1, cut, large);
    const real = this.compare("eq", floats, a, a);
    return this.put(I.and, target, d, fixed, real);
  }

  private floatToUint(target: Shape, a: number, d: number): number {
    const floats: Shape = { type: "float32", lanes: target.lanes };
    const positive = this.put(x.max.ps, floats, -1, a, this.zero(floats)); // NaN too gives 0
    if (this.wide) return this.put(I.uintOfFloat, target, d, -1, positive);
    const limit = this.number(2 ** 31, floats);
    const large = this.compare("ge", floats, positive, limit);
    const lessened = this.put(x.sub.ps, floats, -1, positive, this.put(I.and, floats, -1, large, limit));
    const low = this.put(I.intOfFloat, target, -1, -1, lessened);
    const bit = this.put(I.and, target, -1, large, this.integer(-(2 ** 31), target));
    const joined = this.put(I.xor, target, -1, low, bit);
    const beyond = this.compare("ge", floats, positive, this.number(2 ** 32, floats));
    return this.put(I.or, target, d, joined, beyond);
  }

  /** Whether any lane of a mask is set, as flags: not equal. */
  anyLane(mask: number, lanes: number): number {
    if (this.wide) {
      this.code.vec(I.vectorToMask, { b: mask, evex: true, bytes: Math.max(16, 4 * lanes) });
      this.code.do(G.testMask, {});
    } else {
      const bits = this.code.vec(I.signs, { d: this.code.general(), b: mask, bytes: Math.max(16, 4 * lanes) });
      this.code.do(G.test, { a: bits, b: bits });
    }
    return Condition.notEqual;
  }
}
