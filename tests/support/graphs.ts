/**
 * Looking at Graphs on their way through the compiler.
 *
 * @module
 */
import type { Backend } from "../../core/backends/backend.ts";
import { findBackend } from "../../core/devices.ts";
import { expand } from "../../core/compile/expand.ts";
import { type Schedule, schedule } from "../../core/compile/fuse.ts";
import { simplify } from "../../core/compile/simplify.ts";
import { stripe } from "../../core/compile/stripe.ts";
import { type Graph, prepare, trace } from "../../core/graph.ts";
import type { Tensor } from "../../core/tensor.ts";

type Function = (...xs: Tensor[]) => Tensor | readonly Tensor[];

/** The Graph of a function as a backend gets it, and the captures and numbers that are inputs after the arguments. */
export function prepared(f: Function, ...args: readonly Tensor[]): { graph: Graph; hidden: readonly Tensor[] } {
  const graph = trace("test", args.map((t) => t.aval), (xs) => {
    const result = f(...xs);
    return Array.isArray(result) ? result : [result as Tensor];
  });
  let compiled = graph;
  const reference = findBackend("reference");
  const spy: Backend = Object.create(reference, {
    compile: {
      value: (graph: Graph) => {
        compiled = graph;
        return reference.compile(graph);
      },
    },
  });
  const { hidden } = prepare({ ...graph, inputs: [...graph.inputs, ...graph.captures], captures: [] }, spy);
  return {
    graph: { ...compiled, inputs: [...compiled.inputs, ...compiled.captures], captures: [] },
    hidden: [...graph.captures, ...hidden],
  };
}

/** The Graph of a function as a backend gets it: calls inlined, captures and numbers as inputs. */
export function graphOf(f: Function, ...args: readonly Tensor[]): Graph {
  return prepared(f, ...args).graph;
}

/** The same after the rewrites. */
export function simplified(f: Function, ...args: readonly Tensor[]): Graph {
  return simplify(graphOf(f, ...args));
}

/** The kernels that a function compiles to, in the order of their runs. */
export function scheduleOf(f: Function, ...args: readonly Tensor[]): Schedule {
  return schedule(stripe(simplify(expand(simplified(f, ...args)))));
}

/** How many nodes of a primitive a Graph has. */
export function count(graph: Graph, primitive: string): number {
  return graph.nodes.filter((node) => node.primitive!.name === primitive).length;
}

/** How many kernels of each kind a schedule has: `{ nest: 1 }`. */
export function kernels(s: Schedule): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { kind } of s.units) result[kind] = (result[kind] ?? 0) + 1;
  return result;
}
