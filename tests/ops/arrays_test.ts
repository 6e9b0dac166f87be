import { arange, type Tensor, tensor, zeros } from "../../mod.ts";
import * as ops from "../../ops/mod.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import {
  assertGolden,
  dtypeOf,
  gradients,
  onAllDevices,
  onDevices,
  type Options,
  secondGradients,
  toTensor,
} from "./golden.ts";
import { assertEquals, assertThrows } from "@std/assert";

interface Case {
  name: string;
  fn: string;
  options: Options;
  inputs: Record<string, GoldenArray>;
  value: GoldenArray;
  indices?: GoldenArray;
  cotangent?: GoldenArray;
  grads?: Record<string, GoldenArray>;
  second?: { u: Record<string, GoldenArray>; grads: Record<string, GoldenArray> };
}

/** A case as a function of its inputs. */
function functionOf({ fn, options: o }: Case): (...xs: Tensor[]) => Tensor {
  switch (fn) {
    case "reshape":
    case "broadcastTo":
      return (x) => ops[fn](x, o.shape);
    case "transpose":
      return (x) => ops.transpose(x, o.axes);
    case "flip":
    case "sort":
    case "argsort":
      return (x) => ops[fn](x, o);
    case "tile":
      return (x) => ops.tile(x, o.reps);
    case "roll":
      return (x) => ops.roll(x, o.shift, { axis: o.axis });
    case "tril":
    case "triu":
      return (x) => ops[fn](x, o.k);
    case "pad":
      return (x) => ops.pad(x, o.widths, { value: o.value ?? 0 });
    case "slice":
      return (x) => ops.slice(x, o.start, o.end, o.step ? { step: o.step } : {});
    case "concat":
    case "stack":
      return (...xs) => ops[fn](xs, o);
    case "take":
    case "gather":
      return (x, indices) => ops[fn](x, indices, o);
    case "oneHot":
      return (x) => ops.oneHot(x, o.classes, { dtype: "float64" });
    case "topK":
      return (x) => ops.topK(x, o.k)[0];
    case "matmul":
      return (a, b) => ops.matmul(a, b);
    case "einsum":
      return (...xs) => ops.einsum(o.expression, ...xs);
  }
  throw new Error(`no function for the golden case ${fn}`);
}

const created = ["arange", "linspace", "eye"];
const all = loadGolden<{ cases: Case[] }>("arrays").cases.filter(({ fn }) => !created.includes(fn));

for (const [fn, cases] of Map.groupBy(all, ({ fn }) => fn)) {
  // The numbers of oneHot have the default dtype.
  (fn === "oneHot" ? onDevices : onAllDevices)(`ops.${fn}() has the values and derivatives of PyTorch`, () => {
    for (const c of cases) {
      const f = functionOf(c);
      const label = `${c.name} ${JSON.stringify(c.options)}`;
      const names = Object.keys(c.inputs);
      const inputs = names.map((name) => toTensor(c.inputs[name]));
      const result = f(...inputs);
      assertEquals(result.dtype, dtypeOf(c.value.dtype), label);
      assertGolden(result, c.value, label);
      if (c.indices) assertGolden(ops.topK(inputs[0], c.options.k)[1], c.indices, `${label}, indices`);
      if (!c.cotangent || !c.grads) continue;
      const wanted = Object.keys(c.grads).map((name) => names.indexOf(name));
      if (wanted.length === 0) continue;
      gradients(f, inputs, toTensor(c.cotangent), wanted).forEach((g, i) => {
        assertGolden(g, c.grads![names[wanted[i]]], `${label}, gradient of ${names[wanted[i]]}`);
      });
      if (!c.second) continue;
      const directions = wanted.map((i) => toTensor(c.second!.u[names[i]]));
      secondGradients(f, inputs, toTensor(c.cotangent), wanted, directions).forEach((g, i) => {
        assertGolden(g, c.second!.grads[names[wanted[i]]], `${label}, second gradient of ${names[wanted[i]]}`);
      });
    }
  });
}

onDevices("ops.matmul() reduces the gradient of a broadcast operand (report 6)", () => {
  const [x, y] = [ops.reshape(ops.cast(arange(8), "float32"), [2, 2, 2]), zeros([2, 2])];
  const [g] = gradients((x, y) => ops.matmul(x, y), [x, y], ops.onesLike(x), [1]);
  assertEquals([...g.dataSync()], [12, 12, 16, 16]);
  assertEquals(g.shape, [2, 2]);
});

onDevices("ops.dot() follows NumPy for every rank", () => {
  const f = (a: number[], b: number[]) => ops.dot(zeros(a), zeros(b)).shape;
  assertEquals(f([3], [3]), []);
  assertEquals(f([2, 3], [3]), [2]);
  assertEquals(f([2, 3], [3, 4]), [2, 4]);
  assertEquals(f([2, 3], [5, 3, 4]), [2, 5, 4]);
  assertEquals(f([], [5]), [5]);
  assertEquals(f([5], []), [5]);
});

onDevices("ops.einsum() broadcasts the axes of an ellipsis and takes diagonals", async () => {
  assertEquals(ops.einsum("...ij,...jk->...ik", zeros([3, 1, 2, 5]), zeros([4, 5, 6])).shape, [3, 4, 2, 6]);
  assertEquals(ops.einsum("...i,i", zeros([1, 4]), zeros([4])).shape, [1]);
  assertEquals(ops.einsum("iji->j", zeros([2, 3, 2])).shape, [3]);
  assertEquals(await ops.einsum("i,j", tensor([1, 2]), tensor([3, 4])).toArray(), [[3, 4], [6, 8]]);
  assertEquals(await ops.einsum("ij->ji", tensor([[1, 2]])).toArray(), [[1], [2]]);
});

