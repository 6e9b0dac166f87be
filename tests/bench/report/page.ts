/**
 * What the reports share: one page that opens without a network.
 *
 * @module
 */

import { Html, html, type Piece } from "../../../examples/train/report/html.ts";
import { style } from "../../../examples/train/report/style.ts";
import { type Machine, machineText } from "../machine.ts";

const own = `
:root { --third: #6d28d9; --fourth: #a16207; --fifth: #0f766e; }
@media (prefers-color-scheme: dark) { :root { --third: #b79bff; --fourth: #e0b04c; --fifth: #5eead4; } }
td.left, th.left { text-align: left; }
.key i { display: inline-block; }
`;

/** A page with a title and sections. */
export function page(title: string, machine: Machine, code: string, sections: Piece): string {
  const [about, warning] = machineText(machine, code).split("\n");
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <style>${new Html(style + own)}</style>
      </head>
      <body>
        <header><h1>${title}</h1><p class="quiet">${about}</p>${warning && html`<p><b>${warning}</b></p>`}</header>
        <main>${sections}</main>
        <footer>Measured ${machine.date.slice(
          0,
          10,
        )}. Medians; lines in bars go from the lower to the upper quartile.</footer>
      </body>
    </html>
  `.text;
}

/** A table; the first column is the name of the row. */
export function htmlTable(head: readonly string[], rows: readonly (readonly Piece[])[]): Html {
  return html`
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
        </thead>
        <tbody>${rows.map(([name, ...cells]) =>
          html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}
