import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { cond, customVjp, grad, io, jit, map, ops, scan, type Tensor, tensor, zeros } from "../../../mod.ts";
import { flat } from "../../../core/primitives/algebra.ts";
import { bind1 } from "../../../core/graph.ts";
import { verifyModule } from "../../../io/stablehlo/verify.ts";

const f32 = (...shape: number[]) => ({ shape, dtype: "float32" });

Deno.test("exportStableHlo() keeps unused inputs and names every leaf by its path", () => {
  const f = (params: { b: Tensor; a: [Tensor, Tensor] }, rate: Tensor) => ({ y: ops.mul(params.a[1], rate) });
  const { text, signature } = io.exportStableHlo(f, [{ b: zeros([3]), a: [zeros([]), f32(2)] }, 0.5]);
  assertEquals(signature.inputs.map(({ path, shape }) => `${path} [${shape}]`), [
    "0.a.0 []",
    "0.a.1 [2]",
    "0.b [3]",
    "1 []",
  ]);
  assertEquals(signature.outputs, [{ path: "y", shape: [2], dtype: "float32" }]);
  assertEquals(signature.name, "f");
  assertEquals(verifyModule(text).body.arguments.length, 4);
});

Deno.test("exportStableHlo() says which outputs feed donated inputs", () => {
  const step = (params: Tensor[], velocity: Tensor[], x: Tensor) => [ops.sum(x), params, velocity];
  const args = [[zeros([2]), zeros([3])], [zeros([2]), zeros([3])], f32(4)];
  const { signature } = io.exportStableHlo(step, args, { donate: [0, 1] });
  assertEquals(signature.inputs.map(({ donated }) => donated), [true, true, true, true, false]);
  assertEquals(signature.outputs.map(({ feeds }) => feeds), [undefined, "0.0", "0.1", "1.0", "1.1"]);
});

Deno.test("exportStableHlo() inlines jitted functions and custom derivatives", () => {
  const clipped = customVjp((x: Tensor) => ops.exp(x), (x: Tensor) => [ops.exp(x), x] as const, (x, c) => [
    ops.mul(c, ops.sign(x)),
  ]);
  const { text } = io.exportStableHlo(jit(grad((x: Tensor) => ops.sum(clipped(x)))), [f32(5)]);
  verifyModule(text);
  assert(!text.includes("call"));
});

Deno.test("exportStableHlo() gives an argument or a captured tensor back as it is", () => {
  const held = tensor([1, 2, 3]);
  const { text } = io.exportStableHlo((x: Tensor) => [x, x, held, held], [f32(2)]);
  verifyModule(text);
  assertStringIncludes(text, "dense<[1.0, 2.0, 3.0]>");
});

Deno.test("exportStableHlo() puts shardings into the signature and nowhere else", () => {
  const f = (params: { head: { weight: Tensor; bias: Tensor } }, x: Tensor) =>
    ops.add(ops.matmul(x, params.head.weight), params.head.bias);
  const args = [{ head: { weight: f32(4, 8), bias: f32(8) } }, f32(16, 4)];
  const sharding = { "0": [], "0.head.weight": [null, "model"], "0.head.bias": ["model"], "1": ["data"] };
  const divided = io.exportStableHlo(f, args, { sharding });
  assertEquals(divided.text, io.exportStableHlo(f, args).text);
  assertEquals(divided.signature.inputs.map((input) => input.sharding), [["model"], [null, "model"], ["data", null]]);
});

Deno.test("exportStableHlo() refuses shardings that fit nothing", () => {
  const run = (sharding: Record<string, unknown>) =>
    io.exportStableHlo((p: { weight: Tensor }, x: Tensor) => ops.matmul(x, p.weight), [
      { weight: f32(3, 4) },
      f32(2, 3),
    ], {
      sharding: sharding as io.Sharding,
    });
  const wrong: [Record<string, unknown>, string][] = [
    [{ "2": ["data"] }, 'sharding "2" matches no path'],
    [{ "0.wieght": ["data"] }, 'did you mean "0.weight"?'],
    [{ "1": ["data", null, "model"] }, "names 3 axes, but 1 has shape [2, 3]"],
    [{ "1": ["data", "data"] }, '"data" divides two axes'],
    [{ "1": "data" }, "must be a list"],
    [{ "1": [0] }, "a mesh axis is a name"],
  ];
  for (const [sharding, message] of wrong) assertThrows(() => run(sharding), TypeError, message);
});

