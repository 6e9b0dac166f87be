import { checkGrads, grad, jit, jvp, ops, type Tensor, tensor, vmap, zeros } from "../../../mod.ts";
import * as random from "../../../core/random.ts";
import { onDevices } from "../../ops/golden.ts";
import { assertEquals, assertThrows } from "@std/assert";

const read = (t: Tensor): number[] => Array.from(t.dataSync());
// deno-lint-ignore no-explicit-any
const any = (value: unknown): any => value;
const matrix = (): Tensor => tensor([[1, 2, 3], [4, 5, 6]]);

onDevices("vmap() maps over the first axis of every argument by default, numbers not counted", () => {
  assertEquals(read(vmap(ops.dot)(matrix(), matrix())), [14, 77]);
  const f = (p: { a: Tensor; b: readonly [Tensor] }, y: Tensor) => ({ out: [ops.mul(p.a, p.b[0]), y] });
  const { out: [first, second] } = vmap(f)({ a: matrix(), b: [tensor([10, 100])] }, tensor([7, 8]));
  assertEquals([read(first), [...first.shape], read(second)], [[10, 20, 30, 400, 500, 600], [2, 3], [7, 8]]);
});

onDevices("inAxes is one axis, null, a list for the arguments, or trees in it", () => {
  assertEquals(read(vmap((x: Tensor) => ops.sum(x), { inAxes: 1 })(matrix())), [5, 7, 9]);
  assertEquals(read(vmap((x: Tensor) => ops.sum(x), { inAxes: -1 })(matrix())), [5, 7, 9]);
  assertEquals(read(vmap(ops.dot, { inAxes: [0, null] })(matrix(), tensor([1, 0, 1]))), [4, 10]);
  assertEquals(read(vmap((x: Tensor, k: number) => ops.mul(ops.sum(x), k), { inAxes: [0, null] })(matrix(), 10)), [
    60,
    150,
  ]);
  const f = (p: { a: Tensor; b: [Tensor, Tensor] }): Tensor => ops.add(ops.mul(p.a, p.b[0]), p.b[1]);
  const args = { a: matrix(), b: [tensor([10, 100]), tensor([0, 0, 1])] as [Tensor, Tensor] };
  const y = vmap(f, { inAxes: [{ a: 0, b: [0, null] }] })(args);
  assertEquals(read(y), [10, 20, 31, 400, 500, 601]);
  const columns = vmap(f, { inAxes: [{ a: 1, b: [null, null] }] })({ a: matrix(), b: [tensor(2), tensor([5, 6])] });
  assertEquals([read(columns), [...columns.shape]], [[7, 14, 9, 16, 11, 18], [3, 2]]);
});

onDevices("outAxes says where the batch goes, for all results or for each", () => {
  const f = (x: Tensor) => ({ x, twice: [ops.mul(x, 2)] });
  const all = vmap(f, { outAxes: 1 })(matrix());
  assertEquals([[...all.x.shape], read(all.x)], [[3, 2], [1, 4, 2, 5, 3, 6]]);
  const each = vmap(f, { outAxes: { x: -1, twice: [0] } })(matrix());
  assertEquals([[...each.x.shape], [...each.twice[0].shape]], [[3, 2], [2, 3]]);
  const y = vmap((x: Tensor) => ops.broadcastTo(x, [4, 5]), { outAxes: 1 })(tensor([1, 2, 3]));
  assertEquals([...y.shape], [4, 3, 5]);
});

onDevices("results that do not depend on the batch are repeated", () => {
  const [input, captured, made] = vmap((x: Tensor) => [x, matrix(), zeros([2])])(tensor([7, 8]));
  assertEquals([[...input.shape], [...captured.shape], [...made.shape]], [[2], [2, 2, 3], [2, 2]]);
  assertEquals(read(captured), [...read(matrix()), ...read(matrix())]);
});

onDevices("vmap() of a batch of none and of one", () => {
  assertEquals([...vmap((x: Tensor) => ops.add(ops.sum(x), 1))(zeros([0, 3])).shape], [0]);
  assertEquals(read(vmap((x: Tensor) => ops.add(ops.sum(x), 1))(zeros([1, 3]))), [1]);
});

onDevices("vmap() nests, and goes through jit and grad", () => {
  const outer = vmap(vmap((x: Tensor, y: Tensor) => ops.mul(x, y), { inAxes: [null, 0] }), { inAxes: [0, null] });
  assertEquals(read(outer(tensor([1, 2]), tensor([3, 4, 5]))), [3, 4, 5, 6, 8, 10]);
  assertEquals(read(jit(outer)(tensor([1, 2]), tensor([3, 4, 5]))), [3, 4, 5, 6, 8, 10]);
  const gradients = vmap(grad((w: Tensor, x: Tensor) => ops.square(ops.dot(w, x))), { inAxes: [null, 0] });
  assertEquals(read(gradients(tensor([1, 1, 1]), matrix())), [12, 24, 36, 120, 150, 180]);
  const total = grad((w: Tensor) => ops.sum(vmap((x: Tensor) => ops.square(ops.dot(w, x)))(matrix())));
  assertEquals(read(total(tensor([1, 1, 1]))), [132, 174, 216]);
  assertEquals(read(vmap(jit((x: Tensor) => ops.sum(x)))(matrix())), [6, 15]);
});

