/**
 * Rows of loops and branches: bodies that compute, that move, that only pass on or exchange what they get, that hold other loops.
 *
 * @module
 */
import {
  associativeScan,
  checkpoint,
  cond,
  forLoop,
  map,
  ops,
  scan,
  switchCase,
  type Tensor,
  whileLoop,
} from "../../mod.ts";
import type { DType } from "../../core/dtype.ts";
import { tameValues } from "../support/random.ts";
import { type Case, given, type Row, type Value } from "./harness.ts";

const numbers: readonly DType[] = ["float32", "float64", "int32", "uint32"];

const small = (dtype: DType, shape: number[], seed: number): Value => ({
  dtype,
  shape,
  data: tameValues(dtype, shape.reduce((n, m) => n * m, 1), seed),
});

type Result = Tensor | readonly Tensor[];

/** Scans over xs of [length, 2, 3] with a carry of [2, 3], and a constant of [3]. */
const scans: Readonly<Record<string, (carry: Tensor, xs: Tensor, w: Tensor) => Result>> = {
  "running sums": (c, xs) => scan((s: Tensor, x: Tensor) => [ops.add(s, x), ops.sub(x, s)] as const, c, xs),
  "backwards": (c, xs) => scan((s: Tensor, x: Tensor) => [ops.add(s, x), s] as const, c, xs, { reverse: true }),
  "with a constant": (c, xs, w) => {
    const [last, [ys]] = scan(
      (s: Tensor, x: Tensor) => {
        const next = ops.maximum(ops.add(s, w), x);
        return [next, [ops.mul(next, w)]] as const;
      },
      c,
      xs,
    );
    return [last, ys];
  },
  "products of slices": (c, xs, w) =>
    scan(
      (s: Tensor, x: Tensor) => {
        const y = ops.matmul(x, ops.reshape(w, [3, 1])); // needs no carry
        return [ops.maximum(s, ops.add(x, y)), y] as const;
      },
      c,
      xs,
    ),
  "an exchange": (c, xs) => {
    const [[a, b]] = scan(([a, b]: [Tensor, Tensor], _: Tensor) => [[b, a], null] as const, [c, ops.add(c, c)], xs);
    return [a, b];
  },
  "what never changes": (c, xs, w) => {
    const [[a, b], ys] = scan(
      ([a, b]: [Tensor, Tensor], x: Tensor) => [[a, ops.add(b, x)], [a, w, x] as const] as const,
      [c, c],
      xs,
    );
    return [a, b, ...ys];
  },
  "nothing but slices": (_, xs) => map((x: Tensor) => ops.transpose(ops.add(x, x)), xs),
  "no slices": (c) => scan((s: Tensor) => [ops.sub(s, ops.flip(s, 1)), null] as const, c, null, { length: 3 })[0],
  "flags": (c, xs) => {
    const [last, ys] = scan(
      (s: Tensor, x: Tensor) => {
        const seen = ops.logicalOr(s, ops.greater(x, 0));
        return [seen, ops.logicalNot(seen)] as const;
      },
      ops.less(c, 0),
      xs,
    );
    return [last, ys];
  },
  "two lengths of blocks": (c, xs) =>
    scan(checkpoint((s: Tensor, x: Tensor) => [ops.add(s, x), ops.maximum(s, x)] as [Tensor, Tensor]), c, xs, {
      checkpointEvery: 2,
    }),
};

function* scanCases(): Generator<Case> {
  for (const dtype of numbers) {
    for (const [name, f] of Object.entries(scans)) {
      for (const length of [0, 1, 5]) {
        yield {
          label: `${dtype} ${name}, ${length} turns`,
          inputs: [small(dtype, [2, 3], 1), small(dtype, [length, 2, 3], 2), small(dtype, [3], 3)],
          f,
          tolerance: { sum: 4 },
          layouts: length === 5 && dtype !== "uint32" ? undefined : [],
        };
      }
    }
  }
  for (const dtype of ["float32", "int32"] as const) {
    yield {
      label: `${dtype} a loop in a loop`,
      inputs: [small(dtype, [3], 1), small(dtype, [4, 5, 3], 2)],
      f: (c, xs) =>
        scan(
          (s: Tensor, rows: Tensor) => {
            const [last, sums] = scan((t: Tensor, x: Tensor) => [ops.add(t, x), t] as const, s, rows, {
              reverse: true,
            });
            return [ops.maximum(last, s), ops.sum(sums, { axis: 0 })] as const;
          },
          c,
          xs,
        ),
      tolerance: { sum: 8 },
    };
    yield {
      label: `${dtype} prefixes`,
      inputs: [small(dtype, [7, 2], 1)],
      f: (x) => [associativeScan(ops.maximum, x), associativeScan(ops.add, x, { axis: 1, reverse: true })],
      tolerance: { sum: 8 },
    };
    // Large enough to run in stripes and on several threads within a turn.
    yield {
      label: `${dtype} large steps`,
      inputs: [small(dtype, [64, 48], 1), small(dtype, [3, 64, 48], 2), small(dtype, [48, 48], 3)],
      f: (c, xs, w) => scan((s: Tensor, x: Tensor) => [ops.add(ops.matmul(x, w), s), ops.matmul(s, w)] as const, c, xs),
      tolerance: { sum: 400 },
      layouts: [],
    };
  }
}

