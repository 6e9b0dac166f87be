/** Element types: their typed arrays, sizes and promotion rules. */

/** The element type of a tensor. */
export type DType = "float32" | "float64" | "int32" | "uint32" | "bool";

/** The typed arrays that hold tensors at rest; `bool` is one byte an element, 0 or 1. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** All element types, in promotion order of their kinds. */
export const dtypes: readonly DType[] = ["bool", "int32", "uint32", "float32", "float64"];

/** Whether a value is the name of an element type. */
export function isDType(value: unknown): value is DType {
  return typeof value === "string" && (dtypes as readonly string[]).includes(value);
}

/** Whether an element type is a floating one, and so can carry derivatives. */
export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** A new zeroed typed array for `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "uint32":
      return new Uint32Array(size);
    case "bool":
      return new Uint8Array(size);
  }
}

/** The element type of a typed array, or undefined where there is none (an Int8Array, say). */
export function dtypeOfArray(array: unknown): DType | undefined {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint32Array) return "uint32";
  if (array instanceof Uint8Array) return "bool";
  return undefined;
}

/** The type of `a op b`, as in JAX: bool < int32, uint32 < float32 < float64. int32 with uint32 gives int32. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  if (a === "float64" || b === "float64") return "float64";
  if (a === "float32" || b === "float32") return "float32";
  if (a === "bool") return b;
  if (b === "bool") return a;
  return "int32"; // int32 with uint32: JAX without 64-bit integers
}

/** A number as an element of this type: rounded to float32, wrapped to 32 bits, or 0 and 1. */
export function coerce(dtype: DType, value: number): number {
  switch (dtype) {
    case "float32":
      return Math.fround(value);
    case "float64":
      return value;
    case "int32":
      return value | 0;
    case "uint32":
      return value >>> 0;
    case "bool":
      return value ? 1 : 0;
  }
}
