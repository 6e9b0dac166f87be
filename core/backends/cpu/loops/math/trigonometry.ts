/** sin, cos, tan and atan2. */
import type { Expr } from "../../../../compile/expr.ts";
import { flipSign, magic, polynomial, signBit, upperHalf, withSign } from "./bits.ts";

/** An angle as q · π/2 + r with |r| ≤ π/4; q is an int32 of which the two lowest bits count. */
interface Reduced {
  readonly r: Expr;
  readonly q: Expr;
}

/** Below this bound the quotient has at most 13 bits, and its products with 11-bit parts of π/2 are exact. */
const bound = 12000;

const halfPi = [1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12];

/** The first 12 bits of π/2. */
const halfPiShort = 1.5703125;

/** Reduces a magnitude below the bound (Cody and Waite). Only the last step rounds: what the one before lost is put back. */
function reduceSmall(a: Expr): Reduced {
  const t = a.fma(2 / Math.PI, magic);
  const n = t.sub(magic);
  const [first, second, third, fourth] = halfPi;
  const coarse = n.fma(-second, n.fma(-first, a));
  const product = n.mul(third);
  const fine = coarse.sub(product);
  const lost = coarse.sub(fine).sub(product);
  return { r: fine.add(n.fma(-fourth, lost)), q: t.bitcast("int32") };
}

/** 2/π in binary, after 32 zeros. */
const twoOverPi = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab];

/** The upper 32 bits of the product of a 24-bit number and a 32-bit one. */
function multiplyHigh(a: Expr, b: Expr): Expr {
  const [a1, a0] = [a.shr(12), a.and(0xfff)];
  const [b1, b0] = [b.shr(16), b.and(0xffff)];
  const low = a1.mul(b0).add(a0.mul(b0).shr(12));
  const middle = a0.mul(b1).add(low.shr(4));
  return a1.mul(b1).add(middle.shr(12)).shr(4);
}

/**
 * Reduces a large magnitude (Payne and Hanek): multiplies its 24 bits with those 96 bits of 2/π that matter for the last
 * quarter turn. NaN and infinity give NaN.
 */
function reduceLarge(a: Expr): Reduced {
  const bits = a.bitcast("uint32");
  const m = bits.and(0x7fffff).or(0x800000);
  // Bits of 2/π further up than this make whole turns.
  const skipped = bits.shr(23).sub(127 - 7);
  const word = skipped.shr(5);
  const shift = skipped.and(31);
  const pick = (k: number) => {
    let value = word.like(twoOverPi[k + 4]);
    for (let i = 3; i >= 0; i--) value = word.eq(i).select(word.like(twoOverPi[k + i]), value);
    return value;
  };
  const [t0, t1, t2, t3] = [0, 1, 2, 3].map(pick);
  const rest = shift.neg().add(31);
  const join = (x: Expr, y: Expr) => vectorShift(x, shift, true).or(vectorShift(y.shr(1), rest, false));
  const [w0, w1, w2] = [join(t0, t1), join(t1, t2), join(t2, t3)];
  const middle = m.mul(w1);
  const low = middle.add(multiplyHigh(m, w2));
  const carry = low.lt(middle).convert("uint32");
  const high = m.mul(w0).add(multiplyHigh(m, w1)).add(carry);
  // Two bits of quadrant, then a fraction, which is taken to be signed.
  const q = high.add(0x20000000).shr(30).bitcast("int32");
  const fraction = high.shl(2).or(low.shr(30));
  const negative = fraction.bitcast("int32").lt(0);
  const s = negative.select(fraction.not(), fraction).bitcast("int32");
  const more = negative.select(low.shl(2).not(), low.shl(2));
  const upper = s.and(-256).convert("float32");
  const lower = s.and(255).convert("float32").add(more.convert("float32").mul(2 ** -32));
  // Times π/2 in parts of which the first product is exact.
  const short = upperHalf(upper);
  const long = upper.sub(short).add(lower);
  const r = short.mul(halfPiShort * 2 ** -32).add(
    short.mul((Math.PI / 2 - halfPiShort) * 2 ** -32).add(long.mul(Math.PI / 2 * 2 ** -32)),
  );
  return { r: negative.select(r.neg(), r).add(a.sub(a)), q };
}