onDevices("indices may be negative or too large, never outside the tensor", async () => {
  const x = tensor([10, 20, 30]);
  const at = tensor([-1, -3, 7, -9], { dtype: "int32" });
  assertEquals(await ops.take(x, at, 0).toArray(), [30, 10, 30, 10]);
  assertEquals(await ops.gather(x, at).toArray(), [30, 10, 30, 10]);
  assertEquals(await ops.oneHot(tensor([-1, 3], { dtype: "int32" }), 3).toArray(), [[0, 0, 0], [0, 0, 0]]);
  assertEquals(await ops.take(tensor([[1, 2], [3, 4]]), tensor([3, 0], { dtype: "int32" })).toArray(), [4, 1]);
});

onDevices("ops.slice(), ops.split() and ops.roll() count from both ends", async () => {
  const x = arange(6);
  assertEquals(await ops.slice(x, -4, -1).toArray(), [2, 3, 4]);
  assertEquals(await ops.slice(x, 1, 6, { step: 2 }).toArray(), [1, 3, 5]);
  assertEquals(await ops.slice(x, 4, 2).toArray(), []);
  assertEquals(await Promise.all(ops.split(x, [2, -1]).map((t) => t.toArray())), [[0, 1], [2, 3, 4], [5]]);
  assertEquals(await ops.roll(x, -2).toArray(), [2, 3, 4, 5, 0, 1]);
  assertEquals(await ops.sort(tensor([2, NaN, 1, 2]), { descending: true }).toArray(), [NaN, 2, 2, 1]);
  assertEquals(await ops.argsort(tensor([2, NaN, 1, 2]), { descending: true }).toArray(), [1, 0, 3, 2]);
});

Deno.test("movement, indexing and contractions say what does not fit", () => {
  const on = { device: "reference" };
  const x = zeros([2, 3], on);
  const fails = (f: () => unknown, kind: typeof TypeError | typeof RangeError, message: string) =>
    assertThrows(f, kind, message);
  fails(() => ops.reshape(x, [4, 2]), TypeError, "reshape: shape [2, 3] has 6 elements, which do not fit [4, 2]");
  fails(() => ops.reshape(x, [4, -1]), TypeError, "reshape: shape [2, 3] has 6 elements, which do not fit [4, -1]");
  fails(() => ops.reshape(x, [-1, -1]), TypeError, "reshape: shape [-1, -1] has more than one −1");
  fails(() => ops.reshape(x, 6 as unknown as number[]), TypeError, "reshape: shape must be an array of sizes, got 6");
  fails(() => ops.transpose(x, [0, 0]), RangeError, "transpose: axis 0 is given twice");
  fails(() => ops.transpose(x, [0]), TypeError, "transpose: axes [0] must name each axis of shape [2, 3] once");
  fails(() => ops.broadcastTo(x, [2]), TypeError, "broadcastTo: shapes [2, 3] and [2] do not broadcast");
  fails(() => ops.broadcastTo(x, [2, 1]), TypeError, "broadcastTo: shape [2, 3] does not broadcast to [2, 1]");
  fails(() => ops.squeeze(x, 0), TypeError, "squeeze: axis 0 of [2, 3] has extent 2, not 1");
  fails(() => ops.concat([]), TypeError, "concat: needs at least one tensor");
  fails(() => ops.concat([x, zeros([3, 2], on)]), TypeError, "concat: shapes [2, 3] and [3, 2] differ beside axis 0");
  fails(() => ops.stack([x, zeros([3], on)]), TypeError, "stack: shapes [2, 3] and [3] differ");
  fails(() => ops.split(x, 2, 1), TypeError, "split: axis 1 of shape [2, 3] does not divide into 2 equal parts");
  fails(() => ops.slice(x, 0, 5), RangeError, "slice: limit 5 is out of range for axis 0 of shape [2, 3]");
  fails(
    () => ops.pad(x, [[1, 1]]),
    TypeError,
    "pad: widths must be a number, a pair, or a pair for each of the 2 axes",
  );
  fails(() => ops.pad(x, -1), RangeError, "pad: widths must be an integer of at least 0, got -1");
  fails(() => ops.tril(zeros([3], on)), TypeError, "tril: needs a matrix, got shape [3]");
  fails(() => ops.take(x, x), TypeError, "take: indices must be integers, got float32");
  fails(
    () => ops.gather(x, tensor([1], { dtype: "int32", ...on })),
    TypeError,
    "gather: x [2, 3] and indices [1] need as many axes",
  );
  fails(() => ops.topK(x, 4), RangeError, "topK: k = 4, but axis 1 of shape [2, 3] has 3 elements");
  fails(() => ops.matmul(x, x), TypeError, "matmul: shapes [2, 3] and [2, 3] do not match: 3 columns against 2 rows");
  fails(
    () => ops.matmul(x, ops.sum(x)),
    TypeError,
    "matmul: takes vectors and matrices, but y is a scalar; use ops.mul",
  );
  fails(
    () => ops.matmul(zeros([2, 2, 3], on), zeros([4, 3, 1], on)),
    TypeError,
    "matmul: shapes [2] and [4] do not broadcast",
  );
  fails(() => ops.einsum("ij,jk", x), TypeError, 'einsum: "ij,jk" has 2 terms for 1 tensors');
  fails(() => ops.einsum("ijk", x), TypeError, 'einsum: term 0 "ijk" names 3 axes, the tensor has 2');
  fails(() => ops.einsum("ij->k", x), TypeError, 'einsum: output label k is in no term of "ij->k"');
  fails(() => ops.einsum("ij->ii", x), TypeError, "einsum: output label i is given twice");
  fails(() => ops.einsum("ii", x), TypeError, "einsum: label i is 2 and 3 in shapes [2, 3]");
});
