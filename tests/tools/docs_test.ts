import { assert, assertEquals } from "@std/assert";
import { buildSite } from "../../tools/docs/main.ts";
import { brokenLinks } from "../../tools/docs/links.ts";
import { renderMarkdown, renderNotebook } from "../../tools/docs/render.ts";

const root = new URL("../../", import.meta.url);

Deno.test("the site builds, its links lead somewhere, and it names no place of the machine", async () => {
  const site = await Deno.makeTempDir({ prefix: "cotangent-" });
  try {
    const count = await buildSite(site);
    assert(count > 500, `${count} files`);
    assertEquals(await brokenLinks(site), []);
    for (
      const page of ["index.html", "guides/numerics.html", "notebooks/2_scconv_step_by_step.html", "api/~/grad.html"]
    ) {
      const text = await Deno.readTextFile(`${site}/${page}`);
      assert(!text.includes(root.pathname) && !text.includes("file:"), page);
    }
    const index = await Deno.readTextFile(`${site}/search_index.js`);
    for (const title of ["valueAndGrad", "Where and NaN", "where and NaN", "Equal in exact arithmetic"]) {
      assertEquals(index.includes(`"title":"${title}"`), title !== "Where and NaN", title);
    }
  } finally {
    await Deno.remove(site, { recursive: true });
  }
});

Deno.test("brokenLinks() finds links to files and places that are not there", async () => {
  const site = await Deno.makeTempDir({ prefix: "cotangent-" });
  try {
    await Deno.writeTextFile(
      `${site}/a.html`,
      `<a href="b.html#there">x</a><a href="b.html#gone">y</a><img src="c.png">`,
    );
    await Deno.writeTextFile(
      `${site}/b.html`,
      `<h1 id="there">x</h1><a href="https://deno.com">z</a><a href="file:///etc">w</a>`,
    );
    assertEquals(await brokenLinks(site), ["a.html: b.html#gone", "a.html: c.png", "b.html: file:///etc"]);
  } finally {
    await Deno.remove(site, { recursive: true });
  }
});

Deno.test("renderMarkdown() follows links of the repository and gives headings a place", () => {
  const resolve = (file: string) => file === "docs/guides/b.md" ? "../guides/b.html" : undefined;
  const html = renderMarkdown(
    "# A b\n\n[b](b.md#x), [code](../../nn/linear.ts), [c](https://c.d)\n",
    "docs/guides/a.md",
    resolve,
  );
  assert(html.includes('<h1 id="a-b">A b</h1>'), html);
  assert(html.includes('<a href="../guides/b.html#x">b</a>, code, <a href="https://c.d">c</a>'), html);
});

Deno.test("renderNotebook() shows formulas, code and what it put out", () => {
  const html = renderNotebook(
    {
      cells: [
        { cell_type: "markdown", source: "The slope $x^2$ costs 5$.", metadata: {} },
        {
          cell_type: "code",
          source: "1 < 2",
          metadata: {},
          outputs: [{ output_type: "execute_result", data: { "text/plain": "<true>" } }],
        },
      ],
    },
    "examples/notebooks/a.ipynb",
    () => undefined,
  );
  assert(/<math.*<msup>/s.test(html) && html.includes("costs 5$."), html);
  assert(html.includes("1 &lt; 2</code>") && html.includes("<pre>&lt;true&gt;</pre>"), html);
});
