/** Arithmetic, element by element, with NumPy's broadcasting and JAX's promotion of dtypes. */
import { composite } from "../core/composite.ts";
import { checkDType } from "../core/creation.ts";
import { type DType, isFloat } from "../core/dtype.ts";
import { naming } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import * as p from "../core/primitives/arithmetic.ts";
import * as c from "../core/primitives/comparison.ts";
import { broadcastShapes, sameShape } from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import {
  aligned,
  binary,
  expand,
  type Operand,
  resultType,
  scalar,
  toFloat,
  toNumber,
  toTensor,
  toTensors,
  unary,
} from "./operands.ts";

const apply = p.apply;
const isBool = (x: Tensor): boolean => x.aval.dtype === "bool";

// Booleans add and multiply as in NumPy: or, and.
const addition = (x: Tensor, y: Tensor): Tensor => isBool(x) ? c.logicalOr(x, y) : a.add(x, y);
const product = (x: Tensor, y: Tensor): Tensor => isBool(x) ? c.logicalAnd(x, y) : a.mul(x, y);
const quotient = (x: Tensor, y: Tensor): Tensor => apply(p.div, x, y);

/**
 * x + y, shapes broadcast. Of booleans: or.
 *
 * @throws TypeError for shapes that do not broadcast and for what is no tensor, number or boolean
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const sum = ops.add(tensor([[1], [2]]), tensor([10, 20]));
 * assertEquals(await sum.toArray(), [[11, 21], [12, 22]]);
 * assertEquals(await ops.add(sum, 1).toArray(), [[12, 22], [13, 23]]);
 * ```
 */
export function add(x: Operand, y: Operand): Tensor {
  return binary("add", x, y, addition);
}

/**
 * x − y, shapes broadcast. Not of two booleans.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.sub(1, tensor([0.25, 2])).toArray(), [0.75, -1]);
 * ```
 */
export function sub(x: Operand, y: Operand): Tensor {
  return binary("sub", x, y, a.sub);
}

/**
 * x · y, shapes broadcast. Of booleans: and.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.mul(tensor([1, 2]), tensor([3, 4])).toArray(), [3, 8]);
 * ```
 */
export function mul(x: Operand, y: Operand): Tensor {
  return binary("mul", x, y, product);
}

/**
 * x / y, shapes broadcast. Integers and booleans become float32 first.
 *
 * @example
 * ```ts
 * import { arange, ops } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.div(arange(3), 2).toArray(), [0, 0.5, 1]);
 * ```
 */
export function div(x: Operand, y: Operand): Tensor {
  return binary("div", x, y, quotient, toFloat);
}

/** The remainder with the sign of the divisor. */
function remainder(x: Tensor, y: Tensor): Tensor {
  const r = apply(p.rem, x, y);
  if (r.dtype === "uint32") return r;
  const zero = a.zerosLike(r);
  const across = c.notEqual(c.less(r, zero), c.less(y, zero));
  return a.select(c.logicalAnd(c.notEqual(r, zero), across), a.add(r, y), r);
}

/**
 * The remainder x − ⌊x / y⌋ · y, which has the sign of the divisor, as in Python. By 0: NaN, of integers 0.
 * Derivatives as in PyTorch: 1 in x, −⌊x / y⌋ in y.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.mod(tensor([5, -5]), 3).toArray(), [2, 1]);
 * ```
 */
export function mod(x: Operand, y: Operand): Tensor {
  return aligned("mod", ["x", "y"], [x, y], remainder, toNumber);
}

/** A power of integers by squaring, wrapping as products do; a negative exponent truncates towards 0. */
function integerPower(x: Tensor, y: Tensor): Tensor {
  const constant = (value: number): Tensor => a.full(x.shape, value, x.dtype);
  const one = constant(1);
  let power = x; // to the 2ᵇ
  let result = one;
  for (let bit = 0; bit < 32; bit++) {
    const digit = apply(c.shiftRight, y, constant(bit));
    const odd = c.equal(c.logicalAnd(digit, one), one);
    result = a.select(odd, a.mul(result, power), result);
    power = a.mul(power, power);
  }
  if (x.dtype === "uint32") return result;
  // The powers of 1 and −1 are right: they depend on the lowest digit alone.
  const vanishing = c.logicalAnd(c.notEqual(x, one), c.notEqual(x, constant(-1)));
  return a.select(c.logicalAnd(c.less(y, constant(0)), vanishing), constant(0), result);
}

/** Exponents that are cheaper as products, with the same NaN, infinities and zeros; undefined for others. */
function simplePower(x: Tensor, exponent: number): Tensor | undefined {
  const square = (t: Tensor): Tensor => a.mul(t, t);
  switch (exponent) {
    case 1:
      return x;
    case 2:
      return square(x);
    case 3:
      return a.mul(square(x), x);
    case 4:
      return square(square(x));
    case -1:
      return apply(p.div, a.full(x.shape, 1, x.dtype), x);
    case 0.5: {
      // A power of −∞ is ∞ and one of −0 is 0, unlike their roots.
      const low = c.equal(x, a.full(x.shape, -Infinity, x.dtype));
      return a.select(low, a.full(x.shape, Infinity, x.dtype), apply(p.sqrt, a.add(x, a.zerosLike(x))));
    }
  }
}

/**
 * xʸ, shapes broadcast. Integers stay integers (and wrap), where a negative power truncates towards 0. 0⁰ is 1.
 * As in PyTorch, the derivative in x is 0 for y = 0, and that in y is 0 for x = 0 and y ≥ 0.
 *
 * @throws RangeError for an integer tensor to the power of a negative number
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.pow(tensor([1, 2, 3]), 2).toArray(), [1, 4, 9]);
 * assertEquals(await ops.pow(2, tensor([3, -1])).toArray(), [8, 0.5]);
 * ```
 */
