/**
 * Which operands keep a comparison meaningful. Values near a kink, a jump or a pole come out differently where rounding differs, and
 * rightly so; a program with such values is no test of anything.
 *
 * @module
 */
import { ops, type Tensor } from "../../mod.ts";
import { isFloat } from "../../core/dtype.ts";

/** How far values stay from where a function has a kink or a jump. */
const margin = 4e-5;
const largest = 64;

const every = (t: Tensor, holds: (v: number) => boolean): boolean => t.dataSync().every((v) => holds(v));

/** Exactly there, or not near. */
const apart = (v: number): boolean => v === 0 || Math.abs(v) >= margin;
const fromInteger = (v: number): boolean => v === 0 || Math.abs(v - Math.round(v)) >= margin;
const above = (least: number) => (t: Tensor): boolean => every(t, (v) => v >= least);

// deno-lint-ignore no-explicit-any -- the arguments of a public function
type Guard = (...args: any[]) => boolean;

const wide = (x: Tensor | number): Tensor | number => typeof x === "number" ? x : ops.cast(x, "float64");
const differs = (x: Tensor | number, y: Tensor | number): boolean =>
  every(ops.cast(ops.sub(wide(x), wide(y)), "float64"), apart);

/** No two elements are near each other but equal ones. */
function ordered(x: Tensor): boolean {
  if (!isFloat(x.dtype)) return true;
  if (x.size > 4000) return false;
  const sorted = x.dataSync().slice().sort();
  for (let i = 1; i < sorted.length; i++) if (!apart(sorted[i] - sorted[i - 1])) return false;
  return true;
}

/** Elements along each axis or axes differ. */
const orderedAlong = (x: Tensor): boolean => ordered(x);

const kink = (x: Tensor): boolean => !isFloat(x.dtype) || every(x, apart);
const integral = (x: Tensor): boolean => !isFloat(x.dtype) || every(x, fromInteger);
const spreadOut = (x: Tensor, ...rest: unknown[]): boolean => {
  const options = rest.find((r) => typeof r === "object" && r !== null && !("dtype" in r)) as { axis?: number };
  return every(ops.variance(x, options?.axis === undefined ? {} : { axis: options.axis }), (v) => v >= 0.02);
};

const guards: Readonly<Record<string, Guard>> = {
  abs: kink,
  sign: kink,
  relu: kink,
  leakyRelu: kink,
  elu: kink,
  floor: integral,
  ceil: integral,
  trunc: integral,
  round: (x: Tensor) => !isFloat(x.dtype) || every(x, (v) => fromInteger(v + 0.5)),
  log: above(0.1),
  log1p: above(-0.8),
  sqrt: above(0.1),
  rsqrt: above(0.1),
  reciprocal: (x: Tensor) => every(x, (v) => Math.abs(v) >= 0.2),
  erfInv: (x: Tensor) => every(x, (v) => Math.abs(v) <= 0.9),
  tan: (x: Tensor) => every(ops.cos(x), (v) => Math.abs(v) >= 0.3),
  div: (_: Tensor, y: Tensor | number) => typeof y === "number" || every(y, (v) => Math.abs(v) >= 0.2),
  mod: (x: Tensor, y: Tensor | number) =>
    typeof y === "number"
      ? !isFloat(x.dtype) || integral(ops.div(x, y))
      : !isFloat(x.dtype) && !isFloat(y.dtype)
      ? every(y, (v) => v !== 0)
      : every(y, (v) => Math.abs(v) >= 0.2) && integral(ops.cast(ops.div(x, y), "float64")),
  pow: (x: Tensor | number, y: Tensor | number) =>
    typeof x === "number"
      ? x > 0
      : typeof y === "number" && Number.isInteger(y)
      ? y >= 0 || !isFloat(x.dtype) || every(x, (v) => Math.abs(v) >= 0.2)
      : every(x, (v) => v >= 0.1),
  atan2: (y: Tensor, x: Tensor) =>
    every(ops.add(ops.square(wide(y) as Tensor), ops.square(wide(x) as Tensor)), (v) => v >= 0.02) &&
    every(y, (v) => Math.abs(v) >= margin),
  maximum: differs,
  minimum: differs,
  equal: differs,
  notEqual: differs,
  less: differs,
  lessEqual: differs,
  greater: differs,
  greaterEqual: differs,
  clip: (x: Tensor, low: Tensor | number | null, high: Tensor | number | null) =>
    [low, high].every((limit) => limit === null || differs(x, limit)),
  huber: (x: Tensor, y: Tensor, { delta }: { delta: number }) =>
    differs(ops.abs(ops.sub(wide(x) as Tensor, wide(y) as Tensor)), delta),
  max: orderedAlong,
  min: orderedAlong,
  argmax: orderedAlong,
  argmin: orderedAlong,
  sort: orderedAlong,
  argsort: orderedAlong,
  topK: orderedAlong,
  maxPool2d: ordered,
  std: spreadOut,
  groupNorm: (x: Tensor, groups: number) =>
    x.size > 0 && every(ops.variance(ops.reshape(x, [x.shape[0], groups, -1]), { axis: -1 }), (v) => v >= 0.02),
  groupStandardize: (x: Tensor, groups: number) =>
    x.size > 0 && every(ops.variance(ops.reshape(x, [x.shape[0], groups, -1]), { axis: -1 }), (v) => v >= 0.02),
  layerNorm: spreadOut,
  batchNorm: (_: Tensor, _mean: Tensor, variance: Tensor) => above(0.1)(variance),
  logicalNot: (x: Tensor) => x.dtype === "bool",
  any: kink,
  all: kink,
  cast: (x: Tensor, to: string) =>
    isFloat(x.dtype) && !to.startsWith("float")
      ? to === "bool" ? kink(x) : integral(x) && (to !== "uint32" || every(x, (v) => v >= 0))
      : to !== "uint32" || every(x, (v) => v >= 0),
};

const concrete = (t: unknown): boolean =>
  typeof t !== "object" || t === null || !("device" in t) || t.device !== "traced";

/** Whether a call with these operands says something: away from kinks, jumps and poles, with results of moderate size. */
export function meaningful(call: string, args: readonly unknown[], results: readonly Tensor[]): boolean {
  if (![...args, ...results].every(concrete)) return true; // under a derivative: seen when the function is called by itself
  if (call.startsWith("ops.")) {
    if (guards[call.slice(4)]?.(...args) === false) return false;
  }
  return results.every((t) => !isFloat(t.dtype) || every(t, (v) => Math.abs(v) <= largest));
}
