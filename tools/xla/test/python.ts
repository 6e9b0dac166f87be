/**
 * The Python that the checks run in: a virtual environment outside the repository, made once for each content of
 * requirements.txt.
 *
 * @module
 */

const root = new URL("../", import.meta.url);

/** How a program ended. */
export interface Ended {
  code: number;
  output: string;
  seconds: number;
}

/** A program that runs. */
export interface Running {
  /** Sends a signal. */
  kill(signal: Deno.Signal): void;
  ended: Promise<Ended>;
}

/** Starts a program; what it prints is kept. */
export function start(program: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const begin = performance.now();
  const child = new Deno.Command(program, { args: [...args], env, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
  const ended = child.output().then(({ code, stdout, stderr }) => ({
    code,
    output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr),
    seconds: (performance.now() - begin) / 1000,
  }));
  return { kill: (signal) => child.kill(signal), ended };
}

async function must(program: string, args: readonly string[]): Promise<string> {
  const { code, output } = await start(program, args).ended;
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex().slice(0, 12);
}

/** Where environments are kept: the user's cache. */
function cache(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  return `${Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`}/cotangent`;
}

/**
 * The interpreter of an environment with the packages of requirements.txt; it is made if there is none. The variable
 * `COTANGENT_XLA_PYTHON` names an interpreter to take in its place.
 */
export async function pythonWithJax(say: (line: string) => void): Promise<string> {
  const given = Deno.env.get("COTANGENT_XLA_PYTHON");
  if (given) return given;
  const requirements = new URL("requirements.txt", root);
  const folder = `${cache()}/xla-${await digest(await Deno.readTextFile(requirements))}`;
  const python = `${folder}/bin/python`;
  const made = await Deno.stat(`${folder}/made`).then(() => true, () => false);
  if (made) return python;
  say(`Making a Python environment in ${folder}`);
  await must("python3", ["-m", "venv", "--clear", folder]);
  await must(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements.pathname]);
  await Deno.writeTextFile(`${folder}/made`, "");
  return python;
}

/** Starts a module or a script of this folder with an interpreter. */
export const startPython = (python: string, args: readonly string[]): Running =>
  start(python, args, { PYTHONPATH: root.pathname, JAX_PLATFORMS: "cpu", PYTHONUNBUFFERED: "1" });
