/**
 * What is published, and what users install.
 *
 * @module
 */

/** The repository. */
export const root: URL = new URL("../../", import.meta.url);

const decoder = new TextDecoder();

/** Runs a command to its end; throws with all that it printed if it fails. */
export async function run(command: string, args: readonly string[], cwd: string | URL): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [out, err] = [decoder.decode(stdout), decoder.decode(stderr)];
  if (!success) throw new Error(`${command} ${args.join(" ")} failed:\n${out}${err}`);
  return out + err;
}

/** The entry points: their names and files. */
export async function entryPoints(): Promise<Record<string, string>> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", root))).exports;
}

/** The files that `deno publish` would upload, as paths from the root. */
export async function publishedFiles(): Promise<string[]> {
  const text = await run(Deno.execPath(), ["publish", "--dry-run", "--allow-dirty", "--no-check"], root);
  return [...text.matchAll(/^\s+(file:\S+) \(/gm)].map(([, url]) => url.replace(root.href, ""));
}

/** The example of the README, as TypeScript; it prints three lines. */
export async function readmeExample(): Promise<string> {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  return /^## Ten lines\n.*?^```ts\n(.*?)^```/ms.exec(readme)![1];
}
