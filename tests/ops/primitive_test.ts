import {
  arange,
  checkGrads,
  checkpoint,
  explain,
  grad,
  hessian,
  jit,
  jvp,
  linearize,
  ops,
  primitive,
  type Tensor,
  tensor,
  vmap,
} from "../../mod.ts";
import { declaredNames } from "../conformance/declared.ts";
import { assertClose } from "../support/close.ts";
import { onDevices } from "./golden.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

const list = (...values: number[]): Tensor => tensor(Float64Array.from(values));
const read = (t: Tensor): number[] => Array.from(t.dataSync());
// deno-lint-ignore no-explicit-any
type Anything = any;

const softsign = primitive.operation(primitive.elementwise("softsign", {
  kind: "float",
  lower: (x) => x.div(x.abs().add(1)),
  partials: (out) => [ops.square(ops.sub(1, ops.abs(out)))],
}));

/** Sums of neighbours: y[i] = x[i] + x[i + 1]; loops of a kernel, and their transpose by operations. */
const neighbours: primitive.Primitive<undefined> = primitive.linear("neighbours", {
  infer: ([x]) => [primitive.aval([...x.shape.slice(0, -1), x.shape[x.shape.length - 1] - 1], x.dtype)],
  transpose(c) {
    const zeros = c.shape.map(() => [0, 0] as [number, number]);
    const before = zeros.map((p, i) => i === c.ndim - 1 ? [1, 0] as [number, number] : p);
    const after = zeros.map((p, i) => i === c.ndim - 1 ? [0, 1] as [number, number] : p);
    return ops.add(ops.pad(c, before), ops.pad(c, after));
  },
  batch: ([x]) => primitive.bind1(neighbours, [x], undefined),
  axes: ([x]) => ({ parallel: x.shape.slice(0, -1).map((_, i) => [i, 0, i] as const), summed: [] }),
  lower: {
    kind: "loops",
    build({ builder: b, operands: [x], outputs: [out] }) {
      const n = out.aval.shape[out.aval.shape.length - 1];
      b.loop(0, n === 0 ? 0 : out.aval.size / n, 1, (row) =>
        b.loop(0, n, 1, (i) => {
          const at = b.let(row.mul(n + 1).add(i));
          b.store(out.buffer, row.mul(n).add(i), b.load(x.buffer, at).add(b.load(x.buffer, at.add(1))));
        }));
    },
    reference([x], [a], _params, [out]) {
      const n = a.shape[a.shape.length - 1];
      return [Float64Array.from({ length: out.size }, (_, k) => {
        const at = Math.floor(k / (n - 1)) * n + k % (n - 1);
        return x[at] + x[at + 1];
      })];
    },
  },
});

/** The same by JavaScript alone, with two results: running product and sum. */
const products = (rule: "jvp" | "vjp"): primitive.Primitive<undefined> => {
  const jvpRule: primitive.Primitive<undefined>["jvp"] = ({ operands: [x], outputs: [y] }, [t]) =>
    t ? [ops.mul(y, ops.cumsum(ops.div(t, x))), ops.sum(t)] : [null, null];
  const vjpRule: primitive.Primitive<undefined>["vjp"] = ({ operands: [x], outputs: [y] }, [c, d]) => {
    const suffix = (v: Tensor): Tensor => ops.flip(ops.cumsum(ops.flip(v)));
    const one = c && ops.div(suffix(ops.mul(c, y)), x);
    const two = d && ops.broadcastTo(d, x.shape);
    return [one && two ? ops.add(one, two) : one ?? two];
  };
  return primitive.define<undefined>({
    name: "running",
    infer: ([x]) => [x, primitive.aval([], x.dtype)],
    lower: {
      kind: "loops",
      reference([x]) {
        let product = 1;
        return [x.map((v) => product *= v), Float64Array.of(x.reduce((a, b) => a + b, 0))];
      },
    },
    ...rule === "jvp" ? { jvp: jvpRule } : { vjp: vjpRule },
  });
};

