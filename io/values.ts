/** Numbers as files hold them: which formats are read as which dtype, byte order, and what must fit. */
import { backendOf, type Device } from "../core/devices.ts";
import { allocate, type DType, type TypedArray } from "../core/dtype.ts";
import { aval, maxSize, type Shape } from "../core/shape.ts";
import { Tensor } from "../core/tensor.ts";

/** A number format: its kind (boolean, integer, unsigned, float, brain float) and its bytes. */
export type Format = "b1" | "i1" | "i2" | "i4" | "i8" | "u1" | "u2" | "u4" | "u8" | "f2" | "f4" | "f8" | "bf2";

/** The dtype that a format is read as. Narrow integers and floats widen exactly; 64-bit integers must fit into 32 bits. */
export const readAs: Readonly<Record<Format, DType>> = {
  b1: "bool",
  i1: "int32",
  i2: "int32",
  i4: "int32",
  i8: "int32",
  u1: "uint32",
  u2: "uint32",
  u4: "uint32",
  u8: "uint32",
  f2: "float32",
  bf2: "float32",
  f4: "float32",
  f8: "float64",
};

/** The format that a dtype is written in. */
export const writtenAs: Readonly<Record<DType, Format>> = {
  bool: "b1",
  int32: "i4",
  uint32: "u4",
  float32: "f4",
  float64: "f8",
};

/** The bytes of one number. */
export function bytesOf(format: Format): number {
  return Number(format.at(-1));
}

const hostIsLittle = /* @__PURE__ */ (() => new Uint8Array(Uint16Array.of(1).buffer)[0] === 1)();

/** The bytes of values, little-endian: a view where the host is. */
export function writeValues(values: TypedArray): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return hostIsLittle ? bytes : swapped(bytes, values.BYTES_PER_ELEMENT);
}

/** A copy with the bytes of each number reversed. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += width) {
    for (let k = 0; k < width; k++) result[i + k] = bytes[i + width - 1 - k];
  }
  return result;
}

/**
 * The numbers in `bytes`, whose length is a multiple of the format's; a view where nothing has to change.
 *
 * @throws RangeError, beginning with `where`, for 64-bit integers that do not fit and booleans other than 0 and 1
 */
export function readValues(where: string, format: Format, bytes: Uint8Array, little = true): TypedArray {
  const width = bytesOf(format);
  const size = bytes.length / width;
  const inOrder = width === 1 || little === hostIsLittle ? bytes : swapped(bytes, width);
  const data = inOrder.byteOffset % width === 0 ? inOrder : inOrder.slice();
  const over = <T>(array: new (buffer: ArrayBufferLike, start: number, length: number) => T): T =>
    new array(data.buffer, data.byteOffset, size);
  switch (format) {
    case "b1": {
      const at = data.findIndex((v) => v > 1);
      if (at >= 0) throw new RangeError(`${where}: element ${at} of a boolean array is ${data[at]}, neither 0 nor 1`);
      return data;
    }
    case "i1":
      return Int32Array.from(over(Int8Array));
    case "u1":
      return Uint32Array.from(data);
    case "i2":
      return Int32Array.from(over(Int16Array));
    case "u2":
      return Uint32Array.from(over(Uint16Array));
    case "i4":
      return over(Int32Array);
    case "u4":
      return over(Uint32Array);
    case "i8":
    case "u8":
      return narrow(where, format, new Uint32Array(data.buffer, data.byteOffset, size * 2));
    case "f2":
      return Float32Array.from(over(Uint16Array), halfToNumber);
    case "bf2": {
      const bits = Uint32Array.from(over(Uint16Array), (word) => word << 16);
      return new Float32Array(bits.buffer);
    }
    case "f4":
      return over(Float32Array);
    case "f8":
      return over(Float64Array);
  }
}

function narrow(where: string, format: "i8" | "u8", words: Uint32Array): TypedArray {
  const result = allocate(readAs[format], words.length / 2);
  const [low, high] = hostIsLittle ? [0, 1] : [1, 0];
  for (let i = 0; i < result.length; i++) {
    const word = words[2 * i + low];
    // What the upper half must be: copies of the sign.
    const rest = format === "i8" ? (word >> 31) >>> 0 : 0;
    if (words[2 * i + high] !== rest) {
      const bits = (BigInt(words[2 * i + high]) << 32n) | BigInt(word);
      const value = format === "i8" ? BigInt.asIntN(64, bits) : bits;
      throw new RangeError(`${where}: element ${i} is ${value}, which does not fit ${readAs[format]}`);
    }
    result[i] = word;
  }
  return result;
}

/** The value of an IEEE half-precision number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The number of elements of a shape that a file claims.
 *
 * @throws TypeError for what is no list of sizes, RangeError for one too large
 */
export function claimedSize(where: string, shape: unknown): number {
  if (!Array.isArray(shape)) throw new TypeError(`${where}: the shape is no list`);
  if (shape.length > 64) throw new RangeError(`${where}: the shape has ${shape.length} axes, more than 64`);
  let size = 1;
  let bound = 1; // the product without zeros: it must not overflow either
  for (const extent of shape) {
    if (typeof extent !== "number" || !Number.isSafeInteger(extent) || extent < 0) {
      throw new TypeError(`${where}: the shape holds ${JSON.stringify(extent)}, not a non-negative integer`);
    }
    size *= extent;
    if (extent > 0) bound *= extent;
    if (bound > maxSize) {
      throw new RangeError(`${where}: the shape [${shape.join(", ")}] has more than ${maxSize} elements`);
    }
  }
  return size;
}

/** A tensor of a copy of these values. */
export function place(
  where: string,
  values: TypedArray,
  shape: Shape,
  dtype: DType,
  device: Device | string | undefined,
): Tensor {
  const backend = backendOf(where, device);
  const a = aval(shape, dtype);
  return Tensor.concrete(a, backend, backend.write(values, a));
}
