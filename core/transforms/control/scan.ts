/** Loops of a known number of turns: `scan`, and what is made of it. */
import { Bodies, closed, type ScanShape } from "../../bodies.ts";
import { isFloat } from "../../dtype.ts";
import { checkFlag, checkFunction, checkOptions, describe, naming, show } from "../../errors.ts";
import { bind, type Graph, inline, trace } from "../../graph.ts";
import type { Maybe, Primitive } from "../../primitive.ts";
import { add, expandBatch, reshape, zerosLike } from "../../primitives/algebra.ts";
import { concat, slice, transpose } from "../../primitives/movement.ts";
import { type Aval, aval } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Structure, unflatten } from "../../tree.ts";
import { Arguments } from "../arguments.ts";
import { pushForward } from "../jvp.ts";
import { pullBack } from "../vjp.ts";
import { batchGraph } from "../vmap.ts";
import { checkState, traceBody } from "./body.ts";
import { deferred, type Term } from "./deferred.ts";

/** An aval with an axis of `length` in front. */
const stacked = (length: number) => (a: Aval): Aval => aval([length, ...a.shape], a.dtype);
const sliced = (a: Aval): Aval => aval(a.shape.slice(1), a.dtype);

/** The operands in their three roles. */
function roles<T>(list: readonly T[], { consts, carries }: ScanShape): [consts: T[], carries: T[], xs: T[]] {
  return [list.slice(0, consts), list.slice(consts, consts + carries), list.slice(consts + carries)];
}

/**
 * Turn after turn: the body takes constants, carries and a slice of each x, and gives the next carries and a slice of each y. Outputs are
 * the last carries, the ys, and, where asked for, the trail.
 */
