/**
 * Operations on integers and on the remainder of floats. An int32 stands in 64 bits. Additions and multiplications are those of 64 bits,
 * of which the lower half is right whatever overflows, and all where nothing does: so an index is an index register as it is. Whatever
 * looks at a value (comparisons, minima, shifts to the right, divisions) looks at the lower half, and what it gives is sign-extended:
 * an index that was clamped stays within its bounds.
 */
import type { Op } from "../../../compile/expr.ts";
import type { DType } from "../../../dtype.ts";
import { Condition, R } from "./assembler.ts";
import { type Code, G, type GeneralOp, type Place } from "./code.ts";
import * as x from "./instructions.ts";
import { I } from "./instructions.ts";
import { isFloat, Vectors } from "./vectors.ts";

const direct: Partial<Record<Op, GeneralOp>> = {
  add: G.add,
  sub: G.sub,
  mul: G.multiply,
  and: G.and,
  or: G.or,
  xor: G.xor,
};
const byConstant: Partial<Record<Op, GeneralOp>> = {
  add: G.addConstant,
  and: G.andConstant,
  or: G.orConstant,
  xor: G.xorConstant,
};
/** A bool adds as `or`, multiplies as `and` and subtracts as `xor`. */
const ofBool: Partial<Record<Op, Op>> = { add: "or", mul: "and", sub: "xor", min: "and", max: "or" };
const commutative = new Set<Op>(["add", "mul", "and", "or", "xor"]);

export class Scalars {
  private readonly vectors: Vectors;

  constructor(private readonly code: Code) {
    this.vectors = new Vectors(code);
  }

  private own(from: number): number {
    return this.code.do(G.move, { d: this.code.general(), a: from });
  }

  /** The result in the wanted register. */
  private give(made: number, d: number): number {
    return d < 0 ? made : this.code.do(G.move, { d, a: made });
  }

  private constant(value: number): number {
    return this.code.do(G.set, { d: this.code.general(), immediate: value });
  }

  private extend(value: number): number {
    return this.code.do(G.loadSigned, { d: value, b: value });
  }

  unary(op: Op, type: DType, a: number, d: number): number {
    const { code } = this;
    switch (op) {
      case "neg":
        return this.give(code.do(G.negate, { d: this.own(a) }), d);
      case "not":
        if (type === "bool") return this.give(code.do(G.xorConstant, { d: this.own(a), immediate: 1 }), d);
        return this.give(code.do(G.invert, { d: this.own(a) }), d);
      case "floor":
      case "ceil":
      case "trunc":
      case "round":
        return this.give(a, d);
      case "abs": {
        if (type === "uint32") return this.give(a, d);
        const sign = this.extend(code.do(G.shiftSigned, { d: this.own(a), immediate: 31, wide: false }));
        const flipped = code.do(G.xor, { d: this.own(a), b: sign });
        return this.give(this.extend(code.do(G.sub, { d: flipped, b: sign })), d);
      }
    }
    throw new Error(`${op} has no meaning for ${type}; convert to a float first`);
  }

  /** An operation of two integers; the second may be a constant. */
  binary(op: Op, type: DType, a: number, b: number | undefined, literal: number | undefined, d: number): number {
    const { code } = this;
    if (type === "bool") op = ofBool[op] ?? op;
    const right = (): number => b ?? this.constant(literal!);
    if (literal !== undefined && b === undefined) {
      if (op === "sub") [op, literal] = ["add", -literal];
      const immediate = byConstant[op];
      if (op === "add" && d >= 0 && d !== a) {
        return code.do(G.address, { d, place: { base: a, index: -1, scale: 0, displacement: literal } });
      }
      if (immediate) return this.inPlace(immediate, a, d, { immediate: literal });
      if (op === "mul") {
        const to = d < 0 ? code.general() : d;
        return code.do(G.multiplyConstant, { d: to, b: a, immediate: literal });
      }
    } else if (op === "add") {
      const to = d < 0 ? code.general() : d;
      return code.do(G.address, { d: to, place: { base: a, index: right(), scale: 0, displacement: 0 } });
    }
    const known = direct[op];
    if (known) {
      let second = right();
      if (second === d && a !== d) {
        if (commutative.has(op)) [a, second] = [second, a];
        else second = this.own(second);
      }
      return this.inPlace(known, a, d, { b: second });
    }
    const signed = type === "int32";
    switch (op) {
      case "min":
      case "max": {
        const second = right();
        const to = this.own(a);
        code.do(G.compare, { a: to, b: second });
        const less = signed ? Condition.greater : Condition.above, more = signed ? Condition.less : Condition.below;
        code.do(G.moveIf, { d: to, b: second, immediate: op === "min" ? less : more });
        return this.give(this.extend(to), d);
      }
      case "shl":
        if (literal !== undefined) {
          return this.give(code.do(G.shiftLeft, { d: this.own(a), immediate: literal & 31 }), d);
        }
        return this.give(this.extend(code.do(G.shiftLeftBy, { d: code.general(), a, b: right() })), d);
      case "shr": {
        if (literal !== undefined) {
          const shift = signed ? G.shiftSigned : G.shiftRight;
          const to = code.do(shift, { d: this.own(a), immediate: literal & 31, wide: false });
          return this.give(this.extend(to), d);
        }
        const to = code.do(signed ? G.shiftSignedBy : G.shiftRightBy, { d: code.general(), a, b: right() });
        return this.give(this.extend(to), d);
      }
      case "div":
      case "rem":
        return this.give(this.divide(op, signed, a, right()), d);
    }
    throw new Error(`${op} has no meaning for integers; convert to a float first`);
  }

