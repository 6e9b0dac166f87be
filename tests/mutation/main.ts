/**
 * Changes the rules of every primitive, one change at a time, and tells which changes the checks of tests/derivatives/rules.ts see:
 *
 * ```sh
 * deno task mutate              # all primitives: some minutes
 * deno task mutate mul dot      # some of them, with the reason why each mutant died
 * ```
 *
 * @module
 */
import { importFlags } from "../standin/import_map.ts";

using imports = await importFlags();
const script = new URL("./report.ts", import.meta.url).pathname;
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--no-check", ...imports.flags, script, ...Deno.args],
  stdout: "inherit",
  stderr: "inherit",
}).output();
Deno.exitCode = code;
