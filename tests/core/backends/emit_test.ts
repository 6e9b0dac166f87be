import { assert, assertEquals, assertThrows } from "@std/assert";
import { codeOf } from "../../../core/backends/cpu/wasm/emit.ts";
import { type Binary, constant, Expr, read, type Unary } from "../../../core/compile/expr.ts";
import { Builder, type Kernel } from "../../../core/compile/loop.ts";
import { erf, erfInv } from "../../../core/compile/special.ts";
import { coerce, type DType, isFloat } from "../../../core/dtype.ts";
import { NotNative } from "../../../core/backends/cpu/x64/expression.ts";
import { type Emitter, emitters, forEach, wasm } from "../../support/emitters.ts";

const interesting: Record<DType, number[]> = {
  float32: [
    0,
    -0,
    1,
    -1,
    0.5,
    2.5,
    -2.5,
    3.7,
    -3.7,
    1e-40,
    1e30,
    -1e30,
    3e9,
    -3e9,
    Infinity,
    -Infinity,
    NaN,
    7,
    4,
    100,
  ],
  float64: [
    0,
    -0,
    1,
    -1,
    0.5,
    2.5,
    -2.5,
    3.7,
    -3.7,
    1e-310,
    1e300,
    -1e300,
    3e9,
    -3e9,
    Infinity,
    -Infinity,
    NaN,
    7,
    4,
    5,
  ],
  int32: [0, 1, -1, 2, -2, 7, -7, 31, 32, 33, 1000, -1000, 2147483647, -2147483648, 65536, 12, 5, -5, 3, 100],
  uint32: [0, 1, 2, 3, 7, 31, 32, 33, 1000, 65536, 2147483647, 2147483648, 4294967295, 12, 5, 100, 9, 10, 11, 99],
  bool: [0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0],
};

/** Every pair of special values, padded to whole vectors. */
/** As often as it takes to fill vectors. */
const specials = Object.fromEntries(
  Object.entries(interesting).map((
    [type, list],
  ) => [type, Array.from({ length: 32 }, (_, i) => list[i % list.length])]),
) as Record<DType, number[]>;

function pairs(type: DType): [number[], number[]] {
  const s = specials[type].map((v) => coerce(type, v));
  return [s.flatMap((a) => s.map(() => a)), s.flatMap(() => s)];
}

const unary: Record<Unary, (a: number, type: DType) => number> = {
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: (a) => {
    const r = Math.round(a);
    const even = Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : r;
    return even === 0 && (a < 0 || Object.is(a, -0)) ? -0 : even;
  },
  not: (a, type) => type === "bool" ? 1 - a : ~a,
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
};

function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}

const binary: Record<Binary, (a: number, b: number, type: DType) => number> = {
  add: (a, b, t) => t === "bool" ? a | b : a + b,
  sub: (a, b, t) => t === "bool" ? a ^ b : a - b,
  mul: (a, b, t) => isFloat(t) || t === "bool" ? a * b : Math.imul(a, b),
  div: (a, b, t) => isFloat(t) ? a / b : b === 0 ? 0 : Math.trunc(a / b),
  rem: (a, b, t) => isFloat(t) ? a % b : b === 0 ? 0 : a % b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  pow,
  atan2: Math.atan2,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr: (a, b, t) => t === "int32" ? a >> b : a >>> b,
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
};

const transcendental = new Set<string>("exp expm1 log log1p sin cos tan tanh erf erfInv pow atan2 rem".split(" "));
const rounding = ["floor", "ceil", "trunc", "round"];
const arithmetic = ["add", "sub", "mul", "min", "max"];
const comparing = ["eq", "ne", "lt", "le", "gt", "ge"];
const logic = ["and", "or", "xor"];
const unaryOps: Record<DType, string[]> = {
  float32: Object.keys(unary).filter((op) => op !== "not"),
  float64: Object.keys(unary).filter((op) => op !== "not"),
  int32: ["neg", "abs", "not", ...rounding],
  uint32: ["neg", "abs", "not", ...rounding],
  bool: ["not"],
};
const binaryOps: Record<DType, string[]> = {
  float32: [...arithmetic, ...comparing, "div", "rem", "pow", "atan2"],
  float64: [...arithmetic, ...comparing, "div", "rem", "pow", "atan2"],
  int32: [...arithmetic, ...comparing, ...logic, "div", "rem", "shl", "shr"],
  uint32: [...arithmetic, ...comparing, ...logic, "div", "rem", "shl", "shr"],
  bool: [...arithmetic, ...comparing, ...logic],
};