  private inPlace(
    op: GeneralOp,
    a: number,
    d: number,
    operand: { readonly b?: number; readonly immediate?: number },
  ): number {
    const to = d < 0 ? this.own(a) : d === a ? d : this.code.do(G.move, { d, a });
    return this.code.do(op, { d: to, ...operand });
  }

  /** The value as 64 bits, with a sign or without. */
  private long(a: number, signed: boolean): number {
    return this.code.do(signed ? G.loadSigned : G.zeroExtend, {
      d: this.code.general(),
      ...(signed ? { b: a } : { a }),
    });
  }

  /** Division towards zero and its remainder by way of doubles, whose quotients of 32-bit integers are never rounded up to the next one. */
  private divide(op: "div" | "rem", signed: boolean, a: number, b: number): number {
    const { code, vectors } = this;
    const double = { type: "float64", lanes: 1 } as const;
    const ofLong = (value: number): number => {
      const to = vectors.zero(double);
      return code.vec(I.doubleOfLong, { d: to, a: to, b: this.long(value, signed) });
    };
    const quotient = vectors.put(x.div.sd, double, -1, ofLong(a), ofLong(b));
    let result = code.vec(I.longOfDouble, { d: code.general(), b: quotient });
    if (op === "rem") {
      const product = code.do(G.multiply, { d: result, b });
      result = code.do(G.sub, { d: this.own(a), b: product });
    }
    const zero = this.constant(0);
    code.do(G.test, { a: b, b });
    code.do(G.moveIf, { d: result, b: zero, immediate: Condition.equal });
    return this.extend(result);
  }

  /** A conversion of scalars; floats are in vector registers. */
  convert(from: DType, to: DType, a: number, d: number): number {
    const { code, vectors } = this;
    const floating = (type: DType) => ({ type, lanes: 1 });
    if (isFloat(from) && isFloat(to)) {
      if (from === to) return vectors.load(a, floating(to), d);
      const op = to === "float64" ? I.doubleOfFloat : I.floatOfDouble;
      return vectors.put(op, floating(to), d, a, a);
    }
    if (to === "bool") {
      if (!isFloat(from)) {
        code.do(G.test, { a, b: a });
        return code.do(G.setIf, { d: d < 0 ? code.general() : d, immediate: Condition.notEqual });
      }
      const zero = vectors.zero(floating(from));
      return this.truth("ne", from, a, zero, d);
    }
    if (isFloat(to)) {
      const wide = from === "bool" ? a : this.long(a, from === "int32");
      const zero = vectors.zero(floating(to));
      const made = d < 0 || d === a ? vectors.register(floating(to)) : d;
      return code.vec(to === "float64" ? I.doubleOfLong : I.floatOfLong, { d: made, a: zero, b: wide });
    }
    if (isFloat(from)) return this.give(this.toInteger(from, to, a), d);
    return this.give(from === to ? a : this.extend(this.own(a)), d);
  }

  /** A comparison of scalar floats as 0 or 1. */
  private truth(op: Op, type: DType, a: number, b: number, d: number): number {
    const { code, vectors } = this;
    if (code.features.wide) {
      vectors.compareToMask(op, { type, lanes: 1 }, a, b);
      return code.do(G.takeMask, { d: d < 0 ? code.general() : d });
    }
    const mask = vectors.compare(op, { type, lanes: 1 }, a, b);
    const to = code.vec(I.takeD, { d: d < 0 ? code.general() : d, a: mask });
    return code.do(G.andConstant, { d: to, immediate: 1 });
  }

  /** Towards zero, as near as the integers reach; 0 for NaN. */
  private toInteger(from: DType, to: DType, a: number): number {
    const { code, vectors } = this;
    const double = { type: "float64", lanes: 1 } as const;
    const value = from === "float64" ? a : vectors.put(I.doubleOfFloat, double, -1, a, a);
    const [low, high] = to === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
    const above = vectors.put(x.max.sd, double, -1, vectors.orZero(value), vectors.number(low, double));
    const within = vectors.put(x.min.sd, double, -1, above, vectors.number(high, double));
    return this.extend(code.vec(I.longOfDouble, { d: code.general(), b: within }));
  }

  /** The remainder of floats with the sign of a, exactly, by the old floating-point unit. */
  remainder(type: DType, a: number, b: number, d: number): number {
    const { code, vectors } = this;
    const double = { type: "float64", lanes: 1 } as const;
    const slot = code.slot(16);
    const place = (displacement: number): Place => ({ base: -1, index: -1, scale: 0, displacement, slot });
    [a, b].forEach((value, i) => {
      const wide = type === "float64" ? value : vectors.put(I.doubleOfFloat, double, -1, value, value);
      code.vec(I.storeSd, { a: wide, place: place(8 * i) });
    });
    code.do(remainderOp, { place: place(0) });
    const made = code.vec(I.loadSd, { d: vectors.register(double), place: place(0) });
    if (type === "float64") return d < 0 ? made : vectors.copy(double, made, d);
    return vectors.put(I.floatOfDouble, { type, lanes: 1 }, d, made, made);
  }
}

const remainderOp: GeneralOp = {
  name: "remainder",
  encode(asm, { address }) {
    const at = (displacement: number) => ({ ...address!, displacement: address!.displacement + displacement });
    asm.push(R.ax);
    asm.pushDouble(at(16));
    asm.pushDouble(at(8));
    const again = asm.label();
    asm.place(again);
    asm.partialRemainder();
    asm.floatFlags();
    asm.jumpIf(Condition.parity, again);
    asm.dropSecond();
    asm.popDouble(at(8));
    asm.pop(R.ax);
  },
};
