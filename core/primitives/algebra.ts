/**
 * The combinators that give both derivative modes from one statement, and the few operations that derivative rules are
 * made of: literals, broadcasting, addition, multiplication, selection.
 */
import { constant, type Expr } from "../compile/expr.ts";
import { type DType, isFloat } from "../dtype.ts";
import { show } from "../errors.ts";
import { bind1 } from "../graph.ts";
import {
  alignedAxes,
  type Applied,
  type Axes,
  type Lowering,
  type Maybe,
  type Primitive,
  type View,
} from "../primitive.ts";
import { type Aval, aval, sameShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Which dtypes an operation takes. */
export type Kind = "float" | "number" | "integer" | "bits" | "any";

const kinds: Record<Kind, readonly DType[]> = {
  float: ["float32", "float64"],
  number: ["float32", "float64", "int32", "uint32"],
  integer: ["int32", "uint32"],
  bits: ["int32", "uint32", "bool"],
  any: ["float32", "float64", "int32", "uint32", "bool"],
};

/** A partial derivative: a factor, a linear function where a factor would make NaN of 0 · ∞, ±1, or null for zero. */
export type Partial = Tensor | ((tangent: Tensor) => Tensor) | 1 | -1 | null;

/** The statement of an elementwise operation. */
export interface ElementwiseRule {
  /** The result for one element. */
  readonly lower: (...args: Expr[]) => Expr;
  /** df/dx_i of each operand, from the result and the operands; omitted: the derivative is declared zero. */
  readonly partials?: (out: Tensor, ...inputs: Tensor[]) => readonly Partial[];
  /** The dtypes that it takes; default `"number"`. */
  readonly kind?: Kind;
  /** The dtype of the result, if not that of the operands. */
  readonly out?: DType;
}

/** Declares an operation on operands of one shape and dtype, element by element. */
export function elementwise(name: string, rule: ElementwiseRule): Primitive<undefined> {
  const factors = (applied: Applied) => rule.partials!(applied.outputs[0], ...applied.operands);
  const primitive: Primitive<undefined> = {
    name,
    infer(operands) {
      if (operands.length === 0) throw new TypeError(`${name}: needs operands`);
      checkKind(name, rule.kind ?? "number", operands);
      for (const operand of operands) {
        if (operand.dtype !== operands[0].dtype) {
          throw new TypeError(`${name}: dtypes ${operands[0].dtype} and ${operand.dtype} differ; use ops.cast`);
        }
        checkSameShape(name, operand, operands[0]);
      }
      return [rule.out ? aval(operands[0].shape, rule.out) : operands[0]];
    },
    jvp(applied, tangents) {
      if (!rule.partials || !isFloat(applied.outputs[0].dtype)) return [null];
      const partials = factors(applied);
      return [tangents.reduce((sum, t, i) => addMaybe(sum, t && applyPartial(partials[i], t)), null)];
    },
    vjp(applied, [cotangent], wanted) {
      if (!rule.partials || !cotangent) return applied.operands.map(() => null);
      return factors(applied).map((partial, i) => wanted[i] ? applyPartial(partial, cotangent) : null);
    },
    batch: (operands, batched, size, params) => [bind1(primitive, alignBatch(operands, batched, size), params)],
    axes: alignedAxes,
    lower: { kind: "elementwise", expr: (args) => rule.lower(...args) },
  };
  return primitive;
}

function applyPartial(partial: Partial, tangent: Tensor): Maybe {
  if (partial === null) return null;
  if (partial === 1) return tangent;
  if (partial === -1) return bind1(neg, [tangent], undefined);
  return typeof partial === "function" ? partial(tangent) : mul(tangent, partial);
}

/** The statement of an operation that is linear in some operands, the others being data. */
export interface LinearRule<P> {
  /** Shapes and dtypes of the outputs; throws a TypeError for operands that do not fit. */
  readonly infer: (operands: readonly Aval[], params: P) => readonly Aval[];
  /** The cotangent of operand k. */
  readonly transpose: (cotangent: Tensor, applied: Applied<P>, k: number) => Maybe;
  /** The operands in which it is linear; default: all. */
  readonly in?: readonly number[];
  /** Linear in each of them alone (a product), not in all together (a sum). */
  readonly each?: boolean;
  /** The operation with a batch axis at the front of those operands that are `batched`, and of the result. */
  readonly batch: (operands: readonly Tensor[], batched: readonly boolean[], size: number, params: P) => Tensor;
  /** Which axes run in parallel and which are summed. */
  readonly axes: (operands: readonly Aval[], outputs: readonly Aval[], params: P) => Axes;
  /** What it computes. */
  readonly lower: Lowering<P>;
  /** Parameters for a part of the batch, where shapes are among them. */
  readonly resize?: (params: P, operands: readonly Aval[], output: Shape) => P;
}

/** Declares an operation that is linear in its operands together (movement, sums), or in each alone (products). */
export function linear<P>(name: string, rule: LinearRule<P>): Primitive<P> {
  const isLinear = (k: number) => !rule.in || rule.in.includes(k);
  const primitive: Primitive<P> = {
    name,
    infer: rule.infer,
    jvp(applied, tangents) {
      const { operands, params, outputs } = applied;
      if (!isFloat(outputs[0].dtype)) return [null];
      const active = tangents.map((t, k) => isLinear(k) ? t : null);
      if (active.every((t) => t === null)) return [null];
      if (!rule.each) {
        return [bind1(primitive, operands.map((x, k) => isLinear(k) ? active[k] ?? zerosLike(x) : x), params)];
      }
      let sum: Maybe = null;
      active.forEach((t, k) => {
        if (t) sum = addMaybe(sum, bind1(primitive, operands.map((x, j) => j === k ? t : x), params));
      });
      return [sum];
    },
    vjp(applied, [cotangent], wanted) {
      return applied.operands.map((_, k) =>
        cotangent && wanted[k] && isLinear(k) ? rule.transpose(cotangent, applied, k) : null
      );
    },
    batch: (operands, batched, size, params) => [rule.batch(operands, batched, size, params)],
    axes: rule.axes,
    lower: rule.lower,
    resize: rule.resize,
  };
  return primitive;
}

/** A rule set for operations whose derivative is zero by declaration: comparisons, indices, bits. */
export function flat<P>(
  name: string,
  rule: Pick<Primitive<P>, "infer" | "axes" | "lower" | "resize"> & { batch: LinearRule<P>["batch"] },
): Primitive<P> {
  return {
    name,
    infer: rule.infer,
    jvp: (applied) => applied.outputs.map(() => null),
    vjp: (applied) => applied.operands.map(() => null),
    batch: (operands, batched, size, params) => [rule.batch(operands, batched, size, params)],
    axes: rule.axes,
    lower: rule.lower,
    resize: rule.resize,
  };
}

/** Refuses operands of other dtypes. */
export function checkKind(name: string, kind: Kind, operands: readonly Aval[]): void {
  for (const operand of operands) {
    if (!kinds[kind].includes(operand.dtype)) {
      throw new TypeError(
        `${name}: takes ${kinds[kind].join(", ")}, got ${operand.dtype} of shape ${show(operand.shape)}; use ops.cast`,
      );
    }
  }
}

/** Refuses operands of different shapes: `ops` broadcasts before it binds. */
export function checkSameShape(name: string, a: Aval, b: Aval): void {
  if (!sameShape(a.shape, b.shape)) throw new TypeError(`${name}: shapes ${show(b.shape)} and ${show(a.shape)} differ`);
}

/**
 * All operands with the batch axis in front, those without one repeated.
 *
 * @example
 * ```ts
 * import { primitive, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [x, y] = primitive.alignBatch([tensor([[1], [2]]), tensor([5])], [true, false], 2);
 * assertEquals(x.shape, [2, 1]);
 * assertEquals(await y.toArray(), [[5], [5]]);
 * ```
 */
export function alignBatch(operands: readonly Tensor[], batched: readonly boolean[], size: number): Tensor[] {
  return operands.map((x, k) => batched[k] ? x : expandBatch(x, size));
}

/** x with a new first axis of `size` copies. */
export function expandBatch(x: Tensor, size: number): Tensor {
  return broadcast(x, [size, ...x.shape], x.shape.map((_, i) => i + 1));
}

/** The sum of two values of which either may be the zero that was never computed. */
export function addMaybe(a: Maybe, b: Maybe): Maybe {
  return a && b ? add(a, b) : a ?? b;
}

// --- literals and broadcasting ---

/** A scalar known to the compiler: params.value. */
export const literalPrimitive: Primitive<{ value: number; dtype: DType }> = /* @__PURE__ */ flat("literal", {
  infer: (_, { dtype }) => [aval([], dtype)],
  batch: (_operands, _batched, size, params) => expandBatch(bind1(literalPrimitive, [], params), size),
  axes: () => ({ parallel: [], summed: [] }),
  lower: { kind: "literal" },
});

/** A scalar constant. */
export function literal(value: number, dtype: DType): Tensor {
  return bind1(literalPrimitive, [], { value, dtype });
}

/** x repeated along new or unit axes: operand axis i becomes output axis `axes[i]`. */
export const broadcastPrimitive: Primitive<{ shape: Shape; axes: readonly number[] }> = /* @__PURE__ */ linear(
  "broadcast",
  {
    infer([x], { shape, axes }) {
      axes.forEach((axis, i) => {
        if (x.shape[i] !== shape[axis] && x.shape[i] !== 1) {
          throw new TypeError(`broadcast: shape ${show(x.shape)} does not fit ${show(shape)} at axes ${show(axes)}`);
        }
      });
      return [aval(shape, x.dtype)];
    },
    transpose(cotangent, { operands: [x], params: { shape, axes } }) {
      const repeated = shape.map((_, i) => i).filter((i) => {
        const from = axes.indexOf(i);
        return from < 0 || (x.shape[from] === 1 && shape[i] !== 1);
      });
      return reshape(sum(cotangent, repeated), x.shape);
    },
    batch: ([x], _batched, size, { shape, axes }) => broadcast(x, [size, ...shape], [0, ...axes.map((a) => a + 1)]),
    axes([x], [out], { axes }) {
      const parallel = axes.flatMap((axis, i) => x.shape[i] === out.shape[axis] ? [[axis, 0, i] as const] : []);
      return { parallel, summed: [] };
    },
    lower: {
      kind: "view",
      view(x, { shape, axes }) {
        const from = shape.map((extent, i) => {
          const k = axes.indexOf(i);
          return k >= 0 && (x.shape[k] !== 1 || extent === 1) ? k : -1;
        });
        return { axes: from, steps: from.map((k) => k < 0 ? 0 : 1), offsets: x.shape.map(() => 0) } satisfies View;
      },
    },
    resize: (params, _operands, shape) => ({ ...params, shape }),
  },
);

/** x repeated to `shape`; its axis i becomes axis `axes[i]`. */
export function broadcast(x: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  if (sameShape(x.shape, shape) && axes.every((a, i) => a === i)) return x;
  return bind1(broadcastPrimitive, [x], { shape, axes });
}

/** A constant of any shape. */
export function full(shape: Shape, value: number, dtype: DType): Tensor {
  return broadcast(literal(value, dtype), shape, []);
}

/** Zeros of the shape and dtype of x. */
export function zerosLike(x: { readonly shape: Shape; readonly dtype: DType }): Tensor {
  return full(x.shape, 0, x.dtype);
}

// --- what broadcasting transposes to ---

/** The same elements, in row-major order, under another shape. */
export const reshapePrimitive: Primitive<{ shape: Shape }> = /* @__PURE__ */ linear("reshape", {
  infer([x], { shape }) {
    const out = aval(shape, x.dtype);
    if (out.size !== x.size) {
      throw new TypeError(`reshape: ${show(x.shape)} has ${x.size} elements, ${show(shape)} has ${out.size}`);
    }
    return [out];
  },
  transpose: (cotangent, { operands: [x] }) => reshape(cotangent, x.shape),
  batch: ([x], _batched, size, { shape }) => reshape(x, [size, ...shape]),
  axes([x], [out]) {
    // Axes with equal extents and equally many elements behind them are the same axis.
    const parallel: [number, number, number][] = [];
    let inner = 1;
    const starts = new Map<number, number>();
    for (let i = x.shape.length - 1; i >= 0; inner *= x.shape[i--]) if (x.shape[i] !== 1) starts.set(inner, i);
    inner = 1;
    for (let i = out.shape.length - 1; i >= 0; inner *= out.shape[i--]) {
      const j = starts.get(inner);
      if (out.shape[i] !== 1 && j !== undefined && x.shape[j] === out.shape[i]) parallel.push([i, 0, j]);
    }
    return { parallel, summed: [] };
  },
  lower: { kind: "reshape" },
  resize: (_params, _operands, shape) => ({ shape }),
});

/** x under another shape of as many elements. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : bind1(reshapePrimitive, [x], { shape });
}

/** The sum over some axes, which disappear. Of nothing: 0. */
export const sumPrimitive: Primitive<{ axes: readonly number[] }> = /* @__PURE__ */ linear("sum", {
  infer([x], { axes }) {
    checkKind("sum", "number", [x]);
    return [aval(x.shape.filter((_, i) => !axes.includes(i)), x.dtype)];
  },
  transpose: (cotangent, { operands: [x], params: { axes } }) => broadcast(cotangent, x.shape, keptAxes(x.shape, axes)),
  batch: ([x], _batched, _size, { axes }) => sum(x, axes.map((a) => a + 1)),
  axes: ([x], _outputs, { axes }) => ({
    parallel: keptAxes(x.shape, axes).map((axis, i) => [i, 0, axis] as const),
    summed: axes.map((axis) => [0, axis] as const),
  }),
  lower: { kind: "reduce", op: "sum" },
});

/** The sum over the given axes, which disappear. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : bind1(sumPrimitive, [x], { axes });
}

/** The axes that a reduction keeps. */
export function keptAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((_, i) => i).filter((i) => !axes.includes(i));
}

