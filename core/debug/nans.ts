/** Where a NaN or an infinity comes from. */
import type { Aval } from "../shape.ts";
import { describe, show } from "../errors.ts";
import { call, expandCalls, type Graph, type Node, trace } from "../graph.ts";
import { isFloat, type TypedArray } from "../dtype.ts";
import { withLines } from "../source.ts";
import type { Tensor } from "../tensor.ts";
import { Arguments, flattenResult } from "../transforms/arguments.ts";
import { pathsOf, type Structure, unflatten } from "../tree.ts";
import { type Fault, faultIn, Frame, type Kind, type NanTurn, type Spot } from "./frames.ts";

export type { NanTurn };

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
    /** The turns of loops, and the branches, in which it was applied, the outermost first. */
    readonly turns: readonly NanTurn[] = [],
  ) {
    super(message);
  }
}

/**
 * The function with a watch over its numbers: a NaN or an infinity in the result throws, naming the first operation that made it, its
 * inputs, and the line of your program that called it. Goes through `jit`, `grad`, `vmap` and all others: wrap the whole,
 * `debugNans(jit(grad(loss)))`. In a loop or a branch it names the operation of the body and the turn, from 0. What a mask removes again
 * (an infinity in the branch that `where` does not take) is no error.
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

async function faultOf(t: Tensor): Promise<Fault | undefined> {
  return isFloat(t.dtype) ? faultIn(await t.data()) : undefined;
}

/** An operation that made a fault, in its frame. */
interface Origin {
  readonly frame: Frame;
  readonly node: Node;
  readonly output: Tensor;
  readonly fault: Fault;
}

/** A fault that the arguments or captures of the whole held from the beginning. */
interface Given {
  readonly given: Tensor;
  readonly fault: Fault;
}

/** Back from a value, through what is not finite, to where that began: of several places to the first. */
async function originOf({ frame, tensor }: Spot, kind: Kind): Promise<Origin | Given | undefined> {
  let origin: Origin | undefined;
  const seen = new Set<Tensor>();
  const stack = [tensor];
  while (stack.length > 0) {
    const t = stack.pop()!;
    if (seen.has(t)) continue;
    seen.add(t);
    const fault = await frame.fault(t);
    if (!fault) continue;
    const input = frame.graph.inputs.indexOf(t);
    if (input >= 0 || !t.node?.primitive) {
      const earlier = frame.before(input, kind);
      if (earlier) return await originOf(earlier, kind);
      if (frame.turns.length === 0) return { given: t, fault };
      continue;
    }
    const { node } = t;
    const causes: Tensor[] = [];
    for (const operand of node.operands) {
      const theirs = await frame.fault(operand);
      if (theirs && kind(theirs)) causes.push(operand);
    }
    if (causes.length > 0) stack.push(...causes);
    else if (!origin || node.serial < origin.node.serial) origin = { frame, node, output: t, fault };
  }
  const inside = origin && await frame.within(origin.node, origin.output, kind);
  const found = inside && await originOf(inside, kind);
  return found && "node" in found ? found : origin;
}

async function explainFault(graph: Graph, leaves: readonly Tensor[], k: number, what: string): Promise<Error> {
  // Once more, one operation after the other, to see each value.
  const whole = new Frame(expandCalls(graph), leaves);
  const tensor = whole.graph.outputs[k];
  const fault = await whole.fault(tensor);
  if (!fault) return new Error(`debugNans: ${what}, but operation by operation all is finite: rounding decides here`);
  // A NaN comes from where the first NaN is made; what it was made of may hold infinities.
  const nan = Number.isNaN(fault.value);
  const made = await originOf({ frame: whole, tensor }, nan ? ({ value }) => Number.isNaN(value) : () => true);
  if (!made || "given" in made) {
    const i = made ? whole.graph.inputs.indexOf(made.given) : -1;
    const name = i < 0 ? "a tensor that the function captures" : `leaf ${i} of the arguments`;
    const holds = made ? placeText(made.fault, made.given.aval) : fault.value;
    return new Error(`debugNans: ${what}: ${name} holds ${holds} to begin with`);
  }
  const { frame, node } = made;
  let message = `debugNans: ${what}: ${await storyOf(made)}`;
  if (nan) {
    for (const operand of node.operands) {
      const theirs = await frame.fault(operand);
      if (!theirs) continue;
      const cause = await originOf({ frame, tensor: operand }, () => true);
      if (cause && "node" in cause && cause.node.primitive!.lower.kind !== "literal") {
        message += `; the ${theirs.value} comes from there: ${await storyOf(cause)}`;
      }
      break;
    }
  }
  const operands = await Promise.all(
    node.operands.map(async (t) => ({ shape: t.shape, dtype: t.dtype, values: await frame.read(t) })),
  );
  return new NanError(message, node.primitive!.name, node.line, operands, frame.turns);
}

/** What an operation made, of what, in which turn of a loop, and where it was called. */
async function storyOf({ frame, node, fault, output }: Origin): Promise<string> {
  const inputs = await Promise.all(node.operands.map(async (t) => {
    const data = await frame.read(t);
    const here = t.shape.length > 0 && t.aval.shape === output.aval.shape || show(t.shape) === show(output.shape)
      ? `${data[fault.at]} of `
      : "";
    return `${here}${t.dtype} ${show(t.shape)}${t.size > 1 ? ` (${rangeText(data)})` : ` (${data[0]})`}`;
  }));
  const of = inputs.length > 0 ? ` of ${inputs.join(" and ")}` : "";
  const turns = frame.turns.map(({ primitive, index }) =>
    `, in ${primitive === "switch" ? "branch" : "turn"} ${index} of ${primitive}`
  );
  return `${node.primitive!.name} makes ${placeText(fault, output.aval)}${of}${turns.join("")}` +
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
