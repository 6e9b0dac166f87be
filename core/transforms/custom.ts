/** Functions with a derivative of their own: customJvp, customVjp, checkpoint, and the primitives behind them. */
import { isFloat } from "../dtype.ts";
import { closed } from "../bodies.ts";
import { describe, naming, show } from "../errors.ts";
import { bind, type Graph, inline, trace } from "../graph.ts";
import { alignedAxes, type Maybe, type Primitive } from "../primitive.ts";
import { alignBatch, zerosLike } from "../primitives/algebra.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Structure, structureKey, unflatten } from "../tree.ts";
import { Arguments, flattenArgument, flattenResult } from "./arguments.ts";
import { pushForward } from "./jvp.ts";
import { transposedOf } from "./linear.ts";
import { pullBack } from "./vjp.ts";
import { batchGraph } from "./vmap.ts";

/** The body of a call: what it computes, and how it is differentiated. A class, so that parameters compare by identity. */
class Body {
  constructor(
    readonly name: string,
    readonly graph: Graph,
    /** Tangents of the outputs from operands and their tangents; undefined where forward mode may not pass. */
    readonly forward: ((operands: readonly Tensor[], tangents: readonly Maybe[]) => readonly Maybe[]) | undefined,
    /** Cotangents of the operands from operands and the outputs' cotangents. */
    readonly backward: (operands: readonly Tensor[], cotangents: readonly Tensor[]) => readonly Tensor[],
  ) {}
}

/** A function applied as one operation: inlined by the compiler, differentiated by its own rule. */
const callPrimitive: Primitive<Body> = {
  name: "call",
  infer: (_operands, { graph }) => graph.outputs.map((t) => t.aval),
  jvp({ operands, params: { name, forward } }, tangents) {
    if (!forward) {
      throw new TypeError(
        `jvp: ${name} has a custom reverse rule and no forward one; use grad or vjp, or write the function without customVjp`,
      );
    }
    return forward(operands, tangents);
  },
  vjp({ operands, params, outputs }, cotangents) {
    const given = cotangents.map((c, i) => c ?? zerosLike(outputs[i]));
    return params.backward(operands, given);
  },
  batch(operands, batched, size, { name, graph, forward, backward }) {
    const aligned = alignBatch(operands, batched, size);
    const all = aligned.map(() => true);
    const batchedGraph = trace("vmap", aligned.map((t) => t.aval), (inputs) => batchGraph(graph, inputs, all, size));
    /** A rule of one example, of its operands and further values, as a rule of the batch. */
    const overBatch = (
      rule: (operands: readonly Tensor[], more: readonly Tensor[]) => readonly Tensor[],
      like: readonly Tensor[],
    ) =>
    (values: readonly Tensor[], more: readonly Tensor[]): readonly Tensor[] => {
      const count = graph.inputs.length;
      const single = trace(
        "vmap",
        [...graph.inputs, ...like].map((t) => t.aval),
        (inputs) => rule(inputs.slice(0, count), inputs.slice(count)),
      );
      const given = [...values, ...more];
      return batchGraph(single, given, given.map(() => true), size);
    };
    const dense = forward && overBatch((xs, ts) => filled(forward(xs, ts), graph.outputs), graph.inputs);
    const body = new Body(
      name,
      batchedGraph,
      dense && ((values, tangents) => dense(values, filled(tangents, values))),
      overBatch(backward, graph.outputs),
    );
    return bind(callPrimitive, aligned, body);
  },
  // Until it is inlined a call hides what it does.
  axes: () => ({ parallel: [], summed: [] }),
  lower: { kind: "call" },
};

/** Derivatives with zeros in the place of those never computed. */
function filled(derivatives: readonly Maybe[], like: readonly Tensor[]): Tensor[] {
  return derivatives.map((t, i) => t ?? zerosLike(like[i]));
}

/** Forward mode through a Graph applied to any operands. */
function pushThrough(graph: Graph, operands: readonly Tensor[], tangents: readonly Maybe[]): Tensor[] {
  const active = operands.flatMap((_, i) => tangents[i] ? [i] : []);
  const inner = trace("jvp", [...operands, ...active.map((i) => operands[i])].map((t) => t.aval), (inputs) => {
    const primals = inputs.slice(0, operands.length);
    const given: Maybe[] = operands.map(() => null);
    active.forEach((i, k) => given[i] = inputs[operands.length + k]);
    const outputs = inline(graph, primals);
    return pushForward(primals, outputs, given);
  });
  return inline(inner, [...operands, ...active.map((i) => tangents[i]!)]);
}

/** Operands as they are, behind a wall: nothing before it is shared with what comes after. */
const barrierPrimitive: Primitive<undefined> = {
  name: "barrier",
  infer: (operands) => operands,
  jvp: (_applied, tangents) => tangents,
  vjp: (_applied, cotangents) => cotangents,
  batch: (operands, batched, size) => bind(barrierPrimitive, alignBatch(operands, batched, size), undefined),
  axes: alignedAxes,
  lower: { kind: "identity" },
  opaque: true,
};

