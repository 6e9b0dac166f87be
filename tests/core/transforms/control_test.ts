/** Loops and branches as users meet them: trees, numbers, errors, memory, programs that are kept. */
import {
  associativeScan,
  checkGrads,
  checkpoint,
  cond,
  customVjp,
  explain,
  forLoop,
  grad,
  jit,
  jvp,
  map,
  ops,
  random,
  scan,
  switchCase,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
  whileLoop,
  zeros,
} from "../../../mod.ts";
import type { Backend } from "../../../core/backends/backend.ts";
import { findBackend } from "../../../core/devices.ts";
import { ReferenceBackend } from "../../../core/backends/reference/mod.ts";
import type { Graph } from "../../../core/graph.ts";
import { assertClose } from "../../support/close.ts";
import { allDeviceNames } from "../../support/devices.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

const x64 = (values: number[]): Tensor => tensor(Float64Array.from(values));

Deno.test("scan() takes trees of any kind, numbers to begin with, and no y", async () => {
  const xs = { a: tensor([1, 2, 3]), b: [tensor([[1], [2], [3]])] };
  const [carry, ys] = scan(
    (
      { n, total },
      { a, b: [b] },
    ) => [{ n: ops.add(n, 1), total: ops.add(total, ops.mul(a, b)) }, { seen: n, none: null }],
    { n: 0, total: zeros([1]) },
    xs,
  );
  assertEquals([await carry.n.item(), await carry.total.toArray()], [3, [14]]);
  assertEquals([await ys.seen.toArray(), ys.none], [[0, 1, 2], null]);
  const [last, nothing] = scan((s) => [ops.mul(s, 2), null], 1, null, { length: 10 });
  assertEquals([await last.item(), nothing], [1024, null]);
  const [same, empty] = scan(
    (s: Tensor, x: Tensor) => [ops.add(s, x), x] as const,
    tensor(5),
    zeros([0, 3, 2].slice(0, 1)),
  );
  assertEquals([await same.item(), empty.shape], [5, [0]]);
});