export const scanPrimitive: Primitive<Bodies<ScanShape>> = {
  name: "scan",
  infer(_operands, { graphs: [body], shape: { carries, length, trail } }) {
    const outputs = body.outputs.map((t) => t.aval);
    const first = outputs.slice(0, carries);
    return [...first, ...outputs.slice(carries).map(stacked(length)), ...trail ? first.map(stacked(length)) : []];
  },
  jvp({ operands, params: { graphs: [body], shape } }, tangents) {
    const { carries } = shape;
    const [consts, carry, xs] = roles(operands, shape);
    const [tConsts, tCarry, tXs] = roles(tangents, shape);
    const floatCarry = indices(carry, (t) => isFloat(t.dtype));
    const activeConsts = indices(tConsts, (t) => t !== null), activeXs = indices(tXs, (t) => t !== null);
    const ys = body.outputs.slice(carries), floatYs = indices(ys, (t) => isFloat(t.dtype));
    const given = [
      ...consts,
      ...activeConsts.map((i) => tConsts[i]!),
      ...carry,
      ...floatCarry.map((i) => tCarry[i] ?? zerosLike(carry[i])),
      ...xs,
      ...activeXs.map((i) => tXs[i]!),
    ];
    const wider: ScanShape = {
      ...shape,
      consts: consts.length + activeConsts.length,
      carries: carries + floatCarry.length,
    };
    const graph = trace("jvp", turnAvals(given, wider), (inputs) => {
      const [c, s, x] = roles(inputs, wider);
      const primals = [...c.slice(0, consts.length), ...s.slice(0, carries), ...x.slice(0, xs.length)];
      const directions: Maybe[] = primals.map(() => null);
      activeConsts.forEach((i, k) => directions[i] = c[consts.length + k]);
      floatCarry.forEach((i, k) => directions[consts.length + i] = s[carries + k]);
      activeXs.forEach((i, k) => directions[consts.length + carries + i] = x[xs.length + k]);
      const outputs = inline(body, primals);
      const results = pushForward(primals, outputs, directions);
      return [
        ...outputs.slice(0, carries),
        ...floatCarry.map((i) => results[i]),
        ...outputs.slice(carries),
        ...floatYs.map((i) => results[carries + i]),
      ];
    });
    const results = applied(graph, given, wider);
    const from = (start: number, chosen: readonly number[], count: number): Maybe[] =>
      Array.from({ length: count }, (_, i) => chosen.includes(i) ? results[start + chosen.indexOf(i)] : null);
    const yAt = wider.carries, trailAt = yAt + ys.length + floatYs.length;
    return [
      ...from(carries, floatCarry, carries),
      ...from(yAt + ys.length, floatYs, ys.length),
      ...shape.trail ? from(trailAt + carries, floatCarry, carries) : [],
    ];
  },
  vjp({ operands, outputs, params: { graphs: [body], shape } }, cotangents, wanted) {
    const { carries, length } = shape;
    if (!shape.trail) throw new Error("scan: a trace records every scan with its trail");
    const [consts, carry, xs] = roles(operands, shape);
    const [wantedConsts, , wantedXs] = roles(wanted, shape);
    const ys = body.outputs.slice(carries);
    const trail = outputs.slice(carries + ys.length);
    const floats = indices(carry, (t) => isFloat(t.dtype));
    const pulledConsts = indices(consts, (t, i) => wantedConsts[i] && isFloat(t.dtype));
    const pulledXs = indices(xs, (t, i) => wantedXs[i] && isFloat(t.dtype));
    const cYs = cotangents.slice(carries, carries + ys.length), cTrail = cotangents.slice(carries + ys.length);
    const givenYs = indices(cYs, (c) => c !== null), givenTrail = indices(cTrail, (c) => c !== null);
    // Backwards: the cotangents of the carries go from turn to turn, and with them the sums for what is the same in each.
    const given = [
      ...consts,
      ...floats.map((i) => cotangents[i] ?? zerosLike(carry[i])),
      ...pulledConsts.map((i) => zerosLike(consts[i])),
      ...xs,
      ...trail,
      ...givenYs.map((i) => cYs[i]!),
      ...givenTrail.map((i) => cTrail[i]!),
    ];
    const back: ScanShape = {
      length,
      consts: consts.length,
      carries: floats.length + pulledConsts.length,
      reverse: !shape.reverse,
      trail: true,
    };
    const waiting: { readonly k: number; readonly term: Term; readonly at: readonly Source[] }[] = [];
    const graph = trace("vjp", turnAvals(given, back), (inputs) => {
      const [c, s, x] = roles(inputs, back);
      const at = [xs.length, xs.length + carries, xs.length + carries + givenYs.length];
      const primals = [...c, ...x.slice(at[0], at[1]), ...x.slice(0, at[0])];
      const results = inline(body, primals);
      const seeds: Maybe[] = results.map(() => null);
      floats.forEach((i, k) => seeds[i] = s[k]);
      givenYs.forEach((i, k) => seeds[carries + i] = x[at[1] + k]);
      const pulled = pullBack(primals, results, seeds);
      const kept: Tensor[] = []; // factors of sums that wait, as ys
      const sums = pulledConsts.map((i, k) => {
        const { terms, rest } = deferred(pulled[i]);
        for (const term of terms) {
          const at = term.factors.map((t): Source => {
            const slice = x.indexOf(t);
            return slice >= 0 ? { operand: back.consts + back.carries + slice } : { y: keptAt(kept, t) };
          });
          waiting.push({ k, term, at });
        }
        return rest ? add(s[floats.length + k], rest) : s[floats.length + k];
      });
      return [
        ...floats.map((i) => {
          const k = givenTrail.indexOf(i), own = pulled[consts.length + i];
          return k < 0 ? own : add(own, x[at[2] + k]);
        }),
        ...sums,
        ...pulledXs.map((i) => pulled[consts.length + carries + i]),
        ...kept,
      ];
    });
    const results = applied(graph, given, back).slice();
    for (const { k, term, at } of waiting) {
      const [a, b] = at.map((from) =>
        "operand" in from ? given[from.operand] : results[back.carries + pulledXs.length + from.y]
      );
      const sum = floats.length + k;
      results[sum] = add(results[sum], term.total(a, b));
    }
    const pick = (list: readonly unknown[], chosen: readonly number[], from: number): Maybe[] =>
      list.map((_, i) => chosen.includes(i) ? results[from + chosen.indexOf(i)] : null);
    return [
      ...pick(consts, pulledConsts, floats.length),
      ...pick(carry, floats, 0),
      ...pick(xs, pulledXs, back.carries),
    ];
  },
  batch(operands, batched, size, { graphs: [body], shape }) {
    const [consts, carry, xs] = roles(operands, shape);
    const [batchedConsts, batchedCarry, batchedXs] = roles(batched, shape);
    // One example's carries differ from another's after the first turn, if not before.
    const given = [
      ...consts,
      ...carry.map((t, i) => batchedCarry[i] ? t : expandBatch(t, size)),
      ...xs.map((t, i) => batchedXs[i] ? exchanged(t) : t),
    ];
    const flags = [...batchedConsts, ...carry.map(() => true), ...batchedXs];
    const graph = trace("vmap", turnAvals(given, shape), (inputs) => batchGraph(body, inputs, flags, size));
    return applied(graph, given, shape).map((t, i) => i < shape.carries ? t : exchanged(t));
  },
  axes: () => ({ parallel: [], summed: [] }), // a turn waits for the one before
  lower: { kind: "scan" },
};

