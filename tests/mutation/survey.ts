/**
 * Which mutants of which rules die.
 *
 * @module
 */
import { checkRule } from "../derivatives/rules.ts";
import { killedBy, mutantsOf, primitives, type RuleName } from "./mutants.ts";

const held = "the 1 stands in for a base whose logarithm is not taken: what comes of it is selected away";
const origin = "the 1 stands in for a square of 0, and what is divided by it is 0";

/** Changes that change no result, and why. */
export const equivalents: Readonly<Record<string, string>> = Object.fromEntries(
  ["jvp", "vjp"].flatMap((rule) =>
    ["sign", "factor"].flatMap((change) => [
      [`pow, ${rule}: literal 3: ${change}`, held],
      [`pow, ${rule}: literal 6: ${change}`, held],
      [`atan2, ${rule}: literal 2: ${change}`, origin],
    ])
  ),
);

/** What became of a mutant. */
export interface Fate {
  readonly name: string;
  readonly rule: RuleName;
  readonly change: string;
  /** The message of the check that failed; undefined where none did. */
  readonly death: string | undefined;
  /** Why nothing can fail. */
  readonly equivalent: string | undefined;
}

/** The fate of every mutant of some primitives, of all without names. */
export function* survey(names: readonly string[] = []): Generator<Fate> {
  const known = primitives();
  for (const name of names) if (!known.has(name)) throw new RangeError(`mutate: no primitive ${name}`);
  for (const [name, primitive] of known) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const rule of ["jvp", "vjp", "batch"] as const) {
      const check = () => checkRule(name, rule);
      // What only the last order makes, nobody reads: changes are looked for one order below.
      for (const mutant of mutantsOf(primitive, rule, () => checkRule(name, rule, false))) {
        const equivalent = equivalents[`${name}, ${rule}: ${mutant.change}`];
        yield {
          name,
          rule,
          change: mutant.change,
          death: equivalent ? undefined : killedBy(mutant, check),
          equivalent,
        };
      }
    }
  }
}
