/** Derivatives of every kind against JAX and PyTorch: `tests/golden/gen_derivatives.py`. */
import {
  checkpoint,
  customJvp,
  customVjp,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacobian,
  jacrev,
  jit,
  jvp,
  linearize,
  linearTranspose,
  ops,
  optim,
  stopGradient,
  straightThrough,
  type Tensor,
  tensor,
  tree,
  vjp,
  vmap,
} from "../../../mod.ts";
import { assertGolden, onDevices, toTensor } from "../../ops/golden.ts";
import { assertClose } from "../../support/close.ts";
import { type GoldenArray, loadGolden } from "../../support/golden.ts";
import { assertEquals, assertThrows } from "@std/assert";

// deno-lint-ignore no-explicit-any
type Case = any;
const cases = loadGolden<{ cases: Case[] }>("derivatives").cases;
const named = (name: string): Case => cases.find((c) => c.name === name);

type Params = { b: Tensor; v: Tensor; w: Tensor };
const isArray = (v: unknown): v is GoldenArray => typeof v === "object" && v !== null && "dtype" in v;
/** Golden arrays in a tree as tensors. */
function tensors(value: unknown): Case {
  if (isArray(value)) return toTensor(value);
  if (Array.isArray(value)) return value.map(tensors);
  return Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, tensors(v)]));
}

/** Fails unless a tree of tensors equals one of golden arrays. */
function assertTree(actual: unknown, expected: unknown, message: string): void {
  if (isArray(expected)) return assertGolden(actual as Tensor, expected, message);
  assertEquals(Object.keys(actual as object).sort(), Object.keys(expected as object).sort(), message);
  for (const [k, v] of Object.entries(expected as object)) assertTree((actual as Case)[k], v, `${message}.${k}`);
}

function mlpAt(c: Case) {
  const { p, t, x, y } = tensors({ p: c.p, t: c.t, x: c.x, y: c.y });
  const at = (p: Params): Tensor => ops.matmul(ops.tanh(ops.add(ops.matmul(x, p.w), p.b)), p.v);
  const loss = (p: Params): Tensor => ops.sum(ops.square(ops.sub(at(p), y)));
  return { p: p as Params, t: t as Params, at, loss };
}

onDevices(
  "linearize(): value and pushforward are JAX's, for as many tangents as one likes, and inside jit and vmap",
  () => {
    const c = named("linearize");
    const { p, t, at } = mlpAt(c);
    const [out, pushforward] = linearize(at, p);
    assertGolden(out, c.value, "value");
    for (let i = 0; i < 2; i++) assertGolden(pushforward(t), c.tangent, "tangent");
    assertGolden(jit((p: Params, t: Params) => linearize(at, p)[1](t))(p, t), c.tangent, "inside jit");
    const twice = vmap(pushforward)(tree.map((x) => ops.stack([x, x]), t));
    assertClose(twice.dataSync().subarray(0, 2), c.tangent.data, { rtol: 1e-12 });
    const second = jvp((p: Params) => linearize(at, p)[1](t), [p], [t])[1];
    const expected = jvp((p: Params) => jvp(at, [p], [t])[1], [p], [t])[1];
    assertClose(second.dataSync(), expected.dataSync(), { rtol: 1e-12 });
  },
);

onDevices("jacfwd(), jacrev() and hessian() give JAX's trees", () => {
  for (const [name, transform] of [["jacfwd", jacfwd], ["jacrev", jacrev], ["jacrev", jacobian]] as const) {
    const c = named(name);
    const { p, at } = mlpAt(c);
    assertTree(transform(at)(p), c.value, name);
    assertTree(jit(transform(at))(p), c.value, `jit(${name})`);
  }
  const c = named("hessian");
  const { p, loss } = mlpAt(c);
  assertTree(hessian(loss)(p), c.value, "hessian");
  assertTree(jacrev(grad(loss))(p), c.value, "reverse over reverse");
});

onDevices("hvp() is JAX's forward over reverse, and so is its derivative along the same direction", () => {
  const c = named("hvp");
  const { p, t, loss } = mlpAt(c);
  assertTree(hvp(loss, [p], [t])[0], c.value, "hvp");
  assertTree(vjp(grad(loss), p)[1](t)[0], c.value, "reverse over reverse");
  assertTree(jvp((p: Params) => hvp(loss, [p], [t])[0], [p], [t])[1], named("third").value, "third order");
});

