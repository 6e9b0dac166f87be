/** Compiled functions. */
import { type Backend, defaultBackend } from "../devices.ts";
import { allocate } from "../dtype.ts";
import { checkOptions, describe, show } from "../errors.ts";
import { type Graph, inline, ownerOf, prepare, type Prepared, run, trace } from "../graph.ts";
import { identityOf } from "../primitive.ts";
import { Recent } from "../recent.ts";
import { aval } from "../shape.ts";
import { linesWanted } from "../source.ts";
import { isTensor, Tensor } from "../tensor.ts";
import { type Structure, unflatten } from "../tree.ts";
import { flattenArgument, flattenResult } from "./arguments.ts";

/** Options of `jit`. */
export interface JitOptions {
  /** Positions of arguments that the caller gives up: their buffers are reused for results. Using one again throws. */
  readonly donate?: readonly number[];
  /** Positions of arguments that are not traced: each different value compiles anew. Strings and functions must be static. */
  readonly static?: readonly number[];
}

interface Compiled {
  readonly graph: Graph;
  readonly structure: Structure;
  readonly programs: WeakMap<Backend, Prepared>;
}

const cacheLimit = 512; // shapes and static values of one function

/**
 * The function compiled: traced once for each combination of shapes, dtypes, tree structures and static values, fused, and
 * run as one program. Number leaves of the arguments are scalars that may change without a new trace. Tensors that the function
 * captures are frozen at the first trace.
 *
 * @throws TypeError inside a trace for JavaScript control flow on traced values: use `ops.where` and the like
 *
 * @example
 * ```ts
 * import { jit, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const f = jit((x: ReturnType<typeof tensor>, rate: number) => ops.mul(ops.add(x, 1), rate));
 * assertEquals(await f(tensor([1, 2]), 10).toArray(), [20, 30]);
 * ```
 */
export function jit<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: JitOptions = {},
): (...args: A) => R {
  if (typeof f !== "function") throw new TypeError(`jit: needs a function, got ${describe(f)}`);
  checkOptions("jit", options, ["donate", "static"]);
  const donate = positions("donate", options.donate);
  const fixed = positions("static", options.static);
  for (const i of donate) if (fixed.includes(i)) throw new TypeError(`jit: argument ${i} is both donated and static`);
  const cache = new Recent<Compiled>(cacheLimit);
  const name = f.name ? `jit(${f.name})` : "jit";

  return (...args) => {
    const walk = new Walk(args, fixed);
    // Who asks for lines wants a trace that has them.
    let compiled = linesWanted() ? undefined : cache.get(walk.key);
    if (!compiled) {
      compiled = compile(name, f, args, fixed);
      // A trace that captured another trace's values is good for this call only.
      if (!linesWanted() && !compiled.graph.captures.some((t) => t.node)) cache.set(walk.key, compiled);
    }
    const { graph, structure } = compiled;
    if (walk.symbolic || graph.captures.some((t) => t.node)) {
      return unflatten(structure, inline(graph, walk.tensors(defaultBackend())));
    }
    const backend = walk.backend ?? (graph.captures.length > 0 ? graph.captures[0].owner : defaultBackend());
    const leaves = walk.tensors(backend);
    let program = compiled.programs.get(backend);
    if (!program) compiled.programs.set(backend, program = prepare(graph, backend));
    const operands = program.hidden.length > 0 ? [...leaves, ...program.hidden] : leaves;
    for (const t of leaves) if (t.owner !== backend) ownerOf(name, leaves);
    const given = donate.length > 0 ? walk.donated(name, donate) : [];
    const results = run(program.executable, program.avals, operands, backend, given.map((t) => t.storage(name)));
    for (const t of given) t.release("donated");
    return unflatten(structure, results);
  };
}

/** The arguments of one call: a text that is equal for equal kinds, and the leaves, in one pass (this is the hot path). */
class Walk {
  key = "";
  symbolic = false;
  backend: Backend | undefined;
  private readonly leaves: (Tensor | number)[] = [];
  private readonly starts: number[] = [];

  constructor(private readonly args: readonly unknown[], fixed: readonly number[]) {
    for (let i = 0; i < args.length; i++) {
      this.starts.push(this.leaves.length);
      if (fixed.includes(i)) this.key += `=${staticKey(i, args[i])};`;
      else this.visit(args[i], i);
    }
    this.starts.push(this.leaves.length);
  }

