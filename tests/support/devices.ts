/**
 * The devices that tests of values run on.
 *
 * @module
 */
import { type Device, device } from "../../mod.ts";

// `COTANGENT_THREADS=8` runs them with so many threads of the cpu device, and leaves out the others.
const threads = Number(Deno.env.get("COTANGENT_THREADS") ?? 0);
if (threads > 0) await device("cpu", { threads });

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
export const deviceNames = ["reference", "cpu"] as const;

/** Every device there is: webgpu too where there is an adapter, a software one is enough. It has no float64 and is read with `await`. */
export const allDeviceNames: readonly string[] = [...deviceNames, ...(withoutWebGpu === undefined ? ["webgpu"] : [])];
