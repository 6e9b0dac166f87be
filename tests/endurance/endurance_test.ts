/** The scenarios of `deno task endurance`, shortened: nothing may grow with every step. */
import { withoutWebGpu } from "../support/devices.ts";
import { observeApart } from "./apart.ts";
import { growthOf, scenarios } from "./scenarios.ts";
import { assert, assertEquals } from "@std/assert";

const steps: Record<string, number> = {
  "training on cpu": 300,
  "training on webgpu": 60,
  "shapes on cpu": 60,
  "shapes on webgpu": 20,
  "devices of WebAssembly": 30,
  "devices of the default code": 30,
  "devices of webgpu": 5,
  "operations at once on webgpu": 1000,
};

for (const [name, scenario] of Object.entries(scenarios)) {
  Deno.test({
    name: `memory stays within its bound: ${name}, ${steps[name]} ${scenario.unit}`,
    ignore: name.includes("webgpu") && withoutWebGpu !== undefined,
    fn: async () => {
      const samples = await observeApart(name, steps[name]);
      assertEquals(samples[samples.length - 1].step, steps[name]);
      const growth = growthOf(samples);
      assert(growth <= scenario.limit, `grown by ${growth.toFixed(1)} MB`);
    },
  });
}

Deno.test("growth is counted from a tenth of the steps on, and a peak that passes is none", () => {
  const sample = (step: number, rss: number) => ({ step, rss, heap: 0 });
  const rising = Array.from({ length: 100 }, (_, i) => sample(i, 100 + i));
  assertEquals(growthOf(rising), 85);
  assertEquals(growthOf(rising.map(({ step }) => sample(step, step === 50 ? 900 : 100))), 0);
});
