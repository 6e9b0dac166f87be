/** Expressions as instructions: each node of a statement once, loads and constants in memory operands where they can be. */
import { type Access, type Binary, type Expr, newWalk, type Variable } from "../../../compile/expr.ts";
import type { BufferParameter } from "../../../compile/loop.ts";
import { isExpandable } from "../loops/math.ts";
import { Addresses } from "./address.ts";
import { Condition } from "./assembler.ts";
import { type Code, G, type Place } from "./code.ts";
import { conditionOf, predicateOf } from "./conditions.ts";
import { I } from "./instructions.ts";
import * as x from "./instructions.ts";
import { Scalars } from "./scalars.ts";
import { isFloat, type Operand, type Shape, Vectors } from "./vectors.ts";

/** Thrown for what machine code does not do; the message says why, as the end of a sentence. */
export class NotNative extends Error {}

/** Operations of float64 that no instruction computes. */
const functions = new Set([
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tan",
  "tanh",
  "erf",
  "erfInv",
  "pow",
  "atan2",
]);

const comparisons = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);
/** Operations of two vectors whose operands may change places. */
const commutative = new Set(["add", "mul", "and", "or", "xor", "min", "max", "eq", "ne"]);

export class Expressions {
  readonly vectors: Vectors;
  private readonly scalars: Scalars;
  private readonly addresses: Addresses;
  private readonly variables: (number | undefined)[] = [];
  private readonly known = new Set<number>();
  private walk = 0;
  private expandable = false;

  constructor(private readonly code: Code, private readonly lanes: number, parameters: readonly BufferParameter[]) {
    this.vectors = new Vectors(code);
    this.scalars = new Scalars(code);
    this.addresses = new Addresses(code, parameters, (v) => this.variable(v), (e) => this.value(e));
  }

  /** Starts a statement: counts the uses of each node, and tells whether one is to be expanded. */
  begin(...roots: Expr[]): boolean {
    this.walk = newWalk();
    this.expandable = false;
    for (const root of roots) this.count(root);
    return this.expandable;
  }

  private count(e: Expr): void {
    if (e.stamp === this.walk) {
      e.uses++;
      return;
    }
    e.stamp = this.walk;
    e.uses = 1;
    e.slot = -1;
    if (isExpandable(e)) this.expandable = true;
    for (const arg of e.args) this.count(arg);
  }

  /** The register of a variable. */
  variable(v: Variable): number {
    let register = this.variables[v.id];
    if (register === undefined) {
      register = v.wide || isFloat(v.type) ? this.vectors.register(this.shapeOf(v)) : this.code.general();
      this.variables[v.id] = register;
    }
    return register;
  }

  /** The register of a variable that is set now. */
  set(v: Variable): number {
    this.known.add(v.id);
    return this.variable(v);
  }

  /** Forgets addresses: a variable has changed, or control comes from elsewhere. */
  forget(): void {
    this.addresses.forget();
  }

  /** A variable that is read before it is set holds zero. */
  private initialise(v: Variable, register: number): void {
    this.known.add(v.id);
    this.code.first(() => {
      if (v.wide || isFloat(v.type)) this.vectors.zero(this.shapeOf(v), register);
      else this.code.do(G.set, { d: register, immediate: 0 });
    });
  }

  private shapeOf({ type, wide }: { type: Expr["type"]; wide: boolean }): Shape {
    return { type, lanes: wide ? this.lanes : 1 };
  }

  private inVector(e: Expr): boolean {
    return e.wide || isFloat(e.type);
  }

  /** The address of an element. */
  place(index: Expr, buffer: number): Place {
    return this.addresses.place(index, buffer);
  }

  /** The value of an expression in a register, in `d` if that is given. */
  value(e: Expr, d = -1): number {
    if (e.op === "var") {
      const v = e.data as Variable;
      const from = this.variable(v);
      if (!this.known.has(v.id)) this.initialise(v, from);
      return d < 0 ? from : this.copy(e, from, d);
    }
    if (e.stamp === this.walk && e.slot >= 0) return d < 0 ? e.slot : this.copy(e, e.slot, d);
    const made = this.compute(e, d);
    if (e.stamp === this.walk && e.uses > 1) {
      // The wanted register may be a variable that changes at the end of the statement only.
      e.slot = made;
    }
    return made;
  }

