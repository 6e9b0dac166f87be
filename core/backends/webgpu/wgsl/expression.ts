/**
 * Renders the scalar expression language to WGSL, one `let` a node.
 *
 * A WGSL compiler may assume that there is no NaN and no infinity, and software drivers simplify (a + b) − b to a. So NaN is asked of
 * the bits, infinities and signed zeros are made of bits, and a sum or product that goes into a sum passes through `hold`: an exclusive
 * or with a zero that the compiler cannot see. Transcendental functions are the polynomials that the CPU uses.
 */
import type { DType } from "../../../dtype.ts";
import { type Expr, newWalk, type Variable } from "../../../compile/expr.ts";
import { expander } from "../../cpu/loops/math.ts";

/** The WGSL type of an element in a register. */
export function wgslType(type: DType): string {
  switch (type) {
    case "float32":
      return "f32";
    case "int32":
      return "i32";
    case "uint32":
      return "u32";
    case "bool":
      return "bool";
    case "float64":
      throw new TypeError("webgpu: WGSL has no float64");
  }
}

/** A rendered value: its WGSL text and whether it is a sum or product of floats, which a later sum must take as it was rounded. */
export interface Term {
  readonly text: string;
  readonly type: DType;
  readonly sum: boolean;
}

/** Functions that rendered expressions call; `zz` is a zero that no compiler knows. */
export const prelude = `
var<private> zz: u32;
fn hold(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ zz); }
fn bits(b: u32) -> f32 { return bitcast<f32>(b ^ zz); }
fn isnan_(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn finite_(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u; }
fn key_(x: f32) -> i32 { let b = bitcast<i32>(x); return b ^ ((b >> 31u) & 0x7fffffff); }
fn fmax_(a: f32, b: f32) -> f32 {
  let larger = select(b, a, key_(a) > key_(b));
  return select(select(larger, b, isnan_(b)), a, isnan_(a));
}
fn fmin_(a: f32, b: f32) -> f32 {
  let smaller = select(b, a, key_(a) < key_(b));
  return select(select(smaller, b, isnan_(b)), a, isnan_(a));
}
fn feq_(a: f32, b: f32) -> bool { return a == b && !isnan_(a) && !isnan_(b); }
fn flt_(a: f32, b: f32) -> bool { return a < b && !isnan_(a) && !isnan_(b); }
fn fle_(a: f32, b: f32) -> bool { return a <= b && !isnan_(a) && !isnan_(b); }
fn idiv_(a: i32, b: i32) -> i32 { if (b == 0) { return 0; } if (b == -1) { return -a; } return a / b; }
fn udiv_(a: u32, b: u32) -> u32 { if (b == 0u) { return 0u; } return a / b; }
fn irem_(a: i32, b: i32) -> i32 { if (b == 0 || b == -1) { return 0; } return a % b; }
fn urem_(a: u32, b: u32) -> u32 { if (b == 0u) { return 0u; } return a % b; }
fn frem_(x: f32, y: f32) -> f32 {
  // Digit by digit on the mantissas: exact for any quotient, in at most 300 turns.
  let sign = bitcast<u32>(x) & 0x80000000u;
  let a = bitcast<u32>(x) & 0x7fffffffu; let b = bitcast<u32>(y) & 0x7fffffffu;
  if (a >= 0x7f800000u || b > 0x7f800000u || b == 0u) { return bits(0x7fc00000u); }
  if (a < b) { return x; }
  var ea = i32(a >> 23u); var ma = a & 0x7fffffu;
  if (ea == 0) { ea = 1; } else { ma |= 0x800000u; }
  var eb = i32(b >> 23u); var mb = b & 0x7fffffu;
  if (eb == 0) { eb = 1; } else { mb |= 0x800000u; }
  for (var e = ea - eb; e > 0; e--) { ma = ((ma % mb) << 1u); }
  ma = ma % mb;
  if (ma == 0u) { return bits(sign); }
  let shift = min(i32(countLeadingZeros(ma)) - 8, eb - 1);
  ma = ma << u32(shift);
  let exponent = select(0u, u32(eb - shift), ma >= 0x800000u);
  return bits(sign | (exponent << 23u) | (ma & 0x7fffffu));
}
fn f2i_(x: f32) -> i32 {
  if (isnan_(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return i32(-2147483647) - 1; }
  return i32(x);
}
fn f2u_(x: f32) -> u32 {
  if (isnan_(x) || x <= 0.0) { return 0u; }
  if (x >= 4294967296.0) { return 4294967295u; }
  return u32(x);
}
`;

