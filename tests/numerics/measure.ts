/**
 * Measuring the error of a function on a device: over every float32, or over some spread evenly among the patterns of 32 bits.
 *
 * @module
 */
import { type Tensor, tensor } from "../../mod.ts";
import type { Measured } from "./functions.ts";
import { Dice, pair, ulps } from "./ulp.ts";

/** Elements of a call. */
const chunk = 2 ** 20;

/** What was found. */
export interface Found {
  /** The largest error, in ulp; anything up to a half counts as a half. */
  readonly ulp: number;
  /** Where it is: the call in words. */
  readonly at: string;
  readonly inputs: number;
}

/** How to spread `count` of the 2³² patterns: an odd step meets every exponent alike. */
const stepOf = (count: number): number => count >= 2 ** 32 ? 1 : Math.floor(2 ** 32 / count) | 1;

/** Writes the inputs of a chunk. */
export function fill(name: string, arity: number, x: Float32Array, y: Float32Array, from: number, step: number): void {
  if (arity === 1) {
    const patterns = new Uint32Array(x.buffer);
    for (let i = 0; i < x.length; i++) patterns[i] = (from + i) * step;
    return;
  }
  const dice = new Dice(from + 1);
  for (let i = 0; i < x.length; i++) [x[i], y[i]] = pair(name, dice);
}

/** The largest error on a device over about `count` inputs; from 2³² on every float32. */
export async function measure(
  name: string,
  { f, exact, arity, floor }: Measured,
  device: string,
  count: number,
): Promise<Found> {
  const size = Math.min(chunk, count);
  const [x, y] = [new Float32Array(size), new Float32Array(size)];
  const step = stepOf(count), inputs = Math.min(Math.floor(2 ** 32 / step), Math.ceil(count / size) * size);
  const slots = [x, y].slice(0, arity);
  let worst = 0, at = "";
  const one = (i: number, actual: number, wanted: number) => {
    const error = ulps(actual, wanted, floor?.(x[i]));
    if (error <= worst) return;
    worst = error;
    at = `${name}(${slots.map((s) => s[i]).join(", ")}) = ${actual}, not ${wanted}`;
  };
  for (let from = 0; from < inputs; from += size) {
    fill(name, arity, x, y, from, step);
    const [s, t] = slots.map((values) => tensor(values, { device })) as [Tensor, Tensor];
    const out = await f(s, t).data() as Float32Array;
    // A loop for each arity: the engine makes the oracle's call direct.
    for (let i = 0; i < size; i++) {
      const wanted = exact(x[i], y[i]), rounded = Math.fround(wanted);
      if (out[i] === rounded && (rounded !== 0 || Object.is(out[i], rounded))) {
        if (worst < 0.5 && out[i] !== wanted) worst = 0.5;
      } else one(i, out[i], wanted);
    }
  }
  return { ulp: worst, at, inputs };
}