onDevices("linearTranspose() transposes as JAX does, of shapes alone", () => {
  const c = named("linearTranspose");
  const { x, wide, cotangent } = tensors({ x: c.x, wide: c.wide, cotangent: c.cotangent });
  const f = (x: Tensor): Tensor => ops.cumsum(ops.matmul(wide, ops.concat([x, ops.flip(x)], 0)));
  assertGolden(linearTranspose(f, x)(cotangent)[0], c.value, "of a tensor");
  assertGolden(linearTranspose(f, { shape: [3], dtype: "float64" as const })(cotangent)[0], c.value, "of a shape");
  assertGolden(jit((c: Tensor) => linearTranspose(f, x)(c)[0])(cotangent), c.value, "inside jit");
  // The transpose of the transpose is the function.
  const again = linearTranspose((c: Tensor) => linearTranspose(f, x)(c)[0], cotangent)(x)[0];
  assertClose(again.dataSync(), f(x).dataSync(), { rtol: 1e-12 });
});

Deno.test("linearTranspose() refuses what is not linear and cotangents that do not fit", () => {
  const x = tensor([1, 2]);
  assertThrows(
    () => linearTranspose((x: Tensor) => ops.mul(x, x), x),
    TypeError,
    "linearTranspose: the function is not linear: its derivative depends on an argument of shape [2]",
  );
  assertThrows(() => linearTranspose((x: Tensor) => ops.exp(x), x), TypeError, "depends on the result of exp");
  assertThrows(
    () => linearTranspose((x: Tensor) => x, { shape: [2], dtype: "int32" as const }),
    TypeError,
    "is int32; only float32 and float64 have transposes",
  );
  assertThrows(
    () => linearTranspose((x: Tensor) => ops.mul(x, 2), x)(tensor([1])),
    TypeError,
    "linearTranspose: the cotangent is float32 [1], the output float32 [2]",
  );
});

const softplus = customJvp(
  (x: Tensor) => ops.log(ops.add(1, ops.exp(x))),
  ([x], [t]) => [
    ops.log(ops.add(1, ops.exp(x))),
    ops.mul(t, ops.sub(1, ops.div(1, ops.add(1, ops.exp(x))))),
  ],
);

onDevices("customJvp() gives JAX's values and derivatives in every mode, order and nesting", () => {
  const c = named("customJvp");
  const [x, far] = [toTensor(c.x), toTensor(c.far)];
  const curve = (x: Tensor): Tensor => ops.sum(ops.square(softplus(x)));
  assertGolden(softplus(x), c.value, "value");
  assertGolden(grad(curve)(x), c.grad, "grad");
  assertGolden(jit(grad(curve))(x), c.grad, "jit(grad)");
  assertGolden(jacfwd(curve)(x), c.grad, "forward");
  assertGolden(hessian(curve)(x), c.hessian, "hessian");
  assertGolden(jacrev(grad(curve))(x), c.hessian, "reverse over reverse");
  assertGolden(vmap(grad(softplus))(far), c.slopes, "vmap(grad)");
  assertGolden(jvp(vmap(softplus), [far], [ops.onesLike(far)])[1], c.slopes, "jvp of vmap");
  assertGolden(grad((x: Tensor) => ops.sum(vmap(softplus)(x)))(far), c.slopes, "grad of vmap");
  assertGolden(grad((x: Tensor) => ops.sum(checkpoint(softplus)(x)))(far), c.slopes, "checkpointed");
});

onDevices("customJvp() takes trees, several arguments and integers", () => {
  const f = customJvp(
    (p: { a: Tensor }, i: Tensor) => ({ out: ops.take(p.a, i, 0), i }),
    ([p, i], [t]) => [{ out: ops.take(p.a, i, 0), i }, { out: ops.mul(ops.take(t.a, i, 0), 10), i }],
  );
  const [a, i] = [tensor(Float64Array.of(1, 2)), tensor(Int32Array.of(1, 1, 0))];
  const loss = (p: { a: Tensor }): Tensor => ops.sum(f(p, i).out);
  assertEquals([...grad(loss)({ a }).a.dataSync()], [10, 20]);
  assertEquals([...jvp(loss, [{ a }], [{ a }])[1].dataSync()], [50]);
});

