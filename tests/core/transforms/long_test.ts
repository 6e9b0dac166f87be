import { checkpoint, explain, grad, hvp, jit, jvp, ops, type Tensor, tensor, tree, vmap } from "../../../mod.ts";
import { assert, assertEquals } from "@std/assert";

const length = 20_000;

/** y ← x − x · y, and so on: nothing that simplifies. */
function chain(x: Tensor, count = length): Tensor {
  let y = x;
  for (let i = 0; i < count / 2; i++) y = ops.sub(x, ops.mul(y, x));
  return y;
}

const x = (): Tensor => tensor([0.5, 0.75]);

function expected(x: number): { y: number; slope: number } {
  let y = x, slope = 1;
  for (let i = 0; i < length / 2; i++) {
    slope = 1 - y - x * slope;
    y = x - x * y;
  }
  return { y, slope };
}

function near(t: Tensor, values: readonly number[]): void {
  const data = t.dataSync();
  values.forEach((v, i) =>
    assert(Math.abs(data[i] - v) < 1e-4 + 1e-3 * Math.abs(v), `element ${i} is ${data[i]}, expected ${v}`)
  );
}

Deno.test("a chain of 20,000 operations is traced, differentiated in both modes, batched and compiled without a stack overflow", () => {
  const both = [expected(0.5), expected(0.75)];
  near(jit(chain)(x()), both.map(({ y }) => y));
  near(grad((x: Tensor) => ops.sum(chain(x)))(x()), both.map(({ slope }) => slope));
  near(jvp(chain, [x()], [tensor([1, 1])])[1], both.map(({ slope }) => slope));
  near(vmap((x: Tensor) => chain(x))(x()), both.map(({ y }) => y));
  near(grad(checkpoint((x: Tensor) => ops.sum(chain(x))))(x()), both.map(({ slope }) => slope));
});

Deno.test("a second derivative of 4,000 operations, and a sum of 4,000 tensors", () => {
  assertEquals(hvp((x: Tensor) => ops.sum(chain(x, 2000)), [x()], [x()])[0].shape, [2]);
  const many = Array.from({ length: 4000 }, (_, i) => tensor(i));
  const total = (list: readonly Tensor[]): Tensor => list.reduce((a, b) => ops.add(a, b));
  near(jit(total)(many), [4000 * 3999 / 2]);
  assertEquals(tree.leaves(grad(total)(many)).every((g) => g.dataSync()[0] === 1), true);
});

Deno.test("what is compiled grows with the length alone", () => {
  const kernels = (count: number): number =>
    explain((x: Tensor) => grad((y: Tensor) => ops.sum(chain(y, count)))(x))(tensor([0.5, 0.25])).program.kernels
      .length;
  const [short, long] = [kernels(500), kernels(2000)];
  assert(long <= 4 * short + 4, `${short} kernels, and ${long} for four times the length`);
});
