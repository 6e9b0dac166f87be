/** Wide residual networks. */
import { checkChoice, checkFlag } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import { module, sequential } from "../compose.ts";
import { conv2d } from "../convolution.ts";
import { checkNumber } from "../check.ts";
import { dropout as dropoutLayer } from "../dropout.ts";
import type { AnyLayer } from "../layer.ts";
import { linear } from "../linear.ts";
import { batchNorm2d } from "../normalization.ts";
import { checkNetwork, type Network, network, type NetworkOptions } from "./network.ts";
import { plugged } from "./plug.ts";

/** Options of {@linkcode wideResNet28}. */
export interface WideResNetOptions extends NetworkOptions {
  /** Between the two convolutions of a block: the rate of the dropout; default 0, none. */
  readonly dropout?: number;
  /** Whether the convolutions have biases; default false, as in the paper's code. */
  readonly bias?: boolean;
  /** Which of a block's convolutions halves the image; default `"first"`, as in the paper's code. */
  readonly strided?: "first" | "second";
}

/** How a block is made. */
interface Block {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
}

function wideBlock({ inChannels, outChannels, stride }: Block, options: WideResNetOptions): AnyLayer {
  const { conv, dropout = 0, bias = false, strided = "first" } = options;
  const strides = strided === "first" ? [stride, 1] : [1, stride];
  const changes = inChannels !== outChannels || stride !== 1;
  const make = (channels: number, index: number): AnyLayer =>
    plugged("wideResNet28", conv, channels, outChannels, { index, count: 2 }, { stride: strides[index], bias });
  const parts = {
    bn1: batchNorm2d(inChannels),
    conv1: make(inChannels, 0),
    bn2: batchNorm2d(outChannels),
    dropout: dropout > 0 ? dropoutLayer(dropout) : undefined,
    conv2: make(outChannels, 1),
    shortcut: changes ? conv2d(inChannels, outChannels, { kernelSize: 1, stride, bias }) : undefined,
  };
  return module(parts, (use, x) => {
    const a = ops.relu(use.bn1(x)); // the shortcut that changes the shape begins here, the identity before
    const y = ops.relu(use.bn2(use.conv1(a)));
    const z = use.conv2(parts.dropout ? use.dropout(y) : y);
    return ops.add(z, parts.shortcut ? use.shortcut(a) : x);
  }, { name: "wideBlock" });
}

/**
 * WRN-28-10 for images of 32 × 32: three stages of four pre-activation blocks of 160, 320 and 640 channels; 36.5 M parameters,
 * 10 classes by default. With a `dropout` rate, training needs a key.
 *
 * After Zagoruyko, Komodakis: "Wide Residual Networks" (2016).
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.summary(nn.wideResNet28({ classes: 100 }), [1, 3, 32, 32]).totals.parameters, 36_536_884);
 * ```
 */
export function wideResNet28(options: WideResNetOptions = {}): Network {
  const about = checkNetwork("wideResNet28", options, ["dropout", "bias", "strided"], { classes: 10 });
  if (options.dropout !== undefined) checkNumber("wideResNet28", "dropout", options.dropout, 0, 1);
  const { bias = false } = options;
  checkFlag("wideResNet28", "bias", bias);
  checkChoice("wideResNet28", "strided", options.strided ?? "first", ["first", "second"]);
  const stage = (inChannels: number, outChannels: number, stride: number): AnyLayer =>
    sequential(
      ...Array.from({ length: 4 }, (_, i) =>
        wideBlock(
          i === 0 ? { inChannels, outChannels, stride } : { inChannels: outChannels, outChannels, stride: 1 },
          options,
        )),
    );
  const body = module({
    conv1: conv2d(about.inChannels, 16, { kernelSize: 3, padding: 1, bias }),
    layer1: stage(16, 160, 1),
    layer2: stage(160, 320, 2),
    layer3: stage(320, 640, 2),
    bn1: batchNorm2d(640),
    fc: linear(640, about.classes),
  } as Record<string, AnyLayer>, (use, x: Tensor) => {
    const y = use.layer3(use.layer2(use.layer1(use.conv1(x)))); // [N, 640, H/4, W/4]
    return use.fc(ops.mean(ops.relu(use.bn1(y)), { axis: [2, 3] }));
  }, { name: "wideResNet28" });
  return network("wideResNet28", body, { ...about, downsampling: 4 });
}
