/**
 * Compositions that run as one program: a function of many small operations, called on concrete tensors, is traced once for
 * each kind of operands and then runs compiled, as if it were a primitive. On symbolic tensors it records its operations.
 */
import type { Backend } from "./backends/backend.ts";
import { ownerOf, prepare, type Prepared, run, trace } from "./graph.ts";
import { naming } from "./errors.ts";
import { Recent } from "./recent.ts";
import type { Tensor } from "./tensor.ts";

interface Compiled extends Prepared {
  /** Whether the function gives an array. */
  readonly many: boolean;
}

const compiled = new WeakMap<Backend, Recent<Compiled>>();
const limit = 1024; // a session that explores shapes stays bounded

/**
 * Calls `f` on the operands: compiled as one program where all of them are concrete, recorded where one is symbolic.
 *
 * `f` must be a function of its inputs and of what `key` tells, and nothing else: equal keys and avals share one program.
 *
 * @param key the name of the operation, then a colon and its static arguments: `uniform:0,1,float32`
 * @throws TypeError if the operands are on different devices, or disposed, or if `f` captures a concrete tensor
 */
export function composite<R extends Tensor | readonly Tensor[]>(
  key: string,
  f: (...inputs: Tensor[]) => R,
  operands: readonly Tensor[],
): R {
  if (operands.length === 0) return f();
  for (const t of operands) if (t.node) return f(...operands);
  const name = nameOf(key);
  const backend = ownerOf(name, operands);
  for (const t of operands) t.storage(name);
  let cache = compiled.get(backend);
  if (!cache) compiled.set(backend, cache = new Recent(limit));
  let full = key;
  for (const t of operands) full += ";" + t.aval.id;
  const program = cache.remember(full, () => compile(name, f, operands, backend));
  const results = run(program.executable, program.avals, [...operands, ...program.hidden], backend);
  return (program.many ? results : results[0]) as R;
}

function nameOf(key: string): string {
  const colon = key.indexOf(":");
  return colon < 0 ? key : key.slice(0, colon);
}

function compile<R extends Tensor | readonly Tensor[]>(
  name: string,
  f: (...inputs: Tensor[]) => R,
  operands: readonly Tensor[],
  backend: Backend,
): Compiled {
  let many = false;
  const graph = trace(name, operands.map((t) => t.aval), (inputs) => {
    const result: Tensor | readonly Tensor[] = naming(name, () => f(...inputs));
    many = Array.isArray(result);
    return (many ? result : [result]) as readonly Tensor[];
  });
  if (graph.captures.length > 0) {
    throw new TypeError(`${name}: a composition must take its ${graph.captures.length} captured tensors as operands`);
  }
  return { ...prepare(graph, backend), many };
}
