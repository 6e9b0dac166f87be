/**
 * Wrong rules, made on purpose: a primitive's jvp, vjp or batch rule with one deliberate change. A rule is a few operations on symbolic
 * tensors, so that a change of one of them is made by recording them again, not by editing text: a sign, a factor, an axis or another
 * parameter, exchanged operands; and the results as a whole with a sign, a factor, dropped, exchanged, or from another example.
 *
 * @module
 */
import { type Tensor, tensor } from "../../mod.ts";
import { allocate, isFloat } from "../../core/dtype.ts";
import { bind, bind1, type Graph, nextSerial, type Node, trace } from "../../core/graph.ts";
import { hasBodies, type Maybe, type Primitive } from "../../core/primitive.ts";
import * as a from "../../core/primitives/algebra.ts";
import { flip, slicePrimitive } from "../../core/primitives/movement.ts";
import { sameShape } from "../../core/shape.ts";
import { apart } from "../derivatives/ops_table.ts";
import { batches, cases, flat, forward } from "../derivatives/primitives_table.ts";

/** The rules that are changed. */
export type RuleName = "jvp" | "vjp" | "batch";

/** One change of one rule. */
export interface Mutant {
  readonly primitive: Primitive;
  readonly rule: RuleName;
  /** What is changed, in words: `mul 2: sign`, `result 0: dropped`. */
  readonly change: string;
}

type Rule = (...args: unknown[]) => readonly Maybe[];

/** Primitives whose operands may be exchanged. */
const symmetric = new Set(["add", "mul", "equal", "notEqual", "and", "or", "xor", "maximum", "minimum"]);
/** Primitives that move values: a sign or a factor there is that of what they move. */
const moving = new Set(["broadcast", "reshape", "transpose", "slice", "pad", "concat", "flip", "convert", "barrier"]);

const numeric = (t: Tensor): boolean => t.dtype !== "bool";

/** The nodes of which results were made since a serial, in their order. */
function nodesOf(results: readonly Maybe[], since: number): Node[] {
  const found = new Set<Node>();
  const stack = results.flatMap((t) => t?.node ? [t.node] : []);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (found.has(node) || node.serial < since || node.primitive === null) continue;
    found.add(node);
    for (const t of node.operands) if (t.node) stack.push(t.node);
  }
  return [...found].sort((x, y) => x.serial - y.serial);
}

/** Parameters with one number, list or flag changed; by name, so that a change is known again. */
function changedParams(params: unknown): [string, unknown][] {
  if (typeof params !== "object" || params === null || hasBodies(params)) return [];
  if (Object.getPrototypeOf(params) !== Object.prototype) return [];
  return Object.entries(params).flatMap(([key, value]) => {
    if (key === "shape" || key === "dtype") return [];
    return changedValues(value).map(([what, changed]): [string, unknown] => [
      `${key} ${what}`,
      { ...params, [key]: changed },
    ]);
  });
}

function changedValues(value: unknown): [string, unknown][] {
  if (typeof value === "boolean") return [["negated", !value]];
  if (typeof value === "number") return [["one more", value + 1], ["one less", value - 1]];
  if (!Array.isArray(value) || value.length === 0) return [];
  if (Array.isArray(value[0])) {
    return changedValues(value[0]).map(([what, changed]) => [`first ${what}`, [changed, ...value.slice(1)]]);
  }
  const rest = value.slice(1);
  const list: [string, unknown][] = [["first one more", [value[0] + 1, ...rest]], ["first one less", [
    value[0] - 1,
    ...rest,
  ]]];
  const other = rest.findIndex((v) => v !== value[0]);
  if (other >= 0) {
    const swapped = value.slice();
    [swapped[0], swapped[other + 1]] = [value[other + 1], value[0]];
    list.push(["exchanged", swapped]);
  }
  return list;
}

