/** Reverse mode: pullbacks and gradients. */
import { isFloat } from "../dtype.ts";
import { checkFlag, checkOptions, describe, show } from "../errors.ts";
import { between, call, type Graph, type Node, trace } from "../graph.ts";
import type { Maybe } from "../primitive.ts";
import { add, literal, zerosLike } from "../primitives/algebra.ts";
import { concat, pad, type PadParams, padPrimitive } from "../primitives/movement.ts";
import { sameShape } from "../shape.ts";
import { ofDerivative, onBehalf } from "../source.ts";
import type { Tensor } from "../tensor.ts";
import { paths, type Structure, structureKey, type Tree, unflatten } from "../tree.ts";
import { Arguments, checkScalar, flattenArgument, flattenLoosely, flattenResult } from "./arguments.ts";

/** The cotangents of `inputs` (symbolic) from those of `outputs`, recorded in the same trace. */
export function pullBack(
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  cotangents: readonly Maybe[],
): Tensor[] {
  const graph = between(inputs, outputs);
  const active = new Set<Node>();
  for (const t of inputs) if (isFloat(t.dtype)) active.add(t.node!);
  const isActive = (t: Tensor): boolean => t.node !== undefined && active.has(t.node) && isFloat(t.dtype);
  for (const node of graph.nodes) if (node.operands.some(isActive)) active.add(node);

  const pending = new Map<Node, Maybe[]>();
  const give = (t: Tensor, cotangent: Maybe): void => {
    if (!cotangent || !isActive(t)) return;
    const slots = pending.get(t.node!) ?? t.node!.outputs.map(() => null);
    const held = slots[t.index];
    slots[t.index] = held ? beside(held, cotangent) ?? add(held, cotangent) : cotangent;
    pending.set(t.node!, slots);
  };
  outputs.forEach((t, i) => give(t, cotangents[i]));
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    const slots = pending.get(node);
    if (!slots) continue;
    pending.delete(node);
    const wanted = node.operands.map(isActive);
    const results = onBehalf(ofDerivative(node.line), () => node.primitive!.vjp(node, slots, wanted));
    results.forEach((cotangent, k) => give(node.operands[k], cotangent));
  }
  return inputs.map((t) => pending.get(t.node!)?.[0] ?? zerosLike(t));
}

/**
 * The sum of the cotangents of two parts that lie side by side along one axis, each in a frame of zeros: the parts one after the other.
 * The zeros stand for "no contribution", so nothing is added to them; splitting a tensor costs its gradient no arithmetic.
 */
function beside(x: Tensor, y: Tensor): Tensor | undefined {
  if (x.node?.primitive !== padPrimitive || y.node?.primitive !== padPrimitive) return undefined;
  const a = x.node.params as PadParams, b = y.node.params as PadParams;
  const [p] = x.node.operands, [q] = y.node.operands;
  if ([...a.interior, ...b.interior].some((n) => n !== 0) || a.value !== 0 || b.value !== 0) return undefined;
  const differing = x.shape.map((_, i) => i).filter((i) => a.low[i] !== b.low[i] || p.shape[i] !== q.shape[i]);
  if (differing.length !== 1) return undefined;
  const [axis] = differing;
  const end = (params: PadParams, part: Tensor): number => params.low[axis] + part.shape[axis];
  const [first, second] = a.low[axis] < b.low[axis]
    ? [{ t: p, at: a }, { t: q, at: b }]
    : [{ t: q, at: b }, { t: p, at: a }];
  if (end(first.at, first.t) !== second.at.low[axis]) return undefined;
  return pad(concat([first.t, second.t], axis), {
    ...first.at,
    high: first.at.high.map((n, i) => i === axis ? second.at.high[axis] : n),
  });
}

/** Options of `grad` and `valueAndGrad`. */
export interface GradOptions {
  /** Which arguments to differentiate: one position (default 0) gives its gradient, a list gives an array of them. */
  readonly argnums?: number | readonly number[];
  /** The function returns `[loss, aux]`; aux is passed through. */
  readonly hasAux?: boolean;
}

interface Differentiated {
  value: Tensor;
  aux: unknown;
  grads: unknown;
}

// deno-lint-ignore no-explicit-any
type AnyFunction = (...args: any[]) => any;

