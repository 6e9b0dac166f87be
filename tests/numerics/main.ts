/**
 * Measures the errors of functions and sums on the cpu and on webgpu, and writes them to `tests/numerics/table.json` and to the guide
 * docs/guides/numerics.md:
 *
 * ```sh
 * deno task numerics               # 10⁸ arguments a function on the cpu, 2²⁰ on webgpu: some minutes
 * deno task numerics --all         # every float32 for functions of one number: some hours
 * deno task numerics exp log       # these functions anew, the rest as stored
 * deno task numerics sums          # the sums anew
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { device } from "../../mod.ts";
import { functions } from "./functions.ts";
import { type Found, measure } from "./measure.ts";
import { measureSums, type SumRow } from "./reductions.ts";
import { type Errors, readTable, specialsOf, type Table, writeTable } from "./table.ts";

const { values, positionals } = parseArgs({ options: { all: { type: "boolean" } }, allowPositionals: true });
const known = [...Object.keys(functions), "sums"];
for (const name of positionals) {
  if (!known.includes(name)) throw new RangeError(`numerics: no function ${name}; there are ${known.join(", ")}`);
}
const wanted = positionals.length > 0 ? positionals : known;

async function errorsOf(
  name: "cpu" | "webgpu",
  count: number,
  lengths: readonly number[],
  before: Errors,
): Promise<Errors> {
  await device(name);
  const found: Record<string, Found> = { ...before.functions }, specials = { ...before.specials };
  for (const [key, m] of Object.entries(functions)) {
    if (!wanted.includes(key)) continue;
    found[key] = await measure(key, m, name, values.all && m.arity === 1 && name === "cpu" ? 2 ** 32 : count);
    if (m.arity === 1) specials[key] = await specialsOf(m, name);
    console.log(`${name} ${key}: ${found[key].ulp.toFixed(3)} ulp of ${found[key].inputs} ${found[key].at}`);
  }
  let sums: readonly SumRow[] = before.sums;
  if (wanted.includes("sums")) {
    const rows: SumRow[] = [];
    for (const n of lengths) rows.push(...await measureSums(name, n));
    sums = rows;
    console.log(
      `${name} sums: at worst ${Math.max(...sums.map((r) => r.roundings)).toFixed(2)} roundings of the largest sum`,
    );
  }
  return { functions: found, specials, sums };
}

const none: Errors = { functions: {}, sums: [], specials: {} };
let before: Table = { cpu: none, webgpu: none };
try {
  before = readTable();
} catch (e) {
  if (!(e instanceof Deno.errors.NotFound)) throw e;
}
writeTable({
  cpu: await errorsOf("cpu", 1e8, [1e3, 1e4, 1e5, 1e6, 1e7, 1e8], before.cpu),
  webgpu: await errorsOf("webgpu", 2 ** 20, [1e3, 1e4, 1e5, 1e6, 1e7], before.webgpu),
});
await new Deno.Command(Deno.execPath(), {
  args: ["fmt", "--quiet", "docs/guides/numerics.md", "tests/numerics/table.json"],
}).output();
