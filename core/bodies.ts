/** Graphs as parameters of a primitive: the bodies of loops and branches. */
import { type Graph, structureOf } from "./graph.ts";

/**
 * Bodies and what else a primitive must know of them. Bodies have no captures: what a function uses from outside becomes an operand.
 * Two are equal, for caches, if their Graphs compute the same way.
 */
export class Bodies<S = unknown> {
  private key: string | undefined;

  constructor(readonly graphs: readonly Graph[], readonly shape: S) {}

  /** A text that is equal for equal bodies. */
  structureKey(): string {
    return this.key ??= JSON.stringify(this.shape) + this.graphs.map((graph) => `(${structureOf(graph)})`).join("");
  }

  /** The same with other Graphs. */
  map(f: (graph: Graph) => Graph): Bodies<S> {
    return new Bodies(this.graphs.map(f), this.shape);
  }
}

/** A Graph whose captures are inputs, before its own. */
export function closed(graph: Graph): Graph {
  return { ...graph, inputs: [...graph.captures, ...graph.inputs], captures: [] };
}
