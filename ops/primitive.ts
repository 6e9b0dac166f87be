/**
 * Primitives of one's own: an operation declared once, with the same contract as those of the library, works under every transform and
 * on every device that it has a lowering for. {@linkcode elementwise} for functions of single elements, {@linkcode linear} for what is
 * linear, {@linkcode flat} for what has no derivative, {@linkcode define} for everything else.
 *
 * ```ts
 * import { checkGrads, grad, ops, primitive, type Tensor, tensor, vmap } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * // x / (1 + |x|), whose derivative is (1 − |out|)².
 * const softsign = primitive.operation(primitive.elementwise("softsign", {
 *   kind: "float",
 *   lower: (x) => x.div(x.abs().add(1)),
 *   partials: (out) => [ops.square(ops.sub(1, ops.abs(out)))],
 * }));
 * assertEquals(await softsign(tensor([-1, 0, 3])).toArray(), [-0.5, 0, 0.75]);
 * assertEquals(await vmap(grad(softsign))(tensor([0, 1])).toArray(), [1, 0.25]);
 * checkGrads(softsign, [tensor([-2, 0.5])], { order: 2 });
 * ```
 *
 * @module
 */
import { checkDType } from "../core/creation.ts";
import type { DType } from "../core/dtype.ts";
import { describe, naming } from "../core/errors.ts";
import * as graph from "../core/graph.ts";
import { inline } from "../core/graph.ts";
import { identityOf, type Primitive } from "../core/primitive.ts";
import { type ElementwiseRule, type LinearRule, reshape } from "../core/primitives/algebra.ts";
import * as algebra from "../core/primitives/algebra.ts";
import { concat, slice } from "../core/primitives/movement.ts";
import * as shapes from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { transposedOf } from "../core/transforms/linear.ts";
import { aligned, type Operand } from "./operands.ts";

export type { Aval, Shape } from "../core/shape.ts";
export {
  alignedAxes,
  type Applied,
  type Axes,
  type LoopContext,
  type Lowering,
  type Maybe,
  type Params,
  type Place,
  type Primitive,
  type ReduceOp,
  type View,
} from "../core/primitive.ts";
export {
  alignBatch,
  type ElementwiseRule,
  type Kind,
  type LinearRule,
  type Partial,
} from "../core/primitives/algebra.ts";
export {
  type Access,
  type Binary,
  constant,
  type Expr,
  type Op,
  read,
  type Unary,
  type Variable,
} from "../core/compile/expr.ts";
export type { BufferParameter, Builder, HostFunction, Kernel, Statement } from "../core/compile/loop.ts";
export type { Operand } from "./operands.ts";

/**
 * The names of the library's primitives, which the compiler knows some of them by: not to be had for others.
 *
 * @example
 * ```ts
 * import { primitive } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(primitive.reservedNames().includes("conv"), true);
 * ```
 */
export function reservedNames(): string[] {
  return ("abs add and argExtremum argsort atan2 barrier bitcast broadcast call ceil concat contract conv convert " +
    "copy cos cumsum div dot equal erf erfInv exp expm1 flip floor gather iota less lessEqual literal log " +
    "log1p max maximum min minimum mul neg not notEqual or pad pow region rem reshape round rsqrt scan scatterAdd " +
    "select shiftLeft shiftRight sigmoid sign sin slice sqrt stopGradient sub sum switch tan tanh transpose trunc " +
    "visit while windowArgMax xor")
    .split(" ");
}

function checkPrimitive(operation: string, value: unknown): void {
  const { lower, infer } = (value ?? {}) as Partial<Primitive>;
  if (typeof infer === "function" && typeof lower === "object") return;
  throw new TypeError(`primitive.${operation}: needs a primitive, as define() makes it, got ${describe(value)}`);
}

function checkOperands(operation: string, operands: unknown): asserts operands is readonly Tensor[] {
  if (Array.isArray(operands) && operands.every(isTensor)) return;
  throw new TypeError(`primitive.${operation}: the operands must be an array of tensors, got ${describe(operands)}`);
}

