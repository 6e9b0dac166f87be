import { jit, ones, random, type Tensor, tensor, valueAndGrad, zeros } from "../../mod.ts";
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
import { allDeviceNames } from "../support/devices.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

interface Case {
  name: string;
  fn: "conv1d" | "conv2d" | "convTranspose2d";
  options: Options;
  x: GoldenArray;
  w: GoldenArray;
  y: GoldenArray;
  pad?: [number, number][];
  cotangent: GoldenArray;
  gradX: GoldenArray;
  gradW: GoldenArray;
  second?: { u: GoldenArray; v: GoldenArray; gradX: GoldenArray; gradW: GoldenArray; gradCotangent: GoldenArray };
}

for (const c of loadGolden<{ cases: Case[] }>("conv").cases) {
  onAllDevices(`ops.${c.fn}() has PyTorch's values and derivatives: ${c.name}`, () => {
    const options = c.pad ? { ...c.options, padding: c.pad } : c.options;
    const f = (x: Tensor, w: Tensor): Tensor => ops[c.fn](x, w, options);
    const inputs = [toTensor(c.x), toTensor(c.w)];
    const cotangent = toTensor(c.cotangent);
    assertGolden(f(inputs[0], inputs[1]), c.y, "value");
    const [gx, gw] = gradients(f, inputs, cotangent, [0, 1]);
    assertGolden(gx, c.gradX, "gradient of x");
    assertGolden(gw, c.gradW, "gradient of w");
    if (!c.second) return;
    const pulled = (x: Tensor, w: Tensor, cotangent: Tensor): Tensor => {
      const [a, b] = gradients(f, [x, w], cotangent, [0, 1]);
      return ops.add(ops.sum(ops.mul(a, toTensor(c.second!.u))), ops.sum(ops.mul(b, toTensor(c.second!.v))));
    };
    const one = tensor(1, { dtype: dtypeOf("float64") });
    const again = gradients(pulled, [...inputs, cotangent], one, [0, 1, 2]);
    assertGolden(again[0], c.second.gradX, "second gradient of x");
    assertGolden(again[1], c.second.gradW, "second gradient of w");
    assertGolden(again[2], c.second.gradCotangent, "second gradient of the cotangent");
  });
}

onDevices('ops.conv2d() takes "same" and "valid"', () => {
  const w = ones([1, 1, 3, 3]);
  assertEquals(ops.conv2d(zeros([1, 1, 7, 8]), w, { padding: "same" }).shape, [1, 1, 7, 8]);
  assertEquals(ops.conv2d(zeros([1, 1, 7, 8]), w, { padding: "same", stride: 2 }).shape, [1, 1, 4, 4]);
  assertEquals(ops.conv2d(zeros([1, 1, 7, 8]), w, { padding: "same", dilation: [3, 1] }).shape, [1, 1, 7, 8]);
  assertEquals(ops.conv2d(zeros([1, 1, 7, 8]), w, { padding: "valid" }).shape, [1, 1, 5, 6]);
  // An even kernel has its odd zero at the end.
  const row = ops.conv1d(tensor([[[1, 2, 3]]]), ones([1, 1, 2]), { padding: "same" });
  assertEquals([...row.dataSync()], [3, 5, 3]);
});

