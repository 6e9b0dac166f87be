/** Branches that the values decide: `switchCase` and `cond`. */
import { Bodies } from "../../bodies.ts";
import { isFloat } from "../../dtype.ts";
import { checkFunction, describe, naming, show } from "../../errors.ts";
import { bind, type Graph, inline, trace } from "../../graph.ts";
import type { Maybe, Primitive } from "../../primitive.ts";
import { broadcast, convert, expandBatch, literal, select } from "../../primitives/algebra.ts";
import { lessEqual } from "../../primitives/comparison.ts";
import { isTensor, type Tensor } from "../../tensor.ts";
import { unflatten } from "../../tree.ts";
import { Arguments } from "../arguments.ts";
import { pushForward } from "../jvp.ts";
import { pullBack } from "../vjp.ts";
import { batchGraph } from "../vmap.ts";
import { checkState, sharingCaptures, traceBody } from "./body.ts";

/** One of several Graphs of the same operands, which the first operand, an int32 scalar, chooses; below 0 the first, beyond the end the last. */
export const switchPrimitive: Primitive<Bodies<null>> = {
  name: "switch",
  infer: (_operands, { graphs: [first] }) => first.outputs.map((t) => t.aval),
  jvp({ operands: [index, ...args], outputs, params: { graphs } }, [, ...tangents]) {
    const active = tangents.flatMap((t, i) => t ? [i] : []);
    const floats = outputs.flatMap((t, i) => isFloat(t.dtype) ? [i] : []);
    const given = [...args, ...active.map((i) => tangents[i]!)];
    const branches = graphs.map((graph) =>
      trace("jvp", given.map((t) => t.aval), (inputs) => {
        const primals = inputs.slice(0, args.length);
        const directions: Maybe[] = primals.map(() => null);
        active.forEach((i, k) => directions[i] = inputs[args.length + k]);
        const results = pushForward(primals, inline(graph, primals), directions);
        return floats.map((i) => results[i]);
      })
    );
    const results = chosen(index, branches, given);
    return outputs.map((_, i) => floats.includes(i) ? results[floats.indexOf(i)] : null);
  },
  vjp({ operands: [index, ...args], outputs, params: { graphs } }, cotangents, [, ...wanted]) {
    const seeded = cotangents.flatMap((c, i) => c && isFloat(outputs[i].dtype) ? [i] : []);
    const pulled = args.flatMap((t, i) => wanted[i] && isFloat(t.dtype) ? [i] : []);
    const given = [...args, ...seeded.map((i) => cotangents[i]!)];
    const branches = graphs.map((graph) =>
      trace("vjp", given.map((t) => t.aval), (inputs) => {
        const primals = inputs.slice(0, args.length);
        const results = inline(graph, primals);
        const seeds: Maybe[] = results.map(() => null);
        seeded.forEach((i, k) => seeds[i] = inputs[args.length + k]);
        const back = pullBack(primals, results, seeds);
        return pulled.map((i) => back[i]);
      })
    );
    const results = chosen(index, branches, given);
    return [null, ...args.map((_, i) => pulled.includes(i) ? results[pulled.indexOf(i)] : null)];
  },
  batch([index, ...args], [apart, ...batched], size, { graphs }) {
    if (!apart) {
      const branches = graphs.map((graph) =>
        trace("vmap", args.map((t) => t.aval), (inputs) => batchGraph(graph, inputs, batched, size))
      );
      return chosen(index, branches, args);
    }
    // Each example goes its own way: all ways are gone, and each takes its result.
    const all = graphs.map((graph) => {
      if (args.length > 0 && batched.includes(true)) return batchGraph(graph, args, batched, size);
      return inline(graph, args).map((t) => expandBatch(t, size));
    });
    return all.slice(1).reduce((before, results, k) =>
      results.map((t, i) => {
        const here = lessEqual(broadcast(literal(k + 1, "int32"), index.shape, []), index);
        return select(broadcast(here, t.shape, [0]), t, before[i]);
      }), all[0]);
  },
  axes: () => ({ parallel: [], summed: [] }),
  lower: { kind: "switch" },
};

