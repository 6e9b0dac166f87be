import { compareGrads, customVjp, ops, type Tensor, tensor } from "../../mod.ts";
import { bind1 } from "../../core/graph.ts";
import { elementwise } from "../../core/primitives/algebra.ts";
import { devices } from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";

const root = new URL("../../", import.meta.url);

Deno.test("compareGrads() compares values, gradients and tangents of trees on several devices", async () => {
  const f = (p: { w: Tensor }, i: Tensor, rate: number) => ({
    y: ops.mul(ops.tanh(ops.take(p.w, i)), rate),
    n: ops.argmax(p.w),
  });
  const args = [{ w: tensor([0.5, -1, 2]) }, tensor(Int32Array.of(2, 0)), 3] as [{ w: Tensor }, Tensor, number];
  const report = await compareGrads(f, args, { devices: ["cpu", "reference"] });
  assert(report.ok);
  assertEquals(report.checks.map(({ device, leaf }) => `${device} ${leaf}`), [
    "reference value n",
    "reference value y",
    "reference gradient by argument 0.w",
    "reference gradient by argument 2",
    "reference tangent n",
    "reference tangent y",
  ]);
  assertStringIncludes(String(report), "compareGrads: ok");
  assertEquals(tensor([1]).device, "cpu");
});

Deno.test("compareGrads() finds a device that computes something else, and says where", async () => {
  // Its meaning on one device is not that on the other.
  const broken = {
    ...elementwise("broken", { lower: (x) => x, partials: () => [1] }),
    lower: { kind: "loops", reference: ([x]: readonly Float64Array[]) => [x.map((v) => v * scale())] } as const,
  };
  const scale = () => tensor([1]).device === "cpu" ? 1 : 1.001;
  const f = (x: Tensor): Tensor => bind1(broken, [x], undefined);
  const run = (collect: boolean) => compareGrads(f, [tensor([1, -2])], { devices: ["cpu", "reference"], collect });
  const report = await run(true);
  assertEquals([report.ok, report.checks.map(({ ok }) => ok)], [false, [false, true, true]]);
  assertEquals(report.checks[0].at, 1);
  await assertRejects(() => run(false), Error, "the devices disagree");
});

Deno.test("compareGrads() takes functions with a reverse rule alone, and refuses what it does not know", async () => {
  const f = customVjp(ops.round, (x: Tensor) => [ops.round(x), null] as const, (_, c) => [c]);
  assert((await compareGrads(f, [tensor([1.2])], { modes: ["reverse"] })).ok);
  await assertRejects(() => compareGrads(f, [tensor([1.2])]), TypeError, "no forward one");
  await assertRejects(() => compareGrads(f, [tensor([1])], { devices: ["cpu"] }), TypeError, "devices must name two");
  await assertRejects(() => compareGrads(f, [tensor([1])], { devices: ["cpu", "gpu"] }), TypeError, "unknown device");
  assert(devices().includes("reference"));
});

async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("core/check_grads/command.ts", root).href, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

let folder = "";

Deno.test("the command check-grads", async (t) => {
  folder = await Deno.makeTempDir({ prefix: "cotangent-" });
  try {
    await Deno.writeTextFile(
      `${folder}/experiment.ts`,
      `import { customVjp, ops, tensor } from ${JSON.stringify(new URL("mod.ts", root).href)};
export const loss = (p, x) => ops.sum(ops.tanh(ops.mul(p.w, x)));
export const lossArgs = [{ w: tensor([0.5, 1]) }, tensor([1, 2])];
export const wrong = customVjp((x) => ops.mul(x, x), (x) => [ops.mul(x, x), x], (x, c) => [ops.mul(x, c)]);
export const wrongArgs = () => [tensor([1, 2])];
export const alone = (x) => ops.sum(x);
`,
    );
    await t.step("checks one function, to the order that is asked for", async () => {
      const { code, out } = await command("experiment.ts#loss", "--order", "2", "--probe=directions");
      assertEquals(code, 0, out);
      assertStringIncludes(out, "loss: checkGrads: ok, 30 derivatives in float64");
    });
    await t.step("checks all that have arguments, reports everything that is wrong, and fails", async () => {
      const { code, out } = await command("experiment.ts", "--modes", "reverse");
      assertEquals(code, 1);
      assertStringIncludes(out, "loss: checkGrads: ok");
      assertStringIncludes(out, "wrong: checkGrads: 2 wrong");
      assertStringIncludes(out, "by argument 0, index [1]: reverse mode gives 2, finite differences give 4");
    });
    await t.step("makes arguments of shapes, and compares devices", async () => {
      const { code, out } = await command("experiment.ts#alone", "--shape", "2x3", "--device", "reference");
      assertEquals(code, 0);
      assertStringIncludes(out, "alone: compareGrads: ok");
    });
    await t.step("says what it does not understand", async () => {
      for (
        const [args, message] of [
          [["experiment.ts#los"], "exports no function los; did you mean loss?"],
          [["experiment.ts#alone"], "where to differentiate alone? Export its arguments as aloneArgs"],
          [["experiment.ts#loss", "--ordr", "2"], "unknown flag --ordr; did you mean --order?"],
          [["experiment.ts#loss", "--order", "two"], "--order must be a number, got two"],
          [[], "needs one FILE#function, got 0"],
        ] as const
      ) {
        const { code, err } = await command(...args);
        assertEquals(code, 2);
        assertStringIncludes(err, message);
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