Deno.test("exportStableHlo() names an operation without a counterpart, and the line that applied it", () => {
  const odd = flat<undefined>("odd", {
    infer: (operands) => operands,
    batch: ([x]) => x,
    axes: () => ({ parallel: [], summed: [] }),
    lower: { kind: "loops", build() {}, reference: ([x]) => [x as Float64Array] },
  });
  const f = (x: Tensor) => ops.add(bind1(odd, [ops.exp(x)], undefined), 1);
  const error = assertThrows(() => io.exportStableHlo(f, [f32(2)]), TypeError, "the operation odd at ");
  assert(/export_test\.ts:\d+:\d+ has no counterpart/.test(error.message), error.message);
});

Deno.test("exportStableHlo() names them in the bodies of loops and branches too", () => {
  const odd = flat<undefined>("odd", {
    infer: (operands) => operands,
    batch: ([x]) => x,
    axes: () => ({ parallel: [], summed: [] }),
    lower: { kind: "loops", build() {}, reference: ([x]) => [x as Float64Array] },
  });
  const apply = (x: Tensor) => bind1(odd, [x], undefined);
  const inLoop = (xs: Tensor) => map((x: Tensor) => cond(ops.greater(ops.sum(x), 0), apply, ops.neg, x), xs);
  const error = assertThrows(() => io.exportStableHlo(inLoop, [f32(2, 3)]), TypeError, "the operation odd at ");
  assert(/export_test\.ts:\d+:\d+ has no counterpart/.test(error.message), error.message);
});

Deno.test("exportStableHlo() writes a loop with what it uses, and no stack that nobody reads", () => {
  const table = tensor([[1, 2], [3, 4]]);
  const scaled = customVjp((x: Tensor) => ops.matmul(table, x), (x: Tensor) => [x, null] as const, (_, c) => [c]);
  const f = (start: Tensor, xs: Tensor) =>
    scan((s: Tensor, x: Tensor) => [ops.add(scaled(s), x), null] as const, start, xs)[0];
  const { text } = io.exportStableHlo(f, [f32(2), f32(5, 2)]);
  const { operations } = verifyModule(text).body;
  const [loop] = operations.filter(({ op }) => op === "while");
  assertEquals(loop.resultTypes.map(({ shape }) => shape), [[], [2]]); // the counter and the carry
  assert(operations.some(({ op, attributes }) => op === "constant" && attributes.includes("[[1.0, 2.0], [3.0, 4.0]]")));
  const none = io.exportStableHlo(
    (start: Tensor, xs: Tensor) => scan((s: Tensor, x: Tensor) => [ops.add(s, x), s] as const, start, xs),
    [
      f32(2),
      f32(0, 2),
    ],
  );
  assertEquals(verifyModule(none.text).body.operations.map(({ op }) => op), ["constant"]);
});

Deno.test("exportStableHlo() refuses what is no function, no arguments and no option", () => {
  const f = (x: Tensor) => x;
  assertThrows(() => io.exportStableHlo(3 as never, []), TypeError, "needs a function");
  assertThrows(() => io.exportStableHlo(f, f32(2) as never), TypeError, "must be a list");
  assertThrows(() => io.exportStableHlo(f, [f32(2)], { mesh: 8 } as never), TypeError, "mesh");
  assertThrows(() => io.exportStableHlo(f, [f32(2)], { name: "a b" }), TypeError, "letters, digits and _");
  assertThrows(() => io.exportStableHlo(f, [f32(2)], { donate: [1] }), RangeError, "there are 1 arguments");
  assertThrows(() => io.exportStableHlo(f, [f32(2)], { precision: "low" as never }), TypeError, "precision");
  assertThrows(() => io.exportStableHlo(f, ["text"]), TypeError, "is no tensor");
  assertThrows(() => io.exportStableHlo(() => undefined, []), TypeError, "returned nothing");
});
