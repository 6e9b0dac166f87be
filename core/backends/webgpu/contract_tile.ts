/**
 * The tiled contraction kernel: a workgroup brings a slab of both operands into workgroup memory, and each invocation multiplies 8 rows by
 * 8 columns of it in registers. Workgroup memory holds vectors of four, which are cheap to read on hardware and on software drivers alike.
 */
import { extentOf, offsetText, type Product, storeText } from "./contract.ts";
import { decompose } from "./nest.ts";
import { fromWord, Lines, literal, wgslType } from "./wgsl/expression.ts";

const depth = 16; // steps of the sum in workgroup memory at a time
const each = 8; // rows and columns of an invocation's tile, as two vectors each
const invocations = 64;

/** Rows and columns of a workgroup's tile. */
export interface TileShape {
  readonly rows: number;
  readonly columns: number;
}

/** The shape of the tiles, if the product is large enough for them and they fit in `memory` bytes of a workgroup. */
export function tileShape(M: number, N: number, K: number, memory: number): TileShape | undefined {
  if (M * N < 1024 || Math.min(M, N) < each || K < 8) return undefined;
  // Eight by eight invocations, or longer where one side is short.
  let rows = 64, columns = 64;
  while (columns > 8 && columns / 2 >= N) [rows, columns] = [rows * 2, columns / 2];
  while (rows > 8 && rows / 2 >= M) [rows, columns] = [rows / 2, columns * 2];
  const useful = M * N / (Math.ceil(M / rows) * rows * Math.ceil(N / columns) * columns);
  const fits = 4 * depth * (rows + columns) <= memory;
  return useful < 0.3 || rows > 256 || columns > 256 || !fits ? undefined : { rows, columns };
}

