import { grad, hessian, jit, ops, type Tensor, tensor, valueAndGrad, vmap, zeros } from "../../../mod.ts";
import { assertClose } from "../../support/close.ts";
import { onDevices } from "../../ops/golden.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";

const at = (value: number): Tensor => tensor(value, { dtype: "float64" });
const list = (...values: number[]): Tensor => tensor(Float64Array.from(values));
const read = (t: Tensor): number[] => Array.from(t.dataSync());

onDevices("grad() gives the gradient in the structure of the argument", () => {
  const loss = (p: { b: Tensor; layers: readonly [Tensor, { w: Tensor }]; none: null }) =>
    ops.sum(ops.mul(ops.mul(p.b, p.layers[0]), ops.square(p.layers[1].w)));
  const params = { b: tensor([1, 2]), layers: [tensor([3, 4]), { w: tensor([5, 6]) }] as const, none: null };
  const g = grad(loss)(params);
  assertEquals(Object.keys(g).sort(), ["b", "layers", "none"]);
  assertEquals(read(g.b), [75, 144]);
  assertEquals(read(g.layers[0]), [25, 72]);
  assertEquals(read(g.layers[1].w), [30, 96]);
  assertStrictEquals(g.none, null);
});

onDevices("grad() keeps shape, dtype and device of each leaf", () => {
  const p = [zeros([2, 0]), tensor([[1, 2]], { dtype: "float64" }), tensor(3)];
  const g = grad((p: Tensor[]) => ops.add(ops.sum(p[0]), ops.add(ops.sum(p[1]), p[2])))(p);
  assertEquals(g.map((t) => [t.shape, t.dtype, t.device]), p.map((t) => [t.shape, t.dtype, t.device]));
});

onDevices("a leaf that the loss does not depend on has gradient zero", () => {
  const g = grad((p: { a: Tensor; b: Tensor }) => ops.sum(p.a))({ a: tensor([1, 2]), b: tensor([[3, 4]]) });
  assertEquals([read(g.b), [...g.b.shape]], [[0, 0], [1, 2]]);
  assertEquals(read(grad((_: Tensor) => tensor(4))(tensor([1, 2]))), [0, 0]);
});

onDevices("valueAndGrad() gives value and gradient; argnums chooses, one or several, in their order", () => {
  const f = (x: Tensor, y: Tensor, k: number): Tensor => ops.mul(ops.sum(ops.mul(x, ops.square(y))), k);
  const [x, y] = [tensor([1, 2]), tensor([3, 4])];
  const [value, gx] = valueAndGrad(f)(x, y, 2);
  assertEquals([read(value), read(gx)], [[82], [18, 32]]);
  const [again, gy] = valueAndGrad(f, { argnums: 1 })(x, y, 2);
  assertEquals([read(again), read(gy)], [[82], [12, 32]]);
  const [, both] = valueAndGrad(f, { argnums: [1, 0] })(x, y, 2);
  assertEquals(both.map(read), [[12, 32], [18, 32]]);
  assertEquals(grad(f, { argnums: [0] })(x, y, 2).map(read), [[18, 32]]);
});

onDevices("hasAux passes any tree through, with the values of traced tensors", () => {
  const f = (x: Tensor) => {
    const y = ops.square(x);
    return [ops.sum(y), { y, list: [ops.add(y, 1), "text"], n: 3, nothing: null }] as const;
  };
  const [g, aux] = grad(f, { hasAux: true })(tensor([1, 2]));
  assertEquals([read(g), read(aux.y), read(aux.list[0] as Tensor)], [[2, 4], [1, 4], [2, 5]]);
  assertEquals([aux.list[1], aux.n, aux.nothing], ["text", 3, null]);
  const [[value, again], same] = valueAndGrad(f, { hasAux: true })(tensor([1, 2]));
  assertEquals([read(value), read(again.y), read(same)], [[5], [1, 4], [2, 4]]);
});

onDevices("an output may be the input, a tensor from outside, or the same tensor twice", () => {
  assertEquals(read(grad((x: Tensor) => x)(at(3))), [1]);
  const captured = list(2, 3);
  assertEquals(read(grad((x: Tensor) => ops.sum(ops.mul(x, captured)))(list(1, 1))), [2, 3]);
  assertEquals(read(grad((x: Tensor) => ops.add(ops.mul(x, x), ops.mul(x, x)))(at(3))), [12]);
});

Deno.test("grad() sees JavaScript: branches, loops and console.log on traced values", () => {
  const f = (x: Tensor): Tensor => {
    let y = x;
    while (ops.sum(y).dataSync()[0] < 100) y = ops.mul(y, 2);
    return ops.sum(y.dataSync()[0] > 0 ? y : ops.neg(y));
  };
  assertEquals(read(grad(f)(list(3, 10))), [8, 8]);
  assertEquals(read(grad(f)(list(-1, 60))), [-2, -2]);
  let shown = "";
  grad((x: Tensor) => {
    shown = Deno.inspect(ops.mul(x, 2));
    return ops.sum(x);
  })(tensor([1, 2]));
  assertEquals(shown, "Tensor [2] float32 [2, 4]");
});

Deno.test("a value of the outer of two nested gradients can be read in the inner one", () => {
  const f = (x: Tensor): Tensor => {
    const slope = grad((y: Tensor) => ops.mul(x.dataSync()[0] > 1 ? ops.square(y) : y, x))(x);
    return slope.dataSync()[0] > 3 ? ops.mul(slope, 10) : slope;
  };
  // slope = 2x², by way of its own y: its derivative by x through the closure and through the argument is 4x.
  assertEquals(read(grad(f)(at(2))), [80]);
  assertEquals(read(grad(f)(at(0.5))), [1]);
});