/**
 * The function with its intermediates recomputed in the backward pass instead of saved: less memory, one more forward pass.
 *
 * @example
 * ```ts
 * import { checkpoint, grad, ops, tensor } from "@cotangent/cotangent";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const f = checkpoint((x: ReturnType<typeof tensor>) => ops.exp(ops.sin(x)));
 * assertAlmostEquals(await grad(f)(tensor(0)).item(), 1);
 * ```
 */
export function checkpoint<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  if (typeof f !== "function") throw new TypeError(`checkpoint: needs a function, got ${describe(f)}`);
  return (...args) => {
    const given = new Arguments("checkpoint", args);
    const { leaves } = given;
    let structure: Structure | undefined;
    const traced = trace("checkpoint", leaves.map((t) => t.aval), (inputs) => {
      const [outputs, shape] = flattenResult("checkpoint", f(...given.unpack(inputs)));
      structure = shape;
      return outputs;
    });
    const graph = closed(traced); // captures become operands, so that their derivatives are not lost
    const forward = (operands: readonly Tensor[], tangents: readonly Maybe[]): readonly Maybe[] =>
      pushThrough(graph, operands, tangents);
    const backward = (operands: readonly Tensor[], cotangents: readonly Tensor[]): readonly Tensor[] => {
      const held = bind(barrierPrimitive, [...operands, ...cotangents], undefined);
      const inner = trace("checkpoint", held.map((t) => t.aval), (inputs) => {
        const primals = inputs.slice(0, operands.length);
        const outputs = inline(graph, primals);
        return pullBack(primals, outputs, inputs.slice(operands.length).map((c) => isFloat(c.dtype) ? c : null));
      });
      return inline(inner, held);
    };
    return unflatten(
      structure!,
      applyBody(new Body("checkpoint", graph, forward, backward), [...traced.captures, ...leaves]),
    );
  };
}

/** The Graph of a function with a rule of its own, which must not depend on traced values that the rule cannot see. */
function traceCustom<A extends readonly unknown[]>(
  operation: string,
  f: (...args: A) => unknown,
  primals: Arguments<A>,
): { graph: Graph; captures: readonly Tensor[]; structure: Structure } {
  let structure: Structure | undefined;
  const traced = trace(operation, primals.leaves.map((t) => t.aval), (inputs) => {
    const [outputs, shape] = flattenResult(operation, f(...primals.unpack(inputs)));
    structure = shape;
    return outputs;
  });
  const { captures } = traced;
  if (captures.some((t) => t.node)) {
    throw new TypeError(
      `${operation}: the function uses a traced value from outside, whose derivative would be lost; pass it as an argument`,
    );
  }
  return { graph: closed(traced), captures, structure: structure! };
}

function applyBody(body: Body, operands: readonly Tensor[]): readonly Tensor[] {
  return bind(callPrimitive, operands, body);
}

/**
 * A function with a reverse rule of its own.
 *
 * @param f the function
 * @param forward `(...args)` gives `[out, residuals]`
 * @param backward `(residuals, cotangent)` gives an array with one cotangent for each argument
 * @throws TypeError for captured traced values (pass them as arguments), under plain jvp, and for cotangents that do not fit
 *
 * @example
 * ```ts
 * import { customVjp, grad, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * type T = ReturnType<typeof tensor>;
 * // Rounds, with the derivative of the identity.
 * const straightThrough = customVjp((x: T) => ops.round(x), (x: T) => [ops.round(x), null] as const, (_, c) => [c]);
 * assertEquals(await grad((x: T) => ops.sum(straightThrough(x)))(tensor([0.2, 1.7])).toArray(), [1, 1]);
 * ```
 */
export function customVjp<A extends readonly unknown[], R, S>(
  f: (...args: A) => R,
  forward: (...args: A) => readonly [R, S],
  backward: (residuals: S, cotangent: R) => readonly unknown[],
): (...args: A) => R {
  for (const [name, g] of Object.entries({ f, forward, backward })) {
    if (typeof g !== "function") throw new TypeError(`customVjp: ${name} must be a function, got ${describe(g)}`);
  }
  return (...args) => {
    const primals = new Arguments("customVjp", args);
    const { graph, captures, structure } = traceCustom("customVjp", f, primals);
    const pull = (operands: readonly Tensor[], cotangents: readonly Tensor[]): readonly Tensor[] => {
      const pair = forward(...primals.unpack(operands.slice(captures.length)));
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new TypeError(`customVjp: forward must return [out, residuals], got ${describe(pair)}`);
      }
      const results = backward(pair[1] as S, unflatten(structure, cotangents) as R);
      if (!Array.isArray(results) || results.length !== args.length) {
        throw new TypeError(
          `customVjp: backward must return an array of ${args.length} cotangents, got ${describe(results)}`,
        );
      }
      const pulled = results.flatMap((c, i) => {
        const [list, s] = primals.parts[i];
        if (c === null || c === undefined) return list.map(zerosLike);
        const [given, theirs] = flattenArgument("customVjp (backward)", c);
        if (structureKey(theirs) !== structureKey(s)) {
          throw new TypeError(
            `customVjp: the cotangent of argument ${i} has structure ${structureKey(theirs)}, the argument ${
              structureKey(s)
            }`,
          );
        }
        given.forEach((t, k) => {
          if (!sameShape(t.shape, list[k].shape) || (isFloat(list[k].dtype) && t.dtype !== list[k].dtype)) {
            throw new TypeError(
              `customVjp: the cotangent of argument ${i} is ${t.dtype} ${show(t.shape)}, the argument ${
                list[k].dtype
              } ${show(list[k].shape)}`,
            );
          }
        });
        return given;
      });
      return [...captures.map(zerosLike), ...pulled];
    };
    return unflatten(
      structure,
      applyBody(new Body("customVjp", graph, undefined, pull), [...captures, ...primals.leaves]),
    );
  };
}

