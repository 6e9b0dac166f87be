/**
 * Timing: blocks of samples, warm-up until the time stands still, medians with quartiles.
 *
 * @module
 */

/** What is timed; a promise is awaited. */
export type Run = () => unknown;

/** Milliseconds of one call, by many samples. */
export interface Summary {
  readonly median: number;
  /** A quarter of the samples is below. */
  readonly low: number;
  /** A quarter of the samples is above. */
  readonly high: number;
  readonly samples: number;
}

/** A sample is at least so long, that the clock's grain does not show: short functions are called many times in one. */
const leastSample = 0.5;

/** Enough to know a quartile, and few enough to sort. */
const mostSamples = 500;

/** Milliseconds a call of `calls` calls in a row. */
async function timed(run: Run, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / calls;
}

/**
 * Samples of milliseconds a call, for about so long; after one call that does not count, because it finds the caches as
 * others left them. A call that takes longer than the whole block counts alone.
 */
export async function block(run: Run, milliseconds: number): Promise<number[]> {
  const first = await timed(run, 1);
  if (first > milliseconds) return [first];
  const calls = Math.max(1, Math.floor(leastSample / Math.max(first, 1e-4)));
  const end = performance.now() + milliseconds;
  const times: number[] = [];
  do times.push(await timed(run, calls)); while (performance.now() < end && times.length < mostSamples);
  return times;
}

/**
 * Calls a function until its time stands still: engines replace code by faster code in the background, call after call.
 *
 * @param least milliseconds that it takes in any case
 * @param most milliseconds after which it ends in any case
 */
export async function warmUp(run: Run, least: number, most: number): Promise<void> {
  const start = performance.now();
  const recent: number[] = [];
  for (;;) {
    recent.push(quantile(await block(run, least / 6), 0.5));
    const spent = performance.now() - start;
    const last = recent.slice(-3);
    const still = last.length === 3 && Math.max(...last) < 1.05 * Math.min(...last);
    if (spent >= most || (spent >= least && still)) return;
  }
}

/** The value below which a share of the values lies, interpolated. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** Median and quartiles. */
export function summarise(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    samples: values.length,
  };
}

/** One of those that are timed by turns. */
export interface Runner {
  /** Calls it until it is warm. */
  warm(): Promise<void>;
  /** A block of samples; none, if it has had enough. */
  block(): Promise<number[]>;
}

/**
 * Times several things by turns, so that other load slows all of them: in every round a block of each.
 *
 * @returns for each of them the samples of every round
 */
export async function byTurns(runners: readonly Runner[], rounds: number): Promise<number[][][]> {
  for (const runner of runners) await runner.warm();
  const times: number[][][] = runners.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, runner] of runners.entries()) times[i].push(await runner.block());
  }
  return times;
}

/** How one thing's time compares to another's, round by round: the median of the ratios, with quartiles. */
export function ratioOf(times: readonly number[][], others: readonly number[][]): Summary {
  const ratios = times.map((samples, round) => quantile(samples, 0.5) / quantile(others[round], 0.5));
  return summarise(ratios.filter(Number.isFinite)); // a round without samples has no ratio
}