const word = new DataView(new ArrayBuffer(4));

/** A literal in WGSL. */
export function literal(type: DType, value: number): string {
  switch (type) {
    case "float32": {
      const x = Math.fround(value);
      if (x === 0 || !Number.isFinite(x) || Math.abs(x) < 1.1754943508222875e-38) {
        word.setFloat32(0, x);
        return `bits(${word.getUint32(0)}u)`;
      }
      const text = String(x);
      return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
    }
    case "int32":
      return (value | 0) === -(2 ** 31) ? "(i32(-2147483647) - 1)" : `${value | 0}`;
    case "uint32":
      return `${value >>> 0}u`;
    default:
      return value ? "true" : "false";
  }
}

const infix: Record<string, string> = { add: "+", sub: "-", mul: "*", and: "&", or: "|", xor: "^" };
const compare: Record<string, string> = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };

/** Where rendered statements go, and how names are made. */
export class Lines {
  readonly text: string[] = [];
  private serial: { next: number };

  constructor(outer?: Lines) {
    this.serial = outer?.serial ?? { next: 0 };
  }

  add(line: string): void {
    this.text.push(line);
  }

  name(): string {
    return `t${this.serial.next++}`;
  }

  /** Binds a text to a new name. */
  let(text: string): string {
    if (/^[\w.]+$/.test(text)) return text;
    const name = this.name();
    this.add(`let ${name} = ${text};`);
    return name;
  }

  toString(): string {
    return this.text.join("\n");
  }
}

const expand = (e: Expr): Expr => expander()(e);

/** Renders `root`; `variable` gives the terms of its variables. */
export function renderExpr(root: Expr, variable: (v: Variable) => Term, lines: Lines): Term {
  const tree = expand(root);
  newWalk();
  const known = new Map<Expr, Term>();
  const visit = (e: Expr): Term => {
    if (e.op === "var") return variable(e.data as Variable);
    if (e.op === "const") return { text: literal(e.type, e.data as number), type: e.type, sum: false };
    let term = known.get(e);
    if (!term) {
      const args = e.args.map(visit);
      const sum = e.type === "float32" && (e.op === "add" || e.op === "sub" || e.op === "fma" || e.op === "mul");
      term = { text: lines.let(operation(e, args)), type: e.type, sum };
      known.set(e, term);
    }
    return term;
  };
  return visit(tree);
}

const held = (t: Term): string => t.sum ? `hold(${t.text})` : t.text;

