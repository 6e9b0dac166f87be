/**
 * Types that users rely on, held by `deno check`: a line under `@ts-expect-error` that compiles is an error. Nothing here runs but
 * one test, so that the file is not forgotten.
 */
import {
  checkGrads,
  debugNans,
  explain,
  grad,
  jacfwd,
  jit,
  jvp,
  linearize,
  linearTranspose,
  nn,
  ops,
  optim,
  primitive,
  random,
  straightThrough,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  vjp,
  vmap,
} from "../mod.ts";

/** Fails to compile unless A and B are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : never;
const same = <A, B>(proof: Same<A, B>): void => void proof;

interface Params {
  readonly w: Tensor;
  readonly layers: readonly { weight: Tensor; bias?: Tensor }[];
}

const loss = (p: Params, x: Tensor): Tensor => ops.sum(ops.mul(p.w, x));
const lossAux = (
  p: Params,
  x: Tensor,
): [Tensor, { seen: Tensor; name: string }] => [loss(p, x), { seen: x, name: "x" }];

// Never called: what is looked at is whether it compiles.
export function gradients(p: Params, x: Tensor): void {
  same<ReturnType<ReturnType<typeof grad<Params, [Tensor]>>>, Params>(true);
  const g = grad(loss)(p, x);
  same<typeof g, Params>(true);
  const [value, again] = valueAndGrad(loss)(p, x);
  same<typeof value, Tensor>(true);
  same<typeof again, Params>(true);
  const [withAux, aux] = grad(lossAux, { hasAux: true })(p, x);
  same<typeof withAux, Params>(true);
  same<typeof aux, { seen: Tensor; name: string }>(true);
  const tuple = grad((p: readonly [Tensor, { a: Tensor }]) => ops.sum(p[0]))([x, { a: x }]);
  same<(typeof tuple)[1]["a"], Tensor>(true);
  same<ReturnType<typeof straightThrough>, (x: Tensor) => Tensor>(true);

  // The gradient composes with the other transforms and keeps its type.
  const step = jit((p: Params, x: Tensor) => grad(loss)(p, x));
  same<ReturnType<typeof step>, Params>(true);
  const batch = vmap(grad(loss), { inAxes: [null, 0] })(p, x);
  same<typeof batch, Params>(true);
  const [out, pullback] = vjp(loss, p, x);
  same<typeof out, Tensor>(true);
  const [byP, byX] = pullback(out);
  same<typeof byP, Params>(true);
  same<typeof byX, Tensor>(true);
  const [primal, pushforward] = linearize((p: Params) => ({ y: p.w }), p);
  same<typeof primal, { y: Tensor }>(true);
  same<ReturnType<typeof pushforward>, { y: Tensor }>(true);
  const [, tangent] = jvp(loss, [p, x], [p, x]);
  same<typeof tangent, Tensor>(true);
  const transposed = linearTranspose((q: Params) => q.w, p)(x);
  same<(typeof transposed)[0]["w"], Tensor>(true);
  const watched = debugNans(grad(loss))(p, x);
  same<typeof watched, Promise<Params>>(true);
  const sizes = tree.map((t) => t.size, { a: x, b: [x] });
  same<(typeof sizes)["a"], number>(true);
}

export function wrongTrees(p: Params, x: Tensor): void {
  // @ts-expect-error a text is no tensor
  grad(loss)({ w: "no", layers: [] }, x);
  // @ts-expect-error a leaf is missing
  grad(loss)({ w: x }, x);
  // @ts-expect-error an argument is missing
  grad(loss)(p);
  // @ts-expect-error the parameters hold a text
  grad((p: { w: Tensor; name: string }) => ops.sum(p.w));
  // @ts-expect-error the loss is no tensor
  grad((p: Params) => p.layers.length);
  // @ts-expect-error the gradient has no such leaf
  grad(loss)(p, x).v;
  // @ts-expect-error a pair needs hasAux
  grad(lossAux)(p, x);
  // @ts-expect-error the tangents are those of another function
  jvp(loss, [p, x], [x, x]);
  // @ts-expect-error the cotangent is no tree of the result
  vjp((p: Params) => ({ y: p.w }), p)[1](x);
  // @ts-expect-error one tangent for each primal
  linearize(loss, p, x)[1](p);
  // @ts-expect-error parameters of another layer
  nn.linear(2, 3).apply({ kernel: x }, x);
  // @ts-expect-error the updates of another tree
  optim.applyUpdates(p, { w: x });
  // @ts-expect-error arguments of another function
  checkGrads(loss, [x, x]);
  // @ts-expect-error a number is no argument of loss
  explain(loss)(p, 3);
}

export function wrongOptions(x: Tensor): void {
  // @ts-expect-error the option is hasAux
  grad(loss, { hasAuxiliary: true });
  // @ts-expect-error the option is inAxes
  vmap(loss, { axes: 0 });
  // @ts-expect-error donate is a list
  jit(loss, { donate: 0 });
  // @ts-expect-error the option is keepDims
  ops.sum(x, { axis: 0, keepdims: true });
  // @ts-expect-error the option is padding
  ops.conv2d(x, x, { pad: 1 });
  // @ts-expect-error there is no fourth order
  checkGrads(ops.sin, [x], { order: 4 });
  // @ts-expect-error modes are reverse and forward
  checkGrads(ops.sin, [x], { modes: ["backward"] });
  // @ts-expect-error the option is learningRate
  optim.adam({ lr: 1e-3 });
  // @ts-expect-error options go by name
  optim.sgd(0.1);
  // @ts-expect-error the option is dtype
  tensor([1], { type: "float64" });
  // @ts-expect-error there is no float16
  tensor([1], { dtype: "float16" });
  // @ts-expect-error a shape is an array
  random.normal(random.key(0), 3);
  // @ts-expect-error a rule needs its lowering
  primitive.elementwise("mine", { partials: () => [1] });
  // @ts-expect-error jacfwd differentiates trees of tensors
  jacfwd((n: number) => tensor(n));
}

export function wrongLayers(): void {
  // @ts-expect-error ScConv keeps the number of channels: one size, then options
  nn.scConv(64, 64, 3);
  // @ts-expect-error the second is an object of options
  nn.scConv(64, 64);
  // @ts-expect-error the kernel's size goes by name
  nn.conv2d(3, 8, 3);
  // @ts-expect-error conv2d needs its kernel's size
  nn.conv2d(3, 8, { padding: 1 });
  // @ts-expect-error the option is kernelSize
  nn.conv2d(3, 8, { kernelsize: 3 });
  // @ts-expect-error the fuse is "concat" or "paper"
  nn.scConv(64, { fuse: "add" });
  // @ts-expect-error groups go by name
  nn.groupNorm(8, 2);
  // @ts-expect-error an activation takes no features
  nn.relu(64);
  // @ts-expect-error a layer is made by its function
  nn.sequential(nn.linear(2, 3), nn.relu);
}

Deno.test("types are held by deno check", () => {
  const g = grad((p: { w: Tensor }) => ops.sum(ops.square(p.w)))({ w: tensor([3]) });
  if (g.w.dataSync()[0] !== 6) throw new Error("the gradient of x² at 3 is 6");
});
