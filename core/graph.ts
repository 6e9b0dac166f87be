/**
 * Recording and running: an operation on concrete tensors runs at once, one on symbolic tensors is recorded as a node.
 * `trace` turns a function into a Graph; calling a Graph compiles and runs it, or inlines it where an argument is symbolic.
 */
import type { Backend, Executable, Storage } from "./backends/backend.ts";
import { defaultBackend } from "./devices.ts";
import { allocate, coerce, type DType, isFloat } from "./dtype.ts";
import { show } from "./errors.ts";
import { hasBodies, identityOf, type Params, paramsKey, type Primitive } from "./primitive.ts";
import { Recent } from "./recent.ts";
import { type Aval, maxSize } from "./shape.ts";
import { lineOfCall, onBehalf, shortLine, tellingLines } from "./source.ts";
import { Tensor } from "./tensor.ts";

/** One recorded application of a primitive (or an input of a trace, where `primitive` is null). */
export interface Node {
  readonly primitive: Primitive | null;
  readonly params: Params;
  readonly operands: readonly Tensor[];
  readonly outputs: Tensor[];
  /** Creation order, which is a topological order. */
  readonly serial: number;
  /** The innermost trace that it depends on; null for constants, which depend on none. */
  readonly trace: Trace | null;
  /** Where in the user's program it was called, if somebody asked for lines. */
  readonly line: string | undefined;
}

/** One run of a user's function on symbolic inputs. */
export interface Trace {
  readonly name: string;
  /** Later traces have larger serials than all their ancestors' nodes at the time. */
  readonly serial: number;
  ended: boolean;
  /** The actual arguments, where reading a traced value may evaluate what is recorded so far. */
  readonly actual: readonly Tensor[] | undefined;
  readonly inputs: Tensor[];
  /** Results of operations that are done for their effect, in order: kept though nothing reads them. */
  readonly effects: Tensor[];
}

/** A function as data: nodes in topological order from inputs and captures to outputs. */
export interface Graph {
  readonly inputs: readonly Tensor[];
  /** Values from outside: hidden operands, constant to transforms. */
  readonly captures: readonly Tensor[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Tensor[];
}

let serial = 0;
let depth = 0; // traces under way

/** The serial of the next node: nodes made between two readings have serials between them. */
export const nextSerial = (): number => serial;

function makeNode(
  primitive: Primitive | null,
  operands: readonly Tensor[],
  params: Params,
  avals: readonly Aval[],
  trace: Trace | null,
): Node {
  for (const { size, shape } of avals) {
    if (size <= maxSize) continue;
    throw new RangeError(`${primitive?.name}: shape ${show(shape)} has more than ${maxSize} elements`);
  }
  const node: Node = { primitive, params, operands, outputs: [], serial: serial++, trace, line: lineOfCall() };
  for (let i = 0; i < avals.length; i++) node.outputs.push(Tensor.symbolic(avals[i], node, i));
  return node;
}

/**
 * Applies a primitive: runs it if all operands are concrete, records it otherwise.
 *
 * @throws TypeError if the operands do not fit, are on different devices or belong to a trace that has ended
 */
export function bind<P>(primitive: Primitive<P>, operands: readonly Tensor[], params: P): readonly Tensor[] {
  let symbolic = operands.length === 0 && depth > 0;
  let innermost: Trace | null = null;
  for (const operand of operands) {
    const node = operand.node;
    if (node === undefined) continue;
    symbolic = true;
    const trace = node.trace;
    if (trace && (innermost === null || trace.serial > innermost.serial)) innermost = trace;
  }
  if (!symbolic) {
    if (primitive.lower.kind === "call") return call((params as Params).graph, operands);
    if (!hasBodies(params)) return runEagerly(primitive, operands, params);
    return call(
      trace(primitive.name, operands.map((t) => t.aval), (inputs) => bind(primitive, inputs, params)),
      operands,
    );
  }
  if (innermost?.ended) throw leaked(primitive.name, innermost);
  const avals = primitive.infer(operands.map((t) => t.aval), params);
  const { outputs } = makeNode(primitive, operands, params, avals, innermost);
  if (primitive.effect) innermost?.effects.push(outputs[0]);
  return outputs;
}

/**
 * Applies a primitive of one output.
 */
export function bind1<P>(primitive: Primitive<P>, operands: readonly Tensor[], params: P): Tensor {
  return bind(primitive, operands, params)[0];
}

function leaked(operation: string, trace: Trace): TypeError {
  return new TypeError(
    `${operation}: a value traced by ${trace.name} was used after that call had ended; ` +
      `return it from the function (hasAux for values beside the result) instead of keeping it in a variable`,
  );
}

/**
 * Runs `f` on fresh symbolic inputs and gives its Graph.
 *
 * @param actual the arguments, where reading traced values may evaluate the recorded prefix (not under jit and vmap)
 */
export function trace(
  name: string,
  avals: readonly Aval[],
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  actual?: readonly Tensor[],
): Graph {
  const start = serial++;
  const inputs: Tensor[] = [];
  const scope: Trace = { name, serial: start, ended: false, actual, inputs, effects: [] };
  for (const a of avals) inputs.push(makeNode(null, [], undefined, [a], scope).outputs[0]);
  depth++;
  let outputs: readonly Tensor[];
  try {
    outputs = tellingLines(() => f(inputs));
  } finally {
    depth--;
    scope.ended = true;
  }
  return between(inputs, outputs, scope.effects);
}

/** The Graph from symbolic `inputs` (of one trace, made one after the other) to `outputs` and effects: nodes that depend on the
 * inputs, and constants; whatever else they use is captured. */
export function between(
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  effects: readonly Tensor[] = [],
): Graph {
  const inside = new Set<Node>();
  let start = Infinity;
  for (const t of inputs) {
    inside.add(t.node!);
    start = Math.min(start, t.node!.serial);
  }
  const reached = new Set<Node>();
  const stack: Node[] = [];
  for (const output of [...outputs, ...effects]) if (output.node) stack.push(output.node);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (reached.has(node) || (node.serial < start && node.trace !== null)) continue;
    reached.add(node);
    for (const operand of node.operands) if (operand.node) stack.push(operand.node);
  }
  const ordered = [...reached].sort((a, b) => a.serial - b.serial);
  const nodes: Node[] = [];
  for (const node of ordered) {
    if (node.primitive === null) continue;
    if (node.trace === null || node.operands.some((t) => t.node && t.node.trace !== null && inside.has(t.node))) {
      inside.add(node);
      nodes.push(node);
    }
  }
  const captures = new Set<Tensor>();
  const see = (t: Tensor): void => {
    if (!t.node || !inside.has(t.node)) captures.add(t);
  };
  for (const node of nodes) node.operands.forEach(see);
  outputs.forEach(see);
  return { inputs, captures: [...captures], nodes, outputs };
}

