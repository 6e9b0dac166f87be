/**
 * Runs a program that imports packages of JSR, with the stand-ins where JSR does not answer: `deno run -A tests/standin/run.ts FILE …`.
 *
 * @module
 */
import { importFlags } from "./import_map.ts";

if (import.meta.main) {
  using imports = await importFlags();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...imports.flags, ...Deno.args],
    stdin: "null",
  }).spawn().status;
  Deno.exitCode = code;
}