  private visit(value: unknown, position: number): void {
    if (isTensor(value)) {
      this.key += value.aval.id + ",";
      this.leaves.push(value);
      if (value.node) this.symbolic = true;
      else this.backend ??= value.owner;
    } else if (typeof value === "number") {
      this.key += "#,";
      this.leaves.push(value);
    } else if (Array.isArray(value)) {
      this.key += "[";
      for (const item of value) this.visit(item, position);
      this.key += "]";
    } else if (value === null || value === undefined) {
      this.key += value === null ? "n" : "u";
    } else if (typeof value === "object" && isPlain(value)) {
      this.key += "{";
      for (const name of Object.keys(value).sort()) {
        this.key += JSON.stringify(name);
        this.visit((value as Record<string, unknown>)[name], position);
      }
      this.key += "}";
    } else {
      throw new TypeError(
        `jit: argument ${position} holds ${describe(value)}, which is no tensor and no number; ` +
          `list its position in static: jit(f, { static: [${position}] })`,
      );
    }
  }

  /** The leaves as tensors: numbers become scalars of the backend. */
  tensors(backend: Backend): Tensor[] {
    return this.leaves.map((leaf) => {
      if (typeof leaf !== "number") return leaf;
      return Tensor.concrete(scalar, backend, backend.write(allocate("float32", 1).fill(leaf), scalar));
    });
  }

  /** The concrete leaves of the donated arguments; each may be given only once. */
  donated(name: string, positions: readonly number[]): Tensor[] {
    const given = new Set<Tensor>();
    for (const i of positions) {
      for (const leaf of this.leaves.slice(this.starts[i], this.starts[i + 1])) {
        if (!isTensor(leaf)) continue;
        if (given.has(leaf)) throw new TypeError(`${name}: a tensor of shape ${show(leaf.shape)} is donated twice`);
        given.add(leaf);
      }
    }
    this.args.forEach((_, i) => {
      if (positions.includes(i)) return;
      for (const leaf of this.leaves.slice(this.starts[i], this.starts[i + 1])) {
        if (isTensor(leaf) && given.has(leaf)) {
          throw new TypeError(
            `${name}: a tensor of shape ${show(leaf.shape)} is donated and also passed as argument ${i}`,
          );
        }
      }
    });
    return [...given];
  }
}

const scalar = /* @__PURE__ */ aval([], "float32");

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function staticKey(position: number, value: unknown): string {
  if (isTensor(value)) {
    throw new TypeError(`jit: argument ${position} is static but is a tensor; leave it out of static`);
  }
  if (typeof value === "function") return `@${identityOf(value)}`;
  if (typeof value === "object" && value !== null) {
    const text = JSON.stringify(
      value,
      (_, v) => typeof v === "function" ? `@${identityOf(v)}` : typeof v === "number" ? String(v) : v,
    );
    if (!isPlain(value) && !Array.isArray(value)) return `@${identityOf(value)}`;
    return text;
  }
  return `${typeof value}:${String(value)}`;
}

function positions(option: string, list: readonly number[] | undefined): readonly number[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    throw new TypeError(`jit: ${option} must be a list of argument positions, got ${describe(list)}`);
  }
  for (const i of list) {
    if (!Number.isInteger(i) || i < 0) {
      throw new RangeError(`jit: ${option} holds ${describe(i)}, not an argument position`);
    }
  }
  return list;
}

function compile(
  name: string,
  // deno-lint-ignore no-explicit-any
  f: (...args: any) => unknown,
  args: readonly unknown[],
  fixed: readonly number[],
): Compiled {
  const flat = args.map((a, i) => fixed.includes(i) ? undefined : flattenArgument(name, a));
  const leaves = flat.flatMap((entry) => entry?.[0] ?? []);
  let structure: Structure | undefined;
  const graph = trace(name, leaves.map((t) => t.aval), (inputs) => {
    let next = 0;
    const result = f(
      ...flat.map((entry, i) => entry ? unflatten(entry[1], inputs.slice(next, next += entry[0].length)) : args[i]),
    );
    const [outputs, shape] = flattenResult(name, result);
    structure = shape;
    return outputs;
  });
  return { graph, structure: structure!, programs: new WeakMap() };
}
