/** Indexing: gather and its transpose, sorting, and the position of the largest in a window. */
import { constant, type Expr, read } from "../compile/expr.ts";
import type { Builder } from "../compile/loop.ts";
import { show } from "../errors.ts";
import { bind1 } from "../graph.ts";
import type { LoopContext, Primitive } from "../primitive.ts";
import { aval, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { alignBatch, flat, keptAxes, linear } from "./algebra.ts";
import { rowsOf } from "./reduction.ts";

function checkIndices(name: string, dtype: string): void {
  if (dtype !== "int32") throw new TypeError(`${name}: indices must be int32, got ${dtype}; use ops.cast`);
}

/** An index brought into 0..extent − 1: one rule for reading and writing, so that nothing leaves its tensor; in steps of `inner`. */
function clamped(index: Expr, extent: number, inner: number): Expr {
  const within = index.max(0).min(extent - 1);
  return inner === 1 ? within : within.mul(inner);
}

const clampedNumber = (index: number, extent: number): number => Math.max(0, Math.min(extent - 1, index));

/**
 * Walks all positions of a shape around an axis, beside a tensor that has `extent` elements there: for each, the start of its plane in
 * that tensor, its place behind the axis, and its place in the shape.
 */
function overRows(
  b: Builder,
  shape: Shape,
  axis: number,
  extent: number,
  body: (plane: Expr, i: Expr, at: Expr) => void,
): void {
  const { outer, extent: count, inner } = rowsOf(shape, axis);
  b.loop(0, outer, 1, (o) => {
    const plane = b.let(o.mul(extent * inner)), start = b.let(o.mul(count * inner));
    if (inner > 1) {
      b.loop(0, count, 1, (k) => {
        const row = b.let(start.add(k.mul(inner)));
        b.loop(0, inner, 1, (i) => body(plane, i, b.let(row.add(i))));
      });
      return;
    }
    // Short bodies: several a turn.
    const whole = count - count % 4, none = constant("int32", 0);
    const turn = (k: Expr, copies: number): void => {
      const at = b.let(start.add(k));
      for (let u = 0; u < copies; u++) body(plane, none, at.add(u));
    };
    if (whole > 0) b.loop(0, whole, 4, (k) => turn(k, 4));
    if (whole < count) b.loop(whole, count, 1, (k) => turn(k, 1));
  });
}

/** out[…, i, …] = x[…, indices[…, i, …], …] along an axis; indices outside are clamped to the nearest. */
export const gatherPrimitive: Primitive<{ axis: number }> = /* @__PURE__ */ linear("gather", {
  in: [0],
  infer([x, indices], { axis }) {
    checkIndices("gather", indices.dtype);
    const fits = x.shape.length === indices.shape.length &&
      x.shape.every((n, i) => i === axis || n === indices.shape[i]);
    if (!fits) {
      throw new TypeError(`gather: indices ${show(indices.shape)} do not fit ${show(x.shape)} beside axis ${axis}`);
    }
    if (x.shape[axis] === 0 && indices.size > 0) {
      throw new TypeError(`gather: nothing to take from: axis ${axis} of ${show(x.shape)} is empty`);
    }
    return [aval(indices.shape, x.dtype)];
  },
  transpose: (cotangent, { operands: [x, indices], params: { axis } }) =>
    scatterAdd(cotangent, indices, axis, x.shape[axis]),
  batch: (operands, batched, size, { axis }) => {
    const [x, indices] = alignBatch(operands, batched, size);
    return gather(x, indices, axis + 1);
  },
  axes: ([x], _outputs, { axis }) => ({
    parallel: keptAxes(x.shape, [axis]).flatMap((a) => [[a, 0, a] as const, [a, 1, a] as const]),
    summed: [],
  }),
  lower: {
    kind: "loops",
    build({ builder: b, operands: [x, indices], outputs: [out], params: { axis } }) {
      const { extent, inner } = rowsOf(x.aval.shape, axis);
      overRows(b, out.aval.shape, axis, extent, (plane, i, at) => {
        const from = plane.add(clamped(b.load(indices.buffer, at), extent, inner)).add(i);
        b.store(out.buffer, at, b.load(x.buffer, from));
      });
    },
    reference([x, indices], [a], { axis }, [out]) {
      const { extent, inner } = rowsOf(a.shape, axis);
      const count = out.shape[axis];
      return [Float64Array.from(indices, (index, at) => {
        const o = Math.floor(at / (count * inner));
        return x[(o * extent + clampedNumber(index, extent)) * inner + at % inner];
      })];
    },
  },
});

/** Elements of x along an axis, chosen by int32 indices of the same rank. */
export function gather(x: Tensor, indices: Tensor, axis: number): Tensor {
  return bind1(gatherPrimitive, [x, indices], { axis });
}

interface ScatterParams {
  readonly axis: number;
  readonly extent: number;
}

/** The transpose of gather: out[…, indices[…, i, …], …] += updates[…, i, …], in order, from zeros. */
export const scatterAddPrimitive: Primitive<ScatterParams> = /* @__PURE__ */ linear("scatterAdd", {
  in: [0],
  infer([updates, indices], { axis, extent }) {
    checkIndices("scatterAdd", indices.dtype);
    if (show(updates.shape) !== show(indices.shape)) {
      throw new TypeError(`scatterAdd: updates ${show(updates.shape)} and indices ${show(indices.shape)} differ`);
    }
    return [aval(updates.shape.map((n, i) => i === axis ? extent : n), updates.dtype)];
  },
  transpose: (cotangent, { operands: [, indices], params: { axis } }) => gather(cotangent, indices, axis),
  batch: (operands, batched, size, { axis, extent }) => {
    const [updates, indices] = alignBatch(operands, batched, size);
    return scatterAdd(updates, indices, axis + 1, extent);
  },
  axes: ([x], _outputs, { axis }) => ({
    parallel: keptAxes(x.shape, [axis]).flatMap((a) => [[a, 0, a] as const, [a, 1, a] as const]),
    summed: [],
  }),
  lower: {
    kind: "loops",
    build({ builder: b, operands: [updates, indices], outputs: [out], params: { axis, extent } }) {
      const { inner } = rowsOf(updates.aval.shape, axis);
      b.zero(out.buffer, 0, out.aval.size);
      overRows(b, updates.aval.shape, axis, extent, (plane, i, at) => {
        const to = b.let(plane.add(clamped(b.load(indices.buffer, at), extent, inner)).add(i));
        b.store(out.buffer, to, b.load(out.buffer, to).add(b.load(updates.buffer, at)));
      });
    },
    reference([updates, indices], [a], { axis, extent }, [result]) {
      const { extent: count, inner } = rowsOf(a.shape, axis);
      const out = new Float64Array(result.size);
      updates.forEach((value, at) => {
        const o = Math.floor(at / (count * inner));
        out[(o * extent + clampedNumber(indices[at], extent)) * inner + at % inner] += value;
      });
      return [out];
    },
  },
});

/** Sums of updates at int32 indices along an axis of `extent`. */
export function scatterAdd(updates: Tensor, indices: Tensor, axis: number, extent: number): Tensor {
  return bind1(scatterAddPrimitive, [updates, indices], { axis, extent });
}

/** The stable order along an axis, ascending, NaN last: int32 positions. */
export const argsortPrimitive: Primitive<{ axis: number }> = /* @__PURE__ */ flat("argsort", {
  infer: ([x]) => [aval(x.shape, "int32")],
  batch: ([x], _batched, _size, { axis }) => argsort(x, axis + 1),
  axes: ([x], _outputs, { axis }) => ({
    parallel: keptAxes(x.shape, [axis]).map((a) => [a, 0, a] as const),
    summed: [],
  }),
  lower: {
    kind: "loops",
    scratch: ([x], { axis }) => [aval([2 * x.shape[axis]], "int32")],
    // A bottom-up merge sort of positions between the two halves of the scratch.
    build({ builder: b, operands: [x], outputs: [out], scratch: [scratch], params: { axis } }) {
      const { outer, extent, inner } = rowsOf(x.aval.shape, axis);
      b.loop(0, outer, 1, (o) =>
        b.loop(0, inner, 1, (i) => {
          const start = b.let(o.mul(extent * inner).add(i));
          const key = (position: Expr): Expr => b.let(b.load(x.buffer, start.add(position.mul(inner))));
          b.loop(0, extent, 1, (k) => b.store(scratch, k, k));
          const from = b.variable("int32"), to = b.variable("int32"), width = b.variable("int32");
          b.set(from, constant("int32", 0));
          b.set(to, constant("int32", extent));
          b.set(width, constant("int32", 1));
          b.while(read(width).lt(extent), () => {
            const left = b.variable("int32");
            b.set(left, constant("int32", 0));
            b.while(read(left).lt(extent), () => {
              const middle = b.let(read(left).add(read(width)).min(extent));
              const end = b.let(middle.add(read(width)).min(extent));
              const p = b.variable("int32"), q = b.variable("int32");
              b.set(p, read(left));
              b.set(q, middle);
              b.loop(read(left), end, 1, (k) => {
                const takeLeft = b.variable("bool");
                b.set(takeLeft, read(p).lt(middle));
                b.if(read(p).lt(middle).and(read(q).lt(end)), () => {
                  const a = key(b.let(b.load(scratch, read(from).add(read(p)))));
                  const c = key(b.let(b.load(scratch, read(from).add(read(q)))));
                  // Left stays first unless the right one is smaller: stable; NaN is larger than all.
                  b.set(takeLeft, c.lt(a).or(a.ne(a).and(c.eq(c))).not());
                });
                b.if(read(takeLeft), () => {
                  b.store(scratch, read(to).add(k), b.load(scratch, read(from).add(read(p))));
                  b.set(p, read(p).add(1));
                }, () => {
                  b.store(scratch, read(to).add(k), b.load(scratch, read(from).add(read(q))));
                  b.set(q, read(q).add(1));
                });
              });
              b.set(left, end);
            });
            b.set(from, read(from).neg().add(extent));
            b.set(to, read(to).neg().add(extent));
            b.set(width, read(width).mul(2));
          });
          b.loop(0, extent, 1, (k) => b.store(out.buffer, start.add(k.mul(inner)), b.load(scratch, read(from).add(k))));
        }));
    },
    reference([x], [a], { axis }) {
      const { outer, extent, inner } = rowsOf(a.shape, axis);
      const out = new Float64Array(x.length);
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          const at = (k: number) => (o * extent + k) * inner + i;
          const order = Array.from({ length: extent }, (_, k) => k);
          order.sort((p, q) => {
            const [u, v] = [x[at(p)], x[at(q)]];
            return Number.isNaN(u) ? (Number.isNaN(v) ? p - q : 1) : Number.isNaN(v) ? -1 : u - v || p - q;
          });
          order.forEach((position, k) => out[at(k)] = position);
        }
      }
      return [out];
    },
  },
});