export function pow(x: Operand, y: Operand): Tensor {
  if (typeof y === "number" && isTensor(x)) {
    const dtype = toNumber(resultType("pow", ["x", "y"], [x, y]));
    if (!isFloat(dtype) && y < 0) {
      throw new RangeError(`pow: ${x.dtype} to the power ${y} is no integer; cast to a floating dtype first`);
    }
    if ([1, 2, 3, 4, -1, 0.5].includes(y)) return unary("pow", x, (t) => simplePower(t, y)!, y, () => dtype);
  }
  const power = (x: Tensor, y: Tensor): Tensor => isFloat(x.dtype) ? apply(p.pow, x, y) : integerPower(x, y);
  return aligned("pow", ["x", "y"], [x, y], power, toNumber);
}

/**
 * The angle of the point (x, y) in (−π, π], from the ordinate and the abscissa, shapes broadcast.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(await ops.atan2(tensor(1), -1).item(), 0.75 * Math.PI, 1e-6);
 * ```
 */
export function atan2(y: Operand, x: Operand): Tensor {
  return binary("atan2", y, x, (y, x) => apply(p.atan2, y, x), toFloat);
}

/**
 * The larger of the two, NaN if one is; shapes broadcast. Ties share the derivative equally.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.maximum(tensor([-1, 2, NaN]), 0).toArray(), [0, 2, NaN]);
 * ```
 */
export function maximum(x: Operand, y: Operand): Tensor {
  return binary("maximum", x, y, (x, y) => apply(p.maximum, x, y));
}

/**
 * The smaller of the two, NaN if one is; shapes broadcast. Ties share the derivative equally.
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.minimum(tensor([-1, 2]), tensor([0, 1])).toArray(), [-1, 1]);
 * ```
 */
export function minimum(x: Operand, y: Operand): Tensor {
  return binary("minimum", x, y, (x, y) => apply(p.minimum, x, y));
}

/**
 * x brought into [min, max]; a bound that is null or left out does not bind. NaN stays. The derivative in x is 1 inside and
 * at the bounds, 0 outside, as in PyTorch; the bounds receive theirs where they bind.
 *
 * @throws RangeError for a bound that is NaN
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.clip(tensor([-2, 0.5, 7]), 0, 1).toArray(), [0, 0.5, 1]);
 * assertEquals(await ops.clip(tensor([-2, 7]), null, 1).toArray(), [-2, 1]);
 * ```
 */
export function clip(x: Operand, min?: Operand | null, max?: Operand | null): Tensor {
  const [low, high] = [min ?? undefined, max ?? undefined];
  for (const [name, bound] of [["min", low], ["max", high]]) {
    if (Number.isNaN(bound)) throw new RangeError(`clip: ${name}, a bound, is NaN`);
  }
  if (low === undefined && high === undefined) return toTensor("clip", "x", x);
  const raise = (x: Tensor, bound: Tensor): Tensor => a.select(c.less(x, bound), bound, x);
  const lower = (x: Tensor, bound: Tensor): Tensor => a.select(c.greater(x, bound), bound, x);
  if (low === undefined) return aligned("clip", ["x", "max"], [x, high!], lower, toNumber, "max");
  if (high === undefined) return aligned("clip", ["x", "min"], [x, low], raise, toNumber, "min");
  return aligned("clip", ["x", "min", "max"], [x, low, high], (x, low, high) => lower(raise(x, low), high), toNumber);
}

/**
 * x where the condition holds, y elsewhere; all three broadcast. The branch not taken gets derivative 0; if its own derivative
 * is infinite or NaN there, 0 · ∞ makes NaN of it. Then choose a harmless argument first:
 * `where(x > 0, log(where(x > 0, x, 1)), 0)`.
 *
 * @param condition bool
 * @throws TypeError for a condition that is no bool
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([-1, 4]);
 * const positive = ops.greater(x, 0);
 * const root = ops.sqrt(ops.where(positive, x, 1));
 * assertEquals(await ops.where(positive, root, 0).toArray(), [0, 2]);
 * ```
 */
export function where(condition: Tensor | boolean, x: Operand, y: Operand): Tensor {
  const mask = typeof condition === "boolean"
    ? scalar(Number(condition), "bool", [x, y])
    : toTensor("where", "condition", condition);
  if (mask.dtype !== "bool") {
    throw new TypeError(
      `where: the condition must be bool, got ${mask.dtype}; compare first, as in ops.notEqual(condition, 0)`,
    );
  }
  const dtype = resultType("where", ["x", "y"], [x, y]);
  const [first, second] = toTensors("where", [x, y], dtype, [x, y, mask]);
  if (first.aval === second.aval && first.dtype === dtype && sameShape(mask.shape, first.shape)) {
    return naming("where", () => a.select(mask, first, second));
  }
  return composite(`where:${dtype}`, (mask, x, y) => {
    const shape = broadcastShapes("where", mask.shape, x.shape, y.shape);
    return a.select(expand(mask, shape), expand(a.convert(x, dtype), shape), expand(a.convert(y, dtype), shape));
  }, [mask, first, second]);
}

/**
 * x as another dtype: floats round, to integers they truncate and saturate (NaN gives 0), to bool is x ≠ 0.
 *
 * @throws TypeError for an unknown dtype
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.cast(tensor([2.7, -2.7]), "int32").toArray(), [2, -2]);
 * ```
 */
export function cast(x: Operand, dtype: DType): Tensor {
  checkDType("cast", dtype);
  return a.convert(toTensor("cast", "x", x), dtype);
}
