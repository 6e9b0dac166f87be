import { assert, assertEquals, assertThrows } from "@std/assert";
import { composite } from "../../core/composite.ts";
import { tensor, zeros } from "../../core/creation.ts";
import { add, mul } from "../../core/primitives/algebra.ts";
import type { Tensor } from "../../core/tensor.ts";
import { grad, jit, vmap } from "../../core/transforms/mod.ts";
import { deviceNames } from "../support/devices.ts";

for (const device of deviceNames) {
  Deno.test(`composite() traces once for each key and kind of operands (${device})`, async () => {
    let calls = 0;
    const square = (key: string, x: Tensor) =>
      composite(`square:${key}${device}`, (x) => {
        calls++;
        return add(mul(x, x), x);
      }, [x]);
    const on = (data: number[]) => tensor(data, { device });
    assertEquals(await square("a", on([1, 2])).toArray(), [2, 6]);
    assertEquals(await square("a", on([3, 4])).toArray(), [12, 20]);
    assertEquals(calls, 1);
    square("a", on([1, 2, 3]));
    square("a", tensor([1, 2], { dtype: "int32", device }));
    square("b", on([1, 2]));
    assertEquals(calls, 4);
  });

  Deno.test(`composite() gives several results, and its operands too (${device})`, async () => {
    const [x, y] = [tensor([1], { device }), tensor([2], { device })];
    const results = composite("several", (x, y) => [y, add(x, y), x, x], [x, y]);
    assertEquals(await Promise.all(results.map((t) => t.item())), [2, 3, 1, 1]);
    x.dispose();
    assertEquals(await results[2].item(), 1);
    assertEquals(composite("none", () => [] as Tensor[], [y]), []);
  });
}

Deno.test("composite() records its operations under transforms", async () => {
  const cube = (x: Tensor) => composite("cube", (x) => mul(x, mul(x, x)), [x]);
  assertEquals(await grad(cube)(tensor(2)).item(), 12);
  assertEquals(await jit(grad(grad(cube)))(tensor(2)).item(), 12);
  assertEquals(await vmap(cube)(tensor([1, 2])).toArray(), [1, 8]);
  // One concrete operand beside a traced one.
  const product = (x: Tensor, y: Tensor) => composite("product", (x, y) => mul(x, y), [x, y]);
  assertEquals(await grad((x: Tensor) => product(x, tensor(5)))(tensor(2)).item(), 5);
});

Deno.test("composites nest", async () => {
  const inner = (x: Tensor) => composite("inner", (x) => add(x, x), [x]);
  const outer = (x: Tensor) => composite("outer", (x) => mul(inner(x), inner(x)), [x]);
  assertEquals(await outer(tensor(3)).item(), 36);
});

Deno.test("composite() refuses captures, disposed operands and mixed devices, naming the operation", () => {
  const x = tensor([1]);
  const outside = tensor([2]);
  assertThrows(() => composite("leaky:1,2", (x) => add(x, outside), [x]), TypeError, "leaky: a composition must take");
  const gone = zeros([1]);
  gone.dispose();
  assertThrows(
    () => composite("twice:1", (x) => add(x, x), [gone]),
    TypeError,
    "twice: a tensor of shape [1] was used",
  );
  const other = tensor([1], { device: "reference" });
  assertThrows(
    () => composite("sum", (x, y) => add(x, y), [x, other]),
    TypeError,
    "sum: arguments are on cpu and reference",
  );
});

Deno.test("composite() keeps a bounded number of programs", () => {
  const x = tensor([1]);
  let calls = 0;
  const run = (key: number) =>
    composite(`many:${key}`, (x) => {
      calls++;
      return add(x, x);
    }, [x]);
  run(0);
  for (let i = 1; i < 3000; i++) run(i);
  calls = 0;
  run(2999);
  assertEquals(calls, 0);
  run(0); // forgotten meanwhile, traced again
  assert(calls === 1);
});