onDevices("a captured traced value is shared by the batch, and keeps its derivative", () => {
  const f = (k: Tensor): Tensor => ops.sum(vmap((x: Tensor) => ops.mul(x, ops.exp(k)))(tensor([1, 2])));
  assertEquals(read(grad(f)(tensor(0))), [3]);
});

onDevices("vmap() over keys draws what a loop draws", () => {
  const keys = ops.stack(random.split(random.key(1), 3));
  const batch = read(vmap((k: Tensor) => random.uniform(k, [2]))(keys));
  const loop = [0, 1, 2].flatMap((i) => read(random.uniform(ops.take(keys, i, 0), [2])));
  assertEquals(batch, loop);
});

Deno.test("JavaScript control flow under vmap() is an error that says what to use", () => {
  const f = (x: Tensor): Tensor => x.dataSync()[0] > 0 ? x : ops.neg(x);
  const advice = "is not known inside vmap; use ops.where (or ops.maximum and the like) instead of if";
  assertThrows(() => vmap(f)(matrix()), TypeError, `dataSync(): the value of a traced tensor of shape [3] ${advice}`);
  assertThrows(() => vmap(grad((x: Tensor) => ops.sum(f(x))))(matrix()), TypeError, advice);
  assertThrows(() => grad((x: Tensor) => ops.sum(vmap(f)(x)))(matrix()), TypeError, advice);
});

Deno.test("vmap() refuses axes that do not fit, naming them", () => {
  const f = (x: Tensor, _y?: unknown): Tensor => x;
  assertThrows(
    () => vmap(f)(matrix(), tensor([1, 2, 3])),
    TypeError,
    "vmap: batch sizes differ: 2 and 3 (axis 0 of [3])",
  );
  assertThrows(() => vmap(f)(tensor(1)), TypeError, "vmap: a scalar argument has no batch axis; give it inAxes null");
  assertThrows(() => vmap(f, { inAxes: 2 })(matrix()), RangeError, "vmap: axis 2 is out of range for 2 dimensions");
  assertThrows(
    () => vmap(f, { inAxes: [0] })(matrix(), matrix()),
    TypeError,
    "vmap: inAxes does not fit the tree [*,*]",
  );
  assertThrows(
    () => vmap(f, { inAxes: null })(matrix()),
    TypeError,
    "vmap: no argument has a batch axis; inAxes is null for all",
  );
  assertThrows(
    () => vmap((p: { a: Tensor }) => p.a, { inAxes: [{ b: 0 }] })({ a: matrix() }),
    TypeError,
    'inAxes.0 has no entry for "a"',
  );
  assertThrows(() => vmap(f, { outAxes: null })(matrix()), TypeError, "vmap: outAxes must be an axis for every result");
  assertThrows(() => vmap(f, { outAxes: 2 })(matrix()), RangeError, "out of range");
  assertThrows(() => vmap(f, any({ inaxes: 0 })), TypeError, 'did you mean "inAxes"?');
  assertThrows(() => vmap(f, { inAxes: any("first") })(matrix()), TypeError, "vmap: inAxes");
  assertThrows(() => vmap(f, { inAxes: 0.5 })(matrix()), TypeError, "axis must be an integer");
});

Deno.test("one value may be mapped, shared and captured at once, in a trace as outside of one", async () => {
  const x = tensor([[1, 2], [3, 4]]);
  const cases: ((x: Tensor) => Tensor)[] = [
    (x) => vmap((row: Tensor) => ops.add(x, row))(x), // [2, 2, 2]
    (x) => vmap((row: Tensor, all: Tensor) => ops.mul(row, ops.sum(all)), { inAxes: [0, null] })(x, x),
    (x) => vmap((all: Tensor, column: Tensor) => ops.matmul(all, column), { inAxes: [null, 1] })(x, x),
    (x) => vmap((row: Tensor) => vmap((other: Tensor) => ops.sub(row, ops.mul(other, x)))(x))(x),
    (x) => vmap((row: Tensor, all: Tensor) => ops.add(row, ops.mean(all, 0)), { inAxes: [0, null] })(x, x),
  ];
  for (const f of cases) {
    const expected = await f(x).toArray();
    assertEquals(await jit(f)(x).toArray(), expected);
    assertEquals(await jvp(f, [x], [x])[0].toArray(), expected);
    assertEquals(await vmap(f)(ops.stack([x, x])).toArray(), [expected, expected]);
    await checkGrads(f, [x]);
  }
  assertEquals(await cases[1](x).toArray(), [[10, 20], [30, 40]]);
});
