/** Checks of what the transformations are given. */
import { describe } from "../core/errors.ts";
import { isTensor } from "../core/tensor.ts";

/** The limits of a number: `min` belongs to the range, `below` does not. */
export interface Limits {
  readonly min?: number;
  readonly above?: number;
  readonly below?: number;
  readonly integer?: boolean;
}

/** Refuses what is no finite number within the limits. */
export function checkNumber(
  operation: string,
  name: string,
  value: unknown,
  limits: Limits = {},
): asserts value is number {
  if (typeof value !== "number") {
    throw new TypeError(
      `${operation}: ${name} ${value === undefined ? "is missing" : `must be a number, got ${describe(value)}`}`,
    );
  }
  const { min = -Infinity, above = -Infinity, below = Infinity, integer = false } = limits;
  if (
    Number.isFinite(value) && value >= min && value > above && value < below &&
    (!integer || Number.isSafeInteger(value))
  ) return;
  const bounds = [
    ...(min > -Infinity ? [`at least ${min}`] : []),
    ...(above > -Infinity ? [`above ${above}`] : []),
    ...(below < Infinity ? [`below ${below}`] : []),
  ];
  const kind = integer ? "an integer" : "a finite number";
  throw new RangeError(
    `${operation}: ${name} must be ${
      [kind, ...(bounds.length > 0 ? [bounds.join(" and ")] : [])].join(", ")
    }, got ${value}`,
  );
}

/** Refuses what is no learning rate: a number, a scalar tensor or a schedule. */
export function checkRate(operation: string, value: unknown): void {
  if (typeof value === "function") return;
  if (isTensor(value)) {
    if (value.ndim === 0) return;
    throw new TypeError(`${operation}: learningRate must be a scalar, got a tensor of ${value.ndim} dimensions`);
  }
  if (value !== undefined && typeof value !== "number") {
    throw new TypeError(
      `${operation}: learningRate must be a number, a scalar tensor or a schedule, got ${describe(value)}`,
    );
  }
  checkNumber(operation, "learningRate", value, { min: 0 });
}

/** Refuses what is no gradient transformation. */
export function checkTransformation(operation: string, name: string, value: unknown): void {
  const { init, update } = (value ?? {}) as Record<string, unknown>;
  if (typeof init === "function" && typeof update === "function") return;
  throw new TypeError(
    `${operation}: ${name} must be a gradient transformation { init, update }, got ${describe(value)}`,
  );
}
