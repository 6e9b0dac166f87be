/** Long float32 sums along rows and over outer axes, whose rounding must not pile up. */
import { assert } from "@std/assert";
import { full, ops } from "../../../mod.ts";

Deno.test("sum() of 2²⁰ tenths is right to 1e-6, along a row and over an outer axis", () => {
  const n = 2 ** 20, exact = n * Math.fround(0.1);
  const near = (value: number, where: string) =>
    assert(Math.abs(value / exact - 1) < 1e-6, `${where}: ${value}, exact ${exact}`);
  near(ops.sum(full([n], 0.1)).dataSync()[0], "along a row");
  for (const value of ops.sum(full([n, 6], 0.1), { axis: 0 }).dataSync()) near(value, "over an outer axis");
});
