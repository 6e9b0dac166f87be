import { ops, type Tensor, tensor } from "../../../mod.ts";
import { type Call, lower } from "../../../core/backends/cpu/loops/lower.ts";
import { KernelMemo } from "../../../core/backends/cpu/loops/memo.ts";
import { codeOf } from "../../../core/backends/cpu/wasm/emit.ts";
import { assemble, instantiate } from "../../../core/backends/cpu/wasm/module.ts";
import { schedule } from "../../../core/compile/fuse.ts";
import type { Buffer } from "../../../core/compile/home.ts";
import { expand } from "../../../core/compile/expand.ts";
import type { Target } from "../../../core/compile/loop.ts";
import { bytesOf } from "../../../core/compile/plan.ts";
import { simplify } from "../../../core/compile/simplify.ts";
import { sizeOf } from "../../../core/shape.ts";
import { graphKit } from "../../conformance/graph_kit.ts";
import { assertSameBits } from "../../support/bits.ts";
import { prepared } from "../../support/graphs.ts";
import { interpretKernel } from "../../support/interpreter.ts";
import { type Code, interpret, runsOf } from "../../support/programs.ts";
import { tameValues } from "../../support/random.ts";
import { AssertionError } from "@std/assert";
import fc from "fast-check";

type F = (...xs: Tensor[]) => Tensor | Tensor[];

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Int32Array,
};

/** Compiles a function for a target and runs it in a memory of its own, kernel by kernel. */
function runFor(target: Target, f: F, args: readonly Tensor[], emitted: boolean): Int32Array[] {
  const { graph, hidden } = prepared(f, ...args);
  const s = schedule(simplify(expand(simplify(graph))));
  const { stages, buffers } = lower(s, new KernelMemo(target));
  const places = new Map<Buffer | "lanes", number>([["lanes", 0]]);
  let bytes = 64;
  for (const buffer of [...buffers, ...s.fills.keys()]) {
    if (places.has(buffer)) continue;
    places.set(buffer, bytes);
    bytes += Math.ceil(buffer.size * bytesOf(buffer.dtype) / 64 + 1) * 64;
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  const words = memory.buffer as ArrayBuffer;
  new Int32Array(words, 0, 16).forEach((_, i, lanes) => lanes[i] = i);
  const values = [...args, ...hidden];
  s.inputs.forEach(({ buffer }, i) =>
    new arrays[buffer.dtype](words, places.get(buffer)!, buffer.size).set(values[i].dataSync())
  );
  const calls = stages.flatMap(({ calls }) => calls);
  const offsets = ({ args }: Call): number[] =>
    args.map(({ buffer, offset }) => places.get(buffer)! + (buffer === "lanes" ? 0 : offset * bytesOf(buffer.dtype)));
  if (emitted) {
    const codes = calls.map(({ kernel }) => codeOf(kernel, { relaxed: false }));
    const functions = instantiate(assemble(codes, { shared: false }), memory);
    calls.forEach((call, i) => functions[i](...offsets(call)));
  } else for (const call of calls) interpretKernel(call.kernel, words, offsets(call));
  return s.outputs.map(({ buffer, offset }, i) => {
    const width = bytesOf(buffer.dtype);
    const size = sizeOf(shapes(f, args)[i]);
    return new Int32Array(
      words.slice(places.get(buffer)! + offset * width, places.get(buffer)! + (offset + size) * width),
    );
  });
}

function shapes(f: F, args: readonly Tensor[]): readonly (readonly number[])[] {
  const result = f(...args);
  return (Array.isArray(result) ? result : [result]).map((t) => t.shape);
}

const widths = [1, 2, 4, 8, 16];

/** Fails unless interpreted kernels of every width give the same bits, and those of four lanes the bits of the emitted code. */
function sameForEveryWidth(f: F, args: readonly Tensor[], what: string): void {
  const emitted = runFor({ lanes: 4, registers: 15, checked: true }, f, args, true);
  const compare = (bits: Int32Array[], how: string): void =>
    bits.forEach((b, i) => assertSameBits(b, emitted[i], `${what}, ${how}, result ${i}`));
  for (const lanes of widths) {
    compare(runFor({ lanes, registers: 16, checked: true }, f, args, false), `${lanes} lanes`);
  }
  compare(runFor({ lanes: 4, registers: 32 }, f, args, true), "more registers");
}

function input(shape: number[], seed = 1): Tensor {
  return tensor(tameValues("float32", sizeOf(shape), seed), { shape });
}

const reductions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sum: (x) => ops.sum(x, -1),
  "sum of all": ops.sum,
  "sum over columns": (x) => ops.sum(x, 0),
  max: (x) => ops.max(x, -1),
  variance: (x) => ops.variance(x, -1),
  "normalised rows": (x) => ops.layerNorm(x),
  softmax: (x) => ops.softmax(x, -1),
  logSumExp: (x) => ops.logSumExp(x, 0),
};