/** Values and derivatives of f must be those of g under every transform. */
function sameEverywhere(f: (x: Tensor) => Tensor, g: (x: Tensor) => Tensor, x: Tensor): void {
  const near = (a: Tensor, b: Tensor, what: string) => {
    assertEquals(a.shape, b.shape, what);
    assertClose(read(a), read(b), { rtol: 1e-9, atol: 1e-11, message: what });
  };
  const total = (h: (x: Tensor) => Tensor) => (x: Tensor): Tensor => ops.sum(ops.square(h(x)));
  const batch = ops.stack([x, ops.mul(x, 1.5)]);
  near(f(x), g(x), "value");
  near(jit(f)(x), g(x), "jit");
  near(vmap(f)(batch), vmap(g)(batch), "vmap");
  near(vmap(f, { inAxes: 1, outAxes: 1 })(ops.transpose(batch)), ops.transpose(vmap(g)(batch)), "vmap of axis 1");
  near(grad(total(f))(x), grad(total(g))(x), "grad");
  near(jit(grad(total(f)))(x), grad(total(g))(x), "jit(grad)");
  near(jvp(f, [x], [x])[1], jvp(g, [x], [x])[1], "jvp");
  near(linearize(f, x)[1](x), jvp(g, [x], [x])[1], "linearize");
  near(vmap(grad(total(f)))(batch), vmap(grad(total(g)))(batch), "vmap(grad)");
  near(grad((x: Tensor) => ops.sum(vmap(total(f))(x)))(batch), vmap(grad(total(g)))(batch), "grad of vmap");
  near(hessian(total(f))(x), hessian(total(g))(x), "hessian");
  near(grad(total(checkpoint(f)))(x), grad(total(g))(x), "checkpoint");
}

onDevices("an elementwise primitive of one's own works under every transform", () => {
  sameEverywhere(softsign, (x) => ops.div(x, ops.add(1, ops.abs(x))), list(-2, 0.5, 3));
  checkGrads(softsign, [list(-2, 0.5)], { order: 2 });
});

onDevices("a linear primitive with loops of its own works under every transform", () => {
  const f = (x: Tensor): Tensor => primitive.bind1(neighbours, [x], undefined);
  const g = (x: Tensor): Tensor => ops.add(ops.slice(x, 0, x.shape[0] - 1), ops.slice(x, 1, x.shape[0]));
  sameEverywhere(f, g, list(1, -2, 4, 0.5));
  checkGrads(f, [list(1, -2, 4)], { order: 2 });
});

for (const rule of ["jvp", "vjp"] as const) {
  onDevices(`a primitive in JavaScript with a ${rule} rule alone works under every transform`, () => {
    const running = products(rule);
    const both = (x: Tensor): Tensor => {
      const [y, total] = primitive.bind(running, [x], undefined);
      return ops.mul(y, total);
    };
    sameEverywhere(both, (x) => ops.mul(ops.cumprod(x), ops.sum(x)), list(1.5, -2, 4));
    checkGrads(both, [list(1.5, -2, 4)], { order: 2 });
  });
}

onDevices("numbers are promoted and broadcast by operation(), in every dtype", () => {
  const larger = primitive.operation(primitive.elementwise("larger", { lower: (x, y) => x.gt(y).select(x, y) }));
  assertEquals(read(larger(tensor([[1], [5]]), list(2, 3))), [2, 3, 5, 5]);
  assertEquals(larger(tensor(Int32Array.of(1)), 2.5).dtype, "float32");
  assertEquals(read(larger(tensor(Int32Array.of(1, 7)), 2)), [2, 7]);
  assertThrows(() => larger(tensor([1, 2]), tensor([1, 2, 3])), TypeError, "larger: shapes [2] and [3]");
  // Two primitives of one name are two operations.
  const smaller = primitive.operation(primitive.elementwise("larger", { lower: (x, y) => x.lt(y).select(x, y) }));
  assertEquals(read(smaller(tensor([[1], [5]]), list(2, 3))), [1, 1, 2, 3]);
});

