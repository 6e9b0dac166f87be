import { device, grad, jit, ops, type Tensor, tensor, vmap } from "../../../mod.ts";
import { sizeOf } from "../../../core/shape.ts";
import { graphKit } from "../../conformance/graph_kit.ts";
import { assertSameBits } from "../../support/bits.ts";
import { assertClose } from "../../support/close.ts";
import { kernels, scheduleOf } from "../../support/graphs.ts";
import { type Code, interpret, runsOf } from "../../support/programs.ts";
import { tameValues } from "../../support/random.ts";
import { assert, assertEquals, assertGreater, AssertionError } from "@std/assert";
import fc from "fast-check";

const batch = 48;
const limit = 400_000;

const programs: fc.Arbitrary<Code> = fc.record({
  lines: fc.array(fc.array(fc.nat(9999), { minLength: 8, maxLength: 8 }), { minLength: 4, maxLength: 14, size: "max" }),
});

function values(dtype: "int32" | "float32", shape: number[], seed: number): Tensor {
  return tensor(tameValues(dtype, sizeOf(shape), seed), { shape, dtype });
}

/** A large batch, so large that it runs in stripes, weights, and values of each example. */
function inputs(dtype: "int32" | "float32"): Tensor[] {
  return [
    values(dtype, [batch, 8, 16, 20], 1),
    values(dtype, [4, 2, 3, 3], 2),
    values(dtype, [batch, 8], 3),
    values(dtype, [20], 4),
  ];
}

/** Random programs on an image of this shape; gives how many of how many ran in stripes. */
function tryPrograms(image: number[], numRuns: number): [regions: number, count: number] {
  const kit = graphKit("int32");
  const args = [values("int32", image, 1), values("int32", [4, 2, 3, 3], 2), values("int32", image.slice(0, 2), 3)];
  // Work of each example that gives the stripes something to keep in the cache.
  const run = (code: Code, [x, w, v]: readonly Tensor[]): ReturnType<typeof interpret> => {
    const y = ops.cumsum(x, 3);
    return interpret(kit, code, [w, v, ops.cumsum(y, 2), y], limit);
  };
  let regions = 0, count = 0;
  const holds = (code: Code): void => {
    const whole = run(code, args);
    const f = (...xs: Tensor[]): Tensor[] => run(code, xs).outputs;
    count++;
    try {
      if (kernels(scheduleOf(f, ...args)).region) regions++;
      jit(f)(...args).forEach((t, i) => assertSameBits(t.dataSync(), whole.outputs[i].dataSync(), `output ${i}`));
    } catch (error) {
      const why = error instanceof AssertionError
        ? error.message
        : error instanceof Error
        ? error.stack
        : error?.constructor?.name;
      throw new AssertionError(`${why}\n${whole.text}`);
    }
  };
  fc.assert(fc.property(programs, holds), runsOf(numRuns));
  return [regions, count];
}

for (const threads of [1, 2, 8]) {
  Deno.test(`random programs of a large batch give to the bit what their operations give one by one, ${threads} threads`, async () => {
    await device("cpu", { threads });
    const [regions, count] = tryPrograms([batch, 8, 16, 20], 30);
    assertGreater(regions, count / 3, `${regions} of ${count} programs ran in stripes`);
  });

  Deno.test(`so do those of one large example, which run in parts, ${threads} threads`, async () => {
    await device("cpu", { threads });
    tryPrograms([1, 8, 120, 128], 20);
  });
}

/** A small network: convolution, normalisation, pooling, loss. */
function network(x: Tensor, w: Tensor, v: Tensor, scale: Tensor): Tensor {
  const y = ops.relu(ops.groupNorm(ops.conv2d(x, w, { padding: 1, groups: 4 }), 2));
  const z = ops.mean(ops.mul(y, scale), [2, 3]);
  return ops.mean(ops.square(ops.sub(ops.sum(z, 1), ops.sum(v, 1))));
}

Deno.test("a network's loss and gradients are the same in stripes and example by example", () => {
  const args = inputs("float32");
  assertEquals(
    kernels(scheduleOf((...xs) => [network(...(xs as [Tensor, Tensor, Tensor, Tensor]))], ...args)).region,
    1,
  );
  const gradient = grad(network, { argnums: [0, 1, 2, 3] });
  const [dx, dw, dv, ds] = jit(gradient)(args[0], args[1], args[2], args[3]) as Tensor[];
  const parts = Array.from({ length: batch }, (_, i) => {
    const one = (t: Tensor): Tensor => ops.slice(t, i, i + 1, { axis: 0 });
    return gradient(one(args[0]), args[1], one(args[2]), args[3]) as Tensor[];
  });
  const mean = (k: number): Tensor => ops.div(parts.map((p) => p[k]).reduce((a, b) => ops.add(a, b)), batch);
  const joined = (k: number): Tensor => ops.div(ops.concat(parts.map((p) => p[k]), 0), batch);
  [[dx, joined(0)], [dw, mean(1)], [dv, joined(2)], [ds, mean(3)]].forEach(([actual, expected], k) => {
    const largest = Math.max(...expected.dataSync().subarray(0, 1000).map(Math.abs));
    assertClose(actual.dataSync(), expected.dataSync(), { rtol: 0, atol: 2e-5 * largest, message: `gradient ${k}` });
  });
});

