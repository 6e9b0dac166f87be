/** Layers made of layers, and of functions. */
import { checkOptions, checkText, describe, show } from "../core/errors.ts";
import { split } from "../core/random.ts";
import { sameShape } from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import * as ops from "../ops/mod.ts";
import { checkLayer, checkMode, checkTensor } from "./check.ts";
import { Applied, initAny, type Trees } from "./part.ts";
import {
  type AnyLayer,
  type Empty,
  isStateful,
  type Layer,
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

/** How the parts of a layer become its output: `use(i, x)` applies the i-th. */
type Forward = (use: (i: number, x: Tensor) => Tensor, x: Tensor) => Tensor;

/** A layer of parts, whose parameters and states lie in a tree by their paths; stateful exactly if a part is. */
function composed(
  name: string,
  parts: readonly { readonly path: string | number; readonly layer: AnyLayer }[],
  tree: { build(values: readonly unknown[]): unknown; check(what: string, value: unknown): Trees },
  forward: Forward,
): AnyLayer {
  const init = (key: Tensor): [unknown, unknown][] => {
    const keys = parts.length > 0 ? split(key, parts.length) : [];
    return parts.map(({ layer }, i) => initAny(layer, keys[i]));
  };
  const run = (applied: Applied, x: Tensor): Tensor => {
    checkTensor(name, x);
    return forward((i, x) => applied.apply(i, x), x);
  };
  if (!parts.some(({ layer }) => isStateful(layer))) {
    return {
      name,
      layers: parts,
      init: (key) => tree.build(init(key).map(([params]) => params)),
      apply: (params, x) => run(new Applied(parts, tree.check("params", params), {}, { train: false }), x),
    };
  }
  return {
    name,
    layers: parts,
    stateful: true,
    init(key) {
      const pairs = init(key);
      return [tree.build(pairs.map(([params]) => params)), tree.build(pairs.map(([, state]) => state))];
    },
    apply(params, state, x, mode) {
      checkTensor(name, x);
      checkMode(name, mode);
      const applied = new Applied(parts, tree.check("params", params), tree.check("state", state), mode);
      const y = run(applied, x);
      return [y, tree.build(parts.map(({ path }) => applied.states[path]))];
    },
  };
}

/** Trees that are objects with these keys. */
function objectOf(name: string, keys: readonly string[]) {
  return {
    build: (values: readonly unknown[]): unknown => Object.fromEntries(keys.map((key, i) => [key, values[i]])),
    check(what: string, value: unknown): Trees {
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Trees;
      throw new TypeError(`${name}: ${what} must be an object { ${keys.join(", ")} }, got ${describe(value)}`);
    },
  };
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
  const tree = {
    build: (values: readonly unknown[]): unknown => values,
    check(what: string, value: unknown): Trees {
      if (Array.isArray(value) && value.length === layers.length) return value as unknown as Trees;
      throw new TypeError(
        `sequential: ${what} must be an array of ${layers.length}, one for each layer, got ${describe(value)}`,
      );
    },
  };
  const parts = layers.map((layer, path) => ({ path, layer }));
  return composed(
    "sequential",
    parts,
    tree,
    (use, x) => layers.reduce((y, _, i) => use(i, y), x),
  ) as never;
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
  const parts = [{ path: "body", layer: body }, { path: "shortcut", layer: shortcut }];
  return composed("residual", parts, objectOf("residual", ["body", "shortcut"]), (use, x) => {
    const y = use(0, x);
    return add(x, y, options.shortcut ? use(1, x) : x);
  }) as never;
}

/** Layers by name; what is undefined is left out. */
export type Parts = Readonly<Record<string, AnyLayer | undefined>>;

/** The parts of a {@linkcode module}, to be applied. */
export type Use<M extends Parts> = { readonly [K in keyof M]: (x: Tensor) => Tensor };

/** A layer that is stateful exactly if one of the named members is; either, where their types do not tell. */
export type NamedComposite<M extends Parts> = M[keyof M] extends Layer<unknown> | undefined
  ? Layer<{ readonly [K in keyof M]: ParamsOf<M[K]> }>
  : true extends { [K in keyof M]: M[K] extends StatefulLayer<unknown, unknown> ? true : never }[keyof M]
    ? StatefulLayer<{ readonly [K in keyof M]: ParamsOf<M[K]> }, { readonly [K in keyof M]: StateOf<M[K]> }>
  : AnyLayer;

/**
 * A layer of named parts and a function that says how they are applied: for blocks whose data do not go straight through.
 * Parameters (and state, if a part is stateful) are an object with the names of the parts. `use.name(x)` applies a part;
 * parameters, states and keys go their way by themselves, and the layer as a whole stays a pure function of them.
 *
 * @param parts layers by name; undefined ones are left out, and so is their `use.name`
 * @param forward the output for an input
 * @throws TypeError for what is no layer; an error of a part says which one it was
 *
 * @example
 * ```ts
 * import { nn, ops, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const gated = nn.module(
 *   { value: nn.conv2d(4, 8, { kernelSize: 3, padding: 1 }), gate: nn.conv2d(4, 8, { kernelSize: 1 }), norm: nn.batchNorm2d(8) },
 *   (use, x) => use.norm(ops.mul(use.value(x), ops.sigmoid(use.gate(x)))),
 *   { name: "gated" },
 * );
 * const [params, state] = gated.init(random.key(0));
 * const x = random.normal(random.key(1), [2, 4, 6, 6]);
 * const [y, next] = gated.apply(params, state, x, { train: true });
 * assertEquals(y.shape, [2, 8, 6, 6]);
 * assertEquals(next.norm.mean.shape, [8]);
 * ```
 */
export function module<M extends Parts>(
  parts: M,
  forward: (use: Use<M>, x: Tensor) => Tensor,
  options: { readonly name?: string } = {},
): NamedComposite<M> {
  checkOptions("module", options, ["name"]);
  const { name = "module" } = options;
  checkText("module", "name", name);
  if (typeof parts !== "object" || parts === null || Array.isArray(parts) || isTensor(parts)) {
    throw new TypeError(`module: the parts must be an object of layers, got ${describe(parts)}`);
  }
  if (typeof forward !== "function") {
    throw new TypeError(`module: needs a function of (use, x), got ${describe(forward)}`);
  }
  const list = Object.entries(parts).filter(([, layer]) => layer !== undefined) as [string, AnyLayer][];
  list.forEach(([path, layer]) => checkLayer(name === "module" ? name : `module: ${name}`, path, layer));
  return composed(
    name,
    list.map(([path, layer]) => ({ path, layer })),
    objectOf(name, list.map(([path]) => path)),
    (use, x) => {
      const uses = Object.fromEntries(list.map(([path], i) => [path, (x: Tensor) => use(i, x)]));
      const y = forward(uses as Use<M>, x);
      if (!isTensor(y)) throw new TypeError(`${name}: its function must return a tensor, got ${describe(y)}`);
      return y;
    },
  ) as NamedComposite<M>;
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
  if (options.name !== undefined) checkText("lambda", "name", options.name);
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
