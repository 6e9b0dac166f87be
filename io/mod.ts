/**
 * Reading and writing tensors: safetensors files, NumPy's `.npy` files, and the names of PyTorch's state dicts. And functions:
 * `exportStableHlo` writes one for the XLA compiler.
 *
 * Functions named `save…` and `load…` work with files, in Deno and in Node; `encode…` and `decode…` work with bytes,
 * everywhere. Files are never trusted: what is wrong with one is told, and nothing in it is run.
 *
 * ```ts
 * import { io, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { layers: [{ weight: tensor([[1, 2]]), bias: tensor([0]) }] };
 * const bytes = await io.encodeSafetensors(params);
 * const { tensors } = io.decodeSafetensors(bytes, { into: params });
 * assertEquals(await tensors.layers[0].weight.toArray(), [[1, 2]]);
 * ```
 *
 * @module
 */
export { decodeNpy, encodeNpy, loadNpy, type NpyReadOptions, saveNpy } from "./npy.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  type SafetensorsContent,
  type SafetensorsReadOptions,
  type SafetensorsWriteOptions,
  saveSafetensors,
} from "./safetensors.ts";
export { exportStableHlo, type StableHlo, type StableHloOptions } from "./stablehlo/export.ts";
export { importStableHlo } from "./stablehlo/import.ts";
export type { AxisSharding, Sharding } from "./stablehlo/sharding.ts";
export type { StableHloInput, StableHloLeaf, StableHloOutput, StableHloSignature } from "./stablehlo/signature.ts";
export { fromTorchStateDict, type TorchReadOptions, toTorchStateDict } from "./torch.ts";
