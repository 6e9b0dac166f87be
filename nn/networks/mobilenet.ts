/** MobileNet. */
import { checkChoice } from "../../core/errors.ts";
import * as ops from "../../ops/mod.ts";
import { relu } from "../activation.ts";
import { module, sequential } from "../compose.ts";
import { conv2d, separableConv2d } from "../convolution.ts";
import type { AnyLayer } from "../layer.ts";
import { linear } from "../linear.ts";
import { batchNorm2d } from "../normalization.ts";
import { checkNetwork, type Network, network, type StemOptions } from "./network.ts";
import { type ConvPlug, plugged } from "./plug.ts";

/** A depthwise separable convolution with a batch norm and a ReLU between its parts. */
const separable: ConvPlug = (inChannels, outChannels, { kernelSize, stride, padding, bias }) =>
  separableConv2d(inChannels, outChannels, {
    kernelSize,
    stride,
    padding,
    bias,
    between: sequential(batchNorm2d(inChannels), relu()),
  });

/** Output channels and stride of the thirteen blocks. */
const blocks: readonly (readonly [channels: number, stride: number])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

/**
 * MobileNetV1 (width 1): a 3×3 convolution, then thirteen depthwise separable ones; 4.2 M parameters, 1000 classes by default.
 * `stem: "imagenet"` (default) halves 224 × 224 pixels at once, `"cifar"` keeps 32 × 32. The option `conv` makes what stands in
 * the place of a whole separable convolution (default `nn.separableConv2d`, batch norm and ReLU between its parts).
 *
 * After Howard et al.: "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications" (2017).
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.summary(nn.mobileNetV1(), [1, 3, 224, 224]).totals.parameters, 4_231_976);
 * ```
 */
export function mobileNetV1(options: StemOptions = {}): Network {
  const { classes, inChannels } = checkNetwork("mobileNetV1", options, ["stem"], { classes: 1000 });
  const { stem = "imagenet", conv } = options;
  checkChoice("mobileNetV1", "stem", stem, ["imagenet", "cifar"]);
  const large = stem === "imagenet";
  let channels = 32;
  const layers: AnyLayer[] = [
    conv2d(inChannels, channels, { kernelSize: 3, stride: large ? 2 : 1, padding: 1, bias: false }),
    batchNorm2d(channels),
    relu(),
  ];
  for (const [width, stride] of blocks) {
    layers.push(
      plugged("mobileNetV1", conv, channels, width, { index: 0, count: 1 }, { stride }, separable),
      batchNorm2d(width),
      relu(),
    );
    channels = width;
  }
  const parts: Record<string, AnyLayer> = { features: sequential(...layers), classifier: linear(channels, classes) };
  const body = module(
    parts,
    (use, x) => use.classifier(ops.mean(use.features(x), { axis: [2, 3] })),
    { name: "mobileNetV1" },
  );
  return network("mobileNetV1", body, { classes, inChannels, downsampling: large ? 32 : 16 });
}
