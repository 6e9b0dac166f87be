/** Forward mode. */
import { isFloat } from "../dtype.ts";
import { describe, show } from "../errors.ts";
import { between, call, trace } from "../graph.ts";
import type { Maybe } from "../primitive.ts";
import { zerosLike } from "../primitives/algebra.ts";
import { sameShape } from "../shape.ts";
import { ofDerivative, onBehalf } from "../source.ts";
import type { Tensor } from "../tensor.ts";
import { structureKey, unflatten } from "../tree.ts";
import { Arguments, flattenArgument, flattenResult } from "./arguments.ts";

/** The tangents of `outputs` from those of `inputs` (symbolic), recorded in the same trace. */
export function pushForward(
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  tangents: readonly Maybe[],
): Tensor[] {
  const known = new Map<Tensor, Maybe>();
  inputs.forEach((t, i) => known.set(t, tangents[i]));
  for (const node of between(inputs, outputs).nodes) {
    const given = node.operands.map((t) => known.get(t) ?? null);
    if (given.every((t) => t === null)) continue;
    const results = onBehalf(ofDerivative(node.line), () => node.primitive!.jvp(node, given));
    node.outputs.forEach((t, i) => known.set(t, results[i]));
  }
  return outputs.map((t) => known.get(t) ?? zerosLike(t));
}

/**
 * Value and directional derivative: `[out, tangentOut]`.
 *
 * @param primals the arguments
 * @param tangents one for each, of the same structure, shapes and dtypes (integer leaves have none: pass zeros)
 *
 * @example
 * ```ts
 * import { jvp, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [out, slope] = jvp(ops.square, [tensor(3)], [tensor(1)]);
 * assertEquals([await out.item(), await slope.item()], [9, 6]);
 * ```
 */
export function jvp<A extends readonly unknown[], R>(
  f: (...primals: A) => R,
  primals: A,
  tangents: NoInfer<A>,
): [out: R, tangentOut: R] {
  if (typeof f !== "function") throw new TypeError(`jvp: needs a function, got ${describe(f)}`);
  if (!Array.isArray(primals) || !Array.isArray(tangents) || primals.length !== tangents.length) {
    throw new TypeError("jvp: primals and tangents must be arrays of the same length: jvp(f, [x], [tangent])");
  }
  const args = new Arguments<A>("jvp", primals);
  const { leaves } = args;
  const directions = checkTangents("jvp", args, tangents);
  let structure: ReturnType<typeof flattenResult>[1] | undefined;
  const all = [...leaves, ...directions];
  const graph = trace("jvp", all.map((t) => t.aval), (inputs) => {
    const primalInputs = inputs.slice(0, leaves.length);
    const [outputs, shape] = flattenResult("jvp", f(...args.unpack(primalInputs)));
    structure = shape;
    const given = inputs.slice(leaves.length).map((t, i) => isFloat(leaves[i].dtype) ? t : null);
    return [...outputs, ...pushForward(primalInputs, outputs, given)];
  }, all);
  const results = call(graph, all);
  const half = results.length / 2;
  return [unflatten(structure!, results.slice(0, half)), unflatten(structure!, results.slice(half))];
}

/** The leaves of the tangents, which must fit the primals. */
export function checkTangents<A extends readonly unknown[]>(
  operation: string,
  { parts, leaves }: Arguments<A>,
  tangents: readonly unknown[],
): Tensor[] {
  if (tangents.length !== parts.length) {
    throw new TypeError(`${operation}: needs ${parts.length} tangents, one for each primal, got ${tangents.length}`);
  }
  const directions = tangents.flatMap((t, i) => {
    const [list, structure] = flattenArgument(operation, t);
    if (structureKey(structure) !== structureKey(parts[i][1])) {
      throw new TypeError(
        `${operation}: tangent ${i} has structure ${structureKey(structure)}, its primal ${structureKey(parts[i][1])}`,
      );
    }
    return list;
  });
  leaves.forEach((x, i) => {
    const t = directions[i];
    if (!sameShape(x.shape, t.shape) || (isFloat(x.dtype) && x.dtype !== t.dtype)) {
      throw new TypeError(
        `${operation}: a tangent is ${t.dtype} ${show(t.shape)}, its primal ${x.dtype} ${show(x.shape)}`,
      );
    }
  });
  return directions;
}
