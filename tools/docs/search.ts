/**
 * The search box of the site, in the browser: bundled by main.ts.
 *
 * @module
 */

import MiniSearch from "minisearch";

/** Something to find: a section of a page or a symbol of the reference. */
interface Entry {
  readonly id: number;
  readonly title: string;
  /** The page or the module it is in. */
  readonly where: string;
  readonly url: string;
  readonly text: string;
}

// deno-lint-ignore no-explicit-any
const { document, location, addEventListener, searchEntries } = globalThis as any;
const input = document.querySelector(".search input");
const list = document.querySelector(".results");
const search = new MiniSearch<Entry>({
  fields: ["title", "text"],
  storeFields: ["title", "where", "url", "text"],
  // valueAndGrad is found by "grad" too, and by its whole name.
  tokenize: (text) =>
    text.split(/[^\p{L}\p{N}]+/u).flatMap((word) => [word, ...word.split(/(?=\p{Lu})/u)]).filter(Boolean),
  searchOptions: { boost: { title: 4 }, prefix: true, fuzzy: 0.15, combineWith: "AND" },
});
search.addAll(searchEntries);

function show(): void {
  const query = input.value.trim();
  list.hidden = query === "";
  const found = query === "" ? [] : search.search(query).slice(0, 12);
  list.replaceChildren(...found.map(({ title, where, url, text }, i) => {
    const item = document.createElement("li"),
      link = document.createElement("a"),
      small = document.createElement("small");
    link.href = document.body.dataset.root + url;
    link.textContent = title;
    if (i === 0) link.className = "first";
    small.textContent = `${where}: ${text}`;
    link.append(small);
    item.append(link);
    return item;
  }));
  if (found.length === 0) {
    const none = document.createElement("li");
    none.className = "none";
    none.textContent = `Nothing has “${query}”`;
    list.append(none);
  }
}

input.addEventListener("input", show);
input.addEventListener("focus", show);
// deno-lint-ignore no-explicit-any
addEventListener("keydown", (event: any) => {
  if (event.key === "Escape") list.hidden = true;
  if (event.key === "Enter" && document.activeElement === input) {
    const first = list.querySelector("a");
    if (first) location.href = first.href;
  }
  if ((event.key === "/" || event.key === "s") && !/INPUT|TEXTAREA/.test(document.activeElement?.tagName ?? "")) {
    event.preventDefault();
    input.focus();
  }
});
// deno-lint-ignore no-explicit-any
addEventListener("click", (event: any) => {
  if (!event.target.closest(".search")) list.hidden = true;
});
