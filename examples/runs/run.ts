/**
 * Reading what training runs left.
 *
 * @module
 */

import { Failure, messageOf } from "../train/failure.ts";
import type { EpochMetrics } from "../train/report.ts";

/** A run, as its folder tells it. */
export interface TrainingRun {
  /** The name of its folder. */
  readonly name: string;
  /** When it wrote last, in milliseconds. */
  readonly time: number;
  /** What config.json holds, nested settings by paths. */
  readonly config: Readonly<Record<string, string>>;
  readonly epochs: readonly EpochMetrics[];
  /** The epoch with the best test accuracy; undefined before the first one ended. */
  readonly best?: EpochMetrics;
}

/** Settings as texts by path: `{ augment: { flip: true } }` is `augment.flip: "true"`. */
function flat(value: object, prefix = ""): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, item]) =>
      typeof item === "object" && item !== null ? flat(item, `${prefix}${key}.`) : { [prefix + key]: String(item) }
    ),
  );
}

/**
 * Reads the run in a folder.
 *
 * @throws {Failure} If its files are missing or damaged.
 */
export async function readRun(folder: string): Promise<TrainingRun> {
  const path = `${folder.replace(/[/\\]$/, "")}`;
  try {
    const [config, metrics, info] = await Promise.all([
      Deno.readTextFile(`${path}/config.json`),
      Deno.readTextFile(`${path}/metrics.jsonl`),
      Deno.stat(`${path}/metrics.jsonl`),
    ]);
    const epochs = metrics.split("\n").filter((line) => line.trim() !== "").map((line) =>
      JSON.parse(line) as EpochMetrics
    );
    const best = epochs.reduce<EpochMetrics | undefined>(
      (best, epoch) => best && best.testAccuracy >= epoch.testAccuracy ? best : epoch,
      undefined,
    );
    const name = path.slice(path.lastIndexOf("/") + 1);
    return { name, time: info.mtime?.getTime() ?? 0, config: flat(JSON.parse(config)), epochs, best };
  } catch (error) {
    throw new Failure(`cannot read the run ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The runs of a folder; if names are given, those that have one of them in their name, and those whose folder is named.
 *
 * @throws {Failure} If there are none, or a name fits none.
 */
export async function findRuns(parent: string, names: readonly string[]): Promise<TrainingRun[]> {
  const folders: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(parent)) {
      const isRun = isDirectory && await Deno.stat(`${parent}/${name}/metrics.jsonl`).then(() => true, () => false);
      if (isRun) folders.push(`${parent}/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const isRun = (folder: string) => Deno.stat(`${folder}/metrics.jsonl`).then(() => true, () => false);
  const chosen = new Set<string>();
  for (const name of names) {
    const fitting = await isRun(name)
      ? [name]
      : folders.filter((folder) => folder.slice(parent.length + 1).includes(name));
    if (fitting.length === 0) {
      throw new Failure(`no run in ${parent} has "${name}" in its name, and no folder is called so`);
    }
    fitting.forEach((folder) => chosen.add(folder));
  }
  const wanted = names.length > 0 ? [...chosen] : folders;
  if (wanted.length === 0) throw new Failure(`no runs in ${parent}; deno task train makes one`);
  return await Promise.all(wanted.map(readRun));
}
