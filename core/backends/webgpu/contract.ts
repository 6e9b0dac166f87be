/**
 * Contractions (dot, convolution and its gradients) as kernels: out[…] = Σ a[…] · b[…] over affine axes of any step and sign.
 *
 * The axes that only a has are the rows of a matrix product, those that only b has its columns, those of both its batch or its sum. An
 * invocation computes a tile of rows and columns in registers. Where both sides are long enough, a workgroup first brings its part of both
 * operands into workgroup memory (contract_tile.ts); a short side is read in place. A long sum with few outputs is divided, and a second
 * kernel adds the parts up.
 */
import type { DType } from "../../dtype.ts";
import type { ContractParams, Walk } from "../../compile/expand.ts";
import type { Buffer, Home } from "../../compile/home.ts";
import { sizeOf } from "../../shape.ts";
import { tiledBody, tilesOf, turnsOf } from "./contract_tile.ts";
import { decompose, workgroup } from "./nest.ts";
import { fromWord, Lines, literal, toWord, wgslType } from "./wgsl/expression.ts";
import { type Dispatch, iterationLimit, Parameters } from "./wgsl/kernel.ts";

/** An axis with its steps through the buffers; 0 where it does not move. */
export interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly out: number;
}

/** A contraction as a batch of matrix products. */
export interface Product {
  readonly type: DType;
  readonly batch: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly sum: readonly Axis[];
}

/** What a contraction asks of the device. */
export interface ContractTarget {
  /** Whether workgroup memory is worth its while. */
  readonly tiled: boolean;
  /** Bytes of workgroup memory. */
  readonly memory: number;
  /** Invocations that keep the device busy. */
  readonly busy: number;
}

export const extentOf = (axes: readonly Axis[]): number => axes.reduce((n, x) => n * x.size, 1);

/** The offset that some axes contribute where their variables have these names. */
export function offsetText(axes: readonly Axis[], names: readonly string[], operand: "a" | "b" | "out"): string {
  const terms = axes.flatMap((axis, i) =>
    axis[operand] === 0 ? [] : [axis[operand] === 1 ? names[i] : `${names[i]} * ${axis[operand]}`]
  );
  return terms.length === 0 ? "0" : terms.join(" + ");
}

function productOf({ axes }: ContractParams, a: Home, b: Home, out: Home): Product {
  const step = (home: Home, walk: Walk): number => walk ? home.strides[walk[0]] * walk[1] : 0;
  const batch: Axis[] = [], rows: Axis[] = [], columns: Axis[] = [], sum: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const made: Axis = { size: axis.size, a: step(a, axis.a), b: step(b, axis.b), out: step(out, axis.out) };
    (axis.out === null ? sum : axis.a && axis.b ? batch : axis.a ? rows : columns).push(made);
  }
  return { type: out.buffer.dtype, batch: merge(batch), rows: merge(rows), columns: merge(columns), sum: merge(sum) };
}

/** Neighbouring axes that all steps run through evenly are one. */
function merge(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    const last = merged[merged.length - 1];
    const even = last && (["a", "b", "out"] as const).every((k) => last[k] === axis[k] * axis.size);
    if (even) merged[merged.length - 1] = { ...axis, size: last.size * axis.size };
    else merged.push(axis);
  }
  return merged;
}

/** The kernels of a contraction. */
export function contractKernels(
  params: ContractParams,
  a: Home,
  b: Home,
  out: Home,
  target: ContractTarget,
  scratch: (dtype: DType, size: number) => Buffer,
): Dispatch[] {
  const product = productOf(params, a, b, out);
  const bStart = params.bStart.reduce((sum, at, i) => sum + at * b.strides[i], 0);
  const M = extentOf(product.rows),
    N = extentOf(product.columns),
    B = extentOf(product.batch),
    K = extentOf(product.sum);
  const flops = 2 * B * M * N * K;
  const reach = (operand: "a" | "b", axes: readonly Axis[]): number =>
    axes.reduce((n, x) => x[operand] === 0 ? n : n * x.size, 1);
  const everything = [...product.batch, ...product.rows, ...product.columns, ...product.sum];
  const bytes = 4 *
    (Math.min(a.buffer.size, reach("a", everything)) + Math.min(b.buffer.size, reach("b", everything)) + B * M * N);
  const parameters = new Parameters();
  const from = [parameters.read(a.buffer, a.offset), parameters.read(b.buffer, b.offset + bStart)] as const;
  const tile = { rows: tileOf(M), columns: tileOf(N) };
  const tiled = target.tiled ? tilesOf(product, target.memory) : undefined;
  const plan = tiled ? undefined : directPlan(product, tile, target);
  const threads = tiled ? B * Math.ceil(M / 8) * Math.ceil(N / 8) : plan!.threads;
  // Enough parts to keep the device busy, few enough that adding them up is little work, and no loop too long.
  const steps = tiled ? tiled.slabs * turnsOf(tiled) : plan!.steps;
  const wanted = Math.min(Math.ceil(target.busy / threads), Math.floor(K / 256), 256);
  const splits = Math.max(1, wanted, Math.ceil(steps / (iterationLimit - 1000)));
  const count = B * M * N;
  const partial = splits > 1 ? scratch(product.type, splits * count) : undefined;
  const to = partial ? parameters.write(partial) : parameters.write(out.buffer, out.offset);
  const kernel = tiled
    ? tiledBody(product, tiled, from, to, splits, partial !== undefined)
    : directBody(product, plan!, tile, from, to, splits, partial !== undefined);
  const dispatch: Dispatch = { name: params.name, ...kernel, parameters: parameters.list, flops, bytes };
  return partial ? [dispatch, addParts(product, partial, out, splits, count)] : [dispatch];
}

