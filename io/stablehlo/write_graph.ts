/** Writing a Graph, node by node: the function, and the regions of its loops and branches. */
import { withoutTrail } from "../../core/bodies.ts";
import { allocate } from "../../core/dtype.ts";
import type { Graph, Node } from "../../core/graph.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ruleOf } from "./rules.ts";
import { lineOf } from "./source_line.ts";
import type { Value, Writer } from "./writer.ts";

/** What holds for a whole export. */
export interface Context {
  /** How exactly an accelerator multiplies in dot and convolution. */
  readonly precision: "DEFAULT" | "HIGH" | "HIGHEST";
  /** Records the function again, to find the line of an operation that has no counterpart. */
  readonly retrace: () => unknown;
}

/** Writes the nodes of a Graph applied to `inputs`; gives its outputs. */
export function writeGraph(w: Writer, graph: Graph, inputs: readonly Value[], context: Context): Value[] {
  const used = new Set([...graph.outputs, ...graph.nodes.flatMap((node) => node.operands)]);
  const values = new Map<Tensor, Value>();
  graph.inputs.forEach((t, i) => values.set(t, inputs[i]));
  const valueOf = (t: Tensor): Value => {
    let value = values.get(t);
    if (!value) values.set(t, value = captured(w, t));
    return value;
  };
  for (const node of graph.nodes) {
    const { primitive, params, outputs } = node;
    const operands = node.operands.map(valueOf);
    let results: readonly Value[];
    if (primitive!.lower.kind === "call") results = writeGraph(w, params.graph, operands, context);
    else {
      const rule = ruleOf(node);
      if (!rule) throw withoutCounterpart(node, context);
      const { kind } = primitive!.lower;
      results = rule(w, operands, kind === "scan" ? { ...node, params: withoutTrail(node, used) } : node, context);
    }
    outputs.forEach((t, i) => values.set(t, results[i]));
  }
  return graph.outputs.map(valueOf);
}

/** A tensor that the function captures, as a constant. */
function captured(w: Writer, t: Tensor): Value {
  if (t.node) {
    throw new TypeError("exportStableHlo: the function uses a traced value from outside; pass it as an argument");
  }
  if (t.device === "webgpu") {
    throw new TypeError(
      'exportStableHlo: the function captures a tensor on webgpu; move it with .to("cpu"), or pass it as an argument',
    );
  }
  const data = allocate(t.dtype, t.size);
  data.set(t.dataSync());
  return w.array(data, t.aval);
}

function withoutCounterpart({ primitive }: Node, { retrace }: Context): TypeError {
  const line = lineOf(primitive!, retrace);
  return new TypeError(
    `exportStableHlo: the operation ${primitive!.name}${line ? ` at ${line}` : ""} has no counterpart in StableHLO; ` +
      "write it as a composition of the operations of this library",
  );
}
