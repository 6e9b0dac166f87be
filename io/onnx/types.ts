/** Dtypes of ONNX and ours, and the numbers of its tensors. */
import { type Device } from "../../core/devices.ts";
import { allocate, type DType, type TypedArray } from "../../core/dtype.ts";
import { describe } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import type { Tensor } from "../../core/tensor.ts";
import { bytesOf, claimedSize, type Format, place, readAs, readValues, writeValues } from "../values.ts";
import { integer, type TensorProto } from "./schema.ts";

/** The number of each dtype in ONNX. */
export const typeCodes: Readonly<Record<DType, number>> = { float32: 1, int32: 6, bool: 9, float64: 11, uint32: 12 };

/** Formats by their number in ONNX. */
const formats: ReadonlyMap<number, Format> = new Map<number, Format>([
  [1, "f4"],
  [2, "u1"],
  [3, "i1"],
  [4, "u2"],
  [5, "i2"],
  [6, "i4"],
  [7, "i8"],
  [9, "b1"],
  [10, "f2"],
  [11, "f8"],
  [12, "u4"],
  [13, "u8"],
  [16, "bf2"],
]);

/** The dtype that numbers of this kind are read as. */
export function dtypeOf(where: string, code: number): DType {
  const format = formats.get(code);
  if (format) return readAs[format];
  throw new TypeError(`${where}: the data type ${code} of ONNX is not supported (8 is text, 14 and 15 are complex)`);
}

/** Values as a tensor of ONNX. */
export function tensorProto(name: string, values: TypedArray, shape: Shape, dtype: DType): TensorProto {
  const bytes = dtype === "bool" ? Uint8Array.from(values) : new Uint8Array(writeValues(values));
  return { name, dims: shape, dataType: typeCodes[dtype], rawData: bytes };
}

/** Integers as ONNX wants sizes and axes: 64 bits. */
export function int64Proto(name: string, values: readonly number[], shape: Shape = [values.length]): TensorProto {
  const words = BigInt64Array.from(values, (v) => BigInt(v));
  return { name, dims: shape, dataType: 7, rawData: new Uint8Array(words.buffer) };
}

// Positions beyond every tensor, which mean "to the end".
const far = 2 ** 31 - 1;
const beyond = 2n ** 62n;

/** Numbers of 64 bits as int32: what no position can reach becomes the largest or smallest. */
function positions(where: string, values: readonly bigint[]): Int32Array {
  return Int32Array.from(values, (v, i) => {
    if (v >= beyond) return far;
    if (v <= -beyond) return -far - 1;
    if (v > far || v < -far - 1) throw new RangeError(`${where}: element ${i} is ${v}, which does not fit int32`);
    return Number(v);
  });
}

/** What a tensor of ONNX holds. */
export interface Numbers {
  readonly values: TypedArray;
  readonly shape: number[];
  readonly dtype: DType;
}

/**
 * The numbers of a tensor of ONNX.
 *
 * @throws TypeError for data in another file and for types that are not supported, RangeError for a shape that claims other
 * data than there are
 */
export function numbersOf(where: string, proto: TensorProto): Numbers {
  if (proto.dataLocation === 1 || (proto.externalData ?? []).length > 0) {
    const file = proto.externalData?.find(({ key }) => key === "location")?.value;
    throw new TypeError(
      `${where}: the data lie in another file${file ? ` (${file})` : ""}; write the model with its data inside ` +
        `(torch.onnx.export(…, external_data=False), or onnx.save_model(…, save_as_external_data=False))`,
    );
  }
  const shape = proto.dims.map(integer);
  const size = claimedSize(where, shape);
  const dtype = dtypeOf(where, proto.dataType);
  const format = formats.get(proto.dataType)!;
  const raw = proto.rawData ?? new Uint8Array();
  if (raw.length > 0) {
    const needed = size * bytesOf(format);
    if (raw.length !== needed) {
      throw new RangeError(`${where}: shape [${shape.join(", ")}] needs ${needed} bytes, the file has ${raw.length}`);
    }
    const bytes = raw.slice(); // aligned, and of this file alone
    if (format === "i8") return { values: positions(where, [...new BigInt64Array(bytes.buffer)]), shape, dtype };
    return { values: readValues(where, format, bytes), shape, dtype };
  }
  const list = listed(proto, format);
  if (list.length !== size) {
    throw new RangeError(`${where}: shape [${shape.join(", ")}] needs ${size} numbers, the file has ${list.length}`);
  }
  if (format === "i8") return { values: positions(where, list.map((v) => BigInt(Math.trunc(v)))), shape, dtype };
  if (format === "f2" || format === "bf2") {
    return { values: readValues(where, format, new Uint8Array(Uint16Array.from(list).buffer)), shape, dtype };
  }
  const values = allocate(dtype, size);
  values.set(list);
  return { values, shape, dtype };
}

/** Numbers that are given one by one. */
function listed(proto: TensorProto, format: Format): number[] {
  switch (format) {
    case "f4":
      return [...proto.floatData ?? []];
    case "f8":
      return [...proto.doubleData ?? []];
    case "i8":
      return (proto.int64Data ?? []).map(integer);
    case "u4":
    case "u8":
      return (proto.uint64Data ?? []).map(integer);
    default:
      return [...proto.int32Data ?? []];
  }
}

/** Numbers as a tensor on a device. */
export function tensorOf({ values, shape, dtype }: Numbers, device: Device | string | undefined): Tensor {
  return place("importOnnx", values, shape, dtype, device);
}

/** Refuses what is no byte array. */
export function checkBytes(where: string, bytes: unknown): asserts bytes is Uint8Array {
  if (bytes instanceof Uint8Array) return;
  throw new TypeError(`${where}: the bytes of the file must be a Uint8Array, got ${describe(bytes)}`);
}