  private copy(e: Expr, from: number, d: number): number {
    if (from === d) return d;
    return this.inVector(e) ? this.vectors.copy(this.shapeOf(e), from, d) : this.code.do(G.move, { d, a: from });
  }

  /** The value where the last operand of an instruction may be. */
  private operand(e: Expr): Operand {
    const scalar = e.op === "splat" ? e.args[0] : e;
    if (scalar.op === "const" && (e.wide || isFloat(e.type))) {
      return this.vectors.number(scalar.data as number, this.shapeOf(e));
    }
    if (e.stamp === this.walk && e.uses === 1) {
      const whole = !e.wide || this.vectors.bytes(this.shapeOf(e)) >= 16;
      if (e.op === "load" && e.type !== "bool" && this.inVector(e) && whole) {
        const { stride, buffer } = e.data as Access;
        if (!e.wide || stride === 1) return { place: this.place(e.args[0], buffer), broadcast: false };
        if (stride === 0 && this.code.features.wide) return { place: this.place(e.args[0], buffer), broadcast: true };
      }
      if (
        e.op === "splat" && scalar.op === "load" && scalar.uses === 1 && e.type !== "bool" && this.code.features.wide
      ) {
        return { place: this.place(scalar.args[0], (scalar.data as Access).buffer), broadcast: true };
      }
    }
    return this.value(e);
  }

  private isMemory(e: Expr): boolean {
    const scalar = e.op === "splat" ? e.args[0] : e;
    return scalar.op === "const" || (scalar.op === "load" && e.uses === 1);
  }

  /** Whether a value's register is nobody else's. */
  private isOwn(e: Expr): boolean {
    if (e.stamp !== this.walk || e.uses !== 1 || e.op === "var") return false;
    return e.op !== "bitcast" && e.op !== "convert" && e.op !== "lane" && e.op !== "splat" && e.op !== "select" &&
      e.op !== "rare" && e.op !== "load" && e.op !== "neg" && e.op !== "abs";
  }

  private compute(e: Expr, d: number): number {
    const { code, vectors } = this;
    const [a, b] = e.args;
    if (functions.has(e.op)) {
      throw new NotNative(`${e.op} of ${a.type} is a function of JavaScript`);
    }
    switch (e.op) {
      case "const":
        if (!isFloat(e.type)) return code.do(G.set, { d: this.general(d), immediate: valueOf(e) });
        return vectors.numberIn(e.data as number, this.shapeOf(e), d);
      case "load":
        return this.load(e, d);
      case "splat":
        return this.splat(e, a, d);
      case "lane":
        return this.lane(e, a, e.data as number, d);
      case "pick":
        return vectors.pick(this.shapeOf(e), this.value(a), this.value(b), e.data as readonly number[], d);
      case "fold": {
        const folded = vectors.fold(e.data as Binary, this.shapeOf(a), this.value(a));
        return this.firstLane(e, folded, d);
      }
      case "select":
        return this.select(e, d);
      case "rare":
        return this.rare(e, d);
      case "fma":
        return this.fma(e, d);
      case "convert": {
        if (!e.wide) return this.scalars.convert(a.type, e.type, this.value(a), d);
        return vectors.convert(a.type, e.type, this.lanes, this.value(a), d) ?? this.laneByLane(e, d);
      }
      case "bitcast": {
        const from = this.value(a);
        if (this.inVector(e) === this.inVector(a)) return d < 0 ? from : this.copy(e, from, d);
        if (this.inVector(e)) return code.vec(I.moveD, { d: d < 0 ? vectors.register(this.shapeOf(e)) : d, b: from });
        const to = code.vec(I.takeD, { d: this.general(d), a: from });
        return code.do(G.loadSigned, { d: to, b: to });
      }
    }
    if (b && comparisons.has(e.op)) return this.compare(e, d);
    if (!b) {
      const from = this.value(a);
      if (!this.inVector(e)) return this.scalars.unary(e.op, a.type, from, d);
      return vectors.unary(e.op, this.shapeOf(a), from, d) ?? this.laneByLane(e, d);
    }
    if (!this.inVector(e)) {
      const left = this.value(a);
      if (b.op === "const") return this.scalars.binary(e.op, a.type, left, undefined, valueOf(b), d);
      return this.scalars.binary(e.op, a.type, left, this.value(b), undefined, d);
    }
    if ((e.op === "shl" || e.op === "shr") && b.op === "splat" && b.args[0].op === "const") {
      return vectors.shift(e.op, this.shapeOf(a), this.value(a), b.args[0].data as number, d);
    }
    if (!e.wide && e.op === "rem") return this.scalars.remainder(e.type, this.value(a), this.value(b), d);
    const known = !e.wide || !(e.op === "div" || e.op === "rem") || (e.op === "div" && isFloat(e.type));
    if (!known) return this.laneByLane(e, d);
    const swap = commutative.has(e.op) && this.isMemory(a) && !this.isMemory(b);
    const [left, right] = swap ? [b, a] : [a, b];
    const first = this.value(left);
    return vectors.binary(e.op, this.shapeOf(a), first, this.operand(right), d) ?? this.laneByLane(e, d);
  }

