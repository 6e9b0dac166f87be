/** VGG, with the names of torchvision's parameters. */
import { checkChoice, checkFlag } from "../../core/errors.ts";
import * as ops from "../../ops/mod.ts";
import { relu } from "../activation.ts";
import { module, sequential } from "../compose.ts";
import { conv2d } from "../convolution.ts";
import { dropout } from "../dropout.ts";
import type { AnyLayer } from "../layer.ts";
import { linear } from "../linear.ts";
import { batchNorm2d } from "../normalization.ts";
import { maxPool2d } from "../pooling.ts";
import { checkNetwork, type Network, network, type StemOptions } from "./network.ts";
import { plugged } from "./plug.ts";

/** Options of {@linkcode vgg16}. */
export interface VggOptions extends StemOptions {
  /** Whether a batch norm follows each convolution, as in torchvision's vgg16_bn; default false, as in the paper. */
  readonly batchNorm?: boolean;
}

/**
 * VGG-16: thirteen 3×3 convolutions in five stages, 1000 classes by default. With `stem: "imagenet"` (default) images of
 * 224 × 224 end in three linear layers with dropout (training needs a key), 138.4 M parameters; with `"cifar"` images of 32 × 32
 * end in one. Parameters are named as torchvision's.
 *
 * After Simonyan, Zisserman: "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2015), configuration D.
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.summary(nn.vgg16(), [1, 3, 224, 224]).totals.parameters, 138_357_544);
 * ```
 */
export function vgg16(options: VggOptions = {}): Network {
  const { classes, inChannels } = checkNetwork("vgg16", options, ["stem", "batchNorm"], { classes: 1000 });
  const { stem = "imagenet", batchNorm = false, conv } = options;
  checkChoice("vgg16", "stem", stem, ["imagenet", "cifar"]);
  checkFlag("vgg16", "batchNorm", batchNorm);
  const layers: AnyLayer[] = [];
  let channels = inChannels;
  const stages: [channels: number, count: number][] = [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]];
  for (const [width, count] of stages) {
    for (let index = 0; index < count; index++) {
      const first = layers.length === 0;
      layers.push(
        first
          ? conv2d(channels, width, { kernelSize: 3, padding: 1 })
          : plugged("vgg16", conv, channels, width, { index, count }, { bias: true }),
      );
      if (batchNorm) layers.push(batchNorm2d(width));
      layers.push(relu());
      channels = width;
    }
    layers.push(maxPool2d(2));
  }
  const large = stem === "imagenet";
  const classifier = large
    ? sequential(
      linear(512 * 49, 4096),
      relu(),
      dropout(0.5),
      linear(4096, 4096),
      relu(),
      dropout(0.5),
      linear(4096, classes),
    )
    : linear(512, classes);
  const parts: Record<string, AnyLayer> = { features: sequential(...layers), classifier };
  const body = module(parts, (use, x) => {
    const y = use.features(x); // [N, 512, H/32, W/32]
    const pooled = ops.adaptiveAvgPool2d(y, large ? 7 : 1);
    return use.classifier(ops.reshape(pooled, [x.shape[0], large ? 512 * 49 : 512]));
  }, { name: "vgg16" });
  return network("vgg16", body, { classes, inChannels, downsampling: 32 });
}
