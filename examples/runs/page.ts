/**
 * The curves of runs on a page that opens without a network.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Html, html } from "../train/report/html.ts";
import { style } from "../train/report/style.ts";
import { differingSettings, listing } from "./table.ts";
import type { TrainingRun } from "./run.ts";

const { document } = parseHTML("<html><body></body></html>") as unknown as { document: unknown };

/** The colours of the first ten runs, then again from the beginning. */
const palette = [
  "#4269d0",
  "#efb118",
  "#ff725c",
  "#6cc5b0",
  "#3ca951",
  "#ff8ab7",
  "#a463f2",
  "#97bbf5",
  "#9c6b4e",
  "#9498a0",
];

const colourOf = (i: number): string => palette[i % palette.length];

/** One value of every run over the epochs. */
function curves(runs: readonly TrainingRun[], label: string, value: (epoch: TrainingRun["epochs"][0]) => number): Html {
  const points = runs.flatMap(({ name, epochs }) =>
    epochs.map((epoch) => ({ name, epoch: epoch.epoch, value: value(epoch) }))
  );
  const last = Math.max(1, ...points.map(({ epoch }) => epoch)), stride = Math.ceil(last / 10);
  const whole = Array.from({ length: Math.floor(last / stride) }, (_, i) => (i + 1) * stride);
  const svg = Plot.plot({
    document,
    width: 560,
    height: 320,
    marginBottom: 42,
    style: { fontSize: "13px" },
    color: { legend: false, domain: runs.map(({ name }) => name), range: runs.map((_, i) => colourOf(i)) },
    x: { label: "epoch", tickFormat: "d", ticks: whole },
    y: { label, grid: true, nice: true },
    marks: [
      Plot.lineY(points, { x: "epoch", y: "value", z: "name", stroke: "name", strokeWidth: 2 }),
      Plot.dot(points, { x: "epoch", y: "value", fill: "name", r: 3 }),
    ],
  } as Plot.PlotOptions) as unknown as { setAttribute(name: string, value: string): void; outerHTML: string };
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${label} of ${runs.length} runs`);
  return new Html(svg.outerHTML.replace(/"[^"]*"/g, (text) => text.replace(/(\d+\.\d\d)\d+/g, "$1")));
}

/** The page: curves of accuracy and losses, what the runs differ in, and a table. */
export function page(runs: readonly TrainingRun[]): string {
  const settings = differingSettings(runs);
  const body = html`
    <main>
      <h1>${String(runs.length)} training runs</h1>
      <p>${runs.map(({ name }, i) =>
        html`<span style="margin-right:1.2em"><span style="color:${colourOf(i)}">●</span> ${name}</span>`
      )}</p>
      <section><h2>Test accuracy, %</h2>${curves(
        runs,
        "test accuracy, %",
        (epoch) => 100 * epoch.testAccuracy,
      )}</section>
      <section><h2>Test loss</h2>${curves(runs, "test loss", (epoch) => epoch.testLoss)}</section>
      <section><h2>Training loss</h2>${curves(runs, "training loss", (epoch) => epoch.trainLoss)}</section>
      <section><h2>Settings that differ</h2>${settings.length === 0
        ? html`<p>None.</p>`
        : html`<table><tr><th>setting</th>${runs.map(({ name }) => html`<th>${name}</th>`)}</tr>${
          settings.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)
        }</table>`}</section>
      <section>
        <h2>All</h2>
        <pre>${listing(runs)}</pre>
      </section>
    </main>
  `;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Training runs</title><style>${style}</style></head><body>${body.text}</body></html>
`;
}
