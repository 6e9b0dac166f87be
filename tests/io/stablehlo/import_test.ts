import { assert, assertEquals, assertThrows } from "@std/assert";
import { grad, io, map, ops, random, scan, switchCase, type Tensor, tensor, whileLoop } from "../../../mod.ts";
import { programs } from "../../golden/stablehlo/programs.ts";
import { modulesOf, rows } from "../../support/stablehlo/cases.ts";

for (const row of rows) {
  Deno.test(`importStableHlo() gives back ${row.primitive} and its derivatives`, () => {
    for (const { text, inputs, expected, signature } of modulesOf(row)) {
      const results = io.importStableHlo(text)(...inputs);
      expected().forEach((wanted, i) => {
        const [a, b] = [results[i].dataSync(), wanted.dataSync()];
        assertEquals(results[i].dtype, wanted.dtype);
        assertEquals(results[i].shape, wanted.shape);
        const limit = wanted.dtype === "float32" || wanted.dtype === "float64" ? 2e-6 : 0;
        const wrong = b.findIndex((v, k) =>
          !(Object.is(a[k], v) || Math.abs(a[k] - v) <= limit * Math.max(1, Math.abs(v)) || a[k] === v)
        );
        assert(wrong < 0, `${signature.outputs[i].path}: ${a[wrong]} instead of ${b[wrong]}`);
      });
    }
  });
}

Deno.test("importStableHlo() reads whole programs, and what it gives can be differentiated", async () => {
  for (const [name, make] of Object.entries(programs)) {
    const { text, signature } = make();
    const back = io.importStableHlo(text);
    const again = io.exportStableHlo((...xs: Tensor[]) => back(...xs), signature.inputs, { name });
    assertEquals(again.signature.outputs.map(({ shape }) => shape), signature.outputs.map(({ shape }) => shape));
  }
  const { text } = io.exportStableHlo((x: Tensor) => ops.sum(ops.sin(x)), [{ shape: [3], dtype: "float32" }]);
  const f = io.importStableHlo(text);
  const x = tensor([0.1, 0.2, 0.3]);
  const [a, b] = [await grad((x: Tensor) => f(x)[0])(x).data(), await ops.cos(x).data()];
  a.forEach((v, i) => assert(Math.abs(v - b[i]) < 1e-6));
});

Deno.test("importStableHlo() gives the values of the function that was exported", async () => {
  const f = (key: Tensor, x: Tensor) => ops.add(random.normal(key, [4, 3]), ops.softmax(x, { axis: 1 }));
  const args = [random.key(3), random.uniform(random.key(4), [4, 3])];
  const [got] = io.importStableHlo(io.exportStableHlo(f, args).text)(...args);
  const [a, b] = [await got.data(), await f(args[0], args[1]).data()];
  a.forEach((v, i) => assert(Math.abs(v - b[i]) < 1e-5, `${v} instead of ${b[i]}`));
});

Deno.test("importStableHlo() reads a scan as a scan, which has a gradient, and any other loop as a whileLoop, which has none", async () => {
  const loss = (start: Tensor, xs: Tensor, reverse: boolean) => {
    const turn = (s: Tensor, x: Tensor) => [ops.mul(ops.sin(s), x), ops.add(s, x)] as const;
    const [last, ys] = scan(turn, start, xs, { reverse });
    return ops.add(ops.sum(last), ops.sum(ops.square(ys)));
  };
  const args = [tensor([0.3, -0.4]), tensor([[1, 2], [3, 4], [-2, 0.5]])] as [Tensor, Tensor];
  for (const reverse of [false, true]) {
    const f = (start: Tensor, xs: Tensor) => loss(start, xs, reverse);
    const { text } = io.exportStableHlo(f, args, { name: "f" });
    const back = io.importStableHlo(text);
    const again = (start: Tensor, xs: Tensor) => back(start, xs)[0];
    assertEquals(io.exportStableHlo(again, args, { name: "f" }).text, text);
    const [got, wanted] = [again, f].map((g) => grad(g, { argnums: [0, 1] })(...args));
    for (const i of [0, 1]) assertEquals(await got[i].data(), await wanted[i].data());
  }
  const doubled = (x: Tensor) => whileLoop((x) => ops.less(x, 100), (x) => ops.mul(x, 3), x);
  const back = io.importStableHlo(io.exportStableHlo(doubled, [{ shape: [], dtype: "float32" }]).text);
  assertEquals(await back(tensor(7))[0].item(), 189);
  assertThrows(() => grad((x: Tensor) => back(x)[0])(tensor(7)), TypeError, "has no reverse mode");
});

Deno.test("importStableHlo() reads indices of branches as StableHLO means them: out of range is the last", async () => {
  const f = (k: Tensor, x: Tensor) => switchCase(k, [ops.neg, ops.square, ops.exp], x);
  const { text } = io.exportStableHlo(f, [{ shape: [], dtype: "int32" }, { shape: [], dtype: "float32" }]);
  const values = (text: string) => {
    const g = io.importStableHlo(text);
    return Promise.all([-5, 0, 1, 2, 9].map((k) => g(tensor(k, { dtype: "int32" }), tensor(0))[0].item()));
  };
  assertEquals(await values(text), [-0, -0, 0, 1, 1]);
  // Without the lower bound that the export puts before it.
  assertEquals(await values(text.replace(/"stablehlo\.case"\(%\d+\)/, '"stablehlo.case"(%arg0)')), [1, -0, 0, 1, 1]);
});

Deno.test("importStableHlo() refuses slices at places that no loop counts", () => {
  const f = (xs: Tensor) => map((x: Tensor) => ops.exp(x), xs);
  const { text } = io.exportStableHlo(f, [{ shape: [4, 2], dtype: "float32" }]);
  // Counts by two: no scan.
  const odd = text.replace(/constant dense<1> : tensor<i32>/, "constant dense<2> : tensor<i32>");
  assert(odd !== text);
  assertThrows(
    () => io.importStableHlo(odd),
    TypeError,
    "dynamic_slice: only of the slices that a loop counts through",
  );
});

Deno.test("importStableHlo() refuses other texts and other inputs", () => {
  const { text } = io.exportStableHlo((x: Tensor) => ops.exp(x), [{ shape: [2], dtype: "float32" }], { name: "e" });
  assertThrows(() => io.importStableHlo(3 as never), TypeError, "needs a text");
  assertThrows(() => io.importStableHlo("module {}"), TypeError, "no module");
  assertThrows(
    () => io.importStableHlo(text.replace("exponential", "custom_call")),
    TypeError,
    "custom_call: is not known",
  );
  assertThrows(() => io.importStableHlo(text.replace("-> (tensor<2xf32>)", "-> (tensor<3xf32>)")), TypeError, "gives");
  const f = io.importStableHlo(text);
  assertThrows(() => f(), TypeError, "e: takes 1 tensors, got 0");
  assertThrows(() => f(tensor([1, 2, 3])), TypeError, "must be float32 [2], got float32 [3]");
});
