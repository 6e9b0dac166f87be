import { assert, assertEquals } from "@std/assert";
import { programs } from "../../golden/stablehlo/programs.ts";
import { verifyModule } from "../../../io/stablehlo/verify.ts";

const golden = new URL("../../golden/stablehlo/", import.meta.url);

for (const [name, make] of Object.entries(programs)) {
  Deno.test(`exportStableHlo() writes ${name} as before`, async () => {
    const { text, signature } = make();
    const expected = await Deno.readTextFile(new URL(`${name}.mlir`, golden));
    // If the change is meant: deno run -A tests/golden/stablehlo/programs.ts
    assert(text === expected, `the text of ${name} differs from tests/golden/stablehlo/${name}.mlir`);
    assertEquals(
      JSON.parse(JSON.stringify(signature)),
      JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, golden))),
    );
  });

  Deno.test(`the types of ${name} are right`, () => {
    const { text, signature } = make();
    const { body, resultTypes } = verifyModule(text);
    assertEquals(body.arguments.length, signature.inputs.length);
    assertEquals(body.arguments.map(({ type }) => type.shape), signature.inputs.map(({ shape }) => [...shape]));
    assertEquals(resultTypes.map(({ shape }) => shape), signature.outputs.map(({ shape }) => [...shape]));
  });
}
