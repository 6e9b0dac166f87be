/**
 * Counts parameters and multiplications of every network, with standard convolutions and with ScConv, beside the paper's table:
 * `deno task models`, or `--json` for records, one a line.
 *
 * @module
 */

import { type ModelRow, modelRows } from "./rows.ts";

const help = `Counts parameters and multiplications of the networks, with standard convolutions and with ScConv.

  deno task models           a table beside the paper's numbers
  deno task models --json    records, one JSON object a line`;

const millions = (n: number): string => `${(n / 1e6).toFixed(2)} M`;
const macs = (n: number): string => n >= 1e9 ? `${(n / 1e9).toFixed(2)} G` : millions(n);
const off = (ours: number, theirs: number): string => {
  const percent = 100 * (ours / theirs - 1);
  return `${percent >= 0 ? "+" : "−"}${Math.abs(percent).toFixed(1)} %`;
};

/** Our count, and the paper's with the difference. */
const beside = (ours: number, theirs: number | undefined, text: (n: number) => string): [string, string] => [
  text(ours),
  theirs === undefined ? "" : `${text(theirs)} (${off(ours, theirs)})`,
];

/** The rows as a table, with the notes below it. */
export function tableOf(rows: readonly ModelRow[]): string {
  const notes = [...new Set(rows.flatMap(({ note }) => note ?? []))];
  const cells = rows.map((row) => [
    row.network,
    `${row.input.join("×")}, ${row.classes} classes`,
    row.conv === "standard" ? "standard" : `ScConv, ${row.rule ?? "all"}`,
    ...beside(row.parameters, row.paper?.parameters, millions),
    ...beside(row.macs, row.paper?.macs, macs),
    row.note ? `[${notes.indexOf(row.note) + 1}]` : "",
  ]);
  const head = ["network", "input", "convolutions", "parameters", "paper", "MACs", "paper", ""];
  const table = [head, ...cells];
  const widths = head.map((_, i) => Math.max(...table.map((line) => line[i].length)));
  const lines = table.map((line) =>
    line.map((cell, i) => i === 3 || i === 5 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])).join("  ").trimEnd()
  );
  return [...lines, "", ...notes.map((note, i) => `[${i + 1}] ${note}`)].join("\n");
}

/** The whole program: its exit code. */
export function main(args: readonly string[], print: (line: string) => void = console.log): number {
  const unknown = args.find((arg) => !["--json", "--help"].includes(arg));
  if (unknown !== undefined) {
    console.error(`error: unknown argument ${unknown}; deno task models takes --json`);
    return 2;
  }
  if (args.includes("--help")) print(help);
  else if (args.includes("--json")) { for (const row of modelRows()) print(JSON.stringify(row)); }
  else print(tableOf([...modelRows()]));
  return 0;
}

if (import.meta.main) Deno.exitCode = main(Deno.args);