Deno.test("convolutions say which sizes do not fit", () => {
  const on = { device: "reference" };
  const x = zeros([2, 24, 8, 8], on);
  const w = (...shape: number[]) => zeros(shape, on);
  const fails = (f: () => unknown, kind: typeof TypeError | typeof RangeError, message: string) =>
    assertThrows(f, kind, message);
  fails(
    () => ops.conv2d(x, w(64, 8, 3, 3), { groups: 2 }),
    TypeError,
    "conv2d: input has 24 channels but the kernel [64, 8, 3, 3] with groups 2 needs 16",
  );
  fails(
    () => ops.conv2d(x, w(5, 8, 3, 3)),
    TypeError,
    "conv2d: input has 24 channels but the kernel [5, 8, 3, 3] needs 8",
  );
  fails(
    () => ops.conv2d(x, w(5, 12, 3, 3), { groups: 2 }),
    TypeError,
    "conv2d: groups 2 does not divide the 5 channels of the kernel [5, 12, 3, 3]",
  );
  fails(
    () => ops.conv2d(x, w(1, 24, 5, 5), { dilation: 2 }),
    RangeError,
    "conv2d: the kernel [1, 24, 5, 5] spans [9, 9], more than the padded input [8, 8]; use a smaller one or more padding",
  );
  fails(
    () => ops.conv2d(zeros([24, 8, 8], on), w(1, 24, 3, 3)),
    TypeError,
    "conv2d: the input must have shape [batch, channels, height, width], got [24, 8, 8]; ops.expandDims(x, 0) makes a batch of one",
  );
  fails(() => ops.conv2d(x, w(1, 24, 3)), TypeError, "conv2d: the kernel must have four axes, got shape [1, 24, 3]");
  fails(
    () => ops.conv1d(x, w(1, 24, 3)),
    TypeError,
    "conv1d: the input must have shape [batch, channels, width], got [2, 24, 8, 8]",
  );
  fails(() => ops.conv2d(x, w(1, 24, 0, 3)), TypeError, "conv2d: the kernel [1, 24, 0, 3] is empty");
  fails(
    () => ops.conv2d(x, w(1, 24, 3, 3), { stride: 0 }),
    RangeError,
    "conv2d: stride must be an integer of at least 1, got 0",
  );
  fails(
    () => ops.conv2d(x, w(1, 24, 3, 3), { padding: -1 }),
    RangeError,
    "conv2d: padding must be an integer of at least 0, got -1",
  );
  fails(
    () => ops.conv2d(x, w(1, 24, 3, 3), { padding: 0.5 }),
    RangeError,
    "conv2d: padding must be an integer of at least 0, got 0.5",
  );
  fails(
    () => ops.conv2d(x, w(1, 24, 3, 3), { padding: "full" as "same" }),
    TypeError,
    'conv2d: padding must be "same", "valid" or numbers, got "full"',
  );
  fails(
    () => ops.conv2d(x, w(1, 24, 3, 3), { dilation: [1, 2, 3] }),
    TypeError,
    "conv2d: dilation must be a number or [height and width], got [1, 2, 3]",
  );
  fails(
    () => ops.conv2d(x, w(1, 24, 3, 3), { strides: 2 } as Options),
    TypeError,
    'conv2d: unknown option "strides"; did you mean "stride"?',
  );
  fails(() => ops.conv2d(x, null as unknown as Tensor), TypeError, "conv2d: the kernel must be a tensor, got null");
  fails(
    () => ops.convTranspose2d(x, w(8, 4, 3, 3)),
    TypeError,
    "convTranspose2d: input has 24 channels but the kernel [8, 4, 3, 3] needs 8",
  );
  fails(
    () => ops.convTranspose2d(x, w(24, 4, 3, 3), { stride: 2, outputPadding: 2 }),
    RangeError,
    "convTranspose2d: outputPadding [2, 2] must be less than the stride [2, 2]",
  );
});

Deno.test("ops.conv2d() keeps second derivatives of itself in three modes", () => {
  const on = { device: "reference" };
  const [x, w] = [ones([1, 1, 3, 3], on), ones([1, 1, 2, 2], on)];
  const [gx, gw] = secondGradients((x, w) => ops.conv2d(x, w), [x, w], ones([1, 1, 2, 2], on), [0, 1], [x, w]);
  assertEquals([gx.shape, gw.shape], [x.shape, w.shape]);
});

/** Planes small enough, sums long enough and batches large enough that vectors run along the channels. */
const ofSmallPlanes: readonly (readonly [input: number[], kernel: number[], options: ops.ConvOptions])[] = [
  [[8, 21, 20, 7], [23, 21, 5, 5], { padding: 2 }],
  [[16, 64, 9, 9], [48, 32, 5, 4], { groups: 2, dilation: [2, 1], padding: [[3, 1], [0, 3]] }],
  [[40, 24, 11, 9], [21, 24, 5, 5], { stride: [2, 1], padding: [[1, 1], [2, 2]] }],
];

for (const name of allDeviceNames.filter((name) => name !== "reference")) {
  Deno.test(`convolutions of small planes and their gradients are those of each example alone, on ${name}`, async () => {
    for (const [input, kernel, options] of ofSmallPlanes) {
      const [x, w] = [input, kernel].map((shape, i) => random.normal(random.key(i), shape).to(name));
      const example = (i: number): Tensor => ops.slice(x, i, i + 1);
      const loss = (x: Tensor, w: Tensor): [Tensor, Tensor] => {
        const y = ops.conv2d(x, w, options);
        return [ops.sum(ops.mul(y, y)), y];
      };
      const step = jit(valueAndGrad(loss, { argnums: [0, 1], hasAux: true }));
      const [[, y], [dx, dw]] = step(x, w);
      const parts = Array.from({ length: input[0] }, (_, i) => step(example(i), w));
      const joined = (pick: (part: typeof parts[number]) => Tensor): Tensor => ops.concat(parts.map(pick), 0);
      const sum = parts.map(([, [, dw]]) => dw).reduce((a, b) => ops.add(a, b));
      const pairs = [[y, joined(([[, y]]) => y)], [dx, joined(([, [dx]]) => dx)], [dw, sum]];
      for (const [i, [got, expected]] of pairs.entries()) {
        const largest = await ops.max(ops.abs(expected)).item();
        const apart = await ops.max(ops.abs(ops.sub(got, expected))).item();
        assert(apart <= 1e-5 * largest, `[${input}] [${kernel}]: result ${i} is ${apart} off, of ${largest}`);
      }
    }
  });
}
