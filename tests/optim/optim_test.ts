import { grad, jit, ops, optim, type Tensor, tensor, tree } from "@cotangent/cotangent";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { allDeviceNames } from "../support/devices.ts";

interface Params {
  w: Tensor;
  layers: [Tensor, { b: Tensor }];
}

/** The widest floats of a device: WGSL has no float64. */
const widest = (device: string) => device === "webgpu" ? "float32" : "float64";

const paramsOn = (device: string): Params => ({
  w: tensor([[1, -2], [3, 0.5]], { device }),
  layers: [tensor(2, { device }), { b: tensor([0, 1, 2], { dtype: widest(device), device }) }],
});

const optimizers: Record<string, () => optim.GradientTransformation> = {
  sgd: () => optim.sgd({ learningRate: 0.1 }),
  momentum: () => optim.momentum({ learningRate: 0.05 }),
  nesterov: () => optim.momentum({ learningRate: 0.05, nesterov: true }),
  adam: () => optim.adam({ learningRate: 0.2 }),
  adamw: () => optim.adamw({ learningRate: 0.2 }),
  rmsprop: () => optim.rmsprop({ learningRate: 0.1, centered: true, momentum: 0.1 }),
  lion: () => optim.lion({ learningRate: optim.cosineDecay({ initial: 0.3, steps: 60 }) }),
  scheduled: () => optim.adam({ learningRate: optim.warmupCosine({ peak: 0.3, warmupSteps: 5, totalSteps: 100 }) }),
  clipped: () => optim.chain(optim.clipByGlobalNorm(1), optim.clip(0.5), optim.momentum({ learningRate: 0.1 })),
  smoothed: () => optim.chain(optim.ema(0.5), optim.scale(2), optim.sgd({ learningRate: 0.05 })),
  accumulated: () => optim.accumulate(optim.adam({ learningRate: 0.5 }), { steps: 2 }),
};

const loss = (p: Params): Tensor => {
  const squares = tree.leaves(p).map((leaf) => ops.sum(ops.mul(ops.cast(leaf, "float32"), ops.cast(leaf, "float32"))));
  return squares.reduce((a, b) => ops.add(a, b));
};

for (const device of allDeviceNames) {
  for (const [name, make] of Object.entries(optimizers)) {
    Deno.test(`${name} goes downhill with one trace, donated state and stable structure, on ${device}`, async () => {
      const optimizer = make();
      let params = paramsOn(device);
      let state = optimizer.init(params);
      const before = await loss(params).item();
      const structure = tree.structure(state);
      const dtypes = tree.leaves(state).map((leaf) => leaf.dtype);
      let traces = 0;
      const step = jit((params: Params, state: object) => {
        traces++;
        const [updates, next] = optimizer.update(grad(loss)(params), state, params);
        return [optim.applyUpdates(params, updates), next] as const;
      }, { donate: [0, 1] });
      for (let i = 0; i < 60; i++) [params, state] = step(params, state);
      assert(await loss(params).item() < before / 20, `${before} to ${await loss(params).item()}`);
      assertEquals(traces, 1);
      assertEquals(tree.structure(state), structure);
      assertEquals(tree.leaves(state).map((leaf) => leaf.dtype), dtypes);
      assertEquals(tree.leaves(params).map((leaf) => leaf.dtype), ["float32", widest(device), "float32"]);
      assert(tree.leaves(state).every((leaf) => leaf.device === device));
    });
  }

  Deno.test(`accumulate() equals one step on the mean, on ${device}`, async () => {
    const inner = optim.adam({ learningRate: 0.1 });
    const optimizer = optim.accumulate(inner, { steps: 3 });
    const params = { w: tensor([1, 2], { device }) };
    let state = optimizer.init(params);
    const grads = [[3, 0], [0, 6], [3, -3]].map((g) => ({ w: tensor(g, { device }) }));
    const given: number[][] = [];
    for (const g of [...grads, ...grads]) {
      const [updates, next] = optimizer.update(g, state, params);
      given.push([...await updates.w.data()]);
      state = next;
    }
    const mean = { w: tensor([2, 1], { device }) };
    const [first, after] = inner.update(mean, inner.init(params), params);
    const [second] = inner.update(mean, after, params);
    assertEquals(given.map((u) => u.every((v) => v === 0)), [true, true, false, true, true, false]);
    for (const [i, expected] of [[2, first], [5, second]] as const) {
      (await expected.w.data()).forEach((v, j) => assert(Math.abs(v - given[i][j]) < 1e-6));
    }
    assertEquals(await state.count.item(), 0);
  });

  Deno.test(`a learning rate may be a scalar that changes without a new trace, on ${device}`, async () => {
    let traces = 0;
    const step = jit((w: Tensor, rate: Tensor) => {
      traces++;
      const optimizer = optim.sgd({ learningRate: rate });
      return optimizer.update({ w }, optimizer.init({ w }), { w })[0].w;
    });
    const at = async (rate: number) => await step(tensor([2], { device }), tensor(rate, { device })).item();
    assertEquals([await at(0.5), await at(0.25), traces], [-1, -0.5, 1]);
  });

  Deno.test(`clipByGlobalNorm() leaves short gradients alone and shows NaN, on ${device}`, async () => {
    const limited = optim.clipByGlobalNorm(5);
    const run = async (values: number[]) => {
      const g = { a: tensor(values.slice(0, 1), { device }), b: tensor(values.slice(1), { device }) };
      const [u] = limited.update(g, limited.init(g), g);
      return [...await u.a.data(), ...await u.b.data()];
    };
    assertEquals(await run([3, 0]), [3, 0]);
    assertEquals(await run([6, 8]), [3, 4]);
    assertEquals(await run([0, 0]), [0, 0]);
    assertEquals(await run([NaN, 1]), [NaN, NaN]);
  });

  Deno.test(`adam's first steps are exact in float32, on ${device}`, async () => {
    // 1 − 0.999 has lost four digits in float32; the bias correction must not.
    const direction = optim.scaleByAdam({ eps: 0 });
    const params = { w: tensor([0], { device }) };
    const [updates] = direction.update({ w: tensor([0.3], { device }) }, direction.init(params), params);
    assert(Math.abs(await updates.w.item() - 1) < 3e-7, `${await updates.w.item()}`);
  });
}

