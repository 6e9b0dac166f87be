import * as a from "./assert.ts";
import { assertThrows } from "@std/assert";
import { assertType, type Has, type IsExact } from "./testing/types.ts";

const { AssertionError } = a;

Deno.test("the stand-in of @std/assert accepts what holds", async () => {
  a.assert(1);
  a.assertFalse(0);
  a.assertExists(0);
  a.assertEquals({ a: [1, { b: NaN }], c: new Float32Array([1, NaN]) }, {
    c: new Float32Array([1, NaN]),
    a: [1, { b: NaN }],
  });
  a.assertEquals(new Map([["k", new Set([[1]])]]), new Map([["k", new Set([[1]])]]));
  a.assertEquals(new Date(3), new Date(3));
  a.assertEquals(Object.create(null), {});
  a.assertEquals<number>(0, -0);
  a.assertNotEquals<unknown>([1], [1, 2]);
  a.assertStrictEquals(NaN, NaN);
  a.assertNotStrictEquals({}, {});
  a.assertAlmostEquals(1, 1 + 1e-8);
  a.assertAlmostEquals(1, 1.5, 0.5);
  a.assertAlmostEquals(Infinity, Infinity);
  a.assertStringIncludes("cotangent", "tan");
  a.assertMatch("conv2d", /\dd$/);
  a.assertNotMatch("conv2d", /^\d/);
  a.assertInstanceOf([], Array);
  a.assertGreater(2, 1);
  a.assertGreaterOrEqual(1, 1);
  a.assertLess(1, 2);
  a.assertLessOrEqual(1, 1);
  const error = a.assertThrows(() => JSON.parse("{"), SyntaxError, "JSON");
  a.assertInstanceOf(error, SyntaxError);
  const reason = await a.assertRejects(() => Promise.reject(new RangeError("no")), RangeError, "no");
  a.assertEquals(reason.message, "no");
});

Deno.test("the stand-in of @std/assert refuses what does not hold", async (t) => {
  const wrong: Record<string, () => unknown> = {
    assert: () => a.assert(0),
    assertFalse: () => a.assertFalse(1),
    assertExists: () => a.assertExists(undefined),
    "assertEquals: numbers": () => a.assertEquals(1, 2),
    "assertEquals: a missing key": () => a.assertEquals<unknown>({ a: undefined }, {}),
    "assertEquals: another key": () => a.assertEquals<unknown>({ a: undefined }, { b: undefined }),
    "assertEquals: lengths": () => a.assertEquals([1], [1, 2]),
    "assertEquals: kinds of arrays": () => a.assertEquals<unknown>(new Float32Array(1), new Float64Array(1)),
    "assertEquals: elements": () => a.assertEquals(new Float32Array([1]), new Float32Array([2])),
    "assertEquals: sets": () => a.assertEquals(new Set([1]), new Set([2])),
    "assertEquals: null": () => a.assertEquals<unknown>(null, {}),
    assertNotEquals: () => a.assertNotEquals([1], [1]),
    assertStrictEquals: () => a.assertStrictEquals([], []),
    assertNotStrictEquals: () => a.assertNotStrictEquals(1, 1),
    assertAlmostEquals: () => a.assertAlmostEquals(1, 1 + 1e-6),
    "assertAlmostEquals: NaN": () => a.assertAlmostEquals(NaN, 1, 1e9),
    assertStringIncludes: () => a.assertStringIncludes("cotangent", "x"),
    assertMatch: () => a.assertMatch("conv", /\d/),
    assertNotMatch: () => a.assertNotMatch("conv2d", /\d/),
    assertInstanceOf: () => a.assertInstanceOf({}, Array),
    assertGreater: () => a.assertGreater(1, 1),
    assertGreaterOrEqual: () => a.assertGreaterOrEqual(1, 2),
    assertLess: () => a.assertLess(1, 1),
    assertLessOrEqual: () => a.assertLessOrEqual(2, 1),
    fail: () => a.fail(),
    "assertThrows: nothing": () => a.assertThrows(() => 1),
    "assertThrows: kind": () => a.assertThrows(() => JSON.parse("{"), RangeError),
    "assertThrows: message": () => a.assertThrows(() => JSON.parse("{"), SyntaxError, "conv2d"),
  };
  for (const [name, f] of Object.entries(wrong)) await t.step(name, () => void assertThrows(f, AssertionError));

  const rejects: Record<string, () => Promise<unknown>> = {
    "assertRejects: nothing": () => a.assertRejects(() => Promise.resolve()),
    "assertRejects: kind": () => a.assertRejects(() => Promise.reject(new RangeError("no")), TypeError),
    "assertRejects: message": () => a.assertRejects(() => Promise.reject(new RangeError("no")), RangeError, "yes"),
  };
  for (const [name, f] of Object.entries(rejects)) {
    await t.step(name, async () => {
      const reason = await f().then(() => undefined, (error) => error);
      if (!(reason instanceof AssertionError)) throw new Error(`got ${reason}`);
    });
  }
});

Deno.test("the stand-in of @std/testing/types tells types apart", () => {
  assertType<IsExact<number, number>>(true);
  assertType<IsExact<number, string>>(false);
  // deno-lint-ignore no-explicit-any
  assertType<IsExact<any, string>>(false);
  assertType<IsExact<{ a: 1 }, { a: 1; b?: 2 }>>(false);
  assertType<Has<"a" | "b", "a">>(true);
  assertType<Has<"a", "b">>(false);
});
