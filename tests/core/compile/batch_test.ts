/** The axes that run in parallel, from which the batch is found. */
import { assertEquals } from "@std/assert";
import { reshapePrimitive } from "../../../core/primitives/algebra.ts";
import { aval, type Shape } from "../../../core/shape.ts";

const parallel = (from: Shape, to: Shape) =>
  reshapePrimitive.axes([aval(from, "float32")], [aval(to, "float32")], { shape: to }).parallel;

Deno.test("a reshape keeps the axes that have equal extents and equally many elements behind them, and no others", () => {
  assertEquals(parallel([8, 6], [8, 2, 3]), [[0, 0, 0]]);
  assertEquals(parallel([6], [2, 3]), []);
  assertEquals(parallel([4, 3, 2], [4, 6]), [[0, 0, 0]]);
  assertEquals(parallel([4, 1, 3], [4, 3, 1]), [[1, 0, 2], [0, 0, 0]]);
  assertEquals(parallel([2, 3], [3, 2]), []);
});
