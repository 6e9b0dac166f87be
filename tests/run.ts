/**
 * Runs the tests and the examples of the documentation, and closes with one line that counts them:
 * `N passed, N failed`. Paths and flags of `deno test` pass through:
 *
 * ```sh
 * deno task test                                  # everything
 * deno task test tests/ops/conv_test.ts           # one file
 * deno task test tests/nn --filter "scConv()"     # the tests of a folder whose name contains a text
 * deno task test --check                          # with types; `deno task ok` checks them in a step of its own
 * ```
 *
 * @module
 */

import { importFlags } from "./standin/import_map.ts";

/** How a run of tests ended. */
export interface Outcome {
  passed: number;
  failed: number;
}

const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

const unescape = (text: string) => text.replace(/&(\w+);/g, (whole, name) => entities[name] ?? whole);

/**
 * Counts the tests in a JUnit report of `deno test`. A test that consists of steps counts as its steps,
 * unless it failed by itself.
 */
export function countTests(report: string): Outcome {
  const outcome = { passed: 0, failed: 0 };
  for (const [suite] of report.matchAll(/<testsuite .*?<\/testsuite>/gs)) {
    const cases = [...suite.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs)]
      .map(([, name, body = ""]) => ({ name: unescape(name), body }));
    const parents = new Set<string>();
    for (const { name } of cases) {
      for (let at = name.indexOf(" > "); at >= 0; at = name.indexOf(" > ", at + 1)) parents.add(name.slice(0, at));
    }
    for (const { name, body } of cases) {
      if (body.includes("<skipped")) continue;
      const failed = body.includes("<failure") || body.includes("<error");
      if (parents.has(name) && (!failed || /message="\d+ test steps? failed/.test(body))) continue;
      if (failed) outcome.failed++;
      else outcome.passed++;
    }
  }
  return outcome;
}

/** Runs `deno test` with some flags and arguments; a run that broke down before its report was complete counts as a failed test. */
export async function runTests(flags: readonly string[], args: readonly string[]): Promise<Outcome> {
  const report = await Deno.makeTempFile({ prefix: "cotangent-", suffix: ".xml" });
  try {
    const fixed = ["test", "-A", "--doc", "--parallel", `--junit-path=${report}`, ...flags];
    if (!args.some((arg) => arg.startsWith("--check"))) fixed.push("--no-check");
    const { success, signal } = await new Deno.Command(Deno.execPath(), {
      args: [...fixed, ...args],
      cwd: new URL("../", import.meta.url),
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    const text = await Deno.readTextFile(report);
    const outcome = countTests(text);
    // Mesa's software driver now and then frees twice while the process ends, when all tests are done and told.
    const atTheEnd = signal === "SIGABRT" && outcome.passed > 0 && text.trimEnd().endsWith("</testsuites>");
    if (atTheEnd) console.error("deno test was aborted after its last test");
    if (!success && outcome.failed === 0 && !atTheEnd) outcome.failed = 1;
    return outcome;
  } finally {
    await Deno.remove(report);
  }
}

if (import.meta.main) {
  using imports = await importFlags();
  const { passed, failed } = await runTests(imports.flags, Deno.args);
  if (passed + failed === 0) console.error("No test matches");
  console.log(`${passed} passed, ${failed} failed`);
  Deno.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
