/** Scalar expressions as operations on whole tensors: this is how every elementwise primitive is written. */
import { type Expr, type Op, read, type Variable } from "../../core/compile/expr.ts";
import { aval, type Shape } from "../../core/shape.ts";
import { erf, erfInv } from "./error_function.ts";
import type { Comparison, Value, Writer } from "./writer.ts";

/** Operations that StableHLO has under another name or the same. */
const direct: Partial<Record<Op, string>> = {
  neg: "negate",
  abs: "abs",
  sqrt: "sqrt",
  floor: "floor",
  ceil: "ceil",
  round: "round_nearest_even",
  not: "not",
  exp: "exponential",
  expm1: "exponential_minus_one",
  log: "log",
  log1p: "log_plus_one",
  sin: "sine",
  cos: "cosine",
  tan: "tan",
  tanh: "tanh",
  add: "add",
  sub: "subtract",
  mul: "multiply",
  div: "divide",
  rem: "remainder",
  min: "minimum",
  max: "maximum",
  pow: "power",
  atan2: "atan2",
  and: "and",
  or: "or",
  xor: "xor",
  shl: "shift_left",
};

const comparisons: Partial<Record<Op, Comparison>> = { eq: "EQ", ne: "NE", lt: "LT", le: "LE", gt: "GT", ge: "GE" };

/** The expression of a primitive over its operands, of which the i-th is variable i. */
export function variables(operands: readonly Value[]): Expr[] {
  return operands.map(({ aval: { dtype } }, id) => read({ id, type: dtype, wide: false, name: "x" }));
}

/** Writes an expression whose variables are `operands`, for every element of `shape`. */
export function writeExpression(w: Writer, root: Expr, operands: readonly Value[], shape: Shape): Value {
  const done = new Map<Expr, Value>();
  const value = (e: Expr): Value => {
    let known = done.get(e);
    if (!known) done.set(e, known = write(e));
    return known;
  };
  const like = (e: Expr, number: number): Value => w.constant(number, e.type, shape);
  const write = (e: Expr): Value => {
    const integer = e.type === "int32" || e.type === "uint32";
    const args = () => e.args.map(value);
    switch (e.op) {
      case "const":
        return like(e, e.data as number);
      case "var":
        return operands[(e.data as Variable).id];
      case "select":
      case "rare":
        return w.select(...args() as [Value, Value, Value]);
      case "fma": {
        const [x, y, z] = args();
        return w.same("add", w.same("multiply", x, y), z);
      }
      case "convert":
        return convert(w, value(e.args[0]), e);
      case "bitcast":
        return w.op("bitcast_convert", args(), aval(shape, e.type));
      case "trunc": {
        const [x] = args();
        return w.select(w.compare("LT", x, like(e, 0)), w.same("ceil", x), w.same("floor", x));
      }
      case "shr":
        return w.same(e.type === "int32" ? "shift_right_arithmetic" : "shift_right_logical", ...args());
      case "div":
      case "rem":
        if (integer) {
          // By zero both give 0; StableHLO leaves it open.
          const [x, y] = args();
          const zero = like(e, 0);
          const none = w.compare("EQ", y, zero);
          return w.select(none, zero, w.same(direct[e.op]!, x, w.select(none, like(e, 1), y)));
        }
        break;
      case "erf":
        return value(erf(e.args[0]));
      case "erfInv":
        return value(erfInv(e.args[0]));
    }
    const comparison = comparisons[e.op];
    if (comparison) return w.compare(comparison, value(e.args[0]), value(e.args[1]));
    const name = direct[e.op];
    if (!name) throw new TypeError(`exportStableHlo: the expression ${e.op} has no counterpart in StableHLO`);
    return w.same(name, ...args());
  };
  return value(root);
}

/** A conversion; floats to integers saturate and NaN gives 0, which StableHLO leaves open. */
function convert(w: Writer, x: Value, e: Expr): Value {
  const { dtype: from, shape } = x.aval;
  const to = e.type;
  const floats = from === "float32" || from === "float64";
  if (!floats || to === "float32" || to === "float64" || to === "bool") {
    const sameWidth = from !== "bool" && (to === "int32" || to === "uint32") && !floats;
    return sameWidth ? w.op("bitcast_convert", [x], aval(shape, to)) : w.convert(x, to);
  }
  const [low, high] = to === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  const zero = w.constant(0, from, shape);
  const beyond = w.compare("GE", x, w.constant(high + 1, from, shape));
  const below = w.compare("LE", x, w.constant(low, from, shape));
  const inside = w.compare("EQ", x, x);
  const outside = w.same("or", w.same("or", beyond, below), w.same("not", inside));
  const whole = w.convert(w.select(outside, zero, x), to);
  const bounded = w.select(beyond, w.constant(high, to, shape), w.select(below, w.constant(low, to, shape), whole));
  return w.select(inside, bounded, w.constant(0, to, shape));
}