function checkRule(operation: string, rule: unknown, ...needed: readonly string[]): void {
  const has = (name: string): boolean => !!(rule as Record<string, unknown> | null | undefined)?.[name];
  if (typeof rule === "object" && rule !== null && !Array.isArray(rule) && needed.every(has)) return;
  throw new TypeError(
    `primitive.${operation}: the rule must be an object with ${needed.join(", ")}, got ${describe(rule)}`,
  );
}

/**
 * Applies a primitive: runs it if all operands are concrete, records it otherwise.
 *
 * @throws TypeError if the operands do not fit, are on different devices or belong to a trace that has ended
 *
 * @example
 * ```ts
 * import { primitive, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const twice = primitive.elementwise("twice", { lower: (x) => x.add(x), partials: () => [null] });
 * const [y] = primitive.bind(twice, [tensor([1, 2])], undefined);
 * assertEquals(await y.toArray(), [2, 4]);
 * ```
 */
export function bind<P>(primitive: Primitive<P>, operands: readonly Tensor[], params: P): readonly Tensor[] {
  checkPrimitive("bind", primitive);
  checkOperands("bind", operands);
  return naming("primitive.bind", () => graph.bind(primitive, operands, params));
}

/**
 * Applies a primitive of one output.
 *
 * @example
 * ```ts
 * import { primitive, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const twice = primitive.elementwise("twice", { lower: (x) => x.add(x), partials: () => [null] });
 * assertEquals(await primitive.bind1(twice, [tensor([1, 2])], undefined).toArray(), [2, 4]);
 * ```
 */
export function bind1<P>(primitive: Primitive<P>, operands: readonly Tensor[], params: P): Tensor {
  checkPrimitive("bind1", primitive);
  checkOperands("bind1", operands);
  return naming("primitive.bind1", () => graph.bind1(primitive, operands, params));
}

/**
 * The aval of a shape and dtype: one object for equal ones.
 *
 * @example
 * ```ts
 * import { primitive } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(primitive.aval([2, 3], "float32") === primitive.aval([2, 3], "float32"), true);
 * ```
 */
export function aval(shape: shapes.Shape, dtype: DType): shapes.Aval {
  shapes.checkShape("primitive.aval", shape);
  checkDType("primitive.aval", dtype);
  return shapes.aval(shape, dtype);
}

function checkName(operation: string, name: unknown): asserts name is string {
  if (typeof name !== "string" || !/^[A-Za-z_][\w.]*$/.test(name)) {
    throw new TypeError(`primitive.${operation}: the name must be a word, got ${describe(name)}`);
  }
  if (reservedNames().includes(name)) {
    throw new TypeError(
      `primitive.${operation}: ${name} is the name of one of the library's own primitives; choose another`,
    );
  }
}

/**
 * Declares an operation on operands of one shape and dtype, element by element: `lower` is its meaning in scalar expressions, `partials`
 * gives its derivative by each operand from the result and the operands, with the operations of `ops`.
 *
 * @throws TypeError for the name of a primitive of the library
 *
 * @example
 * ```ts
 * import { grad, ops, primitive, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const hypot = primitive.operation(primitive.elementwise("hypot", {
 *   kind: "float",
 *   lower: (x, y) => x.mul(x).add(y.mul(y)).sqrt(),
 *   partials: (out, x, y) => [ops.div(x, out), ops.div(y, out)],
 * }));
 * assertEquals(await hypot(tensor([3, 5]), tensor([4, 12])).toArray(), [5, 13]);
 * assertEquals(await grad((x: ReturnType<typeof tensor>) => hypot(x, 4))(tensor(0)).toArray(), 0);
 * ```
 */
export function elementwise(name: string, rule: ElementwiseRule): Primitive<undefined> {
  checkName("elementwise", name);
  checkRule("elementwise", rule, "lower");
  return algebra.elementwise(name, rule);
}

