/** What a layer is. */
import { checkLayer } from "./check.ts";
import type { Tensor } from "../core/tensor.ts";

/** A layer inside another one: for {@linkcode summary}, and for programs that look into a network. */
export interface Part {
  /** The key of its parameters in the tree of the outer layer's. */
  readonly path: string | number;
  /** The layer. */
  readonly layer: AnyLayer;
}

/** What {@linkcode Layer} and {@linkcode StatefulLayer} share. */
export interface Described {
  /** For summaries and errors. */
  readonly name?: string;
  /** The parts, where they are layers themselves. */
  readonly layers?: readonly Part[];
}

/**
 * A layer: two pure functions. The parameters are a tree of tensors, and only what `init` returned knows them.
 *
 * @example
 * ```ts
 * import { nn, ops, ones, random, tensor, type Tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const gain = (features: number): nn.Layer<{ gain: Tensor }> => ({
 *   init: () => ({ gain: ones([features]) }),
 *   apply: ({ gain }, x) => ops.mul(x, gain),
 * });
 * const model = nn.sequential(gain(2), nn.relu());
 * const params = model.init(random.key(0));
 * assertEquals(await model.apply(params, tensor([3, -4])).toArray(), [3, 0]);
 * ```
 */
export interface Layer<P> extends Described {
  /** Told from a {@linkcode StatefulLayer} by this. */
  readonly stateful?: false;
  /** Fresh parameters; the same for the same key. */
  init(key: Tensor): P;
  /** The output for an input, with these parameters. */
  apply(params: P, x: Tensor): Tensor;
}

/** How a stateful layer is applied. */
export interface Mode {
  /** Randomness for this call: a new key for each step. Needed for training where there is a dropout. */
  readonly key?: Tensor;
  /** Whether the network is learning: dropout drops, batch norm uses and records the statistics of the batch. */
  readonly train: boolean;
}

/**
 * A layer with statistics or randomness. The state goes in and comes out; it has no gradient.
 *
 * @example
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.batchNorm2d(3);
 * const [params, state] = layer.init(random.key(0));
 * const [y, next] = layer.apply(params, state, ones([2, 3, 4, 4]), { train: true });
 * assertEquals(y.shape, [2, 3, 4, 4]);
 * assertEquals(next.mean.shape, [3]);
 * ```
 */
export interface StatefulLayer<P, S> extends Described {
  /** Told from a {@linkcode Layer} by this. */
  readonly stateful: true;
  /** Fresh parameters and the first state. */
  init(key: Tensor): [params: P, state: S];
  /** The output for an input and the next state; the state given stays as it is. */
  apply(params: P, state: S, x: Tensor, mode: Mode): [output: Tensor, state: S];
}

/** A layer of either kind. */
export type AnyLayer = Layer<unknown> | StatefulLayer<unknown, unknown>;

/** Parameters or state of a layer that has none. */
export type Empty = Record<string, never>;

/** The parameters' type of a layer. */
export type ParamsOf<L> = L extends StatefulLayer<infer P, infer _> ? P : L extends Layer<infer P> ? P : never;

/** The state's type of a layer; a stateless one has an empty object. */
export type StateOf<L> = L extends StatefulLayer<infer _, infer S> ? S : L extends Layer<unknown> ? Empty : never;

/** A kernel and, unless the layer was made with `bias: false`, a bias. */
export type Weights<Bias extends boolean = true> = Bias extends true
  ? { readonly weight: Tensor; readonly bias: Tensor }
  : { readonly weight: Tensor; readonly bias?: undefined };

/**
 * Whether a layer is stateful, for code that takes any layer.
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([nn.relu(), nn.dropout(0.5)].map(nn.isStateful), [false, true]);
 * ```
 */
export function isStateful(layer: AnyLayer): layer is StatefulLayer<unknown, unknown> {
  checkLayer("isStateful", "the layer", layer);
  return layer.stateful === true;
}
