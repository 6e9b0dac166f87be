/**
 * Sums of float32 numbers against exact ones.
 *
 * @module
 */
import { ops, type Tensor, tensor } from "../../mod.ts";
import { Dice, ulps } from "./ulp.ts";

/** The exact sum of float32 numbers, rounded once: mantissas are added up exponent by exponent, 2²⁹ of them without rounding. */
export function exactSum(x: Float32Array): number {
  const patterns = new Uint32Array(x.buffer, x.byteOffset, x.length);
  const sums = new Float64Array(256);
  for (let i = 0; i < patterns.length; i++) {
    const p = patterns[i], e = p >>> 23 & 255;
    const m = (p & 0x7fffff) + (e === 0 ? 0 : 0x800000);
    sums[e] += p >>> 31 ? -m : m;
  }
  let total = 0n; // in units of 2⁻¹⁴⁹
  sums.forEach((sum, e) => total += BigInt(sum) << BigInt(Math.max(e, 1) - 1));
  return Number(total) * 2 ** -149;
}

/** Σ xᵢyᵢ, whose rounding errors are added up too (Ogita, Rump and Oishi 2005): products of float32 are exact in float64. */
export function exactDot(x: Float32Array, y: Float32Array): number {
  let sum = 0, lost = 0;
  for (let i = 0; i < x.length; i++) {
    const product = x[i] * y[i], next = sum + product, part = next - sum;
    lost += (sum - (next - part)) + (product - part);
    sum = next;
  }
  return sum + lost;
}

/** Numbers to add up. */
export const inputs: Readonly<Record<string, (n: number) => Float32Array>> = {
  "uniform in [0, 1)": (n) => generate(n, (dice) => dice.next() / 2 ** 32),
  "all 0.1": (n) => new Float32Array(n).fill(0.1),
  "uniform in [-1, 1)": (n) => generate(n, (dice) => dice.next() / 2 ** 31 - 1),
  "sizes from 2⁻²⁰ to 2²⁰": (n) => generate(n, (dice) => dice.uniform(-1, 1) * 2 ** dice.uniform(-20, 20)),
  // The second half is the negative of the first, backwards, but for one small pair in eight: that is what remains.
  "cancelling": (n) => {
    const x = generate(n, (dice) => dice.uniform(-1, 1) * 2 ** dice.uniform(0, 20));
    for (let i = 0; i < n >> 1; i++) {
      if (i % 8 === 0) {
        x[i] *= 2 ** -20;
        x[n - 1 - i] *= 2 ** -20;
      } else x[n - 1 - i] = -x[i];
    }
    return x;
  },
};

function generate(n: number, f: (dice: Dice) => number): Float32Array {
  const dice = new Dice(n), x = new Float32Array(n);
  for (let i = 0; i < n; i++) x[i] = f(dice);
  return x;
}

/** One sum. */
export interface SumRow {
  readonly what: string;
  readonly numbers: string;
  readonly n: number;
  /** Σ|x| / |Σx|: how many times larger an error of the inputs is in the sum. */
  readonly condition: number;
  /** The error in ulp of the result. */
  readonly ulp: number;
  /** The error over 2⁻²⁴ Σ|x|: roundings, as many as there would be if each were of the largest possible sum. */
  readonly roundings: number;
}

const absolute = (x: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]);
  return sum;
};

/** The longest sums are of this kind alone: taking the columns of 10⁸ numbers apart takes too long. */
const row = "sum along a row";

/** How each of them adds up, of a row of numbers: a call, and the exact values. */
const ways: Readonly<Record<string, { f: (x: Tensor) => Tensor; exact: (x: Float32Array) => [number[], number[]] }>> = {
  [row]: { f: (x) => ops.sum(x), exact: (x) => [[exactSum(x)], [absolute(x)]] },
  "mean along a row": { f: (x) => ops.mean(x), exact: (x) => [[exactSum(x) / x.length], [absolute(x) / x.length]] },
  "sum over an outer axis": {
    f: (x) => ops.sum(ops.reshape(x, [-1, 8]), { axis: 0 }),
    exact: (x) => {
      const columns = Array.from({ length: 8 }, (_, k) => x.filter((_, i) => i % 8 === k));
      return [columns.map(exactSum), columns.map(absolute)];
    },
  },
  "dot product with itself, reversed": {
    f: (x) => ops.matmul(ops.reshape(x, [1, -1]), ops.reshape(ops.flip(x, 0), [-1, 1])),
    exact: (x) => {
      const y = x.slice().reverse();
      let size = 0;
      for (let i = 0; i < x.length; i++) size += Math.abs(x[i] * y[i]);
      return [[exactDot(x, y)], [size]];
    },
  },
};

/** All sums of n numbers on a device. */
export async function measureSums(
  device: string,
  n: number,
  kinds: readonly string[] = Object.keys(inputs),
): Promise<SumRow[]> {
  const rows: SumRow[] = [];
  for (const numbers of kinds) {
    const x = inputs[numbers](n);
    const t = tensor(x, { device });
    for (const [what, { f, exact }] of Object.entries(ways)) {
      if (n > 1e7 && what !== row) continue;
      const [sums, sizes] = exact(x);
      const out = await f(t).data();
      let worst: SumRow = { what, numbers, n, condition: 0, ulp: 0, roundings: 0 };
      sums.forEach((sum, i) => {
        const error = Math.abs(out[i] - sum);
        worst = {
          ...worst,
          condition: Math.max(worst.condition, sizes[i] / Math.abs(sum)),
          ulp: Math.max(worst.ulp, ulps(out[i], sum)),
          roundings: Math.max(worst.roundings, error / (2 ** -24 * sizes[i])),
        };
      });
      rows.push(worst);
    }
  }
  return rows;
}
