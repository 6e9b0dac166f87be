/**
 * Cotangent's side of the comparison: see serve.ts.
 *
 * @module
 */

import { device } from "../../../mod.ts";
import { bodyOf } from "../programs.ts";
import { serve } from "./serve.ts";

async function version(): Promise<string> {
  return JSON.parse(await Deno.readTextFile(new URL("../../../deno.json", import.meta.url))).version;
}

if (import.meta.main) {
  await serve(async (threads) => {
    await device("cpu", { threads });
    return { version: await version(), threads, bodyOf };
  }, Deno.args);
}
