/** Activations as layers: `nn.relu()` in a `sequential`; as functions they are in `ops`. */
import { checkOptions } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkAxis, checkNumber } from "./check.ts";
import type { Empty, Layer } from "./layer.ts";

function activation(name: string, apply: (x: Tensor) => Tensor): Layer<Empty> {
  return { name, init: () => ({}), apply: (_params, x) => apply(x) };
}

/**
 * max(x, 0), element by element.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.relu().apply({}, tensor([-1, 2])).toArray(), [0, 2]);
 * ```
 */
export function relu(): Layer<Empty> {
  return activation("relu", (x) => ops.relu(x));
}

/**
 * x where it is positive, else slope · x (default 0.01).
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.leakyRelu({ slope: 0.5 }).apply({}, tensor([-4, 2])).toArray(), [-2, 2]);
 * ```
 */
export function leakyRelu(options: { readonly slope?: number } = {}): Layer<Empty> {
  checkOptions("leakyRelu", options, ["slope"]);
  const { slope = 0.01 } = options;
  checkNumber("leakyRelu", "slope", slope, -Infinity);
  return activation("leakyRelu", (x) => ops.leakyRelu(x, { slope }));
}

/**
 * x where it is positive, else alpha · (eˣ − 1), alpha 1 by default. After Clevert et al. (2016).
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.elu().apply({}, tensor([-Infinity, 2])).toArray(), [-1, 2]);
 * ```
 */
export function elu(options: { readonly alpha?: number } = {}): Layer<Empty> {
  checkOptions("elu", options, ["alpha"]);
  const { alpha = 1 } = options;
  checkNumber("elu", "alpha", alpha, -Infinity);
  return activation("elu", (x) => ops.elu(x, { alpha }));
}

/**
 * x · Φ(x), Φ the distribution function of the normal distribution. After Hendrycks, Gimpel (2016).
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.gelu().apply({}, tensor([0, 100])).toArray(), [0, 100]);
 * ```
 */
export function gelu(): Layer<Empty> {
  return activation("gelu", (x) => ops.gelu(x));
}

/**
 * x · sigmoid(x), known as swish too.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.silu().apply({}, tensor([0, 100])).toArray(), [0, 100]);
 * ```
 */
export function silu(): Layer<Empty> {
  return activation("silu", (x) => ops.silu(x));
}

/**
 * 1 / (1 + e⁻ˣ).
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.sigmoid().apply({}, tensor([0, 100])).toArray(), [0.5, 1]);
 * ```
 */
export function sigmoid(): Layer<Empty> {
  return activation("sigmoid", (x) => ops.sigmoid(x));
}

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.tanh().apply({}, tensor([0, 100])).toArray(), [0, 1]);
 * ```
 */
export function tanh(): Layer<Empty> {
  return activation("tanh", (x) => ops.tanh(x));
}

/**
 * log(1 + eˣ), without overflow.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.softplus().apply({}, tensor([-200, 100])).toArray(), [0, 100]);
 * ```
 */
export function softplus(): Layer<Empty> {
  return activation("softplus", (x) => ops.softplus(x));
}

/**
 * eˣ / Σ eˣ along an axis, the last by default.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.softmax().apply({}, tensor([[3, 3]])).toArray(), [[0.5, 0.5]]);
 * ```
 */
export function softmax(options: { readonly axis?: number } = {}): Layer<Empty> {
  checkOptions("softmax", options, ["axis"]);
  const { axis = -1 } = options;
  checkAxis("softmax", axis);
  return activation("softmax", (x) => ops.softmax(x, { axis }));
}

/**
 * The logarithm of the softmax along an axis, the last by default.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nn.logSoftmax().apply({}, tensor([[7]])).toArray(), [[0]]);
 * ```
 */
export function logSoftmax(options: { readonly axis?: number } = {}): Layer<Empty> {
  checkOptions("logSoftmax", options, ["axis"]);
  const { axis = -1 } = options;
  checkAxis("logSoftmax", axis);
  return activation("logSoftmax", (x) => ops.logSoftmax(x, { axis }));
}
