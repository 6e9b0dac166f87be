/** Layers made of layers, and of functions. */
import { checkOptions, describe, show } from "../core/errors.ts";
import { split } from "../core/random.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkLayer, checkMode, checkTensor } from "./check.ts";
import { within } from "./location.ts";
import {
  type AnyLayer,
  type Empty,
  isStateful,
  type Layer,
  type Mode,
  type ParamsOf,
  type StatefulLayer,
  type StateOf,
} from "./layer.ts";

/** A layer that is stateful exactly if one of the members L is; either, where L does not tell. */
export type Composite<L extends readonly AnyLayer[], P, S> = L extends readonly Layer<unknown>[] ? Layer<P>
  : HasStateful<L> extends true ? StatefulLayer<P, S>
  : Layer<P> | StatefulLayer<P, S>;

/** Whether a member is known to be stateful. */
export type HasStateful<L extends readonly AnyLayer[]> = L extends
  readonly [infer First, ...infer Rest extends readonly AnyLayer[]]
  ? First extends StatefulLayer<unknown, unknown> ? true : HasStateful<Rest>
  : false;

/** Parameters of each member. */
export type MemberParams<L extends readonly AnyLayer[]> = { [K in keyof L]: ParamsOf<L[K]> };

/** State of each member; `{}` for a stateless one. */
export type MemberStates<L extends readonly AnyLayer[]> = { [K in keyof L]: StateOf<L[K]> };

/** Parameters and state of any layer. */
function initAny(layer: AnyLayer, key: Tensor): [params: unknown, state: unknown] {
  return isStateful(layer) ? layer.init(key) : [layer.init(key), {}];
}

/** Output and state of any layer. */
function applyAny(layer: AnyLayer, params: unknown, state: unknown, x: Tensor, mode: Mode): [Tensor, unknown] {
  return isStateful(layer) ? layer.apply(params, state, x, mode) : [layer.apply(params, x), state];
}

function keysOf(mode: Mode, count: number): readonly Mode[] {
  const keys = mode.key && count > 0 ? split(mode.key, count) : undefined;
  return Array.from({ length: count }, (_, i) => keys ? { ...mode, key: keys[i] } : mode);
}

/**
 * One layer after the other. Parameters are the array of the members' parameters; stateful exactly if a member is, and then
 * the state is an array likewise.
 *
 * @throws TypeError for what is no layer; an error of a member says which one it was
 *
 * @example
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const model = nn.sequential(
 *   nn.conv2d(1, 8, { kernelSize: 3 }),
 *   nn.relu(),
 *   nn.flatten(),
 *   nn.linear(8 * 26 * 26, 10),
 * );
 * const params = model.init(random.key(0));
 * assertEquals(params[0].weight.shape, [8, 1, 3, 3]);
 * assertEquals(model.apply(params, ones([2, 1, 28, 28])).shape, [2, 10]);
 * ```
 */
export function sequential<L extends readonly AnyLayer[]>(
  ...layers: L
): Composite<L, MemberParams<L>, MemberStates<L>> {
  layers.forEach((layer, i) => checkLayer("sequential", `argument ${i}`, layer));
  const shared = { name: "sequential", layers: layers.map((layer, path) => ({ path, layer })) };
  const init = (key: Tensor): [unknown, unknown][] => {
    const keys = layers.length > 0 ? split(key, layers.length) : [];
    return layers.map((layer, i) => initAny(layer, keys[i]));
  };
  const checkParams = (what: string, value: unknown): readonly unknown[] => {
    if (Array.isArray(value) && value.length === layers.length) return value;
    throw new TypeError(
      `sequential: ${what} must be an array of ${layers.length}, one for each layer, got ${describe(value)}`,
    );
  };
  if (!layers.some(isStateful)) {
    const plain: Layer<unknown> = {
      ...shared,
      init: (key) => init(key).map(([params]) => params),
      apply(params, x) {
        checkTensor("sequential", x);
        const all = checkParams("params", params);
        return layers.reduce((y, layer, i) => within(i, () => (layer as Layer<unknown>).apply(all[i], y)), x);
      },
    };
    return plain as Composite<L, MemberParams<L>, MemberStates<L>>;
  }
  const stateful: StatefulLayer<unknown, unknown> = {
    ...shared,
    stateful: true,
    init(key) {
      const pairs = init(key);
      return [pairs.map(([params]) => params), pairs.map(([, state]) => state)];
    },
    apply(params, state, x, mode) {
      checkTensor("sequential", x);
      checkMode("sequential", mode);
      const [all, states] = [checkParams("params", params), checkParams("state", state)];
      const modes = keysOf(mode, layers.length);
      const next = layers.map((layer, i) =>
        within(i, () => {
          const [y, after] = applyAny(layer, all[i], states[i], x, modes[i]);
          x = y;
          return after;
        })
      );
      return [x, next];
    },
  };
  return stateful as Composite<L, MemberParams<L>, MemberStates<L>>;
}

/** Options of {@linkcode residual}. */
export interface ResidualOptions<Q extends AnyLayer> {
  /** What stands in for the identity where the body changes the shape. */
  readonly shortcut?: Q;
}

