import { arange, type Tensor, tensor, zeros } from "../../mod.ts";
import * as ops from "../../ops/mod.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import {
  assertGolden,
  dtypeOf,
  gradients,
  isSingle,
  onAllDevices,
  type Options,
  secondGradients,
  tight,
  toTensor,
} from "./golden.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

interface Case {
  name: string;
  fn: string;
  options: Options;
  x: GoldenArray;
  value: GoldenArray;
  error?: boolean;
  cotangent?: GoldenArray;
  gradX?: GoldenArray;
  second?: { u: GoldenArray; gradX: GoldenArray };
}

// deno-lint-ignore no-explicit-any
const table = ops as unknown as Record<string, (x: Tensor, options?: any) => Tensor>;

const groups = Map.groupBy(loadGolden<{ cases: Case[] }>("reductions").cases, ({ fn }) => fn);

for (const [fn, cases] of groups) {
  onAllDevices(`ops.${fn}() has the values and derivatives of PyTorch, NumPy and JAX`, () => {
    for (const c of cases) {
      // In float32 the input itself is another one; "keeps its digits beside a large mean" stands for it.
      if (isSingle() && c.name === "variance of an offset") continue;
      const f = (x: Tensor) => table[fn](x, c.options);
      const x = toTensor(c.x);
      const label = `${fn} ${JSON.stringify(c.options)} (${c.name})`;
      if (c.error) {
        assertThrows(() => f(x), TypeError, "no elements", label);
        continue;
      }
      const result = f(x);
      assertEquals(result.dtype, dtypeOf(c.value.dtype), label);
      assertGolden(result, c.value, label, c.value.dtype === "float32" ? { rtol: 1e-6 } : tight);
      if (!c.cotangent) continue;
      const cotangent = toTensor(c.cotangent);
      assertGolden(gradients(f, [x], cotangent, [0])[0], c.gradX!, `${label}, gradient`);
      if (!c.second) continue;
      const again = secondGradients(f, [x], cotangent, [0], [toTensor(c.second.u)])[0];
      assertGolden(again, c.second.gradX, `${label}, second gradient`);
    }
  });
}

onAllDevices("ops.sum() takes an axis alone in the place of { axis }", async () => {
  const x = tensor([[1, 2], [3, 4]]);
  assertEquals(await ops.sum(x, 1).toArray(), [3, 7]);
  assertEquals(await ops.sum(x, [0, 1]).toArray(), 10);
  assertEquals(await ops.sum(x, []).toArray(), [[1, 2], [3, 4]]);
});

Deno.test("reductions refuse unknown options, axes and keepDims that are no booleans", () => {
  const x = zeros([2, 3], { device: "reference" });
  assertThrows(() => ops.sum(x, { axes: 1 } as Options), TypeError, 'sum: unknown option "axes"; did you mean "axis"?');
  assertThrows(() => ops.mean(x, { correction: 1 } as Options), TypeError, 'mean: unknown option "correction"');
  assertThrows(() => ops.sum(x, 2), RangeError, "sum: axis 2 is out of range for 2 dimensions; use -2 to 1");
  assertThrows(() => ops.sum(x, [0, -2]), RangeError, "sum: axis 0 is given twice in [0, -2]");
  assertThrows(() => ops.sum(x, { axis: 0.5 }), TypeError, "sum: axis must be an integer, got 0.5");
  assertThrows(() => ops.sum(x, { keepDims: 1 } as Options), TypeError, "sum: keepDims must be true or false, got 1");
  assertThrows(() => ops.sum(undefined as unknown as Tensor), TypeError, "sum: x must be a tensor, got undefined");
});

onAllDevices("ops.prod() and ops.cumprod() differentiate through zeros in every order", async () => {
  const x = tensor([0, 0, 3], { dtype: dtypeOf("float64") });
  const second = secondGradients((x) => ops.prod(x), [x], tensor(1, { dtype: dtypeOf("float64") }), [0], [
    tensor([1, 0, 0], { dtype: dtypeOf("float64") }),
  ]);
  assertEquals([...await second[0].data()], [0, 3, 0]);
});

onAllDevices("integer reductions keep their dtype", () => {
  assertEquals(ops.sum(arange(3)).dtype, "int32");
  assertEquals(ops.sum(tensor([true, true])).dtype, "int32");
  assertEquals(ops.mean(arange(3)).dtype, "float32");
  assert(ops.any(tensor([false, true])).dtype === "bool");
});
