/** Vectorisation: a function of one example as a function of a batch. */
import { checkOptions, describe, show } from "../errors.ts";
import { bind, evaluate, type Graph, trace } from "../graph.ts";
import { expandBatch } from "../primitives/algebra.ts";
import { transpose } from "../primitives/movement.ts";
import { aval, normalizeAxis } from "../shape.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { flatten, type Structure, structureKey, unflatten } from "../tree.ts";
import { Arguments, flattenResult, transformed } from "./arguments.ts";

/** An axis for each leaf: one for all, null for none (shared by the whole batch), or a tree of such. */
export type BatchAxes = number | null | readonly BatchAxes[] | { readonly [key: string]: BatchAxes };

/** Options of `vmap`. */
export interface VmapOptions {
  /** The batch axis of each argument (default 0): one for all, or a list with one for each argument. */
  readonly inAxes?: BatchAxes;
  /** Where the batch axis goes in the results (default 0). */
  readonly outAxes?: BatchAxes;
}

/** The Graph's outputs for batched arguments: a batch axis in front of those that are `batched`, and of all outputs. */
export function batchGraph(graph: Graph, args: readonly Tensor[], batched: readonly boolean[], size: number): Tensor[] {
  // By the Graph's own values: one argument may stand for two inputs, of which one is batched.
  const marked = new Set(graph.inputs.filter((_, i) => batched[i]));
  const results = evaluate(graph, args, (node, operands) => {
    const flags = node.operands.map((t) => marked.has(t));
    if (!flags.includes(true)) return bind(node.primitive!, operands, node.params);
    for (const t of node.outputs) marked.add(t);
    return node.primitive!.batch(operands, flags, size, node.params);
  });
  return graph.outputs.map((t, i) => marked.has(t) ? results[i] : expandBatch(results[i], size));
}

/** Refuses what is no tree of axes, before there is a tree that it must fit. */
function checkAxes(option: string, axes: unknown): void {
  flatten(`vmap: ${option}`, axes, (v) => {
    if (typeof v === "number" && !Number.isSafeInteger(v)) {
      throw new TypeError(`vmap: ${option} must hold axes: an axis must be an integer, got ${describe(v)}`);
    }
    if (isTensor(v)) {
      throw new TypeError(`vmap: ${option} must hold axes: an axis must be an integer, got ${describe(v)}`);
    }
    return typeof v === "number";
  });
}

function axesFor(option: string, axes: BatchAxes, tree: Structure, into: (number | null)[], path = ""): void {
  if (axes === null || typeof axes === "number") {
    const fill = (s: Structure): void => {
      if (s.kind === "leaf") into.push(axes);
      else if (s.kind !== "none") s.items.forEach(fill);
    };
    return fill(tree);
  }
  const fits = tree.kind === "array"
    ? Array.isArray(axes) && axes.length === tree.items.length
    : tree.kind === "object" && typeof axes === "object" && !Array.isArray(axes);
  if (!fits) throw new TypeError(`vmap: ${option}${path} does not fit the tree ${structureKey(tree)}`);
  if (tree.kind === "array") {
    tree.items.forEach((item, i) => axesFor(option, (axes as BatchAxes[])[i], item, into, `${path}.${i}`));
  }
  if (tree.kind === "object") {
    tree.items.forEach((item, i) => {
      const key = tree.keys[i];
      const own = Object.hasOwn(axes, key) ? (axes as Record<string, BatchAxes>)[key] : undefined;
      if (own === undefined) throw new TypeError(`vmap: ${option}${path} has no entry for ${JSON.stringify(key)}`);
      axesFor(option, own, item, into, `${path}.${key}`);
    });
  }
}

function toFront(x: Tensor, axis: number): Tensor {
  const rest = x.shape.map((_, i) => i).filter((i) => i !== axis);
  return transpose(x, [axis, ...rest]);
}

function fromFront(x: Tensor, axis: number): Tensor {
  const order = x.shape.map((_, i) => i).slice(1);
  order.splice(axis, 0, 0);
  return transpose(x, order);
}

/**
 * The function of a batch that applies `f` to each example; written for one example, run as one program.
 *
 * @throws TypeError if no argument has a batch axis or their sizes differ
 *
 * @example
 * ```ts
 * import { ops, tensor, vmap } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const dots = vmap(ops.dot, { inAxes: [0, null] })(tensor([[1, 2], [3, 4]]), tensor([1, 1]));
 * assertEquals(await dots.toArray(), [3, 7]);
 * ```
 */
export function vmap<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  if (typeof f !== "function") throw new TypeError(`vmap: needs a function, got ${describe(f)}`);
  checkOptions("vmap", options, ["inAxes", "outAxes"], ["inAxes", "outAxes"]);
  const { inAxes = 0, outAxes = 0 } = options;
  checkAxes("inAxes", inAxes);
  checkAxes("outAxes", outAxes);
  return (...args) => {
    const given = new Arguments("vmap", args);
    const { leaves } = given;
    const wanted: (number | null)[] = [];
    axesFor("inAxes", inAxes, { kind: "array", items: given.parts.map(([, s]) => s) }, wanted);
    let size: number | undefined;
    const axes = leaves.map((x, i) => {
      const axis = wanted[i];
      if (axis === null) return null;
      if (x.ndim === 0) throw new TypeError("vmap: a scalar argument has no batch axis; give it inAxes null");
      const at = normalizeAxis("vmap", axis, x.ndim);
      if (size !== undefined && size !== x.shape[at]) {
        throw new TypeError(`vmap: batch sizes differ: ${size} and ${x.shape[at]} (axis ${at} of ${show(x.shape)})`);
      }
      size = x.shape[at];
      return at;
    });
    if (size === undefined) throw new TypeError("vmap: no argument has a batch axis; inAxes is null for all");
    const count = size;
    const avals = leaves.map((x, i) =>
      axes[i] === null ? x.aval : aval(x.shape.filter((_, k) => k !== axes[i]), x.dtype)
    );
    let structure: Structure | undefined;
    const single = trace("vmap", avals, (inputs) => {
      const [outputs, shape] = flattenResult("vmap", f(...given.unpack(inputs)));
      structure = shape;
      return outputs;
    });
    const places: (number | null)[] = [];
    axesFor("outAxes", outAxes, structure!, places);
    const batched = axes.map((axis) => axis !== null);
    const operands = [...leaves, ...single.captures];
    const results = transformed("vmap", operands, (all) => {
      const inputs = all.slice(0, leaves.length).map((x, i) => axes[i] === null ? x : toFront(x, axes[i]!));
      const graph = { ...single, inputs: [...single.inputs, ...single.captures], captures: [] };
      const outputs = batchGraph(graph, [...inputs, ...all.slice(leaves.length)], [
        ...batched,
        ...single.captures.map(() => false),
      ], count);
      return outputs.map((t, i) => {
        const place = places[i];
        if (place === null) throw new TypeError("vmap: outAxes must be an axis for every result");
        return fromFront(t, normalizeAxis("vmap", place, t.ndim));
      });
    });
    return unflatten(structure!, results);
  };
}
