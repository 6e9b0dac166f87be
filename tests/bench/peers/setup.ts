/**
 * Gets the peers, in the versions that are pinned here, into the user's cache: nothing of them is in the repository.
 *
 * @module
 */

/** What each peer is made of. */
export const pins = {
  python: ["torch==2.13.0", "numpy==2.4.6"],
  npm: { "@jax-js/jax": "0.1.25", "@tensorflow/tfjs": "4.22.0", "@tensorflow/tfjs-backend-wasm": "4.22.0" },
} as const;

/** A peer cannot be had; the message says why, in one line. */
export class Missing extends Error {
  override name = "Missing";
}

/** The folder of the user's cache that belongs to the bench. */
export function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  const places: Partial<Record<typeof Deno.build.os, string | undefined>> = {
    darwin: `${home}/Library/Caches`,
    windows: Deno.env.get("LOCALAPPDATA"),
  };
  return `${Deno.env.get("XDG_CACHE_HOME") ?? places[Deno.build.os] ?? `${home}/.cache`}/cotangent-bench`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Runs a program; what it says is heard only if it fails. */
async function run(command: string, args: readonly string[], cwd?: string): Promise<void> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(command, { args: [...args], cwd, stdin: "null" }).output();
  } catch (error) {
    throw new Missing(`${command} does not start: ${(error as Error).message}`);
  }
  if (output.success) return;
  const said = new TextDecoder().decode(output.stderr).trim() || new TextDecoder().decode(output.stdout).trim();
  throw new Missing(`${command} ${args.slice(0, 3).join(" ")} failed: ${said.split("\n").at(-1)}`);
}

/** Makes a folder once: what makes it leaves it whole or not at all. */
async function once(
  folder: string,
  make: (folder: string) => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const mark = `${folder}/complete`;
  if (await exists(mark)) return;
  say(`setting up ${folder}`);
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  await make(folder);
  await Deno.writeTextFile(mark, "");
}

/**
 * A Python with PyTorch, in a virtual environment of its own.
 *
 * @throws {Missing} If there is no Python, or if it cannot get PyTorch.
 */
export async function setUpPython(say: (line: string) => void): Promise<string> {
  const folder = `${cacheFolder()}/python-${pins.python.join("-").replaceAll("==", "-")}`;
  const windows = Deno.build.os === "windows";
  const python = `${folder}/${windows ? "Scripts/python.exe" : "bin/python"}`;
  await once(folder, async () => {
    await run(windows ? "python" : "python3", ["-m", "venv", folder]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...pins.python]);
  }, say);
  return python;
}

/**
 * A folder whose node_modules holds the packages of the peers in JavaScript.
 *
 * @throws {Missing} If they cannot be fetched.
 */
export async function setUpPackages(say: (line: string) => void): Promise<string> {
  const name = Object.entries(pins.npm).map(([name, version]) => `${name.split("/")[1]}-${version}`).join("-");
  const folder = `${cacheFolder()}/npm-${name}`;
  await once(folder, async () => {
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ private: true, dependencies: pins.npm }));
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ nodeModulesDir: "auto", lock: false }));
    await run(Deno.execPath(), ["install", "--quiet"], folder);
  }, say);
  return folder;
}
