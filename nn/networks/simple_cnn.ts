/** The plain convolution network that introductions begin with. */
import { relu } from "../activation.ts";
import { checkCount } from "../check.ts";
import { flatten, sequential } from "../compose.ts";
import { conv2d } from "../convolution.ts";
import type { AnyLayer } from "../layer.ts";
import { linear } from "../linear.ts";
import { maxPool2d } from "../pooling.ts";
import { checkNetwork, type Network, network, type NetworkOptions } from "./network.ts";
import { plugged } from "./plug.ts";

/** Options of {@linkcode simpleCnn}. */
export interface SimpleCnnOptions extends NetworkOptions {
  /** Height and width of the images, which the linear layer depends on; default 28. */
  readonly size?: number;
}

/**
 * A small network as a Keras user writes it, after LeNet: a 3×3 convolution to 32 channels without padding, ReLU, a pool, a
 * 3×3 convolution to 64 that keeps the size, ReLU, a pool, a linear layer. Images of 28 × 28 × 3 and 10 classes by default; the
 * first convolution makes 26 × 26 × 32 of them with 896 parameters.
 *
 * After LeCun, Bottou, Bengio, Haffner: "Gradient-Based Learning Applied to Document Recognition" (1998).
 *
 * @throws TypeError and RangeError for options that do not fit, and for images that are none or of another size
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { rows } = nn.summary(nn.simpleCnn(), [1, 3, 28, 28]);
 * assertEquals([rows[0].outputShape, rows[0].parameters], [[1, 32, 26, 26], 896]);
 * ```
 */
export function simpleCnn(options: SimpleCnnOptions = {}): Network {
  const { classes, inChannels } = checkNetwork("simpleCnn", options, ["size"], { classes: 10 });
  const { conv, size = 28 } = options;
  checkCount("simpleCnn", "size", size, 6);
  const last = Math.floor(Math.floor((size - 2) / 2) / 2);
  const layers: AnyLayer[] = [
    conv2d(inChannels, 32, { kernelSize: 3 }), // [N, 32, size − 2, size − 2]
    relu(),
    maxPool2d(2),
    plugged("simpleCnn", conv, 32, 64, { index: 0, count: 1 }, { bias: true }),
    relu(),
    maxPool2d(2),
    flatten(),
    linear(64 * last * last, classes),
  ];
  return network("simpleCnn", sequential(...layers), { classes, inChannels, downsampling: 6 });
}
