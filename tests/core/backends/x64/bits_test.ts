/** The same bits from WebAssembly and from machine code of both widths, for any number of threads. */
import {
  device,
  grad,
  jit,
  nn,
  ops,
  optim,
  random,
  setDefaultDevice,
  type Tensor,
  tree,
  valueAndGrad,
  vmap,
} from "../../../../mod.ts";
import { findBackend } from "../../../../core/devices.ts";
import { contractionRows } from "../../../conformance/contractions.ts";
import { elementwiseRows } from "../../../conformance/elementwise.ts";
import { toTensor } from "../../../conformance/harness.ts";
import { reductionRows } from "../../../conformance/reductions.ts";
import { structureRows } from "../../../conformance/structure.ts";
import { tryPrograms } from "../../../fuzz/property.ts";
import { ways } from "../../../fuzz/ways.ts";
import { assertSameBits } from "../../../support/bits.ts";
import { deviceNames } from "../../../support/devices.ts";
import { assertEquals } from "@std/assert";

const codes = deviceNames.filter((name) => name.startsWith("cpu"));

/** Runs something on each kind of code, and compares what it gives. */
function sameOnAll(run: (name: string) => readonly Tensor[], what: string): void {
  let first: readonly ArrayLike<number>[] | undefined;
  for (const name of codes) {
    setDefaultDevice(name);
    try {
      const got = run(name).map((t) => t.dataSync());
      first ??= got;
      got.forEach((values, i) => assertSameBits(values, first![i], `${what}: output ${i} on ${name}`));
    } finally {
      setDefaultDevice("cpu");
    }
  }
}

for (const row of [...elementwiseRows, ...structureRows, ...reductionRows, ...contractionRows]) {
  Deno.test(`${row.primitive} gives the same bits whatever the code`, () => {
    for (const { label, inputs, f } of row.cases()) {
      sameOnAll((name) => [f(...inputs.map((v) => toTensor(v, name)))].flat(), `${row.primitive} ${label}`);
    }
  });
}

Deno.test("random programs give the same bits whatever the code", async () => {
  const same = ways.filter(({ name }) => name === "the same bits, compiled");
  const failure = await tryPrograms({ seed: 7, programs: 60, ways: () => same, maxLength: 8 });
  if (failure !== undefined) throw failure;
});

type Case = () => () => unknown;

const image = (n: number, c: number, h: number): Tensor => random.normal(random.key(1), [n, c, h, h]);

/** Programs that use everything that networks do. */
const programs: Readonly<Record<string, Case>> = {
  "a training step of ScConv": () => {
    const layer = nn.scConv(32), params = layer.init(random.key(0)), x = image(13, 32, 24);
    const step = jit((p: typeof params, x: Tensor) =>
      valueAndGrad((q: typeof params) => ops.sum(ops.square(layer.apply(q, x))))(p)
    );
    return () => step(params, x);
  },
  "a training step of a small network with Adam": () => {
    const model = nn.sequential(
      nn.conv2d(3, 16, { kernelSize: 3, padding: 1, stride: 2 }),
      nn.groupNorm(16, { groups: 4 }),
      nn.relu(),
      nn.maxPool2d(2),
      nn.depthwiseConv2d(16, { kernelSize: 3, padding: 1 }),
      nn.gelu(),
      nn.flatten(),
      nn.linear(16 * 4 * 4, 10),
    );
    const params = model.init(random.key(0)), optimizer = optim.adam({ learningRate: 0.01 });
    const state = optimizer.init(params), x = image(24, 3, 16), labels = random.randint(random.key(2), [24], 0, 10);
    const step = jit((p: typeof params, s: typeof state) => {
      const [loss, grads] = valueAndGrad((q: typeof params) =>
        ops.mean(ops.softmaxCrossEntropy(model.apply(q, x), labels))
      )(p);
      const [updates, next] = optimizer.update(grads, s, p);
      return { params: optim.applyUpdates(p, updates), next, loss };
    });
    return () => step(params, state);
  },
  "attention, a second derivative and vmap": () => {
    const [q, k, v] = [0, 1, 2].map((i) => random.normal(random.key(i), [6, 33, 20]));
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
      ops.matmul(ops.softmax(ops.div(ops.matmul(q, ops.transpose(k)), 4), { axis: -1 }), v);
    const f = (q: Tensor): Tensor => ops.sum(ops.tanh(vmap(attend)(q, k, v)));
    const twice = jit((q: Tensor) => grad((q: Tensor) => ops.sum(ops.square(grad(f)(q))))(q));
    return () => twice(q);
  },
  "matrix products that divide into parts": () => {
    const a = random.normal(random.key(0), [300, 257]), b = random.normal(random.key(1), [257, 200]);
    const f = jit((a: Tensor, b: Tensor) => ops.matmul(a, b));
    return () => f(a, b);
  },
  "random numbers, sorting, gathering": () => {
    const f = jit((key: Tensor) => {
      const x = random.normal(key, [40, 25]);
      const order = ops.argsort(x, { axis: 1 });
      return [x, order, ops.cumsum(x, { axis: 0 }), random.permutation(key, 100), random.bernoulli(key, 0.3, [77])];
    });
    return () => f(random.key(5));
  },
};

/** The bits of all leaves. */
const bits = (value: unknown): string =>
  tree.leaves(value).map((t) => {
    const { buffer, byteOffset, byteLength } = t.dataSync();
    return Array.from(new Uint8Array(buffer, byteOffset, byteLength)).join();
  }).join(";");

for (const [name, make] of Object.entries(programs)) {
  Deno.test(`${name}: the same bits from all code, with 1, 2 and 8 threads`, async () => {
    const seen = new Set<string>();
    for (const code of codes) {
      setDefaultDevice(code);
      try {
        const run = make();
        for (const threads of [1, 2, 8]) {
          await device(code, { threads });
          for (let i = 0; i < 4; i++) seen.add(bits(run()));
          await new Promise((resolve) => setTimeout(resolve, 10)); // let workers come up
          for (let i = 0; i < 4; i++) seen.add(bits(run()));
        }
        await device(code, { threads: 2 });
      } finally {
        setDefaultDevice("cpu");
      }
    }
    assertEquals(seen.size, 1);
    for (const code of codes) findBackend(code).close();
  });
}
