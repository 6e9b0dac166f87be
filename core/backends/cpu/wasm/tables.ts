/** Which instruction renders which operation, by element type: scalar and vector forms. */
import type { DType } from "../../../dtype.ts";
import type { Op as ExprOp } from "../../../compile/expr.ts";
import { Op, Simd, Type, type ValueType } from "./assembler.ts";

type Codes = Partial<Record<ExprOp, number>>;

const float32: Codes = {
  neg: Op.f32Neg,
  abs: Op.f32Abs,
  sqrt: Op.f32Sqrt,
  floor: Op.f32Floor,
  ceil: Op.f32Ceil,
  trunc: Op.f32Trunc,
  round: Op.f32Nearest,
  add: Op.f32Add,
  sub: Op.f32Sub,
  mul: Op.f32Mul,
  div: Op.f32Div,
  min: Op.f32Min,
  max: Op.f32Max,
  eq: Op.f32Eq,
  ne: Op.f32Ne,
  lt: Op.f32Lt,
  le: Op.f32Le,
  gt: Op.f32Gt,
  ge: Op.f32Ge,
};

const float64: Codes = {
  neg: Op.f64Neg,
  abs: Op.f64Abs,
  sqrt: Op.f64Sqrt,
  floor: Op.f64Floor,
  ceil: Op.f64Ceil,
  trunc: Op.f64Trunc,
  round: Op.f64Nearest,
  add: Op.f64Add,
  sub: Op.f64Sub,
  mul: Op.f64Mul,
  div: Op.f64Div,
  min: Op.f64Min,
  max: Op.f64Max,
  eq: Op.f64Eq,
  ne: Op.f64Ne,
  lt: Op.f64Lt,
  le: Op.f64Le,
  gt: Op.f64Gt,
  ge: Op.f64Ge,
};

const bits: Codes = {
  add: Op.i32Add,
  sub: Op.i32Sub,
  mul: Op.i32Mul,
  and: Op.i32And,
  or: Op.i32Or,
  xor: Op.i32Xor,
  shl: Op.i32Shl,
  eq: Op.i32Eq,
  ne: Op.i32Ne,
};

const int32: Codes = {
  ...bits,
  shr: Op.i32ShrS,
  lt: Op.i32LtS,
  le: Op.i32LeS,
  gt: Op.i32GtS,
  ge: Op.i32GeS,
};

const uint32: Codes = {
  ...bits,
  shr: Op.i32ShrU,
  lt: Op.i32LtU,
  le: Op.i32LeU,
  gt: Op.i32GtU,
  ge: Op.i32GeU,
};

/** A bool adds as `or`, multiplies as `and` and subtracts as `xor`; false is less than true. */
const bool: Codes = {
  ...uint32,
  not: Op.i32Eqz,
  add: Op.i32Or,
  mul: Op.i32And,
  sub: Op.i32Xor,
  min: Op.i32And,
  max: Op.i32Or,
};

/** The instruction of an operation on scalars, where one does it. */
export const scalarCodes: Record<DType, Codes> = { float32, float64, int32, uint32, bool };

const wideFloat32: Codes = {
  neg: Simd.f32x4Neg,
  abs: Simd.f32x4Abs,
  sqrt: Simd.f32x4Sqrt,
  floor: Simd.f32x4Floor,
  ceil: Simd.f32x4Ceil,
  trunc: Simd.f32x4Trunc,
  round: Simd.f32x4Nearest,
  add: Simd.f32x4Add,
  sub: Simd.f32x4Sub,
  mul: Simd.f32x4Mul,
  div: Simd.f32x4Div,
  min: Simd.f32x4Min,
  max: Simd.f32x4Max,
  eq: Simd.f32x4Eq,
  ne: Simd.f32x4Ne,
  lt: Simd.f32x4Lt,
  le: Simd.f32x4Le,
  gt: Simd.f32x4Gt,
  ge: Simd.f32x4Ge,
};

const wideFloat64: Codes = {
  neg: Simd.f64x2Neg,
  abs: Simd.f64x2Abs,
  sqrt: Simd.f64x2Sqrt,
  floor: Simd.f64x2Floor,
  ceil: Simd.f64x2Ceil,
  trunc: Simd.f64x2Trunc,
  round: Simd.f64x2Nearest,
  add: Simd.f64x2Add,
  sub: Simd.f64x2Sub,
  mul: Simd.f64x2Mul,
  div: Simd.f64x2Div,
  min: Simd.f64x2Min,
  max: Simd.f64x2Max,
  eq: Simd.f64x2Eq,
  ne: Simd.f64x2Ne,
  lt: Simd.f64x2Lt,
  le: Simd.f64x2Le,
  gt: Simd.f64x2Gt,
  ge: Simd.f64x2Ge,
};

const wideBits: Codes = {
  neg: Simd.i32x4Neg,
  not: Simd.not,
  add: Simd.i32x4Add,
  sub: Simd.i32x4Sub,
  mul: Simd.i32x4Mul,
  and: Simd.and,
  or: Simd.or,
  xor: Simd.xor,
  eq: Simd.i32x4Eq,
  ne: Simd.i32x4Ne,
};

const wideInt32: Codes = {
  ...wideBits,
  abs: Simd.i32x4Abs,
  min: Simd.i32x4MinS,
  max: Simd.i32x4MaxS,
  lt: Simd.i32x4LtS,
  le: Simd.i32x4LeS,
  gt: Simd.i32x4GtS,
  ge: Simd.i32x4GeS,
};

const wideUint32: Codes = {
  ...wideBits,
  min: Simd.i32x4MinU,
  max: Simd.i32x4MaxU,
  lt: Simd.i32x4LtU,
  le: Simd.i32x4LeU,
  gt: Simd.i32x4GtU,
  ge: Simd.i32x4GeU,
};

/** Masks: all bits of a lane alike, so that bitwise operations do; orders are composed by the emitter. */
const wideBool: Codes = {
  not: Simd.not,
  and: Simd.and,
  or: Simd.or,
  xor: Simd.xor,
  add: Simd.or,
  mul: Simd.and,
  sub: Simd.xor,
  min: Simd.and,
  max: Simd.or,
  ne: Simd.xor,
};

/** The instruction of an operation on vectors, where one does it. */
export const wideCodes: Record<DType, Codes> = {
  float32: wideFloat32,
  float64: wideFloat64,
  int32: wideInt32,
  uint32: wideUint32,
  bool: wideBool,
};

/** How a type is moved: its local, its size in memory, its loads and stores, its lanes. */
export interface Moves {
  readonly local: ValueType;
  readonly shift: number; // log2 of the bytes of an element
  readonly load: number;
  readonly store: number;
  readonly splat: number;
  readonly extract: number;
  readonly replace: number;
}

const f32: Moves = {
  local: Type.f32,
  shift: 2,
  load: Op.f32Load,
  store: Op.f32Store,
  splat: Simd.f32x4Splat,
  extract: Simd.f32x4Extract,
  replace: Simd.f32x4Replace,
};

const f64: Moves = {
  local: Type.f64,
  shift: 3,
  load: Op.f64Load,
  store: Op.f64Store,
  splat: Simd.f64x2Splat,
  extract: Simd.f64x2Extract,
  replace: Simd.f64x2Replace,
};

const i32: Moves = {
  local: Type.i32,
  shift: 2,
  load: Op.i32Load,
  store: Op.i32Store,
  splat: Simd.i32x4Splat,
  extract: Simd.i32x4Extract,
  replace: Simd.i32x4Replace,
};

export const moves: Record<DType, Moves> = { float32: f32, float64: f64, int32: i32, uint32: i32, bool: i32 };
