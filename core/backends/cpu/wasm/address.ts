/**
 * Index arithmetic: an index is split into a varying base and a constant, because the constant part of an address is free
 * in WebAssembly. It is unsigned and added without wrapping to a base read as unsigned, so that a base which might be
 * negative must take its constant in the ordinary arithmetic, which wraps.
 */
import { type Expr, Expr as ExprNode, type Variable } from "../../../compile/expr.ts";
import type { Statement } from "../../../compile/loop.ts";

/** `base + constant`, in elements; no base: the constant alone. */
export interface Index {
  readonly base: Expr | undefined;
  readonly constant: number;
}

/** Splits the constants off an index. */
export function splitIndex(index: Expr): Index {
  if (index.op === "const") return { base: undefined, constant: index.data as number };
  if (index.op === "add") {
    const a = splitIndex(index.args[0]);
    const b = splitIndex(index.args[1]);
    const constant = a.constant + b.constant;
    if (!a.base) return { base: b.base, constant };
    if (!b.base) return { base: a.base, constant };
    const same = a.base === index.args[0] && b.base === index.args[1];
    return { base: same ? index : new ExprNode("add", index.type, false, [a.base, b.base]), constant };
  }
  if (index.op === "sub" && index.args[1].op === "const") {
    const a = splitIndex(index.args[0]);
    return { base: a.base, constant: a.constant - (index.args[1].data as number) };
  }
  return { base: index, constant: 0 };
}

/** Knows which scalars of a kernel can never be negative, taking sums and products not to overflow. */
export class Signs {
  /** What each variable is ever set to; undefined: it counts down. */
  private readonly values = new Map<number, Expr[] | undefined>();
  private readonly known = new Map<number, boolean>();
  private assumed: number[] = [];

  constructor(body: readonly Statement[]) {
    this.collect(body);
  }

  private define(variable: Variable, value: Expr | undefined): void {
    if (variable.wide || (variable.type !== "int32" && variable.type !== "uint32")) return;
    const values = this.values.get(variable.id);
    if (!value || (!values && this.values.has(variable.id))) this.values.set(variable.id, undefined);
    else if (values) values.push(value);
    else this.values.set(variable.id, [value]);
  }

  private collect(body: readonly Statement[]): void {
    for (const s of body) {
      if (s.kind === "set") this.define(s.variable, s.value);
      else if (s.kind === "for") {
        this.define(s.variable, s.step > 0 ? s.from : undefined);
        this.collect(s.body);
      } else if (s.kind === "while") this.collect(s.body);
      else if (s.kind === "if") {
        this.collect(s.then);
        this.collect(s.otherwise);
      }
    }
  }

  /** Whether an integer expression is provably at least 0. */
  nonNegative(e: Expr): boolean {
    this.assumed = [];
    return this.prove(e);
  }

  private prove(e: Expr): boolean {
    const [a, b] = e.args;
    switch (e.op) {
      case "const":
        return (e.data as number) >= 0;
      case "var":
        return this.proveVariable((e.data as Variable).id);
      case "add":
      case "mul":
      case "min":
      case "div":
        return this.prove(a) && this.prove(b);
      case "max":
      case "and":
        return this.prove(a) || this.prove(b);
      case "rem":
      case "shl":
      case "shr":
        return this.prove(a);
      case "select":
        return this.prove(b) && this.prove(e.args[2]);
      case "convert":
        return a.type === "bool" || (a.type === "int32" && this.prove(a));
      default:
        return false;
    }
  }

  /** By induction: a variable is taken to be non-negative while what it is set to is examined. */
  private proveVariable(id: number): boolean {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const values = this.values.get(id);
    if (!values) return false;
    const outer = this.assumed.length;
    this.known.set(id, true);
    this.assumed.push(id);
    for (const value of values) {
      if (this.prove(value)) continue;
      // What was proved since then may rest on the wrong assumption: forget it.
      for (const other of this.assumed.splice(outer)) this.known.delete(other);
      this.known.set(id, false);
      return false;
    }
    return true;
  }
}
