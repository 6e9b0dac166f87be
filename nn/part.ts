/** Applying the parts of a layer: an error says in which part it happened, and `summary` watches what goes in and out. */
import { foldIn, split } from "../core/random.ts";
import type { Tensor } from "../core/tensor.ts";
import { type AnyLayer, isStateful, type Mode } from "./layer.ts";

const located = new WeakMap<Error, { readonly path: string; readonly message: string }>();

/** Runs a part of a layer; an error out of it says where that is: `in layer 2.body.0: conv2d: …`. */
function within<T>(path: string | number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const inner = located.get(error);
    const here = {
      path: inner ? `${path}.${inner.path}` : String(path),
      message: inner ? inner.message : error.message,
    };
    located.set(error, here);
    error.message = `in layer ${here.path}: ${here.message}`;
    throw error;
  }
}

/** Who sees each part that is applied: called before it, what it gives is called after it. */
export type Watcher = (path: string | number, layer: AnyLayer, params: unknown) => (output: Tensor) => void;

let watcher: Watcher | undefined;

/** Runs `run` while `next` sees the parts that are applied. */
export function watching<T>(next: Watcher, run: () => T): T {
  const before = watcher;
  watcher = next;
  try {
    return run();
  } finally {
    watcher = before;
  }
}

/** Parameters and state of any layer. */
export function initAny(layer: AnyLayer, key: Tensor): [params: unknown, state: unknown] {
  return isStateful(layer) ? layer.init(key) : [layer.init(key), {}];
}

/** Output and state of any layer. */
export function applyAny(layer: AnyLayer, params: unknown, state: unknown, x: Tensor, mode: Mode): [Tensor, unknown] {
  return isStateful(layer) ? layer.apply(params, state, x, mode) : [layer.apply(params, x), state];
}

/** Output and state of a part. */
export function applyPart(
  path: string | number,
  layer: AnyLayer,
  params: unknown,
  state: unknown,
  x: Tensor,
  mode: Mode,
): [Tensor, unknown] {
  const done = watcher?.(path, layer, params);
  const result = within(path, () => applyAny(layer, params, state, x, mode));
  done?.(result[0]);
  return result;
}

/** Trees of parameters or states by part. */
export type Trees = Readonly<Record<string | number, unknown>>;

/** The parts of one application: each may be applied to any tensor, and its state goes from one use to the next. */
export class Applied {
  /** States after all uses so far; parts not used keep theirs. */
  readonly states: Record<string | number, unknown>;
  private readonly keys: readonly Tensor[] | undefined;
  private readonly uses: number[];

  constructor(
    private readonly parts: readonly { readonly path: string | number; readonly layer: AnyLayer }[],
    private readonly params: Trees | null | undefined,
    states: Trees | null | undefined,
    private readonly mode: Mode,
  ) {
    this.states = { ...states };
    this.keys = mode.key && parts.length > 0 ? split(mode.key, parts.length) : undefined;
    this.uses = parts.map(() => 0);
  }

  /** The output of the i-th part. */
  apply(i: number, x: Tensor): Tensor {
    const { path, layer } = this.parts[i];
    const use = this.uses[i]++;
    const key = this.keys && (use === 0 ? this.keys[i] : foldIn(this.keys[i], use));
    const mode = key ? { ...this.mode, key } : this.mode;
    const [y, state] = applyPart(path, layer, this.params?.[path], this.states[path], x, mode);
    this.states[path] = state;
    return y;
  }
}