/** The stable ascending order along an axis, as int32 positions. */
export function argsort(x: Tensor, axis: number): Tensor {
  return bind1(argsortPrimitive, [x], { axis });
}

/** A window that slides over the last two axes. */
export interface WindowParams {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly (readonly [number, number])[];
}

function windowShape(shape: Shape, { window, stride, padding }: WindowParams): Shape {
  const rank = shape.length;
  const out = (axis: number): number =>
    Math.floor((shape[rank - 2 + axis] + padding[axis][0] + padding[axis][1] - window[axis]) / stride[axis]) + 1;
  return [...shape.slice(0, rank - 2), out(0), out(1)];
}

/** Windows side by side in the lanes, where none reaches over the edge: element by element of the window, without a branch. */
function windowsInLanes(
  { builder: b, operands: [x], outputs: [out], scratch: [scratch], params }: LoopContext<WindowParams>,
): void {
  const { window, stride } = params;
  const { lanes } = b;
  const [height, width] = x.aval.shape.slice(-2);
  const [rows, columns] = out.aval.shape.slice(-2);
  const planes = sizeOf(x.aval.shape.slice(0, -2));
  b.loop(0, lanes, 1, (l) => b.store(scratch, l, l));
  const steps = b.let(b.load(scratch, 0, 1).mul(stride[1]));
  b.loop(0, planes, 1, (n) =>
    b.loop(0, rows, 1, (r) => {
      const row = b.let(r.mul(stride[0] * width));
      const plane = b.let(n.mul(height * width));
      const vector = (c: Expr): void => {
        const corner = b.let(row.add(c.mul(stride[1])));
        const best = b.variable(x.aval.dtype, true), at = b.variable("int32", true);
        for (let i = 0; i < window[0]; i++) {
          for (let j = 0; j < window[1]; j++) {
            const value = b.let(b.load(x.buffer, plane.add(corner).add(i * width + j), stride[1]));
            const here = constant("int32", i * width + j).splat();
            if (i + j === 0) {
              b.set(best, value);
              b.set(at, here);
              continue;
            }
            const better = b.let(value.gt(read(best)).or(value.ne(value)));
            b.set(at, better.select(here, read(at)));
            b.set(best, better.select(value, read(best)));
          }
        }
        b.store(out.buffer, n.mul(rows).add(r).mul(columns).add(c), read(at).add(corner.splat()).add(steps));
      };
      const whole = columns - columns % lanes;
      b.loop(0, whole, lanes, vector);
      // The last vector overlaps the one before it.
      if (whole < columns) vector(b.let(constant("int32", columns - lanes)));
    }));
}