function* whileCases(): Generator<Case> {
  for (const dtype of numbers) {
    const until = (limit: number, options: { maxIterations?: number }) => (x: Tensor): Tensor =>
      whileLoop(
        (s) => ops.less(ops.max(s), limit),
        (s) => ops.add(ops.add(s, s), ops.onesLike(s)),
        ops.abs(x),
        options,
      );
    for (const limit of [0, 1, 500]) {
      for (const options of [{}, { maxIterations: 0 }, { maxIterations: 3 }, { maxIterations: 20 }]) {
        yield {
          label: `${dtype} doubling to ${limit} ${JSON.stringify(options)}`,
          inputs: [small(dtype, [2, 3], 1)],
          f: until(limit, options),
        };
      }
    }
    yield {
      label: `${dtype} a loop in a loop, products and constants`,
      inputs: [small(dtype, [3, 3], 1), small(dtype, [3, 3], 2)],
      f: (x, w) =>
        whileLoop(
          ([, i]) => ops.less(i, 3),
          ([s, i]) => {
            const [product] = whileLoop(
              ([, j]) => ops.lessEqual(j, i),
              ([t, j]) => [ops.clip(ops.matmul(t, w), 0, 50), ops.add(j, 1)] as [Tensor, Tensor],
              [s, ops.zerosLike(i)] as [Tensor, Tensor],
              { maxIterations: 4 },
            );
            return [ops.add(ops.transpose(product), x), ops.add(i, 1)] as [Tensor, Tensor];
          },
          [x, ops.cast(ops.mul(ops.sum(x), 0), "int32")] as [Tensor, Tensor],
          { maxIterations: 5 },
        ) as unknown as Tensor[],
      tolerance: { atol: 1e-4 },
    };
    yield {
      label: `${dtype} an exchange, a constant, a count`,
      inputs: [small(dtype, [4], 1), small(dtype, [4], 2), small(dtype, [4], 3)],
      f: (x, y, w) => {
        const [a, b] = whileLoop(
          ([a]) => ops.greaterEqual(ops.max(a), ops.min(a)),
          ([a, b]) => [b, ops.maximum(a, w)] as [Tensor, Tensor],
          [x, y] as [Tensor, Tensor],
          { maxIterations: 5 },
        );
        return [a, b];
      },
    };
  }
  yield {
    label: "int32 Collatz, bounds of tensors",
    inputs: [given("int32", [27], []), given("int32", [0], []), given("int32", [9], [])],
    f: (n, from, to) => {
      const half = (x: Tensor): Tensor => ops.cast(ops.div(ops.cast(x, "float64"), 2), "int32");
      const next = (x: Tensor): Tensor => ops.where(ops.equal(ops.mod(x, 2), 0), half(x), ops.add(ops.mul(x, 3), 1));
      const steps = whileLoop(
        ([x]) => ops.notEqual(x, 1),
        ([x, count]) => [next(x), ops.add(count, 1)] as [Tensor, Tensor],
        [n, ops.zerosLike(n)] as [Tensor, Tensor],
      )[1];
      return [steps, forLoop(from, to, (i: Tensor, s: Tensor) => ops.add(ops.mul(s, 2), i), n)];
    },
  };
}

function* switchCases(): Generator<Case> {
  for (const dtype of numbers) {
    for (const index of [-7, 0, 1, 2, 9]) {
      yield {
        label: `${dtype} branch ${index}`,
        inputs: [given("int32", [index], []), small(dtype, [2, 3], 1), small(dtype, [2, 3], 2)],
        f: (k, x, y) =>
          switchCase(
            k,
            [
              (x: Tensor, y: Tensor) => [x, y],
              (x: Tensor, y: Tensor) => [y, ops.add(x, y)],
              (x: Tensor) => [ops.flip(x, 0), ops.maximum(x, y)],
            ],
            x,
            y,
          ),
      };
    }
  }
  yield {
    label: "float32 a branch in a loop, a loop in a branch",
    inputs: [given("float32", [1, -2, 3, -4]), given("float32", [0.5], [])],
    f: (xs, s) =>
      scan(
        (s: Tensor, x: Tensor) => {
          const next = cond(
            ops.greater(x, 0),
            (s: Tensor) => forLoop(0, 3, (_, t: Tensor) => ops.add(t, x), s),
            (s: Tensor) => ops.mul(s, x),
            s,
          );
          return [next, ops.sub(next, s)] as const;
        },
        s,
        xs,
      ),
  };
}

/** Rows of what core/transforms/control/ declares. */
export const controlRows: readonly Row[] = [
  { primitive: "scan", cases: scanCases },
  { primitive: "while", cases: whileCases },
  { primitive: "switch", cases: switchCases },
];
