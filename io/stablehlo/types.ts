/** Types and numbers as StableHLO writes them. */
import { coerce, type DType, type TypedArray } from "../../core/dtype.ts";
import type { Aval } from "../../core/shape.ts";

/** The names of the element types. */
export const elementNames: Readonly<Record<DType, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint32: "ui32",
  bool: "i1",
};

/** A type: `tensor<4x3xf32>`. */
export function typeText({ shape, dtype }: Pick<Aval, "shape" | "dtype">): string {
  return `tensor<${shape.map((extent) => `${extent}x`).join("")}${elementNames[dtype]}>`;
}

/** A list: `[1, 2]`. */
export const list = (values: readonly unknown[]): string => `[${values.join(", ")}]`;

const bits = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

function hex(dtype: DType, value: number): string {
  if (dtype === "float64") {
    bits.setFloat64(0, value);
    return `0x${bits.getBigUint64(0).toString(16).toUpperCase().padStart(16, "0")}`;
  }
  bits.setFloat32(0, value);
  return `0x${bits.getUint32(0).toString(16).toUpperCase().padStart(8, "0")}`;
}

/** The shortest decimal that is read as the same float32. */
function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** An element: floats with a decimal point, what is no number as its bits. */
export function numberText(dtype: DType, number: number): string {
  const value = coerce(dtype, number);
  if (dtype === "bool") return value ? "true" : "false";
  if (dtype === "int32" || dtype === "uint32") return String(value);
  if (Number.isNaN(value)) return dtype === "float32" ? "0x7FC00000" : "0x7FF8000000000000";
  if (!Number.isFinite(value)) return hex(dtype, value);
  if (Object.is(value, -0)) return "-0.0";
  const text = dtype === "float32" ? shortest(value) : String(value);
  const [, mantissa, exponent = ""] = /^([^e]*)(e.*)?$/.exec(text)!;
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}${exponent}`;
}

/** All elements of an array: numbers where they are few, else bytes. */
export function arrayText(dtype: DType, shape: readonly number[], values: TypedArray): string {
  // All alike, to the bit: one number is enough.
  if (values.every((v) => Object.is(v, values[0]))) return numberText(dtype, values[0]);
  if (values.length > 16) {
    if (dtype === "bool") return nested(shape, Array.from(values, (v) => numberText(dtype, v)));
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return `"0x${bytes.toHex().toUpperCase()}"`;
  }
  return nested(shape, Array.from(values, (v) => numberText(dtype, v)));
}

function nested(shape: readonly number[], texts: readonly string[]): string {
  if (shape.length === 0) return texts[0];
  const [extent, ...rest] = shape;
  const inner = texts.length / Math.max(1, extent);
  return list(Array.from({ length: extent }, (_, i) => nested(rest, texts.slice(i * inner, (i + 1) * inner))));
}
