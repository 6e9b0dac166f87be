/**
 * Programs that random tests found to be compiled wrong, or not at all. Each is as small as it could be made.
 *
 * @module
 */
import { checkpoint, customVjp, grad, jit, ops, setDefaultDevice, type Tensor, tensor, vjp } from "../../../mod.ts";
import { cumsum } from "../../../core/primitives/reduction.ts";
import { conv } from "../../../core/primitives/contraction.ts";
import { pad } from "../../../core/primitives/movement.ts";
import { sizeOf } from "../../../core/shape.ts";
import { convSizes } from "../../conformance/contractions.ts";
import { assertSameBits } from "../../support/bits.ts";
import { assertClose } from "../../support/close.ts";
import { tameValues } from "../../support/random.ts";
import { assertEquals } from "@std/assert";

type F = (...xs: Tensor[]) => readonly Tensor[];

/** A program, and the shapes of its int32 inputs. */
const programs: Readonly<Record<string, readonly [f: F, ...shapes: number[][]]>> = {
  "a value that a cumulative sum reads and the frame of a convolution holds": [
    (x) => {
      const y = ops.add(x, x), z = cumsum(y, 0);
      const sizes = convSizes(x.shape, x.shape, { padding: [[1, 0], [2, 0]] });
      return [conv(y, ops.add(z, z), { ...sizes, mode: "output" })];
    },
    [4, 1, 2, 3],
  ],
  "a concatenation of reshapes that divide rows": [
    (x) => {
      const y = ops.reshape(ops.add(x, x), [6, 4]);
      const z = ops.concat([y, y, y], 0);
      return [ops.add(z, z)];
    },
    [4, 1, 2, 3],
  ],
  "a frame around a reshape that divides rows": [
    (x) => [pad(ops.reshape(x, [12, 2]), { low: [0, 0], high: [0, 0], interior: [1, 0], value: 0 })],
    [4, 1, 2, 3],
  ],
  "a frame around nothing": [
    (x) => [pad(x, { low: [2], high: [1], interior: [0], value: 7 }), ops.add(x, 1)],
    [0],
  ],
  "an input that is copied into a concatenation and read backwards beside it": [
    (x, y, z) => {
      const flipped = ops.flip(y, 1);
      return [ops.neg(ops.neg(z)), ops.neg(flipped), ops.neg(x), ops.concat([flipped, y], 0)];
    },
    [1, 2, 1, 2],
    [1, 2],
    [2],
  ],
  "two roots of which the second is refused, and a third that reads the first": [
    (x, y) => {
      const centred = ops.sub(x, ops.max(x, { axis: 1, keepDims: true }));
      return [ops.neg(centred), ops.neg(ops.abs(centred)), ops.flip(ops.add(y, centred), 1)];
    },
    [2, 4],
    [2, 4],
  ],
  "a result of stripes that is read forwards and backwards along the batch": [
    (x) => {
      const y = cumsum(cumsum(x, 3), 2);
      return [ops.add(ops.flip(y, 0), y)];
    },
    [48, 8, 16, 20],
  ],
  "a cumulative sum over an axis outside of the batch, written from stripes": [
    (x) => {
      const y = ops.add(ops.broadcastTo(cumsum(x, 3), [2, ...x.shape]), 1);
      return [cumsum(y, 0), ops.add(y, y)];
    },
    [48, 8, 16, 20],
  ],
  "a value that a cumulative sum of the stripes reads and a maximum over the batch": [
    (x) => {
      const y = ops.mul(ops.transpose(cumsum(x, 3), [3, 0, 1, 2]), 4);
      return [ops.mul(y, 4), ops.max(y, 1), cumsum(y, 0)];
    },
    [48, 8, 16, 20],
  ],
  "a convolution with planes of a multiple of 256 elements that a cumulative sum makes": [
    (x, w) => [ops.conv2d(cumsum(x, 3), w)],
    [2, 3, 16, 16],
    [4, 3, 3, 3],
  ],
};

for (const [name, [f, ...shapes]] of Object.entries(programs)) {
  Deno.test(`compiled right: ${name}`, () => {
    const args = shapes.map((shape, i) => tensor(tameValues("int32", sizeOf(shape), i + 1), { shape, dtype: "int32" }));
    const expected = f(...args);
    jit(f)(...args).forEach((t, i) => {
      assertEquals(t.shape, expected[i].shape);
      assertSameBits(t.dataSync(), expected[i].dataSync(), `result ${i}`);
    });
  });
}

Deno.test("compiled right: a sum of one element, which is 0 of −0", () => {
  const f = (x: Tensor): Tensor => ops.sum(x, 1);
  const x = tensor([[-0], [1]]);
  assertSameBits(jit(f)(x).dataSync(), [0, 1], "compiled");
  assertSameBits(f(x).dataSync(), [0, 1], "at once");
});

for (const device of ["cpu", "reference"]) {
  Deno.test(`compiled right: functions with derivatives of their own, called at once (${device})`, () => {
    setDefaultDevice(device);
    try {
      const square = (x: Tensor): Tensor => ops.mul(x, x);
      const f = customVjp(square, (x) => [square(x), x] as const, (x, c) => [ops.mul(ops.mul(2, x), c)]);
      assertEquals([...f(tensor([2, 3])).dataSync()], [4, 9]);
      assertEquals([...checkpoint(square)(tensor([2, 3])).dataSync()], [4, 9]);
      assertEquals([...grad((x: Tensor) => ops.sum(f(x)))(tensor([2, 3])).dataSync()], [4, 6]);
    } finally {
      setDefaultDevice("cpu");
    }
  });
}

Deno.test("compiled right: sums over pairs of axes of which one alone looked like the batch", () => {
  const [x, y] = [[4, 4096], [4096, 512]].map((shape, i) => tameValues("int32", sizeOf(shape), i + 1));
  const products = ops.matmul(tensor(x, { shape: [4, 4096] }), tensor(y, { shape: [4096, 512] })).dataSync();
  for (const [row, column] of [[0, 0], [2, 100], [3, 511]]) {
    let sum = 0;
    for (let k = 0; k < 4096; k++) sum += x[row * 4096 + k] * y[k * 512 + column];
    assertEquals(products[row * 512 + column], sum);
  }
  // The gradient of a kernel by a pullback: nothing but the sum tells that image and cotangent are one batch.
  const image = tensor(tameValues("float64", sizeOf([48, 8, 16, 20]), 1), { shape: [48, 8, 16, 20] });
  const kernel = tensor(tameValues("float64", sizeOf([4, 4, 3, 3]), 2), { shape: [4, 4, 3, 3] });
  const f = (w: Tensor): Tensor => ops.conv2d(image, w, { groups: 2 });
  const [out, pullback] = vjp(f, kernel);
  const whole = grad((w: Tensor) => ops.sum(ops.mul(f(w), out)))(kernel).dataSync();
  assertClose(pullback(out)[0].dataSync(), whole, { rtol: 1e-9, atol: 1e-9 });
});

Deno.test("the oracle multiplies integers exactly: 4294967286² is 100 modulo 2³²", () => {
  for (const device of ["cpu", "reference"]) {
    const x = tensor(Uint32Array.of(4294967286), { device });
    assertEquals([...ops.matmul(x, x).dataSync()], [100], device);
  }
});