// --- the ring operations ---

const addPrimitive = /* @__PURE__ */ elementwise("add", { lower: (x, y) => x.add(y), partials: () => [1, 1] });
const subPrimitive = /* @__PURE__ */ elementwise("sub", { lower: (x, y) => x.sub(y), partials: () => [1, -1] });
const mulPrimitive = /* @__PURE__ */ elementwise("mul", { lower: (x, y) => x.mul(y), partials: (_, x, y) => [y, x] });

/** −x. */
export const neg = /* @__PURE__ */ elementwise("neg", { lower: (x) => x.neg(), partials: () => [-1] });

/** x + y, equal shapes and dtypes. */
export function add(x: Tensor, y: Tensor): Tensor {
  return bind1(addPrimitive, [x, y], undefined);
}

/** x − y, equal shapes and dtypes. */
export function sub(x: Tensor, y: Tensor): Tensor {
  return bind1(subPrimitive, [x, y], undefined);
}

/** x · y, equal shapes and dtypes. */
export function mul(x: Tensor, y: Tensor): Tensor {
  return bind1(mulPrimitive, [x, y], undefined);
}

/** x · c for a JavaScript number. */
export function scale(x: Tensor, factor: number): Tensor {
  return mul(x, full(x.shape, factor, x.dtype));
}

