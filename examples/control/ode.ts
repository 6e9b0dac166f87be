/**
 * A neural ordinary differential equation learns a spiral: dy/dt = A · y³, seen at 30 times. Runge–Kutta steps in a `scan`; the gradient
 * twice, through the steps and by the adjoint equation, which is solved backwards in time and keeps none of them.
 *
 * Run: `deno run -A examples/control/ode.ts`
 *
 * After Chen, Rubanova, Bettencourt, Duvenaud: "Neural ordinary differential equations" (2018).
 *
 * @module
 */
import {
  customVjp,
  explain,
  forLoop,
  grad,
  jit,
  ops,
  optim,
  random,
  scan,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  vjp,
  zeros,
} from "../../mod.ts";

/** dy/dt at a state y, for parameters of any structure. */
export type Field<P> = (y: Tensor, params: P) => Tensor;

/** a + h · b, leaf by leaf. */
const along = <T>(a: T, h: number, b: T): T => tree.map((x: Tensor, y: Tensor) => ops.add(x, ops.mul(h, y)), a, b) as T;

/** A step of the classical Runge–Kutta method, of fourth order, for a state of any structure. */
function rungeKutta<S>(slope: (s: S) => S, s: S, h: number): S {
  const a = slope(s), b = slope(along(s, h / 2, a)), c = slope(along(s, h / 2, b)), d = slope(along(s, h, c));
  return [[a, h / 6], [b, h / 3], [c, h / 3], [d, h / 6]].reduce((sum, [k, w]) => along(sum, w as number, k as S), s);
}

/** `steps` of them over a time h. */
const integrate = <S>(slope: (s: S) => S, s: S, h: number, steps: number): S =>
  forLoop(0, steps, (_, s) => rungeKutta(slope, s as S, h / steps) as never, s) as S;

/** Times at which a path is seen: `count` of them, h apart, with so many steps of the solver between two. */
export interface Grid {
  readonly count: number;
  readonly h: number;
  readonly steps: number;
}

/** The path from y, without its beginning: [count, …]. Its gradient goes through all steps, and keeps what they computed. */
export function path<P>(field: Field<P>, { count, h, steps }: Grid, y: Tensor, params: P): Tensor {
  const turn = (y: Tensor) => {
    const next = integrate((y: Tensor) => field(y, params), y, h, steps);
    return [next, next] as const;
  };
  return scan(turn, y, null, { length: count })[1];
}

/**
 * The same path with the gradient of the adjoint method: the cotangent a of y obeys da/dt = −aᵀ ∂f/∂y, that of the parameters is
 * ∫ aᵀ ∂f/∂θ dt. Both are solved backwards beside y, from each seen point to the one before.
 */
export function adjointPath<P>(field: Field<P>, grid: Grid, y: Tensor, params: P): Tensor {
  const { h, steps } = grid;
  interface Backwards {
    readonly y: Tensor;
    readonly a: Tensor;
    readonly total: P;
  }
  const solve = customVjp(
    (y: Tensor, params: P) => path(field, grid, y, params),
    (y, params) => {
      const ys = path(field, grid, y, params);
      return [ys, { ys, params }] as const;
    },
    ({ ys, params }, cotangents) => {
      const slope = ({ y, a }: Backwards): Backwards => {
        const [dy, pullback] = vjp(field, y, params);
        const [byState, byParams] = pullback(a);
        return { y: dy, a: ops.neg(byState), total: tree.map(ops.neg, byParams) as P };
      };
      const turn = ({ a, total }: Omit<Backwards, "y">, [y, cotangent]: [Tensor, Tensor]) => {
        const begun = integrate(slope, { y, a: ops.add(a, cotangent), total }, -h, steps);
        return [{ a: begun.a, total: begun.total }, null] as const;
      };
      const nothing = { a: ops.zerosLike(y), total: tree.map(ops.zerosLike, params) as P };
      const [{ a, total }] = scan(turn as never, nothing, [ys, cotangents], { reverse: true }) as unknown as [
        typeof nothing,
      ];
      return [a, total];
    },
  );
  return solve(y, params);
}

/** The spiral of the paper. */
export const spiral: Field<Tensor> = (y, a) => ops.matmul(ops.mul(y, ops.square(y)), a);
export const spiralMatrix = (): Tensor => tensor([[-0.1, 2], [-2, -0.1]]);

