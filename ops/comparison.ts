/** Comparisons and logic: bool results, without derivatives. Shapes broadcast and dtypes promote as in arithmetic. */
import { isFloat } from "../core/dtype.ts";
import * as a from "../core/primitives/algebra.ts";
import * as p from "../core/primitives/arithmetic.ts";
import * as c from "../core/primitives/comparison.ts";
import type { Tensor } from "../core/tensor.ts";
import { aligned, binary, type Operand, toNumber, unary } from "./operands.ts";

/**
 * Whether x = y; NaN equals nothing.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.equal(tensor([1, 2, 3]), 2).toArray(), [false, true, false]);
 * ```
 */
export function equal(x: Operand, y: Operand): Tensor {
  return binary("equal", x, y, c.equal);
}

/**
 * Whether x ≠ y; true of NaN.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.notEqual(tensor([1, 2, 3]), 2).toArray(), [true, false, true]);
 * ```
 */
export function notEqual(x: Operand, y: Operand): Tensor {
  return binary("notEqual", x, y, c.notEqual);
}

/**
 * Whether x < y; false of NaN.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.less(tensor([1, 2, 3]), 2).toArray(), [true, false, false]);
 * ```
 */
export function less(x: Operand, y: Operand): Tensor {
  return binary("less", x, y, c.less, toNumber);
}

/**
 * Whether x ≤ y; false of NaN.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.lessEqual(tensor([1, 2, 3]), 2).toArray(), [true, true, false]);
 * ```
 */
export function lessEqual(x: Operand, y: Operand): Tensor {
  return binary("lessEqual", x, y, c.lessEqual, toNumber);
}

/**
 * Whether x > y; false of NaN.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.greater(tensor([1, 2, 3]), 2).toArray(), [false, false, true]);
 * ```
 */
export function greater(x: Operand, y: Operand): Tensor {
  return binary("greater", x, y, c.greater, toNumber);
}

/**
 * Whether x ≥ y; false of NaN.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.greaterEqual(tensor([1, 2, 3]), 2).toArray(), [false, true, true]);
 * ```
 */
export function greaterEqual(x: Operand, y: Operand): Tensor {
  return binary("greaterEqual", x, y, c.greaterEqual, toNumber);
}

/**
 * Whether both hold; a number holds if it is not 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.logicalAnd(tensor([true, false]), tensor([true, true])).toArray(), [true, false]);
 * ```
 */
export function logicalAnd(x: Operand, y: Operand): Tensor {
  return aligned("logicalAnd", ["x", "y"], [x, y], (x, y) => c.logicalAnd(a.convert(x, "bool"), a.convert(y, "bool")));
}

/**
 * Whether one of the two holds; a number holds if it is not 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.logicalOr(tensor([true, false]), tensor([true, true])).toArray(), [true, true]);
 * ```
 */
export function logicalOr(x: Operand, y: Operand): Tensor {
  return aligned("logicalOr", ["x", "y"], [x, y], (x, y) => c.logicalOr(a.convert(x, "bool"), a.convert(y, "bool")));
}

/**
 * Whether x does not hold, or is 0.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.logicalNot(tensor([true, false])).toArray(), [false, true]);
 * ```
 */
export function logicalNot(x: Tensor): Tensor {
  return unary("logicalNot", x, (t) => p.apply(c.not, t), "", () => "bool");
}

/**
 * Whether x is NaN.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.isNaN(tensor([NaN, Infinity, 1])).toArray(), [true, false, false]);
 * ```
 */
export function isNaN(x: Tensor): Tensor {
  return unary("isNaN", x, (t) => c.notEqual(t, t), "", (dtype) => dtype);
}

/**
 * Whether x is neither NaN nor infinite.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.isFinite(tensor([NaN, Infinity, 1])).toArray(), [false, false, true]);
 * ```
 */
export function isFinite(x: Tensor): Tensor {
  return unary(
    "isFinite",
    x,
    (t) => {
      if (!isFloat(t.dtype)) return a.full(t.shape, 1, "bool");
      return c.less(p.apply(p.abs, t), a.full(t.shape, Infinity, t.dtype));
    },
    "",
    (dtype) => dtype,
  );
}
