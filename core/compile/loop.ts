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

/** The most lanes that a loop of so many turns fills; undefined where it fills none. */
export function lanesFor({ lanes, narrower = [] }: Target, turns: number): number | undefined {
  return [lanes, ...narrower].find((n) => n <= turns);
}

/** A buffer parameter of a kernel, in elements of `type`; `bool` takes 32 bits an element, 0 or 1. */
export interface BufferParameter {
  /** The element type. */
  readonly type: DType;
  /** Its name in messages and reports. */
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
  /** Its name in messages and reports. */
  readonly name: string;
  /** The buffers, in the order of the arguments. */
  readonly parameters: readonly BufferParameter[];
  /** Lanes of the wide values in this kernel: 4 for float32 on 128 bits, 2 for float64. */
  readonly lanes: number;
  /** What it does. */
  readonly body: readonly Statement[];
  /** A function of JavaScript that does the work instead: the first parameters are its operands, the others its results. */
  readonly host?: HostFunction;
}

/** Operands as numbers in, results out. */
export interface HostFunction {
  /** The elements of each operand and each result. */
  readonly operands: readonly number[];
  /** The elements of each result. */
  readonly results: readonly number[];
  /** The function. */
  readonly call: (operands: Float64Array[]) => readonly Float64Array[];
}

/** Builds a kernel's statements in order; nested blocks through callbacks. */
export class Builder {
  /** The buffers declared so far. */
  readonly parameters: BufferParameter[] = [];
  private blocks: Statement[][] = [[]];
  private serial = 0;

  /** A kernel without statements, of so many lanes. */
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

  /** Adds a statement to the block at hand. */
  private push(statement: Statement): void {
    this.blocks[this.blocks.length - 1].push(statement);
  }

  /** The statements of a nested block. */
  private block(body: () => void): Statement[] {
    this.blocks.push([]);
    body();
    return this.blocks.pop()!;
  }

  /** Gives a variable a value. */
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

  /** The element of a buffer at an index; with a stride a vector of elements that far apart. */
  load(buffer: number, index: Expr | number, stride?: number): Expr {
    const access: Access = { buffer, stride: stride ?? 1 };
    const at = typeof index === "number" ? constant("int32", index) : index;
    return new Expr("load", this.parameters[buffer].type, stride !== undefined, [at], access);
  }

  /** Writes an element; a vector where the value is one. */
  store(buffer: number, index: Expr | number, value: Expr): void {
    this.push({ kind: "store", buffer, index: typeof index === "number" ? constant("int32", index) : index, value });
  }

  /** Sets `count` elements to zero. */
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

  /** `while (condition) body()`. */
  while(condition: Expr, body: () => void): void {
    this.push({ kind: "while", condition, body: this.block(body) });
  }

  /** `if (condition) then() else otherwise()`. */
  if(condition: Expr, then: () => void, otherwise: () => void = () => {}): void {
    this.push({ kind: "if", condition, then: this.block(then), otherwise: this.block(otherwise) });
  }

  /** The kernel of all statements so far. */
  finish(name: string): Kernel {
    return { name, parameters: this.parameters, lanes: this.lanes, body: this.blocks[0] };
  }
}

/** The numbers of the variables that statements set. */
export function assigned(body: readonly Statement[], ids = new Set<number>()): Set<number> {
  for (const s of body) {
    if (s.kind === "set") ids.add(s.variable.id);
    else if (s.kind === "for") {
      ids.add(s.variable.id);
      assigned(s.body, ids);
    } else if (s.kind === "while") assigned(s.body, ids);
    else if (s.kind === "if") {
      assigned(s.then, ids);
      assigned(s.otherwise, ids);
    }
  }
  return ids;
}
