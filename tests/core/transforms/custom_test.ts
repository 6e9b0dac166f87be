import {
  checkpoint,
  customVjp,
  grad,
  hessian,
  hvp,
  jit,
  jvp,
  ops,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
} from "../../../mod.ts";
import { count, simplified } from "../../support/graphs.ts";
import { onDevices } from "../../ops/golden.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

const list = (...values: number[]): Tensor => tensor(Float64Array.from(values));
const read = (t: Tensor): number[] => Array.from(t.dataSync());
// deno-lint-ignore no-explicit-any
const any = (value: unknown): any => value;

/** x² with a derivative ten times too large, to tell it from the true one. */
const square = customVjp(
  (x: Tensor) => ops.mul(x, x),
  (x: Tensor) => [ops.mul(x, x), x] as const,
  (x, c) => [ops.mul(ops.mul(20, x), c)],
);

onDevices("customVjp() uses the function for values and its rule for gradients", () => {
  assertEquals(read(square(list(1, 2))), [1, 4]);
  assertEquals(read(jit(square)(list(1, 2))), [1, 4]);
  const loss = (x: Tensor): Tensor => ops.sum(square(x));
  const [value, g] = valueAndGrad(loss)(list(1, 2));
  assertEquals([read(value), read(g)], [[5], [20, 40]]);
  assertEquals(read(jit(grad(loss))(list(1, 2))), [20, 40]);
  assertEquals(read(grad(jit(loss))(list(1, 2))), [20, 40]);
  assertEquals(read(vmap(grad(square))(list(1, 2))), [20, 40]);
  assertEquals(read(grad((x: Tensor) => ops.sum(vmap(square)(x)))(list(1, 2))), [20, 40]);
  assertEquals(read(grad(grad(square))(tensor(1))), [20]);
  assertEquals(read(grad((x: Tensor) => ops.sum(square(square(x))))(list(2))), [20 * 4 * 40]);
});

onDevices("customVjp() takes trees, several arguments, integers, and null for no derivative", () => {
  const f = customVjp(
    (p: { w: Tensor; i: Tensor }, y: Tensor) => ({ out: ops.mul(ops.take(p.w, p.i, 0), y) }),
    (p, y) => [{ out: ops.mul(ops.take(p.w, p.i, 0), y) }, { y, shape: "any text", i: p.i }] as const,
    ({ y, i }, c) => [{ w: ops.mul(c.out, y), i }, null],
  );
  const args = [{ w: list(1, 2), i: tensor(Int32Array.of(1, 0)) }, list(10, 100)] as const;
  assertEquals(read(f(...args).out), [20, 100]);
  const loss = (w: Tensor, y: Tensor): Tensor => ops.sum(f({ w, i: args[0].i }, y).out);
  const [gw, gy] = grad(loss, { argnums: [0, 1] })(args[0].w, args[1]);
  assertEquals([read(gw), read(gy)], [[10, 100], [0, 0]]);
});

onDevices("customVjp() captures concrete tensors as constants", () => {
  const k = list(3);
  const f = customVjp(
    (x: Tensor) => ops.mul(x, k),
    (x: Tensor) => [ops.mul(x, k), null] as const,
    (_, c) => [ops.mul(c, k)],
  );
  assertEquals([read(f(list(2))), read(grad((x: Tensor) => ops.sum(f(x)))(list(2))), read(jit(f)(list(2)))], [
    [6],
    [3],
    [6],
  ]);
});

Deno.test("customVjp() refuses forward mode and captured traced values", () => {
  assertThrows(
    () => jvp(square, [list(1)], [list(1)]),
    TypeError,
    "customVjp has a custom reverse rule and no forward one; use grad or vjp",
  );
  assertThrows(() => hvp((x: Tensor) => jvp(square, [x], [x])[1], [list(1)], [list(1)]), TypeError, "no forward one");
  const capturing = (k: Tensor): Tensor =>
    customVjp((x: Tensor) => ops.mul(x, k), (x) => [ops.mul(x, k), k] as const, (k, c) => [ops.mul(c, k)])(tensor(2));
  const advice = "uses a traced value from outside, whose derivative would be lost; pass it as an argument";
  assertThrows(() => grad(capturing)(tensor(3)), TypeError, advice);
  assertThrows(() => jit(capturing)(tensor(3)), TypeError, advice);
});

