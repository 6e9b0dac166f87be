/**
 * The devices that tests of values run on.
 *
 * @module
 */
import { device, type Device } from "../../mod.ts";

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

/** Every device there is; `reference` is the oracle. webgpu needs an adapter, a software one is enough. */
export const deviceNames: readonly string[] = ["reference", "cpu", ...(withoutWebGpu === undefined ? ["webgpu"] : [])];
