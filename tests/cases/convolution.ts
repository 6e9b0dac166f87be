/**
 * Convolution by its definition: a sum over all products of an element of the input, one of the kernel and one of the output.
 *
 * @module
 */
import { strided } from "./numbers.ts";

/** What a convolution of two dimensions is told: square stride, padding and dilation. */
export interface Geometry {
  /** [N, C, H, W]. */
  readonly input: readonly number[];
  /** [O, C / groups, kh, kw]. */
  readonly kernel: readonly number[];
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/** The shape of the output: negative extents where the kernel does not fit. */
export function outputShape({ input, kernel, stride = 1, padding = 0, dilation = 1 }: Geometry): number[] {
  const along = (axis: number) =>
    Math.floor((input[axis] + 2 * padding - dilation * (kernel[axis] - 1) - 1) / stride) + 1;
  return [input[0], kernel[0], along(2), along(3)];
}

/** Calls `visit` for each product that the output sums, with the places of its three parts. */
function eachProduct(geometry: Geometry, visit: (x: number, w: number, y: number) => void): void {
  const { input, kernel, stride = 1, padding = 0, dilation = 1, groups = 1 } = geometry;
  const output = outputShape(geometry);
  const [x, w, y] = [input, kernel, output].map(strided);
  for (let n = 0; n < output[0]; n++) {
    for (let o = 0; o < output[1]; o++) {
      const first = Math.floor(o / (output[1] / groups)) * kernel[1]; // channel of the group
      for (let i = 0; i < output[2]; i++) {
        for (let j = 0; j < output[3]; j++) {
          for (let c = 0; c < kernel[1]; c++) {
            for (let k = 0; k < kernel[2]; k++) {
              for (let l = 0; l < kernel[3]; l++) {
                const [row, column] = [i * stride + k * dilation - padding, j * stride + l * dilation - padding];
                if (row < 0 || column < 0 || row >= input[2] || column >= input[3]) continue;
                visit(x(n, first + c, row, column), w(o, c, k, l), y(n, o, i, j));
              }
            }
          }
        }
      }
    }
  }
}

/** Output, and the gradients of Σ output · cotangent by input and kernel. */
export function convolution(
  geometry: Geometry,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  cotangent: ArrayLike<number>,
): { out: number[]; dx: number[]; dw: number[] } {
  const zeros = (n: number) => new Array<number>(n).fill(0);
  const result = { out: zeros(cotangent.length), dx: zeros(x.length), dw: zeros(w.length) };
  eachProduct(geometry, (i, k, o) => {
    result.out[o] += x[i] * w[k];
    result.dx[i] += cotangent[o] * w[k];
    result.dw[k] += cotangent[o] * x[i];
  });
  return result;
}
