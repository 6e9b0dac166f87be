/** Renders expressions: pushes an expression's value on the stack, its shared nodes computed once in a statement. */
import type { DType } from "../../../dtype.ts";
import { type Access, type Binary, type Expr, newWalk, type Variable } from "../../../compile/expr.ts";
import { isExpandable } from "../loops/math.ts";
import { type Signs, splitIndex } from "./address.ts";
import { Op, Simd, Type, type ValueType } from "./assembler.ts";
import { convertScalar, convertWide, narrowMask, widenMask } from "./convert.ts";
import { scalarOp } from "./scalar.ts";
import { moves, wideCodes } from "./tables.ts";
import type { Writer } from "./writer.ts";

const comparisons = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);

export class Expressions {
  /** The local of each variable of the kernel. */
  private readonly variables: (number | undefined)[] = [];
  /** Byte addresses of (variable, buffer), valid until the variable changes. */
  private readonly pointers = new Map<number, number>();
  private readonly pointerLocals = new Map<number, number>();
  private shared: Expr[] = [];
  private walk = 0;
  private expandable = false;

  constructor(
    private readonly w: Writer,
    private readonly lanes: number,
    private readonly relaxed: boolean,
    private readonly parameterTypes: readonly DType[],
    private readonly signs: Signs,
  ) {}

  // Statements.

  /** Starts a statement: counts the uses of each node below its expressions, and tells whether one is to be expanded. */
  begin(...roots: Expr[]): boolean {
    this.walk = newWalk();
    this.expandable = false;
    for (const root of roots) this.count(root);
    return this.expandable;
  }

  /** Ends a statement: the locals of shared nodes become free. */
  end(): void {
    for (const e of this.shared) this.w.release(this.localType(e), e.slot);
    this.shared = [];
  }

  private count(e: Expr): void {
    if (e.stamp === this.walk) {
      e.uses++;
      return;
    }
    e.stamp = this.walk;
    e.uses = 1;
    e.slot = -1;
    const { args } = e;
    if (args.length === 0) return;
    if (isExpandable(e)) this.expandable = true;
    for (let i = 0; i < args.length; i++) this.count(args[i]);
  }

  private isShared(e: Expr): boolean {
    return e.stamp === this.walk && e.uses > 1;
  }

  // Variables and addresses.

  variable(v: Variable): number {
    return this.variables[v.id] ??= this.w.local(v.wide ? Type.v128 : moves[v.type].local);
  }

  /** Tells that a variable has changed. */
  changed(id: number): void {
    if (this.pointers.size === 0) return;
    const buffers = this.parameterTypes.length;
    for (let i = 0; i < buffers; i++) this.pointers.delete(id * buffers + i);
  }

  /** Whether any pointer is known. */
  get hasPointers(): boolean {
    return this.pointers.size > 0;
  }

  /** The pointers known now, to return to after a block whose own may not have been computed. */
  savePointers(): Map<number, number> {
    return new Map(this.pointers);
  }

  restorePointers(saved: Map<number, number>): void {
    this.pointers.clear();
    for (const [key, local] of saved) this.pointers.set(key, local);
  }

  /** Pushes the address of an element and gives the constant to put beside it. `extra` is in elements. */
  address(index: Expr, buffer: number, extra = 0): number {
    const { code } = this.w;
    const split = splitIndex(index);
    const shift = moves[this.parameterTypes[buffer]].shift;
    const offset = (split.constant + extra) * 2 ** shift;
    if (split.base) this.pointer(split.base, buffer, shift);
    else code.get(buffer);
    if (offset === 0) return 0;
    if (offset > 0 && (!split.base || this.signs.nonNegative(split.base))) return offset;
    code.i32Const(offset);
    code.byte(Op.i32Add);
    return 0;
  }