/** The body of the kernel. */
export function tiledBody(
  product: Product,
  tile: TileShape,
  [pa, pb]: readonly [number, number],
  to: number,
  splits: number,
  parts: boolean,
): { body: string; invocations: number; groups: number; iterations: number } {
  const { type, batch, rows, columns, sum } = product;
  const M = extentOf(rows), N = extentOf(columns), B = extentOf(batch), K = extentOf(sum);
  const across = Math.ceil(M / tile.rows), down = Math.ceil(N / tile.columns);
  const share = Math.ceil(K / splits / depth) * depth;
  const t = wgslType(type);
  const lines = new Lines();
  lines.add(
    `let x_ = i32(wg) % ${across}; let y_ = (i32(wg) / ${across}) % ${down}; let rest = i32(wg) / ${across * down};`,
  );
  // A folded grid has workgroups too many: they work on the last part and store nothing.
  lines.add(`let active_ = rest < ${B * splits};`);
  lines.add(`let place = min(rest, ${B * splits - 1});`);
  lines.add(`let bt = place % ${B}; let split = place / ${B};`);
  const batchNames = decompose("bt", batch.map((x) => x.size), lines);
  const wide = tile.rows / each; // invocations along the rows
  lines.add(`let tm = i32(li) % ${wide}; let tn = i32(li) / ${wide};`);
  for (let i = 0; i < each; i++) {
    for (let h = 0; h < 2; h++) lines.add(`var c${i}_${h} = vec4<${t}>(${literal(type, 0)});`);
  }
  const start = lines.let(`split * ${share}`);
  const end = lines.let(`min(${K}, ${start} + ${share})`);

  /** Brings a slab of an operand in: vectors of four rows (or columns) at one step of the sum. */
  const load = (
    operand: "a" | "b",
    axes: Product["rows"],
    extent: number,
    length: number,
    at: string,
    parameter: number,
  ): void => {
    const vectors = length * depth / 4;
    const base = lines.let(`${offsetText(batch, batchNames, operand)}`);
    for (let turn = 0; turn < vectors; turn += invocations) {
      const inner = new Lines(lines);
      const partial = turn + invocations > vectors;
      inner.add(`let q = i32(li) + ${turn};`);
      inner.add(`let g = q % ${length / 4}; let s = q / ${length / 4};`);
      const k = inner.let(`min(k0 + s, ${K - 1})`);
      const inside = inner.let(`k0 + s < ${end}`);
      const sums = decompose(k, sum.map((x) => x.size), inner);
      const along = inner.let(`${base} + ${offsetText(sum, sums, operand)}`);
      const values: string[] = [];
      // Where four neighbours are evenly apart, one division serves them all.
      const last = axes[axes.length - 1];
      const even = last !== undefined && last.size % 4 === 0 && extent % 4 === 0;
      if (even) {
        const first = inner.let(`min(${at} * ${length} + g * 4, ${extent - 4})`);
        const offset = inner.let(
          `${along} + ${offsetText(axes, decompose(first, axes.map((x) => x.size), inner), operand)}`,
        );
        for (let j = 0; j < 4; j++) {
          values.push(inner.let(fromWord(type, `ld${parameter}(${offset} + ${j * last[operand]})`)));
        }
      } else {
        for (let j = 0; j < 4; j++) {
          const index = inner.let(`min(${at} * ${length} + g * 4 + ${j}, ${extent - 1})`);
          const offset = `${along} + ${offsetText(axes, decompose(index, axes.map((x) => x.size), inner), operand)}`;
          values.push(inner.let(fromWord(type, `ld${parameter}(${offset})`)));
        }
      }
      inner.add(
        `${operand}_[q] = select(vec4<${t}>(${literal(type, 0)}), vec4<${t}>(${values.join(", ")}), ${inside});`,
      );
      lines.add(partial ? `if (i32(li) < ${vectors - turn}) {` : "{");
      lines.add(`${inner}\n}`);
    }
  };

  lines.add(`for (var k0 = ${start}; k0 < ${end}; k0 += ${depth}) {`);
  load("a", rows, M, tile.rows, "x_", pa);
  load("b", columns, N, tile.columns, "y_", pb);
  lines.add("workgroupBarrier();");
  const stepA = tile.rows / 4, stepB = tile.columns / 4, tall = tile.columns / each;
  lines.add(`for (var s = 0; s < ${depth}; s++) {`);
  // An invocation's two vectors stand half a tile apart, so that neighbours read neighbours.
  lines.add(`let a0 = a_[s * ${stepA} + tm]; let a1 = a_[s * ${stepA} + tm + ${wide}];`);
  lines.add(`let b0_ = b_[s * ${stepB} + tn]; let b1_ = b_[s * ${stepB} + tn + ${tall}];`);
  for (let i = 0; i < each; i++) {
    const x = `a${i >> 2}.${"xyzw"[i & 3]}`;
    for (let h = 0; h < 2; h++) {
      lines.add(
        type === "float32" ? `c${i}_${h} = fma(vec4<f32>(${x}), b${h}_, c${i}_${h});` : `c${i}_${h} += ${x} * b${h}_;`,
      );
    }
  }
  lines.add("}");
  lines.add("workgroupBarrier();");
  lines.add("}");

  const columnAt = Array.from({ length: each }, (_, j) => {
    const n = lines.let(`y_ * ${tile.columns} + (tn + ${(j >> 2) * tall}) * 4 + ${j & 3}`);
    return { n, names: decompose(lines.let(`min(${n}, ${N - 1})`), columns.map((x) => x.size), lines) };
  });
  for (let i = 0; i < each; i++) {
    const m = lines.let(`x_ * ${tile.rows} + (tm + ${(i >> 2) * wide}) * 4 + ${i & 3}`);
    const names = decompose(lines.let(`min(${m}, ${M - 1})`), rows.map((x) => x.size), lines);
    columnAt.forEach(({ n, names: columnNames }, j) => {
      const value = `c${i}_${j >> 2}.${"xyzw"[j & 3]}`;
      const store = storeText(
        product,
        { batch: batchNames, rows: names, columns: columnNames },
        { b: "bt", m, n },
        to,
        value,
        parts ? "split" : undefined,
      );
      const guard = ["active_", M % tile.rows === 0 ? "" : `${m} < ${M}`, N % tile.columns === 0 ? "" : `${n} < ${N}`]
        .filter(Boolean).join(" && ");
      lines.add(`if (${guard}) { ${store} }`);
    });
  }
  const memory = (name: string, length: number): string =>
    `var<workgroup> ${name}: array<vec4<${t}>, ${length * depth / 4}>;`;
  return {
    body: `${memory("a_", tile.rows)}\n${memory("b_", tile.columns)}\nfn main_(wg: u32, li: u32) {\n${lines}\n}`,
    invocations,
    groups: across * down * B * splits,
    iterations: Math.ceil(share / depth) * (depth + 1),
  };
}
