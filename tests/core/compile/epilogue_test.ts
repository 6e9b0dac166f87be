/**
 * Elementwise work that a contraction does on its results: the same bits as after it, in fewer kernels.
 *
 * @module
 */
import { explain, grad, jit, ops, random, setDefaultDevice, type Tensor, valueAndGrad } from "../../../mod.ts";
import { assertSameBits } from "../../support/bits.ts";
import { assertClose } from "../../support/close.ts";
import { deviceNames } from "../../support/devices.ts";
import { assertEquals } from "@std/assert";

type F = (...xs: Tensor[]) => Tensor | readonly Tensor[];

const bias = (b: Tensor): Tensor => ops.reshape(b, [b.size, 1, 1]);
const convolved = (x: Tensor, w: Tensor, b: Tensor): Tensor => ops.add(ops.conv2d(x, w, { padding: 1 }), bias(b));

/** A function, the shapes of its inputs, and how many kernels it takes besides copies and packing. */
const programs: Readonly<Record<string, readonly [f: F, shapes: number[][], kernels: number]>> = {
  "a bias and an activation": [
    (x, w, b) => ops.relu(convolved(x, w, b)),
    [[2, 3, 7, 9], [5, 3, 3, 3], [5]],
    1,
  ],
  "a matrix product with a bias of its columns": [
    (x, w, b) => ops.relu(ops.add(ops.matmul(x, w), b)),
    [[33, 20], [20, 37], [37]],
    1,
  ],
  "a product so large that threads share it": [
    (x, w, b) => ops.mul(ops.add(ops.matmul(x, w), b), 0.3),
    [[256, 96], [96, 256], [256]],
    1,
  ],
  "the sum of two convolutions": [
    (x, w, v) => ops.add(ops.conv2d(x, w, { padding: 1 }), ops.conv2d(x, v)),
    [[2, 4, 6, 10], [8, 4, 3, 3], [8, 4, 1, 1]],
    2,
  ],
  "a residual": [
    (x, w, b) => ops.relu(ops.add(convolved(x, w, b), x)),
    [[3, 4, 8, 8], [4, 4, 3, 3], [4]],
    1,
  ],
  "two results": [
    (x, w, b) => {
      const y = convolved(x, w, b);
      return [y, ops.relu(y), ops.greater(y, 0.25)];
    },
    [[2, 3, 7, 8], [5, 3, 3, 3], [5]],
    1,
  ],
  "flags alone": [
    (x, w, c) => ops.greater(ops.mul(ops.matmul(x, w), 0.25), c),
    [[4, 3], [3, 8], [4, 8]],
    1,
  ],
  "flags of a single row, beside the results": [
    (x, w, c) => {
      const y = ops.matmul(x, w);
      return [ops.less(y, c), ops.pad(y, 1), ops.logicalNot(ops.less(c, y))];
    },
    [[1, 3], [3, 2], [1, 2]],
    -1,
  ],
  "results that a mean goes on with": [
    (x, w, b) => {
      const y = ops.relu(convolved(x, w, b));
      return [y, ops.mean(y, { axis: [2, 3] })];
    },
    [[2, 3, 8, 8], [5, 3, 3, 3], [5]],
    2,
  ],
  "a function with which all that reads the results begins": [
    (x, w, v) => {
      const y = ops.add(ops.conv2d(x, w, { padding: 1 }), ops.conv2d(x, v));
      return ops.mul(y, ops.sigmoid(ops.mean(y, { axis: [2, 3], keepDims: true })));
    },
    [[2, 4, 16, 16], [8, 4, 3, 3], [8, 4, 1, 1]],
    3,
  ],
  "results that are read twice, shifted, before a bias is": [
    (x, w, b) => {
      const y = ops.conv2d(x, w, { padding: 1 });
      const shifted = ops.slice(y, [0, 0, 1, 1], [2, 5, 7, 8]);
      return ops.sub(ops.add(shifted, bias(b)), ops.slice(y, [0, 0, 0, 0], [2, 5, 6, 7]));
    },
    [[2, 3, 7, 8], [5, 3, 3, 3], [5]],
    2,
  ],
  "the frame of the next convolution": [
    (x, w, b) => ops.conv2d(ops.relu(ops.add(ops.conv2d(x, w), bias(b))), w, { padding: 2 }),
    [[2, 3, 6, 8], [3, 3, 1, 1], [3]],
    -1,
  ],
  "results in another order": [
    (x, w, b) => ops.add(ops.transpose(ops.conv2d(x, w), [0, 2, 3, 1]), b),
    [[2, 3, 4, 8], [5, 3, 1, 1], [5]],
    -1,
  ],
  "halves of a concatenation, each with a bias, and a function of the whole": [
    (x, w, b) => {
      const y = ops.concat([convolved(x, w, b), ops.conv2d(x, w, { padding: 1 })], 1);
      return [ops.relu(y), ops.sum(ops.mul(y, 2), { axis: 1 })];
    },
    [[2, 3, 6, 8], [4, 3, 3, 3], [4]],
    -1,
  ],
  "no function of a mean that the nest after it takes of something else": [
    (x, w, v) => {
      const y = ops.matmul(x, w), mean = ops.mean(v, { axis: -1, keepDims: true });
      const all = ops.sum(ops.mul(y, ops.max(v))), rows = ops.sum(ops.square(ops.mul(ops.neg(y), mean)), -1);
      return [all, rows];
    },
    [[4, 3], [3, 8], [4, 8]],
    -1,
  ],
  "no function of a mean, of one product": [
    (x, w, v) => ops.sum(ops.mul(ops.neg(ops.matmul(x, w)), ops.mean(v))),
    [[1, 3], [3, 16], [1, 16]],
    -1,
  ],
  "a batch in stripes, with gradients": [
    (x, w, b) => {
      const loss = (w: Tensor, b: Tensor) => {
        const y = convolved(x, w, b);
        const z = ops.add(y, ops.conv2d(ops.relu(y), w, { padding: 1 }));
        return ops.mean(ops.square(ops.sub(z, ops.mean(z, { axis: [1, 2, 3], keepDims: true }))));
      };
      return [grad((w: Tensor) => loss(w, b))(w), grad((b: Tensor) => loss(w, b))(b)];
    },
    [[32, 8, 32, 32], [8, 8, 3, 3], [8]],
    -1,
  ],
};

