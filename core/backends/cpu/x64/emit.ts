/** Renders a kernel of the loop IR to x86-64 machine code: a function of the table of its buffers' addresses, 64 bits each. */
import type { Expr, Variable } from "../../../compile/expr.ts";
import { assigned, type Kernel, type Statement } from "../../../compile/loop.ts";
import { expander } from "../loops/math.ts";
import { Condition } from "./assembler.ts";
import { Code, type Features, G, type Place } from "./code.ts";
import { Expressions } from "./expression.ts";
import { finish } from "./finish.ts";
import { I } from "./instructions.ts";

/** The bytes of a kernel's function. */
export function codeOf(kernel: Kernel, features: Features): Uint8Array<ArrayBuffer> {
  const code = new Code(features);
  new Emitter(code, kernel).statements(kernel.body);
  return finish(code);
}

class Emitter {
  private readonly expressions: Expressions;
  private readonly expand = expander();

  constructor(private readonly code: Code, private readonly kernel: Kernel) {
    const most = code.widest / (kernel.parameters.some((p) => p.type === "float64") ? 4 : 4);
    if (kernel.lanes > most) throw new Error(`Kernel ${kernel.name} has ${kernel.lanes} lanes; vectors hold ${most}`);
    this.expressions = new Expressions(code, kernel.lanes, kernel.parameters);
  }

  statements(body: readonly Statement[]): void {
    for (const s of body) this.statement(s);
  }

  private statement(s: Statement): void {
    const { code, expressions } = this;
    switch (s.kind) {
      case "set": {
        const value = this.ready(s.value);
        expressions.value(value, expressions.set(s.variable));
        return this.changed(s.variable);
      }
      case "store": {
        let { index, value } = s;
        if (expressions.begin(index, value)) {
          value = this.expand(value);
          expressions.begin(index, value);
        }
        return expressions.store(index, s.buffer, value);
      }
      case "zero":
        return this.zero(s.buffer, s.index, s.count);
      case "for":
        return this.for(s);
      case "while": {
        const top = code.label(), exit = code.label();
        this.loop(assigned(s.body), () => {
          code.place(top);
          expressions.branch(this.ready(s.condition), exit, false);
          this.statements(s.body);
          code.jump(top);
        });
        return code.place(exit);
      }
      case "if": {
        const otherwise = code.label();
        expressions.branch(this.ready(s.condition), otherwise, false);
        this.statements(s.then);
        if (s.otherwise.length === 0) code.place(otherwise);
        else {
          const end = code.label();
          code.jump(end);
          code.place(otherwise);
          expressions.forget();
          this.statements(s.otherwise);
          code.place(end);
        }
        return expressions.forget();
      }
    }
  }

  private changed(v: Variable): void {
    if (!v.wide && v.type !== "float32" && v.type !== "float64") this.expressions.forget();
  }

  /** An expression that is a statement's only one, counted and expanded. */
  private ready(e: Expr): Expr {
    if (!this.expressions.begin(e)) return e;
    const made = this.expand(e);
    this.expressions.begin(made);
    return made;
  }

  private loop(set: ReadonlySet<number>, write: () => void): void {
    this.expressions.forget();
    this.code.open(set);
    write();
    this.code.close();
    this.expressions.forget();
  }

  private for(s: Statement & { kind: "for" }): void {
    const { code, expressions } = this;
    const { from, to, step } = s;
    const trips = from.op === "const" && to.op === "const"
      ? Math.ceil(((to.data as number) - (from.data as number)) / step)
      : undefined;
    if (trips !== undefined && trips <= 0) return;
    const variable = expressions.set(s.variable);
    expressions.value(this.ready(from), variable);
    this.changed(s.variable);
    if (trips === 1) return this.statements(s.body);
    let limit = -1;
    if (to.op !== "const") {
      limit = code.do(G.move, { d: code.general(), a: expressions.value(this.ready(to)) });
    }
    const compare = (): void => {
      if (limit < 0) code.do(G.compareConstant, { a: variable, immediate: to.data as number });
      else code.do(G.compare, { a: variable, b: limit });
    };
    const end = code.label();
    if (trips === undefined) {
      compare();
      code.jumpIf(step > 0 ? Condition.notLess : Condition.notGreater, end);
    }
    const set = assigned(s.body);
    set.add(s.variable.id);
    this.loop(set, () => {
      const top = code.label();
      code.place(top);
      this.statements(s.body);
      code.do(G.addConstant, { d: variable, immediate: step });
      compare();
      code.jumpIf(step > 0 ? Condition.less : Condition.greater, top);
    });
    if (trips === undefined) code.place(end);
  }

  private zero(buffer: number, index: Expr, count: Expr): void {
    if (count.op !== "const") throw new Error("a number of elements to zero must be known");
    const { code, expressions } = this;
    expressions.begin(index, count);
    const pointer = code.do(G.address, { d: code.general(), place: expressions.place(index, buffer) });
    const bytes = (count.data as number) * (this.kernel.parameters[buffer].type === "float64" ? 8 : 4);
    const { widest } = code;
    const zero = code.vec(I.zero, { d: code.vector(widest) });
    const at = (displacement: number): Place => ({ base: pointer, index: -1, scale: 0, displacement });
    const turn = 8 * widest;
    const trips = bytes > 2 * turn ? Math.floor(bytes / turn) : 0;
    if (trips > 0) {
      const left = code.do(G.set, { d: code.general(), immediate: trips });
      this.loop(new Set(), () => {
        const top = code.label();
        code.place(top);
        for (let i = 0; i < turn; i += widest) code.vec(I.store, { a: zero, place: at(i), bytes: widest });
        code.do(G.addConstant, { d: pointer, immediate: turn });
        code.do(G.addConstant, { d: left, immediate: -1 });
        code.jumpIf(Condition.notEqual, top);
      });
    }
    let done = 0;
    for (const rest = bytes - trips * turn; done < rest;) {
      if (rest - done >= 16) {
        const size = rest - done >= widest ? widest : rest - done >= 32 ? 32 : 16;
        code.vec(I.store, { a: zero, place: at(done), bytes: size });
        done += size;
      } else {
        code.do(G.storeConstant, { place: at(done), immediate: 0, wide: false });
        done += 4;
      }
    }
  }
}
