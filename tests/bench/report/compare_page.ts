/**
 * The report of `deno task bench:peers`.
 *
 * @module
 */

import { html } from "../../../examples/train/report/html.ts";
import { grouped } from "../cases.ts";
import type { Comparison, PeerReport } from "../peers/compare.ts";
import { megabytes, spread, time, times } from "../table.ts";
import { type Bar, bars } from "./bars.ts";
import { htmlTable, page } from "./page.ts";

const palette = ["first", "second", "third", "fourth", "fifth"];

/** The page of a run. */
export function comparePage({ machine, code, sides, comparisons, memory }: PeerReport): string {
  const names = [...new Set(comparisons.flatMap((row) => Object.keys(row.sides)))]
    .sort((a, b) => rank(a) - rank(b));
  const colours = new Map(names.map((name, i) => [name, `var(--${palette[i]})`]));
  const key = html`<ul class="key">${
    names.map((name, i) => html`<li><i style="background: var(--${palette[i]})"></i>${name} ${sides[name] ?? ""}</li>`)
  }</ul>`;
  const sections = [...grouped(comparisons)].map(([group, rows]) => {
    // The speed beside PyTorch's, or beside ours where PyTorch is not there.
    const base = rows.every((row) => row.sides["PyTorch"]?.ratio) ? "PyTorch" : names[0];
    const drawn = rows.flatMap((row) =>
      names.flatMap((name): Bar[] => {
        const mine = row.sides[name]?.time;
        const value = ours(row, name) / ours(row, base);
        if (!mine || !Number.isFinite(value)) return [];
        return [{ label: row.name, series: name, value, text: `${times(value)}, ${time(mine.median)}` }];
      })
    );
    const alt = `${group}: ${drawn.map(({ label, series, text }) => `${label}, ${series}: ${text}`).join("; ")}`;
    const figures = htmlTable(
      ["", ...names.flatMap((name) => [name, "quartiles"])],
      rows.map((row) => [
        row.name,
        ...names.flatMap((name) => {
          const summary = row.sides[name]?.time;
          return summary ? [time(summary.median), spread(summary)] : ["–", ""];
        }),
      ]),
    );
    return html`<section><h2>${group}</h2><p>Speed in times that of ${base}: longer is faster.</p>${
      drawn.length > 0 && bars(drawn, { alt, unit: `times as fast as ${base}`, colours })
    }${key}<details><summary>Times and quartiles</summary>${figures}</details></section>`;
  });
  const peaks = memory.length > 0 &&
    html`<section><h2>Memory</h2><p>The peak of the resident memory of three training steps, over
    what the process had before.</p>${
      htmlTable(
        ["", ...Object.keys(sides)],
        memory.map(({ name, peaks }) => [name, ...Object.keys(sides).map((side) => megabytes(peaks[side]))]),
      )
    }</section>`;
  return page("Cotangent beside its peers", machine, code, [sections, peaks]);

  /** Our time in that of a side. */
  function ours(row: Comparison, name: string): number {
    return name === names[0] ? 1 : row.sides[name]?.ratio?.median ?? NaN;
  }

  function rank(name: string): number {
    const place = Object.keys(sides).indexOf(name);
    return place < 0 ? Infinity : place;
  }
}
