/** Contractions: dot, and convolution as one form with three modes whose derivatives are the other two. */
import { show } from "../errors.ts";
import { bind1 } from "../graph.ts";
import type { Primitive } from "../primitive.ts";
import { type Aval, aval, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { alignBatch, checkKind, linear, reshape } from "./algebra.ts";
import { transpose } from "./movement.ts";

/** Which axes of the two operands are summed over in pairs, and which run in parallel. */
export interface DotParams {
  readonly contract: readonly [readonly number[], readonly number[]];
  readonly batch: readonly [readonly number[], readonly number[]];
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Axes of an operand that are neither contracted nor batch axes. */
export function freeAxes(rank: number, { contract, batch }: DotParams, k: 0 | 1): number[] {
  return range(rank).filter((i) => !contract[k].includes(i) && !batch[k].includes(i));
}

/** Sums of products: batch axes, then the free axes of the left, then those of the right. */
export const dotPrimitive: Primitive<DotParams> = /* @__PURE__ */ linear("dot", {
  each: true,
  infer([x, y], params) {
    checkKind("dot", "number", [x, y]);
    if (x.dtype !== y.dtype) throw new TypeError(`dot: dtypes ${x.dtype} and ${y.dtype} differ; use ops.cast`);
    for (const [a, b] of [params.contract, params.batch]) {
      a.forEach((axis, i) => {
        if (x.shape[axis] !== y.shape[b[i]]) {
          throw new TypeError(
            `dot: ${show(x.shape)} and ${show(y.shape)} do not match: ${x.shape[axis]} against ${y.shape[b[i]]}`,
          );
        }
      });
    }
    const batch = params.batch[0].map((i) => x.shape[i]);
    const left = freeAxes(x.shape.length, params, 0).map((i) => x.shape[i]);
    const right = freeAxes(y.shape.length, params, 1).map((i) => y.shape[i]);
    return [aval([...batch, ...left, ...right], x.dtype)];
  },
  transpose(cotangent, { operands, params }, k) {
    // The cotangent [batch, left, right] with the other operand, over the other operand's free axes.
    const x = operands[k];
    const other = operands[1 - k];
    const mine = params.contract[k];
    const theirs = params.contract[1 - k];
    const free = freeAxes(x.shape.length, params, k as 0 | 1);
    const otherFree = freeAxes(other.shape.length, params, 1 - k as 0 | 1);
    const b = params.batch[0].length;
    const at = k === 0 ? b + free.length : b; // where the other's free axes are in the cotangent
    const result = dot(cotangent, other, {
      contract: [otherFree.map((_, i) => at + i), otherFree],
      batch: [range(b), params.batch[1 - k]],
    });
    // Now [batch, my free axes, the other's contracted axes in its own order].
    const order = new Array<number>(x.shape.length);
    params.batch[k].forEach((axis, i) => order[axis] = i);
    free.forEach((axis, i) => order[axis] = b + i);
    const sorted = [...theirs].sort((p, q) => p - q);
    mine.forEach((axis, i) => order[axis] = b + free.length + sorted.indexOf(theirs[i]));
    return transpose(result, order);
  },
  batch(operands, batched, size, { contract, batch }) {
    const shift = (axes: readonly number[]) => axes.map((axis) => axis + 1);
    const alone = batched[0] === batched[1] ? -1 : batched.indexOf(true);
    if (alone >= 0) {
      // The examples of one operand are a free axis of it: one product with the other as it is.
      const [x, y] = operands;
      const moved = (axes: readonly number[], k: number) => k === alone ? shift(axes) : axes;
      const result = dot(x, y, {
        contract: [moved(contract[0], 0), moved(contract[1], 1)],
        batch: [moved(batch[0], 0), moved(batch[1], 1)],
      });
      const first = batch[0].length +
        (alone === 0 ? 0 : x.shape.length - batch[0].length - contract[0].length);
      const rest = result.shape.map((_, i) => i).filter((i) => i !== first);
      return first === 0 ? result : transpose(result, [first, ...rest]);
    }
    const [x, y] = alignBatch(operands, batched, size);
    return dot(x, y, {
      contract: [shift(contract[0]), shift(contract[1])],
      batch: [[0, ...shift(batch[0])], [0, ...shift(batch[1])]],
    });
  },
  axes([x, y], _outputs, params) {
    const parallel: [number, number, number][] = [];
    const b = params.batch[0].length;
    params.batch.forEach((axes, k) => axes.forEach((axis, i) => parallel.push([i, k, axis])));
    const left = freeAxes(x.shape.length, params, 0);
    left.forEach((axis, i) => parallel.push([b + i, 0, axis]));
    freeAxes(y.shape.length, params, 1).forEach((axis, i) => parallel.push([b + left.length + i, 1, axis]));
    const summed = params.contract.flatMap((axes, k) => axes.map((axis) => [k, axis] as const));
    const paired = params.contract[0].map((axis, i) => [0, axis, 1, params.contract[1][i]] as const);
    return { parallel, summed, paired };
  },
  lower: { kind: "dot" },
});

/** Sums of products over paired axes. */
export function dot(x: Tensor, y: Tensor, params: DotParams): Tensor {
  return bind1(dotPrimitive, [x, y], params);
}

/** The sizes of a convolution y = x ∗ w. `mode` says which of the three is computed from the other two. */
export interface ConvParams {
  readonly mode: "output" | "input" | "kernel";
  /** [N, C, …spatial] */
  readonly input: Shape;
  /** [O, C / groups, …window] */
  readonly kernel: Shape;
  /** [N, O, …spatial] */
  readonly output: Shape;
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Zeros before and after, for each spatial axis. */
  readonly padding: readonly (readonly [number, number])[];
  readonly groups: number;
}

const roles = {
  output: ["input", "kernel", "output"],
  input: ["output", "kernel", "input"],
  kernel: ["input", "output", "kernel"],
} as const;

/** Convolution (cross-correlation, as everywhere in the field) of any number of spatial axes. */
export const convPrimitive: Primitive<ConvParams> = /* @__PURE__ */ linear("conv", {
  each: true,
  infer(operands, params) {
    checkKind("conv", "number", operands);
    const [first, second, result] = roles[params.mode];
    if (operands[0].dtype !== operands[1].dtype) {
      throw new TypeError(`conv: dtypes ${operands[0].dtype} and ${operands[1].dtype} differ; use ops.cast`);
    }
    [first, second].forEach((role, k) => {
      if (show(operands[k].shape) !== show(params[role])) {
        throw new TypeError(`conv: the ${role} has shape ${show(operands[k].shape)}, expected ${show(params[role])}`);
      }
    });
    return [aval(params[result], operands[0].dtype)];
  },
  transpose(cotangent, { operands, params }, k) {
    // The cotangent takes the place of the result; what is computed is operand k.
    const names = roles[params.mode];
    const values = { [names[0]]: operands[0], [names[1]]: operands[1], [names[2]]: cotangent } as Record<
      "input" | "kernel" | "output",
      Tensor
    >;
    const mode = names[k];
    const [first, second] = roles[mode];
    return conv(values[first], values[second], { ...params, mode });
  },
  batch(operands, batched, size, params) {
    const names = roles[params.mode];
    const kernelAt = names.indexOf("kernel");
    if (params.mode !== "kernel" && !batched[kernelAt]) {
      // The kernel is shared: the batch joins the examples.
      const join = (shape: Shape): Shape => [size * shape[0], ...shape.slice(1)];
      const joined = { ...params, input: join(params.input), output: join(params.output) };
      const [x, w] = operands;
      const result = conv(reshape(x, join(params[names[0]])), w, joined);
      return reshape(result, [size, ...params[names[2]]]);
    }
    // A kernel for each: the batch joins the groups. Images carry it in the channels, kernels in the output channels.
    const grouped = {
      ...params,
      input: [params.input[0], size * params.input[1], ...params.input.slice(2)],
      output: [params.output[0], size * params.output[1], ...params.output.slice(2)],
      kernel: [size * params.kernel[0], ...params.kernel.slice(1)],
      groups: size * params.groups,
    };
    const aligned = alignBatch(operands, batched, size).map((x, k) => {
      const role = names[k];
      return reshape(role === "kernel" ? x : transpose(x, [1, 0, ...range(x.ndim).slice(2)]), grouped[role]);
    });
    const result = conv(aligned[0], aligned[1], grouped);
    if (params.mode === "kernel") return reshape(result, [size, ...params.kernel]);
    const shape = params[names[2]];
    return transpose(reshape(result, [shape[0], size, ...shape.slice(1)]), [1, 0, ...range(shape.length + 1).slice(2)]);
  },
  axes(_operands, _outputs, { mode }) {
    // Examples run in parallel, or are summed for the kernel. Channels and space mix.
    if (mode === "kernel") return { parallel: [], summed: [[0, 0], [1, 0]], paired: [[0, 0, 1, 0]] };
    return { parallel: [[0, 0, 0]], summed: [] };
  },
  lower: { kind: "conv" },
  resize(params, operands) {
    const n = operands[0].shape[0];
    return { ...params, input: [n, ...params.input.slice(1)], output: [n, ...params.output.slice(1)] };
  },
});

/** Convolution of the two operands that `params.mode` asks for. */
export function conv(x: Tensor, y: Tensor, params: ConvParams): Tensor {
  return bind1(convPrimitive, [x, y], params);
}

/** Multiply–adds of a convolution, for reports. */
export function convWork({ kernel, output }: ConvParams): number {
  return sizeOf(output) * sizeOf(kernel.slice(1));
}

/** Multiply–adds of a dot. */
export function dotWork([x]: readonly Aval[], out: Aval, { contract }: DotParams): number {
  return out.size * contract[0].reduce((n, axis) => n * x.shape[axis], 1);
}
