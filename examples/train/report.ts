/**
 * The report of a training run: one HTML file that opens without a network, with curves, mistakes, a look inside the
 * network, its size and where the time went.
 *
 * @module
 */

import { accuracyChart, classChart, lossChart, weightChart } from "./report/charts.ts";
import { count, decimal, duration, Html, html, percent, type Piece, short } from "./report/html.ts";
import { channelMean, greyUrl, heatUrl, mosaic, type Pixels } from "./report/pictures.ts";
import { page } from "./report/page.ts";

/** What is known after an epoch: a line of metrics.jsonl. Accuracies are shares, from 0 to 1. */
export interface EpochMetrics {
  epoch: number;
  trainLoss: number;
  testLoss: number;
  testAccuracy: number;
  seconds: number;
  imagesPerSecond: number;
}

/** A picture of one channel: bytes from 0 to 255, or other numbers from 0 to 1, row-major. */
export interface DigitImage {
  width: number;
  height: number;
  pixels: Pixels;
}

/** A test image with a confident wrong answer. */
export interface Mistake {
  image: DigitImage;
  label: number;
  predicted: number;
  /** The probability of the predicted class. */
  probability: number;
  loss: number;
}

/** Which places an SRU found informative in one image: 1 where it did, 0 elsewhere, of shape [channels, height, width]. */
export interface Mask {
  /** Where in the network the SRU stands. */
  path: string;
  channels: number;
  height: number;
  width: number;
  values: ArrayLike<number>;
}

/** The weights of a CRU's channels for one image: those of the rich branch, then those of the cheap one. */
export interface ChannelWeights {
  /** Where in the network the CRU stands. */
  path: string;
  values: ArrayLike<number>;
}

/** What the units of the network make of one test image. */
export interface DigitExample {
  image: DigitImage;
  label: number;
  predicted: number;
  masks: Mask[];
  weights: ChannelWeights[];
}

/** One layer of the network. */
export interface LayerRow {
  path: string;
  outputShape: readonly number[];
  parameters: number;
  /** Multiplications with an addition, for one image. */
  macs: number;
}

/** The time of one kernel of the training step. */
export interface ProfileRow {
  name: string;
  /** Milliseconds a step. */
  milliseconds: number;
  /** Of the time of the step, from 0 to 1. */
  share: number;
  /** 10⁹ floating-point operations a second, where they were counted. */
  gflops?: number;
}

