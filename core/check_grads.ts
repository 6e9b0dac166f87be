/** Derivatives against finite differences, in float64. */
import { kinkText, type Line, slopesOf } from "./check_grads/differences.ts";
import { type Anything, placeText, Subject } from "./check_grads/subject.ts";
import { checkOptions, describe } from "./errors.ts";

/** A direction of differentiation: `reverse` is vjp (and grad), `forward` is jvp. */
export type GradMode = "reverse" | "forward";

/** Options of `checkGrads`. */
export interface CheckGradsOptions {
  /** 1 checks first derivatives; 2 (the default is 1) second ones too, as derivatives of the first ones. */
  readonly order?: 1 | 2;
  /** Which modes to check; default both. A function with a custom reverse rule has no forward one: `["reverse"]`. */
  readonly modes?: readonly GradMode[];
  /** The largest step, for values up to 1 (it grows with them); smaller ones are tried where this one is too coarse. Default 1e-4. */
  readonly eps?: number;
  /** How far apart the two may be, relative to the larger; default 1e-6. */
  readonly rtol?: number;
  /** How far apart the two may be in any case; default 1e-8. */
  readonly atol?: number;
}

const elementLimit = 48; // leaves up to this size are checked element by element, others along random directions
const directionCount = 2; // of each larger leaf

/** Numbers in ±[0.5, 1] that look random and are the same each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    const unit = ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    return unit < 0.5 ? unit - 1 : unit;
  };
}

interface Tolerance {
  readonly eps: number;
  readonly rtol: number;
  readonly atol: number;
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
}

const apart = (
  { given, expected, noise }: Pick<Slope, "given" | "expected" | "noise">,
  { rtol, atol }: Tolerance,
): boolean => !(Math.abs(given - expected) <= atol + noise + rtol * Math.max(Math.abs(given), Math.abs(expected)));

const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Compares both modes of a subject with differences along a direction; gives what is wrong, or nothing. */
class Comparison {
  private readonly y: Float64Array;
  private readonly v: Float64Array;
  private readonly gradient: Float64Array | undefined;