/** Applies `f` to each element of the inputs: scalar, or in vectors. */
function mapKernel(inputs: DType[], output: DType, n: number, lanes: number, f: (...xs: Expr[]) => Expr): Kernel {
  const b = new Builder(lanes === 1 ? 4 : lanes);
  const buffers = inputs.map((type) => b.buffer(type));
  const out = b.buffer(output);
  b.loop(0, n, lanes, (i) => {
    b.store(out, i, f(...buffers.map((k) => b.load(k, i, lanes === 1 ? undefined : 1))));
  });
  return b.finish("map");
}

function close(actual: number, expected: number, type: DType, loose: boolean): boolean {
  if (Object.is(actual, expected) || (Number.isNaN(actual) && Number.isNaN(expected))) return true;
  if (!loose) return false;
  const epsilon = type === "float32" ? 2 ** -23 : 2 ** -52;
  return Math.abs(actual - expected) <= 4 * epsilon * Math.abs(expected) + (type === "float32" ? 2e-45 : 0);
}

function check(
  { run }: Emitter,
  kernel: Kernel,
  inputs: number[][],
  expected: number[],
  loose: boolean,
  what: string,
  relaxed?: boolean,
) {
  const out = run(kernel, [...inputs, new Array(expected.length).fill(0)], { relaxed }).at(-1)!;
  const { type } = kernel.parameters.at(-1)!;
  expected.forEach((e, i) => {
    const want = coerce(type, e);
    const given = inputs.map((x) => x[i]).join(", ");
    assert(close(out[i], want, type, loose), `${what} of ${given}: ${out[i]}, not ${want}`);
  });
}

const types: DType[] = ["float32", "float64", "int32", "uint32", "bool"];

const cases = emitters.flatMap((emitter) =>
  types.flatMap((type) => emitter.lanes(type).map((lanes) => ({ emitter, type, lanes })))
);

