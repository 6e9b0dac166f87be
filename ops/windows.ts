/** Sizes of sliding windows: strides, paddings and what they give, for convolutions and pools. */
import { describe, show } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { checkNumber, toTensor } from "./operands.ts";

/**
 * Zeros around an image: a number for all sides, one for each spatial axis, or `[before, after]` for each; `"valid"` is none,
 * `"same"` as many as give ⌈input / stride⌉ (an odd one goes after, as in PyTorch and JAX).
 */
export type Padding = number | readonly number[] | readonly (readonly [number, number])[] | "same" | "valid";

const spatial = ["width", "height and width"];

/** A size for each of `count` spatial axes: one number for all, or an array. */
export function perAxis(operation: string, name: string, value: unknown, count: number, least: number): number[] {
  const list = typeof value === "number" ? new Array<number>(count).fill(value) : value;
  if (!Array.isArray(list) || list.length !== count) {
    throw new TypeError(
      `${operation}: ${name} must be a number or [${spatial[count - 1]}], got ${
        Array.isArray(value) ? show(value) : describe(value)
      }`,
    );
  }
  for (const n of list) checkNumber(operation, name, n, least, true);
  return list;
}

/** Zeros before and after each axis. */
export function paddingOf(
  operation: string,
  padding: unknown,
  input: Shape,
  spans: readonly number[],
  stride: readonly number[],
): (readonly [number, number])[] {
  if (padding === "valid") return input.map(() => [0, 0]);
  if (padding === "same") {
    return input.map((extent, i) => {
      const total = Math.max(0, (Math.ceil(extent / stride[i]) - 1) * stride[i] + spans[i] - extent);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  if (typeof padding === "string") {
    throw new TypeError(`${operation}: padding must be "same", "valid" or numbers, got ${describe(padding)}`);
  }
  if (Array.isArray(padding) && padding.some(Array.isArray)) {
    if (padding.length !== input.length || padding.some((p) => !Array.isArray(p) || p.length !== 2)) {
      throw new TypeError(`${operation}: padding must be [before, after] for each of the ${input.length} spatial axes`);
    }
    for (const n of padding.flat()) checkNumber(operation, "padding", n, 0, true);
    return padding as [number, number][];
  }
  return perAxis(operation, "padding", padding, input.length, 0).map((n) => [n, n]);
}

/** How many times a window of this span fits along each axis. */
export function positions(
  operation: string,
  window: string,
  input: Shape,
  spans: readonly number[],
  stride: readonly number[],
  padding: readonly (readonly [number, number])[],
): number[] {
  const padded = input.map((extent, i) => extent + padding[i][0] + padding[i][1]);
  if (padded.some((extent, i) => extent < spans[i])) {
    throw new RangeError(
      `${operation}: ${window} spans ${show(spans)}, more than the padded input ${
        show(padded)
      }; use a smaller one or more padding`,
    );
  }
  return padded.map((extent, i) => Math.floor((extent - spans[i]) / stride[i]) + 1);
}

/** The tensor, checked to be a batch of images (or, of one spatial axis, of signals). */
export function checkImages(operation: string, x: unknown, count: number): Tensor {
  const t = toTensor(operation, "x", x);
  if (t.ndim !== count + 2) {
    const wanted = count === 1 ? "[batch, channels, width]" : "[batch, channels, height, width]";
    const hint = t.ndim === count + 1 ? "; ops.expandDims(x, 0) makes a batch of one" : "";
    throw new TypeError(`${operation}: the input must have shape ${wanted}, got ${show(t.shape)}${hint}`);
  }
  return t;
}
