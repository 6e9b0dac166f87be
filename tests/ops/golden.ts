/**
 * Golden cases on a device: tensors of golden arrays, values and derivatives against them.
 *
 * @module
 */
import { grad, setDefaultDevice, type Tensor, tensor, vjp } from "../../mod.ts";
import { allDeviceNames, deviceNames } from "../support/devices.ts";
import { assertClose, type Tolerance } from "../support/close.ts";
import type { GoldenArray } from "../support/golden.ts";
import * as ops from "../../ops/mod.ts";
import { assertEquals } from "@std/assert";

/** Options of a case: plain JSON, as the function takes them or nearly so. */
// deno-lint-ignore no-explicit-any
export type Options = any;

/** Double precision, with room for another order of the operations and for the 12 digits of a fast exp. */
export const tight: Tolerance = { rtol: 1e-10, atol: 1e-13 };

/** The dtype that stands for that of another framework. */
export const dtypeOf = (dtype: string) =>
  dtype === "int64" ? "int32" : later && dtype === "float64" ? "float32" : dtype as Tensor["dtype"];

/** On webgpu, which is read asynchronously and has no float64: comparisons that the test awaits at its end. */
let later: Promise<void>[] | undefined;

/** Whether the test runs where there is no float64. */
export const isSingle = (): boolean => later !== undefined;

/** The tolerance of a test in float64; where there is none, what float32 can keep of derivatives of second order. */
export const digits = (tolerance: Tolerance = tight): Tolerance => isSingle() ? { ...tolerance, ...single } : tolerance;

const single = { rtol: 2e-5, atol: 2e-5 };

/** The tensor of a golden array. */
export function toTensor({ shape, dtype, data }: GoldenArray): Tensor {
  return tensor(data, { shape, dtype: dtypeOf(dtype) });
}

/** Fails unless a tensor has the shape and, nearly, the values of a golden array. */
export function assertGolden(
  actual: Tensor,
  expected: GoldenArray,
  message: string,
  tolerance: Tolerance = tight,
): void {
  assertEquals([...actual.shape], expected.shape, `${message}: shape`);
  // JSON has the shortest decimals of a float32.
  const data = expected.dtype === "float32" ? Float32Array.from(expected.data) : expected.data;
  if (later) {
    const largest = Math.max(1, ...Array.from(data, Math.abs).filter(Number.isFinite));
    const limits = {
      rtol: Math.max(single.rtol, tolerance.rtol ?? 0),
      atol: Math.max(single.atol * largest, tolerance.atol ?? 0),
    };
    later.push(actual.data().then((values) => assertClose(values, data, { ...limits, message })));
    return;
  }
  assertClose(actual.dataSync(), data, { ...tolerance, message });
}

/** Declares a test for each device that has float64, which is the default one while it runs. */
export function onDevices(
  name: string,
  body: () => void | Promise<void>,
  devices: readonly string[] = deviceNames,
): void {
  for (const device of devices) {
    Deno.test(`${name} (${device})`, async () => {
      setDefaultDevice(device);
      later = device === "webgpu" ? [] : undefined;
      try {
        await body();
        await Promise.all(later ?? []);
      } finally {
        later = undefined;
        setDefaultDevice("cpu");
      }
    });
  }
}

/** The same on webgpu too, where a golden float64 is compared as a float32. */
export function onAllDevices(name: string, body: () => void | Promise<void>): void {
  onDevices(name, body, allDeviceNames);
}

/** The pullback of `f` at some of its inputs. */
export function gradients(
  f: (...xs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  cotangent: Tensor,
  wanted: readonly number[],
): Tensor[] {
  const some = (...chosen: Tensor[]): Tensor =>
    f(...inputs.map((x, i) => wanted.includes(i) ? chosen[wanted.indexOf(i)] : x));
  const [, pullback] = vjp(some, ...wanted.map((i) => inputs[i]));
  return pullback(cotangent) as Tensor[];
}

/** Gradients of Σ gradients · directions. */
export function secondGradients(
  f: (...xs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  cotangent: Tensor,
  wanted: readonly number[],
  directions: readonly Tensor[],
): Tensor[] {
  const product = (...chosen: Tensor[]): Tensor => {
    const all = inputs.map((x, i) => wanted.includes(i) ? chosen[wanted.indexOf(i)] : x);
    return gradients(f, all, cotangent, wanted)
      .map((g, i) => ops.sum(ops.mul(g, directions[i])))
      .reduce((p, q) => ops.add(p, q));
  };
  return grad(product, { argnums: wanted.map((_, i) => i) })(...wanted.map((i) => inputs[i])) as unknown as Tensor[];
}