const inputs = (shapes: number[][]): Tensor[] => shapes.map((shape, i) => random.normal(random.key(i + 1), shape));
const list = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  Array.isArray(result) ? result : [result as Tensor];

for (const [name, [f, shapes, kernels]] of Object.entries(programs)) {
  Deno.test(`a contraction does ${name}`, async (t) => {
    const compiled = list(jit(f)(...inputs(shapes))).map((y) => y.dataSync());
    const isGradient = name.includes("gradients");
    await t.step("as one does after another", () => {
      list(f(...inputs(shapes))).forEach((y, i) => {
        if (isGradient) assertClose(compiled[i], y.dataSync(), { rtol: 1e-4, atol: 1e-5 });
        else if (!name.includes("mean") && !name.includes("function")) assertSameBits(compiled[i], y.dataSync(), name);
        else assertClose(compiled[i], y.dataSync(), { rtol: 1e-5, atol: 1e-6 });
      });
    });
    await t.step("with the same bits in every code", () => {
      for (const device of deviceNames.filter((name) => name.startsWith("cpu"))) {
        setDefaultDevice(device);
        try {
          list(jit(f)(...inputs(shapes))).forEach((y, i) =>
            assertSameBits(y.dataSync(), compiled[i], `${name}, ${device}`)
          );
        } finally {
          setDefaultDevice("cpu");
        }
      }
    });
    await t.step("as the reference does", () => {
      setDefaultDevice("reference");
      try {
        list(f(...inputs(shapes))).forEach((y, i) =>
          assertClose(compiled[i], y.dataSync(), { rtol: 2e-4, atol: 2e-5 })
        );
      } finally {
        setDefaultDevice("cpu");
      }
    });
    if (kernels >= 0) {
      await t.step(`in ${kernels} kernels`, () => {
        const names = explain(f)(...inputs(shapes)).program.kernels.map((k) => k.name);
        assertEquals(names.filter((n) => !["copy", "pack", "fill"].includes(n)).length, kernels, names.join());
      });
    }
  });
}

Deno.test("training needs no kernel between a convolution, its mean square and its gradients", () => {
  const loss = (p: { w: Tensor; b: Tensor }, x: Tensor) => ops.mean(ops.square(ops.relu(convolved(x, p.w, p.b))));
  const [w, b, x] = inputs([[16, 8, 3, 3], [16], [32, 8, 32, 32]]);
  const { kernels } = explain(valueAndGrad(loss))({ w, b }, x).program;
  const names = kernels.filter((k) => k.calls === 32 && !["copy", "pack"].includes(k.name)).map((k) => k.name);
  assertEquals(names.sort(), ["conv", "conv.kernel", "mul+sum", "sum"]);
});
