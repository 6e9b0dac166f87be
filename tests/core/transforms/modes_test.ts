import {
  evalShape,
  grad,
  hessian,
  hvp,
  jacobian,
  jit,
  jvp,
  ops,
  type Tensor,
  tensor,
  vjp,
  vmap,
  zeros,
} from "../../../mod.ts";
import { assertClose } from "../../support/close.ts";
import { onDevices } from "../../ops/golden.ts";
import { assertEquals, assertThrows } from "@std/assert";

const list = (...values: number[]): Tensor => tensor(Float64Array.from(values));
const read = (t: Tensor): number[] => Array.from(t.dataSync());
const integer = (...values: number[]): Tensor => tensor(Int32Array.from(values));
// deno-lint-ignore no-explicit-any
const any = (value: unknown): any => value;

onDevices("vjp() gives the value and a pullback that can be called again and again", () => {
  const f = (p: { a: Tensor }, y: Tensor) => ({ product: ops.mul(p.a, y), sum: [ops.sum(p.a)] });
  const [out, pullback] = vjp(f, { a: list(1, 2) }, list(3, 4));
  assertEquals([read(out.product), read(out.sum[0])], [[3, 8], [3]]);
  for (let i = 0; i < 2; i++) {
    const [gp, gy] = pullback({ product: list(1, 10), sum: [tensor(100, { dtype: "float64" })] });
    assertEquals([read(gp.a), read(gy)], [[103, 140], [1, 20]]);
  }
  assertEquals(pullback({ product: list(0, 1), sum: [tensor(0, { dtype: "float64" })] }).length, 2);
});

onDevices("vjp() of a function of nothing but constants, of integers, of its input", () => {
  const [, constant] = vjp((_: Tensor) => tensor([5]), tensor([1, 2]));
  assertEquals(read(constant(tensor([1]))[0]), [0, 0]);
  const [out, pullback] = vjp((x: Tensor, i: Tensor) => ops.take(x, i, 0), list(1, 2, 3), integer(2, 2, 0));
  const [gx, gi] = pullback(list(1, 10, 100));
  assertEquals([read(out), read(gx), gi.shape], [[3, 3, 1], [100, 0, 11], [3]]);
  const [same, back] = vjp((x: Tensor) => x, list(4));
  assertEquals([read(same), read(back(list(7))[0])], [[4], [7]]);
});

Deno.test("a pullback refuses a cotangent of another structure, shape or dtype", () => {
  const [, pullback] = vjp((x: Tensor) => [ops.mul(x, 2)], tensor([1, 2]));
  assertThrows(
    () => pullback(any(tensor([1, 2]))),
    TypeError,
    "pullback: the cotangent has structure *, the output [*]",
  );
  assertThrows(
    () => pullback([tensor([1])]),
    TypeError,
    "pullback: the cotangent is float32 [1], the output float32 [2]",
  );
  assertThrows(
    () => pullback([list(1, 2)]),
    TypeError,
    "pullback: the cotangent is float64 [2], the output float32 [2]",
  );
});

onDevices("jvp() gives value and slope, in the structure of the result", () => {
  const f = (p: { a: Tensor }, y: Tensor) => ({ product: ops.mul(p.a, y), first: [p.a] });
  const [out, slope] = jvp(f, [{ a: list(1, 2) }, list(3, 4)], [{ a: list(1, 0) }, list(0, 10)]);
  assertEquals([read(out.product), read(slope.product), read(slope.first[0])], [[3, 8], [3, 20], [1, 0]]);
  const [, none] = jvp((_: Tensor) => list(3), [list(1)], [list(1)]);
  assertEquals(read(none), [0]);
  const [, taken] = jvp((x: Tensor, i: Tensor) => ops.take(x, i, 0), [list(1, 2), integer(1, 1)], [
    list(5, 6),
    integer(0, 0),
  ]);
  assertEquals(read(taken), [6, 6]);
});

Deno.test("jvp() refuses tangents that do not fit", () => {
  const f = (x: Tensor): Tensor => x;
  assertThrows(
    () => jvp(f, [tensor([1])], any([])),
    TypeError,
    "jvp: primals and tangents must be arrays of the same length",
  );
  assertThrows(() => jvp(f, any(tensor([1])), any(tensor([1]))), TypeError, "must be arrays of the same length");
  assertThrows(
    () => jvp(f, [tensor([1])], [tensor([1, 2])]),
    TypeError,
    "a tangent is float32 [2], its primal float32 [1]",
  );
  assertThrows(() => jvp(f, [tensor([1])], [list(1)]), TypeError, "a tangent is float64 [1], its primal float32 [1]");
  assertThrows(
    () => jvp(any((p: { a: Tensor }) => p.a), [{ a: tensor(1) }], any([{ b: tensor(1) }])),
    TypeError,
    "tangent 0 has structure",
  );
});

onDevices("forward and reverse mode nest in any order", () => {
  const f = (x: Tensor): Tensor => ops.mul(ops.sin(x), ops.exp(x)); // f″ = 2 eˣ cos x
  const expected = 2 * Math.E * Math.cos(1);
  const [x, one] = [tensor(1, { dtype: "float64" }), tensor(1, { dtype: "float64" })];
  const forward = (g: (x: Tensor) => Tensor) => (x: Tensor): Tensor => jvp(g, [x], [one])[1];
  const reverse = (g: (x: Tensor) => Tensor) => (x: Tensor): Tensor => vjp(g, x)[1](one)[0];
  for (
    const second of [
      forward(forward(f)),
      forward(reverse(f)),
      reverse(forward(f)),
      reverse(reverse(f)),
      grad(grad(f)),
      jit(forward(jit(reverse(f)))),
    ]
  ) {
    assertClose(read(second(x))[0], expected, { rtol: 1e-12 });
  }
});

