/** Scalar expressions as operations of ONNX on whole tensors: this is how elementwise primitives are written. */
import { type Expr, type Op, read, type Variable } from "../../core/compile/expr.ts";
import type { Aval } from "../../core/shape.ts";
import { type Extent, heldTogether, type Value, type Writer } from "./writer.ts";

const direct: Partial<Record<Op, string>> = {
  neg: "Neg",
  abs: "Abs",
  sqrt: "Sqrt",
  floor: "Floor",
  ceil: "Ceil",
  round: "Round",
  not: "Not",
  exp: "Exp",
  log: "Log",
  sin: "Sin",
  cos: "Cos",
  tan: "Tan",
  tanh: "Tanh",
  erf: "Erf",
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  min: "Min",
  max: "Max",
  pow: "Pow",
  select: "Where",
  rare: "Where",
  eq: "Equal",
  lt: "Less",
  le: "LessOrEqual",
  gt: "Greater",
  ge: "GreaterOrEqual",
};

/** Of truth values only: ONNX has them for integers from later versions on. */
const logical: Partial<Record<Op, string>> = { and: "And", or: "Or", xor: "Xor" };

/** Writes an expression in the operands; undefined where an operation has no counterpart. */
export function writeExpression(
  w: Writer,
  expr: (args: readonly Expr[]) => Expr,
  operands: readonly Value[],
  out: Aval,
  shape: readonly Extent[],
): Value | undefined {
  const root = expr(operands.map(({ dtype }, id) => read({ id, type: dtype, wide: false, name: "x" })));
  const done = new Map<Expr, Value | undefined>();
  const constant = (e: Expr, value: number): Value => ({
    name: w.scalar(value, e.type),
    dtype: e.type,
    shape,
    held: [],
  });
  const apply = (opType: string, args: readonly Value[], dtype: Value["dtype"], attributes = {}): Value => ({
    name: w.apply(opType, args.map(({ name }) => name), attributes)[0],
    dtype,
    shape,
    held: heldTogether(args),
  });
  const value = (e: Expr): Value | undefined => {
    if (!done.has(e)) done.set(e, write(e));
    return done.get(e);
  };
  const write = (e: Expr): Value | undefined => {
    if (e.op === "const") return constant(e, e.data as number);
    if (e.op === "var") return operands[(e.data as Variable).id];
    const args = e.args.map(value);
    if (args.includes(undefined)) return undefined;
    const [x, y, z] = args as Value[];
    switch (e.op) {
      case "convert":
        return w.cast(x, e.type);
      case "fma":
        return apply("Add", [apply("Mul", [x, y], e.type), z], e.type);
      case "ne":
        return apply("Not", [apply("Equal", [x, y], "bool")], "bool");
      case "trunc": {
        const below = apply("Less", [x, constant(e, 0)], "bool");
        return apply("Where", [below, apply("Ceil", [x], e.type), apply("Floor", [x], e.type)], e.type);
      }
      case "expm1":
        return apply("Sub", [apply("Exp", [x], e.type), constant(e, 1)], e.type);
      case "log1p":
        return apply("Log", [apply("Add", [x, constant(e, 1)], e.type)], e.type);
      case "rem":
        return apply("Mod", [x, y], e.type, { fmod: 1 });
    }
    const opType = direct[e.op] ?? (e.args[0].type === "bool" ? logical[e.op] : undefined);
    return opType === undefined ? undefined : apply(opType, args as Value[], e.type);
  };
  const result = value(root);
  return result && { ...result, shape, dtype: out.dtype };
}
