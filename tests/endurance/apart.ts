/**
 * A scenario in a process of its own, whose memory is nobody else's.
 *
 * @module
 */
import { observe, type Sample, scenarios } from "./scenarios.ts";

/** Runs a scenario in another process and gives what was seen of its memory. */
export async function observeApart(name: string, steps: number): Promise<Sample[]> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", import.meta.filename!, name, String(steps)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`endurance: ${name} broke down`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

if (import.meta.main) {
  const [name, steps] = Deno.args;
  console.log(JSON.stringify(await observe(scenarios[name], Number(steps))));
  Deno.exit(0);
}
