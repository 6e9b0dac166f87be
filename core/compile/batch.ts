/**
 * Which axis is the batch. Each primitive says which of its axes run in parallel; axes that do are one class. The batch is the class of
 * a leading input axis that most of the data has.
 */
import type { Graph, Node } from "../graph.ts";
import type { Axes } from "../primitive.ts";
import type { Tensor } from "../tensor.ts";

/** The batch axis of a Graph. */
export interface Batch {
  readonly extent: number;
  /** Where a value has the batch axis: its position, or undefined for a value that does not depend on it. */
  axisOf(t: Tensor): number | undefined;
}

/** The axes rule of a node, for any number of outputs. */
export function axesOf(node: Node): Axes {
  return node.primitive!.axes(node.operands.map((t) => t.aval), node.outputs.map((t) => t.aval), node.params);
}

/** Classes of axes, by union and find. */
class Classes {
  private readonly parent: number[] = [];
  private readonly first = new Map<Tensor, number>();

  axis(t: Tensor, axis: number): number {
    let base = this.first.get(t);
    if (base === undefined) {
      this.first.set(t, base = this.parent.length);
      for (let i = 0; i < t.ndim; i++) this.parent.push(base + i);
    }
    return base + axis;
  }

  find(id: number): number {
    while (this.parent[id] !== id) {
      this.parent[id] = this.parent[this.parent[id]];
      id = this.parent[id];
    }
    return id;
  }

  unite(a: number, b: number): void {
    this.parent[this.find(a)] = this.find(b);
  }
}

/** Finds the batch axis of a Graph, if one of its inputs has a leading axis of more than one element that others share. */
export function findBatch(graph: Graph): Batch | undefined {
  const classes = new Classes();
  for (const node of graph.nodes) {
    if (node.primitive!.lower.kind === "identity") {
      node.outputs.forEach((t, k) =>
        t.shape.forEach((_, i) => classes.unite(classes.axis(t, i), classes.axis(node.operands[k], i)))
      );
      continue;
    }
    const [out] = node.outputs;
    const { parallel, paired = [] } = axesOf(node);
    for (const [axis, k, from] of parallel) {
      classes.unite(classes.axis(out, axis), classes.axis(node.operands[k], from));
    }
    // A stripe of one is summed with the same stripe of the other.
    for (const [k, axis, j, other] of paired) {
      classes.unite(classes.axis(node.operands[k], axis), classes.axis(node.operands[j], other));
    }
  }
  const values = [...graph.inputs, ...graph.nodes.flatMap((node) => node.outputs)];
  const weight = new Map<number, number>();
  for (const t of values) {
    for (let i = 0; i < t.ndim; i++) {
      if (t.shape[i] === 1) continue;
      const c = classes.find(classes.axis(t, i));
      weight.set(c, (weight.get(c) ?? 0) + t.size);
    }
  }
  let best: { id: number; extent: number; weight: number } | undefined;
  for (const t of graph.inputs) {
    if (t.ndim === 0 || t.shape[0] <= 1) continue;
    const id = classes.find(classes.axis(t, 0));
    const w = weight.get(id)!;
    if (!best || w > best.weight) best = { id, extent: t.shape[0], weight: w };
  }
  if (!best) return undefined;
  const { id, extent } = best;
  const known = new Map<Tensor, number | undefined>();
  return {
    extent,
    axisOf(t) {
      if (known.has(t)) return known.get(t);
      let found: number | undefined;
      for (let i = 0; i < t.ndim; i++) {
        // A value with the class twice has no batch axis that one could run along; NaN compares unequal to every axis.
        if (t.shape[i] === extent && classes.find(classes.axis(t, i)) === id) found = found === undefined ? i : NaN;
      }
      known.set(t, found);
      return found;
    },
  };
}