function differentiate(
  operation: string,
  f: AnyFunction,
  options: GradOptions,
  args: readonly unknown[],
): Differentiated {
  const { argnums = 0, hasAux = false } = options;
  const positions = typeof argnums === "number" ? [argnums] : argnums;
  const flat = positions.map((position) => {
    if (!Number.isInteger(position) || position < 0 || position >= args.length) {
      throw new RangeError(`${operation}: argnums names argument ${position}, the call has ${args.length} arguments`);
    }
    const [leaves, structure] = flattenArgument(operation, args[position]);
    leaves.forEach((leaf, i) => {
      if (isFloat(leaf.dtype)) return;
      const path = paths(unflatten(structure, leaves))[i];
      throw new TypeError(
        `${operation}: ${
          path ? `leaf ${path} of ` : ""
        }argument ${position} is ${leaf.dtype}; only float32 and float64 have derivatives: ` +
          `use ops.cast, or pass it as another argument`,
      );
    });
    return { leaves, structure };
  });
  const primals = flat.flatMap(({ leaves }) => leaves);
  let rebuildAux: ((tensors: readonly Tensor[]) => unknown) | undefined;
  const graph = trace(operation, primals.map((t) => t.aval), (inputs) => {
    const full = args.slice();
    let next = 0;
    flat.forEach(({ leaves, structure }, k) => {
      full[positions[k]] = unflatten(structure, inputs.slice(next, next += leaves.length));
    });
    const result = f(...full);
    if (hasAux && !(Array.isArray(result) && result.length === 2)) {
      throw new TypeError(`${operation}: with hasAux the function must return [loss, aux], got ${describe(result)}`);
    }
    const loss = hasAux ? result[0] : result;
    checkScalar(operation, loss);
    const aux = flattenLoosely(operation, hasAux ? result[1] : undefined);
    rebuildAux = aux.rebuild;
    return [loss, ...pullBack(inputs, [loss], [literal(1, loss.dtype)]), ...aux.tensors];
  }, primals);
  const results = call(graph, primals);
  let next = 1;
  const grads = flat.map(({ leaves, structure }) => unflatten(structure, results.slice(next, next += leaves.length)));
  return {
    value: results[0],
    grads: typeof argnums === "number" ? grads[0] : grads,
    aux: rebuildAux!(results.slice(next)),
  };
}

function checkGradArguments(operation: string, f: unknown, options: GradOptions): void {
  if (typeof f !== "function") throw new TypeError(`${operation}: needs a function, got ${describe(f)}`);
  checkOptions(operation, options, ["argnums", "hasAux"]);
  const { argnums = 0, hasAux = false } = options;
  checkFlag(operation, "hasAux", hasAux);
  const list = Array.isArray(argnums) ? argnums : [argnums];
  if (list.every((n) => Number.isSafeInteger(n) && n >= 0)) return;
  throw new TypeError(
    `${operation}: argnums must be the position of an argument, from 0, or an array of them, got ${describe(argnums)}`,
  );
}

/**
 * The gradient of a scalar function, as a function of the same arguments: the result has the structure of the first argument.
 *
 * @param f returns a scalar tensor (or `[scalar, aux]` with `hasAux`)
 * @throws TypeError for a result that is no scalar and for integer leaves
 *
 * @example
 * ```ts
 * import { grad, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const slope = grad((p: { w: ReturnType<typeof tensor> }) => ops.sum(ops.mul(p.w, p.w)));
 * assertEquals(await slope({ w: tensor([1, 2]) }).w.toArray(), [2, 4]);
 * ```
 */
export function grad<P extends Tree<P>, A extends readonly unknown[]>(
  f: (params: P, ...rest: A) => Tensor,
): (params: P, ...rest: A) => P;
/** The gradient of the first argument, beside auxiliary results: `[grads, aux]`. */
export function grad<P extends Tree<P>, A extends readonly unknown[], X>(
  f: (params: P, ...rest: A) => readonly [Tensor, X],
  options: { readonly hasAux: true; readonly argnums?: 0 },
): (params: P, ...rest: A) => [grads: P, aux: X];
/** The gradients of the arguments that `argnums` names. */
export function grad<A extends readonly unknown[]>(
  // deno-lint-ignore no-explicit-any
  f: (...args: A) => any,
  options: GradOptions,
  // deno-lint-ignore no-explicit-any
): (...args: A) => any;
export function grad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  checkGradArguments("grad", f, options);
  return (...args) => {
    const { grads, aux } = differentiate("grad", f, options, args);
    return options.hasAux ? [grads, aux] : grads;
  };
}

/**
 * Value and gradient of a scalar function in one pass: `[value, grads]`, with `hasAux` `[[value, aux], grads]`.
 *
 * @example
 * ```ts
 * import { ops, tensor, valueAndGrad } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [value, slope] = valueAndGrad(ops.square)(tensor(3));
 * assertEquals([await value.item(), await slope.item()], [9, 6]);
 * ```
 */
