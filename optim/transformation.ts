/** Gradient transformations: pairs of pure functions, how they join, and how their updates reach the parameters. */
import { zeros } from "../core/creation.ts";
import { show } from "../core/errors.ts";
import { literal } from "../core/primitives/algebra.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { flatten, leaves, paths, type Structure, structureKey, unflatten } from "../core/tree.ts";
import * as ops from "../ops/mod.ts";
import { checkTransformation } from "./check.ts";

/**
 * Turns gradients into updates, which {@linkcode applyUpdates} adds to the parameters. State in, state out: nothing is
 * changed in place, so that `update` can be traced, compiled and donated to.
 *
 * Writing one needs no more than the two functions. Under `jit` the state is traced, so that a decision on a value is an
 * `ops.where`, and a step counter is an int32 scalar in the state.
 *
 * @example
 * ```ts
 * import { ops, optim, tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * // The sign of the gradient alone, as in signSGD.
 * const signs: optim.GradientTransformation<Record<string, never>> = {
 *   init: () => ({}),
 *   update: (updates, state) => [tree.map((g) => ops.sign(g), updates) as typeof updates, state],
 * };
 * const optimizer = optim.chain(signs, optim.scale(-0.5));
 * const params = { w: tensor([1, 2]) };
 * const [updates] = optimizer.update({ w: tensor([3, -4]) }, optimizer.init(params), params);
 * assertEquals(await optim.applyUpdates(params, updates).w.toArray(), [0.5, 2.5]);
 * ```
 */
export interface GradientTransformation<S extends object = object> {
  /** The state before the first step, for parameters of this structure. */
  init<P>(params: P): S;
  /** Updates from gradients, or from the updates of the transformation before, and the next state. */
  update<P>(updates: P, state: S, params: P): [updates: P, state: S];
}

/** A state that holds nothing. */
export type EmptyState = Record<string, never>;

/** A tree with the structure of the parameters, in a state. */
export type Moments = object;

/** The states of several transformations, as a tuple. */
export type StatesOf<T extends readonly GradientTransformation[]> = {
  readonly [K in keyof T]: T[K] extends GradientTransformation<infer S> ? S : never;
};

/**
 * One transformation after the other: each takes the updates of the one before. The state is the array of their states.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = optim.chain(optim.clip(1), optim.sgd({ learningRate: 0.5 }));
 * const params = { w: tensor([1, 1]) };
 * const [updates] = optimizer.update({ w: tensor([0.5, 8]) }, optimizer.init(params), params);
 * assertEquals(await updates.w.toArray(), [-0.25, -0.5]);
 * ```
 *
 * @throws TypeError for what is no transformation
 */
export function chain<T extends readonly GradientTransformation[]>(
  ...transformations: T
): GradientTransformation<StatesOf<T>> {
  transformations.forEach((t, i) => checkTransformation("chain", `argument ${i}`, t));
  return {
    init: (params) => transformations.map((t) => t.init(params)) as unknown as StatesOf<T>,
    update(updates, state, params) {
      if (!Array.isArray(state) || state.length !== transformations.length) {
        throw new TypeError(
          `chain: the state must be an array of ${transformations.length} states, as init(params) makes it`,
        );
      }
      const next = transformations.map((t, i) => {
        const [changed, after] = t.update(updates, (state as readonly object[])[i], params);
        updates = changed;
        return after;
      });
      return [updates, next as unknown as StatesOf<T>];
    },
  };
}

/**
 * The parameters with the updates added, leaf by leaf, in the parameters' dtypes.
 *
 * @throws TypeError naming the path where the two trees differ in structure or shape
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { bias: tensor([1, 2]) };
 * assertEquals(await optim.applyUpdates(params, { bias: tensor([0.5, -1]) }).bias.toArray(), [1.5, 1]);
 * ```
 */
export function applyUpdates<P>(params: P, updates: P): P {
  return zipTrees("applyUpdates", (p, u) => ops.add(p, ops.cast(u, p.dtype)), params, updates);
}

/**
 * Applies `f` to the leaves at the same places of several trees.
 *
 * @throws TypeError naming the path where the trees differ in structure or shape: broadcasting would hide the mistake
 */
export function zipTrees<P>(
  operation: string,
  f: (...leaves: Tensor[]) => Tensor,
  first: P,
  ...rest: readonly unknown[]
): P {
  const [list, structure] = flatten(operation, first) as [Tensor[], Structure];
  const key = structureKey(structure);
  const others = rest.map((tree) => {
    const [theirs, other] = flatten(operation, tree) as [Tensor[], Structure];
    if (structureKey(other) !== key) throw differentTrees(operation, first, tree);
    theirs.forEach((leaf, i) => {
      if (sameShape(leaf.shape, list[i].shape)) return;
      throw new TypeError(
        `${operation}: ${paths(first)[i] || "the leaf"} has shape ${show(list[i].shape)} in one tree and ${
          show(leaf.shape)
        } in another`,
      );
    });
    return theirs;
  });
  return unflatten(structure, list.map((leaf, i) => f(leaf, ...others.map((theirs) => theirs[i]))));
}

function differentTrees(operation: string, first: unknown, second: unknown): TypeError {
  const [mine, theirs] = [paths(first), paths(second)];
  const odd = mine.find((path) => !theirs.includes(path)) ?? theirs.find((path) => !mine.includes(path));
  const where = odd === undefined ? "" : `: only one of them has ${odd || "a leaf at the root"}`;
  return new TypeError(`${operation}: parameters, gradients and state must be trees of one structure${where}`);
}

/** A tree of zeros like the parameters. */
export function zerosLike<P>(operation: string, params: P): P {
  return zipTrees(operation, ops.zerosLike, params);
}

/** The step counter of a state: an int32 scalar where the parameters are. */
export function counter(params: unknown): Tensor {
  const first = leaves(params)[0] as Tensor | undefined;
  return first?.node ? literal(0, "int32") : zeros([], { dtype: "int32", device: first?.owner });
}