/** Where `condition` (bool) holds x, elsewhere y; linear in x and y. */
export const selectPrimitive: Primitive<undefined> = /* @__PURE__ */ linear("select", {
  infer([condition, x, y]) {
    if (condition.dtype !== "bool") {
      throw new TypeError(`where: the condition must be bool, got ${condition.dtype}; compare first`);
    }
    if (x.dtype !== y.dtype) throw new TypeError(`where: dtypes ${x.dtype} and ${y.dtype} differ; use ops.cast`);
    checkSameShape("where", x, condition);
    checkSameShape("where", y, condition);
    return [x];
  },
  in: [1, 2],
  transpose(cotangent, { operands: [condition] }, k) {
    const zero = zerosLike(cotangent);
    return k === 1 ? select(condition, cotangent, zero) : select(condition, zero, cotangent);
  },
  batch: (operands, batched, size, params) => bind1(selectPrimitive, alignBatch(operands, batched, size), params),
  axes: alignedAxes,
  lower: { kind: "elementwise", expr: ([condition, x, y]) => condition.select(x, y) },
});

/** Where `condition` holds x, elsewhere y; equal shapes. */
export function select(condition: Tensor, x: Tensor, y: Tensor): Tensor {
  return bind1(selectPrimitive, [condition, x, y], undefined);
}

/** Another dtype: floats round, to integers truncate and saturate (NaN gives 0), to bool is x ≠ 0. */
export const convertPrimitive: Primitive<{ dtype: DType }> = /* @__PURE__ */ linear("convert", {
  infer: ([x], { dtype }) => [aval(x.shape, dtype)],
  transpose: (cotangent, { operands: [x] }) => isFloat(x.dtype) ? convert(cotangent, x.dtype) : null,
  batch: ([x], _batched, _size, { dtype }) => convert(x, dtype),
  axes: alignedAxes,
  lower: {
    kind: "elementwise",
    expr: ([x], { dtype }) => dtype === "bool" ? x.ne(constant(x.type, 0)) : x.convert(dtype),
  },
});

/** x as another dtype. */
export function convert(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : bind1(convertPrimitive, [x], { dtype });
}