/** A node recorded again with a change, if that fits it: the same shapes and dtypes come out. */
function changed(node: Node, operands: readonly Tensor[], change: string): readonly Tensor[] | undefined {
  const { primitive, params, outputs } = node;
  const again = (xs: readonly Tensor[], p: unknown): readonly Tensor[] | undefined => {
    try {
      const made = bind(primitive!, xs, p);
      return made.every((t, i) => sameShape(t.shape, outputs[i].shape)) ? made : undefined;
    } catch {
      return undefined;
    }
  };
  if (change === "sign" || change === "factor") {
    if (moving.has(primitive!.name) || !outputs.some(numeric)) return undefined;
    if (primitive!.lower.kind === "literal" && params.value === 0) return undefined;
    return bind(primitive!, operands, params).map((t) => numeric(t) ? a.scale(t, change === "sign" ? -1 : 2) : t);
  }
  if (change === "operands exchanged") {
    if (operands.length < 2 || symmetric.has(primitive!.name)) return undefined;
    const [i, j] = operands.length === 3 ? [1, 2] : [0, 1];
    if (operands[i] === operands[j]) return undefined;
    const swapped = operands.slice();
    [swapped[i], swapped[j]] = [operands[j], operands[i]];
    return again(swapped, params);
  }
  const found = changedParams(params).find(([name]) => name === change);
  return found && primitive!.lower.kind !== "literal" ? again(operands, found[1]) : undefined;
}

const wholeChanges = [
  "sign",
  "factor",
  "dropped",
  "leaking",
  "exchanged with the next",
  "examples reversed",
  "first example",
];

/** Numbers that look unlike one another, of a tensor's shape: indices stay small. */
function trial({ dtype, shape, size }: Tensor, k: number): Tensor {
  const values = Array.from({ length: size }, (_, i) => {
    const turn = (i * 0.6180339887 + k * 0.31 + 0.07) % 1;
    return dtype === "bool" ? Number(turn < 0.4) : isFloat(dtype) ? 0.5 + 2 * turn : Math.floor(turn * 7);
  });
  const data = allocate(dtype, size);
  data.set(values);
  return tensor(data, { shape, dtype });
}

/** Whether a changed node can give other values: of a set of axes the order is nothing, nor is a stride where there is one element. */
function matters(node: Node, change: string): boolean {
  if (node.operands.length === 0 || change === "sign" || change === "factor" || hasBodies(node.params)) return true;
  const operands = node.operands.map(trial);
  const wrong = changed(node, operands, change);
  if (!wrong) return true; // it does not even run
  return bind(node.primitive!, operands, node.params).some((right, i) => {
    const [x, y] = [right.dataSync(), wrong[i].dataSync()];
    return x.some((v: number, k: number) => Math.abs(v - y[k]) > 1e-9 || Number.isNaN(v) !== Number.isNaN(y[k]));
  });
}

/** The results of a rule with one of them changed, if that fits. */
function changedResult(
  rule: RuleName,
  results: readonly Maybe[],
  k: number,
  change: string,
  given: readonly Maybe[],
): readonly Maybe[] | undefined {
  const t = results[k];
  const replaced = (value: Maybe) => results.map((r, i) => i === k ? value : r);
  if (change === "leaking") {
    // A derivative that is zero by declaration lets one pass.
    const leak = rule !== "batch" && t === null && results.every((r) => r === null) ? given.find((g) => g) : undefined;
    return leak ? replaced(leak) : undefined;
  }
  if (!t) return undefined;
  switch (change) {
    case "sign":
      return numeric(t) ? replaced(a.scale(t, -1)) : undefined;
    case "factor":
      return numeric(t) ? replaced(a.scale(t, 2)) : undefined;
    case "dropped":
      return rule === "batch" ? undefined : replaced(null);
    case "exchanged with the next": {
      const other = results[k + 1];
      if (rule === "batch" || !other || other === t || !sameShape(other.shape, t.shape)) return undefined;
      return results.map((r, i) => i === k ? other : i === k + 1 ? t : r);
    }
    case "examples reversed":
      return rule === "batch" && t.shape[0] > 1 ? replaced(flip(t, [0])) : undefined;
    case "first example": {
      if (rule !== "batch" || t.shape[0] < 2) return undefined;
      const first = bind1(slicePrimitive, [t], {
        start: t.shape.map(() => 0),
        limit: t.shape.map((n, i) => i === 0 ? 1 : n),
        step: t.shape.map(() => 1),
      });
      return replaced(a.broadcast(first, t.shape, t.shape.map((_, i) => i)));
    }
  }
  return undefined;
}

/** The tangents or cotangents that a rule was given. */
function givenOf(rule: RuleName, args: readonly unknown[]): readonly Maybe[] {
  return rule === "batch" ? [] : args[1] as readonly Maybe[];
}

