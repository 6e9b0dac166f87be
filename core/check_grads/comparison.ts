/** Derivatives along directions beside finite differences, and whose fault a difference is. */
import type { GradMode } from "../check_grads.ts";
import { findKink, kinkText, type Line, type Precision, slopesOf } from "./differences.ts";
import type { Recorder } from "./report.ts";
import { placeText, type Subject } from "./subject.ts";

/** Numbers in ±[0.5, 1] that look random and are the same each time. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    const unit = ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    return unit < 0.5 ? unit - 1 : unit;
  };
}

/** How derivatives are compared. */
export interface Manner {
  readonly eps: number;
  readonly rtol: number;
  readonly atol: number;
  readonly modes: readonly GradMode[];
  readonly precision: Precision;
  /** Leaves up to this size are checked element by element, others along random directions. */
  readonly limit: number;
  /** Random directions of each larger leaf. */
  readonly directions: number;
  /** Directions move all leaves together. */
  readonly together: boolean;
}

/** A slope along a direction, by a mode and by differences. */
interface Slope {
  readonly mode: GradMode;
  readonly given: number;
  readonly expected: number;
  readonly noise: number;
  /** The result whose slope it is; -1: a random projection of all. */
  readonly result: number;
  readonly line: Line;
}

interface Measured {
  readonly slope: Float64Array;
  readonly results: readonly Slope[];
  readonly step: number;
  /** A result that is not smooth within the largest step. */
  readonly rough: number;
}

type Compared = Pick<Slope, "given" | "expected" | "noise">;

const allowance = ({ given, expected, noise }: Compared, { rtol, atol }: Manner): number =>
  atol + noise + rtol * Math.max(Math.abs(given), Math.abs(expected));

const apart = (slope: Compared, manner: Manner): boolean =>
  !(Math.abs(slope.given - slope.expected) <= allowance(slope, manner));

const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Compares both modes of a subject with differences along a direction; gives what is wrong, or nothing. */
class Comparison {
  private readonly y: Float64Array;
  private readonly v: Float64Array;
  private readonly gradient: Float64Array | undefined;

  constructor(
    private readonly subject: Subject,
    private readonly manner: Manner,
    private readonly order: number,
    private readonly recorder: Recorder,
    random: () => number,
  ) {
    const { modes } = manner;
    this.y = subject.value(subject.x);
    if (subject.outputs.length === 0) {
      throw new TypeError("checkGrads: the function gives no floating tensor to differentiate");
    }
    this.y.forEach((value, j) => {
      if (!Number.isFinite(value)) {
        throw new Error(
          `checkGrads: ${
            placeText(subject.outputs, j)
          } is ${value} at these arguments: choose others, or ask debugNans ` +
            `for the operation that made it`,
        );
      }
    });
    this.v = Float64Array.from(this.y, random);
    if (modes.includes("reverse")) {
      const [y, gradient] = subject.reverse(subject.x, this.v);
      this.same(y, "reverse");
      this.gradient = gradient;
    }
  }

  private same(y: Float64Array, mode: GradMode): void {
    y.forEach((value, j) => {
      if (!apart({ given: value, expected: this.y[j], noise: 0 }, this.manner)) return;
      throw new Error(
        `checkGrads: ${mode} mode gives the value ${value}, a plain call ${
          this.y[j]
        }: does the function depend on more than its arguments?`,
      );
    });
  }

  private lineAlong(d: Float64Array): Line {
    const { subject } = this;
    return (t) => {
      this.recorder.calls++;
      return subject.value(subject.x.map((x, i) => x + t * d[i]));
    };
  }

  /** The step for a direction: no element moves by more than eps of its size, or of 1. */
  private stepFor(d: Float64Array): number {
    let step = Infinity;
    d.forEach((value, i) => {
      if (value !== 0) step = Math.min(step, Math.max(1, Math.abs(this.subject.x[i])) / Math.abs(value));
    });
    return this.manner.eps * step;
  }

  /** Slopes along a direction by each mode and by differences. */
  private measure(d: Float64Array): Measured {
    const line = this.lineAlong(d);
    const step = this.stepFor(d);
    const { rtol, atol, precision } = this.manner;
    const { slope, noise, rough } = slopesOf(line, step, rtol, atol, precision);
    const [y, tangent] = this.manner.modes.includes("forward") ? this.subject.forward(this.subject.x, d) : [];
    if (y) this.same(y, "forward");
    const results: Slope[] = [];
    tangent?.forEach((given, j) =>
      results.push({ mode: "forward", given, expected: slope[j], noise: noise[j], result: j, line })
    );
    if (this.gradient) {
      const weighted: Line = (t) => Float64Array.of(product(this.v, line(t)));
      const rounding = this.v.reduce((sum, v, j) => sum + Math.abs(v) * noise[j], 0);
      results.push({
        mode: "reverse",
        given: product(this.gradient, d),
        expected: product(this.v, slope),
        noise: rounding,
        result: -1,
        line: weighted,
      });
    }
    return { slope, results, step, rough };
  }

