/**
 * Builds the page of the demo: a folder of static files that any server can serve.
 *
 * @module
 */

import * as esbuild from "esbuild";
import { firstOf } from "../train/batches.ts";
import { loadMnist } from "../data/mnist.ts";

/** Images that the page gets: some megabytes. */
const counts = { train: 6000, test: 500 };

/** Bundles a module with all that it imports. */
export async function bundle(entry: URL, outfile: string, platform: "browser" | "node" = "browser"): Promise<void> {
  try {
    await esbuild.build({
      entryPoints: [decodeURIComponent(entry.pathname)],
      outfile,
      bundle: true,
      format: "esm",
      target: "es2022",
      platform,
      legalComments: "none",
      logLevel: "warning",
    });
  } finally {
    await esbuild.stop();
  }
}

/** Writes the page to a folder. */
export async function build(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await bundle(new URL("./page.ts", import.meta.url), `${folder}/page.js`);
  for (const name of ["index.html", "style.css"]) {
    await Deno.copyFile(new URL(`./${name}`, import.meta.url), `${folder}/${name}`);
  }
  const splits = await loadMnist({});
  for (const name of ["train", "test"] as const) {
    const { images, labels } = firstOf(splits[name], counts[name]);
    await Deno.writeFile(`${folder}/${name}-images.bin`, images);
    await Deno.writeFile(`${folder}/${name}-labels.bin`, labels);
  }
}
