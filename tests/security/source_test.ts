/** What the sources of the library do not do. */
import { importsOf } from "../support/imports.ts";
import { assert, assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);

async function* sources(folder: string): AsyncGenerator<{ path: string; code: string }> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${name}`;
    if (isDirectory) yield* sources(`${path}/`);
    else if (name.endsWith(".ts")) {
      const text = await Deno.readTextFile(new URL(path, root));
      yield { path, code: text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1") };
    }
  }
}

const library: { path: string; code: string }[] = [];
for (const folder of ["core/", "ops/", "nn/", "optim/", "io/"]) {
  for await (const file of sources(folder)) library.push(file);
}

/** The lines of the library in which a pattern occurs. */
const found = (pattern: RegExp): string[] =>
  library.flatMap(({ path, code }) =>
    code.split("\n").filter((line) => pattern.test(line)).map((line) => `${path}: ${line.trim()}`)
  );

Deno.test("the library evaluates no text as code: no eval, no Function, no timer or import of a text", () => {
  assert(library.length > 100);
  assertEquals(found(/(^|[^.\w"'])eval\s*\(/), []);
  assertEquals(found(/(^|[^.\w])(new\s+)?Function\s*\(/), []);
  assertEquals(found(/\.constructor\s*\(|set(Timeout|Interval)\s*\(\s*["'`]/), []);
  // A module whose name is not written down: none but the file that a person gives to the command check-grads.
  assertEquals(found(/\bimport\s*\(\s*[^"')\s]/).filter((line) => !line.startsWith("core/check_grads/command.ts")), []);
  // A worker starts from the source of the library's own functions, in one place.
  assertEquals(found(/eval:\s*true/).map((line) => line.split(":")[0]), ["core/backends/cpu/threads.ts"]);
});

Deno.test("the library reaches for no network, and for files in one place alone", () => {
  assertEquals(found(/\bfetch\s*\(|WebSocket|XMLHttpRequest|Deno\.(connect|listen|serve|run|Command)/), []);
  const files = found(/node:(fs|child_process|net|http)|Deno\.(open|read|write|remove|rename)/).map((line) =>
    line.split(":")[0]
  );
  assertEquals([...new Set(files)], ["io/files.ts"]);
  const remote = library.flatMap(({ path, code }) => importsOf(code).map((name) => `${path}: ${name}`)).filter((line) =>
    /https?:/.test(line)
  );
  assertEquals(remote, []);
});

Deno.test("the demo's page allows its own files alone: no other origin, nothing inline", async () => {
  const html = await Deno.readTextFile(new URL("examples/demo/index.html", root));
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)![1];
  const rules = Object.fromEntries(
    policy.split(";").map((rule) => {
      const [name, ...values] = rule.trim().split(/\s+/);
      return [name, values.join(" ")];
    }),
  );
  assertEquals(rules, {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'", // the CPU backend makes its WebAssembly itself
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
  });
  assertEquals(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/.exec(html), null);
});
