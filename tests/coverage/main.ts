/**
 * Runs the tests of core, ops, nn and optim and tells which of their lines and branches ran:
 *
 * ```sh
 * deno task coverage                    # runs the tests, some minutes
 * deno task coverage --from coverage    # reads what an earlier run left in that folder
 * deno task coverage --missed           # with the lines that did not run
 * ```
 *
 * Fails below 95 % of lines or 90 % of branches, and for a file below 90 % of lines for which tests/coverage/reasons.ts has no reason.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { importFlags } from "../standin/import_map.ts";
import { type FileCoverage, parseLcov, ranges, shareOf } from "./lcov.ts";
import { reasons } from "./reasons.ts";

const { values } = parseArgs({ options: { from: { type: "string" }, missed: { type: "boolean" } } });
const root = new URL("../../", import.meta.url).pathname;
const folders = ["core", "ops", "nn", "optim"];
const tests = ["core", "ops", "nn", "optim", "conformance", "derivatives", "properties", "numerics"];
const folder = values.from ?? `${root}coverage`;

if (!values.from) {
  using imports = await importFlags();
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--no-check",
      "--parallel",
      `--coverage=${folder}`,
      ...imports.flags,
      ...tests.map((t) => `tests/${t}`),
    ],
    cwd: root,
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("coverage: the tests fail");
}
const { stdout } = await new Deno.Command(Deno.execPath(), {
  args: ["coverage", "--lcov", folder, `--include=^file://${root}(${folders.join("|")})/`],
  cwd: root,
  stderr: "null",
}).output();
const files = parseLcov(new TextDecoder().decode(stdout), root).filter(({ path }) =>
  folders.some((f) => path.startsWith(`${f}/`))
);
if (files.length === 0) throw new Error(`coverage: ${folder} holds no coverage of ${folders.join(", ")}`);

let failed = false;
const row = (name: string, list: readonly FileCoverage[]): { lines: number; branches: number } => {
  const { lines, branches } = shareOf(list);
  console.log(
    `${name.padEnd(44)} lines ${lines.toFixed(1).padStart(5)} %   branches ${branches.toFixed(1).padStart(5)} %`,
  );
  return { lines, branches };
};
for (const name of folders) {
  const { lines, branches } = row(name, files.filter(({ path }) => path.startsWith(`${name}/`)));
  if (lines < 95 || branches < 90) failed = true;
}
console.log("\nFiles below 90 % of lines:");
for (const file of files) {
  if (shareOf([file]).lines >= 90) continue;
  row(file.path, [file]);
  if (!reasons[file.path]) failed = true;
  console.log(`    ${reasons[file.path] ?? "NO REASON"}`);
}
if (values.missed) {
  console.log("\nLines that did not run:");
  for (const { path, missed } of files) if (missed.length > 0) console.log(`${path}: ${ranges(missed)}`);
}
Deno.exitCode = failed ? 1 : 0;
