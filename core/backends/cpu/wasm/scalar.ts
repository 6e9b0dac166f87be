/** Operations on scalars, those WebAssembly lacks composed of several instructions. */
import type { DType } from "../../../dtype.ts";
import type { Op as ExprOp } from "../../../compile/expr.ts";
import { Op, Type } from "./assembler.ts";
import { scalarCodes } from "./tables.ts";
import type { Writer } from "./writer.ts";

/**
 * Pushes `op` of one or two operands of `type`, which `a` and `b` push. `literal` is the second operand's value where it
 * is known.
 */
export function scalarOp(w: Writer, op: ExprOp, type: DType, a: () => void, b: () => void, literal?: number): void {
  const { code } = w;
  const direct = scalarCodes[type][op];
  if (direct !== undefined) {
    a();
    if (!unary.has(op)) b();
    code.byte(direct);
  } else if (type === "float64" || type === "float32") floatCall(w, op, type, a, b);
  else if (type === "bool") throw new Error(`${op} has no meaning for bool`);
  else integerOp(w, op, type === "int32", a, b, literal);
}

const unary = new Set<ExprOp>(["neg", "abs", "sqrt", "floor", "ceil", "trunc", "round", "not"]);
const calls2 = new Set<ExprOp>(["pow", "atan2", "rem"]);

/** Through an imported function, in float64. */
function floatCall(w: Writer, op: ExprOp, type: DType, a: () => void, b: () => void): void {
  const { code } = w;
  const operand = (push: () => void) => {
    push();
    if (type === "float32") code.byte(Op.f64PromoteF32);
  };
  operand(a);
  if (calls2.has(op)) operand(b);
  w.call(op);
  if (type === "float32") code.byte(Op.f32DemoteF64);
}

function integerOp(w: Writer, op: ExprOp, signed: boolean, a: () => void, b: () => void, literal?: number): void {
  const { code } = w;
  switch (op) {
    case "neg":
      code.i32Const(0);
      a();
      return code.byte(Op.i32Sub);
    case "not":
      a();
      code.i32Const(-1);
      return code.byte(Op.i32Xor);
    case "floor":
    case "ceil":
    case "trunc":
    case "round":
      return a();
    case "abs": {
      a();
      if (!signed) return;
      const x = w.borrow(Type.i32);
      code.set(x);
      code.i32Const(0);
      code.get(x);
      code.byte(Op.i32Sub);
      code.get(x);
      code.get(x);
      code.i32Const(0);
      code.byte(Op.i32LtS);
      code.byte(Op.select);
      return w.release(Type.i32, x);
    }
    case "min":
    case "max": {
      const [x, y] = both(w, a, b);
      code.get(x);
      code.get(y);
      code.get(x);
      code.get(y);
      if (op === "min") code.byte(signed ? Op.i32LtS : Op.i32LtU);
      else code.byte(signed ? Op.i32GtS : Op.i32GtU);
      code.byte(Op.select);
      w.release(Type.i32, x);
      return w.release(Type.i32, y);
    }
    case "div":
    case "rem":
      return divide(w, op, signed, a, b, literal);
    default:
      throw new Error(`${op} has no meaning for integers; convert to a float first`);
  }
}

/** Division and remainder that never trap: by zero they give 0, and the lowest integer over -1 wraps to itself. */
function divide(w: Writer, op: "div" | "rem", signed: boolean, a: () => void, b: () => void, literal?: number): void {
  const { code } = w;
  const instruction = op === "div" ? (signed ? Op.i32DivS : Op.i32DivU) : (signed ? Op.i32RemS : Op.i32RemU);
  if (literal !== undefined && literal !== 0 && (literal !== -1 || !signed || op === "rem")) {
    a();
    b();
    return code.byte(instruction);
  }
  const [x, y] = both(w, a, b);
  const branch = (then: () => void, otherwise: () => void) => {
    code.byte(Op.if);
    code.byte(Type.i32);
    then();
    code.byte(Op.else);
    otherwise();
    code.byte(Op.end);
  };
  const quotient = () => {
    code.get(x);
    code.get(y);
    code.byte(instruction);
  };
  const negated = () => {
    code.i32Const(0);
    code.get(x);
    code.byte(Op.i32Sub);
  };
  const nonZero = () => {
    if (!signed || op === "rem") return quotient();
    code.get(y);
    code.i32Const(-1);
    code.byte(Op.i32Eq);
    branch(negated, quotient);
  };
  code.get(y);
  branch(nonZero, () => code.i32Const(0));
  w.release(Type.i32, x);
  w.release(Type.i32, y);
}

/** Both operands in locals. */
function both(w: Writer, a: () => void, b: () => void): [number, number] {
  a();
  b();
  const y = w.borrow(Type.i32);
  w.code.set(y);
  const x = w.borrow(Type.i32);
  w.code.set(x);
  return [x, y];
}