/** Everything that the report shows. Empty lists leave their section out. */
export interface ReportData {
  title: string;
  /** When the run ended. */
  date: Date;
  /** The options of the run, as they are to be shown. */
  config: Readonly<Record<string, string | number | boolean>>;
  /** The machine and the versions, in one line. */
  environment: string;
  epochs: readonly EpochMetrics[];
  /** The training loss of every step, across the epochs. */
  stepLosses: ArrayLike<number>;
  /** How often each label (row) was taken for each class (column). */
  confusion: readonly (readonly number[])[];
  mistakes: readonly Mistake[];
  examples: readonly DigitExample[];
  layers: readonly LayerRow[];
  profile: readonly ProfileRow[];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const section = (title: string, ...content: Piece[]) => html`<section><h2>${title}</h2>${content}</section>`;

const scroll = (label: string, table: Html) =>
  html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${table}</div>`;

const figure = (caption: Piece, content: Piece) => html`<figure><figcaption>${caption}</figcaption>${content}</figure>`;

const details = (summary: string, content: Html) => html`<details><summary>${summary}</summary>${content}</details>`;

function image(url: string, alt: string, { width, height }: { width: number; height: number }): Html {
  return html`<img src="${url}" width="${width}" height="${height}" alt="${alt}">`;
}

function tiles(data: ReportData): Html {
  const last = data.epochs.at(-1);
  const seconds = sum(data.epochs.map((epoch) => epoch.seconds));
  const tile = (name: string, value: string, kind = "") =>
    html`
      <div class="tile ${kind}">
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>
    `;
  return html`<dl class="tiles">
    ${last && tile("Test accuracy", percent(last.testAccuracy, 2), "main")}
    ${last && tile("Test loss", decimal(last.testLoss, 4))}
    ${last && tile("Training time", duration(seconds))}
    ${last && tile("Images a second", count(last.imagesPerSecond))}
    ${data.layers.length > 0 && tile("Parameters", count(sum(data.layers.map((layer) => layer.parameters))))}
    ${data.layers.length > 0 && tile("FLOPs an image", short(2 * sum(data.layers.map((layer) => layer.macs))))}
  </dl>`;
}

/** The share of each label's images that were recognised. */
const recall = (confusion: ReportData["confusion"]) => confusion.map((row, label) => row[label] / sum(row));

function learning({ epochs, stepLosses, confusion }: ReportData): Piece {
  if (epochs.length === 0 && stepLosses.length === 0) return null;
  const stepsAnEpoch = epochs.length > 0 ? stepLosses.length / epochs.length : 0;
  const tests = epochs.map(({ testLoss }, i) => ({ step: Math.round((i + 1) * stepsAnEpoch), loss: testLoss }));
  const second = epochs.length > 1
    ? figure("Test accuracy after each epoch", accuracyChart(epochs))
    : confusion.length > 0 && figure("Test accuracy of each digit", classChart(recall(confusion)));
  const row = (metrics: EpochMetrics) =>
    html`
      <tr>
        <th scope="row">${metrics.epoch}</th>
        <td>${decimal(metrics.trainLoss, 4)}</td>
        <td>${decimal(metrics.testLoss, 4)}</td>
        <td>${percent(metrics.testAccuracy, 2)}</td>
        <td>${duration(metrics.seconds)}</td>
        <td>${count(metrics.imagesPerSecond)}</td>
      </tr>
    `;
  return section(
    "Learning",
    html`<div class="pair">
      ${
      stepLosses.length > 0 &&
      html`<div>${figure("Loss", lossChart(stepLosses, tests))}
        <ul class="key"><li><i></i>training, smoothed (shaded: its range)</li>
        <li><i class="second dot"></i>test, after an epoch</li></ul></div>`
    }
      ${second}
    </div>`,
    scroll(
      "Metrics of each epoch",
      html`
        <table>
          <thead>
            <tr>
              <th scope="col">Epoch</th>
              <th scope="col">Training loss</th>
              <th scope="col">Test loss</th>
              <th scope="col">Test accuracy</th>
              <th scope="col">Time</th>
              <th scope="col">Images a second</th>
            </tr>
          </thead>
          <tbody>${epochs.map(row)}</tbody>
        </table>
      `,
    ),
  );
}

function confusionTable({ confusion, epochs }: ReportData): Piece {
  if (confusion.length === 0) return null;
  const wrong = confusion.map((row, label) => row.map((n, predicted) => label === predicted ? 0 : n));
  const most = Math.max(1, ...wrong.flat());
  const mistakes = sum(wrong.flat());
  const total = sum(confusion.flat());
  const often = wrong.flatMap((row, label) => row.map((n, predicted) => ({ n, label, predicted })))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n)
    .slice(0, epochs.length > 1 ? 4 : 8)
    .map(({ n, label, predicted }) => html`<li><b>${n} ×</b> ${label} taken for ${predicted}</li>`);
  const cell = (n: number, label: number, predicted: number) => {
    if (label === predicted) return html`<td class="right">${n}</td>`;
    if (n === 0) return html`<td class="none">0</td>`;
    const heat = Math.round(18 + 82 * n / most);
    const title = `${n} × ${label} taken for ${predicted}`;
    return html`<td class="wrong ${heat > 58 && "much"} ${
      heat > 88 && "most"
    }" style="--heat:${heat}%" title="${title}">${n}</td>`;
  };
  return section(
    "Confusion matrix",
    html`<p class="quiet">Rows are the labels, columns what the network said: ${count(mistakes)} of ${count(total)}
      test images are wrong.</p>`,
    html`
      <div class="pair">
        <table class="confusion">
          <thead>
            <tr><td class="none"></td>
            ${confusion.map((_, label) => html`<th scope="col">${label}</th>`)}</tr>
          </thead>
          <tbody>
            ${confusion.map((row, label) =>
              html`<tr><th scope="row">${label}</th>${row.map((n, predicted) => cell(n, label, predicted))}</tr>`
            )}</tbody>
        </table>
        <div>${epochs.length > 1 && figure("Test accuracy of each digit", classChart(recall(confusion)))}
          ${often.length > 0 && html`
            <h3>Most often</h3>
            <ul class="often">${often}</ul>
          `}</div>
      </div>
    `,
  );
}

