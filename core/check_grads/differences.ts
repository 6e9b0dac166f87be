/** Finite differences that choose their step, and what they tell of kinks. */

const stepFactors = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5]; // of the largest step

/** A vector as a function of one number: results along a line through a point. */
export type Line = (t: number) => Float64Array;

/** Slopes of the components of a line at 0. */
export interface Slopes {
  readonly slope: Float64Array;
  /** What rounding may have added to each. */
  readonly noise: Float64Array;
}

/**
 * Slopes at 0 of the components of a function: central differences with step h and h / 2, extrapolated to 0 (Richardson). Each
 * component takes the step at which these two differ least, so that neither a kink nearby nor a fast change nor rounding spoils it.
 */
export function slopesOf(line: Line, step: number, rtol: number, atol: number): Slopes {
  let slope = new Float64Array(0), noise = new Float64Array(0), doubt = new Float64Array(0);
  for (const factor of stepFactors) {
    const h = step * factor;
    const [a, b, c, d] = [line(-h), line(-h / 2), line(h / 2), line(h)];
    if (factor === 1) {
      slope = new Float64Array(a.length).fill(NaN);
      noise = new Float64Array(a.length).fill(Infinity);
      doubt = new Float64Array(a.length).fill(Infinity);
    }
    let settled = true;
    for (let j = 0; j < a.length; j++) {
      const coarse = (d[j] - a[j]) / (2 * h), fine = (c[j] - b[j]) / h;
      const rounding = 64 * Number.EPSILON * Math.max(Math.abs(c[j]), Math.abs(b[j])) / h;
      const uncertain = Math.abs(fine - coarse) + rounding;
      if (uncertain < doubt[j]) {
        slope[j] = fine + (fine - coarse) / 3;
        noise[j] = rounding;
        doubt[j] = uncertain;
      }
      if (!(doubt[j] <= 0.05 * (atol + rtol * Math.abs(slope[j])))) settled = false;
    }
    if (settled) break;
  }
  return { slope, noise };
}

/** What one-sided differences tell of a kink or a jump at the middle of a line; empty if there is none. */
export function kinkText(line: Line, j: number, step: number): string {
  const middle = line(0)[j];
  const sides = (h: number): [below: number, above: number] => [(middle - line(-h)[j]) / h, (line(h)[j] - middle) / h];
  const h = step / 100;
  const wide = sides(h), near = sides(h / 4);
  if (![...wide, ...near].every(Number.isFinite)) {
    return "; the function is not finite on both sides of this point, where it has no derivative";
  }
  const gap = Math.abs(near[1] - near[0]);
  const rounding = 64 * Number.EPSILON * Math.abs(middle) / h;
  const steepest = Math.max(...near.map(Math.abs));
  // The gap of a smooth function falls with the step; the slopes at a jump grow as it falls.
  const kink = gap >= 0.6 * Math.abs(wide[1] - wide[0]) && gap > rounding + 1e-3 * steepest;
  const jump = [0, 1].some((side) => {
    const slope = Math.abs(near[side]);
    return slope > 2 * Math.abs(wide[side]) + rounding && slope > 0.5 * steepest;
  });
  if (!kink && !jump) return "";
  const what = jump ? "jump" : "kink";
  return `; one-sided differences ${jump ? "grow as the step falls" : "disagree"} (${short(near[0])} below, ${
    short(near[1])
  } above): the function has a ${what} at this point or ` +
    `within ${short(h)} of it, where finite differences mean nothing: choose other arguments`;
}

const short = (value: number): string => String(Number(value.toPrecision(7)));
