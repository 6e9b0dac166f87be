/**
 * Layers as pairs of pure functions, `init(key)` and `apply(params, x)`, and ScConv made of them.
 *
 * ```ts
 * import { nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const model = nn.sequential(
 *   nn.conv2d(1, 32, { kernelSize: 3, padding: 1 }),
 *   nn.relu(),
 *   nn.scConv(32),
 *   nn.adaptiveAvgPool2d(1),
 *   nn.flatten(),
 *   nn.linear(32, 10),
 * );
 * const params = model.init(random.key(0));
 * const logits = model.apply(params, random.normal(random.key(1), [8, 1, 28, 28]));
 * assertEquals(logits.shape, [8, 10]);
 * ```
 *
 * @module
 */
export {
  type AnyLayer,
  type Described,
  type Empty,
  isStateful,
  type Layer,
  type Mode,
  type ParamsOf,
  type Part,
  type StatefulLayer,
  type StateOf,
  type Weights,
} from "./layer.ts";
export type { Pair } from "./check.ts";
export { linear, type LinearOptions } from "./linear.ts";
export {
  conv2d,
  type Conv2dOptions,
  depthwiseConv2d,
  type DepthwiseConv2dOptions,
  separableConv2d,
  type SeparableConv2dOptions,
  type SeparableWeights,
  type WindowOptions,
} from "./convolution.ts";
export { embedding } from "./embedding.ts";
export {
  type Affine,
  batchNorm2d,
  type BatchNorm2dOptions,
  type BatchStatistics,
  groupNorm,
  type GroupNormOptions,
  layerNorm,
  type LayerNormOptions,
} from "./normalization.ts";
export { dropout } from "./dropout.ts";
export { adaptiveAvgPool2d, avgPool2d, maxPool2d, type Pool2dOptions } from "./pooling.ts";
export { elu, gelu, leakyRelu, logSoftmax, relu, sigmoid, silu, softmax, softplus, tanh } from "./activation.ts";
export {
  type BodyAndShortcut,
  type Composite,
  flatten,
  type HasStateful,
  lambda,
  type MemberParams,
  type MemberStates,
  module,
  type NamedComposite,
  type Parts,
  residual,
  type ResidualOptions,
  sequential,
  type Use,
} from "./compose.ts";
export { Summary, summary, type SummaryRow, type SummaryTotals } from "./summary.ts";
export { groupBatchNorm2d, type GroupBatchNorm2dOptions } from "./scconv/norm.ts";
export { type Separation, type Sru, sru, type SruOptions, type SruParams } from "./scconv/sru.ts";
export { type Branches, type Cru, cru, type CruOptions, type CruParams } from "./scconv/cru.ts";
export { type ScConv, scConv, type ScConvOptions, type ScConvParams } from "./scconv/scconv.ts";
export { inspect, type ScConvInspection } from "./scconv/inspect.ts";
export type { Network, NetworkOptions, Stem, StemOptions } from "./networks/network.ts";
export {
  type ConvPlug,
  type PluggedConvOptions,
  type PlugPlace,
  type PlugRule,
  scConvPlug,
  type ScConvPlugOptions,
} from "./networks/plug.ts";
export { resNet110, resNet18, resNet20, resNet32, resNet34, resNet50, resNet56 } from "./networks/resnet.ts";
export { resNeXt29 } from "./networks/resnext.ts";
export { wideResNet28, type WideResNetOptions } from "./networks/wide_resnet.ts";
export { denseNet121 } from "./networks/densenet.ts";
export { vgg16, type VggOptions } from "./networks/vgg.ts";
export { mobileNetV1 } from "./networks/mobilenet.ts";
export { simpleCnn, type SimpleCnnOptions } from "./networks/simple_cnn.ts";
export { networks } from "./networks/mod.ts";
