/**
 * The loop IR: what a kernel does, statement by statement, over buffers, scalars and vectors of `lanes` elements. Vector
 * width and register count are parameters of the target; nothing here knows an instruction set.
 */
import type { DType } from "../dtype.ts";
import { type Access, constant, Expr, read, type Variable } from "./expr.ts";

/** What a lowering may ask of a machine. */
export interface Target {
  /** Elements of a 32-bit type in a vector; a divisor of 16. */
  readonly lanes: number;
  /** Vector registers that a kernel may use. */
  readonly registers: number;
  /** Fewer lanes that vectors may have in a kernel. */
  readonly narrower?: readonly number[];
  /** Whether vectors of all lanes are done in two halves, so that half as many lanes are as fast. */
  readonly halved?: boolean;
  /** Whether a load costs several instructions (a bounds check), so that one vector and its lanes beat several broadcasts. */
  readonly checked?: boolean;
}

/** A buffer parameter of a kernel, in elements of `type`; `bool` takes 32 bits an element, 0 or 1. */
export interface BufferParameter {
  readonly type: DType;
  readonly name: string;
}

/** A statement. Loop variables are int32; `to` is exclusive. */
export type Statement =
  | {
    readonly kind: "for";
    readonly variable: Variable;
    readonly from: Expr;
    readonly to: Expr;
    readonly step: number;
    readonly body: readonly Statement[];
  }
  | { readonly kind: "while"; readonly condition: Expr; readonly body: readonly Statement[] }
  | {
    readonly kind: "if";
    readonly condition: Expr;
    readonly then: readonly Statement[];
    readonly otherwise: readonly Statement[];
  }
  | { readonly kind: "set"; readonly variable: Variable; readonly value: Expr }
  | { readonly kind: "store"; readonly buffer: number; readonly index: Expr; readonly value: Expr } // a wide value: lanes contiguous
  | { readonly kind: "zero"; readonly buffer: number; readonly index: Expr; readonly count: Expr }; // elements

/** One kernel: a function of buffer offsets. Same structure, same code. */
export interface Kernel {
  readonly name: string;
  readonly parameters: readonly BufferParameter[];
  /** Lanes of the wide values in this kernel: 4 for float32 on 128 bits, 2 for float64. */
  readonly lanes: number;
  readonly body: readonly Statement[];
}

/** Builds a kernel's statements in order; nested blocks through callbacks. */
export class Builder {
  readonly parameters: BufferParameter[] = [];
  private blocks: Statement[][] = [[]];
  private serial = 0;

  constructor(readonly lanes: number) {}

  /** Declares a buffer parameter and gives its position. */
  buffer(type: DType, name = "b"): number {
    this.parameters.push({ type, name });
    return this.parameters.length - 1;
  }

  /** A fresh variable, not yet set. */
  variable(type: DType, wide = false, name = "v"): Variable {
    return { id: this.serial++, type, wide, name };
  }

  private push(statement: Statement): void {
    this.blocks[this.blocks.length - 1].push(statement);
  }

  private block(body: () => void): Statement[] {
    this.blocks.push([]);
    body();
    return this.blocks.pop()!;
  }

  set(variable: Variable, value: Expr): void {
    this.push({ kind: "set", variable, value: variable.wide ? value.splat() : value });
  }

  /** A new variable holding `value`, read back as an expression: computed once, used often. */
  let(value: Expr, name = "v"): Expr {
    if (value.op === "const" || value.op === "var") return value;
    const variable = this.variable(value.type, value.wide, name);
    this.set(variable, value);
    return read(variable);
  }

  load(buffer: number, index: Expr | number, stride?: number): Expr {
    const access: Access = { buffer, stride: stride ?? 1 };
    const at = typeof index === "number" ? constant("int32", index) : index;
    return new Expr("load", this.parameters[buffer].type, stride !== undefined, [at], access);
  }

  store(buffer: number, index: Expr | number, value: Expr): void {
    this.push({ kind: "store", buffer, index: typeof index === "number" ? constant("int32", index) : index, value });
  }

  zero(buffer: number, index: Expr | number, count: Expr | number): void {
    const at = typeof index === "number" ? constant("int32", index) : index;
    this.push({ kind: "zero", buffer, index: at, count: typeof count === "number" ? constant("int32", count) : count });
  }

  /** `for (i = from; i < to; i += step) body(i)`. */
  loop(from: Expr | number, to: Expr | number, step: number, body: (i: Expr) => void, name = "i"): void {
    const variable = this.variable("int32", false, name);
    const a = typeof from === "number" ? constant("int32", from) : from;
    const b = typeof to === "number" ? constant("int32", to) : to;
    this.push({ kind: "for", variable, from: a, to: b, step, body: this.block(() => body(read(variable))) });
  }

  while(condition: Expr, body: () => void): void {
    this.push({ kind: "while", condition, body: this.block(body) });
  }

  if(condition: Expr, then: () => void, otherwise: () => void = () => {}): void {
    this.push({ kind: "if", condition, then: this.block(then), otherwise: this.block(otherwise) });
  }

  finish(name: string): Kernel {
    return { name, parameters: this.parameters, lanes: this.lanes, body: this.blocks[0] };
  }
}
