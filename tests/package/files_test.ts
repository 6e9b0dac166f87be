import { assertEquals } from "@std/assert";
import { entryPoints, publishedFiles, root } from "./package.ts";

/** The modules of the library that an entry point imports, types included, as paths from the root. */
async function reachable(entries: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const entry of entries) {
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", entry], cwd: root }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
    for (const { specifier } of modules) {
      if (specifier.startsWith(root.href)) found.add(specifier.slice(root.href.length));
    }
  }
  return [...found];
}

Deno.test("the package holds what its entry points import, four pages, and nothing else", async () => {
  const entries = Object.values(await entryPoints());
  const wanted = [...await reachable(entries), "deno.json", "README.md", "CHANGELOG.md", "LICENSE"];
  assertEquals((await publishedFiles()).sort(), wanted.sort());
});

Deno.test("every entry point begins with what it is and an example", async (t) => {
  for (const [name, file] of Object.entries(await entryPoints())) {
    await t.step(name, async () => {
      const text = await Deno.readTextFile(new URL(file, root));
      const head = /^\/\*\*(.*?)\*\//s.exec(text)?.[1] ?? "";
      assertEquals([/@module/, /^ \* ```ts$/m, /assert/].map((part) => part.test(head)), [true, true, true], head);
    });
  }
});
