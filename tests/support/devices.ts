/**
 * The devices that tests of values run on.
 *
 * @module
 */

/** Every device that needs nothing but the runtime; `reference` is the oracle. */
export const deviceNames = ["reference", "cpu"] as const;
