/** Residual networks, with the names of torchvision's parameters. */
import { checkChoice } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import { module, sequential } from "../compose.ts";
import { conv2d } from "../convolution.ts";
import type { AnyLayer } from "../layer.ts";
import { linear } from "../linear.ts";
import { batchNorm2d } from "../normalization.ts";
import { checkNetwork, type Network, network, type NetworkOptions, type StemOptions } from "./network.ts";
import { type ConvPlug, plugged } from "./plug.ts";

/** 1×1, without a bias. */
export const pointwise = (inChannels: number, outChannels: number, stride = 1): AnyLayer =>
  conv2d(inChannels, outChannels, { kernelSize: 1, stride, bias: false });

/** Makes a block; it changes the channels and, with a stride, halves the image. */
export type MakeBlock = (inChannels: number, outChannels: number, stride: number) => AnyLayer;

/** The projection of a shortcut (option B of the paper), where the identity does not fit. */
export const projection = (inChannels: number, outChannels: number, stride: number): AnyLayer | undefined =>
  inChannels === outChannels && stride === 1
    ? undefined
    : sequential(pointwise(inChannels, outChannels, stride), batchNorm2d(outChannels));

/** Two 3×3 convolutions beside the shortcut. */
function basicBlock(name: string, conv: ConvPlug | undefined): MakeBlock {
  return (inChannels, outChannels, stride) => {
    const parts = {
      conv1: plugged(name, conv, inChannels, outChannels, { index: 0, count: 2 }, { stride }),
      bn1: batchNorm2d(outChannels),
      conv2: plugged(name, conv, outChannels, outChannels, { index: 1, count: 2 }),
      bn2: batchNorm2d(outChannels),
      downsample: projection(inChannels, outChannels, stride),
    };
    return module(parts, (use, x) => {
      const y = ops.relu(use.bn1(use.conv1(x)));
      return ops.relu(ops.add(use.bn2(use.conv2(y)), parts.downsample ? use.downsample(x) : x));
    }, { name: "basicBlock" });
  };
}

/**
 * A 3×3 convolution between two 1×1 ones, beside the shortcut. The stride is that of the 3×3 convolution, as in torchvision.
 *
 * @param widthOf channels of the 3×3 convolution for those of the output
 */
export function bottleneck(
  name: string,
  conv: ConvPlug | undefined,
  widthOf: (outChannels: number) => number,
  groups = 1,
): MakeBlock {
  return (inChannels, outChannels, stride) => {
    const width = widthOf(outChannels);
    const parts = {
      conv1: pointwise(inChannels, width),
      bn1: batchNorm2d(width),
      conv2: plugged(name, conv, width, width, { index: 0, count: 1 }, { stride, groups }),
      bn2: batchNorm2d(width),
      conv3: pointwise(width, outChannels),
      bn3: batchNorm2d(outChannels),
      downsample: projection(inChannels, outChannels, stride),
    };
    return module(parts, (use, x) => {
      const y = ops.relu(use.bn1(use.conv1(x)));
      const z = ops.relu(use.bn2(use.conv2(y)));
      return ops.relu(ops.add(use.bn3(use.conv3(z)), parts.downsample ? use.downsample(x) : x));
    }, { name: "bottleneck" });
  };
}

/** A stage: `count` blocks, the first of which changes channels and size. */
export const stage = (
  block: MakeBlock,
  inChannels: number,
  outChannels: number,
  stride: number,
  count: number,
): AnyLayer =>
  sequential(
    ...Array.from({ length: count }, (_, i) =>
      i === 0 ? block(inChannels, outChannels, stride) : block(outChannels, outChannels, 1)),
  );

/** What tells one residual network from another. */
export interface Residual {
  readonly classes: number;
  readonly inChannels: number;
  readonly stem: "imagenet" | "cifar";
  /** Channels after the stem. */
  readonly width: number;
  /** Output channels of each stage; all but the first halve the image. */
  readonly channels: readonly number[];
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  readonly block: MakeBlock;
}

/** Stem, stages, global mean, linear layer. */
export function residualNetwork(name: string, about: Residual): Network {
  const { classes, inChannels, stem, width, channels, depths, block } = about;
  const large = stem === "imagenet";
  const conv1 = large
    ? conv2d(inChannels, width, { kernelSize: 7, stride: 2, padding: 3, bias: false })
    : conv2d(inChannels, width, { kernelSize: 3, padding: 1, bias: false });
  const stages = Object.fromEntries(
    channels.map((count, i) => [
      `layer${i + 1}`,
      stage(block, i === 0 ? width : channels[i - 1], count, i === 0 ? 1 : 2, depths[i]),
    ]),
  );
  const parts: Record<string, AnyLayer> = {
    conv1,
    bn1: batchNorm2d(width),
    ...stages,
    fc: linear(channels[channels.length - 1], classes),
  };
  const body = module(parts, (use, x: Tensor) => {
    let y = ops.relu(use.bn1(use.conv1(x))); // [N, width, H, W], a half of that with the stem for ImageNet
    if (large) y = ops.maxPool2d(y, 3, { stride: 2, padding: 1 });
    for (const name of Object.keys(stages)) y = use[name](y);
    return use.fc(ops.mean(y, { axis: [2, 3] })); // [N, classes]
  }, { name });
  const downsampling = 2 ** (channels.length - 1) * (large ? 4 : 1);
  return network(name, body, { classes, inChannels, downsampling });
}

