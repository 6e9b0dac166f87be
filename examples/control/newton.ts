/**
 * Kepler's equation E − e · sin E = M by Newton's method, with the gradient of the solution by the implicit function theorem; and an
 * orbit's eccentricity from the positions of a planet, by gradients through the solver.
 *
 * A `whileLoop` has no reverse mode, and needs none: where f(x, p) = 0, dx/dp = −(∂f/∂x)⁻¹ · ∂f/∂p, however x was found.
 *
 * Run: `deno run -A examples/control/newton.ts`
 *
 * @module
 */
import {
  customVjp,
  grad,
  jit,
  jvp,
  ops,
  optim,
  random,
  scan,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from "../../mod.ts";

/** What is to be zero: a scalar of a scalar and parameters. */
type Equation<P> = (x: Tensor, params: P) => Tensor;

/** Solves f(x, params) = 0 for a scalar x; differentiable by the parameters in reverse mode, as often as f is, and to be batched. */
export function root<P>(f: Equation<P>, guess: Tensor, params: P, { tolerance = 1e-12, most = 50 } = {}): Tensor {
  const derivative = grad(f);
  const solve = (guess: Tensor, params: P): Tensor =>
    whileLoop(
      (x) => ops.greater(ops.abs(f(x, params)), tolerance),
      (x) => ops.sub(x, ops.div(f(x, params), derivative(x, params))),
      guess,
      { maxIterations: most },
    );
  const implicit: typeof solve = customVjp(
    solve,
    (guess, params) => {
      const x = implicit(guess, params); // itself, so that its rule has a derivative too
      return [x, { x, params }] as const;
    },
    ({ x, params }, cotangent) => {
      const [, pullback] = vjp((params: P) => f(x, params), params);
      const [byParams] = pullback(ops.neg(ops.div(cotangent, derivative(x, params))));
      return [null, byParams];
    },
  );
  return implicit(guess, params);
}

/** Eccentricity and mean anomaly: how far along its year a planet is, as an angle. */
export interface Orbit {
  readonly eccentricity: Tensor;
  readonly meanAnomaly: Tensor;
}

const kepler: Equation<Orbit> = (e, { eccentricity, meanAnomaly }) =>
  ops.sub(ops.sub(e, ops.mul(eccentricity, ops.sin(e))), meanAnomaly);

/** The eccentric anomaly. */
export const eccentricAnomaly = (orbit: Orbit): Tensor => root(kepler, orbit.meanAnomaly, orbit);

/** Where a planet is in the plane of its orbit, in units of its long half axis: [2]. */
export function position(eccentricity: Tensor, meanAnomaly: Tensor): Tensor {
  const e = eccentricAnomaly({ eccentricity, meanAnomaly });
  const short = ops.sqrt(ops.sub(1, ops.square(eccentricity)));
  return ops.stack([ops.sub(ops.cos(e), eccentricity), ops.mul(short, ops.sin(e))]);
}

/** An eccentricity and the time since the planet was nearest, from positions [n, 2] at times [n], in years: by 300 steps of Adam. */
export function fit(times: Tensor, seen: Tensor): { eccentricity: Tensor; phase: Tensor; losses: Tensor } {
  // The eccentricity as a sigmoid: it stays between 0 and 1.
  const start = { logit: tensor(-2, { dtype: "float64" }), phase: tensor(0, { dtype: "float64" }) };
  type Params = typeof start;
  const lossOf = ({ logit, phase }: Params): Tensor => {
    const angles = ops.mul(2 * Math.PI, ops.add(times, phase));
    const places = vmap(position, { inAxes: [null, 0] })(ops.sigmoid(logit), angles);
    return ops.mean(ops.square(ops.sub(places, seen)));
  };
  const optimizer = optim.adam({ learningRate: 0.03 });
  type State = ReturnType<typeof optimizer.init>;
  const step = ({ params, state }: { params: Params; state: State }) => {
    const [loss, grads] = valueAndGrad(lossOf)(params);
    const [updates, next] = optimizer.update(grads, state, params);
    return [{ params: optim.applyUpdates(params, updates), state: next }, loss] as const;
  };
  const run = jit(() => scan(step, { params: start, state: optimizer.init(start) }, null, { length: 300 }));
  const [{ params }, losses] = run();
  return { eccentricity: ops.sigmoid(params.logit), phase: params.phase, losses };
}

/** Positions at times over a year, with noise. */
export function observations(eccentricity: number, phase: number, count = 40, noise = 0.01) {
  const f64 = (x: number) => tensor(x, { dtype: "float64" });
  const times = tensor(Float64Array.from({ length: count }, (_, i) => i / count));
  const angles = ops.mul(2 * Math.PI, ops.add(times, f64(phase)));
  const places = vmap(position, { inAxes: [null, 0] })(f64(eccentricity), angles);
  const errors = ops.cast(random.normal(random.key(7), places.shape), "float64");
  return { times, seen: ops.add(places, ops.mul(noise, errors)) };
}

if (import.meta.main) {
  const f64 = (x: number) => tensor(x, { dtype: "float64" });
  const orbit = { eccentricity: f64(0.6), meanAnomaly: f64(1) };
  const [e, slopes] = valueAndGrad(eccentricAnomaly)(orbit);
  const x = e.dataSync()[0];
  console.log(`E(e = 0.6, M = 1) = ${x}`);
  console.log(`dE/de: implicit ${await slopes.eccentricity.item()}, by hand ${Math.sin(x) / (1 - 0.6 * Math.cos(x))}`);
  console.log(`dE/dM: implicit ${await slopes.meanAnomaly.item()}, by hand ${1 / (1 - 0.6 * Math.cos(x))}`);
  // Forward mode goes through the loop itself.
  const through = (m: Tensor) =>
    whileLoop(
      (x) => ops.greater(ops.abs(kepler(x, { ...orbit, meanAnomaly: m })), 1e-12),
      (x) =>
        ops.sub(
          x,
          ops.div(kepler(x, { ...orbit, meanAnomaly: m }), ops.sub(1, ops.mul(orbit.eccentricity, ops.cos(x)))),
        ),
      m,
    );
  console.log(`       through the turns, by jvp ${await jvp(through, [f64(1)], [f64(1)])[1].item()}`);

  const { times, seen } = observations(0.2056, 0.13); // Mercury's
  const { eccentricity, phase, losses } = fit(times, seen);
  const [first, last] = [losses.dataSync()[0], losses.dataSync().at(-1)!];
  console.log(`Mercury: mean squared error ${first.toFixed(4)} → ${last.toFixed(6)} (the noise has 0.0001)`);
  console.log(
    `eccentricity ${(await eccentricity.item()).toFixed(4)} of 0.2056, phase ${
      (await phase.item()).toFixed(4)
    } of 0.13`,
  );
}
