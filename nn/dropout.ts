/** Dropout. */
import { show } from "../core/errors.ts";
import * as ops from "../ops/mod.ts";
import { checkMode, checkNumber, checkTensor } from "./check.ts";
import type { Empty, StatefulLayer } from "./layer.ts";

/**
 * While training, sets each element to zero with probability `rate` and multiplies the others by 1/(1 − rate), so that the
 * expected value stays; otherwise the identity. Stateful for the sake of the key: parameters and state are empty.
 *
 * After Srivastava et al.: "Dropout: A Simple Way to Prevent Neural Networks from Overfitting" (2014).
 *
 * @throws RangeError for a rate outside of [0, 1], TypeError for training without a key
 *
 * @example
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const layer = nn.dropout(0.5);
 * const [params, state] = layer.init(random.key(0));
 * const [y] = layer.apply(params, state, ones([100]), { key: random.key(1), train: true });
 * assert((await y.data()).every((value) => value === 0 || value === 2));
 * const [same] = layer.apply(params, state, ones([3]), { train: false });
 * assertEquals(await same.toArray(), [1, 1, 1]);
 * ```
 */
export function dropout(rate: number): StatefulLayer<Empty, Empty> {
  checkNumber("dropout", "rate", rate, 0, 1);
  return {
    name: "dropout",
    stateful: true,
    init: () => [{}, {}],
    apply(_params, state, x, mode) {
      checkTensor("dropout", x);
      checkMode("dropout", mode);
      const { key, train } = mode;
      if (!train || rate === 0) return [x, state];
      if (key === undefined) {
        throw new TypeError(
          `dropout: training on ${
            show(x.shape)
          } needs a key: apply(params, state, x, { key, train: true }), a new one each step`,
        );
      }
      return [ops.dropout(key, x, rate), state];
    },
  };
}
