/**
 * The scalar expression language: what a primitive means for one element. A primitive's `lower` builds an `Expr`, the
 * reference backend evaluates it, a compiler widens it to vectors and an emitter renders it. It knows no instruction set.
 */
import type { DType } from "../dtype.ts";

/** Operations of one operand. The transcendental ones are expanded to arithmetic by `math.ts` where a target has none. */
export type Unary =
  | "neg"
  | "abs"
  | "sqrt"
  | "floor"
  | "ceil"
  | "trunc"
  | "round" // to nearest, ties to even
  | "not" // bitwise on integers, logical on bool
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "tanh"
  | "erf"
  | "erfInv";

/** Operations of two operands of one type; comparisons give bool. `min` and `max` propagate NaN. */
export type Binary =
  | "add"
  | "sub"
  | "mul"
  | "div" // integers: towards zero; by zero gives 0
  | "rem" // sign of the dividend, as in C
  | "min"
  | "max"
  | "pow"
  | "atan2"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr" // arithmetic on int32, logical on uint32
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge";

/** All operations. `fma(a, b, c)` is a·b + c, fused where the target can. */
export type Op =
  | Unary
  | Binary
  | "const" // data: number
  | "var" // data: Variable
  | "load" // data: Access; args: [index], in elements
  | "splat" // scalar to all lanes
  | "lane" // data: number; one lane of a wide value
  | "pick" // data: readonly number[]; each lane one of the lanes of two vectors, those of the second after those of the first
  | "fold" // data: Binary; all lanes of a wide value: lane i with i + half, until one is left
  | "select" // args: condition, then, else
  | "rare" // a select whose `then` few elements want: an emitter may skip it where no lane does; only expansions make it
  | "fma"
  | "convert" // numeric conversion; float to integer saturates, NaN gives 0
  | "bitcast"; // same bits, 32-bit types only

/** A mutable local of a kernel. */
export interface Variable {
  /** Unique in its kernel. */
  readonly id: number;
  /** The dtype of its value. */
  readonly type: DType;
  /** Whether it holds a value in each lane. */
  readonly wide: boolean;
  /** For reading kernels. */
  readonly name: string;
}

/**
 * How a load touches a buffer: `buffer` is the position among the kernel's parameters. A wide load reads lane l at
 * index + l · stride: 1 is a vector load, 0 a splat, anything else lane by lane.
 */
export interface Access {
  /** The position among the parameters. */
  readonly buffer: number;
  /** Elements from lane to lane. */
  readonly stride: number;
}

const comparisons = new Set<Op>(["eq", "ne", "lt", "le", "gt", "ge"]);

/** A node of an expression: immutable, shared freely (an emitter computes a shared node once a statement). */
export class Expr {
  /** Scratch of whoever walks expressions at the moment (a stamp per walk, uses, a slot); no part of the value. */
  stamp = 0;
  /** Scratch, as `stamp`. */
  uses = 0;
  /** Scratch, as `stamp`. */
  slot: number = -1;

  /** Made by the methods, by `constant` and by `read`. */
  constructor(
    readonly op: Op,
    readonly type: DType,
    readonly wide: boolean,
    readonly args: readonly Expr[] = [],
    readonly data?: number | Variable | Access | Binary | readonly number[],
  ) {}

  /** An operation of one operand. */
  private un(op: Unary): Expr {
    return new Expr(op, this.type, this.wide, [this]);
  }

  /** An operation of two operands. */
  private bin(op: Binary, other: Expr | number): Expr {
    const [a, b] = align(this, typeof other === "number" ? constant(this.type, other) : other);
    const type = comparisons.has(op) ? "bool" : a.type;
    return new Expr(op, type, a.wide, [a, b]);
  }

  /** −x. */
  neg(): Expr {
    return this.un("neg");
  }

  /** |x|. */
  abs(): Expr {
    return this.un("abs");
  }

  /** √x. */
  sqrt(): Expr {
    return this.un("sqrt");
  }

  /** The next integer below. */
  floor(): Expr {
    return this.un("floor");
  }

  /** The next integer above. */
  ceil(): Expr {
    return this.un("ceil");
  }

  /** The integer part. */
  trunc(): Expr {
    return this.un("trunc");
  }

  /** The nearest integer, ties to even. */
  round(): Expr {
    return this.un("round");
  }

  /** Bitwise on integers, logical on bool. */
  not(): Expr {
    return this.un("not");
  }

  /** eˣ. */
  exp(): Expr {
    return this.un("exp");
  }

  /** eˣ − 1. */
  expm1(): Expr {
    return this.un("expm1");
  }

  /** The natural logarithm. */
  log(): Expr {
    return this.un("log");
  }

  /** log(1 + x). */
  log1p(): Expr {
    return this.un("log1p");
  }

  /** The sine, of radians. */
  sin(): Expr {
    return this.un("sin");
  }

  /** The cosine, of radians. */
  cos(): Expr {
    return this.un("cos");
  }

  /** The tangent, of radians. */
  tan(): Expr {
    return this.un("tan");
  }

  /** The hyperbolic tangent. */
  tanh(): Expr {
    return this.un("tanh");
  }

  /** The error function. */
  erf(): Expr {
    return this.un("erf");
  }

  /** The inverse of the error function. */
  erfInv(): Expr {
    return this.un("erfInv");
  }

  /** x + o. */
  add(o: Expr | number): Expr {
    return this.bin("add", o);
  }

  /** x − o. */
  sub(o: Expr | number): Expr {
    return this.bin("sub", o);
  }

  /** x · o. */
  mul(o: Expr | number): Expr {
    return this.bin("mul", o);
  }

