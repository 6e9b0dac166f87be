/**
 * The adding problem: two numbers of a long sequence are marked, and a recurrent network is to give their sum. A gated recurrent unit
 * in one `scan`; the training is a `scan` of steps, so that a hundred of them are one program.
 *
 * Run: `deno run -A examples/control/rnn.ts`
 *
 * The problem is that of Hochreiter and Schmidhuber: "Long short-term memory" (1997); the unit that of Cho et al.: "Learning phrase
 * representations using RNN encoder–decoder" (2014).
 *
 * @module
 */
import { jit, ops, optim, random, scan, type Tensor, valueAndGrad, zeros } from "../../mod.ts";

/** Weights of a gated recurrent unit and of what reads its last state. */
export interface Params {
  /** From [input, state] to update gate, reset gate: [inputs + hidden, 2 · hidden]. */
  readonly gates: { readonly weight: Tensor; readonly bias: Tensor };
  /** From [input, reset state] to the candidate: [inputs + hidden, hidden]. */
  readonly candidate: { readonly weight: Tensor; readonly bias: Tensor };
  /** [hidden, 1] */
  readonly read: Tensor;
}

/** Weights to begin with. */
export function init(key: Tensor, hidden: number): Params {
  const [a, b, c] = random.split(key, 3);
  const dense = (key: Tensor, inputs: number, outputs: number): Tensor =>
    ops.mul(random.normal(key, [inputs, outputs]), 1 / Math.sqrt(inputs));
  return {
    gates: { weight: dense(a, 2 + hidden, 2 * hidden), bias: zeros([2 * hidden]) },
    candidate: { weight: dense(b, 2 + hidden, hidden), bias: zeros([hidden]) },
    read: dense(c, hidden, 1),
  };
}

/** What the network says of sequences of [time, batch, 2]: one number for each, [batch]. */
export function predict({ gates, candidate, read }: Params, sequences: Tensor): Tensor {
  const [, batch] = sequences.shape, hidden = read.shape[0];
  const turn = (state: Tensor, x: Tensor) => { // state: [batch, hidden], x: [batch, 2]
    const both = ops.sigmoid(ops.add(ops.matmul(ops.concat([x, state], { axis: 1 }), gates.weight), gates.bias));
    const [update, reset] = ops.split(both, 2, { axis: 1 });
    const input = ops.concat([x, ops.mul(reset, state)], { axis: 1 });
    const proposed = ops.tanh(ops.add(ops.matmul(input, candidate.weight), candidate.bias));
    return [ops.add(state, ops.mul(update, ops.sub(proposed, state))), null] as const;
  };
  const [last] = scan(turn, zeros([batch, hidden]), sequences);
  return ops.squeeze(ops.matmul(last, read), { axis: 1 });
}

/** Sequences of [time, batch, 2], numbers beside marks, and the sums of what is marked, [batch]. */
export function problems(key: Tensor, time: number, batch: number): { sequences: Tensor; sums: Tensor } {
  const [a, b, c] = random.split(key, 3);
  const half = time / 2;
  const numbers = random.uniform(a, [time, batch]);
  // One mark in each half.
  const mark = (key: Tensor): Tensor => ops.transpose(ops.oneHot(random.randint(key, [batch], 0, half), half));
  const marks = ops.concat([mark(b), mark(c)]);
  return { sequences: ops.stack([numbers, marks], 2), sums: ops.sum(ops.mul(numbers, marks), { axis: 0 }) };
}

/** A run of training: the mean squared error of each step. */
export function train({ time = 20, batch = 64, hidden = 24, rounds = 5, steps = 100, seed = 0 }, say = console.log) {
  const optimizer = optim.adam({ learningRate: 0.01 });
  const lossOf = (params: Params, key: Tensor): Tensor => {
    const { sequences, sums } = problems(key, time, batch);
    return ops.mean(ops.square(ops.sub(predict(params, sequences), sums)));
  };
  type State = ReturnType<typeof optimizer.init>;
  interface Run {
    readonly params: Params;
    readonly state: State;
  }
  const step = ({ params, state }: Run, key: Tensor): readonly [Run, Tensor] => {
    const [loss, grads] = valueAndGrad(lossOf)(params, key);
    const [updates, next] = optimizer.update(grads, state, params);
    return [{ params: optim.applyUpdates(params, updates), state: next }, loss];
  };
  // A hundred steps, each with new problems: one program.
  const round = jit((run: Run, key: Tensor) => scan(step, run, ops.stack(random.split(key, steps))));
  const key = random.key(seed);
  const params = init(key, hidden);
  let run: Run = { params, state: optimizer.init(params) };
  const losses: number[] = [];
  for (let i = 1; i <= rounds; i++) {
    const [next, errors] = round(run, random.foldIn(key, i));
    run = next;
    losses.push(...errors.dataSync());
    say(`after ${i * steps} steps: mean squared error ${losses.at(-1)!.toFixed(4)}`);
  }
  return { params: run.params, losses };
}

if (import.meta.main) {
  console.log("Two of 20 numbers are to be added; who always says 1 has a mean squared error of 0.1667");
  const { params } = train({});
  const { sequences, sums } = problems(random.key(99), 20, 5);
  const said = await predict(params, sequences).data();
  (await sums.data()).forEach((sum, i) => console.log(`sum ${sum.toFixed(3)}  network ${said[i].toFixed(3)}`));
}
