/**
 * What lines of random programs call: functions of numbers, reductions, normalisations, losses.
 *
 * @module
 */
import type { Tensor } from "../../mod.ts";
import { isFloat } from "../../core/dtype.ts";
import { broadcasts } from "../support/programs.ts";
import type { Builder, Value } from "./generate.ts";
import { type Argument, type Ref, ref } from "./program.ts";

/** Adds lines, or none where nothing fits. */
export type Choice = (b: Builder) => unknown;

export const float = (t: Tensor): boolean => isFloat(t.dtype);
export const filled = (t: Tensor): boolean => float(t) && t.ndim > 0 && t.size > 0;
export const integer = (t: Tensor): boolean => t.dtype === "int32" || t.dtype === "uint32";
export const number = (t: Tensor): boolean => t.dtype !== "bool";
export const r = ({ id }: Value): Ref => ref(id);

/** With a value that fits. */
export const given = (fits: (t: Tensor) => boolean, then: (b: Builder, x: Value) => unknown): Choice => (b) => {
  const x = b.slot(fits);
  return x && then(b, x);
};

/** With two values that broadcast. */
export const both = (
  fits: (t: Tensor) => boolean,
  then: (b: Builder, x: Value, y: Value) => unknown,
): Choice =>
  given(fits, (b, x) => {
    const y = b.slot((t) => fits(t) && broadcasts(t.shape, x.tensor.shape));
    return y && then(b, x, y);
  });

export const repeated = (times: number, choices: readonly Choice[]): Choice[] =>
  Array.from({ length: times }, () => choices).flat();

/** An axis, counted from the front or the back. */
export const axisOf = (b: Builder, { tensor: { ndim } }: Value): number => b.int(2 * ndim) - ndim;

const unary = (call: string): Choice => given(float, (b, x) => b.one(`ops.${call}`, r(x)));
const kinky = ["abs", "sign", "relu", "floor", "ceil", "trunc", "round"];
const smooth = ["neg", "square", "sin", "cos", "tanh", "sigmoid", "erf", "silu", "softplus", "expm1", "gelu"];

/** Of what lies in the domain, or else of what is put there. */
const within = (call: string, into: (b: Builder, x: Value) => Value | undefined): Choice =>
  given(float, (b, x) => {
    const inside = b.int(3) === 0 ? x : into(b, x);
    return inside && b.one(`ops.${call}`, r(inside));
  });

const squashed = (b: Builder, x: Value): Value | undefined => b.one("ops.tanh", r(x));
const positive = (b: Builder, x: Value): Value | undefined => {
  const y = b.one("ops.square", r(x));
  return y && b.one("ops.add", r(y), b.of([0.25, 1]));
};
const shrunk = (b: Builder, x: Value, by: number): Value | undefined => b.one("ops.mul", r(x), by);

const elementwise: readonly Choice[] = [
  ...smooth.map(unary),
  ...kinky.map(unary),
  ...["log", "sqrt", "rsqrt", "reciprocal"].map((call) => within(call, positive)),
  ...["exp", "tan"].map((call) => within(call, squashed)),
  within("erfInv", (b, x) => {
    const y = squashed(b, x);
    return y && shrunk(b, y, 0.875);
  }),
  within("log1p", (b, x) => b.one("ops.square", r(x))),
  given(float, (b, x) => b.one("ops.leakyRelu", r(x), { slope: b.of([0.01, 0.25]) })),
  given(float, (b, x) => b.one("ops.elu", r(x), { alpha: b.of([1, 0.5]) })),
  given(float, (b, x) => b.one("ops.gelu", r(x), { approximate: "tanh" })),
  given(float, (b, x) => b.one("ops.clip", r(x), b.of([-0.5, null]), b.of([0.75, 2]))),
  given(number, (b, x) => b.one("ops.neg", r(x))),
  given(integer, (b, x) => b.one(b.of(["ops.abs", "ops.sign", "ops.square"]), r(x))),
  given(float, (b, x) => b.one(b.of(["ops.zerosLike", "ops.onesLike", "ops.stopGradient"]), r(x))),
  given(float, (b, x) => {
    const flags = b.one(b.of(["ops.isNaN", "ops.isFinite"]), r(x));
    return flags && b.one("ops.cast", r(flags), b.of(["float32", "int32"]));
  }),
  given(() => true, (b, x) => b.one("ops.cast", r(x), b.of(["float32", "float64", "int32", "uint32", "bool"]))),
];

