/** The error function and its inverse in double precision, which JavaScript's Math lacks. */

/** Σ coefficients[i] · xⁱ. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i];
  return sum;
}

// The rational approximations of FreeBSD's msun (s_erf.c, Sun Microsystems 1993), by ranges of |x|.

/** erf(x)/x − 1 in x², below 0.84375. */
const small = {
  p: [
    1.28379167095512558561e-01,
    -3.25042107247001499370e-01,
    -2.84817495755985104766e-02,
    -5.77027029648944159157e-03,
    -2.37630166566501626084e-05,
  ],
  q: [
    1,
    3.97917223959155352819e-01,
    6.50222499887672944485e-02,
    5.08130628187576562776e-03,
    1.32494738004321644526e-04,
    -3.96022827877536812320e-06,
  ],
};

/** erf(x) − `middleBase` in |x| − 1, below 1.25. */
const middleBase = 8.45062911510467529297e-01;
const middle = {
  p: [
    -2.36211856075265944077e-03,
    4.14856118683748331666e-01,
    -3.72207876035701323847e-01,
    3.18346619901161753674e-01,
    -1.10894694282396677476e-01,
    3.54783043256182359371e-02,
    -2.16637559486879084300e-03,
  ],
  q: [
    1,
    1.06420880400844228286e-01,
    5.40397917702171048937e-01,
    7.18286544141962662868e-02,
    1.26171219808761642112e-01,
    1.36370839120290507362e-02,
    1.19844998467991074170e-02,
  ],
};

/** log(x · erfc(x)) + x² + 0.5625 in 1/x², below 1/0.35. */
const large = {
  p: [
    -9.86494403484714822705e-03,
    -6.93858572707181764372e-01,
    -1.05586262253232909814e+01,
    -6.23753324503260060396e+01,
    -1.62396669462573470355e+02,
    -1.84605092906711035994e+02,
    -8.12874355063065934246e+01,
    -9.81432934416914548592e+00,
  ],
  q: [
    1,
    1.96512716674392571292e+01,
    1.37657754143519042600e+02,
    4.34565877475229228821e+02,
    6.45387271733267880336e+02,
    4.29008140027567833386e+02,
    1.08635005541779435134e+02,
    6.57024977031928170135e+00,
    -6.04244152148580987438e-02,
  ],
};

/** The same from there on. */
const huge = {
  p: [
    -9.86494292470009928597e-03,
    -7.99283237680523006574e-01,
    -1.77579549177547519889e+01,
    -1.60636384855821916062e+02,
    -6.37566443368389627722e+02,
    -1.02509513161107724954e+03,
    -4.83519191608651397019e+02,
  ],
  q: [
    1,
    3.03380607434824582924e+01,
    3.25792512996573918826e+02,
    1.53672958608443695994e+03,
    3.19985821950859553908e+03,
    2.55305040643316442583e+03,
    4.74528541206955367215e+02,
    -2.24409524465858183362e+01,
  ],
};

/** A quotient of polynomials, lowest power first. */
export interface Ratio {
  readonly p: readonly number[];
  readonly q: readonly number[];
}

/** The approximations of erf by ranges, for who must write it out. */
export const erfTables = { small, middle, large, huge, middleBase };

function ratio({ p, q }: Ratio, x: number): number {
  return polynomial(x, p) / polynomial(x, q);
}

const word = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** erfc(x) for x ≥ 1.25. */
function tail(x: number): number {
  if (x >= 28) return 0;
  const r = ratio(x < 1 / 0.35 ? large : huge, 1 / (x * x));
  // x² loses bits that exp would magnify: square a short x exactly, and add the rest.
  word.setFloat64(0, x);
  word.setUint32(4, 0);
  const z = word.getFloat64(0);
  return Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + r) / x;
}

/** The error function 2/√π ∫₀ˣ exp(−t²) dt, within 1 ulp. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a < Infinity)) return a === Infinity ? Math.sign(x) : NaN;
  if (a < 2 ** -500) return x * 1.1283791670955126; // the square below would not be a normal number
  if (a < 0.84375) return x + x * ratio(small, x * x);
  const value = a < 1.25 ? middleBase + ratio(middle, a - 1) : 1 - tail(a);
  return x < 0 ? -value : value;
}

/** 1 − erf(x), accurate for large x. */
export function erfc(x: number): number {
  if (x < 0.84375) return 1 - erf(x);
  return x < 1.25 ? 1 - middleBase - ratio(middle, x - 1) : x === Infinity ? 0 : tail(x);
}

/**
 * The inverse of the error function: ±∞ at ±1, NaN beyond. It starts from Giles' approximation in single precision
 * ("Approximating the erfinv function", GPU Computing Gems, 2011) and goes on by Halley's method.
 */
export function erfInv(y: number): number {
  const a = Math.abs(y);
  if (!(a < 1)) return a === 1 ? y * Infinity : NaN;
  if (a < 2 ** -30) return y * 0.886226925452758; // √π/2; the next term is smaller by y²
  const w = -Math.log((1 - a) * (1 + a));
  let x = a * (w < 5 ? polynomial(w - 2.5, central) : polynomial(Math.sqrt(w) - 3, outer));
  // Beyond the reach of single precision: erfc(x) is near exp(−x²) / (x √π).
  if (w > 16) x = Math.sqrt(Math.LN2 + w - Math.log(1.772453850905516 * Math.sqrt(w)));
  for (let i = 0; i < 5; i++) {
    const error = a < 0.5 ? erf(x) - a : (1 - a) - erfc(x);
    const step = error * 0.886226925452758 * Math.exp(x * x);
    const change = step / (1 + x * step);
    x -= change;
    if (Math.abs(change) < 1e-6 * x) break; // the method is cubic: the next change is below 1e-17 x
  }
  return y < 0 ? -x : x;
}

/** erfInv(y)/y in w − 2.5 for w = −log(1 − y²) below 5. */
export const central = [
  1.50140941,
  0.246640727,
  -0.00417768164,
  -0.00125372503,
  0.00021858087,
  -4.39150654e-06,
  -3.5233877e-06,
  3.43273939e-07,
  2.81022636e-08,
];

/** erfInv(y)/y in √w − 3 from there on. */
export const outer = [
  2.83297682,
  1.00167406,
  0.00943887047,
  -0.0076224613,
  0.00573950773,
  -0.00367342844,
  0.00134934322,
  0.000100950558,
  -0.000200214257,
];

/** IEEE 754's power: JavaScript's differs where the base is ±1 and the exponent is infinite or NaN. */
function pow(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : Math.pow(base, exponent);
}

/** The operations of one float64 that no instruction computes, as functions. */
export const float64Unary = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  erf,
  erfInv,
} as const;

/** Those of two. */
export const float64Binary = { pow, atan2: Math.atan2, rem: (a: number, b: number): number => a % b } as const;