Deno.test("optimisers refuse missing rates, options out of range and unknown names", () => {
  // @ts-expect-error: no rate
  assertThrows(() => optim.sgd({}), TypeError, "sgd: learningRate is missing");
  // @ts-expect-error: no options
  assertThrows(() => optim.adam(), TypeError, "adam: learningRate is missing");
  // @ts-expect-error: a rate by position
  assertThrows(() => optim.sgd(0.1), TypeError, "sgd: options must be an object { learningRate }, got 0.1");
  // @ts-expect-error: an unknown name
  assertThrows(() => optim.adam({ learningrate: 0.1 }), TypeError, 'did you mean "learningRate"?');
  // @ts-expect-error: a text
  assertThrows(() => optim.adam({ learningRate: "0.1" }), TypeError, "must be a number, a scalar tensor or a schedule");
  assertThrows(
    () => optim.sgd({ learningRate: -1 }),
    RangeError,
    "sgd: learningRate must be a finite number, at least 0, got -1",
  );
  assertThrows(() => optim.sgd({ learningRate: NaN }), RangeError, "got NaN");
  assertThrows(
    () => optim.adam({ learningRate: 1, b1: 1 }),
    RangeError,
    "b1 must be a finite number, at least 0 and below 1, got 1",
  );
  assertThrows(() => optim.adamw({ learningRate: 1, weightDecay: -1 }), RangeError, "adamw: weightDecay");
  // @ts-expect-error: a list is no mask
  assertThrows(() => optim.adamw({ learningRate: 1, mask: ["bias"] }), TypeError, "adamw: mask must be a function");
  assertThrows(() => optim.momentum({ learningRate: 1, momentum: 1.5 }), RangeError, "momentum must be");
  // @ts-expect-error: not a flag
  assertThrows(() => optim.momentum({ learningRate: 1, nesterov: 1 }), TypeError, "nesterov must be true or false");
  assertThrows(() => optim.rmsprop({ learningRate: 1, decay: -0.1 }), RangeError, "decay must be");
  assertThrows(() => optim.lion({ learningRate: 1, b2: 2 }), RangeError, "b2 must be");
  assertThrows(() => optim.clip(0), RangeError, "clip: limit must be a finite number, above 0, got 0");
  assertThrows(() => optim.clipByGlobalNorm(-1), RangeError, "limit");
  assertThrows(() => optim.scale(Infinity), RangeError, "factor must be a finite number, got Infinity");
  assertThrows(() => optim.ema(1), RangeError, "decay");
  assertThrows(() => optim.ema(0.9, { start: "params", debias: true }), TypeError, "starts at zeros");
  // @ts-expect-error: not a start
  assertThrows(() => optim.ema(0.9, { start: "param" }), TypeError, 'did you mean "params"?');
  assertThrows(
    () => optim.accumulate(optim.scale(1), { steps: 1.5 }),
    RangeError,
    "steps must be an integer, at least 1, got 1.5",
  );
  // @ts-expect-error: not a transformation
  assertThrows(() => optim.accumulate({}, { steps: 2 }), TypeError, "must be a gradient transformation");
  assertThrows(
    // @ts-expect-error: not called
    () => optim.chain(optim.clip, optim.scale(1)),
    TypeError,
    "argument 0 must be a gradient transformation { init, update }, got a function (clip)",
  );
});

