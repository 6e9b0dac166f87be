/** NumPy's format of one array (`.npy`), described in numpy.lib.format; versions 1 to 3. */
import type { Device } from "../core/devices.ts";
import { allocate, type DType, type TypedArray } from "../core/dtype.ts";
import { checkOptions, describe } from "../core/errors.ts";
import { type Shape, stridesOf } from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { readWhole, writeWhole } from "./files.ts";
import { bytesOf, claimedSize, type Format, place, readAs, readValues, writeValues, writtenAs } from "./values.ts";

const magic = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]; // \x93NUMPY

/** Options of `loadNpy` and `decodeNpy`. */
export interface NpyReadOptions {
  /** The device of the tensor; default: the default device. */
  readonly device?: Device | string;
}

/**
 * A tensor as the bytes of an `.npy` file: version 1.0, row-major, little-endian.
 *
 * @example
 * ```ts
 * import { io, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = await io.encodeNpy(tensor([[1, 2], [3, 4]]));
 * assertEquals(await io.decodeNpy(bytes).toArray(), [[1, 2], [3, 4]]);
 * ```
 */
export function encodeNpy(tensor: Tensor): Promise<Uint8Array> {
  return encode("encodeNpy", tensor);
}

/**
 * Writes a tensor to an `.npy` file, which appears whole or not at all.
 *
 * @param path a file name or a `file:` URL
 * @throws TypeError for what is no tensor, Error naming the file where it cannot be written
 *
 * @example
 * ```ts
 * import { arange, io } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/x.npy`;
 * await io.saveNpy(path, arange(3));
 * assertEquals(await (await io.loadNpy(path)).toArray(), [0, 1, 2]);
 * ```
 */
export async function saveNpy(path: string | URL, tensor: Tensor): Promise<void> {
  await writeWhole("saveNpy", path, await encode("saveNpy", tensor));
}

/**
 * The tensor in the bytes of an `.npy` file, of either byte order, in C or Fortran order.
 *
 * `f4`, `f8`, `i4`, `u4` and `b1` are read as they are; `f2` becomes float32, `i1`, `i2` and `i8` become int32, `u1`, `u2`
 * and `u8` uint32: exactly, 64-bit integers must fit.
 *
 * @param bytes the whole file; nothing in it is trusted
 * @throws TypeError for other dtypes and what is no `.npy` file, RangeError where sizes or numbers do not fit
 *
 * @example
 * ```ts
 * import { io, tensor } from "@cotangent/cotangent";
 * import { assertThrows } from "@std/assert";
 *
 * const bytes = await io.encodeNpy(tensor([1, 2]));
 * assertThrows(() => io.decodeNpy(bytes.subarray(0, 130)), RangeError, "needs 8 bytes, but there are 2");
 * ```
 */
export function decodeNpy(bytes: Uint8Array, options: NpyReadOptions = {}): Tensor {
  return decode("decodeNpy", bytes, options);
}

/**
 * The tensor in an `.npy` file; `decodeNpy` says which dtypes it reads.
 *
 * @param path a file name or a `file:` URL
 * @throws as `decodeNpy`, and an Error naming the file where it cannot be read
 *
 * @example
 * ```ts
 * import { io } from "@cotangent/cotangent";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => io.loadNpy("nowhere/x.npy"), Error, "nowhere/x.npy: there is no such file or folder");
 * ```
 */
export async function loadNpy(path: string | URL, options: NpyReadOptions = {}): Promise<Tensor> {
  const { bytes, name } = await readWhole("loadNpy", path);
  return decode(`loadNpy: ${name}`, bytes, options);
}

async function encode(where: string, tensor: Tensor): Promise<Uint8Array> {
  if (!isTensor(tensor)) throw new TypeError(`${where}: needs a tensor, got ${describe(tensor)}`);
  if (!tensor.node) tensor.storage(where, "the tensor");
  const { shape, dtype } = tensor;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${descriptor(dtype)}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64; // the data are aligned to 64 bytes
  const values = writeValues(await tensor.data());
  const bytes = new Uint8Array(length + values.length);
  bytes.set([...magic, 1, 0], 0);
  new DataView(bytes.buffer).setUint16(8, length - 10, true);
  new TextEncoder().encodeInto(header.padEnd(length - 11) + "\n", bytes.subarray(10, length));
  bytes.set(values, length);
  return bytes;
}

function descriptor(dtype: DType): string {
  const format = writtenAs[dtype];
  return bytesOf(format) === 1 ? `|${format}` : `<${format}`;
}

