/** Normalisation: values brought to mean 0 and variance 1 along some axes, then scaled and shifted by parameters. */
import { composite } from "../core/composite.ts";
import { type DType, promote } from "../core/dtype.ts";
import { checkOptions, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import * as p from "../core/primitives/arithmetic.ts";
import { normalizeAxes, sameShape, type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { checkNumber, toFloat, toTensor } from "./operands.ts";
import { centre, centredVariance, deviation, spread } from "./reduction.ts";

/** Options that all normalisations share. */
export interface NormOptions {
  /** Factors, one for each channel. */
  readonly weight?: Tensor;
  /** Summands, one for each channel. */
  readonly bias?: Tensor;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/** Options of `layerNorm`. */
export interface LayerNormOptions extends NormOptions {
  /** The axes to normalise along, of which weight and bias have the shape; default the last. */
  readonly axis?: number | readonly number[];
}

/** x · weight + bias, where the parameters' axes are axes of x. */
function affine(x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined, axes: readonly number[]): Tensor {
  const along = (t: Tensor): Tensor => a.broadcast(a.convert(t, x.dtype), x.shape, axes);
  const scaled = weight ? a.mul(x, along(weight)) : x;
  return bias ? a.add(scaled, along(bias)) : scaled;
}

/** x / √(variance + eps), where the variance lacks some axes of x. */
function rescale(x: Tensor, variance: Tensor, eps: number, axes: readonly number[]): Tensor {
  const scale = p.apply(p.rsqrt, a.add(variance, a.full(variance.shape, eps, variance.dtype)));
  return a.mul(x, spread(scale, x.shape, axes));
}

/** Runs a normalisation with its optional parameters, which must have the given shape, as one program. */
function normalize(
  operation: string,
  statics: string,
  tensors: readonly Tensor[],
  { weight, bias, eps = 1e-5 }: NormOptions,
  shape: Shape,
  f: (eps: number, tensors: readonly Tensor[], weight?: Tensor, bias?: Tensor) => Tensor,
): Tensor {
  checkNumber(operation, "eps", eps, 0);
  const operands = [...tensors];
  for (const [name, value] of [["weight", weight], ["bias", bias]] as const) {
    if (value === undefined) continue;
    const t = toTensor(operation, name, value);
    if (!sameShape(t.shape, shape)) {
      throw new TypeError(`${operation}: ${name} must have shape ${show(shape)}, got ${show(t.shape)}`);
    }
    operands.push(t);
  }
  const dtype = toFloat(operands.map((t) => t.dtype).reduce(promote)) as DType;
  return composite(`${operation}:${statics},${eps},${!!weight},${dtype}`, (...xs) => {
    const converted = xs.map((t) => a.convert(t, dtype));
    const rest = converted.splice(tensors.length);
    return f(eps, converted, weight && rest.shift(), bias && rest.shift());
  }, operands);
}

/** The input [N, C, ...] as [N, groups, elements], checked. */
function groupsOf(operation: string, x: Tensor, groups: number): { t: Tensor; grouped: Shape } {
  const t = toTensor(operation, "x", x);
  if (t.ndim < 2) {
    throw new TypeError(`${operation}: the input must have shape [batch, channels, …], got ${show(t.shape)}`);
  }
  checkNumber(operation, "groups", groups, 1, true);
  const [batch, channels, ...rest] = t.shape;
  if (channels % groups !== 0) {
    throw new TypeError(`${operation}: groups ${groups} does not divide the ${channels} channels of ${show(t.shape)}`);
  }
  return { t, grouped: [batch, groups, (channels / groups) * sizeOf(rest)] };
}

/**
 * Group normalisation (Wu, He 2018): the channels in `groups` equal groups, each normalised over its channels and all later
 * axes: (x − mean) / √(variance + eps) · weight + bias. With one group a layer norm, with as many as channels an instance norm.
 *
 * @param x [N, C, ...]
 * @param options weight and bias [C], eps
 * @throws TypeError if the groups do not divide the channels
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const y = ops.groupNorm(tensor([[1, 3, 10, 20]]), 2, { eps: 0 });
 * assertEquals(await y.toArray(), [[-1, 1, -1, 1]]);
 * ```
 */
export function groupNorm(x: Tensor, groups: number, options: NormOptions = {}): Tensor {
  checkOptions("groupNorm", options, ["weight", "bias", "eps"]);
  const { t, grouped } = groupsOf("groupNorm", x, groups);
  return normalize("groupNorm", String(groups), [t], options, [t.shape[1]], (eps, [x], weight, bias) => {
    const centred = centre(a.reshape(x, grouped), [2]); // [N, groups, elements]
    const unit = rescale(centred, centredVariance(centred, [2], 0), eps, [2]);
    return affine(a.reshape(unit, x.shape), weight, bias, [1]);
  });
}

/** Options of `groupStandardize`. */
export interface StandardizeOptions {
  /** Added to the standard deviation; default 1e-10. */
  readonly eps?: number;
}

/**
 * The channels in `groups` equal groups, each minus its mean and divided by its standard deviation plus eps. The deviation is
 * the unbiased one, and eps is added to it, not to the variance: the first half of ScConv's group batch norm (Li, Wen, He 2023).
 *
 * @param x [N, C, ...]
 * @throws TypeError if the groups do not divide the channels, RangeError if a group has one element only
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const y = ops.groupStandardize(tensor([[1, 2, 3, 10, 20, 30]]), 2);
 * assertEquals(await y.toArray(), [[-1, 0, 1, -1, 0, 1]]);
 * ```
 */
export function groupStandardize(x: Tensor, groups: number, options: StandardizeOptions = {}): Tensor {
  checkOptions("groupStandardize", options, ["eps"]);
  const { t, grouped } = groupsOf("groupStandardize", x, groups);
  if (grouped[2] === 1) {
    throw new RangeError(
      `groupStandardize: ${groups} groups of ${
        show(t.shape)
      } have one element each, which has no deviation; use fewer groups`,
    );
  }
  return normalize("groupStandardize", String(groups), [t], { eps: options.eps ?? 1e-10 }, [], (eps, [x]) => {
    const centred = centre(a.reshape(x, grouped), [2]); // [N, groups, elements]
    const std = deviation(centredVariance(centred, [2], 1));
    const divisor = a.add(std, a.full(std.shape, eps, std.dtype));
    return a.reshape(p.apply(p.div, centred, spread(divisor, grouped, [2])), x.shape);
  });
}

/**
 * Batch normalisation (Ioffe, Szegedy 2015) by given statistics: (x − mean) / √(variance + eps) · weight + bias, channel by
 * channel. In training the statistics are those of the batch, `mean(x, { axis: [0, 2, 3] })` and `variance` likewise.
 *
 * @param x [N, C, ...]
 * @param mean [C]
 * @param variance [C]
 * @param options weight and bias [C], eps
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 5], [3, 9]]);
 * const y = ops.batchNorm(x, ops.mean(x, { axis: 0 }), ops.variance(x, { axis: 0 }), { eps: 0 });
 * assertEquals(await y.toArray(), [[-1, -1], [1, 1]]);
 * ```
 */
export function batchNorm(x: Tensor, mean: Tensor, variance: Tensor, options: NormOptions = {}): Tensor {
  checkOptions("batchNorm", options, ["weight", "bias", "eps"]);
  const t = toTensor("batchNorm", "x", x);
  if (t.ndim < 2) {
    throw new TypeError(`batchNorm: the input must have shape [batch, channels, …], got ${show(t.shape)}`);
  }
  const channels = [t.shape[1]];
  const statistics = [toTensor("batchNorm", "mean", mean), toTensor("batchNorm", "variance", variance)];
  statistics.forEach(({ shape }, i) => {
    if (!sameShape(shape, channels)) {
      throw new TypeError(
        `batchNorm: ${["mean", "variance"][i]} must have shape ${show(channels)}, got ${show(shape)}`,
      );
    }
  });
  const others = t.shape.map((_, i) => i).filter((i) => i !== 1);
  return normalize("batchNorm", "", [t, ...statistics], options, channels, (eps, [x, mean, variance], weight, bias) => {
    return affine(rescale(a.sub(x, spread(mean, x.shape, others)), variance, eps, others), weight, bias, [1]);
  });
}

/**
 * Layer normalisation (Ba, Kiros, Hinton 2016): (x − mean) / √(variance + eps) · weight + bias along some axes, by default
 * the last.
 *
 * @param options axis; weight and bias of the shape of these axes; eps
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const y = ops.layerNorm(tensor([[1, 3], [10, 20]]), { eps: 0, weight: tensor([1, 2]) });
 * assertEquals(await y.toArray(), [[-1, 2], [-1, 2]]);
 * ```
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  checkOptions("layerNorm", options, ["axis", "weight", "bias", "eps"]);
  const t = toTensor("layerNorm", "x", x);
  const axes = normalizeAxes("layerNorm", options.axis ?? -1, t.ndim);
  return normalize(
    "layerNorm",
    String(axes),
    [t],
    options,
    axes.map((axis) => t.shape[axis]),
    (eps, [x], weight, bias) => {
      const centred = centre(x, axes);
      return affine(rescale(centred, centredVariance(centred, axes, 0), eps, axes), weight, bias, axes);
    },
  );
}
