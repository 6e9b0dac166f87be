/** Elementwise functions of one and two operands: value and derivative, a stanza each. */
import { bind1 } from "../graph.ts";
import type { Primitive } from "../primitive.ts";
import type { Tensor } from "../tensor.ts";
import { elementwise, full, mul, scale, select, sub, zerosLike } from "./algebra.ts";
import { equal, greater, greaterEqual, logicalAnd } from "./comparison.ts";

/** Applies an elementwise primitive; operands of one shape and dtype. */
export function apply(primitive: Primitive<undefined>, ...operands: Tensor[]): Tensor {
  return bind1(primitive, operands, undefined);
}

const one = (x: Tensor): Tensor => full(x.shape, 1, x.dtype);
const zero = zerosLike;

/** |x|; derivative sign(x), 0 at 0. */
export const abs = /* @__PURE__ */ elementwise("abs", {
  lower: (x) => x.type === "uint32" ? x : x.abs(),
  partials: (_, x) => [apply(sign, x)],
});

/** −1, 0 or 1; NaN stays. */
export const sign = /* @__PURE__ */ elementwise("sign", {
  lower: (x) => x.gt(0).select(x.like(1), x.type === "uint32" ? x : x.lt(0).select(x.like(-1), x)),
  partials: () => [null],
});

/** Largest integer not above. */
export const floor = /* @__PURE__ */ elementwise("floor", { kind: "float", lower: (x) => x.floor() });
/** Smallest integer not below. */
export const ceil = /* @__PURE__ */ elementwise("ceil", { kind: "float", lower: (x) => x.ceil() });
/** Integer part. */
export const trunc = /* @__PURE__ */ elementwise("trunc", { kind: "float", lower: (x) => x.trunc() });
/** Nearest integer, ties to even. */
export const round = /* @__PURE__ */ elementwise("round", { kind: "float", lower: (x) => x.round() });

/** eˣ. */
export const exp = /* @__PURE__ */ elementwise("exp", {
  kind: "float",
  lower: (x) => x.exp(),
  partials: (out) => [out],
});

/** eˣ − 1, exact near 0. */
export const expm1 = /* @__PURE__ */ elementwise("expm1", {
  kind: "float",
  lower: (x) => x.expm1(),
  partials: (_, x) => [apply(exp, x)],
});

/** Natural logarithm. */
export const log = /* @__PURE__ */ elementwise("log", {
  kind: "float",
  lower: (x) => x.log(),
  partials: (_, x) => [(t) => apply(div, t, x)],
});

/** log(1 + x), exact near 0. */
export const log1p = /* @__PURE__ */ elementwise("log1p", {
  kind: "float",
  lower: (x) => x.log1p(),
  partials: (_, x) => [(t) => apply(div, t, sub(x, full(x.shape, -1, x.dtype)))],
});

/** √x; derivative 1 / (2√x), ∞ at 0. */
export const sqrt = /* @__PURE__ */ elementwise("sqrt", {
  kind: "float",
  lower: (x) => x.sqrt(),
  partials: (out) => [(t) => apply(div, scale(t, 0.5), out)],
});

/** 1 / √x; its cube, which the derivative has, may be out of range. */
export const rsqrt = /* @__PURE__ */ elementwise("rsqrt", {
  kind: "float",
  lower: (x) => x.like(1).div(x.sqrt()),
  partials: (out) => [(t) => scale(mul(mul(mul(t, out), out), out), -0.5)],
});

/** Sine, radians. */
export const sin = /* @__PURE__ */ elementwise("sin", {
  kind: "float",
  lower: (x) => x.sin(),
  partials: (_, x) => [apply(cos, x)],
});
/** Cosine, radians. */
export const cos = /* @__PURE__ */ elementwise("cos", {
  kind: "float",
  lower: (x) => x.cos(),
  partials: (_, x) => [scale(apply(sin, x), -1)],
});
/** Tangent, radians; derivative 1 + tan². */
export const tan = /* @__PURE__ */ elementwise("tan", {
  kind: "float",
  lower: (x) => x.tan(),
  partials: (out) => [sub(mul(out, out), full(out.shape, -1, out.dtype))],
});

