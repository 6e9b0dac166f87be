/** Conversions between types, scalar and wide; float to integer saturates and makes 0 of NaN. */
import type { DType } from "../../../dtype.ts";
import { Bulk, Op, Simd } from "./assembler.ts";
import type { Writer } from "./writer.ts";

/** Converts the scalar on the stack. */
export function convertScalar(w: Writer, from: DType, to: DType): void {
  const { code } = w;
  if (to === "bool") {
    if (from === "float32") code.f32Const(0);
    else if (from === "float64") code.f64Const(0);
    else code.i32Const(0);
    return code.byte(from === "float32" ? Op.f32Ne : from === "float64" ? Op.f64Ne : Op.i32Ne);
  }
  const unsigned = from === "uint32";
  if (to === "float32") {
    if (from === "float64") code.byte(Op.f32DemoteF64);
    else code.byte(unsigned ? Op.f32ConvertI32U : Op.f32ConvertI32S);
  } else if (to === "float64") {
    if (from === "float32") code.byte(Op.f64PromoteF32);
    else code.byte(unsigned ? Op.f64ConvertI32U : Op.f64ConvertI32S);
  } else if (from === "float32") {
    code.bulk(to === "int32" ? Bulk.i32TruncSatF32S : Bulk.i32TruncSatF32U);
  } else if (from === "float64") {
    code.bulk(to === "int32" ? Bulk.i32TruncSatF64S : Bulk.i32TruncSatF64U);
  }
  // bool to an integer, and integers to each other: the same bits.
}

/**
 * Converts the vector on the stack. With 2 lanes, 32-bit values sit in the low half, while masks are as wide as float64.
 */
export function convertWide(w: Writer, from: DType, to: DType, lanes: number): void {
  const { code } = w;
  const two = lanes === 2;
  if ((from === "float64" || to === "float64") && !two) {
    throw new Error("A wide float64 value needs a kernel of 2 lanes");
  }
  if (to === "bool") {
    w.wideConstant(from, 0);
    code.simd(from === "float64" ? Simd.f64x2Ne : from === "float32" ? Simd.f32x4Ne : Simd.i32x4Ne);
    if (two && from !== "float64") widenMask(w);
  } else if (from === "bool") {
    if (two && to !== "float64") narrowMask(w);
    w.wideConstant(to, 1);
    code.simd(Simd.and);
  } else if (to === "float64") {
    if (from === "float32") code.simd(Simd.f64x2PromoteF32x4);
    else code.simd(from === "uint32" ? Simd.f64x2ConvertI32x4U : Simd.f64x2ConvertI32x4S);
  } else if (from === "float64") {
    if (to === "float32") code.simd(Simd.f32x4DemoteF64x2);
    else code.simd(to === "uint32" ? Simd.i32x4TruncSatF64x2U : Simd.i32x4TruncSatF64x2S);
  } else if (to === "float32") {
    code.simd(from === "uint32" ? Simd.f32x4ConvertI32x4U : Simd.f32x4ConvertI32x4S);
  } else if (from === "float32") {
    code.simd(to === "uint32" ? Simd.i32x4TruncSatF32x4U : Simd.i32x4TruncSatF32x4S);
  }
}

/** Two 32-bit masks in the low half become two 64-bit ones. */
export function widenMask(w: Writer): void {
  w.code.simd(Simd.i64x2ExtendLowS);
}

/** Two 64-bit masks become 32-bit ones in the low half. */
export function narrowMask(w: Writer): void {
  const { code } = w;
  w.wideConstant("int32", 0);
  code.simd(Simd.shuffle);
  for (const lane of [0, 2, 4, 4]) for (let i = 0; i < 4; i++) code.byte(lane * 4 + i);
}