Deno.test("schedules refuse what makes no sense", () => {
  assertThrows(() => optim.constant(NaN), RangeError, "constant: value");
  assertThrows(() => optim.cosineDecay({ initial: 1, steps: 0 }), RangeError, "steps must be an integer, at least 1");
  // @ts-expect-error: no steps
  assertThrows(() => optim.cosineDecay({ initial: 1 }), TypeError, "cosineDecay: steps is missing");
  assertThrows(
    () => optim.warmupCosine({ peak: 1, warmupSteps: 10, totalSteps: 10 }),
    RangeError,
    "totalSteps includes the warm-up",
  );
  assertThrows(
    () => optim.exponentialDecay({ initial: 1, rate: 0 }),
    RangeError,
    "rate must be a finite number, above 0",
  );
  assertThrows(
    () => optim.piecewise({ boundaries: [5], values: [1] }),
    TypeError,
    "one value more than boundaries, got 1 values for 1",
  );
  assertThrows(
    () => optim.piecewise({ boundaries: [5, 5], values: [1, 2, 3] }),
    RangeError,
    "boundaries[1] must be an integer, above 5, got 5",
  );
  // @ts-expect-error: not a list
  assertThrows(() => optim.piecewise({ boundaries: 5, values: [1, 2] }), TypeError, "boundaries must be an array");
  // @ts-expect-error: not a step
  assertThrows(() => optim.constant(1)("0"), TypeError, "the step must be a number or a scalar tensor");
});

Deno.test("trees that do not fit are refused by path", () => {
  const device = "reference";
  const params = { a: tensor([1, 2], { device }), b: { c: tensor([3], { device }) } };
  const wrong = { a: tensor([1], { device }), b: { c: tensor([3], { device }) } };
  assertThrows(
    () => optim.applyUpdates(params, wrong),
    TypeError,
    "applyUpdates: a has shape [2] in one tree and [1] in another",
  );
  const missing = { a: params.a, b: {} } as unknown as typeof params;
  assertThrows(() => optim.applyUpdates(params, missing), TypeError, "only one of them has b.c");
  const adam = optim.adam({ learningRate: 0.1 });
  const state = adam.init(params);
  assertThrows(() => adam.update(wrong, state, params), TypeError, "scaleByAdam: a has shape");
  assertThrows(
    () => adam.update(params, [state[0]] as unknown as typeof state, params),
    TypeError,
    "the state must be an array of 2 states",
  );
  const text = { a: "1" } as unknown as typeof params;
  assertThrows(() => optim.applyUpdates(params, text), TypeError, '"1" at a is no tensor');
});

Deno.test("the types of states follow the optimiser", () => {
  const adam = optim.adam({ learningRate: 0.1 });
  const params = { w: tensor([1], { device: "reference" }) };
  const [inner] = adam.init(params);
  const count: Tensor = inner.count;
  assertEquals(count.dtype, "int32");
  const [updates] = adam.update(params, adam.init(params), params);
  const w: Tensor = updates.w;
  assertEquals(w.shape, [1]);
  // @ts-expect-error: the state of another optimiser
  assertThrows(() => adam.update(params, optim.scaleByLion().init(params), params), TypeError);
});

Deno.test("joinSchedules() counts each schedule from where it takes over, alone and inside a compiled step", async () => {
  const count = (start: number): optim.Schedule => (step) => ops.add(step, start);
  const rate = optim.joinSchedules({ boundaries: [2, 5], schedules: [count(0), () => 7, count(100)] });
  const expected = [0, 1, 7, 7, 7, 100, 101];
  assertEquals(await Promise.all(expected.map((_, i) => rate(i).item())), expected);
  const compiled = jit((step: Tensor) => rate(step));
  const found = await Promise.all(expected.map((_, i) => compiled(tensor(i, { dtype: "int32" })).item()));
  assertEquals(found, expected);
  assertThrows(
    () => optim.joinSchedules({ boundaries: [1], schedules: [count(0)] }),
    TypeError,
    "joinSchedules: needs one schedule more than boundaries, got 1 for 1 boundaries",
  );
  assertThrows(
    () => optim.joinSchedules({ boundaries: [3, 2], schedules: [count(0), count(0), count(0)] }),
    RangeError,
    "boundaries[1] must be an integer, above 3",
  );
  assertThrows(
    // @ts-expect-error a number is no schedule
    () => optim.joinSchedules({ boundaries: [1], schedules: [count(0), 0.1] }),
    TypeError,
    "joinSchedules: schedules[1] must be a function",
  );
});
