import { grad, nn, ops, random, type Tensor, tensor, zeros } from "../../../mod.ts";
import { type Schedule, type Unit, valuesOf } from "../../../core/compile/fuse.ts";
import type { Buffer } from "../../../core/compile/home.ts";
import { kernels, scheduleOf } from "../../support/graphs.ts";
import { assert, assertEquals } from "@std/assert";

const z = (...shape: number[]): Tensor => zeros(shape);
const of = (f: (...xs: Tensor[]) => Tensor | Tensor[], ...args: Tensor[]): Record<string, number> =>
  kernels(scheduleOf(f, ...args));
const one = { nest: 1 };

/** Kernels that only move elements. */
function copies({ units }: Schedule): number {
  return units.filter((unit) => unit.kind === "nest" && unit.nest.roots.every(({ value }) => value.kind === "load"))
    .length;
}

Deno.test("a chain of elementwise work is one kernel, however it broadcasts, moves and slices on the way", () => {
  assertEquals(of((x) => ops.tanh(ops.add(ops.mul(x, x), 1)), z(8, 8)), one);
  assertEquals(of((x, row, column) => ops.mul(ops.add(x, row), ops.sub(column, 3)), z(5, 7), z(7), z(5, 1)), one);
  assertEquals(of((x) => ops.relu(ops.transpose(x)), z(5, 7)), one);
  assertEquals(of((x) => ops.exp(ops.flip(ops.slice(x, [0, 1], [4, 7], { step: 2 }), 1)), z(5, 8)), one);
  assertEquals(of((x) => ops.neg(ops.reshape(ops.exp(ops.reshape(x, [6, 4])), [24])), z(2, 3, 4)), one);
  assertEquals(of((x) => ops.where(ops.greater(x, 0), x, ops.mul(0.1, x)), z(9)), one);
  assertEquals(
    of((x) => {
      let y = x;
      for (let i = 0; i < 20; i++) y = ops.tanh(ops.mul(y, x));
      return y;
    }, z(8, 8)),
    one,
  );
});

Deno.test("several results over the same elements are one kernel", () => {
  assertEquals(of((x) => [ops.exp(x), ops.sin(x), ops.mul(x, x)], z(8, 16)), one);
  assertEquals(of((x) => [ops.exp(x), ops.sum(x)], z(8, 16)), one);
  assertEquals(of((x) => [ops.sum(x, 1), ops.max(x, 1), ops.mean(ops.square(x), 1)], z(8, 16)), one);
});

Deno.test("a reduction takes what comes before it and what follows from it: normalisations are one kernel", () => {
  assertEquals(of((x) => ops.sqrt(ops.sum(ops.square(x), 1)), z(8, 16)), one);
  assertEquals(of((x) => ops.variance(x, 1), z(8, 16)), one);
  assertEquals(of((x) => ops.softmax(x, 1), z(8, 16)), one);
  assertEquals(of((x) => ops.logSoftmax(x, 1), z(8, 16)), one);
  assertEquals(of((x) => ops.layerNorm(x), z(8, 16)), one);
  assertEquals(of((x) => ops.groupNorm(x, 4), z(2, 8, 4, 4)), one);
  assertEquals(
    of((x, weight, bias) => ops.relu(ops.groupNorm(x, 4, { weight, bias })), z(2, 8, 4, 4), z(8), z(8)),
    one,
  );
  assertEquals(
    of((x, c) => grad((x: Tensor) => ops.sum(ops.mul(ops.groupNorm(x, 4), c)))(x), z(2, 8, 4, 4), z(2, 8, 4, 4)),
    one,
  );
});

Deno.test("a loss with its gradient is one kernel", () => {
  const labels = tensor(new Int32Array(8));
  assertEquals(of((x) => ops.mean(ops.softmaxCrossEntropy(x, labels)), z(8, 10)), { nest: 2 });
  assertEquals(of((x) => ops.softmaxCrossEntropy(x, labels), z(8, 10)), one);
});

Deno.test("split and concat cost no copy: consumers read their part, producers write into their place", () => {
  const halves = (x: Tensor): [Tensor, Tensor] => ops.split(x, 2, { axis: 1 }) as [Tensor, Tensor];
  assertEquals(of((x) => ops.mul(...(halves(x).map(ops.relu) as [Tensor, Tensor])), z(4, 8)), one);
  assertEquals(of((x) => ops.concat(halves(x).map(ops.tanh), 1), z(4, 8)), one);
  assertEquals(of((x, w) => halves(x).map((part) => ops.matmul(part, w)), z(4, 8), z(4, 4)), { contract: 2 });
  assertEquals(of((x, v, w) => ops.concat([ops.matmul(x, v), ops.matmul(x, w)], 1), z(4, 4), z(4, 4), z(4, 4)), {
    contract: 2,
  });
  assertEquals(
    of((x, w) => ops.concat(halves(x).map((part) => ops.conv2d(part, w)), 1), z(2, 6, 8, 8), z(4, 3, 3, 3)),
    { contract: 2 },
  );
});

