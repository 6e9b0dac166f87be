/** The messages of the ONNX format that are read and written here, after onnx.proto (https://github.com/onnx/onnx). */
import protobuf from "protobufjs";

/** A 64-bit integer as protobufjs gives it. */
type Int64 = number | { toNumber(): number };

/** Numbers of a tensor, in one of several fields. */
export interface TensorProto {
  readonly name?: string;
  readonly dims: readonly Int64[];
  readonly dataType: number;
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly Int64[];
  readonly doubleData?: readonly number[];
  readonly uint64Data?: readonly Int64[];
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
  readonly dataLocation?: number;
}

/** A named constant of a node. */
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: Int64;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly Int64[];
  readonly strings?: readonly Uint8Array[];
}

/** An operation. An empty name stands for an input that is left out. */
export interface NodeProto {
  readonly name?: string;
  readonly opType: string;
  readonly domain?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

/** An extent: a number, or a name where it is free. */
export interface DimensionProto {
  readonly dimValue?: Int64;
  readonly dimParam?: string;
}

/** An input or output. */
export interface ValueInfoProto {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: { readonly elemType: number; readonly shape?: { readonly dim: readonly DimensionProto[] } };
  };
}

/** A function. */
export interface GraphProto {
  readonly name?: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

/** A file. */
export interface ModelProto {
  readonly irVersion: Int64;
  readonly producerName?: string;
  readonly graph?: GraphProto;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: Int64 }[];
}

/** Kinds of attributes. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

type Field = [type: string, id: number, rule?: "repeated"];

const message = (fields: Record<string, Field>) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id, rule]]) => [name, { type, id, ...rule && { rule } }]),
  ),
});

const root = protobuf.Root.fromJSON({
  nested: {
    Entry: message({ key: ["string", 1], value: ["string", 2] }),
    Tensor: message({
      dims: ["int64", 1, "repeated"],
      dataType: ["int32", 2],
      floatData: ["float", 4, "repeated"],
      int32Data: ["int32", 5, "repeated"],
      int64Data: ["int64", 7, "repeated"],
      name: ["string", 8],
      rawData: ["bytes", 9],
      doubleData: ["double", 10, "repeated"],
      uint64Data: ["uint64", 11, "repeated"],
      externalData: ["Entry", 13, "repeated"],
      dataLocation: ["int32", 14],
    }),
    Attribute: message({
      name: ["string", 1],
      f: ["float", 2],
      i: ["int64", 3],
      s: ["bytes", 4],
      t: ["Tensor", 5],
      floats: ["float", 7, "repeated"],
      ints: ["int64", 8, "repeated"],
      strings: ["bytes", 9, "repeated"],
      type: ["int32", 20],
    }),
    Node: message({
      input: ["string", 1, "repeated"],
      output: ["string", 2, "repeated"],
      name: ["string", 3],
      opType: ["string", 4],
      attribute: ["Attribute", 5, "repeated"],
      domain: ["string", 7],
    }),
    Dimension: message({ dimValue: ["int64", 1], dimParam: ["string", 2] }),
    Shape: message({ dim: ["Dimension", 1, "repeated"] }),
    TensorType: message({ elemType: ["int32", 1], shape: ["Shape", 2] }),
    Type: message({ tensorType: ["TensorType", 1] }),
    ValueInfo: message({ name: ["string", 1], type: ["Type", 2] }),
    Graph: message({
      node: ["Node", 1, "repeated"],
      name: ["string", 2],
      initializer: ["Tensor", 5, "repeated"],
      input: ["ValueInfo", 11, "repeated"],
      output: ["ValueInfo", 12, "repeated"],
    }),
    Opset: message({ domain: ["string", 1], version: ["int64", 2] }),
    Model: message({
      irVersion: ["int64", 1],
      producerName: ["string", 2],
      producerVersion: ["string", 3],
      graph: ["Graph", 7],
      opsetImport: ["Opset", 8, "repeated"],
    }),
  },
});

const modelType = root.lookupType("Model");

/** A 64-bit integer as a number; beyond 2⁵³ the nearest one. */
export const integer = (value: Int64 | undefined): number =>
  value === undefined ? 0 : typeof value === "number" ? value : value.toNumber();

/** The bytes of a model. */
export function encodeModel(model: ModelProto): Uint8Array {
  return new Uint8Array(modelType.encode(model).finish());
}

/**
 * The model in the bytes of a file.
 *
 * @throws RangeError for bytes that end too early, TypeError for others that are no model
 */
export function decodeModel(where: string, bytes: Uint8Array): ModelProto {
  try {
    return modelType.decode(bytes) as unknown as ModelProto;
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof RangeError) {
      throw new RangeError(`${where}: the file is truncated: ${bytes.length} bytes, and a field claims more`, {
        cause: error,
      });
    }
    throw new TypeError(`${where}: the bytes are no ONNX model: ${message}`, { cause: error });
  }
}
