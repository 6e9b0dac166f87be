/**
 * The types of `@std/testing/types` that the tests use, for machines that cannot reach JSR.
 *
 * @module
 */

/** Checked by the compiler: `assertType<IsExact<A, B>>(true)`. */
export function assertType<T extends boolean>(_expected: T): void {}

/** `true` if the two types are the same type. */
export type IsExact<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** `true` if a value of type `A` may stand where `B` is wanted. */
export type Has<A, B> = IsExact<Extract<A, B>, never> extends true ? false : true;
