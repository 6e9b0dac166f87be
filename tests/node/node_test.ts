/**
 * The library in Node, as a bundle: the golden values of ScConv on cpu.
 *
 * @module
 */
import { bundle } from "../../examples/demo/build.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";

async function nodeVersion(): Promise<number> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return Number(new TextDecoder().decode(stdout).match(/^v(\d+)/)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

const version = await nodeVersion();
if (version < 20) console.warn("The test in Node is left out: there is no node of version 20 or later");

Deno.test({
  name: "a bundle of the library runs in Node, golden values of ScConv included, and ends by itself",
  ignore: version < 20,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "cotangent-node-" });
    try {
      await bundle(new URL("../../mod.ts", import.meta.url), `${folder}/cotangent.mjs`, "node");
      const golden = new URL("../golden/scconv.json", import.meta.url);
      await Deno.writeTextFile(
        `${folder}/smoke.mjs`,
        `import { readFileSync } from "node:fs";
import { device, jit, nn, tensor, vjp } from "./cotangent.mjs";
const { cases } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const make = (a) => tensor(a.data, { shape: a.shape, dtype: "float32" });
const far = (got, want) => {
  const largest = Math.max(...want.data.map(Math.abs)) || 1;
  return Math.max(...want.data.map((v, i) => Math.abs(v - got[i]))) / largest;
};
let worst = 0, done = 0;
for (const c of cases.filter((c) => c.module === "scConv")) {
  const params = {};
  for (const [name, value] of Object.entries(c.params)) {
    const keys = name.toLowerCase().replace(/\\bgn\\b/, "norm").split(".");
    const last = keys.pop();
    let branch = params;
    for (const key of keys) branch = branch[key] ??= {};
    branch[last] = make(value);
  }
  const layer = nn.scConv(c.inChannels, c.options);
  const run = jit((p, x, cotangent) => {
    const [y, pullback] = vjp((p, x) => layer.apply(p, x), p, x);
    return [y, pullback(cotangent)[1]];
  });
  const [y, gradX] = run(params, make(c.x), make(c.cotangent));
  worst = Math.max(worst, far(await y.data(), c.y), far(await gradX.data(), c.gradX));
  done++;
}
if (!(worst <= 2e-5)) throw new Error("off by " + worst);
let told = "";
try { await device("webgpu"); } catch (e) { told = e.message; }
console.log("golden " + (done > 10), told.includes("navigator.gpu"));`,
      );
      const child = new Deno.Command("node", {
        args: [`${folder}/smoke.mjs`, decodeURIComponent(golden.pathname)],
        signal: AbortSignal.timeout(120_000),
      });
      const { code, stdout, stderr } = await child.output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      assertStringIncludes(new TextDecoder().decode(stdout), "golden true true");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
