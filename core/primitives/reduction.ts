/** Reductions beside sum: extrema and where they are, cumulative sums. */
import { read } from "../compile/expr.ts";
import { show } from "../errors.ts";
import { bind1 } from "../graph.ts";
import type { LoopContext, Primitive } from "../primitive.ts";
import { aval, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { broadcast, checkKind, convert, flat, keptAxes, linear, reshape, select, sum, zerosLike } from "./algebra.ts";
import { apply, div } from "./arithmetic.ts";
import { equal } from "./comparison.ts";

interface ReduceParams {
  readonly axes: readonly number[];
}

function extremum(name: string, op: "max" | "min"): Primitive<ReduceParams> {
  const primitive: Primitive<ReduceParams> = {
    name,
    infer([x], { axes }) {
      if (axes.some((axis) => x.shape[axis] === 0)) {
        throw new TypeError(
          `${name}: no elements to choose from: shape ${show(x.shape)} is empty along axes ${show(axes)}`,
        );
      }
      return [aval(x.shape.filter((_, i) => !axes.includes(i)), x.dtype)];
    },
    jvp({ operands: [x], outputs: [out], params }, [tangent]) {
      if (!tangent) return [null];
      const { mask, count } = ties(x, out, params);
      return [apply(div, sum(select(mask, tangent, zerosLike(tangent)), params.axes), count)];
    },
    vjp({ operands: [x], outputs: [out], params }, [cotangent]) {
      if (!cotangent) return [null];
      const { mask, count } = ties(x, out, params);
      const share = broadcast(apply(div, cotangent, count), x.shape, keptAxes(x.shape, params.axes));
      return [select(mask, share, zerosLike(share))];
    },
    batch: ([x], _batched, _size, { axes }) => [bind1(primitive, [x], { axes: axes.map((axis) => axis + 1) })],
    axes: ([x], _outputs, { axes }) => ({
      parallel: keptAxes(x.shape, axes).map((axis, i) => [i, 0, axis] as const),
      summed: [],
    }),
    lower: { kind: "reduce", op },
  };
  return primitive;
}

/** Which elements attain the extremum, and how many: they share the derivative equally, as PyTorch's amax. */
function ties(x: Tensor, out: Tensor, { axes }: ReduceParams): { mask: Tensor; count: Tensor } {
  const mask = equal(x, broadcast(out, x.shape, keptAxes(x.shape, axes)));
  return { mask, count: sum(convert(mask, x.dtype), axes) };
}

const maxPrimitive = /* @__PURE__ */ extremum("max", "max");
const minPrimitive = /* @__PURE__ */ extremum("min", "min");

/** The largest along the axes, which disappear; NaN if there is one. */
export function reduceMax(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : bind1(maxPrimitive, [x], { axes });
}

/** The smallest along the axes, which disappear; NaN if there is one. */
export function reduceMin(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : bind1(minPrimitive, [x], { axes });
}

/** Rows of an operand along one axis: `outer` blocks of `extent` elements `inner` apart. */
export function rowsOf(shape: readonly number[], axis: number): { outer: number; extent: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), extent: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

/** Where along the axis the first largest (or smallest) element is; the first NaN if there is one. */
export const argExtremumPrimitive: Primitive<{ axis: number; op: "max" | "min" }> = /* @__PURE__ */ flat(
  "argExtremum",
  {
    infer([x], { axis, op }) {
      if (x.shape[axis] === 0) {
        throw new TypeError(`arg${op}: no elements to choose from: shape ${show(x.shape)} is empty along axis ${axis}`);
      }
      return [aval(x.shape.filter((_, i) => i !== axis), "int32")];
    },
    batch: ([x], _batched, _size, { axis, op }) => argExtremum(x, axis + 1, op),
    axes: ([x], _outputs, { axis }) => ({
      parallel: keptAxes(x.shape, [axis]).map((a, i) => [i, 0, a] as const),
      summed: [],
    }),
    lower: {
      kind: "loops",
      build({ builder: b, operands: [x], outputs: [out], params: { axis, op } }) {
        const { outer, extent, inner } = rowsOf(x.aval.shape, axis);
        b.loop(0, outer, 1, (o) => {
          b.loop(0, inner, 1, (i) => {
            const start = b.let(o.mul(extent * inner).add(i));
            const best = b.variable(x.aval.dtype);
            const at = b.variable("int32");
            b.set(best, b.load(x.buffer, start));
            b.set(at, start.like(0));
            b.loop(1, extent, 1, (k) => {
              const value = b.let(b.load(x.buffer, start.add(k.mul(inner))));
              const held = read(best);
              const better = op === "max" ? value.gt(held) : value.lt(held);
              // A first NaN beats everything, and nothing beats it.
              b.if(better.or(value.ne(value).and(held.eq(held))), () => {
                b.set(best, value);
                b.set(at, k);
              });
            });
            b.store(out.buffer, o.mul(inner).add(i), read(at));
          });
        });
      },
      reference([x], [a], { axis, op }) {
        const { outer, extent, inner } = rowsOf(a.shape, axis);
        const out = new Float64Array(outer * inner);
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) {
            const row = Array.from({ length: extent }, (_, k) => x[(o * extent + k) * inner + i]);
            const nan = row.findIndex(Number.isNaN);
            out[o * inner + i] = nan >= 0 ? nan : row.indexOf(op === "max" ? Math.max(...row) : Math.min(...row));
          }
        }
        return [out];
      },
    },
  },
);

