/** First values of parameters, on the device of the key. */
import { full } from "../core/creation.ts";
import { full as constant } from "../core/primitives/algebra.ts";
import { uniform } from "../core/random.ts";
import { checkKey } from "../core/random/keys.ts";
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";

/**
 * PyTorch's start of linear and convolution layers, kernel and bias alike: uniform in ±1/√fanIn.
 *
 * That is `kaiming_uniform_` with a = √5: after He, Zhang, Ren, Sun: "Delving Deep into Rectifiers" (2015), with the gain
 * √(2/(1 + a²)) = 1/√3 and a bound of √3 deviations.
 */
export function kaimingUniform(key: Tensor, shape: Shape, fanIn: number): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return uniform(key, shape, { min: -bound, max: bound });
}

/** One value everywhere, on the device of the key, traced where the key is. */
export function filled(key: Tensor, shape: Shape, value: number): Tensor {
  checkKey("init", key);
  return key.node ? constant(shape, value, "float32") : full(shape, value, { device: key.owner });
}
