import { assert, assertEquals } from "@std/assert";
import { codeOf } from "../../../core/backends/cpu/wasm/emit.ts";
import { assemble, instantiate } from "../../../core/backends/cpu/wasm/module.ts";
import { type Binary, Expr, type Unary } from "../../../core/compile/expr.ts";
import { Builder } from "../../../core/compile/loop.ts";
import { expand } from "../../../core/backends/cpu/loops/math.ts";
import { erf, erfc, erfInv } from "../../../core/compile/special.ts";
import { functions, type Measured } from "../../numerics/functions.ts";
import { Dice, fromBits, pair, ulps } from "../../numerics/ulp.ts";

const chunk = 1 << 16;
const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
const inputs = [0, 1].map((k) => new Float32Array(memory.buffer, k * chunk * 4, chunk));
const output = new Float32Array(memory.buffer, 2 * chunk * 4, chunk);

/** The kernel of one operation on a chunk of elements; with `wide` false one at a time. */
function kernelOf(op: Unary | Binary, wide = true, relaxed?: boolean): () => void {
  const b = new Builder(4);
  const buffers = [0, 1, 2].map(() => b.buffer("float32"));
  b.loop(0, chunk, wide ? 4 : 1, (i) => {
    const args = binary.includes(op) ? [0, 1] : [0];
    b.store(buffers[2], i, new Expr(op, "float32", wide, args.map((k) => b.load(buffers[k], i, wide ? 1 : undefined))));
  });
  const [f] = instantiate(assemble([codeOf(b.finish(op), { relaxed })], { shared: false, maximum: 64 }), memory);
  return () => f(0, chunk * 4, 2 * chunk * 4);
}

const binary: readonly string[] = ["pow", "atan2", "rem"];

/** The operations of the scalar language that are polynomials, and what they should give. */
const exact: Record<string, Measured["exact"]> = {
  ...Object.fromEntries(
    "exp expm1 log log1p sin cos tan tanh erf erfInv pow atan2".split(" ").map((op) => [op, functions[op].exact]),
  ),
  rem: (a, b) => a % b,
};
const limitOf = (op: string): number => functions[op]?.limit ?? 0;
const dice = new Dice();

/** The interval in which a function of one number is neither constant nor undefined; half of the trials fall there. */
const interesting: Record<string, [number, number]> = {
  exp: [-105, 90],
  expm1: [-20, 90],
  log: [0, 10],
  log1p: [-1, 10],
  sin: [-1000, 1000],
  cos: [-1000, 1000],
  tan: [-1000, 1000],
  tanh: [-10, 10],
  erf: [-5, 5],
  erfInv: [-1, 1],
};

for (const op of Object.keys(exact) as (Unary | Binary)[]) {
  for (const relaxed of [true, false]) {
    Deno.test(`math: ${op} is within ${limitOf(op)} ulp ${relaxed ? "with" : "without"} a fused multiply-add`, () => {
      const kernel = kernelOf(op, true, relaxed);
      const [x, y] = inputs;
      const f = exact[op];
      let worst = 0;
      let where = "";
      const chunks = relaxed ? 16 : 4;
      for (let c = 0; c < chunks; c++) {
        for (let i = 0; i < chunk; i++) {
          if (binary.includes(op)) [x[i], y[i]] = pair(op, dice);
          else if (i % 2 === 0) x[i] = fromBits(dice.next());
          else x[i] = dice.uniform(...interesting[op]);
        }
        kernel();
        for (let i = 0; i < chunk; i++) {
          const error = ulps(output[i], f(x[i], y[i]));
          if (error > worst) {
            worst = error;
            where = `${op}(${x[i]}${binary.includes(op) ? `, ${y[i]}` : ""}) = ${output[i]}, not ${f(x[i], y[i])}`;
          }
        }
      }
      assert(worst <= limitOf(op), `${worst} ulp: ${where}`);
    });
  }
}

const ends = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -2,
  3,
  -3,
  1e-45,
  -1e-45,
  1e-40,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  1e10,
  -1e10,
  2147483648,
  16777217,
  -16777215,
  0.99999994,
  1.0000001,
  -0.99999994,
  Infinity,
  -Infinity,
  NaN,
  1000,
  1e6,
  1e30,
  22,
  88.8,
  -103.9,
  12000,
  11999.999,
]
  .map(Math.fround);

