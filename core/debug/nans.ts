/** Where a NaN or an infinity comes from. */
import { defaultBackend, setDefaultDevice } from "../devices.ts";
import type { Aval } from "../shape.ts";
import { describe, show } from "../errors.ts";
import { bind, call, evaluate, expandCalls, type Graph, type Node, trace } from "../graph.ts";
import { isFloat, type TypedArray } from "../dtype.ts";
import { withLines } from "../source.ts";
import type { Tensor } from "../tensor.ts";
import { Arguments, flattenResult } from "../transforms/arguments.ts";
import { pathsOf, type Structure, unflatten } from "../tree.ts";

/** An operand of the operation that made a NaN or an infinity. */
export interface NanOperand {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its dtype. */
  readonly dtype: string;
  /** Its values. */
  readonly values: TypedArray;
}

/** A NaN or an infinity, with the operation that made the first one. */
export class NanError extends Error {
  /** The name of the class. */
  override name = "NanError";

  /** Made by `debugNans`. */
  constructor(
    message: string,
    /** The operation. */
    readonly primitive: string,
    /** Where in the user's program it was called, if that is known. */
    readonly line: string | undefined,
    /** What it was applied to. */
    readonly operands: readonly NanOperand[],
  ) {
    super(message);
  }
}

/**
 * The function with a watch over its numbers: a NaN or an infinity in the result throws, naming the first operation that made it, its
 * inputs, and the line of your program that called it. Goes through `jit`, `grad`, `vmap` and all others: wrap the whole,
 * `debugNans(jit(grad(loss)))`. What a mask removes again (an infinity in the branch that `where` does not take) is no error.
 *
 * The function runs as usual; only if the result is not finite it is run again, operation by operation. Works on every device.
 *
 * @throws NanError as above; Error if an argument is not finite itself
 *
 * @example
 * ```ts
 * import { debugNans, grad, jit, NanError, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const loss = (x: ReturnType<typeof tensor>) => ops.sum(ops.sqrt(x));
 * const slope = debugNans(jit(grad(loss)));
 * assertEquals(await (await slope(tensor([1, 4]))).toArray(), [0.5, 0.25]);
 * await assertRejects(() => slope(tensor([1, 0])), NanError, "makes Infinity at index [1]"); // √ at 0
 * ```
 */
export function debugNans<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => Promise<R> {
  if (typeof f !== "function") throw new TypeError(`debugNans: needs a function, got ${describe(f)}`);
  return (...args) => {
    const given = new Arguments("debugNans", args);
    if (given.leaves.some((t) => t.node)) {
      throw new TypeError("debugNans: an argument is traced; wrap the whole: debugNans(jit(f)), not jit(debugNans(f))");
    }
    return watched(f, given);
  };
}

async function watched<A extends readonly unknown[], R>(f: (...args: A) => R, given: Arguments<A>): Promise<R> {
  const { leaves } = given;
  let structure: Structure | undefined;
  const graph = withLines(() =>
    trace("debugNans", leaves.map((t) => t.aval), (inputs) => {
      const [outputs, shape] = flattenResult("debugNans", f(...given.unpack(inputs)));
      structure = shape;
      return outputs;
    }, leaves)
  );
  const results = call(graph, leaves);
  const bad = await Promise.all(results.map(faultOf));
  const first = bad.findIndex((fault) => fault !== undefined);
  if (first < 0) return unflatten(structure!, results);
  const path = pathsOf(structure!)[first];
  throw await explainFault(
    graph,
    leaves,
    first,
    `${path ? `result ${path}` : "the result"} holds ${bad[first]!.value}`,
  );
}

interface Fault {
  readonly at: number;
  readonly value: number;
}

/** The first NaN of a floating tensor, or else its first infinity. */
async function faultOf(t: Tensor): Promise<Fault | undefined> {
  if (!isFloat(t.dtype)) return undefined;
  return faultIn(await t.data());
}

function faultIn(values: TypedArray): Fault | undefined {
  let at = values.findIndex(Number.isNaN);
  if (at < 0) at = values.findIndex((v) => !Number.isFinite(v));
  return at < 0 ? undefined : { at, value: values[at] };
}

