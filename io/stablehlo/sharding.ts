/** Shardings by path prefix: checked here, carried in the signature, turned into mesh shardings by a runner. */
import { describe, nearest, show } from "../../core/errors.ts";
import type { Aval } from "../../core/shape.ts";

/** For each axis of a tensor the mesh axis that it is divided over, or null; axes at the end may be left out. */
export type AxisSharding = readonly (string | null)[];

/**
 * Shardings by the paths of arguments: a position and keys joined by dots, `"2"` or `"0.head"`. An entry holds for all leaves
 * below; of several the longest counts. What no entry names is on every device.
 */
export type Sharding = Readonly<Record<string, AxisSharding>>;

const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}.`);

function checkEntry(prefix: string, entry: unknown): asserts entry is AxisSharding {
  const where = `exportStableHlo: sharding ${JSON.stringify(prefix)}`;
  if (!Array.isArray(entry)) {
    throw new TypeError(`${where} must be a list of mesh axes and nulls, got ${describe(entry)}`);
  }
  const seen = new Set<string>();
  for (const axis of entry) {
    if (axis === null) continue;
    if (typeof axis !== "string" || !/^[A-Za-z_]\w*$/.test(axis)) {
      throw new TypeError(`${where}: a mesh axis is a name such as "data", or null; got ${describe(axis)}`);
    }
    if (seen.has(axis)) {
      throw new TypeError(`${where}: the mesh axis ${JSON.stringify(axis)} divides two axes of one tensor`);
    }
    seen.add(axis);
  }
}

/**
 * The sharding of each leaf, undefined where it is on every device.
 *
 * @throws TypeError for a path that matches nothing and for an axis that a leaf does not have
 */
export function shardingsOf(
  sharding: Sharding | undefined,
  paths: readonly string[],
  avals: readonly Aval[],
): (AxisSharding | undefined)[] {
  if (sharding === undefined) return paths.map(() => undefined);
  if (typeof sharding !== "object" || sharding === null || Array.isArray(sharding)) {
    throw new TypeError(`exportStableHlo: sharding must map paths to lists of mesh axes, got ${describe(sharding)}`);
  }
  for (const [prefix, entry] of Object.entries(sharding)) {
    checkEntry(prefix, entry);
    if (paths.some((path) => isBelow(path, prefix))) continue;
    const prefixes = paths.flatMap((path) => path.split(".").map((_, i, parts) => parts.slice(0, i + 1).join(".")));
    const guess = nearest(prefix, [...new Set(prefixes)]);
    const hint = guess === undefined ? "" : `; did you mean ${JSON.stringify(guess)}?`;
    throw new TypeError(`exportStableHlo: sharding ${JSON.stringify(prefix)} matches no path of the arguments${hint}`);
  }
  const prefixes = Object.keys(sharding).sort((a, b) => b.length - a.length);
  return paths.map((path, i) => {
    const prefix = prefixes.find((p) => isBelow(path, p));
    if (prefix === undefined) return undefined;
    const entry = sharding[prefix];
    const { shape } = avals[i];
    if (entry.length > shape.length) {
      throw new TypeError(
        `exportStableHlo: sharding ${JSON.stringify(prefix)} names ${entry.length} axes, but ${path} has shape ${
          show(shape)
        }`,
      );
    }
    return entry.every((axis) => axis === null) ? undefined : [...entry, ...shape.slice(entry.length).map(() => null)];
  });
}