Deno.test("scan() says what does not fit", () => {
  const add = (s: Tensor, x: Tensor): readonly [Tensor, null] => [ops.add(s, x), null];
  const cases: readonly (readonly [() => unknown, typeof TypeError | typeof RangeError, string])[] = [
    [() => scan(3 as never, 0, null, { length: 1 }), TypeError, "scan: the body must be a function, got 3"],
    [() => scan(add as never, 0, null), TypeError, "without xs it needs { length }"],
    [() => scan(add, tensor(0), tensor(1)), TypeError, "a scalar, which has no slices"],
    [
      () => scan((s: Tensor) => [s, null] as const, tensor(0), [zeros([2]), zeros([3, 1])]),
      TypeError,
      "2 turns and shape [3, 1]",
    ],
    [() => scan(add, tensor(0), zeros([4]), { length: 3 }), TypeError, "3 turns and shape [4]"],
    [() => scan(add, tensor(0), zeros([4]), { length: -1 }), RangeError, "length must be an integer of at least 0"],
    [
      () => scan(add, tensor(0), zeros([4]), { checkpointEvery: 0 }),
      RangeError,
      "checkpointEvery must be an integer of at least 1",
    ],
    [() => scan(add, tensor(0), zeros([4]), { revers: true } as never), TypeError, 'did you mean "reverse"'],
    [() => scan((s: Tensor) => s as never, tensor(0), zeros([4])), TypeError, "the body must give [carry, y]"],
    [
      () =>
        scan(
          (s: { a: Tensor }, x: Tensor) => [{ a: ops.mul(s.a, ops.stack([x, x])) }, null] as const,
          { a: tensor(0) },
          zeros([4]),
        ),
      TypeError,
      "the carry, leaf a, begins as float32 [], the function gives float32 [2]",
    ],
    [
      () => scan((s: Tensor) => [ops.cast(s, "int32"), null] as const, tensor(0), zeros([4])),
      TypeError,
      "begins as float32 [], the function gives int32 []",
    ],
    [
      () => whileLoop(() => tensor(1), (s: Tensor) => s, tensor(0)),
      TypeError,
      "the condition must give a bool scalar, got float32 []",
    ],
    [
      () => whileLoop((s: Tensor) => ops.less(s, 1), (s: Tensor) => ops.stack([s]), tensor(0)),
      TypeError,
      "the state begins as float32 [], the function gives float32 [1]",
    ],
    [
      () => whileLoop((s: Tensor) => ops.less(s, 1), (s: Tensor) => s, tensor(0), { maxIterations: 1.5 }),
      RangeError,
      "maxIterations must be an integer",
    ],
    [
      () => forLoop(0.5, 2, (_, s: Tensor) => s, tensor(0)),
      TypeError,
      "lower must be an integer or an int32 scalar, got 0.5",
    ],
    [
      () => cond(tensor(1), ops.exp, ops.sin, tensor(0)),
      TypeError,
      "the predicate must be a bool scalar, got float32 []",
    ],
    [
      () => cond(tensor(true), (x: Tensor) => x, (x: Tensor) => ops.stack([x]), tensor(0)),
      TypeError,
      "the result of branch 0 begins as float32 [1]",
    ],
    [() => switchCase(tensor(1), [ops.exp], tensor(0)), TypeError, "index must be an int32 scalar, got float32 []"],
    [
      () => switchCase(tensor(Int32Array.of(0), { shape: [] }), [], tensor(0)),
      TypeError,
      "branches must be an array of functions",
    ],
    [
      () => associativeScan(ops.add, [zeros([2]), zeros([3])] as never),
      TypeError,
      "2 elements along the axis, and shape [3]",
    ],
    [() => associativeScan(((a: Tensor) => ops.sum(a)) as never, zeros([3])), TypeError, "must give what it takes"],
    [
      () => grad((x: Tensor) => whileLoop((s) => ops.less(s, 9), (s) => ops.mul(s, x), x))(tensor(2)),
      TypeError,
      "whileLoop: has no reverse mode",
    ],
    [
      () =>
        jit((x: Tensor) =>
          scan((s: Tensor) => [ops.mul(s, s.dataSync()[0]), null] as const, x, null, { length: 2 })[0]
        )(tensor(2)),
      TypeError,
      "is not known inside scan",
    ],
  ];
  for (const [f, kind, text] of cases) assertThrows(f, kind, text);
});

Deno.test("loops see values from outside, and give them gradients", async () => {
  const w = tensor(3);
  const f = (w: Tensor) =>
    scan((s: Tensor, x: Tensor) => [ops.add(ops.mul(s, w), x), null] as const, tensor(1), tensor([1, 2]))[0];
  assertEquals([await f(w).item(), await grad(f)(w).item()], [14, 7]);
  const g = (w: Tensor) =>
    cond(ops.greater(w, 2), (x: Tensor) => ops.mul(x, w), (x: Tensor) => ops.add(x, w), tensor(5));
  assertEquals([await g(w).item(), await grad(g)(w).item(), await grad(g)(tensor(1)).item()], [15, 5, 1]);
  const h = (w: Tensor) => map((x: Tensor) => ops.mul(x, w), tensor([1, 2, 3]));
  assertEquals(await grad((w: Tensor) => ops.sum(h(w)))(w).item(), 6);
});

Deno.test("rules of one's own and checkpoints hold in bodies", async () => {
  const straight = customVjp((x: Tensor) => ops.round(x), (x: Tensor) => [ops.round(x), null] as const, (_, c) => [c]);
  const f = (x: Tensor) => scan((s: Tensor) => [straight(ops.mul(s, 2)), null] as const, x, null, { length: 3 })[0];
  assertEquals([await f(tensor(0.3)).item(), await grad(f)(tensor(0.3)).item()], [4, 8]);
  const turn = checkpoint((s: Tensor, x: Tensor): [Tensor, Tensor] => [ops.sin(ops.add(s, x)), ops.mul(s, x)]);
  checkGrads((s: Tensor, xs: Tensor) => scan(turn, s, xs)[1], [
    x64([0.5]),
    tensor(Float64Array.of(1, 2), { shape: [2, 1] }),
  ], {
    order: 2,
  });
});

