/**
 * The programs whose StableHLO text is checked in beside this file, as NAME.mlir. Run as a program, it writes them anew:
 * `deno run -A tests/golden/stablehlo/programs.ts`.
 *
 * @module
 */
import {
  checkpoint,
  cond,
  grad,
  io,
  nn,
  ops,
  optim,
  random,
  scan,
  switchCase,
  type Tensor,
  tensor,
  valueAndGrad,
  whileLoop,
} from "../../../mod.ts";

const f32 = (...shape: number[]) => ({ shape, dtype: "float32" });
const i32 = (...shape: number[]) => ({ shape, dtype: "int32" });
const key = { shape: [2], dtype: "uint32" };

/** Numbers that text can spoil, and arrays that the function captures. */
function constants(): io.StableHlo {
  const [few, many] = [tensor([[1, -0.5], [0.1, 3e-8]]), tensor(Float32Array.from({ length: 20 }, (_, i) => i / 7))];
  const f = (x: Tensor) => [
    ops.add(x, few),
    ops.where(ops.isNaN(x), -Infinity, ops.maximum(x, -0)),
    ops.mul(many, ops.sum(x)),
    tensor([true, false]),
    tensor([NaN, Infinity]),
    tensor(Int32Array.of(-(2 ** 31), 2 ** 31 - 1)),
  ];
  return io.exportStableHlo(f, [f32(2, 2)], { name: "constants" });
}

/** Convolutions in groups, and both their gradients. */
function convolutions(): io.StableHlo {
  const loss = (x: Tensor, kernel: Tensor, depthwise: Tensor) => {
    const y = ops.conv2d(x, kernel, { stride: 2, padding: 1, groups: 2 });
    return ops.sum(ops.conv2d(y, depthwise, { dilation: 2, padding: [2, 1], groups: 6 }));
  };
  const f = grad(loss, { argnums: [0, 1, 2] });
  return io.exportStableHlo(f, [f32(2, 4, 8, 8), f32(6, 2, 3, 3), f32(6, 1, 3, 3)], { name: "convolutions" });
}

/** Sorting, positions, windows and what runs along an axis, with gradients. */
function indexing(): io.StableHlo {
  const loss = (x: Tensor) => {
    const taken = ops.take(ops.sort(x, { axis: 1 }), tensor(Int32Array.of(2, 0)), { axis: 1 });
    const pooled = ops.maxPool2d(ops.reshape(x, [1, 1, 4, 6]), 3, { stride: 2, padding: 1 });
    return ops.add(ops.sum(ops.cumsum(taken, { axis: 0 })), ops.sum(pooled));
  };
  const f = (x: Tensor) => ({ gradient: grad(loss)(x), largest: ops.argmax(x, { axis: 1 }) });
  return io.exportStableHlo(f, [f32(4, 6)], { name: "indexing" });
}

/** Random bits are written out; erfInv too. */
function randomness(): io.StableHlo {
  const f = (key: Tensor) => {
    const [next, here] = random.split(key);
    return { next, uniform: random.uniform(here, [3, 2]), normal: random.normal(here, [4]) };
  };
  return io.exportStableHlo(f, [key], { name: "randomness" });
}

/** A recurrent network, backwards in blocks, with a branch in each turn, and its gradient; Newton's method while it moves. */
function control(): io.StableHlo {
  const loss = (w: Tensor, xs: Tensor, start: Tensor) => {
    const turn = (state: Tensor, x: Tensor) => {
      const next = ops.tanh(ops.add(ops.matmul(w, state), x));
      const bounded = cond(
        ops.greater(ops.sum(next), 1),
        (s: Tensor) => ops.mul(s, 0.5),
        (s: Tensor) => ops.add(s, x),
        next,
      );
      return [bounded, next] as const;
    };
    const [last, ys] = scan(turn, start, xs, { reverse: true, checkpointEvery: 2 });
    return ops.add(ops.sum(last), ops.sum(ops.square(ys)));
  };
  const root = (a: Tensor) =>
    whileLoop(
      (x) => ops.greater(ops.abs(ops.sub(ops.square(x), a)), 1e-4),
      (x) => ops.mul(0.5, ops.add(x, ops.div(a, x))),
      a,
    );
  const f = (w: Tensor, xs: Tensor, start: Tensor, k: Tensor) => ({
    gradients: grad(loss, { argnums: [0, 1, 2] })(w, xs, start),
    root: root(ops.add(ops.sum(ops.square(xs)), 1)),
    chosen: switchCase(k, [ops.neg, ops.exp, ops.zerosLike], start),
  });
  return io.exportStableHlo(f, [f32(3, 3), f32(5, 3), f32(3), i32()], { name: "control" });
}

/** A training step of a small network with a ScConv, recomputed in the backward pass. */
function step(): io.StableHlo {
  const block = nn.sequential(nn.scConv(8), nn.groupNorm(8, { groups: 4 }), nn.relu());
  const head = nn.linear(8, 3);
  const optimizer = optim.momentum({ learningRate: 0.1, momentum: 0.9 });
  const init = [block.init(random.key(0)), head.init(random.key(1))] as const;
  const lossOf = ([first, last]: typeof init, x: Tensor, y: Tensor) => {
    const features = ops.mean(checkpoint((x: Tensor) => block.apply(first, x))(x), { axis: [2, 3] });
    return ops.mean(ops.softmaxCrossEntropy(head.apply(last, features), y));
  };
  const f = (params: typeof init, state: ReturnType<typeof optimizer.init>, x: Tensor, y: Tensor) => {
    const [loss, grads] = valueAndGrad(lossOf)(params, x, y);
    const [updates, next] = optimizer.update(grads, state, params);
    return { params: optim.applyUpdates(params, updates), state: next, loss };
  };
  return io.exportStableHlo(f, [init, optimizer.init(init), f32(4, 8, 6, 6), i32(4)], {
    name: "step",
    donate: [0, 1],
    sharding: { "2": ["data"], "3": ["data"] },
  });
}

/** The programs by name. */
export const programs: Record<string, () => io.StableHlo> = {
  constants,
  control,
  convolutions,
  indexing,
  randomness,
  step,
};

if (import.meta.main) {
  for (const [name, make] of Object.entries(programs)) {
    const { text, signature } = make();
    await Deno.writeTextFile(new URL(`${name}.mlir`, import.meta.url), text);
    await Deno.writeTextFile(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(signature, null, 1)}\n`);
  }
}
