/** Transforms made of other transforms: Hessian-vector products, Jacobians, Hessians, shapes without values. */
import { allocate, isFloat } from "../dtype.ts";
import { describe, naming } from "../errors.ts";
import { trace } from "../graph.ts";
import { convert, reshape, sub, zerosLike } from "../primitives/algebra.ts";
import { equal } from "../primitives/comparison.ts";
import { iota, transpose } from "../primitives/movement.ts";
import { aval, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { leaves, map, structure, type Tree, unflatten } from "../tree.ts";
import { Arguments, flattenArgument, flattenResult } from "./arguments.ts";
import { jvp } from "./jvp.ts";
import { linearize } from "./linear.ts";
import { grad, vjp } from "./vjp.ts";
import { vmap } from "./vmap.ts";

/**
 * Hessian-vector products by forward over reverse: one array entry for each primal.
 *
 * @example
 * ```ts
 * import { hvp, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [h] = hvp((x: ReturnType<typeof tensor>) => ops.sum(ops.mul(x, ops.mul(x, x))), [tensor([1, 2])], [tensor([1, 1])]);
 * assertEquals(await h.toArray(), [6, 12]);
 * ```
 */
export function hvp<A extends readonly unknown[]>(
  f: (...primals: A) => Tensor,
  primals: A,
  tangents: NoInfer<A>,
): { -readonly [K in keyof A]: A[K] } {
  if (typeof f !== "function") throw new TypeError(`hvp: needs a function, got ${describe(f)}`);
  if (!Array.isArray(primals) || !Array.isArray(tangents)) {
    throw new TypeError("hvp: primals and tangents must be arrays: hvp(f, [x], [tangent])");
  }
  const gradient = grad(f, { argnums: primals.map((_, i) => i) }) as (...args: A) => { -readonly [K in keyof A]: A[K] };
  return naming("hvp", () => jvp(gradient, primals, tangents))[1];
}

/** The tree of a Jacobian: for each output leaf a tree like the argument, each leaf of shape [...out.shape, ...leaf.shape]. */
// deno-lint-ignore no-explicit-any
export type Jacobian = any;

/** Values beside `like`: on its device, or recorded where it is traced. */
function beside(like: Tensor, shape: Shape, fill: (i: number) => number): Tensor {
  if (like.node) {
    const n = shape[0];
    const diagonal = equal(iota([n, like.size], 0, "int32"), iota([n, like.size], 1, "int32"));
    const values = convert(diagonal, like.dtype);
    return reshape(fill(0) === 1 ? values : sub(values, values), shape);
  }
  const a = aval(shape, like.dtype);
  const values = allocate(like.dtype, a.size);
  for (let i = 0; i < a.size; i++) values[i] = fill(i);
  return Tensor.concrete(a, like.owner, like.owner.write(values, a));
}

/** A basis of the space of `like`: [size, ...shape], 1 in turn at every place. */
function basis(like: Tensor): Tensor {
  return beside(like, [like.size, ...like.shape], (i) => i % (like.size + 1) === 0 ? 1 : 0);
}

function zerosBeside(like: Tensor): Tensor {
  return like.node ? zerosLike(like) : beside(like, like.shape, () => 0);
}

/**
 * All first derivatives by reverse mode, a pullback for each output element: for an output tensor, a tree like the argument with
 * leaves of shape [...out.shape, ...leaf.shape]; for an output tree, such a tree at each of its leaves.
 *
 * @example
 * ```ts
 * import { jacobian, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await jacobian(ops.square)(tensor([1, 2])).toArray(), [[2, 0], [0, 4]]);
 * ```
 */
export function jacobian<P extends Tree<P>, A extends readonly unknown[]>(
  f: (params: P, ...rest: A) => unknown,
): (params: P, ...rest: A) => Jacobian {
  if (typeof f !== "function") throw new TypeError(`jacobian: needs a function, got ${describe(f)}`);
  return (params, ...rest) => {
    const [out, pullback] = naming("jacobian", () => vjp((p: P) => f(p, ...rest), params)) as [
      unknown,
      (c: unknown) => [P],
    ];
    const outputs = leaves(out);
    const shape = structure(out);
    const zero = outputs.map(zerosBeside);
    const rows = outputs.map((t, k) => {
      if (!isFloat(t.dtype)) {
        throw new TypeError(`jacobian: output ${k} is ${t.dtype}; only float32 and float64 have derivatives`);
      }
      const one = (c: Tensor): P => pullback(unflatten(shape, zero.map((z, j) => j === k ? c : z)))[0];
      return map((g: Tensor) => reshape(g, [...t.shape, ...g.shape.slice(1)]), vmap(one)(basis(t)));
    });
    return unflatten(shape, rows);
  };
}

/**
 * All first derivatives by forward mode, a pushforward for each input element: the same tree as `jacobian` gives, cheaper where there
 * are fewer inputs than outputs.
 *
 * @example
 * ```ts
 * import { jacfwd, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const circle = (t: ReturnType<typeof tensor>) => ops.stack([ops.cos(t), ops.sin(t)]);
 * assertEquals(await jacfwd(circle)(tensor(0)).toArray(), [0, 1]);
 * ```
 */
export function jacfwd<P extends Tree<P>, A extends readonly unknown[]>(
  f: (params: P, ...rest: A) => unknown,
): (params: P, ...rest: A) => Jacobian {
  if (typeof f !== "function") throw new TypeError(`jacfwd: needs a function, got ${describe(f)}`);
  return (params, ...rest) => {
    const [primals, shape] = flattenArgument("jacfwd", params);
    primals.forEach((x, k) => {
      if (isFloat(x.dtype)) return;
      throw new TypeError(`jacfwd: leaf ${k} of argument 0 is ${x.dtype}; only float32 and float64 have derivatives`);
    });
    const [out, pushforward] = linearize((p: P) => f(p, ...rest), params);
    const zero = primals.map(zerosBeside);
    // Columns: the derivative of every output along a basis of one leaf.
    const columns = primals.map((x, k) => {
      const along = (direction: Tensor): unknown =>
        pushforward(unflatten(shape, zero.map((z, j) => j === k ? direction : z)));
      return leaves(vmap(along)(basis(x)));
    });
    const rows = leaves(out).map((y, i) =>
      unflatten(
        shape,
        primals.map((x, k) => {
          const block = reshape(columns[k][i], [x.size, y.size]);
          return reshape(transpose(block, [1, 0]), [...y.shape, ...x.shape]);
        }),
      )
    );
    return unflatten(structure(out), rows);
  };
}

/**
 * All second derivatives of a scalar function, forward over reverse: for a tensor of shape s, shape [...s, ...s]; for a tree, such a
 * block for each pair of leaves.
 *
 * @example
 * ```ts
 * import { hessian, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const f = (x: ReturnType<typeof tensor>) => ops.prod(x);
 * assertEquals(await hessian(f)(tensor([2, 3])).toArray(), [[0, 1], [1, 0]]);
 * ```
 */
export function hessian<P extends Tree<P>, A extends readonly unknown[]>(
  f: (params: P, ...rest: A) => Tensor,
): (params: P, ...rest: A) => Jacobian {
  const jacobianOfGradient = naming("hessian", () => jacfwd(grad(f) as (params: P, ...rest: A) => P));
  return (params, ...rest) => naming("hessian", () => jacobianOfGradient(params, ...rest));
}

/**
 * The shapes and dtypes of a function's result, without computing it: a tree of `{ shape, dtype }`.
 *
 * @example
 * ```ts
 * import { evalShape, ops, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(evalShape(ops.matmul, zeros([2, 3]), zeros([3, 4])), { shape: [2, 4], dtype: "float32" });
 * ```
 */
// deno-lint-ignore no-explicit-any
export function evalShape<A extends readonly unknown[]>(f: (...args: A) => unknown, ...args: A): any {
  if (typeof f !== "function") throw new TypeError(`evalShape: needs a function, got ${describe(f)}`);
  const given = new Arguments("evalShape", args);
  let result: unknown;
  trace("evalShape", given.leaves.map((t) => t.aval), (inputs) => {
    const [outputs, structure] = flattenResult("evalShape", f(...given.unpack(inputs)));
    result = unflatten(structure, outputs.map((t) => ({ shape: t.shape, dtype: t.dtype })));
    return outputs;
  });
  return result;
}
