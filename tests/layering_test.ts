import { assert, assertEquals } from "@std/assert";
import { importsOf, layeringErrors, resolveImport, type SourceFile } from "./support/imports.ts";

const root = new URL("../", import.meta.url);

/** What may lie in the root folder; names that start with a dot and what .gitignore names may too. */
const allowed = new Set([
  ...["core", "ops", "nn", "optim", "io", "examples", "tools", "tests", "docs"],
  ...[
    "mod.ts",
    "deno.json",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
  ],
]);

/** A source file with more lines than this is two files. */
const maxLines = 600;

async function ignoredNames(): Promise<Set<string>> {
  const lines = (await Deno.readTextFile(new URL(".gitignore", root))).split("\n");
  return new Set(lines.map((line) => line.trim().replace(/^\/|\/$/g, "")).filter((line) => line && line[0] !== "#"));
}

async function readSources(folder = ""): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const ignored = await ignoredNames();
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (name.startsWith(".") || ignored.has(name)) continue;
    const path = `${folder}${name}`;
    if (isDirectory) files.push(...await readSources(`${path}/`));
    else if (name.endsWith(".ts")) files.push({ path, text: await Deno.readTextFile(new URL(path, root)) });
  }
  return files;
}

Deno.test("the layers import only what lies below them", async () => {
  const files = await readSources();
  assert(files.some(({ path }) => path.startsWith("core/")), "found no source of core/");
  assertEquals(layeringErrors(files), []);
});

Deno.test(`no source file has more than ${maxLines} lines`, async () => {
  const long = (await readSources())
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > maxLines);
  assertEquals(long, []);
});

Deno.test("the root folder holds nothing but what belongs there", async () => {
  const ignored = await ignoredNames();
  const strays: string[] = [];
  for await (const { name } of Deno.readDir(root)) {
    if (!name.startsWith(".") && !ignored.has(name) && !allowed.has(name)) strays.push(name);
  }
  assertEquals(strays, []);
});

Deno.test("importsOf() finds imports and re-exports of every form", () => {
  const source = `
    import a from "./a.ts";
    import type { B } from './b.ts';
    import {
      c,
      type D,
    } from "./c.ts";
    import * as e from "e";
    import "./f.ts";
    export * from "./g.ts";
    export { h } from "./h.ts";
    const i = await import("./i.ts");
    type J = import("./j.ts").J;
  `;
  const files = ["./a.ts", "./b.ts", "./c.ts", "e", "./f.ts", "./g.ts", "./h.ts", "./i.ts", "./j.ts"];
  assertEquals(importsOf(source), files);
});

Deno.test("importsOf() passes over comments and other strings", () => {
  const source = `
    /**
     * import { a } from "./a.ts";
     */
    // import { b } from "./b.ts";
    export const from = "./c.ts";
    export function imported() {
      return "./d.ts";
    }
    const text = 'import { e } from "./e.ts"';
  `;
  assertEquals(importsOf(source), []);
});

Deno.test("resolveImport() gives paths from the root", () => {
  assertEquals(resolveImport("core/transforms/vjp.ts", "../graph.ts"), "core/graph.ts");
  assertEquals(resolveImport("mod.ts", "./core/tensor.ts"), "core/tensor.ts");
  assertEquals(resolveImport("core/tensor.ts", "node:fs"), undefined);
  assertEquals(resolveImport("ops/math.ts", "@cotangent/cotangent/nn"), "mod.ts");
});

Deno.test("layeringErrors() allows what the design allows", () => {
  const fine: [string, string][] = [
    ["core/graph.ts", "./tensor.ts"],
    ["core/tensor.ts", "./backends/backend.ts"],
    ["core/backends/cpu/emit.ts", "../../compile/loop.ts"],
    ["ops/math.ts", "../core/tensor.ts"],
    ["nn/scconv/sru.ts", "../../ops/mod.ts"],
    ["optim/adam.ts", "../core/tree.ts"],
    ["io/torch.ts", "../nn/mod.ts"],
    ["io/onnx/schema.ts", "protobufjs"],
    ["mod.ts", "./ops/mod.ts"],
    ["examples/train/main.ts", "../../mod.ts"],
    ["examples/train/main.ts", "cli-progress"],
    ["tests/ops/math_test.ts", "../../mod.ts"],
    ["tools/ok.ts", "../tests/run.ts"],
  ];
  for (const [path, specifier] of fine) {
    assertEquals(layeringErrors([{ path, text: `import { x } from "${specifier}";` }]), []);
  }
});

Deno.test("layeringErrors() refuses every import across a border", async (t) => {
  const wrong: [string, string][] = [
    ["core/graph.ts", "../ops/mod.ts"],
    ["core/graph.ts", "../mod.ts"],
    ["core/primitives/arithmetic.ts", "../backends/backend.ts"],
    ["core/primitive.ts", "./backends/backend.ts"],
    ["core/transforms/jit.ts", "../backends/cpu/mod.ts"],
    ["core/backends/cpu/emit.ts", "../../transforms/jit.ts"],
    ["core/backends/cpu/emit.ts", "node:worker_threads"],
    ["ops/math.ts", "../nn/mod.ts"],
    ["nn/linear.ts", "../optim/mod.ts"],
    ["optim/adam.ts", "../nn/mod.ts"],
    ["optim/adam.ts", "@cotangent/cotangent"],
    ["nn/linear.ts", "../io/mod.ts"],
    ["io/npy.ts", "../examples/data/idx.ts"],
    ["io/npy.ts", "../tests/support/close.ts"],
    ["io/npy.ts", "npm:fast-png"],
    ["io/npy.ts", "protobufjs"],
    ["io/onnx/schema.ts", "fast-png"],
    ["mod.ts", "./tests/support/close.ts"],
    ["mod.ts", "fast-png"],
    ["examples/train/main.ts", "../../tests/support/close.ts"],
  ];
  for (const [path, specifier] of wrong) {
    await t.step(`${path} imports ${specifier}`, () => {
      const errors = layeringErrors([{ path, text: `import { x } from "${specifier}";` }]);
      assertEquals(errors.length, 1);
      assert(errors[0].startsWith(`${path}: `));
    });
  }
});