/** Applies the primitive; what the body captures becomes constants, before those that are there. */
function applied(body: Graph, operands: readonly Tensor[], shape: ScanShape): readonly Tensor[] {
  const { captures } = body;
  const consts = captures.length + shape.consts;
  return bind(scanPrimitive, [...captures, ...operands], new Bodies([closed(body)], { ...shape, consts }));
}

/** Where all turns' values of a factor are: an operand of the backward scan, or one of its results. */
type Source = { readonly operand: number } | { readonly y: number };

function keptAt(kept: Tensor[], t: Tensor): number {
  const known = kept.indexOf(t);
  return known >= 0 ? known : kept.push(t) - 1;
}

function indices<T>(list: readonly T[], holds: (item: T, i: number) => boolean): number[] {
  return list.map((_, i) => i).filter((i) => holds(list[i], i));
}

/** What one turn sees of the operands. */
function turnAvals(operands: readonly Tensor[], shape: ScanShape): Aval[] {
  const [consts, carry, xs] = roles(operands.map((t) => t.aval), shape);
  return [...consts, ...carry, ...xs.map(sliced)];
}

/** The first two axes in each other's place. */
function exchanged(t: Tensor): Tensor {
  return transpose(t, [1, 0, ...t.shape.map((_, i) => i).slice(2)]);
}

/** Options of `scan`. */
export interface ScanOptions {
  /** The number of turns; needed where there are no `xs`. */
  readonly length?: number;
  /** From the last slice to the first. */
  readonly reverse?: boolean;
  /**
   * Keeps the carries of each so many turns alone for the backward pass, which computes the others again: memory for n / k + k turns in
   * place of n, least at k = √n.
   */
  readonly checkpointEvery?: number;
}

function checkCount(operation: string, what: string, value: unknown, least: number): void {
  if (Number.isInteger(value) && (value as number) >= least) return;
  throw new RangeError(`${operation}: ${what} must be an integer of at least ${least}, got ${describe(value)}`);
}

/**
 * A loop that carries a state and goes through slices: `f(carry, x)` gives `[carry, y]`, for each slice `x` of `xs` along its first
 * axis; the result is the last carry and the `y`s, stacked. One program, whatever the number of turns; with derivatives of any order.
 *
 * @param init the first carry, a tree; each turn gives one of the same structure, shapes and dtypes
 * @param xs a tree of tensors whose first axes have one extent, or null with `length`
 * @returns `[carry, ys]`, where `ys` has the structure of `y` with an axis of the number of turns in front; null for a `y` of null
 * @throws TypeError for carries that change, first axes that differ, and an `f` that gives no pair; RangeError for a `length` or
 * `checkpointEvery` out of range
 *
 * @example
 * ```ts
 * import { grad, ops, scan, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const running = (xs: Tensor) => scan((sum: Tensor, x: Tensor) => [ops.add(sum, x), ops.mul(sum, x)], 0, xs);
 * const [total, products] = running(tensor([1, 2, 3]));
 * assertEquals(await total.item(), 6);
 * assertEquals(await products.toArray(), [0, 2, 9]);
 * assertEquals(await grad((xs: Tensor) => ops.sum(running(xs)[1]))(tensor([1, 2, 3])).toArray(), [5, 4, 3]);
 * ```
 */
