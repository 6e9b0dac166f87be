/**
 * Stripes: most of a network treats each example alone, forward and backward; only weight gradients and the loss sum over the batch. A
 * region of such operations becomes one node that runs once for each stripe of the batch, a few examples at a time, so that what it
 * computes in between stays in the cache and takes memory for one stripe only.
 *
 * A value of a region has exactly one batch axis, or does not depend on the batch, or is a sum over it that the region does not read.
 * Anything else (statistics of the batch, sorting along it) runs between regions.
 */
import { bind, evaluate, type Graph, type Node, trace } from "../graph.ts";
import { literal } from "../primitives/algebra.ts";
import type { Params, Primitive } from "../primitive.ts";
import { onBehalf } from "../source.ts";
import { type Aval, aval, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { axesOf, type Batch, findBatch } from "./batch.ts";

/** A region: the Graph of one stripe. Values that run along the batch are `size` examples of the whole. */
export class Region {
  constructor(
    readonly graph: Graph,
    /** How many stripes there are. */
    readonly count: number,
    /** Examples in a stripe. */
    readonly size: number,
    /** The batch axis of each input; undefined for those that every stripe reads whole. */
    readonly inputs: readonly (number | undefined)[],
    /** The batch axis of each output; undefined for sums over the batch. */
    readonly outputs: readonly (number | undefined)[],
    readonly avals: readonly Aval[],
  ) {}
}

/** Runs a region. */
export const regionPrimitive: Primitive<Region> = {
  name: "region",
  infer: (_operands, { avals }) => avals,
  jvp: unreachable,
  vjp: unreachable,
  batch: unreachable,
  axes: () => ({ parallel: [], summed: [] }),
  lower: { kind: "region" },
};

function unreachable(): never {
  throw new Error("regions are made after all transforms");
}

/** What a stripe's values may take: half of a second-level cache. */
const cacheBytes = 512 * 1024;
/** Weights larger than this are read once for the whole batch. */
const weightLimit = 2 ** 18;

/** The Graph with regions in the place of what runs along the batch; the same Graph where that would not pay. */
export function stripe(graph: Graph): Graph {
  const batch = findBatch(graph);
  if (!batch || batch.extent < 2) return graph;
  const size = stripeSize(graph, batch);
  if (size * 2 > batch.extent) return graph;
  const whole = parted(graph, batch);
  return new Striper(whole, whole === graph ? batch : findBatch(whole)!, size).run();
}

/**
 * The Graph with two nodes for an identity of several values (a barrier) of which only some run along the batch: in a region, what does
 * not would count as a sum.
 */
function parted(graph: Graph, batch: Batch): Graph {
  const along = (t: Tensor): boolean => batch.axisOf(t) !== undefined;
  const mixed = (node: Node): boolean =>
    node.primitive!.lower.kind === "identity" && node.outputs.some(along) && !node.outputs.every(along);
  if (!graph.nodes.some(mixed)) return graph;
  return trace("stripe", graph.inputs.map((t) => t.aval), (inputs) =>
    evaluate(graph, inputs, (node, operands) => {
      if (!mixed(node)) return bind(node.primitive!, operands, node.params);
      const results: Tensor[] = [];
      for (const wanted of [true, false]) {
        const at = [...node.outputs.keys()].filter((i) => along(node.outputs[i]) === wanted);
        bind(node.primitive!, at.map((i) => operands[i]), node.params).forEach((t, k) => results[at[k]] = t);
      }
      return results;
    }));
}

/** Examples in a stripe: as many as the cache holds, a divisor of the batch. */
function stripeSize(graph: Graph, batch: Batch): number {
  let bytes = 0;
  for (const node of graph.nodes) {
    const { kind } = node.primitive!.lower;
    if (kind === "contract" || kind === "loops" || kind === "reduce") {
      for (const t of node.operands) if (Number.isInteger(batch.axisOf(t))) bytes += 4 * t.size / batch.extent;
    }
  }
  let size = Math.max(1, Math.min(batch.extent, Math.floor(cacheBytes / Math.max(1, bytes))));
  while (batch.extent % size !== 0) size--;
  return size;
}

/** Where a node runs: in the region of that number, or in the phase of that number before it. */
interface Spot {
  readonly region: boolean;
  readonly phase: number;
}

/** The nodes of a phase: those that run by themselves, and then those of its region. */
interface Phase {
  readonly alone: Node[];
  readonly region: Node[];
  /** What others read of the region. */
  readonly results: Set<Tensor>;
}

class Striper {
  private readonly spots = new Map<Node, Spot>();

  constructor(private readonly graph: Graph, private readonly batch: Batch, private readonly size: number) {}

  run(): Graph {
    const phases = this.phases();
    if (phases.every(({ region }) => region.length === 0)) return this.graph;
    return trace("stripe", this.graph.inputs.map((t) => t.aval), (inputs) => {
      const known = new Map<Tensor, Tensor>();
      this.graph.inputs.forEach((t, i) => known.set(t, inputs[i]));
      for (const phase of phases) {
        for (const node of phase.alone) {
          const operands = node.operands.map((t) => known.get(t)!);
          const results = onBehalf(node.line, () => bind(node.primitive!, operands, node.params));
          node.outputs.forEach((t, i) => known.set(t, results[i]));
        }
        if (phase.region.length > 0) this.runRegion(phase, known);
      }
      return this.graph.outputs.map((t) => known.get(t)!);
    });
  }

  /** All phases in order. One pass over the Graph: networks with batch norms have hundreds. */
  private phases(): Phase[] {
    const phases: Phase[] = [];
    const at = (i: number): Phase => {
      while (phases.length <= i) phases.push({ alone: [], region: [], results: new Set() });
      return phases[i];
    };
    const read = (t: Tensor, by: Spot | undefined): void => {
      const spot = t.node && this.spots.get(t.node);
      if (spot?.region && !(by?.region && by.phase === spot.phase)) at(spot.phase).results.add(t);
    };
    for (const node of this.graph.nodes) {
      const spot = this.spotOf(node);
      this.spots.set(node, spot);
      const { alone, region } = at(spot.phase);
      (spot.region ? region : alone).push(node);
      for (const t of node.operands) read(t, spot);
    }
    for (const t of this.graph.outputs) read(t, undefined);
    return phases;
  }

  /** A region's results are ready in the phase after it. */
  private ready(t: Tensor): number {
    const spot = t.node?.primitive ? this.spots.get(t.node) : undefined;
    return spot ? spot.phase + (spot.region ? 1 : 0) : 0;
  }

  private spotOf(node: Node): Spot {
    const along = this.runsAlong(node);
    if (!along) return { region: false, phase: Math.max(0, ...node.operands.map((t) => this.ready(t))) };
    let phase = 0;
    for (const t of node.operands) {
      const spot = t.node?.primitive ? this.spots.get(t.node) : undefined;
      const inside = spot?.region && this.batch.axisOf(t) !== undefined;
      phase = Math.max(phase, inside ? spot.phase : this.ready(t));
    }
    return { region: true, phase };
  }

  /** Whether a node treats each example alone, or sums over them. */
  private runsAlong(node: Node): boolean {
    const { batch } = this;
    const along = node.operands.map((t) => batch.axisOf(t));
    const outs = node.outputs.map((t) => batch.axisOf(t));
    if ([...along, ...outs].some(Number.isNaN)) return false;
    const [out] = outs;
    if (node.primitive!.lower.kind === "identity") return out !== undefined;
    if (node.outputs.length !== 1 || [...along, out].every((axis) => axis === undefined)) return false;
    if (node.primitive!.lower.kind === "iota" && node.params.axis === out) return false;
    const { parallel, summed } = axesOf(node);
    const kept = along.every((axis, k) =>
      axis === undefined ||
      (out === undefined
        ? summed.some(([j, a]) => j === k && a === axis)
        : parallel.some(([i, j, a]) => i === out && j === k && a === axis))
    );
    const linked = parallel.some(([i, k]) => i === out && along[k] !== undefined);
    if (out !== undefined && !linked && !repeats(node, out)) return false;
    return kept && this.pays(node, along, out) && this.resized(node) !== undefined;
  }

  /** Large weights, and sums larger than what they are made of, are read and written once for the whole batch. */
  private pays(node: Node, along: readonly (number | undefined)[], out: number | undefined): boolean {
    if (node.primitive!.lower.kind !== "contract") return true;
    const perExample = node.operands.reduce(
      (n, t, k) => along[k] === undefined ? n : n + t.size / this.batch.extent,
      0,
    );
    if (out === undefined) return node.outputs[0].size <= Math.max(4096, 2 * perExample);
    return node.operands.every((t, k) => along[k] !== undefined || t.size <= weightLimit);
  }

  /** A value's shape in a stripe. */
  private shape(t: Tensor): Shape {
    const axis = this.batch.axisOf(t);
    return axis === undefined ? t.shape : t.shape.map((n, i) => i === axis ? this.size : n);
  }

  /** The node's parameters in a stripe, if its shapes follow. */
  private resized(node: Node): { params: Params } | undefined {
    const operands = node.operands.map((t) => aval(this.shape(t), t.dtype));
    const shape = this.shape(node.outputs[0]);
    const params = node.primitive!.resize?.(node.params, operands, shape) ?? node.params;
    try {
      const [inferred] = node.primitive!.infer(operands, params);
      return inferred === aval(shape, node.outputs[0].dtype) ? { params } : undefined;
    } catch (e) {
      if (e instanceof TypeError) return undefined; // the shapes do not follow: it runs on the whole batch
      throw e;
    }
  }

  private runRegion({ region: nodes, results: read }: Phase, known: Map<Tensor, Tensor>): void {
    const { batch } = this;
    const made = new Set(nodes.flatMap(({ outputs }) => outputs));
    const inputs = new Set<Tensor>();
    const constants = new Set<Tensor>();
    for (const node of nodes) {
      for (const t of node.operands) if (!made.has(t)) (isLiteral(t) ? constants : inputs).add(t);
    }
    // Sums are results even where only the region's own nodes would read them: those run later.
    const sources = [...inputs], results = [...read];
    const stripeGraph = trace("region", sources.map((t) => aval(this.shape(t), t.dtype)), (given) => {
      const values = new Map<Tensor, Tensor>();
      sources.forEach((t, i) => values.set(t, given[i]));
      for (const t of constants) values.set(t, literal(t.node!.params.value, t.dtype));
      for (const node of nodes) {
        const operands = node.operands.map((t) => values.get(t)!);
        const params = this.resized(node)?.params ?? node.params;
        const applied = onBehalf(node.line, () => bind(node.primitive!, operands, params));
        node.outputs.forEach((t, i) => values.set(t, applied[i]));
      }
      return results.map((t) => values.get(t)!);
    });
    const region = new Region(
      stripeGraph,
      batch.extent / this.size,
      this.size,
      sources.map((t) => batch.axisOf(t)),
      results.map((t) => batch.axisOf(t)),
      results.map((t) => t.aval),
    );
    const outputs = bind(regionPrimitive, sources.map((t) => known.get(t)!), region);
    results.forEach((t, i) => known.set(t, outputs[i]));
  }
}

/** Numbers belong to the region itself: its kernels have them as constants. */
function isLiteral(t: Tensor): boolean {
  return t.node?.primitive?.lower.kind === "literal";
}

/** Whether the elements along an output axis are copies, as a broadcast makes them. */
function repeats(node: Node, axis: number): boolean {
  const { lower } = node.primitive!;
  if (lower.kind === "view") return lower.view(node.operands[0].aval, node.params).axes[axis] < 0;
  return lower.kind === "iota";
}
