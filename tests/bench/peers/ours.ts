/**
 * Cotangent's side of the comparison: see serve.ts. `--device webgpu` runs it there.
 *
 * @module
 */

import { device, setDefaultDevice } from "../../../mod.ts";
import { bodyOf } from "../programs.ts";
import { codeFrom } from "../options.ts";
import { deviceOf, serve } from "./serve.ts";

async function version(): Promise<string> {
  return JSON.parse(await Deno.readTextFile(new URL("../../../deno.json", import.meta.url))).version;
}

if (import.meta.main) {
  await serve(async (threads) => {
    const name = deviceOf(Deno.args);
    if (name === "cpu") {
      const { description } = await device("cpu", {
        threads,
        code: codeFrom(Deno.args[Deno.args.indexOf("--code") + 1]),
      });
      return { version: `${await version()} (${description})`, threads, bodyOf };
    }
    setDefaultDevice(await device(name));
    return {
      version: await version(),
      threads,
      bodyOf(work) {
        const body = bodyOf(work);
        // The GPU is done when the value can be read.
        return { run: async () => void (body.run(), await body.value()), value: () => body.value() };
      },
    };
  }, Deno.args);
}
