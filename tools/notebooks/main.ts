/**
 * `deno task notebooks [--update] [NAME…]`: executes the notebooks of `examples/notebooks/` in Deno's kernel and compares what comes
 * out with what is stored, numbers and pictures within tolerance. With `--update` it stores the new outputs instead.
 *
 * @module
 */

import { differences, type Notebook, tidy } from "./compare.ts";

const root = new URL("../../", import.meta.url);
const folder = new URL("examples/notebooks/", root);
const decoder = new TextDecoder();

/** Where Debian puts them; a Python without nbclient is no use. */
const pythons = ["/usr/bin/python3", "python3"];

async function findPython(): Promise<string> {
  for (const python of pythons) {
    const check = new Deno.Command(python, { args: ["-c", "import nbclient"], stdout: "null", stderr: "null" });
    try {
      if ((await check.output()).success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    "notebooks: no Python with nbclient; on Debian: apt-get install jupyter-nbconvert jupyter-client python3-nbclient",
  );
}

/** Deno's own cache, which must stay where it is while HOME is elsewhere. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(decoder.decode(stdout)).denoDir;
}

/** Executes notebooks in a kernel that is installed for this run alone. */
async function execute(names: readonly string[], out: string, home: string): Promise<boolean> {
  const env = { HOME: home, DENO_DIR: await denoDir(), NO_COLOR: "1", IPYTHONDIR: home, JUPYTER_CONFIG_DIR: home };
  const python = await findPython();
  const install = new Deno.Command(Deno.execPath(), {
    args: ["jupyter", "--install"],
    env,
    stdout: "null",
    stderr: "null",
  });
  if (!(await install.output()).success) throw new Error("notebooks: deno jupyter --install failed");
  const { success } = await new Deno.Command(python, {
    args: [
      new URL("execute.py", import.meta.url).pathname,
      out,
      ...names.map((name) => new URL(name, folder).pathname),
    ],
    env,
    stdin: "null",
  }).spawn().status;
  return success;
}

/** Formats a notebook in place. `deno fmt --check` calls every notebook unformatted (Deno 2.9), so deno.json excludes them. */
async function format(file: string): Promise<void> {
  const { fmt } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root))) as { fmt: { lineWidth: number } };
  const args = ["fmt", "-q", "--no-config", "--line-width", String(fmt.lineWidth), file];
  if (!(await new Deno.Command(Deno.execPath(), { args }).output()).success) {
    throw new Error(`notebooks: deno fmt failed on ${file}`);
  }
}

/** Whether formatting a copy of the text changes nothing. */
async function isFormatted(text: string, copy: string): Promise<boolean> {
  await Deno.writeTextFile(copy, text);
  await format(copy);
  return await Deno.readTextFile(copy) === text;
}

async function main(args: readonly string[]): Promise<number> {
  const update = args.includes("--update");
  const wanted = args.filter((arg) => arg !== "--update");
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".ipynb"))
    .filter((name) => wanted.length === 0 || wanted.some((text) => name.includes(text))).sort();
  if (names.length === 0) {
    console.error(`notebooks: none has a name with ${wanted.join(", ")}`);
    return 1;
  }
  const home = await Deno.makeTempDir({ prefix: "cotangent-" });
  try {
    const success = await execute(names, home, home);
    let failed = 0;
    for (const name of names) {
      let text: string;
      try {
        text = await Deno.readTextFile(`${home}/${name}`);
      } catch {
        failed++; // execute.py has said why
        continue;
      }
      const executed = tidy(JSON.parse(text) as Notebook);
      if (update) {
        const file = new URL(name, folder).pathname;
        await Deno.writeTextFile(file, JSON.stringify(executed, null, 1) + "\n");
        await format(file);
        console.log(`${name}: stored`);
        continue;
      }
      const stored = await Deno.readTextFile(new URL(name, folder));
      const found = differences(JSON.parse(stored) as Notebook, executed);
      if (!await isFormatted(stored, `${home}/copy.ipynb`)) found.push("not formatted: deno task notebooks --update");
      if (found.length > 0) failed++;
      console.log(`${name}: ${found.length > 0 ? found.join("\n  ") : "as stored"}`);
    }
    console.log(`${names.length - failed} passed, ${failed} failed`);
    return failed > 0 || !success ? 1 : 0;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
