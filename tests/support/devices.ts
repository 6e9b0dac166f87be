/**
 * The devices that tests of values run on.
 *
 * @module
 */
import { type Device, device } from "../../mod.ts";

/** The webgpu device, or why there is none. */
async function openWebGpu(): Promise<Device | Error> {
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
export const deviceNames: readonly string[] = ["reference", "cpu"];

/** Every device there is: webgpu too where there is an adapter, a software one is enough. It has no float64 and is read with `await`. */
export const allDeviceNames: readonly string[] = [...deviceNames, ...(withoutWebGpu === undefined ? ["webgpu"] : [])];
