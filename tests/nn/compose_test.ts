import { grad, jit, nn, ones, ops, random, type Tensor, tensor, tree, zeros } from "@cotangent/cotangent";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { assertClose } from "../support/close.ts";
import { allDeviceNames } from "../support/devices.ts";

/** Fails to compile unless the two types are the same. */
function same<A, B>(_: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false): void {}

type WithBias = { readonly weight: Tensor; readonly bias: Tensor };

Deno.test("sequential() and residual() are stateful exactly if a member is, in type and value", () => {
  const plain = nn.sequential(nn.conv2d(1, 2, { kernelSize: 1 }), nn.relu());
  same<typeof plain, nn.Layer<[WithBias, nn.Empty]>>(true);
  assertEquals(nn.isStateful(plain), false);

  const stateful = nn.sequential(nn.linear(2, 2, { bias: false }), nn.dropout(0.5), nn.batchNorm2d(2));
  type Params = [{ readonly weight: Tensor; readonly bias?: undefined }, nn.Empty, nn.Affine];
  same<typeof stateful, nn.StatefulLayer<Params, [nn.Empty, nn.Empty, nn.BatchStatistics]>>(true);
  assertEquals(nn.isStateful(stateful), true);

  const block = nn.residual(nn.scConv(8));
  same<typeof block, nn.Layer<nn.BodyAndShortcut<nn.ScConvParams, nn.Empty>>>(true);
  assertEquals(nn.isStateful(block), false);

  const normed = nn.residual(nn.relu(), { shortcut: nn.batchNorm2d(2) });
  type Both = nn.StatefulLayer<
    nn.BodyAndShortcut<nn.Empty, nn.Affine>,
    nn.BodyAndShortcut<nn.Empty, nn.BatchStatistics>
  >;
  same<typeof normed, Both>(true);
  assertEquals(nn.isStateful(normed), true);

  const nested = nn.sequential(nn.relu(), nn.residual(nn.sequential(nn.dropout(0.5))));
  assertEquals(nn.isStateful(nested), true);
  const check: 4 = nested.apply.length as 4;
  assertEquals(check, 4);

  const blocks: nn.Layer<WithBias>[] = [nn.linear(2, 2), nn.linear(2, 2)];
  const tower = nn.sequential(...blocks);
  same<typeof tower, nn.Layer<WithBias[]>>(true);
  const unknown: nn.AnyLayer[] = [nn.relu()];
  same<typeof undecided, nn.Layer<unknown[]> | nn.StatefulLayer<unknown[], unknown[]>>(true);
  const undecided = nn.sequential(...unknown);
  assertEquals(nn.isStateful(undecided), false);
});

Deno.test("the types of parameters refuse what is not there", () => {
  const device = "reference";
  const model = nn.sequential(nn.linear(2, 3), nn.relu(), nn.linear(3, 1, { bias: false }));
  const params = model.init(random.key(0, { device }));
  const bias: Tensor = params[0].bias;
  assertEquals(bias.shape, [3]);
  // @ts-expect-error: made without a bias
  const none: Tensor = params[2].bias;
  assertEquals(none as unknown, undefined);
  assertEquals(Object.keys(params[2]), ["weight"]);
  // @ts-expect-error: three layers
  assertEquals(params[3], undefined);
  assertThrows(
    // @ts-expect-error: not stateful
    () => model.apply(params, {}, zeros([1, 2], { device }), { train: true }),
    TypeError,
    "the input must be a tensor",
  );
  // @ts-expect-error: a function is no layer
  assertThrows(() => nn.sequential(nn.relu), TypeError, "call it (nn.relu())");
});

