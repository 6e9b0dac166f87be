/** Bringing named tensors back into a tree: all that does not fit is told at once. */
import { type DType, isDType } from "../core/dtype.ts";
import { describe, show } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { flatten, unflatten } from "../core/tree.ts";

/** What is known of a leaf before there are values: a tensor has it, and so has what `evalShape` gives. */
export interface Described {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Whether a value tells a shape and dtype. */
export function isDescribed(value: unknown): value is Described {
  if (isTensor(value)) return true;
  const { shape, dtype } = (value ?? {}) as Partial<Described>;
  return Array.isArray(shape) && isDType(dtype);
}

const most = 20;

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, most);
  if (lines.length > most) shown.push(`and ${lines.length - most} more`);
  return [`${title}: ${shown.join(", ")}`];
}

/**
 * The tree `like`, its leaves replaced by the entries of their names.
 *
 * @param names the name of each leaf of `like`, in order
 * @param ignoreExtra whether entries without a place are no error
 * @throws TypeError listing every missing, extra and misfitting entry
 */
export function restore<P>(
  where: string,
  like: P,
  names: readonly string[],
  entries: ReadonlyMap<string, Tensor>,
  ignoreExtra = false,
): P {
  const [leaves, structure] = flatten(where, like, isDescribed) as [Described[], ReturnType<typeof flatten>[1]];
  const missing: string[] = [];
  const unfit: string[] = [];
  const found: Tensor[] = [];
  names.forEach((name, i) => {
    const entry = entries.get(name);
    const wanted = leaves[i];
    if (!entry) return void missing.push(describe(name));
    found.push(entry);
    if (show(entry.shape) !== show(wanted.shape)) {
      unfit.push(`${describe(name)} has shape ${show(entry.shape)} instead of ${show(wanted.shape)}`);
    } else if (entry.dtype !== wanted.dtype) {
      unfit.push(`${describe(name)} is ${entry.dtype} instead of ${wanted.dtype}`);
    }
  });
  const known = new Set(names);
  const extra = ignoreExtra ? [] : [...entries.keys()].filter((name) => !known.has(name)).map(describe);
  const wrong = [...listed("missing", missing), ...listed("not in the tree", extra), ...listed("misfitting", unfit)];
  if (wrong.length > 0) throw new TypeError(`${where}: the entries do not fit the tree; ${wrong.join("; ")}`);
  return unflatten(structure, found);
}