onDevices("a primitive in JavaScript takes and gives every dtype and empty tensors", () => {
  const copy = primitive.define({
    name: "twin",
    infer: ([x]) => [x],
    lower: { kind: "loops", reference: ([x]) => [x] },
  });
  const f = jit((x: Tensor): Tensor => primitive.bind1(copy, [x], undefined));
  for (
    const x of [
      tensor([1.5, -2]),
      list(1e300, NaN),
      tensor(Int32Array.of(-5, 2 ** 31 - 1)),
      tensor(Uint32Array.of(2 ** 32 - 1)),
      tensor([true, false]),
      tensor([], { shape: [0] }),
    ]
  ) {
    assertEquals([f(x).dtype, read(f(x))], [x.dtype, read(x)]);
  }
});

Deno.test("a primitive of one's own is fused with what is around it, and named in explain", () => {
  const told = explain((x: Tensor) => ops.mul(softsign(ops.add(x, 1)), 2))(tensor([1, 2]));
  assertEquals(told.program.kernels.length, 1);
  assert(told.graph.includes("softsign"));
});

Deno.test("a primitive in JavaScript within a batch large enough for stripes and threads gives the same values", () => {
  const twice: primitive.Primitive<undefined> = primitive.define<undefined>({
    name: "twice",
    infer: ([x]) => [x],
    axes: primitive.alignedAxes,
    batch: ([x]) => [primitive.bind1(twice, [x], undefined)],
    vjp: (_, [c]) => [c && ops.mul(c, 2)],
    lower: { kind: "loops", reference: ([x]) => [x.map((v) => 2 * v)] },
  });
  const w = ops.reshape(ops.div(arange(64 * 64), 1), [64, 64]);
  const f = (h: (x: Tensor) => Tensor) =>
    jit((w: Tensor, x: Tensor): Tensor =>
      grad((w: Tensor) => ops.mean(ops.square(ops.tanh(h(ops.matmul(x, ops.mul(w, 1e-4)))))))(w)
    );
  const x = ops.reshape(ops.div(arange(512 * 64), 1e4), [512, 64]);
  const mine = f((y) => primitive.bind1(twice, [y], undefined))(w, x), theirs = f((y) => ops.mul(y, 2))(w, x);
  assertClose(read(mine), read(theirs), { rtol: 1e-4, atol: 1e-7 });
});

Deno.test("primitives of one's own refuse reserved names, missing rules and wrong results", () => {
  const rules = {
    infer: ([x]: primitive.Aval[]) => [x],
    lower: { kind: "loops", reference: ([x]: Float64Array[]) => [x] },
  };
  const define = (more: object) => primitive.define({ ...rules, name: "mine", ...more } as Anything);
  assertThrows(() => define({ name: "mul" }), TypeError, "mul is the name of one of the library's own primitives");
  assertThrows(() => primitive.elementwise("exp", { lower: (x) => x }), TypeError, "choose another");
  assertThrows(() => define({ name: "" }), TypeError, 'the name must be a word, got ""');
  assertThrows(() => define({ infer: undefined }), TypeError, "mine needs the rule infer");
  const f = (x: Tensor): Tensor => primitive.bind1(define({}), [x], undefined) as Tensor;
  assertThrows(() => grad((x: Tensor) => ops.sum(f(x)))(tensor([1])), TypeError, "mine: has no derivative");
  assertThrows(() => jvp(f, [tensor([1])], [tensor([1])]), TypeError, "give define() a jvp or a vjp rule");
  const short = define({ lower: { kind: "loops", reference: () => [new Float64Array(1)] } });
  assertThrows(
    () => primitive.bind1(short, [tensor([1, 2])], undefined),
    RangeError,
    "mine: its function gave 1 values for result 0 of 2",
  );
  assertThrows(() => primitive.operation(define({})), TypeError, "needs a primitive made by elementwise()");
});

Deno.test("reserved are the names of all primitives of the library", () => {
  assertEquals(
    [...declaredNames()].filter((name) => !primitive.reservedNames().includes(name)),
    [],
    "names to reserve",
  );
});
