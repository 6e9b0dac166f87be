/** What is promised of bits: the same for every number of threads, every kind of code, every run, and for a run that was interrupted. */
import {
  type Device,
  device,
  io,
  jit,
  nn,
  ops,
  optim,
  random,
  setDefaultDevice,
  type Tensor,
  tree,
  valueAndGrad,
} from "../../mod.ts";
import { hasRelaxedMadd } from "../../core/backends/cpu/wasm/features.ts";
import { unlisted } from "../../core/devices.ts";
import { CpuBackend } from "../../core/backends/cpu/mod.ts";
import type { DeviceOptions } from "../../core/backends/backend.ts";
import { nativeFeatures } from "../support/native.ts";
import { assertEquals } from "@std/assert";

const model = nn.sequential(
  nn.conv2d(1, 8, { kernelSize: 3, padding: 1 }),
  nn.groupNorm(8, { groups: 2 }),
  nn.relu(),
  nn.scConv(8),
  nn.maxPool2d(2),
  nn.dropout(0.2),
  nn.flatten(),
  nn.linear(8 * 6 * 6, 10),
);
const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.adam({ learningRate: 0.01 }));

type Run = { params: unknown; state: unknown; rest: unknown };

/** Some steps of training on random images; everything random comes of one seed. */
function train(run: Run, from: number, to: number): Run {
  // deno-lint-ignore no-explicit-any
  const step = jit((params: any, state: any, rest: any, key: Tensor) => {
    const [images, labels, noise] = random.split(key, 3);
    const x = random.normal(images, [16, 1, 12, 12]), y = random.randint(labels, [16], 0, 10);
    // deno-lint-ignore no-explicit-any
    const loss = (p: any): readonly [Tensor, unknown] => {
      const [logits, after] = model.apply(p, rest, x, { key: noise, train: true });
      return [ops.mean(ops.softmaxCrossEntropy(logits, y)), after];
    };
    const [[, after], grads] = valueAndGrad(loss, { hasAux: true })(params);
    const [updates, next] = optimizer.update(grads, state, params);
    return [optim.applyUpdates(params, updates), next, after];
  });
  let { params, state, rest } = run;
  for (let i = from; i < to; i++) [params, state, rest] = step(params, state, rest, random.foldIn(random.key(7), i));
  return { params, state, rest };
}

function start(): Run {
  const [params, rest] = model.init(random.key(1));
  return { params, state: optimizer.init(params), rest };
}

/** The SHA-256 of all bits of a run's parameters and states. */
async function hashOf(run: Run): Promise<string> {
  const parts: Uint8Array[] = [];
  for (const t of tree.leaves(run) as Tensor[]) parts.push(new Uint8Array((await t.data()).buffer as ArrayBuffer));
  const all = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", all)), (b) => b.toString(16).padStart(2, "0"))
    .join("");
}

// A change of the compiler may change the order of sums, and with it both hashes, but never one set-up alone. Then store the new ones.

/** The hash of 20 steps without fused multiply-adds: on every machine. */
const portable = "96972323463f96ee24337d3326715338aa7b5290f6623d47d498a7ef74bd0553";
/** The hash of 20 steps where multiply-adds are fused, in WebAssembly and in machine code. */
const fused = "0f2ecf909dcbadaef75f07c3757e2ebbbd69f98a7d4db45c4ad168a0b4c2cd30";

const setUps: Record<string, DeviceOptions> = {
  "WebAssembly": { code: "wasm" },
  ...nativeFeatures().length > 0 && { "machine code of 256 bits": { code: "native", vectors: 256 } },
  ...nativeFeatures().some(({ wide }) => wide) && { "machine code of 512 bits": { code: "native", vectors: 512 } },
};

/** Runs `body` on a device of its own. */
async function on<T>(options: DeviceOptions, body: () => Promise<T>): Promise<T> {
  unlisted.set("reproducible", (onClose) => new CpuBackend(onClose, "reproducible", options));
  const d: Device = await device("reproducible");
  setDefaultDevice(d);
  try {
    return await body();
  } finally {
    d.close();
    setDefaultDevice("cpu");
  }
}

for (const threads of [1, 2, 8]) {
  Deno.test(`20 steps of training give the stored bits without fused multiply-adds, on ${threads} threads`, async () => {
    assertEquals(await on({ code: "portable", threads }, () => hashOf(train(start(), 0, 20))), portable);
  });

  for (const [name, options] of Object.entries(setUps)) {
    Deno.test({
      name: `20 steps of training give the stored bits in ${name}, on ${threads} threads`,
      ignore: !hasRelaxedMadd || nativeFeatures().length === 0, // no fused multiply-add to rely on
      fn: async () => {
        assertEquals(await on({ ...options, threads }, () => hashOf(train(start(), 0, 20))), fused);
      },
    });
  }
}

Deno.test("a run that was stored and resumed has the bits of one that was not interrupted", async () => {
  await on({ code: "auto" }, async () => {
    const whole = await hashOf(train(start(), 0, 20));
    const half = train(start(), 0, 11);
    const [leaves, structure] = [tree.leaves(half) as Tensor[], tree.structure(half)];
    const bytes = await io.encodeSafetensors(Object.fromEntries(leaves.map((t, i) => [String(i), t])));
    const loaded = io.decodeSafetensors(bytes);
    const read = Object.fromEntries(Object.entries("tensors" in loaded ? loaded.tensors as object : loaded));
    const resumed = tree.unflatten(structure, leaves.map((_, i) => read[String(i)])) as Run;
    assertEquals(await hashOf(train(resumed, 11, 20)), whole);
  });
});

Deno.test("on one device two runs from one seed have the same bits, and another seed has others", async () => {
  await on({}, async () => {
    const first = await hashOf(train(start(), 0, 3));
    assertEquals(await hashOf(train(start(), 0, 3)), first);
    assertEquals(await hashOf(train(start(), 1, 4)) === first, false);
  });
});
