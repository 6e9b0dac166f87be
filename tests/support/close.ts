/**
 * Comparing floating-point results.
 *
 * @module
 */

import { AssertionError } from "@std/assert";

/** Numbers to compare: a number, or numbers in typed or nested arrays. */
export type Numbers = number | boolean | bigint | ArrayLike<number> | ArrayLike<bigint> | readonly Numbers[];

/** How far apart two numbers may be: `|actual - expected| <= atol + rtol · |expected|`. */
export interface Tolerance {
  /** Relative to the expected value; default 1e-6. */
  rtol?: number;
  /** Absolute; default 1e-8. */
  atol?: number;
  /** Said first if the comparison fails. */
  message?: string;
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const lengthOf = (value: unknown) => isList(value) ? `${value.length} elements` : "a number";

/**
 * Fails unless both sides have the same nesting and every number is close to its counterpart. NaN equals NaN only,
 * an infinity equals itself only. The message names the worst place, both values and how many differ.
 * A typed array may stand for a plain one.
 */
export function assertClose(actual: Numbers, expected: Numbers, tolerance: Tolerance = {}): void {
  const { rtol = 1e-6, atol = 1e-8, message } = tolerance;
  const heading = message ? `${message}: ` : "";
  let [count, wrong, worst] = [0, 0, -1];
  let worstText = "";

  const path: number[] = [];
  const placeOf = () => path.length > 0 ? ` at [${path.join(", ")}]` : "";

  const compare = (a: unknown, b: unknown): void => {
    if (isList(a) !== isList(b) || (isList(a) && isList(b) && a.length !== b.length)) {
      throw new AssertionError(`${heading}expected ${lengthOf(b)}${placeOf()}, got ${lengthOf(a)}`);
    }
    if (isList(a) && isList(b)) {
      for (let i = 0; i < a.length; i++) {
        path.push(i);
        compare(a[i], b[i]);
        path.pop();
      }
      return;
    }
    count++;
    const [x, y] = [Number(a), Number(b)];
    if (Object.is(x, y) || x === y) return;
    const limit = atol + rtol * Math.abs(y);
    const distance = Math.abs(x - y);
    if (Number.isFinite(y) && distance <= limit) return;
    wrong++;
    const excess = Number.isFinite(distance) ? distance / limit : Infinity;
    if (excess <= worst) return;
    worst = excess;
    worstText = `expected ${y}${placeOf()}, got ${x}, which differ by ${distance} (allowed: ${limit})`;
  };

  compare(actual, expected);
  if (wrong > 0) throw new AssertionError(`${heading}${wrong} of ${count} numbers differ; worst: ${worstText}`);
}
