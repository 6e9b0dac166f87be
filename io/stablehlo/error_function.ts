/**
 * erf and its inverse as arithmetic: StableHLO has neither. core/compile/special.ts has the same in numbers. The expansions of the cpu
 * backend will not do: they round by adding and subtracting a large number, which XLA simplifies away.
 */
import { constant, type Expr } from "../../core/compile/expr.ts";
import { central, erfTables, outer, type Ratio } from "../../core/compile/special.ts";

function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  let sum = x.like(coefficients[coefficients.length - 1]);
  for (let i = coefficients.length - 2; i >= 0; i--) sum = sum.mul(x).add(coefficients[i]);
  return sum;
}

const ratio = ({ p, q }: Ratio, x: Expr): Expr => polynomial(x, p).div(polynomial(x, q));

/** erfc(a) for a ≥ 1.25. */
function tail(a: Expr): Expr {
  const z = a.like(1).div(a.mul(a));
  const r = a.lt(1 / 0.35).select(ratio(erfTables.large, z), ratio(erfTables.huge, z));
  return a.mul(a).neg().sub(0.5625).add(r).exp().div(a);
}

/** The error function. NaN stays: the last branch multiplies by it. */
export function erf(x: Expr): Expr {
  const a = x.abs();
  const inner = a.lt(0.84375).select(x, x.like(0)); // keeps the unused branches finite
  const near = inner.add(inner.mul(ratio(erfTables.small, inner.mul(inner))));
  const far = a.ge(28).select(x.like(1), x.like(1).sub(tail(a.max(1.25).min(28))));
  const value = a.lt(1.25).select(ratio(erfTables.middle, a.min(1.25).sub(1)).add(erfTables.middleBase), far);
  const signed = x.lt(0).select(value.neg(), value);
  return x.ne(x).select(x, a.lt(0.84375).select(near, signed));
}

/** 1 − erf(a) for a ≥ 0. */
function erfc(a: Expr): Expr {
  const near = a.like(1 - erfTables.middleBase).sub(ratio(erfTables.middle, a.min(1.25).sub(1)));
  const far = a.ge(28).select(a.like(0), tail(a.max(1.25).min(28)));
  return a.lt(0.84375).select(a.like(1).sub(erf(a)), a.lt(1.25).select(near, far));
}

/** The inverse of the error function: ±∞ at ±1, NaN beyond; by Giles' polynomials. */
export function erfInv(y: Expr): Expr {
  const a = y.abs();
  const inside = a.lt(1).select(a, a.like(0.5));
  const w = inside.neg().add(1).mul(inside.add(1)).log().neg();
  const root = w.max(0).sqrt();
  let x = inside.mul(w.lt(5).select(polynomial(w.sub(2.5), central), polynomial(root.sub(3), outer)));
  if (y.type === "float64") x = refined(inside, w, root, x);
  x = a.lt(2 ** -30).select(a.mul(0.886226925452758), x);
  const edge = a.eq(1).select(constant(y.type, Infinity), constant(y.type, NaN));
  const value = a.lt(1).select(x, edge);
  return y.lt(0).select(value.neg(), value);
}

/** Halley's method from the start in single precision, and from the asymptote where that ends. */
function refined(inside: Expr, w: Expr, root: Expr, start: Expr): Expr {
  const far = w.add(Math.LN2).sub(root.max(1).mul(1.772453850905516).log()).max(1).sqrt();
  let x = w.gt(16).select(far, start);
  for (let i = 0; i < 2; i++) {
    const error = inside.lt(0.5).select(erf(x).sub(inside), inside.neg().add(1).sub(erfc(x)));
    const step = error.mul(0.886226925452758).mul(x.mul(x).exp());
    x = x.sub(step.div(x.mul(step).add(1)));
  }
  return x;
}
