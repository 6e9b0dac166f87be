/** Long float32 sums along rows and over outer axes, whose rounding must not pile up. */
import { assert } from "@std/assert";
import { full, grad, jit, ops, random, type Tensor } from "../../../mod.ts";
import { assertClose } from "../../support/close.ts";

Deno.test("sum() of 2²⁰ tenths is right to 1e-6, along a row and over an outer axis", () => {
  const n = 2 ** 20, exact = n * Math.fround(0.1);
  const near = (value: number, where: string) =>
    assert(Math.abs(value / exact - 1) < 1e-6, `${where}: ${value}, exact ${exact}`);
  near(ops.sum(full([n], 0.1)).dataSync()[0], "along a row");
  for (const value of ops.sum(full([n, 6], 0.1), { axis: 0 }).dataSync()) near(value, "over an outer axis");
});

Deno.test("sums beside a result in a frame are those of the reference, for rows of any length", async () => {
  for (const width of [3, 8, 14, 16, 28, 40]) {
    const x = random.normal(random.key(1), [2, 3, 5, width]);
    const kernels = [5, 4].map((channels, i) => random.normal(random.key(2 + i), [channels, i === 0 ? 3 : 5, 3, 3]));
    const bias = random.normal(random.key(4), [5]);
    const loss = (bias: Tensor, x: Tensor, first: Tensor, second: Tensor): Tensor => {
      const hidden = ops.tanh(ops.add(ops.conv2d(x, first, { padding: 1 }), ops.reshape(bias, [5, 1, 1])));
      return ops.sum(ops.sin(ops.conv2d(hidden, second, { padding: 1 })));
    };
    const gradients = async (name: string): Promise<ArrayLike<number>> => {
      const given = [bias, x, ...kernels].map((t) => t.to(name)) as [Tensor, Tensor, Tensor, Tensor];
      return await jit(grad(loss))(...given).data();
    };
    assertClose(await gradients("cpu"), await gradients("reference"), { atol: 1e-4, rtol: 1e-5 });
  }
});
