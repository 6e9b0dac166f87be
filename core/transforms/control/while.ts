/** Loops whose number of turns the values decide: `whileLoop`, and `forLoop`. */
import { Bodies, type WhileShape } from "../../bodies.ts";
import { allocate, isFloat } from "../../dtype.ts";
import { checkFunction, checkOptions, describe, show } from "../../errors.ts";
import { bind, type Graph, inline, trace } from "../../graph.ts";
import type { Maybe, Primitive } from "../../primitive.ts";
import { add, broadcast, expandBatch, literal, select, zerosLike } from "../../primitives/algebra.ts";
import { less } from "../../primitives/comparison.ts";
import { iota } from "../../primitives/movement.ts";
import { reduceMax } from "../../primitives/reduction.ts";
import { aval } from "../../shape.ts";
import { isTensor, Tensor } from "../../tensor.ts";
import { unflatten } from "../../tree.ts";
import { Arguments } from "../arguments.ts";
import { pushForward } from "../jvp.ts";
import { batchGraph } from "../vmap.ts";
import { checkState, sharingCaptures, traceBody } from "./body.ts";
import { type Carried, type Given, scan } from "./scan.ts";

/** While the condition of constants and carries is true, the body gives the next carries. Graphs: condition, body. */
export const whilePrimitive: Primitive<Bodies<WhileShape>> = {
  name: "while",
  infer: (operands, { shape: { consts } }) => operands.slice(consts),
  jvp({ operands, params: { graphs: [condition, body], shape: { consts, most } } }, tangents) {
    const carry = operands.slice(consts);
    const active = tangents.flatMap((t, i) => i < consts && t ? [i] : []);
    const floats = carry.flatMap((t, i) => isFloat(t.dtype) ? [i] : []);
    const given = [
      ...operands.slice(0, consts),
      ...active.map((i) => tangents[i]!),
      ...carry,
      ...floats.map((i) => tangents[consts + i] ?? zerosLike(carry[i])),
    ];
    const wide = consts + active.length;
    const avals = given.map((t) => t.aval);
    const primalsOf = (inputs: readonly Tensor[]): Tensor[] => [
      ...inputs.slice(0, consts),
      ...inputs.slice(wide, wide + carry.length),
    ];
    const test = trace("jvp", avals, (inputs) => inline(condition, primalsOf(inputs)));
    const turn = trace("jvp", avals, (inputs) => {
      const primals = primalsOf(inputs);
      const directions: Maybe[] = primals.map(() => null);
      active.forEach((i, k) => directions[i] = inputs[consts + k]);
      floats.forEach((i, k) => directions[consts + i] = inputs[wide + carry.length + k]);
      const outputs = inline(body, primals);
      const results = pushForward(primals, outputs, directions);
      return [...outputs, ...floats.map((i) => results[i])];
    });
    const results = repeated(test, turn, given, { consts: wide, most });
    return carry.map((_, i) => floats.includes(i) ? results[carry.length + floats.indexOf(i)] : null);
  },
  vjp() {
    throw new TypeError(
      "whileLoop: has no reverse mode, since the number of its turns, and so the memory for its steps, is not known; use scan, or " +
        "forLoop with numbers as bounds, and leave the state as it is after the end (ops.where), or customVjp with the derivative of " +
        "the solution",
    );
  },
  batch(operands, batched, size, { graphs: [condition, body], shape }) {
    const { consts } = shape;
    const given = operands.map((t, i) => i < consts || batched[i] ? t : expandBatch(t, size));
    const flags = given.map((_, i) => i >= consts || batched[i]);
    const avals = given.map((t) => t.aval);
    const test = trace("vmap", avals, (inputs) => {
      const [go] = batchGraph(condition, inputs, flags, size);
      return [reduceMax(go, [0])]; // any example that goes on
    });
    const turn = trace("vmap", avals, (inputs) => {
      const [go] = batchGraph(condition, inputs, flags, size);
      return batchGraph(body, inputs, flags, size).map((t, i) =>
        select(broadcast(go, t.shape, [0]), t, inputs[consts + i]) // those that have ended stay as they are
      );
    });
    return repeated(test, turn, given, shape);
  },
  axes: () => ({ parallel: [], summed: [] }),
  lower: { kind: "while" },
};

/** Options of `whileLoop`. */
export interface WhileOptions {
  /** Ends the loop after so many turns, whatever the condition says. Webgpu needs it: so many turns are in its program. */
  readonly maxIterations?: number;
}

/**
 * `body` again and again while `condition` holds, on values that only the run knows: one program. With `jvp` and `vmap` (of a batch each
 * example ends by itself); reverse mode is refused, since nobody knows how many steps it would have to keep.
 *
 * @param condition gives a bool scalar
 * @param body gives a state of the same structure, shapes and dtypes
 * @param init the first state, a tree
 * @throws TypeError for a condition that is no bool scalar, a state that changes, and under `grad` and `vjp`
 *
 * @example
 * ```ts
 * import { ops, tensor, whileLoop } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * // The first power of 2 above 1000.
 * const power = whileLoop((x) => ops.lessEqual(x, 1000), (x) => ops.mul(x, 2), tensor(1));
 * assertEquals(await power.item(), 1024);
 * ```
 */
