/** pow and the remainder. */
import type { Expr } from "../../../../compile/expr.ts";
import {
  atLeast,
  atMost,
  magic,
  magicBits,
  polynomial,
  powerOfTwo,
  signBit,
  splitAny,
  upperHalf,
  withSign,
} from "./bits.ts";

/** 2/log 2 in two parts, the first of 12 bits. */
const twoLog2e = [2.884765625, 0.0006244567921385169];

/** log2 of a positive number as the sum of two floats, to about 2⁻³¹ of its value. */
function log2(x: Expr): { high: Expr; low: Expr } {
  const { e, m } = splitAny(x);
  // log m = 2 atanh(q) for q = (m − 1)/(m + 1), here as a short float and the rest of the division.
  const f = m.sub(1);
  const denominator = m.add(1);
  const q = upperHalf(f.div(denominator));
  const fHigh = upperHalf(f);
  const rest = f.sub(q.add(q)).sub(q.mul(fHigh)).sub(q.mul(f.sub(fHigh)));
  const qLow = rest.div(denominator);
  const z = q.mul(q);
  const series = polynomial(z, [0.9617967009544373, 0.5770828723907471, 0.4117059111595154, 0.34022727608680725]);
  const [high, low] = twoLog2e;
  // The rest of q counts with the derivative half way to it, 1/(1 − q²).
  const w = q.fma(qLow, z);
  const slope = w.fma(w.fma(w, w), w).add(1).mul(high + low);
  const small = q.fma(low, qLow.mul(slope)).add(z.mul(q).mul(series));
  const large = q.mul(high);
  const sum = e.add(large);
  const lost = large.sub(sum.sub(e)).add(small);
  const rounded = sum.add(lost);
  return { high: rounded, low: lost.sub(rounded.sub(sum)) };
}

/** IEEE 754's pow. */
export function pow(x: Expr, y: Expr): Expr {
  const a = x.abs();
  const l = log2(a);
  // Larger exponents overflow all the same, and here they may not.
  const limited = atLeast(atMost(y, 2 ** 40), -(2 ** 40));
  const yHigh = upperHalf(limited);
  const lHigh = upperHalf(l.high);
  const lRest = l.high.sub(lHigh).add(l.low);
  const p = yHigh.mul(lHigh);
  const rest = limited.sub(yHigh).mul(lHigh).add(limited.mul(lRest));
  const product = p.add(rest);
  const z = atLeast(atMost(product, 160), -160);
  const t = z.add(magic);
  const n = t.sub(magic);
  const r = z.eq(product).select(p.sub(n).add(rest), 0);
  const c = polynomial(r, [
    0.6931471824645996,
    0.24022647738456726,
    0.05550331994891167,
    0.009618439711630344,
    0.001339913229458034,
    0.00015353159687947482,
  ]);
  const i = t.bitcast("int32").sub(magicBits);
  const half = i.shr(1);
  const power = c.fma(r, 1).mul(powerOfTwo(half)).mul(powerOfTwo(i.sub(half)));

  const zeroOrInfinite = a.eq(0).or(a.eq(Infinity));
  const grows = a.gt(1).eq(y.gt(0)); // of the base's two ends, whether this one becomes infinite
  const magnitude = zeroOrInfinite.select(grows.select(x.like(Infinity), 0), power);
  const whole = y.trunc().eq(y);
  const halved = y.mul(0.5);
  const odd = whole.and(halved.trunc().ne(halved));
  const signed = magnitude.bitcast("uint32").or(odd.select(signBit(x), x.like(0).bitcast("uint32"))).bitcast("float32");
  const undefinedHere = x.lt(0).and(x.gt(-Infinity)).and(whole.not());
  const numbers = x.eq(x).and(y.eq(y));
  const value = numbers.select(undefinedHere.select(x.like(NaN), signed), x.add(y));
  return y.eq(0).or(x.eq(1)).select(x.like(1), value);
}

/** The remainder with the sign of x. A quotient below 1024 is done here, exactly; else it stays one operation. */
export function rem(x: Expr, y: Expr): Expr {
  const [a, b] = [x.abs(), y.abs()];
  const n = a.div(b).round();
  const high = upperHalf(b);
  const r = a.sub(n.mul(high)).sub(n.mul(b.sub(high)));
  const positive = r.lt(0).select(r.add(b), r);
  const small = withSign(a.lt(b).select(a, positive), x);
  return a.lt(b.mul(1024)).and(a.lt(2 ** 126)).not().rare(x.rem(y), small);
}
