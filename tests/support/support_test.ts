import { assertEquals, AssertionError, assertThrows } from "@std/assert";
import { assertClose } from "./close.ts";
import { decodeGolden } from "./golden.ts";

Deno.test("assertClose() accepts what is within the tolerance", () => {
  assertClose(1, 1 + 9e-7);
  assertClose([1, [2, NaN]], [1, [2, NaN]]);
  assertClose(new Float32Array([0.1, Infinity]), [0.1, Infinity], { rtol: 1e-7 });
  assertClose([100], [101], { rtol: 0.01 });
  assertClose([1e-9], [0]);
  assertClose([-0, 1], [0, 1], { rtol: 0, atol: 0 });
  assertClose([], new Float64Array(0));
});

Deno.test("assertClose() names the worst place, both values and the number of differences", () => {
  const f = () => assertClose([[1, 2], [3, 4.5]], [[1, 2.1], [3, 4]], { rtol: 0.01, message: "conv2d" });
  assertThrows(f, AssertionError, "conv2d: 2 of 4 numbers differ; worst: expected 4 at [1, 1], got 4.5");
});

Deno.test("assertClose() refuses what differs", async (t) => {
  const pairs: Record<string, [Parameters<typeof assertClose>[0], Parameters<typeof assertClose>[1]]> = {
    "numbers": [1, 1.1],
    "NaN for a number": [NaN, 1],
    "a number for NaN": [1, NaN],
    "the other infinity": [-Infinity, Infinity],
    "a number for an infinity": [1e308, Infinity],
    "an infinity for a number": [Infinity, 1],
    "lengths": [[1], [1, 2]],
    "nesting": [[[1, 2]], [1, 2]],
    "a number for an array": [1, [1]],
  };
  for (const [name, [a, b]] of Object.entries(pairs)) {
    await t.step(name, () => void assertThrows(() => assertClose(a, b), AssertionError));
  }
});

Deno.test("decodeGolden() decodes arrays at any depth and leaves the rest", () => {
  const x = { shape: [2, 2], dtype: "float32", data: [1, "NaN", "Infinity", "-Infinity"] };
  const y = { shape: [], dtype: "bool", data: true };
  assertEquals(decodeGolden({ options: { stride: [1, 2] }, cases: [{ x, y }] }), {
    options: { stride: [1, 2] },
    cases: [{
      x: { shape: [2, 2], dtype: "float32", data: new Float64Array([1, NaN, Infinity, -Infinity]) },
      y: { shape: [], dtype: "bool", data: new Float64Array([1]) },
    }],
  });
});

Deno.test("decodeGolden() names what is wrong", () => {
  const of = (shape: number[], data: unknown[]) => () => decodeGolden({ x: { shape, dtype: "float32", data } });
  assertThrows(of([3], [1, 2]), RangeError, "$.x has shape [3] but 2 values instead of 3");
  assertThrows(of([1], ["nan"]), TypeError, '$.x.data[0] holds "nan"');
});
