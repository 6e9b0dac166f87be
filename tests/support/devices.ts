/**
 * The devices that tests of values run on.
 *
 * @module
 */
import { type Device, device } from "../../mod.ts";
import type { Backend } from "../../core/backends/backend.ts";
import { PoisonedBackend } from "./poisoned.ts";
import { CpuBackend, type Made } from "../../core/backends/cpu/mod.ts";
import { loadNative } from "../../core/backends/cpu/native.ts";
import { passes } from "../../core/compile/pipeline.ts";
import type { DeviceOptions } from "../../core/devices.ts";
import { unlisted } from "../../core/devices.ts";
import type { Graph } from "../../core/graph.ts";
import { environmentNumber } from "./environment.ts";
import { nativeFeatures } from "./native.ts";

await loadNative();

// `COTANGENT_THREADS=8` runs them with so many threads of the cpu device, and leaves out the others.
const threads = environmentNumber("COTANGENT_THREADS");
if (threads > 0) await device("cpu", { threads });

/** The set-ups of the cpu device besides its default, which is the widest machine code that there is. */
const setUps: Readonly<Record<string, DeviceOptions>> = {
  ...nativeFeatures().length > 0 && { "cpu in WebAssembly": { code: "wasm" } },
  ...nativeFeatures().length > 1 && { "cpu with 256 bits": { code: "native", vectors: 256 } },
};

for (const [name, options] of Object.entries(setUps)) {
  unlisted.set(name, (onClose) => new CpuBackend(onClose, name, { ...options, ...threads > 0 && { threads } }));
}

/** A device whose programs are made without one of the passes that only make programs faster. */
class WithoutPass extends CpuBackend {
  constructor(onClose: (backend: Backend) => void, name: string, private readonly pass: keyof typeof passes) {
    super(onClose, name);
  }

  protected override compileNow(graph: Graph): Made {
    passes[this.pass] = false;
    try {
      return super.compileNow(graph);
    } finally {
      passes[this.pass] = true;
    }
  }
}

/** The cpu device without fusion, and without stripes. */
export const plainNames: readonly string[] = ["cpu without fusion", "cpu without stripes"];

for (const name of plainNames) {
  unlisted.set(name, (onClose) => new WithoutPass(onClose, name, name.endsWith("fusion") ? "fuse" : "stripe"));
}

/** Machine code in which each buffer stands by itself, ends where nobody may read or write, and holds rubbish at first. */
const guardedNative: readonly string[] = nativeFeatures().map(({ wide }) => `cpu guarded, ${wide ? 512 : 256} bits`);

/** The same for WebAssembly: the arena holds rubbish before each run, and behind what a program asked for, it must still hold it. */
const poisoned = "cpu poisoned";
unlisted.set(poisoned, (onClose) => new PoisonedBackend(onClose, poisoned));

/** Devices on which a read of what was never written, or a write outside of a program's buffers, shows. */
export const guardedNames: readonly string[] = [...guardedNative, poisoned];

nativeFeatures().forEach(({ wide }, i) => {
  const name = guardedNative[i];
  unlisted.set(name, (onClose) => new CpuBackend(onClose, name, { code: "native", vectors: wide ? 512 : 256 }, true));
});

/** The webgpu device, or why there is none. */
async function openWebGpu(): Promise<Device | Error> {
  if (threads > 0) return new Error("COTANGENT_THREADS is about the cpu");
  try {
    return await device("webgpu");
  } catch (e) {
    return e as Error;
  }
}

const opened = await openWebGpu();

/** Why tests on webgpu are left out, if they are. */
export const withoutWebGpu: string | undefined = opened instanceof Error ? opened.message : undefined;

/** The devices that have every dtype and can be read at once; `reference` is the oracle. */
export const deviceNames: readonly string[] = ["reference", "cpu", ...Object.keys(setUps)];

/** Every device there is: webgpu too where there is an adapter, a software one is enough. It has no float64 and is read with `await`. */
export const allDeviceNames: readonly string[] = [...deviceNames, ...(withoutWebGpu === undefined ? ["webgpu"] : [])];
