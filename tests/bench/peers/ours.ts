/**
 * Cotangent's side of the comparison: see serve.ts.
 *
 * @module
 */

import { device } from "../../../mod.ts";
import { bodyOf } from "../programs.ts";
import { codeFrom } from "../options.ts";
import { serve } from "./serve.ts";

async function version(): Promise<string> {
  return JSON.parse(await Deno.readTextFile(new URL("../../../deno.json", import.meta.url))).version;
}

if (import.meta.main) {
  await serve(async (threads) => {
    const { description } = await device("cpu", {
      threads,
      code: codeFrom(Deno.args[Deno.args.indexOf("--code") + 1]),
    });
    return { version: `${await version()} (${description})`, threads, bodyOf };
  }, Deno.args);
}