for (const { emitter, type, lanes } of cases) {
  {
    const of = `on ${type}, ${lanes} at a time, ${emitter.name}`;
    const lacks = (op: string): boolean =>
      !emitter.calls && type === "float64" && transcendental.has(op) && op !== "rem";
    Deno.test(`emit: every unary operation ${of}`, () => {
      for (const op of unaryOps[type]) {
        const xs = specials[type].map((v) => coerce(type, v));
        const expected = xs.map((x) => unary[op as Unary](x, type));
        const kernel = mapKernel([type], type, xs.length, lanes, (x) => new Expr(op as Unary, type, x.wide, [x]));
        const loose = transcendental.has(op);
        if (lacks(op)) {
          assertThrows(() => check(emitter, kernel, [xs], expected, loose, op), NotNative, "function of JavaScript");
          continue;
        }
        check(emitter, kernel, [xs], expected, loose, op);
        check(emitter, kernel, [xs], expected, loose, op, false);
      }
    });

    Deno.test(`emit: every binary operation ${of}`, () => {
      for (const op of binaryOps[type].filter((op) => !lacks(op))) {
        const [a, b] = pairs(type);
        const expected = a.map((x, i) => binary[op as Binary](x, b[i], type));
        const out = comparing.includes(op) ? "bool" : type;
        const kernel = mapKernel(
          [type, type],
          out,
          a.length,
          lanes,
          (x, y) => new Expr(op as Binary, out, x.wide, [x, y]),
        );
        check(emitter, kernel, [a, b], expected, transcendental.has(op), op);
        // With a literal operand, where other instructions are chosen.
        for (const literal of specials[type].map((v) => coerce(type, v))) {
          const y = constant(type, literal);
          const half = mapKernel(
            [type],
            out,
            a.length,
            lanes,
            (x) => new Expr(op as Binary, out, x.wide, [x, x.wide ? y.splat() : y]),
          );
          check(
            emitter,
            half,
            [a],
            a.map((x) => binary[op as Binary](x, literal, type)),
            transcendental.has(op),
            `${op} by ${literal}`,
          );
        }
      }
    });

    Deno.test(`emit: select, fma and conversions ${of}`, () => {
      const [a, b] = pairs(type);
      for (const relaxed of [true, false]) {
        const select = mapKernel([type, type], type, a.length, lanes, (x, y) => x.lt(y).select(x, y));
        check(emitter, select, [a, b], a.map((x, i) => x < b[i] ? x : b[i]), false, "select", relaxed);
      }
      const xs = specials[type].map((v) => coerce(type, v));
      for (const to of types) {
        if (to === "float64" && !emitter.lanes(to).includes(lanes)) continue;
        const kernel = mapKernel([type], to, xs.length, lanes, (x) => x.convert(to));
        check(emitter, kernel, [xs], xs.map((x) => saturate(x, type, to)), false, `${type} to ${to}`);
      }
      if (type === "bool") return;
      const exact = [3, 5, 7, 11, 2, 9, 13, 8, 1, 4, 6, 10, 12, 14, 15, 0].map((v) => coerce(type, v));
      const kernel = mapKernel(
        [type],
        type,
        16,
        lanes,
        (x) => x.fma(x.neg().neg(), x.mul(2)).add(x.neg().fma(2, x.mul(3))),
      );
      check(emitter, kernel, [exact], exact.map((x) => x * x + 2 * x - 2 * x + 3 * x), false, "fma");
      check(emitter, kernel, [exact], exact.map((x) => x * x + 2 * x - 2 * x + 3 * x), false, "fma", false);
    });
  }
}

/** A test for each emitter. */
function saturate(x: number, from: DType, to: DType): number {
  if (to === "bool") return Number(x !== 0);
  if (isFloat(to) || !isFloat(from)) return x;
  if (Number.isNaN(x)) return 0;
  return to === "int32" ? Math.min(Math.max(x, -2147483648), 2147483647) : Math.min(Math.max(x, 0), 4294967295);
}

forEach("bitcast keeps the bits", (emitter) => {
  for (const lanes of emitter.lanes("int32")) {
    const xs = [1, -0, Infinity, 0.1, 3, -7, 1e-40, 5, 2, 4, 6, 8, 1e9, -1, 0, 0.5].map(Math.fround);
    const expected = [...new Int32Array(new Float32Array(xs).buffer)];
    check(
      emitter,
      mapKernel(["float32"], "int32", 16, lanes, (x) => x.bitcast("int32")),
      [xs],
      expected,
      false,
      "bitcast",
    );
    check(
      emitter,
      mapKernel(["int32"], "float32", 16, lanes, (x) => x.bitcast("float32")),
      [expected],
      xs,
      false,
      "bitcast",
    );
    const roundTrip = mapKernel(["float32"], "float32", 16, lanes, (x) => x.bitcast("uint32").bitcast("float32"));
    check(emitter, roundTrip, [xs], xs, false, "bitcast");
  }
});

forEach("scalars and lanes get the same bits from fma", (emitter) => {
  const a = Array.from({ length: 64 }, (_, i) => Math.fround(Math.sin(i) * 3));
  const b = Array.from({ length: 64 }, (_, i) => Math.fround(Math.cos(i * i)));
  for (const relaxed of [true, false]) {
    for (const type of ["float32", "float64"] as DType[]) {
      const lanes = Math.max(...emitter.lanes(type));
      const chain = (x: Expr, y: Expr) => x.fma(y, x.neg().fma(y.fma(y, 0.1), y)).fma(y, 1 / 3).mul(x);
      const scalar = emitter.run(mapKernel([type, type], type, 64, 1, chain), [a, b, a], { relaxed })[2];
      const wide = emitter.run(mapKernel([type, type], type, 64, lanes, chain), [a, b, a], { relaxed })[2];
      assertEquals(scalar, wide);
    }
  }
});

