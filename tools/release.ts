/**
 * `deno task release <major | minor | patch | X.Y.Z>`: gives the package its next version.
 *
 * Writes the version to deno.json, dates the unreleased section of CHANGELOG.md, runs every check, and says how to commit and tag it.
 * The tag starts `.github/workflows/release.yml`, which publishes. If a check fails, both files are as before.
 *
 * @module
 */

const root = new URL("../", import.meta.url);
const files = ["deno.json", "CHANGELOG.md"] as const;

/**
 * The version after `version`, by kind of change, or the one that `wish` names.
 *
 * @throws RangeError if the wish is no version or lies before `version`
 */
export function nextVersion(version: string, wish: string): string {
  const numbers = parse(version)!;
  const index = ["major", "minor", "patch"].indexOf(wish);
  if (index >= 0) return numbers.map((n, i) => i < index ? n : i === index ? n + 1 : 0).join(".");
  const wished = parse(wish);
  if (!wished) throw new RangeError(`release: needs major, minor, patch or a version such as 1.2.3, got ${wish}`);
  const change = wished.map((n, i) => n - numbers[i]).find((d) => d !== 0) ?? 0;
  if (change < 0) throw new RangeError(`release: ${wish} lies before ${version}, the version of deno.json`);
  return wish;
}

function parse(version: string): number[] | undefined {
  return /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version)?.slice(1).map(Number);
}

/**
 * The changelog with its unreleased section as that version, of that day (YYYY-MM-DD).
 *
 * @throws RangeError if there is no unreleased section, if it is empty, or if the version is there already
 */
export function datedChangelog(text: string, version: string, day: string): string {
  if (text.includes(`## ${version} (2`)) throw new RangeError(`release: CHANGELOG.md has a version ${version} already`);
  const heading = /^## (?:\d\S* \(unreleased\)|Unreleased)$/m.exec(text);
  if (!heading) {
    throw new RangeError(
      "release: CHANGELOG.md has no unreleased section; begin one with `## Unreleased` and say what changed",
    );
  }
  const [before, after] = [text.slice(0, heading.index), text.slice(heading.index + heading[0].length)];
  const section = after.split(/^## /m)[0];
  if (!/^- /m.test(section)) throw new RangeError("release: the unreleased section of CHANGELOG.md is empty");
  return `${before}## ${version} (${day})${after}`;
}

/** The text of deno.json with another version. */
export function withVersion(denoJson: string, version: string): string {
  return denoJson.replace(/^(\s*"version": )"[^"]*"/m, `$1${JSON.stringify(version)}`);
}

async function deno(...args: string[]): Promise<boolean> {
  return (await new Deno.Command(Deno.execPath(), { args, cwd: root, stdin: "null" }).spawn().status).success;
}

async function uncommitted(): Promise<string> {
  const { stdout } = await new Deno.Command("git", { args: ["status", "--porcelain"], cwd: root }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function main(args: readonly string[]): Promise<number> {
  if (args.length !== 1 || args[0].startsWith("-")) {
    console.error("Usage: deno task release <major | minor | patch | X.Y.Z>");
    return 2;
  }
  const changes = await uncommitted();
  if (changes) {
    console.error(`Commit or remove these first:\n${changes}`);
    return 1;
  }
  const [denoJson, changelog] = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  const version = nextVersion(JSON.parse(denoJson).version, args[0]);
  const texts = [
    withVersion(denoJson, version),
    datedChangelog(changelog, version, new Date().toISOString().slice(0, 10)),
  ];
  const write = (texts: readonly string[]) =>
    Promise.all(files.map((file, i) => Deno.writeTextFile(new URL(file, root), texts[i])));
  await write(texts);
  if (!await deno("run", "-A", "tools/ok.ts")) {
    await write([denoJson, changelog]);
    console.error(`\nNot released: a check failed. ${files.join(" and ")} are as before`);
    return 1;
  }
  console.log(`\nReady. What is left, and publishes ${version}:

  git commit --all --message "Version ${version}"
  git tag v${version}
  git push --atomic origin HEAD v${version}`);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    Deno.exitCode = 1;
  }
}
