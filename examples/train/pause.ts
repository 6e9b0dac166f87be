/**
 * Giving way to what waits.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** Lets signals, timers and reads have their turn: a loop of compiled steps would keep them waiting to its end. A timer of 0 ms takes 2. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(() => resolve()));
