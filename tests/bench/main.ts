/**
 * The bench: `deno task bench [--filter TEXT] [--quick] [--threads N] [--code CODE] [--memory] [--json FILE] [--html FILE] [--guard]
 * [--update-ratios]`. The cases are in cases.ts.
 *
 * @module
 */

import { device } from "../../mod.ts";
import { calibrate, type Ceilings } from "./calibrate.ts";
import { type Case, cases, grouped, keyOf, matching } from "./cases.ts";
import { codeLines } from "./code_lines.ts";
import { growthText, type Report } from "./figures.ts";
import { judge, readRatios, verdict, writeRatios } from "./guard.ts";
import { machine, machineText } from "./machine.ts";
import { measureCases, quick, ratiosOf, type Result, steady } from "./measure.ts";
import { type Mark, memoryMarks, ways } from "./memory.ts";
import { commandLine, commonFlags } from "./options.ts";
import { ourPeer } from "./peers/peer.ts";
import { nativeFeatures } from "../support/native.ts";
import { digits, megabytes, spread, table, time } from "./table.ts";

function resultTable(
  members: readonly Case[],
  results: readonly Result[],
  { peak }: Ceilings,
  threads: number,
): string {
  const rows = members.map((member, i) => {
    const { name, time: summary, gflops, ratio, error } = results[i];
    if (!summary) return [name, "–", error ?? "", "", "", "", ""];
    return [
      name,
      time(summary.median),
      spread(summary),
      gflops ? digits(gflops) : "",
      gflops ? `${(100 * gflops / peak / threads).toFixed(0)} %` : "",
      ratio ? digits(ratio.median) : "",
      growthText(member, results[i], results),
    ];
  });
  return table(["", "median", "quartiles", "GFLOP/s", "of peak", "yardsticks", ""], rows);
}

function memoryTable(memory: Readonly<Record<string, readonly Mark[]>>): string {
  const rows = Object.entries(memory).map(([way, marks]) => [
    `${marks.at(-1)?.step} ScConv steps, ${way}`,
    megabytes(marks[0]?.bytes),
    megabytes(marks.at(-1)?.bytes),
    megabytes((marks.at(-1)?.bytes ?? NaN) - marks[0]?.bytes),
  ]);
  return table(["", "after a tenth", "at the end", "growth"], rows);
}

const flags = commonFlags;

async function main(): Promise<number> {
  const given = commandLine(flags);
  const { threadCount: threads, codeKind: code } = given;
  const pace = given.quick ? quick : steady;
  const chosen = matching(cases, given.filter);
  const here = machine();
  const { description } = await device("cpu", { threads, code });
  console.log(machineText(here, description));
  const ceilings = calibrate(code === "wasm" ? undefined : nativeFeatures()[0]);
  const { peak, contract, copy, cachedCopy } = ceilings;
  console.log(
    `One core: ${digits(peak)} GFLOP/s on registers, ${digits(contract)} in a product in the cache; copies at ` +
      `${digits(copy)} GB/s in memory, ${digits(cachedCopy)} in the cache`,
  );
  const ours = ourPeer(threads, { code });
  const results: Result[] = [];
  for (const [group, members] of grouped(chosen)) {
    const measured = await measureCases(members, ours, pace);
    results.push(...measured);
    console.log(`\n${group}\n${resultTable(members, measured, ceilings, threads)}`);
  }
  const memory: Record<string, Mark[]> = {};
  if (given.memory) {
    for (const way of ways) memory[way] = await memoryMarks(way, given.quick ? 1000 : 10_000);
    console.log(`\nResident memory\n${memoryTable(memory)}`);
  }
  const lines = await codeLines(new URL("../../", import.meta.url));
  const lineRows = Object.entries(lines).map(([part, { code, all }]) => [part, String(code), String(all)]);
  if (!given.filter) console.log(`\nLines\n${table(["", "code", "all"], lineRows)}`);

  const report: Report = { machine: here, code: description, threads, ceilings, results, memory, lines };
  if (given.json) await Deno.writeTextFile(given.json, `${JSON.stringify(report, null, 1)}\n`);
  if (given.html) {
    const { benchPage } = await import("./report/bench_page.ts");
    await Deno.writeTextFile(given.html, benchPage(report, chosen));
  }
  let failed = results.some(({ error }) => error);
  if (given.guard) failed = !await guarded(chosen, results, threads, ours) || failed;
  if (given["update-ratios"]) await writeRatios("yardstick", ratiosOf(results), threads);
  return failed ? 1 : 0;
}

/** Whether the guard lets the results pass. */
async function guarded(
  chosen: readonly Case[],
  results: readonly Result[],
  threads: number,
  ours: ReturnType<typeof ourPeer>,
): Promise<boolean> {
  const known = await readRatios();
  if (known.threads !== threads) {
    console.log(`\nThe ratios of the guard hold for ${known.threads} threads: use --threads ${known.threads}`);
    return false;
  }
  const judged = await judge(ratiosOf(results), known.yardstick, async (names) => {
    return ratiosOf(await measureCases(chosen.filter((one) => names.has(keyOf(one))), ours, steady));
  });
  console.log(`\n${verdict(judged, "yardsticks")}`);
  return judged.slower.length === 0;
}

if (import.meta.main) Deno.exit(await main());
