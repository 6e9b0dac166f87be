import {
  explain,
  jit,
  nn,
  ones,
  ops,
  optim,
  random,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  zeros,
} from "../../../mod.ts";
import { densenet, resnet } from "../../bench/networks.ts";
import { assertClose } from "../../support/close.ts";
import { bytesOf, type Lifetime, plan } from "../../../core/compile/plan.ts";
import { runsOf } from "../../support/programs.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";

const line = 64;
const rounded = ({ bytes }: Lifetime): number => Math.max(line, Math.ceil(bytes / line) * line);
const meet = (a: Lifetime, b: Lifetime): boolean => a.from <= b.to && b.from <= a.to;

/** The most that is alive at once: no plan can do with less. */
function peak(lifetimes: readonly Lifetime[]): number {
  return Math.max(
    0,
    ...lifetimes.map(({ from }) =>
      lifetimes.filter((l) => l.from <= from && from <= l.to).reduce((sum, l) => sum + rounded(l), 0)
    ),
  );
}

const lifetimes: fc.Arbitrary<Lifetime[]> = fc.array(
  fc.tuple(fc.nat(5000), fc.integer({ min: -1, max: 30 }), fc.nat(12)).map(([bytes, from, length]) => ({
    bytes,
    from,
    to: from + length,
  })),
  { maxLength: 40 },
);

Deno.test("plan(): what lives at the same time stands apart, on cache lines, within the arena", () => {
  fc.assert(
    fc.property(lifetimes, (list) => {
      const { offsets, bytes } = plan(list);
      assertEquals(offsets.length, list.length);
      list.forEach((a, i) => {
        assert(offsets[i] % line === 0 && offsets[i] >= 0, `offset ${offsets[i]}`);
        assert(offsets[i] + rounded(a) <= bytes, `buffer ${i} ends at ${offsets[i] + rounded(a)} of ${bytes}`);
        list.forEach((b, j) => {
          if (i >= j || !meet(a, b)) return;
          const apart = offsets[i] + rounded(a) <= offsets[j] || offsets[j] + rounded(b) <= offsets[i];
          assert(apart, `buffers ${i} and ${j} overlap at ${offsets[i]} and ${offsets[j]}`);
        });
      });
      assert(bytes >= peak(list) && bytes <= list.reduce((sum, l) => sum + rounded(l), 0));
      assertEquals(plan(list), { offsets, bytes, least: peak(list) }); // the same each time
    }),
    runsOf(300),
  );
});

Deno.test("plan(): a buffer that may replace another stands in its very place or apart", () => {
  const linked = fc.array(fc.tuple(fc.constantFrom(100, 1000, 5000), fc.nat(20), fc.nat(6), fc.nat(30)), {
    maxLength: 40,
  })
    .map((list) => {
      const lives = list.map(([bytes, from, length]): Lifetime => ({ bytes, from, to: from + length }));
      return lives.map((l, i): Lifetime => {
        const ended = lives.map((_, j) => j).filter((j) => j !== i && (lives[j].to === l.from || list[i][3] < 3));
        return ended.length > 0 ? { ...l, replaces: ended[list[i][3] % ended.length] } : l;
      });
    });
  let shared = 0;
  const holds = (list: Lifetime[]): void => {
    const { offsets, bytes, least } = plan(list);
    assert(bytes >= least && least <= peak(list), `${bytes} bytes, at least ${least}, without sharing ${peak(list)}`);
    list.forEach((a, i) => {
      list.forEach((b, j) => {
        if (i >= j || !meet(a, b)) return;
        if (offsets[i] + rounded(a) <= offsets[j] || offsets[j] + rounded(b) <= offsets[i]) return;
        const [after, before] = b.replaces === i && b.from === a.to ? [b, a] : [a, b];
        assert(offsets[i] === offsets[j] && list[after.replaces!] === before && after.bytes === before.bytes);
        assertEquals(after.from, before.to);
        shared++;
      });
    });
  };
  fc.assert(fc.property(linked, holds), runsOf(300));
  assert(shared > 20, `${shared} shared places`);
});

Deno.test("plan(): a chain that works in place needs one buffer", () => {
  const chain = Array.from({ length: 50 }, (_, i) => ({ bytes: 1000, from: i, to: i + 1, replaces: i - 1 }));
  assertEquals(plan(chain.map((l) => l.replaces < 0 ? { ...l, replaces: undefined } : l)).bytes, 1024);
});

Deno.test("plan(): what lives one after the other shares its place", () => {
  const chain = Array.from({ length: 50 }, (_, i) => ({ bytes: 1000, from: i, to: i + 1 }));
  assertEquals(plan(chain).bytes, 2 * 1024);
  assertEquals(plan([]).bytes, 0);
  const nested = [
    { bytes: 6400, from: 0, to: 9 },
    ...Array.from({ length: 10 }, (_, i) => ({ bytes: 640, from: i, to: i })),
  ];
  assertEquals(plan(nested).bytes, 6400 + 640);
});

