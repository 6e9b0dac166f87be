import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { decode } from "fast-png";
import { parseHTML } from "linkedom";
import { buildReport, type ReportData } from "../../examples/train/report.ts";
import { binned } from "../../examples/train/report/charts.ts";
import { count, decimal, duration, html, percent, short } from "../../examples/train/report/html.ts";
import { channelMean, greyUrl, heatUrl, mosaic } from "../../examples/train/report/pictures.ts";
import { drawnDigit, syntheticReport } from "../support/report.ts";

/** The parts of an element that the tests look at. */
interface Element {
  tagName: string;
  textContent: string;
  attributes: Iterable<{ name: string; value: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

function parse(page: string) {
  const { document } = parseHTML(page) as unknown as { document: Element };
  const all = (selector: string, from: Element = document) => [...from.querySelectorAll(selector)];
  const section = (title: string) => {
    const found = all("section").find((element) => element.querySelector("h2")?.textContent === title);
    assert(found, `no section "${title}"`);
    return found;
  };
  const titles = () => all("h2").map((element) => element.textContent);
  const texts = (selector: string, from?: Element) => all(selector, from).map((element) => element.textContent);
  return { document, all, section, titles, texts };
}

const decodeUrl = (url: string) => {
  assert(url.startsWith("data:image/png;base64,"));
  return decode(Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (character) => character.charCodeAt(0)));
};

const sections = [
  "Learning",
  "Confusion matrix",
  "Worst mistakes",
  "Inside ScConv",
  "Layers",
  "Where the time went",
  "Settings",
];

Deno.test("buildReport() shows every section with its content", () => {
  const data = syntheticReport(5);
  const { document, all, section, titles, texts } = parse(buildReport(data));
  assertEquals(titles(), sections);
  assertEquals(document.querySelector("h1")?.textContent, "ScConv on MNIST");
  assertEquals(texts(".tile dd").slice(0, 2), ["99.01 %", "0.0278"]);
  assertEquals(all("tbody tr", section("Learning")).length, 5);
  assertEquals(all("svg", section("Learning")).length, 2);
  assertEquals(all(".confusion tbody tr").length, 10);
  assertEquals(texts(".confusion td.right"), data.confusion.map((row, label) => String(row[label])));
  assertEquals(texts(".often li")[0], "17 × 4 taken for 9");
  assertEquals(all("img", section("Worst mistakes")).length, 12);
  assertEquals(all(".digit").length, 4);
  assertEquals(all(".digit img").length, 4 * (1 + 2 + 2));
  assertEquals(all(".digit svg").length, 4 * 2);
  assertEquals(texts("tfoot td", section("Layers"))[1], "37,082");
  assertEquals(texts("tbody tr", section("Where the time went")).length, data.profile.length);
  assertEquals(texts(".facts dd", section("Settings"))[0], "scconv");
  assertEquals(document.querySelector("footer")?.textContent, data.environment);
});

Deno.test("buildReport() fetches nothing", () => {
  const page = buildReport(syntheticReport(2));
  const { document, all } = parse(page);
  for (const element of all("*")) {
    for (const { name, value } of element.attributes) {
      if (["src", "href", "srcset", "data", "action", "poster"].includes(name)) assertMatch(value, /^(data:|#)/, name);
    }
  }
  assertEquals(all("script, iframe, object, embed, base, form").length, 0);
  assert(!/https?:|url\(|@import/.test(page), "the page names another place");
  const policy = document.querySelector("meta[http-equiv]")?.getAttribute("content");
  assertStringIncludes(policy ?? "", "default-src 'none'");
});

Deno.test("buildReport() gives every picture and chart a text", () => {
  const { all } = parse(buildReport(syntheticReport(2)));
  for (const picture of all("img")) assertMatch(picture.getAttribute("alt") ?? "", /\d/);
  for (const chart of all("svg")) {
    assertEquals(chart.getAttribute("role"), "img");
    assertMatch(chart.getAttribute("aria-label") ?? "", /\d/);
  }
});

Deno.test("buildReport() shows the accuracy of each digit in place of a curve of one epoch", () => {
  const data = syntheticReport(1);
  const { all, section, texts } = parse(buildReport(data));
  const share = data.confusion[4][4] / data.confusion[4].reduce((sum, n) => sum + n);
  const chart = all("svg", section("Learning"))[1];
  assertStringIncludes(chart.getAttribute("aria-label") ?? "", `4: ${(100 * share).toFixed(1)} %,`);
  assertEquals(texts("figcaption", section("Learning")), ["Loss", "Test accuracy of each digit"]);
  assertEquals(all("figure", section("Confusion matrix")).length, 0);
});

Deno.test("buildReport() leaves out what there is no data for", () => {
  const empty: ReportData = {
    ...syntheticReport(1),
    epochs: [],
    stepLosses: [],
    confusion: [],
    mistakes: [],
    examples: [],
    layers: [],
    profile: [],
    config: {},
  };
  assertEquals(parse(buildReport(empty)).titles(), []);
  const plain = syntheticReport(1);
  const examples = plain.examples.map((example) => ({ ...example, masks: [], weights: [] }));
  assertEquals(
    parse(buildReport({ ...plain, examples })).titles(),
    sections.filter((title) => title !== "Inside ScConv"),
  );
});

Deno.test("buildReport() survives a run that diverged", () => {
  const data = syntheticReport(1);
  const epochs = [{ ...data.epochs[0], trainLoss: NaN, testLoss: Infinity, testAccuracy: 0.098 }];
  const page = buildReport({ ...data, epochs, stepLosses: [2.3, 40, NaN, Infinity, NaN] });
  assertEquals(parse(page).texts(".tile dd").slice(0, 2), ["9.80 %", "Infinity"]);
  assert(!/="[^"]*NaN[^"]*"/.test(page), "a chart has a coordinate that is no number");
  const none = buildReport({ ...data, epochs, stepLosses: [NaN, NaN] });
  assert(!/="[^"]*(NaN|Infinity)[^"]*"/.test(none), "a chart has a coordinate that is no number");
});

Deno.test("buildReport() escapes what it is given", () => {
  const title = `<script>alert("1 & 2")</script>`;
  const page = buildReport({ ...syntheticReport(1), title, config: { "<b>": `"'` } });
  assert(!page.includes("<script") && !page.includes("<b>&"));
  const { document, texts } = parse(page);
  assertEquals(document.querySelector("h1")?.textContent, title);
  assertEquals([texts(".facts dt")[0], texts(".facts dd")[0]], ["<b>", `"'`]);
});

Deno.test("buildReport() refuses a picture of the wrong size", () => {
  const data = syntheticReport(1);
  const image = { ...drawnDigit(3), width: 27 };
  const mistakes = [{ ...data.mistakes[0], image }];
  assertThrows(() => buildReport({ ...data, mistakes }), RangeError, "27 × 28 needs 756 pixels, got 784");
});

Deno.test("greyUrl() keeps bytes and scales other numbers from 0 to 1", () => {
  const bytes = decodeUrl(greyUrl({ width: 2, height: 1, pixels: new Uint8Array([7, 255]) }));
  assertEquals([bytes.width, bytes.height, ...bytes.data], [2, 1, 7, 255]);
  const floats = decodeUrl(greyUrl({ width: 5, height: 1, pixels: new Float32Array([-1, 0.5, 0.99, 1, 2]) }));
  assertEquals([...floats.data], [0, 128, 252, 255, 255]);
});

Deno.test("heatUrl() gives colours that grow lighter", () => {
  const { data, channels } = decodeUrl(heatUrl({ width: 5, height: 1, pixels: [0, 0.25, 0.5, 0.75, 1] }));
  assertEquals(channels, 3);
  const light = [0, 1, 2, 3, 4].map((i) => data[3 * i] + 2 * data[3 * i + 1] + data[3 * i + 2] / 2);
  assertEquals(light, light.toSorted((a, b) => a - b));
  assertEquals(new Set(light).size, 5);
});

Deno.test("channelMean() and mosaic() lay channels out", () => {
  const values = [1, 2, 3, 4, 5, 6];
  assertEquals(channelMean(values, 2, 1, 3), { width: 3, height: 1, pixels: new Float32Array([2.5, 3.5, 4.5]) });
  const { width, height, pixels } = mosaic(values, 3, 1, 2);
  const gap = Math.fround(0.45);
  assertEquals([width, height, ...Array.from(pixels)], [8, 1, 1, 2, gap, 3, 4, gap, 5, 6]);
  assertEquals(mosaic(new Float32Array(20), 20, 1, 1, 10).height, 3);
  assertThrows(() => channelMean(values, 2, 2, 2), RangeError, "need 8 values, got 6");
});

Deno.test("binned() keeps range, mean and place", () => {
  assertEquals(binned([1, 3, 2, 6, NaN], 3), [
    { x: 2, low: 1, mean: 2, high: 3 },
    { x: 4, low: 2, mean: 4, high: 6 },
  ]);
  assertEquals(binned([], 3), []);
});

Deno.test("html`` escapes pieces, joins lists and drops nothing but nothing", () => {
  const item = (name: string) => html`<li>${name}</li>`;
  const list = html`<ul title="${`"<`}">${["a&b", "c"].map(item)}${null}${undefined}${false}${0}${""}</ul>`;
  assertEquals(list.text, `<ul title="&quot;&lt;"><li>a&amp;b</li><li>c</li>0</ul>`);
});

Deno.test("numbers are written for people", () => {
  assertEquals([count(1234567.4), count(0)], ["1,234,567", "0"]);
  assertEquals([decimal(1.256, 2), decimal(undefined, 2), decimal(NaN, 2), decimal(Infinity, 2)], [
    "1.26",
    "–",
    "–",
    "Infinity",
  ]);
  assertEquals([percent(0.98613, 2), percent(1, 0), percent(NaN)], ["98.61 %", "100 %", "–"]);
  assertEquals([duration(46.21), duration(99.96), duration(3599.7), duration(7322), duration(Infinity)], [
    "46.2 s",
    "1 min 40 s",
    "1 h 0 min",
    "2 h 2 min",
    "–",
  ]);
  assertEquals([short(999), short(37_082), short(5_067_776), short(1.46e9)], ["999", "37.08 k", "5.07 M", "1.46 G"]);
});