/** A network of one hidden layer on the cubes of the state. */
export interface Network {
  readonly first: Tensor;
  readonly bias: Tensor;
  readonly last: Tensor;
}
export const network: Field<Network> = (y, { first, bias, last }) =>
  ops.matmul(ops.tanh(ops.add(ops.matmul(ops.mul(y, ops.square(y)), first), bias)), last);

export function init(key: Tensor, hidden: number): Network {
  const [a, b] = random.split(key);
  const scaled = (key: Tensor, shape: number[]) => ops.mul(random.normal(key, shape), 0.3);
  return { first: scaled(a, [2, hidden]), bias: zeros([hidden]), last: scaled(b, [hidden, 2]) };
}

/** The mean squared distance of a network's path and the spiral. */
export const lossOf = (solver: typeof path, grid: Grid, start: Tensor, seen: Tensor) => (params: Network): Tensor =>
  ops.mean(ops.square(ops.sub(solver(network, grid, start, params), seen)));

/** Trains by the adjoint: parts of the path at a time, as the paper does, from points of the spiral. */
export function train({ rounds = 6, steps = 100, hidden = 32, seed = 0 }, say = console.log) {
  const grid: Grid = { count: 150, h: 0.05, steps: 2 }, part: Grid = { ...grid, count: 10 };
  const start = tensor([[2, 0]]);
  const seen = path(spiral, grid, start, spiralMatrix()); // [150, 1, 2]
  const all = ops.concat([ops.reshape(start, [1, 1, 2]), seen]);
  const optimizer = optim.adam({ learningRate: 0.01 });
  interface Run {
    readonly params: Network;
    readonly state: ReturnType<typeof optimizer.init>;
  }
  const step = ({ params, state }: Run, key: Tensor): readonly [Run, Tensor] => {
    // 16 places to begin at, [16, 2], and what is seen from there, [10, 16, 2].
    const from = random.randint(key, [16], 0, grid.count - part.count);
    const later = (k: number): Tensor => ops.squeeze(ops.take(all, ops.add(from, k), { axis: 0 }), { axis: 1 });
    const wanted = ops.stack(Array.from({ length: part.count }, (_, k) => later(k + 1)));
    const [loss, grads] = valueAndGrad(lossOf(adjointPath, part, later(0), wanted))(params);
    const [updates, next] = optimizer.update(grads, state, params);
    return [{ params: optim.applyUpdates(params, updates), state: next }, loss];
  };
  const round = jit((run: Run, key: Tensor) => scan(step, run, ops.stack(random.split(key, steps))));
  const key = random.key(seed);
  const params = init(key, hidden);
  let run: Run = { params, state: optimizer.init(params) };
  const losses: number[] = [];
  for (let i = 1; i <= rounds; i++) {
    const [next, errors] = round(run, random.foldIn(key, i));
    run = next;
    losses.push(...errors.dataSync());
    say(`after ${i * steps} steps: mean squared distance ${losses.at(-1)!.toFixed(5)}`);
  }
  return { params: run.params, losses, path: path(network, grid, start, run.params), seen };
}

if (import.meta.main) {
  const start = tensor([[2, 0]]), params = init(random.key(1), 32);

  /** Both ways to the gradient. */
  const gradients = (steps: number) => {
    const grid: Grid = { count: 30, h: 0.1, steps };
    const seen = path(spiral, { ...grid, steps: 16 }, start, spiralMatrix());
    return [path, adjointPath].map((solver) => grad(lossOf(solver, grid, start, seen)));
  };
  const norm = (list: number[]) => Math.sqrt(list.reduce((sum, v) => sum + v * v, 0));
  for (const steps of [1, 2, 4]) {
    const [x, y] = gradients(steps).map((f) => tree.leaves(f(params)).flatMap((t) => [...(t as Tensor).dataSync()]));
    const apart = norm(x.map((v, i) => v - y[i])) / norm(x);
    console.log(
      `${steps} × 30 steps: the gradients through them and by the adjoint are ${apart.toExponential(1)} apart`,
    );
  }
  for (const steps of [16, 64, 256]) {
    const [kept, less] = gradients(steps).map((f) => (explain(f)(params).program.arenaBytes / 1024).toFixed(0));
    console.log(`${steps} × 30 steps: ${kept} KiB for the gradient through them, ${less} KiB by the adjoint`);
  }
  train({});
}
