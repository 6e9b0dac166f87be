import { parseLcov, ranges, shareOf } from "./lcov.ts";
import { reasons } from "./reasons.ts";
import { assertEquals } from "@std/assert";

const report = `SF:/here/core/a.ts
DA:1,5
DA:2,0
DA:3,0
DA:7,0
BRDA:1,0,0,2
BRDA:1,0,1,0
BRDA:2,1,0,-
end_of_record
SF:/elsewhere/b.ts
DA:1,1
end_of_record
`;

Deno.test("a report of coverage is read: lines, branches, and what did not run", () => {
  const files = parseLcov(report, "/here/");
  assertEquals(files, [
    { path: "core/a.ts", lines: 4, linesRun: 1, branches: 3, branchesRun: 1, missed: [2, 3, 7] },
  ]);
  assertEquals(shareOf(files), { lines: 25, branches: 100 / 3 });
  assertEquals(shareOf([]), { lines: 100, branches: 100 });
  assertEquals(ranges(files[0].missed), "2-3, 7");
});

Deno.test("reasons are given for files that there are", async () => {
  for (const path of Object.keys(reasons)) await Deno.stat(new URL(`../../${path}`, import.meta.url));
});
