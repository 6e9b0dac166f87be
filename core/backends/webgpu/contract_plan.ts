/**
 * How a contraction that reads its operands in place is cut into tiles: which neighbours an invocation computes together, and how much of the
 * sum is written out.
 *
 * For a driver that runs on a CPU all tiles that an invocation may have are weighed by what they load and multiply. The costs are nanoseconds of
 * eight invocations on one core, measured in loops of one operation each on Mesa's llvmpipe; only their ratios matter. It reads a storage buffer
 * invocation by invocation, and a uniform buffer, which is small and has no bounds to be masked, all at once.
 */
import type { Axis, ContractTarget, Product } from "./contract.ts";

const extentOf = (axes: readonly Axis[]): number => axes.reduce((n, x) => n * x.size, 1);

/** How the rows (or the columns) are divided into tiles. */
export interface Side {
  readonly axes: readonly Axis[];
  readonly tiles: number;
  /** Rows of a tile. */
  readonly count: number;
  /** So many neighbours along each axis are in one tile; without it, the rows of a tile stand apart by the number of tiles. */
  readonly inner: readonly number[] | undefined;
}

/** How an invocation goes about it. */
export interface DirectPlan {
  readonly threads: number;
  readonly rows: Side;
  readonly columns: Side;
  /** Inner axes of the sum that are written out, and the others. */
  readonly unrolled: readonly Axis[];
  readonly looped: readonly Axis[];
  readonly steps: number;
}

/** So many of four neighbours are better loaded together. */
export const together = 3;

const cost = { load: 15, vector: 34, uniform: 3, multiply: 0.45, turn: 8, store: 20, storeOfVector: 10 } as const;

/** Multiplications that are written out at most, in small work and in large: compiling them takes drivers long. */
const [short, long] = [48, 96];

/** Neighbours of a side in a tile at most. */
const widest = 24;

/** The digits of a number, the last one the fastest. */
export function digits(n: number, sizes: readonly number[]): number[] {
  const found = new Array<number>(sizes.length);
  for (let i = sizes.length - 1; i >= 0; i--) {
    found[i] = n % sizes[i];
    n = Math.floor(n / sizes[i]);
  }
  return found;
}

/** The positions of what is written out of the sum. */
export const tapsOf = (unrolled: readonly Axis[]): number[][] =>
  Array.from({ length: extentOf(unrolled) }, (_, tap) => digits(tap, unrolled.map((x) => x.size)));

/** How far a position is from the first one in an operand. */
export const stepOf = (axes: readonly Axis[], at: readonly number[], operand: "a" | "b"): number =>
  axes.reduce((sum, axis, k) => sum + at[k] * axis[operand], 0);

/** Whether all that a tile loads of an operand begins at multiples of four elements from the operand's first one. */
export function isAligned({ axes, inner }: Side, others: readonly Axis[], operand: "a" | "b"): boolean {
  return others.every((axis) => axis[operand] % 4 === 0) &&
    axes.every((axis, k) => (inner?.[k] === axis.size ? 0 : axis[operand] * (inner?.[k] ?? 1)) % 4 === 0);
}

/** The plan for a contraction. `uniform` says which operands are uniform buffers, `last` along which axis neighbours are stored. */
export function directPlan(
  product: Product,
  target: ContractTarget,
  uniform: Readonly<Record<"a" | "b", boolean>>,
  last: Axis | undefined,
): DirectPlan {
  return target.near ? cheapest(product, target, uniform, last) : apart(product, target);
}

/** Rows that stand apart by the number of tiles, so that neighbouring invocations read neighbours. */
function scattered(axes: readonly Axis[], limit: number): Side {
  const extent = extentOf(axes), count = 2 ** Math.floor(Math.log2(Math.min(limit, extent)));
  return { axes, tiles: Math.ceil(extent / count), count, inner: undefined };
}

function apart(product: Product, { busy }: ContractTarget): DirectPlan {
  const B = extentOf(product.batch);
  for (let high = 8, broad = 8;; high >= broad ? high /= 2 : broad /= 2) {
    const rows = scattered(product.rows, high), columns = scattered(product.columns, broad);
    const threads = B * rows.tiles * columns.tiles, size = rows.count * columns.count;
    if (threads < busy && size > 4 && high * broad > 4) continue;
    const sums = sumsOf(product.sum).filter(({ unrolled }) => extentOf(unrolled) * size <= Math.max(size, 128));
    const { unrolled, looped } = sums.reduce((most, one) =>
      extentOf(one.unrolled) > extentOf(most.unrolled) ? one : most
    );
    return { threads, rows, columns, unrolled, looped, steps: extentOf(looped) };
  }
}