/** Calls a Graph: compiles and runs it, or records its nodes again where an argument or capture is symbolic. */
export function call(graph: Graph, args: readonly Tensor[]): Tensor[] {
  for (const t of graph.captures) if (t.node?.trace?.ended) throw leaked("call", t.node.trace);
  if (args.some((t) => t.node) || graph.captures.some((t) => t.node)) return inline(graph, args);
  const backend = ownerOf("call", args.length > 0 ? args : graph.captures);
  const program = prepare(graph, backend);
  return run(program.executable, program.avals, [...args, ...program.hidden], backend);
}

/** A Graph ready to run: its executable, and the hidden operands that follow the arguments. */
export interface Prepared {
  readonly graph: Graph;
  readonly executable: Executable;
  readonly hidden: readonly Tensor[];
  readonly avals: readonly Aval[];
}

/** Compiles a Graph of concrete captures for a backend. Calls are inlined and literals become hidden operands first, so that
 * equal structures share a program whatever their numbers; a fresh one is shared with none, and knows the lines of this Graph. */
export function prepare(graph: Graph, backend: Backend, fresh = false): Prepared {
  const expanded = liftNumbers(expandCalls(graph));
  const literals: Tensor[] = [];
  const values: Tensor[] = [];
  for (const node of expanded.nodes) {
    if (!isNumber(node)) continue;
    const a = node.outputs[0].aval;
    literals.push(node.outputs[0]);
    values.push(
      Tensor.concrete(a, backend, backend.write(allocate(a.dtype, 1).fill(coerce(a.dtype, node.params.value)), a)),
    );
  }
  const free = new Set(literals);
  const hoisted = literals.length === 0 ? expanded : {
    ...expanded,
    captures: [...expanded.captures, ...literals],
    nodes: expanded.nodes.filter((node) => !free.has(node.outputs[0])),
  };
  const hidden = [...expanded.captures, ...values];
  for (const t of hidden) if (t.owner !== backend) ownerOf("call", [Tensor.concrete(t.aval, backend, null), t]);
  return {
    graph: hoisted,
    executable: fresh ? backend.compile(hoisted) : executableOf(hoisted, backend),
    hidden,
    avals: graph.outputs.map((t) => t.aval),
  };
}

