/**
 * Rows of dot and conv: every mode, and sizes around the tiles and vectors of the kernels.
 *
 * @module
 */
import type { Tensor } from "../../mod.ts";
import type { DType } from "../../core/dtype.ts";
import { conv, type ConvParams, dot, type DotParams } from "../../core/primitives/contraction.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { tameValues } from "../support/random.ts";
import { type Case, layouts, type Row, type Value } from "./harness.ts";

const numbers: readonly DType[] = ["float32", "float64", "int32", "uint32"];

/** Integers wrap, so that they are exact whatever the order; floats stay in [−1, 1). */
function tame(dtype: DType, shape: Shape, seed: number): Value {
  return { dtype, shape, data: tameValues(dtype, sizeOf(shape), seed) };
}

const matmul: DotParams = { contract: [[1], [0]], batch: [[], []] };
const batched: DotParams = { contract: [[2], [1]], batch: [[0], [0]] };

const dots: readonly (readonly [Shape, Shape, DotParams])[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17].flatMap((n) => [
    [[n, 6], [6, n], matmul] as const,
    [[5, n], [n, 9], matmul] as const,
    [[1, n], [n, 17], matmul] as const,
    [[17, n], [n, 1], matmul] as const,
  ]),
  [[40, 70], [70, 50], matmul],
  [[3, 3000], [3000, 100], matmul], // so much that a batch would run in stripes: here none may
  [[3000, 9], [9, 40], matmul],
  [[0, 4], [4, 3], matmul],
  [[3, 0], [0, 4], matmul],
  [[3, 4], [4, 0], matmul],
  [[9], [9], { contract: [[0], [0]], batch: [[], []] }],
  [[300], [300], { contract: [[0], [0]], batch: [[], []] }],
  [[3], [4], { contract: [[], []], batch: [[], []] }],
  [[], [4], { contract: [[], []], batch: [[], []] }],
  [[], [], { contract: [[], []], batch: [[], []] }],
  [[5, 7], [7], { contract: [[1], [0]], batch: [[], []] }],
  [[7], [7, 5], { contract: [[0], [0]], batch: [[], []] }],
  [[7, 5], [9, 7], { contract: [[0], [1]], batch: [[], []] }], // both transposed
  [[5, 7], [9, 7], { contract: [[1], [1]], batch: [[], []] }],
  [[3, 5, 7], [3, 7, 4], batched],
  [[3, 5, 7], [3, 7, 1], batched],
  [[3, 1, 7], [3, 7, 6], batched],
  [[1, 5, 7], [1, 7, 4], batched],
  [[0, 5, 7], [0, 7, 4], batched],
  [[4, 6], [4, 6], { contract: [[1], [1]], batch: [[0], [0]] }],
  [[6, 4], [6, 4], { contract: [[0], [0]], batch: [[1], [1]] }],
  [[5, 3], [5, 3], { contract: [[], []], batch: [[0, 1], [0, 1]] }],
  [[2, 3, 4, 5], [4, 3, 6], { contract: [[1, 2], [1, 0]], batch: [[], []] }],
  [[2, 3, 4, 5], [5, 2, 4, 7], { contract: [[3], [0]], batch: [[0, 2], [1, 2]] }],
  [[4, 3], [3, 4], { contract: [[0, 1], [1, 0]], batch: [[], []] }],
];

function* dotCases(): Generator<Case> {
  for (const dtype of numbers) {
    for (const [x, y, params] of dots) {
      const inner = params.contract[0].reduce((n, axis) => n * x[axis], 1);
      const f = (a: Tensor, b: Tensor): Tensor => dot(a, b, params);
      const label = `${dtype} [${x}] [${y}] over ${params.contract.map((axes) => `(${axes})`)} beside ${
        params.batch.map((axes) => `(${axes})`)
      }`;
      yield {
        label,
        inputs: [tame(dtype, x, 1), tame(dtype, y, 2)],
        f,
        tolerance: { sum: inner + 2 },
        layouts: dtype === "uint32" || x[0] * y[1] > 9000 || x[1] > 1000 ? [] : undefined,
      };
    }
  }
  const x = { ...tame("float32", [5, 6], 1) }, y = tame("float32", [6, 9], 2);
  for (const value of [NaN, Infinity, -Infinity]) {
    const data = x.data.map((v, i) => i === 8 ? value : v) as Value["data"];
    yield {
      label: `float32 with ${value}`,
      inputs: [{ ...x, data }, y],
      f: (a, b) => dot(a, b, matmul),
      tolerance: { sum: 8 },
    };
  }
}

interface ConvOptions {
  readonly stride?: readonly number[];
  readonly dilation?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly groups?: number;
}