Deno.test("checkpointEvery keeps the carries of each block alone", () => {
  const n = 1024;
  const f = (checkpointEvery?: number) => (w: Tensor) => {
    const turn = (s: Tensor): readonly [Tensor, null] => [ops.sin(ops.matmul(w, s)), null];
    return ops.sum(scan(turn, ops.mul(w, 0.1), null, { length: n, checkpointEvery })[0]);
  };
  const w = random.normal(random.key(0), [16, 16]);
  const arena = (checkpointEvery?: number): number => explain(grad(f(checkpointEvery)))(w).program.arenaBytes;
  const carry = 16 * 16 * 4;
  assert(arena() > n * carry, `${arena()} bytes for ${n} carries of ${carry}`);
  assert(arena(32) < 8 * 32 * carry, `${arena(32)} bytes for √${n} of them`);
  assertClose(grad(f(32))(w).dataSync(), grad(f())(w).dataSync(), { rtol: 1e-3, atol: 1e-4 });
});

Deno.test("what turns do not need one another for is one product", () => {
  const [w, u] = [0, 1].map((k) => random.normal(random.key(k), [24, 24]));
  const xs = random.normal(random.key(2), [50, 4, 24]);
  const loss = (w: Tensor, u: Tensor) => {
    const turn = (h: Tensor, x: Tensor) => {
      const next = ops.tanh(ops.add(ops.matmul(h, w), ops.matmul(x, u)));
      return [next, next] as const;
    };
    return ops.mean(ops.square(scan(turn, zeros([4, 24]), xs)[1]));
  };
  const { kernels } = explain(valueAndGrad(loss, { argnums: [0, 1] }))(w, u).program;
  // In each turn h · w, and δ · wᵀ on the way back; once x · u, h · w for all turns again, and the gradients of both.
  const products = kernels.filter((k) => k.name === "dot");
  assertEquals(products.filter((k) => k.calls === 50).length, 2);
  assertEquals(products.length, 6);
});

Deno.test("a loop compiles once for its structure, whoever traces it", () => {
  let compiled = 0;
  const backend = new ReferenceBackend(() => {});
  const counting: Backend = Object.assign(Object.create(backend), {
    compile: (graph: Graph) => (compiled++, backend.compile(graph)),
  });
  const xs = tensor([1, 2, 3], { device: counting });
  for (let i = 0; i < 20; i++) {
    scan((s: Tensor, x: Tensor) => [ops.add(ops.sin(s), x), s] as const, tensor(i, { device: counting }), xs);
  }
  assertEquals(compiled, 1);
});

Deno.test("numbers in bodies that change from call to call do not compile a loop or a branch anew", () => {
  let compiled = 0;
  const cpu = findBackend("cpu");
  const counting: Backend = Object.create(cpu, {
    compile: { value: (graph: Graph) => (compiled++, cpu.compile(graph)) },
  });
  const x = tensor([0.5, 2], { dtype: "float64", device: counting }),
    xs = tensor([[1, 2], [3, 4]], { dtype: "float64", device: counting });
  const less = tensor(false, { device: counting });
  const programs: Record<string, [f: (k: number) => Tensor, value: (k: number) => readonly number[]]> = {
    scan: [
      (k) => scan((s: Tensor, x: Tensor) => [ops.add(ops.mul(s, k), x), null], x, xs)[0],
      (k) => [0.5 * k * k + k + 3, 2 * k * k + 2 * k + 4],
    ],
    "scan of scans": [
      (k) =>
        forLoop(
          0,
          2,
          (_, s: Tensor) => scan((s: Tensor) => [ops.mul(ops.add(s, k), k), null], s, null, { length: 1 })[0],
          x,
        ),
      (k) => [0.5, 2].map((s) => ((s + k) * k + k) * k),
    ],
    while: [
      (k) => whileLoop((s) => ops.less(ops.sum(s), 4 + k), (s) => ops.add(s, k), x),
      (k) => [0.5 + k * Math.ceil((1.5 + k) / (2 * k)), 2 + k * Math.ceil((1.5 + k) / (2 * k))],
    ],
    cond: [
      (k) => cond(less, (x) => ops.mul(x, k), (x: Tensor) => ops.sub(x, k), x),
      (k) => [0.5 - k, 2 - k],
    ],
    gradient: [
      (k) =>
        grad((x: Tensor) => ops.sum(scan((s: Tensor) => [ops.mul(ops.square(s), k), null], x, null, { length: 2 })[0]))(
          x,
        ),
      (k) => [0.5, 2].map((s) => 4 * k ** 3 * s ** 3),
    ],
  };
  for (const [name, [f, value]] of Object.entries(programs)) {
    const ks = [0.37, 0.731, 1.21, 0.99];
    f(ks[0]);
    const before = compiled;
    for (const k of ks) assertClose(f(k).dataSync(), Float64Array.from(value(k)), { rtol: 1e-12, message: name });
    assertEquals(compiled, before, name);
  }
});

