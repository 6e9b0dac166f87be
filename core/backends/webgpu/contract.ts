/**
 * Contractions (dot, convolution and its gradients) as kernels: out[…] = Σ a[…] · b[…] over affine axes of any step and sign.
 *
 * The axes that only a has are the rows of a matrix product, those that only b has its columns, those of both its batch or its sum. An
 * invocation computes a tile of rows and columns in registers: with the operands in workgroup memory (contract_tile.ts) or read in place
 * (contract_direct.ts). A long sum with few outputs is divided, and a second kernel adds the parts up. What happens to the sums before they
 * are stored is in contract_finish.ts.
 */
import type { DType } from "../../dtype.ts";
import type { ContractParams, Walk } from "../../compile/expand.ts";
import type { Buffer, Home } from "../../compile/home.ts";
import type { Nest } from "../../compile/nest.ts";
import { valuesOf } from "../../compile/fuse.ts";
import { directBody } from "./contract_direct.ts";
import { Finish, plainly } from "./contract_finish.ts";
import { directPlan } from "./contract_plan.ts";
import { tiledBody, tilesOf, turnsOf } from "./contract_tile.ts";
import { decompose, workgroup } from "./nest.ts";
import { fromWord, Lines, literal, wgslType } from "./wgsl/expression.ts";
import { type Dispatch, iterationLimit, Parameters } from "./wgsl/kernel.ts";

/** An axis with its steps through the operands; 0 where it does not move. */
export interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  /** The axes of the contraction that it is made of, outermost first. */
  readonly parts: readonly number[];
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
  /** Invocations of a workgroup that reads its operands in place. */
  readonly workgroup: number;
  /** Whether the rows of an invocation are neighbours in memory; else those of neighbouring invocations are. */
  readonly near: boolean;
  /** Whether small operands are better bound as uniform buffers. */
  readonly uniform: boolean;
}

/** What the body of a contraction's kernel is made of. */
export interface Contraction {
  readonly product: Product;
  readonly parameters: Parameters;
  /** The parameters of both operands. */
  readonly from: readonly [number, number];
  readonly finish: Finish;
  /** The parts of the sum, and the parameter that takes theirs. */
  readonly splits: number;
  readonly partial: number | undefined;
}

export const extentOf = (axes: readonly Axis[]): number => axes.reduce((n, x) => n * x.size, 1);

/** The offset that some axes contribute where their variables have these names. */
export function offsetText(axes: readonly Axis[], names: readonly string[], operand: "a" | "b"): string {
  const terms = axes.flatMap((axis, i) =>
    axis[operand] === 0 ? [] : [axis[operand] === 1 ? names[i] : `${names[i]} * ${axis[operand]}`]
  );
  return terms.length === 0 ? "0" : terms.join(" + ");
}

function productOf({ axes }: ContractParams, a: Home, b: Home, type: DType, epilogue: Nest): Product {
  const step = (home: Home, walk: Walk): number => walk ? home.strides[walk[0]] * walk[1] : 0;
  const indices = [
    ...valuesOf(epilogue).flatMap((v) => v.index ? [v.index] : []),
    ...epilogue.roots.map((root) => root.index),
  ];
  /** Neighbouring axes that all steps run through evenly are one. */
  const merge = (list: readonly Axis[]): Axis[] => {
    const merged: Axis[] = [];
    for (const axis of list) {
      const last = merged.at(-1), [from] = axis.parts;
      const even = last && last.a === axis.a * axis.size && last.b === axis.b * axis.size &&
        indices.every((index) => index[last.parts.at(-1)!] === index[from] * axis.size);
      if (even) merged[merged.length - 1] = { ...axis, size: last.size * axis.size, parts: [...last.parts, from] };
      else merged.push(axis);
    }
    return merged;
  };
  const batch: Axis[] = [], rows: Axis[] = [], columns: Axis[] = [], sum: Axis[] = [];
  axes.forEach((axis, k) => {
    if (axis.size === 1) return;
    const made: Axis = { size: axis.size, a: step(a, axis.a), b: step(b, axis.b), parts: [k] };
    (axis.out === null ? sum : axis.a && axis.b ? batch : axis.a ? rows : columns).push(made);
  });
  return { type, batch: merge(batch), rows: merge(rows), columns: merge(columns), sum: merge(sum) };
}

