/**
 * The guard: ratios, which move less from machine to machine than times, against those that are checked in.
 *
 * @module
 */

import type { Summary } from "./timing.ts";

/** What is checked in, as ratios.json. */
export interface Ratios {
  /** For how many threads they hold. */
  readonly threads: number;
  /** Our time in calls of the yardstick, by case. */
  readonly yardstick: Readonly<Record<string, number>>;
  /** Our time in those of PyTorch, by case. */
  readonly pytorch: Readonly<Record<string, number>>;
}

/** A ratio that is worse than what is checked in may be so by that much. */
export const tolerance = 1.15;

/** A case that got slower or faster. */
export interface Change {
  readonly name: string;
  readonly was: number;
  readonly is: number;
}

const file = new URL("ratios.json", import.meta.url);

/** Reads the ratios that are checked in. */
export async function readRatios(): Promise<Ratios> {
  return JSON.parse(await Deno.readTextFile(file)) as Ratios;
}

/** Puts ratios in the place of those of the same cases. */
export async function writeRatios(
  kind: "yardstick" | "pytorch",
  measured: ReadonlyMap<string, Summary>,
  threads: number,
): Promise<void> {
  const known = await readRatios();
  const kept = known.threads === threads ? known : { yardstick: {}, pytorch: {} };
  const fresh = [...measured].map(([name, { median }]) => [name, Number(median.toPrecision(4))]);
  const ratios: Ratios = {
    threads,
    yardstick: kept.yardstick,
    pytorch: kept.pytorch,
    [kind]: { ...kept[kind], ...Object.fromEntries(fresh) },
  };
  await Deno.writeTextFile(file, `${JSON.stringify(ratios, null, 2)}\n`);
}

/**
 * What got slower: a ratio over the tolerance whose lower quartile, too, is above what is checked in. And what got faster
 * by as much, so that the ratios can follow.
 */
export function compare(
  measured: ReadonlyMap<string, Summary>,
  known: Readonly<Record<string, number>>,
): { slower: Change[]; faster: Change[]; unknown: string[] } {
  const slower: Change[] = [], faster: Change[] = [], unknown: string[] = [];
  for (const [name, { median, low }] of measured) {
    const was = Object.hasOwn(known, name) ? known[name] : undefined;
    if (was === undefined) unknown.push(name);
    else if (median > tolerance * was && low > was) slower.push({ name, was, is: median });
    else if (median * tolerance < was) faster.push({ name, was, is: median });
  }
  return { slower, faster, unknown };
}

/** What the guard finds, after measuring twice more what seems slower: other load is no regression. */
export async function judge(
  measured: Map<string, Summary>,
  known: Readonly<Record<string, number>>,
  measureAgain: (names: ReadonlySet<string>) => Promise<ReadonlyMap<string, Summary>>,
): Promise<ReturnType<typeof compare>> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const suspects = new Set(compare(measured, known).slower.map(({ name }) => name));
    if (suspects.size === 0) break;
    for (const [name, ratio] of await measureAgain(suspects)) {
      if (ratio.median < measured.get(name)!.median) measured.set(name, ratio);
    }
  }
  return compare(measured, known);
}

/** What the guard says. */
export function verdict({ slower, faster, unknown }: ReturnType<typeof compare>, unit: string): string {
  const line = ({ name, was, is }: Change): string =>
    `  ${name}: ${was.toPrecision(3)} → ${is.toPrecision(3)} ${unit} (${is > was ? "+" : "−"}${
      Math.abs(100 * (is / was - 1)).toFixed(0)
    } %)`;
  const parts = [
    slower.length > 0 ? ["Slower than what is checked in, by more than 15 %:", ...slower.map(line)] : [],
    faster.length > 0 ? ["Faster; --update-ratios keeps it so:", ...faster.map(line)] : [],
    unknown.length > 0 ? ["Not in ratios.json:", ...unknown.map((name) => `  ${name}`)] : [],
    slower.length === 0 ? ["The guard found no case that got slower"] : [],
  ];
  return parts.flat().join("\n");
}
