import { tensor } from "../../mod.ts";
import { assertSameBits } from "../support/bits.ts";
import { allDeviceNames, deviceNames, withoutWebGpu } from "../support/devices.ts";
import { functions } from "./functions.ts";
import { fill, measure } from "./measure.ts";
import { exactDot, exactSum, inputs, measureSums } from "./reductions.ts";
import { ends, guideText, readTable, render, textOf } from "./table.ts";
import { ulps } from "./ulp.ts";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";

const table = readTable();
const sample = 2 ** 17;

Deno.test("ulps() counts the distance to the exact value in units of the nearest float32", () => {
  assertEquals(ulps(1, 1), 0);
  assertEquals(ulps(1, 1 + 2 ** -24), 0.5);
  assertEquals(ulps(1 + 2 ** -23, 1), 1);
  assertEquals(ulps(0, 2 ** -149), 1);
  assertEquals(ulps(-0, 0), Infinity);
  assertEquals(ulps(NaN, 1), Infinity);
  assertEquals(ulps(Infinity, 2 ** 128), 0);
  assertEquals(
    ulps(Math.fround(0.1), 0.1 + 2 ** -27, 1),
    2 ** -4 + Math.abs(Math.fround(0.1) - 0.1 - 2 ** -27) / 2 ** -23 - 2 ** -4,
  );
});

Deno.test("the guide shows the table of errors that is stored", () => {
  // The formatter pads the cells and breaks the lines.
  const squeeze = (text: string) => text.replace(/-{3,}/g, "---").replace(/\s+/g, " ").trim();
  assertEquals(squeeze(guideText()), squeeze(render(table)));
});

Deno.test("the stored errors on cpu are within 2 ulp, or within 4 for a reason that is given", () => {
  for (const [name, { limit, why, arity }] of Object.entries(functions)) {
    assert(limit <= 2 || (limit <= 4 && why), `${name} may have ${limit} ulp`);
    const { ulp, at, inputs } = table.cpu.functions[name];
    assert(ulp <= limit, `${ulp} ulp: ${at}`);
    assert(inputs > 9.9e7 && table.webgpu.functions[name].inputs > 1e6, `${name} was measured at ${inputs} arguments`);
    if (arity === 1) assertEquals(table.cpu.specials[name].length, ends.length);
  }
});

for (const device of ["cpu", ...(withoutWebGpu === undefined ? ["webgpu"] : [])] as ("cpu" | "webgpu")[]) {
  Deno.test(`functions on ${device} are no worse than the stored table`, async () => {
    for (const [name, measured] of Object.entries(functions)) {
      const { ulp, at } = await measure(name, measured, device, sample);
      // A table of spread arguments may miss the worst by a little, and a GPU has its own rounding.
      const stored = table[device].functions[name].ulp * 1.02;
      const most = Math.max(0.5, device === "cpu" ? stored : Math.max(stored, measured.limit));
      assert(ulp <= most, `${ulp} ulp, ${most} allowed: ${at}`);
    }
  });

  Deno.test(`sums on ${device} are no worse than the stored table`, async () => {
    for (const n of [1e3, 1e4, 1e5]) {
      for (const { what, numbers, roundings } of await measureSums(device, n)) {
        const stored = table[device].sums.find((r) => r.what === what && r.numbers === numbers && r.n === n)!;
        // On another GPU sums may be taken in another order.
        const limit = device === "cpu" ? stored.roundings * (1 + 1e-9) : Math.max(4, stored.roundings);
        assert(roundings <= limit, `${what} of ${n} ${numbers}: ${roundings}, ${stored.roundings} in the table`);
      }
    }
  });
}

for (const device of allDeviceNames) {
  Deno.test(`functions of special values are right on ${device}`, async () => {
    for (const [name, { f, exact, arity, limit, floor }] of Object.entries(functions)) {
      const x = arity === 1 ? ends : ends.flatMap((a) => ends.map(() => a));
      const y = arity === 1 ? ends : ends.flatMap(() => ends);
      const out = await f(tensor(Float32Array.from(x), { device }), tensor(Float32Array.from(y), { device })).data();
      x.forEach((a, i) => {
        const wanted = exact(a, y[i]);
        const error = ulps(out[i], wanted, floor?.(a));
        assert(error <= limit, `${name}(${a}, ${y[i]}) = ${textOf(out[i])} on ${device}, not ${wanted}`);
      });
    }
  });
}

Deno.test("every kind of code of the cpu gives the same bits for every function", () => {
  const [x, y] = [new Float32Array(4099), new Float32Array(4099)];
  for (const [name, { f, arity }] of Object.entries(functions)) {
    fill(name, arity, x, y, 0, 1047773);
    const [first, ...others] = deviceNames.filter((device) => device !== "reference")
      .map((device) => f(tensor(x, { device }), tensor(y, { device })).dataSync());
    others.forEach((out) => assertSameBits(out, first, name));
  }
});

Deno.test("exact sums and products are exact", () => {
  assertEquals(exactSum(Float32Array.of(2 ** 100, 1, -(2 ** 100), 2 ** -140)), 1 + 2 ** -140);
  assertEquals(exactSum(Float32Array.of(2 ** 100, 2 ** -149, -(2 ** 100))), 2 ** -149);
  assertEquals(exactDot(Float32Array.of(2 ** 60, 3, -(2 ** 60)), Float32Array.of(2 ** 60, 5, 2 ** 60)), 15);
  const x = inputs["sizes from 2⁻²⁰ to 2²⁰"](1000);
  assertAlmostEquals(exactSum(x), x.reduce((sum, v) => sum + v, 0), 1e-6);
});