/** Whether a node is a literal that becomes an operand: those that the compiler can use (integers are shift counts, bounds, positions)
 * stay in the structure. */
function isNumber({ primitive, params }: Node): boolean {
  if (primitive!.lower.kind !== "literal") return false;
  const { value, dtype } = params as { value: number; dtype: DType };
  return isFloat(dtype) && Math.abs(value) !== 0.5 && Number.isFinite(value) &&
    !(Number.isInteger(value) && Math.abs(value) <= 16);
}

/** The Graph with the numbers in bodies of loops and branches, which become operands too, outside of them. */
function liftNumbers(graph: Graph): Graph {
  if (!graph.nodes.some((node) => hasBodies(node.params))) return graph;
  return trace(
    "call",
    graph.inputs.map((t) => t.aval),
    (inputs) =>
      evaluate(graph, inputs, ({ primitive, params }, operands) => {
        if (!hasBodies(params)) return bind(primitive!, operands, params);
        const { bodies, lifted } = params.map(liftNumbers).lifting(isNumber);
        const numbers = lifted.map((node) => bind1(node.primitive!, [], node.params));
        // The operand that chooses a branch is none of the branches' own.
        const first = primitive!.lower.kind === "switch" ? 1 : 0;
        return bind(primitive!, [...operands.slice(0, first), ...numbers, ...operands.slice(first)], bodies);
      }),
  );
}

/** The Graph with the bodies of calls (custom derivatives, checkpoints) in their place, within loops and branches too. */
export function expandCalls(graph: Graph): Graph {
  if (!graph.nodes.some((node) => node.primitive!.lower.kind === "call" || hasBodies(node.params))) return graph;
  return trace("call", graph.inputs.map((t) => t.aval), (inputs) => {
    const apply = (node: Node, operands: Tensor[]): readonly Tensor[] =>
      node.primitive!.lower.kind === "call"
        ? evaluate(node.params.graph, operands, apply)
        : bind(node.primitive!, operands, hasBodies(node.params) ? node.params.map(expandCalls) : node.params);
    return evaluate(graph, inputs, apply);
  });
}

/** Records the Graph's nodes again with `args` in the place of its inputs. */
export function inline(graph: Graph, args: readonly Tensor[]): Tensor[] {
  return evaluate(graph, args, (node, operands) => bind(node.primitive!, operands, node.params));
}

/** Walks a Graph in order: `apply` gives each node's outputs from its operands. */
export function evaluate(
  graph: Graph,
  args: readonly Tensor[],
  apply: (node: Node, operands: Tensor[]) => readonly Tensor[],
): Tensor[] {
  const known = new Map<Tensor, Tensor>();
  graph.inputs.forEach((input, i) => known.set(input, args[i]));
  const value = (t: Tensor): Tensor => known.get(t) ?? t;
  for (const node of graph.nodes) {
    const results = onBehalf(node.line, () => apply(node, node.operands.map(value)));
    node.outputs.forEach((t, i) => known.set(t, results[i]));
  }
  return graph.outputs.map(value);
}

/** The one backend of concrete operands. */
export function ownerOf(operation: string, operands: readonly Tensor[]): Backend {
  if (operands.length === 0) return defaultBackend();
  const first = operands[0].owner;
  for (const t of operands) {
    if (t.owner !== first) {
      throw new TypeError(
        `${operation}: arguments are on ${first.name} and ${t.owner.name}; move one with .to(${
          JSON.stringify(first.name)
        })`,
      );
    }
  }
  return first;
}

/** Runs a compiled Graph on concrete operands. */
export function run(
  executable: Executable,
  avals: readonly Aval[],
  operands: readonly Tensor[],
  backend: Backend,
  reuse?: readonly Storage[],
): Tensor[] {
  const storages = new Array<Storage>(operands.length);
  for (let i = 0; i < operands.length; i++) storages[i] = operands[i].storage("call");
  const results = executable.run(storages, reuse);
  const tensors = new Array<Tensor>(avals.length);
  for (let i = 0; i < avals.length; i++) tensors[i] = Tensor.concrete(avals[i], backend, results[i]);
  return tensors;
}

// --- compiled programs, by structure ---

const programs = new WeakMap<Backend, Recent<Executable>>();
const programLimit = 1024; // an exploring session stays bounded

function cacheOf(backend: Backend): Recent<Executable> {
  let cache = programs.get(backend);
  if (!cache) programs.set(backend, cache = new Recent(programLimit));
  return cache;
}