Deno.test("bytesOf(): a bool takes 32 bits in the arena", () => {
  assertEquals((["float32", "float64", "int32", "uint32", "bool"] as const).map(bytesOf), [4, 8, 4, 4, 4]);
});

Deno.test("a longer chain of kernels needs no larger arena", () => {
  const chain = (count: number) => (x: Tensor, w: Tensor): Tensor => {
    let y = x;
    for (let i = 0; i < count; i++) y = ops.tanh(ops.matmul(y, w));
    return y;
  };
  const arena = (count: number): number => explain(chain(count))(zeros([64, 64]), zeros([64, 64])).program.arenaBytes;
  assertEquals(arena(12), arena(6));
  assert(arena(12) <= 6 * 64 * 64 * 4 + 4096, `${arena(12)} bytes`);
});

Deno.test("an optimiser's update writes over what it reads, and gives the same values", () => {
  const params = { w: ones([300, 70]), b: ones([70]) };
  const grads = tree.map((t: Tensor) => ops.mul(t, 0.25), params);
  const rule = optim.adamw({ learningRate: 0.01 });
  const state = rule.init(params);
  const update = (p: typeof params, s: typeof state, g: typeof params) => {
    const [updates, next] = rule.update(g, s, p);
    return [optim.applyUpdates(p, updates), next];
  };
  const told = explain(update)(params, state, grads).program;
  const once = 4 * (300 * 70 + 70);
  assert(told.arenaBytes < 4.1 * once, `${told.arenaBytes} bytes for parameters, gradients and two moments of ${once}`);
  const compiled = tree.leaves(jit(update)(params, state, grads)).map((t) => [...t.dataSync()]);
  assertClose(compiled.flat(), tree.leaves(update(params, state, grads)).flatMap((t) => [...t.dataSync()]), {
    rtol: 1e-6,
    atol: 1e-7,
  });
});

Deno.test("a result takes no place of what is read once more, elsewhere or backwards", () => {
  const x = tensor(Array.from({ length: 5000 }, (_, i) => Math.sin(i)));
  const programs: ((x: Tensor) => Tensor | Tensor[])[] = [
    (x) => ops.add(x, ops.flip(x, 0)),
    (x) => ops.sub(ops.mul(x, 2), ops.concat([ops.slice(x, [1], [5000]), ops.slice(x, [0], [1])], 0)),
    (x) => [ops.mul(x, 2), ops.flip(ops.mul(x, 3), 0), ops.cumsum(x, 0)],
    (x) => [ops.mul(x, 2), ops.add(x, 1), ops.exp(x)],
    (x) => ops.matmul(ops.add(ops.reshape(x, [50, 100]), 1), ops.reshape(ops.mul(x, 0.1), [100, 50])),
  ];
  for (const f of programs) {
    const all = (r: Tensor | Tensor[]): number[] => [r].flat().flatMap((t) => [...t.dataSync()]);
    assertClose(all(jit(f)(x)), all(f(x)), { rtol: 1e-5, atol: 1e-5 });
  }
});

/** Training steps whose arena is beside what their buffers need at once. */
const steps: Readonly<Record<string, readonly [layer: nn.AnyLayer, image: number[]]>> = {
  "ScConv (32, 64, 32, 32)": [nn.scConv(64), [32, 64, 32, 32]],
  "ScConv (1, 32, 16, 16)": [nn.scConv(32), [1, 32, 16, 16]],
  "ScConv (32, 256, 14, 14)": [nn.scConv(256), [32, 256, 14, 14]],
  "ResNet-20": [resnet(3, (c) => nn.groupNorm(c, { groups: 4 })), [16, 3, 32, 32]],
  "ResNet-20 with batch norm": [resnet(3, nn.batchNorm2d), [8, 3, 32, 32]],
  "DenseNet": [densenet(8, 12), [16, 3, 32, 32]],
};

for (const [name, [layer, image]] of Object.entries(steps)) {
  Deno.test(`the arena of a training step of ${name} is at most 1.2 times what lives at once`, () => {
    const x = random.normal(random.key(1), image);
    const made = layer.init(random.key(0));
    const [params, state] = nn.isStateful(layer) ? made as [object, object] : [made as object, undefined];
    const loss = (p: object): Tensor => {
      const y = nn.isStateful(layer) ? layer.apply(p, state!, x, { train: true })[0] : layer.apply(p, x);
      return ops.mean(ops.square(y));
    };
    const { arenaBytes, leastBytes } = explain((p: object) => valueAndGrad(loss)(p))(params).program;
    assert(arenaBytes <= 1.2 * leastBytes!, `${arenaBytes} of ${leastBytes} bytes`);
  });
}
