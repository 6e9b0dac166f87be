/** Finite differences that choose their step, measure their noise, and find kinks. */

/** A vector as a function of one number: results along a line through a point. */
export type Line = (t: number) => Float64Array;

/** How finely a function computes, and how steps are chosen. */
export interface Precision {
  readonly dtype: "float64" | "float32";
  /** Half the distance of 1 and the next number. */
  readonly unit: number;
  /** Steps to try, as parts of the largest. */
  readonly factors: readonly number[];
  /** Whether the noise of the values is measured; where digits abound, their rounding is enough. */
  readonly noisy: boolean;
}

/** Double precision: small steps, rounding known. */
export const double: Precision = {
  dtype: "float64",
  unit: 1.1102230246251565e-16, // 2⁻⁵³; a bundler takes ** for an effect
  factors: [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5],
  noisy: false,
};

/** Single precision: large steps, noise measured. */
export const single: Precision = {
  dtype: "float32",
  unit: 5.9604644775390625e-8,
  factors: [1, 0.25, 0.0625, 0.015625],
  noisy: true,
};

/** Slopes of the components of a line at 0. */
export interface Slopes {
  readonly slope: Float64Array;
  /** What rounding and, in single precision, curvature may have added to each. */
  readonly noise: Float64Array;
  /** The component that is least smooth at the largest step; −1 if all are smooth there. */
  readonly rough: number;
}

/**
 * Slopes at 0 of the components of a function: central differences with step h and h / 2, extrapolated to 0 (Richardson). Each
 * component takes the step at which these two differ least, so that neither a kink nearby nor a fast change nor rounding spoils it.
 */
export function slopesOf(line: Line, step: number, rtol: number, atol: number, precision: Precision): Slopes {
  let slope = new Float64Array(0), noise = new Float64Array(0), doubt = new Float64Array(0);
  let floor: Float64Array | undefined;
  let rough = -1;
  for (const factor of precision.factors) {
    const h = step * factor;
    const [a, b, c, d] = [line(-h), line(-h / 2), line(h / 2), line(h)];
    if (factor === 1) {
      slope = new Float64Array(a.length).fill(NaN);
      noise = new Float64Array(a.length).fill(Infinity);
      doubt = new Float64Array(a.length).fill(Infinity);
      if (precision.noisy) {
        // Two distances, neither a round part of the other: values of few digits may follow one of them by chance.
        const other = noiseOf(line, h / 19.3);
        floor = noiseOf(line, h / 5.9).map((noise, j) => Math.max(noise, other[j]));
      }
    }
    let settled = true, roughest = 0;
    for (let j = 0; j < a.length; j++) {
      const coarse = (d[j] - a[j]) / (2 * h), fine = (c[j] - b[j]) / h;
      const largest = Math.max(Math.abs(c[j]), Math.abs(b[j]));
      const rounding = (floor ? 8 * Math.max(floor[j], precision.unit * largest) : 128 * precision.unit * largest) / h;
      const uncertain = Math.abs(fine - coarse) + rounding;
      if (uncertain < doubt[j]) {
        slope[j] = fine + (fine - coarse) / 3;
        noise[j] = rounding + (floor ? Math.abs(fine - coarse) / 3 : 0);
        doubt[j] = uncertain;
      }
      if (!(doubt[j] <= 0.05 * (atol + rtol * Math.abs(slope[j])))) settled = false;
      const bend = Math.abs(fine - coarse) / (rounding + 1e-6 * (Math.abs(fine) + Math.abs(coarse)) + 1e-12);
      if (factor === 1 && !(bend <= Math.max(1, roughest))) [rough, roughest] = [j, bend];
    }
    if (settled) break;
  }
  return { slope, noise, rough };
}

/**
 * The noise in the values of each component, from a table of differences at seven equidistant points, whose high orders a smooth
 * function leaves at zero. Moré, Wild: "Estimating Computational Noise", SIAM J. Sci. Comput. 33 (2011).
 */
