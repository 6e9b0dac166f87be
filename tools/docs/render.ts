/**
 * Markdown pages and notebooks as HTML.
 *
 * @module
 */

import katex from "katex";
import { Marked } from "marked";
import { gfmHeadingId } from "marked-gfm-heading-id";
import type { Notebook } from "../notebooks/compare.ts";

/** Gives the address on the site of a file of the repository; undefined for files that have no page. */
export type Resolve = (file: string) => string | undefined;

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);

const joined = (text: string | readonly string[]): string => typeof text === "string" ? text : text.join("");

/** Formulas between dollar signs, as MathML: no font, no script. */
const formulas = {
  extensions: [{
    name: "formula",
    level: "inline" as const,
    start: (source: string) => source.indexOf("$"),
    tokenizer(source: string) {
      const [raw, display, inline] = /^\$\$(.+?)\$\$|^\$([^$\n]+?)\$(?!\d)/s.exec(source) ?? [];
      return raw ? { type: "formula", raw, text: display ?? inline, display: display !== undefined } : undefined;
    },
    // deno-lint-ignore no-explicit-any
    renderer: ({ text, display }: any) =>
      katex.renderToString(text, { output: "mathml", displayMode: display, throwOnError: true }),
  }],
};

function renderer(file: string, resolve: Resolve, math: boolean): Marked {
  const marked = new Marked({ gfm: true });
  marked.use(gfmHeadingId());
  if (math) marked.use(formulas);
  marked.use({
    renderer: {
      link(token) {
        const { href } = token, text = this.parser.parseInline(token.tokens);
        if (/^(https?:|#)/.test(href)) return `<a href="${escapeHtml(href)}">${text}</a>`;
        const [path, hash] = href.split("#");
        const target = resolve(new URL(path, `file:///${file}`).pathname.slice(1).replace(/\/$/, ""));
        return target === undefined ? text : `<a href="${target}${hash ? `#${hash}` : ""}">${text}</a>`;
      },
      code({ text, lang }) {
        const language = lang?.split(" ")[0];
        return `<pre><code${language ? ` class="language-${language}"` : ""}>${escapeHtml(text)}</code></pre>\n`;
      },
    },
    hooks: {
      postprocess: (html) =>
        html.replace(/<table>/g, '<div class="scroll"><table>').replace(/<\/table>/g, "</table></div>"),
    },
  });
  return marked;
}

/** A page of Markdown; `file` is its path in the repository, which its links are relative to. */
export function renderMarkdown(text: string, file: string, resolve: Resolve): string {
  return renderer(file, resolve, false).parse(text, { async: false });
}

function renderOutput({ text, data }: NonNullable<Notebook["cells"][0]["outputs"]>[0]): string {
  if (text) return `<pre>${escapeHtml(joined(text))}</pre>`;
  const content = (type: string) => data?.[type] === undefined ? undefined : joined(data[type]);
  return content("text/html") ?? content("image/svg+xml") ?? `<pre>${escapeHtml(content("text/plain") ?? "")}</pre>`;
}

/** A notebook with its stored outputs. */
export function renderNotebook(notebook: Notebook, file: string, resolve: Resolve): string {
  const marked = renderer(file, resolve, true);
  return notebook.cells.map((cell) => {
    const source = joined(cell.source);
    if (cell.cell_type === "markdown") return marked.parse(source, { async: false });
    const code = `<pre><code class="language-ts">${escapeHtml(source)}</code></pre>`;
    const outputs = (cell.outputs ?? []).map(renderOutput).join("\n");
    return outputs ? `${code}\n<div class="output">${outputs}</div>` : code;
  }).join("\n");
}
