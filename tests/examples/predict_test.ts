import { io, nn, ones, ops, random, type Tensor } from "@cotangent/cotangent";
import { exportOnnx } from "@cotangent/cotangent/onnx";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { encode } from "fast-png";
import * as jpeg from "jpeg-js";
import { decodeImage, resized, withChannels } from "../../examples/predict/images.ts";
import { main, type Prediction } from "../../examples/predict/main.ts";
import { models } from "../../examples/train/model.ts";

async function run(...args: string[]): Promise<{ code: number; lines: string[]; errors: string[] }> {
  const lines: string[] = [], errors: string[] = [];
  const code = await main(args, { print: (line) => lines.push(line), printError: (line) => errors.push(line) });
  return { code, lines, errors };
}

/** A network that tells the brightest third of an image: left, middle or right. */
function brightest(channels: number): Uint8Array {
  const f = (_: object, x: Tensor) => {
    const [n, c, h, w] = x.shape;
    return ops.mul(ops.mean(ops.reshape(x, [n, c, h, 3, w / 3]), { axis: [1, 2, 4] }), 10);
  };
  return exportOnnx(f, {}, [ones([1, channels, 6, 6])], { dynamicBatch: true });
}

/** An image whose third `bright` is white. */
const stripes = (bright: number, width = 12, height = 9, channels = 1, most = 255) =>
  Array.from({ length: width * height * channels }, (_, i) => {
    const column = Math.floor(i / channels) % width;
    return Math.floor(3 * column / width) === bright ? most : 0;
  });

const png = (bright: number, channels = 1) =>
  encode({ width: 12, height: 9, channels, depth: 8, data: Uint8Array.from(stripes(bright, 12, 9, channels)) });

Deno.test("predict names the likeliest classes of PNG and JPEG images, files and folders, as text and as JSON", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/model.onnx`, brightest(3));
    await Deno.writeTextFile(`${folder}/labels.txt`, "left\nmiddle\nright\n");
    await Deno.mkdir(`${folder}/images`);
    await Deno.writeFile(`${folder}/images/a.png`, png(0));
    await Deno.writeFile(`${folder}/images/b.png`, png(1, 3));
    const rgba = Uint8Array.from(stripes(2, 24, 24, 4));
    const { data } = jpeg.encode({ width: 24, height: 24, data: rgba }, 90);
    await Deno.writeFile(`${folder}/images/c.jpeg`, data);
    await Deno.writeTextFile(`${folder}/images/readme.txt`, "no image");
    const model = ["--model", `${folder}/model.onnx`, "--labels", `${folder}/labels.txt`];
    const text = await run(...model, `${folder}/images`);
    assertEquals([text.code, text.errors], [0, []]);
    assertEquals(text.lines.map((line) => /: (\w+) /.exec(line)![1]), ["left", "middle", "right"]);
    const { lines } = await run(...model, "--json", `${folder}/images/b.png`, `${folder}/images/a.png`);
    const records = lines.map((line) => JSON.parse(line) as Prediction);
    assertEquals(records.map(({ file }) => file.split("/").at(-1)), ["b.png", "a.png"]);
    assertEquals(records[0].top.length, 3);
    assertEquals([records[0].top[0].class, records[0].top[0].label], [1, "middle"]);
    assert(Math.abs(records[0].top.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-5);
    assert(records[0].top[0].probability > records[0].top[1].probability);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("predict names damaged and odd images, skips them, and ends with exit code 1", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/model.onnx`, brightest(1));
    const good = png(1);
    const damaged = good.slice();
    damaged[damaged.length - 20] ^= 255;
    const huge = good.slice();
    new DataView(huge.buffer).setUint32(16, 2 ** 31 - 1);
    const jpegBytes = jpeg.encode({ width: 8, height: 8, data: new Uint8Array(256) }, 90).data;
    const files: Record<string, Uint8Array> = {
      "a-good.png": good,
      "b-cut.png": good.subarray(0, 40),
      "c-damaged.png": damaged,
      "d-huge.png": huge,
      "e-text.png": new TextEncoder().encode("no image"),
      "f-empty.jpg": new Uint8Array(),
      "g-cut.jpg": jpegBytes.subarray(0, 100),
    };
    for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, bytes);
    const { code, lines, errors } = await run("--model", `${folder}/model.onnx`, folder, `${folder}/missing.png`);
    assertEquals(code, 1);
    assertEquals(lines.length, 1);
    const wanted: [string, string][] = [
      ["b-cut.png", "the PNG is damaged"],
      ["c-damaged.png", "the PNG is damaged"],
      ["d-huge.png", "the image claims 2147483647 × 9 pixels"],
      ["e-text.png", "neither PNG nor JPEG"],
      ["f-empty.jpg", "the file is empty"],
      ["g-cut.jpg", "the JPEG is damaged"],
      ["missing.png", "skipped: "],
    ];
    wanted.forEach(([name, message], i) => {
      assertStringIncludes(errors[i], name);
      assertStringIncludes(errors[i], message);
    });
    assertEquals(errors.at(-1), "7 of 8 images skipped");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("decodeImage() reads alpha as black behind, 16 bits as 8, and says so; palettes and few bits too", () => {
  const alpha = decodeImage(
    encode({ width: 2, height: 1, channels: 4, data: Uint8Array.of(200, 100, 50, 255, 200, 100, 50, 0) }),
  );
  assertEquals([...alpha.planes], [200, 0, 100, 0, 50, 0]);
  assertEquals(alpha.notes, ["transparent places, read as black"]);
  const opaque = decodeImage(encode({ width: 1, height: 1, channels: 2, data: Uint8Array.of(9, 255) }));
  assertEquals([[...opaque.planes], opaque.channels, opaque.notes], [[9], 1, []]);
  const deep = decodeImage(encode({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(65535, 257) }));
  assertEquals([...deep.planes], [255, 1]);
  assertEquals(deep.notes, ["16 bits a value, read as 8"]);
  const grey = withChannels({ width: 1, height: 1, channels: 3, planes: Float32Array.of(255, 0, 0), notes: [] }, 1);
  assertEquals(grey.planes[0], Math.fround(0.299 * 255));
  assertThrows(() => decodeImage(new Uint8Array(3)), TypeError, "neither PNG nor JPEG");
});

