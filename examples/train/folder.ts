/**
 * The folder of a run.
 *
 * @module
 */

import { checkpointName } from "./checkpoint.ts";
import { attempt, Failure } from "./failure.ts";
import type { EpochMetrics } from "./report.ts";

const exists = (path: string): Promise<boolean> => Deno.stat(path).then(() => true, () => false);

/** The folder that a file is in. */
export const folderOf = (file: string): string =>
  file.includes("/") ? file.slice(0, file.lastIndexOf("/")) || "/" : ".";

/**
 * The folder with the newest checkpoint.
 *
 * @throws {Failure} If there is none.
 */
export async function newestRun(parent = "runs"): Promise<string> {
  let newest = { folder: "", time: -Infinity };
  try {
    for await (const { name } of Deno.readDir(parent)) {
      const folder = `${parent}/${name}`;
      const info = await Deno.stat(`${folder}/${checkpointName}`).catch(() => undefined);
      const time = info?.mtime?.getTime() ?? -Infinity;
      if (time > newest.time) newest = { folder, time };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (newest.folder === "") throw new Failure(`cannot resume: no folder in ${parent}/ holds a checkpoint`);
  return newest.folder;
}

/** Where a run writes. */
export interface Folder {
  /** The path of one of its files. */
  path(name: string): string;
  /** Adds a line to metrics.jsonl. */
  addMetrics(metrics: EpochMetrics): Promise<void>;
}

/**
 * Makes the folder of a run, if need be, and writes into it what is known before training: so what cannot be written is
 * found out now.
 *
 * @param config What config.json shall hold.
 * @param epochs The epochs that are done, in a run that goes on.
 * @param from The folder of the run that goes on; another run's folder is left alone.
 * @throws {Failure} If the folder cannot be written or holds another run.
 */
export async function openFolder(
  out: string,
  config: unknown,
  epochs: readonly EpochMetrics[] = [],
  from?: string,
): Promise<Folder> {
  const path = (name: string) => `${out.replace(/[/\\]$/, "")}/${name}`;
  const line = (metrics: EpochMetrics) => `${JSON.stringify(metrics)}\n`;
  return await attempt(async () => {
    await Deno.mkdir(out, { recursive: true });
    const same = from !== undefined && await Deno.realPath(from) === await Deno.realPath(out);
    if (!same && (await exists(path("metrics.jsonl")) || await exists(path(checkpointName)))) {
      throw new Error("it holds a run already; choose another folder, or go on with that run by --resume");
    }
    await Deno.writeTextFile(path("config.json"), `${JSON.stringify(config, null, 2)}\n`);
    await Deno.writeTextFile(path("metrics.jsonl"), epochs.map(line).join(""));
    return {
      path,
      addMetrics: (metrics) => Deno.writeTextFile(path("metrics.jsonl"), line(metrics), { append: true }),
    };
  }, `cannot write to ${out}: `);
}
