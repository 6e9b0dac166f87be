/**
 * Runs kernels of the loop IR statement by statement, for vectors of any number of lanes: what an emitter must agree with.
 *
 * @module
 */
import { coerce, type DType } from "../../core/dtype.ts";
import type { Access, Binary, Expr, Variable } from "../../core/compile/expr.ts";
import { constant } from "../../core/compile/expr.ts";
import type { Kernel, Statement } from "../../core/compile/loop.ts";
import { expander } from "../../core/backends/cpu/loops/math.ts";
import { compileExpr } from "../../core/backends/reference/evaluate.ts";
import { Expr as ExprNode } from "../../core/compile/expr.ts";
import { arrays } from "./buffers.ts";

/** A scalar, or a vector. */
type Value = number | readonly number[];

type View = Float32Array | Float64Array | Int32Array | Uint32Array;

const round = (type: DType, value: number): number => type === "float32" ? Math.fround(value) : value;

/** An operation on numbers, as the oracle has it; float32 results are rounded by the caller. */
const operations = new Map<string, (values: readonly number[]) => number>();

function operation(e: Expr): (values: readonly number[]) => number {
  const key = `${e.op}:${e.type}:${e.args.map((a) => a.type)}`;
  let f = operations.get(key);
  if (!f) {
    const args = e.args.map((a, id) =>
      new ExprNode("var", a.type, false, [], { id, type: a.type, wide: false, name: "x" })
    );
    operations.set(key, f = compileExpr(new ExprNode(e.op, e.type, false, args, e.data)));
  }
  return f;
}

class Run {
  private readonly variables = new Map<number, Value>();
  private readonly views: View[];
  private readonly bases: number[];
  private readonly expand = expander();
  private readonly known = new Map<Expr, Value>();

  constructor(private readonly kernel: Kernel, memory: ArrayBuffer, offsets: readonly number[]) {
    // An index may be negative: a buffer begins somewhere in the memory.
    this.views = kernel.parameters.map(({ type }) => new arrays[type](memory));
    this.bases = this.views.map((view, i) => offsets[i] / view.BYTES_PER_ELEMENT);
  }

  statements(list: readonly Statement[]): void {
    for (const s of list) this.statement(s);
  }

  private statement(s: Statement): void {
    switch (s.kind) {
      case "for": {
        const to = this.scalar(s.to);
        for (let i = this.scalar(s.from); i < to; i += s.step) {
          this.variables.set(s.variable.id, i);
          this.statements(s.body);
        }
        return;
      }
      case "while":
        while (this.scalar(s.condition)) this.statements(s.body);
        return;
      case "if":
        return this.statements(this.scalar(s.condition) ? s.then : s.otherwise);
      case "set":
        this.variables.set(s.variable.id, this.value(s.value));
        return;
      case "store": {
        const at = this.bases[s.buffer] + this.scalar(s.index),
          value = this.value(s.value),
          view = this.views[s.buffer];
        if (typeof value === "number") view[at] = value;
        else value.forEach((v, lane) => view[at + lane] = v);
        return;
      }
      case "zero": {
        const at = this.bases[s.buffer] + this.scalar(s.index);
        this.views[s.buffer].fill(0, at, at + this.scalar(s.count));
      }
    }
  }

  private scalar(e: Expr): number {
    const value = this.value(e);
    if (typeof value !== "number") {
      throw new TypeError(`${this.kernel.name}: a vector where a scalar must stand: ${e.op}`);
    }
    return value;
  }

  /** Functions of float32 are arithmetic, as in every emitter. */
  private value(e: Expr): Value {
    this.known.clear();
    return this.evaluate(this.expand(e));
  }

  /** Each shared node once, as in every emitter. */
  private evaluate(e: Expr): Value {
    if (e.args.length === 0) return this.compute(e);
    let value = this.known.get(e);
    if (value === undefined) this.known.set(e, value = this.compute(e));
    return value;
  }

  private compute(e: Expr): Value {
    switch (e.op) {
      case "const":
        return coerce(e.type, e.data as number);
      case "var": {
        const { id, name } = e.data as Variable;
        const value = this.variables.get(id);
        if (value === undefined) return constant(e.type, 0).data as number; // a local is 0 before it is set
        if (Array.isArray(value) !== e.wide) {
          throw new TypeError(`${this.kernel.name}: ${name} is read as ${e.wide ? "a vector" : "a scalar"}`);
        }
        return value;
      }
      case "load": {
        const { buffer, stride } = e.data as Access;
        const at = this.bases[buffer] + (this.evaluate(e.args[0]) as number), view = this.views[buffer];
        return e.wide ? this.lanes((lane) => view[at + lane * stride]) : view[at];
      }
      case "splat": {
        const value = this.evaluate(e.args[0]);
        return typeof value === "number" ? this.lanes(() => value) : value;
      }
      case "lane":
        return (this.evaluate(e.args[0]) as readonly number[])[e.data as number];
    }
    if (e.op === "fold") {
      const f = operation(new ExprNode(e.data as Binary, e.type, false, [e.args[0], e.args[0]]));
      let lanes = this.evaluate(e.args[0]) as readonly number[];
      while (lanes.length > 1) {
        const half = lanes.length / 2, upper = lanes.slice(half);
        lanes = lanes.slice(0, half).map((v, i) => round(e.type, f([v, upper[i]])));
      }
      return lanes[0];
    }
    if (e.op === "pick") {
      const both = e.args.flatMap((a) => this.evaluate(a));
      return (e.data as readonly number[]).map((lane) => both[lane]);
    }
    const args = e.args.map((a) => this.evaluate(a));
    const f = e.op === "rare"
      ? ([c, x, y]: readonly number[]): number => c ? x : y
      : e.op === "fma"
      ? ([a, b, c]: readonly number[]): number => round(e.type, round(e.type, a * b) + c)
      : operation(e);
    const one = (lane: number): number => round(e.type, f(args.map((a) => typeof a === "number" ? a : a[lane])));
    return e.wide ? this.lanes(one) : one(0);
  }

  private lanes(f: (lane: number) => number): readonly number[] {
    return Array.from({ length: this.kernel.lanes }, (_, lane) => f(lane));
  }
}

/** Runs a kernel on a memory: byte offsets of its buffers, as the emitted function takes them. */
export function interpretKernel(kernel: Kernel, memory: ArrayBuffer, offsets: readonly number[]): void {
  new Run(kernel, memory, offsets).statements(kernel.body);
}
