/**
 * What holds a primitive's rules: its derivatives against finite differences in both modes and orders, its batches against loops over
 * the examples. The tests use it, and so does `deno task mutate`, which changes the rules and expects a failure.
 *
 * @module
 */
import { checkGrads, grad, jvp, type Tensor, tensor, vmap } from "../../mod.ts";
import * as a from "../../core/primitives/algebra.ts";
import { isFloat } from "../../core/dtype.ts";
import { assertClose } from "../support/close.ts";
import { apart, type Point } from "./ops_table.ts";
import { batches, cases, flat, forward, kinks } from "./primitives_table.ts";
import { assertEquals } from "@std/assert";

const total = (x: Tensor): Tensor => a.sum(x, x.shape.map((_, i) => i));
const listOf = (out: unknown): Tensor[] => (Array.isArray(out) ? out : [out]) as Tensor[];

/** Primitives with rules that make rules: of what they make, the other mode and batches are tried too. */
const composed = ["call", "scan", "switch"];

/** The derivatives of a primitive of the table are those of finite differences, and at kinks what is agreed. */
export function checkDerivatives(name: string, orders: readonly (1 | 2)[] = [2], deep = true): void {
  for (const order of orders) for (const { f, args } of cases[name]) checkGrads(f, args, { order });
  for (const { f, args, slopes } of kinks[name] ?? []) {
    const all = args.map((_, i) => i);
    for (const argnums of [all, ...all.map((i) => [i])]) {
      const some = (...xs: Tensor[]): Tensor =>
        f(...args.map((x, i) => argnums.includes(i) ? xs[argnums.indexOf(i)] : x));
      const given = argnums.map((i) => args[i]), wanted = argnums.map((i) => [...slopes[i]]);
      const reverse = grad((...xs: Tensor[]) => total(some(...xs)), { argnums: argnums.map((_, i) => i) })(...given);
      assertEquals(reverse.map((g: Tensor) => [...g.dataSync()]), wanted, `${name}, reverse`);
      const directions = given.map((x) => a.full(x.shape, 2, x.dtype));
      const [, forward] = jvp((...xs: Tensor[]) => total(some(...xs)), given, directions);
      assertClose(forward.dataSync()[0], 2 * wanted.flat().reduce((p, q) => p + q), { message: `${name}, forward` });
    }
  }
  if (!composed.includes(name)) return;
  for (const point of cases[name]) {
    for (const { f, args } of madeOf(point, deep)) checkGrads(f, args, { order: 1, modes: ["forward"] });
  }
}

/** What rules that make rules make of a point: its gradients; where `deep` those of its derivative in one direction too. */
function madeOf({ f, args }: Point, deep: boolean): Point[] {
  const argnums = args.flatMap((x, i) => isFloat(x.dtype) ? [i] : []);
  const sum = (g: Point["f"]) => (...xs: Tensor[]): Tensor =>
    listOf(g(...xs)).filter((y) => isFloat(y.dtype)).map((y) => total(a.mul(y, y))).reduce((x, y) => a.add(x, y));
  const directional = (...xs: Tensor[]) => jvp((...ys: Tensor[]) => listOf(f(...ys)), xs, xs)[1];
  return (deep ? [f, directional] : [f]).map((g) => ({
    f: (...xs: Tensor[]) => grad(sum(g), { argnums })(...xs),
    args,
  }));
}

/** A primitive without a derivative adds nothing to that of what is around it. */
export function checkFlat(name: string): void {
  const x = apart([6]);
  const through = (x: Tensor): Tensor => a.add(a.sum(x, [0]), total(a.convert(flat[name](x), "float64")));
  assertEquals([...grad(through)(x).dataSync()], [1, 1, 1, 1, 1, 1]);
  assertEquals(jvp(through, [x], [apart([6], 2)])[1].dataSync(), total(apart([6], 2)).dataSync());
}

/** The forward rule of a primitive that has no other. */
export function checkForward(name: string, orders: readonly (1 | 2)[] = [2]): void {
  for (const order of orders) {
    for (const { f, args } of forward[name]) checkGrads(f, args, { order, modes: ["forward"] });
  }
}

const size = 3;

/** A batch of examples like x, of which no two are alike, and no exchange of two axes would go unseen. */
function batchOf(x: Tensor): Tensor {
  const values = x.dataSync(), n = values.length;
  const example = (e: number) =>
    Array.from(values, (_, i) => {
      const value = values[(i + 2 * e) % n];
      // Floats shrink a little; a choice by itself takes turns.
      return isFloat(x.dtype) ? value * (1 - e / 16) : n === 1 ? (value + e) % 2 : value;
    });
  const data = new (values.constructor as Float64ArrayConstructor)([0, 1, 2].flatMap(example));
  return tensor(data, { shape: [size, ...x.shape], dtype: x.dtype });
}

/** Example e of a batch. */
function exampleOf(x: Tensor, e: number): Tensor {
  const n = x.size / size, data = x.dataSync().slice(e * n, (e + 1) * n);
  return tensor(data, { shape: x.shape.slice(1), dtype: x.dtype });
}

function compare({ f, args }: Point, flags: readonly boolean[]): void {
  const given: Tensor[] = args.map((x, k) => flags[k] ? batchOf(x) : x);
  const whole = listOf(
    vmap((...xs: Tensor[]) => listOf(f(...xs)), { inAxes: flags.map((b) => b ? 0 : null) })(...given),
  );
  for (let e = 0; e < size; e++) {
    const single = listOf(f(...given.map((x, k) => flags[k] ? exampleOf(x, e) : x)));
    assertEquals(single.length, whole.length);
    single.forEach((y, i) => {
      assertEquals([...whole[i].shape], [size, ...y.shape]);
      assertClose(exampleOf(whole[i], e).dataSync(), y.dataSync(), { rtol: 1e-12, atol: 1e-13 });
    });
  }
}

/** A batch of a primitive, of every choice of operands, gives what the examples give one by one. */
export function checkBatches(name: string, deep = true): void {
  const all = [...cases[name] ?? [], ...forward[name] ?? [], ...batches[name] ?? []];
  if (flat[name]) all.push({ f: flat[name], args: [apart([6])] });
  for (const point of all) {
    const made = composed.includes(name) ? madeOf(point, deep) : [];
    for (let choice = 1; choice < 2 ** point.args.length; choice++) {
      const flags = point.args.map((_, k) => (choice >> k & 1) === 1);
      compare(point, flags);
      for (const derived of made) compare(derived, flags);
    }
  }
}

/** Holds one rule of a primitive by all that the tables have for it; `deep`: what rules make of what rules made too. */
export function checkRule(name: string, rule: "jvp" | "vjp" | "batch", deep = true): void {
  if (rule === "batch") return checkBatches(name, deep);
  if (cases[name]) checkDerivatives(name, [1, 2], deep);
  if (flat[name]) checkFlat(name);
  if (forward[name] && rule === "jvp") checkForward(name, [1, 2]);
}
