/**
 * Models in the ONNX format: `exportOnnx` writes a function that other runtimes can run, `importOnnx` reads a model of theirs as a
 * function. An entry point of its own: its protobuf library is loaded with it and with nothing else.
 *
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { exportOnnx, importOnnx } from "@cotangent/cotangent/onnx";
 * import { assertEquals } from "@std/assert";
 *
 * const network = nn.resNet20({ conv: nn.scConvPlug() });
 * const [params, state] = network.init(random.key(0));
 * const inference = ([p, s]: [object, object], x: ReturnType<typeof ones>) => network.apply(p, s, x, { train: false })[0];
 * const bytes = exportOnnx(inference, [params, state], [ones([1, 3, 32, 32])], { dynamicBatch: true });
 * const model = importOnnx(bytes);
 * const logits = model.apply(model.params, ones([4, 3, 32, 32]));
 * assertEquals([logits].flat()[0].shape, [4, 10]);
 * ```
 *
 * @module
 */
export { exportOnnx, type OnnxExportOptions } from "./export.ts";
export { importOnnx, type OnnxImportOptions, type OnnxModel, type OnnxValue } from "./import.ts";