/** One window after the other, cut at the edges. */
function windowsOneByOne({ builder: b, operands: [x], outputs: [out], params }: LoopContext<WindowParams>): void {
  const { window, stride, padding } = params;
  const [height, width] = x.aval.shape.slice(-2);
  const [rows, columns] = out.aval.shape.slice(-2);
  const planes = sizeOf(x.aval.shape.slice(0, -2));
  b.loop(0, planes, 1, (n) =>
    b.loop(0, rows, 1, (r) =>
      b.loop(0, columns, 1, (c) => {
        const top = b.let(r.mul(stride[0]).sub(padding[0][0]));
        const left = b.let(c.mul(stride[1]).sub(padding[1][0]));
        const bottom = b.let(top.add(window[0]).min(height));
        const right = b.let(left.add(window[1]).min(width));
        const plane = b.let(n.mul(height * width));
        const best = b.variable(x.aval.dtype), at = b.variable("int32");
        const first = b.let(top.max(0).mul(width).add(left.max(0)));
        b.set(at, first);
        b.set(best, b.load(x.buffer, plane.add(first)));
        b.loop(b.let(top.max(0)), bottom, 1, (i) =>
          b.loop(b.let(left.max(0)), right, 1, (j) => {
            const here = b.let(i.mul(width).add(j));
            const value = b.let(b.load(x.buffer, plane.add(here)));
            b.if(value.gt(read(best)).or(value.ne(value)), () => {
              b.set(best, value);
              b.set(at, here);
            });
          }));
        b.store(out.buffer, n.mul(rows).add(r).mul(columns).add(c), read(at));
      })));
}

