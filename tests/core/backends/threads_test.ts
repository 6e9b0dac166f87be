/** Threads: the same bits for any number of them, and processes that end by themselves. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { device, explain, grad, jit, nn, ops, random, type Tensor, tree, valueAndGrad } from "../../../mod.ts";

/** The bits of all leaves. */
function bits(value: unknown): string {
  return tree.leaves(value).map((t) => Array.from(new Uint32Array(t.dataSync().slice().buffer)).join()).join(";");
}

/** Runs until the workers have started and have had a share: they do in the background. */
function repeated(f: () => unknown): string[] {
  return Array.from({ length: 12 }, () => bits(f()));
}

Deno.test("device() with 1, 2, 3 and 8 threads gives the same bits for a training step of ScConv", async () => {
  const layer = nn.scConv(32);
  const params = layer.init(random.key(0));
  const x = random.normal(random.key(1), [13, 32, 24, 24]); // 13 examples: slots of different lengths
  const step = jit((p: typeof params, x: Tensor) =>
    valueAndGrad((q: typeof params) => ops.sum(ops.square(layer.apply(q, x))))(p)
  );
  const seen = new Set<string>();
  for (const threads of [1, 2, 3, 8]) {
    await device("cpu", { threads });
    for (const text of repeated(() => step(params, x))) seen.add(text);
    await new Promise((resolve) => setTimeout(resolve, 20)); // let workers come up
    for (const text of repeated(() => step(params, x))) seen.add(text);
  }
  await device("cpu", { threads: 2 });
  assertEquals(seen.size, 1);
});

Deno.test("regions cover a step from input to gradients, and activations do not grow with the batch", () => {
  const layer = nn.scConv(32);
  const params = layer.init(random.key(0));
  const program = (n: number) => {
    const x = random.normal(random.key(1), [n, 32, 16, 16]);
    return explain((p: typeof params, x: Tensor) =>
      grad((q: typeof params) => ops.sum(ops.square(layer.apply(q, x))))(p)
    )(params, x).program;
  };
  const [small, large] = [program(32), program(128)];
  assert(large.notes.some((note) => note.includes("stripes")), large.notes.join());
  const inputs = 96 * 32 * 16 * 16 * 4;
  assert(large.arenaBytes - small.arenaBytes < 1.1 * inputs, `${small.arenaBytes} and ${large.arenaBytes} bytes`);
});

Deno.test("device() refuses a number of threads out of range, and threads for a device that has none", async () => {
  await assertRejects(() => device("cpu", { threads: 0 }), RangeError, "threads must be an integer from 1 to 256");
  await assertRejects(() => device("reference", { threads: 2 }), TypeError, "has no threads");
  await assertRejects(() => device("cpu", { treads: 2 } as never), TypeError, 'did you mean "threads"');
});

for (const code of ["wasm", "auto"]) {
  Deno.test(`a script that trained with workers ends by itself (${code})`, async () => {
    const source = `
    import { device, grad, nn, ops, random } from "${new URL("../../../mod.ts", import.meta.url)}";
    await device("cpu", { code: "${code}", threads: 3 });
    const layer = nn.scConv(32), params = layer.init(random.key(0)), x = random.normal(random.key(1), [8, 32, 24, 24]);
    for (let i = 0; i < 20; i++) grad((p) => ops.sum(ops.square(layer.apply(p, x))))(params);
    console.log("trained");`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", "--no-lock", source],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const { success, stdout, stderr } = await child.output();
    clearTimeout(timer);
    assert(success, new TextDecoder().decode(stderr));
    assertEquals(new TextDecoder().decode(stdout).trim(), "trained");
  });
}

interface Workers {
  Worker: new (source: string, options: { eval: boolean }) => object;
}

/** Runs a body with workers that come from elsewhere than `node:worker_threads`. */
async function withWorkers(make: (real: Workers) => unknown, body: () => Promise<void>): Promise<void> {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: string): unknown } };
  const real = process.getBuiltinModule, { warn } = console;
  console.warn = () => {};
  const replaced = make(real.call(process, "node:worker_threads") as Workers);
  process.getBuiltinModule = (name) => name === "node:worker_threads" ? replaced : real.call(process, name);
  try {
    await body();
  } finally {
    process.getBuiltinModule = real;
    console.warn = warn;
    await device("cpu", { threads: 2 });
  }
}

/** Workers in which the operation of Atomics on a word of the control block fails the `nth` time. */
const failing = (operation: string, word: number, nth: number) => (real: Workers): Workers => ({
  Worker: class extends real.Worker {
    constructor(source: string, options: { eval: boolean }) {
      const trap = `{
        const { workerData: { control, thread } } = require("node:worker_threads"), real = Atomics.${operation};
        let count = 0;
        Atomics.${operation} = (words, at, ...rest) => {
          if (thread === 1 && at === control + ${word} && ++count === ${nth}) throw new Error("broken");
          return real.call(Atomics, words, at, ...rest);
        };
      }`;
      super(trap + source, options);
    }
  },
});

/** What goes wrong, the workers with which it does, and the note about it. */
const troubles: Readonly<Record<string, readonly [make: (real: Workers) => unknown, note: string]>> = {
  "a worker does not start": [() => ({
    Worker: class {
      constructor() {
        throw new Error("no more threads");
      }
    },
  }), "a worker did not start: no more threads"],
  "there are no threads": [() => undefined, "this runtime has no threads"],
  "a worker fails where it takes its first slot": [failing("add", 5, 1), "a worker failed"],
  "a worker fails with sums that are half added up": [failing("store", 6, 1), "a worker failed"],
  "a worker fails after some slots": [failing("add", 5, 3), "a worker failed"],
};

for (const [name, [make, note]] of Object.entries(troubles)) {
  Deno.test(`where ${name}, one thread goes on with the same bits, and the device can be set up anew`, async () => {
    const layer = nn.scConv(32);
    const params = layer.init(random.key(0));
    const x = random.normal(random.key(1), [13, 32, 24, 24]);
    const f = (p: typeof params) => grad((q: typeof params) => ops.sum(ops.square(layer.apply(q, x))))(p);
    const step = jit(f);
    await device("cpu", { code: "wasm", threads: 1 });
    const expected = bits(step(params));
    await withWorkers(make, async () => {
      await device("cpu", { threads: 3 });
      for (let turn = 0; turn < 6; turn++) {
        for (let i = 0; i < 6; i++) assertEquals(bits(step(params)), expected);
        await new Promise((resolve) => setTimeout(resolve, 20)); // let workers come up
      }
      const { notes } = explain(f)(params).program;
      assert(notes.some((text) => text.startsWith(`one thread: ${note}`)), notes.join("; "));
    });
    // Workers as they should be.
    for (let turn = 0; turn < 6; turn++) {
      assertEquals(bits(step(params)), expected);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { notes } = explain(f)(params).program;
    assert(!notes.some((text) => text.startsWith("one thread")), notes.join("; "));
    await device("cpu", { code: "auto" });
  });
}
