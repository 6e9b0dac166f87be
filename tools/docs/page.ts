/**
 * The frame of the site's pages.
 *
 * @module
 */

/** A page of the site, without its frame. */
export interface Page {
  /** Where it lies, from the root of the site: `guides/numerics.html`. */
  readonly path: string;
  readonly title: string;
  /** In which group of the navigation it stands; none for pages that are only linked. */
  readonly group?: string;
  readonly html: string;
}

/** The way from a page to the root of the site: `../`, or nothing. */
export const up = (path: string): string => "../".repeat(path.split("/").length - 1);

/** Entries of the navigation that are made elsewhere. */
const reference: readonly (readonly [string, string])[] = [
  ["cotangent", "api/index.html"],
  ...["ops", "nn", "optim", "random", "tree", "io"].map((name) => [name, `api/${name}/index.html`] as const),
];

function navigation(pages: readonly Page[], current: string): string {
  const groups = new Map<string, (readonly [string, string])[]>();
  for (const { group, title, path } of pages) {
    if (group) groups.set(group, [...groups.get(group) ?? [], [title, path]]);
  }
  groups.set("Reference", [...reference]);
  return [...groups].map(([name, entries]) => {
    const items = entries.map(([title, path]) =>
      `<li><a href="${up(current)}${path}"${path === current ? ' aria-current="page"' : ""}>${title}</a></li>`
    );
    return `<h2>${name}</h2><ul>${items.join("")}</ul>`;
  }).join("");
}

/** The whole document. */
export function documentOf(page: Page, pages: readonly Page[]): string {
  const root = up(page.path);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title === "Cotangent" ? page.title : `${page.title} – Cotangent`}</title>
<link rel="stylesheet" href="${root}site.css">
<script src="${root}search_index.js" defer></script>
<script src="${root}search.js" defer></script>
<script src="${root}api/prism.js" defer></script>
</head>
<body data-root="${root}">
<header>
<a class="home" href="${root}index.html">Cotangent</a>
<div class="search"><input type="search" placeholder="Search guides and reference" aria-label="Search" autocomplete="off">
<ul class="results" hidden></ul></div>
</header>
<details class="menu"><summary>Contents</summary><nav>${navigation(pages, page.path)}</nav></details>
<nav class="side" aria-label="Contents">${navigation(pages, page.path)}</nav>
<main>
${page.html}
</main>
</body>
</html>
`;
}

/** The style of every page: light and dark, wide and narrow. */
export const style = `
:root {
  --ink: #1c1e21; --faint: #5c6370; --paper: #ffffff; --shade: #f4f5f7; --line: #dfe2e6; --link: #0b62c4; --mark: #fff3d6;
  --keyword: #8a2da5; --string: #2b7a2b; --comment: #70757d; --number: #a04a00; --name: #0b5a9e;
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e6ea; --faint: #a0a6b0; --paper: #16181c; --shade: #202329; --line: #363b44; --link: #7db4ff; --mark: #4a3d12;
    --keyword: #d79bf0; --string: #9ad29a; --comment: #8c939e; --number: #f0b07a; --name: #8cc8ff;
    color-scheme: dark;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.6 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
header { position: sticky; top: 0; z-index: 2; display: flex; gap: 1rem; align-items: center; justify-content: space-between;
  padding: .7rem 1.25rem; background: var(--paper); border-bottom: 1px solid var(--line); }
.home { font-weight: 700; font-size: 1.15rem; color: var(--ink); }
.search { position: relative; flex: 0 1 26rem; }
.search input { width: 100%; padding: .45rem .7rem; font: inherit; color: inherit; background: var(--shade);
  border: 1px solid var(--line); border-radius: 6px; }
.results { position: absolute; right: 0; left: 0; margin: .3rem 0 0; padding: .3rem 0; list-style: none; max-height: 70vh; overflow: auto;
  background: var(--paper); border: 1px solid var(--line); border-radius: 6px; box-shadow: 0 6px 24px #0003; }
.results a { display: block; padding: .4rem .8rem; color: inherit; }
.results a:hover, .results a:focus, .results a.first { background: var(--shade); text-decoration: none; outline: none; }
.results small { display: block; color: var(--faint); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.results .none { padding: .4rem .8rem; color: var(--faint); }
nav h2 { margin: 1.4rem 0 .3rem; font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--faint); }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li a { display: block; padding: .18rem 0; color: var(--ink); }
nav a[aria-current] { font-weight: 650; color: var(--link); }
.side { position: fixed; top: 3.6rem; bottom: 0; left: 0; width: 17rem; padding: 0 1.25rem 2rem; overflow: auto; border-right: 1px solid var(--line); }
.menu { display: none; }
main { margin-left: 17rem; padding: 1rem 2.5rem 5rem; max-width: 74rem; }
main > * { max-width: 52rem; }
h1 { font-size: 2rem; line-height: 1.25; } h2 { margin-top: 2.2rem; line-height: 1.3; } h3 { margin-top: 1.8rem; }
code, pre { font: .875em/1.55 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
:not(pre) > code { padding: .1em .3em; background: var(--shade); border-radius: 4px; overflow-wrap: anywhere; }
pre { padding: .9rem 1rem; overflow: auto; background: var(--shade); border-radius: 6px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .95em; }
th, td { padding: .35rem .8rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
img, svg { max-width: 100%; height: auto; }
.output { margin: .5rem 0 1.5rem; padding-left: 1rem; border-left: 3px solid var(--line); overflow-x: auto; }
.output pre { background: none; padding: 0; margin: .4rem 0; white-space: pre-wrap; }
.output table { font-size: .85em; } .output td, .output th { padding: .15rem .6rem; white-space: nowrap; }
.katex:has([display="block"]) { display: block; overflow-x: auto; overflow-y: hidden; }
.output svg { background: #fff; color: #1c1e21; }
.output img { image-rendering: pixelated; }
figcaption { color: var(--faint); font-size: .85em; }
.token.comment { color: var(--comment); } .token.keyword, .token.operator { color: var(--keyword); } .token.string, .token.template-string { color: var(--string); }
.token.number, .token.boolean { color: var(--number); } .token.function, .token.class-name { color: var(--name); }
@media (max-width: 56rem) {
  .side { display: none; }
  .menu { display: block; padding: .6rem 1.25rem; border-bottom: 1px solid var(--line); }
  .menu summary { cursor: pointer; }
  main { margin-left: 0; padding: .5rem 1.25rem 4rem; }
  h1 { font-size: 1.6rem; }
}
`;

/** What the reference lacks on narrow screens. */
export const referenceStyle = `
@media (max-width: 56rem) {
  .ddoc, .ddoc #content, .ddoc main { min-width: 0; max-width: 100%; overflow-wrap: anywhere; }
  .ddoc #content { display: block; }
  .ddoc pre, .ddoc .markdown pre, .ddoc table { max-width: calc(100vw - 2rem); overflow-x: auto; }
  .ddoc #topnav > div { flex-wrap: wrap; height: auto; }
}
`;
