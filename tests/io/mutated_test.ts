/**
 * Damaged files of every format that is read: each is refused with a clear error, or read as what it says. No crash, no hang, no allocation
 * out of proportion. `COTANGENT_FUZZ=40` damages 20,000 of them.
 *
 * @module
 */
import { io, nn, ones, random, type Tensor, tensor } from "../../mod.ts";
import { exportOnnx, importOnnx } from "../../io/onnx/mod.ts";
import { parseIdx } from "../../examples/data/idx.ts";
import { decodeImage } from "../../examples/predict/images.ts";
import { runsOf } from "../support/programs.ts";
import { dice, mutated } from "../support/mutate.ts";
import { encode as encodePng } from "fast-png";
import { assertEquals, AssertionError } from "@std/assert";

/** The largest array that `f` makes, in bytes. */
function largestOf(f: () => unknown): number {
  const scope = globalThis as unknown as Record<string, new (...args: unknown[]) => ArrayBufferLike>;
  const names = ["ArrayBuffer", "Uint8Array", "Int32Array", "Uint32Array", "Float32Array", "Float64Array"];
  const real = names.map((name) => scope[name]);
  let largest = 0;
  const watched = (one: (typeof real)[number]) =>
    new Proxy(one, {
      construct(target, args, asked) {
        const size = typeof args[0] === "number" ? args[0] : 0;
        largest = Math.max(
          largest,
          size * ((target as unknown as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1),
        );
        if (largest > 2 ** 30) throw new AssertionError(`an array of ${size} elements`);
        return Reflect.construct(target, args, asked);
      },
    });
  names.forEach((name, i) => scope[name] = watched(real[i]));
  try {
    f();
    return largest;
  } finally {
    names.forEach((name, i) => scope[name] = real[i]);
  }
}

/** A file, how it is read, and what must hold of what was read in spite of the damage. */
interface Format {
  readonly bytes: Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
  readonly holds: (value: never, bytes: Uint8Array) => Promise<void> | void;
  /** How many times the size of the file an array may be: numbers of 8 bits take 32 here. */
  readonly factor: number;
}

const sample = {
  a: tensor([[1, 2, 3], [4, 5, 6]]),
  flags: tensor([true, false, true]),
  n: tensor([7, 8], { dtype: "int32" }),
};

/** What was read takes no more numbers than the file has bytes, and is the same after another way through the format. */
async function sameAgain(t: Tensor, bytes: Uint8Array): Promise<void> {
  if (t.size > bytes.length) throw new AssertionError(`${t.size} numbers of ${bytes.length} bytes`);
  const again = io.decodeNpy(await io.encodeNpy(t));
  assertEquals([again.shape, again.dtype, await again.data()], [t.shape, t.dtype, await t.data()]);
}

const picture = Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * 37) % 256);
const layer = nn.linear(3, 2);
const images = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, ...new Uint8Array(24).fill(9)]);

const formats: Record<string, Format> = {
  safetensors: {
    bytes: await io.encodeSafetensors(sample, { metadata: { epoch: "3" } }),
    read: (bytes) => io.decodeSafetensors(bytes),
    holds: async ({ tensors }: io.SafetensorsContent<Record<string, Tensor>>, bytes: Uint8Array) => {
      for (const t of Object.values(tensors)) await sameAgain(t, bytes);
      assertEquals(Object.getPrototypeOf(tensors), Object.prototype);
    },
    factor: 4,
  },
  npy: { bytes: await io.encodeNpy(sample.a), read: (bytes) => io.decodeNpy(bytes), holds: sameAgain, factor: 4 },
  IDX: {
    bytes: images,
    read: (bytes) => parseIdx(bytes, 3, "images"),
    holds: ({ shape, data }: ReturnType<typeof parseIdx>, bytes) => {
      assertEquals(shape.reduce((n, extent) => n * extent, 1), data.length);
      assertEquals(data, bytes.subarray(16));
    },
    factor: 1,
  },
  ONNX: {
    bytes: exportOnnx(layer.apply, layer.init(random.key(0)), [ones([4, 3])]),
    read: (bytes) => {
      const model = importOnnx(bytes);
      return [model, model.apply(model.params, ones([4, 3]))];
    },
    holds: async ([{ params }]: [{ params: Record<string, Tensor> }], bytes: Uint8Array) => {
      for (const t of Object.values(params)) await sameAgain(t, bytes);
    },
    factor: 4,
  },
  PNG: {
    bytes: encodePng({ width: 16, height: 12, data: picture, channels: 3, depth: 8 }),
    read: decodeImage,
    // The pixels have a checksum: damaged ones are never read.
    holds: ({ width, height, planes }: ReturnType<typeof decodeImage>) => {
      assertEquals([width, height], [16, 12]);
      assertEquals([...planes], [...intact]);
    },
    factor: 64, // compressed, with tables of its own
  },
};
const intact = decodeImage(formats.PNG.bytes).planes;

for (const [name, { bytes, read, holds, factor }] of Object.entries(formats)) {
  Deno.test(`damaged ${name} files are refused clearly, or read as what they say`, async () => {
    await holds(read(bytes) as never, bytes); // the whole one
    const roll = dice(31);
    const { numRuns } = runsOf(100);
    let refused = 0;
    for (let i = 0; i < numRuns; i++) {
      const damaged = mutated(bytes, roll);
      const story = () => `damaged file ${i} of ${name}: ${btoa(String.fromCharCode(...damaged))}`;
      const start = performance.now();
      let value: unknown;
      let largest = 0;
      try {
        largest = largestOf(() => value = read(damaged));
      } catch (error) {
        const clear = error instanceof TypeError || error instanceof RangeError ||
          name === "PNG" && error instanceof Error;
        if (!clear || /Cannot |is not a|of undefined|Invalid typed|out of bounds/.test((error as Error).message)) {
          throw new AssertionError(`${story()}: ${error}`, { cause: error });
        }
        refused++;
      }
      if (performance.now() - start > 10_000) throw new AssertionError(`${story()} takes seconds`);
      if (value === undefined) continue;
      if (largest > factor * damaged.length + 2 ** 16) {
        throw new AssertionError(`${story()}: an array of ${largest} bytes`);
      }
      try {
        await holds(value as never, damaged);
      } catch (error) {
        throw new AssertionError(`${story()}: ${(error as Error).message}`, { cause: error });
      }
    }
    if (refused < numRuns / 4) throw new AssertionError(`only ${refused} of ${numRuns} were refused`);
  });
}
