/**
 * Cotangent: functional autodiff for Deno. Pure operations on immutable tensors, transforms that take a function and return a
 * function, parameter trees, and compiled programs on the CPU.
 *
 * @example
 * ```ts
 * import { grad, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = (p: { w: ReturnType<typeof tensor> }) => ops.sum(ops.mul(p.w, p.w));
 * assertEquals(await grad(loss)({ w: tensor([1, 2, 3]) }).w.toArray(), [2, 4, 6]);
 * ```
 *
 * @module
 */
export {
  arange,
  eye,
  full,
  linspace,
  type NestedData,
  ones,
  tensor,
  type TensorOptions,
  zeros,
} from "./core/creation.ts";
export { type Nested, Tensor } from "./core/tensor.ts";
export type { DType, TypedArray } from "./core/dtype.ts";
export type { Shape } from "./core/shape.ts";
export { checkGrads, type CheckGradsOptions, type GradMode } from "./core/check_grads.ts";
export {
  compareGrads,
  type CompareGradsOptions,
  type DeviceCheck,
  type DeviceReport,
} from "./core/check_grads/devices.ts";
export { type GradCheck, GradError, type GradReport } from "./core/check_grads/report.ts";
export { debugNans, NanError, type NanOperand, type NanTurn } from "./core/debug/nans.ts";
export { CheckError, debugCheck, debugPrint } from "./core/debug/effects.ts";
export { type Device, device, type DeviceOptions, devices, setDefaultDevice } from "./core/devices.ts";
export {
  associativeScan,
  type AssociativeScanOptions,
  type BatchAxes,
  type Carried,
  checkpoint,
  cond,
  customJvp,
  customVjp,
  evalShape,
  forLoop,
  type Given,
  grad,
  type GradOptions,
  hessian,
  hvp,
  jacfwd,
  type Jacobian,
  jacobian,
  jacrev,
  jit,
  type JitOptions,
  jvp,
  linearize,
  linearTranspose,
  map,
  scan,
  type ScanOptions,
  type ShapeLike,
  straightThrough,
  switchCase,
  type Transposed,
  valueAndGrad,
  vjp,
  vmap,
  type VmapOptions,
  whileLoop,
  type WhileOptions,
} from "./core/transforms/mod.ts";
export * as io from "./io/mod.ts";
export * as nn from "./nn/mod.ts";
export * as ops from "./ops/mod.ts";
export * as optim from "./optim/mod.ts";
export * as primitive from "./ops/primitive.ts";
export * as random from "./core/random.ts";
export * as tree from "./core/tree.ts";
export { explain, type Explanation } from "./core/explain.ts";
export type { Ceilings, KernelReport, ProgramReport } from "./core/backends/backend.ts";
export { stopGradient } from "./ops/mod.ts";
