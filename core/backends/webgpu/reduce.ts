/** How the invocations of a workgroup reduce: each by itself, then in a tree in workgroup memory. */
import type { DType } from "../../dtype.ts";
import type { ReduceOp } from "../../primitive.ts";
import { fromWord, type Lines, literal, toWord, wgslType } from "./wgsl/expression.ts";

/** Where an invocation stands: lane `lane` of `lanes` that share row `row` of the workgroup. */
export interface Place {
  readonly row: string;
  readonly lane: string;
  readonly lanes: number;
}

/** One reduction. A long sum of floats carries along what rounding lost, since there is no float64. */
export class Accumulator {
  private readonly compensated: boolean;
  private total = "";
  private lost = "";

  constructor(private readonly op: ReduceOp, readonly dtype: DType, long: boolean) {
    this.compensated = long && op === "sum" && dtype === "float32";
  }

  /** The number of words of a partial result. */
  get parts(): number {
    return this.compensated ? 2 : 1;
  }

  value(word: string): string {
    return fromWord(this.dtype, word);
  }

  word(text: string): string {
    return toWord(this.dtype, text);
  }

  private identity(): string {
    const { op, dtype } = this;
    if (op === "sum") return literal(dtype, 0);
    if (op === "prod") return literal(dtype, 1);
    if (dtype === "float32") return literal(dtype, op === "max" ? -Infinity : Infinity);
    if (dtype === "bool") return literal(dtype, op === "max" ? 0 : 1);
    if (dtype === "uint32") return literal(dtype, op === "max" ? 0 : 2 ** 32 - 1);
    return literal(dtype, op === "max" ? -(2 ** 31) : 2 ** 31 - 1);
  }

  private combine(a: string, b: string): string {
    const { op, dtype } = this;
    switch (op) {
      case "sum":
        return `${a} + ${b}`;
      case "prod":
        return `${a} * ${b}`;
      case "max":
        return dtype === "bool" ? `${a} || ${b}` : dtype === "float32" ? `fmax_(${a}, ${b})` : `max(${a}, ${b})`;
      default:
        return dtype === "bool" ? `${a} && ${b}` : dtype === "float32" ? `fmin_(${a}, ${b})` : `min(${a}, ${b})`;
    }
  }

  begin(lines: Lines): void {
    this.total = lines.name();
    lines.add(`var ${this.total}: ${wgslType(this.dtype)} = ${this.identity()};`);
    if (!this.compensated) return;
    this.lost = lines.name();
    lines.add(`var ${this.lost}: f32 = bits(0u);`);
  }

  /** Adds an element. */
  add(text: string, lines: Lines): void {
    const { total, lost } = this;
    if (!this.compensated) {
      lines.add(`${total} = ${this.combine(total, text)};`);
      return;
    }
    // Knuth's sum of two numbers and what it lost.
    const x = lines.let(text), s = lines.let(`hold(${total} + ${x})`), b = lines.let(`hold(${s} - ${total})`);
    lines.add(`${lost} += hold(${total} - hold(${s} - ${b})) + hold(${x} - ${b});`);
    lines.add(`${total} = ${s};`);
  }

  /** Adds neighbouring elements: to each other first. */
  addAll(texts: readonly string[], lines: Lines): void {
    let level = [...texts];
    while (level.length > 1) {
      level = Array.from(
        { length: level.length / 2 },
        (_, i) => lines.let(this.combine(level[2 * i], level[2 * i + 1])),
      );
    }
    this.add(level[0], lines);
  }

  /** Adds a part of a partial result. */
  addPart(part: number, text: string, lines: Lines): void {
    if (part === 0) this.add(text, lines);
    else lines.add(`${this.lost} += ${text};`);
  }

  /** Folds the lanes of each row, and gives the parts of the result to all of them. */
  tree({ row, lane, lanes }: Place, lines: Lines): string[] {
    const parts = this.compensated ? [this.total, this.lost] : [this.total];
    if (lanes === 1) return parts.map((p) => lines.let(p));
    return parts.map((part) => {
      const at = lines.let(`${row} * ${lanes} + ${lane}`);
      const kind = part === this.lost
        ? (a: string, b: string) => `${a} + ${b}`
        : (a: string, b: string) => this.combine(a, b);
      lines.add(`shared_[${at}] = ${this.word(part)};`);
      lines.add("workgroupBarrier();");
      for (let half = lanes / 2; half >= 1; half /= 2) {
        lines.add(
          `if (${lane} < ${half}) { shared_[${at}] = ${
            this.word(`(${kind(this.value(`shared_[${at}]`), this.value(`shared_[${at} + ${half}]`))})`)
          }; }`,
        );
        lines.add("workgroupBarrier();");
      }
      const result = lines.name();
      lines.add(`let ${result} = ${this.value(`shared_[${row} * ${lanes}]`)};`);
      lines.add("workgroupBarrier();");
      return result;
    });
  }

  /** The result of the parts. */
  finish([total, lost]: readonly string[]): string {
    return this.compensated ? `select(${total}, ${total} + ${lost}, finite_(${total}) && finite_(${lost}))` : total;
  }
}
