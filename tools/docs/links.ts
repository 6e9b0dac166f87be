/**
 * Links of a site in a folder that lead nowhere.
 *
 * @module
 */

async function* pagesUnder(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* pagesUnder(`${folder}/${name}`);
    else if (name.endsWith(".html")) yield `${folder}/${name}`;
  }
}

const decode = (text: string): string =>
  text.replace(/&#x([\da-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16))).replaceAll("&amp;", "&");

/** What a page links to, and what in it can be linked to. */
interface Parsed {
  readonly links: ReadonlySet<string>;
  readonly ids: ReadonlySet<string>;
}

function parse(html: string): Parsed {
  const tags = [
    ...html.replace(/<script\b[^>]*>.*?<\/script>/gs, (script) => script.split(">")[0] + ">")
      .matchAll(/<[a-z][^<>]*>/gi),
  ].map(([tag]) => tag);
  const values = (name: string) =>
    tags.flatMap((tag) => [...tag.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map(([, value]) => decode(value)));
  return { links: new Set([...values("href"), ...values("src")]), ids: new Set(values("id")) };
}

/**
 * The links inside a site that lead to no file, or to no place in it; one line each, `page: link`. Links to other sites are not followed;
 * those to files of this machine are broken by definition.
 */
export async function brokenLinks(site: string): Promise<string[]> {
  const pages = new Map<string, Parsed>();
  for await (const file of pagesUnder(site)) pages.set(file, parse(await Deno.readTextFile(file)));
  const exists = new Map<string, boolean>();
  const isThere = (file: string): boolean => {
    let known = exists.get(file);
    if (known === undefined) {
      try {
        known = Deno.statSync(file).isFile;
      } catch {
        known = false;
      }
      exists.set(file, known);
    }
    return known;
  };
  const broken: string[] = [];
  for (const [file, { links }] of pages) {
    for (const link of links) {
      if (/^(https?:|data:|mailto:)/.test(link)) continue;
      const url = new URL(link, `file://${file}`);
      const target = link === "" || link.startsWith("#") ? file : decodeURIComponent(url.pathname);
      const hash = decodeURIComponent(url.hash.slice(1));
      const good = !link.startsWith("file:") && target.startsWith(site) && isThere(target) &&
        (hash === "" || !pages.has(target) || pages.get(target)!.ids.has(hash));
      if (!good) broken.push(`${file.slice(site.length + 1)}: ${link}`);
    }
  }
  return broken.sort();
}