for (const device of allDeviceNames) {
  const key = (seed: number): Tensor => random.key(seed, { device });

  Deno.test(`sequential() applies its members in order, on ${device}`, async () => {
    const model = nn.sequential(nn.lambda((x) => ops.add(x, 1)), nn.lambda((x) => ops.mul(x, 10)), nn.relu());
    assertEquals(await model.apply(model.init(key(0)), tensor([1, -3], { device })).toArray(), [20, 0]);
    const x = ones([2], { device });
    assertEquals(nn.sequential().apply([], x), x);
  });

  Deno.test(`sequential() passes state and splits the key, on ${device}`, async () => {
    const model = nn.sequential(nn.dropout(0.5), nn.dropout(0.5), nn.batchNorm2d(1));
    const [params, state] = model.init(key(0));
    const x = ones([4, 1, 8, 8], { device });
    const [, next] = model.apply(params, state, x, { key: key(1), train: true });
    assert((await next[2].mean.item()) !== 0);
    const both = nn.sequential(nn.dropout(0.5), nn.dropout(0.5));
    const [y] = both.apply([{}, {}], [{}, {}], ones([1000], { device }), { key: key(1), train: true });
    const kept = (await y.data()).filter((v) => v === 4).length; // one key for both would keep half
    assert(kept > 180 && kept < 320, `${kept}`);
    const [same, again] = model.apply(params, next, x, { train: false });
    assertEquals(same.shape, x.shape);
    assertEquals(again[2].mean, next[2].mean);
  });

  Deno.test(`residual() adds, on ${device}`, async () => {
    const x = tensor([1, 2], { device });
    const block = nn.residual(nn.lambda((x) => ops.mul(x, 10)));
    assertEquals(await block.apply({ body: {}, shortcut: {} }, x).toArray(), [11, 22]);
    const projected = nn.residual(nn.lambda((x) => ops.mul(x, 10)), { shortcut: nn.lambda((x) => ops.neg(x)) });
    assertEquals(await projected.apply(projected.init(key(0)), x).toArray(), [9, 18]);
    const grown = nn.residual(nn.lambda((x) => ops.reshape(x, [2, 1])));
    assertThrows(
      () => grown.apply({ body: {}, shortcut: {} }, x),
      TypeError,
      "the body gives [2, 1], the input [2]; pass { shortcut }",
    );
  });

  Deno.test(`a network with batch norm and dropout trains under jit, on ${device}`, async () => {
    const model = nn.sequential(
      nn.conv2d(1, 4, { kernelSize: 3 }),
      nn.batchNorm2d(4),
      nn.dropout(0.1),
      nn.flatten(),
      nn.linear(16, 1),
    );
    type Params = nn.ParamsOf<typeof model>;
    type State = nn.StateOf<typeof model>;
    const step = jit((params: Params, state: State, x: Tensor, key: Tensor) => {
      const loss = (p: Params): readonly [Tensor, State] => {
        const [y, next] = model.apply(p, state, x, { key, train: true });
        return [ops.mean(ops.mul(ops.sub(y, 1), ops.sub(y, 1))), next];
      };
      const [grads, next] = grad(loss, { hasAux: true })(params);
      return [tree.map((p, g) => ops.sub(p, ops.mul(g, 0.1)), params, grads) as Params, next] as const;
    });
    let [params, state] = model.init(key(0));
    const x = random.normal(key(1), [8, 1, 4, 4]);
    for (let i = 0; i < 30; i++) [params, state] = step(params, state, x, random.foldIn(key(2), i));
    const [y] = model.apply(params, state, x, { train: false });
    assertClose(await ops.mean(y).item(), 1, { atol: 0.2 });
  });
}

Deno.test("an error says in which layer of the network it happened", () => {
  const device = "reference";
  const model = nn.sequential(nn.relu(), nn.residual(nn.sequential(nn.relu(), nn.linear(3, 4))));
  const params = model.init(random.key(0, { device }));
  assertThrows(
    () => model.apply(params, zeros([2, 5], { device })),
    TypeError,
    "in layer 1.body.1: linear: the last axis of the input [2, 5]",
  );
  const broken = [params[0], {
    body: [{}, { weight: zeros([1], { device }) }],
    shortcut: {},
  }] as unknown as typeof params;
  assertThrows(
    () => model.apply(broken, zeros([2, 3], { device })),
    TypeError,
    "in layer 1.body.1: linear: parameter weight must have shape [4, 3], got [1]",
  );
  // @ts-expect-error: params of one layer too few
  assertThrows(() => model.apply([{}], zeros([2, 3], { device })), TypeError, "params must be an array of 2");
});

Deno.test("a stateful layer refuses a call without a mode", () => {
  const device = "reference";
  const model = nn.sequential(nn.dropout(0.5));
  // @ts-expect-error: no mode
  assertThrows(() => model.apply([{}], [{}], zeros([2], { device })), TypeError, "{ key, train }");
  // @ts-expect-error: no mode
  assertThrows(() => nn.dropout(0.5).apply({}, {}, zeros([2], { device })), TypeError, "dropout: a stateful layer");
});
