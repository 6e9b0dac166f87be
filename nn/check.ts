/** Checks of what layers are made with and applied to. */
import { describe, show } from "../core/errors.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import type { Mode } from "./layer.ts";

/** Refuses what is no integer from `least` on. */
export function checkCount(operation: string, name: string, value: unknown, least = 1): asserts value is number {
  if (typeof value !== "number") {
    throw new TypeError(
      `${operation}: ${name} ${value === undefined ? "is missing" : `must be a number, got ${describe(value)}`}`,
    );
  }
  if (!Number.isSafeInteger(value) || value < least) {
    const kind = least === 1 ? "a positive integer" : `an integer of at least ${least}`;
    throw new RangeError(`${operation}: ${name} must be ${kind}, got ${value}`);
  }
}

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/** A pair of integers from `least` on; one number stands for both. */
export function checkPair(operation: string, name: string, value: unknown, least = 1): [number, number] {
  if (Array.isArray(value)) {
    if (value.length !== 2) {
      throw new TypeError(`${operation}: ${name} must be a number or a pair, got ${describe(value)}`);
    }
    value.forEach((part, i) => checkCount(operation, `${name}[${i}]`, part, least));
    return value as [number, number];
  }
  checkCount(operation, name, value, least);
  return [value, value];
}

/** Refuses what is no finite number within [min, max]. */
export function checkNumber(
  operation: string,
  name: string,
  value: unknown,
  min: number,
  max = Infinity,
): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  if (Number.isFinite(value) && value >= min && value <= max) return;
  const range = max === Infinity ? `at least ${min}` : `from ${min} to ${max}`;
  throw new RangeError(`${operation}: ${name} must be ${range}, got ${value}`);
}

/** Refuses groups that do not divide the channels evenly, or are more than they. */
export function checkGroups(operation: string, channels: number, groups: unknown): asserts groups is number {
  checkCount(operation, "groups", groups);
  if (groups > channels) {
    throw new RangeError(
      `${operation}: ${channels} channels are fewer than groups ${groups}; pass { groups } of at most ${channels}`,
    );
  }
  if (channels % groups === 0) return;
  const near = divisors(channels).filter((d) => d <= groups).pop();
  throw new RangeError(
    `${operation}: ${channels} channels are not divisible by groups ${groups}; pass { groups: ${near} }, say`,
  );
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}

/** Refuses what is no tensor [N, C, H, W] of that many channels. */
export function checkImages(operation: string, x: unknown, channels?: number): asserts x is Tensor {
  checkTensor(operation, x);
  if (x.ndim !== 4) {
    const hint = x.ndim === 3 ? "; add the batch axis with ops.expandDims(x, 0)" : "";
    throw new TypeError(`${operation}: the input must be [N, C, H, W], got ${show(x.shape)}${hint}`);
  }
  if (channels !== undefined && x.shape[1] !== channels) {
    throw new TypeError(
      `${operation}: the input ${show(x.shape)} has ${x.shape[1]} channels, the layer takes ${channels}`,
    );
  }
}

/** Refuses an input that is no tensor, or is gone. */
export function checkTensor(operation: string, x: unknown): asserts x is Tensor {
  if (!isTensor(x)) throw new TypeError(`${operation}: the input must be a tensor, got ${describe(x)}`);
  if (!x.node) x.storage(operation, "the input");
}

/** A parameter by name, checked to be a tensor of the shape that the layer made. */
export function param(operation: string, params: object, name: string, shape: Shape): Tensor {
  const value = (params as Record<string, unknown> | null | undefined)?.[name];
  if (!isTensor(value)) {
    throw new TypeError(
      `${operation}: parameter ${name} must be a tensor of shape ${show(shape)}, got ${describe(value)}`,
    );
  }
  if (!sameShape(value.shape, shape)) {
    throw new TypeError(`${operation}: parameter ${name} must have shape ${show(shape)}, got ${show(value.shape)}`);
  }
  if (!value.node) value.storage(operation, `parameter ${name}`);
  return value;
}

/** Refuses what is no axis; whether an input has it, only its call can tell. */
export function checkAxis(operation: string, axis: unknown): void {
  if (Number.isSafeInteger(axis)) return;
  throw new TypeError(`${operation}: axis must be an integer, got ${describe(axis)}`);
}

/** Refuses a call of a stateful layer that does not say how. */
export function checkMode(operation: string, mode: unknown): asserts mode is Mode {
  if (typeof (mode as Mode | undefined)?.train === "boolean") return;
  throw new TypeError(
    `${operation}: a stateful layer is called as apply(params, state, x, { key, train }), train true or false`,
  );
}

/** Refuses what is no layer. */
export function checkLayer(operation: string, name: string, value: unknown): void {
  const { init, apply } = (value ?? {}) as Record<string, unknown>;
  if (typeof init === "function" && typeof apply === "function") return;
  const hint = typeof value === "function"
    ? `; call it (nn.${value.name || "relu"}()), or wrap a function of tensors in nn.lambda`
    : "";
  throw new TypeError(`${operation}: ${name} must be a layer { init, apply }, got ${describe(value)}${hint}`);
}
