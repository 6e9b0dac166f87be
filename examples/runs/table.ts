/**
 * Runs as text.
 *
 * @module
 */

import { percent } from "../train/report/html.ts";
import type { TrainingRun } from "./run.ts";

const bars = "▁▂▃▄▅▆▇█";

/** A curve in one line: eight heights between its least and its largest value, at most `width` columns. */
export function sparkline(values: readonly number[], width = 24): string {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, i) => {
    const value = values[Math.floor((i + 1) * values.length / columns) - 1];
    if (!Number.isFinite(value)) return "·";
    return bars[high > low ? Math.min(7, Math.floor(8 * (value - low) / (high - low))) : 3];
  }).join("");
}

/** Columns of text, the first to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => [...row[c]].length)));
  const cell = (text: string, c: number) => {
    const space = " ".repeat(widths[c] - [...text].length);
    return c === 0 ? text + space : space + text;
  };
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

/** A line for each run. */
export function listing(runs: readonly TrainingRun[]): string {
  const head = ["run", "model", "epochs", "best accuracy", "in epoch", "test loss", "images/s", "accuracy by epoch"];
  return columns([
    head,
    ...runs.map(({ name, config, epochs, best }) => [
      name,
      config.model ?? "?",
      `${epochs.length}${config.epochs ? `/${config.epochs}` : ""}`,
      best ? percent(best.testAccuracy, 2) : "–",
      best ? String(best.epoch) : "–",
      best ? best.testLoss.toFixed(4) : "–",
      best ? best.imagesPerSecond.toFixed(0) : "–",
      sparkline(epochs.map(({ testAccuracy }) => testAccuracy)),
    ]),
  ]);
}

/** Settings in which runs differ: their names, then a value for each run. */
export function differingSettings(runs: readonly TrainingRun[]): string[][] {
  const names = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))];
  return names.map((name) => [name, ...runs.map(({ config }) => config[name] ?? "–")])
    .filter(([, first, ...others]) => others.some((value) => value !== first));
}

/** What runs differ in, and their tests epoch by epoch; the best of each row is starred. */
export function comparison(runs: readonly TrainingRun[]): string {
  const settings = differingSettings(runs);
  const length = Math.max(0, ...runs.map(({ epochs }) => epochs.length));
  const row = (epoch: number): string[] => {
    const values = runs.map(({ epochs }) => epochs.find((e) => e.epoch === epoch)?.testAccuracy);
    const best = Math.max(...values.map((v) => v ?? -1));
    return [String(epoch), ...values.map((v) => v === undefined ? "–" : `${v === best ? "* " : ""}${percent(v, 2)}`)];
  };
  const names = runs.map(({ name }) => name);
  const tests = columns([["test accuracy after epoch", ...names], ...Array.from({ length }, (_, i) => row(i + 1))]);
  const differ = settings.length > 0
    ? columns([["setting", ...names], ...settings])
    : "The runs have the same settings";
  return `${differ}\n\n${tests}\n\n${listing(runs)}`;
}
