/** What operations take: the checks, promotions and broadcasts that happen before a primitive is applied. */
import { composite } from "../core/composite.ts";
import { defaultBackend } from "../core/devices.ts";
import { allocate, coerce, type DType, isFloat, promote } from "../core/dtype.ts";
import { checkOptions, describe, named } from "../core/errors.ts";
import { bind1 } from "../core/graph.ts";
import type { Primitive } from "../core/primitive.ts";
import { broadcast, convert, literal } from "../core/primitives/algebra.ts";
import { aval, broadcastShapes, type Shape } from "../core/shape.ts";
import { isTensor, Tensor } from "../core/tensor.ts";

/** A tensor, or a number or boolean in its place. A number takes the dtype of what stands beside it. */
export type Operand = Tensor | number | boolean;

/** One axis, several, or an object of options that has an `axis`: an axis alone may stand for `{ axis }`. */
export type AxisOr<Options> = number | readonly number[] | Options;

/** An axis by name. */
export interface AxisOptions {
  /** The axis; negative ones count from the end. */
  readonly axis?: number;
}

/** The dtype as floating: integers and booleans become float32. */
export const toFloat = (dtype: DType): DType => isFloat(dtype) ? dtype : "float32";

/** The dtype as a number: booleans become int32. */
export const toNumber = (dtype: DType): DType => dtype === "bool" ? "int32" : dtype;

function refuse(operation: string, argument: string, value: unknown): never {
  const hint = Array.isArray(value) || ArrayBuffer.isView(value) ? "; make one of it with tensor(…)" : "";
  throw new TypeError(`${operation}: ${argument} must be a tensor, got ${describe(value)}${hint}`);
}

/** The value as a tensor: numbers are float32 and booleans bool, as in `tensor`. */
export function toTensor(operation: string, argument: string, value: unknown): Tensor {
  if (value instanceof Tensor) {
    if (!value.node) value.storage(operation, argument);
    return value;
  }
  if (typeof value === "number") return scalar(value, "float32", []);
  if (typeof value === "boolean") return scalar(Number(value), "bool", []);
  return refuse(operation, argument, value);
}

/** A constant known to the compiler where something beside it is traced, otherwise a scalar on the same device. */
export function scalar(value: number, dtype: DType, beside: readonly unknown[]): Tensor {
  let backend;
  for (const t of beside) {
    if (!isTensor(t)) continue;
    if (t.node) return literal(value, dtype);
    backend ??= t.owner;
  }
  backend ??= defaultBackend();
  const values = allocate(dtype, 1);
  values[0] = value;
  const a = aval([], dtype);
  return Tensor.concrete(a, backend, backend.write(values, a));
}

/**
 * The dtype of an operation on several operands. Tensors and booleans promote as in JAX; numbers are weak: beside a floating
 * tensor they take its dtype, beside an integer one an integral number does and any other makes float32.
 */
export function resultType(operation: string, names: readonly string[], operands: readonly unknown[]): DType {
  let strong: DType | undefined;
  let weak: number | undefined; // a number among the operands, a fractional one if there is one
  operands.forEach((value, i) => {
    if (typeof value === "number") weak = weak === undefined || Number.isInteger(weak) ? value : weak;
    else {
      const dtype = isTensor(value)
        ? value.dtype
        : typeof value === "boolean"
        ? "bool"
        : refuse(operation, names[i], value);
      strong = strong ? promote(strong, dtype) : dtype;
    }
  });
  if (weak === undefined) return strong!;
  if (strong === undefined) return "float32";
  if (isFloat(strong)) return strong;
  return Number.isInteger(weak) ? toNumber(strong) : "float32";
}

/** The operands as tensors: those that are no tensors become scalars of `dtype` where the tensors `beside` them are. */
export function toTensors(
  operation: string,
  operands: readonly Operand[],
  dtype: DType,
  beside: readonly unknown[] = operands,
): Tensor[] {
  return operands.map((value) => {
    if (isTensor(value)) return value;
    const number = Number(value);
    if (!isFloat(dtype) && coerce(dtype, number) !== number) {
      throw new RangeError(`${operation}: ${number} is no ${dtype}; cast the tensor to a wider dtype first`);
    }
    return scalar(number, dtype, beside);
  });
}