forEach("loads of every stride, wide and from both ends", (emitter) => {
  const pairs = (["float32", "float64", "int32", "bool"] as DType[]).flatMap((type) =>
    emitter.lanes(type).filter((lanes) => lanes > 1).map((lanes) => ({ type, lanes }))
  );
  for (const { type, lanes } of pairs) {
    const data = Array.from({ length: 256 }, (_, i) => type === "bool" ? Number(i % 3 === 0) : i * 3 + 1);
    for (const stride of [0, 1, 2, 3, -1, -2, 7, -7]) {
      const b = new Builder(lanes);
      const x = b.buffer(type);
      const y = b.buffer(type);
      b.loop(0, 3, 1, (i) => b.store(y, i.mul(lanes), b.load(x, i.mul(2).add(110), stride)));
      b.store(y, 3 * lanes, b.load(x, 113, stride));
      const expected = [0, 1, 2, 1.5].flatMap((i) =>
        Array.from({ length: lanes }, (_, l) => data[110 + 2 * i + l * stride])
      );
      const out = emitter.run(b.finish("strided"), [data, new Array(4 * lanes).fill(0)])[1];
      assertEquals([...out], expected);
    }
  }
});

forEach("a constant beside a base that may be negative", (emitter) => {
  const b = new Builder(4);
  const x = b.buffer("float32");
  const y = b.buffer("float32");
  b.loop(-8, 8, 1, (i) => b.store(y, i.add(8), b.load(x, i.add(9)).add(b.load(x, i.add(10).sub(2)))));
  b.loop(7, -1, -1, (i) => b.store(y, i.add(16), b.load(x, i.sub(-4))));
  const p = b.variable("int32");
  b.set(p, constant("int32", 5));
  b.loop(0, 6, 1, (i) => {
    b.set(p, read(p).sub(2));
    b.store(y, i.add(24), b.load(x, read(p).add(7)));
  });
  const data = Array.from({ length: 32 }, (_, i) => i * i);
  const out = emitter.run(b.finish("negative"), [data, new Array(32).fill(0)])[1];
  const expected = [
    ...Array.from({ length: 16 }, (_, i) => data[i + 1] + data[i]),
    ...Array.from({ length: 8 }, (_, i) => data[i + 4]),
    ...[10, 8, 6, 4, 2, 0].map((i) => data[i]),
    0,
    0,
  ];
  assertEquals([...out], expected);
});

forEach("pointers are recomputed when their variable changes, in loops and branches", (emitter) => {
  const b = new Builder(4);
  const x = b.buffer("int32");
  const y = b.buffer("int32");
  const p = b.variable("int32", false, "p");
  const sum = b.variable("int32", false, "sum");
  b.set(p, constant("int32", 1));
  b.set(sum, b.load(x, read(p)));
  b.loop(0, 5, 1, (i) => {
    b.set(sum, read(sum).add(b.load(x, read(p))));
    b.set(p, read(p).add(2));
    b.if(i.rem(2).eq(0), () => {
      b.set(sum, read(sum).add(b.load(x, read(p).add(1))));
      b.set(p, read(p).add(1));
      b.set(sum, read(sum).add(b.load(x, read(p))));
    }, () => {
      b.set(sum, read(sum).add(b.load(x, read(p))));
    });
    b.set(sum, read(sum).add(b.load(x, read(p))));
  });
  b.store(y, 0, read(sum));
  const data = Array.from({ length: 32 }, (_, i) => i * i + 1);
  let at = 1;
  let expected = data[at];
  for (let i = 0; i < 5; i++) {
    expected += data[at];
    at += 2;
    if (i % 2 === 0) {
      expected += data[at + 1];
      at++;
      expected += data[at];
    } else expected += data[at];
    expected += data[at];
  }
  assertEquals(emitter.run(b.finish("pointers"), [data, [0]])[1][0], expected);
});

