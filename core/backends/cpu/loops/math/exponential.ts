/** exp, log and what is made of them. */
import type { Expr } from "../../../../compile/expr.ts";
import {
  atLeast,
  atMost,
  ln2High,
  ln2Low,
  magic,
  magicBits,
  polynomial,
  powerOfTwo,
  split,
  splitAny,
  withSign,
} from "./bits.ts";

const log2e = 1.4426950408889634;

/** x as n · log 2 + r, with |r| below log(2)/2; i is n as an int32. */
function reduce(x: Expr): { n: Expr; i: Expr; r: Expr } {
  const t = x.fma(log2e, magic);
  const n = t.sub(magic);
  const r = n.fma(-ln2Low, n.fma(-ln2High, x));
  return { n, i: t.bitcast("int32").sub(magicBits), r };
}

/** exp(r) for the remainder of a reduction. */
function expOfRemainder(r: Expr): Expr {
  const p = polynomial(r, [
    0.4999999403953552,
    0.1666652113199234,
    0.04166838899254799,
    0.008368714712560177,
    0.001381459180265665,
  ]);
  return r.mul(r).fma(p, r).add(1);
}

/** exp(x) between −80 and 80. */
function expInRange(x: Expr): Expr {
  const { i, r } = reduce(x);
  return expOfRemainder(r).mul(powerOfTwo(i));
}

export function exp(x: Expr): Expr {
  const { i, r } = reduce(atLeast(atMost(x, 89), -105));
  // In two steps, because 2ⁱ alone may be too large or too small; only the last one rounds.
  const half = i.shr(1);
  return expOfRemainder(r).mul(powerOfTwo(half)).mul(powerOfTwo(i.sub(half)));
}

export function expm1(x: Expr): Expr {
  const { n, i, r } = reduce(atLeast(atMost(x, 89), -30));
  const p = polynomial(r, [
    0.5,
    0.1666666567325592,
    0.041666362434625626,
    0.008333389647305012,
    0.0013940624194219708,
    0.0001984589616768062,
  ]);
  const y = r.mul(r).fma(p, r);
  // 2ⁿ (y + 1) − 1, halved, because 2ⁿ may be too large.
  const s = powerOfTwo(i.sub(1));
  const scaled = y.fma(s, s.sub(0.5));
  return x.eq(0).select(x, n.eq(0).select(y, scaled.add(scaled)));
}

/** log of a product: log(1 + f) + e · log 2 + `more`, for f between √½ − 1 and √2 − 1. */
function logOfParts(f: Expr, e: Expr, more?: Expr): Expr {
  const z = f.mul(f);
  const p = polynomial(f, [
    0.3333333134651184,
    -0.250008225440979,
    0.20001226663589478,
    -0.16623355448246002,
    0.14201755821704865,
    -0.1316019743680954,
    0.12761607766151428,
    -0.07634500414133072,
  ]);
  let y = e.fma(ln2Low, f.mul(z).mul(p));
  if (more) y = y.add(more);
  return e.fma(ln2High, f.add(z.fma(-0.5, y)));
}

/** The log where its argument is positive and finite, else what log gives there. */
function orSpecial(argument: Expr, value: Expr): Expr {
  const special = argument.eq(0).select(argument.like(-Infinity), argument.lt(0).select(argument.like(NaN), argument));
  return argument.gt(0).and(argument.lt(Infinity)).select(value, special);
}

export function log(x: Expr): Expr {
  const { e, m } = splitAny(x);
  return orSpecial(x, logOfParts(m.sub(1), e));
}

export function log1p(x: Expr): Expr {
  const u = x.add(1);
  // What the sum lost, exactly.
  const b = u.sub(1);
  const lost = x.sub(b).add(u.sub(b).neg().add(1));
  const { e, m } = split(u);
  const near = e.eq(0);
  const f = near.select(x, m.sub(1));
  const correction = near.select(x.like(0), lost.div(u));
  return x.eq(0).select(x, orSpecial(u, logOfParts(f, e.convert("float32"), correction)));
}

export function tanh(x: Expr): Expr {
  const a = x.abs();
  const z = a.mul(a);
  const p = polynomial(z, [
    -0.3333328068256378,
    0.13331441581249237,
    -0.05373971536755562,
    0.020639091730117798,
    -0.005704993382096291,
  ]);
  const small = a.mul(z).fma(p, a);
  const c = atMost(a, 10);
  const large = x.like(1).sub(x.like(2).div(expInRange(c.add(c)).add(1)));
  return withSign(a.lt(0.625).select(small, large), x);
}

/** After N. Juffa: a polynomial near 0, else 1 − exp(polynomial). */
export function erf(x: Expr): Expr {
  const a = x.abs();
  const near = polynomial(a.mul(a), [
    1.28379166e-1,
    -3.76125336e-1,
    1.12819925e-1,
    -2.67681349e-2,
    4.99119423e-3,
    -5.96761703e-4,
  ]).fma(a, a);
  const t = atMost(a, 4);
  const r = polynomial(t, [
    -1.28717512e-1,
    -6.34846687e-1,
    -1.06777877e-1,
    2.42546219e-2,
    -3.88396438e-3,
    3.83197126e-4,
    -1.72853470e-5,
  ]);
  const far = x.like(1).sub(expInRange(r.fma(t, t.neg())));
  return withSign(a.gt(0.927734375).select(far, near), x);
}

/** After N. Juffa: polynomials in log(1 − x²). */
export function erfInv(x: Expr): Expr {
  const a = x.abs();
  const t = x.like(1).sub(a).mul(a.add(1));
  const { e, m } = split(t);
  const l = logOfParts(m.sub(1), e.convert("float32"));
  const outer = polynomial(l, [
    8.40016484e-1,
    -2.64646143e-1,
    4.83185798e-3,
    3.02698812e-3,
    3.93552968e-4,
    2.84108955e-5,
    1.22150334e-6,
    2.93243101e-8,
    3.03697567e-10,
  ]);
  const inner = polynomial(l, [
    8.86226892e-1,
    -2.32015476e-1,
    1.15392581e-2,
    2.31468678e-3,
    -1.47697632e-4,
    -5.61530760e-5,
    1.12963626e-7,
    1.22774793e-6,
    1.43285448e-7,
    5.43877832e-9,
  ]);
  const value = x.mul(l.lt(-6.125).select(outer, inner));
  const atEnd = x.mul(Infinity);
  return a.lt(1).select(value, a.eq(1).select(atEnd, x.like(NaN)));
}