/** A rule that makes one change wherever it fits. */
function mutated(rule: RuleName, original: Rule, change: string): Rule {
  const [place, what] = split(change);
  return (...args) => {
    const since = nextSerial();
    const results = original(...args);
    const [kind, number] = place.split(" ");
    if (kind === "result") {
      return changedResult(rule, results, Number(number), what, givenOf(rule, args)) ?? results;
    }
    const nodes = nodesOf(results, since);
    const at = nodes.filter((node) => node.primitive!.name === kind)[Number(number)];
    if (!at) return results;
    const known = new Map<Tensor, Tensor>();
    const value = (t: Tensor): Tensor => known.get(t) ?? t;
    for (const node of nodes) {
      const operands = node.operands.map(value);
      let outputs: readonly Tensor[] | undefined;
      if (node === at) {
        outputs = changed(node, operands, what);
        if (!outputs) return results;
      } else outputs = bind(node.primitive!, operands, node.params);
      node.outputs.forEach((t, i) => known.set(t, outputs![i]));
    }
    return results.map((t) => t && value(t));
  };
}

const split = (change: string): [place: string, what: string] => {
  const colon = change.indexOf(": ");
  return [change.slice(0, colon), change.slice(colon + 2)];
};

/** Adds all changes of one call of a rule that fit there. */
function findChanges(
  list: Set<string>,
  rule: RuleName,
  results: readonly Maybe[],
  since: number,
  given: readonly Maybe[],
): void {
  results.forEach((_, k) => {
    for (const change of wholeChanges) {
      if (changedResult(rule, results, k, change, given)) list.add(`result ${k}: ${change}`);
    }
  });
  const counts = new Map<string, number>();
  const last = new Set(results.map((t) => t?.node));
  for (const node of nodesOf(results, since)) {
    const { name } = node.primitive!;
    const n = counts.get(name) ?? 0;
    counts.set(name, n + 1);
    for (
      const change of [
        "sign",
        "factor",
        "operands exchanged",
        ...changedParams(node.params).map(([name]) => name),
      ]
    ) {
      // A sign of what comes out is one of the result.
      if ((change === "sign" || change === "factor") && last.has(node)) continue;
      const key = `${name} ${n}: ${change}`;
      if (!list.has(key) && changed(node, node.operands, change) && matters(node, change)) list.add(key);
    }
  }
}

const set = (primitive: Primitive, rule: RuleName, value: Rule): void => {
  Object.assign(primitive, { [rule]: value });
};

/** Runs `body` with another rule. */
export function withRule<T>(primitive: Primitive, rule: RuleName, value: Rule, body: () => T): T {
  const original = primitive[rule] as unknown as Rule;
  set(primitive, rule, value);
  try {
    return body();
  } finally {
    set(primitive, rule, original);
  }
}

/** The changes that fit a rule somewhere in what `exercise` does. */
export function mutantsOf(primitive: Primitive, rule: RuleName, exercise: () => void): Mutant[] {
  const original = (primitive[rule] as unknown as Rule).bind(primitive);
  const changes = new Set<string>();
  let inside = false;
  const recording: Rule = (...args) => {
    const since = nextSerial();
    const results = original(...args);
    if (!inside) {
      inside = true; // changing a node may call the rule again
      try {
        findChanges(changes, rule, results, since, givenOf(rule, args));
      } finally {
        inside = false;
      }
    }
    return results;
  };
  withRule(primitive, rule, recording, exercise);
  return [...changes].map((change) => ({ primitive, rule, change }));
}

/** Why a mutant dies under `check`, or undefined where it lives. */
export function killedBy({ primitive, rule, change }: Mutant, check: () => void): string | undefined {
  const original = (primitive[rule] as unknown as Rule).bind(primitive);
  return withRule(primitive, rule, mutated(rule, original, change), () => {
    try {
      check();
      return undefined;
    } catch (e) {
      return e instanceof Error ? e.message.split("\n")[0] : String(e);
    }
  });
}

/** All primitives that the table of rules applies, by name: found in the Graphs of its points and of their derivatives. */
export function primitives(): Map<string, Primitive> {
  const found = new Map<string, Primitive>();
  const see = ({ nodes }: Graph): void => {
    for (const { primitive, params } of nodes) {
      found.set(primitive!.name, primitive!);
      if (hasBodies(params)) (params as unknown as { graphs: readonly Graph[] }).graphs.forEach(see);
      else if (params?.graph) see(params.graph);
    }
  };
  const points = [cases, forward, batches].flatMap((table) => Object.values(table).flat());
  for (const { f, args } of points) {
    see(trace("primitives", args.map((t: Tensor) => t.aval), (xs) => [f(...xs)].flat() as Tensor[]));
  }
  for (const f of Object.values(flat)) see(trace("primitives", [apart([6]).aval], ([x]) => [f(x)]));
  return found;
}