function tileOf(n: number): number {
  return n >= 8 ? 8 : n >= 4 ? 4 : n >= 2 ? 2 : 1;
}

/** Stores an element of the output, or of one part of a divided sum. */
export function storeText(
  product: Product,
  names: { batch: readonly string[]; rows: readonly string[]; columns: readonly string[] },
  flat: { b: string; m: string; n: string },
  to: number,
  value: string,
  split: string | undefined,
): string {
  const M = extentOf(product.rows), N = extentOf(product.columns), count = extentOf(product.batch) * M * N;
  const at = split === undefined
    ? `${offsetText(product.batch, names.batch, "out")} + ${offsetText(product.rows, names.rows, "out")} + ${
      offsetText(product.columns, names.columns, "out")
    }`
    : `((${flat.b} * ${M} + ${flat.m}) * ${N} + ${flat.n}) + ${split} * ${count}`;
  return `st${to}(${at}, ${toWord(product.type, value)});`;
}

interface DirectPlan {
  readonly threads: number;
  /** Inner axes of the sum that are written out. */
  readonly unrolled: readonly Axis[];
  readonly looped: readonly Axis[];
  readonly steps: number;
  readonly rowsFirst: boolean;
}

function directPlan(
  { batch, rows, columns, sum }: Product,
  tile: { rows: number; columns: number },
  { busy }: ContractTarget,
): DirectPlan {
  const M = extentOf(rows), N = extentOf(columns), B = extentOf(batch);
  const threads = (): number => B * Math.ceil(M / tile.rows) * Math.ceil(N / tile.columns);
  while (threads() < busy && tile.rows * tile.columns > 4) {
    tile.rows >= tile.columns ? tile.rows /= 2 : tile.columns /= 2;
  }
  let looped = sum.slice();
  const unrolled: Axis[] = [];
  let size = 1;
  // Code grows with what is written out, and compiling it takes drivers longer than running it is worth.
  const most = Math.min(10, Math.max(1, Math.floor(128 / (tile.rows * tile.columns))));
  while (looped.length > 0 && size * looped[looped.length - 1].size <= most) {
    const axis = looped.pop()!;
    unrolled.unshift(axis);
    size *= axis.size;
  }
  const last = looped[looped.length - 1];
  if (size <= 2 && last) {
    // A part of a long axis is written out.
    const factor = [4, 3, 2].find((f) => last.size % f === 0 && f * size <= Math.min(most, 8));
    if (factor) {
      looped = [...looped.slice(0, -1), { size: last.size / factor, a: last.a * factor, b: last.b * factor, out: 0 }];
      unrolled.unshift({ ...last, size: factor });
    }
  }
  const least = (axes: readonly Axis[]): number => Math.min(...axes.map((x) => Math.abs(x.out)), Infinity);
  return { threads: threads(), unrolled, looped, steps: extentOf(looped), rowsFirst: least(rows) <= least(columns) };
}

