/** Softmax, norms and losses where float32 overflows, underflows or cancels on the way: values and gradients against float64. */
import { type Tensor, tensor } from "../../mod.ts";
import * as ops from "../../ops/mod.ts";
import { gradients, onAllDevices } from "../ops/golden.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import { assert } from "@std/assert";

interface Case {
  fn: string;
  name: string;
  x: GoldenArray;
  value: GoldenArray;
  cotangent?: GoldenArray;
  grad?: GoldenArray;
  labels?: GoldenArray;
  correction?: number;
  groups?: number;
  target?: number;
}

const { cases } = loadGolden<{ cases: Case[] }>("extremes");
const single = ({ data, shape }: GoldenArray): Tensor => tensor(Float32Array.from(data), { shape });

function functionOf({ fn, labels, correction, groups, target }: Case): (x: Tensor) => Tensor {
  switch (fn) {
    case "softmax":
      return (x) => ops.softmax(x, -1);
    case "logSoftmax":
      return (x) => ops.logSoftmax(x, -1);
    case "logSumExp":
      return (x) => ops.logSumExp(x, -1);
    case "softmaxCrossEntropy":
      return (x) => ops.softmaxCrossEntropy(x, tensor(Int32Array.from(labels!.data)));
    case "variance":
      return (x) => ops.variance(x, -1);
    case "std":
      return (x) => ops.std(x, { axis: -1, correction });
    case "layerNorm":
      return (x) => ops.layerNorm(x);
    case "groupNorm":
      return (x) => ops.groupNorm(x, groups!);
    case "binaryCrossEntropy":
      return (x) => ops.binaryCrossEntropy(x, ops.mul(ops.onesLike(x), target!), { reduction: "none" });
    default:
      throw new Error(`no function ${fn}`);
  }
}

/** Fails unless each number is near its counterpart. What is beyond the range of float32 is an infinity there. */
function assertNear(
  actual: ArrayLike<number>,
  { data }: GoldenArray,
  allowed: (i: number) => number,
  what: string,
): void {
  data.forEach((wanted, i) => {
    const error = Math.abs(actual[i] - wanted);
    if (actual[i] === Math.fround(wanted) || error <= allowed(i)) return;
    assert(false, `${what}: ${actual[i]} at ${i}, not ${wanted}`);
  });
}

const rowOf = (t: GoldenArray): number => t.shape.length > 1 ? t.shape[t.shape.length - 1] : 1;

/** The largest finite float32 of the row in which i is. */
function largest({ data }: GoldenArray, row: number, i: number): number {
  const part = data.subarray(i - i % row, i - i % row + row);
  return part.reduce((most, v) => Number.isFinite(Math.fround(v)) ? Math.max(most, Math.abs(v)) : most, 0);
}

/** How much the rounding of the mean, which is a float32, shifts the centred values of each row, as a share of their deviation. */
function shifts({ data }: GoldenArray, row: number, eps: number): number[] {
  return Array.from({ length: data.length / row }, (_, k) => {
    const x = data.subarray(k * row, k * row + row);
    const mean = x.reduce((sum, v) => sum + v, 0) / row;
    const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row;
    return Math.max(...x.map(Math.abs)) * 2 ** -23 / Math.sqrt(variance + eps);
  });
}

for (const c of cases) {
  onAllDevices(`${c.fn}() and its gradient are right at extremes: ${c.name}`, async () => {
    const f = functionOf(c), x = single(c.x);
    const value = await f(x).data();
    const gradient = c.grad && await gradients(f, [x], single(c.cotangent!), [0])[0].data();
    const row = rowOf(c.x), valueRow = rowOf(c.value);
    const moments = ["variance", "std", "layerNorm", "groupNorm"].includes(c.fn);
    if (!moments) {
      // Probabilities and losses have their own digits; logarithms those of the logits; gradients those of the cotangents.
      const alone = c.fn === "softmax" || c.fn === "binaryCrossEntropy";
      const relative = (i: number) => 1e-5 * (alone ? Math.abs(c.value.data[i]) : largest(c.value, valueRow, i));
      assertNear(value, c.value, (i) => relative(i) + 2 ** -148, "value");
      const most = Math.max(...(c.cotangent?.data ?? []).map(Math.abs));
      if (gradient) assertNear(gradient, c.grad!, () => 1e-6 * most, "gradient");
      return;
    }
    const norm = c.fn.endsWith("Norm");
    const part = row / (c.groups ?? 1);
    const shift = shifts(c.x, part, norm ? 1e-5 : 0);
    const ofValue = (i: number) =>
      norm
        ? 1e-5 * largest(c.value, part, i) + shift[Math.floor(i / part)]
        // Of equal numbers nothing but the rounded mean is left.
        : Math.abs(c.value.data[i]) * (1e-5 + Math.min(shift[i] ** 2, 1)) +
          (shift[i] > 1e6 ? (c.x.data[i * row] * 2 ** -23) ** 2 : 0);
    assertNear(value, c.value, ofValue, "value");
    const ofGradient = (i: number) => (2e-5 + 4 * shift[Math.floor(i / part)]) * largest(c.grad!, part, i);
    assertNear(gradient!, c.grad!, ofGradient, "gradient");
  });
}
