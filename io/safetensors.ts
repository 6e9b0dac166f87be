/**
 * The safetensors format: a JSON header of names, dtypes, shapes and offsets, then the numbers, little-endian. It holds no
 * code. Described at https://github.com/huggingface/safetensors; read as strictly as the library there reads it.
 */
import type { Device } from "../core/devices.ts";
import { checkOptions, describe } from "../core/errors.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { flatten, paths, pathsOf } from "../core/tree.ts";
import { readWhole, writeWhole } from "./files.ts";
import { parseJson } from "./json.ts";
import { isDescribed, restore } from "./restore.ts";
import { bytesOf, claimedSize, type Format, place, readAs, readValues, writeValues, writtenAs } from "./values.ts";

const formatOf: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["BOOL", "b1"],
  ["U8", "u1"],
  ["I8", "i1"],
  ["U16", "u2"],
  ["I16", "i2"],
  ["U32", "u4"],
  ["I32", "i4"],
  ["U64", "u8"],
  ["I64", "i8"],
  ["F16", "f2"],
  ["BF16", "bf2"],
  ["F32", "f4"],
  ["F64", "f8"],
]);

const nameOf = /* @__PURE__ */ (() => new Map([...formatOf].map(([name, format]) => [format, name])))();

/** The reserved name of the header, for texts that go with the tensors. */
const metadataName = "__metadata__";