onDevices("hvp() multiplies with the Hessian, of trees and several arguments", () => {
  const f = (p: { x: Tensor }, y: Tensor): Tensor => ops.sum(ops.mul(ops.square(p.x), y));
  const [hp, hy] = hvp(f, [{ x: list(1, 2) }, list(3, 4)], [{ x: list(1, 0) }, list(0, 1)]);
  assertEquals([read(hp.x), read(hy)], [[6, 4], [2, 0]]);
});

onDevices("jacobian() has a row for each output and a column for each input, in trees of both", () => {
  const f = (p: { a: Tensor; b: Tensor }) => ({ y: ops.mul(p.a, p.b), z: ops.sum(p.a) });
  const j = jacobian(f)({ a: list(1, 2, 3), b: tensor(2, { dtype: "float64" }) });
  assertEquals([...j.y.a.shape, ...j.y.b.shape, ...j.z.a.shape, ...j.z.b.shape], [3, 3, 3, 3]);
  assertEquals([read(j.y.a), read(j.y.b), read(j.z.a), read(j.z.b)], [
    [2, 0, 0, 0, 2, 0, 0, 0, 2],
    [1, 2, 3],
    [1, 1, 1],
    [0],
  ]);
  const matrix = jacobian((x: Tensor, k: number) =>
    ops.mul(ops.matmul(tensor([[1, 2], [3, 4]], { dtype: "float64" }), x), k)
  );
  assertEquals(read(matrix(list(5, 6), 10)), [10, 20, 30, 40]);
  assertThrows(() => jacobian((x: Tensor) => ops.argmax(x))(list(1)), TypeError, "jacobian: output 0 is int32");
});

onDevices("hessian() is symmetric, with a block for each pair of leaves", () => {
  const h = hessian((p: { a: Tensor; b: Tensor }) => ops.sum(ops.mul(ops.square(p.a), p.b)))({
    a: list(1, 2),
    b: list(3, 4),
  });
  assertEquals([read(h.a.a), read(h.a.b), read(h.b.a), read(h.b.b)], [[6, 0, 0, 8], [2, 0, 0, 4], [2, 0, 0, 4], [
    0,
    0,
    0,
    0,
  ]]);
  assertEquals(hessian((x: Tensor) => ops.sum(ops.square(x)))(zeros([2, 3])).shape, [2, 3, 2, 3]);
});

Deno.test("jacobian() and hessian() compose with jit, vmap and themselves", () => {
  const cube = (x: Tensor): Tensor => ops.pow(x, 3);
  const expected = [12, 0, 0, 18];
  assertEquals(read(jit(jacobian((x: Tensor) => grad((x: Tensor) => ops.sum(cube(x)))(x)))(list(2, 3))), expected);
  assertEquals(read(jacobian(jacobian(cube))(list(2, 3))), [12, 0, 0, 0, 0, 0, 0, 18]);
  assertEquals(read(vmap(hessian((x: Tensor) => ops.sum(cube(x))))(tensor([[2, 3]], { dtype: "float64" }))), expected);
  assertEquals(read(jit(hessian((x: Tensor) => ops.sum(cube(x))))(list(2, 3))), expected);
});

Deno.test("evalShape() computes nothing and names shapes and dtypes in a tree", () => {
  let calls = 0;
  const f = (x: Tensor, p: { w: Tensor }) => {
    calls++;
    return { y: ops.matmul(x, p.w), i: [ops.argmax(x)] };
  };
  const shapes = evalShape(f, zeros([100000, 3]), { w: zeros([3, 4]) });
  assertEquals(shapes, { y: { shape: [100000, 4], dtype: "float32" }, i: [{ shape: [], dtype: "int32" }] });
  assertEquals(calls, 1);
  assertThrows(() => evalShape(f, zeros([2, 3]), { w: zeros([2, 4]) }), TypeError, "matmul");
  assertThrows(
    () => evalShape((x: Tensor) => tensor(x.dataSync()), zeros([2])),
    TypeError,
    "is not known inside evalShape",
  );
});

Deno.test("transforms refuse what is no function, and functions that return nothing", () => {
  const x = tensor([1]);
  const nothing = any(() => {});
  for (
    const call of [
      () => vjp(any(1), x),
      () => jvp(any(1), [x], [x]),
      () => hvp(any(1), [x], [x]),
      () => jacobian(any(1)),
      () => evalShape(any(1)),
      () => vmap(any(1)),
      () => jit(any(1)),
    ]
  ) {
    assertThrows(call, TypeError, "needs a function, got 1");
  }
  for (
    const call of [
      () => vjp(nothing, x),
      () => jvp(nothing, [x], [x]),
      () => vmap(nothing)(x),
      () => jit(nothing)(x),
      () => evalShape(nothing, x),
    ]
  ) {
    assertThrows(call, TypeError, "returned nothing; is a return missing?");
  }
  for (
    const call of [
      () => vjp(any(async () => await x), x),
      () => jvp(any(async () => await x), [x], [x]),
      () => vmap(any(async () => await x))(x),
      () => jit(any(async () => await x))(x),
    ]
  ) {
    assertThrows(call, TypeError, "the function is async; a traced function must return tensors at once");
  }
});
