/**
 * Bars, drawn without a browser: Observable Plot on the document of linkedom. Colours are variables of the page's style,
 * so that a chart follows its light and dark form.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Html } from "../../../examples/train/report/html.ts";

const { document } = parseHTML("<html><body></body></html>") as unknown as { document: unknown };

/** A bar. */
export interface Bar {
  /** Which case it belongs to. */
  readonly label: string;
  /** Which side, where there are several. */
  readonly series: string;
  readonly value: number;
  /** What stands at its end. */
  readonly text: string;
  /** Quartiles, drawn as a line. */
  readonly low?: number;
  readonly high?: number;
}

/** Horizontal bars: a row for each label, in it a bar for each series. */
export function bars(
  rows: readonly Bar[],
  options: { alt: string; unit: string; colours: ReadonlyMap<string, string> },
): Html {
  const { alt, unit, colours } = options;
  const labels = [...new Set(rows.map(({ label }) => label))];
  const series = [...new Set(rows.map(({ series }) => series))];
  const row = 14 * series.length + 12;
  const longest = Math.max(...rows.map(({ value, high }) => Math.max(value, high ?? 0)));
  const spread = rows.filter(({ low, high }) => low !== undefined && high !== undefined);
  const place = { fy: "label", y: "series" };
  const svg = Plot.plot({
    document,
    width: 900,
    height: labels.length * row + 44,
    marginLeft: 14 + 7.2 * Math.max(...labels.map((label) => label.length)),
    marginRight: 20 + 7 * Math.max(...rows.map(({ text }) => text.length)),
    marginBottom: 34,
    marginTop: 6,
    style: { fontSize: "12.5px" },
    x: { label: unit, domain: [0, longest], grid: true, ticks: 6, tickFormat: ",~r" },
    y: { axis: null, domain: series, padding: 0.12 },
    fy: { label: null, domain: labels, padding: 0.18, axis: "left" },
    marks: [
      Plot.barX(rows, { ...place, x: "value", fill: ({ series }: Bar) => colours.get(series), rx: 2 }),
      Plot.ruleY(spread, { ...place, x1: "low", x2: "high", stroke: "currentColor", strokeWidth: 1.5 }),
      Plot.text(rows, {
        ...place,
        x: ({ value, high }: Bar) => Math.max(value, high ?? 0),
        text: "text",
        textAnchor: "start",
        dx: 6,
        fill: "currentColor",
      }),
    ],
  } as unknown as Plot.PlotOptions) as unknown as {
    setAttribute(name: string, value: string): void;
    outerHTML: string;
  };
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alt);
  // Thirteen digits of a coordinate are no use to anybody.
  return new Html(svg.outerHTML.replace(/"[^"]*"/g, (value) => value.replace(/(\d+\.\d\d)\d+/g, "$1")));
}
