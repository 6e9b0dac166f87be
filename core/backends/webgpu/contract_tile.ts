/**
 * The tiled contraction kernel: a workgroup brings a slab of both operands into workgroup memory, and each invocation multiplies 8 rows by
 * 8 columns of it in registers. Workgroup memory holds vectors of four, which are cheap to read on hardware and on software drivers alike.
 *
 * A slab is a few steps along one axis of the sum wherever one is long enough: then the loop over slabs divides once, and bringing a slab in
 * needs no division at all.
 */
import { type Axis, type Contraction, extentOf, offsetText, partAt, type Product } from "./contract.ts";
import { decompose } from "./nest.ts";
import { fromWord, fromWords, Lines, literal, toWord, wgslType } from "./wgsl/expression.ts";

const each = 8; // rows and columns of an invocation's tile, as two vectors each
const most = 64; // invocations of a workgroup

/** How a product is cut into tiles and slabs. */
export interface Tile {
  /** Invocations of a workgroup along the rows and along the columns. */
  readonly wide: number;
  readonly tall: number;
  /** Steps of the sum in workgroup memory at a time. */
  readonly depth: number;
  /** The axes of the sum that a slab runs along: one, or all of them as one. */
  readonly slab: readonly Axis[];
  readonly outer: readonly Axis[];
  /** Slabs of the whole sum. */
  readonly slabs: number;
}

/** So many parts that none has more than `limit`, all of nearly one size: that size. */
const evenly = (n: number, limit: number): number => Math.ceil(n / Math.ceil(n / limit));

/** The tiles of a product, if it is large enough for them and they fit in `memory` bytes of a workgroup. */
export function tilesOf(product: Product, memory: number): Tile | undefined {
  const { rows, columns, sum } = product;
  const M = extentOf(rows), N = extentOf(columns), K = extentOf(sum);
  if (Math.min(M, N) < 2 * each || K < each) return undefined;
  if (extentOf(product.batch) * M * N * K < 2 ** 18) return undefined; // little work is not worth the larger code
  const down = Math.ceil(M / each), across = Math.ceil(N / each);
  let wide = evenly(down, 8);
  const tall = evenly(across, Math.floor(Math.min(most, 256 / each * wide) / wide));
  wide = evenly(down, Math.floor(most / tall));
  const useful = M * N / (Math.ceil(down / wide) * wide * Math.ceil(across / tall) * tall * each * each);
  if (useful < 0.3) return undefined;
  const fits = (depth: number): boolean => depth <= 32 && 4 * depth * each * (wide + tall) <= memory;
  for (let depth = 32; depth >= each; depth /= 2) {
    if (!fits(depth)) continue;
    const long = sum.filter(({ size }) => size / (Math.ceil(size / depth) * depth) >= 0.75)
      // Far strides miss the caches, and those of whole images do so at every step.
      .sort((x, y) => Math.abs(x.a) + Math.abs(x.b) - Math.abs(y.a) - Math.abs(y.b))[0];
    if (!long && depth > each) continue;
    const slab = long ? [long] : sum.slice(), outer = long ? sum.filter((axis) => axis !== long) : [];
    // Few slabs: what a workgroup does between two barriers should be worth waiting for.
    if (long?.size === depth) {
      while (outer.length > 0 && fits(extentOf(slab) * outer[outer.length - 1].size)) slab.unshift(outer.pop()!);
      depth = extentOf(slab);
    }
    return { wide, tall, depth, slab, outer, slabs: extentOf(outer) * Math.ceil(extentOf(slab) / depth) };
  }
  return undefined;
}

/** The turns of the loops over one slab. */
export function turnsOf({ wide, tall, depth }: Tile): number {
  const bring = (side: number): number => Math.ceil(depth / Math.max(1, Math.floor(wide * tall / (2 * side))));
  return depth + bring(wide) + bring(tall) + 1;
}

