/** Constructors of tensors. */
import { backendOf, type Device } from "./devices.ts";
import { allocate, coerce, type DType, dtypeOfArray, dtypes, isDType, isFloat, type TypedArray } from "./dtype.ts";
import { checkOptions, describe, nearest, show } from "./errors.ts";
import { aval, checkShape, type Shape, sizeOf } from "./shape.ts";
import { isTensor, Tensor } from "./tensor.ts";

/** Numbers or booleans nested to any depth; all rows of one length. */
export type NestedData = number | boolean | readonly NestedData[];

/** Where and as what a tensor is made. */
export interface TensorOptions {
  /** Element type; default float32, for a typed array its own, for booleans bool. */
  readonly dtype?: DType;
  /** Name or handle of a device; default: the default device. */
  readonly device?: Device | string;
}

const optionNames = ["dtype", "device"] as const;

/** Refuses what is no element type. */
export function checkDType(operation: string, dtype: unknown): asserts dtype is DType {
  if (isDType(dtype)) return;
  const guess = typeof dtype === "string" ? nearest(dtype, dtypes) : undefined;
  throw new TypeError(
    `${operation}: unknown dtype ${describe(dtype)}; ${
      guess ? `did you mean "${guess}"?` : `there are ${dtypes.join(", ")}`
    }`,
  );
}

function make(
  operation: string,
  values: TypedArray,
  shape: Shape,
  dtype: DType,
  device: Device | string | undefined,
): Tensor {
  const backend = backendOf(operation, device);
  const a = aval(shape, dtype);
  return Tensor.concrete(a, backend, backend.write(values, a));
}

/**
 * A tensor from a number, nested arrays or a typed array, which is copied.
 *
 * @param data numbers are float32 unless `dtype` says otherwise, booleans are bool, a typed array keeps its kind (one whose
 * elements are no dtype, such as an Int16Array, needs `dtype`)
 * @param options `shape` (default: that of the nesting), `dtype`, `device`
 * @throws TypeError for ragged arrays and other kinds, RangeError for a shape that does not hold the data
 *
 * @example
 * ```ts
 * import { tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tensor([[1, 2, 3]]).shape, [1, 3]);
 * assertEquals(tensor(new Int32Array(6), { shape: [2, 3] }).dtype, "int32");
 * ```
 */
export function tensor(
  data: NestedData | TypedArray | Int8Array | Int16Array | Uint16Array | Uint8ClampedArray | Tensor,
  options: TensorOptions & { readonly shape?: Shape } = {},
): Tensor {
  checkOptions("tensor", options, ["shape", ...optionNames]);
  if (options.shape !== undefined) checkShape("tensor", options.shape);
  if (options.dtype !== undefined) checkDType("tensor", options.dtype);
  if (isTensor(data)) {
    throw new TypeError("tensor: the data is a tensor already; use ops.reshape, ops.cast or .to(device)");
  }
  let values: TypedArray;
  let shape: Shape;
  let dtype: DType;
  if (ArrayBuffer.isView(data)) {
    const kind = dtypeOfArray(data);
    if (!kind && options.dtype === undefined) {
      throw new TypeError(`tensor: ${describe(data)} has no dtype of its own; pass { dtype }`);
    }
    if (data instanceof DataView || data instanceof BigInt64Array || data instanceof BigUint64Array) {
      throw new TypeError(
        `tensor: cannot take ${
          describe(data)
        }; use a Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array`,
      );
    }
    // Bytes are bool only where they are asked to be or hold nothing else.
    dtype = options.dtype ?? kind!;
    if (kind === "bool" && options.dtype === undefined && data.some((v) => v > 1)) {
      throw new RangeError("tensor: a Uint8Array is bool and holds 0 and 1; pass { dtype } for bytes that are numbers");
    }
    shape = options.shape ?? [data.length];
    values = cast("tensor", data, dtype);
  } else {
    const flat: number[] = [];
    const inferred = flattenNested(data, flat);
    shape = options.shape ?? inferred.shape;
    dtype = options.dtype ?? (inferred.booleans ? "bool" : "float32");
    values = cast("tensor", flat, dtype);
  }
  if (sizeOf(shape) !== values.length) {
    throw new RangeError(`tensor: shape ${show(shape)} has ${sizeOf(shape)} elements, the data has ${values.length}`);
  }
  return make("tensor", values, shape, dtype, options.device);
}

