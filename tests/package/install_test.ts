import { assert, assertEquals } from "@std/assert";
import { transform } from "esbuild";
import { publishedFiles, readmeExample, root, run } from "./package.ts";

/** What the example of the README prints: losses that fall. */
function assertLearns(output: string): void {
  const losses = [...output.matchAll(/^step \d+: loss (\S+)$/gm)].map(([, loss]) => Number(loss));
  assertEquals(losses.length, 3, output);
  assert(losses[2] < losses[0] && losses[2] < 0.3, output);
}

const hasNode = await run("npm", ["--version"], root).then(() => true, () => false);

Deno.test("an empty Deno project runs the README's example with the published files alone, without permission", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cotangent-" });
  try {
    for (const file of await publishedFiles()) {
      const target = `${folder}/package/${file}`;
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(new URL(file, root), target);
    }
    const { name, version } = JSON.parse(await Deno.readTextFile(`${folder}/package/deno.json`));
    await Deno.mkdir(`${folder}/project`);
    // What `deno add jsr:…` writes, with the package from the folder in the place of the registry's.
    const config = { links: ["../package"], imports: { [name]: `jsr:${name}@^${version}` }, lock: false };
    await Deno.writeTextFile(`${folder}/project/deno.json`, JSON.stringify(config));
    await Deno.writeTextFile(`${folder}/project/main.ts`, await readmeExample());
    assertLearns(await run(Deno.execPath(), ["run", "--no-prompt", "--check", "main.ts"], `${folder}/project`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "an empty Node project installs the packed package and runs the README's example; its types check",
  ignore: !hasNode, // Deno is all that the project asks for
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "cotangent-" });
    try {
      await run(Deno.execPath(), ["pack", "--allow-dirty", "--no-source-maps", "-o", `${folder}/package.tgz`], root);
      await Deno.mkdir(`${folder}/project`);
      const project = `${folder}/project`;
      await Deno.writeTextFile(`${project}/package.json`, JSON.stringify({ type: "module" }));
      await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "../package.tgz"], project);
      const example = await readmeExample();
      await Deno.writeTextFile(`${project}/main.ts`, example);
      await Deno.writeTextFile(`${project}/main.js`, (await transform(example, { loader: "ts" })).code);
      assertLearns(await run("node", ["main.js"], project));
      await Deno.writeTextFile(`${project}/deno.json`, JSON.stringify({ nodeModulesDir: "manual", lock: false }));
      await run(Deno.execPath(), ["check", "main.ts"], project);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