/**
 * Declares an operation that is linear in its operands together (a sum, a movement), in some (`in`), or in each alone (`each`): the
 * `transpose` is all its derivatives need.
 *
 * @throws TypeError for the name of a primitive of the library
 *
 * @example
 * ```ts
 * import { grad, ops, primitive, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * // Every second element of a vector, from the first: a view.
 * const evens: primitive.Primitive<undefined> = primitive.linear("evens", {
 *   infer: ([x]) => [primitive.aval([Math.ceil(x.shape[0] / 2)], x.dtype)],
 *   transpose: (c, { operands: [x] }) => {
 *     const pairs = ops.stack([c, ops.zerosLike(c)], 1);
 *     return ops.slice(ops.reshape(pairs, [-1]), 0, x.shape[0]);
 *   },
 *   batch: ([x]) => ops.slice(x, [0, 0], [...x.shape], { step: [1, 2] }),
 *   axes: () => ({ parallel: [], summed: [] }),
 *   lower: { kind: "view", view: () => ({ axes: [0], steps: [2], offsets: [0] }) },
 * });
 * const f = (x: Tensor): Tensor => ops.sum(ops.square(primitive.bind1(evens, [x], undefined)));
 * assertEquals(await grad(f)(tensor([1, 2, 3])).toArray(), [2, 0, 6]);
 * ```
 */
export function linear<P>(name: string, rule: LinearRule<P>): Primitive<P> {
  checkName("linear", name);
  checkRule("linear", rule, "infer", "transpose", "batch", "lower");
  return algebra.linear(name, rule);
}

/**
 * Declares an operation whose derivative is zero: positions, comparisons, integers.
 *
 * @throws TypeError for the name of a primitive of the library
 *
 * @example
 * ```ts
 * import { primitive, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const parity: primitive.Primitive<undefined> = primitive.flat("parity", {
 *   infer: ([x]) => [primitive.aval(x.shape, "bool")],
 *   batch: ([x]) => primitive.bind1(parity, [x], undefined),
 *   axes: primitive.alignedAxes,
 *   lower: { kind: "elementwise", expr: ([x]) => x.and(1).ne(0) },
 * });
 * const [odd] = primitive.bind(parity, [tensor(Int32Array.of(1, 2, 3))], undefined);
 * assertEquals(await odd.toArray(), [true, false, true]);
 * ```
 */
export function flat<P>(
  name: string,
  rule: Pick<Primitive<P>, "infer" | "axes" | "lower" | "resize"> & { batch: LinearRule<P>["batch"] },
): Primitive<P> {
  checkName("flat", name);
  checkRule("flat", rule, "infer", "batch", "lower");
  return algebra.flat(name, rule);
}

/** The full contract of a primitive, of which {@linkcode define} fills in what is missing. */
export interface PrimitiveRules<P>
  extends
    Pick<Primitive<P>, "name" | "infer" | "lower" | "resize" | "opaque">,
    Partial<
      Pick<Primitive<P>, "jvp" | "vjp" | "batch" | "axes">
    > {}

/**
 * Declares an operation by its rules. Needed are `infer` and `lower`. Of `jvp` and `vjp` one is enough: the other is its transpose.
 * Without `batch` the examples are computed one after the other; without `axes` the operation sees the whole batch at once.
 *
 * The meaning that is quickest to write is `lower: { kind: "loops", reference }`, a function of JavaScript on plain arrays: the device
 * `reference` calls it, and the cpu device between its kernels. With `build`, which writes the loops of a kernel, the cpu compiles it.
 *
 * @throws TypeError for the name of a primitive of the library; when a derivative is asked for that has no rule
 *
 * @example
 * ```ts
 * import { checkGrads, jit, ops, primitive, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * // The running product of a vector, in plain JavaScript, with a forward rule alone.
 * const running = primitive.define<undefined>({
 *   name: "running",
 *   infer: ([x]) => [x],
 *   jvp: ({ operands: [x], outputs: [y] }, [t]) => [t && ops.mul(y, ops.cumsum(ops.div(t, x)))],
 *   lower: {
 *     kind: "loops",
 *     reference([x]) {
 *       let product = 1;
 *       return [x.map((value) => product *= value)];
 *     },
 *   },
 * });
 * const f = (x: Tensor): Tensor => primitive.bind1(running, [x], undefined);
 * assertEquals(await jit(f)(tensor([1, 2, 3])).toArray(), [1, 2, 6]);
 * checkGrads(f, [tensor([1, 2, 3])], { order: 2 });
 * ```
 */