const divisor = (b: Builder, y: Value): Value | undefined => b.int(3) === 0 || !float(y.tensor) ? y : positive(b, y);

const binary: readonly Choice[] = [
  ...["add", "sub", "mul", "add", "mul", "maximum", "minimum"].map((call) =>
    both(number, (b, x, y) => b.one(`ops.${call}`, r(x), r(y)))
  ),
  given(number, (b, x) => b.one(b.of(["ops.add", "ops.sub", "ops.mul"]), r(x), b.of([0.5, 2, -1.25, 3, 1]))),
  given(float, (b, x) => b.one(b.of(["ops.sub", "ops.maximum", "ops.minimum"]), b.of([1, 0.25, -0.375]), r(x))),
  both(float, (b, x, y) => {
    const d = divisor(b, y);
    return d && b.one("ops.div", r(x), r(d));
  }),
  both(number, (b, x, y) => {
    const d = divisor(b, y);
    return d && b.one("ops.mod", r(x), r(d));
  }),
  both(float, (b, x, y) => {
    const base = positive(b, x);
    return base && b.one("ops.pow", r(base), r(y));
  }),
  given(float, (b, x) => b.one("ops.pow", r(x), b.of([2, 3, -1, 0, 1]))),
  both(float, (b, x, y) => b.one("ops.atan2", r(x), r(y))),
  both(float, (b, x, y) => b.one("ops.sigmoidGate", r(x), r(y))),
  ...["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"].map((call) =>
    both(number, (b, x, y) => b.one(`ops.${call}`, r(x), r(y)))
  ),
  both((t) => t.dtype === "bool", (b, x, y) => b.one(b.of(["ops.logicalAnd", "ops.logicalOr"]), r(x), r(y))),
  given((t) => t.dtype === "bool", (b, x) => b.one("ops.logicalNot", r(x))),
  ...repeated(2, [given((t) => t.dtype === "bool", (b, condition) => {
    const fits = (t: Tensor): boolean => float(t) && broadcasts(t.shape, condition.tensor.shape);
    const x = b.slot(fits);
    const y = x && b.slot((t) => fits(t) && broadcasts(t.shape, x.tensor.shape));
    return x && y && b.one("ops.where", r(condition), r(x), b.int(4) === 0 ? 0.5 : r(y));
  })]),
];

/** `{ axis, keepDims }` in one of its ways to be written. */
function reduction(b: Builder, x: Value): Argument[] {
  const { ndim } = x.tensor;
  const keepDims = b.int(2) === 1;
  switch (ndim === 0 ? 0 : b.int(4)) {
    case 0:
      return keepDims ? [{ keepDims }] : [];
    case 1: {
      const bits = b.int(2 ** ndim - 1) + 1;
      return [{ axis: Array.from({ length: ndim }, (_, i) => i).filter((i) => bits >> i & 1), keepDims }];
    }
    default:
      return [{ axis: axisOf(b, x), keepDims }];
  }
}

const reduce = (call: string, fits: (t: Tensor) => boolean): Choice =>
  given(fits, (b, x) => b.one(`ops.${call}`, r(x), ...reduction(b, x)));

const nonEmpty = (t: Tensor): boolean => float(t) && t.size > 0;

