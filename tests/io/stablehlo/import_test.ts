import { assert, assertEquals, assertThrows } from "@std/assert";
import { grad, io, ops, random, type Tensor, tensor } from "../../../mod.ts";
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