  private general(d: number): number {
    return d < 0 ? this.code.general() : d;
  }

  // Memory.

  private load(e: Expr, d: number): number {
    const { code, vectors } = this;
    const { buffer, stride } = e.data as Access;
    const shape = this.shapeOf(e);
    if (!this.inVector(e)) return code.do(G.loadSigned, { d: this.general(d), place: this.place(e.args[0], buffer) });
    if (e.type === "bool") {
      // 0 or 1 in memory, none or all bits here.
      const bits: Shape = { type: "int32", lanes: this.lanes };
      const zero = vectors.zero(bits);
      const values = stride === 1
        ? vectors.load({ place: this.place(e.args[0], buffer), broadcast: false }, bits)
        : this.spread(e, bits, -1);
      return vectors.put(I.subI, bits, d, zero, values);
    }
    if (!e.wide || stride === 1) {
      return vectors.load({ place: this.place(e.args[0], buffer), broadcast: false }, shape, d);
    }
    return this.spread(e, shape, d);
  }

  /** A load with a stride other than 1. */
  private spread(e: Expr, shape: Shape, d: number): number {
    const { code, vectors } = this;
    const { buffer, stride } = e.data as Access;
    if (stride === 0) return vectors.load({ place: this.place(e.args[0], buffer), broadcast: true }, shape, d);
    const place = this.place(e.args[0], buffer);
    const size = shape.type === "float64" ? 8 : 4;
    const pointer = code.do(G.address, { d: code.general(), place });
    if (shape.type === "float64" || this.lanes < 4) {
      const slot = code.slot(vectors.bytes(shape));
      const wide = size === 8;
      for (let l = 0; l < this.lanes; l++) {
        const from = { base: pointer, index: -1, scale: 0, displacement: l * stride * size };
        const one = code.do(G.load, { d: code.general(), place: from, wide });
        code.do(G.store, { a: one, place: slotPlace(slot, l * size), wide });
      }
      return vectors.load({ place: slotPlace(slot, 0), broadcast: false }, shape, d);
    }
    // Neighbours but one: from two vectors, the second of which ends with the last lane.
    const beyond = this.lanes - 1; // elements from the start of the first to that of the second
    if (stride === 2) {
      const at = (displacement: number): number =>
        vectors.load({ place: { base: pointer, index: -1, scale: 0, displacement }, broadcast: false }, shape);
      const lanes = Array.from({ length: this.lanes }, (_, l) => 2 * l)
        .map((from) => from < this.lanes ? from : this.lanes + from - beyond);
      return vectors.pick(shape, at(0), at(beyond * size), lanes, d);
    }
    const index = vectors.load({
      place: code.constant(new Uint8Array(Int32Array.from({ length: this.lanes }, (_, l) => l * stride).buffer)),
      broadcast: false,
    }, shape);
    const to = vectors.zero(shape);
    const bytes = vectors.bytes(shape);
    const from: Place = { base: pointer, index, scale: 2, displacement: 0 };
    if (code.features.wide) {
      // As many lanes as there are; a gather clears its mask.
      const lanes = code.do(G.set, { d: code.general(), immediate: 2 ** this.lanes - 1 });
      code.do(G.setMask, { a: lanes });
      code.vec(I.gatherPs, { d: to, place: from, bytes, mask: 1, evex: true });
    } else {
      const mask = vectors.load(vectors.number(1, { type: "bool", lanes: this.lanes }), shape);
      code.vec(I.gatherPs, { d: to, a: mask, place: from, bytes });
    }
    return d < 0 ? to : vectors.copy(shape, to, d);
  }

