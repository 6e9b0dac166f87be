import { assert, assertEquals, assertFalse } from "@std/assert";
import { countTests } from "./run.ts";
import { standInMap, standIns } from "./standin/import_map.ts";

const suite = (...cases: string[]) =>
  `<testsuites name="deno test"><testsuite name="a">${cases.join("\n")}</testsuite></testsuites>`;
const passes = (name: string) => `<testcase name="${name}" classname="a" line="1">\n</testcase>`;
const fails = (name: string, message = "Uncaught Error: no") =>
  `<testcase name="${name}" classname="a"><failure message="${message}">a &lt;testcase&gt;</failure></testcase>`;

Deno.test("countTests() counts passed, failed and ignored tests", () => {
  const report = suite(passes("x"), fails("y"), passes("z"), `<testcase name="w"><skipped/></testcase>`);
  assertEquals(countTests(report), { passed: 2, failed: 1 });
});

Deno.test("countTests() counts the steps of a test instead of the test", () => {
  const failed = "1 test step failed";
  const report = suite(fails("g", failed), passes("g &gt; a"), fails("g &gt; b", failed), fails("g &gt; b &gt; c"));
  assertEquals(countTests(report), { passed: 1, failed: 1 });
});

Deno.test("countTests() counts a test whose steps pass and that fails itself", () => {
  assertEquals(countTests(suite(fails("g"), passes("g &gt; a"))), { passed: 1, failed: 1 });
});

Deno.test("countTests() counts nothing in an empty report", () => {
  assertEquals(countTests(""), { passed: 0, failed: 0 });
});

Deno.test("standInMap() keeps the packages of npm and replaces those of JSR", () => {
  const { imports } = standInMap(
    `{ "imports": { "a": "npm:a@1", "@std/assert": "jsr:@std/assert@^1", "b": "./b.ts" } }`,
  );
  assertEquals([imports["a"], imports["a/"]], ["npm:a@1", "npm:/a@1/"]);
  assert(imports["b"].startsWith("file:///") && imports["b"].endsWith("/b.ts"));
  for (const name of Object.keys(standIns)) assert(imports[name].startsWith("file:///"), name);
});

Deno.test("standInMap() leaves no package of JSR in the project's own map", async () => {
  const text = await Deno.readTextFile(new URL("../deno.json", import.meta.url));
  for (const target of Object.values(standInMap(text).imports)) assertFalse(target.startsWith("jsr:"), target);
});
