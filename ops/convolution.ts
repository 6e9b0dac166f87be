/** Convolutions, as the field calls them: cross-correlations. Images are NCHW and kernels OIHW, as in PyTorch. */
import { composite } from "../core/composite.ts";
import { promote } from "../core/dtype.ts";
import { checkOptions, naming, show } from "../core/errors.ts";
import { paramsKey } from "../core/primitive.ts";
import { convert } from "../core/primitives/algebra.ts";
import { conv, type ConvParams } from "../core/primitives/contraction.ts";
import type { Tensor } from "../core/tensor.ts";
import { checkNumber, toTensor } from "./operands.ts";
import { checkImages, type Padding, paddingOf, perAxis, positions } from "./windows.ts";

/** Options of a convolution. Each size is a number, or one for each spatial axis. */
export interface ConvOptions {
  /** Steps between positions of the kernel; default 1. */
  readonly stride?: number | readonly number[];
  /** Zeros around the input; default 0. */
  readonly padding?: Padding;
  /** Steps between the taps of the kernel; default 1. */
  readonly dilation?: number | readonly number[];
  /** Channels are convolved in this many separate groups; default 1. */
  readonly groups?: number;
}

/** Options of a transposed convolution. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Rows and columns more at the end, less than the stride; default 0. */
  readonly outputPadding?: number | readonly number[];
}

const names = ["stride", "padding", "dilation", "groups"] as const;

/** The kernel as a tensor with extents above 0, and the sizes that do not depend on the input. */
function kernelOf(operation: string, w: Tensor, options: ConvOptions, count: number) {
  const kernel = toTensor(operation, "the kernel", w);
  const { stride = 1, dilation = 1, groups = 1 } = options;
  if (kernel.ndim !== count + 2) {
    const wanted = count === 1 ? "three" : "four";
    throw new TypeError(`${operation}: the kernel must have ${wanted} axes, got shape ${show(kernel.shape)}`);
  }
  if (kernel.size === 0) throw new TypeError(`${operation}: the kernel ${show(kernel.shape)} is empty`);
  checkNumber(operation, "groups", groups, 1, true);
  const dilations = perAxis(operation, "dilation", dilation, count, 1);
  if (kernel.shape[0] % groups !== 0) {
    throw new TypeError(
      `${operation}: groups ${groups} does not divide the ${kernel.shape[0]} channels of the kernel ${
        show(kernel.shape)
      }`,
    );
  }
  return {
    kernel,
    groups,
    stride: perAxis(operation, "stride", stride, count, 1),
    dilation: dilations,
    // From the first to the last tap.
    spans: kernel.shape.slice(2).map((extent, i) => (extent - 1) * dilations[i] + 1),
  };
}

/** Applies a convolution to operands that may have to agree on a dtype first. */
function apply(operation: string, x: Tensor, w: Tensor, params: ConvParams): Tensor {
  if (x.dtype === w.dtype) return naming(operation, () => conv(x, w, params));
  const dtype = promote(x.dtype, w.dtype);
  return composite(
    `${operation}:${dtype},${paramsKey(params)}`,
    (x, w) => conv(convert(x, dtype), convert(w, dtype), params),
    [x, w],
  );
}

function convolve(operation: string, x: Tensor, w: Tensor, options: ConvOptions, count: number): Tensor {
  checkOptions(operation, options, names);
  const t = checkImages(operation, x, count);
  const { kernel, groups, stride, dilation, spans } = kernelOf(operation, w, options, count);
  const [batch, channels, ...size] = t.shape;
  if (channels !== kernel.shape[1] * groups) {
    const needs = kernel.shape[1] * groups;
    const within = groups === 1 ? "" : ` with groups ${groups}`;
    throw new TypeError(
      `${operation}: input has ${channels} channels but the kernel ${show(kernel.shape)}${within} needs ${needs}`,
    );
  }
  const padding = paddingOf(operation, options.padding ?? 0, size, spans, stride);
  const out = positions(operation, `the kernel ${show(kernel.shape)}`, size, spans, stride, padding);
  const output = [batch, kernel.shape[0], ...out];
  return apply(operation, t, kernel, {
    mode: "output",
    input: t.shape,
    kernel: kernel.shape,
    output,
    stride,
    dilation,
    padding,
    groups,
  });
}

