/** What the examples depend on is pinned, with the hash of every package. */
import { assert, assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);

const programs = ["train", "models", "compare", "predict", "classify", "runs", "demo"].map((name) =>
  `examples/${name}/main.ts`
);

Deno.test("the lockfile of the examples holds all that they import, and their tasks insist on it", async () => {
  const { stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--lock=examples/deno.lock", "--frozen", ...programs],
    cwd: root,
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { npm } = JSON.parse(await Deno.readTextFile(new URL("examples/deno.lock", root))) as {
    npm: Record<string, { integrity?: string }>;
  };
  assertEquals(Object.entries(npm).filter(([, { integrity }]) => !integrity?.startsWith("sha512-")), []);
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root))) as {
    tasks: Record<string, { command: string }>;
  };
  for (const program of programs) {
    const command = Object.values(tasks).map(({ command }) => command).find((command) => command.endsWith(program));
    assertEquals(command, `deno run -A --lock=examples/deno.lock --frozen ${program}`);
  }
});
