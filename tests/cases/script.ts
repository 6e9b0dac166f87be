/**
 * Scripts that run in a process of their own, where the tests' memory and threads are not.
 *
 * @module
 */
import { here } from "./numbers.ts";
import { assert } from "@std/assert";

/** Runs a script of this folder on the device of the test; gives what it writes. Fails if it fails or does not end. */
export async function script(name: string, ...args: string[]): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL(name, import.meta.url).href, here(), ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => (late = true, child.kill("SIGKILL")), 300_000);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  assert(success, late ? "it did not end" : new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
