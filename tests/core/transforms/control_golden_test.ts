/** Loops and branches against JAX: the programs of tests/golden/gen_control.py, under the same names. */
import {
  associativeScan,
  cond,
  forLoop,
  grad,
  jit,
  jvp,
  map,
  ops,
  scan,
  setDefaultDevice,
  switchCase,
  type Tensor,
  tensor,
  vmap,
  whileLoop,
} from "../../../mod.ts";
import { assertClose } from "../../support/close.ts";
import { deviceNames } from "../../support/devices.ts";
import { type GoldenArray, loadGolden } from "../../support/golden.ts";
import { assertEquals, assertThrows } from "@std/assert";

type Pair = [Tensor, Tensor];

const rnn = (reverse: boolean) => (w: Tensor, xs: Tensor, h: Tensor): Tensor[] => [...scan(
  (h: Tensor, x: Tensor) => {
    const next = ops.tanh(ops.add(ops.matmul(w, h), x));
    return [next, ops.mul(next, x)] as const;
  },
  h,
  xs,
  { reverse },
)];

const then = ([a, b]: Pair, [c, d]: Pair): Pair => [ops.mul(a, c), ops.add(ops.mul(b, c), d)];

const programs: Record<string, (...xs: Tensor[]) => Tensor[]> = {
  rnn: rnn(false),
  rnn_backwards: rnn(true),
  trees(xs, a, b) {
    const first = (x: Tensor) => ops.squeeze(ops.slice(x, [0], [1]), { axis: 0 });
    const count = tensor(0, { dtype: "int32" });
    const [{ pair }, ys] = scan(
      ({ n, pair: [a, b] }: { n: Tensor; pair: Pair }, x: Tensor) => {
        const next = ops.add(n, 1);
        const second = ops.sub(ops.sum(x), first(x));
        return [
          { n: next, pair: [ops.add(ops.sin(a), first(x)), ops.mul(b, second)] as Pair },
          [ops.mul(a, b), ops.mul(ops.cast(next, "float64"), first(x))] as Pair,
        ] as const;
      },
      { n: count, pair: [a, b] as Pair },
      xs,
    );
    return [...pair, ...ys];
  },
  nested: (xs, s) => [...scan(
    (s: Tensor, values: Tensor) => {
      const turn = (t: Tensor, x: Tensor) => {
        const next = ops.add(ops.sin(ops.mul(t, x)), s);
        return [next, ops.mul(next, x)] as const;
      };
      const [t, ys] = scan(turn, s, values, { reverse: true });
      return [ops.mul(t, 0.5), ops.sum(ys)] as const;
    },
    s,
    xs,
  )],
  branches: (xs, s) => [...scan(
    (s: Tensor, x: Tensor) => {
      const bent = cond(
        ops.greater(x, 0),
        (s: Tensor) => ops.mul(ops.sin(s), x),
        (s: Tensor) => ops.add(s, ops.square(x)),
        s,
      );
      const k = ops.cast(ops.floor(ops.mul(2, bent)), "int32");
      const next = switchCase(k, [ops.square, ops.cos, (s: Tensor) => ops.sub(s, ops.mul(0.25, x))], bent);
      return [next, next] as const;
    },
    s,
    xs,
  )],
  newton: (a) =>
    whileLoop(
      ([x]: Pair) => ops.greater(ops.abs(ops.sub(ops.square(x), a)), 1e-9),
      ([x, n]: Pair): Pair => [ops.mul(0.5, ops.add(x, ops.div(a, x))), ops.add(n, 1)],
      [a, tensor(0, { dtype: "float64" })] as Pair,
    ),
  power: (w, x) => [forLoop(
    1,
    6,
    (i: Tensor, x: Tensor) => ops.div(ops.sin(ops.matmul(w, x)), ops.cast(i, "float64")),
    x,
  )],
  mapped: (w, xs) => [map((x: Tensor) => ops.sum(ops.tanh(ops.matmul(w, x))), xs)],
  products: (ms) => [associativeScan(ops.matmul, ms), associativeScan(ops.matmul, ms, { reverse: true })],
  affine: (a, b) => [
    ...associativeScan(then, [a, b] as Pair, { axis: 1 }),
    ...associativeScan(then, [a, b] as Pair, { axis: 1, reverse: true }),
  ],
};

interface Row {
  readonly name: string;
  readonly args: GoldenArray[];
  readonly tangents: GoldenArray[];
  readonly value: GoldenArray[];
  readonly jvp: GoldenArray[];
  readonly jvpTwice: GoldenArray[];
  readonly batch: GoldenArray[];
  readonly vmap: GoldenArray[];
  readonly cotangents?: GoldenArray[];
  readonly grads?: GoldenArray[];
  readonly second?: GoldenArray[];
  readonly gradsOfBatch?: GoldenArray[];
}

const { cases } = loadGolden<{ cases: Row[] }>("control");

Deno.test("every program of control.json is here, and no other", () => {
  assertEquals(cases.map(({ name }) => name), Object.keys(programs));
});

const near = (actual: readonly Tensor[], expected: readonly GoldenArray[]): void => {
  assertEquals(actual.map(({ shape }) => [...shape]), expected.map(({ shape }) => shape));
  actual.forEach((t, i) => assertClose(t.dataSync(), expected[i].data, { rtol: 1e-9, atol: 1e-10 }));
};

for (const device of deviceNames) {
  for (const row of cases) {
    Deno.test(`${row.name} has the values and derivatives of JAX (${device})`, () => {
      setDefaultDevice(device);
      try {
        const f = programs[row.name];
        const tensors = (list: readonly GoldenArray[]) =>
          list.map(({ data, shape }) => tensor(data, { shape, dtype: "float64" }));
        const [args, tangents, batch] = [row.args, row.tangents, row.batch].map(tensors);
        const forward = (...xs: Tensor[]): Tensor[] => jvp(f, xs, tangents)[1];
        near(f(...args), row.value);
        near(jit(f)(...args), row.value);
        near(forward(...args), row.jvp);
        near(jvp(forward, args, tangents)[1], row.jvpTwice);
        near(vmap(f)(...batch), row.vmap);
        const argnums = args.map((_, i) => i);
        const inner = (a: readonly Tensor[], b: readonly Tensor[]): Tensor =>
          a.map((t, i) => ops.sum(ops.mul(t, b[i]))).reduce((x, y) => ops.add(x, y));
        if (!row.cotangents) {
          const refused = "whileLoop: has no reverse mode";
          assertThrows(() => grad((...xs: Tensor[]) => f(...xs)[0], { argnums })(...args), TypeError, refused);
          return;
        }
        const cotangents = tensors(row.cotangents);
        const gradient = grad((...xs: Tensor[]) => inner(f(...xs), cotangents), { argnums });
        near(gradient(...args), row.grads!);
        near(jit(gradient)(...args), row.grads!);
        near(grad((...xs: Tensor[]) => inner(gradient(...xs), tangents), { argnums })(...args), row.second!);
        near(vmap(gradient)(...batch), row.gradsOfBatch!);
      } finally {
        setDefaultDevice("cpu");
      }
    });
  }
}
