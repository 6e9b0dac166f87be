/**
 * Cotangent's side of the comparison: see serve.ts.
 *
 * @module
 */

import { useThreads } from "../threads.ts";
import { bodyOf } from "../programs.ts";
import { serve } from "./serve.ts";

async function version(): Promise<string> {
  return JSON.parse(await Deno.readTextFile(new URL("../../../deno.json", import.meta.url))).version;
}

if (import.meta.main) {
  await serve(async (threads) => ({ version: await version(), threads: await useThreads(threads), bodyOf }), Deno.args);
}
