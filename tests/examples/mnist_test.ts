import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseIdx } from "../../examples/data/idx.ts";
import { loadMnist } from "../../examples/data/mnist.ts";

/** The bytes of an IDX file. */
function idx(shape: number[], data: ArrayLike<number>, kind = 0x08): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, kind, shape.length]);
  shape.forEach((length, axis) => view.setUint32(4 + 4 * axis, length));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

const range = (length: number) => Array.from({ length }, (_, i) => i % 256);

/** The four files of a tiny data set: 3 training and 2 test images of 2 × 4 pixels. */
function tinyFiles(): Record<string, Uint8Array<ArrayBuffer>> {
  return {
    "train-images-idx3-ubyte": idx([3, 2, 4], range(24)),
    "train-labels-idx1-ubyte": idx([3], [7, 0, 9]),
    "t10k-images-idx3-ubyte": idx([2, 2, 4], range(16)),
    "t10k-labels-idx1-ubyte": idx([2], [1, 2]),
  };
}

async function inFolder(files: Record<string, Uint8Array>, f: (folder: string) => Promise<unknown>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, bytes);
    await f(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const gzip = (bytes: Uint8Array<ArrayBuffer>) =>
  new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();

Deno.test("parseIdx() reads shape and numbers without a copy", () => {
  const bytes = idx([2, 1, 3], [1, 2, 3, 4, 5, 255]);
  const { shape, data } = parseIdx(bytes, 3, "f");
  assertEquals(shape, [2, 1, 3]);
  assertEquals(data, new Uint8Array([1, 2, 3, 4, 5, 255]));
  assert(data.buffer === bytes.buffer);
});

Deno.test("parseIdx() reads a file in the middle of a buffer", () => {
  const whole = new Uint8Array(40);
  whole.set(idx([3], [7, 8, 9]), 5);
  assertEquals(parseIdx(whole.subarray(5, 16), 1, "f"), { shape: [3], data: new Uint8Array([7, 8, 9]) });
});

Deno.test("parseIdx() refuses damaged files", async (t) => {
  const good = idx([2, 2, 2], range(8));
  const cases: [string, Uint8Array, typeof RangeError | typeof TypeError, string][] = [
    ["empty", new Uint8Array(0), RangeError, "f: ends after 0 bytes"],
    ["magic", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]), TypeError, "f: starts with 50 4b 03 04"],
    ["float numbers", idx([1, 1, 1], [0], 0x0d), TypeError, "f: holds numbers of kind 0x0d"],
    ["labels for images", idx([2], [1, 2]), TypeError, "f: has 1 axes, expected 3"],
    ["half a header", good.subarray(0, 15), RangeError, "f: ends after 15 bytes, inside the IDX header of 16"],
    ["truncated", good.subarray(0, 23), RangeError, "truncated: the shape [2, 2, 2] needs 8 bytes, found 7"],
    ["oversized", idx([2, 2, 2], range(9)), RangeError, "left over: the shape [2, 2, 2] needs 8 bytes, found 9"],
    ["huge", idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [1]), RangeError, "f: is truncated"],
  ];
  for (const [name, bytes, kind, message] of cases) {
    await t.step(name, () => void assertThrows(() => parseIdx(bytes, 3, "f"), kind, message));
  }
});

Deno.test("loadMnist() reads plain files of a folder", async () => {
  await inFolder(tinyFiles(), async (folder) => {
    const { train, test } = await loadMnist({ folder });
    const size = { rows: 2, columns: 4 };
    const [images, labels] = [new Uint8Array(range(24)), new Uint8Array([7, 0, 9])];
    assertEquals(train, { images, labels, count: 3, ...size });
    assertEquals(test, { images: images.slice(0, 16), labels: new Uint8Array([1, 2]), count: 2, ...size });
  });
});

Deno.test("loadMnist() reads gzipped files and a folder with a slash at its end", async () => {
  const zipped: Record<string, Uint8Array> = {};
  for (const [name, bytes] of Object.entries(tinyFiles())) zipped[`${name}.gz`] = await gzip(bytes);
  await inFolder(zipped, async (folder) => {
    const { train, test } = await loadMnist({ folder: `${folder}/` });
    assertEquals([train.count, test.count, train.labels[2]], [3, 2, 9]);
  });
});

Deno.test("loadMnist() says what is wrong with a folder", async (t) => {
  const zipped = await gzip(tinyFiles()["t10k-labels-idx1-ubyte"]);
  const cases: [string, Record<string, Uint8Array | undefined>, new () => Error, string][] = [
    ["missing file", { "t10k-labels-idx1-ubyte": undefined }, Error, "holds neither t10k-labels-idx1-ubyte nor"],
    ["counts", { "train-labels-idx1-ubyte": idx([2], [1, 2]) }, RangeError, "holds 2 labels, but train-images"],
    ["label", { "train-labels-idx1-ubyte": idx([3], [1, 10, 2]) }, RangeError, "label 1 is 10, expected 0 to 9"],
    ["sizes", { "t10k-images-idx3-ubyte": idx([2, 4, 2], range(16)) }, RangeError, "holds images of 4 × 2 pixels"],
    [
      "no image",
      {
        "t10k-images-idx3-ubyte": idx([0, 2, 4], []),
        "t10k-labels-idx1-ubyte": idx([0], []),
      },
      RangeError,
      "t10k-images-idx3-ubyte: holds no image",
    ],
    ["no pixel", { "t10k-images-idx3-ubyte": idx([2, 0, 4], []) }, RangeError, "holds images of 0 × 4 pixels"],
    [
      "damaged gzip",
      {
        "t10k-labels-idx1-ubyte": undefined,
        "t10k-labels-idx1-ubyte.gz": zipped.subarray(0, zipped.length - 6),
      },
      RangeError,
      "t10k-labels-idx1-ubyte.gz: is a damaged gzip file",
    ],
    ["truncated", { "train-images-idx3-ubyte": idx([3, 2, 4], range(23)) }, RangeError, "train-images-idx3-ubyte: is"],
  ];
  for (const [name, change, kind, message] of cases) {
    await t.step(name, async () => {
      const files = Object.entries({ ...tinyFiles(), ...change }).filter(([, bytes]) => bytes !== undefined);
      await inFolder(Object.fromEntries(files) as Record<string, Uint8Array>, async (folder) => {
        await assertRejects(() => loadMnist({ folder }), kind, message);
      });
    });
  }
  await t.step("no folder", async () => {
    await assertRejects(() => loadMnist({ folder: "/no/such/folder" }), Error, "/no/such/folder");
  });
});

Deno.test("loadMnist() loads the real data of the npm package", async () => {
  const { train, test } = await loadMnist();
  assertEquals([train.count, train.rows, train.columns], [60000, 28, 28]);
  assertEquals([test.count, test.rows, test.columns], [10000, 28, 28]);
  assertEquals([...train.labels.subarray(0, 5)], [5, 0, 4, 1, 9]);
  assertEquals([...test.labels.subarray(0, 5)], [7, 2, 1, 0, 4]);
  // The mean over the training set that everybody subtracts: 0.1307 of 255.
  let sum = 0;
  for (let i = 0; i < train.images.length; i++) sum += train.images[i];
  assert(Math.abs(sum / train.images.length / 255 - 0.1307) < 5e-5);
});