/** Where in the plane of the last two axes each window's first largest element is (a NaN beats all): int32, row-major. */
export const windowArgMaxPrimitive: Primitive<WindowParams> = /* @__PURE__ */ flat("windowArgMax", {
  infer: ([x], params) => [aval(windowShape(x.shape, params), "int32")],
  batch: ([x], _batched, _size, params) => windowArgMax(x, params),
  axes: ([x]) => ({ parallel: x.shape.slice(0, -2).map((_, i) => [i, 0, i] as const), summed: [] }),
  lower: {
    kind: "loops",
    scratch: () => [aval([16], "int32")],
    build(context) {
      const { padding } = context.params;
      const { builder, operands: [x], outputs: [out] } = context;
      const columns = out.aval.shape[out.aval.shape.length - 1];
      const inside = padding.every(([low, high]) => low === 0 && high === 0);
      if (inside && x.aval.dtype !== "float64" && columns >= builder.lanes) windowsInLanes(context);
      else windowsOneByOne(context);
    },
    reference([x], [a], { window, stride, padding }, [result]) {
      const [height, width] = a.shape.slice(-2);
      const [rows, columns] = result.shape.slice(-2);
      return [Float64Array.from({ length: result.size }, (_, k) => {
        const c = k % columns, r = Math.floor(k / columns) % rows, n = Math.floor(k / (rows * columns));
        let best = -Infinity, at = -1;
        for (let i = r * stride[0] - padding[0][0], p = 0; p < window[0]; i++, p++) {
          for (let j = c * stride[1] - padding[1][0], q = 0; q < window[1]; j++, q++) {
            if (i < 0 || j < 0 || i >= height || j >= width) continue;
            const value = x[(n * height + i) * width + j];
            if (at < 0 || value > best || Number.isNaN(value)) [best, at] = [value, i * width + j];
          }
        }
        return at;
      })];
    },
  },
});

/** The plane position of each window's largest element. */
export function windowArgMax(x: Tensor, params: WindowParams): Tensor {
  return bind1(windowArgMaxPrimitive, [x], params);
}