/** A shift by an amount that differs from lane to lane, as vectors have none: by one bit of the amount after another. */
function vectorShift(x: Expr, by: Expr, left: boolean): Expr {
  for (let bit = 1; bit < 32; bit *= 2) {
    x = by.and(bit).ne(0).select(left ? x.shl(bit) : x.shr(bit), x);
  }
  return x;
}

function sinOf(r: Expr): Expr {
  const z = r.mul(r);
  return r.mul(z).fma(polynomial(z, [-0.16666655242443085, 0.008332177996635437, -0.00019517273176461458]), r);
}

function cosOf(r: Expr): Expr {
  const z = r.mul(r);
  const p = polynomial(z, [0.04166664555668831, -0.0013887316454201937, 2.4433127691736445e-5]);
  return z.mul(z).fma(p, z.fma(-0.5, 1));
}

/** A function of the angle's magnitude, by the cheap reduction unless an angle is large. */
function ofAngle(x: Expr, f: (angle: Reduced) => Expr): Expr {
  const a = x.abs();
  return a.lt(bound).not().rare(f(reduceLarge(a)), f(reduceSmall(a)));
}

/** The sine for even quadrants, the cosine for odd ones, negated in the upper two. */
function quadrant({ r, q }: Reduced): Expr {
  return flipSign(q.and(1).ne(0).select(cosOf(r), sinOf(r)), q.and(2).shl(30).bitcast("uint32"));
}

export function sin(x: Expr): Expr {
  return flipSign(ofAngle(x, quadrant), signBit(x));
}

export function cos(x: Expr): Expr {
  return ofAngle(x, ({ r, q }) => quadrant({ r, q: q.add(1) }));
}

export function tan(x: Expr): Expr {
  const value = ofAngle(x, ({ r, q }) => {
    const z = r.mul(r);
    const p = polynomial(z, [
      0.33333349227905273,
      0.13332663476467133,
      0.0540599599480629,
      0.021281948313117027,
      0.010836446657776833,
      8.871802128851414e-5,
      0.004376685246825218,
    ]);
    const t = r.mul(z).fma(p, r);
    return q.and(1).ne(0).select(r.like(-1).div(t), t);
  });
  return flipSign(value, signBit(x));
}

/** The angle of the point (x, y), by atan of the smaller coordinate over the larger. */
export function atan2(y: Expr, x: Expr): Expr {
  const ax = x.abs();
  const ay = y.abs();
  const steep = ay.gt(ax);
  const larger = steep.select(ay, ax);
  const smaller = steep.select(ax, ay);
  const ratio = smaller.div(larger);
  // 0/0 and ∞/∞ stand for the axes and the diagonals.
  const t = larger.eq(0).select(larger, smaller.eq(Infinity).select(larger.like(1), ratio));
  const z = t.mul(t);
  const p = polynomial(z, [
    -0.33333298563957214,
    0.19998547434806824,
    -0.14264240860939026,
    0.10952179878950119,
    -0.08403434604406357,
    0.05795735865831375,
    -0.031177636235952377,
    0.010914504528045654,
    -0.0017936014337465167,
  ]);
  const a = t.mul(z).fma(p, t);
  const low = 4.371139e-8; // π/2 is its float32 less this
  const upright = a.sub(-low).neg().add(Math.fround(Math.PI / 2));
  const b = steep.select(upright, a);
  const behind = x.bitcast("int32").lt(0);
  const c = behind.select(b.sub(-2 * low).neg().add(Math.fround(Math.PI)), b);
  return x.eq(x).and(y.eq(y)).select(withSign(c, y), x.add(y));
}