Deno.test("customVjp() refuses rules that do not fit, and says how", () => {
  const rule = (forward: unknown, backward: unknown): (x: Tensor) => Tensor =>
    customVjp((x: Tensor) => ops.mul(x, 2), any(forward), any(backward));
  const right = (x: Tensor) => [ops.mul(x, 2), null];
  const gradient = (f: (x: Tensor) => Tensor): () => unknown => () => grad((x: Tensor) => ops.sum(f(x)))(list(1, 2));
  assertThrows(
    gradient(rule((x: Tensor) => x, () => [])),
    TypeError,
    "customVjp: forward must return [out, residuals]",
  );
  assertThrows(gradient(rule(right, () => [])), TypeError, "customVjp: backward must return an array of 1 cotangents");
  assertThrows(gradient(rule(right, (_: null, c: Tensor) => c)), TypeError, "must return an array of 1 cotangents");
  assertThrows(
    gradient(rule(right, (_: null, c: Tensor) => [ops.sum(c)])),
    TypeError,
    "the cotangent of argument 0 is float64 [], the argument float64 [2]",
  );
  assertThrows(
    gradient(rule(right, (_: null, c: Tensor) => [ops.cast(c, "float32")])),
    TypeError,
    "is float32 [2], the argument float64 [2]",
  );
  assertThrows(
    gradient(rule(right, (_: null, c: Tensor) => [[c]])),
    TypeError,
    "the cotangent of argument 0 has structure [*], the argument *",
  );
  assertThrows(() => customVjp(any(1), any(right), any(right)), TypeError, "customVjp: f must be a function, got 1");
  assertThrows(
    () => customVjp((x: Tensor) => x, any(right), any(null)),
    TypeError,
    "customVjp: backward must be a function, got null",
  );
});

onDevices("checkpoint() changes neither values nor derivatives of any mode and order", () => {
  const f = (x: Tensor): Tensor => ops.sum(ops.exp(ops.sin(ops.mul(x, x))));
  const g = checkpoint(f);
  const x = list(0.3, -0.7);
  const near = (a: Tensor, b: Tensor): void => {
    const [p, q] = [read(a), read(b)];
    p.forEach((v, i) => assert(Math.abs(v - q[i]) < 1e-12, `${v} is not ${q[i]}`));
  };
  near(g(x), f(x));
  near(grad(g)(x), grad(f)(x));
  near(jit(grad(g))(x), grad(f)(x));
  near(hessian(g)(x), hessian(f)(x));
  near(jvp(g, [x], [x])[1], jvp(f, [x], [x])[1]);
  near(grad((x: Tensor) => ops.sum(grad(checkpoint(g))(x)))(x), grad((x: Tensor) => ops.sum(grad(f)(x)))(x));
  near(vmap(grad(checkpoint((x: Tensor) => f(x))))(ops.stack([x, x])), ops.stack([grad(f)(x), grad(f)(x)]));
});

onDevices("checkpoint() keeps the derivative of what it captures", () => {
  const loss = (k: Tensor): Tensor => ops.sum(checkpoint((x: Tensor) => ops.mul(x, ops.square(k)))(list(1, 2)));
  assertEquals(read(grad(loss)(tensor(3, { dtype: "float64" }))), [18]);
  assertEquals(read(jit(grad(loss))(tensor(3, { dtype: "float64" }))), [18]);
  const tree = checkpoint((p: { a: Tensor; n: Tensor }) => ({ out: ops.take(p.a, p.n, 0), n: p.n }));
  const g = grad((a: Tensor) => ops.sum(tree({ a, n: tensor(Int32Array.of(1, 1)) }).out))(list(1, 2));
  assertEquals(read(g), [0, 2]);
});

Deno.test("checkpoint() computes again in the backward pass what it does not keep", () => {
  const chain = (x: Tensor): Tensor => ops.sum(ops.sin(ops.sin(ops.sin(ops.sin(x)))));
  const sines = (f: (x: Tensor) => Tensor): number => count(simplified((x) => valueAndGrad(f)(x), list(1, 2)), "sin");
  assertEquals([sines(chain), sines(checkpoint(chain))], [4, 7]); // the last sine is not needed again
});

onDevices("stopGradient() passes the value and stops the derivative, in every mode", () => {
  const f = (x: Tensor): Tensor => ops.sum(ops.mul(x, stopGradient(ops.square(x))));
  assertEquals([read(f(list(3))), read(grad(f)(list(3)))], [[27], [9]]);
  assertEquals(read(jvp(f, [list(3)], [list(1)])[1]), [9]);
  assertEquals(read(grad((x: Tensor) => ops.sum(grad(f)(x)))(list(3))), [0]);
  assertEquals(read(jit(grad(f))(list(3))), [9]);
  assertEquals(read(vmap(grad(f))(tensor([[3], [4]]))), [9, 16]);
  assertEquals(read(stopGradient(tensor(Int32Array.of(5)))), [5]);
});
