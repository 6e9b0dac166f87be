/**
 * Lists and compares training runs: `deno task runs [NAME…] [--html FILE]`. A run is a folder with config.json and metrics.jsonl.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Failure, messageOf } from "../train/failure.ts";
import { comparison, listing } from "./table.ts";
import { findRuns, type TrainingRun } from "./run.ts";

const help = `Lists training runs, and compares those that are named.

Usage: deno task runs [NAME…] [FLAGS]

  NAME           a run: its folder, or a part of its name; two or more are compared
  --dir DIR      where runs are (runs)
  --sort KEY     date, accuracy, loss or speed (date)
  --html FILE    draws their curves on a page
  --help         print this`;

const orders: Record<string, (a: TrainingRun, b: TrainingRun) => number> = {
  date: (a, b) => a.time - b.time,
  accuracy: (a, b) => (b.best?.testAccuracy ?? -1) - (a.best?.testAccuracy ?? -1),
  loss: (a, b) => (a.best?.testLoss ?? Infinity) - (b.best?.testLoss ?? Infinity),
  speed: (a, b) => (b.best?.imagesPerSecond ?? 0) - (a.best?.imagesPerSecond ?? 0),
};

async function work(args: readonly string[], print: (line: string) => void): Promise<void> {
  let parsed;
  try {
    const string = { type: "string" } as const;
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { dir: string, sort: string, html: string, help: { type: "boolean", default: false } },
    });
  } catch (error) {
    throw new Failure(messageOf(error).split(". ")[0]);
  }
  const { values: { dir = "runs", sort = "date", html, help: asked }, positionals } = parsed;
  if (asked) return print(help);
  if (!Object.hasOwn(orders, sort)) {
    throw new Failure(`--sort: expected ${Object.keys(orders).join(", ")}, got "${sort}"`);
  }
  const runs = (await findRuns(dir, positionals)).sort(orders[sort]);
  print(positionals.length > 1 ? comparison(runs) : listing(runs));
  if (html !== undefined) {
    const { page } = await import("./page.ts");
    await Deno.writeTextFile(html, page(runs));
    print(`\nWrote ${html}`);
  }
}

/** The whole program; gives the exit code, 1 for a failure. */
export async function main(args: readonly string[], print: (line: string) => void = console.log): Promise<number> {
  try {
    await work(args, print);
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    print(`error: ${error.message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
