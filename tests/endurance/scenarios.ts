/**
 * Long runs whose memory must stay flat.
 *
 * @module
 */
import { type Device, device, jit, nn, ops, optim, random, type Tensor, tensor, valueAndGrad } from "../../mod.ts";

/** One look at the memory of the process. */
export interface Sample {
  /** Steps done. */
  readonly step: number;
  /** Megabytes of the process, and of them the heap of JavaScript. */
  readonly rss: number;
  readonly heap: number;
}

/** Hears the steps done; samples from time to time, after a turn of the event loop. */
export type Tick = (step: number) => Promise<void>;

/** A run of so many steps. */
export interface Scenario {
  /** What a step is. */
  readonly unit: string;
  readonly steps: number;
  /** How much the memory may grow from a tenth of the steps on, in MB. */
  readonly limit: number;
  run(steps: number, tick: Tick): Promise<void>;
}

/** Training a small network of convolutions with Adam: a batch of its own for each step. */
function training(name: "cpu" | "webgpu"): Scenario["run"] {
  return async (steps, tick) => {
    const where = await device(name);
    const model = nn.sequential(
      nn.conv2d(1, 8, { kernelSize: 3, padding: 1 }),
      nn.groupNorm(8, { groups: 2 }),
      nn.relu(),
      nn.maxPool2d(2),
      nn.flatten(),
      nn.linear(8 * 4 * 4, 10),
    );
    const optimizer = optim.adam({ learningRate: 1e-3 });
    const initial = model.init(random.key(0)); // on the cpu, and zeros of the optimiser too
    let params = on(initial, where);
    let state = on(optimizer.init(initial), where);
    const loss = (p: typeof params, x: Tensor, y: Tensor) => ops.mean(ops.softmaxCrossEntropy(model.apply(p, x), y));
    const step = jit((p: typeof params, s: typeof state, x: Tensor, y: Tensor) => {
      const [value, grads] = valueAndGrad(loss)(p, x, y);
      const [updates, next] = optimizer.update(grads, s, p);
      return [optim.applyUpdates(p, updates), next, value] as const;
    }, { donate: [0, 1] });
    for (let i = 0; i < steps; i++) {
      const images = Float32Array.from({ length: 8 * 64 }, (_, k) => Math.sin(k * (i + 1)));
      const x = tensor(images, { shape: [8, 1, 8, 8], device: where });
      const y = tensor(Int32Array.from({ length: 8 }, (_, k) => (k + i) % 10), { device: where });
      const [p, s, value] = step(params, state, x, y);
      [params, state] = [p, s];
      if (i % 10 === 0 && !Number.isFinite(await value.item())) throw new Error(`the loss of step ${i} is no number`);
      await tick(i + 1);
    }
  };
}

/** Tensors of a tree on a device; trees hold small arrays only here. */
function on<T>(tree: T, where: Device): T {
  if (Array.isArray(tree)) return tree.map((t) => on(t, where)) as T;
  if (typeof tree !== "object" || tree === null) return tree;
  if ("dtype" in tree) {
    const t = tree as unknown as Tensor;
    return tensor(t.dataSync(), { shape: t.shape, dtype: t.dtype, device: where }) as T;
  }
  return Object.fromEntries(Object.entries(tree).map(([key, t]) => [key, on(t, where)])) as T;
}

/** One function called with another shape each time. */
function shapes(name: "cpu" | "webgpu"): Scenario["run"] {
  return async (steps, tick) => {
    const where = await device(name);
    const f = jit((x: Tensor) => ops.sum(ops.mul(ops.tanh(x), ops.softmax(x))));
    for (let i = 0; i < steps; i++) {
      const x = tensor(new Float32Array(i + 3).fill(1), { device: where });
      const wanted = Math.tanh(1), got = await f(x).item();
      if (Math.abs(got - wanted) > 1e-5) throw new Error(`shape [${i + 3}] gives ${got}, not ${wanted}`);
      await tick(i + 1);
    }
  };
}

/** A device opened, used and closed. */
function opened(name: "cpu" | "webgpu", code?: "wasm" | "native"): Scenario["run"] {
  return async (steps, tick) => {
    const f = jit((x: Tensor) => ops.sum(ops.exp(x)));
    for (let i = 0; i < steps; i++) {
      const d = await device(name, code ? { code } : {});
      await f(tensor([0, 0, 0], { device: d })).item();
      d.close();
      await tick(i + 1);
    }
  };
}

/** Operations at once, without a turn of the event loop between them, until the device says that there must be one. */
async function eager(steps: number, tick: Tick): Promise<void> {
  const where = await device("webgpu");
  let x = tensor(new Float32Array(1024).fill(1), { device: where });
  x = ops.mul(ops.add(x, 1), 0.5);
  await x.data();
  await tick(0);
  for (let i = 0; i < steps; i++) {
    try {
      x = ops.mul(ops.add(x, 1), 0.5);
    } catch (e) {
      if (!(e instanceof RangeError) || !/await a result now and then/.test(e.message)) throw e;
      await collected();
      i--;
    }
  }
  if (await ops.max(x).item() !== 1) throw new Error("(1 + 1) / 2 is 1");
  await collected();
  await tick(steps);
}

/** A turn of the event loop in which the collector works. */
async function collected(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** All of them, by name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "training on cpu": { unit: "steps", steps: 10_000, limit: 50, run: training("cpu") },
  "training on webgpu": { unit: "steps", steps: 10_000, limit: 100, run: training("webgpu") },
  "shapes on cpu": { unit: "shapes", steps: 2000, limit: 150, run: shapes("cpu") },
  "shapes on webgpu": { unit: "shapes", steps: 2000, limit: 150, run: shapes("webgpu") },
  "devices of WebAssembly": { unit: "devices", steps: 1000, limit: 50, run: opened("cpu", "wasm") },
  "devices of the default code": { unit: "devices", steps: 1000, limit: 50, run: opened("cpu") },
  "devices of webgpu": { unit: "devices", steps: 1000, limit: 100, run: opened("webgpu") },
  "operations at once on webgpu": { unit: "pairs of operations", steps: 50_000, limit: 250, run: eager },
};

/** Runs a scenario and looks at the memory about a hundred times. */
export async function observe({ run }: Scenario, steps: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const every = Math.max(1, Math.floor(steps / 100));
  const look = (step: number): void => {
    (globalThis as { gc?: () => void }).gc?.();
    const { rss, heapUsed } = Deno.memoryUsage();
    samples.push({ step, rss: rss / 1e6, heap: heapUsed / 1e6 });
  };
  await run(steps, async (step) => {
    if (step % every !== 0 && step !== steps) return;
    await new Promise((resolve) => setTimeout(resolve));
    look(step);
  });
  return samples;
}

/** By how many MB the process grew from a tenth of the steps to its end; the least of the last few looks counts. */
export function growthOf(samples: readonly Sample[]): number {
  const start = samples[Math.floor(samples.length / 10)];
  const last = samples.slice(-Math.max(1, Math.ceil(samples.length / 20)));
  return Math.min(...last.map(({ rss }) => rss)) - start.rss;
}