  /** Stores a value. */
  store(index: Expr, buffer: number, value: Expr): void {
    const { code, vectors } = this;
    if (!this.inVector(value)) {
      if (value.op === "const") {
        code.do(G.storeConstant, { place: this.place(index, buffer), immediate: valueOf(value), wide: false });
        return;
      }
      const a = this.value(value);
      code.do(G.store, { a, place: this.place(index, buffer), wide: false });
      return;
    }
    let a = this.value(value);
    const shape = this.shapeOf(value);
    if (value.type === "bool") a = vectors.shift("shr", { type: "uint32", lanes: this.lanes }, a, 31);
    const place = this.place(index, buffer);
    vectors.store(a, place, shape);
  }

  // Lanes.

  private splat(e: Expr, a: Expr, d: number): number {
    const { code, vectors } = this;
    const shape = this.shapeOf(e);
    if (a.op === "const") return vectors.numberIn(a.data as number, shape, d);
    const variables = a.op === "var" ? [(a.data as Variable).id] : undefined;
    const make = (to: number): number => {
      if (a.op === "load" && a.uses === 1 && e.type !== "bool") {
        return vectors.load({ place: this.place(a.args[0], (a.data as Access).buffer), broadcast: true }, shape, to);
      }
      if (isFloat(a.type)) return vectors.splat(shape, this.value(a), to);
      let from = this.value(a);
      if (a.type === "bool") {
        from = code.do(G.move, { d: code.general(), a: from });
        code.do(G.negate, { d: from });
      }
      return vectors.splatGeneral(shape, from, to);
    };
    if (!variables || !code.unchanging(variables)) return make(d);
    const once = code.hoist(`splat ${variables}`, () => make(-1));
    return d < 0 ? once : this.copy(e, once, d);
  }

  private lane(e: Expr, a: Expr, lane: number, d: number): number {
    const { vectors } = this;
    const from = this.value(a);
    const shape: Shape = { type: e.type, lanes: this.lanes };
    if (isFloat(e.type)) return vectors.lane(shape, from, lane, d);
    return this.firstLane(e, vectors.lane({ type: "int32", lanes: this.lanes }, from, lane), d);
  }

  /** The first lane as a scalar: integers go to a general register. */
  private firstLane(e: Expr, from: number, d: number): number {
    const { code } = this;
    if (isFloat(e.type)) return d < 0 ? from : this.copy(e, from, d);
    const to = code.vec(I.takeD, { d: this.general(d), a: from });
    if (e.type === "bool") return code.do(G.andConstant, { d: to, immediate: 1 });
    return code.do(G.loadSigned, { d: to, b: to });
  }

  /** An operation without a vector form: on each lane, through memory. */
  private laneByLane(e: Expr, d: number): number {
    const { code, vectors } = this;
    const size = (type: Expr["type"]): number => type === "float64" ? 8 : 4;
    const slots = e.args.map((arg) => {
      const slot = code.slot(vectors.bytes(this.shapeOf(arg)));
      vectors.store(this.value(arg), slotPlace(slot, 0), this.shapeOf(arg));
      return slot;
    });
    const out = code.slot(vectors.bytes(this.shapeOf(e)));
    for (let l = 0; l < this.lanes; l++) {
      const args = e.args.map((arg, k) => {
        const place = slotPlace(slots[k], l * size(arg.type));
        if (isFloat(arg.type)) return vectors.load({ place, broadcast: false }, { type: arg.type, lanes: 1 });
        return code.do(G.loadSigned, { d: code.general(), place });
      });
      const [a, b] = args;
      const { type } = e.args[0];
      const made = e.op === "convert"
        ? this.scalars.convert(type, e.type, a, -1)
        : isFloat(type)
        ? this.scalars.remainder(type, a, b, -1)
        : this.scalars.binary(e.op, type, a, b, undefined, -1);
      const place = slotPlace(out, l * size(e.type));
      if (!isFloat(e.type)) code.do(G.store, { a: made, place, wide: false });
      else vectors.store(made, place, { type: e.type, lanes: 1 });
    }
    return vectors.load({ place: slotPlace(out, 0), broadcast: false }, this.shapeOf(e), d);
  }

