/**
 * A kit of primitives for random graphs of one number type; of integers, every result is exact and must agree to the bit.
 *
 * @module
 */
import type { Tensor } from "../../mod.ts";
import { type DType, isFloat } from "../../core/dtype.ts";
import { bind1 } from "../../core/graph.ts";
import * as a from "../../core/primitives/algebra.ts";
import * as p from "../../core/primitives/arithmetic.ts";
import * as c from "../../core/primitives/comparison.ts";
import { conv, dot } from "../../core/primitives/contraction.ts";
import { argsort, gather, scatterAdd } from "../../core/primitives/indexing.ts";
import { concat, flip, iota, pad, slice, transpose } from "../../core/primitives/movement.ts";
import { argExtremum, cumsum, reduceMax, reduceMin } from "../../core/primitives/reduction.ts";
import { sameShape, sizeOf } from "../../core/shape.ts";
import type { Choices, Instruction } from "../support/programs.ts";
import { convSizes } from "./contractions.ts";

/** Some of the axes of a rank, by the bits of a number. */
const axesBy = (bits: number, rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => bits >> i & 1);

/** The kit for a dtype. */
export function graphKit(dtype: DType): readonly Instruction[] {
  const number = (t: Tensor): boolean => t.dtype === dtype;
  const any = (choose: Choices): Tensor | undefined => choose.value(number);
  const ranked = (choose: Choices): Tensor | undefined => choose.value((t) => number(t) && t.ndim > 0 && t.size > 0);
  const like = (choose: Choices, x: Tensor): Tensor => choose.value((t) => number(t) && sameShape(t.shape, x.shape))!;

  // Of floats, arithmetic rounds, and fused differently than apart.
  const exact = !isFloat(dtype);
  const unary = (name: string, f: (x: Tensor) => Tensor): Instruction => ({
    name,
    exact,
    apply: (choose) => map(any(choose), f),
  });
  const binary = (name: string, f: (x: Tensor, y: Tensor) => Tensor): Instruction => ({
    name,
    exact,
    apply: (choose) => map(any(choose), (x) => f(x, like(choose, x))),
  });
  const along = (
    name: string,
    f: (x: Tensor, axis: number, choose: Choices) => Tensor | undefined,
    exact = true,
  ): Instruction => ({
    name,
    exact,
    apply: (choose) => map(ranked(choose), (x) => f(x, choose.int(x.ndim), choose)),
  });
  const reduction = (name: string, f: (x: Tensor, axes: number[]) => Tensor): Instruction => ({
    name,
    exact,
    apply: (choose) => map(ranked(choose), (x) => f(x, axesBy(choose.int(2 ** x.ndim - 1) + 1, x.ndim))),
  });

  const small = (x: Tensor): Tensor => exact ? x : p.apply(p.tanh, x);

  const common: readonly Instruction[] = [
    binary("add", a.add),
    binary("sub", a.sub),
    binary("mul", (x, y) => exact ? a.mul(x, y) : a.mul(x, p.apply(p.tanh, y))), // values of floats stay small
    unary("neg", (x) => bind1(a.neg, [x], undefined)),
    binary("maximum", (x, y) => p.apply(p.maximum, x, y)),
    binary("minimum", (x, y) => p.apply(p.minimum, x, y)),
    {
      name: "select",
      exact: true,
      apply: (choose) =>
        map(choose.value((t, s) => number(t) && s.exact), (x) => {
          const y = choose.value((t, s) => number(t) && s.exact && sameShape(t.shape, x.shape))!;
          return a.select(c.less(x, y), like(choose, x), like(choose, x));
        }),
    },
    {
      name: "literal",
      exact,
      apply: (choose) => map(any(choose), (x) => a.add(x, a.full(x.shape, choose.of([1, -1, 3, 17]), dtype))),
    },
    {
      name: "spread",
      exact: true,
      apply: (choose) =>
        map(any(choose), (x) => {
          const at = choose.int(x.ndim + 1);
          const shape = [...x.shape];
          shape.splice(at, 0, choose.of([1, 2, 3]));
          return a.broadcast(x, shape, x.shape.map((_, i) => i < at ? i : i + 1));
        }),
    },
    {
      name: "reshape",
      exact: true,
      apply: (choose) =>
        map(any(choose), (x) => {
          const n = sizeOf(x.shape);
          const parts = [2, 3, 4, 5, 6].filter((k) => n % k === 0);
          const shape = choose.int(2) === 0 || parts.length === 0
            ? [n]
            : (([k]) => choose.int(2) ? [k, n / k] : [n / k, k])([choose.of(parts)]);
          return a.reshape(x, shape);
        }),
    },
    along("rotate", (x, axis) => transpose(x, x.shape.map((_, i) => (i + axis) % x.ndim))),
    along("swap", (x, axis, choose) => {
      const order = x.shape.map((_, i) => i), other = choose.int(x.ndim);
      [order[axis], order[other]] = [order[other], order[axis]];
      return transpose(x, order);
    }),
    along("slice", (x, axis, choose) => {
      const start = choose.int(x.shape[axis]), step = choose.int(2) + 1;
      const at = (value: number, otherwise: readonly number[]): number[] =>
        otherwise.map((n, i) => i === axis ? value : n);
      return slice(x, {
        start: at(start, x.shape.map(() => 0)),
        limit: [...x.shape],
        step: at(step, x.shape.map(() => 1)),
      });
    }),
    along("pad", (x, axis, choose) => {
      const at = (value: number): number[] => x.shape.map((_, i) => i === axis ? value : 0);
      return pad(x, {
        low: at(choose.int(3)),
        high: at(choose.int(3)),
        interior: at(choose.int(2)),
        value: choose.int(2),
      });
    }),
    along("flip", (x, axis) => flip(x, [axis])),
    along("concat", (x, axis, choose) => {
      const fits = (t: Tensor): boolean =>
        number(t) && t.ndim === x.ndim && t.shape.every((n, i) => i === axis || n === x.shape[i]);
      return concat([x, choose.value(fits)!, choose.value(fits)!], axis);
    }),
    along("iota", (x, axis) => a.sub(x, iota(x.shape, axis, dtype)), exact),
    reduction("sum", a.sum),
    reduction("max", reduceMax),
    reduction("min", reduceMin),
    // A reduction and what follows from it for each element: the shape of a normalisation.
    reduction("centre", (x, axes) => a.sub(x, a.broadcast(reduceMax(x, axes), x.shape, a.keptAxes(x.shape, axes)))),
    along("cumsum", (x, axis, choose) => cumsum(x, axis, choose.int(2) === 1), exact),
    {
      name: "argmax",
      exact: true,
      apply: (choose) =>
        map(
          choose.value((t, s) => number(t) && s.exact && t.ndim > 0 && t.size > 0),
          (x) => a.convert(argExtremum(x, choose.int(x.ndim), choose.of(["max", "min"])), dtype),
        ),
    },
    {
      name: "sort",
      exact: true,
      apply: (choose) =>
        map(choose.value((t, s) => number(t) && s.exact && t.ndim > 0 && t.size > 0), (x) => {
          const axis = choose.int(x.ndim);
          return gather(x, argsort(x, axis), axis);
        }),
    },
    along("scatter", (x, axis, choose) => {
      const extent = choose.int(3) + 1;
      return scatterAdd(
        x,
        p.apply(p.minimum, iota(x.shape, axis, "int32"), a.full(x.shape, extent - 1, "int32")),
        axis,
        extent,
      );
    }, exact),
    {
      name: "dot",
      exact,
      apply: (choose) =>
        map(choose.value((t) => number(t) && t.ndim >= 1 && t.size < 400), (x) => {
          const k = choose.int(x.ndim);
          const y = choose.value((t) => number(t) && t.ndim >= 1 && t.size < 400 && t.shape.includes(x.shape[k]))!;
          return dot(x, small(y), { contract: [[k], [y.shape.indexOf(x.shape[k])]], batch: [[], []] });
        }),
    },
    {
      name: "batched dot",
      exact,
      apply: (choose) =>
        map(choose.value((t) => number(t) && t.ndim >= 2), (x) => {
          const y = choose.value((t) =>
            number(t) && t.ndim === x.ndim && t.shape[0] === x.shape[0] && t.shape[x.ndim - 1] === x.shape[x.ndim - 1]
          )!;
          const batch = x.shape[0] * x.shape[x.ndim - 1];
          if (x.size * y.size > 500_000 * batch) return undefined; // an outer product of large ones
          return dot(x, small(y), { contract: [[x.ndim - 1], [y.ndim - 1]], batch: [[0], [0]] });
        }),
    },
    {
      name: "conv",
      exact,
      apply: (choose) =>
        map(choose.value((t) => number(t) && t.ndim === 4 && t.size > 0), (x) => {
          const w = map(
            choose.value((t) =>
              number(t) && t.ndim === 4 && t.size > 0 && t.shape[2] * t.shape[3] <= 64 &&
              x.shape[1] % t.shape[1] === 0 &&
              t.shape[0] % (x.shape[1] / t.shape[1]) === 0
            ),
            small,
          );
          if (!w) return undefined;
          const stride = [choose.int(2) + 1, choose.int(2) + 1];
          // Enough padding for any window.
          const padding = [2, 3].map((i) =>
            [w.shape[i] - 1, choose.int(2) + Math.max(0, w.shape[i] - x.shape[i])] as const
          );
          const sizes = convSizes(x.shape, w.shape, { stride, padding, groups: x.shape[1] / w.shape[1] });
          const y = conv(x, w, { ...sizes, mode: "output" });
          switch (choose.int(3)) {
            case 1:
              return conv(y, w, { ...sizes, mode: "input" });
            case 2:
              return conv(x, small(y), { ...sizes, mode: "kernel" });
            default:
              return y;
          }
        }),
    },
  ];
  if (isFloat(dtype)) {
    return [
      ...common,
      unary("tanh", (x) => p.apply(p.tanh, x)),
      unary("sigmoid", (x) => p.apply(p.sigmoid, x)),
    ];
  }
  return [
    ...common,
    binary("and", c.logicalAnd),
    binary("xor", (x, y) => p.apply(c.xor, x, y)),
    unary("not", (x) => p.apply(c.not, x)),
    unary("shift", (x) => p.apply(c.shiftRight, x, a.full(x.shape, 3, dtype))),
    binary("div", (x, y) => p.apply(p.div, x, y)),
    binary("rem", (x, y) => p.apply(p.rem, x, y)),
  ];
}

function map(x: Tensor | undefined, f: (x: Tensor) => Tensor | undefined): Tensor | undefined {
  return x && f(x);
}
