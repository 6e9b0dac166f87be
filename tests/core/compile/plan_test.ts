import { explain, ops, type Tensor, zeros } from "../../../mod.ts";
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
      assertEquals(plan(list), { offsets, bytes }); // the same each time
    }),
    runsOf(300),
  );
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