/** 6n + 2 layers for CIFAR: three stages of n basic blocks. */
function small(name: string, n: number, options: NetworkOptions): Network {
  const about = checkNetwork(name, options, [], { classes: 10 });
  return residualNetwork(name, {
    ...about,
    stem: "cifar",
    width: 16,
    channels: [16, 32, 64],
    depths: [n, n, n],
    block: basicBlock(name, options.conv),
  });
}

/** Four stages, for ImageNet. */
function large(name: string, deep: boolean, depths: readonly number[], options: StemOptions): Network {
  const about = checkNetwork(name, options, ["stem"], { classes: 1000 });
  const { stem = "imagenet", conv } = options;
  checkChoice(name, "stem", stem, ["imagenet", "cifar"]);
  return residualNetwork(name, {
    ...about,
    stem,
    width: 64,
    channels: [64, 128, 256, 512].map((c) => deep ? 4 * c : c),
    depths,
    block: deep ? bottleneck(name, conv, (c) => c / 4) : basicBlock(name, conv),
  });
}

/**
 * ResNet-20 for images of 32 × 32: 6·3 + 2 layers, 0.27 M parameters, 10 classes by default. Shortcuts that change the
 * shape are projections (option B).
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016), section 4.2.
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { rows, totals } = nn.summary(nn.resNet20(), [1, 3, 32, 32]);
 * assertEquals(rows.at(-1)!.outputShape, [1, 10]);
 * assertEquals(totals.parameters, 272_474);
 * ```
 */
export function resNet20(options: NetworkOptions = {}): Network {
  return small("resNet20", 3, options);
}

/**
 * ResNet-32 for images of 32 × 32: 6·5 + 2 layers, 0.47 M parameters, 10 classes by default. Shortcuts that change the
 * shape are projections (option B).
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016), section 4.2.
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { rows, totals } = nn.summary(nn.resNet32(), [1, 3, 32, 32]);
 * assertEquals(rows.at(-1)!.outputShape, [1, 10]);
 * assertEquals(totals.parameters, 466_906);
 * ```
 */
export function resNet32(options: NetworkOptions = {}): Network {
  return small("resNet32", 5, options);
}

/**
 * ResNet-56 for images of 32 × 32: 6·9 + 2 layers, 0.86 M parameters, 10 classes by default. Shortcuts that change the
 * shape are projections (option B).
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016), section 4.2.
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { rows, totals } = nn.summary(nn.resNet56(), [1, 3, 32, 32]);
 * assertEquals(rows.at(-1)!.outputShape, [1, 10]);
 * assertEquals(totals.parameters, 855_770);
 * ```
 */
export function resNet56(options: NetworkOptions = {}): Network {
  return small("resNet56", 9, options);
}

/**
 * ResNet-110 for images of 32 × 32: 6·18 + 2 layers, 1.73 M parameters, 10 classes by default. Shortcuts that change the
 * shape are projections (option B).
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016), section 4.2.
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { rows, totals } = nn.summary(nn.resNet110(), [1, 3, 32, 32]);
 * assertEquals(rows.at(-1)!.outputShape, [1, 10]);
 * assertEquals(totals.parameters, 1_730_714);
 * ```
 */
export function resNet110(options: NetworkOptions = {}): Network {
  return small("resNet110", 18, options);
}

/**
 * ResNet-18 with four stages of basic blocks, 1000 classes by default. `stem: "imagenet"` (default) begins with a 7×7 convolution
 * and a pool, for 224 × 224 pixels; `"cifar"` with a 3×3 convolution, for 32 × 32. Parameters are named as torchvision's.
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016).
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { totals } = nn.summary(nn.resNet18(), [1, 3, 224, 224]);
 * assertEquals(totals.parameters, 11_689_512);
 * ```
 */
export function resNet18(options: StemOptions = {}): Network {
  return large("resNet18", false, [2, 2, 2, 2], options);
}

/**
 * ResNet-34 with four stages of basic blocks, 1000 classes by default. `stem: "imagenet"` (default) begins with a 7×7 convolution
 * and a pool, for 224 × 224 pixels; `"cifar"` with a 3×3 convolution, for 32 × 32. Parameters are named as torchvision's.
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016).
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { totals } = nn.summary(nn.resNet34(), [1, 3, 224, 224]);
 * assertEquals(totals.parameters, 21_797_672);
 * ```
 */
export function resNet34(options: StemOptions = {}): Network {
  return large("resNet34", false, [3, 4, 6, 3], options);
}

/**
 * ResNet-50 with four stages of bottlenecks, 1000 classes by default. `stem: "imagenet"` (default) begins with a 7×7 convolution
 * and a pool, for 224 × 224 pixels; `"cifar"` with a 3×3 convolution, for 32 × 32. Parameters are named as torchvision's.
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016).
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { totals } = nn.summary(nn.resNet50(), [1, 3, 224, 224]);
 * assertEquals(totals.parameters, 25_557_032);
 * ```
 */
export function resNet50(options: StemOptions = {}): Network {
  return large("resNet50", true, [3, 4, 6, 3], options);
}
