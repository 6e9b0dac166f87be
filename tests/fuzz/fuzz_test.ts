import { ops, primitive } from "../../mod.ts";
import { assertSameBits } from "../support/bits.ts";
import { main } from "./main.ts";
import { programOf, recipes } from "./generate.ts";
import { printed } from "./print.ts";
import { allLines, functionOf, inputsOf, published } from "./program.ts";
import { Disagreement, tryPrograms } from "./property.ts";
import { someOf, ways } from "./ways.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";

const count = 300, parts = 6;

for (let part = 0; part < parts; part++) {
  // A third of the programs has many bodies in bodies, a third is longer.
  const nested = part % 3 === 1 ? 6 : 1, maxLength = part % 3 === 2 ? 9 : 5;
  Deno.test(`random programs give one result on all ways, ${part + 1} of ${parts}`, async () => {
    const failure = await tryPrograms({
      seed: 101 + part,
      programs: count / parts,
      ways: (seed) => someOf(ways, 2, seed),
      maxLength,
      nested,
    });
    if (failure !== undefined) throw failure;
  });
}

Deno.test("random programs call every public operation and transform, on every kind of input", () => {
  const transforms = ["jit", "checkpoint", "grad", "valueAndGrad", "jvp", "hvp", "jacobian", "vmap", "scan", "map"];
  const control = ["forLoop", "whileLoop", "cond", "switchCase", "associativeScan"];
  const missing = new Set([...Object.keys(ops).map((name) => `ops.${name}`), ...transforms, ...control]);
  const dtypes = new Set<string>();
  let empty = 0, bodies = 0;
  for (let seed = 1; seed <= 12 && missing.size > 0; seed++) {
    for (const recipe of fc.sample(recipes(10, 2), { numRuns: 100, seed })) {
      const program = programOf(recipe);
      for (const { call, args } of allLines(program.lines)) {
        missing.delete(call);
        if (JSON.stringify(args).includes('"lines"')) bodies++;
      }
      for (const { dtype, shape } of program.inputs) {
        dtypes.add(dtype);
        if (shape.includes(0)) empty++;
      }
    }
  }
  assertEquals([...missing], []);
  assertEquals(dtypes.size, 5);
  assert(empty > 0 && bodies > 50, `${empty} empty inputs, ${bodies} bodies`);
});

Deno.test("a program printed as TypeScript runs, and gives its values", async () => {
  const [recipe] = fc.sample(recipes(8, 3), { numRuns: 1, seed: 12 });
  const program = programOf(recipe);
  const text = printed(program, new URL("../../mod.ts", import.meta.url).href).replace(/console\.log\(.*\);\n$/, "");
  const url = `data:application/typescript,${encodeURIComponent(`${text}export { f, inputs };`)}`;
  const { f, inputs } = await import(url);
  const expected = functionOf(program)(...inputsOf(program, "cpu"));
  f(...inputs).forEach((t: typeof expected[0], i: number) =>
    assertSameBits(t.dataSync(), expected[i].dataSync(), `output ${i}`)
  );
});

Deno.test("a wrong derivative is found, and its program made small", async () => {
  // Right values, and a derivative of 1 − out instead of 1 − out².
  const tanh = primitive.operation(primitive.elementwise("wrongTanh", {
    lower: (x) => x.tanh(),
    partials: (out) => [ops.sub(1, out)],
  }));
  const planted = (names: string): Promise<unknown> =>
    tryPrograms({
      seed: 3,
      programs: 60,
      ways: () => ways.filter(({ name }) => name.startsWith(names)),
      meaning: (name) => name === "ops.tanh" ? tanh : published(name),
    });
  assertEquals(await planted("at once"), undefined);
  for (const names of ["jit(grad) on cpu", "grad against differences"]) {
    const failure = await planted(names);
    assert(failure instanceof Disagreement, String(failure));
    assertStringIncludes(failure.message, "ops.tanh(");
    assertEquals(failure.program.outputs.length, 1);
    assert(failure.program.lines.length <= 6, printed(failure.program));
  }
});

Deno.test("deno task fuzz counts programs, and refuses what is no number", async () => {
  const lines: string[] = [];
  assertEquals(await main(["--programs", "2", "--seed", "4", "--ways", "1"], (text) => lines.push(text)), 0);
  assertMatch(lines.join(), /^2 programs of [\d.]+ lines, 0 disagreements$/);
  await assertRejects(() => main(["--minutes", "soon"]), RangeError, "--minutes, --programs");
  await assertRejects(() => main(["--way", "by hand"]), RangeError, "no way has by hand in its name");
});