/** A tree for body and shortcut. */
export interface BodyAndShortcut<B, Q> {
  /** Of the body. */
  readonly body: B;
  /** Of the shortcut. */
  readonly shortcut: Q;
}

/**
 * x + body(x), with a shortcut shortcut(x) + body(x). Parameters `{ body, shortcut }`, `{}` for the identity; stateful
 * exactly if body or shortcut is.
 *
 * After He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (2016).
 *
 * @throws TypeError at the call if the two shapes differ, which a broadcast would hide
 *
 * @example
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const block = nn.residual(nn.scConv(16, { outChannels: 32, stride: 2 }), {
 *   shortcut: nn.conv2d(16, 32, { kernelSize: 1, stride: 2 }),
 * });
 * const params = block.init(random.key(0));
 * assertEquals(block.apply(params, ones([1, 16, 8, 8])).shape, [1, 32, 4, 4]);
 * ```
 */
export function residual<B extends AnyLayer, Q extends AnyLayer = Layer<Empty>>(
  body: B,
  options: ResidualOptions<Q> = {},
): Composite<readonly [B, Q], BodyAndShortcut<ParamsOf<B>, ParamsOf<Q>>, BodyAndShortcut<StateOf<B>, StateOf<Q>>> {
  checkLayer("residual", "the body", body);
  checkOptions("residual", options, ["shortcut"]);
  const shortcut: AnyLayer = options.shortcut ?? lambda((x) => x, { name: "identity" });
  checkLayer("residual", "shortcut", shortcut);
  const add = (x: Tensor, y: Tensor, s: Tensor): Tensor => {
    if (sameShape(y.shape, s.shape)) return ops.add(s, y);
    const side = options.shortcut ? `the shortcut ${show(s.shape)}` : `the input ${show(x.shape)}`;
    throw new TypeError(
      `residual: the body gives ${
        show(y.shape)
      }, ${side}; pass { shortcut }, such as a 1×1 nn.conv2d with the same stride`,
    );
  };
  const parts = [{ path: "body", layer: body }, { path: "shortcut", layer: shortcut, input: "outer" }] as const;
  const shared = { name: "residual", layers: options.shortcut ? parts : parts.slice(0, 1) };
  type Both = BodyAndShortcut<unknown, unknown>;
  const init = (key: Tensor): [Both, Both] => {
    const [first, second] = split(key);
    const [[body0, state0], [shortcut0, state1]] = [initAny(body, first), initAny(shortcut, second)];
    return [{ body: body0, shortcut: shortcut0 }, { body: state0, shortcut: state1 }];
  };
  const apply = (params: Both, state: Both, x: Tensor, mode: Mode): [Tensor, Both] => {
    checkTensor("residual", x);
    const [first, second] = keysOf(mode, 2);
    const [y, state0] = within("body", () => applyAny(body, params?.body, state?.body, x, first));
    const [s, state1] = within("shortcut", () => applyAny(shortcut, params?.shortcut, state?.shortcut, x, second));
    return [add(x, y, s), { body: state0, shortcut: state1 }];
  };
  const plain: Layer<Both> = {
    ...shared,
    init: (key) => init(key)[0],
    apply: (params, x) => apply(params, { body: {}, shortcut: {} }, x, { train: false })[0],
  };
  const stateful: StatefulLayer<Both, Both> = {
    ...shared,
    stateful: true,
    init,
    apply(params, state, x, mode) {
      checkMode("residual", mode);
      return apply(params, state, x, mode);
    },
  };
  return (isStateful(body) || isStateful(shortcut) ? stateful : plain) as never;
}

/**
 * A function of a tensor as a layer without parameters.
 *
 * @throws TypeError for what is no function
 *
 * @example
 * ```ts
 * import { nn, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const double = nn.lambda((x) => ops.mul(x, 2), { name: "double" });
 * assertEquals(await double.apply({}, tensor([1, 2])).toArray(), [2, 4]);
 * ```
 */
export function lambda(f: (x: Tensor) => Tensor, options: { readonly name?: string } = {}): Layer<Empty> {
  if (typeof f !== "function") throw new TypeError(`lambda: needs a function, got ${describe(f)}`);
  checkOptions("lambda", options, ["name"]);
  return { name: options.name ?? (f.name || "lambda"), init: () => ({}), apply: (_params, x) => f(x) };
}

/**
 * All axes but the first as one: [N, ...] to [N, size].
 *
 * @throws TypeError for a scalar
 *
 * @example
 * ```ts
 * import { nn, ones } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.flatten().apply({}, ones([2, 3, 4, 4])).shape, [2, 48]);
 * ```
 */
export function flatten(): Layer<Empty> {
  return {
    name: "flatten",
    init: () => ({}),
    apply(_params, x) {
      checkTensor("flatten", x);
      if (x.ndim === 0) throw new TypeError("flatten: the input is a scalar; it needs a batch axis");
      return ops.reshape(x, [x.shape[0], x.shape.slice(1).reduce((size, extent) => size * extent, 1)]);
    },
  };
}
