/** How each primitive is written. What is elementwise comes from the primitive's own expression; the rest is here and beside. */
import type { Node } from "../../core/graph.ts";
import type { ReduceOp } from "../../core/primitive.ts";
import type { DType } from "../../core/dtype.ts";
import { variables, writeExpression } from "./expression.ts";
import { contractionRules } from "./rules_contraction.ts";
import { controlRules } from "./rules_control.ts";
import { indexingRules } from "./rules_indexing.ts";
import { list, typeText } from "./types.ts";
import type { Context } from "./write_graph.ts";
import type { Value, Writer } from "./writer.ts";

/** Writes an applied primitive; gives its results. */
export type Rule = (w: Writer, operands: readonly Value[], node: Node, context: Context) => readonly Value[];

/** The number that a reduction starts from. */
export function neutral(op: ReduceOp, dtype: DType): number {
  if (op === "sum") return 0;
  if (op === "prod") return 1;
  const floating = dtype === "float32" || dtype === "float64";
  if (op === "max") return floating ? -Infinity : dtype === "int32" ? -(2 ** 31) : 0;
  return floating ? Infinity : dtype === "bool" ? 1 : dtype === "int32" ? 2 ** 31 - 1 : 2 ** 32 - 1;
}

const combiners: Record<ReduceOp, string> = { sum: "add", prod: "multiply", max: "maximum", min: "minimum" };

const byName: Record<string, Rule> = {
  literal: (w, _, { params }) => [w.constant(params.value, params.dtype)],
  iota(w, _, { params: { shape, axis, dtype } }) {
    if (dtype !== "bool") return [w.iota(shape, axis, dtype)];
    const index = w.iota(shape, axis, "int32");
    return [w.compare("NE", index, w.constant(0, "int32", shape))];
  },
  broadcast: (w, [x], { params: { shape, axes } }) => [w.broadcast(x, shape, axes)],
  reshape: (w, [x], { params: { shape } }) => [w.reshape(x, shape)],
  transpose: (w, [x], { params: { order } }) => [w.transpose(x, order)],
  slice(w, [x], { params }) {
    const extents = x.aval.shape;
    const start = extents.map((n, i) => Math.min(n, params.start[i]));
    const limit = extents.map((n, i) => Math.max(start[i], Math.min(n, params.limit[i])));
    return [w.slice(x, start, limit, params.step)];
  },
  pad(w, [x], { params: { low, high, interior, value } }) {
    return [w.pad(x, w.constant(value, x.aval.dtype), low, high, interior)];
  },
  flip: (w, [x], { params: { axes } }) => [w.reverse(x, axes)],
  concat: (w, operands, { params: { axis }, outputs: [out] }) => [
    operands.length === 1 ? operands[0] : w.op("concatenate", operands, out.aval, `, dim = ${axis}`),
  ],
};

/** Reductions of one operand by one operation, in the short form. */
function reduce(op: ReduceOp): Rule {
  return (w, [x], { params: { axes }, outputs: [out] }) => {
    const { dtype } = x.aval;
    const combine = dtype === "bool" ? (op === "max" ? "or" : "and") : combiners[op];
    const start = w.constant(neutral(op, dtype), dtype);
    const text = `stablehlo.reduce(${x.name} init: ${start.name}) applies stablehlo.${combine} across dimensions = ` +
      `${list(axes)} : (${typeText(x.aval)}, ${typeText(start.aval)}) -> ${typeText(out.aval)}`;
    return [w.line(text, out.aval)];
  };
}

/** Values that the compiler may not look through: what a checkpoint saves. */
const barrier: Rule = (w, operands) => {
  if (operands.length === 0) return [];
  const types = operands.map((x) => typeText(x.aval)).join(", ");
  const text = `stablehlo.optimization_barrier ${operands.map((x) => x.name).join(", ")} : ${types}`;
  return operands.length === 1 ? [w.line(text, operands[0].aval)] : w.lineOfMany(text, operands.map((x) => x.aval));
};

/** The rule of a primitive, if it has one. */
export function ruleOf({ primitive }: Node): Rule | undefined {
  const { name, lower } = primitive!;
  switch (lower.kind) {
    case "elementwise":
      return (w, operands, { params, outputs }) => {
        const avals = outputs.map((t) => t.aval);
        return [writeExpression(w, lower.expr(variables(operands), params, avals), operands, avals[0].shape)];
      };
    case "reduce":
      return reduce(lower.op);
    case "identity":
      return primitive!.opaque ? barrier : (_, operands) => operands;
    default:
      return byName[name] ?? contractionRules[name] ?? indexingRules[name] ?? controlRules[name];
  }
}
