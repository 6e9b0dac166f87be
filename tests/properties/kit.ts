/**
 * A kit of public operations for random programs of floating numbers, whose values stay small and smooth enough to be compared
 * on several ways and differentiated.
 *
 * @module
 */
import { ops, type Tensor } from "../../mod.ts";
import { isFloat } from "../../core/dtype.ts";
import { broadcasts, type Choices, type Instruction } from "../support/programs.ts";

const float = (t: Tensor): boolean => isFloat(t.dtype);
const ranked = (t: Tensor): boolean => float(t) && t.ndim > 0;
const image = (t: Tensor): boolean => float(t) && t.ndim === 4;

function map<T>(x: T | undefined, f: (x: T) => Tensor | undefined): Tensor | undefined {
  return x === undefined ? undefined : f(x);
}

const unary = (name: string, f: (x: Tensor) => Tensor, exact = false): Instruction => ({
  name,
  exact,
  apply: (choose) => map(choose.value(float), f),
});

const binary = (name: string, f: (x: Tensor, y: Tensor) => Tensor, exact = false): Instruction => ({
  name,
  exact,
  apply: (choose) =>
    map(choose.value(float), (x) => f(x, choose.value((t) => float(t) && broadcasts(t.shape, x.shape))!)),
});

const along = (
  name: string,
  f: (x: Tensor, axis: number, choose: Choices) => Tensor | undefined,
  exact = false,
): Instruction => ({
  name,
  exact,
  // Negative axes count from the end.
  apply: (choose) => map(choose.value(ranked), (x) => f(x, choose.int(2 * x.ndim) - x.ndim, choose)),
});

/** At least 1, and smooth. */
const positive = (x: Tensor): Tensor => ops.add(ops.square(ops.tanh(x)), 1);

const elementwise: readonly Instruction[] = [
  unary("neg", ops.neg, true),
  unary("abs", ops.abs, true),
  unary("relu", ops.relu, true),
  unary("leakyRelu", ops.leakyRelu),
  unary("tanh", ops.tanh),
  unary("sigmoid", ops.sigmoid),
  unary("sin", ops.sin),
  unary("cos", ops.cos),
  unary("erf", ops.erf),
  unary("silu", ops.silu),
  unary("gelu", ops.gelu),
  unary("softplus", ops.softplus),
  unary("exp of tanh", (x) => ops.exp(ops.tanh(x))),
  unary("log of positive", (x) => ops.log(positive(x))),
  unary("sqrt of positive", (x) => ops.sqrt(positive(x))),
  unary("rsqrt of positive", (x) => ops.rsqrt(positive(x))),
  unary("clip", (x) => ops.clip(x, -0.7, 0.9), true),
  unary("3 − 2x", (x) => ops.sub(3, ops.mul(x, 2))),
  unary("square of tanh", (x) => ops.pow(ops.tanh(x), 2)),
  binary("add", ops.add),
  binary("sub", ops.sub),
  binary("mul by tanh", (x, y) => ops.mul(x, ops.tanh(y))),
  binary("div by positive", (x, y) => ops.div(x, positive(y))),
  binary("power of positive", (x, y) => ops.pow(positive(x), ops.tanh(y))),
  binary("maximum", ops.maximum, true),
  binary("minimum", ops.minimum, true),
  {
    name: "where",
    apply: (choose) =>
      map(choose.value((t, s) => float(t) && s.exact), (x) => {
        const y = choose.value((t, s) => float(t) && s.exact && broadcasts(t.shape, x.shape))!;
        const condition = choose.of([ops.less, ops.greaterEqual])(x, y);
        const z = choose.value((t) => float(t) && broadcasts(t.shape, condition.shape));
        return z && ops.where(condition, z, ops.mul(z, 0.5));
      }),
  },
];

const reductions: readonly Instruction[] = [
  along("mean", (x, axis, choose) => ops.mean(x, { axis, keepDims: choose.int(2) === 1 })),
  along("sum", (x, axis, choose) => ops.mul(ops.sum(x, { axis, keepDims: choose.int(2) === 1 }), 0.25)),
  along("max", (x, axis, choose) => ops.max(x, { axis, keepDims: choose.int(2) === 1 }), true),
  along("min", (x, axis, choose) => ops.min(x, { axis, keepDims: choose.int(2) === 1 }), true),
  along("variance", (x, axis, choose) => ops.variance(x, { axis, keepDims: choose.int(2) === 1 })),
  along("logSumExp", (x, axis, choose) => ops.logSumExp(x, { axis, keepDims: choose.int(2) === 1 })),
  along("prod of tanh", (x, axis) => ops.prod(ops.tanh(x), { axis })),
  along("cumsum", (x, axis, choose) => ops.mul(ops.cumsum(x, { axis, reverse: choose.int(2) === 1 }), 0.25)),
  along("softmax", (x, axis) => ops.softmax(x, axis)),
  along("logSoftmax", (x, axis) => ops.logSoftmax(x, axis)),
  { name: "mean of all", apply: (choose) => map(choose.value(float), (x) => ops.mean(x)) },
];