/** The body of the kernel. */
export function tiledBody(
  { product, parameters, from: [pa, pb], finish, splits, partial }: Contraction,
  tile: Tile,
): { body: string; invocations: number; groups: number; iterations: number } {
  const { type, batch, rows, columns } = product;
  const { wide, tall, depth, slab, outer, slabs } = tile;
  const M = extentOf(rows), N = extentOf(columns), B = extentOf(batch);
  const high = wide * each, broad = tall * each; // rows and columns of a workgroup
  const invocations = wide * tall;
  const down = Math.ceil(M / high), across = Math.ceil(N / broad);
  const share = Math.ceil(slabs / splits);
  const chunks = Math.ceil(extentOf(slab) / depth);
  const t = wgslType(type);
  const lines = new Lines();
  const [x_, y_, rest] = decompose("i32(wg)", [0, across, down], lines).reverse();
  // A folded grid has workgroups too many: they work on the last part and store nothing.
  lines.add(`let active_ = ${rest} < ${B * splits};`);
  lines.add(`let place_ = min(${rest}, ${B * splits - 1});`);
  const [split, bt] = decompose("place_", [0, B], lines);
  const batchNames = decompose(bt, batch.map((x) => x.size), lines);
  // Neighbouring invocations store to neighbouring elements.
  const last = finish.axes.at(-1);
  const rowsLast = last !== undefined && rows.includes(last);
  const [tn, tm] = !rowsLast
    ? decompose("i32(li)", [0, tall], lines).reverse()
    : decompose("i32(li)", [0, wide], lines);
  for (let i = 0; i < each; i++) {
    for (let h = 0; h < 2; h++) lines.add(`var c${i}_${h} = vec4<${t}>(${literal(type, 0)});`);
  }

  /** Prepares to bring slabs of an operand in: vectors of four rows (or columns) at one step of the sum. */
  const bring = (
    operand: "a" | "b",
    axes: readonly Axis[],
    side: number,
    at: string,
    parameter: number,
  ): (inner: Lines, along: string, chunk: string) => void => {
    const vectors = 2 * side, extent = extentOf(axes);
    const steps = Math.max(1, Math.floor(invocations / vectors)); // that are brought in a turn
    const [first, g] = steps > 1 ? decompose("i32(li)", [0, vectors], lines) : ["0", "i32(li)"];
    const last = axes[axes.length - 1];
    const base = offsetText(batch, batchNames, operand);
    // Where four neighbours are evenly apart, one division serves them all.
    const even = last !== undefined && last.size % 4 === 0 && extent % 4 === 0;
    const position = (index: string): string =>
      lines.let(`${base} + ${offsetText(axes, decompose(lines.let(index), axes.map((x) => x.size), lines), operand)}`);
    const turns = Array.from({ length: Math.ceil(vectors / invocations) }, (_, turn) => {
      const vector = lines.let(turn === 0 ? g : `${g} + ${turn * invocations}`);
      const start = `${at} * ${8 * side} + ${vector} * 4`;
      const guard = steps * vectors < invocations
        ? `i32(li) < ${steps * vectors}`
        : (turn + 1) * invocations > vectors && steps === 1
        ? `${vector} < ${vectors}`
        : undefined;
      const offsets = even
        ? [0, 1, 2, 3].reduce<string[]>((list, j) => [
          ...list,
          j === 0 ? position(`min(${start}, ${extent - 4})`) : `${list[0]} + ${j * last[operand]}`,
        ], [])
        : [0, 1, 2, 3].map((j) => position(`min(${start} + ${j}, ${extent - 1})`));
      return { vector, guard, offsets };
    });
    const length = extentOf(slab);
    const others = [...batch, ...axes.slice(0, -1), ...slab, ...outer];
    const together = even && last[operand] === 1 && parameters.list[parameter].offset % 4 === 0 &&
      others.every((axis) => axis[operand] % 4 === 0);
    if (together) parameters.widen(parameter);
    return (out, along, chunk) => {
      out.add(`for (var s = ${first}; s < ${depth}; s += ${steps}) {`);
      const inner = new Lines(out);
      const whole = length % depth === 0;
      const k = inner.let(`${chunk} * ${depth} + s`);
      const safe = whole ? k : inner.let(`min(${k}, ${length - 1})`);
      const here = inner.let(
        `${along} + ${offsetText(slab, decompose(safe, slab.map((x) => x.size), inner), operand)}`,
      );
      for (const { vector, guard, offsets } of turns) {
        const value = together
          ? fromWords(type, `ldv${parameter}(${offsets[0]} + ${here})`)
          : `vec4<${t}>(${offsets.map((offset) => fromWord(type, `ld${parameter}(${offset} + ${here})`)).join(", ")})`;
        const store = `${operand}_[s * ${vectors} + ${vector}] = ${
          whole ? value : `select(vec4<${t}>(${literal(type, 0)}), ${value}, ${k} < ${length})`
        };`;
        inner.add(guard ? `if (${guard}) { ${store} }` : store);
      }
      out.add(`${inner}\n}`);
    };
  };
  const bringA = bring("a", rows, wide, x_, pa), bringB = bring("b", columns, tall, y_, pb);

  const from = lines.let(`${split} * ${share}`);
  lines.add(`for (var k0 = ${from}; k0 < min(${slabs}, ${from} + ${share}); k0++) {`);
  const body = new Lines(lines);
  const [chunk, ...outerNames] = decompose("k0", [...outer.map((x) => x.size), chunks], body).reverse();
  outerNames.reverse();
  bringA(body, body.let(offsetText(outer, outerNames, "a")), chunk);
  bringB(body, body.let(offsetText(outer, outerNames, "b")), chunk);
  body.add("workgroupBarrier();");
  body.add(`for (var s = 0; s < ${depth}; s++) {`);
  // An invocation's two vectors stand half a tile apart, so that neighbours read neighbours.
  body.add(`let a0 = a_[s * ${2 * wide} + ${tm}]; let a1 = a_[s * ${2 * wide} + ${tm} + ${wide}];`);
  body.add(`let b0_ = b_[s * ${2 * tall} + ${tn}]; let b1_ = b_[s * ${2 * tall} + ${tn} + ${tall}];`);
  for (let i = 0; i < each; i++) {
    const x = `a${i >> 2}.${"xyzw"[i & 3]}`;
    for (let h = 0; h < 2; h++) {
      body.add(
        type === "float32" ? `c${i}_${h} = fma(vec4<f32>(${x}), b${h}_, c${i}_${h});` : `c${i}_${h} += ${x} * b${h}_;`,
      );
    }
  }
  body.add("}");
  body.add("workgroupBarrier();");
  lines.add(`${body}\n}`);
  lines.add("if (!active_) { return; }");

  /** Positions of a side of the tile, and their parts along its axes. */
  const positions = (axes: readonly Axis[], extent: number, start: (vector: number) => string) => {
    const sizes = axes.map((x) => x.size);
    const even = extent % 4 === 0 && (sizes.length === 0 || sizes[sizes.length - 1] % 4 === 0);
    return [0, 1].flatMap((h) => {
      const first = lines.let(start(h));
      const names = decompose(lines.let(`min(${first}, ${Math.max(0, extent - (even ? 4 : 1))})`), sizes, lines);
      return [0, 1, 2, 3].map((j) => {
        if (j === 0) return { flat: first, names };
        const flat = lines.let(`${first} + ${j}`);
        if (!even) return { flat, names: decompose(lines.let(`min(${flat}, ${extent - 1})`), sizes, lines) };
        return { flat, names: [...names.slice(0, -1), lines.let(`${names[names.length - 1]} + ${j}`)] };
      });
    });
  };
  const columnAt = positions(columns, N, (h) => `${y_} * ${broad} + (${tn} + ${h * tall}) * 4`);
  const rowAt = positions(rows, M, (h) => `${x_} * ${high} + (${tm} + ${h * wide}) * 4`);
  const value = (i: number, j: number): string => `c${i}_${j >> 2}.${"xyzw"[j & 3]}`;
  const namesOf = (m: typeof rowAt[number], n: typeof columnAt[number]): string[] =>
    finish.axes.map((axis) =>
      batchNames[batch.indexOf(axis)] ?? m.names[rows.indexOf(axis)] ?? n.names[columns.indexOf(axis)]
    );
  // Four neighbours together along the last axis of the output, where all tiles have four.
  const sizes = finish.axes.length > 0 ? [last!.size, rowsLast ? M : N] : [1];
  const span = partial === undefined && sizes.every((n) => n % 4 === 0) ? 4 : 1;
  const [outside, inside] = rowsLast ? [columnAt, rowAt] : [rowAt, columnAt];
  const guards = [M % high === 0, N % broad === 0];
  outside.forEach((o, p) => {
    for (let q = 0; q < inside.length; q += span) {
      const pairs = inside.slice(q, q + span).map((e) => rowsLast ? [e, o] as const : [o, e] as const);
      const sums = pairs.map((_, u) => rowsLast ? value(q + u, p) : value(p, q + u));
      const [[m, n]] = pairs;
      const guard = [guards[0] ? "" : `${m.flat} < ${M}`, guards[1] ? "" : `${n.flat} < ${N}`].filter(Boolean).join(
        " && ",
      );
      const block = guard ? new Lines(lines) : lines;
      if (partial === undefined) finish.store(sums, pairs.map(([m, n]) => namesOf(m, n)), block, guard !== "");
      else {
        block.add(
          `st${partial}(${partAt(product, { b: bt, m: m.flat, n: n.flat }, split)}, ${toWord(type, sums[0])});`,
        );
      }
      if (guard) lines.add(`if (${guard}) {\n${block}\n}`);
    }
  });
  const memory = (name: string, side: number): string =>
    `var<workgroup> ${name}: array<vec4<${t}>, ${2 * side * depth}>;`;
  return {
    body: `${memory("a_", wide)}\n${memory("b_", tall)}\nfn main_(wg: u32, li: u32) {\n${lines}\n}`,
    invocations,
    groups: down * across * B * splits,
    iterations: share * turnsOf(tile),
  };
}
