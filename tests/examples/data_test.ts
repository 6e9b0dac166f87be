import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encode as encodePng } from "fast-png";
import { encode as encodeJpeg } from "jpeg-js";
import { augment, measureNormalisation, normaliseBy } from "../../examples/data/augment.ts";
import { loadCifar10, parseCifar } from "../../examples/data/cifar10.ts";
import { loadImageFolder } from "../../examples/data/image_folder.ts";
import { batchCountOf, batchesOf, type LoaderOptions } from "../../examples/data/loader.ts";
import { type ImageSource, inMemory, ofSplit, subset } from "../../examples/data/source.ts";
import { io, jit, ops, random, type Tensor, tensor } from "../../mod.ts";

async function inFolder(f: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cotangent-" });
  try {
    await f(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Images of 1 × 2 pixels: image i has the pixels i and i + 1. */
const small = (count: number): ImageSource =>
  inMemory({
    images: Uint8Array.from({ length: 2 * count }, (_, k) => (k >> 1) + (k & 1)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
    ...{ count, channels: 1, rows: 1, columns: 2, classes: ["a", "b", "c"] },
  });

async function firstPixels(source: ImageSource, options: LoaderOptions): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const { images, labels } of batchesOf(source, options)) {
    const pixels = await images.data();
    const first = Array.from(labels.dataSync(), (_, i) => pixels[2 * i]);
    assertEquals([...labels.dataSync()], first.map((i) => i % 3)); // labels stay with their images
    batches.push(first);
  }
  return batches;
}

Deno.test("batchesOf() gives all images once, in order or shuffled by a key", async () => {
  const source = small(10);
  assertEquals(await firstPixels(source, { batch: 4 }), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
  const shuffled = await firstPixels(source, { batch: 4, key: random.key(1) });
  assertEquals(shuffled.flat().toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert(String(shuffled.flat()) !== "0,1,2,3,4,5,6,7,8,9");
  assertEquals(await firstPixels(source, { batch: 4, key: random.key(1), prefetch: 0 }), shuffled);
  assert(String(await firstPixels(source, { batch: 4, key: random.key(2) })) !== String(shuffled));
  const even = { batch: 4, dropLast: true };
  assertEquals([batchCountOf(source, even), (await firstPixels(source, even)).length], [2, 2]);
  await assertRejects(() => firstPixels(source, { batch: 0 }), RangeError, "batch must be a positive integer, got 0");
});

Deno.test("batchesOf() reads ahead, never too far, and tells a failure at its batch", async () => {
  const source = small(20);
  let reads = 0;
  const watched: ImageSource = {
    ...source,
    read(indices) {
      reads++;
      return indices[0] === 12 ? Promise.reject(new RangeError("file 12 is damaged")) : source.read(indices);
    },
  };
  const batches = batchesOf(watched, { batch: 4, prefetch: 1 });
  await batches.next();
  assertEquals(reads, 2);
  await batches.next();
  assertEquals(reads, 3);
  await batches.next();
  await assertRejects(() => batches.next(), RangeError, "file 12 is damaged");
});

Deno.test("sources refuse what does not fit together, and give parts of themselves", async () => {
  const shape = { channels: 1, rows: 1, columns: 2, classes: ["a"] };
  const set = (images: number, labels: number[]) =>
    inMemory({ ...shape, count: 2, images: new Uint8Array(images), labels });
  assertThrows(() => set(3, [0, 0]), RangeError, "2 images of 2 bytes are 4 bytes, got 3");
  assertThrows(() => set(4, [0]), RangeError, "got 1 labels for 2 images");
  assertThrows(() => set(4, [0, 1]), RangeError, "label 1 is 1, expected 0 to 0");
  const part = subset(small(5), [4, 0]);
  assertEquals([...await part.read([0, 1])], [4, 5, 0, 1]);
  assertEquals([...Array.from(part.labels)], [1, 0]);
  assertThrows(() => subset(small(5), [5]), RangeError, "index 5 is out of range for 5 images");
  const digits = ofSplit({ images: new Uint8Array(4), labels: Uint8Array.of(9), count: 1, rows: 2, columns: 2 });
  assertEquals([digits.classes[9], digits.channels], ["9", 1]);
});

/** Records of CIFAR-10: record i has label i and pixels i, 100 + i and 200 + i in red, green and blue. */
function cifarRecords(count: number): Uint8Array {
  const bytes = new Uint8Array(3073 * count);
  for (let i = 0; i < count; i++) {
    bytes[3073 * i] = i;
    for (let c = 0; c < 3; c++) bytes.fill(100 * c + i, 3073 * i + 1 + 1024 * c, 3073 * i + 1 + 1024 * (c + 1));
  }
  return bytes;
}

Deno.test("loadCifar10() reads the binary files", async () => {
  await inFolder(async (folder) => {
    for (let i = 1; i <= 5; i++) await Deno.writeFile(`${folder}/data_batch_${i}.bin`, cifarRecords(2));
    await assertRejects(() => loadCifar10(folder), Error, "cifar10: cannot read");
    await Deno.writeFile(`${folder}/test_batch.bin`, cifarRecords(3));
    const { train, test } = await loadCifar10(folder);
    assertEquals([train.count, test.count, train.channels, train.rows, train.columns], [10, 3, 3, 32, 32]);
    const pixels = await test.read([2]);
    assertEquals([pixels[0], pixels[1023], pixels[1024], pixels[3071]], [2, 2, 102, 202]);
    assertEquals(test.classes[test.labels[2]], "bird");
  });
});

Deno.test("parseCifar() refuses damaged files", () => {
  assertThrows(
    () => parseCifar(new Uint8Array(3072), "f"),
    RangeError,
    "f: has 3072 bytes, which are no whole records of 3073",
  );
  assertThrows(() => parseCifar(new Uint8Array(0), "f"), RangeError, "no whole records");
  assertThrows(() => parseCifar(new Uint8Array(3073).fill(10), "f"), RangeError, "f: label 0 is 10, expected 0 to 9");
});

Deno.test("loadImageFolder() reads pictures by class, cut and scaled", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/red/deep`, { recursive: true });
    await Deno.mkdir(`${folder}/blue`);
    await assertRejects(() => loadImageFolder(folder, { size: [2, 2] }), RangeError, "the class blue has no .png");
    // 8 × 4, its middle half red, the rest green: what is cut to a square is red.
    const wide = new Uint8Array(3 * 32);
    for (let i = 0; i < 32; i++) wide.set(i % 8 >= 2 && i % 8 < 6 ? [200, 0, 0] : [0, 255, 0], 3 * i);
    await Deno.writeFile(`${folder}/red/deep/a.png`, encodePng({ width: 8, height: 4, channels: 3, data: wide }));
    const blue = Uint8Array.from({ length: 4 * 256 }, (_, i) => [0, 0, 250, 255][i % 4]);
    await Deno.writeFile(`${folder}/blue/b.JPG`, encodeJpeg({ width: 16, height: 16, data: blue }, 95).data);
    await Deno.writeTextFile(`${folder}/blue/notes.txt`, "no picture");
    const source = await loadImageFolder(folder, { size: [2, 2] });
    assertEquals([source.count, source.classes, [...Array.from(source.labels)]], [2, ["blue", "red"], [0, 1]]);
    const pixels = await source.read([1, 0]);
    assertEquals([...pixels.subarray(0, 12)], [200, 200, 200, 200, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert(pixels.subarray(20, 24).every((v) => Math.abs(v - 250) < 6) && pixels.subarray(12, 20).every((v) => v < 6));
    const grey = await (await loadImageFolder(folder, { size: [1, 1], channels: 1 })).read([1]);
    assertEquals([...grey], [60]); // 0.299 · 200
    // One pixel on 2 × 2: enlarged.
    await Deno.writeFile(
      `${folder}/blue/c.png`,
      encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(7) }),
    );
    assertEquals([...await (await loadImageFolder(folder, { size: [2, 2], channels: 1 })).read([1])], [7, 7, 7, 7]);
    await Deno.writeTextFile(`${folder}/blue/d.png`, "no picture");
    const damaged = await loadImageFolder(folder, { size: [2, 2] });
    await assertRejects(() => damaged.read([2]), RangeError, "d.png: cannot be decoded");
  });
});

Deno.test("augment() mirrors whole images, about half of them, in a compiled step", async () => {
  const x = ops.reshape(tensor(Float32Array.from({ length: 200 * 6 }, (_, i) => i)), [200, 1, 2, 3]);
  const changed = jit((key: Tensor, x: Tensor) => augment(key, x, { flip: true }))(random.key(0), x);
  const [before, after] = [await x.data(), await changed.data()];
  let mirrored = 0;
  for (let n = 0; n < 200; n++) {
    const at = (values: ArrayLike<number>) => Array.from({ length: 6 }, (_, i) => values[6 * n + i]);
    const [a, b] = [at(before), at(after)];
    const mirror = [a[2], a[1], a[0], a[5], a[4], a[3]];
    if (String(b) === String(mirror)) mirrored++;
    else assertEquals(b, a);
  }
  assert(mirrored > 70 && mirrored < 130, `${mirrored} of 200`);
});

Deno.test("augment() cuts each image out of its frame, at every place", async () => {
  const [rows, columns, pad] = [4, 5, 1];
  const image = Float32Array.from({ length: rows * columns }, (_, i) => i + 1);
  const count = 300;
  const x = ops.broadcastTo(ops.reshape(tensor(image), [1, 1, rows, columns]), [count, 2, rows, columns]);
  const cut = await augment(random.key(3), x, { crop: pad }).data();
  const places = new Set<string>();
  for (let n = 0; n < count; n++) {
    const at = (c: number, i: number, j: number) => cut[((n * 2 + c) * rows + i) * columns + j];
    // Where the image went, found by one of its pixels that every cut holds.
    const value = at(0, 1, 1);
    const [i0, j0] = [Math.floor((value - 1) / columns) - 1, (value - 1) % columns - 1];
    places.add(`${i0},${j0}`);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const [u, v] = [i + i0, j + j0];
        const expected = u >= 0 && u < rows && v >= 0 && v < columns ? image[u * columns + v] : 0;
        assertEquals([at(0, i, j), at(1, i, j)], [expected, expected]);
      }
    }
  }
  assertEquals(places.size, 9);
});

Deno.test("augment() changes nothing unasked, and refuses what is no image", () => {
  const x = tensor([1]);
  assertThrows(() => augment(random.key(0), x, { flip: true }), TypeError, "needs images [N, C, H, W], got [1]");
  const image = ops.reshape(x, [1, 1, 1, 1]);
  assert(augment(random.key(0), image) === image);
  assertThrows(
    () => augment(random.key(0), image, { crop: -1 }),
    RangeError,
    "crop must be an integer from 0 on, got -1",
  );
});

Deno.test("measureNormalisation() gives mean 0 and deviation 1 by channel, and comes back from a file", async () => {
  const images = Uint8Array.from(
    { length: 300 * 3 * 4 },
    (_, i) => Math.floor(i / 4) % 3 === 2 ? 9 : (i * 37) % (90 + i % 3),
  );
  const labels = new Uint8Array(300);
  const source = inMemory({ images, labels, count: 300, channels: 3, rows: 2, columns: 2, classes: ["a"] });
  const measured = await measureNormalisation(source);
  const { tensors } = io.decodeSafetensors(await io.encodeSafetensors(measured), { into: measured });
  const x = tensor(Float32Array.from(images), { shape: [300, 3, 2, 2] });
  const y = normaliseBy(tensors, x);
  const mean = await ops.mean(y, { axis: [0, 2, 3] }).data();
  const deviation = await ops.std(y, { axis: [0, 2, 3] }).data();
  assert(mean.every((m) => Math.abs(m) < 1e-4), String(mean));
  assert(Math.abs(deviation[0] - 1) < 1e-4 && Math.abs(deviation[1] - 1) < 1e-4, String(deviation));
  assertEquals(deviation[2], 0); // the constant channel
});