Deno.test("customJvp() refuses rules that do not fit, and says how", () => {
  const x = tensor([1, 2]);
  const rule = (r: Case): (x: Tensor) => Tensor => customJvp((x: Tensor) => ops.mul(x, 2), r);
  const forward = (r: Case) => () => jvp(rule(r), [x], [x]);
  assertThrows(forward(() => x), TypeError, "customJvp: the rule must return [out, tangentOut]");
  assertThrows(
    forward(([x]: [Tensor]) => [x, ops.sum(x)]),
    TypeError,
    "customJvp: the tangent of the result is float32 [], the result float32 [2]",
  );
  assertThrows(forward(([x]: [Tensor]) => [x, [x]]), TypeError, "has structure [*], the result *");
  const square = rule(([x]: [Tensor], [t]: [Tensor]) => [x, ops.mul(t, t)]);
  assertThrows(
    () => grad((x: Tensor) => ops.sum(square(x)))(x),
    TypeError,
    "customJvp (rule): the function is not linear",
  );
  assertThrows(() => customJvp((x: Tensor) => x, 1 as Case), TypeError, "customJvp: rule must be a function, got 1");
  assertThrows(
    () =>
      grad((k: Tensor) => customJvp((x: Tensor) => ops.mul(x, k), (([x]: Tensor[]) => [x, x]) as Case)(k))(tensor(1)),
    TypeError,
    "customJvp: the function uses a traced value from outside",
  );
});

onDevices(
  "straightThrough() has the values of its function and JAX's derivatives of x + stopGradient(f(x) − x)",
  () => {
    const c = named("straightThrough");
    const x = toTensor(c.x);
    const recipe = (x: Tensor): Tensor => ops.add(x, stopGradient(ops.sub(ops.round(x), x)));
    const byVjp = customVjp(ops.round, (x: Tensor) => [ops.round(x), null] as const, (_, c) => [c]);
    for (const round of [straightThrough(ops.round), recipe, byVjp]) {
      const f = (x: Tensor): Tensor => ops.sum(ops.mul(ops.square(round(x)), x));
      assertGolden(f(x), c.value, "value");
      assertGolden(grad(f)(x), c.grad, "grad");
      assertGolden(jacrev(grad(f))(x), c.hessian, "hessian");
    }
    assertEquals([...straightThrough(ops.round)(x).dataSync()], [0, 2, -2]);
    const hard = straightThrough((x: Tensor) => ops.cast(ops.greater(x, 0), x.dtype));
    assertEquals([...vmap(grad(hard))(x).dataSync()], [1, 1, 1]);
    assertThrows(() => jvp(straightThrough(ops.sum), [x], [x]), TypeError, "the tangent of the result is float64 [3]");
  },
);

onDevices("normsByPath() gives JAX's norms, inside jit too, and globalNorm() that of all", () => {
  const c = named("norms");
  const { p, loss } = mlpAt(c);
  assertTree(optim.normsByPath(grad(loss)(p)), c.value, "norms");
  assertTree(jit((p: Params) => optim.normsByPath(grad(loss)(p)))(p), c.value, "jit");
  assertGolden(optim.globalNorm(grad(loss)(p)), c.total, "total");
});

onDevices("per-example gradients by vmap(grad) are PyTorch's, and those of a loop", () => {
  const c = named("perExample");
  const { p, x } = tensors({ p: c.p, x: c.x });
  const labels = toTensor(c.labels);
  const loss = (p: Case, image: Tensor, label: Tensor): Tensor => {
    const z = ops.relu(
      ops.add(ops.conv2d(ops.expandDims(image, 0), p.conv, { padding: 1 }), ops.reshape(p.bias, [4, 1, 1])),
    );
    const flat = ops.reshape(ops.maxPool2d(z, 2), [1, -1]);
    const logits = ops.add(ops.matmul(flat, ops.transpose(p.dense)), p.shift);
    return ops.mean(ops.softmaxCrossEntropy(logits, ops.expandDims(label, 0)));
  };
  const all = vmap(grad(loss), { inAxes: [null, 0, 0] });
  assertTree(all(p, x, labels), c.value, "vmap(grad)");
  assertTree(jit(all)(p, x, labels), c.value, "jit(vmap(grad))");
  const one = (t: Tensor): Tensor => ops.squeeze(ops.slice(t, 2, 3, { axis: 0 }), 0);
  const third = grad(loss)(p, one(x), one(labels));
  const rows = c.value.conv.data.subarray(2 * 36, 3 * 36);
  assertClose(third.conv.dataSync(), rows, { rtol: 1e-10, atol: 1e-13 });
});

Deno.test("linearize() and jacfwd() refuse what does not fit", () => {
  const [, pushforward] = linearize(ops.mul, tensor([1]), tensor([2]));
  assertThrows(
    () => (pushforward as Case)(tensor([1])),
    TypeError,
    "pushforward: needs 2 tangents, one for each primal, got 1",
  );
  assertThrows(
    () => pushforward(tensor([1]), tensor([1, 2])),
    TypeError,
    "a tangent is float32 [2], its primal float32 [1]",
  );
  assertThrows(() => jacfwd((x: Tensor) => x)(tensor(Int32Array.of(1))), TypeError, "leaf 0 of argument 0 is int32");
  assertThrows(() => linearize(1 as Case), TypeError, "linearize: needs a function, got 1");
});