/**
 * One of several functions of the same operands, chosen by a tensor: only that one runs (under `vmap` with a batch of choices all of them
 * do, and each example takes its own).
 *
 * @param index an int32 scalar; below 0 the first branch is taken, beyond the end the last
 * @param branches functions that give the same structure, shapes and dtypes
 * @throws TypeError for an index that is no int32 scalar, no branches, and branches whose results differ
 *
 * @example
 * ```ts
 * import { ops, switchCase, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const f = (k: number) => switchCase(tensor(k, { dtype: "int32" }), [ops.neg, ops.square, ops.abs], tensor(-3));
 * assertEquals([await f(0).item(), await f(1).item(), await f(7).item()], [3, 9, 3]);
 * ```
 */
export function switchCase<A extends readonly unknown[], R>(
  index: Tensor,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): R {
  if (!isTensor(index) || index.dtype !== "int32" || index.ndim !== 0) {
    const got = isTensor(index) ? `${index.dtype} ${show(index.shape)}` : describe(index);
    throw new TypeError(`switchCase: index must be an int32 scalar, got ${got}`);
  }
  if (!Array.isArray(branches) || branches.length === 0) {
    throw new TypeError(`switchCase: branches must be an array of functions, got ${describe(branches)}`);
  }
  return naming("switchCase", () => choose("switchCase", index, branches, operands));
}

/**
 * `onTrue(...operands)` or `onFalse(...operands)`, as a tensor decides: only that one runs (under `vmap` with a batch of decisions both
 * do; `ops.where` chooses element by element).
 *
 * @param predicate a bool scalar
 * @throws TypeError for a predicate that is no bool scalar, and functions whose results differ in structure, shape or dtype
 *
 * @example
 * ```ts
 * import { cond, grad, ops, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const f = (x: Tensor) => cond(ops.greater(x, 0), ops.sqrt, ops.exp, x);
 * assertEquals(await grad(f)(tensor(4)).item(), 0.25);
 * assertEquals(await grad(f)(tensor(0)).item(), 1);
 * ```
 */
export function cond<A extends readonly unknown[], R>(
  predicate: Tensor,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => NoInfer<R>,
  ...operands: A
): R {
  if (!isTensor(predicate) || predicate.dtype !== "bool" || predicate.ndim !== 0) {
    const got = isTensor(predicate) ? `${predicate.dtype} ${show(predicate.shape)}` : describe(predicate);
    throw new TypeError(
      `cond: the predicate must be a bool scalar, got ${got}; compare, and reduce with ops.any or ops.all`,
    );
  }
  return naming("cond", () => choose("cond", convert(predicate, "int32"), [onFalse, onTrue], operands));
}

function choose<A extends readonly unknown[], R>(
  operation: string,
  index: Tensor,
  functions: readonly ((...operands: A) => R)[],
  operands: A,
): R {
  functions.forEach((f, i) => checkFunction(operation, `branch ${i}`, f));
  const args = new Arguments(operation, operands);
  const bodies = functions.map((f) =>
    traceBody(operation, args.leaves.map((t) => t.aval), (inputs) => f(...args.unpack(inputs)))
  );
  const [first, ...others] = bodies;
  others.forEach((body) =>
    checkState(
      operation,
      `the result of branch 0`,
      first.graph.outputs,
      first.structure,
      body.graph.outputs,
      body.structure,
    )
  );
  return unflatten(first.structure, chosen(index, bodies.map(({ graph }) => graph), args.leaves));
}

/** Applies the primitive; what the branches capture becomes operands. */
function chosen(index: Tensor, branches: readonly Graph[], operands: readonly Tensor[]): readonly Tensor[] {
  const { graphs, captures } = sharingCaptures(branches);
  return bind(switchPrimitive, [index, ...captures, ...operands], new Bodies(graphs, null));
}
