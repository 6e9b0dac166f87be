import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "../../examples/runs/main.ts";
import { sparkline } from "../../examples/runs/table.ts";

async function withRuns(f: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cotangent-" });
  const write = async (name: string, config: object, accuracies: readonly number[]) => {
    await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/${name}/config.json`, JSON.stringify(config));
    const lines = accuracies.map((testAccuracy, i) =>
      JSON.stringify({
        epoch: i + 1,
        trainLoss: 1 / (i + 1),
        testLoss: 2 - testAccuracy,
        testAccuracy,
        seconds: 1,
        imagesPerSecond: 100,
      })
    );
    await Deno.writeTextFile(`${folder}/${name}/metrics.jsonl`, lines.join("\n") + "\n");
  };
  try {
    await write("plain", { model: "conv", epochs: 3, augment: { flip: false } }, [0.5, 0.9, 0.8]);
    await write("better", { model: "scconv", epochs: 3, augment: { flip: true } }, [0.6, 0.95]);
    await write("begun", { model: "scconv" }, []);
    await Deno.mkdir(`${folder}/no-run`);
    await f(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function told(...args: string[]): Promise<[code: number, text: string]> {
  const lines: string[] = [];
  const code = await main(args, (line) => void lines.push(line));
  return [code, lines.join("\n")];
}

Deno.test("runs lists every run with its best test", async () => {
  await withRuns(async (folder) => {
    const [code, text] = await told("--dir", folder, "--sort", "accuracy");
    const lines = text.split("\n");
    assertEquals([code, lines.length], [0, 4]);
    assertMatch(lines[1], /^better +scconv +2\/3 +95\.00 % +2 +1\.0500 +100 +▁█$/);
    assertMatch(lines[2], /^plain +conv +3\/3 +90\.00 % +2 .* ▁█▇$/);
    assertMatch(lines[3], /^begun +scconv +0 +– +–/);
  });
});

Deno.test("runs compares what is named: settings that differ, tests by epoch", async () => {
  await withRuns(async (folder) => {
    const [code, text] = await told(
      "plain",
      "better",
      "--dir",
      folder,
      "--sort",
      "loss",
      "--html",
      `${folder}/page.html`,
    );
    assertEquals(code, 0, text);
    assertMatch(text, /^setting +better +plain\nmodel +scconv +conv\naugment\.flip +true +false\n\n/);
    assertMatch(text, /^2 +\* 95\.00 % +90\.00 %$/m);
    assertMatch(text, /^3 +– +\* 80\.00 %$/m);
    assert(!text.includes("epochs  3"), "equal settings are not told");
    const page = await Deno.readTextFile(`${folder}/page.html`);
    assertEquals(page.match(/<svg/g)?.length, 3);
    assert(page.includes("<th>better</th>") && page.includes("augment.flip"));
  });
});

Deno.test("runs says what it does not find", async () => {
  await withRuns(async (folder) => {
    assertEquals(await told("nothing", "--dir", folder), [
      1,
      `error: no run in ${folder} has "nothing" in its name, and no folder is called so`,
    ]);
    assertEquals(await told("--dir", `${folder}/no-run`), [
      1,
      `error: no runs in ${folder}/no-run; deno task train makes one`,
    ]);
    assertEquals(await told("--sort", "size"), [1, 'error: --sort: expected date, accuracy, loss, speed, got "size"']);
    await Deno.writeTextFile(`${folder}/plain/metrics.jsonl`, "no JSON");
    const [code, text] = await told("plain", "--dir", folder);
    assertEquals(code, 1);
    assertMatch(text, /^error: cannot read the run .*plain: /);
  });
});

Deno.test("sparkline() shrinks a curve", () => {
  assertEquals(sparkline([0, 1, NaN]), "▁█·");
  assertEquals(sparkline([5, 5]), "▄▄");
  assertEquals(sparkline(Array.from({ length: 100 }, (_, i) => i), 4), "▂▄▆█");
});