/** Options of `saveSafetensors` and `encodeSafetensors`. */
export interface SafetensorsWriteOptions {
  /** Texts that go with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Options of `loadSafetensors` and `decodeSafetensors`. */
export interface SafetensorsReadOptions<P> {
  /** A tree with the structure, shapes and dtypes that the result shall have: parameters, or what `evalShape` gives. */
  readonly into?: P;
  /** The device of the tensors; default: the default device. */
  readonly device?: Device | string;
}

/** What a safetensors file holds. */
export interface SafetensorsContent<P> {
  /** The tensors by name, or the tree that `into` asked for. */
  readonly tensors: P;
  /** The texts that go with them. */
  readonly metadata: Record<string, string>;
  /** Entries that the file has in a dtype that is not ours, with that dtype: `{ weight: "BF16" }`. */
  readonly converted: Readonly<Record<string, string>>;
}

/**
 * A tree of tensors as the bytes of a safetensors file. The names are the leaves' paths, joined by dots: `layers.0.weight`.
 *
 * @param tree tensors in objects and arrays, nested as you like
 * @throws TypeError for other leaves, for equal or reserved names and for metadata that are no texts
 *
 * @example
 * ```ts
 * import { io, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = await io.encodeSafetensors({ layers: [{ weight: tensor([[1, 2]]) }] }, { metadata: { epoch: "3" } });
 * const { tensors, metadata } = io.decodeSafetensors(bytes);
 * assertEquals(await tensors["layers.0.weight"].toArray(), [[1, 2]]);
 * assertEquals(metadata, { epoch: "3" });
 * ```
 */
export function encodeSafetensors(tree: unknown, options: SafetensorsWriteOptions = {}): Promise<Uint8Array> {
  return encode("encodeSafetensors", tree, options);
}

/**
 * Writes a tree of tensors to a safetensors file; the names are the leaves' paths, joined by dots. The file appears whole or
 * not at all: an older one stays until the new one is on the disk.
 *
 * @param path a file name or a `file:` URL
 * @throws as `encodeSafetensors`, and an Error naming the file where it cannot be written
 *
 * @example
 * ```ts
 * import { io, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { weight: random.normal(random.key(0), [2, 3]) };
 * const path = `${await Deno.makeTempDir()}/model.safetensors`;
 * await io.saveSafetensors(path, params);
 * const { tensors } = await io.loadSafetensors(path, { into: params });
 * assertEquals(await tensors.weight.data(), await params.weight.data());
 * ```
 */
export async function saveSafetensors(
  path: string | URL,
  tree: unknown,
  options: SafetensorsWriteOptions = {},
): Promise<void> {
  await writeWhole("saveSafetensors", path, await encode("saveSafetensors", tree, options));
}

/**
 * The tensors in the bytes of a safetensors file.
 *
 * F32, F64, I32, U32 and BOOL are read as they are. F16 and BF16 become float32; I8, I16 and I64 become int32, U8, U16 and
 * U64 uint32: exactly, 64-bit integers must fit. `converted` lists what was read as another dtype.
 *
 * @param bytes the whole file; nothing in it is trusted
 * @throws TypeError or RangeError saying what is wrong with the file, or listing all that does not fit `into`
 *
 * @example
 * ```ts
 * import { io, zeros } from "@cotangent/cotangent";
 * import { assertThrows } from "@std/assert";
 *
 * const bytes = await io.encodeSafetensors({ weight: zeros([2]) });
 * assertThrows(() => io.decodeSafetensors(bytes, { into: { weight: zeros([3]) } }), TypeError, "instead of [3]");
 * assertThrows(() => io.decodeSafetensors(bytes.subarray(0, 20)), RangeError, "20 bytes");
 * ```
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  options?: Omit<SafetensorsReadOptions<never>, "into">,
): SafetensorsContent<Record<string, Tensor>>;
/** The tensors in the bytes of a safetensors file, as a tree of the structure of `into`. */
export function decodeSafetensors<P>(
  bytes: Uint8Array,
  options: SafetensorsReadOptions<P> & { readonly into: P },
): SafetensorsContent<P>;
export function decodeSafetensors<P>(
  bytes: Uint8Array,
  options: SafetensorsReadOptions<P> = {},
): SafetensorsContent<P> {
  return decode("decodeSafetensors", bytes, options);
}

/**
 * The tensors in a safetensors file; `decodeSafetensors` says which dtypes it reads.
 *
 * @param path a file name or a `file:` URL
 * @throws as `decodeSafetensors`, and an Error naming the file where it cannot be read
 *
 * @example
 * ```ts
 * import { io, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/model.safetensors`;
 * await io.saveSafetensors(path, { a: tensor([1, 2]), b: [tensor(3)] });
 * const { tensors } = await io.loadSafetensors(path);
 * assertEquals(Object.keys(tensors).sort(), ["a", "b.0"]);
 * ```
 */
export function loadSafetensors(
  path: string | URL,
  options?: Omit<SafetensorsReadOptions<never>, "into">,
): Promise<SafetensorsContent<Record<string, Tensor>>>;
/** The tensors in a safetensors file, as a tree of the structure of `into`. */
export function loadSafetensors<P>(
  path: string | URL,
  options: SafetensorsReadOptions<P> & { readonly into: P },
): Promise<SafetensorsContent<P>>;
export async function loadSafetensors<P>(
  path: string | URL,
  options: SafetensorsReadOptions<P> = {},
): Promise<SafetensorsContent<P>> {
  const { bytes, name } = await readWhole("loadSafetensors", path);
  return decode(`loadSafetensors: ${name}`, bytes, options);
}

async function encode(where: string, tree: unknown, options: SafetensorsWriteOptions): Promise<Uint8Array> {
  checkOptions(where, options, ["metadata"]);
  const texts: unknown = options.metadata ?? {};
  if (typeof texts !== "object" || Array.isArray(texts)) {
    throw new TypeError(`${where}: metadata must be an object of texts, got ${describe(texts)}`);
  }
  const metadata = Object.entries(texts as Record<string, string>);
  for (const [name, text] of metadata) {
    if (typeof text !== "string") {
      throw new TypeError(`${where}: metadata must be texts, but ${describe(name)} is ${describe(text)}`);
    }
    if (!name.isWellFormed() || !text.isWellFormed()) {
      throw new TypeError(`${where}: the metadata ${describe(name)} hold half a surrogate pair`);
    }
  }
  if (isTensor(tree)) throw new TypeError(`${where}: a single tensor has no name; write { name: tensor }`);
  const [leaves] = flatten(where, tree) as [Tensor[], unknown];
  const names = paths(tree);
  leaves.forEach((leaf, i) => leaf.node || leaf.storage(where, names[i]));
  const seen = new Set<string>([metadataName]);
  for (const name of names) {
    if (seen.has(name)) {
      const why = name === metadataName ? "is reserved" : "is the path of two leaves";
      throw new TypeError(`${where}: the name ${describe(name)} ${why}; rename one`);
    }
    if (name.split(".").includes("__proto__") || !name.isWellFormed()) {
      throw new TypeError(`${where}: the name ${describe(name)} is not allowed`);
    }
    seen.add(name);
  }
  // Wide numbers first, so that each array is aligned to its own width.
  const order = leaves.map((leaf, i) => ({ leaf, name: names[i], format: writtenAs[leaf.dtype] }))
    .sort((a, b) => bytesOf(b.format) - bytesOf(a.format));
  const header: [string, unknown][] = metadata.length > 0 ? [[metadataName, Object.fromEntries(metadata)]] : [];
  let end = 0;
  for (const { leaf, name, format } of order) {
    const start = end;
    end += leaf.size * bytesOf(format);
    header.push([name, { dtype: nameOf.get(format), shape: leaf.shape, data_offsets: [start, end] }]);
  }
  // Written by hand: as an object, names that are numbers would come first.
  const text = `{${header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join()}}`;
  const json = new TextEncoder().encode(text);
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, 8, 8 + padded).set(json, 8);
  let at = 8 + padded;
  for (const { leaf } of order) {
    const values = writeValues(await leaf.data());
    bytes.set(values, at);
    at += values.length;
  }
  return bytes;
}

