import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Cost } from "../../examples/compare/cost.ts";
import { claimLines, compare } from "../../examples/compare/findings.ts";
import { main } from "../../examples/compare/main.ts";
import { parseOptions, type Settings } from "../../examples/compare/options.ts";
import { reportOf } from "../../examples/compare/report.ts";
import { aboveZero, pairedInterval, quantile, spreadOf } from "../../examples/compare/statistics.ts";
import { type RunResult, stepsOf, thinned } from "../../examples/compare/trainer.ts";
import { prepare, type VariantName, variantNames } from "../../examples/compare/variants.ts";
import { UsageError } from "../../examples/train/options.ts";
import { ones } from "@cotangent/cotangent";

const settings: Settings = { data: ["mnist"], seeds: 3, images: 640, epochs: 2, batch: 32, testImages: 100 };

const machine = { processor: "a processor", threads: 2, deno: "2.9.6", date: "2026-01-02T03:04:05.000Z" };

function runsOf(accuracies: Readonly<Record<VariantName, readonly number[]>>): RunResult[] {
  return variantNames.flatMap((variant) =>
    accuracies[variant].map((accuracy, seed) => ({
      variant,
      data: "mnist",
      seed,
      accuracy,
      testLoss: 0.3,
      curve: [2, 1, 0.5],
      seconds: 10,
    } as const))
  );
}

function costOf(parameters: number, ratio: number): Cost {
  const time = (median: number) => ({ median, low: median * 0.95, high: median * 1.05 });
  return {
    parameters,
    macs: 10 * parameters,
    step: time(100 * ratio),
    inference: time(10),
    firstStep: 2000,
    stepRatio: time(ratio),
    inferenceRatio: time(1),
  };
}

const costs = { standard: costOf(1000, 1), scconv: costOf(200, 0.5), "scconv-paper": costOf(200, 2) };

Deno.test("the interval of paired differences is Student's, and no verdict comes of one seed", () => {
  const { mean, deviation, low, high } = pairedInterval([0.5, 0.7, 0.9], [0.4, 0.5, 0.6]);
  assert(Math.abs(mean - 0.2) < 1e-12 && Math.abs(deviation - 0.1) < 1e-12);
  assert(Math.abs(high - (0.2 + 4.303 * 0.1 / Math.sqrt(3))) < 1e-12 && Math.abs(low + high - 2 * mean) < 1e-12);
  assertEquals(aboveZero({ low: 0.1, high: 0.3 }), "yes");
  assertEquals(aboveZero({ low: -0.3, high: -0.1 }), "no");
  assertEquals(aboveZero({ low: -0.1, high: 0.3 }), "not decided");
  assertEquals(aboveZero(pairedInterval([0.9], [0.1])), "not decided");
  assertEquals(spreadOf([1, 3]), { mean: 2, deviation: Math.SQRT2 });
  assertEquals([quantile([4, 1, 3, 2], 0.5), quantile([5], 0.25)], [2.5, 5]);
});

Deno.test("the claims follow from the numbers, whatever they say", () => {
  const verdictsOf = (accuracies: Parameters<typeof runsOf>[0]) => {
    const { claims } = compare(settings, machine, costs, runsOf(accuracies));
    const of = (variant: string) =>
      Object.fromEntries(claims.filter((c) => c.variant === variant).map((c) => [c.claim, c.verdict]));
    return [of("scconv"), of("scconv-paper")];
  };
  const [published, paper] = verdictsOf({
    standard: [0.9, 0.91, 0.92],
    scconv: [0.95, 0.961, 0.97],
    "scconv-paper": [0.8, 0.95, 0.91],
  });
  assertEquals(published, {
    "plugs in": "yes",
    "lighter": "yes",
    "faster in training": "yes",
    "faster in use": "not decided",
    "better": "yes",
  });
  assertEquals([paper["faster in training"], paper.better], ["no", "not decided"]);
  const broken = verdictsOf({ standard: [0.9, 0.91, 0.92], scconv: [0.1, 0.1, 0.12], "scconv-paper": [0.8, 0.8, 0.8] });
  assertEquals([broken[0]["plugs in"], broken[0].better], ["no", "no"]);
  const short = verdictsOf({ standard: [0.1, 0.1, 0.1], scconv: [0.1, 0.1, 0.1], "scconv-paper": [0.1, 0.1, 0.1] });
  assertEquals(short[0]["plugs in"], "not decided");
});

