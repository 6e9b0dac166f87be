/**
 * Which primitives there are: those that the modules export, and those that their sources declare and keep to themselves.
 *
 * @module
 */
import type { Primitive } from "../../core/primitive.ts";
import * as algebra from "../../core/primitives/algebra.ts";
import * as arithmetic from "../../core/primitives/arithmetic.ts";
import * as comparison from "../../core/primitives/comparison.ts";
import * as contraction from "../../core/primitives/contraction.ts";
import * as indexing from "../../core/primitives/indexing.ts";
import * as movement from "../../core/primitives/movement.ts";
import * as reduction from "../../core/primitives/reduction.ts";
import * as branch from "../../core/transforms/control/branch.ts";
import * as scan from "../../core/transforms/control/scan.ts";
import * as loop from "../../core/transforms/control/while.ts";
import * as custom from "../../core/transforms/custom.ts";

/** The modules that declare primitives, by their paths. */
export const modules: Readonly<Record<string, object>> = {
  "core/primitives/algebra.ts": algebra,
  "core/primitives/arithmetic.ts": arithmetic,
  "core/primitives/comparison.ts": comparison,
  "core/primitives/contraction.ts": contraction,
  "core/primitives/indexing.ts": indexing,
  "core/primitives/movement.ts": movement,
  "core/primitives/reduction.ts": reduction,
  "core/transforms/control/branch.ts": branch,
  "core/transforms/control/scan.ts": scan,
  "core/transforms/control/while.ts": loop,
  "core/transforms/custom.ts": custom,
};

const root = new URL("../../", import.meta.url);

function isPrimitive(value: unknown): value is Primitive {
  return typeof value === "object" && value !== null && "infer" in value && "lower" in value && "name" in value;
}

/** The primitives that the modules export. */
export function exportedPrimitives(): Primitive[] {
  return Object.values(modules).flatMap((module) => Object.values(module).filter(isPrimitive));
}

/** The names of all primitives. */
export function declaredNames(): Set<string> {
  const names = new Set(exportedPrimitives().map((p) => p.name));
  for (const path of Object.keys(modules)) {
    const source = Deno.readTextFileSync(new URL(path, root));
    // A call of a combinator, or an object of the type Primitive.
    for (
      const [, name] of source.matchAll(
        /= (?:\/\* @__PURE__ \*\/ )?(?:elementwise|linear|flat|extremum)(?:<[^>]*>)?\(\s*"(\w+)"/g,
      )
    ) {
      names.add(name);
    }
    for (const [, name] of source.matchAll(/: Primitive<[^=]*> = \{\s*name: "(\w+)"/g)) names.add(name);
  }
  return names;
}

/** The files of core/primitives. */
export function primitiveFiles(): string[] {
  return [...Deno.readDirSync(new URL("core/primitives/", root))].filter(({ name }) => name.endsWith(".ts")).map((
    { name },
  ) => `core/primitives/${name}`);
}
