/** The networks by name. */
import { denseNet121 } from "./densenet.ts";
import { mobileNetV1 } from "./mobilenet.ts";
import type { Network, NetworkOptions } from "./network.ts";
import { resNet110, resNet18, resNet20, resNet32, resNet34, resNet50, resNet56 } from "./resnet.ts";
import { resNeXt29 } from "./resnext.ts";
import { simpleCnn } from "./simple_cnn.ts";
import { vgg16 } from "./vgg.ts";
import { wideResNet28 } from "./wide_resnet.ts";

/**
 * The networks of this library by name, for programs that let their users choose.
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const names = Object.keys(nn.networks);
 * assertEquals(nn.networks.resNet20({ classes: 100 }).classes, 100);
 * assertEquals(names.includes("denseNet121"), true);
 * ```
 */
export const networks: Readonly<Record<string, (options?: NetworkOptions) => Network>> = {
  resNet20,
  resNet32,
  resNet56,
  resNet110,
  resNet18,
  resNet34,
  resNet50,
  resNeXt29,
  wideResNet28,
  denseNet121,
  vgg16,
  mobileNetV1,
  simpleCnn,
};
