import { jit, ops, setDefaultDevice, type Tensor, tensor } from "../../../mod.ts";
import type { DType } from "../../../core/dtype.ts";
import { call, type Graph } from "../../../core/graph.ts";
import * as a from "../../../core/primitives/algebra.ts";
import * as p from "../../../core/primitives/arithmetic.ts";
import { less } from "../../../core/primitives/comparison.ts";
import { concat, flip, pad, slice, transpose } from "../../../core/primitives/movement.ts";
import { simplify } from "../../../core/compile/simplify.ts";
import { assertSameBits } from "../../support/bits.ts";
import { count, graphOf, simplified } from "../../support/graphs.ts";
import { specialValues } from "../../support/random.ts";
import { assertEquals } from "@std/assert";

const neg = (x: Tensor): Tensor => p.apply(a.neg, x);
const like = (x: Tensor, value: number): Tensor => a.full(x.shape, value, x.dtype);

/** What algebra would simplify, and floating numbers must not: each keeps NaN, infinities and the sign of zero as it is. */
const identities: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "x + 0": (x) => a.add(x, like(x, 0)),
  "0 + x": (x) => a.add(like(x, 0), x),
  "x + −0": (x) => a.add(x, like(x, -0)),
  "−0 + x": (x) => a.add(like(x, -0), x),
  "x − 0": (x) => a.sub(x, like(x, 0)),
  "x − −0": (x) => a.sub(x, like(x, -0)),
  "0 − x": (x) => a.sub(like(x, 0), x),
  "−0 − x": (x) => a.sub(like(x, -0), x),
  "x · 1": (x) => a.mul(x, like(x, 1)),
  "1 · x": (x) => a.mul(like(x, 1), x),
  "x · −1": (x) => a.mul(x, like(x, -1)),
  "x · 0": (x) => a.mul(x, like(x, 0)),
  "0 · x": (x) => a.mul(like(x, 0), x),
  "x / 1": (x) => p.apply(p.div, x, like(x, 1)),
  "x / −1": (x) => p.apply(p.div, x, like(x, -1)),
  "0 / x": (x) => p.apply(p.div, like(x, 0), x),
  "x / x": (x) => p.apply(p.div, x, x),
  "x − x": (x) => a.sub(x, x),
  "x + x": (x) => a.add(x, x),
  "−(−x)": (x) => neg(neg(x)),
  "−x": neg,
  "(x + 1) − 1": (x) => a.sub(a.add(x, like(x, 1)), like(x, 1)),
  "(x · 2) / 2": (x) => p.apply(p.div, a.mul(x, like(x, 2)), like(x, 2)),
  "√(x · x)": (x) => x.dtype.startsWith("float") ? p.apply(p.sqrt, a.mul(x, x)) : x,
  "log(exp(x))": (x) => x.dtype.startsWith("float") ? p.apply(p.log, p.apply(p.exp, x)) : x,
  "max(x, x)": (x) => p.apply(p.maximum, x, x),
  "max(x, −∞)": (x) => x.dtype.startsWith("float") ? p.apply(p.maximum, x, like(x, -Infinity)) : x,
  "min(x, max(x, 0))": (x) => p.apply(p.minimum, x, p.apply(p.maximum, x, like(x, 0))),
  "x⁰": (x) => x.dtype.startsWith("float") ? p.apply(p.pow, x, like(x, 0)) : x,
  "x¹": (x) => x.dtype.startsWith("float") ? p.apply(p.pow, x, like(x, 1)) : x,
  "|x|": (x) => p.apply(p.abs, x),
  "|−x|": (x) => p.apply(p.abs, neg(x)),
  "x < 0 ? x : x": (x) => a.select(less(x, like(x, 0)), x, x),
  "sum of one element": (x) => a.sum(a.reshape(x, [x.size, 1]), [1]),
  "sum over nothing but unit axes of −x": (x) => a.sum(a.reshape(neg(x), [1, x.size, 1]), [0, 2]),
  "to another type and back": (x) => a.convert(a.convert(x, "float32"), x.dtype),
};

for (const dtype of ["float32", "float64", "int32", "uint32"] as const) {
  Deno.test(`rewrites keep every bit of ${dtype}: NaN, infinities, the sign of zero, overflow`, () => {
    const values = specialValues(dtype);
    const on = (device: string): Tensor => tensor(values, { dtype, device });
    for (const [name, f] of Object.entries(identities)) {
      setDefaultDevice("reference");
      const expected = Array.from(f(on("reference")).dataSync()); // node by node, nothing rewritten
      setDefaultDevice("cpu");
      const inexact = name === "log(exp(x))";
      const actual = Array.from(jit(f)(on("cpu")).dataSync());
      // The graph after the rewrites, node by node on the oracle.
      const rewritten = run(simplified(f, on("reference")), dtype, values);
      assertSameBits(rewritten, expected, `${name}, rewritten`);
      if (!inexact) assertSameBits(actual, expected, `${name}, compiled`);
    }
  });
}

/** Runs a graph of one tensor and numbers on the oracle. */
function run(graph: Graph, dtype: DType, values: number[]): number[] {
  const inputs = graph.inputs.slice(1).map((t) =>
    tensor(hidden.get(t.dtype) ?? 0, { dtype: t.dtype, device: "reference" })
  );
  if (inputs.length > 0) throw new Error("a number of the graph was made an input");
  return Array.from(call(graph, [tensor(values, { dtype, device: "reference" })])[0].dataSync());
}