/** x repeated to a shape by NumPy's rule: axes are matched from the last. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const shift = shape.length - x.ndim;
  return broadcast(x, shape, x.shape.map((_, i) => shift + i));
}

/**
 * Applies a composition to operands brought to one shape and dtype.
 *
 * @param adjust changes the dtype on which they agree
 * @param statics the text of all that `f` knows beside its arguments
 */
export function aligned(
  operation: string,
  names: readonly string[],
  operands: readonly Operand[],
  f: (...xs: Tensor[]) => Tensor,
  adjust?: (dtype: DType) => DType,
  statics: string | number = "",
): Tensor {
  const common = resultType(operation, names, operands);
  const dtype = adjust ? adjust(common) : common;
  return composite(`${operation}:${dtype},${statics}`, (...xs) => {
    const shape = broadcastShapes(operation, ...xs.map((t) => t.shape));
    return f(...xs.map((t) => expand(convert(t, dtype), shape)));
  }, toTensors(operation, operands, dtype));
}

const pair = ["x", "y"] as const;

/** Applies `f`, one primitive, to two operands: at once where they are alike, after promotion and broadcasting otherwise. */
export function binary(
  operation: string,
  x: Operand,
  y: Operand,
  f: (x: Tensor, y: Tensor) => Tensor,
  adjust?: (dtype: DType) => DType,
): Tensor {
  if (x instanceof Tensor && y instanceof Tensor && x.aval === y.aval) {
    if (!adjust || adjust(x.aval.dtype) === x.aval.dtype) {
      try {
        return f(x, y);
      } catch (error) {
        throw named(operation, error);
      }
    }
  }
  return aligned(operation, pair, [x, y], f, adjust);
}

/** Applies a primitive of floating numbers; integers and booleans become float32. */
export function unaryFloat(operation: string, primitive: Primitive<undefined>, x: Tensor): Tensor {
  if (x instanceof Tensor && isFloat(x.aval.dtype)) return bind1(primitive, [x], undefined);
  return unary(operation, x, (t) => bind1(primitive, [t], undefined));
}

/** Applies a composition to one tensor, converted by `adjust`; `statics` is the text of all that `f` knows beside it. */
export function unary(
  operation: string,
  x: Tensor,
  f: (x: Tensor) => Tensor,
  statics: string | number = "",
  adjust: (dtype: DType) => DType = toFloat,
): Tensor {
  const t = toTensor(operation, "x", x);
  return composite(`${operation}:${statics}`, (t) => f(convert(t, adjust(t.dtype))), [t]);
}

/** Options of which one is an axis, which may be given alone. */
export function axisOptions<Options extends object>(
  operation: string,
  options: AxisOr<Options> | undefined,
  known: readonly string[],
): Options {
  if (typeof options === "number" || Array.isArray(options)) return { axis: options } as unknown as Options;
  checkOptions(operation, options, known);
  return (options ?? {}) as Options;
}

/** Refuses what is no number, or no integer, or below the least value. */
export function checkNumber(
  operation: string,
  name: string,
  value: unknown,
  least = -Infinity,
  integral = false,
): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  if (!Number.isFinite(value) || value < least || (integral && !Number.isSafeInteger(value))) {
    const kind = integral ? "an integer" : "a finite number";
    throw new RangeError(
      `${operation}: ${name} must be ${kind}${least > -Infinity ? ` of at least ${least}` : ""}, got ${value}`,
    );
  }
}

/** Refuses what is no array of integers. */
export function checkIntegers(operation: string, name: string, value: unknown): asserts value is readonly number[] {
  if (!Array.isArray(value) || !value.every((n) => Number.isSafeInteger(n))) {
    const got = Array.isArray(value) ? `[${value.join(", ")}]` : describe(value);
    throw new TypeError(`${operation}: ${name} must be an array of integers, got ${got}`);
  }
}
