/** Addresses of elements: what a loop leaves alone is computed before it, constants are free, the rest goes into the index register. */
import type { Expr, Variable } from "../../../compile/expr.ts";
import type { BufferParameter } from "../../../compile/loop.ts";
import { type Code, G, type Place } from "./code.ts";

interface Term {
  readonly register: number;
  readonly factor: number;
  /** The variable's number; undefined for a value of this statement. */
  readonly variable: number | undefined;
}

export class Addresses {
  private readonly bases: (number | undefined)[] = [];
  private known = new Map<string, number>();

  constructor(
    private readonly code: Code,
    private readonly parameters: readonly BufferParameter[],
    private readonly variable: (v: Variable) => number,
    private readonly value: (e: Expr) => number,
  ) {
    parameters.forEach((_, i) => {
      const base = code.general();
      code.again.set(base, 8 * i);
      code.do(G.load, { d: base, place: { base: code.table, index: -1, scale: 0, displacement: 8 * i } });
      this.bases[i] = base;
    });
  }

  /** Forgets what was computed: a variable has changed, or control comes from elsewhere. */
  forget(): void {
    if (this.known.size > 0) this.known = new Map();
  }

  /** The address of an element of a buffer. */
  place(index: Expr, buffer: number): Place {
    const { code } = this;
    const terms: Term[] = [];
    const constant = this.collect(index, 1, terms);
    const shift = this.parameters[buffer].type === "float64" ? 3 : 2;
    const displacement = constant * 2 ** shift;
    const fixed = terms.filter((t) => t.variable !== undefined && code.unchanging([t.variable]));
    const moving = terms.filter((t) => !fixed.includes(t));
    let base = this.bases[buffer]!;
    if (fixed.length > 0) {
      const name = `${buffer}:${fixed.map((t) => `${t.variable}*${t.factor}`)}`;
      base = code.hoist(name, () => this.sum(fixed, this.bases[buffer]!, 2 ** shift));
    }
    checkReach(displacement);
    if (moving.length === 0) return { base, index: -1, scale: 0, displacement };
    const [first] = moving;
    const scale = Math.log2(first.factor) + shift;
    if (moving.length === 1 && Number.isInteger(scale) && scale <= 3) {
      return { base, index: first.register, scale, displacement };
    }
    return { base, index: this.total(moving), scale: shift, displacement };
  }

  /** The sum of terms in a register, computed once until a variable changes. */
  private total(terms: readonly Term[]): number {
    const name = terms.map((t) => `${t.register}*${t.factor}`).join("+");
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const made = this.sum(terms, -1, 1);
    this.known.set(name, made);
    return made;
  }

  private sum(terms: readonly Term[], start: number, unit: number): number {
    const { code } = this;
    let sum = start;
    for (const { register, factor } of terms) {
      const times = factor * unit;
      checkReach(times);
      const scale = Math.log2(times);
      const short = Number.isInteger(scale) && scale <= 3;
      if (sum < 0 && times === 1) {
        sum = register;
        continue;
      }
      if (sum >= 0 && short) {
        const place = { base: sum, index: register, scale, displacement: 0 };
        sum = code.do(G.address, { d: code.general(), place });
        continue;
      }
      const product = code.do(G.multiplyConstant, { d: code.general(), b: register, immediate: times });
      if (sum < 0) sum = product;
      else {
        const place = { base: sum, index: product, scale: 0, displacement: 0 };
        sum = code.do(G.address, { d: code.general(), place });
      }
    }
    return sum;
  }

  /** Takes an index apart into terms and a constant, which it gives. */
  private collect(e: Expr, factor: number, terms: Term[]): number {
    const [a, b] = e.args;
    switch (e.op) {
      case "const":
        return (e.data as number) * factor;
      case "add":
        return this.collect(a, factor, terms) + this.collect(b, factor, terms);
      case "sub":
        return this.collect(a, factor, terms) + this.collect(b, -factor, terms);
      case "neg":
        return this.collect(a, -factor, terms);
      case "mul":
        if (b.op === "const") return this.collect(a, factor * (b.data as number), terms);
        break;
      case "var": {
        const v = e.data as Variable;
        this.add(terms, { register: this.variable(v), factor, variable: v.id });
        return 0;
      }
    }
    this.add(terms, { register: this.value(e), factor, variable: undefined });
    return 0;
  }

  private add(terms: Term[], term: Term): void {
    const same = terms.findIndex((t) => t.register === term.register);
    if (same < 0) terms.push(term);
    else terms[same] = { ...term, factor: terms[same].factor + term.factor };
  }
}

/** Distances stand in 32 bits of an instruction; programs with larger buffers do not come here. */
function checkReach(bytes: number): void {
  if (!Number.isInteger(bytes) || Math.abs(bytes) >= 2 ** 31) {
    throw new Error(`a distance of ${bytes} bytes is out of reach`);
  }
}
