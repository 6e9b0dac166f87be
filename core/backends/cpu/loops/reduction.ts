/**
 * Reductions inside a nest. Sums are defined over 16 virtual lanes in blocks of 256 elements, folded in a fixed order and added up in
 * float64: the same bits for any vector width.
 */
import { constant, type Expr, read, type Variable } from "../../../compile/expr.ts";
import type { Builder } from "../../../compile/loop.ts";
import type { Value } from "../../../compile/nest.ts";
import type { DType } from "../../../dtype.ts";

/** Lanes over which sums are defined, whatever the vectors of the machine. */
export const virtualLanes = 16;
/** Elements that are added up in float32 before their sum joins the total. */
export const block = 256;

/** One reduction of a pass: partial results in virtual lanes, folded block by block. */
export class Reduction {
  private readonly total: Variable;
  private readonly lost: Variable | undefined;
  private partial: Variable[] = [];
  private readonly op: string;
  private readonly type: DType;

  constructor(
    private readonly b: Builder,
    readonly value: Value,
    private readonly lanes: number,
    private readonly wide: boolean,
    overResults: boolean,
    elements: number,
  ) {
    this.op = value.op!;
    // Long float32 sums add up in float64; where lanes run over results, in which there is none, with a compensation.
    const float32Sum = value.dtype === "float32" && this.op === "sum";
    this.type = float32Sum && !overResults ? "float64" : value.dtype;
    this.total = b.variable(this.type, wide, "total");
    if (float32Sum && overResults && elements > 32) this.lost = b.variable(this.type, wide, "lost");
  }

  private identity(): number {
    const { op, value: { dtype } } = this;
    if (op === "sum") return 0;
    if (op === "prod") return 1;
    if (dtype === "float32" || dtype === "float64") return op === "max" ? -Infinity : Infinity;
    if (dtype === "bool") return op === "max" ? 0 : 1;
    if (dtype === "uint32") return op === "max" ? 0 : 2 ** 32 - 1;
    return op === "max" ? -(2 ** 31) : 2 ** 31 - 1;
  }

  private operation(): "add" | "mul" | "or" | "and" | "max" | "min" {
    const bool = this.value.dtype === "bool";
    switch (this.op) {
      case "sum":
        return "add";
      case "prod":
        return "mul";
      case "max":
        return bool ? "or" : "max";
      default:
        return bool ? "and" : "min";
    }
  }

  private combine(a: Expr, c: Expr): Expr {
    return a[this.operation()](c);
  }

  begin(): void {
    this.b.set(this.total, constant(this.type, this.identity()));
    if (this.lost) this.b.set(this.lost, constant(this.type, 0));
  }

  /** Starts a block of `count` vectors side by side. */
  open(count: number): void {
    this.partial = Array.from({ length: count }, () => this.b.variable(this.value.dtype, true, "partial"));
    for (const p of this.partial) this.b.set(p, constant(this.value.dtype, this.identity()));
  }

  /** Adds an element, or a vector of them in turn `u`. */
  add(element: Expr, u: number): void {
    const { b } = this;
    if (!this.wide && element.wide) {
      b.set(this.partial[u], this.combine(read(this.partial[u]), element));
      return;
    }
    const x = element.convert(this.type);
    if (!this.lost) {
      b.set(this.total, this.combine(read(this.total), x));
      return;
    }
    // Kahan's compensated sum.
    const corrected = b.let(x.sub(read(this.lost)));
    const next = b.let(read(this.total).add(corrected));
    b.set(this.lost, next.sub(read(this.total)).sub(corrected));
    b.set(this.total, next);
  }

  /** Folds the block: lane i with i + 8, then + 4, + 2, + 1. */
  close(count: number): void {
    let vectors = this.partial.slice(0, count).map(read);
    while (vectors.length > 1) {
      const half = Math.ceil(vectors.length / 2);
      vectors = vectors.slice(0, half).map((x, i) =>
        half + i < vectors.length ? this.combine(x, vectors[half + i]) : x
      );
    }
    const folded = vectors[0].fold(this.operation());
    this.b.set(this.total, this.combine(read(this.total), folded.convert(this.type)));
  }

  end(): Expr {
    return read(this.total).convert(this.value.dtype);
  }
}
