/**
 * What can go wrong on a GPU, each as a test: limits, lost devices, long loops, large and empty sizes.
 *
 * @module
 */
import {
  device,
  devices,
  explain,
  eye,
  grad,
  jit,
  ops,
  scan,
  type Tensor,
  tensor,
  whileLoop,
  zeros,
} from "@cotangent/cotangent";
import { Buffers } from "../../../core/backends/webgpu/buffers.ts";
import { WebGpuBackend } from "../../../core/backends/webgpu/mod.ts";
import { kernels } from "../../../core/backends/webgpu/program.ts";
import { iterationLimit } from "../../../core/backends/webgpu/wgsl/kernel.ts";
import { assertClose } from "../../support/close.ts";
import { withoutWebGpu } from "../../support/devices.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";

const open = async (): Promise<WebGpuBackend> => await device("webgpu") as WebGpuBackend;

let left = 0;

function test(name: string, body: () => Promise<void>): void {
  left++;
  Deno.test({
    name: `webgpu: ${name}`,
    ignore: withoutWebGpu !== undefined,
    fn: body,
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

/** What a process says in which `navigator.gpu` is something else. */
async function withGpu(stub: string): Promise<{ listed: string[]; error: string; kept: string; sum: number }> {
  const code = `Object.defineProperty(globalThis.navigator, "gpu", { value: ${stub} });
    const { device, devices, ops, tensor } = await import(${
    JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)
  });
    const failure = (f) => f().then(() => "", (e) => e.name + ": " + e.message);
    const error = await failure(() => device("webgpu")), kept = await failure(() => device("webgpu"));
    const sum = await ops.sum(tensor([1, 2])).item();
    console.log(JSON.stringify({ listed: devices(), error, kept, sum }));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", code], stderr: "null" })
    .output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

const absent = {
  "navigator.gpu is missing": ["undefined", "looked for navigator.gpu, which this runtime lacks"],
  "there is no adapter": ["{ requestAdapter: () => Promise.resolve(null) }", "requestAdapter() found no adapter"],
};

for (const [when, [stub, told]] of Object.entries(absent)) {
  Deno.test(`where ${when}, device("webgpu") says what it looked for and how to get it, and the rest works`, async () => {
    const { listed, error, kept, sum } = await withGpu(stub);
    for (const part of ["Error: device: no webgpu here", told, "mesa-vulkan-drivers", '"cpu" works everywhere']) {
      assertStringIncludes(error, part);
    }
    assertEquals(kept, error); // it looks again, and says the same
    assertEquals(listed, ["cpu", "reference", ...(stub === "undefined" ? [] : ["webgpu"])]);
    assertEquals(sum, 3);
  });
}

test("the turns of a loop share their pipelines, elementwise ones and reductions", async () => {
  const { gpu } = await open();
  let made = 0;
  const create = gpu.device.createComputePipeline.bind(gpu.device);
  gpu.device.createComputePipeline = (descriptor) => (made++, create(descriptor));
  try {
    const turns = (count: number, device: string): Tensor[] => {
      const xs = tensor(Float32Array.from({ length: 32 * count }, (_, i) => i % 7), { shape: [count, 4, 8], device });
      const turn = (carry: Tensor, x: Tensor) => {
        const rows = ops.mean(ops.mul(carry, x), { axis: 1, keepDims: true });
        return [ops.tanh(ops.add(x, ops.matmul(ops.sub(carry, rows), eye(8, 8, { device })))), rows] as const;
      };
      return jit((xs: Tensor) => scan(turn, ops.zerosLike(ops.sum(xs, 0)), xs))(xs) as Tensor[];
    };
    turns(20, "webgpu");
    const few = made;
    for (const count of [21, 60]) {
      const expected = turns(count, "reference");
      for (const [i, t] of turns(count, "webgpu").entries()) {
        assertClose(await t.data(), expected[i].dataSync(), { rtol: 1e-4, atol: 1e-5 });
      }
    }
    assert(few < 8 && made - few < 8, `20 turns took ${few} pipelines, 21 and 60 turns ${made - few} more`);
  } finally {
    gpu.device.createComputePipeline = create;
  }
});

test("devices() lists it, one device has one handle, a second argument is refused", async () => {
  assert(devices().includes("webgpu"));
  assertEquals(await device("webgpu"), await device("webgpu"));
  await assertRejects(() => device("webgpu", { threads: 2 }), TypeError, "no threads");
});

test("dataSync and to(cpu) say that reading is asynchronous", async () => {
  await open();
  const x = tensor([1, 2, 3], { device: "webgpu" });
  assertThrows(() => x.dataSync(), TypeError, "await t.data()");
  assertThrows(() => x.to("cpu"), TypeError, "tensor(await t.data()");
  const y = tensor([1, 2, 3]).to("webgpu");
  assertEquals(await ops.add(x, y).toArray(), [2, 4, 6]);
});

test("arguments on two devices are an error that names both", async () => {
  await open();
  const x = tensor([1], { device: "webgpu" }), y = tensor([1]);
  for (const f of [ops.add, jit(ops.add)]) {
    const error = assertThrows(() => (f as typeof ops.add)(x, y), TypeError);
    assertStringIncludes(error.message, "webgpu");
    assertStringIncludes(error.message, "cpu");
  }
});

test("float64 is refused by name, at the tensor and inside a function", async () => {
  await open();
  assertThrows(() => tensor([1], { dtype: "float64", device: "webgpu" }), TypeError, "no float64");
  const x = tensor([1], { device: "webgpu" });
  assertThrows(() => ops.cast(x, "float64"), TypeError, "no float64");
  assertThrows(
    () => jit((x: ReturnType<typeof tensor>) => ops.sum(ops.cast(x, "float64")))(x),
    TypeError,
    "no float64",
  );
});

for (const when of ["while idle", "during a program", "during a read"] as const) {
  test(`a device destroyed ${when}: reads reject within a second, later calls say so, a new one works`, async () => {
    const backend = await open();
    const x = ops.add(zeros([1000], { device: "webgpu" }), 1);
    await x.data();
    const pending: Promise<unknown>[] = [];
    if (when === "during a program") {
      ops.matmul(zeros([512, 512], { device: "webgpu" }), zeros([512, 512], { device: "webgpu" }));
    }
    if (when === "during a read") pending.push(x.data(), ops.mul(x, 2).data());
    const start = performance.now();
    backend.gpu.device.destroy();
    const outcomes = [...pending, x.data()].map((read) =>
      Promise.race([
        read.then(() => "resolved", (e: Error) => e.message),
        new Promise<string>((resolve) => setTimeout(resolve, 1000, "never settled")),
      ])
    );
    for (const settled of await Promise.all(outcomes)) {
      // A read that had arrived may resolve with right values.
      if (settled !== "resolved") assertStringIncludes(settled, "lost");
    }
    await backend.gpu.device.lost;
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert(performance.now() - start < 1000);
    await assertRejects(() => x.data(), Error, "device is lost");
    assertThrows(() => ops.add(x, 1), Error, "device is lost");
    assertThrows(() => backend.write(new Float32Array(1), x.aval), Error, "await device");
    const next = await open();
    assert(next !== backend);
    assertEquals(await ops.add(tensor([1], { device: next }), 1).toArray(), [2]);
  });
}

test("a closed device is lost, and a new one opens", async () => {
  const backend = await open();
  const x = tensor(new Float32Array(1000), { device: backend });
  backend.close();
  await assertRejects(() => x.data(), Error, "closed");
  assertEquals(await ops.neg(tensor([1], { device: await open() })).toArray(), [-1]);
});

test("a binding and an allocation over the limit: an error that names operation, size and limit", async () => {
  const { gpu } = await open();
  const limit = Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize);
  if (limit > 2 ** 30) return;
  const x = zeros([4], { device: "webgpu" });
  const n = limit / 16 + 1;
  const error = assertThrows(() => ops.broadcastTo(ops.reshape(x, [4, 1]), [4, n]), RangeError);
  for (const part of [String(16 * n), String(limit), "maxStorageBufferBindingSize"]) {
    assertStringIncludes(error.message, part);
  }
  // As an intermediate value of a program too.
  const inside = assertThrows(
    () =>
      jit((x: ReturnType<typeof tensor>) => ops.cumsum(ops.broadcastTo(ops.reshape(x, [4, 1]), [4, n]), { axis: 1 }))(
        x,
      ),
    RangeError,
  );
  assertStringIncludes(inside.message, String(limit));
});

test("an eager loop that never yields gets a RangeError that says to await", async () => {
  const { gpu } = await open();
  const buffers = new Buffers(gpu, 10_000_000);
  const held: unknown[] = [];
  assertThrows(
    () => {
      for (let i = 0; i < 20; i++) held.push(buffers.storage("add", 1_000_000));
    },
    RangeError,
    "await",
  );
});

test("so does one of many small tensors, long before the driver gives up, and it goes on after a pause", async () => {
  const { gpu } = await open();
  const buffers = new Buffers(gpu, 10_000_000, 50);
  const held = Array.from({ length: 50 }, () => buffers.storage("add", 4));
  assertThrows(
    () => buffers.storage("add", 4),
    RangeError,
    "50 buffers of webgpu are in use, which is the limit; await",
  );
  held.forEach((storage) => buffers.release(storage));
  for (let i = 0; i < 50; i++) buffers.release(buffers.storage("add", 2000 * i + 4));
});

test("what the GPU refuses never becomes a value: reads of what was made before reject with its message", async () => {
  const { gpu } = await open();
  const x = ops.add(tensor([1], { device: "webgpu" }), 1);
  gpu.device.createBuffer({ size: 16, usage: 0x8000 }); // not a usage
  await new Promise((resolve) => setTimeout(resolve, 50));
  await assertRejects(() => x.data(), Error, "cannot be trusted");
  assertEquals(await ops.add(tensor([1], { device: "webgpu" }), 1).toArray(), [2]);
});

test("a read at once after what the GPU refuses rejects too", async () => {
  const { gpu } = await open();
  for (let turn = 0; turn < 3; turn++) {
    const x = ops.add(tensor([1], { device: "webgpu" }), turn);
    assertEquals(await x.toArray(), [1 + turn]); // later reads find a buffer that was mapped before
    gpu.device.createBuffer({ size: 16, usage: 0x8000 }); // not a usage
    await assertRejects(() => x.data(), Error, "cannot be trusted");
  }
});

test("reads one after the other and side by side, of buffers that are used again, each give their own values", async () => {
  await open();
  const sizes = [3, 300, 5000];
  for (let i = 0; i < 40; i++) {
    const given = sizes.map((n, k) => ops.add(zeros([n], { device: "webgpu" }), 10 * i + k));
    const read = i % 2 === 0 ? await Promise.all(given.map((t) => t.data())) : [];
    if (i % 2 === 1) { for (const t of given) read.push(await t.data()); }
    read.forEach((values, k) =>
      assert(values.length === sizes[k] && values.every((v) => v === 10 * i + k), `${i} ${k}`)
    );
  }
});

test("two reads in flight of different sizes", async () => {
  await open();
  const [a, b] = [10, 100_000].map((n) => ops.add(zeros([n], { device: "webgpu" }), n));
  const [x, y, z] = await Promise.all([b.data(), a.data(), b.data()]);
  assertEquals([x.length, y.length, x[99_999], y[9]], [100_000, 10, 100_000, 10]);
  assertEquals(z[5], 100_000);
});

test("an axis of 2²⁵: elementwise, its sum and the gradient of both", async () => {
  await open();
  const n = 2 ** 25;
  const ones = ops.add(zeros([n], { device: "webgpu" }), 1);
  assertEquals(await ops.sum(ones).item(), n);
  assertEquals(await ops.argmax(ones).item(), 0);
  assertEquals(await ops.mean(grad((x: typeof ones) => ops.sum(ops.mul(x, 3)))(ones)).item(), 3);
  ones.dispose();
});

test("a batch of 65,536 matmuls, and a dispatch over 65,535 workgroups", async () => {
  await open();
  const a = Float32Array.from({ length: 65536 * 4 }, (_, i) => i % 7),
    b = Float32Array.from({ length: 65536 * 4 }, (_, i) => i % 5);
  const make = (data: Float32Array, on: string) => tensor(data, { shape: [65536, 2, 2], device: on });
  const got = await ops.matmul(make(a, "webgpu"), make(b, "webgpu")).data();
  assertEquals(got, await ops.matmul(make(a, "cpu"), make(b, "cpu")).data());
  const n = 65536 * 256 + 3;
  const x = await ops.add(zeros([n], { device: "webgpu" }), 2).data();
  assert(x.every((v) => v === 2));
});

test("zero-sized everything", async () => {
  await open();
  const x = zeros([0, 3], { device: "webgpu" });
  assertEquals(await ops.add(x, 1).toArray(), []);
  assertEquals(await ops.sum(x, { axis: 0 }).toArray(), [0, 0, 0]);
  assertEquals(await ops.matmul(zeros([2, 0], { device: "webgpu" }), x).toArray(), [[0, 0, 0], [0, 0, 0]]);
  assertEquals(await ops.concat([x, zeros([1, 3], { device: "webgpu" })]).toArray(), [[0, 0, 0]]);
  assertEquals((await jit((x: ReturnType<typeof tensor>) => ops.exp(x))(x).data()).length, 0);
});

test("no invocation loops over 65,535 times: sums, contractions and sorts of any length", async () => {
  const backend = await open();
  const { compile, targetOf } = await import("../../../core/backends/webgpu/lower.ts");
  const { trace } = await import("../../../core/graph.ts");
  const { aval } = await import("../../../core/shape.ts");
  type T = ReturnType<typeof tensor>;
  const cases: [string, number[][], (...xs: T[]) => T][] = [
    ["sum", [[2 ** 30]], (x) => ops.sum(x)],
    ["softmax", [[3, 2 ** 26]], (x) => ops.softmax(x)],
    ["columns", [[2 ** 24, 7]], (x) => ops.sum(x, { axis: 0 })],
    ["cumsum", [[2 ** 26]], (x) => ops.cumsum(x)],
    ["argmax", [[2 ** 26]], (x) => ops.argmax(x)],
    ["argsort", [[2 ** 22]], (x) => ops.argsort(x)],
    ["matmul", [[8, 2 ** 24], [2 ** 24, 8]], (x, y) => ops.matmul(x, y)],
    ["matmul in tiles", [[32, 2 ** 23], [2 ** 23, 32]], (x, y) => ops.matmul(x, y)],
    [
      "take",
      [[2 ** 20, 4]],
      (x) => grad((x: T) => ops.sum(ops.take(x, ops.cast(ops.sum(x, { axis: 1 }), "int32"))))(x),
    ],
  ];
  for (const software of [true, false]) {
    for (const [name, shapes, f] of cases) {
      const graph = trace(name, shapes.map((shape) => aval(shape, "float32")), (xs) => [f(...xs as T[])]);
      const { dispatches } = compile(graph, targetOf(software));
      for (const d of dispatches) {
        assert(d.iterations <= iterationLimit, `${name}: ${d.name} loops ${d.iterations} times`);
        // What is counted is what the code says: loops with a bound in the text.
        for (
          const [, from, to, step] of d.body.matchAll(/for \(var \w+ = (\d+); \w+ < (\d+); \w+ (?:\+= )?(\d+|\+\+)/g)
        ) {
          const turns = (Number(to) - Number(from)) / (Number(step) || 1);
          assert(turns <= iterationLimit, `${name}: ${d.name} has a loop of ${turns}`);
        }
      }
    }
  }
  assertEquals(backend.name, "webgpu");
});

test("NaN and infinity are seen on bit patterns", async () => {
  await open();
  // Every kind of NaN: quiet, signalling, of either sign, with any payload; the largest number is none.
  const words = Uint32Array.of(0x7fc00000, 0x7f800001, 0xffc00001, 0xffffffff, 0x7f800000, 0xff800000, 0x7f7fffff, 1);
  const patterns = tensor(new Float32Array(words.buffer), { device: "webgpu" });
  const nan = [true, true, true, true, false, false, false, false];
  for (const f of [ops.isNaN, jit(ops.isNaN)]) assertEquals(await f(patterns).toArray(), nan);
  assertEquals(await ops.isFinite(patterns).toArray(), [...nan.slice(0, 4).map(() => false), false, false, true, true]);
  assertEquals(await ops.equal(patterns, patterns).toArray(), nan.map((is) => !is));
  assertEquals(await ops.less(patterns, patterns).toArray(), nan.map(() => false));
  const x = tensor([NaN, 1, Infinity, -Infinity], { device: "webgpu" });
  assertEquals(await ops.isNaN(x).toArray(), [true, false, false, false]);
  assertEquals(await ops.isFinite(x).toArray(), [false, true, false, false]);
  assertEquals(await ops.max(x).item(), NaN);
  assertEquals(await ops.where(ops.isNaN(x), 0, x).toArray(), [0, 1, Infinity, -Infinity]);
  assertEquals(await ops.mul(x, 0).toArray(), [NaN, 0, NaN, NaN]);
  assertEquals(await ops.sub(x, x).toArray(), [NaN, 0, NaN, NaN]);
});

test("contractions of hardware, tiled in workgroup memory, equal those of software drivers, read in place", async () => {
  const values = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7));
  const run = async (): Promise<{ results: Float32Array[]; tiles: number }> => {
    const backend = await open();
    const make = (...shape: number[]) => tensor(values(shape.reduce((n, x) => n * x, 1)), { shape, device: backend });
    const { device } = backend.gpu;
    const create = device.createShaderModule.bind(device);
    let tiles = 0;
    device.createShaderModule = (given) => {
      if (given.code.includes("var<workgroup> a_:")) tiles++;
      return create(given);
    };
    const conv = (x: ReturnType<typeof make>, w: typeof x, stride: number) =>
      ops.sum(ops.sin(ops.conv2d(x, w, { padding: 1, stride, groups: 2 })));
    const gradients = [[1, 18], [2, 32]].flatMap(([stride, channels]) =>
      grad((x: ReturnType<typeof make>, w: typeof x) => conv(x, w, stride), { argnums: [0, 1] })(
        make(4, 2 * channels, 15, 13),
        make(34, channels, 3, 3),
      ) as ReturnType<typeof make>[]
    );
    const products = [ops.matmul(make(2, 70, 60), make(2, 60, 66)), ops.matmul(make(17, 2100), make(2100, 19))];
    const results = await Promise.all([...products, ...gradients].map(async (t) => await t.data() as Float32Array));
    return { results, tiles };
  };
  try {
    const all: Awaited<ReturnType<typeof run>>[] = [];
    for (const software of [true, false]) {
      (await open()).close();
      kernels.software = software;
      all.push(await run());
    }
    assertEquals(all[0].tiles, 0);
    assert(all[1].tiles >= 6, `${all[1].tiles} kernels with tiles`);
    all[0].results.forEach((x, i) => {
      const largest = x.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
      x.forEach((v, k) => {
        const other = all[1].results[i][k];
        assert(Math.abs(v - other) < 1e-5 * largest, `${i}: ${v} and ${other}`);
      });
    });
  } finally {
    kernels.software = undefined;
    (await open()).close();
  }
});

for (const software of [true, false]) {
  test(`large rows, columns and planes equal those of the cpu, with the kernels of ${software ? "software drivers" : "hardware"}`, async () => {
    (await open()).close();
    kernels.software = software;
    try {
      await largeRows();
    } finally {
      kernels.software = undefined;
      (await open()).close();
    }
  });
}

async function largeRows(): Promise<void> {
  await open();
  type T = ReturnType<typeof tensor>;
  const cases: [string, number[], (x: T) => T][] = [
    ["elementwise", [96, 3, 512], (x) => ops.mul(ops.exp(x), ops.cos(ops.slice(x, [0, 0, 0], [96, 1, 512])))],
    ["no multiple of four", [257, 130], (x) => ops.add(x, ops.tanh(x))],
    ["softmax", [64, 1024], (x) => ops.softmax(x)],
    ["normalised over rows", [8, 16, 48, 48], (x) => ops.groupStandardize(x, 4)],
    ["columns", [1024, 36], (x) => ops.variance(x, { axis: 0 })],
    ["channels", [4, 8, 40, 40], (x) => ops.mean(ops.square(x), { axis: [0, 2, 3] })],
    ["maximum", [3, 40000], (x) => ops.max(x, { axis: 1 })],
    ["one row", [400000], (x) => ops.sub(x, ops.mean(x))],
    ["transposed", [160, 128], (x) => ops.add(ops.transpose(x), 1)],
  ];
  for (const [name, shape, f] of cases) {
    const values = Float32Array.from({ length: shape.reduce((n, x) => n * x, 1) }, (_, i) => Math.sin(i * 0.37) + 0.1);
    const weigh = (y: T): T => ops.sum(ops.mul(y, ops.sin(y)));
    const on = (device: string) => {
      const x = tensor(values, { shape, device });
      return Promise.all([jit(f)(x), grad((x: T) => weigh(f(x)))(x)].map((t) => t.data()));
    };
    const [actual, expected] = [await on("webgpu"), await on("cpu")];
    expected.forEach((values, k) => {
      const largest = Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
      values.forEach((v, i) =>
        assert(Math.abs(actual[k][i] - v) <= 1e-5 * largest, `${name}, ${["value", "gradient"][k]} ${i}`)
      );
    });
  }
}

test("donated state: a training loop allocates nothing after its second step, and submits once a step", async () => {
  const backend = await open();
  const { buffers } = backend.machine;
  const step = jit((w: ReturnType<typeof tensor>, x: ReturnType<typeof tensor>, rate: number) => {
    const g = grad((w: typeof x) => ops.mean(ops.tanh(ops.matmul(x, w))))(w);
    return ops.sub(w, ops.mul(g, rate));
  }, { donate: [0] });
  const x = ops.add(zeros([64, 300], { device: backend }), 0.5);
  let w = ops.add(zeros([300, 200], { device: backend }), 0.01);
  const queue = backend.gpu.device.queue;
  let submits = 0;
  const submit = queue.submit.bind(queue);
  queue.submit = (list) => {
    submits++;
    return submit(list);
  };
  let made = 0;
  for (let i = 0; i < 20; i++) {
    if (i === 2) made = buffers.made;
    submits = 0;
    w = step(w, x, 0.1 + i);
    assertEquals(submits, 1);
  }
  assertEquals(buffers.made, made);
  assert(Number.isFinite((await w.data())[0]));
});

test("a while loop with a limit runs no workgroups once it is done; without one, or with too large a one, it is refused", async () => {
  const { gpu } = await open();
  type T = ReturnType<typeof tensor>;
  const on = (values: Float32Array, shape: number[]) => tensor(values, { shape, device: "webgpu" });
  const w = on(Float32Array.from({ length: 32 * 32 }, (_, i) => Math.sin(i) / 8), [32, 32]);
  const x = on(new Float32Array(32 * 32).fill(1), [32, 32]);
  const loop = (turns: number, maxIterations?: number) => (w: T, x: T, count: T) =>
    whileLoop(
      ([, i]) => ops.less(i, turns),
      ([x, i]) => [ops.matmul(w, x), ops.add(i, 1)] as [T, T],
      [x, count] as [T, T],
      maxIterations === undefined ? {} : { maxIterations },
    );
  const count = tensor(0, { device: "webgpu" });
  const [y, n] = jit(loop(3, 20))(w, x, count);
  assertEquals(await n.item(), 3);
  const expected = await ops.matmul(w, ops.matmul(w, ops.matmul(w, x))).data();
  (await y.data()).forEach((v, i) => assert(Math.abs(v - expected[i]) < 1e-5));
  assertEquals(await jit(loop(9, 4))(w, x, count)[1].item(), 4); // the limit ends it
  // Two turns and twenty that there may be: what is encoded does not depend on the values, what runs does.
  const told = await explain(loop(2, 20))(w, x, count).timed();
  assertEquals(told.program.kernels.find(({ name }) => name === "dot")?.calls, 20);
  assertThrows(() => jit(loop(3))(w, x, count), TypeError, "give it { maxIterations }");
  assertThrows(() => jit(loop(3, 1e6))(w, x, count), RangeError, "maxIterations 1000000 makes");

  // The numbers of workgroups that the GPU was given in the end: none.
  const { device: raw } = gpu, create = raw.createBuffer.bind(raw);
  const commands: GPUBuffer[] = [];
  raw.createBuffer = (given) => {
    const indirect = (given.usage & GPUBufferUsage.INDIRECT) !== 0;
    const made = create(indirect ? { ...given, usage: given.usage | GPUBufferUsage.COPY_SRC } : given);
    if (indirect) commands.push(made);
    return made;
  };
  try {
    assertEquals(await jit(loop(5, 7))(w, x, count)[1].item(), 5);
  } finally {
    raw.createBuffer = create;
  }
  assertEquals(commands.length, 1);
  const [{ size }] = commands;
  const staged = raw.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = raw.createCommandEncoder();
  encoder.copyBufferToBuffer(commands[0], 0, staged, 0, size);
  raw.queue.submit([encoder.finish()]);
  await staged.mapAsync(GPUMapMode.READ);
  const workgroups = new Uint32Array(staged.getMappedRange().slice(0));
  assert(workgroups.length >= 6 && workgroups.every((n) => n === 0), `${workgroups}`);
  staged.destroy();
});

test("explain tells kernels, and their times where the adapter has a clock", async () => {
  const { gpu } = await open();
  const x = ops.add(zeros([100, 100], { device: "webgpu" }), 1);
  const told = await explain((x: ReturnType<typeof tensor>) => ops.softmax(ops.matmul(x, x)))(x).timed();
  assert(told.program.kernels.length >= 2);
  assertEquals(told.program.device, "webgpu");
  if (gpu.timestamps) {
    for (const k of told.program.kernels) {
      assert(k.milliseconds! >= 0 && k.milliseconds! < 10_000);
    }
  }
  assertStringIncludes(String(told), "webgpu");
});

test("memory stays flat over training steps, jitted and eager, though nobody disposes", async () => {
  // In a process of its own: the tests share theirs, and its resident memory. webgpu_memory.ts says how to run it for longer.
  const script = new URL("webgpu_memory.ts", import.meta.url).href;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, "300", "100"],
    stderr: "null",
  }).output();
  assert(success);
  const rows = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(rows.map(({ steps }) => steps), [300, 100]);
  // A step makes 1.5 MB of tensors and more.
  for (const { most, grown } of rows) {
    assert(most <= 150e6, `device memory grew to ${most} bytes`);
    assert(grown <= 100e6, `resident memory grew by ${grown} bytes`);
  }
});

if (withoutWebGpu !== undefined) console.warn(`${left} tests of the webgpu device are left out: ${withoutWebGpu}`);
