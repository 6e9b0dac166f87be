/**
 * Prints the fate of mutants; `main.ts` runs it.
 *
 * @module
 */
import { setDefaultDevice } from "../../mod.ts";

setDefaultDevice("reference"); // before the tables make their tensors: nothing is compiled there

const { survey } = await import("./survey.ts");

const names = Deno.args;
let killed = 0;
const survivors: string[] = [];
const counts = new Map<string, number>();
for (const { name, rule, change, death, equivalent } of survey(names)) {
  if (equivalent) continue;
  counts.set(rule, (counts.get(rule) ?? 0) + 1);
  if (death === undefined) survivors.push(`${name}, ${rule}: ${change}`);
  else killed++;
  if (names.length > 0) console.log(`${name}, ${rule}: ${change}: ${death ?? "SURVIVED"}`);
}
for (const survivor of survivors) console.log(`survived: ${survivor}`);
console.log([...counts].map(([rule, n]) => `${n} of ${rule} rules`).join(", "));
console.log(`${killed} killed, ${survivors.length} survived`);
Deno.exitCode = survivors.length > 0 || killed === 0 ? 1 : 0;
