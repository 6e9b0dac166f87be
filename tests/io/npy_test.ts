import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { tensor, zeros } from "../../core/creation.ts";
import { decodeNpy, encodeNpy, loadNpy, saveNpy } from "../../io/mod.ts";
import { allDeviceNames } from "../support/devices.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import { assertSurvives } from "../support/mutate.ts";

const folder = new URL("../golden/", import.meta.url);

/** The bytes of an `.npy` file with this header and data. */
function file(header: string, data: ArrayLike<number> = [], version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const start = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(start + text.length + data.length);
  bytes.set([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  bytes.set(text, start);
  bytes.set(data, start + text.length);
  return bytes;
}

const header = (descr: string, shape: string, order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer);

const samples = [
  tensor([[1, -2.5, NaN], [Infinity, -0, 1e-45]]),
  tensor([0.1, 1e300], { dtype: "float64" }),
  tensor(new Int32Array([-(2 ** 31), 2 ** 31 - 1])),
  tensor(new Uint32Array([4294967295])),
  tensor([[[true]], [[false]]]),
  tensor(3),
  zeros([0, 2]),
];

Deno.test("a tensor comes back from npy as it was", async () => {
  for (const device of allDeviceNames) {
    for (const t of samples) {
      if (device === "webgpu" && t.dtype === "float64") {
        const bytes = await encodeNpy(t);
        assertThrows(() => decodeNpy(bytes, { device }), TypeError, "no float64");
        continue;
      }
      const back = decodeNpy(await encodeNpy(t), { device });
      assertEquals([back.dtype, back.device, [...back.shape]], [t.dtype, device, [...t.shape]]);
      assertEquals(await back.data(), await t.data());
    }
  }
});

Deno.test("encodeNpy() writes what NumPy writes, byte for byte", async () => {
  for (const name of ["float32", "float64", "int32", "uint32", "bool", "scalar", "empty"]) {
    const path = new URL(`npy/${name}.npy`, folder);
    assertEquals(await encodeNpy(await loadNpy(path)), await Deno.readFile(path), name);
  }
});

Deno.test("loadNpy() reads what NumPy wrote", async () => {
  const { cases } = loadGolden<{ cases: { file: string; tensors: Record<string, GoldenArray> }[] }>("files");
  const files = cases.filter(({ file, tensors }) => file.endsWith(".npy") && tensors);
  assert(files.length >= 8);
  for (const { file, tensors: { value } } of files) {
    const t = await loadNpy(new URL(file, folder));
    assertEquals([t.dtype, [...t.shape]], [value.dtype, value.shape], file);
    assertEquals(Array.from(await t.data()), Array.from(value.data), file);
  }
  await assertRejects(
    () => loadNpy(new URL("npy/int64.npy", folder)),
    RangeError,
    "int64.npy: element 1 is 1099511627776, which does not fit int32",
  );
});

Deno.test("decodeNpy() reads versions 1 to 3, both byte orders and both element orders", async () => {
  const values = Float32Array.of(0, 1, 2, 3, 4, 5);
  for (const version of [1, 2, 3]) {
    assertEquals(await decodeNpy(file(header("<f4", "(2, 3)"), bytesOf(values), version)).toArray(), [[0, 1, 2], [
      3,
      4,
      5,
    ]]);
  }
  assertEquals(await decodeNpy(file(header("<f4", "(2, 3)", "True"), bytesOf(values))).toArray(), [[0, 2, 4], [
    1,
    3,
    5,
  ]]);
  const three = Float64Array.from({ length: 24 }, (_, i) => i);
  const read = await decodeNpy(file(header("<f8", "(2,3,4)", "True"), bytesOf(three))).data();
  assertEquals(Array.from(read.subarray(0, 6)), [0, 6, 12, 18, 2, 8]);
  assertEquals(await decodeNpy(file(header(">u2", "(2,)"), [1, 2, 255, 255])).toArray(), [258, 65535]);
  const big = new Uint8Array(8);
  new DataView(big.buffer).setBigInt64(0, -5n);
  assertEquals(await decodeNpy(file(header(">i8", "()"), big)).toArray(), -5);
  assertEquals(await decodeNpy(file(header("<f2", "(2,)"), [0, 0x3C, 0, 0xC0])).toArray(), [1, -2]);
});

Deno.test("decodeNpy() reads headers as Python writes them", async () => {
  const one = bytesOf(Float32Array.of(7));
  for (
    const text of [
      `{"descr": "<f4", "fortran_order": False, "shape": (1,)}`,
      `{'shape': (1L,), 'fortran_order': False, 'descr': '<f4'}`,
      `  {'shape':(1,),'fortran_order':False,'descr':'=f4',}   \n`,
    ]
  ) assertEquals(await decodeNpy(file(text, one)).toArray(), [7]);
});

Deno.test("decodeNpy() refuses hostile files, saying what is wrong", async (t) => {
  const eight = new Uint8Array(8);
  const damaged = (bytes: Uint8Array, at: number, ...values: number[]) => {
    bytes.set(values, at);
    return bytes;
  };
  const ok = () => file(header("<f4", "(2,)"), eight);
  const wrong: [string, Uint8Array, new (message: string) => Error, string][] = [
    ["no bytes", new Uint8Array(), TypeError, "no .npy file"],
    ["another file", new TextEncoder().encode("PK\x03\x04 and so on"), TypeError, "no .npy file"],
    ["the magic alone", ok().slice(0, 8), RangeError, "8 bytes are too few"],
    ["another version", damaged(ok(), 6, 4), TypeError, "version 4.0"],
    ["version 0", damaged(ok(), 6, 0), TypeError, "version 0.0"],
    ["a header beyond the end", damaged(ok(), 8, 255, 255), RangeError, "claims 65535 bytes"],
    [
      "a gigantic header",
      damaged(file(header("<f4", "(2,)"), eight, 2), 8, 255, 255, 255, 255),
      RangeError,
      "claims 4294967295",
    ],
    ["no dictionary", file("[1, 2]"), TypeError, "no Python dictionary"],
    ["an empty dictionary", file("{}"), TypeError, "it gives nothing"],
    ["no shape", file("{'descr': '<f4', 'fortran_order': False}"), TypeError, "it gives descr,fortran_order"],
    ["one more entry", file("{'descr':'<f4','fortran_order':False,'shape':(),'x':()}"), TypeError, "must give descr"],
    ["an entry twice", file("{'descr':'<f4','descr':'<f8','shape':()}"), TypeError, '"descr" twice'],
    ["a call", file("{'descr': open('x'), 'shape': ()}"), TypeError, "cannot be read at"],
    [
      "a structured dtype",
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}"),
      TypeError,
      "structured",
    ],
    ["Python objects", file(header("|O", "(1,)"), eight), TypeError, "would be code"],
    ["complex numbers", file(header("<c8", "(1,)"), eight), TypeError, "unsupported dtype '<c8'"],
    ["texts", file(header("<U2", "(1,)"), eight), TypeError, "unsupported dtype '<U2'"],
    ["brain floats", file(header("<bf2", "(1,)"), eight), TypeError, "unsupported dtype"],
    ["a dtype of Object", file(header("|toString", "(1,)"), eight), TypeError, "unsupported dtype"],
    ["an order of 1", file("{'descr':'<f4','fortran_order':'1','shape':()}"), TypeError, "not True or False"],
    ["a shape of a number", file(header("<f4", "2"), eight), TypeError, "cannot be read"],
    ["a shape in brackets only", file(header("<f4", "(2)"), eight), TypeError, "no tuple"],
    ["a negative size", file(header("<f4", "(-2,)"), eight), TypeError, "cannot be read"],
    ["a huge size", file(header("<f4", "(99999999999999999999,)"), eight), TypeError, "not a non-negative integer"],
    ["a product that overflows", file(header("<f4", "(4294967296, 4294967296)"), eight), RangeError, "more than"],
    ["too little data", file(header("<f4", "(3,)"), eight), RangeError, "needs 12 bytes, but there are 8"],
    ["too much data", file(header("<f4", "(1,)"), eight), RangeError, "needs 4 bytes, but there are 8"],
    ["a boolean of 7", file(header("|b1", "(1,)"), [7]), RangeError, "is 7, neither 0 nor 1"],
    ["many spaces", file(`{${" ".repeat(60000)}'descr'}`), TypeError, "cannot be read"],
  ];
  for (const [name, bytes, kind, text] of wrong) {
    await t.step(name, () => {
      const error = assertThrows(() => decodeNpy(bytes), kind, text);
      assert(error.message.startsWith("decodeNpy: "), error.message);
      assert(error.message.length < 400, error.message);
    });
  }
});

Deno.test("decodeNpy() survives damaged files", async () => {
  for (const sample of samples.slice(0, 5)) assertSurvives(await encodeNpy(sample), 100, "decodeNpy: ", decodeNpy);
});

Deno.test("saveNpy() refuses what is no tensor", async () => {
  // deno-lint-ignore no-explicit-any
  await assertRejects(() => saveNpy("x.npy", [1] as any), TypeError, "saveNpy: needs a tensor, got an array of 1");
});
