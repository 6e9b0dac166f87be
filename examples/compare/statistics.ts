/**
 * What can be said from a few seeds.
 *
 * @module
 */

/** Mean and standard deviation of a sample. */
export interface Spread {
  readonly mean: number;
  /** Of one value, unbiased; 0 for a single one. */
  readonly deviation: number;
}

/** An interval that holds the true mean in 95 of 100 such experiments. */
export interface Interval extends Spread {
  readonly low: number;
  readonly high: number;
}

/** 97.5 % quantiles of Student's t for 1, 2, … 30 degrees of freedom. */
const quantiles = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12],
  ...[2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
];

/** Mean and deviation. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** The interval of the mean of paired differences, by Student's t; without limits for a single pair. */
export function pairedInterval(ours: readonly number[], theirs: readonly number[]): Interval {
  const differences = ours.map((v, i) => v - theirs[i]);
  const { mean, deviation } = spreadOf(differences);
  const n = differences.length;
  const reach = n > 1 ? quantiles[Math.min(n - 1, quantiles.length) - 1] * deviation / Math.sqrt(n) : Infinity;
  return { mean, deviation, low: mean - reach, high: mean + reach };
}

/** What the data say about a claim. */
export type Verdict = "yes" | "no" | "not decided";

/** Whether something is above zero, as far as an interval tells. */
export const aboveZero = ({ low, high }: { readonly low: number; readonly high: number }): Verdict =>
  low > 0 ? "yes" : high < 0 ? "no" : "not decided";

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below] + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}
