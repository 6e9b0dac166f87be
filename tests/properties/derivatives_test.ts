import { checkGrads, checkpoint, grad, hvp, jit, jvp, ops, type Tensor, tensor, vjp, vmap } from "../../mod.ts";
import { assertNear, inputsOf, programOf, property, type Recipe, weights } from "./harness.ts";
import { AssertionError } from "@std/assert";

const product = (a: readonly Tensor[], b: readonly Tensor[]): number => {
  let sum = 0;
  a.forEach((t, i) => {
    const [x, y] = [t.dataSync(), b[i].dataSync()];
    for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
  });
  return sum;
};

/** A scalar of a program: all of its outputs, weighted. */
function lossOf(recipe: Recipe): { loss: (...xs: Tensor[]) => Tensor; inputs: Tensor[]; argnums: number[] } {
  const { f, inputs } = programOf(recipe, "float64");
  const w = weights(f(...inputs), 5);
  const loss = (...xs: Tensor[]): Tensor =>
    f(...xs).map((t, i) => ops.sum(ops.mul(t, w[i]))).reduce((a, b) => ops.add(a, b));
  return { loss, inputs, argnums: inputs.map((_, i) => i) };
}

property("the tangents of jvp and the cotangents of vjp have one inner product", 50, (recipe) => {
  const { f, inputs } = programOf(recipe, "float64");
  const directions = weights(inputs, 3);
  const [out, tangents] = jvp(f, inputs, directions);
  const [again, pullback] = vjp(f, ...inputs);
  assertNear(again, out, 1e-12, "values");
  const cotangents = weights(out, 4);
  const [forward, reverse] = [product(tangents, cotangents), product(directions, pullback(cotangents))];
  const scale = 1 + Math.sqrt(product(tangents, tangents) * product(cotangents, cotangents));
  if (!(Math.abs(forward - reverse) <= 1e-10 * scale)) throw new AssertionError(`jvp gives ${forward}, vjp ${reverse}`);
});

property("gradients are those of finite differences, twice", 30, (recipe) => {
  const { loss, inputs } = lossOf(recipe);
  checkGrads(loss, inputs, { rtol: 1e-5, atol: 1e-7 });
  checkGrads(loss, inputs.slice(), { order: 2, modes: ["reverse"], rtol: 1e-4, atol: 1e-5 });
}, 8);

property("jit, checkpoint and grad commute", 40, (recipe) => {
  const { loss, inputs, argnums } = lossOf(recipe);
  const expected = grad(loss, { argnums })(...inputs);
  assertNear(jit(grad(loss, { argnums }))(...inputs), expected, 1e-10, "jit(grad)");
  assertNear(grad(jit(loss), { argnums })(...inputs), expected, 1e-10, "grad(jit)");
  assertNear(grad(checkpoint(loss), { argnums })(...inputs), expected, 1e-10, "grad(checkpoint)");
  assertNear(jit(grad(checkpoint(loss), { argnums }))(...inputs), expected, 1e-10, "jit(grad(checkpoint))");
  const directions = weights(inputs, 6);
  const slopes = hvp(loss, inputs, directions);
  const mixed = grad((...xs: Tensor[]) => jvp(loss, xs, directions)[1], { argnums })(...inputs);
  assertNear(mixed, slopes, 1e-9, "reverse over forward against forward over reverse");
});

const batch = 3;

/** Inputs with a batch, each at its own axis or at none, and the examples. */
function batchOf(recipe: Recipe): { inputs: Tensor[]; inAxes: (number | null)[]; examples: Tensor[][] } {
  const { xs } = inputsOf(recipe, "float64", "cpu", [batch]);
  const shared = inputsOf(recipe, "float64", "cpu").xs;
  const inAxes = xs.map((x, i) => {
    const kind = (recipe.seed >> (2 * i)) & 3;
    return i > 0 && kind === 0 ? null : kind === 1 && x.ndim > 1 ? 1 : kind === 2 ? -1 : 0;
  });
  const inputs = xs.map((x, i) => {
    const axis = inAxes[i];
    if (axis === null) return shared[i];
    const order = x.shape.map((_, k) => k).slice(1);
    order.splice(axis < 0 ? x.ndim + axis : axis, 0, 0);
    return ops.transpose(x, order);
  });
  const examples = Array.from(
    { length: batch },
    (_, b) => xs.map((x, i) => inAxes[i] === null ? shared[i] : ops.take(x, b, { axis: 0 })),
  );
  return { inputs, inAxes, examples };
}

const stacked = (results: readonly (readonly Tensor[])[]): Tensor[] =>
  results[0].map((_, i) => ops.stack(results.map((r) => r[i])));

property("vmap gives what a loop over the examples gives", 50, (recipe) => {
  const { f } = programOf(recipe, "float64");
  const { inputs, inAxes, examples } = batchOf(recipe);
  const expected = stacked(examples.map((xs) => f(...xs)));
  assertNear(vmap(f, { inAxes })(...inputs), expected, 1e-11, "vmap");
  assertNear(jit(vmap(f, { inAxes }))(...inputs), expected, 1e-11, "jit(vmap)");
  assertNear(
    vmap(jit(f), { inAxes, outAxes: -1 })(...inputs).map((t) =>
      ops.transpose(t, [t.ndim - 1, ...t.shape.keys()].slice(0, t.ndim))
    ),
    expected,
    1e-11,
    "vmap(jit), batch last",
  );
});

property("vmap of a gradient gives the gradients of the examples, and that of vmap their sum", 30, (recipe) => {
  const { loss, argnums } = lossOf(recipe);
  const { inputs, inAxes, examples } = batchOf(recipe);
  const gradient = grad(loss, { argnums });
  const expected = stacked(examples.map((xs) => gradient(...xs)));
  assertNear(vmap(gradient, { inAxes })(...inputs), expected, 1e-10, "vmap(grad)");
  const total = (...xs: Tensor[]): Tensor => ops.sum(vmap(loss, { inAxes })(...xs));
  const sums = grad(total, { argnums })(...inputs);
  sums.forEach((g: Tensor, i: number) => {
    if (inAxes[i] === null) assertNear([g], [ops.sum(expected[i], 0)], 1e-10, `grad(vmap) of the shared input ${i}`);
  });
});

property("vmap of vmap gives what two loops give", 15, (recipe) => {
  const { f, inputs } = programOf(recipe, "float64");
  const factors = tensor(Float64Array.of(1, 0.5, -1, 2, 0.25, 3), { shape: [2, 3] });
  const scaled = (k: Tensor): Tensor[] => f(...inputs.map((x) => ops.mul(x, k)));
  const results = vmap(vmap(scaled))(factors);
  const expected = stacked(
    [0, 1].map((i) => stacked([0, 1, 2].map((j) => scaled(ops.take(ops.take(factors, i, 0), j, 0))))),
  );
  assertNear(results, expected, 1e-11, "vmap(vmap)");
}, 8);
