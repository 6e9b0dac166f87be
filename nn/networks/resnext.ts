/** ResNeXt. */
import { checkNetwork, type Network, type NetworkOptions } from "./network.ts";
import { bottleneck, residualNetwork } from "./resnet.ts";

/**
 * ResNeXt-29 (8×64d) for images of 32 × 32: three stages of three bottlenecks whose 3×3 convolution has 8 groups of 64, 128 and
 * 256 channels; 34.43 M parameters, 10 classes by default.
 *
 * After Xie, Girshick, Dollár, Tu, He: "Aggregated Residual Transformations for Deep Neural Networks" (2017), section 5.3.
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or too small
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.summary(nn.resNeXt29(), [1, 3, 32, 32]).totals.parameters, 34_426_698);
 * ```
 */
export function resNeXt29(options: NetworkOptions = {}): Network {
  const about = checkNetwork("resNeXt29", options, [], { classes: 10 });
  return residualNetwork("resNeXt29", {
    ...about,
    stem: "cifar",
    width: 64,
    channels: [256, 512, 1024],
    depths: [3, 3, 3],
    block: bottleneck("resNeXt29", options.conv, (channels) => 2 * channels, 8),
  });
}