function directBody(
  product: Product,
  { threads, unrolled, looped, steps, rowsFirst }: DirectPlan,
  tile: { rows: number; columns: number },
  [pa, pb]: readonly [number, number],
  to: number,
  splits: number,
  parts: boolean,
): { body: string; invocations: number; groups: number; iterations: number } {
  const { type, batch, rows, columns } = product;
  const M = extentOf(rows), N = extentOf(columns);
  const across = Math.ceil(M / tile.rows), down = Math.ceil(N / tile.columns);
  const lines = new Lines();
  const total = threads * splits;
  const [first, second] = rowsFirst ? [across, down] : [down, across];
  lines.add(`let x_ = id % ${first}; let y_ = (id / ${first}) % ${second}; let rest = id / ${first * second};`);
  lines.add(`let mt = ${rowsFirst ? "x_" : "y_"}; let nt = ${rowsFirst ? "y_" : "x_"};`);
  const B = extentOf(batch);
  lines.add(splits > 1 ? `let bt = rest % ${B}; let split = rest / ${B};` : "let bt = rest;");
  const batchNames = decompose("bt", batch.map((x) => x.size), lines);
  // Rows of a tile stand apart by the number of tiles, so that neighbours read neighbours.
  const bases = (
    axes: readonly Axis[],
    position: (i: number) => string,
    limit: number,
    count: number,
    operand: "a" | "b",
  ) =>
    Array.from({ length: count }, (_, i) => {
      const flat = lines.let(position(i));
      const safe = lines.let(`min(${flat}, ${limit - 1})`);
      const names = decompose(safe, axes.map((x) => x.size), lines);
      const base = lines.let(`${offsetText(batch, batchNames, operand)} + ${offsetText(axes, names, operand)}`);
      return { flat, names, base };
    });
  const left = bases(rows, (i) => i === 0 ? "mt" : `mt + ${i * across}`, M, tile.rows, "a");
  const right = bases(
    columns,
    (j) => rowsFirst ? `nt * ${tile.columns} + ${j}` : `nt + ${j * down}`,
    N,
    tile.columns,
    "b",
  );
  for (let i = 0; i < tile.rows; i++) {
    for (let j = 0; j < tile.columns; j++) lines.add(`var c${i}_${j}: ${wgslType(type)} = ${literal(type, 0)};`);
  }
  const each = Math.ceil(steps / splits);
  const loop = steps > 1 || splits > 1;
  if (loop) {
    lines.add(
      splits > 1
        ? `for (var k = split * ${each}; k < min(${steps}, (split + 1) * ${each}); k++) {`
        : `for (var k = 0; k < ${steps}; k++) {`,
    );
  }
  const body = new Lines(lines);
  const names = loop ? decompose("k", looped.map((x) => x.size), body) : looped.map(() => "0");
  const ka = body.let(offsetText(looped, names, "a")), kb = body.let(offsetText(looped, names, "b"));
  const taps = extentOf(unrolled);
  for (let tap = 0; tap < taps; tap++) {
    let rest = tap, da = 0, db = 0;
    for (let i = unrolled.length - 1; i >= 0; i--) {
      const at = rest % unrolled[i].size;
      rest = Math.floor(rest / unrolled[i].size);
      da += at * unrolled[i].a;
      db += at * unrolled[i].b;
    }
    const x = left.map(({ base }) => body.let(fromWord(type, `ld${pa}(${base} + ${ka} + ${da})`)));
    const y = right.map(({ base }) => body.let(fromWord(type, `ld${pb}(${base} + ${kb} + ${db})`)));
    for (let i = 0; i < tile.rows; i++) {
      for (let j = 0; j < tile.columns; j++) {
        body.add(
          type === "float32" ? `c${i}_${j} = fma(${x[i]}, ${y[j]}, c${i}_${j});` : `c${i}_${j} += ${x[i]} * ${y[j]};`,
        );
      }
    }
  }
  lines.add(`${body}`);
  if (loop) lines.add("}");
  left.forEach((l, i) =>
    right.forEach((r, j) => {
      const guard = [M % tile.rows === 0 ? "" : `${l.flat} < ${M}`, N % tile.columns === 0 ? "" : `${r.flat} < ${N}`]
        .filter(Boolean).join(" && ");
      const store = storeText(
        product,
        { batch: batchNames, rows: l.names, columns: r.names },
        { b: "bt", m: l.flat, n: r.flat },
        to,
        `c${i}_${j}`,
        parts ? "split" : undefined,
      );
      lines.add(guard ? `if (${guard}) { ${store} }` : store);
    })
  );
  return {
    body: `fn main_(wg: u32, li: u32) {\n  let id = i32(wg * 64u + li);\n  if (id < 0 || id >= ${total}) { return; }\n${
      parts && splits === 1 ? "let split = 0;\n" : ""
    }${lines}\n}`,
    invocations: 64,
    groups: Math.ceil(total / 64),
    iterations: each,
  };
}

/** Adds up the parts of a divided sum: an invocation an output. */
function addParts(
  { type, batch, rows, columns }: Product,
  partial: Buffer,
  out: Home,
  splits: number,
  count: number,
): Dispatch {
  const parameters = new Parameters();
  const from = parameters.read(partial), to = parameters.write(out.buffer, out.offset);
  const lines = new Lines();
  const axes = [...batch, ...rows, ...columns];
  const names = decompose("id", axes.map((x) => x.size), lines);
  return {
    name: "sum.parts",
    body: `fn main_(wg: u32, li: u32) {
  let id = i32(wg * ${workgroup}u + li);
  if (id < 0 || id >= ${count}) { return; }
${lines}
  var total: ${wgslType(type)} = ${literal(type, 0)};
  for (var s = 0; s < ${splits}; s++) { total += ${fromWord(type, `ld${from}(s * ${count} + id)`)}; }
  st${to}(${offsetText(axes, names, "out")}, ${toWord(type, "total")});
}`,
    invocations: workgroup,
    groups: Math.ceil(count / workgroup),
    parameters: parameters.list,
    flops: splits * count,
    bytes: 4 * (splits + 1) * count,
    iterations: splits,
  };
}

/** How many elements a contraction writes. */
export function outputsOf(params: ContractParams): number {
  return sizeOf(params.shape);
}
