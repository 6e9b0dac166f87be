/** Cumulative sums and products along an axis. */
import { checkFlag } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import { flip, pad, slice } from "../core/primitives/movement.ts";
import { cumsum as cumulativeSum } from "../core/primitives/reduction.ts";
import { normalizeAxis } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { axisOptions, type AxisOr, toNumber, toTensor, unary } from "./operands.ts";

/** Along which axis, and from which end. */
export interface CumulativeOptions {
  /** The axis; without one the tensor is flattened first, as in NumPy. */
  readonly axis?: number;
  /** Whether to start from the end; default false. */
  readonly reverse?: boolean;
}

function cumulate(
  operation: string,
  x: Tensor,
  options: AxisOr<CumulativeOptions> | undefined,
  f: (x: Tensor, axis: number, reverse: boolean) => Tensor,
): Tensor {
  const t = toTensor(operation, "x", x);
  const { axis, reverse = false } = axisOptions(operation, options, ["axis", "reverse"]);
  checkFlag(operation, "reverse", reverse);
  const along = axis === undefined ? 0 : normalizeAxis(operation, axis, t.ndim);
  return unary(
    operation,
    t,
    (t) => f(axis === undefined ? a.reshape(t, [t.size]) : t, along, reverse),
    `${axis},${reverse}`,
    toNumber,
  );
}

/**
 * The sums of all elements up to and with each one, along an axis.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.cumsum(tensor([1, 2, 3]), { axis: 0 }).toArray(), [1, 3, 6]);
 * assertEquals(await ops.cumsum(tensor([1, 2, 3]), { axis: 0, reverse: true }).toArray(), [6, 5, 3]);
 * ```
 */
export function cumsum(x: Tensor, options?: AxisOr<CumulativeOptions>): Tensor {
  return cumulate("cumsum", x, options, cumulativeSum);
}

/** Products by doubling: after step s each element holds the product of the 2s elements up to it. */
function cumulativeProduct(x: Tensor, axis: number, reverse: boolean): Tensor {
  const at = (value: number): number[] => x.shape.map((_, i) => i === axis ? value : 0);
  const zeros = at(0);
  let y = reverse ? flip(x, [axis]) : x;
  for (let shift = 1; shift < x.shape[axis]; shift *= 2) {
    const limit = x.shape.map((extent, i) => i === axis ? extent - shift : extent);
    const earlier = slice(y, { start: zeros, limit, step: zeros.map(() => 1) });
    y = a.mul(y, pad(earlier, { low: at(shift), high: zeros, interior: zeros, value: 1 }));
  }
  return reverse ? flip(y, [axis]) : y;
}

/**
 * The products of all elements up to and with each one, along an axis. The derivatives are right where factors are 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.cumprod(tensor([2, 3, 4]), { axis: 0 }).toArray(), [2, 6, 24]);
 * ```
 */
export function cumprod(x: Tensor, options?: AxisOr<CumulativeOptions>): Tensor {
  return cumulate("cumprod", x, options, cumulativeProduct);
}
