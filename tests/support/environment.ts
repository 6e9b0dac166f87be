/**
 * What a person says to the tests by variables of the environment. The core of the tests runs without any permission too: nothing is said
 * then.
 *
 * @module
 */

/** The variable's text; nothing where it is not set, or may not be read. */
export function environment(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

/** The variable as a number; 0 where it is not set. */
export const environmentNumber = (variable: string): number => Number(environment(variable) ?? 0);
