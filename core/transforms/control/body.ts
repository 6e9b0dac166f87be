/** What loops and branches share: the functions of their bodies as Graphs over flat lists of tensors. */
import { show } from "../../errors.ts";
import { type Graph, trace } from "../../graph.ts";
import { type Aval, sameShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { paths, type Structure, structureKey, unflatten } from "../../tree.ts";
import { flattenResult } from "../arguments.ts";

/** A traced body: its Graph, and how its results are put together. */
export interface Traced {
  readonly graph: Graph;
  readonly structure: Structure;
}

/** Traces a body. */
export function traceBody(
  operation: string,
  avals: readonly Aval[],
  f: (inputs: readonly Tensor[]) => unknown,
): Traced {
  let structure: Structure | undefined;
  const graph = trace(operation, avals, (inputs) => {
    const [outputs, shape] = flattenResult(operation, f(inputs));
    structure = shape;
    return outputs;
  });
  return { graph, structure: structure! };
}

/** Bodies that take the same operands, closed: the captures of all are inputs of each, before its own. */
export function sharingCaptures(bodies: readonly Graph[]): { graphs: Graph[]; captures: Tensor[] } {
  const captures = [...new Set(bodies.flatMap((body) => body.captures))];
  const graphs = bodies.map((body) => ({ ...body, inputs: [...captures, ...body.inputs], captures: [] }));
  return { graphs, captures };
}

/** Checks that what a body gives is what it takes: structure, shapes, dtypes. */
export function checkState(
  operation: string,
  what: string,
  given: readonly Tensor[],
  givenStructure: Structure,
  result: readonly Tensor[],
  resultStructure: Structure,
): void {
  const [a, b] = [structureKey(givenStructure), structureKey(resultStructure)];
  if (a !== b) throw new TypeError(`${operation}: ${what} begins with structure ${a}, the function gives ${b}`);
  given.forEach((t, i) => {
    const r = result[i];
    if (sameShape(t.shape, r.shape) && t.dtype === r.dtype) return;
    const path = paths(unflatten(givenStructure, given))[i];
    throw new TypeError(
      `${operation}: ${what}${path ? `, leaf ${path},` : ""} begins as ${t.dtype} ${
        show(t.shape)
      }, the function gives ` +
        `${r.dtype} ${show(r.shape)}; they must be the same in each turn`,
    );
  });
}
