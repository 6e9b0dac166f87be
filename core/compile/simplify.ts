/**
 * Rewrites that keep every bit: common subexpressions, movement of movement, identities. None changes NaN, infinities or the sign of a
 * zero. What no output needs is not recorded again, so dead code goes by itself.
 */
import { withoutTrail } from "../bodies.ts";
import { bind, evaluate, type Graph, type Node, trace } from "../graph.ts";
import { isFloat } from "../dtype.ts";
import { identityOf, paramsKey } from "../primitive.ts";
import { add, broadcast, reshape, sum, zerosLike } from "../primitives/algebra.ts";
import { flip, slice, type SliceParams, transpose } from "../primitives/movement.ts";
import type { Tensor } from "../tensor.ts";

/** The simplified Graph. Its inputs stay, used or not. */
export function simplify(graph: Graph): Graph {
  const used = new Set([...graph.outputs, ...graph.nodes.flatMap((node) => node.operands)]);
  return trace("simplify", graph.inputs.map((t) => t.aval), (inputs) => {
    const numbers = new Map<Tensor, number>();
    const number = (t: Tensor): number => {
      let n = numbers.get(t);
      if (n === undefined) numbers.set(t, n = numbers.size);
      return n;
    };
    const known = new Map<string, readonly Tensor[]>();
    return evaluate(graph, inputs, (node, operands) => {
      const shorter = rewrite(node, operands);
      if (shorter) return [shorter];
      const params = node.primitive!.lower.kind === "scan" ? withoutTrail(node, used) : node.params;
      if (node.primitive!.opaque) return bind(node.primitive!, operands, params);
      let key = identityOf(node.primitive!) + paramsKey(params);
      for (const t of operands) key += "," + number(t);
      let outputs = known.get(key);
      if (!outputs) known.set(key, outputs = bind(node.primitive!, operands, params));
      return outputs;
    });
  });
}

/** The value of a number repeated everywhere, undefined for anything else. */
function uniform(t: Tensor): number | undefined {
  const node = t.node;
  if (!node?.primitive) return undefined;
  if (node.primitive.lower.kind === "literal") return node.params.value;
  return node.primitive.name === "broadcast" || node.primitive.name === "reshape"
    ? uniform(node.operands[0])
    : undefined;
}

function madeBy(t: Tensor, name: string): Node | undefined {
  return t.node?.primitive?.name === name ? t.node : undefined;
}

/** A shorter way to the same value, if there is one. */
function rewrite(node: Node, operands: readonly Tensor[]): Tensor | undefined {
  const [x, y] = operands;
  switch (node.primitive!.name) {
    case "mul":
      return uniform(y) === 1 ? x : uniform(x) === 1 ? y : undefined;
    case "div":
      return uniform(y) === 1 ? x : undefined;
    case "sub":
      return Object.is(uniform(y), 0) ? x : undefined; // x + 0 would lose the sign of −0; x − 0 does not
    case "neg": {
      const inner = madeBy(x, "neg");
      return inner?.operands[0];
    }
    case "select":
      return operands[1] === operands[2] ? operands[1] : undefined;
    case "reshape": {
      const inner = madeBy(x, "reshape");
      if (inner) return reshape(inner.operands[0], node.params.shape);
      return undefined;
    }
    case "transpose": {
      const inner = madeBy(x, "transpose");
      const order = node.params.order as number[];
      if (inner) return transpose(inner.operands[0], order.map((axis) => inner.params.order[axis]));
      // Moving only unit axes is a reshape.
      const moved = order.filter((axis) => x.shape[axis] !== 1);
      if (moved.every((axis, i) => i === 0 || axis > moved[i - 1])) return reshape(x, node.outputs[0].shape);
      return undefined;
    }
    case "broadcast": {
      const inner = madeBy(x, "broadcast");
      const { shape, axes } = node.params;
      if (inner) {
        const source = inner.operands[0];
        // A unit axis that the outer one repeats stays a unit axis of the source or was made by the inner one.
        return broadcast(source, shape, (inner.params.axes as number[]).map((axis) => axes[axis]));
      }
      return undefined;
    }
    case "slice": {
      const inner = madeBy(x, "slice");
      if (!inner) return undefined;
      const a = inner.params as SliceParams, b = node.params as SliceParams;
      const start = a.start.map((s, i) => s + b.start[i] * a.step[i]);
      const step = a.step.map((s, i) => s * b.step[i]);
      const limit = start.map((s, i) => {
        const count = node.outputs[0].shape[i];
        return count === 0 ? s : s + (count - 1) * step[i] + 1;
      });
      return slice(inner.operands[0], { start, limit, step });
    }
    case "sum": {
      const axes = node.params.axes as number[];
      if (axes.every((axis) => x.shape[axis] === 1)) {
        const moved = reshape(x, node.outputs[0].shape);
        return isFloat(x.dtype) ? add(moved, zerosLike(moved)) : moved; // a sum that begins with 0 makes 0 of −0
      }
      const unit = axes.filter((axis) => x.shape[axis] === 1);
      if (unit.length === 0) return undefined;
      const kept = x.shape.map((_, i) => i).filter((i) => !unit.includes(i));
      return sum(
        reshape(x, kept.map((i) => x.shape[i])),
        axes.filter((axis) => !unit.includes(axis)).map((axis) => kept.indexOf(axis)),
      );
    }
    case "concat":
      return rejoined(node, operands);
    default:
      return undefined;
  }
}

/** Parts of one tensor put together again: the tensor itself, or with its halves exchanged, which is a view of it. */
function rejoined(node: Node, operands: readonly Tensor[]): Tensor | undefined {
  const { axis } = node.params as { axis: number };
  const parts = operands.map((t) => madeBy(t, "slice"));
  const whole = parts[0]?.operands[0];
  if (!whole || whole.size !== node.outputs[0].size) return undefined;
  const starts: number[] = [];
  for (const part of parts) {
    if (!part || part.operands[0] !== whole) return undefined;
    const { start, step } = part.params as SliceParams;
    const across = part.outputs[0].shape.every((n, i) => i === axis || (n === whole.shape[i] && start[i] === 0));
    if (!across || step.some((n) => n !== 1)) return undefined;
    starts.push(start[axis]);
  }
  let at = 0;
  const inOrder = operands.every((t, i) => {
    const fits = starts[i] === at;
    at += t.shape[axis];
    return fits;
  });
  if (inOrder) return whole;
  const half = whole.shape[axis] / 2;
  if (operands.length !== 2 || starts[0] !== half || starts[1] !== 0) return undefined;
  const divided = [...whole.shape.slice(0, axis), 2, half, ...whole.shape.slice(axis + 1)];
  return reshape(flip(reshape(whole, divided), [axis]), whole.shape);
}