  private pointer(base: Expr, buffer: number, shift: number): void {
    const { code } = this.w;
    const key = base.op === "var" ? (base.data as Variable).id * this.parameterTypes.length + buffer : -1;
    const known = this.pointers.get(key);
    if (known !== undefined) return code.get(known);
    const factor = base.op === "mul" && base.args[1].op === "const" ? base.args[1].data as number : undefined;
    if (factor !== undefined && !this.isShared(base)) {
      this.emit(base.args[0]);
      code.i32Const(factor << shift);
      code.byte(Op.i32Mul);
    } else {
      this.emit(base);
      code.i32Const(shift);
      code.byte(Op.i32Shl);
    }
    code.get(buffer);
    code.byte(Op.i32Add);
    if (key < 0) return;
    let local = this.pointerLocals.get(key);
    if (local === undefined) this.pointerLocals.set(key, local = this.w.local(Type.i32));
    this.pointers.set(key, local);
    code.tee(local);
  }

  // Expressions.

  private localType(e: Expr): ValueType {
    return e.wide ? Type.v128 : moves[e.type].local;
  }

  /** Pushes the value of an expression. */
  emit(e: Expr): void {
    if (e.op === "const") return this.w.constant(e.type, e.data as number);
    if (e.op === "var") return this.w.code.get(this.variable(e.data as Variable));
    if (!this.isShared(e) || (e.op === "splat" && e.args[0].op === "const")) return this.compute(e);
    if (e.slot >= 0) return this.w.code.get(e.slot);
    this.compute(e);
    e.slot = this.w.borrow(this.localType(e));
    this.shared.push(e);
    this.w.code.tee(e.slot);
  }

  private compute(e: Expr): void {
    const { w } = this;
    switch (e.op) {
      case "load":
        return e.wide ? this.loadWide(e) : this.loadScalar(e);
      case "splat":
        return this.splat(e.args[0]);
      case "lane":
        this.emit(e.args[0]);
        return this.extract(e.type, e.data as number);
      case "pick":
        this.emit(e.args[0]);
        this.emit(e.args[1]);
        return this.shuffle(e.data as readonly number[]);
      case "fold":
        return this.fold(e);
      case "select": {
        const [condition, then, otherwise] = e.args;
        return this.select(e, () => this.emit(then), () => this.emit(otherwise), () => this.emit(condition));
      }
      case "rare":
        return this.rare(e);
      case "fma":
        return this.fma(e);
      case "convert":
        this.emit(e.args[0]);
        if (e.wide) return convertWide(w, e.args[0].type, e.type, this.lanes);
        return convertScalar(w, e.args[0].type, e.type);
      case "bitcast":
        this.emit(e.args[0]);
        if (e.wide || moves[e.type].local === moves[e.args[0].type].local) return;
        return w.code.byte(e.type === "float32" ? Op.f32ReinterpretI32 : Op.i32ReinterpretF32);
    }
    if (e.wide) return this.wideOp(e);
    scalarOp(w, e.op, e.args[0].type, () => this.emit(e.args[0]), () => this.emit(e.args[1]), valueOf(e.args[1]));
  }

  private loadScalar(e: Expr): void {
    const { code } = this.w;
    const move = moves[e.type];
    const offset = this.address(e.args[0], (e.data as Access).buffer);
    code.byte(move.load);
    code.memory(move.shift, offset);
  }

  private loadWide(e: Expr): void {
    const { code } = this.w;
    const { buffer, stride } = e.data as Access;
    const { shift } = moves[e.type];
    this.checkLanes(e.type);
    if (stride === 0) {
      const offset = this.address(e.args[0], buffer);
      code.simd(shift === 3 ? Simd.load64Splat : Simd.load32Splat);
      code.memory(shift, offset);
    } else if (stride === 1) {
      const offset = this.address(e.args[0], buffer);
      code.simd(shift === 3 || this.lanes === 4 ? Simd.load : Simd.load64Zero);
      code.memory(2, offset);
    } else this.loadStrided(e.args[0], buffer, stride, shift);
    if (e.type !== "bool") return;
    this.w.wideConstant("int32", 0);
    code.simd(Simd.i32x4Ne);
    if (this.lanes === 2) widenMask(this.w);
  }

