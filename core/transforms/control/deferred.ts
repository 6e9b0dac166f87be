/**
 * Sums over the turns of a scan that are contractions: Σ aₜ · bₜ is one contraction of all turns' a and b, which are smaller than the
 * products of single turns. So the gradient of a recurrent network's weights is one matrix product at the end.
 */
import type { Node } from "../../graph.ts";
import { bind1 } from "../../graph.ts";
import { add, neg, reshape, reshapePrimitive } from "../../primitives/algebra.ts";
import { type ConvParams, convPrimitive, type DotParams, dotPrimitive } from "../../primitives/contraction.ts";
import { transpose, transposePrimitive } from "../../primitives/movement.ts";
import type { Tensor } from "../../tensor.ts";

/** A term of a sum over the turns: a contraction of two tensors of a turn, and what is done with it. */
export interface Term {
  readonly factors: readonly [Tensor, Tensor];
  /** The sum over the turns, from the factors of all turns stacked. */
  total(a: Tensor, b: Tensor): Tensor;
}

/** What a turn adds to a sum: terms that can wait, and the rest, if there is any. */
export function deferred(t: Tensor): { readonly terms: readonly Term[]; readonly rest: Tensor | undefined } {
  const node = t.node;
  if (node?.primitive?.name === "add") {
    const [a, b] = node.operands.map(deferred);
    const rest = a.rest && b.rest ? add(a.rest, b.rest) : a.rest ?? b.rest;
    return a.terms.length + b.terms.length === 0 ? { terms: [], rest: t } : { terms: [...a.terms, ...b.terms], rest };
  }
  const term = node && termOf(node);
  return term ? { terms: [term], rest: undefined } : { terms: [], rest: t };
}

function termOf(node: Node): Term | undefined {
  const { primitive, params, operands, outputs: [out] } = node;
  // What comes after a sum in each turn may as well come after it once.
  const after = (f: (x: Tensor) => Tensor): Term | undefined => {
    const below = operands[0].node && termOf(operands[0].node);
    return below && { factors: below.factors, total: (a, b) => f(below.total(a, b)) };
  };
  if (primitive === transposePrimitive) return after((x) => transpose(x, params.order));
  if (primitive === reshapePrimitive) return after((x) => reshape(x, params.shape));
  if (primitive === neg) return after((x) => bind1(neg, [x], undefined));
  const [a, b] = operands;
  const pays = primitive === dotPrimitive || primitive === convPrimitive && params.mode === "kernel";
  if (!pays || a.size + b.size > 4 * out.size) return undefined;
  if (primitive === dotPrimitive) {
    const { contract, batch } = params as DotParams;
    const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);
    const all: DotParams = {
      contract: [[0, ...later(contract[0])], [0, ...later(contract[1])]],
      batch: [later(batch[0]), later(batch[1])],
    };
    return { factors: [a, b], total: (x, y) => bind1(dotPrimitive, [x, y], all) };
  }
  const { input, output, ...rest } = params as ConvParams;
  const joined = (x: Tensor): Tensor => reshape(x, [x.shape[0] * x.shape[1], ...x.shape.slice(2)]);
  return {
    factors: [a, b],
    total(x, y) {
      const count = x.shape[0] * x.shape[1];
      const all: ConvParams = { ...rest, input: [count, ...input.slice(1)], output: [count, ...output.slice(1)] };
      return bind1(convPrimitive, [joined(x), joined(y)], all);
    },
  };
}
