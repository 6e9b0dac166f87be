import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { defaultOut, flagsOf, helpText, parseOptions, parseResumed, UsageError } from "../../examples/train/options.ts";

const flags = "--epochs --batch --learning-rate --seed --model --device --out --resume --limit --data --eval --help";

Deno.test("parseOptions() has defaults", () => {
  assertEquals(parseOptions([]), {
    epochs: 1,
    batch: 128,
    learningRate: 0.01,
    seed: 0,
    model: "scconv",
    device: "cpu",
    help: false,
  });
});

Deno.test("parseOptions() reads every flag", () => {
  const line = "--epochs 3 --batch 64 --learning-rate 2.5e-3 --seed 4294967295 --model conv --device reference " +
    "--out runs/a --resume runs/b --limit 1000 --data /data/mnist --help";
  assertEquals(parseOptions(line.split(" ")), {
    epochs: 3,
    batch: 64,
    learningRate: 0.0025,
    seed: 4294967295,
    model: "conv",
    device: "reference",
    out: "runs/a",
    resume: "runs/b",
    limit: 1000,
    data: "/data/mnist",
    help: true,
  });
});

Deno.test("parseOptions() accepts = and a leading --, and the last of several counts", () => {
  const { epochs, out, batch, learningRate } = parseOptions([
    "--",
    "--epochs=2",
    "--out=a=b",
    "--batch",
    "1",
    "--batch=2",
  ]);
  assertEquals([epochs, out, batch, learningRate], [2, "a=b", 2, 0.01]);
  assert(parseOptions(["-h"]).help);
  assertEquals(parseOptions(["--learning-rate", ".5"]).learningRate, 0.5);
});

Deno.test("parseOptions() names an unknown flag, the nearest one and all of them", async (t) => {
  const cases: [string, string | undefined][] = [
    ["--epoch", "--epochs"],
    ["--epcohs", "--epochs"],
    ["--learningrate", "--learning-rate"],
    ["--learning_rate", "--learning-rate"],
    ["--lr", "--learning-rate"],
    ["--batch-size", "--batch"],
    ["--Seed", "--seed"],
    ["-epochs", "--epochs"],
    ["--output", "--out"],
    ["--constructor", undefined],
    ["--xyz", undefined],
    ["---", undefined],
  ];
  for (const [flag, guess] of cases) {
    await t.step(flag, () => {
      const { message } = assertThrows(() => parseOptions([flag, "1"]), UsageError, `unknown flag ${flag}; `);
      if (guess) assertStringIncludes(message, `; did you mean ${guess}?; the flags are ${flags}`);
      else assert(!message.includes("did you mean"), message);
      assert(message.endsWith(flags) && !message.includes("\n"), message);
    });
  }
});

Deno.test("parseOptions() refuses bad values", async (t) => {
  const cases: [string, string][] = [
    ["--epochs 0", '--epochs: expected a whole number from 1 to 10000, got "0"'],
    ["--epochs 1.5", 'got "1.5"'],
    ["--epochs two", 'got "two"'],
    ["--epochs=", 'got ""'],
    ["--epochs 0x10", 'got "0x10"'],
    ["--epochs", "--epochs: lacks its value N"],
    ["--epochs --seed 1", "--epochs: lacks its value N"],
    ["--batch -1", "--batch: expected a whole number from 1 to 60000"],
    ["--learning-rate 0", "--learning-rate: expected a number above 0, up to 10"],
    ["--learning-rate NaN", 'got "NaN"'],
    ["--learning-rate Infinity", 'got "Infinity"'],
    ["--learning-rate 11", 'got "11"'],
    ["--seed 4294967296", "--seed: expected a whole number from 0 to 4294967295"],
    ["--model scconf", '--model: expected one of scconv, conv, got "scconf"; did you mean scconv?'],
    ["--device gpu", '--device: expected one of cpu, webgpu, reference, got "gpu"'],
    ["--limit 60001", "--limit: expected a whole number from 1 to 60000"],
    ["--out=", '--out: expected a path, got ""'],
    ["--help=yes", "--help: takes no value"],
    ["train", 'unexpected argument "train"'],
  ];
  for (const [line, message] of cases) {
    await t.step(line, () => {
      const error = assertThrows(() => parseOptions(line.split(" ")), UsageError, message);
      assert(!error.message.includes("\n"));
    });
  }
});

Deno.test("helpText names every flag", () => {
  for (const flag of flags.split(" ")) assertStringIncludes(helpText, `  ${flag}`);
});

Deno.test("defaultOut() is a folder named after the time", () => {
  assertEquals(defaultOut(new Date(Date.UTC(2026, 0, 2, 3, 4, 5))), "runs/2026-01-02T03-04-05");
});

Deno.test("parseOptions() takes --resume without a value", () => {
  assertEquals(parseOptions(["--resume"]).resume, true);
  assertEquals(parseOptions(["--resume", "--out", "a"]).resume, true);
  assertEquals(parseOptions(["--resume=a"]).resume, "a");
});

Deno.test("flagsOf() gives flags that give the options again", () => {
  const { out: _, ...options } = parseOptions(
    "--epochs 3 --batch 64 --learning-rate 1e-7 --seed 9 --model conv --limit 1000 --data /a=b --out c".split(" "),
  );
  assertEquals(parseOptions(flagsOf(options)), options);
  assertEquals(parseOptions(flagsOf(parseOptions([]))), parseOptions([]));
});

Deno.test("parseResumed() keeps what decides the results", () => {
  const before = flagsOf(parseOptions(["--epochs", "3", "--data", "a"]));
  const { epochs, data, out } = parseResumed(before, ["--resume", "x", "--data", "b", "--out", "c", "--epochs", "3"]);
  assertEquals([epochs, data, out], [3, "b", "c"]);
  const message = "--seed: the run to resume has 0, which cannot change on the way; got 1";
  assertThrows(() => parseResumed(before, ["--", "--resume", "--seed=1"]), UsageError, message);
});
