/**
 * Comparing numbers to the bit.
 *
 * @module
 */
import { AssertionError } from "@std/assert";

const text = (value: number): string => Object.is(value, -0) ? "-0" : String(value);

/** Fails unless every number is its counterpart, the sign of a zero included; NaN equals NaN, whatever its payload. */
export function assertSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, message: string): void {
  if (actual.length !== expected.length) {
    throw new AssertionError(`${message}: got ${actual.length} numbers, expected ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    throw new AssertionError(`${message}: element ${i} is ${text(actual[i])}, expected ${text(expected[i])}`);
  }
}
