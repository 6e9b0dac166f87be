/**
 * Runs long scenarios, each in a process of its own, looks at the memory, and writes a page of curves:
 *
 * ```sh
 * deno task endurance                               # all of them: half an hour
 * deno task endurance "training on cpu"             # one
 * deno task endurance --share 0.1 --out page.html   # a tenth of the steps, another page
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { observeApart } from "./apart.ts";
import { growthOf, type Sample, scenarios } from "./scenarios.ts";

const { values, positionals } = parseArgs({
  options: {
    share: { type: "string", default: "1" },
    out: { type: "string", default: "runs/endurance.html" },
  },
  allowPositionals: true,
});
for (const name of positionals) {
  if (!(name in scenarios)) {
    throw new RangeError(`endurance: no scenario ${name}; there are: ${Object.keys(scenarios).join(", ")}`);
  }
}
const share = Number(values.share);
if (!(share > 0 && share <= 1)) {
  throw new RangeError(`endurance: --share must be over 0 and at most 1, got ${values.share}`);
}
const names = positionals.length > 0 ? positionals : Object.keys(scenarios);

const { document } = parseHTML("<html><body></body></html>");
const figures: string[] = [];
let failed = 0;
for (const name of names) {
  const { unit, limit, steps } = scenarios[name];
  const start = performance.now();
  let samples: Sample[];
  try {
    samples = await observeApart(name, Math.ceil(steps * share));
  } catch (e) {
    console.log((e as Error).message);
    failed++;
    continue;
  }
  const seconds = (performance.now() - start) / 1000;
  const growth = growthOf(samples), last = samples[samples.length - 1];
  const told = `${name}: ${last.step} ${unit}, ${last.rss.toFixed(0)} MB, grown by ${
    growth.toFixed(1)
  } MB (at most ${limit}), ${seconds.toFixed(0)} s`;
  console.log(told);
  if (growth > limit) failed++;
  const plot = Plot.plot({
    document,
    width: 640,
    height: 220,
    x: { label: unit },
    y: { label: "MB", domain: [0, Math.max(...samples.map(({ rss }) => rss)) * 1.1] },
    marks: [
      Plot.lineY(samples, { x: "step", y: "rss" }),
      Plot.lineY(samples, { x: "step", y: "heap", stroke: "#888" }),
    ],
  });
  figures.push(`<figure><figcaption>${told}; grey: the heap of JavaScript</figcaption>${plot.outerHTML}</figure>`);
}
const page = new URL(values.out, `file://${Deno.cwd()}/`);
await Deno.mkdir(new URL(".", page), { recursive: true });
await Deno.writeTextFile(page, `<!doctype html><meta charset="utf-8"><title>Endurance</title>${figures.join("\n")}\n`);
Deno.exitCode = failed > 0 ? 1 : 0;
