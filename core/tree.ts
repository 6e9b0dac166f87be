/**
 * Trees: any nesting of plain objects and arrays with tensors as leaves. Objects are walked in the order of their sorted
 * keys, as in JAX. `null` and `undefined` are trees without leaves.
 *
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { layers: [{ weight: tensor([[1, 2]]), bias: tensor([0]) }] };
 * assertEquals(tree.paths(params), ["layers.0.bias", "layers.0.weight"]);
 * assertEquals(tree.leaves(params).map((leaf) => leaf.size), [1, 2]);
 * ```
 *
 * @module
 */
import { promote } from "./dtype.ts";
import { checkFunction, checkText, describe, show } from "./errors.ts";
import { convert, reshape } from "./primitives/algebra.ts";
import { concat, slice } from "./primitives/movement.ts";
import { isTensor, Tensor } from "./tensor.ts";

export { type TreeView, view } from "./tree_view.ts";

/** A level of a tree: every property is a tensor or a tree again. */
export type Branch<P> = { readonly [K in keyof P]: Tensor | readonly unknown[] | object | null | undefined };

/** What a tree may be: a tensor, an array or tuple, or an object of such. */
export type Tree<P> = Tensor | readonly unknown[] | (object & Branch<P>);

/** The shape of a tree without its leaves: what `structure` gives and `unflatten` takes. */
export type Structure =
  | { readonly kind: "leaf" }
  | { readonly kind: "none"; readonly value: null | undefined }
  | { readonly kind: "array"; readonly items: readonly Structure[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly Structure[] };

const leafStructure: Structure = { kind: "leaf" };
const nullStructure: Structure = { kind: "none", value: null };
const undefinedStructure: Structure = { kind: "none", value: undefined };

/** Whether a value is a leaf, beside tensors; for trees of other things. */
export type IsLeaf = (value: unknown) => boolean;

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Refuses what `structure` did not give. */
function checkStructure(operation: string, value: unknown): asserts value is Structure {
  if (["leaf", "none", "array", "object"].includes((value as Structure | null | undefined)?.kind as string)) return;
  throw new TypeError(`${operation}: the structure must be what tree.structure gives, got ${describe(value)}`);
}

const pathText = (path: readonly (string | number)[]): string => path.join(".") || "(root)";

/**
 * Leaves and structure in one walk.
 *
 * @param operation the name that errors begin with
 * @param isLeaf what counts as a leaf; default: tensors
 * @throws TypeError naming the path of what is neither leaf nor branch
 *
 * @example
 * ```ts
 * import { tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [leaves, shape] = tree.flatten("example", { b: 2, a: [1] }, (value) => typeof value === "number");
 * assertEquals(leaves, [1, 2]);
 * assertEquals(tree.unflatten(shape, leaves), { b: 2, a: [1] });
 * ```
 */
export function flatten(
  operation: string,
  tree: unknown,
  isLeaf: IsLeaf = isTensor,
): [leaves: unknown[], structure: Structure] {
  checkText("tree.flatten", "operation", operation);
  checkFunction("tree.flatten", "isLeaf", isLeaf);
  const leaves: unknown[] = [];
  const path: (string | number)[] = [];
  const walk = (value: unknown): Structure => {
    if (isLeaf(value)) {
      leaves.push(value);
      return leafStructure;
    }
    if (value === null) return nullStructure;
    if (value === undefined) return undefinedStructure;
    if (path.length > 200) {
      throw new TypeError(
        `${operation}: the tree is over 200 levels deep at ${pathText(path.slice(0, 5))}…: does it contain itself?`,
      );
    }
    if (Array.isArray(value)) {
      return { kind: "array", items: value.map((item, i) => at(i, item)) };
    }
    if (typeof value === "object" && isPlain(value)) {
      const keys = Object.keys(value).sort();
      return { kind: "object", keys, items: keys.map((key) => at(key, (value as Record<string, unknown>)[key])) };
    }
    throw new TypeError(
      `${operation}: ${describe(value)} at ${
        pathText(path)
      } is no tensor; trees hold tensors in plain objects and arrays`,
    );
  };
  const at = (key: string | number, value: unknown): Structure => {
    path.push(key);
    const structure = walk(value);
    path.pop();
    return structure;
  };
  return [leaves, walk(tree)];
}

/**
 * The leaves in order: objects by their sorted keys.
 *
 * @throws TypeError naming the path of what is neither tensor nor branch
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tree.leaves({ b: tensor([1, 2]), a: [tensor(3)] }).map((leaf) => leaf.size), [1, 2]);
 * ```
 */
export function leaves(tree: unknown): Tensor[] {
  return flatten("tree.leaves", tree)[0] as Tensor[];
}

/**
 * The tree without its leaves.
 *
 * @throws TypeError naming the path of what is neither tensor nor branch
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const shape = tree.structure({ a: tensor([1]), b: [tensor(2)] });
 * assertEquals(tree.unflatten(shape, [10, 20]), { a: 10, b: [20] });
 * ```
 */
export function structure(tree: unknown): Structure {
  return flatten("tree.structure", tree)[1];
}

/**
 * The tree of a structure with these leaves, in order; the leaves may be anything.
 *
 * @throws TypeError for too few and for too many leaves
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const shape = tree.structure([tensor(1), { x: tensor(2) }]);
 * assertEquals(tree.unflatten(shape, ["first", "second"]), ["first", { x: "second" }]);
 * ```
 */
// deno-lint-ignore no-explicit-any
export function unflatten(structure: Structure, leaves: readonly unknown[]): any {
  checkStructure("tree.unflatten", structure);
  if (!Array.isArray(leaves)) throw new TypeError(`tree.unflatten: leaves must be an array, got ${describe(leaves)}`);
  let next = 0;
  const build = (s: Structure): unknown => {
    switch (s.kind) {
      case "leaf":
        if (next >= leaves.length) {
          throw new TypeError(`tree.unflatten: ${leaves.length} leaves are too few for the structure`);
        }
        return leaves[next++];
      case "none":
        return s.value;
      case "array":
        return s.items.map(build);
      case "object": {
        const result: Record<string, unknown> = {};
        s.keys.forEach((key, i) => {
          // defineProperty: a key named __proto__ stays a key.
          Object.defineProperty(result, key, {
            value: build(s.items[i]),
            enumerable: true,
            writable: true,
            configurable: true,
          });
        });
        return result;
      }
    }
  };
  const tree = build(structure);
  if (next !== leaves.length) {
    throw new TypeError(`tree.unflatten: ${leaves.length} leaves are too many for a structure of ${next}`);
  }
  return tree;
}

/**
 * A text that is equal for equal structures, and only for those.
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const key = (t: unknown) => tree.structureKey(tree.structure(t));
 * assertEquals(key({ a: tensor(1) }), key({ a: tensor([2, 3]) }));
 * ```
 */
export function structureKey(s: Structure): string {
  checkStructure("tree.structureKey", s);
  switch (s.kind) {
    case "leaf":
      return "*";
    case "none":
      return s.value === null ? "n" : "u";
    case "array":
      return "[" + s.items.map(structureKey).join() + "]";
    case "object":
      return "{" + s.items.map((item, i) => JSON.stringify(s.keys[i]) + ":" + structureKey(item)).join() + "}";
  }
}

/**
 * The path of each leaf, keys and positions joined by dots: `layers.0.weight`.
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tree.paths({ b: [tensor(1)], a: tensor(2) }), ["a", "b.0"]);
 * ```
 */
export function paths(tree: unknown): string[] {
  return pathsOf(flatten("tree.paths", tree)[1]);
}

/**
 * The paths of a structure's leaves, as `paths` gives them for a tree.
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tree.pathsOf(tree.structure({ a: [tensor(1), tensor(2)] })), ["a.0", "a.1"]);
 * ```
 */
export function pathsOf(structure: Structure): string[] {
  checkStructure("tree.pathsOf", structure);
  const result: string[] = [];
  const walk = (s: Structure, path: string): void => {
    const join = (key: string | number): string => path === "" ? String(key) : `${path}.${key}`;
    if (s.kind === "leaf") result.push(path);
    else if (s.kind === "array") s.items.forEach((item, i) => walk(item, join(i)));
    else if (s.kind === "object") s.items.forEach((item, i) => walk(item, join(s.keys[i])));
  };
  walk(structure, "");
  return result;
}

/**
 * Applies `f` to each leaf, and to the leaves at the same places of further trees.
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const sizes = tree.map((leaf) => leaf.size, { a: tensor([1, 2]), b: [tensor(3)] });
 * assertEquals(sizes, { a: 2, b: [1] });
 * ```
 *
 * @throws TypeError if the trees differ in structure
 */
export function map<P, R = Tensor>(
  // deno-lint-ignore no-explicit-any
  f: (leaf: Tensor, ...rest: any[]) => R,
  tree: P,
  ...rest: readonly unknown[]
): Mapped<P, R> {
  checkFunction("tree.map", "the first argument", f);
  const [first, shape] = flatten("tree.map", tree);
  const key = structureKey(shape);
  const others = rest.map((other, i) => {
    const [list, theirs] = flatten("tree.map", other);
    if (structureKey(theirs) !== key) {
      throw new TypeError(
        `tree.map: tree ${i + 2} has another structure than the first: ${structureKey(theirs)} against ${key}`,
      );
    }
    return list;
  });
  return unflatten(shape, first.map((leaf, i) => f(leaf as Tensor, ...others.map((list) => list[i]))));
}

/** A tree type with every tensor replaced by R. */
export type Mapped<P, R> = P extends Tensor ? R : P extends readonly unknown[] ? { [K in keyof P]: Mapped<P[K], R> }
: P extends object ? { [K in keyof P]: Mapped<P[K], R> }
: P;

/**
 * All leaves as one vector, and the function that brings such a vector back to the tree (dtypes included).
 *
 * @example
 * ```ts
 * import { tensor, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const [flat, unravel] = tree.ravel({ a: tensor([1, 2]), b: tensor([[3]]) });
 * assertEquals(flat.shape, [3]);
 * assertEquals(await unravel(flat).b.toArray(), [[3]]);
 * ```
 */
export function ravel<P>(tree: P): [vector: Tensor, unravel: (vector: Tensor) => P] {
  const [list, shape] = flatten("tree.ravel", tree) as [Tensor[], Structure];
  if (list.length === 0) throw new TypeError("tree.ravel: the tree has no leaves");
  for (const t of list) if (!t.node) t.storage("tree.ravel", "a leaf");
  const dtype = list.map((t) => t.dtype).reduce(promote);
  const vector = concat(list.map((t) => convert(reshape(t, [t.size]), dtype)), 0);
  const unravel = (flat: Tensor): P => {
    if (flat.ndim !== 1 || flat.size !== vector.size) {
      throw new TypeError(`tree.ravel: the vector must have shape [${vector.size}], got ${show(flat.shape)}`);
    }
    let start = 0;
    return unflatten(
      shape,
      list.map((t) => {
        const part = slice(flat, { start: [start], limit: [start += t.size], step: [1] });
        return convert(reshape(part, t.shape), t.dtype);
      }),
    );
  };
  return [vector, unravel];
}
