/**
 * `deno task docs`: builds the site in `docs/site`: the guides and the other pages of the repository, the notebooks with their outputs, and
 * the reference of every exported symbol, with a search over all of it. Any web server can serve the folder, and it opens as files.
 *
 * @module
 */

import type { Notebook } from "../notebooks/compare.ts";
import { brokenLinks } from "./links.ts";
import { documentOf, type Page, referenceStyle, style, up } from "./page.ts";
import { renderMarkdown, renderNotebook, type Resolve } from "./render.ts";

const root = new URL("../../", import.meta.url);

/** Pages of Markdown: their files, their paths on the site, and where they stand in the navigation. */
const guides = [
  "getting-started",
  "coming-from-pytorch",
  "coming-from-jax",
  "writing-a-primitive",
  "performance",
  "numerics",
]
  .concat("gotchas", "notebook-to-pod");
const pages: readonly (readonly [file: string, path: string, group: string])[] = [
  ["README.md", "index.html", "Cotangent"],
  ...guides.map((name) => [`docs/guides/${name}.md`, `guides/${name}.html`, "Guides"] as const),
  ["ARCHITECTURE.md", "architecture.html", "Project"],
  ["CONTRIBUTING.md", "contributing.html", "Project"],
  ["CHANGELOG.md", "changelog.html", "Project"],
];

const notebookFolder = "examples/notebooks";

const read = (file: string): Promise<string> => Deno.readTextFile(new URL(file, root));

function notebooks(): (readonly [file: string, path: string])[] {
  return [...Deno.readDirSync(new URL(notebookFolder, root))].map(({ name }) => name).filter((name) =>
    name.endsWith(".ipynb")
  )
    .sort().map((name) => [`${notebookFolder}/${name}`, `notebooks/${name.replace(/\.ipynb$/, ".html")}`]);
}

const headingText = (html: string): string =>
  html.replace(/<[^>]+>/g, "").replace(
    /&(\w+|#\d+);/g,
    (whole, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"' })[name as string] ?? (name === "#39" ? "'" : whole),
  );

/** The pages that are written as Markdown and as notebooks. */
async function ownPages(): Promise<Page[]> {
  const addresses = new Map<string, string>([...pages.map(([file, path]) => [file, path] as const), ...notebooks()]);
  addresses.set(notebookFolder, notebooks()[0][1]);
  const resolver = (from: string): Resolve => (file) => {
    const address = addresses.get(file);
    return address === undefined ? undefined : up(from) + address;
  };
  const titled = (path: string, group: string, html: string): Page => ({
    path,
    group,
    title: path === "index.html" ? "Cotangent" : headingText(/<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? path),
    html,
  });
  const texts = await Promise.all(
    pages.map(async ([file, path, group]) =>
      titled(path, group, renderMarkdown(await read(file), file, resolver(path)))
    ),
  );
  const books = await Promise.all(
    notebooks().map(async ([file, path]) =>
      titled(path, "Notebooks", renderNotebook(JSON.parse(await read(file)) as Notebook, file, resolver(path)))
    ),
  );
  const project = texts.findIndex(({ group }) => group === "Project");
  return [...texts.slice(0, project), ...books, ...texts.slice(project)];
}

/** What the search finds: the sections of the pages, then the symbols of the reference. */
async function searchEntries(own: readonly Page[], site: string): Promise<object[]> {
  const entries: object[] = [];
  for (const { path, title, html } of own) {
    const parts = html.split(/(?=<h[123] id=)/);
    for (const part of parts) {
      const [, id, heading] = /^<h[123] id="([^"]*)">(.*?)<\/h/s.exec(part) ?? [];
      const text = headingText(
        part.replace(/<h[123].*?<\/h[123]>/s, "").replace(/<pre>.*?<\/pre>|<svg.*?<\/svg>|<style.*?<\/style>/gs, " "),
      );
      if (!heading && text.trim() === "") continue;
      entries.push({
        id: entries.length,
        title: heading ? headingText(heading) : title,
        where: title,
        url: id ? `${path}#${id}` : path,
        text: text.replace(/\s+/g, " ").trim().slice(0, 400),
      });
    }
  }
  const index = await Deno.readTextFile(`${site}/api/search_index.js`);
  const { nodes } = JSON.parse(/DENO_DOC_SEARCH_INDEX = (\{.*\});?\s*\}/s.exec(index)![1]) as {
    nodes: { name: string; file: string; doc: string; url: string }[];
  };
  const seen = new Set<string>();
  for (const { name, file, doc, url } of nodes) {
    const address = `api/${url.replace(/^(\.\/)+/, "")}`;
    if (seen.has(address) || name.includes("[Symbol.for")) continue;
    seen.add(address);
    entries.push({
      id: entries.length,
      title: name,
      where: file === "." ? "reference" : file,
      url: address,
      text: doc,
    });
  }
  return entries;
}