  // Comparisons and choices.

  private compare(e: Expr, d: number): number {
    const [a, b] = e.args;
    const { code, vectors } = this;
    if (e.wide) {
      if (a.type === "bool") return vectors.binary(e.op, this.shapeOf(a), this.value(a), this.value(b), d)!;
      const left = this.value(a);
      return vectors.compare(e.op, this.shapeOf(a), left, this.operand(b), d);
    }
    if (!isFloat(a.type)) {
      const condition = this.flags(e);
      return code.do(G.setIf, { d: this.general(d), immediate: condition });
    }
    const left = this.value(a);
    const right = this.operand(b);
    const shape = this.shapeOf(a);
    if (code.features.wide) {
      vectors.compareToMask(e.op, shape, left, right);
      return code.do(G.takeMask, { d: this.general(d) });
    }
    const mask = vectors.compare(e.op, { type: a.type, lanes: 1 }, left, right);
    const to = code.vec(I.takeD, { d: this.general(d), a: mask });
    return code.do(G.andConstant, { d: to, immediate: 1 });
  }

  /** Compares two integers; gives the condition that holds then. */
  private flags(e: Expr): number {
    const [a, b] = e.args;
    const left = this.value(a);
    if (b.op === "const") this.code.do(G.compareConstant, { a: left, immediate: valueOf(b)! });
    else this.code.do(G.compare, { a: left, b: this.value(b) });
    return conditionOf(e.op, a.type === "int32");
  }

  /** Jumps to a label where the condition is as said. */
  branch(e: Expr, to: number, when: boolean): void {
    const { code } = this;
    let condition: number;
    if (comparisons.has(e.op) && !isFloat(e.args[0].type) && !(e.stamp === this.walk && e.slot >= 0)) {
      condition = this.flags(e);
    } else {
      const a = this.value(e);
      code.do(G.test, { a, b: a });
      condition = Condition.notEqual;
    }
    code.jumpIf(when ? condition : condition ^ 1, to);
    this.addresses.forget();
  }

  private isOnlyHere(e: Expr): boolean {
    return e.stamp === this.walk && e.uses === 1 && e.slot < 0;
  }

  private select(e: Expr, d: number): number {
    const { code, vectors } = this;
    const [condition, then, otherwise] = e.args;
    const shape = this.shapeOf(e);
    if (!this.inVector(e)) {
      const yes = this.value(then), no = this.value(otherwise);
      const holds = comparisons.has(condition.op) && !isFloat(condition.args[0].type) && this.isOnlyHere(condition)
        ? this.flags(condition)
        : this.testScalar(condition);
      const to = d < 0 || d === yes ? code.general() : d;
      code.do(G.move, { d: to, a: no });
      code.do(G.moveIf, { d: to, b: yes, immediate: holds });
      return to === d || d < 0 ? to : code.do(G.move, { d, a: to });
    }
    const no = this.value(otherwise);
    const compares = comparisons.has(condition.op) && this.isOnlyHere(condition) &&
      (condition.wide ? condition.args[0].type !== "bool" : isFloat(condition.args[0].type));
    const sameWidth = (condition.args[0]?.type === "float64") === (e.type === "float64");
    if (compares && (code.features.wide || sameWidth)) {
      const yes = this.operand(then);
      const [a, b] = condition.args;
      const left = this.value(a);
      const right = this.operand(b);
      if (code.features.wide) {
        vectors.compareToMask(condition.op, this.shapeOf(a), left, right);
        return vectors.selectByMask(shape, this.whole(yes, shape), no, d);
      }
      const mask = isFloat(a.type)
        ? vectors.put(vectorsCompare(this.shapeOf(a)), this.shapeOf(a), -1, left, right, {
          immediate: predicateOf(condition.op),
        })
        : vectors.compare(condition.op, this.shapeOf(a), left, right);
      return vectors.choose(shape, mask, this.whole(yes, shape), no, d);
    }
    const yes = this.whole(this.operand(then), shape);
    if (condition.wide) return vectors.select(shape, this.value(condition), yes, no, d);
    const bit = this.value(condition);
    if (code.features.wide) {
      code.do(G.setMask, { a: bit });
      return vectors.selectByMask(shape, yes, no, d);
    }
    const full = code.do(G.move, { d: code.general(), a: bit });
    code.do(G.negate, { d: full });
    const mask = code.vec(I.moveQ, { d: code.vector(16), b: full });
    return vectors.choose(shape, mask, yes, no, d);
  }

