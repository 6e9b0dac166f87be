/** Graphs as parameters of a primitive: the bodies of loops and branches. */
import { type Graph, type Node, structureOf } from "./graph.ts";
import type { Tensor } from "./tensor.ts";

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

  /** The same with inputs, the first constants of each, in the place of some nodes without operands; and these nodes. */
  lifting(holds: (node: Node) => boolean): { readonly bodies: Bodies<S>; readonly lifted: readonly Node[] } {
    const lifted = this.graphs.flatMap(({ nodes }) => nodes.filter(holds));
    const inputs = lifted.flatMap(({ outputs }) => outputs);
    const graphs = this.graphs.map((graph) => ({
      ...graph,
      inputs: [...inputs, ...graph.inputs],
      nodes: graph.nodes.filter((node) => !holds(node)),
    }));
    const shape = this.shape as { readonly consts?: number } | null;
    const wider = shape?.consts === undefined ? shape : { ...shape, consts: shape.consts + inputs.length };
    return { bodies: new Bodies(graphs, wider as S), lifted };
  }
}

/** A Graph whose captures are inputs, before its own. */
export function closed(graph: Graph): Graph {
  return { ...graph, inputs: [...graph.captures, ...graph.inputs], captures: [] };
}

/** What a scan must know besides its body. */
export interface ScanShape {
  readonly length: number;
  /** Operands that are the same in each turn, then those that go from turn to turn; the others are taken slice by slice. */
  readonly consts: number;
  readonly carries: number;
  readonly reverse: boolean;
  /** Whether the carries with which each turn begins are outputs too: what the backward pass starts from. */
  readonly trail: boolean;
}

/** The parameters of a scan, without a trail of which nothing is used. */
export function withoutTrail({ params, outputs }: Node, used: ReadonlySet<Tensor>): Bodies<ScanShape> {
  const { graphs, shape } = params as Bodies<ScanShape>;
  if (!shape.trail || outputs.slice(outputs.length - shape.carries).some((t) => used.has(t))) return params;
  return new Bodies(graphs, { ...shape, trail: false });
}

/** What a while loop must know besides its condition and its body. */
export interface WhileShape {
  /** Operands that are the same in each turn; the others go from turn to turn. */
  readonly consts: number;
  /** The most turns that it takes, where that is known: the condition ends it by then. */
  readonly most?: number;
}
