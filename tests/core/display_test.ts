import { assert, assertEquals, assertMatch } from "@std/assert";
import { decode } from "fast-png";
import { explain, jit, nn, ops, random, tensor, tree, zeros } from "../../mod.ts";
import { pngBase64 } from "../../core/png.ts";

type Shown = Record<string, string>;
const shown = (value: unknown): Shown => (value as { [key: symbol]: () => Shown })[Symbol.for("Jupyter.display")]();
const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const cells = (html: string) => [...html.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell);

Deno.test("a notebook shows a tensor as a table with its shape and dtype", () => {
  const { "text/html": html, "text/plain": text } = shown(tensor([[1, 2.5], [3, 4]], { dtype: "float64" }));
  assertMatch(html, /<summary>\[2, 2\] float64<\/summary>/);
  assertEquals(cells(html), ["<b>0</b>", "1", "2.5", "<b>1</b>", "3", "4"]);
  assertEquals(text, "Tensor [2, 2] float64 [1, 2.5, 3, 4]");
  assertEquals(cells(shown(tensor(7))["text/html"]), ["7"]);
  assertEquals(cells(shown(tensor([true, false]))["text/html"]), ["true", "false"]);
});

Deno.test("a notebook shows the ends of a large matrix, and the first matrix of more axes", () => {
  const { "text/html": html } = shown(ops.reshape(random.uniform(random.key(0), [3000]), [100, 30]));
  assertEquals(cells(html).length, 16 * 17);
  assert(cells(html).includes("<b>99</b>") && cells(html).includes("…"));
  assertMatch(shown(zeros([3, 2, 2]))["text/html"], /\[3, 2, 2\] float32: \[0, :, :\]/);
  assertMatch(shown(zeros([0, 2]))["text/html"], /empty/);
});

Deno.test("a notebook shows [N, C, H, W] as pictures with the values in place", () => {
  // Two colour images of 8 × 8: the first black but for one red pixel in row 1, column 2, the second white.
  const data = new Float32Array(2 * 3 * 64).fill(1, 192);
  data[8 + 2] = 1;
  const { "image/png": png, "text/html": html } = shown(tensor(data, { shape: [2, 3, 8, 8] }));
  const { width, height, channels, data: pixels } = decode(bytesOf(png));
  assertEquals([width, height, channels], [2 * 56 + 2, 56, 3]); // enlarged seven times, with a gap
  const at = (x: number, y: number) => [...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
  assertEquals([at(0, 0), at(14, 7), at(20, 13), at(21, 13)], [[0, 0, 0], [255, 0, 0], [255, 0, 0], [0, 0, 0]]);
  assertEquals([at(57, 0), at(113, 55)], [[255, 255, 255], [255, 255, 255]]);
  assertMatch(html, /\[2, 3, 8, 8\] float32, from 0 \(black\) to 1 \(white\)/);
});

Deno.test("pictures of other ranges say them, and NaN is magenta", () => {
  const data = Float32Array.from({ length: 64 }, (_, i) => i === 0 ? NaN : i - 32);
  const { "image/png": png, "text/html": html } = shown(tensor(data, { shape: [1, 1, 8, 8] }));
  assertMatch(html, /from -31 \(black\) to 31 \(white\)/);
  const bytes = (scale: number) => tensor(data.map((v, i) => i === 0 ? 0 : (v + 32) * scale), { shape: [1, 1, 8, 8] });
  assertMatch(shown(bytes(4))["text/html"], /from 0 \(black\) to 255 \(white\)/);
  assertMatch(shown(bytes(0.1))["text/html"], /from 0 \(black\) to 6.3 \(white\)/);
  const { data: pixels, width } = decode(bytesOf(png));
  assertEquals([...pixels.subarray(0, 3), ...pixels.subarray(3 * 55 * width + 3 * 55)], [255, 0, 255, 255, 255, 255]);
});

Deno.test("pngBase64() without a compressor writes the same picture", () => {
  const pixels = Uint8Array.from({ length: 3 * 200 * 150 }, (_, i) => i % 251); // over one block of 65,535 bytes
  const { process } = globalThis;
  const compressed = pngBase64(pixels, 200, 150);
  try {
    Object.defineProperty(globalThis, "process", { value: undefined, configurable: true, writable: true });
    const stored = pngBase64(pixels, 200, 150);
    assert(stored.length > compressed.length);
    for (const png of [stored, compressed]) {
      const { data, width, height } = decode(bytesOf(png), { checkCrc: true });
      assertEquals([width, height, data], [200, 150, pixels]);
    }
  } finally {
    Object.defineProperty(globalThis, "process", { value: process, configurable: true, writable: true });
  }
});

Deno.test("a traced or disposed tensor is shown as a line", () => {
  let display: Shown = {};
  jit((x: typeof t) => {
    display = shown(x);
    return x;
  })(tensor([1]));
  assertEquals(display, { "text/plain": "Tensor [1] float32 (traced)" });
  const t = tensor([1]);
  t.dispose();
  assertEquals(shown(t), { "text/plain": "Tensor [1] float32 (disposed)" });
});

Deno.test("tree.view() prints the leaves and shows branches that fold", () => {
  const view = tree.view({ head: [tensor([1, 2]), { bias: tensor(0) }], "<tail>": zeros([2, 3]), none: null });
  assertEquals(String(view).split("\n"), [
    "<tail>       [2, 3]  float32  6",
    "head.0       [2]     float32  2",
    "head.1.bias  []      float32  1",
    "3 leaves, 9 numbers",
  ]);
  const html = shown(view)["text/html"];
  assertEquals([...html.matchAll(/<summary>(.*?)<\/summary>/g)].map(([, line]) => line), [
    "<b>tree</b>: 3 leaves, 9 numbers",
    "<b>head</b>: 2 leaves, 3 numbers",
    "<b>1</b>: 1 leaf, 1 number",
  ]);
  assert(html.includes("&lt;tail&gt;") && !html.includes("<tail>"));
  assertEquals(String(tree.view(tensor([1]))), "(root)  [1]  float32  1\n1 leaf, 1 number");
});

Deno.test("a summary and an explanation show tables that fold", () => {
  const model = nn.sequential(nn.conv2d(1, 4, { kernelSize: 3 }), nn.relu());
  const summary = shown(nn.summary(model, [2, 1, 8, 8]))["text/html"];
  assertMatch(summary, /<summary>Parameters: 40, MACs: /);
  assertMatch(summary, /conv2d/);
  const told = shown(explain((x: ReturnType<typeof tensor>) => ops.add(ops.mul(x, 3), 1))(tensor([1, 2])));
  assertMatch(told["text/html"], /<summary>1 kernels on cpu/);
  assertMatch(told["text/html"], /linear-gradient\(90deg,#f2a65e \d+\.\d%/);
  assertMatch(told["text/html"], /<details><summary>the Graph, \d+ lines<\/summary><pre>inputs %0/);
});
