/**
 * Lets every command run where JSR cannot be reached: an import map that puts the stand-ins of this folder
 * in the place of the packages of JSR.
 *
 * @module
 */

const root = new URL("../../", import.meta.url);

/** The modules of JSR that have a stand-in here. A module that a test imports and that is missing here fails offline. */
export const standIns: Readonly<Record<string, string>> = {
  "@std/assert": "./assert.ts",
  "@std/testing/bdd": "./testing/bdd.ts",
  "@std/testing/types": "./testing/types.ts",
};

/** How long a machine may take to say that it has the packages of JSR, in milliseconds. */
const patience = 3000;

/**
 * The import map of deno.json (its text) with every package of JSR replaced. What deno.json understands by itself
 * needs entries of its own in an import map file: paths inside a package of npm, and relative files.
 */
export function standInMap(denoJson: string): { imports: Record<string, string> } {
  const { imports } = JSON.parse(denoJson) as { imports: Record<string, string> };
  const kept = Object.entries(imports).filter(([, target]) => !target.startsWith("jsr:")).flatMap(([name, target]) => {
    if (target.startsWith(".")) return [[name, new URL(target, root).href]];
    if (target.startsWith("npm:")) return [[name, target], [`${name}/`, target.replace("npm:", "npm:/") + "/"]];
    return [[name, target]];
  });
  const replaced = Object.entries(standIns).map(([name, file]) => [name, new URL(file, import.meta.url).href]);
  return { imports: Object.fromEntries([...kept, ...replaced]) };
}

/** Whether the packages of JSR are here or can be fetched in a short time. */
async function jsrAnswers(): Promise<boolean> {
  const source = Object.keys(standIns).map((name) => `import ${JSON.stringify(name)};`).join("\n");
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", source],
      cwd: root,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(patience),
    }).output();
    return success;
  } catch {
    return false;
  }
}

/**
 * The flags that a `deno` command needs here: none where JSR answers, otherwise an import map with the stand-ins.
 * The environment variable `COTANGENT_STAND_INS` decides without asking: `1` takes the stand-ins, `0` takes JSR.
 */
export async function importFlags(): Promise<{ flags: string[]; [Symbol.dispose](): void }> {
  const wish = Deno.env.get("COTANGENT_STAND_INS");
  if (wish === "0" || (wish !== "1" && await jsrAnswers())) return { flags: [], [Symbol.dispose]() {} };
  const file = await Deno.makeTempFile({ prefix: "cotangent-", suffix: ".json" });
  await Deno.writeTextFile(file, JSON.stringify(standInMap(await Deno.readTextFile(new URL("deno.json", root)))));
  console.error("The packages of JSR are not at hand; tests/standin takes their place");
  return { flags: ["--import-map", file], [Symbol.dispose]: () => Deno.removeSync(file) };
}
