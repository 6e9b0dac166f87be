/**
 * The report of `deno task bench`.
 *
 * @module
 */

import { html } from "../../../examples/train/report/html.ts";
import { type Case, grouped } from "../cases.ts";
import { growthText, type Report } from "../figures.ts";
import { digits, megabytes, time } from "../table.ts";
import { type Bar, bars } from "./bars.ts";
import { htmlTable, page } from "./page.ts";

const colours = new Map([["", "var(--first)"]]);

/** The page of a run. */
export function benchPage(report: Report, cases: readonly Case[]): string {
  const { results, ceilings, memory = {}, lines } = report;
  const sections = [...grouped(results)].map(([group, members]) => {
    const measured = members.flatMap((result) => result.time ? [{ ...result, time: result.time }] : []);
    const micro = measured.every(({ time }) => time.median < 0.5);
    const scale = micro ? 1e3 : 1;
    const rows = measured.map(({ name, time: { median, low, high }, gflops }): Bar => ({
      label: name,
      series: "",
      value: median * scale,
      low: low * scale,
      high: high * scale,
      text: time(median) + (gflops ? `, ${digits(gflops)} GFLOP/s` : ""),
    }));
    const notes = members.map((result) => {
      const growth = growthText(cases.find(({ name }) => name === result.name)!, result, results);
      return result.error ? `${result.name}: ${result.error}` : growth && `${result.name}: ${growth}`;
    }).filter((note) => note);
    const alt = `${group}: ${rows.map(({ label, text }) => `${label} ${text}`).join("; ")}`;
    return html`<section><h2>${group}</h2>${
      rows.length > 0 && bars(rows, { alt, unit: micro ? "µs" : "ms", colours })
    }${notes.map((note) => html`<p>${note}</p>`)}</section>`;
  });
  const { peak, contract, copy, cachedCopy } = ceilings;
  const rest = html`<section><h2>The machine</h2><p>One core of it: ${
    digits(peak)
  } GFLOP/s of multiply-adds on registers, ${digits(contract)} in a product in the cache; copies at ${
    digits(copy)
  } GB/s in memory and ${digits(cachedCopy)} GB/s in the cache.</p>${
    Object.entries(memory).map(([way, marks]) =>
      html`<p>Resident memory in training (${way}): ${
        marks.map(({ step, bytes }) => `${megabytes(bytes)} after step ${step}`).join(", ")
      }.</p>`
    )
  }${
    htmlTable(
      ["lines", "code", "all"],
      Object.entries(lines).map(([part, { code, all }]) => [part, String(code), String(all)]),
    )
  }</section>`;
  return page("Cotangent: how fast", report.machine, report.code, [sections, rest]);
}
