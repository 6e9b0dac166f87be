/**
 * Operations on tensors: pure functions with the names and meanings of NumPy and JAX, in camelCase, and with PyTorch's
 * conventions for derivatives at kinks.
 *
 * Shapes broadcast by NumPy's rule and dtypes promote as in JAX. A JavaScript number may stand for a tensor in arithmetic and
 * comparisons: it takes the dtype of the floating tensor beside it; beside an integer tensor an integral number stays an integer
 * and any other makes float32. Where options have an `axis`, the axis may be given alone: `sum(x, 1)` is `sum(x, { axis: 1 })`.
 *
 * ```ts
 * import * as ops from "@cotangent/cotangent/ops";
 * import { tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * const y = ops.add(ops.matmul(x, x), 1);
 * assertEquals(await ops.sum(y, { axis: 0 }).toArray(), [24, 34]);
 * ```
 *
 * @module
 */
export {
  elu,
  type EluOptions,
  gelu,
  type GeluOptions,
  leakyRelu,
  type LeakyReluOptions,
  logSoftmax,
  relu,
  sigmoid,
  sigmoidGate,
  silu,
  softmax,
  softplus,
} from "./activation.ts";
export { add, atan2, cast, clip, div, maximum, minimum, mod, mul, pow, sub, where } from "./arithmetic.ts";
export {
  equal,
  greater,
  greaterEqual,
  isFinite,
  isNaN,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
} from "./comparison.ts";
export { dot, matmul } from "./contraction.ts";
export { conv1d, conv2d, type ConvOptions, convTranspose2d, type ConvTransposeOptions } from "./convolution.ts";
export { cumprod, cumsum, type CumulativeOptions } from "./cumulative.ts";
export { dropout } from "./dropout.ts";
export { einsum } from "./einsum.ts";
export {
  abs,
  ceil,
  cos,
  erf,
  erfInv,
  exp,
  expm1,
  floor,
  log,
  log1p,
  neg,
  onesLike,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
  stopGradient,
  tan,
  tanh,
  trunc,
  zerosLike,
} from "./elementwise.ts";
export { gather, oneHot, type OneHotOptions, take } from "./indexing.ts";
export {
  binaryCrossEntropy,
  huber,
  type HuberOptions,
  type LossOptions,
  meanSquaredError,
  softmaxCrossEntropy,
} from "./loss.ts";
export {
  broadcastTo,
  concat,
  expandDims,
  flip,
  reshape,
  squeeze,
  stack,
  tile,
  transpose,
  tril,
  triu,
} from "./movement.ts";
export {
  batchNorm,
  groupNorm,
  groupStandardize,
  layerNorm,
  type LayerNormOptions,
  type NormOptions,
  type StandardizeOptions,
} from "./normalization.ts";
export type { AxisOptions, AxisOr, Operand } from "./operands.ts";
export { adaptiveAvgPool2d, avgPool2d, maxPool2d, type PoolOptions } from "./pooling.ts";
export {
  all,
  any,
  logSumExp,
  max,
  mean,
  min,
  type MomentOptions,
  prod,
  type ReduceOptions,
  std,
  sum,
  variance,
} from "./reduction.ts";
export { pad, type PadOptions, roll, slice, type SliceOptions, split } from "./slicing.ts";
export { argmax, argmin, type ArgOptions, argsort, sort, type SortOptions, topK } from "./sorting.ts";
export type { Padding } from "./windows.ts";