const hidden = new Map<DType, number>();

const x = (...shape: number[]): Tensor => ops.broadcastTo(tensor(1), shape);

/** The nodes left of a function. */
const left = (f: (...xs: Tensor[]) => Tensor | Tensor[], ...args: Tensor[]): string[] =>
  simplified(f, ...args).nodes.map((node) => node.primitive!.name);

Deno.test("what is computed twice is computed once, and what nothing needs not at all", () => {
  assertEquals(left((x) => a.add(p.apply(p.exp, x), p.apply(p.exp, x)), x(3)), ["exp", "add"]);
  assertEquals(
    left((x) => {
      p.apply(p.exp, x);
      return neg(x);
    }, x(3)),
    ["neg"],
  );
  const twice = (x: Tensor): Tensor => a.mul(a.sum(p.apply(p.sin, x), [0]), a.sum(p.apply(p.sin, x), [0]));
  assertEquals(left(twice, x(3)), ["sin", "sum", "mul"]);
  // x + y and y + x stay two: nothing is lost, nothing is assumed.
  assertEquals(count(simplified((x, y) => a.mul(a.add(x, y), a.add(x, y)), x(2), x(2)), "add"), 1);
  // Different parameters are different nodes; so are −0 and 0.
  assertEquals(left((x) => [a.sum(x, [0]), a.sum(x, [1])], x(2, 3)), ["sum", "sum"]);
  assertEquals(count(simplified((x) => a.add(a.mul(x, like(x, 0)), a.mul(x, like(x, -0))), x(2)), "mul"), 2);
});

Deno.test("units and double negations disappear", () => {
  assertEquals(left((x) => a.mul(like(x, 1), p.apply(p.div, a.mul(x, like(x, 1)), like(x, 1))), x(3)), []);
  assertEquals(left((x) => neg(neg(neg(x))), x(3)), ["neg"]);
  assertEquals(left((x) => a.sub(x, like(x, 0)), x(3)), []);
  assertEquals(count(simplified((x) => a.add(x, like(x, 0)), x(3)), "add"), 1); // −0 + 0 is 0
  assertEquals(count(simplified((x) => a.sub(x, like(x, -0)), x(3)), "sub"), 1);
});

Deno.test("movement of movement is one movement, or none", () => {
  assertEquals(left((x) => transpose(transpose(x, [1, 2, 0]), [2, 0, 1]), x(2, 3, 4)), []);
  assertEquals(left((x) => transpose(transpose(x, [1, 2, 0]), [1, 0, 2]), x(2, 3, 4)), ["transpose"]);
  assertEquals(left((x) => a.reshape(a.reshape(x, [6, 4]), [2, 12]), x(2, 3, 4)), ["reshape"]);
  assertEquals(left((x) => a.reshape(a.reshape(x, [24]), [2, 3, 4]), x(2, 3, 4)), []);
  assertEquals(left((x) => transpose(x, [1, 0, 2]), x(1, 3, 4)), ["reshape"]);
  assertEquals(left((x) => a.broadcast(a.broadcast(x, [3, 4], [1]), [2, 3, 4], [1, 2]), x(4)), ["broadcast"]);
  const part = (x: Tensor, start: number, limit: number, step: number): Tensor =>
    slice(x, { start: [start], limit: [limit], step: [step] });
  const twice = simplified((x) => part(part(x, 1, 20, 2), 2, 9, 3), x(20));
  assertEquals(twice.nodes.map((node) => [node.primitive!.name, node.params]), [["slice", {
    start: [5],
    limit: [18],
    step: [6],
  }]]);
  assertEquals(left((x) => a.sum(x, [0, 2]), x(1, 3, 1)).includes("sum"), false);
  assertEquals(left((x) => flip(flip(x, [0]), [0]), x(3)).length <= 2, true);
});

Deno.test("the outputs and the inputs of a graph keep their order and number, used or not", () => {
  const graph = graphOf((x, _y, z) => [z, x, x, a.add(x, x)], x(2), x(3), x(4));
  const simple = simplify(graph);
  assertEquals(simple.inputs.map((t) => t.shape), [[2], [3], [4]]);
  assertEquals(simple.outputs.map((t) => t.shape), [[4], [2], [2], [2]]);
  assertEquals(simple.outputs[0] === simple.inputs[2] && simple.outputs[1] === simple.outputs[2], true);
});

Deno.test("a graph that is simplified twice does not change the second time", () => {
  const f = (x: Tensor, y: Tensor): Tensor[] => {
    const z = ops.groupNorm(ops.concat([x, y], 1), 2);
    return [
      ops.softmax(ops.reshape(z, [2, -1]), 1),
      ops.relu(pad(z, { low: [0, 0, 1], high: [0, 0, 1], interior: [0, 0, 0], value: 0 })),
      concat(ops.split(z, 2, 2), 2),
    ];
  };
  const once = simplified(f, x(2, 4, 6), x(2, 2, 6));
  const twice = simplify(once);
  assertEquals(twice.nodes.map((n) => n.primitive!.name), once.nodes.map((n) => n.primitive!.name));
});
