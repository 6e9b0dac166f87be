/**
 * The real runtime of ONNX models, for tests.
 *
 * @module
 */

import * as ort from "onnxruntime-node";
import { type Tensor, tensor } from "@cotangent/cotangent";

const kinds = { float32: "float32", float64: "float64", int32: "int32", bool: "bool", uint32: "uint32" } as const;

/** The outputs of a model in onnxruntime, in the order of the file. */
export async function runOnnx(bytes: Uint8Array, inputs: readonly Tensor[]): Promise<Tensor[]> {
  const session = await ort.InferenceSession.create(bytes);
  const feeds: Record<string, ort.Tensor> = {};
  for (const [i, name] of session.inputNames.entries()) {
    const data = await inputs[i].data();
    const values = inputs[i].dtype === "bool" ? Uint8Array.from(data) : data;
    feeds[name] = new ort.Tensor(kinds[inputs[i].dtype] as "float32", values as Float32Array, inputs[i].shape);
  }
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name) => {
    const { data, dims, type } = results[name];
    const dtype = type as "float32";
    return tensor(type === "bool" ? Uint8Array.from(data as Uint8Array) : data as Float32Array, {
      shape: [...dims],
      dtype,
    });
  });
  await session.release();
  return outputs;
}