function worstMistakes({ mistakes }: ReportData): Piece {
  if (mistakes.length === 0) return null;
  const card = ({ image: digit, label, predicted, probability, loss }: Mistake) => {
    const alt = `A handwritten ${label}, taken for ${predicted} with probability ${percent(probability)}`;
    return html`<figure>${image(greyUrl(digit), alt, digit)}
      <figcaption>${label} → <b>${predicted}</b></figcaption>
      <span class="quiet">${percent(probability)}<br>loss ${decimal(loss, 1)}</span></figure>`;
  };
  return section(
    "Worst mistakes",
    html`<p class="quiet">The test images with the largest loss: label → answer, and the probability of the answer.</p>`,
    html`<div class="cards">${mistakes.map(card)}</div>`,
  );
}

function maskFigure({ path, channels, height, width, values }: Mask, label: number): Html {
  const mean = channelMean(values, channels, height, width);
  const share = sum([...mean.pixels as Float32Array]) / mean.pixels.length;
  const alt = `Where ${path} finds the ${label} informative: ${percent(share, 0)} of all values`;
  return figure(html`${path} <span>${percent(share, 0)}</span>`, image(heatUrl(mean), alt, mean));
}

function weightFigure({ path, values }: ChannelWeights, label: number): Html {
  const [all, half] = [Array.from(values), values.length / 2];
  const share = sum(all.slice(0, half)) / sum(all);
  const text = `rich branch ${percent(share, 0)}, cheap branch ${percent(1 - share, 0)}`;
  const chart = weightChart(values, `Weights of the ${all.length} channels of ${path} for the ${label}: ${text}`);
  return figure(html`${path}: ${text}`, chart);
}

function exampleOf({ image: digit, label, predicted, masks, weights }: DigitExample): Html {
  const answer = label === predicted ? "recognised" : `taken for ${predicted}`;
  const mosaics = masks.map(({ path, channels, height, width, values }) => {
    const picture = mosaic(values, channels, height, width);
    const caption = channels > 64 ? `${path}, the first 64 of ${channels} channels` : `${path}, ${channels} channels`;
    return figure(caption, image(heatUrl(picture), `The mask of each channel of ${path} for the ${label}`, picture));
  });
  return html`<div class="digit"><h3>${label} <span class="quiet">(${answer})</span></h3><div class="inside">
    <div class="masks">${figure("image", image(greyUrl(digit), `A handwritten ${label}`, digit))}
    ${masks.map((mask) => maskFigure(mask, label))}</div>
    <div class="weights">${weights.map((weight) => weightFigure(weight, label))}</div></div>
    ${mosaics.length > 0 && details("Masks of each channel", html`<div class="mosaics">${mosaics}</div>`)}</div>`;
}

function inside({ examples }: ReportData): Piece {
  if (!examples.some(({ masks, weights }) => masks.length + weights.length > 0)) return null;
  return section(
    "Inside ScConv",
    html`
      <p class="quiet">The spatial unit (SRU) marks each value of its input as informative or redundant. A picture
            shows, for each place, the share of the channels that found it informative; the percentage is over all places. The channel unit (CRU) weighs the
            channels of its rich and its cheap branch against each other: bars above the dashed line count more than the mean.</p>
      <ul class="key">
        <li>no channel <i class="heat"></i> all channels</li>
        <li><i></i>rich branch</li>
        <li><i class="second"></i>cheap branch</li>
      </ul>
    `,
    examples.map(exampleOf),
  );
}

