/** Embeddings. */
import { show } from "../core/errors.ts";
import { normal } from "../core/random.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkCount, checkTensor, param } from "./check.ts";
import type { Layer } from "./layer.ts";

/**
 * A row of a table for each integer: int32 [...] to [..., features].
 *
 * Parameters `{ weight: [count, features] }`, standard normal at the start, as in PyTorch.
 *
 * @throws RangeError for sizes that are no positive integers, TypeError for an input that is not int32 or uint32
 *
 * @example
 * ```ts
 * import { nn, random, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.embedding(100, 8);
 * const words = tensor([[1, 5, 1]], { dtype: "int32" });
 * assertEquals(layer.apply(layer.init(random.key(0)), words).shape, [1, 3, 8]);
 * ```
 */
export function embedding(count: number, features: number): Layer<{ weight: Tensor }> {
  checkCount("embedding", "count", count);
  checkCount("embedding", "features", features);
  return {
    name: "embedding",
    init: (key) => ({ weight: normal(key, [count, features]) }),
    apply(params, x) {
      checkTensor("embedding", x);
      if (x.dtype !== "int32" && x.dtype !== "uint32") {
        throw new TypeError(
          `embedding: the input must be int32, got ${x.dtype} ${show(x.shape)}; use ops.cast(x, "int32")`,
        );
      }
      return ops.take(param("embedding", params, "weight", [count, features]), x, { axis: 0 });
    },
  };
}