/** An array that the header tells of. */
interface Entry {
  readonly where: string;
  readonly name: string;
  readonly format: Format;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

function decode<P>(where: string, bytes: Uint8Array, options: SafetensorsReadOptions<P>): SafetensorsContent<P> {
  checkOptions(where, options, ["into", "device"]);
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`${where}: the bytes must be a Uint8Array, got ${describe(bytes)}`);
  }
  const { entries, metadata, data } = readHeader(where, bytes);
  const tensors = new Map<string, Tensor>();
  for (const { where, name, format, shape, start, end } of entries) {
    const values = readValues(where, format, data.subarray(start, end));
    tensors.set(name, place(where, values, shape, readAs[format], options.device));
  }
  const converted = Object.fromEntries(
    entries.filter(({ format }) => writtenAs[readAs[format]] !== format).map((
      { name, format },
    ) => [name, nameOf.get(format)!]),
  );
  if (options.into === undefined) return { tensors: Object.fromEntries(tensors) as P, metadata, converted };
  const [, structure] = flatten(where, options.into, isDescribed);
  return { tensors: restore(where, options.into, pathsOf(structure), tensors), metadata, converted };
}

function readHeader(where: string, bytes: Uint8Array): {
  entries: Entry[];
  metadata: Record<string, string>;
  data: Uint8Array;
} {
  if (bytes.length < 8) throw new RangeError(`${where}: ${bytes.length} bytes are too few for a safetensors file`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(bytes.length - 8)) {
    throw new RangeError(`${where}: the header claims ${length} bytes, but the file has ${bytes.length} bytes`);
  }
  const data = bytes.subarray(8 + Number(length));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + Number(length)));
  } catch (error) {
    throw new TypeError(`${where}: the header is no UTF-8 text`, { cause: error });
  }
  const header = parseJson(`${where}: header`, text);
  if (!isObject(header)) throw new TypeError(`${where}: the header is no JSON object`);
  const { [metadataName]: metadata = {}, ...claims } = header;
  if (!isObject(metadata)) throw new TypeError(`${where}: ${metadataName} is no object`);
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw new TypeError(`${where}: the metadata ${describe(name)} are no text`);
  }
  const entries = Object.entries(claims).map(([name, claim]) =>
    readEntry(`${where}: ${describe(name)}`, name, claim, data.length)
  );
  checkLayout(where, entries, data.length);
  return { entries, metadata: metadata as Record<string, string>, data };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readEntry(where: string, name: string, claim: unknown, available: number): Entry {
  if (!isObject(claim)) throw new TypeError(`${where}: the entry is no object`);
  const { dtype, shape, data_offsets: offsets } = claim;
  const format = typeof dtype === "string" ? formatOf.get(dtype) : undefined;
  if (!format) {
    throw new TypeError(`${where}: unknown dtype ${describe(dtype)}; known are ${[...formatOf.keys()].join(", ")}`);
  }
  const size = claimedSize(where, shape);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every((v) => Number.isSafeInteger(v) && v >= 0)) {
    throw new TypeError(`${where}: data_offsets must be two non-negative integers`);
  }
  const [start, end] = offsets as number[];
  if (start > end || end > available) {
    throw new RangeError(`${where}: the data are at ${start} to ${end}, but there are ${available} bytes of data`);
  }
  const needed = size * bytesOf(format);
  if (end - start !== needed) {
    const claimed = `${dtype} of shape [${(shape as number[]).join(", ")}] needs ${needed} bytes`;
    throw new RangeError(`${where}: ${claimed}, but the data at ${start} to ${end} are ${end - start}`);
  }
  return { where, name, format, shape: shape as number[], start, end };
}

/** The arrays must fill the data, one after the other: no byte is read twice, none is hidden. */
function checkLayout(where: string, entries: readonly Entry[], available: number): void {
  let at = 0;
  let before = "the header";
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) {
      throw new RangeError(`${where}: ${describe(name)} at ${start} overlaps ${before}, which ends at ${at}`);
    }
    if (start > at) throw new RangeError(`${where}: no entry tells of the bytes ${at} to ${start}, after ${before}`);
    at = end;
    before = describe(name);
  }
  if (at !== available) {
    throw new RangeError(`${where}: the entries end at ${at}, but there are ${available} bytes of data`);
  }
}