Deno.test("gradients of each example are striped over, those of kernels too", () => {
  const [x, w] = inputs("float32");
  const depthwise = values("float32", [8, 1, 3, 3], 5), full = values("float32", [6, 8, 3, 3], 6);
  const losses: Record<string, [kernel: Tensor, f: (w: Tensor, x: Tensor) => Tensor]> = {
    "full kernels": [full, (w, x) => ops.sum(ops.square(ops.conv2d(ops.tanh(x), w, { padding: 1 })))],
    "a kernel for each channel": [
      depthwise,
      (w, x) => ops.sum(ops.square(ops.conv2d(ops.tanh(x), w, { padding: 1, groups: 8 }))),
    ],
    "groups of channels": [w, (w, x) => ops.sum(ops.square(ops.conv2d(ops.tanh(x), w, { stride: 2, groups: 4 })))],
  };
  for (const [name, [kernel, loss]] of Object.entries(losses)) {
    const one = (w: Tensor, x: Tensor): Tensor => loss(w, ops.expandDims(x, 0));
    const all = (w: Tensor, x: Tensor): Tensor => vmap(grad(one), { inAxes: [null, 0] })(w, x);
    if (name !== "groups of channels") {
      const { units } = scheduleOf(all, kernel, x);
      const outside = units.filter(({ kind }) => kind !== "region").map(({ kind }) => kind);
      assertEquals([units.length - outside.length, outside.filter((kind) => kind === "contract")], [1, []], name);
    }
    const gradients = jit(all)(kernel, x);
    for (const i of [0, 1, batch - 1]) {
      const expected = grad(one)(kernel, ops.squeeze(ops.slice(x, i, i + 1, { axis: 0 }), 0)).dataSync();
      const largest = Math.max(...expected.map(Math.abs));
      const actual = ops.slice(gradients, i, i + 1, { axis: 0 }).dataSync();
      assertClose(actual, expected, { rtol: 0, atol: 2e-5 * largest, message: `${name}, example ${i}` });
    }
  }
});

Deno.test("what reads other examples is not striped over, and stays right", () => {
  const [x, , v] = inputs("int32");
  const cases: ((x: Tensor, v: Tensor) => Tensor)[] = [
    (x) => ops.flip(ops.mul(ops.sum(x, 3), 2), 0),
    (x) => ops.roll(ops.cumsum(x, 3), 1, { axis: 0 }),
    (x) => ops.sub(x, ops.max(x, { axis: 0, keepDims: true })),
    (x) => ops.cumsum(ops.sum(x, [2, 3]), 0),
    (x, v) => ops.matmul(v, ops.transpose(ops.sum(x, [2, 3]))),
    (x, v) => ops.sort(ops.add(v, ops.sum(x, [2, 3])), 0),
    (x) => ops.take(ops.cumsum(x, 3), tensor(Int32Array.of(3, 3, 0, 47)), 0),
    (x) => ops.reshape(ops.cumsum(x, 3), [batch / 2, 2, 8, 16, 20]),
    (x, v) => ops.mul(ops.cumsum(x, 3), ops.reshape(ops.sum(v, 1), [batch, 1, 1, 1])),
    (x) => ops.concat([ops.cumsum(x, 3), ops.slice(x, 0, 5, { axis: 0 })], 0),
    (x) => ops.sum(ops.cumsum(x, 3), 0),
    (x) => ops.transpose(ops.cumsum(x, 3), [1, 0, 3, 2]),
  ];
  cases.forEach((f, i) => {
    const direct = f(x, v);
    assertSameBits(jit(f)(x, v).dataSync(), direct.dataSync(), `case ${i}`);
  });
});

Deno.test("the position of an example may enter: iota and random bits take the stripe's offset", () => {
  const [x] = inputs("int32");
  const rows = tensor(Int32Array.from({ length: batch }, (_, i) => i));
  const f = (x: Tensor): Tensor =>
    ops.cumsum(ops.cumsum(ops.mul(x, ops.reshape(ops.cumsum(ops.onesLike(rows), 0), [batch, 1, 1, 1])), 3), 2);
  assertSameBits(jit(f)(x).dataSync(), f(x).dataSync(), "rows");
  assert(batch > 1);
});