  /** Checks along a direction, given with the elements that move. */
  along(elements: readonly number[], d: Float64Array, by: string): void {
    const whole = this.measure(d);
    this.note(elements, d, by, whole);
    const k = whole.results.findIndex((r) => apart(r, this.manner));
    if (k < 0) return;
    // Which element is to blame: halve the direction, and go on with the half that is further off.
    let [moving, direction, measured] = [elements, d, whole];
    while (moving.length > 1) {
      const halves = [moving.slice(0, moving.length >> 1), moving.slice(moving.length >> 1)].map((part) => {
        const along = new Float64Array(d.length);
        for (const i of part) along[i] = direction[i];
        return [part, along, this.measure(along)] as const;
      });
      const off = halves.map(([, , { results }]) => Math.abs(results[k].given - results[k].expected));
      [moving, direction, measured] = off[1] > off[0] ? halves[1] : halves[0];
    }
    if (elements.length > 1) {
      direction = new Float64Array(d.length).fill(1, moving[0], moving[0] + 1);
      measured = this.measure(direction);
    }
    if (apart(measured.results[k], this.manner)) this.fail(moving, measured, k);
    else this.fail(elements, whole, k);
  }

  /** Writes the results into the report, and a kink nearby. */
  private note(elements: readonly number[], d: Float64Array, by: string, { results, rough, step }: Measured): void {
    const along = elements.length === 1 ? "elements" : "directions";
    for (const mode of this.manner.modes) {
      const mine = results.filter((r) => r.mode === mode).map((r) => ({
        ...{ order: this.order, of: this.subject.title, mode, by, along, count: 0 } as const,
        ...{ given: r.given, expected: r.expected, noise: r.noise },
        ...{ error: Math.abs(r.given - r.expected), allowed: allowance(r, this.manner) },
      }));
      mine.forEach((row, i) => this.recorder.add(i === 0 ? { ...row, count: 1 } : row));
    }
    if (rough < 0 || this.order > 1) return;
    const found = findKink(this.lineAlong(d), rough, step, this.manner.precision.unit);
    if (!found) return;
    const reach = Math.max(1e-12, Math.abs(found.at) * d.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
    const place = elements.length === 1
      ? `along ${placeText(this.subject.inputs, elements[0])}`
      : `along a random direction of ${by}`;
    this.recorder.kink(
      `${placeText(this.subject.outputs, rough)} has a ${found.kind} within ${
        Number(reach.toPrecision(2))
      } of this point ${place}: the derivative holds on this side of it`,
    );
  }

  private fail(elements: readonly number[], measured: Measured, k: number): void {
    const { subject } = this;
    const { step, results } = measured;
    const { mode, given, expected, result, line } = elements.length === 1
      ? this.blame(elements[0], measured, results[k])
      : results[k];
    const where = elements.length === 1
      ? placeText(subject.inputs, elements[0])
      : `${
        this.manner.together ? "all arguments" : subject.inputs.find((p) => elements[0] < p.start + p.size)!.path
      }, a random direction`;
    const what = result < 0 ? subject.title : placeText(subject.outputs, result);
    this.recorder.fail(
      `checkGrads: wrong derivative${
        what && ` of ${what}`
      } by ${where}: ${mode} mode gives ${given}, finite differences give ${expected}` +
        (Number.isFinite(given)
          ? kinkText(line, Math.max(0, result), step, this.manner.precision.unit)
          : this.kinkAnywhere(result, step)),
    );
  }

  /** Which result's derivative by an element is wrong, where a projection of all is: halves the projection. */
  private blame(element: number, { slope }: Measured, found: Slope): Slope {
    if (found.mode === "forward") return found;
    const given = (v: Float64Array): number => this.subject.reverse(this.subject.x, v)[1][element];
    let [from, to] = [0, this.v.length];
    const part = (start: number, end: number): Float64Array =>
      this.v.map((value, j) => j >= start && j < end ? value : 0);
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      const off = [part(from, middle), part(middle, to)].map((v) => Math.abs(given(v) - product(v, slope)));
      if (off[1] > off[0]) from = middle;
      else to = middle;
    }
    const single = {
      ...found,
      given: given(this.v.map((_, j) => j === from ? 1 : 0)),
      expected: slope[from],
      result: from,
    };
    return apart(single, this.manner)
      ? { ...single, line: this.lineAlong(this.subject.x.map((_, i) => i === element ? 1 : 0)) }
      : found;
  }

  /** A derivative that is no number may come of another element: 0 · ∞. */
  private kinkAnywhere(result: number, step: number): string {
    const line = this.lineAlong(new Float64Array(this.subject.x.length).fill(1));
    return kinkText(
      result < 0 ? (t) => Float64Array.of(product(this.v, line(t))) : line,
      Math.max(0, result),
      step,
      this.manner.precision.unit,
    );
  }
}

/** Compares the derivatives of a subject with differences. */
export function compare(
  subject: Subject,
  manner: Manner,
  order: number,
  recorder: Recorder,
  random: () => number,
): void {
  const comparison = new Comparison(subject, manner, order, recorder, random);
  const n = subject.x.length;
  const along = (elements: readonly number[], by: string): void => {
    for (let k = 0; k < manner.directions; k++) {
      const d = new Float64Array(n);
      for (const i of elements) d[i] = random() * Math.max(1, Math.abs(subject.x[i]));
      comparison.along(elements, d, by);
    }
  };
  if (manner.together) return n > 0 ? along(Array.from({ length: n }, (_, i) => i), "all arguments") : undefined;
  for (const { start, size, path } of subject.inputs) {
    const elements = Array.from({ length: size }, (_, i) => start + i);
    if (size > manner.limit) along(elements, path);
    else for (const i of elements) comparison.along([i], new Float64Array(n).fill(1, i, i + 1), path);
  }
}
