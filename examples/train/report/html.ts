/**
 * HTML from template literals: what is put in is escaped, unless it is HTML itself.
 *
 * @module
 */

/** A piece of HTML that needs no escaping. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template may contain; lists are joined, and `null`, `undefined` and `false` vanish. */
export type Piece = Html | string | number | null | undefined | false | readonly Piece[];

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function render(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return piece.map(render).join("");
  return String(piece).replace(/[&<>"']/g, (character) => entities[character]);
}

/**
 * Builds HTML.
 *
 * ```ts
 * import { html } from "./html.ts";
 *
 * const page = html`<p title="${'"a" & b'}">${["x", "y"].map((name) => html`<b>${name}</b>`)}</p>`;
 * if (page.text !== '<p title="&quot;a&quot; &amp; b"><b>x</b><b>y</b></p>') throw new Error(page.text);
 * ```
 */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  return new Html(String.raw({ raw: strings }, ...pieces.map(render)));
}

/** A whole number with separators, such as 1,234,567. */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A number with a fixed number of decimals, or a dash where there is none. */
export const decimal = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value) ? "–" : Number.isFinite(value) ? value.toFixed(digits) : String(value);

/** A share between 0 and 1 as a percentage. */
export const percent = (share: number, digits = 1): string =>
  Number.isNaN(share) ? "–" : `${(100 * share).toFixed(digits)} %`;

/** A duration, such as 46.2 s or 3 min 12 s. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${rest} s`;
}

/** A large number in short form, such as 1.46 M. */
export function short(value: number): string {
  for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (value >= unit) return `${(value / unit).toFixed(2)} ${letter}`;
  }
  return count(value);
}
