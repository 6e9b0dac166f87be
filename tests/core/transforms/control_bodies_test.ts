/** Bodies of loops and branches that hold functions with rules of their own, and results that stand where other values are. */
import {
  associativeScan,
  checkGrads,
  cond,
  customVjp,
  grad,
  jit,
  ops,
  scan,
  setDefaultDevice,
  type Tensor,
  tensor,
  vmap,
} from "../../../mod.ts";
import { deviceNames } from "../../support/devices.ts";
import { assertEquals } from "@std/assert";

for (const device of deviceNames) {
  const test = (name: string, f: () => Promise<void>): void =>
    Deno.test(`${name} (${device})`, async () => {
      setDefaultDevice(device);
      try {
        await f();
      } finally {
        setDefaultDevice("cpu");
      }
    });

  test("a custom rule in a body may use tensors from outside", async () => {
    const w = tensor([2, 3]);
    // Its rule uses w as well, and gives twice the derivative.
    const scaled = customVjp((x: Tensor) => ops.mul(x, w), (x: Tensor) => [ops.mul(x, w), null] as const, (_, c) => [
      ops.mul(2, ops.mul(c, w)),
    ]);
    const once = (s: Tensor) => [scaled(s), null] as const;
    const cube = (x: Tensor) => scan(once, x, null, { length: 3 })[0];
    const either = (x: Tensor) => cond(ops.greater(ops.sum(x), 0), scaled, ops.neg, x);
    const nested = (x: Tensor) => scan((s) => [cube(either(s)), null], x, null, { length: 1 })[0];
    const x = tensor([1, 1]);
    for (const run of [(f: (x: Tensor) => Tensor) => f, jit] as const) {
      assertEquals(await run(cube)(x).toArray(), [8, 27]);
      assertEquals(await run(nested)(x).toArray(), [16, 81]);
      assertEquals(await run(vmap(cube))(tensor([[1, 1], [2, 3]])).toArray(), [[8, 27], [16, 81]]);
      assertEquals(await run(grad((x: Tensor) => ops.sum(cube(x))))(x).toArray(), [64, 216]);
      assertEquals(await run(grad((x: Tensor) => ops.sum(nested(x))))(x).toArray(), [256, 1296]);
    }
  });

  test("a rule in a body may use the values of a trace around it", async () => {
    // d/dw of the derivative, which is w³ by the rule.
    const slope = (w: Tensor) => {
      const f = customVjp(
        (x: Tensor) => ops.sin(x),
        (x: Tensor) => [ops.sin(x), null] as const,
        (_, c) => [ops.mul(c, w)],
      );
      return grad((x: Tensor) => scan((s) => [f(s), null], x, null, { length: 3 })[0])(tensor(0.5));
    };
    assertEquals([await slope(tensor(2)).item(), await grad(slope)(tensor(2)).item()], [8, 12]);
  });

  test("results of loops stand in frames and wholes", async () => {
    const sums = (x: Tensor) => scan((s: Tensor, x: Tensor) => [ops.add(s, x), null] as const, tensor([1, 2]), x)[0];
    const framed = (x: Tensor) => ops.pad(sums(x), [[1, 2]], { value: 7 });
    const joined = (x: Tensor) => ops.concat([sums(x), ops.neg(sums(x)), x]);
    const way = (x: Tensor) => cond(ops.less(ops.sum(x), 0), framed, (x: Tensor) => joined(ops.slice(x, [0], [1])), x);
    const x = tensor([3, 4]);
    for (const run of [(f: (x: Tensor) => Tensor) => f, jit] as const) {
      assertEquals(await run(framed)(x).toArray(), [7, 8, 9, 7, 7]);
      assertEquals(await run(joined)(x).toArray(), [8, 9, -8, -9, 3, 4]);
      assertEquals(await run(way)(x).toArray(), [4, 5, -4, -5, 3]);
      assertEquals(await run(way)(ops.neg(x)).toArray(), [7, -6, -5, 7, 7]);
    }
    await checkGrads((x: Tensor, y: Tensor) => {
      const turn = (a: Tensor) =>
        [ops.concat([ops.slice(a, [0], [2]), ops.sin(ops.slice(y, [1], [2]))]), null] as const;
      return scan(turn, x, null, { length: 2 })[0];
    }, [tensor(Float64Array.of(1, 2, 3)), tensor(Float64Array.of(4, 5, 6))]);
  });

  test("associativeScan() backwards gives an operation the later element first, as the loop does", async () => {
    // Not commutative: affine maps, one after the other.
    const then = ([a, b]: [Tensor, Tensor], [c, d]: [Tensor, Tensor]): [Tensor, Tensor] => [
      ops.mul(a, c),
      ops.add(ops.mul(b, c), d),
    ];
    const xs: [Tensor, Tensor] = [tensor([2, 3, 5]), tensor([1, 10, 100])];
    const [, forwards] = associativeScan(then, xs), [, backwards] = associativeScan(then, xs, { reverse: true });
    assertEquals(await forwards.toArray(), [1, 13, 165]);
    assertEquals(await backwards.toArray(), [621, 310, 100]);
  });
}
