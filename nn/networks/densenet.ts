/** Densely connected networks, with the names of torchvision's parameters. */
import { checkChoice } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import { module } from "../compose.ts";
import { conv2d } from "../convolution.ts";
import type { AnyLayer } from "../layer.ts";
import { linear } from "../linear.ts";
import { batchNorm2d } from "../normalization.ts";
import { checkNetwork, type Network, network, type StemOptions } from "./network.ts";
import { type ConvPlug, plugged } from "./plug.ts";
import { pointwise } from "./resnet.ts";

const growth = 32; // k: channels that each layer adds

/** A layer of a block: 1×1 to 4k channels, then 3×3 to k. */
function denseLayer(inChannels: number, conv: ConvPlug | undefined): AnyLayer {
  return module({
    norm1: batchNorm2d(inChannels),
    conv1: pointwise(inChannels, 4 * growth),
    norm2: batchNorm2d(4 * growth),
    conv2: plugged("denseNet121", conv, 4 * growth, growth, { index: 0, count: 1 }),
  } as Record<string, AnyLayer>, (use, x) => {
    const y = use.conv1(ops.relu(use.norm1(x)));
    return use.conv2(ops.relu(use.norm2(y))); // [N, k, H, W]
  }, { name: "denseLayer" });
}

/** `count` layers, each of which sees what all before it made. */
function denseBlock(inChannels: number, count: number, conv: ConvPlug | undefined): AnyLayer {
  const names = Array.from({ length: count }, (_, i) => `denselayer${i + 1}`);
  const parts = Object.fromEntries(names.map((name, i) => [name, denseLayer(inChannels + i * growth, conv)]));
  return module(
    parts,
    (use, x) => names.reduce((seen, name) => ops.concat([seen, use[name](seen)], { axis: 1 }), x),
    { name: "denseBlock" },
  );
}

/** Half the channels, half the size. */
function transition(channels: number): AnyLayer {
  return module(
    { norm: batchNorm2d(channels), conv: pointwise(channels, channels / 2) } as Record<string, AnyLayer>,
    (use, x) => ops.avgPool2d(use.conv(ops.relu(use.norm(x))), 2),
    { name: "transition" },
  );
}

/**
 * DenseNet-121 with growth k = 32: four blocks of 6, 12, 24 and 16 layers, 1000 classes by default. `stem: "imagenet"` (default)
 * begins with a 7×7 convolution and a pool, for 224 × 224 pixels; `"cifar"` with a 3×3 convolution, for 32 × 32. Parameters are
 * named as torchvision's.
 *
 * After Huang, Liu, van der Maaten, Weinberger: "Densely Connected Convolutional Networks" (2017).
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.summary(nn.denseNet121(), [1, 3, 224, 224]).totals.parameters, 7_978_856);
 * ```
 */
export function denseNet121(options: StemOptions = {}): Network {
  const { classes, inChannels } = checkNetwork("denseNet121", options, ["stem"], { classes: 1000 });
  const { stem = "imagenet", conv } = options;
  checkChoice("denseNet121", "stem", stem, ["imagenet", "cifar"]);
  const large = stem === "imagenet";
  let channels = 2 * growth;
  const features: Record<string, AnyLayer> = large
    ? {
      conv0: conv2d(inChannels, channels, { kernelSize: 7, stride: 2, padding: 3, bias: false }),
      norm0: batchNorm2d(channels),
    }
    : { conv0: conv2d(inChannels, channels, { kernelSize: 3, padding: 1, bias: false }) };
  const middle: string[] = [];
  [6, 12, 24, 16].forEach((count, i) => {
    features[`denseblock${i + 1}`] = denseBlock(channels, count, conv);
    middle.push(`denseblock${i + 1}`);
    channels += count * growth;
    if (i === 3) return;
    features[`transition${i + 1}`] = transition(channels);
    middle.push(`transition${i + 1}`);
    channels /= 2;
  });
  features.norm5 = batchNorm2d(channels);
  const extract = module(features, (use, x: Tensor) => {
    const stemmed = use.conv0(x); // [N, 64, H, W], half the size with the stem for ImageNet
    const first = large ? ops.maxPool2d(ops.relu(use.norm0(stemmed)), 3, { stride: 2, padding: 1 }) : stemmed;
    return use.norm5(middle.reduce((y, name) => use[name](y), first));
  }, { name: "features" });
  const body = module(
    { features: extract, classifier: linear(channels, classes) } as Record<string, AnyLayer>,
    (use, x) => use.classifier(ops.mean(ops.relu(use.features(x)), { axis: [2, 3] })),
    { name: "denseNet121" },
  );
  return network("denseNet121", body, { classes, inChannels, downsampling: large ? 32 : 8 });
}