Deno.test("a while loop runs on webgpu where the most turns are known, also under jit, vmap and jvp", {
  ignore: !allDeviceNames.includes("webgpu"),
}, async () => {
  const root = (a: Tensor, maxIterations?: number): Tensor =>
    whileLoop(
      ([x]) => ops.greater(ops.abs(ops.sub(ops.mul(x, x), a)), 1e-3),
      ([x, n]) => [ops.mul(ops.add(x, ops.div(a, x)), 0.5), ops.add(n, 1)],
      [a, ops.zerosLike(a)],
      { maxIterations },
    )[0];
  const a = tensor(9, { device: "webgpu" }), list = tensor([4, 9, 2], { device: "webgpu" });
  const f = (a: Tensor) => root(a, 12);
  for (const g of [f, jit(f)]) assertClose(await g(a).data(), Float32Array.of(3), { rtol: 1e-3 });
  assertClose(await vmap(f)(list).data(), Float32Array.of(2, 3, Math.SQRT2), { rtol: 1e-3 });
  const [, slope] = jvp(f, [a], [ops.onesLike(a)]);
  assertClose(await slope.data(), Float32Array.of(1 / 6), { rtol: 1e-2 });
  assertClose(await root(a, 1).data(), Float32Array.of(5), { rtol: 1e-6 }); // (9 + 1) / 2: it ends before it is done
  assertThrows(
    () => root(a),
    TypeError,
    "whileLoop: webgpu cannot decide in the middle of a program when to end; give it { maxIterations }",
  );
  assertThrows(() => root(a, 1e6), RangeError, "whileLoop: maxIterations 1000000 makes");
});

Deno.test("vmap of a loop ends each example by itself", async () => {
  const collatz = (n: Tensor) =>
    whileLoop(
      ([x]) => ops.greater(x, 1),
      (
        [x, steps],
      ) => [ops.where(ops.equal(ops.mod(x, 2), 0), ops.div(x, 2), ops.add(ops.mul(x, 3), 1)), ops.add(steps, 1)],
      [n, ops.zerosLike(n)],
    )[1];
  assertEquals(await vmap(collatz)(tensor([1, 2, 3, 6, 27])).toArray(), [0, 1, 7, 8, 111]);
  assertEquals(await jit(vmap(collatz))(tensor([1, 2, 3, 6, 27])).toArray(), [0, 1, 7, 8, 111]);
  const root = (a: Tensor) =>
    whileLoop(
      (s) => ops.greater(ops.abs(ops.sub(ops.square(s), a)), 1e-12),
      (s) => ops.mul(ops.add(s, ops.div(a, s)), 0.5),
      ops.onesLike(a),
    );
  const [values, slopes] = jvp(vmap(root), [x64([4, 9])], [x64([1, 1])]);
  assertClose(values.dataSync(), [2, 3], { rtol: 1e-12, atol: 0 });
  assertClose(slopes.dataSync(), [1 / 4, 1 / 6], { rtol: 1e-9, atol: 0 });
});