/** Hyperbolic tangent; derivative 1 − tanh². */
export const tanh = /* @__PURE__ */ elementwise("tanh", {
  kind: "float",
  lower: (x) => x.tanh(),
  partials: (out) => [sub(one(out), mul(out, out))],
});

/** 1 / (1 + e⁻ˣ), from e to the power −|x|, which does not overflow; derivative σ(1 − σ). */
export const sigmoid = /* @__PURE__ */ elementwise("sigmoid", {
  kind: "float",
  lower: (x) => {
    const power = x.abs().neg().exp();
    return x.lt(0).select(power, x.like(1)).div(power.add(1));
  },
  partials: (out) => [mul(out, sub(one(out), out))],
});

/** The error function; derivative 2/√π · e^(−x²). */
export const erf = /* @__PURE__ */ elementwise("erf", {
  kind: "float",
  lower: (x) => x.erf(),
  partials: (_, x) => [scale(apply(exp, scale(mul(x, x), -1)), 2 / Math.sqrt(Math.PI))],
});

/** The inverse of erf on (−1, 1); derivative √π/2 · e^(y²). */
export const erfInv = /* @__PURE__ */ elementwise("erfInv", {
  kind: "float",
  lower: (x) => x.erfInv(),
  partials: (out) => [scale(apply(exp, mul(out, out)), Math.sqrt(Math.PI) / 2)],
});

/** x / y; integers divide towards zero, by zero to 0. */
export const div = /* @__PURE__ */ elementwise("div", {
  lower: (x, y) => x.div(y),
  partials: (out, _x, y) => [(t) => apply(div, t, y), (t) => scale(apply(div, mul(t, out), y), -1)],
});

/** The remainder with the dividend's sign, as in C. */
export const rem = /* @__PURE__ */ elementwise("rem", {
  lower: (x, y) => x.rem(y),
  partials: (_, x, y) => [1, scale(apply(trunc, apply(div, x, y)), -1)],
});

/** xʸ. As in PyTorch: the derivative in x is 0 for y = 0, that in y is 0 for x = 0 and y ≥ 0. */
export const pow = /* @__PURE__ */ elementwise("pow", {
  kind: "float",
  lower: (x, y) => x.pow(y),
  partials: (out, x, y) => [
    (t) => {
      const slope = mul(y, apply(pow, x, sub(y, one(y))));
      return select(equal(y, zero(y)), zero(t), mul(t, slope));
    },
    (t) => {
      const held = logicalAnd(equal(x, zero(x)), greaterEqual(y, zero(y)));
      return select(held, zero(t), mul(t, mul(out, apply(log, select(held, one(x), x)))));
    },
  ],
});

/** The angle of (x, y): atan2(y, x); derivatives 0 at the origin, as in PyTorch. */
export const atan2 = /* @__PURE__ */ elementwise("atan2", {
  kind: "float",
  lower: (y, x) => y.atan2(x),
  partials: (_, y, x) => {
    const distance = sub(mul(x, x), scale(mul(y, y), -1));
    const square = select(equal(distance, zero(distance)), one(distance), distance);
    return [(t) => apply(div, mul(t, x), square), (t) => scale(apply(div, mul(t, y), square), -1)];
  },
});

/** The larger; NaN if either is. Ties share the derivative equally, as in PyTorch. */
export const maximum = /* @__PURE__ */ elementwise("maximum", {
  kind: "any",
  lower: (x, y) => x.type === "bool" ? x.or(y) : x.max(y),
  partials: (_, x, y) => [choose(x, y), choose(y, x)],
});

/** The smaller; NaN if either is. Ties share the derivative equally, as in PyTorch. */
export const minimum = /* @__PURE__ */ elementwise("minimum", {
  kind: "any",
  lower: (x, y) => x.type === "bool" ? x.and(y) : x.min(y),
  partials: (_, x, y) => [choose(y, x), choose(x, y)],
});

function choose(above: Tensor, below: Tensor): (t: Tensor) => Tensor {
  return (t) => select(equal(above, below), scale(t, 0.5), select(greater(above, below), t, zero(t)));
}

/** The value without its derivative. */
export const stopGradientPrimitive: Primitive<undefined> = /* @__PURE__ */ elementwise("stopGradient", {
  kind: "any",
  lower: (x) => x,
});
