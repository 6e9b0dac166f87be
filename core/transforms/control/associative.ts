/** Prefix sums under any associative operation, in a logarithmic number of steps. */
import { checkFlag, checkFunction, checkOptions, show } from "../../errors.ts";
import { reshape } from "../../primitives/algebra.ts";
import { concat, flip, slice } from "../../primitives/movement.ts";
import { normalizeAxis, sameShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { structureKey, unflatten } from "../../tree.ts";
import { Arguments, flattenResult } from "../arguments.ts";

/** Options of `associativeScan`. */
export interface AssociativeScanOptions {
  /** The axis along which it runs; default 0. */
  readonly axis?: number;
  /** From the last element to the first: xₙ, xₙ·xₙ₋₁, … */
  readonly reverse?: boolean;
}

/**
 * All prefixes of a sequence under an associative operation: x₀, x₀·x₁, x₀·x₁·x₂, …, in about 2 log₂ n steps of whole tensors. With every
 * derivative, as it is made of ordinary operations.
 *
 * After Blelloch: "Prefix sums and their applications" (1990).
 *
 * @param f the operation, on trees of slices along the axis of any length, element by element of that axis
 * @param xs a tree of tensors of one extent along the axis
 * @throws TypeError for extents that differ and an operation that changes structures or shapes
 *
 * @example
 * ```ts
 * import { associativeScan, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await associativeScan(ops.maximum, tensor([3, 1, 4, 1, 5])).toArray(), [3, 3, 4, 4, 5]);
 * ```
 */
export function associativeScan<X>(f: (a: X, b: X) => X, xs: X, options: AssociativeScanOptions = {}): X {
  checkFunction("associativeScan", "the operation", f);
  checkOptions("associativeScan", options, ["axis", "reverse"]);
  const { reverse = false } = options;
  checkFlag("associativeScan", "reverse", reverse);
  const args = new Arguments("associativeScan", [xs]);
  const [[leaves, structure]] = args.parts;
  if (leaves.length === 0) throw new TypeError("associativeScan: xs holds no tensors");
  const axes = leaves.map((t) => normalizeAxis("associativeScan", options.axis ?? 0, t.ndim));
  const extent = leaves[0].shape[axes[0]];
  leaves.forEach((t, i) => {
    if (t.shape[axes[i]] === extent) return;
    throw new TypeError(`associativeScan: ${extent} elements along the axis, and shape ${show(t.shape)}`);
  });

  const part = (list: readonly Tensor[], from: number, to: number, step = 1): Tensor[] =>
    list.map((t, i) =>
      slice(t, {
        start: t.shape.map((_, k) => k === axes[i] ? from : 0),
        limit: t.shape.map((n, k) => k === axes[i] ? to : n),
        step: t.shape.map((_, k) => k === axes[i] ? step : 1),
      })
    );
  const count = (list: readonly Tensor[]): number => list[0].shape[axes[0]];
  const joined = (...lists: readonly Tensor[][]): Tensor[] =>
    leaves.map((_, i) => concat(lists.filter((list) => count(list) > 0).map((list) => list[i]), axes[i]));
  const combine = (a: readonly Tensor[], b: readonly Tensor[]): Tensor[] => {
    const [results, resultStructure] = flattenResult(
      "associativeScan",
      f(unflatten(structure, a), unflatten(structure, b)),
    );
    const fits = structureKey(structure) === structureKey(resultStructure) &&
      results.every((t, i) => sameShape(t.shape, a[i].shape) && t.dtype === a[i].dtype);
    if (!fits) {
      throw new TypeError(
        `associativeScan: the operation must give what it takes: ${
          a.map((t) => `${t.dtype} ${show(t.shape)}`).join(", ")
        }, got ${results.map((t) => `${t.dtype} ${show(t.shape)}`).join(", ")}`,
      );
    }
    return results;
  };
  const prefixes = (list: Tensor[]): Tensor[] => {
    const n = count(list);
    if (n < 2) return list;
    const odd = prefixes(combine(part(list, 0, n - 1, 2), part(list, 1, n, 2)));
    const later = part(list, 2, n, 2);
    const even = count(later) > 0 ? combine(part(odd, 0, count(later)), later) : [];
    const evens = even.length > 0 ? joined(part(list, 0, 1), even) : part(list, 0, 1);
    // Even and odd places alternate.
    const pairs = Math.floor(n / 2);
    const halves = [part(evens, 0, pairs), odd];
    const beside = leaves.map((_, i) => {
      const both = halves.map((half) => {
        const { shape } = half[i];
        return reshape(half[i], [...shape.slice(0, axes[i] + 1), 1, ...shape.slice(axes[i] + 1)]);
      });
      const pair = concat(both, axes[i] + 1);
      return reshape(pair, leaves[i].shape.map((m, k) => k === axes[i] ? 2 * pairs : m));
    });
    return n % 2 === 0 ? beside : joined(beside, part(evens, pairs, pairs + 1));
  };
  const turned = (list: readonly Tensor[]): Tensor[] => list.map((t, i) => reverse ? flip(t, [axes[i]]) : t);
  return unflatten(structure, turned(prefixes(turned(leaves))));
}