/**
 * Convolution along one axis: out[n, o, i] = Σ x[n, c, i · stride + k · dilation − padding] · w[o, c, k].
 *
 * @param x [N, C, W]
 * @param w [O, C / groups, K]
 * @returns [N, O, ⌊(W + padding − (K − 1) · dilation − 1) / stride⌋ + 1]
 * @throws TypeError for shapes that do not fit, RangeError for a kernel larger than its padded input
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[[1, 2, 3, 4]]]);
 * const difference = tensor([[[-1, 1]]]);
 * assertEquals(await ops.conv1d(x, difference).toArray(), [[[1, 1, 1]]]);
 * ```
 */
export function conv1d(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  return convolve("conv1d", x, w, options, 1);
}

/**
 * Convolution of images: out[n, o, i, j] = Σ x[n, c, i · stride + k · dilation − padding, …] · w[o, c, k, l].
 * With `groups` equal to the channels it is depthwise.
 *
 * @param x [N, C, H, W]
 * @param w [O, C / groups, KH, KW]
 * @returns [N, O, ⌊(H + padding − (KH − 1) · dilation − 1) / stride⌋ + 1, …]
 * @throws TypeError for shapes that do not fit, RangeError for a kernel larger than its padded input
 *
 * @example
 * ```ts
 * import { ones, ops, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ops.conv2d(ones([1, 3, 2, 2]), ones([1, 3, 2, 2])).toArray(), [[[[12]]]]);
 * assertEquals(ops.conv2d(zeros([8, 4, 28, 28]), zeros([6, 2, 3, 3]), { padding: "same", groups: 2 }).shape, [8, 6, 28, 28]);
 * ```
 */
export function conv2d(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  return convolve("conv2d", x, w, options, 2);
}

/**
 * The transpose of a convolution of images, that is, its derivative in the input: it spreads each pixel over a window. As
 * PyTorch's ConvTranspose2d.
 *
 * @param x [N, C, H, W]
 * @param w [C, O / groups, KH, KW]
 * @returns [N, O, (H − 1) · stride − padding + (KH − 1) · dilation + outputPadding + 1, …]
 * @throws TypeError for shapes that do not fit, RangeError for sizes that leave no output
 *
 * @example
 * ```ts
 * import { ones, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const y = ops.convTranspose2d(tensor([[[[1, 2]]]]), ones([1, 1, 1, 2]), { stride: [1, 2] });
 * assertEquals(await y.toArray(), [[[[1, 1, 2, 2]]]]);
 * ```
 */
export function convTranspose2d(x: Tensor, w: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const operation = "convTranspose2d";
  checkOptions(operation, options, [...names, "outputPadding"]);
  const t = checkImages(operation, x, 2);
  const { kernel, groups, stride, dilation, spans } = kernelOf(operation, w, options, 2);
  const [batch, channels, ...size] = t.shape;
  if (channels !== kernel.shape[0]) {
    throw new TypeError(
      `${operation}: input has ${channels} channels but the kernel ${show(kernel.shape)} needs ${kernel.shape[0]}`,
    );
  }
  if (options.padding === "same") throw new TypeError(`${operation}: padding "same" has no meaning here; give numbers`);
  const padding = paddingOf(operation, options.padding ?? 0, size, spans, stride);
  const extra = perAxis(operation, "outputPadding", options.outputPadding ?? 0, 2, 0);
  const out = size.map((extent, i) => (extent - 1) * stride[i] - padding[i][0] - padding[i][1] + spans[i] + extra[i]);
  extra.forEach((n, i) => {
    if (n >= stride[i]) {
      throw new RangeError(`${operation}: outputPadding ${show(extra)} must be less than the stride ${show(stride)}`);
    }
    if (out[i] < 1) {
      throw new RangeError(
        `${operation}: padding ${show(padding.map(show))} leaves no output of input ${show(t.shape)}`,
      );
    }
  });
  const input = [batch, kernel.shape[1] * groups, ...out];
  return apply(operation, t, kernel, {
    mode: "input",
    input,
    kernel: kernel.shape,
    output: t.shape,
    stride,
    dilation,
    padding,
    groups,
  });
}
