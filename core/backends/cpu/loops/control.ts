/** Loops and branches: blocks of stages that run again and again, or one of several, with values copied in and out of them. */
import type { Bodies, ScanShape, WhileShape } from "../../../bodies.ts";
import { copied } from "../../../compile/expand.ts";
import type { Unit } from "../../../compile/fuse.ts";
import type { Home } from "../../../compile/home.ts";
import { compile } from "../../../compile/pipeline.ts";
import { bytesOf } from "../../../compile/plan.ts";
import { type Graph, inline, trace } from "../../../graph.ts";
import type { Tensor } from "../../../tensor.ts";
import { lower, type Lowered } from "./lower.ts";
import type { KernelMemo } from "./memo.ts";

/** Where a value stands, and how many words of 32 bits it takes. */
export interface Span {
  readonly home: Home;
  readonly words: number;
}

/** The body of a loop or a branch. */
export interface Block extends Lowered {
  readonly inputs: readonly Span[];
  readonly outputs: readonly Span[];
}

/** A loop or a branch. */
export interface Control {
  readonly flow:
    | { readonly kind: "scan"; readonly shape: ScanShape }
    | { readonly kind: "while"; readonly shape: WhileShape }
    | { readonly kind: "switch" };
  readonly operands: readonly Span[];
  readonly outputs: readonly Span[];
  readonly blocks: readonly Block[];
}

export function lowerControl({ node, operands, outputs }: Unit & { kind: "control" }, memo: KernelMemo): Control {
  const { graphs, shape } = node.params as Bodies;
  const { kind } = node.primitive!.lower;
  const blocks = graphs.map((graph): Block => {
    const s = compile(graph);
    const given = new Set(s.inputs.map(({ buffer }) => buffer));
    // What a body gives must not be overwritten by what it takes next.
    const taken = s.outputs.some(({ buffer }) => given.has(buffer));
    const made = taken ? compile(copyingOutputs(graph)) : s;
    return {
      ...lower(made, memo),
      inputs: spans(made.inputs, graph.inputs),
      outputs: spans(made.outputs, graph.outputs),
    };
  });
  const flow = kind === "switch" ? { kind } : { kind, shape } as Control["flow"];
  return { flow, operands: spans(operands, node.operands), outputs: spans(outputs, node.outputs), blocks };
}

function spans(homes: readonly Home[], tensors: readonly Tensor[]): Span[] {
  return homes.map((home, i) => ({ home, words: tensors[i].size * bytesOf(home.buffer.dtype) / 4 }));
}

function copyingOutputs(graph: Graph): Graph {
  return trace("copy", graph.inputs.map((t) => t.aval), (inputs) => inline(graph, inputs).map(copied));
}