/** What of a sum may be written out: nothing, a part of the last axis, or the last axes. */
function sumsOf(sum: readonly Axis[]): { unrolled: readonly Axis[]; looped: readonly Axis[] }[] {
  const found = [{ unrolled: [] as readonly Axis[], looped: sum }];
  const last = sum.at(-1);
  if (!last) return found;
  for (const f of [2, 3, 4]) {
    if (last.size % f !== 0 || last.size === f) continue;
    const looped = [...sum.slice(0, -1), { ...last, size: last.size / f, a: last.a * f, b: last.b * f }];
    found.push({ unrolled: [{ ...last, size: f }], looped });
  }
  for (let n = 1; n <= sum.length && extentOf(sum.slice(-n)) <= 10; n++) {
    found.push({ unrolled: sum.slice(-n), looped: sum.slice(0, -n) });
  }
  return found;
}

/** All tiles that a side may have. */
function sidesOf(axes: readonly Axis[]): Side[] {
  let found: number[][] = [[]];
  for (const { size } of axes) {
    const divisors = Array.from({ length: Math.min(size, widest) }, (_, i) => i + 1).filter((d) => size % d === 0);
    found = found.flatMap((inner) => divisors.map((d) => [...inner, d]))
      .filter((inner) => inner.reduce((n, d) => n * d, 1) <= widest);
  }
  const extent = extentOf(axes);
  return [
    ...found.map((inner): Side => {
      const count = inner.reduce((n, d) => n * d, 1);
      return { axes, tiles: extent / count, count, inner };
    }),
    ...[4, 8].filter((n) => n <= extent).map((n) => scattered(axes, n)),
  ];
}

function cheapest(
  { batch, rows, columns, sum }: Product,
  { busy }: ContractTarget,
  uniform: Readonly<Record<"a" | "b", boolean>>,
  last: Axis | undefined,
): DirectPlan {
  const B = extentOf(batch), K = extentOf(sum), outputs = B * extentOf(rows) * extentOf(columns);
  const most = outputs * K < 2 ** 20 ? short : long;
  /** What a turn loads for a side. */
  const loads = (side: Side, operand: "a" | "b", { unrolled, looped }: ReturnType<typeof sumsOf>[number]): number => {
    const { axes, count, inner } = side;
    const steps = tapsOf(unrolled).map((tap) => stepOf(unrolled, tap, operand));
    const places = Array.from(
      { length: inner ? count : 1 },
      (_, i) => inner ? stepOf(axes, digits(i, inner), operand) : 0,
    );
    const wanted = new Set(places.flatMap((place) => steps.map((step) => place + step)));
    const each = uniform[operand] ? cost.uniform : cost.load;
    let total = 0;
    if (uniform[operand] || !isAligned(side, [...batch, ...looped], operand)) total = wanted.size * each;
    else {
      const blocks = new Map<number, number>();
      for (const c of wanted) blocks.set(Math.floor(c / 4), (blocks.get(Math.floor(c / 4)) ?? 0) + 1);
      for (const n of blocks.values()) total += n >= together ? cost.vector : n * each;
    }
    return inner ? total : total * count;
  };
  const stored = (side: Side): number =>
    last && side.axes.includes(last) && side.inner && side.inner.at(-1)! % 4 === 0 ? cost.storeOfVector : cost.store;
  const rowTiles = sidesOf(rows), columnTiles = sidesOf(columns);
  let best: DirectPlan | undefined, least = Infinity;
  for (const { unrolled, looped } of sumsOf(sum)) {
    const taps = extentOf(unrolled);
    const forRows = rowTiles.map((side) => loads(side, "a", { unrolled, looped }));
    const forColumns = columnTiles.map((side) => loads(side, "b", { unrolled, looped }));
    rowTiles.forEach((r, i) =>
      columnTiles.forEach((c, j) => {
        const size = r.count * c.count;
        if (size * taps > most && size * taps > 1) return;
        const turn = forRows[i] + forColumns[j] + size * taps * cost.multiply + cost.turn;
        const threads = B * r.tiles * c.tiles;
        const parts = Math.max(1, Math.min(Math.ceil(busy / threads), Math.floor(K / 256)));
        const idle = Math.max(1, busy / (threads * parts));
        const time = threads * (turn * K / taps + size * Math.min(stored(r), stored(c))) * idle;
        if (time >= least) return;
        least = time;
        best = { threads, rows: r, columns: c, unrolled, looped, steps: extentOf(looped) };
      })
    );
  }
  return best!;
}
