import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { tensor, zeros } from "../../core/creation.ts";
import type { Tensor } from "../../core/tensor.ts";
import { decodeSafetensors, encodeSafetensors, loadSafetensors, saveSafetensors } from "../../io/mod.ts";
import { allDeviceNames } from "../support/devices.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import { assertSurvives } from "../support/mutate.ts";

const folder = new URL("../golden/", import.meta.url);

/** The bytes of a file with this header (an object, or a text of its own) and data. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function headerOf(
  bytes: Uint8Array,
): Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
}

const sample = {
  layers: [
    { weight: tensor([[1, -2.5, NaN], [Infinity, -0, 1e-45]]), bias: tensor([0.1, 0.2], { dtype: "float64" }) },
    {},
    null,
    { mask: tensor([true, false, true]), index: tensor(new Int32Array([-(2 ** 31), 2 ** 31 - 1])) },
  ],
  key: tensor(new Uint32Array([0, 4294967295])),
  step: tensor(7, { dtype: "int32" }),
  nothing: zeros([0, 3]),
};

Deno.test("a tree comes back from safetensors as it was", async () => {
  for (const device of allDeviceNames) {
    const bytes = await encodeSafetensors(sample, { metadata: { epoch: "3", note: 'a "ζ"\n' } });
    if (device === "webgpu") {
      assertThrows(() => decodeSafetensors(bytes, { into: sample, device }), TypeError, "no float64");
      const { key, step } = sample;
      const { tensors } = decodeSafetensors(await encodeSafetensors({ key, step }), { into: { key, step }, device });
      assertEquals(await tensors.key.data(), await key.data());
      assertEquals([tensors.step.device, await tensors.step.data()], [device, await step.data()]);
      continue;
    }
    const { tensors, metadata } = decodeSafetensors(bytes, { into: sample, device });
    assertEquals(metadata, { epoch: "3", note: 'a "ζ"\n' });
    assertEquals(tensors.layers.length, 4);
    assertEquals(tensors.layers[2], null);
    const compare = async (a: Tensor, b: Tensor): Promise<void> => {
      assertEquals(a.dtype, b.dtype);
      assertEquals(a.shape, b.shape);
      assertEquals(await a.data(), await b.data());
    };
    const [first, , , last] = tensors.layers;
    await compare(first!.weight!, sample.layers[0]!.weight!);
    await compare(first!.bias!, sample.layers[0]!.bias!);
    await compare(last!.mask!, sample.layers[3]!.mask!);
    await compare(last!.index!, sample.layers[3]!.index!);
    await compare(tensors.key, sample.key);
    await compare(tensors.step, sample.step);
    await compare(tensors.nothing, sample.nothing);
    assertEquals(tensors.key.device, device);
  }
});

Deno.test("encodeSafetensors() lays wide numbers first, so that all are aligned", async () => {
  const header = headerOf(await encodeSafetensors(sample));
  assertEquals(header["layers.0.bias"].data_offsets, [0, 16]);
  assertEquals(header["layers.3.mask"].dtype, "BOOL");
  for (const { dtype, data_offsets: [start] } of Object.values(header)) {
    assertEquals(start % (dtype === "F64" ? 8 : dtype === "BOOL" ? 1 : 4), 0);
  }
});

Deno.test("decodeSafetensors() reads misaligned files", async () => {
  const bytes = await encodeSafetensors({ a: tensor([1, 2]), b: tensor([3], { dtype: "float64" }) });
  const shifted = new Uint8Array(bytes.length + 3).subarray(3);
  shifted.set(bytes);
  const { tensors } = decodeSafetensors(shifted);
  assertEquals(await tensors.a.toArray(), [1, 2]);
  assertEquals(await tensors.b.toArray(), [3]);
});

Deno.test("an empty tree is a file without tensors", async () => {
  assertEquals(decodeSafetensors(await encodeSafetensors({})).tensors, {});
  assertEquals(decodeSafetensors(file("{}")).tensors, {});
});

Deno.test("loadSafetensors() reads what the Python library wrote", async () => {
  const { cases } = loadGolden<{
    cases: { file: string; metadata: Record<string, string>; tensors?: Record<string, GoldenArray> }[];
  }>("files");
  const { metadata, tensors } = cases.find((c) => c.file === "python.safetensors")!;
  const read = await loadSafetensors(new URL("python.safetensors", folder));
  assertEquals(read.metadata, metadata);
  assertEquals(Object.keys(read.tensors).sort(), Object.keys(tensors!).sort());
  for (const [name, { shape, dtype, data }] of Object.entries(tensors!)) {
    const t = read.tensors[name];
    assertEquals([t.dtype, [...t.shape]], [dtype, shape], name);
    const expected = dtype === "float32" ? Array.from(data, Math.fround) : Array.from(data);
    assertEquals(Array.from(await t.data()), expected, name);
  }
});

Deno.test("decodeSafetensors() converts the dtypes that we have not", async () => {
  const bytes = Deno.readFileSync(new URL("python-other-dtypes.safetensors", folder));
  assertThrows(
    () => decodeSafetensors(bytes),
    RangeError,
    '"i64": element 1 is -1099511627776, which does not fit int32',
  );
  // With a number that fits in its place, the rest can be seen.
  const { data_offsets: [at] } = headerOf(bytes)["i64"];
  const data = bytes.length - Math.max(...Object.values(headerOf(bytes)).map((e) => e.data_offsets?.[1] ?? 0));
  new DataView(bytes.buffer).setBigInt64(data + at + 8, -3n, true);
  const { tensors } = decodeSafetensors(bytes);
  assertEquals(await tensors.i64.toArray(), [1, -3]);
  assertEquals(tensors.i64.dtype, "int32");
  assertEquals(await tensors.u8.toArray(), [0, 255]);
  assertEquals(tensors.u8.dtype, "uint32");
  assertEquals(await tensors.f16.toArray(), [0.0999755859375, 65504, -2.5]);
  assertEquals(await tensors.bf16.toArray(), [0.10009765625, Math.fround(3.00405527047391e+38), -2.5]);
});

Deno.test("16-bit floats are read exactly, specials too", async () => {
  const read = async (dtype: string, words: number[]) => {
    const data = new Uint8Array(Uint16Array.from(words).buffer);
    const header = { x: { dtype, shape: [words.length], data_offsets: [0, data.length] } };
    return await decodeSafetensors(file(header, data)).tensors.x.toArray();
  };
  const halves = [0x0000, 0x8000, 0x3C00, 0xC000, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x7E00];
  const expected = [0, -0, 1, -2, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, Infinity, -Infinity, NaN];
  assertEquals(await read("F16", halves), expected);
  assertEquals(await read("BF16", [0x3F80, 0xC040, 0x7F80, 0x7FC0, 0x8000]), [1, -3, Infinity, NaN, -0]);
});

Deno.test("narrow and wide integers are read exactly or refused", async () => {
  const read = (dtype: string, data: Uint8Array) => {
    const size = data.length / Number(/\d+/.exec(dtype)![0]) * 8;
    return decodeSafetensors(file({ x: { dtype, shape: [size], data_offsets: [0, data.length] } }, data)).tensors.x;
  };
  const wide = (...values: bigint[]) => new Uint8Array(BigInt64Array.from(values).buffer);
  assertEquals(await read("I8", Uint8Array.of(127, 128)).toArray(), [127, -128]);
  assertEquals(await read("U16", Uint8Array.of(255, 255)).toArray(), [65535]);
  assertEquals(await read("I16", Uint8Array.of(255, 255, 0, 128)).toArray(), [-1, -32768]);
  assertEquals(await read("I64", wide(-1n, 2n ** 31n - 1n, -(2n ** 31n))).toArray(), [-1, 2 ** 31 - 1, -(2 ** 31)]);
  assertEquals(await read("U64", wide(2n ** 32n - 1n)).toArray(), [2 ** 32 - 1]);
  for (const value of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 62n]) {
    assertThrows(() => read("I64", wide(0n, value)), RangeError, `element 1 is ${value}`);
  }
  assertThrows(
    () => read("U64", wide(-1n)),
    RangeError,
    "element 0 is 18446744073709551615, which does not fit uint32",
  );
});

Deno.test("decodeSafetensors() with a tree lists everything that does not fit, at once", async () => {
  const bytes = await encodeSafetensors({ a: tensor([1, 2]), b: { c: tensor(1) }, d: tensor([true]) });
  const into = { a: zeros([3]), b: { e: zeros([]) }, d: zeros([1]) };
  const error = assertThrows(() => decodeSafetensors(bytes, { into }), TypeError);
  for (
    const part of [
      'missing: "b.e"',
      'not in the tree: "b.c"',
      '"a" has shape [2] instead of [3]',
      '"d" is bool instead of float32',
    ]
  ) assert(error.message.includes(part), error.message);
  // A tree of shapes does as well.
  const { tensors } = decodeSafetensors(await encodeSafetensors({ a: tensor([1, 2]) }), {
    into: { a: { shape: [2], dtype: "float32" as const } },
  });
  assertEquals(tensors.a.shape, [2]);
});

Deno.test("encodeSafetensors() refuses trees that a file cannot hold", async (t) => {
  const x = zeros([1]);
  const own = Object.defineProperty({}, "__proto__", { value: x, enumerable: true });
  const wrong: [string, unknown, object, string][] = [
    ["a bare tensor", x, {}, "a single tensor has no name"],
    ["equal names", { a: { b: x }, "a.b": x }, {}, '"a.b" is the path of two leaves'],
    ["the reserved name", { __metadata__: x }, {}, "is reserved"],
    ["a prototype", own, {}, "__proto__"],
    ["another leaf", { a: [1] }, {}, "a.0"],
    ["half a character", { "\ud800": x }, {}, "not allowed"],
    ["metadata of numbers", { x }, { metadata: { epoch: 3 } }, '"epoch" is 3'],
    ["an unknown option", { x }, { metdata: {} }, 'did you mean "metadata"?'],
  ];
  for (const [name, tree, options, text] of wrong) {
    await t.step(name, async () => void await assertRejects(() => encodeSafetensors(tree, options), TypeError, text));
  }
});

Deno.test("decodeSafetensors() refuses hostile files, saying what is wrong", async (t) => {
  const ok = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const eight = new Uint8Array(8);
  const length = (n: bigint, rest = "{}") => {
    const bytes = file(rest);
    new DataView(bytes.buffer).setBigUint64(0, n, true);
    return bytes;
  };
  const wrong: [string, Uint8Array, new (message: string) => Error, string][] = [
    ["no bytes", new Uint8Array(), RangeError, "0 bytes are too few"],
    ["seven bytes", new Uint8Array(7), RangeError, "7 bytes are too few"],
    ["no header", new Uint8Array(8), TypeError, "no valid JSON"],
    ["a header beyond the end", length(3n), RangeError, "claims 3 bytes, but the file has 10 bytes"],
    ["a gigantic header", length(2n ** 64n - 1n), RangeError, "claims 18446744073709551615 bytes"],
    ["a truncated header", length(1n), TypeError, "no valid JSON"],
    ["no JSON", file("{x}"), TypeError, "no valid JSON"],
    ["no UTF-8", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0x28), TypeError, "UTF-8"],
    ["an array", file("[]"), TypeError, "no JSON object"],
    ["a text", file('"{}"'), TypeError, "no JSON object"],
    ["a deep array", file("[".repeat(100000)), TypeError, "no valid JSON"],
    ["metadata of numbers", file({ __metadata__: { a: 1 } }), TypeError, '"a" are no text'],
    ["metadata of null", file({ __metadata__: null }), TypeError, "__metadata__ is no object"],
    ["a name twice", file('{"a":{},"a":{}}'), TypeError, '"a" is given twice'],
    ["a name twice, escaped", file('{"a":{},"\\u0061"  \n :{}}'), TypeError, '"a" is given twice'],
    ["a field twice", file('{"a":{"dtype":"F32","dtype":"F64"}}'), TypeError, '"dtype" is given twice'],
    ["a prototype", file('{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}'), TypeError, "__proto__"],
    ["a prototype, nested", file('{"a.__proto__.b":{}}'), TypeError, "__proto__"],
    ["an entry of null", file({ a: null }), TypeError, '"a": the entry is no object'],
    ["no dtype", file({ a: { ...ok, dtype: undefined } }, eight), TypeError, '"a": unknown dtype undefined'],
    ["an unknown dtype", file({ a: { ...ok, dtype: "F8_E4M3" } }, eight), TypeError, 'unknown dtype "F8_E4M3"'],
    ["a dtype of Object", file({ a: { ...ok, dtype: "constructor" } }, eight), TypeError, "unknown dtype"],
    ["a shape that is no list", file({ a: { ...ok, shape: 2 } }, eight), TypeError, "the shape is no list"],
    ["a negative size", file({ a: { ...ok, shape: [-2] } }, eight), TypeError, "-2, not a non-negative integer"],
    ["a fractional size", file({ a: { ...ok, shape: [0.5] } }, eight), TypeError, "0.5"],
    ["a size of a text", file({ a: { ...ok, shape: ["2"] } }, eight), TypeError, '"2"'],
    ["a product that overflows", file({ a: { ...ok, shape: [2 ** 32, 2 ** 32] } }, eight), RangeError, "more than"],
    [
      "an overflow hidden by 0",
      file({ a: { ...ok, shape: [0, 2 ** 40], data_offsets: [0, 0] } }),
      RangeError,
      "more than",
    ],
    ["a thousand axes", file({ a: { ...ok, shape: new Array(1000).fill(1) } }, eight), RangeError, "1000 axes"],
    ["no offsets", file({ a: { ...ok, data_offsets: undefined } }, eight), TypeError, "two non-negative integers"],
    ["three offsets", file({ a: { ...ok, data_offsets: [0, 8, 9] } }, eight), TypeError, "two non-negative integers"],
    ["a negative offset", file({ a: { ...ok, data_offsets: [-8, 0] } }, eight), TypeError, "two non-negative integers"],
    ["reversed offsets", file({ a: { ...ok, data_offsets: [8, 0] } }, eight), RangeError, "8 to 0"],
    [
      "an offset beyond the end",
      file({ a: { ...ok, data_offsets: [8, 16] } }, eight),
      RangeError,
      "there are 8 bytes of data",
    ],
    [
      "a huge offset",
      file({ a: { ...ok, data_offsets: [0, 2 ** 52] } }, eight),
      RangeError,
      "there are 8 bytes of data",
    ],
    ["too few bytes for the shape", file({ a: { ...ok, shape: [3] } }, eight), RangeError, "needs 12 bytes"],
    ["too many bytes for the shape", file({ a: { ...ok, shape: [1] } }, eight), RangeError, "needs 4 bytes"],
    ["overlap", file({ a: ok, b: ok }, eight), RangeError, '"b" at 0 overlaps "a", which ends at 8'],
    [
      "partial overlap",
      file({ a: ok, b: { ...ok, data_offsets: [4, 12] } }, new Uint8Array(12)),
      RangeError,
      '"b" at 4 overlaps "a"',
    ],
    ["a hole", file({ a: { ...ok, data_offsets: [8, 16] } }, new Uint8Array(16)), RangeError, "the bytes 0 to 8"],
    ["bytes left over", file({ a: ok }, new Uint8Array(9)), RangeError, "the entries end at 8, but there are 9"],
    ["a boolean of 2", file({ a: { dtype: "BOOL", shape: [2], data_offsets: [0, 2] } }, [1, 2]), RangeError, "is 2"],
  ];
  for (const [name, bytes, kind, text] of wrong) {
    await t.step(name, () => {
      const error = assertThrows(() => decodeSafetensors(bytes), kind, text);
      assert(error.message.startsWith("decodeSafetensors: "), error.message);
      assert(error.message.length < 500, error.message);
    });
  }
  await t.step("no bytes at all", () => {
    // deno-lint-ignore no-explicit-any
    assertThrows(() => decodeSafetensors("{}" as any), TypeError, "must be a Uint8Array");
  });
  assertEquals(({} as Record<string, unknown>).dtype, undefined);
});

Deno.test("decodeSafetensors() survives damaged files", async () => {
  assertSurvives(
    await encodeSafetensors(sample, { metadata: { a: "b" } }),
    500,
    "decodeSafetensors: ",
    decodeSafetensors,
  );
});

Deno.test("saveSafetensors() and loadSafetensors() name the file in errors", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/model.safetensors`;
    await saveSafetensors(path, sample, { metadata: { a: "b" } });
    assertEquals((await loadSafetensors(path, { into: sample })).metadata, { a: "b" });
    await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 100));
    await assertRejects(() => loadSafetensors(path), RangeError, `loadSafetensors: ${path}: the header claims`);
    await assertRejects(() => saveSafetensors(path, { a: 1 }), TypeError, "saveSafetensors: ");
    assertEquals((await Deno.readFile(path)).length, 100); // nothing was written
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