const movement: readonly Instruction[] = [
  along("transpose", (x, axis) => ops.transpose(x, x.shape.map((_, i) => (i + axis + x.ndim) % x.ndim)), true),
  {
    name: "reshape",
    exact: true,
    apply: (choose) =>
      map(choose.value(float), (x) => {
        const parts = [2, 3, 4, 5, 6].filter((k) => x.size % k === 0);
        return ops.reshape(
          x,
          parts.length === 0 ? [-1] : choose.of([[-1], [choose.of(parts), -1], [-1, choose.of(parts)]]),
        );
      }),
  },
  {
    name: "expandDims",
    exact: true,
    apply: (choose) => map(choose.value(float), (x) => ops.expandDims(x, choose.int(2 * x.ndim + 2) - x.ndim - 1)),
  },
  along("squeeze", (x, axis) => x.shape.at(axis) === 1 ? ops.squeeze(x, axis) : undefined, true),
  along("flip", (x, axis) => ops.flip(x, axis), true),
  along("roll", (x, axis, choose) => ops.roll(x, choose.int(5) - 2, { axis }), true),
  along("slice", (x, axis, choose) => {
    const start = choose.int(x.shape.at(axis)!);
    return ops.slice(x, start, x.shape.at(axis)!, { axis, step: choose.int(2) + 1 });
  }, true),
  along(
    "split",
    (x, axis) => x.shape.at(axis)! % 2 === 0 ? ops.add(...(ops.split(x, 2, { axis }) as [Tensor, Tensor])) : undefined,
  ),
  along("pad", (x, axis, choose) => {
    const low = choose.int(3), high = choose.int(3), at = (axis + x.ndim) % x.ndim;
    return ops.pad(x, x.shape.map((_, i) => i === at ? [low, high] : [0, 0]), { value: choose.int(2) });
  }, true),
  along("concat", (x, axis, choose) => {
    const at = (axis + x.ndim) % x.ndim;
    const y = choose.value((t) =>
      float(t) && t.ndim === x.ndim && t.shape.every((n, i) => i === at || n === x.shape[i])
    )!;
    return ops.concat([x, y], { axis });
  }, true),
  {
    name: "stack",
    exact: true,
    apply: (choose) =>
      map(
        choose.value(float),
        (x) =>
          ops.stack([x, choose.value((t) => float(t) && String(t.shape) === String(x.shape))!], choose.int(x.ndim + 1)),
      ),
  },
  along("tile", (x, axis) => ops.tile(x, x.shape.map((_, i) => i === (axis + x.ndim) % x.ndim ? 2 : 1)), true),
  {
    name: "broadcastTo",
    exact: true,
    apply: (choose) => map(choose.value(float), (x) => ops.broadcastTo(x, [choose.int(3) + 1, ...x.shape])),
  },
  {
    name: "tril",
    exact: true,
    apply: (choose) => map(choose.value((t) => float(t) && t.ndim >= 2), (x) => ops.tril(x, choose.int(3) - 1)),
  },
];

const structured: readonly Instruction[] = [
  {
    name: "matmul",
    apply: (choose) =>
      map(choose.value((t) => float(t) && t.ndim >= 2), (x) => {
        const y = choose.value((t) =>
          float(t) && t.ndim >= 2 && t.shape.at(-2) === x.shape.at(-1) &&
          broadcasts(t.shape.slice(0, -2), x.shape.slice(0, -2))
        );
        const right = y ?? ops.transpose(x, x.shape.map((_, i) => i < x.ndim - 2 ? i : 2 * x.ndim - 3 - i));
        return ops.mul(ops.matmul(x, ops.tanh(right)), 0.3);
      }),
  },
  {
    name: "conv2d",
    apply: (choose) =>
      map(choose.value(image), (x) => {
        const w = choose.value((t) =>
          image(t) && x.shape[1] % t.shape[1] === 0 && t.shape[0] % (x.shape[1] / t.shape[1]) === 0 &&
          t.shape[2] <= x.shape[2] + 2 && t.shape[3] <= x.shape[3] + 2
        );
        const options = { stride: choose.int(2) + 1, padding: 1, groups: w && x.shape[1] / w.shape[1] };
        return w && ops.mul(ops.conv2d(x, ops.tanh(w), options), 0.2);
      }),
  },
  {
    name: "maxPool2d",
    apply: (choose) =>
      map(
        choose.value((t, s) => image(t) && s.exact && t.shape[2] >= 2 && t.shape[3] >= 2),
        (x) => ops.maxPool2d(x, 2, { stride: choose.int(2) + 1 }),
      ),
  },
  {
    name: "avgPool2d",
    apply: (choose) =>
      map(
        choose.value((t) => image(t) && t.shape[2] >= 2 && t.shape[3] >= 2),
        (x) => ops.avgPool2d(x, 2, { stride: choose.int(2) + 1 }),
      ),
  },
  {
    name: "groupNorm",
    apply: (choose) =>
      map(
        choose.value((t) => float(t) && t.ndim >= 3),
        (x) => ops.groupNorm(x, x.shape[1] % 2 === 0 ? choose.int(2) + 1 : 1, { eps: 0.1 }),
      ),
  },
  { name: "layerNorm", apply: (choose) => map(choose.value(ranked), (x) => ops.layerNorm(x, { eps: 0.1 })) },
  along(
    "take",
    (x, axis, choose) =>
      map(
        choose.value((t) => t.dtype === "int32" && t.ndim === 1),
        (indices) => ops.take(x, ops.mod(indices, x.shape.at(axis)!), { axis }),
      ),
    true,
  ),
  {
    name: "sort",
    apply: (choose) =>
      map(
        choose.value((t, s) => ranked(t) && s.exact),
        (x) => ops.sort(x, { axis: choose.int(x.ndim), descending: choose.int(2) === 1 }),
      ),
  },
  {
    name: "gather by order",
    apply: (choose) =>
      map(choose.value((t, s) => ranked(t) && s.exact), (x) => {
        const axis = choose.int(x.ndim);
        return ops.gather(x, ops.argsort(x, axis), { axis });
      }),
  },
];

/** The kit. */
export const opsKit: readonly Instruction[] = [...elementwise, ...reductions, ...movement, ...structured];
