/** Derivatives against finite differences. */
import { compare, dice, type Manner } from "./check_grads/comparison.ts";
import { checkManner } from "./check_grads/options.ts";
import { double, single } from "./check_grads/differences.ts";
import { type GradReport, Recorder } from "./check_grads/report.ts";
import { type Anything, Subject } from "./check_grads/subject.ts";
import { checkChoice, checkFlag, checkOptions, describe } from "./errors.ts";

/** A direction of differentiation: `reverse` is vjp (and grad), `forward` is jvp. */
export type GradMode = "reverse" | "forward";

/** Options of `checkGrads`. */
export interface CheckGradsOptions {
  /** 1 (the default) checks first derivatives; 2 second ones too, as derivatives of the first ones; 3 third ones as well. */
  readonly order?: 1 | 2 | 3;
  /** Which modes to check; default both. A function with a custom reverse rule has no forward one: `["reverse"]`. */
  readonly modes?: readonly GradMode[];
  /**
   * `"elements"`: every element of every leaf. `"directions"`: random directions through all leaves together, for networks: what is
   * wrong is then tracked down to the element. `"auto"` (the default): leaves of up to 48 elements element by element, larger ones along
   * random directions of each.
   */
  readonly probe?: "auto" | "elements" | "directions";
  /** How many random directions; default 2, with `"directions"` 5. */
  readonly directions?: number;
  /** The dtype in which the function is computed; default `"float64"`, which tells most. */
  readonly dtype?: "float64" | "float32";
  /** Go on after a wrong derivative: the report lists all of them, and nothing is thrown for them. */
  readonly collect?: boolean;
  /**
   * The largest step, for values up to 1 (it grows with them); smaller ones are tried where this one is too coarse. Default 1e-4, for
   * float32 0.03.
   */
  readonly eps?: number;
  /** How far apart the two may be, relative to the larger; default 1e-6, for float32 1e-3. */
  readonly rtol?: number;
  /** How far apart the two may be in any case; default 1e-8, for float32 1e-4. */
  readonly atol?: number;
}

const elementLimit = 48;

function checkArguments(f: unknown, args: unknown, options: CheckGradsOptions): void {
  if (typeof f !== "function") throw new TypeError(`checkGrads: needs a function, got ${describe(f)}`);
  if (!Array.isArray(args)) {
    throw new TypeError(`checkGrads: the arguments must be an array: checkGrads(f, [x, y]), got ${describe(args)}`);
  }
  checkOptions("checkGrads", options, [
    "order",
    "modes",
    "probe",
    "directions",
    "dtype",
    "collect",
    "eps",
    "rtol",
    "atol",
  ]);
  const { order = 1 } = options;
  if (![1, 2, 3].includes(order)) throw new RangeError(`checkGrads: order must be 1, 2 or 3, got ${describe(order)}`);
  const { probe = "auto", directions = 1, dtype = "float64", collect = false } = options;
  checkChoice("checkGrads", "probe", probe, ["auto", "elements", "directions"]);
  checkChoice("checkGrads", "dtype", dtype, ["float64", "float32"]);
  checkFlag("checkGrads", "collect", collect);
  if (!Number.isSafeInteger(directions) || directions < 1) {
    throw new RangeError(`checkGrads: directions must be an integer of at least 1, got ${describe(directions)}`);
  }
  checkManner("checkGrads", options);
}

/**
 * Compares the derivatives of a function with finite differences, and throws at the first that is wrong. What it gives is a report;
 * as a string, a table of what was checked and how far it was off.
 *
 * Everything is computed in float64: float32 leaves of the arguments (and numbers) are given to the function as float64, since float32
 * rounds away what finite differences are made of; the derivative rules are the same for both. With `dtype: "float32"` the function runs
 * as it is, steps are large, and the noise of its values is measured and allowed for: such a check finds wrong rules, not wrong digits.
 * Integer and boolean leaves are held fixed.
 *
 * Second derivatives are those of a random projection of the gradient (`reverse`) and of a directional derivative (`forward`), each
 * again in all modes, along random directions (the same in each run); third ones likewise. The step adapts itself. Where it crosses a
 * kink (a ReLU near 0), smaller ones are taken and the report says so; at a kink the derivative is whatever the convention says and
 * finite differences say something else: choose arguments that stay away from it.
 *
 * Reads values at once, so the arguments must be on a device that can (`cpu`, `reference`); `compareGrads` is for the others.
 *
 * @param f takes tensors or trees and returns a tensor or a tree of them
 * @param args the arguments, at which to differentiate
 * @throws GradError naming the leaf, the index, the mode and both values, and the kink if one is near; it holds the report so far
 * @throws TypeError for arguments without floating leaves, for a float32 result, for unknown options
 *
 * @example
 * ```ts
 * import { checkGrads, customVjp, ops, tensor } from "@cotangent/cotangent";
 * import { assert, assertThrows } from "@std/assert";
 *
 * type T = ReturnType<typeof tensor>;
 * const report = checkGrads((p: { w: T }) => ops.sum(ops.tanh(p.w)), [{ w: tensor([0.5, -1]) }], { order: 2 });
 * assert(report.ok && String(report).includes("argument 0.w"));
 *
 * const square = (x: T) => ops.mul(x, x);
 * const wrong = customVjp(square, (x: T) => [square(x), x] as const, (x, c) => [ops.mul(x, c)]); // half of it
 * assertThrows(() => checkGrads(wrong, [tensor([1, 3])], { modes: ["reverse"] }), Error, "by argument 0, index [0]");
 * ```
 */
export function checkGrads<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  args: Readonly<A>,
  options: CheckGradsOptions = {},
): GradReport {
  checkArguments(f, args, options);
  const { order = 1, probe = "auto", dtype = "float64", collect = false } = options;
  const precision = dtype === "float64" ? double : single;
  const defaults = dtype === "float64" ? { eps: 1e-4, rtol: 1e-6, atol: 1e-8 } : { eps: 0.03, rtol: 1e-3, atol: 1e-4 };
  const manner: Manner = {
    eps: options.eps ?? defaults.eps,
    rtol: options.rtol ?? defaults.rtol,
    atol: options.atol ?? defaults.atol,
    modes: options.modes ?? ["reverse", "forward"],
    precision,
    limit: probe === "auto" ? elementLimit : Infinity,
    directions: options.directions ?? (probe === "directions" ? 5 : 2),
    together: probe === "directions",
  };
  const random = dice(1);
  const recorder = new Recorder(dtype, collect);
  const subject = new Subject("", f as (...args: Anything[]) => unknown, args, dtype);
  if (subject.inputs.length === 0) {
    throw new TypeError("checkGrads: no argument has a floating leaf to differentiate by");
  }
  const descend = (subject: Subject, level: number): void => {
    const whole = level === 1 || probe === "elements";
    compare(subject, whole ? manner : { ...manner, limit: 1 }, level, recorder, random);
    if (level === order) return;
    if (manner.modes.includes("reverse")) {
      descend(subject.gradient(Float64Array.from(subject.value(subject.x), random)), level + 1);
    }
    if (manner.modes.includes("forward")) descend(subject.tangent(subject.x.map(random)), level + 1);
  };
  descend(subject, 1);
  return recorder.report();
}