const reductions: readonly Choice[] = [
  ...["sum", "sum", "mean", "max", "min", "variance", "std", "logSumExp"].map((call) => reduce(call, nonEmpty)),
  reduce("sum", number),
  reduce("prod", float),
  given(
    (t) => integer(t) && t.size > 0,
    (b, x) => b.one(b.of(["ops.max", "ops.min", "ops.prod"]), r(x), ...reduction(b, x)),
  ),
  given((t) => t.dtype === "bool", (b, x) => b.one(b.of(["ops.any", "ops.all"]), r(x), ...reduction(b, x))),
  given(
    (t) => nonEmpty(t) && t.size > 1,
    (b, x) => b.one("ops.variance", r(x), { correction: 1, keepDims: b.int(2) === 1 }),
  ),
  ...["cumsum", "cumprod", "cumsum"].map((call) =>
    given(
      (t) => number(t) && t.ndim > 0,
      (b, x) => b.one(`ops.${call}`, r(x), { axis: axisOf(b, x), reverse: b.int(2) === 1 }),
    )
  ),
  ...["softmax", "logSoftmax"].map((call) => given(filled, (b, x) => b.one(`ops.${call}`, r(x), axisOf(b, x)))),
  ...repeated(2, [
    given((t) => filled(t) && t.ndim >= 2, (b, x) => {
      const channels = x.tensor.shape[1];
      const groups = b.of([1, channels, 2, 3].filter((g) => channels % g === 0));
      const weight = b.slot((t) => float(t) && t.ndim === 1 && t.size === channels);
      const options = { eps: b.of([1e-5, 0.1]), ...weight && b.int(2) ? { weight: r(weight), bias: r(weight) } : {} };
      return b.int(3) === 0
        ? b.one("ops.groupStandardize", r(x), groups, { eps: options.eps })
        : b.one("ops.groupNorm", r(x), groups, options);
    }),
    given(filled, (b, x) => {
      const axis = axisOf(b, x);
      const weight = b.slot((t) => float(t) && t.ndim === 1 && t.size === x.tensor.shape.at(axis));
      return b.one("ops.layerNorm", r(x), {
        axis,
        eps: b.of([1e-5, 0.1]),
        ...weight && b.int(2) ? { weight: r(weight) } : {},
      });
    }),
    given((t) => filled(t) && t.ndim >= 2, (b, x) => {
      const axis = [...x.tensor.shape.keys()].filter((i) => i !== 1);
      const mean = b.one("ops.mean", r(x), axis), spread = b.one("ops.variance", r(x), axis);
      const variance = spread && b.one("ops.add", r(spread), 0.25);
      return mean && variance && b.one("ops.batchNorm", r(x), r(mean), r(variance), { eps: b.of([1e-5, 0.1]) });
    }),
  ]),
];

const losses: readonly Choice[] = [
  both(float, (b, x, y) => {
    if (x.tensor.shape.join() !== y.tensor.shape.join()) return undefined;
    const reduced = { reduction: b.of(x.tensor.size > 0 ? ["none", "sum", "mean"] : ["none", "sum"]) };
    switch (b.int(3)) {
      case 0:
        return b.one("ops.meanSquaredError", r(x), r(y), reduced);
      case 1:
        return b.one("ops.huber", r(x), r(y), { delta: b.of([1, 0.4]), ...reduced });
      default: {
        const target = b.one("ops.sigmoid", r(y));
        return target && b.one("ops.binaryCrossEntropy", r(x), r(target), reduced);
      }
    }
  }),
  given((t) => filled(t) && t.ndim >= 1, (b, x) => {
    const shape = x.tensor.shape.slice(0, -1), classes = x.tensor.shape.at(-1)!;
    const labels = b.slot((t) => integer(t) && t.shape.join() === shape.join());
    const inside = labels && b.one("ops.mod", r(labels), classes);
    const whole = inside && b.one("ops.cast", r(inside), "int32");
    return whole && b.one("ops.softmaxCrossEntropy", r(x), r(whole));
  }),
];

export const callChoices: readonly Choice[] = [...elementwise, ...binary, ...reductions, ...repeated(2, losses)];