Deno.test("resized() keeps the mean where it makes smaller, and goes between the pixels where it makes larger", () => {
  const picture = { width: 4, height: 2, channels: 1, planes: Float32Array.of(1, 3, 5, 7, 1, 3, 5, 7), notes: [] };
  assertEquals([...resized(picture, 2, 1).planes], [2, 6]);
  assertEquals([...resized(picture, 8, 2).planes.subarray(0, 8)], [1, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7]);
  const thirds = resized(picture, 3, 2).planes;
  assert(Math.abs((thirds[0] + thirds[1] + thirds[2]) / 3 - 4) < 1e-6);
  assertEquals(resized(picture, 4, 2), picture);
});

Deno.test("predict reads models of the training program, state dicts of PyTorch, and says what it converted", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/image.png`, png(1));
    const trained = models.conv({ rows: 28, columns: 28 });
    await io.saveSafetensors(`${folder}/train.safetensors`, trained.init(random.key(0)), {
      metadata: { model: "conv" },
    });
    const first = await run("--model", `${folder}/train.safetensors`, "--invert", `${folder}/image.png`);
    assertEquals([first.code, first.lines.length], [0, 1]);
    const network = nn.resNet20({ classes: 4, inChannels: 1, conv: nn.scConvPlug() });
    const dict = io.toTorchStateDict(network, ...network.init(random.key(0)));
    await io.saveSafetensors(`${folder}/torch.safetensors`, dict);
    const torch = [
      "--model",
      `${folder}/torch.safetensors`,
      "--network",
      "resNet20",
      "--mean",
      "0.5",
      "--std",
      "0.25",
      "--json",
    ];
    const second = await run(...torch, `${folder}/image.png`);
    assertEquals(second.errors, []);
    assert(JSON.parse(second.lines[0]).top[0].class < 4);
    const other = await run("--model", `${folder}/torch.safetensors`, "--network", "resNet18", `${folder}/image.png`);
    assertEquals(other.code, 1);
    assertStringIncludes(other.errors[0], "fromTorchStateDict: the entries do not fit the tree; missing: ");
    const unknown = await run("--model", `${folder}/torch.safetensors`, `${folder}/image.png`);
    assertStringIncludes(unknown.errors[0], "does not say which network it is of; name one with --network");
    const none = await run("--model", `${folder}/torch.safetensors`, "--network", "resNet21", `${folder}/image.png`);
    assertStringIncludes(none.errors[0], "there is no network resNet21");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("predict refuses command lines that it does not understand, with exit code 2", async () => {
  const cases: [string[], string][] = [
    [["a.png"], "--model FILE is missing"],
    [["--model", "m.onnx"], "name the images"],
    [["--modle", "m.onnx"], "--modle"],
    [["--model", "m.onnx", "--size", "0", "a.png"], "--size: expected a whole number"],
    [["--model", "m.onnx", "--mean", "x", "a.png"], "--mean: expected numbers"],
  ];
  for (const [args, message] of cases) {
    const { code, errors } = await run(...args);
    assertEquals(code, 2);
    assertStringIncludes(errors[0], message);
  }
  const missing = await run("--model", "/nowhere/m.onnx", "a.png");
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.errors[0], "/nowhere/m.onnx");
  assertEquals((await run("--help")).code, 0);
});