  /** Lane by lane, at constant distances from the lowest. */
  private loadStrided(index: Expr, buffer: number, stride: number, shift: number): void {
    const { code } = this.w;
    const lowest = Math.min(0, stride * (this.lanes - 1));
    if (this.lanes === 4 && Math.abs(stride) <= 3) return this.loadShuffled(index, buffer, stride, lowest);
    const offset = this.address(index, buffer, lowest);
    const pointer = this.w.borrow(Type.i32);
    code.set(pointer);
    for (let l = 0; l < this.lanes; l++) code.get(pointer);
    for (let l = 0; l < this.lanes; l++) {
      const at = offset + (l * stride - lowest) * 2 ** shift;
      if (l === 0) code.simd(shift === 3 ? Simd.load64Zero : Simd.load32Zero);
      else code.simd(shift === 3 ? Simd.load64Lane : Simd.load32Lane);
      code.memory(shift, at);
      if (l > 0) code.byte(l);
    }
    this.w.release(Type.i32, pointer);
  }

  /** Four lanes at most 9 elements apart: from two vectors, the second of which ends with the highest lane. */
  private loadShuffled(index: Expr, buffer: number, stride: number, lowest: number): void {
    const { code } = this.w;
    const second = 3 * Math.abs(stride) - 3;
    const load = (extra: number) => {
      const offset = this.address(index, buffer, lowest + extra);
      code.simd(Simd.load);
      code.memory(2, offset);
    };
    load(0);
    load(second);
    this.shuffle([0, 1, 2, 3].map((l) => l * stride - lowest).map((at) => at < 4 ? at : 4 + at - second));
  }

  /** Picks lanes of the two vectors of four on the stack. */
  private shuffle(lanes: readonly number[]): void {
    const { code } = this.w;
    code.simd(Simd.shuffle);
    for (const lane of lanes) for (let i = 0; i < 4; i++) code.byte(lane * 4 + i);
  }

  private checkLanes(type: DType): void {
    if (type === "float64" && this.lanes !== 2) throw new Error("A wide float64 value needs a kernel of 2 lanes");
  }

  /** Pushes a scalar in all lanes. */
  private splat(e: Expr): void {
    const { code } = this.w;
    this.checkLanes(e.type);
    if (e.op === "const") return this.w.wideConstant(e.type, e.data as number);
    if (e.op === "lane" && e.type !== "bool" && !this.isShared(e)) return this.splatLane(e.args[0], e.data as number);
    if (e.type === "bool") {
      code.i32Const(0);
      this.emit(e);
      code.byte(Op.i32Sub);
    } else if (e.op === "load" && !this.isShared(e)) {
      const offset = this.address(e.args[0], (e.data as Access).buffer);
      code.simd(e.type === "float64" ? Simd.load64Splat : Simd.load32Splat);
      return code.memory(moves[e.type].shift, offset);
    } else this.emit(e);
    code.simd(moves[e.type].splat);
  }

  /** One lane of a vector in all lanes: a shuffle, with no way through a scalar. */
  private splatLane(vector: Expr, lane: number): void {
    const { code } = this.w;
    this.emit(vector);
    if (vector.op === "var") this.emit(vector);
    else {
      const local = this.w.borrow(Type.v128);
      code.tee(local);
      code.get(local);
      this.w.release(Type.v128, local);
    }
    const bytes = 2 ** moves[vector.type].shift;
    code.simd(Simd.shuffle);
    for (let i = 0; i < 16; i++) code.byte(lane * bytes + i % bytes);
  }

  /** Turns the vector on the stack into one of its lanes. */
  private extract(type: DType, lane: number): void {
    const { code } = this.w;
    code.simd(moves[type].extract);
    code.byte(type === "bool" && this.lanes === 2 ? 2 * lane : lane);
    if (type !== "bool") return;
    code.i32Const(1);
    code.byte(Op.i32And);
  }

  /** The lower half of the lanes with the upper, until one lane is left. */
  private fold(e: Expr): void {
    const { code } = this.w;
    // With 2 lanes masks are as wide as float64, other 32-bit values stand in the lower half.
    const bytes = this.lanes === 2 && (e.type === "float64" || e.type === "bool") ? 8 : 4;
    const vector = this.w.borrow(Type.v128);
    this.emit(e.args[0]);
    for (let half = this.lanes / 2; half >= 1; half /= 2) {
      code.set(vector);
      code.get(vector);
      code.get(vector);
      code.get(vector);
      code.simd(Simd.shuffle);
      for (let i = 0; i < 16; i++) code.byte((i + half * bytes) % 16);
      code.simd(wideCodes[e.type][e.data as Binary]!);
    }
    this.w.release(Type.v128, vector);
    this.extract(e.type, 0);
  }

