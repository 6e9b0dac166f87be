/** Movement: operations that place elements elsewhere and compute nothing. */
import { type DType, isFloat } from "../dtype.ts";
import { show } from "../errors.ts";
import { bind1 } from "../graph.ts";
import type { Primitive } from "../primitive.ts";
import { aval, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { alignBatch, expandBatch, flat, linear } from "./algebra.ts";

/** Axes in another order: output axis i is operand axis `order[i]`. */
export const transposePrimitive: Primitive<{ order: readonly number[] }> = /* @__PURE__ */ linear("transpose", {
  infer: ([x], { order }) => [aval(order.map((axis) => x.shape[axis]), x.dtype)],
  transpose: (cotangent, { params: { order } }) => transpose(cotangent, order.map((_, i) => order.indexOf(i))),
  batch: ([x], _batched, _size, { order }) => transpose(x, [0, ...order.map((axis) => axis + 1)]),
  axes: (_operands, _outputs, { order }) => ({ parallel: order.map((axis, i) => [i, 0, axis] as const), summed: [] }),
  lower: {
    kind: "view",
    view: (x, { order }) => ({ axes: order, steps: order.map(() => 1), offsets: x.shape.map(() => 0) }),
  },
});

/** x with its axes in another order. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  return order.every((axis, i) => axis === i) ? x : bind1(transposePrimitive, [x], { order });
}

/** Parameters of a slice: along each axis `start`, then every `step`-th element up to, not including, `limit`. */
export interface SliceParams {
  readonly start: readonly number[];
  readonly limit: readonly number[];
  readonly step: readonly number[];
}

const whole = (params: SliceParams, extent: number, i: number): boolean =>
  params.start[i] === 0 && params.step[i] === 1 && params.limit[i] === extent;

/** A strided part of x. */
export const slicePrimitive: Primitive<SliceParams> = /* @__PURE__ */ linear("slice", {
  infer([x], { start, limit, step }) {
    return [aval(x.shape.map((_, i) => Math.max(0, Math.ceil((limit[i] - start[i]) / step[i]))), x.dtype)];
  },
  transpose(cotangent, { operands: [x], params: { start, step } }) {
    const interior = step.map((s) => s - 1);
    const high = x.shape.map((extent, i) => {
      const count = cotangent.shape[i];
      return extent - start[i] - (count === 0 ? 0 : (count - 1) * step[i] + 1);
    });
    return pad(cotangent, { low: start, high, interior, value: 0 });
  },
  batch: ([x], _batched, size, { start, limit, step }) =>
    slice(x, { start: [0, ...start], limit: [size, ...limit], step: [1, ...step] }),
  axes: ([x], _outputs, params) => ({
    parallel: x.shape.flatMap((extent, i) => whole(params, extent, i) ? [[i, 0, i] as const] : []),
    summed: [],
  }),
  lower: {
    kind: "view",
    view: (x, { start, step }) => ({ axes: x.shape.map((_, i) => i), steps: step, offsets: start }),
  },
  resize: (params, [x]) => ({ ...params, limit: params.limit.map((limit, i) => Math.min(limit, x.shape[i])) }),
});

/** A strided part of x. */
export function slice(x: Tensor, params: SliceParams): Tensor {
  return x.shape.every((extent, i) => whole(params, extent, i)) ? x : bind1(slicePrimitive, [x], params);
}

/** Parameters of a pad: elements before, after and between (negative `low` and `high` are not taken: slice instead). */
export interface PadParams {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
}

const framed: Primitive<PadParams> = /* @__PURE__ */ linear("pad", {
  infer([x], { low, high, interior }) {
    return [aval(x.shape.map((n, i) => low[i] + high[i] + n + Math.max(0, n - 1) * interior[i]), x.dtype)];
  },
  transpose(cotangent, { operands: [x], params: { low, interior } }) {
    const limit = x.shape.map((n, i) => n === 0 ? low[i] : low[i] + (n - 1) * (interior[i] + 1) + 1);
    return slice(cotangent, { start: low, limit, step: interior.map((n) => n + 1) });
  },
  batch: ([x], _batched, _size, { low, high, interior, value }) =>
    pad(x, { low: [0, ...low], high: [0, ...high], interior: [0, ...interior], value }),
  axes: ([x], _outputs, { low, high, interior }) => ({
    parallel: x.shape.flatMap((_, i) => low[i] === 0 && high[i] === 0 && interior[i] === 0 ? [[i, 0, i] as const] : []),
    summed: [],
  }),
  lower: {
    kind: "place",
    places: (_operands, { low, interior }) => [{ offsets: low, steps: interior.map((n) => n + 1) }],
    fill: ({ value }) => value,
  },
});

/** x within a frame of a constant, whose tangent is zero. */
export const padPrimitive: Primitive<PadParams> = {
  ...framed,
  jvp: ({ params }, [tangent]) => [
    tangent && isFloat(tangent.dtype) ? bind1(padPrimitive, [tangent], { ...params, value: 0 }) : null,
  ],
};

/** x within a frame of a constant. */
export function pad(x: Tensor, params: PadParams): Tensor {
  const nothing = x.shape.every((_, i) => params.low[i] === 0 && params.high[i] === 0 && params.interior[i] === 0);
  return nothing ? x : bind1(padPrimitive, [x], params);
}

/** x with the order along some axes reversed. */
export const flipPrimitive: Primitive<{ axes: readonly number[] }> = /* @__PURE__ */ linear("flip", {
  infer: ([x]) => [x],
  transpose: (cotangent, { params: { axes } }) => flip(cotangent, axes),
  batch: ([x], _batched, _size, { axes }) => flip(x, axes.map((axis) => axis + 1)),
  axes: ([x], _outputs, { axes }) => ({
    parallel: x.shape.flatMap((_, i) => axes.includes(i) ? [] : [[i, 0, i] as const]),
    summed: [],
  }),
  lower: {
    kind: "view",
    view: (x, { axes }) => ({
      axes: x.shape.map((_, i) => i),
      steps: x.shape.map((_, i) => axes.includes(i) ? -1 : 1),
      offsets: x.shape.map((extent, i) => axes.includes(i) ? Math.max(0, extent - 1) : 0),
    }),
  },
});

/** x with the order along `axes` reversed. */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : bind1(flipPrimitive, [x], { axes });
}