  /** x / o; of integers towards zero, by zero 0. */
  div(o: Expr | number): Expr {
    return this.bin("div", o);
  }

  /** The remainder, with the sign of x. */
  rem(o: Expr | number): Expr {
    return this.bin("rem", o);
  }

  /** The smaller; NaN if one is. */
  min(o: Expr | number): Expr {
    return this.bin("min", o);
  }

  /** The larger; NaN if one is. */
  max(o: Expr | number): Expr {
    return this.bin("max", o);
  }

  /** x to the power o. */
  pow(o: Expr | number): Expr {
    return this.bin("pow", o);
  }

  /** The angle of the point (o, x), in radians. */
  atan2(o: Expr | number): Expr {
    return this.bin("atan2", o);
  }

  /** Bitwise on integers, logical on bool. */
  and(o: Expr | number): Expr {
    return this.bin("and", o);
  }

  /** Bitwise on integers, logical on bool. */
  or(o: Expr | number): Expr {
    return this.bin("or", o);
  }

  /** Bitwise on integers, logical on bool. */
  xor(o: Expr | number): Expr {
    return this.bin("xor", o);
  }

  /** x shifted left by o bits. */
  shl(o: Expr | number): Expr {
    return this.bin("shl", o);
  }

  /** x shifted right by o bits: arithmetic on int32, logical on uint32. */
  shr(o: Expr | number): Expr {
    return this.bin("shr", o);
  }

  /** Whether x = o: bool. */
  eq(o: Expr | number): Expr {
    return this.bin("eq", o);
  }

  /** Whether x ≠ o: bool. */
  ne(o: Expr | number): Expr {
    return this.bin("ne", o);
  }

  /** Whether x < o: bool. */
  lt(o: Expr | number): Expr {
    return this.bin("lt", o);
  }

  /** Whether x ≤ o: bool. */
  le(o: Expr | number): Expr {
    return this.bin("le", o);
  }

  /** Whether x > o: bool. */
  gt(o: Expr | number): Expr {
    return this.bin("gt", o);
  }

  /** Whether x ≥ o: bool. */
  ge(o: Expr | number): Expr {
    return this.bin("ge", o);
  }

  /** this · b + c. */
  fma(b: Expr | number, c: Expr | number): Expr {
    const x = typeof b === "number" ? constant(this.type, b) : b;
    const y = typeof c === "number" ? constant(this.type, c) : c;
    const wide = this.wide || x.wide || y.wide;
    return new Expr("fma", this.type, wide, wide ? [this.splat(), x.splat(), y.splat()] : [this, x, y]);
  }

  /** Where this (bool) holds `then`, else `otherwise`. */
  select(then: Expr, otherwise: Expr | number): Expr {
    const other = typeof otherwise === "number" ? constant(then.type, otherwise) : otherwise;
    const wide = this.wide || then.wide || other.wide;
    return new Expr(
      "select",
      then.type,
      wide,
      wide ? [this.splat(), then.splat(), other.splat()] : [this, then, other],
    );
  }

  /** As `select`, where `then` is seldom wanted and dear. */
  rare(then: Expr, otherwise: Expr): Expr {
    const wide = this.wide || then.wide || otherwise.wide;
    return new Expr(
      "rare",
      then.type,
      wide,
      wide ? [this.splat(), then.splat(), otherwise.splat()] : [this, then, otherwise],
    );
  }

  /** The value as another dtype: floats to integers truncate and saturate, NaN gives 0. */
  convert(type: DType): Expr {
    return type === this.type ? this : new Expr("convert", type, this.wide, [this]);
  }

  /** The same bits as another 32-bit dtype. */
  bitcast(type: DType): Expr {
    return type === this.type ? this : new Expr("bitcast", type, this.wide, [this]);
  }

  /** A constant of this expression's type. */
  like(value: number): Expr {
    return constant(this.type, value);
  }

  /** The scalar in all lanes; a wide value is itself. */
  splat(): Expr {
    return this.wide ? this : new Expr("splat", this.type, true, [this]);
  }

  /** One lane of a wide value. */
  lane(index: number): Expr {
    return new Expr("lane", this.type, false, [this], index);
  }

  /** Lanes of this and of another vector, by number: those of the other follow those of this. Of 32 bits each. */
  pick(o: Expr, lanes: readonly number[]): Expr {
    return new Expr("pick", this.type, true, [this, o], lanes);
  }

  /** All lanes together: the lower half with the upper, again and again. */
  fold(op: Binary): Expr {
    return new Expr("fold", this.type, false, [this], op);
  }
}

let walks = 0;

/** A fresh stamp: a node that carries it was met by this walk. Walks that mark nodes must not overlap. */
export function newWalk(): number {
  return ++walks;
}

function align(a: Expr, b: Expr): [Expr, Expr] {
  return a.wide === b.wide ? [a, b] : [a.splat(), b.splat()];
}

/**
 * A literal of the scalar language in which elementwise operations are written.
 *
 * @example
 * ```ts
 * import { primitive } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(primitive.constant("float32", 2).data, 2);
 * ```
 */
export function constant(type: DType, value: number): Expr {
  return new Expr("const", type, false, [], value);
}

/**
 * The value of a variable of the scalar language.
 *
 * @example
 * ```ts
 * import { primitive } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = primitive.read({ id: 0, type: "float32", wide: false, name: "x" });
 * assertEquals(x.mul(x).op, "mul");
 * ```
 */
export function read(variable: Variable): Expr {
  return new Expr("var", variable.type, variable.wide, [], variable);
}
