/**
 * Takes out of a scan what its turns do not need one another for: contractions of slices and constants, with what they need and what
 * follows from them, are computed for all turns at once, where they are large and run side by side.
 */
import { Bodies, type ScanShape } from "../bodies.ts";
import { bind, evaluate, type Graph, type Node, trace } from "../graph.ts";
import { expandBatch } from "../primitives/algebra.ts";
import type { Tensor } from "../tensor.ts";

/** The Graph with lighter scans. */
export function hoist(graph: Graph): Graph {
  if (!graph.nodes.some(isScan)) return graph;
  return trace(
    "hoist",
    graph.inputs.map((t) => t.aval),
    (inputs) =>
      evaluate(
        graph,
        inputs,
        (node, operands) => isScan(node) ? lighten(node, operands) : bind(node.primitive!, operands, node.params),
      ),
  );
}

const isScan = (node: Node): boolean => node.primitive!.lower.kind === "scan";

function isHeavy(node: Node): boolean {
  const { kind } = node.primitive!.lower;
  return kind === "dot" || kind === "conv";
}

function lighten(node: Node, operands: readonly Tensor[]): readonly Tensor[] {
  const { graphs: [body], shape } = node.params as Bodies<ScanShape>;
  const { consts, length, trail } = shape;
  const plain = (): readonly Tensor[] => bind(node.primitive!, operands, node.params);
  if (length === 0) return plain();
  const end = consts + shape.carries;
  const carried = body.inputs.slice(consts, end);
  // A carry that stays as it is is a constant.
  const stays = (i: number): boolean => body.outputs[i] === carried[i];
  const changing = carried.map((_, i) => i).filter((i) => !stays(i));
  const free = new Set(body.inputs.filter((_, i) => i < consts || i >= end || stays(i - consts)));
  const moved = movable(body, free);
  const ys = body.outputs.slice(shape.carries);
  if (moved.size === 0 && changing.length === carried.length && !ys.some((t) => free.has(t))) return plain();

  // Outside: all turns at once, those values that depend on slices with the axis of the turns in front.
  const outside = new Map<Tensor, Tensor>(), stacked = new Set<Tensor>();
  body.inputs.forEach((t, i) => {
    if (!free.has(t)) return;
    outside.set(t, operands[i]);
    if (i >= end) stacked.add(t);
  });
  for (const inner of body.nodes) {
    if (!moved.has(inner)) continue;
    const given = inner.operands.map((t) => outside.get(t) ?? t);
    const flags = inner.operands.map((t) => stacked.has(t));
    const all = flags.includes(true);
    const results = all
      ? inner.primitive!.batch(given, flags, length, inner.params)
      : bind(inner.primitive!, given, inner.params);
    inner.outputs.forEach((t, i) => outside.set(t, results[i]));
    if (all) { for (const t of inner.outputs) stacked.add(t); }
  }

  // Inside: what was moved comes in as a constant or as slices; what nobody needs any more stays out.
  const made = changing.map((i) => body.outputs[i]), rows = ys.filter((t) => !outside.has(t));
  const needed = new Set<Tensor>([...made, ...rows]);
  for (const inner of body.nodes) if (!moved.has(inner)) inner.operands.forEach((t) => needed.add(t));
  const known = [...outside.keys()].filter((t) => needed.has(t));
  const fixed = known.filter((t) => !stacked.has(t)), slices = known.filter((t) => stacked.has(t));
  const carries = changing.map((i) => carried[i]);
  const names = [...fixed, ...carries, ...slices];
  const lighter = trace("scan", names.map((t) => t.aval), (inputs) => {
    const inside = new Map<Tensor, Tensor>(names.map((t, i) => [t, inputs[i]]));
    const value = (t: Tensor): Tensor => inside.get(t) ?? t;
    for (const inner of body.nodes) {
      if (moved.has(inner)) continue;
      const results = bind(inner.primitive!, inner.operands.map(value), inner.params);
      inner.outputs.forEach((t, i) => inside.set(t, results[i]));
    }
    return [...made, ...rows].map(value);
  });
  const given = [
    ...fixed.map((t) => outside.get(t)!),
    ...changing.map((i) => operands[consts + i]),
    ...slices.map((t) => outside.get(t)!),
  ];
  const lightShape = { ...shape, consts: fixed.length, carries: carries.length };
  const results = made.length + rows.length > 0 ? bind(node.primitive!, given, new Bodies([lighter], lightShape)) : [];

  const repeated = (t: Tensor): Tensor => expandBatch(t, length);
  return [
    ...carried.map((_, i) => stays(i) ? operands[consts + i] : results[changing.indexOf(i)]),
    ...ys.map((t) => {
      const all = outside.get(t);
      if (all) return stacked.has(t) ? all : repeated(all);
      return results[made.length + rows.indexOf(t)];
    }),
    ...trail
      ? carried.map((_, i) =>
        stays(i) ? repeated(operands[consts + i]) : results[made.length + rows.length + changing.indexOf(i)]
      )
      : [],
  ];
}

/** The nodes of a body that depend on no carry and belong to a contraction: before it or after it. */
function movable(body: Graph, inputs: ReadonlySet<Tensor>): Set<Node> {
  const free = new Set(inputs);
  const independent: Node[] = [];
  const after = new Set<Node>(); // contractions, and what follows from them
  for (const node of body.nodes) {
    if (!node.operands.every((t) => free.has(t))) continue;
    independent.push(node);
    node.outputs.forEach((t) => free.add(t));
    if (isHeavy(node) || node.operands.some((t) => t.node && after.has(t.node))) after.add(node);
  }
  const moved = new Set<Node>();
  const take = (node: Node): void => {
    if (moved.has(node)) return;
    moved.add(node);
    for (const t of node.operands) if (t.node?.primitive) take(t.node);
  };
  for (const node of independent) if (after.has(node)) take(node);
  return moved;
}
