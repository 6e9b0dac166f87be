/**
 * Damaging files on purpose, the same way each time.
 *
 * @module
 */

import { AssertionError } from "@std/assert";

/** Numbers in [0, n) that look random. */
export function dice(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    // Mulberry32.
    state = (state + 0x6D2B79F5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * n);
  };
}

/** A copy of `bytes` with some damage: changed, swapped, lost, repeated or inserted bytes, mostly near the beginning. */
export function mutated(bytes: Uint8Array, roll: (n: number) => number): Uint8Array {
  let result = Array.from(bytes);
  for (let times = 1 + roll(3); times > 0; times--) {
    const at = roll(roll(2) ? result.length : Math.min(result.length, 200));
    switch (roll(7)) {
      case 0:
        result[at] = roll(256);
        break;
      case 1:
        result[at] ^= 1 << roll(8);
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3:
        result.splice(at, 1 + roll(8));
        break;
      case 4:
        result.splice(at, 0, ...result.slice(at, at + 1 + roll(40)));
        break;
      case 5:
        result.splice(
          at,
          0,
          ...Array.from("0123456789{}[],:\"'_()-eTF \\", (c) => c.charCodeAt(0)).slice(roll(27)).slice(0, 1 + roll(3)),
        );
        break;
      case 6: {
        // Another digit: sizes and offsets that look right.
        const digits = result.flatMap((byte, i) => byte >= 48 && byte <= 57 ? [i] : []);
        if (digits.length > 0) result[digits[roll(digits.length)]] = 48 + roll(10);
      }
    }
    if (result.length === 0) break;
  }
  return Uint8Array.from(result);
}

/** Runs `decode` on damaged copies: it must succeed, or throw a TypeError or RangeError that begins with `prefix`. */
export function assertSurvives(
  bytes: Uint8Array,
  times: number,
  prefix: string,
  decode: (bytes: Uint8Array) => void,
): void {
  const roll = dice(20);
  for (let i = 0; i < times; i++) {
    const damaged = mutated(bytes, roll);
    try {
      decode(damaged);
    } catch (error) {
      const clear = (error instanceof TypeError || error instanceof RangeError) && error.message.startsWith(prefix);
      if (clear) continue;
      throw new AssertionError(
        `mutation ${i} fails obscurely: ${error}\n${new TextDecoder("latin1").decode(damaged)}`,
        { cause: error },
      );
    }
  }
}