/** Where along the axis the first largest or smallest element is, int32. */
export function argExtremum(x: Tensor, axis: number, op: "max" | "min"): Tensor {
  return bind1(argExtremumPrimitive, [x], { axis, op });
}

interface CumulativeParams {
  readonly axis: number;
  readonly reverse: boolean;
}

/** Sums of all elements up to and with each one, along an axis, from the front or from the back. */
export const cumsumPrimitive: Primitive<CumulativeParams> = /* @__PURE__ */ linear("cumsum", {
  infer([x]) {
    checkKind("cumsum", "number", [x]);
    return [x];
  },
  transpose: (cotangent, { params: { axis, reverse } }) => cumsum(cotangent, axis, !reverse),
  batch: ([x], _batched, _size, { axis, reverse }) => cumsum(x, axis + 1, reverse),
  axes: ([x], _outputs, { axis }) => ({
    parallel: keptAxes(x.shape, [axis]).map((a) => [a, 0, a] as const),
    summed: [],
  }),
  lower: {
    kind: "loops",
    build: (
      { builder: b, operands: [x], outputs: [out], params: { axis, reverse } }: LoopContext<CumulativeParams>,
    ) => {
      const { outer, extent, inner } = rowsOf(x.aval.shape, axis);
      // float32 sums run in float64, so that long ones stay exact to rounding.
      const type = x.aval.dtype === "float32" ? "float64" : x.aval.dtype;
      b.loop(0, outer, 1, (o) => {
        b.loop(0, inner, 1, (i) => {
          const start = b.let(o.mul(extent * inner).add(i));
          const total = b.variable(type);
          b.set(total, read(total).like(0));
          b.loop(0, extent, 1, (k) => {
            const at = b.let(start.add((reverse ? k.neg().add(extent - 1) : k).mul(inner)));
            b.set(total, read(total).add(b.load(x.buffer, at).convert(type)));
            b.store(out.buffer, at, read(total).convert(x.aval.dtype));
          });
        });
      });
    },
    reference([x], [a], { axis, reverse }) {
      const { outer, extent, inner } = rowsOf(a.shape, axis);
      const out = new Float64Array(x.length);
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          let total = 0;
          for (let n = 0; n < extent; n++) {
            const at = (o * extent + (reverse ? extent - 1 - n : n)) * inner + i;
            out[at] = total += x[at];
          }
        }
      }
      return [out];
    },
  },
});

/** Sums of all elements up to and with each one, along an axis. */
export function cumsum(x: Tensor, axis: number, reverse = false): Tensor {
  return bind1(cumsumPrimitive, [x], { axis, reverse });
}

/** x with unit axes where a reduction removed some. */
export function restoreAxes(reduced: Tensor, shape: readonly number[], axes: readonly number[]): Tensor {
  return reshape(reduced, shape.map((extent, i) => axes.includes(i) ? 1 : extent));
}
