/**
 * `deno task ok`: every check that a change must pass; with `--threads` the tests of values with 1 and with 8 threads too, with `--xla`
 * those of `deno task test:xla`, with `--notebooks` those of `deno task notebooks`. Goes on after a failure, so that one run shows them all, and closes with `N passed, N failed`, where each check that is no test counts as one.
 *
 * @module
 */

import { runTests } from "../tests/run.ts";
import { importFlags } from "../tests/standin/import_map.ts";

const root = new URL("../", import.meta.url);
/** Whose results must not depend on the number of threads. */
const tested = ["tests/conformance", "tests/fuzz", "tests/nn/scconv", "tests/ops"];

async function succeeds(args: readonly string[]): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, stdin: "null" });
  return (await command.spawn().status).success;
}

/** The entry points of the package, without the leading `./`. */
async function entryPoints(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root))) as {
    exports: Record<string, string>;
  };
  return Object.values(exports).map((file) => file.replace(/^\.\//, ""));
}

async function main({ xla, threads, notebooks }: Record<"xla" | "threads" | "notebooks", boolean>): Promise<number> {
  using imports = await importFlags();
  const checks: Record<string, string[]> = {
    "format": ["fmt", "--check"],
    "lint": ["lint"],
    "types": ["check", "--doc", ...imports.flags],
    "documentation": ["doc", "--lint", ...await entryPoints()],
    "publishing": ["publish", "--dry-run", "--allow-dirty"],
    // Takes minutes and Python.
    ...xla && { "XLA": ["run", "-A", "tools/xla/test/main.ts"] },
    // Needs Python with Jupyter's client.
    ...notebooks && { "notebooks": ["run", "-A", "tools/notebooks/main.ts"] },
  };
  let passed = 0;
  const failed: string[] = [];
  for (const [name, args] of Object.entries(checks)) {
    console.log(`== ${name}: deno ${args.join(" ")}`);
    const start = performance.now();
    const success = await succeeds(args);
    console.log(`== ${name}: ${success ? "ok" : "FAILED"} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
    if (success) passed++;
    else failed.push(name);
  }
  console.log("== tests");
  const tests = await runTests(imports.flags, []);
  for (const count of threads ? ["1", "8"] : []) {
    console.log(`== tests of values, ${count} threads`);
    Deno.env.set("COTANGENT_THREADS", count);
    const more = await runTests(imports.flags, tested);
    tests.passed += more.passed;
    tests.failed += more.failed;
  }
  if (failed.length > 0) console.log(`\nFailed: ${failed.join(", ")}`);
  const failures = failed.length + tests.failed;
  console.log(`\n${passed + tests.passed} passed, ${failures} failed`);
  return failures > 0 || tests.passed === 0 ? 1 : 0;
}

if (import.meta.main) {
  const given = (flag: string) => Deno.args.includes(flag);
  Deno.exitCode = await main({ xla: given("--xla"), threads: given("--threads"), notebooks: given("--notebooks") });
}