/**
 * A function with a forward rule of its own, for every mode: reverse mode transposes the rule, which must be linear in the tangents.
 *
 * @param f the function
 * @param rule `(primals, tangents)`, arrays with an entry for each argument, gives `[out, tangentOut]`
 * @throws TypeError for captured traced values (pass them as arguments), for a tangent that does not fit the result, and in reverse
 * mode for a rule that is not linear in the tangents
 *
 * @example
 * ```ts
 * import { customJvp, grad, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * type T = ReturnType<typeof tensor>;
 * // log(1 + eˣ), whose derivative 1 − 1 / (1 + eˣ) stays finite where eˣ does not.
 * const softplus = customJvp(
 *   (x: T) => ops.log(ops.add(1, ops.exp(x))),
 *   ([x], [t]) => [ops.log(ops.add(1, ops.exp(x))), ops.mul(t, ops.sub(1, ops.div(1, ops.add(1, ops.exp(x)))))],
 * );
 * assertEquals(await grad(softplus)(tensor(1000)).item(), 1);
 * ```
 */
export function customJvp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  rule: (primals: A, tangents: A) => readonly [out: R, tangentOut: R],
): (...args: A) => R {
  for (const [name, g] of Object.entries({ f, rule })) {
    if (typeof g !== "function") throw new TypeError(`customJvp: ${name} must be a function, got ${describe(g)}`);
  }
  return (...args) => {
    const primals = new Arguments("customJvp", args);
    const { graph, captures, structure } = traceCustom("customJvp", f, primals);
    const own = <T>(operands: readonly T[]): readonly T[] => operands.slice(captures.length);
    const push = (operands: readonly Tensor[], tangents: readonly Maybe[]): readonly Tensor[] => {
      const pair = rule(primals.unpack(own(operands)), primals.unpack(own(filled(tangents, operands))));
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new TypeError(`customJvp: the rule must return [out, tangentOut], got ${describe(pair)}`);
      }
      const [given, theirs] = flattenResult("customJvp", pair[1]);
      if (structureKey(theirs) !== structureKey(structure)) {
        throw new TypeError(
          `customJvp: the tangent of the result has structure ${structureKey(theirs)}, the result ${
            structureKey(structure)
          }`,
        );
      }
      graph.outputs.forEach(({ shape, dtype }, k) => {
        const t = given[k];
        if (!sameShape(t.shape, shape) || (isFloat(dtype) && t.dtype !== dtype)) {
          throw new TypeError(
            `customJvp: the tangent of the result is ${t.dtype} ${show(t.shape)}, the result ${dtype} ${show(shape)}`,
          );
        }
      });
      return given;
    };
    const pull = (operands: readonly Tensor[], cotangents: readonly Tensor[]): readonly Tensor[] =>
      inline(transposedOf("customJvp (rule)", operands.map((t) => t.aval), (ts) => push(operands, ts)), cotangents);
    return unflatten(structure, applyBody(new Body("customJvp", graph, push, pull), [...captures, ...primals.leaves]));
  };
}

/**
 * A straight-through estimator: the values of `f`, the derivative of the identity, in every mode and order. For rounding, thresholds
 * and samples, whose own derivative is zero. Bengio, Léonard, Courville: "Estimating or Propagating Gradients Through Stochastic
 * Neurons" (2013).
 *
 * @param f keeps shape and dtype
 *
 * @example
 * ```ts
 * import { grad, ops, straightThrough, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const round = straightThrough(ops.round);
 * const f = (x: ReturnType<typeof tensor>) => ops.sum(ops.square(round(x)));
 * assertEquals(await grad(f)(tensor([0.2, 1.7])).toArray(), [0, 4]); // 2 · round(x)
 * ```
 */
export function straightThrough(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  if (typeof f !== "function") throw new TypeError(`straightThrough: needs a function, got ${describe(f)}`);
  const through = customJvp(f, ([x], [t]) => [f(x), t]);
  return (x) => naming("straightThrough", () => through(x));
}