/** What is kept of a device's programs, in words. */
export function cacheNote(backend: Backend): string {
  const { size, limit, forgotten } = cacheOf(backend);
  return `${size} programs kept of at most ${limit}, ${forgotten} forgotten`;
}

/** The compiled form of a Graph; equal structures share it. */
export function executableOf(graph: Graph, backend: Backend): Executable {
  return cacheOf(backend).remember(structureOf(graph), () => backend.compile(graph));
}

/** A text equal for Graphs that compute the same way: literals' values count. */
export function structureOf(graph: Graph): string {
  const ids = new Map<Tensor, number>();
  let key = "";
  const define = (t: Tensor): void => void ids.set(t, ids.size);
  for (const t of graph.inputs) {
    define(t);
    key += t.aval.id + ",";
  }
  for (const t of graph.captures) {
    define(t);
    key += t.aval.id + ",";
  }
  for (const node of graph.nodes) {
    key += ";" + identityOf(node.primitive!) + (node.params === undefined ? "" : paramsKey(node.params));
    for (const t of node.operands) key += "," + ids.get(t);
    node.outputs.forEach(define);
  }
  key += ">";
  for (const t of graph.outputs) key += ids.get(t) + ",";
  return key;
}

function runEagerly<P>(primitive: Primitive<P>, operands: readonly Tensor[], params: P): Tensor[] {
  const backend = ownerOf(primitive.name, operands);
  let key = "!" + identityOf(primitive) + paramsKey(params);
  for (const t of operands) key += "," + t.aval.id;
  const cache = cacheOf(backend);
  const executable = cache.remember(key, () => {
    const graph = expandCalls(
      trace(primitive.name, operands.map((t) => t.aval), (inputs) => bind(primitive, inputs, params)),
    );
    return Object.assign(Object.create(backend.compile(graph)), {
      avals: graph.outputs.map((t) => t.aval),
    }) as EagerExecutable;
  }) as EagerExecutable;
  for (const t of operands) t.storage(primitive.name);
  return run(executable, executable.avals, operands, backend);
}

interface EagerExecutable extends Executable {
  readonly avals: readonly Aval[];
}

// --- reading traced values ---

/**
 * The concrete value of a symbolic tensor, from what was recorded so far.
 *
 * @param what the operation that asks, for errors
 * @throws TypeError where the arguments of the trace are not known
 */
export function valueOf(tensor: Tensor, what: string): Tensor {
  const scope = tensor.node!.trace;
  if (scope === null) return call(between([], [tensor]), [])[0];
  if (scope.ended) throw leaked(what, scope);
  if (!scope.actual) {
    throw new TypeError(
      `${what}: the value of a traced tensor of shape ${show(tensor.shape)} is not known inside ${scope.name}; ` +
        `use ops.where (or ops.maximum and the like) instead of if, return the value and look at it outside, ` +
        `or leave ${scope.name} out while exploring`,
    );
  }
  const value = call(between(scope.inputs, [tensor]), scope.actual)[0];
  return value.node ? valueOf(value, what) : value;
}

// --- printing ---

/** The Graph as text, one node a line: `%3 = mul %1 %2 : float32[4]`. */
export function printGraph(graph: Graph): string {
  const names = new Map<Tensor, string>();
  const define = (t: Tensor): string => {
    const name = `%${names.size}`;
    names.set(t, name);
    return `${name}: ${typeText(t.aval)}`;
  };
  const lines = [`inputs ${graph.inputs.map(define).join(", ") || "none"}`];
  if (graph.captures.length > 0) lines.push(`captures ${graph.captures.map(define).join(", ")}`);
  for (const node of graph.nodes) {
    const operands = node.operands.map((t) => names.get(t)).join(" ");
    const params = node.params === undefined ? "" : ` ${paramsText(node.params)}`;
    const line = node.line === undefined ? "" : `  # ${shortLine(node.line)}`;
    lines.push(
      `${node.outputs.map(define).join(", ")} = ${node.primitive!.name} ${operands}${params}`.trimEnd() + line,
    );
  }
  lines.push(`outputs ${graph.outputs.map((t) => names.get(t)).join(", ")}`);
  return lines.join("\n");
}

function typeText(a: Aval): string {
  return `${a.dtype}${show(a.shape)}`;
}

function paramsText(params: Params): string {
  return JSON.stringify(params, (_, value) => {
    if (typeof value === "function") return "(function)";
    if (value && typeof value === "object" && "nodes" in value) return `(graph of ${value.nodes.length} nodes)`;
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  }).replaceAll('"', "");
}
