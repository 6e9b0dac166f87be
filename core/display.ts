/**
 * What notebooks show: tables for tensors and trees, pictures for images. A value shown by a Jupyter kernel says how under the
 * symbol `Jupyter.display`; the result is its texts by media type.
 */
import type { DType, TypedArray } from "./dtype.ts";
import { show } from "./errors.ts";
import { pngBase64 } from "./png.ts";
import type { Shape } from "./shape.ts";

/** Representations by media type. */
export type Display = Record<string, string>;

/** Text inside of HTML. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);

/** A table; cells are HTML, the first column is text and the others are numbers, aligned to the right. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const align = (i: number) => ` style="text-align:${i === 0 ? "left" : "right"}"`;
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell, i) => `<${tag}${align(i)}>${cell}</${tag}>`).join("")}</tr>`;
  const thead = head.length > 0 ? `<thead>${line("th", head)}</thead>` : "";
  return `<table>${thead}<tbody>${rows.map((row) => line("td", row)).join("")}</tbody></table>`;
}

/** HTML that folds behind a line, itself HTML. */
export const folded = (line: string, body: string, open = true): string =>
  `<details${open ? " open" : ""}><summary>${line}</summary>${body}</details>`;

/** The object, with the methods by which Deno, Node and notebooks show it. */
export function shownAs<T extends object>(object: T, text: () => string, html: () => string): T {
  const display = (): Display => ({ "text/plain": text(), "text/html": html() });
  return Object.defineProperties(object, {
    [Symbol.for("Deno.customInspect")]: { value: text },
    [Symbol.for("nodejs.util.inspect.custom")]: { value: text },
    [Symbol.for("Jupyter.display")]: { value: display },
  });
}

/** A number in a table: five digits. */
export const formatNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));

/** Which of `extent` rows or columns a table shows; −1 stands for those left out. */
function visible(extent: number): number[] {
  if (extent <= 20) return Array.from({ length: extent }, (_, i) => i);
  return [...Array.from({ length: 10 }, (_, i) => i), -1, ...Array.from({ length: 5 }, (_, i) => extent - 5 + i)];
}

/** The last two axes as a table with their indices, from the beginning of the values. */
function matrix(values: TypedArray, shape: Shape, dtype: DType): string {
  const columns = shape.length > 0 ? shape[shape.length - 1] : 1;
  const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
  const cell = (i: number, j: number): string => {
    if (i < 0 || j < 0) return "…";
    const value = values[i * columns + j];
    return dtype === "bool" ? String(value === 1) : formatNumber(value);
  };
  const across = visible(columns);
  const label = (i: number): string => i < 0 ? "…" : `<b>${i}</b>`;
  const body = visible(rows).map((i) => [
    ...shape.length > 1 ? [label(i)] : [],
    ...across.map((j) => cell(i, j)),
  ]);
  return htmlTable([...shape.length > 1 ? [""] : [], ...across.map((j) => j < 0 ? "…" : String(j))], body);
}

const smallestSide = 8;

/** Whether a shape is that of images: [N, C, H, W] with one channel or three. */
function areImages(shape: Shape): boolean {
  const [count, channels, height, width] = shape;
  return shape.length === 4 && count > 0 && (channels === 1 || channels === 3) &&
    Math.min(height, width) >= smallestSide && Math.max(height, width) <= 1024;
}

const imageLimit = 32, perRow = 8, gap = 2, wantedSide = 56;

/** Black and white of the values: [0, 1], [0, 255] where they are whole numbers in it, otherwise their own range. */
function grayRange(values: TypedArray, dtype: DType): readonly [number, number] {
  let low = Infinity, high = -Infinity, whole = true;
  for (const v of values) {
    if (v < low && v > -Infinity) low = v;
    if (v > high && v < Infinity) high = v;
    whole &&= Number.isInteger(v);
  }
  const bytes = dtype === "int32" || dtype === "uint32";
  if (low >= 0 && high <= 1 && !bytes) return [0, 1];
  if (low >= 0 && high <= 255 && whole) return [0, 255];
  return low < high ? [low, high] : [low - 1, high + 1];
}

/** Images side by side, enlarged where they are small. What is no number is magenta. */
function contactSheet(values: TypedArray, shape: Shape, dtype: DType): Display {
  const [count, channels, height, width] = shape;
  const shown = Math.min(count, imageLimit);
  const zoom = Math.max(1, Math.round(wantedSide / Math.max(height, width)));
  const [columns, rows] = [Math.min(shown, perRow), Math.ceil(shown / perRow)];
  const [cellWidth, cellHeight] = [width * zoom + gap, height * zoom + gap];
  const [sheetWidth, sheetHeight] = [columns * cellWidth - gap, rows * cellHeight - gap];
  const pixels = new Uint8Array(3 * sheetWidth * sheetHeight).fill(255);
  const [low, high] = grayRange(values, dtype);
  const plane = height * width;
  for (let n = 0; n < shown; n++) {
    const [left, top] = [(n % perRow) * cellWidth, Math.floor(n / perRow) * cellHeight];
    for (let y = 0; y < height * zoom; y++) {
      for (let x = 0; x < width * zoom; x++) {
        const source = n * channels * plane + Math.floor(y / zoom) * width + Math.floor(x / zoom);
        const at = 3 * ((top + y) * sheetWidth + left + x);
        for (let c = 0; c < 3; c++) {
          const value = values[source + (channels === 3 ? c * plane : 0)];
          const gray = Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low))));
          pixels[at + c] = value === value ? gray : c === 1 ? 0 : 255;
        }
      }
    }
  }
  const image = pngBase64(pixels, sheetWidth, sheetHeight);
  const caption = `${show(shape)} ${dtype}, from ${formatNumber(low)} (black) to ${formatNumber(high)} (white)` +
    (shown < count ? `; the first ${shown}` : "");
  return {
    "image/png": image,
    "text/html": `<figure style="margin:0"><img alt="${caption}" src="data:image/png;base64,${image}">` +
      `<figcaption>${caption}</figcaption></figure>`,
  };
}

/** A tensor's values: pictures where the shape is that of images, otherwise a table. */
export function displayTensor(text: string, values: TypedArray, shape: Shape, dtype: DType): Display {
  const head = `${show(shape)} ${dtype}`;
  if (areImages(shape)) return { "text/plain": text, ...contactSheet(values, shape, dtype) };
  if (values.length === 0) return { "text/plain": text, "text/html": `${head}, empty` };
  const first = shape.length > 2 ? `: ${show([...shape.slice(2).map(() => 0), ":", ":"])}` : "";
  return { "text/plain": text, "text/html": folded(`${head}${first}`, matrix(values, shape, dtype)) };
}
