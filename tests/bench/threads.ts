/**
 * The number of threads of the CPU device.
 *
 * @module
 */

import * as cotangent from "../../mod.ts";

/** Asks for so many threads, and tells how many there are. */
export async function useThreads(threads: number): Promise<number> {
  const device = await cotangent.device("cpu");
  return "threads" in device ? threads : 1;
}