forEach("loops of known and unknown trips, while, if", (emitter) => {
  const b = new Builder(4);
  const n = b.buffer("int32");
  const y = b.buffer("int32");
  const count = (slot: number, from: Expr | number, to: Expr | number, step: number) => {
    const c = b.variable("int32");
    b.set(c, constant("int32", 0));
    b.loop(from, to, step, (i) => b.set(c, read(c).mul(10).add(i)));
    b.store(y, slot, read(c));
  };
  count(0, 0, 4, 1);
  count(1, 3, 3, 1);
  count(2, 1, 8, 3);
  count(3, 5, 6, 1);
  count(4, 0, b.load(n, 0), 1);
  count(5, 0, b.load(n, 1), 1);
  count(6, 6, 0, -2);
  const v = b.let(b.load(n, 0).add(0), "v");
  const w = b.variable("int32");
  b.set(w, v);
  const steps = b.variable("int32");
  b.set(steps, constant("int32", 0));
  b.while(read(w).ne(1), () => {
    b.if(read(w).and(1).eq(0), () => b.set(w, read(w).shr(1)), () => b.set(w, read(w).mul(3).add(1)));
    b.set(steps, read(steps).add(1));
  });
  b.store(y, 7, read(steps));
  b.while(constant("bool", 0), () => b.store(y, 8, constant("int32", 9)));
  b.if(constant("bool", 1), () => b.store(y, 9, constant("int32", 5)));
  const out = emitter.run(b.finish("loops"), [[3, 0], new Array(10).fill(0)])[1];
  assertEquals([...out], [123, 0, 147, 5, 12, 0, 642, 7, 0, 5]);
});

forEach("zero fills exactly its range", (emitter) => {
  for (const type of ["float32", "float64", "bool"] as DType[]) {
    const b = new Builder(4);
    const x = b.buffer(type);
    b.loop(0, 2, 1, (i) => b.zero(x, i.mul(10).add(1), 3));
    b.zero(x, 5, constant("int32", 0));
    const out = emitter.run(b.finish("zero"), [new Array(20).fill(1)])[0];
    assertEquals([...out], Array.from({ length: 20 }, (_, i) => i % 10 >= 1 && i % 10 < 4 ? 0 : 1));
  }
});

forEach("a shared node is computed once", (emitter) => {
  const b = new Builder(4);
  const x = b.buffer("float32");
  const y = b.buffer("float32");
  let e = b.load(x, 0);
  for (let i = 0; i < 200; i++) e = e.mul(e).add(1).sqrt(); // a tree of 2²⁰⁰ leaves
  b.store(y, 0, e);
  const kernel = b.finish("shared");
  if (emitter === wasm) assert(codeOf(kernel).body.length < 4000);
  let expected = Math.fround(0.5);
  for (let i = 0; i < 200; i++) expected = Math.fround(Math.sqrt(Math.fround(Math.fround(expected * expected) + 1)));
  assertEquals(emitter.run(kernel, [[0.5], [0]])[1][0], expected);
});

forEach("what a rare choice computes is not taken for granted after it", (emitter) => {
  const pairs = (["float32", "float64", "int32"] as DType[]).flatMap((type) =>
    emitter.lanes(type).map((lanes) => ({ type, lanes }))
  );
  for (const { type, lanes } of pairs) {
    for (const relaxed of [true, false]) {
      const xs = [1, 9, 2, 3, 8, 7, 1, 2, 0, 0, 0, 0, 3, 3, 3, 3];
      const kernel = mapKernel([type], type, xs.length, lanes, (x) => {
        const both = x.add(1); // wanted inside, and again outside afterwards
        const first = x.gt(6).rare(both.mul(both), x.mul(2));
        return first.add(x.lt(2).rare(both.mul(x), x)).add(both);
      });
      const expected = xs.map((x) => (x > 6 ? (x + 1) ** 2 : 2 * x) + (x < 2 ? (x + 1) * x : x) + x + 1);
      check(emitter, kernel, [xs], expected, false, "rare", relaxed);
    }
  }
});