function decode(where: string, bytes: Uint8Array, options: NpyReadOptions): Tensor {
  checkOptions(where, options, ["device"]);
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`${where}: the bytes must be a Uint8Array, got ${describe(bytes)}`);
  }
  if (magic.some((byte, i) => bytes[i] !== byte)) {
    throw new TypeError(`${where}: this is no .npy file: it does not begin with \\x93NUMPY`);
  }
  if (bytes.length < 12) throw new RangeError(`${where}: ${bytes.length} bytes are too few for an .npy file`);
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw new TypeError(`${where}: version ${version}.${bytes[7]} of the format is not known`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > bytes.length - start) {
    throw new RangeError(`${where}: the header claims ${length} bytes, but the file has ${bytes.length} bytes`);
  }
  // Latin-1 before version 3, UTF-8 then: beyond ASCII there is nothing that we read.
  const text = new TextDecoder(version < 3 ? "latin1" : "utf-8").decode(bytes.subarray(start, start + length));
  const { format, little, fortran, shape } = readHeader(where, text);
  const data = bytes.subarray(start + length);
  const needed = claimedSize(where, shape) * bytesOf(format);
  if (needed !== data.length) {
    const claimed = `shape [${shape.join(", ")}] of ${bytesOf(format)} bytes each needs ${needed} bytes`;
    throw new RangeError(`${where}: ${claimed}, but there are ${data.length}`);
  }
  const values = readValues(where, format, data, little);
  const dtype = readAs[format];
  return place(
    where,
    fortran && shape.length > 1 ? rowMajor(values, shape, dtype) : values,
    shape,
    dtype,
    options.device,
  );
}

/** Values from Fortran order, in which the first axis runs fastest. */
function rowMajor(values: TypedArray, shape: Shape, dtype: DType): TypedArray {
  const result = allocate(dtype, values.length);
  const strides = stridesOf([...shape].reverse()).reverse(); // of each axis, in the file
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}

interface Header {
  readonly format: Format;
  readonly little: boolean;
  readonly fortran: boolean;
  readonly shape: number[];
}

/** Reads the header: a Python dictionary of exactly three entries, in any order. */
function readHeader(where: string, text: string): Header {
  const found = new Map<string, string>();
  let rest = text.trim();
  const inner = /^\{(.*)\}$/s.exec(rest)?.[1];
  if (inner === undefined) throw new TypeError(`${where}: the header is no Python dictionary: ${describe(rest)}`);
  rest = inner.trim();
  const entry = /^(?:'([^'\\]*)'|"([^"\\]*)")\s*:\s*('[^'\\]*'|"[^"\\]*"|True|False|\([\d,\sL]*\))\s*(?:,\s*|$)/;
  while (rest !== "") {
    const match = entry.exec(rest);
    if (!match) {
      const hint = /^['"]descr['"]\s*:\s*\[/.test(rest) ? "; structured dtypes are not supported" : "";
      throw new TypeError(`${where}: the header cannot be read at ${describe(rest)}${hint}`);
    }
    const name = match[1] ?? match[2];
    if (found.has(name)) throw new TypeError(`${where}: the header gives ${describe(name)} twice`);
    found.set(name, match[3]);
    rest = rest.slice(match[0].length);
  }
  const names = [...found.keys()].sort().join();
  if (names !== "descr,fortran_order,shape") {
    throw new TypeError(
      `${where}: the header must give descr, fortran_order and shape, it gives ${names || "nothing"}`,
    );
  }
  const order = found.get("fortran_order")!;
  if (order !== "True" && order !== "False") {
    throw new TypeError(`${where}: fortran_order is ${order}, not True or False`);
  }
  return {
    ...readDescriptor(where, found.get("descr")!),
    fortran: order === "True",
    shape: readTuple(where, found.get("shape")!),
  };
}

function readDescriptor(where: string, text: string): { format: Format; little: boolean } {
  const match = /^['"]([<>|=]?)(\w+)['"]$/.exec(text);
  const format = match?.[2];
  if (!match || !format || format === "bf2" || !Object.hasOwn(readAs, format)) {
    const hint = /O/.test(text) ? " (Python objects, which would be code)" : "";
    throw new TypeError(
      `${where}: unsupported dtype ${text}${hint}; known are f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 and b1`,
    );
  }
  return { format: format as Format, little: match[1] !== ">" };
}

function readTuple(where: string, text: string): number[] {
  const match = /^\((?:\s*|\s*\d+L?\s*,\s*|\s*\d+L?\s*(?:,\s*\d+L?\s*)+,?\s*)\)$/.exec(text);
  if (!match) throw new TypeError(`${where}: the shape ${describe(text)} is no tuple of sizes`);
  return (text.match(/\d+/g) ?? []).map(Number);
}
