/** Constants of StableHLO text as values. */
import { allocate, type DType, type TypedArray } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Operation, Type } from "./parse.ts";
import { elementNames } from "./types.ts";

const dtypes =
  /* @__PURE__ */ (() => new Map(Object.entries(elementNames).map(([dtype, name]) => [name, dtype as DType])))();

/** The element type of a parsed type. */
export const dtypeOf = ({ element }: Type): DType => dtypes.get(element)!;

function fromBits(dtype: DType, text: string): number {
  const view = new DataView(new ArrayBuffer(8));
  if (dtype === "float64") {
    view.setBigUint64(0, BigInt(text));
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(text));
  return view.getFloat32(0);
}

function parseNumber(dtype: DType, text: string): number {
  if (text === "true" || text === "false") return Number(text === "true");
  return text.startsWith("0x") ? fromBits(dtype, text) : Number(text);
}

/** The value of a constant: one number where all elements are alike, else all of them. */
export function constantOf({ attributes, resultTypes: [type] }: Operation): number | TypedArray {
  const dtype = dtypeOf(type);
  const text = /dense<(.*)>$/.exec(attributes.trim())![1];
  const values = allocate(dtype, sizeOf(type.shape));
  if (text.startsWith('"')) {
    new Uint8Array(values.buffer).set(Uint8Array.fromHex(text.slice(3, -1)));
    return values;
  }
  if (!text.startsWith("[")) return parseNumber(dtype, text);
  values.set(text.split(/[[\],\s]+/).filter((t) => t !== "").map((t) => parseNumber(dtype, t)));
  return values;
}

/** The number of a constant whose elements are alike, by its name. */
export function splat(name: string, operations: ReadonlyMap<string, Operation>): number | undefined {
  const operation = operations.get(name);
  const value = operation?.op === "constant" ? constantOf(operation) : undefined;
  return typeof value === "number" ? value : undefined;
}
