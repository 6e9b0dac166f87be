/** What goes with the text: which flat input and output is which leaf. */
import type { DType } from "../../core/dtype.ts";
import type { Aval } from "../../core/shape.ts";
import { pathsOf, type Structure, structureKey } from "../../core/tree.ts";
import type { AxisSharding } from "./sharding.ts";

/** A flat input or output. */
export interface StableHloLeaf {
  /** Positions and keys joined by dots, as `tree.paths` gives them: `0.weight`. */
  readonly path: string;
  /** The extents, outermost first. */
  readonly shape: readonly number[];
  /** The element type. */
  readonly dtype: DType;
  /** For each axis the mesh axis that it is divided over, or null; left out where the leaf is on every device. */
  readonly sharding?: AxisSharding;
}

/** An input of `@main`. */
export interface StableHloInput extends StableHloLeaf {
  /** Whether the caller gives the buffer up. */
  readonly donated: boolean;
}

/** An output of `@main`. */
export interface StableHloOutput extends StableHloLeaf {
  /** The path of the donated input that this output takes the place of in the next step. */
  readonly feeds?: string;
}

/** What a runner must know beside the text; JSON. */
export interface StableHloSignature {
  /** What the file is. */
  readonly format: "cotangent-stablehlo";
  /** Of this description. */
  readonly version: 1;
  /** The name of the module. */
  readonly name: string;
  /** In the order of the arguments of `@main`: that of `tree.leaves`. */
  readonly inputs: readonly StableHloInput[];
  /** In the order of the results. */
  readonly outputs: readonly StableHloOutput[];
}

/** Leaves with their structure. */
export interface Leaves {
  readonly avals: readonly Aval[];
  readonly structure: Structure;
}

const countOf = (s: Structure): number => pathsOf(s).length;

/** The children of a tree, each with the place of its first leaf. */
function children(s: Structure): { structure: Structure; start: number }[] {
  const items = s.kind === "array" || s.kind === "object" ? s.items : [s];
  let start = 0;
  return items.map((structure) => {
    const at = start;
    start += countOf(structure);
    return { structure, start: at };
  });
}

const kind = (structure: Structure, avals: readonly Aval[]): string =>
  `${structureKey(structure)} ${avals.map((a) => a.id).join()}`;

/**
 * For each output the donated input that it feeds: a donated argument is fed by the first part of the result that has its
 * structure, shapes and dtypes and feeds no other.
 */
export function feedsOf(inputs: Leaves, outputs: Leaves, donate: readonly number[]): (number | undefined)[] {
  const feeds = new Array<number | undefined>(outputs.avals.length);
  const parts = children(outputs.structure);
  const taken = new Set<number>();
  const given = children(inputs.structure);
  for (const position of [...donate].sort((a, b) => a - b)) {
    const argument = given[position];
    const count = countOf(argument.structure);
    const wanted = kind(argument.structure, inputs.avals.slice(argument.start, argument.start + count));
    const at = parts.findIndex(({ structure, start }, i) =>
      !taken.has(i) && kind(structure, outputs.avals.slice(start, start + countOf(structure))) === wanted
    );
    if (at < 0) continue;
    taken.add(at);
    for (let i = 0; i < count; i++) feeds[parts[at].start + i] = argument.start + i;
  }
  return feeds;
}
