/** Functions linear in their arguments: the derivative as one, and transposes. */
import { type DType, isFloat } from "../dtype.ts";
import { describe, show } from "../errors.ts";
import { call, type Graph, trace } from "../graph.ts";
import { type Aval, aval, type Shape } from "../shape.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { flatten, type Structure, unflatten } from "../tree.ts";
import { Arguments, flattenResult } from "./arguments.ts";
import { checkTangents, pushForward } from "./jvp.ts";
import { checkCotangents, pullBack, twoHalves } from "./vjp.ts";

/**
 * The value and the derivative as a linear function: `[out, pushforward]`, where `pushforward(...tangents)`, one for each primal, gives
 * the tangent of the result. What depends on the primals alone is computed once; as `jvp`, for many tangents at one point.
 *
 * @example
 * ```ts
 * import { linearize, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [out, pushforward] = linearize(ops.mul, tensor([1, 2]), tensor([3, 4]));
 * assertEquals(await out.toArray(), [3, 8]);
 * assertEquals(await pushforward(tensor([1, 1]), tensor([0, 10])).toArray(), [3, 24]);
 * ```
 */
export function linearize<A extends readonly unknown[], R>(
  f: (...primals: A) => R,
  ...primals: A
): [out: R, pushforward: (...tangents: A) => R] {
  if (typeof f !== "function") throw new TypeError(`linearize: needs a function, got ${describe(f)}`);
  const args = new Arguments("linearize", primals);
  const { leaves } = args;
  let structure: Structure | undefined;
  const { values, later } = twoHalves(
    "linearize",
    leaves,
    (inputs) => {
      const [outputs, shape] = flattenResult("linearize", f(...args.unpack(inputs)));
      structure = shape;
      return outputs;
    },
    () => leaves,
    (inputs, outputs, tangents) => pushForward(inputs, outputs, tangents.map((t) => isFloat(t.dtype) ? t : null)),
  );
  const pushforward = (...tangents: A): R => unflatten(structure!, later(checkTangents("pushforward", args, tangents)));
  return [unflatten(structure!, values), pushforward];
}

/**
 * The transpose of a function that `f` gives of values of these avals, as a Graph from the cotangents of its results.
 *
 * @throws TypeError if the function is not linear: if its transpose depends on the values
 */
export function transposedOf(
  name: string,
  avals: readonly Aval[],
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
): Graph {
  let backward: Graph | undefined;
  trace(name, avals, (inputs) => {
    const outputs = f(inputs);
    backward = trace(
      name,
      outputs.map((t) => t.aval),
      (cotangents) => pullBack(inputs, outputs, cotangents.map((c) => isFloat(c.dtype) ? c : null)),
    );
    const own = inputs.length > 0 ? inputs[0].node!.trace : undefined;
    const used = backward.captures.find((t) => t.node && t.node.trace === own);
    if (used) {
      const what = used.node!.primitive ? `the result of ${used.node!.primitive.name}` : "an argument";
      throw new TypeError(
        `${name}: the function is not linear: its derivative depends on ${what} of shape ${show(used.shape)}`,
      );
    }
    return outputs;
  });
  return backward!;
}

/** What stands for an argument where only its shape and dtype matter: a tensor, or what `evalShape` gives. */
export interface ShapeLike {
  /** The extents, outermost first. */
  readonly shape: Shape;
  /** The element type. */
  readonly dtype: DType;
}

const isShapeLike = (value: unknown): value is ShapeLike =>
  isTensor(value) ||
  (typeof value === "object" && value !== null && Array.isArray((value as ShapeLike).shape) &&
    typeof (value as ShapeLike).dtype === "string");

/**
 * The transpose of a linear function: for f(x) = A x the function c ↦ Aᵀ c, which gives an array with one cotangent for each primal.
 * Of the primals only shapes and dtypes count, so `{ shape, dtype }` does as well as a tensor. A constant that f adds has no part in it.
 *
 * @throws TypeError if f is not linear in its arguments, or if the cotangent does not fit its result
 *
 * @example
 * ```ts
 * import { linearTranspose, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[1, 2], [3, 4]]);
 * const transpose = linearTranspose((x) => ops.matmul(a, x), { shape: [2], dtype: "float32" as const });
 * assertEquals(await transpose(tensor([1, 10]))[0].toArray(), [31, 42]);
 * ```
 */
export function linearTranspose<A extends readonly unknown[]>(
  // deno-lint-ignore no-explicit-any
  f: (...primals: any[]) => unknown,
  ...primals: A
  // deno-lint-ignore no-explicit-any
): (cotangent: any) => { -readonly [K in keyof A]: Transposed<A[K]> } {
  if (typeof f !== "function") throw new TypeError(`linearTranspose: needs a function, got ${describe(f)}`);
  const [leaves, structure] = flatten("linearTranspose", primals, isShapeLike) as [ShapeLike[], Structure];
  leaves.forEach(({ dtype }, i) => {
    if (isFloat(dtype)) return;
    throw new TypeError(
      `linearTranspose: leaf ${i} of the arguments is ${dtype}; only float32 and float64 have transposes`,
    );
  });
  let outputs: readonly Tensor[] = [];
  let outStructure: Structure | undefined;
  const graph = transposedOf("linearTranspose", leaves.map(({ shape, dtype }) => aval(shape, dtype)), (inputs) => {
    [outputs, outStructure] = flattenResult("linearTranspose", f(...unflatten(structure, inputs)));
    return outputs;
  });
  return (cotangent) => {
    const given = checkCotangents("linearTranspose", cotangent, outputs, outStructure!);
    return unflatten(structure, call(graph, given));
  };
}

/** A tree with a tensor at each leaf, where the leaves may be shapes. */
export type Transposed<P> = P extends Tensor | ShapeLike ? Tensor
  : P extends readonly unknown[] | object ? { -readonly [K in keyof P]: Transposed<P[K]> }
  : P;
