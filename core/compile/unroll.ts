/**
 * Control flow for devices that cannot decide in the middle of a program: a scan becomes its turns one after the other, a branch both
 * ways and a choice, a while loop stays if it is known how many turns it makes at most.
 */
import type { Bodies, ScanShape, WhileShape } from "../bodies.ts";
import { isControl } from "./fuse.ts";
import { bind, evaluate, type Graph, type Node, trace } from "../graph.ts";
import { broadcast, literal, reshape, select, zerosLike } from "../primitives/algebra.ts";
import { lessEqual } from "../primitives/comparison.ts";
import { concat, slice } from "../primitives/movement.ts";
import type { Tensor } from "../tensor.ts";

/**
 * The Graph without scans and branches.
 *
 * @throws TypeError for a while loop of any number of turns, naming the device
 */
export function unroll(graph: Graph, device: string): Graph {
  if (!graph.nodes.some(isControl)) return graph;
  return trace("unroll", graph.inputs.map((t) => t.aval), (inputs) => unrolled(graph, inputs, device));
}

function unrolled(graph: Graph, args: readonly Tensor[], device: string): Tensor[] {
  return evaluate(graph, args, (node, operands) => {
    switch (node.primitive!.lower.kind) {
      case "scan":
        return turns(node, operands, device);
      case "switch":
        return ways(node, operands, device);
      case "while":
        if ((node.params as Bodies<WhileShape>).shape.most === undefined) {
          throw new TypeError(
            `whileLoop: ${device} cannot decide in the middle of a program when to end; give it { maxIterations }, use forLoop with ` +
              "numbers as bounds or scan, or run it on cpu",
          );
        }
        return bind(node.primitive!, operands, node.params);
      default:
        return bind(node.primitive!, operands, node.params);
    }
  });
}

/** All turns of a scan. */
function turns({ params, outputs }: Node, operands: readonly Tensor[], device: string): readonly Tensor[] {
  const { graphs: [body], shape: { consts, carries, length, reverse, trail } } = params as Bodies<ScanShape>;
  const held = operands.slice(0, consts), xs = operands.slice(consts + carries);
  let carry = operands.slice(consts, consts + carries);
  const rows: Tensor[][] = [];
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    const slices = xs.map((x) => {
      const rest = x.shape.slice(1);
      const part = slice(x, {
        start: [at, ...rest.map(() => 0)],
        limit: [at + 1, ...rest],
        step: x.shape.map(() => 1),
      });
      return reshape(part, rest);
    });
    const results = unrolled(body, [...held, ...carry, ...slices], device);
    rows[at] = [...results.slice(carries), ...trail ? carry : []];
    carry = results.slice(0, carries);
  }
  const stacked = outputs.slice(carries).map((t, i) =>
    length === 0 ? zerosLike(t) : concat(rows.map((row) => reshape(row[i], [1, ...row[i].shape])), 0)
  );
  return [...carry, ...stacked];
}

/** All ways of a branch, and the one that the index takes. */
function ways({ params }: Node, [index, ...args]: readonly Tensor[], device: string): readonly Tensor[] {
  const [first, ...others] = (params as Bodies).graphs.map((graph) => unrolled(graph, args, device));
  return others.reduce((before, results, k) => {
    const here = lessEqual(literal(k + 1, "int32"), index);
    return results.map((t, i) => select(broadcast(here, t.shape, []), t, before[i]));
  }, first);
}
