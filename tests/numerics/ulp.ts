/**
 * Distances of float32 numbers in units in the last place, and float32 numbers to try.
 *
 * @module
 */

const bits = new DataView(new ArrayBuffer(4));

/** The float32 of a pattern of 32 bits. */
export function fromBits(pattern: number): number {
  bits.setUint32(0, pattern);
  return bits.getFloat32(0);
}

/** The distance of the float32 numbers around x. */
function unit(x: number): number {
  bits.setFloat32(0, Math.abs(x));
  const exponent = Math.max(bits.getUint32(0) >>> 23, 1);
  return 2 ** (exponent - 150);
}

/** The distance of a float32 from an exact value, in units of the float32 nearest to that, or of `floor` where that is larger. */
export function ulps(actual: number, exact: number, floor = 0): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded)) {
    if (actual === exact || !Number.isFinite(rounded)) return 0;
    return Math.abs(actual - exact) / unit(Math.max(Math.abs(rounded), floor));
  }
  if (Number.isNaN(actual) || Number.isNaN(exact)) return Number.isNaN(actual) && Number.isNaN(exact) ? 0 : Infinity;
  if (actual === 0 && rounded === 0) return Infinity; // the wrong sign
  if (actual === Infinity || actual === -Infinity) actual = Math.sign(actual) * 2 ** 128;
  if (exact === Infinity || exact === -Infinity || !Number.isFinite(rounded)) {
    exact = Math.sign(exact) * Math.min(Math.abs(exact), 2 ** 128);
  }
  return Math.abs(actual - exact) / unit(Number.isFinite(rounded) ? Math.max(Math.abs(rounded), floor) : 2 ** 127);
}

/** Numbers of 32 bits that look random, the same each time. */
export class Dice {
  constructor(private state = 1) {}

  /** A number of 32 bits. */
  next(): number {
    this.state = Math.imul(this.state, 1664525) + 1013904223 | 0;
    return Math.imul(this.state ^ this.state >>> 16, 0x45d9f3b) >>> 0;
  }

  /** A number between two bounds. */
  uniform(low: number, high: number): number {
    return low + (high - low) * (this.next() / 2 ** 32);
  }
}

/** Pairs that matter to a function of two numbers: any two, of like size, of any size, whole ones; powers in the range of float32. */
export function pair(name: string, dice: Dice): [number, number] {
  switch (dice.next() % 4) {
    case 0:
      return [fromBits(dice.next()), fromBits(dice.next())];
    case 1: {
      if (name !== "pow") return [dice.uniform(-10, 10), dice.uniform(-10, 10)];
      // Exponents that bring the power anywhere in the range.
      const x = Math.fround(Math.exp(dice.uniform(-20, 20)));
      return [x, dice.uniform(-105, 89) / Math.log(x)];
    }
    case 2: {
      if (name !== "pow") {
        return [dice.uniform(-1, 1) * 2 ** dice.uniform(-30, 30), dice.uniform(-1, 1) * 2 ** dice.uniform(-30, 30)];
      }
      const x = 1 + dice.uniform(-0.3, 0.5) * 2 ** -(dice.next() % 20);
      return [x, dice.uniform(-105, 89) / Math.log(x)];
    }
    default:
      return name === "pow"
        ? [dice.uniform(-30, 30), Math.round(dice.uniform(-25, 25))]
        : [Math.round(dice.uniform(-2000, 2000)), Math.round(dice.uniform(-50, 50))];
  }
}
