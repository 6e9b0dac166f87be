/**
 * `deno task test:xla`: what needs XLA to be checked. Makes a Python environment outside the repository; closes with
 * `N passed, N failed`. Arguments: parts of the names of the checks to run.
 *
 * @module
 */
import { importFlags } from "../../../tests/standin/import_map.ts";
import { pythonWithJax, startPython } from "./python.ts";
import { type Check, trainingChecks } from "./training.ts";

const root = new URL("../../../", import.meta.url);

/** Every primitive, its values and derivatives, against the reference backend. */
function primitiveCheck(python: string, folder: string): Check {
  return async () => {
    await Deno.mkdir(folder, { recursive: true });
    using imports = await importFlags();
    const writer = new URL("write_primitives.ts", import.meta.url).pathname;
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", ...imports.flags, writer, folder],
      cwd: root,
    }).output();
    if (!success) throw new Error("the modules could not be written");
    const { code, output } = await startPython(python, [
      new URL("check_primitives.py", import.meta.url).pathname,
      folder,
    ]).ended;
    if (code !== 0) throw new Error(`\n${output}`);
    console.log(output.trimEnd());
    return output.trimEnd().split("\n").pop()!;
  };
}

async function main(wanted: readonly string[]): Promise<number> {
  const python = await pythonWithJax((line) => console.log(line));
  const folder = await Deno.makeTempDir({ prefix: "cotangent-xla-" });
  const checks: Record<string, Check> = {
    "every primitive through XLA, against the reference backend": primitiveCheck(python, `${folder}/primitives`),
    ...trainingChecks(python, folder),
  };
  let passed = 0, failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const start = performance.now();
    const seconds = () => `(${((performance.now() - start) / 1000).toFixed(1)} s)`;
    try {
      console.log(`ok      ${name}: ${await check()} ${seconds()}`);
      passed++;
    } catch (error) {
      console.log(`FAILED  ${name}: ${(error as Error).message} ${seconds()}`);
      failed++;
    }
  }
  await Deno.remove(folder, { recursive: true });
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