/** The sizes of a convolution. */
export function convSizes(input: Shape, kernel: Shape, options: ConvOptions): Omit<ConvParams, "mode"> {
  const spatial = input.length - 2;
  const each = <T>(given: readonly T[] | undefined, otherwise: T): readonly T[] =>
    given ?? Array.from({ length: spatial }, () => otherwise);
  const stride = each(options.stride, 1),
    dilation = each(options.dilation, 1),
    padding = each(options.padding, [0, 0] as const);
  const out = stride.map((s, d) =>
    Math.floor((input[2 + d] + padding[d][0] + padding[d][1] - (kernel[2 + d] - 1) * dilation[d] - 1) / s) + 1
  );
  return {
    input,
    kernel,
    output: [input[0], kernel[0], ...out],
    stride,
    dilation,
    padding,
    groups: options.groups ?? 1,
  };
}

const same = [[1, 1], [1, 1]] as const;

const convs: readonly (readonly [input: Shape, kernel: Shape, ConvOptions])[] = [
  [[2, 3, 5, 6], [4, 3, 3, 3], {}],
  [[2, 3, 5, 6], [4, 3, 3, 3], { padding: same }],
  [[1, 1, 6, 6], [1, 1, 3, 3], { stride: [2, 2] }], // case 2: the last row of the input is read by no window
  [[1, 2, 5, 5], [3, 2, 3, 3], { dilation: [2, 2] }], // case 3
  [[1, 4, 6, 6], [8, 2, 3, 3], { groups: 2 }], // case 1
  [[0, 3, 5, 5], [4, 3, 3, 3], {}], // case 4
  [[48, 8, 16, 20], [4, 4, 3, 3], { groups: 2, padding: same }], // a batch of stripes
  [[2, 6, 5, 7], [6, 1, 3, 3], { groups: 6, padding: same }],
  [[2, 3, 5, 7], [6, 1, 3, 3], { groups: 3, padding: same }],
  [[2, 8, 4, 4], [12, 8, 1, 1], {}],
  [[2, 8, 7, 7], [12, 4, 1, 1], { groups: 2, stride: [2, 2] }],
  [[1, 2, 9, 8], [3, 2, 3, 2], { stride: [2, 3], padding: [[2, 1], [0, 3]] }],
  [[1, 2, 9, 8], [3, 2, 3, 2], { stride: [3, 1], dilation: [2, 3], padding: [[1, 2], [3, 0]] }],
  [[2, 5, 3, 3], [5, 5, 3, 3], { padding: same }],
  [[3, 4, 1, 17], [4, 4, 1, 3], {}],
  [[1, 16, 8, 8], [32, 8, 3, 3], { groups: 2, padding: same }],
  [[2, 3, 2, 2], [4, 3, 4, 4], { padding: [[1, 1], [1, 1]] }],
  [[1, 1, 1, 1], [1, 1, 1, 1], { padding: [[3, 3], [3, 3]], stride: [2, 2] }],
  [[2, 3, 11], [4, 3, 3], {}],
  [[2, 4, 11], [6, 2, 3], { groups: 2, stride: [2], dilation: [2], padding: [[2, 1]] }],
  [[1, 1, 17], [1, 1, 5], { padding: [[4, 4]] }],
];

const operands = { output: ["input", "kernel"], input: ["output", "kernel"], kernel: ["input", "output"] } as const;

function* convCases(): Generator<Case> {
  const [transposed, strided] = layouts;
  for (const dtype of numbers) {
    for (const [input, kernel, options] of convs) {
      const sizes = convSizes(input, kernel, options);
      for (const mode of ["output", "input", "kernel"] as const) {
        const [first, second] = operands[mode];
        const f = (a: Tensor, b: Tensor): Tensor => conv(a, b, { ...sizes, mode });
        const terms = mode === "output"
          ? sizeOf(kernel.slice(1))
          : mode === "input"
          ? sizeOf(kernel) / kernel[1]
          : sizeOf(sizes.output) / Math.max(1, sizes.output[1]);
        yield {
          label: `${dtype} ${mode} of [${input}] [${kernel}] ${JSON.stringify(options)}`,
          inputs: [tame(dtype, sizes[first], 1), tame(dtype, sizes[second], 2)],
          f,
          tolerance: { sum: terms + 2 },
          layouts: input[0] > 9
            ? []
            : dtype === "float32"
            ? undefined
            : dtype === "float64"
            ? [transposed, strided]
            : [],
        };
      }
    }
  }
}

/** The table. */
export const contractionRows: readonly Row[] = [
  { primitive: "dot", cases: dotCases },
  { primitive: "conv", cases: convCases },
];
