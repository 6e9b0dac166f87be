/** What transforms share: arguments and results as flat lists of leaves. */
import { allocate } from "../dtype.ts";
import { describe, show } from "../errors.ts";
import { call, ownerOf, trace } from "../graph.ts";
import { defaultBackend } from "../devices.ts";
import { aval } from "../shape.ts";
import { isTensor, Tensor } from "../tensor.ts";
import { flatten, type Structure, unflatten } from "../tree.ts";

/** A number as a float32 scalar on the default device. */
export function scalarOf(value: number): Tensor {
  const a = aval([], "float32");
  const backend = defaultBackend();
  return Tensor.concrete(a, backend, backend.write(allocate("float32", 1).fill(value), a));
}

const isLeaf = (value: unknown): boolean => isTensor(value) || typeof value === "number";

/** The tensors of an argument; numbers become scalars. */
export function flattenArgument(operation: string, argument: unknown): [Tensor[], Structure] {
  const [leaves, structure] = flatten(operation, argument, isLeaf);
  const tensors = leaves.map((leaf) => typeof leaf === "number" ? scalarOf(leaf) : leaf as Tensor);
  for (const t of tensors) if (!t.node) t.storage(operation, "an argument");
  return [tensors, structure];
}

/** The arguments of a call as leaves, and back. */
export class Arguments<A extends readonly unknown[]> {
  /** Leaves and structure of each argument. */
  readonly parts: readonly (readonly [Tensor[], Structure])[];
  /** All leaves, in order. */
  readonly leaves: readonly Tensor[];

  constructor(operation: string, args: A) {
    this.parts = args.map((a) => flattenArgument(operation, a));
    this.leaves = this.parts.flatMap(([leaves]) => leaves);
    ownerOf(operation, this.leaves.filter((t) => !t.node));
  }

  /** The arguments with other leaves in the place of theirs. */
  unpack(leaves: readonly Tensor[]): A {
    let next = 0;
    return this.parts.map(([own, structure]) =>
      unflatten(structure, leaves.slice(next, next += own.length))
    ) as unknown as A;
  }
}

/** The tensors of a function's result.
 *
 * @throws TypeError for a promise (the function was async) and for leaves that are no tensors
 */
export function flattenResult(operation: string, result: unknown): [Tensor[], Structure] {
  if (typeof (result as { then?: unknown } | null)?.then === "function") {
    throw new TypeError(
      `${operation}: the function is async; a traced function must return tensors at once (read data outside of it)`,
    );
  }
  if (result === undefined) throw new TypeError(`${operation}: the function returned nothing; is a return missing?`);
  return flattenArgument(`${operation} (result of the function)`, result);
}

/** Anything as leaves, for auxiliary results: what is no tensor passes through. */
export function flattenLoosely(
  operation: string,
  tree: unknown,
): { tensors: Tensor[]; rebuild: (tensors: readonly Tensor[]) => unknown } {
  const isContainer = (v: unknown) =>
    Array.isArray(v) || (typeof v === "object" && v !== null && Object.getPrototypeOf(v) === Object.prototype);
  const [leaves, structure] = flatten(operation, tree, (v) => !isContainer(v) && v !== null && v !== undefined);
  const tensors = leaves.filter(isTensor);
  return {
    tensors,
    rebuild(values) {
      let next = 0;
      return unflatten(structure, leaves.map((leaf) => isTensor(leaf) ? values[next++] : leaf));
    },
  };
}

/** Runs a composition of operations as one program, or records it if an operand is symbolic. */
export function transformed(
  name: string,
  operands: readonly Tensor[],
  f: (operands: readonly Tensor[]) => readonly Tensor[],
): readonly Tensor[] {
  if (operands.some((t) => t.node)) return f(operands);
  ownerOf(name, operands);
  return call(trace(name, operands.map((t) => t.aval), f), operands);
}

/** The scalar that a loss must be. */
export function checkScalar(operation: string, value: unknown): asserts value is Tensor {
  if (typeof (value as { then?: unknown } | null)?.then === "function") flattenResult(operation, value);
  if (!isTensor(value)) {
    throw new TypeError(
      `${operation}: the function must return a scalar tensor, got ${describe(value)} (use hasAux to return more)`,
    );
  }
  if (value.ndim !== 0) {
    throw new TypeError(
      `${operation}: the function must return a scalar, got shape ${
        show(value.shape)
      }; reduce it (ops.sum, ops.mean) or use vjp or jacobian`,
    );
  }
  if (value.dtype !== "float32" && value.dtype !== "float64") {
    throw new TypeError(`${operation}: the function must return a floating scalar, got ${value.dtype}`);
  }
}
