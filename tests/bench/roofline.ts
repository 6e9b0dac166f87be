/**
 * A roofline on paper: what a ScConv training step could take at best on graphics cards, from the kernels that the webgpu backend makes for
 * one. It needs no card, and prints the table of the performance guide:
 *
 * ```sh
 * deno run tests/bench/roofline.ts
 * ```
 *
 * A kernel takes at least its FLOPs at the card's peak, at least its bytes (each input read once, each output written once) at the card's
 * bandwidth, and the time to start it.
 *
 * @module
 */
import { nn, ops, random, type Tensor, tree, valueAndGrad } from "../../mod.ts";
import { compile, targetOf } from "../../core/backends/webgpu/lower.ts";
import { expandCalls, trace } from "../../core/graph.ts";
import { aval } from "../../core/shape.ts";
import { type ImageShape, shapeText } from "./work.ts";

/** What a card can do at most, and how long it takes to start a kernel. */
interface Card {
  readonly name: string;
  readonly tflops: number;
  readonly gigabytes: number;
  readonly microseconds: number;
}

/** By their makers' figures for float32 and for memory; the time to start a kernel is that of one which waits for the one before. */
const cards: readonly Card[] = [
  { name: "discrete (RTX 4070: 29 TFLOP/s, 504 GB/s)", tflops: 29, gigabytes: 504, microseconds: 3 },
  { name: "integrated (Radeon 780M: 8.9 TFLOP/s, 90 GB/s)", tflops: 8.9, gigabytes: 90, microseconds: 5 },
];

const shapes: readonly ImageShape[] = [[1, 32, 16, 16], [32, 64, 32, 32], [32, 256, 14, 14], [8, 64, 56, 56]];

/** The kernels of a training step, and the bytes of its own arguments and results. */
function stepOf(shape: ImageShape) {
  const layer = nn.scConv(shape[1]);
  const params: object = layer.init(random.key(0));
  const lossOf = (p: object, x: Tensor): Tensor => ops.sum(ops.square(layer.apply(p as never, x)));
  const avals = [...tree.leaves(params).map((t) => t.aval), aval(shape, "float32")];
  const graph = trace("step", avals, (inputs) => {
    const p = tree.unflatten(tree.structure(params), inputs.slice(0, -1)) as object;
    const [loss, grads] = valueAndGrad(lossOf)(p, inputs.at(-1)!);
    return [
      ...tree.leaves(tree.map((w: Tensor, g: Tensor) => ops.sub(w, ops.mul(g, 1e-6)), p, grads)) as Tensor[],
      loss,
    ];
  });
  const { dispatches } = compile(expandCalls(graph), targetOf(false));
  const own = [...graph.inputs, ...graph.outputs].reduce((bytes, t) => bytes + 4 * t.size, 0);
  return { dispatches, own };
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

/** The rows of the table. */
export function roofline(): string[][] {
  return shapes.map((shape) => {
    const { dispatches, own } = stepOf(shape);
    const bounds = cards.map(({ tflops, gigabytes, microseconds }) => {
      const start = dispatches.length * microseconds / 1e3;
      const work = total(dispatches.map((d) => Math.max(d.flops / tflops / 1e9, d.bytes / gigabytes / 1e6)));
      return `${(start + work).toFixed(2)} ms (${(100 * start / (start + work)).toFixed(0)} % starting)`;
    });
    return [
      shapeText(shape),
      String(dispatches.length),
      (total(dispatches.map((d) => d.flops)) / 1e9).toFixed(3),
      (total(dispatches.map((d) => d.bytes)) / 1e6).toFixed(1),
      (own / 1e6).toFixed(1),
      ...bounds,
    ];
  });
}

if (import.meta.main) {
  const head = [
    "ScConv step",
    "kernels",
    "GFLOP",
    "MB of its kernels",
    "MB of its own",
    ...cards.map(({ name }) => name),
  ];
  for (const row of [head, head.map(() => "---"), ...roofline()]) console.log(`| ${row.join(" | ")} |`);
}
