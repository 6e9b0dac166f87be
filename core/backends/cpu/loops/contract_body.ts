/**
 * The straight code of some steps of a contraction's sum: which elements of the broadcast operand are read one by one and
 * which come as lanes of a vector.
 */

/** Distances of one step of the sum from where the body starts, in elements. */
export interface Step {
  readonly x: number;
  readonly y: number;
}

/** Where a broadcast value comes from: a vector's lane, or an element of its own (`window` undefined). */
export interface Source {
  readonly window: number | undefined;
  readonly lane: number;
}

/**
 * Plans to read the offsets of a sequence as lanes of vectors: neighbours in the sequence that fit in one vector share it.
 * A vector stays within `low` and `high`, outside of which there may be no memory.
 */
export function windowsOf(offsets: readonly number[], lanes: number, low: number, high: number): Source[] {
  const sources: Source[] = [];
  while (sources.length < offsets.length) {
    const first = sources.length;
    let min = offsets[first];
    let max = min;
    let end = first + 1;
    while (end < offsets.length) {
      const a = Math.min(min, offsets[end]);
      const b = Math.max(max, offsets[end]);
      if (b - a >= lanes) break;
      [min, max] = [a, b];
      end++;
    }
    const start = Math.min(min, high - lanes + 1);
    const shared = max > min && start >= low;
    for (let i = first; i < end; i++) {
      sources.push(shared ? { window: start, lane: offsets[i] - start } : { window: undefined, lane: 0 });
    }
  }
  return sources;
}

/** Whether two steps, or two cells of one, would read the same element: an optimiser would keep it, and spill. */
export function repeats(steps: readonly number[], cells: readonly number[]): boolean {
  const seen = new Set<number>();
  for (const step of steps) {
    for (const cell of cells) {
      if (seen.has(step + cell)) return true;
      seen.add(step + cell);
    }
  }
  return false;
}

/** The steps `times` times, moved along an axis. */
export function repeat(
  steps: readonly Step[],
  axis: { readonly x: number; readonly y: number },
  times: number,
): Step[] {
  return Array.from({ length: times }, (_, i) => steps.map((s) => ({ x: s.x + i * axis.x, y: s.y + i * axis.y })))
    .flat();
}

/** How often to unroll a loop of `size` turns, at most `limit` times: without a remainder if that costs less than half. */
export function unrolling(size: number, limit: number): number {
  for (let d = Math.min(size, limit); d > limit / 2; d--) if (size % d === 0) return d;
  return Math.max(1, Math.min(size, limit));
}