  constructor(
    private readonly subject: Subject,
    private readonly modes: readonly GradMode[],
    private readonly tolerance: Tolerance,
    random: () => number,
  ) {
    this.y = subject.value(subject.x);
    if (subject.outputs.length === 0) {
      throw new TypeError("checkGrads: the function gives no floating tensor to differentiate");
    }
    this.y.forEach((value, j) => {
      if (!Number.isFinite(value)) {
        throw new Error(`checkGrads: ${placeText(subject.outputs, j)} is ${value} at these arguments: choose others`);
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
      if (!apart({ given: value, expected: this.y[j], noise: 0 }, this.tolerance)) return;
      throw new Error(
        `checkGrads: ${mode} mode gives the value ${value}, a plain call ${
          this.y[j]
        }: does the function depend on more than its arguments?`,
      );
    });
  }

  private lineAlong(d: Float64Array): Line {
    const { subject } = this;
    return (t) => subject.value(subject.x.map((x, i) => x + t * d[i]));
  }

  /** The step for a direction: no element moves by more than eps of its size, or of 1. */
  private stepFor(d: Float64Array): number {
    let step = Infinity;
    d.forEach((value, i) => {
      if (value !== 0) step = Math.min(step, Math.max(1, Math.abs(this.subject.x[i])) / Math.abs(value));
    });
    return this.tolerance.eps * step;
  }

  /** Slopes along a direction by each mode and by differences. */
  private measure(d: Float64Array): Measured {
    const line = this.lineAlong(d);
    const step = this.stepFor(d);
    const { slope, noise } = slopesOf(line, step, this.tolerance.rtol, this.tolerance.atol);
    const [y, tangent] = this.modes.includes("forward") ? this.subject.forward(this.subject.x, d) : [];
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
    return { slope, results, step };
  }

  /** Checks along a direction, given with the elements that move. */
  along(elements: readonly number[], d: Float64Array): void {
    const whole = this.measure(d);
    const k = whole.results.findIndex((r) => apart(r, this.tolerance));
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
    if (apart(measured.results[k], this.tolerance)) this.fail(moving, measured, k);
    else this.fail(elements, whole, k);
  }

  private fail(elements: readonly number[], measured: Measured, k: number): never {
    const { subject } = this;
    const { step, results } = measured;
    const { mode, given, expected, result, line } = elements.length === 1
      ? this.blame(elements[0], measured, results[k])
      : results[k];
    const where = elements.length === 1
      ? placeText(subject.inputs, elements[0])
      : `${subject.inputs.find((p) => elements[0] < p.start + p.size)!.path}, a random direction`;
    const what = result < 0 ? subject.title : placeText(subject.outputs, result);
    throw new Error(
      `checkGrads: wrong derivative${
        what && ` of ${what}`
      } by ${where}: ${mode} mode gives ${given}, finite differences give ${expected}` +
        (Number.isFinite(given) ? kinkText(line, Math.max(0, result), step) : this.kinkAnywhere(result, step)),
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
    return apart(single, this.tolerance)
      ? { ...single, line: this.lineAlong(this.subject.x.map((_, i) => i === element ? 1 : 0)) }
      : found;
  }

  /** A derivative that is no number may come of another element: 0 · ∞. */
  private kinkAnywhere(result: number, step: number): string {
    const line = this.lineAlong(new Float64Array(this.subject.x.length).fill(1));
    return kinkText(result < 0 ? (t) => Float64Array.of(product(this.v, line(t))) : line, Math.max(0, result), step);
  }
}

function compare(
  subject: Subject,
  modes: readonly GradMode[],
  tolerance: Tolerance,
  random: () => number,
  limit: number,
): void {
  const comparison = new Comparison(subject, modes, tolerance, random);
  const n = subject.x.length;
  for (const { start, size } of subject.inputs) {
    const elements = Array.from({ length: size }, (_, i) => start + i);
    if (size <= limit) {
      for (const i of elements) comparison.along([i], new Float64Array(n).fill(1, i, i + 1));
    } else {
      for (let k = 0; k < directionCount; k++) {
        const d = new Float64Array(n);
        for (const i of elements) d[i] = random() * Math.max(1, Math.abs(subject.x[i]));
        comparison.along(elements, d);
      }
    }
  }
}

function checkArguments(f: unknown, args: unknown, options: CheckGradsOptions): void {
  if (typeof f !== "function") throw new TypeError(`checkGrads: needs a function, got ${describe(f)}`);
  if (!Array.isArray(args)) {
    throw new TypeError(`checkGrads: the arguments must be an array: checkGrads(f, [x, y]), got ${describe(args)}`);
  }
  checkOptions("checkGrads", options, ["order", "modes", "eps", "rtol", "atol"]);
  const { order = 1, modes = [] } = options;
  if (order !== 1 && order !== 2) throw new RangeError(`checkGrads: order must be 1 or 2, got ${describe(order)}`);
  if (!Array.isArray(modes) || (options.modes && modes.length === 0)) {
    throw new TypeError(
      `checkGrads: modes must be an array of "reverse" and "forward", got ${describe(options.modes)}`,
    );
  }
  for (const mode of modes) {
    if (mode !== "reverse" && mode !== "forward") {
      throw new TypeError(`checkGrads: modes are "reverse" and "forward", got ${describe(mode)}`);
    }
  }
  for (const name of ["eps", "rtol", "atol"] as const) {
    const value = options[name];
    if (value === undefined) continue;
    if (typeof value !== "number") throw new TypeError(`checkGrads: ${name} must be a number, got ${describe(value)}`);
    if (!(value >= 0 && Number.isFinite(value)) || (name === "eps" && value === 0)) {
      throw new RangeError(`checkGrads: ${name} must be ${name === "eps" ? "above 0" : "at least 0"}, got ${value}`);
    }
  }
}

/**
 * Compares the derivatives of a function with finite differences, and throws at the first that is wrong.
 *
 * Everything is computed in float64: float32 leaves of the arguments (and numbers) are given to the function as float64, since float32
 * rounds away what finite differences are made of; the derivative rules are the same for both. Integer and boolean leaves are held
 * fixed. Leaves of up to 48 elements are checked element by element, larger ones along random directions (the same in each run), and so
 * are second derivatives: those of a random projection of the gradient (`reverse`) and of a directional derivative (`forward`), each
 * again in all modes. The step adapts itself; where it crosses a kink (a ReLU at 0), the derivative is whatever the convention says and
 * finite differences say something else: choose arguments that stay away from it.
 *
 * Reads values at once, so the arguments must be on a device that can (`cpu`, `reference`).
 *
 * @param f takes tensors or trees and returns a tensor or a tree of them
 * @param args the arguments, at which to differentiate
 * @throws Error naming the leaf, the index, the mode and both values, and the kink if one is near
 * @throws TypeError for arguments without floating leaves, for a float32 result, for unknown options
 *
 * @example
 * ```ts
 * import { checkGrads, customVjp, ops, tensor } from "@cotangent/cotangent";
 * import { assertThrows } from "@std/assert";
 *
 * type T = ReturnType<typeof tensor>;
 * checkGrads((p: { w: T }) => ops.sum(ops.tanh(p.w)), [{ w: tensor([0.5, -1]) }], { order: 2 });
 *
 * const square = (x: T) => ops.mul(x, x);
 * const wrong = customVjp(square, (x: T) => [square(x), x] as const, (x, c) => [ops.mul(x, c)]); // half of it
 * assertThrows(() => checkGrads(wrong, [tensor([1, 3])], { modes: ["reverse"] }), Error, "by argument 0, index [0]");
 * ```
 */
export function checkGrads<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  args: A,
  options: CheckGradsOptions = {},
): void {
  checkArguments(f, args, options);
  const { order = 1, modes = ["reverse", "forward"], eps = 1e-4, rtol = 1e-6, atol = 1e-8 } = options;
  const tolerance = { eps, rtol, atol };
  const random = dice(1);
  const subject = new Subject("", f as (...args: Anything[]) => unknown, args);
  if (subject.inputs.length === 0) {
    throw new TypeError("checkGrads: no argument has a floating leaf to differentiate by");
  }
  compare(subject, modes, tolerance, random, elementLimit);
  if (order === 1) return;
  if (modes.includes("reverse")) {
    compare(subject.gradient(Float64Array.from(subject.value(subject.x), random)), modes, tolerance, random, 1);
  }
  if (modes.includes("forward")) compare(subject.tangent(subject.x.map(random)), modes, tolerance, random, 1);
}
