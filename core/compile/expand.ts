/**
 * Dot and convolution as contractions over affine axes. Padding and transposition that a kernel needs become movement nodes,
 * which fuse with what is around them.
 */
import { bind, bind1, evaluate, type Graph, inline, type Node, trace } from "../graph.ts";
import type { Primitive } from "../primitive.ts";
import { broadcast, flat, full, mul, reshape, sum } from "../primitives/algebra.ts";
import { type ConvParams, type DotParams, freeAxes } from "../primitives/contraction.ts";
import { concat, pad, slice, transpose } from "../primitives/movement.ts";
import { aval, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** How an axis moves through a tensor: `[axis, step]`, null where it does not. */
export type Walk = readonly [number, number] | null;

/** An axis of a contraction. */
export interface WalkAxis {
  readonly size: number;
  readonly a: Walk;
  readonly b: Walk;
  readonly out: Walk;
}

/** Parameters of a contraction. */
export interface ContractParams {
  readonly shape: Shape;
  readonly axes: readonly WalkAxis[];
  /** Where the walk starts in each axis of b (a flipped kernel starts at its end). */
  readonly bStart: readonly number[];
  readonly name: string;
}

/** out[…] = Σ a[…] · b[…] over the axes that the output lacks. */
export const contractPrimitive: Primitive<ContractParams> = /* @__PURE__ */ flat("contract", {
  infer: ([a], { shape }) => [aval(shape, a.dtype)],
  batch: () => {
    throw new Error("contractions are made after vmap");
  },
  axes([a, b], [out], { axes }) {
    // Only axes that cover a whole axis of each tensor they walk through, and share it with none.
    const parallel: [number, number, number][] = [], summed: [number, number][] = [];
    const paired: [number, number, number, number][] = [];
    for (const axis of axes) {
      if (!isWhole(axis, axes, [a.shape, b.shape, out.shape])) continue;
      const walks = [axis.a, axis.b];
      walks.forEach((walk, k) => {
        if (walk && axis.out) parallel.push([axis.out[0], k, walk[0]]);
        else if (walk) summed.push([k, walk[0]]);
      });
      if (axis.a && axis.b && !axis.out) paired.push([0, axis.a[0], 1, axis.b[0]]);
    }
    return { parallel, summed, paired };
  },
  lower: { kind: "contract" },
  resize(params, [a, b], shape) {
    const old = params.axes;
    const axes = old.map((axis) => {
      const extent = axis.a ? a.shape[axis.a[0]] : axis.b ? b.shape[axis.b[0]] : axis.size;
      const alone =
        old.filter((other) => (axis.a ? other.a?.[0] === axis.a[0] : axis.b && other.b?.[0] === axis.b[0])).length ===
          1;
      return alone && (axis.a ?? axis.b)?.[1] === 1 ? { ...axis, size: Math.min(axis.size, extent) } : axis;
    });
    return { ...params, shape, axes };
  },
});

function isWhole(axis: WalkAxis, axes: readonly WalkAxis[], shapes: readonly Shape[]): boolean {
  return (["a", "b", "out"] as const).every((role, k) => {
    const walk = axis[role];
    return !walk ||
      (walk[1] === 1 && shapes[k][walk[0]] === axis.size &&
        axes.every((other) => other === axis || other[role]?.[0] !== walk[0]));
  });
}

/** A value that must stand in memory, row-major: a layout that a kernel asks for. */
export const copyPrimitive: Primitive<undefined> = /* @__PURE__ */ flat("copy", {
  infer: (operands) => operands,
  batch: ([x]) => x,
  axes: ([x]) => ({ parallel: x.shape.map((_, i) => [i, 0, i] as const), summed: [] }),
  lower: { kind: "identity" },
});

/** The same in memory of its own. */
export const copied = (x: Tensor): Tensor => bind1(copyPrimitive, [x], undefined);

/** The Graph with input k copied first: for kernels that need it without gaps. */
export function copyInput(graph: Graph, k: number): Graph {
  return trace(
    "copy",
    graph.inputs.map((t) => t.aval),
    (inputs) => inline(graph, inputs.map((t, i) => i === k ? copied(t) : t)),
  );
}

/** The axis of x along which elements are neighbours in memory. */
function unitAxis(x: Tensor): number {
  const node = x.node;
  if (node?.primitive?.lower.kind === "view" && node.primitive.name === "transpose") {
    return (node.params.order as number[]).indexOf(unitAxis(node.operands[0]));
  }
  return x.ndim - 1;
}

/** x with `axis` contiguous: as it is, or transposed in memory. */
function withUnitAxis(x: Tensor, axis: number): { x: Tensor; order: readonly number[] } {
  const order = x.shape.map((_, i) => i);
  if (unitAxis(x) === axis) return { x, order };
  order.splice(axis, 1);
  order.push(axis);
  return { x: copied(transpose(x, order)), order };
}

function expandDot(x: Tensor, y: Tensor, params: DotParams): Tensor {
  const left = freeAxes(x.ndim, params, 0), right = freeAxes(y.ndim, params, 1);
  const count = params.batch[0].length;
  const shape = [
    ...params.batch[0].map((i) => x.shape[i]),
    ...left.map((i) => x.shape[i]),
    ...right.map((i) => y.shape[i]),
  ];
  const extent = (t: Tensor, axes: readonly number[]): number => axes.reduce((n, i) => n * t.shape[i], 1);
  if (extent(x, left) === 1 || extent(y, right) === 1) {
    const vector = extent(x, left) === 1 ? 0 : 1;
    const matrix = vector === 0 ? y : x, free = vector === 0 ? right : left;
    // A matrix times a vector reads each element once. Where the free axis is not contiguous, sum along the rows instead.
    if (free.length === 0 || extent(matrix, free) === 1 || unitAxis(matrix) !== free[free.length - 1]) {
      return dotBySum(x, y, params, left, right, shape);
    }
  }
  // Lanes run along the last axis of the output.
  const lastRight = right.filter((i) => y.shape[i] !== 1).pop();
  const lastLeft = left.filter((i) => x.shape[i] !== 1).pop();
  const a = lastRight === undefined && lastLeft !== undefined
    ? withUnitAxis(x, lastLeft)
    : { x, order: x.shape.map((_, i) => i) };
  const b = lastRight !== undefined ? withUnitAxis(y, lastRight) : { x: y, order: y.shape.map((_, i) => i) };
  const inA = (axis: number): Walk => [a.order.indexOf(axis), 1];
  const inB = (axis: number): Walk => [b.order.indexOf(axis), 1];
  const axes: WalkAxis[] = [
    ...params.batch[0].map((axis, i) => ({
      size: x.shape[axis],
      a: inA(axis),
      b: inB(params.batch[1][i]),
      out: [i, 1] as Walk,
    })),
    ...left.map((axis, i) => ({ size: x.shape[axis], a: inA(axis), b: null, out: [count + i, 1] as Walk })),
    ...right.map((axis, i) => ({
      size: y.shape[axis],
      a: null,
      b: inB(axis),
      out: [count + left.length + i, 1] as Walk,
    })),
    ...params.contract[0].map((axis, i) => ({
      size: x.shape[axis],
      a: inA(axis),
      b: inB(params.contract[1][i]),
      out: null,
    })),
  ];
  return bind1(contractPrimitive, [a.x, b.x], { shape, axes, bStart: y.shape.map(() => 0), name: "dot" });
}

function dotBySum(
  x: Tensor,
  y: Tensor,
  params: DotParams,
  left: readonly number[],
  right: readonly number[],
  shape: Shape,
): Tensor {
  const count = params.batch[0].length, inner = params.contract[0].length;
  const full = [...shape, ...params.contract[0].map((i) => x.shape[i])];
  const place = (k: 0 | 1, t: Tensor, free: readonly number[], at: number): Tensor => {
    const axes = new Array<number>(t.ndim);
    params.batch[k].forEach((axis, i) => axes[axis] = i);
    free.forEach((axis, i) => axes[axis] = at + i);
    params.contract[k].forEach((axis, i) => axes[axis] = shape.length + i);
    return spread(t, full, axes);
  };
  const product = mul(place(0, x, left, count), place(1, y, right, count + left.length));
  return sum(product, Array.from({ length: inner }, (_, i) => shape.length + i));
}

/** x in a larger shape, its axes in any order. */
function spread(x: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  const order = x.shape.map((_, i) => i).sort((i, j) => axes[i] - axes[j]);
  return broadcast(transpose(x, order), shape, order.map((i) => axes[i]));
}

/** x padded by `low` and `high` (cut where negative) with `step` − 1 zeros between elements, along the last two axes. */
function frame(x: Tensor, step: readonly number[], low: readonly number[], high: readonly number[]): Tensor {
  const lead = x.ndim - step.length;
  const all = (f: (d: number) => number, otherwise: number): number[] =>
    x.shape.map((_, i) => i < lead ? otherwise : f(i - lead));
  const padded = pad(x, {
    low: all((d) => Math.max(0, low[d]), 0),
    high: all((d) => Math.max(0, high[d]), 0),
    interior: all((d) => step[d] - 1, 0),
    value: 0,
  });
  return slice(padded, {
    start: all((d) => Math.max(0, -low[d]), 0),
    limit: padded.shape.map((n, i) => i < lead ? n : n - Math.max(0, -high[i - lead])),
    step: padded.shape.map(() => 1),
  });
}

/** The smallest number of outputs that fill lanes, and that a register tile wants. */
const laneMinimum = 4, tileLanes = 8;

/**
 * Whether lanes run better along the channels of a result whose rows have enough elements for them: rows of an odd length leave lanes
 * idle, and long sums over small planes read weights that lie far apart, of which the lanes take neighbours. The sum of each element must
 * pay for turning the result, and the number of elements a channel for turning the weights.
 */
const prefersChannels = (channels: number, [n, , h, w]: Shape, sum: number): boolean =>
  channels >= 16 && w < 32 && w % 16 !== 0 && sum >= 512 && n * h * w >= 1024;

function expandConv(first: Tensor, second: Tensor, params: ConvParams): Tensor {
  const { input, kernel, output, stride, padding, mode } = params;
  if (stride.length === 1) {
    // One spatial axis is two of which the first has one element.
    const two = (shape: Shape): Shape => [shape[0], shape[1], 1, shape[2]];
    const result = expandConv(reshape(first, two(first.shape)), reshape(second, two(second.shape)), {
      ...params,
      input: two(input),
      kernel: two(kernel),
      output: two(output),
      stride: [1, stride[0]],
      dilation: [1, params.dilation[0]],
      padding: [[0, 0], padding[0]],
    });
    return reshape(result, [result.shape[0], result.shape[1], result.shape[3]]);
  }
  return mode === "output"
    ? convOutput(first, second, params)
    : mode === "input"
    ? convInput(first, second, params)
    : convKernel(first, second, params);
}

const noStart = [0, 0, 0, 0];
/** From [N, H, W, C] to [N, C, H, W]; and where each axis of the latter stands in the former. */
const toChannelsFirst = [0, 3, 1, 2];

/** The input with its padding, less what no window reaches. */
function paddedInput(x: Tensor, { input, kernel, output, stride, dilation, padding }: ConvParams): Tensor {
  const reach = [0, 1].map((i) => (output[2 + i] - 1) * stride[i] + (kernel[2 + i] - 1) * dilation[i] + 1);
  return frame(x, [1, 1], padding.map(([low]) => low), [0, 1].map((i) => reach[i] - padding[i][0] - input[2 + i]));
}

function convOutput(x: Tensor, w: Tensor, params: ConvParams): Tensor {
  const { input, kernel, output, stride, dilation, groups } = params;
  const inner = kernel[1], outer = kernel[0] / groups;
  const source = paddedInput(x, params);
  const pointwise = kernel[2] * kernel[3] === 1 && stride[0] * stride[1] === 1;
  const narrow = output[3] < laneMinimum && !(pointwise && output[2] * output[3] >= laneMinimum);
  const turned = !pointwise && prefersChannels(outer, output, inner * kernel[2] * kernel[3]);
  const transposed = turned || (outer >= laneMinimum && (stride[1] > 1 || narrow));
  // Lanes along the rows of the output, or along its channels where rows are short or strided.
  const at = transposed ? { n: 0, c: 3, h: 1, w: 2 } : { n: 0, c: 1, h: 2, w: 3 };
  const from = transposed ? { o: 3, c: 0, h: 1, w: 2 } : { o: 0, c: 1, h: 2, w: 3 };
  const axes: WalkAxis[] = [
    { size: input[0], a: [0, 1], b: null, out: [at.n, 1] },
    { size: groups, a: [1, inner], b: [from.o, outer], out: [at.c, outer] },
    { size: outer, a: null, b: [from.o, 1], out: [at.c, 1] },
    { size: output[2], a: [2, stride[0]], b: null, out: [at.h, 1] },
    { size: output[3], a: [3, stride[1]], b: null, out: [at.w, 1] },
    { size: inner, a: [1, 1], b: [from.c, 1], out: null },
    { size: kernel[2], a: [2, dilation[0]], b: [from.h, 1], out: null },
    { size: kernel[3], a: [3, dilation[1]], b: [from.w, 1], out: null },
  ];
  const [n, c, h, width] = output;
  if (!transposed) return bind1(contractPrimitive, [source, w], { shape: output, axes, bStart: noStart, name: "conv" });
  const packed = copied(transpose(w, [1, 2, 3, 0]));
  const result = bind1(contractPrimitive, [source, packed], {
    shape: [n, h, width, c],
    axes,
    bStart: noStart,
    name: "conv",
  });
  return turned ? copied(transpose(result, toChannelsFirst)) : transpose(result, toChannelsFirst);
}

function convInput(
  y: Tensor,
  w: Tensor,
  { input, kernel, output, stride, dilation, padding, groups }: ConvParams,
): Tensor {
  const inner = kernel[1], outer = kernel[0] / groups;
  const low = [0, 1].map((i) => (kernel[2 + i] - 1) * dilation[i] - padding[i][0]);
  const high = [0, 1].map((i) => input[2 + i] - 1 + padding[i][0] - (output[2 + i] - 1) * stride[i]);
  const source = frame(y, stride, low, high);
  const axes: WalkAxis[] = [
    { size: input[0], a: [0, 1], b: null, out: [0, 1] },
    { size: groups, a: [1, outer], b: [0, outer], out: [1, inner] },
    { size: inner, a: null, b: [1, 1], out: [1, 1] },
    { size: input[2], a: [2, 1], b: null, out: [2, 1] },
    { size: input[3], a: [3, 1], b: null, out: [3, 1] },
    { size: outer, a: [1, 1], b: [0, 1], out: null },
    { size: kernel[2], a: [2, dilation[0]], b: [2, -1], out: null },
    { size: kernel[3], a: [3, dilation[1]], b: [3, -1], out: null },
  ];
  const [n, c, h, width] = input;
  const ends = { h: kernel[2] - 1, w: kernel[3] - 1 };
  if (!prefersChannels(inner, input, outer * kernel[2] * kernel[3]) || kernel[2] * kernel[3] === 1) {
    return bind1(contractPrimitive, [source, w], {
      shape: input,
      axes,
      bStart: [0, 0, ends.h, ends.w],
      name: "conv.input",
    });
  }
  const moved = (walk: Walk): Walk => walk && [toChannelsFirst[walk[0]], walk[1]];
  const result = bind1(contractPrimitive, [source, copied(transpose(w, [0, 2, 3, 1]))], {
    shape: [n, h, width, c],
    axes: axes.map((axis) => ({ ...axis, b: moved(axis.b), out: moved(axis.out) })),
    bStart: [0, ends.h, ends.w, 0],
    name: "conv.input",
  });
  return copied(transpose(result, toChannelsFirst));
}

function convKernel(x: Tensor, y: Tensor, params: ConvParams): Tensor {
  const { input, kernel, output, stride, dilation, groups } = params;
  const inner = kernel[1], outer = kernel[0] / groups;
  // Groups of one example lead, like examples: where a vmap made them of examples, stripes run along them.
  const lead = input[0] === 1 && groups > 1;
  if (lead) {
    x = reshape(x, [groups, inner, ...input.slice(2)]);
    y = reshape(y, [groups, outer, ...output.slice(2)]);
  }
  const source = paddedInput(x, params);
  if (inner < laneMinimum && outer < laneMinimum) return convKernelByTaps(source, y, params);
  // Lanes along the channels of one side, which is transposed to pixel-major order: the side with fewer of them, if they fill a tile.
  const lanesOuter = outer >= tileLanes && inner >= tileLanes ? outer <= inner : outer >= inner;
  const a = lanesOuter ? source : copied(transpose(source, [0, 2, 3, 1]));
  const b = lanesOuter ? copied(transpose(y, [0, 2, 3, 1])) : y;
  const inA = lanesOuter ? { n: 0, c: 1, h: 2, w: 3 } : { n: 0, c: 3, h: 1, w: 2 };
  const inB = lanesOuter ? { n: 0, c: 3, h: 1, w: 2 } : { n: 0, c: 1, h: 2, w: 3 };
  // [group, the other channels, window, lanes]
  const group: WalkAxis = lead
    ? { size: groups, a: [inA.n, 1], b: [inB.n, 1], out: [0, 1] }
    : { size: groups, a: [inA.c, inner], b: [inB.c, outer], out: [0, 1] };
  const axes: WalkAxis[] = [
    ...lead ? [] : [{ size: output[0], a: [inA.n, 1], b: [inB.n, 1], out: null } as const],
    { size: output[2], a: [inA.h, stride[0]], b: [inB.h, 1], out: null },
    { size: output[3], a: [inA.w, stride[1]], b: [inB.w, 1], out: null },
    group,
    { size: inner, a: [inA.c, 1], b: null, out: [lanesOuter ? 1 : 4, 1] },
    { size: kernel[2], a: [inA.h, dilation[0]], b: null, out: [2, 1] },
    { size: kernel[3], a: [inA.w, dilation[1]], b: null, out: [3, 1] },
    { size: outer, a: null, b: [inB.c, 1], out: [lanesOuter ? 4 : 1, 1] },
  ];
  const shape = [groups, lanesOuter ? inner : outer, kernel[2], kernel[3], lanesOuter ? outer : inner];
  const result = bind1(contractPrimitive, [a, b], { shape, axes, bStart: noStart, name: "conv.kernel" });
  return reshape(transpose(result, lanesOuter ? [0, 4, 1, 2, 3] : [0, 1, 4, 2, 3]), kernel);
}

/** Few channels a group (depthwise): each tap is a sum of products over examples and pixels. */
function convKernelByTaps(source: Tensor, y: Tensor, { kernel, output, stride, dilation, groups }: ConvParams): Tensor {
  const [n, , h, w] = output;
  const inner = kernel[1], outer = kernel[0] / groups;
  const gradients = reshape(y, [n, groups, outer, 1, h, w]);
  const taps: Tensor[] = [];
  for (let i = 0; i < kernel[2]; i++) {
    for (let j = 0; j < kernel[3]; j++) {
      const start = [0, 0, i * dilation[0], j * dilation[1]];
      const part = slice(source, {
        start,
        limit: [
          source.shape[0],
          source.shape[1],
          start[2] + (h - 1) * stride[0] + 1,
          start[3] + (w - 1) * stride[1] + 1,
        ],
        step: [1, 1, ...stride],
      });
      const shape = [n, groups, outer, inner, h, w];
      const pixels = broadcast(reshape(part, [n, groups, 1, inner, h, w]), shape, [0, 1, 2, 3, 4, 5]);
      const product = mul(pixels, broadcast(gradients, shape, [0, 1, 2, 3, 4, 5]));
      taps.push(reshape(sum(product, [0, 4, 5]), [kernel[0], inner, 1]));
    }
  }
  return reshape(concat(taps, 2), kernel);
}

/** The Graph with all contractions in the form that has kernels. */
export function expand(graph: Graph): Graph {
  return trace(
    "expand",
    graph.inputs.map((t) => t.aval),
    (inputs) =>
      evaluate(graph, inputs, (node: Node, operands) => {
        const [out] = node.outputs;
        const { kind } = node.primitive!.lower;
        // The sum of nothing.
        if ((kind === "dot" || kind === "conv" || kind === "reduce") && operands.some((t) => t.size === 0)) {
          return [full(out.shape, 0, out.dtype)];
        }
        switch (kind) {
          case "dot":
            return [expandDot(operands[0], operands[1], node.params)];
          case "conv":
            return [expandConv(operands[0], operands[1], node.params)];
          default:
            return bind(node.primitive!, operands, node.params);
        }
      }),
  );
}