  private select(e: Expr, then: () => void, otherwise: () => void, condition: () => void): void {
    const { code } = this.w;
    then();
    otherwise();
    condition();
    if (!e.wide) return code.byte(Op.select);
    const narrow = this.lanes === 2 && e.type !== "float64" && e.type !== "bool";
    if (narrow) narrowMask(this.w);
    // A mask's lanes are all ones or all zeros, so that both instructions mean the same; the relaxed one is shorter.
    if (!this.relaxed) code.simd(Simd.bitselect);
    else code.simd(this.lanes === 2 && !narrow ? Simd.i64x2RelaxedLaneselect : Simd.i32x4RelaxedLaneselect);
  }

  /** A select that computes its first choice only if a lane wants it. What that computes is not known afterwards. */
  private rare(e: Expr): void {
    const { w } = this;
    const { code } = w;
    const [condition, then, otherwise] = e.args;
    const type = this.localType(e);
    const maskType = this.localType(condition);
    const mask = w.borrow(maskType);
    const value = w.borrow(type);
    this.emit(condition);
    code.set(mask);
    this.emit(otherwise);
    code.set(value);
    code.get(mask);
    if (e.wide) code.simd(Simd.anyTrue);
    code.byte(Op.if);
    code.byte(0x40);
    const pointers = this.savePointers();
    const before = this.shared.length;
    this.select(e, () => this.emit(then), () => code.get(value), () => code.get(mask));
    code.set(value);
    this.restorePointers(pointers);
    for (const inside of this.shared.splice(before)) {
      w.release(this.localType(inside), inside.slot);
      inside.slot = -1;
    }
    code.byte(Op.end);
    code.get(value);
    w.release(type, value);
    w.release(maskType, mask);
  }

  /** a · b + c; a negated factor takes the instruction that negates, which rounds alike. */
  private fma(e: Expr): void {
    const { code } = this.w;
    const float = e.type === "float32" || e.type === "float64";
    if (!float || !this.relaxed) {
      const [a, b, c] = e.args;
      this.emit(a);
      this.emit(b);
      const { mul, add } = e.wide ? wideCodes[e.type] : scalarFma[e.type];
      const put = (op: number) => e.wide ? code.simd(op) : code.byte(op);
      if (e.type === "bool") throw new Error("fma has no meaning for bool");
      put(mul!);
      this.emit(c);
      put(add!);
      return;
    }
    this.vectorFma(e);
    if (!e.wide) this.extract(e.type, 0);
  }

  /** The fused instruction; for scalars on lane 0, the only way to the same bits. */
  private vectorFma(e: Expr): void {
    this.checkLanes(e.wide ? e.type : "float32");
    const [a, b, c] = e.args;
    const negated = a.op === "neg" && !this.isShared(a);
    for (const arg of [negated ? a.args[0] : a, b, c]) {
      if (e.wide) this.emit(arg);
      else this.emitInLanes(arg);
    }
    if (e.type === "float32") this.w.code.simd(negated ? Simd.f32x4RelaxedNmadd : Simd.f32x4RelaxedMadd);
    else this.w.code.simd(negated ? Simd.f64x2RelaxedNmadd : Simd.f64x2RelaxedMadd);
  }

  /** A scalar float as a vector of which lane 0 counts. */
  private emitInLanes(e: Expr): void {
    if (e.op === "fma" && !this.isShared(e)) return this.vectorFma(e);
    if (e.op === "const") return this.w.wideConstant(e.type, e.data as number);
    if (e.op === "load" && !this.isShared(e)) {
      const offset = this.address(e.args[0], (e.data as Access).buffer);
      this.w.code.simd(e.type === "float64" ? Simd.load64Zero : Simd.load32Zero);
      return this.w.code.memory(moves[e.type].shift, offset);
    }
    this.emit(e);
    this.w.code.simd(moves[e.type].splat);
  }

