import { assertEquals, assertThrows } from "@std/assert";
import { datedChangelog, nextVersion, withVersion } from "../../tools/release.ts";

const read = (file: string) => Deno.readTextFile(new URL(`../../${file}`, import.meta.url));

Deno.test("nextVersion() counts up by the kind of change", () => {
  assertEquals(nextVersion("1.2.3", "major"), "2.0.0");
  assertEquals(nextVersion("1.2.3", "minor"), "1.3.0");
  assertEquals(nextVersion("1.2.9", "patch"), "1.2.10");
});

Deno.test("nextVersion() takes a version that is named, from the present one on", () => {
  assertEquals(nextVersion("0.1.0", "0.1.0"), "0.1.0");
  assertEquals(nextVersion("0.9.5", "0.10.0"), "0.10.0");
  assertThrows(() => nextVersion("0.10.0", "0.9.5"), RangeError, "0.9.5 lies before 0.10.0");
  assertThrows(() => nextVersion("0.1.0", "huge"), RangeError, "needs major, minor, patch or a version");
  assertThrows(() => nextVersion("0.1.0", "1.02.0"), RangeError, "needs major, minor, patch or a version");
});

Deno.test("datedChangelog() dates the unreleased section and nothing else", () => {
  const text = "# Changelog\n\n## Unreleased\n\n- One thing.\n\n## 0.1.0 (2026-01-02)\n\n- First.\n";
  const dated = "# Changelog\n\n## 0.2.0 (2026-03-04)\n\n- One thing.\n\n## 0.1.0 (2026-01-02)\n\n- First.\n";
  assertEquals(datedChangelog(text, "0.2.0", "2026-03-04"), dated);
  assertEquals(datedChangelog(text.replace("Unreleased", "0.1.1 (unreleased)"), "0.2.0", "2026-03-04"), dated);
});

Deno.test("datedChangelog() refuses a changelog that says nothing of this version", () => {
  const old = "## 0.1.0 (2026-01-02)\n\n- First.\n";
  assertThrows(() => datedChangelog(old, "0.2.0", "2026-03-04"), RangeError, "no unreleased section");
  assertThrows(() => datedChangelog(`## Unreleased\n\n${old}`, "0.2.0", "2026-03-04"), RangeError, "is empty");
  assertThrows(() => datedChangelog(`## Unreleased\n\n- A.\n\n${old}`, "0.1.0", "2026-03-04"), RangeError, "already");
});

Deno.test("withVersion() changes the version of deno.json and nothing else", async () => {
  const text = await read("deno.json");
  const { version, ...rest } = JSON.parse(withVersion(text, "9.8.7"));
  assertEquals(version, "9.8.7");
  assertEquals(JSON.parse(text), { ...rest, version: JSON.parse(text).version });
});

Deno.test("the workflow that publishes takes its version of Deno from the checks", async () => {
  const [checks, workflow] = await Promise.all([".ci/run", ".github/workflows/release.yml"].map(read));
  const version = /^version=(\S+)$/m.exec(checks)![1];
  assertEquals(/deno-version: (\S+)/.exec(workflow)![1], version);
  assertEquals(/id-token: write/.test(workflow), true, "provenance needs it");
});
