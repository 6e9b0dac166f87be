import { checkGrads, grad, jit, ops, random, type Tensor, tensor, tree, valueAndGrad, vmap } from "../../mod.ts";
import { eccentricAnomaly, fit, observations, root } from "../../examples/control/newton.ts";
import {
  adjointPath,
  init,
  lossOf,
  path,
  spiral,
  spiralMatrix,
  train as trainOde,
} from "../../examples/control/ode.ts";
import { predict, problems, train as trainRnn } from "../../examples/control/rnn.ts";
import { assertClose } from "../support/close.ts";
import { assert, assertEquals } from "@std/assert";

const f64 = (x: number): Tensor => tensor(x, { dtype: "float64" });
const silent = (): void => {};

Deno.test("rnn: a problem marks one number in each half, and the sum is theirs", () => {
  const { sequences, sums } = problems(random.key(3), 8, 5);
  assertEquals(sequences.shape, [8, 5, 2]);
  const data = sequences.dataSync();
  sums.dataSync().forEach((sum, b) => {
    const marked = [...Array(8).keys()].filter((t) => data[2 * (5 * t + b) + 1] === 1);
    assert(marked.length === 2 && marked[0] < 4 && marked[1] >= 4, `marks at ${marked}`);
    assertClose([sum], [marked.reduce((total, t) => total + data[2 * (5 * t + b)], 0)], { rtol: 1e-6, atol: 0 });
  });
});

Deno.test("rnn: the network learns to add", () => {
  const { losses, params } = trainRnn({ time: 8, rounds: 2, steps: 100, hidden: 16 }, silent);
  assertEquals(losses.length, 200);
  assert(losses.at(-1)! < 0.02, `the mean squared error is ${losses.at(-1)}`); // 0.1667 for who knows nothing
  const { sequences, sums } = problems(random.key(99), 8, 100);
  const error = ops.mean(ops.square(ops.sub(predict(params, sequences), sums))).dataSync()[0];
  assert(error < 0.03, `that of new problems is ${error}`);
});

Deno.test("newton: the gradient of a root is that of the implicit function, twice and in batches", async () => {
  const anomaly = (eccentricity: Tensor, meanAnomaly: Tensor) => eccentricAnomaly({ eccentricity, meanAnomaly });
  for (const [e, m] of [[0, 1], [0.3, 0.2], [0.6, 1], [0.9, 2.5]]) {
    const [x, [byE, byM]] = valueAndGrad(anomaly, { argnums: [0, 1] })(f64(e), f64(m));
    const value = await x.item(), slope = 1 / (1 - e * Math.cos(value));
    assertClose([value - e * Math.sin(value)], [m], { rtol: 1e-12, atol: 0 });
    assertClose([await byE.item(), await byM.item()], [Math.sin(value) * slope, slope], { rtol: 1e-10, atol: 0 });
  }
  await checkGrads(anomaly, [f64(0.4), f64(1.2)], { order: 2, modes: ["reverse"] });
  const squares = tensor(Float64Array.of(2, 9, 16));
  const squareRoot = (a: Tensor) => root((x: Tensor, a: Tensor) => ops.sub(ops.square(x), a), a, a);
  assertClose(vmap(squareRoot)(squares).dataSync(), [Math.SQRT2, 3, 4], { rtol: 1e-12, atol: 0 });
  assertClose(jit(vmap(grad(squareRoot)))(squares).dataSync(), [0.5 / Math.SQRT2, 1 / 6, 1 / 8], {
    rtol: 1e-10,
    atol: 0,
  });
});

Deno.test("newton: an orbit is found from where its planet was seen", async () => {
  const { times, seen } = observations(0.2056, 0.13);
  const { eccentricity, phase, losses } = fit(times, seen);
  const [first, last] = [losses.dataSync()[0], losses.dataSync().at(-1)!];
  assert(first > 0.1 && last < 2e-4, `the error goes from ${first} to ${last}`);
  assertClose([await eccentricity.item(), await phase.item()], [0.2056, 0.13], { rtol: 0, atol: 0.005 });
});

Deno.test("ode: the path has an error of fourth order, and that of the adjoint is the same path", () => {
  // dy/dt = y: e to the time.
  const growth = (y: Tensor, rate: Tensor) => ops.mul(y, rate);
  const errors = [2, 4, 8].map((steps) => {
    const grid = { count: 2, h: 1, steps };
    const ys = path(growth, grid, f64(1), f64(1)).dataSync();
    assertEquals(adjointPath(growth, grid, f64(1), f64(1)).dataSync(), ys);
    return Math.abs(ys[1] - Math.E ** 2);
  });
  for (const [a, b] of [[0, 1], [1, 2]]) {
    const ratio = errors[a] / errors[b];
    assert(ratio > 11 && ratio < 20, `half the step makes the error ${ratio} times smaller`);
  }
});

Deno.test("ode: the gradients by the adjoint and through the steps meet with fourth order", () => {
  const wide = (t: Tensor): Tensor => ops.cast(t, "float64");
  const params = tree.map(wide, init(random.key(1), 8)) as ReturnType<typeof init>;
  const start = tensor(Float64Array.of(2, 0), { shape: [1, 2] });
  const apart = [1, 2, 4].map((steps) => {
    const grid = { count: 10, h: 0.2, steps };
    const seen = path(spiral, { ...grid, steps: 8 }, start, wide(spiralMatrix()));
    const [x, y] = [path, adjointPath].map((solver) => {
      const gradient = grad(
        (start: Tensor, params: ReturnType<typeof init>) => lossOf(solver, grid, start, seen)(params),
        {
          argnums: [0, 1],
        },
      );
      return tree.leaves(gradient(start, params)).flatMap((t) => [...t.dataSync()]);
    });
    return Math.hypot(...x.map((v, i) => v - y[i])) / Math.hypot(...x);
  });
  assert(apart[2] < 1e-6, `${apart}`);
  assert(apart[0] / apart[1] > 11 && apart[1] / apart[2] > 11, `${apart}`);
});

Deno.test("ode: training by the adjoint comes nearer to the spiral", () => {
  const { losses } = trainOde({ rounds: 2, steps: 60, hidden: 16 }, silent);
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const [first, last] = [mean(losses.slice(0, 10)), mean(losses.slice(-10))];
  assert(last < first / 5, `from ${first} to ${last}`);
});
