import { ops } from "../../mod.ts";
import { programOf, recipes } from "../fuzz/generate.ts";
import { printed } from "../fuzz/print.ts";
import { type Program, ref } from "../fuzz/program.ts";
import { explained } from "./explained.ts";
import { caseOf } from "./main.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";

const read = (file: string): Promise<string> => Deno.readTextFile(new URL(file, import.meta.url));

/** Its numbers are drawn, not computed: there is nothing to compare. */
const random = ["dropout"];

for (const file of ["with_torch.py", "with_jax.py"]) {
  Deno.test(`${file} knows every public operation`, async () => {
    const text = await read(file);
    const missing = Object.keys(ops).filter((name) => !text.includes(`"${name}":`) && !text.includes(`"ops.${name}":`));
    assertEquals(missing, random);
  });
}

Deno.test("a case holds the program, the dtype of each value, and finite numbers as they are", () => {
  for (const recipe of fc.sample(recipes(4, 2), { numRuns: 8, seed: 2 })) {
    const program = programOf(recipe);
    const text = JSON.stringify(caseOf(program));
    const { program: again, dtypes, outputs, inputs } = JSON.parse(text);
    assertEquals(printed(again), printed(program));
    assertEquals(inputs.length, program.inputs.length);
    program.outputs.forEach((id, i) => {
      if (id in dtypes) assertEquals(outputs[i].dtype, dtypes[id]);
      assertEquals(outputs[i].data.length, outputs[i].shape.reduce((n: number, m: number) => n * m, 1));
    });
  }
});

Deno.test("a difference is explained by the values that cause it, and by nothing else", () => {
  const [{ framework, holds }] = explained;
  assertEquals(framework, "jax");
  const largest = (rounding: string): Program => ({
    inputs: [{ id: 0, dtype: "float64", shape: [5], first: 7 }],
    lines: [
      { call: rounding, args: [ref(0)], results: [1] },
      { call: "ops.topK", args: [ref(1), 2, { axis: 0 }], results: [2, 3] },
    ],
    outputs: [2, 3],
  });
  assertEquals([holds(largest("ops.trunc")), holds(largest("ops.sin"))], [true, false]);
});
