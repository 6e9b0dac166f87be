/** The devices there are, and which one is the default. Nothing starts before it is used. */
import { checkOptions, describe, naming, nearest } from "./errors.ts";
import type { Backend, Device, DeviceOptions } from "./backends/backend.ts";
import { CpuBackend } from "./backends/cpu/mod.ts";
import { ReferenceBackend } from "./backends/reference/mod.ts";

export type { Backend, Device, DeviceOptions };

/** Starts a device, and tells it what to call when it is closed. */
export type Maker = (onClose: (backend: Backend) => void) => Backend;

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["cpu", (onClose) => new CpuBackend(onClose)],
  ["reference", (onClose) => new ReferenceBackend(onClose)],
]);

/** Devices that are found by their name but not listed: other set-ups of the same device, for tests. */
export const unlisted = new Map<string, Maker>();

/** Devices that take time to open: found by name once they are. Their code is loaded then. */
const openers: ReadonlyMap<string, (onClose: (backend: Backend) => void) => Promise<Backend>> = new Map([
  [
    "webgpu",
    async (onClose: (backend: Backend) => void) =>
      await (await import("./backends/webgpu/mod.ts")).WebGpuBackend.open(onClose),
  ],
]);

const opening = new Map<string, Promise<Backend>>();
const running = new Map<string, Backend>();
let preferred: Backend | undefined;

function forget(backend: Backend): void {
  if (running.get(backend.name) === backend) running.delete(backend.name);
  if (preferred === backend) preferred = undefined;
}

function isBackend(device: Device): device is Backend {
  return typeof device === "object" && device !== null && "compile" in device;
}

/** The backend of that name or handle, started if need be. */
export function findBackend(device: string | Device): Backend {
  if (typeof device !== "string") {
    if (isBackend(device)) return device;
    throw new TypeError(`device: needs a name (${devices().join(", ")}) or a device, got ${describe(device)}`);
  }
  let backend = running.get(device);
  if (!backend) {
    const maker = makers.get(device) ?? unlisted.get(device);
    if (openers.has(device)) {
      throw new TypeError(`device: ${device} is not open; await device(${JSON.stringify(device)}) first`);
    }
    if (!maker) {
      const guess = nearest(device, devices());
      const hint = guess ? `did you mean ${JSON.stringify(guess)}?` : `there are ${devices().join(", ")}`;
      throw new TypeError(`device: unknown device ${JSON.stringify(device)}; ${hint}`);
    }
    running.set(device, backend = maker(forget));
  }
  return backend;
}

/** The backend that an option `device` of an operation asks for: none is the default one. */
export function backendOf(operation: string, device: string | Device | undefined): Backend {
  return device === undefined ? defaultBackend() : naming(operation, () => findBackend(device));
}

/** Opens a device that takes time, once. */
function open(name: string): Promise<Backend> {
  const known = running.get(name);
  if (known) return Promise.resolve(known);
  let promise = opening.get(name);
  if (!promise) {
    promise = openers.get(name)!(forget).then((backend) => {
      running.set(name, backend);
      return backend;
    }).finally(() => opening.delete(name));
    opening.set(name, promise);
  }
  return promise;
}

/**
 * The device of that name, ready for use: `"cpu"`, `"webgpu"` or `"reference"`. There is one of each: `await device("cpu", { threads: 1 })`
 * sets up the cpu device anew, and after a webgpu device was lost or closed, `await device("webgpu")` opens another one.
 *
 * The cpu device runs machine code where it can be had without asking: on Linux on x86-64, in Deno, with `--allow-ffi`. Elsewhere it runs
 * WebAssembly, with the same bits in every result. `description` of the device tells which, and why. The code that writes machine code
 * is loaded on first use: `await device("cpu")` waits for it, and so does whoever awaits a value; what a program computes before that
 * runs as WebAssembly. A mistake of ours in machine code could end the whole process, which one in WebAssembly cannot: `{ code: "wasm" }`
 * or `--deny-ffi` turn machine code off, and `{ code: "native" }` insists on it. All of these use the processor's fused multiply-add,
 * which not every machine has; `{ code: "portable" }` is WebAssembly without it: the same bits of float32 on every machine.
 *
 * @throws TypeError for a name that is none, with the nearest one, and for options that the device does not have; RangeError for a number
 * of threads out of 1..256; Error for `code: "native"` where that cannot be had,
 * and where there is no WebGPU adapter, saying what was looked for and how to get one
 *
 * @example
 * ```ts
 * import { device, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const reference = await device("reference");
 * assertEquals(tensor([1, 2], { device: reference }).device, "reference");
 *
 * const cpu = await device("cpu", { code: "wasm", threads: 2 });
 * assertEquals(cpu.description, "WebAssembly, 2 threads");
 * await device("cpu", { code: "auto" });
 * ```
 */
export async function device(name: string, options: DeviceOptions = {}): Promise<Device> {
  checkOptions("device", options, ["threads", "code", "vectors"]);
  const { threads, code, vectors } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 256)) {
    throw new RangeError(`device: threads must be an integer from 1 to 256, got ${describe(threads)}`);
  }
  if (code !== undefined && !["auto", "wasm", "native", "portable"].includes(code)) {
    throw new TypeError(`device: code must be "auto", "wasm", "native" or "portable", got ${describe(code)}`);
  }
  if (vectors !== undefined && vectors !== 256 && vectors !== 512) {
    throw new RangeError(`device: vectors must be 256 or 512, got ${describe(vectors)}`);
  }
  if (typeof name === "string" && openers.has(name)) {
    if (threads !== undefined) throw new TypeError(`device: ${name} has no threads to set`);
    if ((code ?? vectors) !== undefined) throw new TypeError(`device: ${name} has no code to choose`);
    return open(name);
  }
  const found = findBackend(name);
  if (threads !== undefined && !found.configure) throw new TypeError(`device: ${found.name} has no threads to set`);
  if ((code ?? vectors) !== undefined && !found.configure) {
    throw new TypeError(`device: ${found.name} has no code to choose`);
  }
  await found.configure?.(options);
  return found;
}

/**
 * Makes a device the one on which tensors are made when none is given.
 *
 * @throws TypeError for a name that is none, with the nearest one
 *
 * @example
 * ```ts
 * import { setDefaultDevice, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * setDefaultDevice("reference");
 * assertEquals(tensor([1]).device, "reference");
 * setDefaultDevice("cpu");
 * ```
 */
export function setDefaultDevice(device: Device | string): void {
  preferred = naming("setDefaultDevice", () => findBackend(device));
}

/** The default device: `cpu` unless set otherwise. */
export function defaultBackend(): Backend {
  return preferred ??= findBackend("cpu");
}

/**
 * The names of the devices that can be asked for: `webgpu` where the runtime has it, though there may be no adapter. The
 * `description` of a device says what it computes with.
 *
 * @example
 * ```ts
 * import { devices } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(devices().slice(0, 2), ["cpu", "reference"]);
 * ```
 */
export function devices(): string[] {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  return [...makers.keys(), ...(navigator?.gpu ? [...openers.keys()] : [])];
}