Deno.test("the report shows every claim with its verdict and its numbers, and fetches nothing", () => {
  const comparison = compare(
    settings,
    machine,
    costs,
    runsOf({
      standard: [0.9, 0.91, 0.92],
      scconv: [0.95, 0.961, 0.97],
      "scconv-paper": [0.8, 0.95, 0.91],
    }),
  );
  const page = reportOf(comparison);
  for (
    const part of [
      "better on MNIST",
      "not decided",
      ">yes</b><span>lighter: 0.20 times",
      "3 seeds, 640 training images",
      "95.00 %, 96.10 %",
    ]
  ) {
    assertStringIncludes(page, part);
  }
  assert(!/(src|href)="(?!data:)/.test(page), "fetches something");
  const lines = claimLines(comparison.claims);
  assertEquals(lines.length, 10);
  assertStringIncludes(lines[1], "ScConv, published module: lighter? yes: 0.20 times the parameters");
  assertStringIncludes(lines[4], "+5.03 points over 3 seeds, interval +");
});

Deno.test("the flags of the comparison", () => {
  assertEquals(parseOptions([]).settings.seeds, 2);
  const { settings, out } = parseOptions(["--full", "--seeds", "4", "--images", "15000"]);
  assertEquals([settings.seeds, settings.images, settings.data, out], [
    4,
    15_000,
    ["fashion", "mnist"],
    "runs/compare-full",
  ]);
  assertEquals(stepsOf(settings), 234);
  assertEquals(parseOptions(["--only", "mnist", "--data", "x"]).settings.data, ["mnist"]);
  const wrong: [string[], string][] = [
    [["--full", "--quick"], "exclude each other"],
    [["--seeds", "0"], "--seeds: expected a whole number from 1 to 31"],
    [["--images", "1e3"], "--images: expected"],
    [["--only", "cifar"], "--only: expected fashion or mnist"],
    [["--sedes", "3"], "--sedes"],
  ];
  for (const [args, message] of wrong) assertThrows(() => parseOptions(args), UsageError, message);
});

Deno.test("images are framed and halved", async () => {
  const y = prepare(ones([2, 1, 28, 28]));
  assertEquals(y.shape, [2, 1, 16, 16]);
  const values = await y.data();
  assertEquals([values[0], values[17]], [Math.fround(-64 / 80), Math.fround(-63 / 80)]);
  assertEquals(thinned([1, 2, 3, 4, 5], 2), [1.5, 4]);
});

Deno.test("a comparison that is interrupted says so, goes on where it was, and keeps other settings out", async () => {
  const out = await Deno.makeTempDir();
  const args = ["--only", "mnist", "--seeds", "2", "--images", "64", "--out", out];
  const run = async (args: string[]) => {
    const lines: string[] = [], errors: string[] = [];
    const code = await main(args, {
      print: (line) => lines.push(line),
      printError: (line) => errors.push(line),
      signal: AbortSignal.abort(),
    });
    return { code, text: lines.join("\n"), error: errors.join("\n") };
  };
  try {
    const first = await run(args);
    assertEquals(first.code, 130);
    assertStringIncludes(first.text, "ResNet-20, 6 runs of 4 steps; results in");
    assertStringIncludes(first.text, "Interrupted after 0 of 6 runs; the same command goes on");
    const done = runsOf({ standard: [0.9], scconv: [], "scconv-paper": [] });
    await Deno.writeTextFile(`${out}/runs.jsonl`, `${JSON.stringify(done[0])}\n{"variant":"scc`);
    const second = await run(args);
    assertStringIncludes(second.text, "1 of them done before");
    assertStringIncludes(second.text, "Interrupted after 1 of 6 runs");
    assertEquals(await Deno.readTextFile(`${out}/runs.jsonl`), `${JSON.stringify(done[0])}\n`); // nothing is added to a torn line
    const other = await run([...args, "--epochs", "2"]);
    assertEquals(other.code, 1);
    assertStringIncludes(other.error, "it holds a comparison with other settings; choose another folder with --out");
    const missing = await run(["--only", "fashion", "--data", `${out}/none`, "--out", `${out}/x`]);
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.error, "error: Fashion-MNIST: mnist: the folder");
    assertEquals((await run(["--help"])).code, 0);
    assertEquals((await run(["--seeds"])).code, 2);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});
