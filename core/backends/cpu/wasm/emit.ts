/**
 * Renders a kernel of the loop IR to the body of a WebAssembly function. Its parameters are the byte offsets of the
 * kernel's buffers, one int32 each. A wide value is a v128; bool buffers hold an int32 an element.
 */
import { expander } from "../loops/math.ts";
import type { Expr } from "../../../compile/expr.ts";
import { assigned, type Kernel, type Statement } from "../../../compile/loop.ts";
import { Signs } from "./address.ts";
import { Op, Simd, Type } from "./assembler.ts";
import { narrowMask } from "./convert.ts";
import { Expressions } from "./expression.ts";
import { hasRelaxedMadd } from "./features.ts";
import { moves } from "./tables.ts";
import { Writer } from "./writer.ts";

/** A kernel as code: equal keys, equal functions. */
export class Code {
  private known: string | undefined;

  constructor(
    /** The number of its parameters. */
    readonly parameters: number,
    /** Declarations of locals and instructions. */
    readonly body: Uint8Array<ArrayBuffer>,
    /** Whether it calls imported functions of JavaScript. */
    readonly calls: boolean,
  ) {}

  /** The code as text, to be the key of a cache. */
  get key(): string {
    return this.known ??= `${this.parameters}:${latin.decode(this.body)}`;
  }
}

const latin = /* @__PURE__ */ new TextDecoder("latin1");

/** `relaxed`: whether to use fused multiply-add; by default where the engine has it. */
export interface EmitOptions {
  readonly relaxed?: boolean;
}

/** Renders a kernel. */
export function codeOf(kernel: Kernel, { relaxed = hasRelaxedMadd }: EmitOptions = {}): Code {
  if (kernel.lanes !== 1 && kernel.lanes !== 2 && kernel.lanes !== 4) {
    throw new Error(`Kernel ${kernel.name} has ${kernel.lanes} lanes; WebAssembly vectors hold 4, or 2 of float64`);
  }
  const writer = new Writer(kernel.parameters.length);
  new Emitter(writer, kernel, relaxed).statements(kernel.body);
  return new Code(kernel.parameters.length, writer.finish(), writer.calls);
}

class Emitter {
  private readonly expressions: Expressions;
  private readonly expand = expander();

  constructor(private readonly w: Writer, private readonly kernel: Kernel, relaxed: boolean) {
    const types = kernel.parameters.map((p) => p.type);
    this.expressions = new Expressions(w, kernel.lanes, relaxed, types, new Signs(kernel.body));
  }

  statements(body: readonly Statement[]): void {
    for (const s of body) this.statement(s);
  }

  private statement(s: Statement): void {
    switch (s.kind) {
      case "set": {
        this.value(s.value);
        this.w.code.set(this.expressions.variable(s.variable));
        return this.expressions.changed(s.variable.id);
      }
      case "store":
        return this.store(s.buffer, s.index, s.value);
      case "zero":
        return this.zero(s.buffer, s.index, s.count);
      case "for":
        return this.for(s);
      case "while": {
        const { code } = this.w;
        this.loop(s.body, () => {
          code.byte(Op.block);
          code.byte(0x40);
          code.byte(Op.loop);
          code.byte(0x40);
          this.value(s.condition);
          code.byte(Op.i32Eqz);
          code.byte(Op.brIf);
          code.u32(1);
          this.statements(s.body);
          code.byte(Op.br);
          code.u32(0);
          code.byte(Op.end);
          code.byte(Op.end);
        });
        return;
      }
      case "if": {
        const { code } = this.w;
        this.value(s.condition);
        code.byte(Op.if);
        code.byte(0x40);
        const saved = this.expressions.savePointers();
        this.statements(s.then);
        if (s.otherwise.length > 0) {
          this.expressions.restorePointers(saved);
          code.byte(Op.else);
          this.statements(s.otherwise);
        }
        code.byte(Op.end);
        this.expressions.restorePointers(saved);
        if (!this.expressions.hasPointers) return;
        for (const id of assigned(s.otherwise, assigned(s.then))) this.expressions.changed(id);
      }
    }
  }

  /** Pushes the value of an expression that is a statement's only one. */
  private value(e: Expr): void {
    if (this.expressions.begin(e)) {
      e = this.expand(e);
      this.expressions.begin(e);
    }
    this.expressions.emit(e);
    this.expressions.end();
  }

  /** A loop: pointers of variables that it sets are unknown in it, and those computed in it end with it. */
  private loop(body: readonly Statement[], write: () => void, variable = -1): void {
    const { expressions } = this;
    if (expressions.hasPointers) {
      for (const id of assigned(body)) expressions.changed(id);
      expressions.changed(variable);
    }
    const saved = expressions.savePointers();
    this.w.depth++;
    write();
    this.w.depth--;
    expressions.restorePointers(saved);
  }

  private for(s: Statement & { kind: "for" }): void {
    const { code } = this.w;
    const { from, to, step } = s;
    const variable = this.expressions.variable(s.variable);
    const trips = from.op === "const" && to.op === "const"
      ? Math.ceil(((to.data as number) - (from.data as number)) / step)
      : undefined;
    if (trips !== undefined && trips <= 0) return;
    this.value(from);
    code.set(variable);
    this.expressions.changed(s.variable.id);
    if (trips === 1) return this.statements(s.body);
    let limit = -1;
    if (to.op !== "const") {
      limit = this.w.borrow(Type.i32);
      this.value(to);
      code.set(limit);
    }
    const again = () => {
      code.get(variable);
      if (limit < 0) code.i32Const(to.data as number);
      else code.get(limit);
      code.byte(step > 0 ? Op.i32LtS : Op.i32GtS);
    };
    this.loop(s.body, () => {
      if (trips === undefined) {
        again();
        code.byte(Op.if);
        code.byte(0x40);
      }
      code.byte(Op.loop);
      code.byte(0x40);
      this.statements(s.body);
      code.get(variable);
      code.i32Const(step);
      code.byte(Op.i32Add);
      code.set(variable);
      again();
      code.byte(Op.brIf);
      code.u32(0);
      code.byte(Op.end);
      if (trips === undefined) code.byte(Op.end);
    }, s.variable.id);
    if (limit >= 0) this.w.release(Type.i32, limit);
  }

  private store(buffer: number, index: Expr, value: Expr): void {
    const { code } = this.w;
    const { lanes, parameters } = this.kernel;
    const { type } = parameters[buffer];
    const { shift, store } = moves[type];
    if (this.expressions.begin(index, value)) {
      value = this.expand(value);
      this.expressions.begin(index, value);
    }
    const offset = this.expressions.address(index, buffer);
    this.expressions.emit(value);
    if (!value.wide) {
      code.byte(store);
      code.memory(shift, offset);
    } else {
      if (type === "bool") {
        if (lanes === 2) narrowMask(this.w);
        code.simd(Simd.i32x4Neg);
      }
      const half = lanes === 2 && type !== "float64";
      code.simd(half ? Simd.store64Lane : Simd.store);
      code.memory(2, offset);
      if (half) code.byte(0);
    }
    this.expressions.end();
  }

  private zero(buffer: number, index: Expr, count: Expr): void {
    const { code } = this.w;
    const { shift } = moves[this.kernel.parameters[buffer].type];
    this.expressions.begin(index, count);
    const offset = this.expressions.address(index, buffer);
    code.i32Const(offset);
    code.byte(Op.i32Add);
    code.i32Const(0);
    this.expressions.emit(count);
    code.i32Const(shift);
    code.byte(Op.i32Shl);
    code.bulk(11);
    code.byte(0); // the memory's number
    this.expressions.end();
  }
}