async function* filesUnder(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesUnder(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

async function deno(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  if (!success) throw new Error(`deno ${args.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
}

/** The reference: `deno doc`, with a way back to the guides and without the places of the sources on this machine. */
async function writeReference(site: string): Promise<void> {
  const { exports } = JSON.parse(await read("deno.json")) as { exports: Record<string, string> };
  await deno("doc", "--html", "--name=Cotangent", `--output=${site}/api`, ...Object.values(exports));
  await Deno.writeTextFile(`${site}/api/page.css`, referenceStyle, { append: true });
  const sources = root.href.replaceAll("/", "&#x2F;");
  for await (const file of filesUnder(`${site}/api`)) {
    if (!file.endsWith(".html")) continue;
    const text = await Deno.readTextFile(file);
    const guides = `<li><a href="${
      up(file.slice(site.length + 1))
    }index.html" style="margin-right:1em">Guides</a></li>`;
    const ids = new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
    await Deno.writeTextFile(
      file,
      text.replace('<ul class="breadcrumbs">', (list) => list + guides)
        .replace(/href="file:[^"]*"/g, (link) => `title="${link.slice(6, -1).replace(sources, "")}"`)
        // Folders are no pages where the site opens as files, and type parameters of mapped types have no place.
        .replace(/href="((?:\.\.?(?:\/|&#x2F;))*)"/g, (_, folder) => `href="${folder}index.html"`)
        .replace(/href="#([^"]*)"/g, (link, id) => ids.has(id) ? link : "")
        .replace(
          /from &quot;(\.|ops|nn|optim|random|tree|io)&quot;/g,
          (_, entry) => `from &quot;@cotangent/cotangent${entry === "." ? "" : `/${entry}`}&quot;`,
        )
        // Nobody calls methods under symbols, and their pages have names that browsers and file systems read differently.
        .replace(/href="[^"]*\[Symbol\.for[^"]*"/g, ""),
    );
  }
}

/** Builds the site in a folder, which it empties first; gives the number of its files. */
export async function buildSite(site: string): Promise<number> {
  await Deno.remove(site, { recursive: true }).catch(() => {});
  await Deno.mkdir(site, { recursive: true });
  await writeReference(site);
  const own = await ownPages();
  for (const page of own) {
    await Deno.mkdir(`${site}/${page.path}`.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${site}/${page.path}`, documentOf(page, own));
  }
  await Deno.writeTextFile(`${site}/site.css`, style);
  await Deno.writeTextFile(
    `${site}/search_index.js`,
    `globalThis.searchEntries = ${JSON.stringify(await searchEntries(own, site))};\n`,
  );
  await deno(
    "bundle",
    "--quiet",
    "--platform",
    "browser",
    "--minify",
    "-o",
    `${site}/search.js`,
    "tools/docs/search.ts",
  );
  let count = 0;
  for await (const _ of filesUnder(site)) count++;
  return count;
}

if (import.meta.main) {
  const site = new URL("docs/site", root).pathname;
  const count = await buildSite(site);
  const broken = await brokenLinks(site);
  for (const link of broken) console.error(link);
  console.log(`${count} files in docs/site, ${broken.length} broken links`);
  Deno.exitCode = broken.length > 0 ? 1 : 0;
}