/** The kernels of a contraction, and of the epilogue that goes on with its sums. */
export function contractKernels(
  params: ContractParams,
  a: Home,
  b: Home,
  out: Home,
  epilogue: Nest | undefined,
  target: ContractTarget,
  scratch: (dtype: DType, size: number) => Buffer,
  isUniform: (buffer: Buffer) => boolean,
): Dispatch[] {
  const nest = epilogue ?? plainly(
    params.axes.map((axis) => axis.size),
    params.axes.map((axis) => axis.out ? out.strides[axis.out[0]] * axis.out[1] : 0),
    out,
  );
  const product = productOf(params, a, b, out.buffer.dtype, nest);
  const { type, batch, rows, columns, sum } = product;
  const bStart = params.bStart.reduce((total, at, i) => total + at * b.strides[i], 0);
  const [M, N, B, K] = [rows, columns, batch, sum].map(extentOf);
  const count = B * M * N;
  const reach = (operand: "a" | "b"): number =>
    [...batch, ...rows, ...columns, ...sum].reduce((n, x) => x[operand] === 0 ? n : n * x.size, 1);
  const extra = valuesOf(nest).filter((v) => v.kind === "load" && v.home!.buffer !== out.buffer);
  const beside = extra.reduce((n, v) => n + params.axes.reduce((m, { size }, k) => v.index![k] ? m * size : m, 1), 0);
  const bytes = 4 *
    (Math.min(a.buffer.size, reach("a")) + Math.min(b.buffer.size, reach("b")) + nest.roots.length * count + beside);
  const operations = valuesOf(nest).filter((v) => v.kind === "apply");
  const name = [params.name, ...new Set(operations.map((v) => v.node!.primitive!.name))].slice(0, 5).join("+");
  const flops = 2 * count * K + count * operations.length;

  const parameters = new Parameters();
  const from = [parameters.read(a.buffer, a.offset), parameters.read(b.buffer, b.offset + bStart)] as const;
  const uniform = { a: target.uniform && isUniform(a.buffer), b: target.uniform && isUniform(b.buffer) };
  from.forEach((i, k) => parameters.list[i].uniform = k === 0 ? uniform.a : uniform.b);
  const finish = (p: Parameters): Finish => new Finish(nest, out, batch, rows, columns, p);
  const finishing = finish(parameters);
  const tiled = target.tiled ? tilesOf(product, target.memory) : undefined;
  const plan = tiled ? undefined : directPlan(product, target, uniform, finishing.axes.at(-1));
  const threads = tiled ? B * Math.ceil(M / 8) * Math.ceil(N / 8) : plan!.threads;
  // Enough parts to keep the device busy, few enough that adding them up is little work, and no loop too long.
  const steps = tiled ? tiled.slabs * turnsOf(tiled) : plan!.steps;
  const wanted = Math.min(Math.ceil(target.busy / threads), Math.floor(K / 256), 256);
  const splits = Math.max(1, wanted, Math.ceil(steps / (iterationLimit - 1000)));
  const made = splits > 1 ? scratch(type, splits * count) : undefined;
  const contraction: Contraction = {
    product,
    parameters,
    from,
    finish: finishing,
    splits,
    partial: made && parameters.write(made),
  };
  const kernel = tiled ? tiledBody(contraction, tiled) : directBody(contraction, plan!, target.workgroup);
  if (!made) return [{ name, ...kernel, parameters: parameters.list, flops, bytes }];
  return [
    { name: params.name, ...kernel, parameters: parameters.list, flops: 2 * count * K, bytes },
    addParts(product, made, finish, splits, count),
  ];
}

/** Where a part of a divided sum is: the parts stand one after the other, each as batch × rows × columns. */
export function partAt(
  { batch, rows, columns }: Product,
  flat: { b: string; m: string; n: string },
  split: string,
): string {
  const M = extentOf(rows), N = extentOf(columns);
  return `((${flat.b}) * ${M} + (${flat.m})) * ${N} + (${flat.n}) + ${split} * ${extentOf(batch) * M * N}`;
}

/** Adds up the parts of a divided sum: an invocation an output. */
function addParts(
  { type, batch, rows, columns }: Product,
  partial: Buffer,
  make: (parameters: Parameters) => Finish,
  splits: number,
  count: number,
): Dispatch {
  const parameters = new Parameters();
  const from = parameters.read(partial);
  const finish = make(parameters);
  const lines = new Lines();
  const axes = [...batch, ...rows, ...columns];
  const names = decompose("id", axes.map((x) => x.size), lines);
  lines.add(`var total: ${wgslType(type)} = ${literal(type, 0)};`);
  lines.add(
    `for (var s = 0; s < ${splits}; s++) { total += ${fromWord(type, `ld${from}(s * ${count} + id)`)}; }`,
  );
  finish.store(["total"], [finish.axes.map((axis) => names[axes.indexOf(axis)])], lines, false);
  return {
    name: "sum.parts",
    body: `fn main_(wg: u32, li: u32) {
  let id = i32(wg * ${workgroup}u + li);
  if (id < 0 || id >= ${count}) { return; }
${lines}
}`,
    invocations: workgroup,
    groups: Math.ceil(count / workgroup),
    parameters: parameters.list,
    flops: splits * count,
    bytes: 4 * (splits + 1) * count,
    iterations: splits,
  };
}
