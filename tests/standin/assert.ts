/**
 * The functions of `@std/assert` that the tests use, for machines that cannot reach JSR.
 * `tests/run.ts` decides which of the two is imported.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** What a failed assertion throws. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

const show = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : Deno.inspect(value, { depth: 8, iterableLimit: 100 });

/** Fails always. */
export function fail(message = "Failed"): never {
  throw new AssertionError(message);
}

/** The value is truthy. */
export function assert(value: unknown, message = "Expected a truthy value"): asserts value {
  if (!value) fail(message);
}

/** The value is falsy. */
export function assertFalse(value: unknown, message = "Expected a falsy value"): void {
  if (value) fail(message);
}

/** The value is neither `null` nor `undefined`. */
export function assertExists<T>(value: T, message = `Expected a value, got ${value}`): asserts value is NonNullable<T> {
  if (value === null || value === undefined) fail(message);
}

/** Whether two values have the same kind and, deeply, the same content; NaN equals NaN. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if ((a.constructor ?? Object) !== (b.constructor ?? Object)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error) return a.message === (b as Error).message;
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    const [x, y] = [a as Float64Array, b as Float64Array];
    return x.length === y.length && x.every((value, i) => equal(value, y[i]));
  }
  if (a instanceof Map || a instanceof Set) {
    const [x, y] = [[...a], [...b as Set<unknown>]];
    return x.length === y.length && x.every((entry) => y.some((other) => equal(entry, other)));
  }
  const keys = (object: object) =>
    Reflect.ownKeys(object).filter((key) => Object.prototype.propertyIsEnumerable.call(object, key));
  const [left, right] = [keys(a), new Set(keys(b))];
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return left.length === right.size &&
    left.every((key) => right.has(key) && equal(Reflect.get(a, key), Reflect.get(b, key)));
}

const suffix = (message?: string) => message ? `: ${message}` : "";

/** The values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) return;
  fail(`Values are not equal${suffix(message)}\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`);
}

/** The values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) fail(`Expected a value other than ${show(expected)}${suffix(message)}`);
}

/** The values are identical (`Object.is`). */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  if (!Object.is(actual, expected)) {
    fail(`Values are not identical${suffix(message)}\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`);
  }
}

/** The values are not identical (`Object.is`). */
export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void {
  if (Object.is(actual, expected)) fail(`Expected a value other than ${show(expected)}${suffix(message)}`);
}

/** The numbers differ by at most `tolerance` (default: 1e-7 of the expected one). */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, message?: string): void {
  if (Object.is(actual, expected)) return;
  const limit = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7);
  if (Math.abs(expected - actual) <= limit) return;
  fail(`Expected ${expected} within ${limit}, got ${actual}${suffix(message)}`);
}

/** The text contains `part`. */
export function assertStringIncludes(actual: string, part: string, message?: string): void {
  if (!actual.includes(part)) fail(`Expected ${show(actual)} to contain ${show(part)}${suffix(message)}`);
}

/** The text matches `pattern`. */
export function assertMatch(actual: string, pattern: RegExp, message?: string): void {
  if (!pattern.test(actual)) fail(`Expected ${show(actual)} to match ${pattern}${suffix(message)}`);
}

/** The text does not match `pattern`. */
export function assertNotMatch(actual: string, pattern: RegExp, message?: string): void {
  if (pattern.test(actual)) fail(`Expected ${show(actual)} not to match ${pattern}${suffix(message)}`);
}

/** The value is an instance of `kind`. */
export function assertInstanceOf<T>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any
  kind: abstract new (...args: any[]) => T,
  message?: string,
): asserts actual is T {
  if (!(actual instanceof kind)) fail(`Expected an instance of ${kind.name}, got ${show(actual)}${suffix(message)}`);
}

/** `actual > limit`. */
export function assertGreater<T>(actual: T, limit: T, message?: string): void {
  if (!(actual > limit)) fail(`Expected ${show(actual)} > ${show(limit)}${suffix(message)}`);
}

/** `actual >= limit`. */
export function assertGreaterOrEqual<T>(actual: T, limit: T, message?: string): void {
  if (!(actual >= limit)) fail(`Expected ${show(actual)} >= ${show(limit)}${suffix(message)}`);
}

/** `actual < limit`. */
export function assertLess<T>(actual: T, limit: T, message?: string): void {
  if (!(actual < limit)) fail(`Expected ${show(actual)} < ${show(limit)}${suffix(message)}`);
}

/** `actual <= limit`. */
export function assertLessOrEqual<T>(actual: T, limit: T, message?: string): void {
  if (!(actual <= limit)) fail(`Expected ${show(actual)} <= ${show(limit)}${suffix(message)}`);
}

function checkError<E extends Error>(error: unknown, kind?: ErrorClass<E>, includes?: string, message?: string): E {
  if (!(error instanceof Error)) fail(`Expected an Error object, got ${show(error)}${suffix(message)}`);
  if (kind && !(error instanceof kind)) {
    fail(`Expected ${kind.name}, got ${error.name} "${error.message}"${suffix(message)}`);
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    fail(`Expected a message containing ${show(includes)}, got ${show(error.message)}${suffix(message)}`);
  }
  return error as E;
}

const nothing = Symbol("nothing thrown");

/** `f` throws, optionally a given kind of error whose message contains a text; returns what it threw. */
export function assertThrows(f: () => unknown, message?: string): unknown;
/** `f` throws a given kind of error whose message contains `includes`; returns the error. */
export function assertThrows<E extends Error>(
  f: () => unknown,
  kind: ErrorClass<E>,
  includes?: string,
  message?: string,
): E;
export function assertThrows<E extends Error>(
  f: () => unknown,
  kind?: ErrorClass<E> | string,
  includes?: string,
  message?: string,
): unknown {
  let error: unknown = nothing;
  try {
    f();
  } catch (caught) {
    error = caught;
  }
  if (error === nothing) fail(`Expected the function to throw${suffix(typeof kind === "string" ? kind : message)}`);
  return typeof kind === "function" ? checkError(error, kind, includes, message) : error;
}

/** The promise rejects, optionally with a given kind of error whose message contains a text; returns the reason. */
export function assertRejects(f: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** The promise rejects with a given kind of error whose message contains `includes`; returns the error. */
export function assertRejects<E extends Error>(
  f: () => PromiseLike<unknown>,
  kind: ErrorClass<E>,
  includes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  f: () => PromiseLike<unknown>,
  kind?: ErrorClass<E> | string,
  includes?: string,
  message?: string,
): Promise<unknown> {
  let error: unknown = nothing;
  let promise: PromiseLike<unknown>;
  try {
    promise = f();
  } catch (caught) {
    fail(`Expected a rejected promise, but the function threw at once: ${caught}`);
  }
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  if (error === nothing) fail(`Expected the promise to reject${suffix(typeof kind === "string" ? kind : message)}`);
  return typeof kind === "function" ? checkError(error, kind, includes, message) : error;
}
