/**
 * The frame of a report: one HTML file that fetches nothing.
 *
 * @module
 */

import { Html, html, type Piece } from "./html.ts";
import { style } from "./style.ts";

/** Nothing may be fetched: the page needs its own style and pictures only. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** What a page shows. */
export interface Page {
  readonly title: string;
  readonly date: Date;
  readonly body: Piece;
  readonly footer: string;
}

/** The text of the file. */
export function page({ title, date, body, footer }: Page): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <link rel="icon" href="data:,">
        <title>${title}</title>
        <style>${new Html(style)}</style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="quiet">${date.toISOString().slice(0, 16).replace("T", " ")} UTC</p>
        </header>
        <main>
    ${body}
        </main>
        <footer>${footer}</footer>
      </body>
    </html>
  `.text;
}
