/**
 * What transforms and loops mean, in plain JavaScript: a loop computes its turns, a branch all its ways and takes one, `vmap` goes through
 * the examples, `jit` and `checkpoint` do nothing.
 *
 * @module
 */
import { ops, type Tensor, tensor, tree } from "../../mod.ts";
import { type Meaning, published } from "./program.ts";

// deno-lint-ignore no-explicit-any -- any function and any tree
type Any = any;

const rows = (xs: unknown): number[] => Array.from({ length: tree.leaves(xs)[0].shape[0] }, (_, i) => i);
const rowOf = (xs: Any, i: number, axis = 0): Any => tree.map((x) => ops.take(x, i, { axis }), xs);
const stacked = (parts: readonly Any[], axis = 0): Any =>
  tree.map((_: Tensor, ...xs: Tensor[]) => ops.stack(xs, axis), parts[0], ...parts);

const like = (value: number, beside: unknown): Tensor =>
  tensor(value, { dtype: "int32", device: deviceOf(tree.leaves(beside)[0]) });

const deviceOf = (t: Tensor): string | undefined => t.device === "traced" ? undefined : t.device;

function scan(turn: Any, carry: Any, xs: Any, { reverse = false } = {}): Any {
  const order = reverse ? rows(xs).reverse() : rows(xs);
  const ys: Any[] = [];
  for (const i of order) [carry, ys[i]] = turn(carry, rowOf(xs, i));
  return [carry, stacked(ys)];
}

const chosen = (go: Tensor, x: Any, y: Any): Any => tree.map((a: Tensor, b: Tensor) => ops.where(go, a, b), x, y);

const meanings: Readonly<Record<string, Any>> = {
  jit: (f: Any) => f,
  checkpoint: (f: Any) => f,
  scan,
  map: (f: Any, xs: Any) => stacked(rows(xs).map((i) => f(rowOf(xs, i)))),
  forLoop(from: number, to: number, f: Any, x: Any) {
    for (let i = from; i < to; i++) x = f(like(i, x), x);
    return x;
  },
  whileLoop(go: Any, f: Any, x: Any, { maxIterations }: { maxIterations: number }) {
    for (let i = 0; i < maxIterations; i++) x = chosen(go(x), f(x), x);
    return x;
  },
  cond: (go: Tensor, onTrue: Any, onFalse: Any, ...xs: Any[]) => chosen(go, onTrue(...xs), onFalse(...xs)),
  switchCase: (index: Tensor, branches: Any[], ...xs: Any[]) =>
    branches.map((f) => f(...xs)).reduce((before, y, k) => chosen(ops.greaterEqual(index, k), y, before)),
  associativeScan(f: Any, xs: Any, { reverse = false } = {}) {
    const results: Any[] = [];
    let last: Any;
    for (const i of reverse ? rows(xs).reverse() : rows(xs)) {
      results[i] = last = last === undefined ? rowOf(xs, i) : f(last, rowOf(xs, i));
    }
    return stacked(results);
  },
  vmap: (f: Any, { inAxes, outAxes = 0 }: Any) => (...xs: Tensor[]): Any => {
    const first = inAxes.findIndex((axis: number | null) => axis !== null);
    const parts = Array.from(
      { length: xs[first].shape.at(inAxes[first])! },
      (_, i) => f(...xs.map((x, k) => inAxes[k] === null ? x : ops.take(x, i, { axis: inAxes[k] }))),
    );
    return stacked(parts, outAxes);
  },
};

/** Calls by these meanings. */
export const unrolled: Meaning = (name) => meanings[name] ?? published(name);

/** The same; a function that is differentiated is called with its concrete arguments first. */
export const watched: Meaning = (name) => {
  switch (name) {
    case "grad":
    case "valueAndGrad":
    case "jacobian":
      return (f: Any, ...options: Any[]) => (...xs: Any[]) => (f(...xs), published(name)(f, ...options)(...xs));
    case "jvp":
    case "hvp":
      return (f: Any, xs: Any[], ts: Any[]) => (f(...xs), published(name)(f, xs, ts));
    default:
      return unrolled(name);
  }
};