function cast(operation: string, values: ArrayLike<number>, dtype: DType): TypedArray {
  const result = allocate(dtype, values.length);
  if (isFloat(dtype) || (dtype !== "bool" && dtypeOfArray(values) === dtype)) result.set(values);
  else for (let i = 0; i < values.length; i++) result[i] = fit(operation, values[i], dtype);
  return result;
}

/** A number as an element of a dtype: integers drop fractions, and what does not fit is refused, not wrapped. */
function fit(operation: string, value: number, dtype: DType): number {
  if (dtype === "bool") return value === 0 ? 0 : 1;
  const result = coerce(dtype, value);
  if (!isFloat(dtype) && result !== Math.trunc(value)) {
    throw new RangeError(`${operation}: ${value} does not fit ${dtype}`);
  }
  return result;
}

function flattenNested(data: unknown, flat: number[]): { shape: number[]; booleans: boolean } {
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) {
    if (shape.length === 64) {
      throw new TypeError("tensor: the array is nested over 64 levels deep: does it contain itself?");
    }
    shape.push(level.length);
  }
  let booleans = 0;
  const walk = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) {
      if (depth >= shape.length || value.length !== shape[depth]) {
        throw new TypeError(
          `tensor: ragged array: ${show(shape)} expected, found ${value.length} elements at depth ${depth}`,
        );
      }
      for (const item of value) walk(item, depth + 1);
    } else if (depth !== shape.length) {
      throw new TypeError(`tensor: ragged array: found ${describe(value)} at depth ${depth} of ${show(shape)}`);
    } else if (typeof value === "number") flat.push(value);
    else if (typeof value === "boolean") {
      booleans++;
      flat.push(value ? 1 : 0);
    } else if (isTensor(value)) throw new TypeError("tensor: the data holds tensors; use ops.stack");
    else throw new TypeError(`tensor: the data holds ${describe(value)}; it takes numbers and booleans`);
  };
  walk(data, 0);
  return { shape, booleans: booleans > 0 && booleans === flat.length };
}

/**
 * A tensor of zeros: float32 unless `dtype` says otherwise.
 *
 * @throws TypeError for what is no shape or dtype, RangeError for negative, fractional or oversized extents
 *
 * @example
 * ```ts
 * import { zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await zeros([2, 2], { dtype: "int32" }).toArray(), [[0, 0], [0, 0]]);
 * ```
 */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

/**
 * A tensor of ones: float32 unless `dtype` says otherwise.
 *
 * @throws TypeError for what is no shape or dtype, RangeError for negative, fractional or oversized extents
 *
 * @example
 * ```ts
 * import { ones } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ones([3]).toArray(), [1, 1, 1]);
 * ```
 */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

/**
 * A tensor of one value everywhere: float32, or bool for a boolean, unless `dtype` says otherwise.
 *
 * @throws TypeError for a value that is no number; RangeError for one that the dtype does not hold
 *
 * @example
 * ```ts
 * import { full } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await full([2], 0.5).toArray(), [0.5, 0.5]);
 * assertEquals(full([2], true).dtype, "bool");
 * ```
 */
export function full(shape: Shape, value: number | boolean, options: TensorOptions = {}): Tensor {
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw new TypeError(`full: the value must be a number, got ${describe(value)}`);
  }
  checkOptions("full", options, optionNames);
  return filled("full", shape, Number(value), { dtype: typeof value === "boolean" ? "bool" : "float32", ...options });
}

