/**
 * What the notebooks draw: charts, and a training that is followed while it runs.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const { document } = parseHTML("<html><body></body></html>") as unknown as { document: unknown };

/** Representations by media type, under the symbol by which a Jupyter kernel finds them. */
type Shown = Record<symbol, () => Record<string, string>>;

const display = Symbol.for("Jupyter.display");

/** A chart of Observable Plot (https://observablehq.com/plot) as the result of a cell; `label` says what is to be seen. */
export function plot(label: string, options: Plot.PlotOptions): Shown {
  const common = { document, width: 560, height: 300, style: { fontSize: "13px", background: "white" } };
  const svg = Plot.plot({ ...common, ...options } as Plot.PlotOptions) as unknown as {
    setAttribute(name: string, value: string): void;
    outerHTML: string;
  };
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("aria-label", label);
  // Thirteen digits of a coordinate are no use to anybody.
  const text = svg.outerHTML.replace(/"[^"]*"/g, (value) => value.replace(/(\d+\.\d\d)\d+/g, "$1"));
  return { [display]: () => ({ "text/plain": label, "text/html": text, "image/svg+xml": text }) };
}

/** One curve or several over the steps: `{ loss: [2.3, 1.9, …] }`; `log` draws the values on a logarithmic scale. */
export function curves(series: Readonly<Record<string, readonly number[]>>, { log = false } = {}): Shown {
  const points = Object.entries(series).flatMap(([name, values]) =>
    values.map((value, step) => ({ name, step: step + 1, value }))
  );
  const ends = Object.entries(series).map(([name, values]) => `${name} ${values.at(-1)?.toPrecision(3)}`);
  const last = { x: "step", y: "value", z: "name", text: "name", fill: "name", dx: 6, textAnchor: "start" } as const;
  return plot(`After ${Math.max(...Object.values(series).map((s) => s.length))} steps: ${ends.join(", ")}`, {
    color: { legend: false, scheme: "Observable10", domain: Object.keys(series) },
    marginLeft: 50,
    marginRight: 90,
    y: {
      type: log ? "log" : "linear",
      grid: true,
      label: null,
      ticks: 5,
      tickFormat: (value: number) => String(Number(value.toPrecision(6))),
    },
    marks: [
      Plot.lineY(points, { x: "step", y: "value", z: "name", stroke: "name" }),
      Plot.text(points, Plot.selectLast(last)),
    ],
  });
}

/** A training that is followed in one output of a notebook: a line with the progress, and its curves. */
export class Live {
  private readonly series: Record<string, number[]> = {};
  private readonly id = crypto.randomUUID();
  private shown = 0;
  private begun = false;

  /** @param steps how many there will be */
  constructor(private readonly steps: number) {}

  /** Notes the numbers of a step; draws at most three times a second. */
  async step(values: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) (this.series[name] ??= []).push(value);
    if (performance.now() - this.shown > 300) await this.draw();
  }

  /** Draws the last state. */
  async end(): Promise<void> {
    await this.draw();
  }

  private async draw(): Promise<void> {
    const drawn = curves(this.series)[display]();
    const done = Object.values(this.series)[0].length;
    const line = `${"█".repeat(Math.round(20 * done / this.steps)).padEnd(20, "░")} ${done} of ${this.steps} steps`;
    const data = {
      "text/plain": `${line}. ${drawn["text/plain"]}`,
      "text/html": `<code>${line}</code><br>${drawn["image/svg+xml"]}`,
    };
    if (this.begun) {
      await Deno.jupyter.broadcast("update_display_data", { data, metadata: {}, transient: { display_id: this.id } });
    } else {
      await Deno.jupyter.broadcast("display_data", { data, metadata: {}, transient: { display_id: this.id } });
    }
    this.begun = true;
    this.shown = performance.now();
  }
}