async function explainFault(graph: Graph, leaves: readonly Tensor[], k: number, what: string): Promise<Error> {
  // Once more, one operation after the other, to see each value.
  const whole = expandCalls(graph);
  const known = new Map<Tensor, Tensor>();
  whole.inputs.forEach((t, i) => known.set(t, leaves[i]));
  const usual = defaultBackend();
  const concrete = [...leaves, ...whole.captures];
  if (concrete.length > 0) setDefaultDevice(concrete[0].owner); // where constants are made
  try {
    evaluate(whole, leaves, (node, operands) => {
      if (node.primitive!.effect) return node.outputs;
      const results = bind(node.primitive!, operands, node.params);
      node.outputs.forEach((t, i) => known.set(t, results[i]));
      return results;
    });
  } finally {
    setDefaultDevice(usual);
  }
  const values = new Map<Tensor, TypedArray>();
  const read = async (t: Tensor): Promise<TypedArray> => {
    let data = values.get(t);
    if (!data) values.set(t, data = await (known.get(t) ?? t).data());
    return data;
  };
  const isBad = async (t: Tensor): Promise<Fault | undefined> => isFloat(t.dtype) ? faultIn(await read(t)) : undefined;
  // Back from the result, through what is not finite, to where it began; of several places to the first.
  let origin: { node: Node; fault: Fault; output: Tensor } | undefined;
  const seen = new Set<Tensor>();
  const follow = async (start: Tensor, only: (fault: Fault) => boolean): Promise<Error | undefined> => {
    const stack = [start];
    while (stack.length > 0) {
      const t = stack.pop()!;
      if (seen.has(t)) continue;
      seen.add(t);
      const fault = await isBad(t);
      if (!fault) continue;
      if (!t.node?.primitive) {
        const i = whole.inputs.indexOf(t);
        const name = i < 0 ? "a tensor that the function captures" : `leaf ${i} of the arguments`;
        return new Error(`debugNans: ${what}: ${name} holds ${placeText(fault, t.aval)} to begin with`);
      }
      const { node } = t;
      const causes: Tensor[] = [];
      for (const operand of node.operands) {
        const theirs = await isBad(operand);
        if (theirs && only(theirs)) causes.push(operand);
      }
      if (causes.length > 0) stack.push(...causes);
      else if (!origin || node.serial < origin.node.serial) origin = { node, fault, output: t };
    }
  };
  const result = whole.outputs[k];
  const fault = await isBad(result);
  if (!fault) return new Error(`debugNans: ${what}, but operation by operation all is finite: rounding decides here`);
  // A NaN comes from where the first NaN is made; what it was made of may hold infinities.
  const nan = Number.isNaN(fault.value);
  const early = await follow(result, nan ? ({ value }) => Number.isNaN(value) : () => true);
  if (!origin) return early!;
  const made = origin;
  let message = `debugNans: ${what}: ${await storyOf(made, read)}`;
  if (nan) {
    for (const operand of made.node.operands) {
      const theirs = await isBad(operand);
      if (!theirs) continue;
      origin = undefined;
      await follow(operand, () => true);
      const cause = origin as typeof made | undefined;
      if (cause && cause.node.primitive!.lower.kind !== "literal") {
        message += `; the ${theirs.value} comes from there: ${await storyOf(cause, read)}`;
      }
      break;
    }
  }
  const operands = await Promise.all(
    made.node.operands.map(async (t) => ({ shape: t.shape, dtype: t.dtype, values: await read(t) })),
  );
  return new NanError(message, made.node.primitive!.name, made.node.line, operands);
}

/** What an operation made, of what, and where it was called. */
async function storyOf(
  { node, fault, output }: { node: Node; fault: Fault; output: Tensor },
  read: (t: Tensor) => Promise<TypedArray>,
): Promise<string> {
  const inputs = await Promise.all(node.operands.map(async (t) => {
    const data = await read(t);
    const here = t.shape.length > 0 && t.aval.shape === output.aval.shape || show(t.shape) === show(output.shape)
      ? `${data[fault.at]} of `
      : "";
    return `${here}${t.dtype} ${show(t.shape)}${t.size > 1 ? ` (${rangeText(data)})` : ` (${data[0]})`}`;
  }));
  const of = inputs.length > 0 ? ` of ${inputs.join(" and ")}` : "";
  return `${node.primitive!.name} makes ${placeText(fault, output.aval)}${of}` +
    (node.line ? `, called at ${node.line}` : "");
}

function rangeText(values: TypedArray): string {
  let low = Infinity, high = -Infinity, bad = 0;
  for (const v of values) {
    if (!Number.isFinite(v)) bad++;
    else [low, high] = [Math.min(low, v), Math.max(high, v)];
  }
  const range = low <= high ? `${short(low)} to ${short(high)}` : "";
  return bad > 0 ? `${range}${range && ", "}${bad} not finite` : range;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** A value and where it stands. */
function placeText({ at, value }: Fault, { shape }: Aval): string {
  if (shape.length === 0) return `${value}`;
  const index: number[] = [];
  for (let i = shape.length - 1, rest = at; i >= 0; i--) {
    index.unshift(rest % shape[i]);
    rest = Math.floor(rest / shape[i]);
  }
  return `${value} at index ${show(index)} of ${show(shape)}`;
}
