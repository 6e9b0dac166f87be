/**
 * Failures that are no bugs.
 *
 * @module
 */

/** Something that the user can mend: its message is one line and says all. The program ends with exit code 1. */
export class Failure extends Error {
  override name = "Failure";
}

/** The message of anything thrown, in one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0];

/** Runs `f`; what it throws becomes a failure. */
export async function attempt<T>(f: () => T | Promise<T>, prefix = ""): Promise<T> {
  try {
    return await f();
  } catch (error) {
    throw new Failure(prefix + messageOf(error), { cause: error });
  }
}
