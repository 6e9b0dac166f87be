/**
 * The devices that tests of values run on.
 *
 * @module
 */

import { device } from "../../mod.ts";

/** Every device that needs nothing but the runtime; `reference` is the oracle. */
export const deviceNames = ["reference", "cpu"] as const;

// `COTANGENT_THREADS=8` runs them with so many threads of the cpu device.
const threads = Number(Deno.env.get("COTANGENT_THREADS") ?? 0);
if (threads > 0) await device("cpu", { threads });