function layerTable({ layers }: ReportData): Piece {
  if (layers.length === 0) return null;
  const [parameters, macs] = [sum(layers.map((row) => row.parameters)), sum(layers.map((row) => row.macs))];
  const row = (layer: LayerRow) =>
    html`
      <tr>
        <th scope="row"><code>${layer.path}</code></th>
        <td>${layer.outputShape.join(" × ")}</td>
        <td>${layer.parameters > 0 ? count(layer.parameters) : "–"}</td>
        <td>${layer.macs > 0 ? count(layer.macs) : "–"}</td>
        <td class="bar">${layer.macs > 0 &&
          html`<span style="width:${(100 * layer.macs / macs).toFixed(1)}%"></span>`}</td>
      </tr>
    `;
  return section(
    "Layers",
    html`<p class="quiet">For one image. A multiplication with an addition (MAC) is two FLOPs.</p>`,
    scroll(
      "Layers",
      html`
        <table>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Output</th>
              <th scope="col">Parameters</th>
              <th scope="col">MACs</th>
              <th scope="col"><span class="hidden">Share of the MACs, drawn</span></th>
            </tr>
          </thead>
          <tbody>${layers.map(row)}</tbody>
          <tfoot>
            <tr>
              <th scope="row">All</th>
              <td></td>
              <td>${count(parameters)}</td>
              <td>${count(macs)}</td>
              <td></td>
            </tr>
          </tfoot>
        </table>
      `,
    ),
  );
}

function profileTable({ profile }: ReportData): Piece {
  if (profile.length === 0) return null;
  const longest = Math.max(...profile.map((row) => row.share), Number.MIN_VALUE);
  const row = ({ name, milliseconds, share, gflops }: ProfileRow) =>
    html`
      <tr>
        <th scope="row"><code>${name}</code></th>
        <td>${decimal(milliseconds, 2)}</td>
        <td>${percent(share)}</td>
        <td>${decimal(gflops, 1)}</td>
        <td class="bar"><span style="width:${(100 * share / longest).toFixed(1)}%"></span></td>
      </tr>
    `;
  return section(
    "Where the time went",
    html`<p class="quiet">The kernels of one training step, longest first:
      ${decimal(sum(profile.map(({ milliseconds }) => milliseconds)), 1)} ms.</p>`,
    scroll(
      "Time of each kernel",
      html`
        <table>
          <thead>
            <tr>
              <th scope="col">Kernel</th>
              <th scope="col">ms a step</th>
              <th scope="col">Share</th>
              <th scope="col">GFLOP/s</th>
              <th scope="col"><span class="hidden">Share, drawn</span></th>
            </tr>
          </thead>
          <tbody>${profile.toSorted((a, b) => b.milliseconds - a.milliseconds).map(row)}</tbody>
        </table>
      `,
    ),
  );
}

function settings({ config }: ReportData): Piece {
  const entries = Object.entries(config);
  if (entries.length === 0) return null;
  return section(
    "Settings",
    html`<dl class="facts">${
      entries.map(([name, value]) =>
        html`
          <div>
            <dt>${name}</dt>
            <dd>${String(value)}</dd>
          </div>
        `
      )
    }
    </dl>`,
  );
}

/**
 * Builds the report as the text of an HTML file.
 *
 * @throws {RangeError} If a picture has not the number of pixels that its size needs.
 */
export function buildReport(data: ReportData): string {
  return page({
    title: data.title,
    date: data.date,
    body: [
      tiles(data),
      learning(data),
      confusionTable(data),
      worstMistakes(data),
      inside(data),
      layerTable(data),
      profileTable(data),
      settings(data),
    ],
    footer: data.environment,
  });
}
