/** Comparisons, logic and bits: their derivative is zero by declaration. */
import { type DType } from "../dtype.ts";
import { bind1 } from "../graph.ts";
import { alignedAxes, type Primitive } from "../primitive.ts";
import { aval } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { alignBatch, checkKind, elementwise, flat } from "./algebra.ts";

const eq = /* @__PURE__ */ elementwise("equal", { kind: "any", out: "bool", lower: (x, y) => x.eq(y) });
const ne = /* @__PURE__ */ elementwise("notEqual", { kind: "any", out: "bool", lower: (x, y) => x.ne(y) });
const lt = /* @__PURE__ */ elementwise("less", { out: "bool", lower: (x, y) => x.lt(y) });
const le = /* @__PURE__ */ elementwise("lessEqual", { out: "bool", lower: (x, y) => x.le(y) });
const and = /* @__PURE__ */ elementwise("and", { kind: "bits", lower: (x, y) => x.and(y) });
const or = /* @__PURE__ */ elementwise("or", { kind: "bits", lower: (x, y) => x.or(y) });

/** Exclusive or. */
export const xor = /* @__PURE__ */ elementwise("xor", { kind: "bits", lower: (x, y) => x.xor(y) });
/** Not: bitwise on integers, logical on bool. */
export const not = /* @__PURE__ */ elementwise("not", { kind: "bits", lower: (x) => x.not() });
/** x · 2ʸ on integers; y in 0..31. */
export const shiftLeft = /* @__PURE__ */ elementwise("shiftLeft", { kind: "integer", lower: (x, y) => x.shl(y) });
/** x shifted right by y bits: arithmetic on int32, logical on uint32; y in 0..31. */
export const shiftRight = /* @__PURE__ */ elementwise("shiftRight", { kind: "integer", lower: (x, y) => x.shr(y) });

/** x = y. */
export const equal = (x: Tensor, y: Tensor): Tensor => bind1(eq, [x, y], undefined);
/** x ≠ y; true of NaN. */
export const notEqual = (x: Tensor, y: Tensor): Tensor => bind1(ne, [x, y], undefined);
/** x < y. */
export const less = (x: Tensor, y: Tensor): Tensor => bind1(lt, [x, y], undefined);
/** x ≤ y. */
export const lessEqual = (x: Tensor, y: Tensor): Tensor => bind1(le, [x, y], undefined);
/** x > y. */
export const greater = (x: Tensor, y: Tensor): Tensor => bind1(lt, [y, x], undefined);
/** x ≥ y. */
export const greaterEqual = (x: Tensor, y: Tensor): Tensor => bind1(le, [y, x], undefined);
/** Both, of bool or bit by bit. */
export const logicalAnd = (x: Tensor, y: Tensor): Tensor => bind1(and, [x, y], undefined);
/** Either, of bool or bit by bit. */
export const logicalOr = (x: Tensor, y: Tensor): Tensor => bind1(or, [x, y], undefined);

/** The same bits as another 32-bit type. */
export const bitcastPrimitive: Primitive<{ dtype: DType }> = /* @__PURE__ */ flat("bitcast", {
  infer([x], { dtype }) {
    for (const d of [x.dtype, dtype]) {
      if (d === "float64" || d === "bool") {
        throw new TypeError(`bitcast: takes 32-bit types, got ${x.dtype} to ${dtype}`);
      }
    }
    return [aval(x.shape, dtype)];
  },
  batch: (operands, batched, size, params) => bind1(bitcastPrimitive, alignBatch(operands, batched, size), params),
  axes: alignedAxes,
  lower: { kind: "elementwise", expr: ([x], { dtype }) => x.bitcast(dtype) },
});

/** The bits of x under another dtype. */
export function bitcast(x: Tensor, dtype: DType): Tensor {
  checkKind("bitcast", "number", [x.aval]);
  return x.dtype === dtype ? x : bind1(bitcastPrimitive, [x], { dtype });
}