onDevices("derivatives of any order: x⁴, sin, x·eˣ at 1", () => {
  const fourth = (x: Tensor): Tensor => ops.pow(x, 4);
  assertEquals(read(grad(grad(grad(fourth)))(at(2))), [48]);
  assertEquals(read(grad(grad(grad(grad(fourth))))(at(2))), [24]);
  assertClose(read(grad(grad(grad(ops.sin)))(at(1)))[0], -Math.cos(1), { rtol: 1e-12 });
  const xex = (x: Tensor): Tensor => ops.mul(x, ops.exp(x));
  assertClose(read(grad(grad(xex))(at(1)))[0], 3 * Math.E, { rtol: 1e-12 }); // case 7: 8.155
  assertClose(read(hessian(xex)(at(1)))[0], 3 * Math.E, { rtol: 1e-12 });
  assertClose(read(grad(grad(ops.tanh))(at(0.5)))[0], -2 * Math.tanh(0.5) * (1 - Math.tanh(0.5) ** 2), { rtol: 1e-12 });
});

onDevices("nested gradients do not confuse their perturbations", () => {
  // d/dx x · d/dy (x + y) = 1, not 2 (Siskind and Pearlmutter).
  const f = (x: Tensor): Tensor => ops.mul(x, grad((y: Tensor) => ops.add(x, y))(at(1)));
  assertEquals(read(grad(f)(at(1))), [1]);
  const g = (x: Tensor): Tensor => ops.mul(x, grad((y: Tensor) => ops.mul(x, y))(x));
  assertEquals(read(grad(g)(at(3))), [6]);
  const h = (x: Tensor): Tensor =>
    grad((y: Tensor) => ops.mul(grad((z: Tensor) => ops.mul(ops.mul(x, y), z))(y), y))(x);
  assertEquals(read(grad(h)(at(3))), [12]); // y ↦ x·y·y has slope 2xy: x ↦ 2x²
  assertEquals(read(jit(grad(f))(at(1))), [1]);
  assertEquals(read(grad(jit(f))(at(1))), [1]);
  assertEquals(read(vmap(grad(g))(list(3, 4))), [6, 8]);
});

Deno.test("grad() refuses what has no gradient, and says why", () => {
  const x = tensor([1, 2]);
  // deno-lint-ignore no-explicit-any
  const any = (value: unknown): any => value;
  assertThrows(() => grad((x: Tensor) => x)(x), TypeError, "grad: the function must return a scalar, got shape [2]");
  assertThrows(
    () => grad(any((x: Tensor) => [ops.sum(x)]))(x),
    TypeError,
    "must return a scalar tensor, got an array of 1 (use hasAux",
  );
  assertThrows(() => grad(any(() => 3))(x), TypeError, "must return a scalar tensor, got 3");
  assertThrows(() => grad(any(() => {}))(x), TypeError, "must return a scalar tensor, got undefined");
  assertThrows(() => grad((x: Tensor) => ops.argmax(x))(x), TypeError, "must return a floating scalar, got int32");
  const whole = { a: x, n: [tensor([1], { dtype: "int32" })] };
  const message = "grad: leaf n.0 of argument 0 is int32; only float32 and float64 have derivatives";
  assertThrows(() => grad((p: typeof whole) => ops.sum(p.a))(whole), TypeError, message);
  assertThrows(() => grad((x: Tensor) => ops.sum(x))(tensor([true])), TypeError, "argument 0 is bool");
  assertThrows(() => grad(any(async (x: Tensor) => await ops.sum(x)))(x), TypeError, "grad: the function is async");
  assertThrows(
    () => grad((x: Tensor) => ops.sum(x), { argnums: 1 })(x),
    RangeError,
    "argnums names argument 1, the call has 1",
  );
  assertThrows(
    () => grad(any((x: Tensor) => ops.sum(x)), { hasAux: true })(x),
    TypeError,
    "with hasAux the function must return [loss, aux]",
  );
  assertThrows(() => grad(any(x)), TypeError, "grad: needs a function, got an object");
  assertThrows(() => grad((x: Tensor) => x, any({ argnum: 1 })), TypeError, 'did you mean "argnums"?');
  assertThrows(() => valueAndGrad((x: Tensor) => x)(x), TypeError, "valueAndGrad: the function must return a scalar");
});

Deno.test("an error inside the function leaves nothing half done", () => {
  const f = (x: Tensor): Tensor => ops.matmul(x, tensor([[1, 2]]));
  assertThrows(() => grad((x: Tensor) => ops.sum(f(x)))(tensor([[1, 2]])), TypeError, "matmul");
  assert(ops.add(tensor([1]), 1).device === "cpu");
  assertEquals(read(grad((x: Tensor) => ops.sum(ops.square(x)))(tensor([3]))), [6]);
});

Deno.test("a traced value that escapes says which transform it belonged to and what to do", () => {
  let kept: Tensor | undefined;
  grad((x: Tensor) => ops.sum(kept = ops.mul(x, 2)))(tensor([1, 2]));
  for (
    const use of [
      () => ops.add(kept!, 1),
      () => kept!.dataSync(),
      () => grad((x: Tensor) => ops.sum(ops.mul(x, kept!)))(tensor([1, 2])),
    ]
  ) {
    assertThrows(
      use,
      TypeError,
      "a value traced by grad was used after that call had ended; return it from the function (hasAux",
    );
  }
});
