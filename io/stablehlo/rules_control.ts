/** Loops and branches: `while` and `case`, whose regions use values from outside as they are. */
import type { Bodies, ScanShape, WhileShape } from "../../core/bodies.ts";
import type { Rule } from "./rules.ts";
import { writeGraph } from "./write_graph.ts";
import type { Value, Writer } from "./writer.ts";

const zeros = (w: Writer, axes: number): Value[] => Array.from({ length: axes }, () => w.constant(0, "int32"));

/** Slice `at` along the first axis. */
function sliceAt(w: Writer, x: Value, at: Value): Value {
  const [, ...shape] = x.aval.shape;
  const part = w.dynamicSlice(x, [at, ...zeros(w, shape.length)], [1, ...shape]);
  return w.reshape(part, shape);
}

/** x with slice `at` along the first axis replaced. */
function withSlice(w: Writer, x: Value, slice: Value, at: Value): Value {
  const { shape } = slice.aval;
  return w.dynamicUpdateSlice(x, w.reshape(slice, [1, ...shape]), [at, ...zeros(w, shape.length)]);
}

/** The state is the number of the turn, the carries, the ys so far and the trail so far. */
const scan: Rule = (w, operands, { params, outputs }, context) => {
  const { graphs: [body], shape } = params as Bodies<ScanShape>;
  const { length, consts, carries, reverse, trail } = shape;
  const constants = operands.slice(0, consts), xs = operands.slice(consts + carries);
  const count = body.outputs.length + (trail ? carries : 0);
  const stacks = outputs.slice(carries, count).map(({ shape, dtype }) => w.constant(0, dtype, shape));
  const carry = operands.slice(consts, consts + carries);
  if (length === 0) return [...carry, ...stacks];
  const state = [w.constant(reverse ? length - 1 : 0, "int32"), ...carry, ...stacks];
  const avals = state.map((v) => v.aval);
  const condition = w.region(avals, (inner, [at]) => [
    reverse
      ? inner.compare("GE", at, inner.constant(0, "int32"))
      : inner.compare("LT", at, inner.constant(length, "int32")),
  ]);
  const turn = w.region(avals, (inner, [at, ...values]) => {
    const before = values.slice(0, carries), made = values.slice(carries);
    const results = writeGraph(
      inner,
      body,
      [...constants, ...before, ...xs.map((x) => sliceAt(inner, x, at))],
      context,
    );
    const rows = [...results.slice(carries), ...trail ? before : []];
    return [
      inner.same("add", at, inner.constant(reverse ? -1 : 1, "int32")),
      ...results.slice(0, carries),
      ...made.map((stack, i) => withSlice(inner, stack, rows[i], at)),
    ];
  });
  return w.withRegions("while", state, "", [condition, turn], avals).slice(1);
};

const whileRule: Rule = (w, operands, { params }, context) => {
  const { graphs, shape: { consts } } = params as Bodies<WhileShape>;
  const constants = operands.slice(0, consts), state = operands.slice(consts);
  const avals = state.map((v) => v.aval);
  const regions = graphs.map((graph) =>
    w.region(avals, (inner, values) => writeGraph(inner, graph, [...constants, ...values], context))
  );
  return w.withRegions("while", state, "", regions, avals);
};

/** An index out of range takes the last branch there: one below 0 is raised. */
const switchRule: Rule = (w, [index, ...operands], { params, outputs }, context) => {
  const { graphs } = params as Bodies<null>;
  const branches = graphs.map((graph) => w.region([], (inner) => writeGraph(inner, graph, operands, context)));
  const chosen = w.same("maximum", index, w.constant(0, "int32"));
  return w.withRegions("case", [chosen], "", branches, outputs.map((t) => t.aval));
};

/** The rules by primitive. */
export const controlRules: Record<string, Rule> = { scan, while: whileRule, switch: switchRule };
