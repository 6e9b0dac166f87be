import { assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import { arange, eye, full, linspace, ones, tensor, zeros } from "../../core/creation.ts";
import type { DType } from "../../core/dtype.ts";
import { allDeviceNames } from "../support/devices.ts";

// deno-lint-ignore no-explicit-any
const any = (value: unknown): any => value;

for (const device of allDeviceNames) {
  const hasDouble = device !== "webgpu";
  Deno.test(`tensor() takes numbers, nested arrays and typed arrays (${device})`, async (t) => {
    const cases: [string, Parameters<typeof tensor>, DType, number[], unknown][] = [
      ["a number", [3.5], "float32", [], 3.5],
      ["a boolean", [true], "bool", [], true],
      ["a list", [[1, 2, 3]], "float32", [3], [1, 2, 3]],
      ["a matrix", [[[1, 2], [3, 4]]], "float32", [2, 2], [[1, 2], [3, 4]]],
      ["booleans", [[[true], [false]]], "bool", [2, 1], [[true], [false]]],
      ["booleans among numbers", [[true, 2]], "float32", [2], [1, 2]],
      ["nothing", [[]], "float32", [0], []],
      ["rows of nothing", [[[], []]], "float32", [2, 0], [[], []]],
      ["Float32Array", [Float32Array.of(0.5)], "float32", [1], [0.5]],
      ["Float64Array", [Float64Array.of(0.1)], "float64", [1], [0.1]],
      ["Int32Array", [Int32Array.of(-1)], "int32", [1], [-1]],
      ["Uint32Array", [Uint32Array.of(4294967295)], "uint32", [1], [4294967295]],
      ["Uint8Array", [Uint8Array.of(0, 1)], "bool", [2], [false, true]],
      ["Uint8Array of bytes", [Uint8Array.of(7, 255), { dtype: "float32" }], "float32", [2], [7, 255]],
      ["Int16Array", [Int16Array.of(-7), { dtype: "int32" }], "int32", [1], [-7]],
      ["a shape", [[1, 2, 3, 4], { shape: [2, 2] }], "float32", [2, 2], [[1, 2], [3, 4]]],
      ["a scalar's shape", [[7], { shape: [] }], "float32", [], 7],
      ["a dtype", [[1.9, -1.9], { dtype: "int32" }], "int32", [2], [1, -1]],
      ["to bool", [[0, 2, -1, NaN], { dtype: "bool" }], "bool", [4], [false, true, true, true]],
      ["bytes to bool", [Uint8Array.of(0, 9), { dtype: "bool" }], "bool", [2], [false, true]],
      ["to float32", [0.1, { dtype: "float32" }], "float32", [], Math.fround(0.1)],
      ["to float64", [0.1, { dtype: "float64" }], "float64", [], 0.1],
      ["specials", [[NaN, Infinity, -0]], "float32", [3], [NaN, Infinity, -0]],
    ];
    for (const [name, [data, options], dtype, shape, expected] of cases) {
      if (dtype === "float64" && !hasDouble) {
        assertThrows(() => tensor(data, { ...options, device }), TypeError, "no float64");
        continue;
      }
      await t.step(name, async () => {
        const x = tensor(data, { ...options, device });
        assertEquals([x.dtype, x.device, [...x.shape], x.ndim], [dtype, device, shape, shape.length]);
        assertEquals(await x.toArray(), any(expected));
      });
    }
  });

  Deno.test(`zeros(), ones(), full() and eye() fill (${device})`, async () => {
    assertEquals(await zeros([2, 1], { device }).toArray(), [[0], [0]]);
    assertEquals(await ones([2], { device, dtype: "int32" }).toArray(), [1, 1]);
    assertEquals(await ones([2], { device, dtype: "bool" }).toArray(), [true, true]);
    assertEquals(await full([2], 0.1, { device }).toArray(), [Math.fround(0.1), Math.fround(0.1)]);
    if (hasDouble) assertEquals(await full([1], 0.1, { device, dtype: "float64" }).toArray(), [0.1]);
    assertEquals(await full([], true, { device }).toArray(), true);
    assertEquals(Object.is((await full([1], -0, { device }).data())[0], -0), true);
    assertEquals(zeros([3, 0], { device }).size, 0);
    assertEquals(await eye(2, 2, { device }).toArray(), [[1, 0], [0, 1]]);
    assertEquals(await eye(2, 3, { device, dtype: "bool" }).toArray(), [[true, false, false], [false, true, false]]);
    assertEquals(eye(0, 0, { device }).shape, [0, 0]);
    for (const x of [zeros([1], { device }), full([1], 2, { device }), eye(1, 1, { device })]) {
      assertEquals(x.device, device);
    }
  });

  Deno.test(`arange() and linspace() count (${device})`, async () => {
    const values = async (...args: unknown[]) => {
      const x = any(arange)(...args);
      assertEquals(x.device, device);
      return [x.dtype, await x.toArray()];
    };
    assertEquals(await values(3, { device }), ["int32", [0, 1, 2]]);
    assertEquals(await values(2, 5, { device }), ["int32", [2, 3, 4]]);
    assertEquals(await values(5, 2, { device, step: -2 }), ["int32", [5, 3]]);
    assertEquals(await values(0, 1, { device, step: 0.25 }), ["float32", [0, 0.25, 0.5, 0.75]]);
    assertEquals(await values(1.5, { device }), ["float32", [0, 1]]);
    assertEquals(await values(-3, { device }), ["int32", []]);
    assertEquals(await values(0, { device }), ["int32", []]);
    if (hasDouble) assertEquals(await values(3, { device, dtype: "float64" }), ["float64", [0, 1, 2]]);
    assertEquals(await linspace(0, 1, 5, { device }).toArray(), [0, 0.25, 0.5, 0.75, 1]);
    assertEquals(await linspace(3, 3, 1, { device }).toArray(), [3]);
    assertEquals(await linspace(1, -1, 3, { device }).toArray(), [1, 0, -1]);
    assertEquals(linspace(0, 1).size, 50);
    assertEquals(linspace(0, 1, 0).size, 0);
    const last = await linspace(0, 0.7, 8, { dtype: hasDouble ? "float64" : "float32", device }).data();
    assertEquals(last[7], hasDouble ? 0.7 : Math.fround(0.7)); // the end is exact
  });
}

Deno.test("tensor() copies the data", async () => {
  const data = new Float32Array([1, 2]);
  const x = tensor(data);
  data[0] = 9;
  assertEquals(await x.toArray(), [1, 2]);
  const out = await x.data();
  out[1] = 9;
  assertEquals(await x.toArray(), [1, 2]);
  assertNotStrictEquals(await x.data(), out);
});

Deno.test("a shape given and changed later does not change the tensor", () => {
  const shape = [2, 3];
  const x = zeros(shape);
  shape[0] = 7;
  assertEquals(x.shape, [2, 3]);
  assertThrows(() => any(x.shape).push(1), TypeError);
});

Deno.test("constructors refuse what they cannot make, saying what to do", async (t) => {
  const ragged = "ragged array";
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const wrong: [string, () => unknown, new (message: string) => Error, string][] = [
    ["ragged rows", () => tensor([[1, 2], [3]]), TypeError, ragged],
    ["a row too deep", () => tensor([1, any([2])]), TypeError, ragged],
    ["a row too shallow", () => tensor([[1], any(2)]), TypeError, ragged],
    ["a text", () => tensor(any("3")), TypeError, "tensor: the data holds"],
    ["a text inside", () => tensor(any([1, "2"])), TypeError, '"2"'],
    ["null", () => tensor(any(null)), TypeError, "null"],
    ["nothing", () => tensor(any(undefined)), TypeError, "undefined"],
    ["an object", () => tensor(any({ length: 1 })), TypeError, "an object"],
    ["a tensor", () => tensor(tensor(1)), TypeError, "ops.cast"],
    ["tensors", () => tensor(any([tensor(1)])), TypeError, "ops.stack"],
    ["a bigint", () => tensor(any(1n)), TypeError, "tensor: "],
    ["BigInt64Array", () => tensor(any(new BigInt64Array(1)), { dtype: "int32" }), TypeError, "tensor: "],
    ["BigInt64Array, empty", () => tensor(any(new BigInt64Array(0)), { dtype: "int32" }), TypeError, "tensor: "],
    [
      "a number too large",
      () => tensor([1, 3e9], { dtype: "int32" }),
      RangeError,
      "tensor: 3000000000 does not fit int32",
    ],
    ["a negative one", () => tensor([-1], { dtype: "uint32" }), RangeError, "tensor: -1 does not fit uint32"],
    ["NaN as an integer", () => full([1], NaN, { dtype: "int32" }), RangeError, "full: NaN does not fit int32"],
    ["an array that contains itself", () => tensor(any(cycle)), TypeError, "does it contain itself"],
    ["DataView", () => tensor(any(new DataView(new ArrayBuffer(1)))), TypeError, "tensor: "],
    ["Int8Array without a dtype", () => tensor(any(new Int8Array(1))), TypeError, "pass { dtype }"],
    ["bytes that are no booleans", () => tensor(Uint8Array.of(0, 7)), RangeError, "pass { dtype }"],
    [
      "a shape that does not hold it",
      () => tensor([1, 2, 3], { shape: [2, 2] }),
      RangeError,
      "has 4 elements, the data has 3",
    ],
    ["a dtype that is none", () => tensor(1, { dtype: any("float") }), TypeError, 'did you mean "float32"?'],
    ["a dtype in capitals", () => zeros([1], { dtype: any("Int32") }), TypeError, 'did you mean "int32"?'],
    ["a dtype of numbers", () => zeros([1], { dtype: any(32) }), TypeError, "unknown dtype 32"],
    ["a wrong option", () => zeros([1], any({ dtypes: "int32" })), TypeError, 'did you mean "dtype"?'],
    ["options that are none", () => zeros([1], any("int32")), TypeError, "options must be an object"],
    ["an unknown device", () => zeros([1], { device: "cpus" }), TypeError, 'did you mean "cpu"?'],
    ["a device of a number", () => zeros([1], { device: any(1) }), TypeError, "device"],
    ["a shape of a number", () => zeros(any(3)), TypeError, "zeros: shape must be an array of sizes, got 3"],
    ["a shape of texts", () => ones(any(["3"])), TypeError, '"3"'],
    ["a negative size", () => zeros([2, -1]), RangeError, "-1, not a non-negative integer"],
    ["a fractional size", () => zeros([1.5]), RangeError, "1.5"],
    ["NaN", () => zeros([NaN]), RangeError, "NaN"],
    ["a shape too large", () => zeros([2 ** 16, 2 ** 16]), RangeError, "more than 2147483647 elements"],
    ["a shape too large beside 0", () => zeros([0, 2 ** 40]), RangeError, "more than"],
    ["full of a text", () => full([1], any("1")), TypeError, "full: the value must be a number"],
    ["a step of 0", () => arange(1, 2, { step: 0 }), RangeError, "step must not be 0"],
    ["an endless range", () => arange(Infinity), RangeError, "finite"],
    ["a range of texts", () => arange(any("3")), TypeError, "must be numbers"],
    ["a range too long", () => arange(1e10), RangeError, "more than"],
    ["a count that is none", () => linspace(0, 1, -1), RangeError, "-1"],
    ["ends that are none", () => linspace(any("0"), 1), TypeError, "linspace: the ends must be numbers"],
    ["a negative matrix", () => eye(-1), RangeError, "-1"],
    ["a fractional matrix", () => eye(1.5), RangeError, "1.5"],
  ];
  for (const [name, make, kind, text] of wrong) await t.step(name, () => void assertThrows(make, kind, text));
});

Deno.test("tensor() takes deeply nested and large arrays", async () => {
  assertEquals(tensor([[[[[[1]]]]]]).shape, [1, 1, 1, 1, 1, 1]);
  const big = Array.from({ length: 300 }, (_, i) => Array.from({ length: 400 }, (_, j) => i + j));
  const x = tensor(big);
  assertEquals(x.shape, [300, 400]);
  assertEquals((await x.data())[401], 2);
});