forEach("lanes, splats and masks", (emitter) => {
  for (const lanes of emitter.lanes("int32").filter((n) => n > 1)) {
    const b = new Builder(lanes);
    const x = b.buffer("float32");
    const y = b.buffer("float32");
    const m = b.buffer("bool");
    const v = b.let(b.load(x, 0, 1));
    const mask = b.let(v.gt(b.load(x, 1)));
    for (let l = 0; l < lanes; l++) {
      b.store(y, l, v.lane(lanes - 1 - l));
      b.store(m, l, mask.lane(l));
    }
    b.store(m, lanes, mask.not().and(constant("bool", 1)));
    b.store(m, 2 * lanes, b.load(m, 0, 1).or(b.load(m, 1, 0)).convert("bool"));
    const xs = Array.from({ length: lanes }, (_, i) => i + 1);
    const zeros = (n: number): number[] => new Array(n).fill(0);
    const [, values, masks] = emitter.run(b.finish("lanes"), [xs, zeros(lanes), zeros(3 * lanes)]);
    assertEquals([...values], xs.reverse());
    const bits = xs.map((_, i) => Number(i > 1));
    assertEquals([...masks], [...bits, ...bits.map((bit) => 1 - bit), ...bits]);
  }
});

forEach("folds of lanes, the lower half with the upper", (emitter) => {
  for (const type of types) {
    for (const lanes of emitter.lanes(type).filter((n) => n > 1)) {
      const ops = type === "bool" ? ["or", "and"] as const : ["add", "mul", "min", "max"] as const;
      const b = new Builder(lanes);
      const x = b.buffer(type), y = b.buffer(type);
      ops.forEach((op, i) => b.store(y, i, b.load(x, 0, 1).fold(op)));
      const xs = Array.from({ length: lanes }, (_, i) => coerce(type, type === "bool" ? i % 2 : 0.1 + i * 0.37));
      const [, out] = emitter.run(b.finish("fold"), [xs, ops.map(() => 0)]);
      const expected = ops.map((op) => {
        let list = xs;
        while (list.length > 1) {
          const half = list.length / 2;
          list = list.slice(0, half).map((v, i) => coerce(type, binary[op](v, list[half + i], type)));
        }
        return list[0];
      });
      assertEquals([...out], expected);
    }
  }
});

forEach("lanes picked from two vectors", (emitter) => {
  for (const type of types) {
    if (type === "float64") continue;
    for (const lanes of emitter.lanes(type).filter((n) => n > 2)) {
      const all = Array.from({ length: 2 * lanes }, (_, i) => i);
      // Alternately, the upper halves alternately, reversed, from one vector alone.
      const picks = [
        all.slice(0, lanes).map((l) => (l >> 1) + (l & 1) * lanes),
        all.slice(0, lanes).map((l) => (l >> 1) + (l & 1) * lanes + lanes / 2),
        all.slice(lanes / 2, 3 * lanes / 2).reverse(),
        all.slice(0, lanes).map((l) => lanes + (3 * l) % lanes),
      ];
      const b = new Builder(lanes);
      const x = b.buffer(type), y = b.buffer(type);
      const one = b.let(b.load(x, 0, 1)), two = b.let(b.load(x, lanes, 1));
      picks.forEach((pick, i) => b.store(y, i * lanes, one.pick(two, pick)));
      const xs = all.map((i) => coerce(type, type === "bool" ? Number(i % 3 === 0) : i + 1));
      const [, out] = emitter.run(b.finish("pick"), [xs, picks.flatMap((pick) => pick.map(() => 0))]);
      assertEquals([...out], picks.flatMap((pick) => pick.map((lane) => xs[lane])));
    }
  }
});

Deno.test("emit: a kernel that WebAssembly cannot hold is refused", () => {
  assertThrows(() => codeOf(new Builder(8).finish("wide")), Error, "8 lanes");
  const doubles = mapKernel(["float64"], "float64", 4, 4, (x) => x.add(1));
  assertThrows(() => codeOf(doubles), Error, "2 lanes");
});

Deno.test("codeOf: equal kernels have equal keys, whatever their names", () => {
  const make = (n: number) => codeOf(mapKernel(["float32"], "float32", n, 4, (x) => x.mul(3).add(1)));
  assertEquals(make(64).key, make(64).key);
  assert(make(64).key !== make(68).key);
});
