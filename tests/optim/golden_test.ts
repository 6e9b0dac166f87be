import { type DType, jit, optim, type Tensor, tensor } from "@cotangent/cotangent";
import { assertClose } from "../support/close.ts";
import { deviceNames } from "../support/devices.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";

type Options = Record<string, number> & { optimizer?: string; schedule?: Record<string, number> };
type Arrays = Record<string, GoldenArray>;

interface OptimizerCase {
  kind: "optimizer";
  name: string;
  options: Options;
  init: Arrays;
  grads: Arrays;
  params: Arrays;
}

interface AverageCase {
  kind: "average";
  name: string;
  options: { decay: number; debias: boolean };
  init: Arrays;
  params: Arrays;
  average: Arrays;
}

interface ScheduleCase {
  kind: "schedule";
  fn: string;
  options: Options & { boundariesAndScales?: [number, number][]; staircase?: boolean };
  steps: number[];
  value: GoldenArray;
}

const { cases } = loadGolden<{ cases: (OptimizerCase | AverageCase | ScheduleCase)[] }>("optim");

/** Our arguments for the options of a schedule in the file. */
function scheduleOf(fn: string, o: ScheduleCase["options"]): optim.ScalarSchedule {
  switch (fn) {
    case "constant":
      return optim.constant(o.value);
    case "cosineDecay":
      return optim.cosineDecay({ initial: o.init, steps: o.decaySteps, final: o.alpha * o.init });
    case "warmupCosine":
      return optim.warmupCosine({
        initial: o.init,
        peak: o.peak,
        warmupSteps: o.warmupSteps,
        totalSteps: o.decaySteps,
        final: o.end,
      });
    case "exponentialDecay":
      return optim.exponentialDecay({
        initial: o.init,
        rate: o.decayRate,
        steps: o.transitionSteps,
        begin: o.transitionBegin ?? 0,
        staircase: Boolean(o.staircase),
        ...(o.end === undefined ? {} : { final: o.end }),
      });
    case "piecewise": {
      const scales = o.boundariesAndScales!;
      const values = scales.reduce((list, [, scale]) => [...list, list[list.length - 1] * scale], [o.init]);
      return optim.piecewise({ boundaries: scales.map(([step]) => step), values });
    }
    default:
      throw new Error(`no schedule ${fn}`);
  }
}

/** Our optimiser for a row of the file. */
function optimizerOf(name: string, o: Options): optim.GradientTransformation {
  const { learningRate, limit, every, optimizer: _, schedule, ...rest } = o;
  const sgd = optim.sgd({ learningRate: learningRate ?? 0 });
  switch (name) {
    case "sgd":
    case "momentum":
    case "adam":
    case "adamw":
    case "rmsprop":
    case "lion":
      return optim[name]({ learningRate, ...rest });
    case "clip":
      return optim.chain(optim.clip(limit), sgd);
    case "clipByGlobalNorm":
      return optim.chain(optim.clipByGlobalNorm(limit), sgd);
    case "addDecayedWeights":
      return optim.chain(optim.addDecayedWeights(rest.weightDecay), sgd);
    case "accumulate":
      return optim.accumulate(optim.adam({ learningRate }), { steps: every });
    case "ema of gradients":
      return optim.chain(optim.ema(rest.decay, { debias: Boolean(rest.debias) }), sgd);
    case "chain":
      return optim.chain(
        optim.clipByGlobalNorm(limit),
        optim.adamw({ learningRate: scheduleOf("warmupCosine", schedule as Options), ...rest }),
      );
    default:
      throw new Error(`no optimiser ${name}`);
  }
}

type Leaves = Record<string, Tensor>;

for (const device of deviceNames) {
  const at = (arrays: Arrays, dtype: DType, step?: number): Leaves =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, { shape, data }]) => {
        if (step === undefined) return [name, tensor(data, { shape, dtype, device })];
        const size = data.length / shape[0];
        return [name, tensor(data.slice(step * size, (step + 1) * size), { shape: shape.slice(1), dtype, device })];
      }),
    );
  const close = async (actual: Leaves, arrays: Arrays, step: number, tolerance: number, message: string) => {
    for (const [name, expected] of Object.entries(at(arrays, "float64", step))) {
      assertClose(await actual[name].data(), await expected.data(), {
        rtol: tolerance,
        atol: tolerance,
        message: `${message}, ${name}, step ${step}`,
      });
    }
  };

  for (const dtype of ["float64", "float32"] as const) {
    Deno.test(`optimisers equal optax over 20 steps in ${dtype} on ${device}`, async (t) => {
      for (const c of cases) {
        if (c.kind !== "optimizer") continue;
        await t.step(`${c.name} ${JSON.stringify(c.options)}`, async () => {
          const optimizer = optimizerOf(c.name, c.options);
          let params = at(c.init, dtype);
          let state = optimizer.init(params);
          const step = jit((params: Leaves, state: object, grads: Leaves) => {
            const [updates, next] = optimizer.update(grads, state, params);
            return [optim.applyUpdates(params, updates), next] as const;
          });
          // Schedules are float32, whatever the parameters are; where four gradients cancel, Adam divides what rounding left.
          const loose: Record<string, number> = { chain: 1e-6, accumulate: 1e-8 };
          const tolerance = dtype === "float32" ? 1e-6 : loose[c.name] ?? 1e-12;
          for (let i = 0; i < c.grads.a.shape[0]; i++) {
            [params, state] = step(params, state, at(c.grads, dtype, i));
            await close(params, c.params, i, tolerance, c.name);
          }
        });
      }
    });
  }

  Deno.test(`moving averages of parameters equal optax on ${device}`, async (t) => {
    for (const c of cases) {
      if (c.kind !== "average") continue;
      await t.step(c.name, async () => {
        const ema = c.name.endsWith("from the initial parameters")
          ? optim.ema(c.options.decay, { start: "params" })
          : optim.ema(c.options.decay, { debias: c.options.debias });
        let state = ema.init(at(c.init, "float64"));
        let averaged: Leaves;
        for (let i = 0; i < c.params.a.shape[0]; i++) {
          const params = at(c.params, "float64", i);
          [averaged, state] = ema.update(params, state, params);
          await close(averaged, c.average, i, 1e-12, c.name);
        }
      });
    }
  });

  Deno.test(`schedules equal optax, eager and traced, on ${device}`, async (t) => {
    for (const c of cases) {
      if (c.kind !== "schedule") continue;
      await t.step(`${c.fn} ${JSON.stringify(c.options)}`, async () => {
        const schedule = scheduleOf(c.fn, c.options);
        const traced = jit((step: Tensor) => schedule(step));
        for (const step of c.steps) {
          const expected = c.value.data[step];
          const tolerance = { rtol: 2e-6, atol: 1e-8, message: `step ${step}` };
          const count = tensor(step, { dtype: "int32", device });
          assertClose(await schedule(count).item(), expected, tolerance);
          assertClose(await traced(count).item(), expected, tolerance);
        }
      });
    }
  });
}
