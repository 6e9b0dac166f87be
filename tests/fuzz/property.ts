/**
 * Random programs put to the test; a failing one is made smaller, and shown as TypeScript.
 *
 * @module
 */
import { printed } from "./print.ts";
import { programOf, pruned, type Recipe, recipes } from "./generate.ts";
import type { Meaning, Program } from "./program.ts";
import { Subject, type Way } from "./ways.ts";
import { AssertionError } from "@std/assert";
import fc from "fast-check";

/** How a program failed. */
export class Disagreement extends Error {
  constructor(
    readonly way: string,
    readonly program: Program,
    readonly seed: number,
    override readonly cause: unknown,
  ) {
    const why = cause instanceof AssertionError ? cause.message : cause instanceof Error ? cause.stack : String(cause);
    super(`${way}: ${why}\n\n${printed(program)}`);
  }
}

/** Puts a program to the test on some ways. */
export async function examine(
  program: Program,
  seed: number,
  ways: readonly Way[],
  meaning?: Meaning,
): Promise<void> {
  const subject = new Subject(program, seed, meaning);
  for (const way of ways) {
    try {
      if (way.fits(subject)) await way.check(subject);
    } catch (error) {
      throw new Disagreement(way.name, program, seed, error);
    }
  }
}

/** A case: a program, and a number by which its ways are chosen. */
export interface Case {
  readonly recipe: Recipe;
  readonly seed: number;
}

/** What to try. */
export interface Run {
  readonly seed: number;
  readonly programs: number;
  /** The ways of a case. */
  readonly ways: (seed: number) => readonly Way[];
  /** Sees each program before it is made smaller. */
  readonly seen?: (program: Program) => void;
  readonly maxLength?: number;
  /** How many lines have bodies, by weight. */
  readonly nested?: number;
  /** Other than the public functions to plant a mistake. */
  readonly meaning?: Meaning;
}

/** How many smaller programs are tried. */
const patience = 250;

/** Tries programs; gives the first that fails, made smaller. */
export async function tryPrograms({ seed, programs, ways, seen, maxLength, nested, meaning }: Run): Promise<unknown> {
  let tries = 0, last: unknown;
  const property = fc.asyncProperty(
    fc.record({ recipe: recipes(maxLength, nested), seed: fc.noShrink(fc.nat(0xffff)) }) as fc.Arbitrary<Case>,
    async ({ recipe, seed }) => {
      if (last !== undefined && tries++ > patience) return; // small enough
      try {
        const program = programOf(recipe);
        if (last === undefined) seen?.(program);
        await examine(program, seed, ways(seed), meaning);
      } catch (error) {
        throw last = error;
      }
    },
  );
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns: programs });
  if (!failed) return undefined;
  if (!(last instanceof Disagreement)) return last ?? errorInstance;
  // One output where one is enough.
  const { program, seed: chosen } = last;
  for (const output of program.outputs) {
    try {
      await examine(pruned(program, [output]), chosen, ways(chosen), meaning);
    } catch (error) {
      return error;
    }
  }
  return last;
}