export function whileLoop<const S>(
  condition: (state: Carried<S>) => Tensor,
  body: (state: Carried<S>) => Given<Carried<S>>,
  init: S,
  options: WhileOptions = {},
): Carried<S> {
  checkFunction("whileLoop", "the condition", condition);
  checkFunction("whileLoop", "the body", body);
  checkOptions("whileLoop", options, ["maxIterations"]);
  const { maxIterations } = options;
  if (maxIterations === undefined) return loop(condition, body, init);
  if (!Number.isInteger(maxIterations) || maxIterations < 0 || maxIterations >= 2 ** 31) {
    throw new RangeError(
      `whileLoop: maxIterations must be an integer of 0 to 2³¹ − 1, got ${describe(maxIterations)}`,
    );
  }
  const counted = new Arguments("whileLoop", [init]).leaves;
  const start = integers(counted, 0, 1, []);
  const [, last] = loop(
    ([i, state]: [Tensor, Carried<S>]) => {
      const go = condition(state);
      checkCondition(go);
      return select(less(i, literal(maxIterations, "int32")), go, literal(0, "bool"));
    },
    ([i, state]: [Tensor, Carried<S>]) => [add(i, literal(1, "int32")), body(state)] as never,
    [start, init] as never,
    maxIterations,
  ) as unknown as [Tensor, Carried<S>];
  return last;
}

/** A while loop, of `most` turns where that is known. */
function loop<const S>(
  condition: (state: Carried<S>) => Tensor,
  body: (state: Carried<S>) => Given<Carried<S>>,
  init: S,
  most?: number,
): Carried<S> {
  const args = new Arguments("whileLoop", [init]);
  const [[state, structure]] = args.parts;
  const avals = state.map((t) => t.aval);
  const test = traceBody("whileLoop", avals, (inputs) => {
    const go = condition(unflatten(structure, inputs));
    checkCondition(go);
    return go;
  });
  const turn = traceBody("whileLoop", avals, (inputs) => body(unflatten(structure, inputs)));
  checkState("whileLoop", "the state", state, structure, turn.graph.outputs, turn.structure);
  return unflatten(structure, repeated(test.graph, turn.graph, state, { consts: 0, most }));
}

/** Applies the primitive; what condition and body capture becomes constants, before those that are there. */
function repeated(condition: Graph, body: Graph, operands: readonly Tensor[], shape: WhileShape): readonly Tensor[] {
  const { graphs, captures } = sharingCaptures([condition, body]);
  const consts = captures.length + shape.consts;
  return bind(whilePrimitive, [...captures, ...operands], new Bodies(graphs, { ...shape, consts }));
}

function checkCondition(go: unknown): asserts go is Tensor {
  if (isTensor(go) && go.dtype === "bool" && go.ndim === 0) return;
  const got = isTensor(go) ? `${go.dtype} ${show(go.shape)}` : describe(go);
  throw new TypeError(
    `whileLoop: the condition must give a bool scalar, got ${got}; compare, and reduce with ops.any or ops.all`,
  );
}

/** Consecutive integers beside other tensors: on their device, or recorded where one of them is traced. */
export function integers(
  beside: readonly Tensor[],
  from: number,
  count: number,
  shape: readonly number[] = [count],
): Tensor {
  const a = aval(shape, "int32");
  if (beside.length > 0 && beside.every((t) => t.node === undefined)) {
    const { owner } = beside[0];
    const values = allocate("int32", count);
    for (let i = 0; i < count; i++) values[i] = from + i;
    return Tensor.concrete(a, owner, owner.write(values, a));
  }
  const start = broadcast(literal(from, "int32"), shape, []);
  return shape.length === 0 ? start : add(iota(shape, 0, "int32"), start);
}

/**
 * `body(i, state)` for i from `lower` to before `upper`. With numbers as bounds it is a `scan`, with every derivative; with tensors (int32
 * scalars) a `whileLoop`, without reverse mode.
 *
 * @param body gives a state of the same structure, shapes and dtypes; i is an int32 scalar
 * @throws TypeError for bounds that are neither integers nor int32 scalars, and a state that changes
 *
 * @example
 * ```ts
 * import { forLoop, ops, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const factorial = forLoop(1, 6, (i: Tensor, product: Tensor) => ops.mul(product, ops.cast(i, "float32")), tensor(1));
 * assertEquals(await factorial.item(), 120);
 * ```
 */
export function forLoop<const S>(
  lower: number | Tensor,
  upper: number | Tensor,
  body: (i: Tensor, state: Carried<S>) => Given<Carried<S>>,
  init: S,
): Carried<S> {
  checkFunction("forLoop", "the body", body);
  for (const [name, bound] of [["lower", lower], ["upper", upper]] as const) {
    const fits = isTensor(bound)
      ? bound.dtype === "int32" && bound.ndim === 0
      : Number.isInteger(bound) && Math.abs(bound) < 2 ** 31;
    if (fits) continue;
    const got = isTensor(bound) ? `${bound.dtype} ${show(bound.shape)}` : describe(bound);
    throw new TypeError(`forLoop: ${name} must be an integer or an int32 scalar, got ${got}`);
  }
  const { leaves } = new Arguments("forLoop", [init]);
  if (typeof lower === "number" && typeof upper === "number") {
    const count = Math.max(0, upper - lower);
    const turn = (state: Carried<S>, i: Tensor) => [body(i, state), null] as const;
    return scan(turn as never, init, integers(leaves, lower, count), { length: count })[0] as Carried<S>;
  }
  const known = [...leaves, ...[lower, upper].filter(isTensor)];
  const bound = (n: number | Tensor): Tensor => isTensor(n) ? n : integers(known, n, 1, []);
  const end = bound(upper);
  const [, last] = whileLoop(
    ([i]: [Tensor, Carried<S>]) => less(i, end),
    ([i, state]: [Tensor, Carried<S>]) => [add(i, literal(1, "int32")), body(i, state)] as never,
    [bound(lower), init] as never,
  ) as unknown as [Tensor, Carried<S>];
  return last;
}