export function noiseOf(line: Line, distance: number): Float64Array {
  const points = [-3, -2, -1, 0, 1, 2, 3].map((k) => line(k * distance));
  return points[0].map((_, j) => {
    let row = points.map((values) => values[j]);
    let factor = 1, most = 0;
    for (let k = 1; k <= 6; k++) {
      row = row.slice(1).map((value, i) => value - row[i]);
      factor *= k / (2 * (2 * k - 1)); // (k!)² / (2k)!
      if (k >= 4) most = Math.max(most, Math.sqrt(factor * row.reduce((sum, v) => sum + v * v, 0) / row.length));
    }
    return most;
  });
}

/** One-sided slopes around a place on a line where they differ. */
export interface Kink {
  readonly kind: "kink" | "jump" | "edge";
  readonly below: number;
  readonly above: number;
}

/** What one-sided differences at a place on a line tell; undefined where the function is smooth. */
export function kinkAt(line: Line, j: number, place: number, h: number, unit: number): Kink | undefined {
  const middle = line(place)[j];
  const sides = (h: number): [below: number, above: number] => [
    (middle - line(place - h)[j]) / h,
    (line(place + h)[j] - middle) / h,
  ];
  const wide = sides(h), near = sides(h / 4);
  const [below, above] = near;
  if (![...wide, ...near].every(Number.isFinite)) return { kind: "edge", below, above };
  const gap = Math.abs(above - below);
  const rounding = 128 * unit * Math.abs(middle) / h;
  const steepest = Math.max(...near.map(Math.abs));
  const jump = [0, 1].some((side) => {
    const slope = Math.abs(near[side]);
    return slope > 2 * Math.abs(wide[side]) + rounding && slope > 0.5 * steepest;
  });
  if (jump) return { kind: "jump", below, above };
  // The gap of a smooth function falls with the step.
  const kink = gap >= 0.6 * Math.abs(wide[1] - wide[0]) && gap > rounding + 1e-3 * steepest;
  return kink ? { kind: "kink", below, above } : undefined;
}

/** What is wrong with a line at its middle, for the message about a derivative; empty if it is smooth. */
export function kinkText(line: Line, j: number, step: number, unit: number): string {
  const h = step / 100;
  const found = kinkAt(line, j, 0, h, unit);
  if (!found) return "";
  if (found.kind === "edge") {
    return "; the function is not finite on both sides of this point, where it has no derivative";
  }
  return `; one-sided differences ${found.kind === "jump" ? "grow as the step falls" : "disagree"} (${
    short(found.below)
  } below, ${short(found.above)} above): the function has a ${found.kind} at this point or ` +
    `within ${short(h)} of it, where finite differences mean nothing: choose other arguments`;
}

/** Where within ±step of the middle a component has a kink or a jump, if it has one. */
export function findKink(line: Line, j: number, step: number, unit: number): { at: number; kind: string } | undefined {
  const value = (t: number): number => line(t)[j];
  let width = step / 2; // of a quarter
  let points = [-2, -1, 0, 1, 2].map((k) => [k * width, value(k * width)] as const);
  for (let i = 0; i < 32; i++) {
    // Three halves that overlap: a kink is well inside one of them.
    const bends = [0, 1, 2].map((k) => Math.abs(points[k][1] - 2 * points[k + 1][1] + points[k + 2][1]));
    const most = Math.max(...bends);
    if (!Number.isFinite(most) || most <= 256 * unit * Math.abs(points[2][1])) break;
    const [a, b, c] = points.slice(bends.indexOf(most));
    width /= 2;
    points = [a, b, c].flatMap((p, k) => k === 2 ? [p] : [p, [p[0] + width, value(p[0] + width)] as const]);
  }
  const [from, to] = [points[0][0], points[4][0]];
  const at = (from + to) / 2;
  const h = Math.max(4 * (to - from), step / 256);
  const found = kinkAt(line, j, at, h, unit);
  return found && found.kind !== "edge" ? { at, kind: found.kind } : undefined;
}

/** A number in seven digits. */
export const short = (value: number): string => String(Number(value.toPrecision(7)));