Deno.test("a contraction reads transposed, sliced and padded operands without a copy of their own", () => {
  assertEquals(copies(scheduleOf((x, y) => ops.matmul(ops.slice(x, [0, 2], [4, 6]), y), z(4, 8), z(4, 5))), 0);
  assertEquals(of((x, w) => ops.conv2d(x, w), z(2, 3, 8, 8), z(4, 3, 3, 3)), { contract: 1 });
  // The frame of the padding is filled once; the inside is written by the kernel that computes it.
  const padded = scheduleOf((x, w) => ops.conv2d(ops.relu(x), w, { padding: 1 }), z(2, 3, 8, 8), z(4, 3, 3, 3));
  assertEquals([kernels(padded), copies(padded), padded.fills.size], [{ nest: 1, contract: 1 }, 0, 1]);
});

Deno.test("bias, activation and residual of a convolution are one kernel after it", () => {
  const f = (x: Tensor, w: Tensor, b: Tensor): Tensor =>
    ops.relu(ops.add(x, ops.add(ops.conv2d(x, w, { padding: "same" }), ops.reshape(b, [-1, 1, 1]))));
  assertEquals(of(f, z(2, 4, 8, 8), z(4, 4, 3, 3), z(4)).contract, 1);
  assert(of(f, z(2, 4, 8, 8), z(4, 4, 3, 3), z(4)).nest <= 2); // the frame's inside, and the rest
});

Deno.test("an input that is an output costs nothing", () => {
  assertEquals(of((x, y) => [y, x, y], z(3), z(4)), {});
  assertEquals(of((x) => ops.reshape(x, [4, 3]), z(3, 4)), {});
});

/** The elements of its buffer that a contraction walks through, in one role. */
function walked({ params, ...homes }: Unit & { kind: "contract" }, role: "a" | "b" | "out"): Set<number> {
  const { offset, strides } = homes[role];
  const start = role === "b" ? params.bStart.reduce((sum, at, i) => sum + at * strides[i], offset) : offset;
  let places = [start];
  for (const { size, [role]: walk } of params.axes) {
    if (!walk) continue;
    const step = strides[walk[0]] * walk[1];
    places = places.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * step));
  }
  return new Set(places);
}

/** Fails if a unit reads what it writes, or what nothing has written. */
function checkOrder(s: Schedule, before: ReadonlySet<Buffer>): void {
  const written = new Set([...before, ...s.inputs.map(({ buffer }) => buffer), ...s.fills.keys(), ...s.accumulators]);
  s.units.forEach((unit, i) => {
    if (unit.kind === "region") {
      checkOrder(unit.schedule, written);
      for (const { buffer } of unit.schedule.outputs) written.add(buffer);
      return;
    }
    const [reads, writes] = unit.kind === "nest"
      ? [
        valuesOf(unit.nest).flatMap(({ kind, home }) => kind === "load" ? [home!] : []),
        unit.nest.roots.map(({ home }) => home),
      ]
      : unit.kind === "contract"
      ? [[unit.a, unit.b], [unit.out]]
      : [unit.operands, unit.outputs];
    const name = `unit ${i} (${unit.kind})`;
    for (const { buffer } of reads) {
      assert(written.has(buffer), `${name} reads buffer ${buffer.id} before it is written`);
      if (!writes.some((home) => home.buffer === buffer)) continue;
      // A contraction may read one part of a concatenation and write another.
      assert(unit.kind === "contract", `${name} reads and writes buffer ${buffer.id}`);
      const out = walked(unit, "out");
      for (const role of ["a", "b"] as const) {
        const shared = unit[role].buffer === buffer && [...walked(unit, role)].some((at) => out.has(at));
        assert(!shared, `${name} reads and writes the same elements of buffer ${buffer.id}`);
      }
    }
    for (const { buffer } of writes) written.add(buffer);
  });
  for (const { buffer } of s.outputs) assert(written.has(buffer), `output buffer ${buffer.id} is never written`);
}

Deno.test("no kernel reads what it writes, and everything is written before it is read", () => {
  const scConv = nn.scConv(16);
  const params = scConv.init(random.key(1));
  const programs: Schedule[] = [
    scheduleOf((x) => grad((x: Tensor) => ops.sum(scConv.apply(params, x)))(x), z(2, 16, 6, 6)),
    scheduleOf((x) => [ops.softmax(x, 0), ops.groupNorm(ops.concat([x, x], 1), 2)], z(4, 6, 5)),
    scheduleOf((x) => [ops.cumsum(ops.exp(x), 1), ops.sort(ops.neg(x), 1), ops.transpose(ops.exp(x))], z(4, 6)),
    // A batch that runs in stripes.
    scheduleOf((x) => grad((x: Tensor) => ops.sum(scConv.apply(params, x)))(x), z(16, 16, 32, 32)),
  ];
  for (const s of programs) checkOrder(s, new Set());
  assert(kernels(programs[3]).region >= 1, "the large batch makes no region");
});