export function scan<const C, X, Y>(
  f: (carry: Carried<C>, x: X) => readonly [Given<Carried<C>>, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: Carried<C>, ys: Y] {
  checkFunction("scan", "the body", f);
  checkOptions("scan", options, ["length", "reverse", "checkpointEvery"]);
  const { reverse = false, checkpointEvery } = options;
  checkFlag("scan", "reverse", reverse);
  const args = new Arguments("scan", [init, xs ?? null]);
  const [[carry, carryStructure], [slices, xStructure]] = args.parts;
  const length = turns(slices, options.length);
  if (checkpointEvery !== undefined) {
    checkCount("scan", "checkpointEvery", checkpointEvery, 1);
    if (checkpointEvery < length) {
      return checkpointed(f, init, slices, xStructure, { length, reverse, checkpointEvery });
    }
  }
  const avals = [...carry.map((t) => t.aval), ...slices.map((t) => sliced(t.aval))];
  const body = traceBody("scan", avals, (inputs) => {
    const result = f(
      unflatten(carryStructure, inputs.slice(0, carry.length)),
      unflatten(xStructure, inputs.slice(carry.length)),
    );
    if (!Array.isArray(result) || result.length !== 2) {
      throw new TypeError(`scan: the body must give [carry, y], got ${describe(result)} (y may be null)`);
    }
    return [result[0], result[1] ?? null];
  });
  const [nextStructure, yStructure] = (body.structure as Structure & { kind: "array" }).items;
  const outputs = body.graph.outputs;
  checkState("scan", "the carry", carry, carryStructure, outputs.slice(0, carry.length), nextStructure);
  const operands = [...carry, ...slices];
  const trail = [...body.graph.captures, ...operands].some((t) => t.node !== undefined);
  const results = applied(body.graph, operands, { length, consts: 0, carries: carry.length, reverse, trail });
  return [
    unflatten(carryStructure, results.slice(0, carry.length)),
    unflatten(yStructure, results.slice(carry.length, outputs.length)),
  ];
}

/** A tree whose numbers have become tensors. */
export type Carried<C> = C extends number ? Tensor
  : C extends Tensor | null | undefined ? C
  : C extends readonly unknown[] | object ? { -readonly [K in keyof C]: Carried<C[K]> }
  : C;

/** What a body may give for a tree: the same, or a constant of it. */
export type Given<C> = C extends Tensor | null | undefined ? C
  : C extends readonly unknown[] | object ? { readonly [K in keyof C]: Given<C[K]> }
  : C;

/** The number of turns. */
function turns(xs: readonly Tensor[], length: number | undefined): number {
  if (length !== undefined) checkCount("scan", "length", length, 0);
  for (const t of xs) {
    if (t.ndim === 0) throw new TypeError("scan: xs holds a scalar, which has no slices; make it part of the carry");
    if (t.shape[0] !== (length ?? xs[0].shape[0])) {
      throw new TypeError(
        `scan: the first axes of xs differ: ${length ?? xs[0].shape[0]} turns and shape ${show(t.shape)}`,
      );
    }
  }
  if (xs.length === 0 && length === undefined) throw new TypeError("scan: without xs it needs { length }");
  return length ?? xs[0].shape[0];
}

/** A scan of scans: of the outer one's turns alone the carries are kept. */
function checkpointed<C, X, Y>(
  f: (carry: Carried<C>, x: X) => readonly [Given<Carried<C>>, Y],
  init: C,
  slices: readonly Tensor[],
  structure: Structure,
  { length, reverse, checkpointEvery: every }: Required<ScanOptions>,
): [Carried<C>, Y] {
  const blocks = Math.floor(length / every), whole = blocks * every;
  const part = (from: number, to: number, shape: (t: Tensor) => number[]): X =>
    unflatten(
      structure,
      slices.map((t) => {
        const rest = t.shape.slice(1);
        const params = {
          start: [
            from,
            ...rest.map(() => 0),
          ],
          limit: [to, ...rest],
          step: t.shape.map(() => 1),
        };
        return reshape(from === 0 && to === length ? t : slice(t, params), shape(t));
      }),
    );
  const main = part(0, whole, (t) => [blocks, every, ...t.shape.slice(1)]);
  const rest = part(whole, length, (t) => [length - whole, ...t.shape.slice(1)]);
  const short = { reverse, length: length - whole }, long = { reverse, length: blocks };
  const inner = (carry: Carried<C>, x: X): readonly [Carried<C>, Y] =>
    scan(f as never, carry, x, { reverse, length: every }) as [Carried<C>, Y];
  const joined = (blocksOfYs: Y, ys: Y | undefined): Y => {
    const all = new Arguments("scan", [blocksOfYs]);
    const last = ys === undefined ? undefined : new Arguments("scan", [ys]).leaves;
    return all.unpack(all.leaves.map((t, i) => {
      const flat = reshape(t, [whole, ...t.shape.slice(2)]);
      return last ? concat([flat, last[i]], 0) : flat;
    }))[0];
  };
  if (whole === length) {
    const [carry, ys] = scan(inner as never, init, main, long) as [Carried<C>, Y];
    return [carry, joined(ys, undefined)];
  }
  if (!reverse) {
    const [middle, first] = scan(inner as never, init, main, long) as [Carried<C>, Y];
    const [carry, last] = scan(f as never, middle, rest, short) as [Carried<C>, Y];
    return [carry, joined(first, last)];
  }
  const [middle, last] = scan(f, init, rest, short);
  const [carry, first] = scan(inner as never, middle, main, long) as [Carried<C>, Y];
  return [carry, joined(first, last)];
}

/**
 * `f` of one slice after the other along the first axis, the results stacked: what `vmap` gives, without the memory of all at once.
 *
 * @param xs a tree of tensors whose first axes have one extent
 * @throws TypeError for first axes that differ
 *
 * @example
 * ```ts
 * import { map, ops, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await map((x: Tensor) => ops.sum(x), tensor([[1, 2], [3, 4]])).toArray(), [3, 7]);
 * ```
 */
export function map<X, Y>(f: (x: X) => Y, xs: X): Y {
  checkFunction("map", "the body", f);
  return naming("map", () => scan((carry: null, x: X) => [carry, f(x)] as const, null, xs))[1];
}