  private wideOp(e: Expr): void {
    const { code } = this.w;
    const [a, b] = e.args;
    const type = a.type;
    this.checkLanes(type);
    if (type === "uint32" && e.op === "abs") return this.emit(a);
    if ((e.op === "floor" || e.op === "ceil" || e.op === "trunc" || e.op === "round") && isInteger(type)) {
      return this.emit(a);
    }
    if (type === "bool" && this.boolOrder(e)) return;
    const direct = wideCodes[type][e.op];
    if (direct !== undefined) {
      this.emit(a);
      if (b) this.emit(b);
      code.simd(direct);
      const mask64 = this.lanes === 2 && type !== "float64" && type !== "bool" && comparisons.has(e.op);
      if (mask64) widenMask(this.w);
      return;
    }
    if ((e.op === "shl" || e.op === "shr") && b.op === "splat" && isInteger(type)) {
      this.emit(a);
      this.emit(b.args[0]);
      return code.simd(e.op === "shl" ? Simd.i32x4Shl : type === "int32" ? Simd.i32x4ShrS : Simd.i32x4ShrU);
    }
    this.laneByLane(e);
  }

  /** Orders of masks, where true is all ones: a < b is b and not a. */
  private boolOrder(e: Expr): boolean {
    const [a, b] = e.args;
    const { code } = this.w;
    const two = (first: Expr, second: Expr, op: number) => {
      this.emit(first);
      this.emit(second);
      code.simd(op);
    };
    switch (e.op) {
      case "lt":
        two(b, a, Simd.andNot);
        return true;
      case "gt":
        two(a, b, Simd.andNot);
        return true;
      case "le":
        two(a, b, Simd.andNot);
        break;
      case "ge":
        two(b, a, Simd.andNot);
        break;
      case "eq":
        two(a, b, Simd.xor);
        break;
      default:
        return false;
    }
    code.simd(Simd.not);
    return true;
  }

  /** An operation that has no vector form: on each lane in turn. */
  private laneByLane(e: Expr): void {
    const { code } = this.w;
    const type = e.args[0].type;
    const move = moves[type];
    const operands = e.args.map((arg) => {
      // A scalar in all lanes stays a scalar; a literal costs no local.
      const scalar = arg.op === "splat" && !this.isShared(arg) ? arg.args[0] : undefined;
      if (scalar?.op === "const") return { scalar, local: -1, type: move.local };
      const local = { scalar, local: -1, type: scalar ? move.local : Type.v128 };
      this.emit(scalar ?? arg);
      local.local = this.w.borrow(local.type);
      code.set(local.local);
      return local;
    });
    const push = (i: number, lane: number) => {
      const { scalar, local } = operands[i];
      if (local < 0) return this.w.constant(type, scalar!.data as number);
      code.get(local);
      if (!scalar) this.extract(type, lane);
    };
    for (let lane = 0; lane < this.lanes; lane++) {
      const divisor = operands[1]?.local === -1 ? operands[1].scalar!.data as number : undefined;
      scalarOp(this.w, e.op, type, () => push(0, lane), () => push(1, lane), divisor);
      const result = moves[e.type];
      code.simd(lane === 0 ? result.splat : result.replace);
      if (lane > 0) code.byte(lane);
    }
    for (const { local, type } of operands) if (local >= 0) this.w.release(type, local);
  }
}

const scalarFma: Record<DType, { mul?: number; add?: number }> = {
  float32: { mul: Op.f32Mul, add: Op.f32Add },
  float64: { mul: Op.f64Mul, add: Op.f64Add },
  int32: { mul: Op.i32Mul, add: Op.i32Add },
  uint32: { mul: Op.i32Mul, add: Op.i32Add },
  bool: {},
};

function isInteger(type: DType): boolean {
  return type === "int32" || type === "uint32";
}

/** The number of a literal operand. */
function valueOf(e: Expr | undefined): number | undefined {
  return e?.op === "const" ? e.data as number : undefined;
}
