/** Dropout. */
import { composite } from "../core/composite.ts";
import * as a from "../core/primitives/algebra.ts";
import { bernoulli } from "../core/random.ts";
import type { Tensor } from "../core/tensor.ts";
import { checkNumber, toFloat, toTensor } from "./operands.ts";

/**
 * Each element with probability `rate` 0, otherwise divided by 1 − rate, so that the expected value stays
 * (Srivastava et al. 2014). For training; at inference leave it out.
 *
 * @param key a key of `random`; use each once
 * @param rate in 0 … 1
 * @throws RangeError for a rate outside 0 … 1
 *
 * @example
 * ```ts
 * import { ones, ops, random } from "@cotangent/cotangent";
 * import { assert } from "@std/assert";
 *
 * const y = ops.dropout(random.key(0), ones([1000]), 0.5);
 * const values = await y.data();
 * assert(values.every((v) => v === 0 || v === 2));
 * ```
 */
export function dropout(key: Tensor, x: Tensor, rate: number): Tensor {
  const [k, t] = [toTensor("dropout", "key", key), toTensor("dropout", "x", x)];
  checkNumber("dropout", "rate", rate, 0);
  if (rate > 1) throw new RangeError(`dropout: rate must be at most 1, got ${rate}`);
  return composite(`dropout:${rate}`, (key, t) => {
    const x = a.convert(t, toFloat(t.dtype));
    if (rate === 0) return x;
    if (rate === 1) return a.zerosLike(x);
    return a.select(bernoulli(key, 1 - rate, x.shape), a.scale(x, 1 / (1 - rate)), a.zerosLike(x));
  }, [k, t]);
}
