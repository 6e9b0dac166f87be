/**
 * Writes the modules of all primitives to a folder, with inputs and what the reference backend gives.
 *
 * @module
 */
import { io } from "../../../mod.ts";
import { modulesOf, rows } from "../../../tests/support/stablehlo/cases.ts";

const [folder, ...only] = Deno.args;
for (const row of rows) {
  if (only.length > 0 && !only.includes(row.primitive)) continue;
  for (const { name, primitive, labels, text, signature, inputs, expected } of modulesOf(row)) {
    await Deno.writeTextFile(`${folder}/${name}.mlir`, text);
    await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(signature));
    const metadata = { primitive, labels: JSON.stringify(labels) };
    await io.saveSafetensors(`${folder}/${name}.safetensors`, { in: inputs, out: expected() }, { metadata });
  }
}