Deno.test("reductions give the same bits for any vector width, interpreted and emitted", () => {
  for (const [name, f] of Object.entries(reductions)) {
    for (const shape of [[1, 5], [3, 16], [2, 37], [2, 300], [20, 17]]) {
      sameForEveryWidth(f, [input(shape)], `${name} of [${shape}]`);
    }
  }
});

Deno.test("elementwise work and movement give the same bits for any vector width", () => {
  const f = (x: Tensor, y: Tensor): Tensor[] => [
    ops.tanh(ops.add(ops.mul(x, y), ops.transpose(ops.reshape(ops.transpose(x), [x.shape[1], x.shape[0]])))),
    ops.where(ops.greater(x, y), ops.exp(x), ops.sin(ops.mul(y, 100))),
    ops.flip(ops.sub(x, ops.slice(y, [0, 0], [1, y.shape[1]])), 1),
    ops.cast(ops.mul(x, 1000), "int32"),
  ];
  for (const shape of [[1, 1], [3, 5], [4, 8], [2, 17]]) {
    sameForEveryWidth(f, [input(shape, 1), input(shape, 2)], `[${shape}]`);
  }
});

Deno.test("contractions give the same bits for any vector width and any number of registers", () => {
  for (const [m, k, n] of [[1, 7, 5], [5, 9, 1], [4, 4, 4], [7, 13, 11], [17, 20, 33]]) {
    sameForEveryWidth((x, y) => ops.matmul(x, y), [input([m, k], 1), input([k, n], 2)], `matmul ${m}, ${k}, ${n}`);
    sameForEveryWidth(
      (x, y) => ops.matmul(x, ops.transpose(y)),
      [input([m, k], 1), input([n, k], 2)],
      `matmul transposed ${m}, ${k}, ${n}`,
    );
  }
  const image = input([2, 4, 6, 9], 1);
  sameForEveryWidth(
    (x, w) => ops.conv2d(x, w, { padding: 1, groups: 2 }),
    [image, input([6, 2, 3, 3], 2)],
    "grouped convolution",
  );
  sameForEveryWidth(
    (x, w) => ops.conv2d(x, w, { padding: 1, stride: 2 }),
    [image, input([5, 4, 3, 3], 2)],
    "strided convolution",
  );
  sameForEveryWidth((x, w) => ops.conv2d(x, w), [image, input([5, 4, 1, 1], 2)], "pointwise convolution");
});

const programs: fc.Arbitrary<Code> = fc.record({
  lines: fc.array(fc.array(fc.nat(9999), { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 10, size: "max" }),
});

Deno.test("random programs give the same bits for any vector width", () => {
  const kit = graphKit("float32");
  const args = [input([2, 4, 3, 5], 1), input([4, 2, 2, 3], 2), input([3, 5], 3), input([5], 4)];
  const holds = (code: Code): void => {
    let text = "";
    const f = (...xs: Tensor[]): Tensor[] => {
      const outcome = interpret(kit, code, xs, 500);
      text = outcome.text;
      return outcome.outputs;
    };
    try {
      sameForEveryWidth(f, args, "program");
    } catch (error) {
      throw new AssertionError(`${error instanceof AssertionError ? error.message : (error as Error)?.stack}\n${text}`);
    }
  };
  fc.assert(fc.property(programs, holds), runsOf(25));
});