function operation(e: Expr, args: readonly Term[]): string {
  const [a, b, c] = args;
  const type = a.type;
  const float = type === "float32";
  switch (e.op) {
    case "neg":
      return float
        ? `bitcast<f32>(bitcast<u32>(${a.text}) ^ 0x80000000u)`
        : type === "uint32"
        ? `0u - ${a.text}`
        : `-${a.text}`;
    case "abs":
      return float ? `bitcast<f32>(bitcast<u32>(${a.text}) & 0x7fffffffu)` : `abs(${a.text})`;
    case "sqrt":
    case "floor":
    case "ceil":
    case "trunc":
    case "round":
      return `${e.op}(${a.text})`;
    case "not":
      return type === "bool" ? `!${a.text}` : `~${a.text}`;
    case "fma":
      return `fma(${a.text}, ${b.text}, ${held(c)})`;
    case "select":
    case "rare":
      return `select(${c.text}, ${b.text}, ${a.text})`;
    case "convert":
      return convert(a, e.type);
    case "bitcast":
      return type === "bool"
        ? `bitcast<${wgslType(e.type)}>(select(0u, 1u, ${a.text}))`
        : `bitcast<${wgslType(e.type)}>(${a.text})`;
    case "splat":
      return a.text;
    case "min":
    case "max":
      return float
        ? `f${e.op}_(${a.text}, ${b.text})`
        : type === "bool"
        ? `${a.text} ${e.op === "min" ? "&" : "|"} ${b.text}`
        : `${e.op}(${a.text}, ${b.text})`;
    case "div":
      return float
        ? `${a.text} / ${b.text}`
        : type === "int32"
        ? `idiv_(${a.text}, ${b.text})`
        : `udiv_(${a.text}, ${b.text})`;
    case "rem":
      return float
        ? `frem_(${a.text}, ${b.text})`
        : type === "int32"
        ? `irem_(${a.text}, ${b.text})`
        : `urem_(${a.text}, ${b.text})`;
    case "shl":
    case "shr":
      return `${a.text} ${e.op === "shl" ? "<<" : ">>"} (${
        type === "int32" ? `bitcast<u32>(${b.text})` : b.text
      } & 31u)`;
    case "xor":
      return type === "bool" ? `${a.text} != ${b.text}` : `${a.text} ^ ${b.text}`;
    case "add":
    case "sub": {
      if (!float) return `${a.text} ${infix[e.op]} ${b.text}`;
      const same = a.text === b.text && e.op === "sub";
      return `${held(a)} ${infix[e.op]} ${same ? `hold(${b.text})` : held(b)}`;
    }
    case "mul":
    case "and":
    case "or":
      return `${a.text} ${infix[e.op]} ${b.text}`;
  }
  if (e.op in compare) return comparison(e, a, b);
  throw new TypeError(`webgpu: no rule for ${e.op} of ${type}`);
}

function comparison({ op }: Expr, a: Term, b: Term): string {
  if (a.type === "float32") {
    switch (op) {
      case "eq":
        return `feq_(${a.text}, ${b.text})`;
      case "ne":
        return a.text === b.text ? `isnan_(${a.text})` : `!feq_(${a.text}, ${b.text})`;
      case "lt":
        return `flt_(${a.text}, ${b.text})`;
      case "le":
        return `fle_(${a.text}, ${b.text})`;
      case "gt":
        return `flt_(${b.text}, ${a.text})`;
      default:
        return `fle_(${b.text}, ${a.text})`;
    }
  }
  if (a.type === "bool" && op !== "eq" && op !== "ne") {
    return `select(0u, 1u, ${a.text}) ${compare[op]} select(0u, 1u, ${b.text})`;
  }
  return `${a.text} ${compare[op]} ${b.text}`;
}

/** A numeric conversion. */
export function convert({ text, type: from }: Term, to: DType): string {
  if (from === to) return text;
  if (from === "bool") {
    return to === "float32"
      ? `select(bits(0u), 1.0f, ${text})`
      : to === "int32"
      ? `select(0, 1, ${text})`
      : `select(0u, 1u, ${text})`;
  }
  if (to === "bool") {
    return from === "float32" ? `!feq_(${text}, bits(0u))` : from === "int32" ? `${text} != 0` : `${text} != 0u`;
  }
  if (from === "float32") return to === "int32" ? `f2i_(${text})` : `f2u_(${text})`;
  if (to === "float32") return `f32(${text})`;
  return `bitcast<${wgslType(to)}>(${text})`;
}

/** A word of a buffer as a value. */
export function fromWord(type: DType, text: string): string {
  return type === "uint32" ? text : type === "bool" ? `(${text} != 0u)` : `bitcast<${wgslType(type)}>(${text})`;
}

/** A value as a word of a buffer. */
export function toWord(type: DType, text: string): string {
  return type === "uint32" ? text : type === "bool" ? `select(0u, 1u, ${text})` : `bitcast<u32>(${text})`;
}

/** Four words as values. */
export function fromWords(type: DType, text: string): string {
  return type === "uint32"
    ? text
    : type === "bool"
    ? `(${text} != vec4<u32>())`
    : `bitcast<vec4<${wgslType(type)}>>(${text})`;
}