export function define<P = undefined>(rules: PrimitiveRules<P>): Primitive<P> {
  checkRule("define", rules);
  checkName("define", rules.name);
  for (const rule of ["infer", "lower"] as const) {
    if (!rules[rule]) throw new TypeError(`primitive.define: ${rules.name} needs the rule ${rule}`);
  }
  const { name } = rules;
  const noRule = (): never => {
    throw new TypeError(
      `${name}: has no derivative: give define() a jvp or a vjp rule, declare it with flat() if it is zero, or use ops.stopGradient`,
    );
  };
  const primitive: Primitive<P> = {
    axes: () => ({ parallel: [], summed: [] }),
    batch: (operands, batched, size, params) => oneByOne(primitive, operands, batched, size, params),
    jvp(applied, tangents) {
      if (!rules.vjp) return noRule();
      const { operands, outputs } = applied;
      // The transpose of the transpose.
      const transposed = transposedOf(
        `${name} (vjp rule)`,
        outputs.map((t) => t.aval),
        (cotangents) =>
          rules.vjp!(applied, cotangents, operands.map(() => true)).map((c, k) => c ?? algebra.zerosLike(operands[k])),
      );
      return inline(transposed, tangents.map((t, k) => t ?? algebra.zerosLike(operands[k])));
    },
    vjp(applied, cotangents) {
      if (!rules.jvp) return noRule();
      const { operands, outputs } = applied;
      const transposed = transposedOf(
        `${name} (jvp rule)`,
        operands.map((t) => t.aval),
        (tangents) => rules.jvp!(applied, tangents).map((t, i) => t ?? algebra.zerosLike(outputs[i])),
      );
      return inline(transposed, cotangents.map((c, i) => c ?? algebra.zerosLike(outputs[i])));
    },
    ...rules,
  };
  return primitive;
}

/** The operation on each example, one after the other. */
function oneByOne<P>(
  primitive: Primitive<P>,
  operands: readonly Tensor[],
  batched: readonly boolean[],
  size: number,
  params: P,
): Tensor[] {
  if (size === 0) {
    throw new RangeError(`vmap: ${primitive.name} has no batch rule, and a batch of none tells nothing of its results`);
  }
  const example = (x: Tensor, i: number): Tensor => {
    const start = x.shape.map((_, axis) => axis === 0 ? i : 0);
    const limit = x.shape.map((n, axis) => axis === 0 ? i + 1 : n);
    return reshape(slice(x, { start, limit, step: x.shape.map(() => 1) }), x.shape.slice(1));
  };
  const each = Array.from(
    { length: size },
    (_, i) => graph.bind(primitive, operands.map((x, k) => batched[k] ? example(x, i) : x), params),
  );
  return each[0].map((_, r) => concat(each.map((results) => reshape(results[r], [1, ...results[r].shape])), 0));
}

/** An operation on tensors and numbers; transforms take it as a function of one tensor. */
export interface Operation {
  /** The operation on its operands. */
  (...operands: Operand[]): Tensor;
  /** The operation on one tensor. */
  (x: Tensor): Tensor;
}

/**
 * A primitive of single elements as users call an operation: numbers are taken as scalars, dtypes promoted, shapes broadcast by NumPy's
 * rule.
 *
 * @throws TypeError for operands that do not broadcast or are of a kind that the primitive does not take
 *
 * @example
 * ```ts
 * import { primitive, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const larger = primitive.operation(primitive.elementwise("larger", { lower: (x, y) => x.gt(y).select(x, y) }));
 * assertEquals(await larger(tensor([[1], [5]]), tensor([2, 3])).toArray(), [[2, 3], [5, 5]]);
 * ```
 */
export function operation(primitive: Primitive<undefined>): Operation {
  if (primitive?.lower?.kind !== "elementwise") {
    throw new TypeError("primitive.operation: needs a primitive made by elementwise(); call others with bind1()");
  }
  return (...operands: Operand[]): Tensor => {
    const names = operands.map((_, i) => `operand ${i}`);
    const apply = (...xs: Tensor[]): Tensor => graph.bind1(primitive, xs, undefined);
    if (operands.length > 0 && operands.every(isTensor)) {
      const [first] = operands;
      if (operands.every((t) => t.aval === first.aval)) return apply(...operands);
    }
    return aligned(primitive.name, names, operands, apply, undefined, `@${identityOf(primitive)}`);
  };
}
