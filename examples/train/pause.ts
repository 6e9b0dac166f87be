/**
 * Giving way to what waits.
 *
 * @module
 */

/** Lets signals, timers and reads have their turn: a loop of compiled steps would keep them waiting to its end. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