/** Operands one after the other along an axis. */
export const concatPrimitive: Primitive<{ axis: number }> = /* @__PURE__ */ linear("concat", {
  infer(operands, { axis }) {
    const [first] = operands;
    let extent = 0;
    for (const x of operands) {
      if (x.dtype !== first.dtype) {
        throw new TypeError(`concat: dtypes ${first.dtype} and ${x.dtype} differ; use ops.cast`);
      }
      const fits = x.shape.length === first.shape.length && x.shape.every((n, i) => i === axis || n === first.shape[i]);
      if (!fits) {
        throw new TypeError(`concat: shapes ${show(first.shape)} and ${show(x.shape)} differ beside axis ${axis}`);
      }
      extent += x.shape[axis];
    }
    return [aval(first.shape.map((n, i) => i === axis ? extent : n), first.dtype)];
  },
  transpose(cotangent, { operands, params: { axis } }, k) {
    const before = operands.slice(0, k).reduce((n, x) => n + x.shape[axis], 0);
    const start = cotangent.shape.map((_, i) => i === axis ? before : 0);
    const limit = cotangent.shape.map((n, i) => i === axis ? before + operands[k].shape[axis] : n);
    return slice(cotangent, { start, limit, step: start.map(() => 1) });
  },
  batch: (operands, batched, size, { axis }) => concat(alignBatch(operands, batched, size), axis + 1),
  axes: (operands, [out], { axis }) => ({
    parallel: operands.flatMap((_, k) => out.shape.flatMap((_, i) => i === axis ? [] : [[i, k, i] as const])),
    summed: [],
  }),
  lower: {
    kind: "place",
    places(operands, { axis }) {
      let at = 0;
      return operands.map((x) => {
        const offsets = x.shape.map((_, i) => i === axis ? at : 0);
        at += x.shape[axis];
        return { offsets, steps: x.shape.map(() => 1) };
      });
    },
    fill: () => 0,
  },
});

/** Tensors one after the other along an axis. */
export function concat(operands: readonly Tensor[], axis: number): Tensor {
  return operands.length === 1 ? operands[0] : bind1(concatPrimitive, operands, { axis });
}

/** The index along one axis, as values. */
export const iotaPrimitive: Primitive<{ shape: Shape; axis: number; dtype: DType }> = /* @__PURE__ */ flat("iota", {
  infer: (_operands, { shape, dtype }) => [aval(shape, dtype)],
  batch: (_operands, _batched, size, params) => expandBatch(bind1(iotaPrimitive, [], params), size),
  axes: () => ({ parallel: [], summed: [] }),
  lower: { kind: "iota" },
  resize: (params, _operands, shape) => ({ ...params, shape }),
});

/** 0, 1, 2, … along `axis`. */
export function iota(shape: Shape, axis: number, dtype: DType): Tensor {
  return bind1(iotaPrimitive, [], { shape, axis, dtype });
}
