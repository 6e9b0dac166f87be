/**
 * The charts of the report, drawn without a browser: Observable Plot on the document of linkedom.
 * Colours are variables of the page's style, so that a chart follows its light and dark form.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Html } from "./html.ts";

const { document } = parseHTML("<html><body></body></html>") as unknown as { document: unknown };

/** Drawn for half of a wide page or the whole of a phone's, so that the text stays readable on both. */
const common = { document, width: 460, height: 280, marginLeft: 52, marginBottom: 38, style: { fontSize: "13px" } };

function draw(label: string, options: Record<string, unknown>): Html {
  const svg = Plot.plot({ ...common, ...options } as Plot.PlotOptions) as unknown as {
    setAttribute(name: string, value: string): void;
    outerHTML: string;
  };
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  // Thirteen digits of a coordinate are no use to anybody.
  return new Html(svg.outerHTML.replace(/"[^"]*"/g, (value) => value.replace(/(\d+\.\d\d)\d+/g, "$1")));
}

/** A stretch of a long curve. */
interface Bin {
  x: number;
  low: number;
  mean: number;
  high: number;
}

/** Divides a curve into at most `limit` stretches of equal length and gives range and mean of each; x is the end. */
export function binned(values: ArrayLike<number>, limit: number): Bin[] {
  const length = Math.max(1, Math.ceil(values.length / limit));
  const bins: Bin[] = [];
  for (let start = 0; start < values.length; start += length) {
    const part = Array.from({ length: Math.min(length, values.length - start) }, (_, i) => values[start + i])
      .filter(Number.isFinite);
    if (part.length === 0) continue;
    const mean = part.reduce((sum, value) => sum + value) / part.length;
    bins.push({ x: start + length, low: Math.min(...part), mean, high: Math.max(...part) });
  }
  return bins;
}

/** A moving average over the neighbours on both sides, which does not lag behind. */
function smoothed(bins: readonly Bin[]): { x: number; y: number }[] {
  const reach = Math.ceil(bins.length / 80);
  return bins.map(({ x }, i) => {
    const near = bins.slice(Math.max(0, i - Math.min(reach, i)), i + reach + 1);
    return { x, y: near.reduce((sum, { mean }) => sum + mean, 0) / near.length };
  });
}

/** The numbers 1, 2 and 5 times a power of ten that lie between two positive numbers, and 1 alone if these are many. */
function logTicks(low: number, high: number): number[] {
  const digits = high / low > 2000 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    ticks.push(...digits.map((digit) => Number(`${digit}e${power}`)).filter((tick) => tick >= low && tick <= high));
  }
  return ticks;
}

/** A number beside a tick: as short as it can be, never as a power of ten. */
const tickText = (value: number): string => String(Number(value.toPrecision(6)));

/** The training loss of every step, and the test loss after each epoch. */
export function lossChart(steps: ArrayLike<number>, testLosses: readonly { step: number; loss: number }[]): Html {
  const bins = binned(steps, 300);
  const tests = testLosses.filter(({ loss }) => Number.isFinite(loss));
  const positive = bins.every(({ low }) => low > 0) && tests.every(({ loss }) => loss > 0);
  const losses = [...bins.flatMap(({ low, high }) => [low, high]), ...tests.map(({ loss }) => loss)];
  const ticks = positive ? logTicks(Math.min(...losses), Math.max(...losses)) : 5;
  const last = tests.at(-1);
  const label = `Training loss over ${steps.length} steps` +
    (last ? `, and the test loss, at the end ${last.loss.toFixed(4)}` : "");
  return draw(label, {
    x: { label: "step", ticks: 5, tickFormat: "~s" },
    y: { label: "loss", grid: true, type: positive ? "log" : "linear", ticks, tickFormat: tickText },
    marks: [
      Plot.areaY(bins, { x: "x", y1: "low", y2: "high", fill: "var(--first)", fillOpacity: 0.18 }),
      Plot.lineY(bins, { x: "x", y: "mean", stroke: "var(--first)", strokeOpacity: 0.45, strokeWidth: 1 }),
      Plot.lineY(smoothed(bins), { x: "x", y: "y", stroke: "var(--first)", strokeWidth: 2.25 }),
      Plot.lineY(tests, { x: "step", y: "loss", stroke: "var(--second)", strokeDasharray: "4 3" }),
      Plot.dot(tests, { x: "step", y: "loss", fill: "var(--second)", r: 4.5, stroke: "var(--surface)" }),
    ],
  });
}