Deno.test("math: every pair of special values", () => {
  for (const op of Object.keys(exact) as (Unary | Binary)[]) {
    const kernel = kernelOf(op);
    const [x, y] = inputs;
    ends.forEach((a, i) => ends.forEach((b, j) => [x[i * ends.length + j], y[i * ends.length + j]] = [a, b]));
    kernel();
    for (let i = 0; i < ends.length ** 2; i++) {
      const wanted = exact[op](x[i], y[i]);
      const error = ulps(output[i], wanted);
      assert(error <= limitOf(op), `${op}(${x[i]}, ${y[i]}) = ${output[i]}, not ${wanted}: ${error} ulp`);
    }
  }
});

Deno.test("math: scalars get the same bits as lanes", () => {
  const [x, y] = inputs;
  for (let i = 0; i < chunk; i++) {
    [x[i], y[i]] = i % 2 ? [fromBits(dice.next()), fromBits(dice.next())] : [dice.uniform(-9, 9), dice.uniform(-9, 9)];
  }
  for (const op of Object.keys(exact) as (Unary | Binary)[]) {
    for (const relaxed of [true, false]) {
      kernelOf(op, true, relaxed)();
      const wide = output.slice();
      kernelOf(op, false, relaxed)();
      for (let i = 0; i < chunk; i++) {
        assert(
          Object.is(output[i], wide[i]),
          `${op}(${x[i]}, ${y[i]}): ${output[i]} as a scalar, ${wide[i]} in a vector`,
        );
      }
    }
  }
});

Deno.test("math: arguments that nearly are multiples of π/2", () => {
  // The float32 numbers nearest to such multiples, by size of the remainder.
  const hard = [
    16367173 * 2 ** 72,
    1.6367173e30,
    5.3371256e7 * 2 ** 40,
    105414350,
    355,
    710,
    11,
    22,
    103993,
    9.0e15,
    6381956970095103 * 2 ** 60,
  ]
    .flatMap((x) => [x, -x]).map(Math.fround);
  const [x] = inputs;
  for (const op of ["sin", "cos", "tan"] as Unary[]) {
    const kernel = kernelOf(op);
    hard.forEach((a, i) => x[i] = a);
    kernel();
    hard.forEach((a, i) => assert(ulps(output[i], exact[op](a, 0)) <= limitOf(op), `${op}(${a}) = ${output[i]}`));
  }
});

Deno.test("expand: leaves alone what has no expansion, and shares what it expands", () => {
  const x = new Expr("var", "float32", false, [], { id: 0, type: "float32", wide: false, name: "x" });
  const plain = x.mul(2).add(1);
  assertEquals(expand(plain) === plain, true);
  const e = x.exp();
  const both = expand(e.add(e));
  assertEquals(both.args[0] === both.args[1], true);
  const double = new Expr("var", "float64", false, [], { id: 0, type: "float64", wide: false, name: "x" }).exp();
  assertEquals(expand(double) === double, true);
  let deep = x;
  for (let i = 0; i < 100; i++) deep = deep.add(deep).tanh();
  assertEquals(expand(deep).op, "bitcast");
});

Deno.test("erf, erfc, erfInv: known values in double precision", () => {
  const close = (a: number, b: number) => assert(Math.abs(a - b) <= 4e-16 * Math.abs(b), `${a}, not ${b}`);
  // Computed with 50 digits.
  close(erf(0.1), 0.1124629160182848922);
  close(erf(0.5), 0.5204998778130465377);
  close(erf(1), 0.8427007929497148693);
  close(erf(2), 0.9953222650189527342);
  close(erf(1e-10), 1.128379167095512574e-10);
  close(erf(-3), -0.9999779095030014146);
  close(erfc(3), 2.209049699858544137e-5);
  close(erfc(10), 2.088487583762544757e-45);
  close(erfInv(0.5), 0.4769362762044698734);
  close(erfInv(-0.9), -1.163087153676674086);
  close(erfInv(1e-20), 8.862269254527580137e-21);
  assertEquals([erf(Infinity), erf(-Infinity), erf(NaN), erfc(Infinity)], [1, -1, NaN, 0]);
  assertEquals([erfInv(1), erfInv(-1), erfInv(2), erfInv(NaN)], [Infinity, -Infinity, NaN, NaN]);
  for (let y = -0.999; y < 1; y += 0.01) close(erf(erfInv(y)), y);
  assert(Object.is(erf(-0), -0) && Object.is(erfInv(-0), -0));
});
