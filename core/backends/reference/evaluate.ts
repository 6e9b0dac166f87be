/** Evaluates the scalar expression language with JavaScript numbers: float64 inside, integers exactly. */
import type { Expr, Op, Variable } from "../../compile/expr.ts";
import { float64Binary, float64Unary } from "../../compile/special.ts";
import { coerce, type DType } from "../../dtype.ts";

type Evaluate = (values: readonly number[]) => number;

function roundEven(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : Object.is(r, 0) && (x < 0 || Object.is(x, -0)) ? -0 : r;
}

const unary: Partial<Record<Op, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: roundEven,
  ...float64Unary,
};

const floating: Partial<Record<Op, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
  ...float64Binary,
};

const compare: Partial<Record<Op, (x: number, y: number) => boolean>> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
};

function integer(op: Op, type: DType): (x: number, y: number) => number {
  const wrap = (v: number) => coerce(type, v);
  switch (op) {
    case "mul":
      return (x, y) => wrap(Math.imul(x, y));
    case "div":
      return (x, y) => y === 0 ? 0 : wrap(Math.trunc(x / y));
    case "rem":
      return (x, y) => y === 0 ? 0 : wrap(x % y);
    case "and":
      return (x, y) => wrap(x & y);
    case "or":
      return (x, y) => wrap(x | y);
    case "xor":
      return (x, y) => wrap(x ^ y);
    case "shl":
      return (x, y) => wrap(x << y);
    case "shr":
      return type === "uint32" ? (x, y) => x >>> y : (x, y) => x >> y;
    default: {
      const f = floating[op];
      if (!f) throw new TypeError(`reference: no integer ${op}`);
      return (x, y) => wrap(f(x, y));
    }
  }
}

const bits = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(4));

function bitcast(from: DType, to: DType): (x: number) => number {
  const write = { float32: "setFloat32", int32: "setInt32", uint32: "setUint32" }[from as "int32"] as "setInt32";
  const take = { float32: "getFloat32", int32: "getInt32", uint32: "getUint32" }[to as "int32"] as "getInt32";
  return (x) => {
    bits[write](0, x);
    return bits[take](0);
  };
}

/** A number as another dtype: floats to integers truncate and saturate, NaN gives 0. */
export function convertNumber(value: number, to: DType): number {
  if (to === "int32") return Number.isNaN(value) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value)));
  if (to === "uint32") return Number.isNaN(value) ? 0 : Math.max(0, Math.min(2 ** 32 - 1, Math.trunc(value)));
  return coerce(to, value);
}

/** The function that an expression over variables (by their id) stands for. */
export function compileExpr(expr: Expr): Evaluate {
  const { op, type, args, data } = expr;
  const [a, b, c] = args.map(compileExpr);
  switch (op) {
    case "const": {
      const value = coerce(type, data as number);
      return () => value;
    }
    case "var": {
      const { id } = data as Variable;
      return (v) => v[id];
    }
    case "select":
      return (v) => a(v) ? b(v) : c(v);
    case "fma":
      return (v) => a(v) * b(v) + c(v);
    case "convert":
      if (args[0].type === "int32" && type === "uint32") return (v) => a(v) >>> 0;
      if (args[0].type === "uint32" && type === "int32") return (v) => a(v) | 0;
      return (v) => convertNumber(a(v), type);
    case "bitcast": {
      const cast = bitcast(args[0].type, type);
      return (v) => cast(a(v));
    }
    case "not":
      return type === "bool" ? (v) => a(v) ? 0 : 1 : (v) => coerce(type, ~a(v));
  }
  if (args.length === 1) {
    const f = unary[op];
    if (!f) throw new TypeError(`reference: no rule for ${op}`);
    return type === "int32" || type === "uint32" ? (v) => coerce(type, f(a(v))) : (v) => f(a(v));
  }
  const comparison = compare[op];
  if (comparison) return (v) => comparison(a(v), b(v)) ? 1 : 0;
  const f = type === "float32" || type === "float64" ? floating[op] : integer(op, type);
  if (!f) throw new TypeError(`reference: no rule for ${op} of ${type}`);
  return (v) => f(a(v), b(v));
}