  /** Choices read 16 bytes at least: a scalar comes into a register first. */
  private whole(operand: Operand, shape: Shape): Operand {
    return shape.lanes > 1 ? operand : this.vectors.load(operand, shape);
  }

  private testScalar(condition: Expr): number {
    const bit = this.value(condition);
    this.code.do(G.test, { a: bit, b: bit });
    return Condition.notEqual;
  }

  /** A select that computes its first choice only if a lane wants it; what it computes is not known afterwards. */
  private rare(e: Expr, d: number): number {
    const { code, vectors } = this;
    const [condition, then, otherwise] = e.args;
    const shape = this.shapeOf(e);
    const mask = this.value(condition);
    const vector = this.inVector(e);
    const to = vector ? vectors.copy(shape, this.value(otherwise)) : code.do(G.move, {
      d: code.general(),
      a: this.value(otherwise),
    });
    const skip = code.label();
    if (condition.wide) code.jumpIf(vectors.anyLane(mask, this.lanes) ^ 1, skip);
    else {
      code.do(G.test, { a: mask, b: mask });
      code.jumpIf(Condition.equal, skip);
    }
    this.addresses.forget();
    const kept: Expr[] = [];
    this.keepSlots(then, kept);
    const value = this.value(then);
    if (!vector || !condition.wide) this.copy(e, value, to);
    else vectors.select(shape, mask, value, to, to);
    for (const inside of kept) inside.slot = -1;
    code.place(skip);
    this.addresses.forget();
    return d < 0 ? to : this.copy(e, to, d);
  }

  /** The nodes below that have no register yet: theirs end with the branch. */
  private keepSlots(e: Expr, list: Expr[], seen = new Set<Expr>()): void {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.slot < 0) list.push(e);
    for (const arg of e.args) this.keepSlots(arg, list, seen);
  }

  // Multiply-add.

  private fma(e: Expr, d: number): number {
    let [a, b, c] = e.args;
    const shape = this.shapeOf(e);
    if (!isFloat(e.type)) {
      if (e.wide) {
        const product = this.vectors.binary("mul", shape, this.value(a), this.operand(b))!;
        return this.vectors.binary("add", shape, product, this.operand(c), d)!;
      }
      const product = this.scalars.binary("mul", e.type, this.value(a), this.value(b), undefined, -1);
      return this.scalars.binary("add", e.type, product, this.value(c), undefined, d);
    }
    let negated = false;
    if (a.op === "neg" && this.isOnlyHere(a)) {
      negated = true;
      a = a.args[0];
    }
    if (this.isMemory(a) && !this.isMemory(b)) [a, b] = [b, a];
    const cInMemory = this.isMemory(c);
    if (cInMemory && this.isOwn(b) && !this.isOwn(a)) [a, b] = [b, a];
    const own = new Set<number>();
    const left = this.value(a);
    if (this.isOwn(a)) own.add(left);
    // Only one operand can stand in memory: the addend, if it can, else a factor.
    const third = cInMemory ? undefined : this.value(c);
    if (third !== undefined && this.isOwn(c)) own.add(third);
    const right = cInMemory ? this.value(b) : this.operand(b);
    const addend = third ?? this.operand(c);
    return this.vectors.fma(shape, negated, left, right, addend, d, own);
  }
}

function slotPlace(slot: number, displacement: number): Place {
  return { base: -1, index: -1, scale: 0, displacement, slot };
}

function vectorsCompare({ type, lanes }: Shape) {
  if (lanes > 1) return type === "float64" ? x.compare.pd : x.compare.ps;
  return type === "float64" ? x.compare.sd : x.compare.ss;
}

/** The number of an integer literal, as 32 bits with a sign. */
function valueOf(e: Expr): number {
  return e.type === "bool" ? (e.data ? 1 : 0) : (e.data as number) | 0;
}