function filled(operation: string, shape: Shape, value: number, options: TensorOptions): Tensor {
  checkOptions(operation, options, optionNames);
  checkShape(operation, shape);
  const dtype = options.dtype ?? "float32";
  checkDType(operation, dtype);
  const values = allocate(dtype, sizeOf(shape));
  return make(
    operation,
    Object.is(value, 0) ? values : values.fill(fit(operation, value, dtype)),
    shape,
    dtype,
    options.device,
  );
}

/**
 * The numbers from `start` (default 0) up to, not including, `stop` by `step`: int32 if all three are integers, else float32.
 *
 * @example
 * ```ts
 * import { arange } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await arange(3).toArray(), [0, 1, 2]);
 * assertEquals(await arange(1, 2, { step: 0.5 }).toArray(), [1, 1.5]);
 * ```
 */
export function arange(stop: number): Tensor;
/** Numbers by count: `arange(stop, options)`. */
export function arange(stop: number, options: TensorOptions & { readonly step?: number }): Tensor;
/** Numbers in a range: `arange(start, stop, options)`. */
export function arange(start: number, stop: number, options?: TensorOptions & { readonly step?: number }): Tensor;
export function arange(first: number, second?: number | object, third?: object): Tensor {
  const given = typeof second === "number" || third !== undefined ? third : second;
  const options = (given === undefined ? {} : given) as TensorOptions & { step?: number };
  checkOptions("arange", options, ["step", ...optionNames]);
  const [start, stop] = typeof second === "number" || third !== undefined ? [first, second as number] : [0, first];
  const step = options.step ?? 1;
  for (const v of [start, stop, step]) {
    if (typeof v !== "number") throw new TypeError(`arange: start, stop and step must be numbers, got ${describe(v)}`);
    if (!Number.isFinite(v)) throw new RangeError(`arange: start, stop and step must be finite, got ${v}`);
  }
  if (step === 0) throw new RangeError("arange: step must not be 0");
  const size = Math.max(0, Math.ceil((stop - start) / step));
  checkShape("arange", [size]);
  const dtype = options.dtype ?? ([start, stop, step].every(Number.isInteger) ? "int32" : "float32");
  checkDType("arange", dtype);
  return make(
    "arange",
    cast("arange", Array.from({ length: size }, (_, i) => start + i * step), dtype),
    [size],
    dtype,
    options.device,
  );
}

/**
 * `count` (default 50) evenly spaced numbers from `start` to `stop`, both included: float32 unless `dtype` says otherwise.
 *
 * @example
 * ```ts
 * import { linspace } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await linspace(0, 1, 5).toArray(), [0, 0.25, 0.5, 0.75, 1]);
 * ```
 */
export function linspace(start: number, stop: number, count = 50, options: TensorOptions = {}): Tensor {
  checkOptions("linspace", options, optionNames);
  for (const v of [start, stop]) {
    if (typeof v !== "number") throw new TypeError(`linspace: the ends must be numbers, got ${describe(v)}`);
    if (!Number.isFinite(v)) throw new RangeError(`linspace: the ends must be finite, got ${v}`);
  }
  checkShape("linspace", [count]);
  const dtype = options.dtype ?? "float32";
  checkDType("linspace", dtype);
  const at = (i: number): number =>
    count === 1 ? start : i === count - 1 ? stop : start + (i * (stop - start)) / (count - 1);
  return make(
    "linspace",
    cast("linspace", Array.from({ length: count }, (_, i) => at(i)), dtype),
    [count],
    dtype,
    options.device,
  );
}

/**
 * The identity matrix [n, n], or [n, m] with ones on the main diagonal.
 *
 * @example
 * ```ts
 * import { eye } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await eye(2, 3).toArray(), [[1, 0, 0], [0, 1, 0]]);
 * ```
 */
export function eye(n: number, m: number = n, options: TensorOptions = {}): Tensor {
  checkOptions("eye", options, optionNames);
  checkShape("eye", [n, m]);
  const dtype = options.dtype ?? "float32";
  checkDType("eye", dtype);
  const values = allocate(dtype, n * m);
  for (let i = 0; i < Math.min(n, m); i++) values[i * m + i] = 1;
  return make("eye", values, [n, m], dtype, options.device);
}
