/**
 * The comparison as a page that opens without a network.
 *
 * @module
 */

import { curvesChart } from "../train/report/charts.ts";
import { count, decimal, Html, html, percent, short } from "../train/report/html.ts";
import { page } from "../train/report/page.ts";
import type { Comparison } from "./findings.ts";
import type { Time } from "./cost.ts";
import { variantNames, variants } from "./variants.ts";

const section = (title: string, ...content: readonly Html[]): Html =>
  html`<section><h2>${title}</h2>${content}</section>`;

function table(head: readonly string[], rows: readonly (readonly (string | Html)[])[]): Html {
  return html`
    <div class="scroll" role="region" tabindex="0" aria-label="${head.join(", ")}">
      <table>
        <thead>
          <tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
        </thead>
        <tbody>${rows.map(([first, ...rest]) =>
          html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}

const ms = ({ median }: Time): string => `${decimal(median, 1)} ms`;

const ratio = ({ median, low, high }: Time): string =>
  `${decimal(median, 2)} (${decimal(low, 2)} to ${decimal(high, 2)})`;

const dataTitle: Record<string, string> = { fashion: "Fashion-MNIST", mnist: "MNIST" };

/** The page. */
export function reportOf({ settings, machine, costs, accuracies, claims, runs }: Comparison): string {
  const costRows = variantNames.map((name) => {
    const cost = costs[name];
    return [
      variants[name].title,
      count(cost.parameters),
      short(cost.macs),
      ms(cost.step),
      ratio(cost.stepRatio),
      ms(cost.inference),
      ratio(cost.inferenceRatio),
      `${decimal(cost.firstStep / 1000, 1)} s`,
      cost.peakBytes === undefined ? "–" : `${short(cost.peakBytes)}B`,
    ];
  });
  const accuracyRows = accuracies.map(({ variant, data, mean, deviation, values, difference }) => [
    `${dataTitle[data]}, ${variants[variant].title}`,
    percent(mean, 2),
    percent(deviation, 2),
    difference && Number.isFinite(difference.low)
      ? `${decimal(100 * difference.mean, 2)} (${decimal(100 * difference.low, 2)} to ${
        decimal(100 * difference.high, 2)
      })`
      : "–",
    values.map((v) => percent(v, 2)).join(", "),
  ]);
  const verdicts = [...Map.groupBy(claims, ({ variant }) => variant)].map(([variant, list]) =>
    html`
      <h3>${variants[variant].title}</h3>
      <ul class="often">${list.map(({ claim, data, verdict, because }) =>
        html`<li><b style="min-width:6.5em;text-align:left">${verdict}</b><span>${claim}${
          data ? ` on ${dataTitle[data]}` : ""
        }: ${because}</span></li>`
      )}</ul>
    `
  );
  const curves = settings.data.map((data) =>
    html`<figure><figcaption>${dataTitle[data]}: training loss, mean of ${settings.seeds} seeds</figcaption>${
      curvesChart(
        `Training loss on ${dataTitle[data]}`,
        variantNames.flatMap((variant) => {
          const own = runs.filter((run) => run.variant === variant && run.data === data);
          return own[0].curve.map((_, i) => ({
            series: variants[variant].title,
            x: (i + 1) / own[0].curve.length,
            y: own.reduce((sum, run) => sum + run.curve[i], 0) / own.length,
          }));
        }),
      )
    }</figure>`
  );
  const { seeds, images, epochs, batch, testImages } = settings;
  return page({
    title: "ResNet-20 with standard and with ScConv convolutions",
    date: new Date(machine.date),
    body: [
      section(
        "Verdicts",
        html`
          <p
            class="quiet">What these runs decide: ${seeds} seeds, ${count(
              images,
            )} training images, ${epochs} ${epochs === 1
              ? "epoch"
              : "epochs"} in batches of ${batch}, the same optimiser for all, ${count(
                testImages,
              )} test images. "Not decided" means that the interval contains no difference.</p>
        `,
        html`<div class="pair">${verdicts.map((one) => html`<div>${one}</div>`)}</div>`,
      ),
      section(
        "Accuracy",
        html`
          <p
            class="quiet">On test images. The difference to the standard network is in points, over pairs of runs with the same seed, with its interval of 95 %.</p>
        `,
        table(["Network", "Mean", "Deviation", "Difference", "By seed"], accuracyRows),
      ),
      section("Learning", html`<div class="pair">${curves}</div>`),
      section(
        "Cost",
        html`
          <p
            class="quiet">Times are medians for a batch of ${batch}, measured by turns; ratios are to the standard network in the same round, with their quartiles. Memory is what a process needs at most for training beyond what it has when everything is loaded.</p>
        `,
        table(
          ["Network", "Parameters", "MACs an image", "Step", "Ratio", "In use", "Ratio", "First step", "Peak memory"],
          costRows,
        ),
      ),
    ],
    footer: `${machine.processor}, ${machine.threads} threads, Deno ${machine.deno}`,
  });
}