/** The test accuracy after each epoch. */
export function accuracyChart(epochs: readonly { epoch: number; testAccuracy: number }[]): Html {
  const points = epochs.map(({ epoch, testAccuracy }) => ({ epoch, accuracy: 100 * testAccuracy }));
  const label = `Test accuracy after each of ${points.length} epochs, at the end ${
    points.at(-1)?.accuracy.toFixed(2)
  } %`;
  return draw(label, {
    x: { label: "epoch", ticks: Math.min(points.length, 8), tickFormat: "d" },
    y: { label: "test accuracy, %", grid: true, nice: true, ticks: 5 },
    marks: [
      Plot.lineY(points, { x: "epoch", y: "accuracy", stroke: "var(--second)", strokeWidth: 2.25 }),
      Plot.dot(points, { x: "epoch", y: "accuracy", fill: "var(--second)", r: 4.5, stroke: "var(--surface)" }),
    ],
  });
}

/** The share of each class that was recognised; only the part of the scale where they differ. */
export function classChart(recall: readonly number[]): Html {
  const points = recall.map((share, label) => ({ label: String(label), accuracy: 100 * share }))
    .filter(({ accuracy }) => Number.isFinite(accuracy));
  const lowest = Math.min(...points.map(({ accuracy }) => accuracy));
  const start = Math.min(99, Math.max(0, Math.floor(2 * (lowest - (100 - lowest) * 0.25)) / 2));
  const text = points.map(({ label, accuracy }) => `${label}: ${accuracy.toFixed(1)} %`).join(", ");
  return draw(`Test accuracy of each digit. ${text}`, {
    x: { label: "test accuracy, %", domain: [start, 100], grid: true, ticks: 5 },
    y: { label: null, type: "point" },
    marginLeft: 30,
    marginRight: 50,
    marginTop: 8,
    marks: [
      Plot.ruleY(points, { y: "label", x1: start, x2: "accuracy", stroke: "var(--first)", strokeOpacity: 0.4 }),
      Plot.dot(points, { y: "label", x: "accuracy", fill: "var(--first)", r: 5 }),
      Plot.text(points, {
        y: "label",
        x: "accuracy",
        text: ({ accuracy }: { accuracy: number }) => accuracy.toFixed(1),
        dx: 11,
        textAnchor: "start",
        fill: "currentColor",
      }),
    ],
  });
}

/**
 * The weights of a CRU's channels for one image, where 1 is the mean: those of the rich branch, then those of the
 * cheap one.
 */
export function weightChart(values: ArrayLike<number>, label: string): Html {
  const half = values.length / 2;
  const mean = Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const steps = Array.from(values, (value, channel) => ({ channel, weight: value / mean }));
  const branch = (from: number, to: number) => {
    const part = steps.slice(from, to);
    // A step lasts as long as its channel: the last one needs an end.
    return [...part, { ...part[part.length - 1], channel: to }];
  };
  const area = (from: number, to: number, fill: string) =>
    Plot.areaY(branch(from, to), { x: "channel", y: "weight", curve: "step-after", fill });
  return draw(label, {
    height: 96,
    marginLeft: 30,
    marginTop: 8,
    marginBottom: 26,
    x: { label: null, ticks: [0, half, values.length], tickFormat: "d" },
    y: { label: null, ticks: 3, grid: true, zero: true, tickFormat: tickText },
    marks: [
      area(0, half, "var(--first)"),
      area(half, values.length, "var(--second)"),
      Plot.ruleY([1], { stroke: "currentColor", strokeOpacity: 0.6, strokeDasharray: "3 3" }),
    ],
  });
}

/** Several curves over the share of a run that is done. */
export function curvesChart(
  label: string,
  points: readonly { readonly series: string; readonly x: number; readonly y: number }[],
): Html {
  const names = [...new Set(points.map(({ series }) => series))];
  const colors = ["var(--first)", "var(--second)", "var(--good)"];
  const last = names.map((name) => points.findLast(({ series }) => series === name)!);
  return draw(label, {
    marginRight: 150,
    x: { label: "share of the steps", percent: true },
    y: { label: "loss", type: "log", grid: true, ticks: 4, tickFormat: (value: number) => tickText(value) },
    color: { domain: names, range: colors },
    marks: [
      Plot.lineY(points, { x: "x", y: "y", stroke: "series", strokeWidth: 2 }),
      Plot.text(spreadOut(last.map(({ y }) => y)).map((y, i) => ({ ...last[i], at: y })), {
        x: "x",
        y: "at",
        text: "series",
        fill: "series",
        textAnchor: "start",
        dx: 6,
        lineWidth: 11,
      }),
    ],
  });
}

/** Positive values moved apart, so that labels beside them do not overlap: each at least a quarter above the next. */
function spreadOut(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const moved = [...values];
  order.forEach((i, rank) => {
    if (rank > 0) moved[i] = Math.max(moved[i], moved[order[rank - 1]] * 1.5);
  });
  return moved;
}
