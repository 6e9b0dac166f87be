import { assert, assertEquals, assertThrows } from "@std/assert";
import { cases, compared, grouped, keyOf, matching } from "./cases.ts";
import { countLines } from "./code_lines.ts";
import { compare, judge } from "./guard.ts";
import { measureCases } from "./measure.ts";
import { train } from "./memory.ts";
import { commonFlags, parse, UsageError } from "./options.ts";
import { compareCase } from "./peers/compare.ts";
import { ourPeer } from "./peers/peer.ts";
import { bodyOf } from "./programs.ts";
import { comparePage } from "./report/compare_page.ts";
import { benchPage } from "./report/bench_page.ts";
import { spread, table, time } from "./table.ts";
import { quantile, ratioOf } from "./timing.ts";
import { flopsOf, tiny } from "./work.ts";

const here = { system: "s", processor: "p", cores: 2, deno: "2", load: 0, date: "2026-01-01" };
const brief = { rounds: 2, block: 1, warm: [1, 2], processes: 1 } as const;

Deno.test("the work of every case of the bench runs, at a tiny size", async (t) => {
  const works = new Map(cases.map(({ work }) => [JSON.stringify(tiny(work)), tiny(work)]));
  for (const [name, work] of works) {
    await t.step(name, async () => {
      const body = bodyOf(work);
      body.run();
      const value = await body.value();
      assert(Number.isFinite(value) && value !== 0, `the value is ${value}`);
    });
  }
});

Deno.test("the cases of the bench have names of their own, and growth compares cases of one group", () => {
  assertEquals(new Set(cases.map(keyOf)).size, cases.length);
  for (const { group, growth } of cases) {
    assert(!growth || cases.some((other) => other.group === group && other.name === growth.from), growth?.from);
  }
  assert(compared.length > 0 && grouped(matching(cases, "scconv")).has("Training step"));
});

Deno.test("measureCases() gives a time, a ratio and an error", async () => {
  const [one] = cases;
  const wrong = { ...one, name: "wrong", work: { ...tiny(one.work), shape: [1, 3, 4, 4] } as typeof one.work };
  const [right, failed] = await measureCases([{ ...one, work: tiny(one.work) }, wrong], ourPeer(1), brief);
  assert(right.time!.median > 0 && right.ratio!.median > 0 && right.gflops! > 0);
  assert(failed.error && !failed.time);
  const report = {
    machine: here,
    code: "WebAssembly",
    threads: 1,
    ceilings: { peak: 1, contract: 1, copy: 1, cachedCopy: 1 },
    results: [right],
    lines: {},
  };
  assert(benchPage(report, [one]).includes(one.name));
});

Deno.test("compareCase() measures a side in another process", async () => {
  const peer = ourPeer(1);
  try {
    const work = { kind: "call" } as const;
    const row = await compareCase({ group: "g", name: "call", measure: "call", work }, [peer], undefined, brief);
    const { time, value } = row.sides[peer.name];
    assert(time!.median > 0);
    const body = bodyOf(work);
    body.run();
    assertEquals(value, await body.value());
    const report = {
      machine: here,
      code: "WebAssembly",
      threads: 1,
      sides: { [peer.name]: "1" },
      comparisons: [row],
      memory: [],
    };
    assert(comparePage(report).includes("<svg"));
  } finally {
    await peer.close();
  }
});

Deno.test("training to watch the memory marks its steps", async () => {
  const steps: number[] = [];
  await train("jit", 10, ({ step }) => steps.push(step));
  assertEquals(steps, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("compare() names what is over 15 % slower, with its lower quartile too", () => {
  const summary = (median: number, low = median) => ({ median, low, high: median, samples: 3 });
  const measured = new Map([
    ["slower", summary(1.2)],
    ["noisy", summary(1.2, 0.9)],
    ["same", summary(1.1)],
    ["faster", summary(0.5)],
    ["new", summary(1)],
  ]);
  const { slower, faster, unknown } = compare(measured, { slower: 1, noisy: 1, same: 1, faster: 1 });
  assertEquals([slower.map(({ name }) => name), faster.map(({ name }) => name), unknown], [["slower"], ["faster"], [
    "new",
  ]]);
});

Deno.test("judge() measures again what seems slower, and believes the better figure", async () => {
  const summary = (median: number) => ({ median, low: median, high: median, samples: 3 });
  const asked: string[][] = [];
  const { slower } = await judge(new Map([["a", summary(2)], ["b", summary(2)], ["c", summary(1)]]), {
    a: 1,
    b: 1,
    c: 1,
  }, (names) => {
    asked.push([...names]);
    return Promise.resolve(new Map([...names].map((name) => [name, summary(name === "a" ? 1 : 3)])));
  });
  assertEquals(asked, [["a", "b"], ["b"]]);
  assertEquals(slower, [{ name: "b", was: 1, is: 2 }]);
});

Deno.test("quantile() interpolates, and ratioOf() compares round by round", () => {
  assertEquals([quantile([4, 1, 2, 3], 0.5), quantile([1, 2, 3], 0.25), quantile([7], 0.9)], [2.5, 1.5, 7]);
  assertEquals(ratioOf([[1, 2, 3], [20], []], [[4], [40], [5]]), { median: 0.5, low: 0.5, high: 0.5, samples: 2 });
});

Deno.test("flopsOf() counts 10.9·C²·N·H·W for a ScConv step", () => {
  const flops = flopsOf({ kind: "step", layer: "scconv", shape: [32, 64, 32, 32] })!;
  assertEquals(flops / (64 ** 2 * 32 * 32 * 32), 10.875);
});

Deno.test("countLines() tells code from comments", () => {
  const source = [
    "/** A comment. */",
    "",
    'const url = "http://x"; // not a comment before here',
    "/* two",
    "lines */ const r = /[/*]/g, q = a / b; // end",
    "const t = `// text ${f({ a: '}' })} /* text */`;",
    "  // alone",
    "export { url };",
  ].join("\n");
  assertEquals(countLines(source), { code: 4, all: 8 });
});

Deno.test("parse() reads flags, and names what it does not know", () => {
  const { filter, quick, json } = parse(["--filter", "a b", "--quick"], commonFlags);
  assertEquals([filter, quick, json], ["a b", true, undefined]);
  assertThrows(() => parse(["--fliter"], commonFlags), UsageError, "unknown argument --fliter");
  assertThrows(() => parse(["--json"], commonFlags), UsageError, "--json needs a value: FILE");
});

Deno.test("times and tables read well", () => {
  assertEquals([time(0.00123), time(0.5), time(12.345), time(12345)], ["1.23 µs", "0.500 ms", "12.3 ms", "12.3 s"]);
  assertEquals(spread({ median: 0.002, low: 0.001, high: 0.003 }), "1.00 – 3.00");
  assertEquals(table(["", "b"], [["long", "1"], ["x", "22"]]), "       b\nlong   1\nx     22");
});