export function valueAndGrad<P extends Tree<P>, A extends readonly unknown[]>(
  f: (params: P, ...rest: A) => Tensor,
): (params: P, ...rest: A) => [value: Tensor, grads: P];
/** Value, auxiliary results and gradient of the first argument. */
export function valueAndGrad<P extends Tree<P>, A extends readonly unknown[], X>(
  f: (params: P, ...rest: A) => readonly [Tensor, X],
  options: { readonly hasAux: true; readonly argnums?: 0 },
): (params: P, ...rest: A) => [value: [Tensor, X], grads: P];
/** Value and the gradients of the arguments that `argnums` names. */
export function valueAndGrad<A extends readonly unknown[]>(
  // deno-lint-ignore no-explicit-any
  f: (...args: A) => any,
  options: GradOptions,
  // deno-lint-ignore no-explicit-any
): (...args: A) => [any, any];
export function valueAndGrad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  checkGradArguments("valueAndGrad", f, options);
  return (...args) => {
    const { value, grads, aux } = differentiate("valueAndGrad", f, options, args);
    return [options.hasAux ? [value, aux] : value, grads];
  };
}

/**
 * Value and pullback: `[out, pullback]`, where `pullback(cotangent)` gives an array with one cotangent for each primal.
 * The pullback reuses what the forward pass saved and may be called any number of times.
 *
 * @example
 * ```ts
 * import { ops, tensor, vjp } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [out, pullback] = vjp(ops.mul, tensor([1, 2]), tensor([3, 4]));
 * const [dx, dy] = pullback(tensor([1, 1]));
 * assertEquals([await out.toArray(), await dx.toArray(), await dy.toArray()], [[3, 8], [3, 4], [1, 2]]);
 * ```
 */
export function vjp<A extends readonly unknown[], R>(
  f: (...primals: A) => R,
  ...primals: A
): [out: R, pullback: (cotangent: R) => { -readonly [K in keyof A]: A[K] }] {
  if (typeof f !== "function") throw new TypeError(`vjp: needs a function, got ${describe(f)}`);
  const args = new Arguments("vjp", primals);
  let structure: Structure | undefined;
  let outputs: readonly Tensor[] = [];
  const { values, later } = twoHalves(
    "vjp",
    args.leaves,
    (inputs) => {
      [outputs, structure] = flattenResult("vjp", f(...args.unpack(inputs)));
      return outputs;
    },
    () => outputs,
    (inputs, outputs, cotangents) => pullBack(inputs, outputs, cotangents.map((c) => isFloat(c.dtype) ? c : null)),
  );
  const pullback = (cotangent: unknown) =>
    args.unpack(later(checkCotangents("pullback", cotangent, outputs, structure!)));
  return [unflatten(structure!, values), pullback as never];
}

/**
 * A computation in two halves, recorded by one trace: the values of the first at once, the second as a function of what comes later.
 * What the second uses of the first is saved.
 *
 * @param like tensors of the shapes and dtypes that come later
 */
export function twoHalves(
  name: string,
  leaves: readonly Tensor[],
  first: (inputs: readonly Tensor[]) => readonly Tensor[],
  like: () => readonly Tensor[],
  second: (inputs: readonly Tensor[], outputs: readonly Tensor[], given: readonly Tensor[]) => readonly Tensor[],
): { values: Tensor[]; later: (given: readonly Tensor[]) => Tensor[] } {
  let start: readonly Tensor[] = [];
  let outputs: readonly Tensor[] = [];
  let rest: Graph | undefined;
  let effects: readonly Tensor[] = [];
  trace(name, leaves.map((t) => t.aval), (inputs) => {
    start = inputs;
    if (inputs.length > 0) effects = inputs[0].node!.trace!.effects;
    outputs = first(inputs);
    rest = trace(name, like().map((t) => t.aval), (given) => second(inputs, outputs, given));
    return outputs;
  }, leaves);
  const saved = rest!.captures.filter((t) => t.node);
  const results = call(between(start, [...outputs, ...saved], effects), leaves);
  const residuals = results.slice(outputs.length);
  const known = new Set(saved);
  const resumed: Graph = {
    ...rest!,
    inputs: [...saved, ...rest!.inputs],
    captures: rest!.captures.filter((t) => !known.has(t)),
  };
  return { values: results.slice(0, outputs.length), later: (given) => call(resumed, [...residuals, ...given]) };
}

/** The leaves of a cotangent, which must fit the outputs. */
export function checkCotangents(
  operation: string,
  cotangent: unknown,
  outputs: readonly Tensor[],
  structure: Structure,
): Tensor[] {
  const [given, theirs] = flattenArgument(operation, cotangent);
  if (structureKey(theirs) !== structureKey(structure)) {
    throw new TypeError(
      `${operation}: the cotangent has structure ${structureKey(theirs)}, the output ${structureKey(structure)}`,
    );
  }
  given.forEach((c, i) => {
    const out = outputs[i];
    if (!sameShape(c.shape, out.shape) || (c.dtype !== out.dtype && isFloat(out.dtype))) {
      throw new TypeError(
        `${operation}: the cotangent is ${c.dtype} ${show(c.shape)}, the output ${out.dtype} ${show(out.shape)}`,
      );
    }
  });
  return given;
}
