/** Trees to look at: a table of the leaves, which notebooks fold branch by branch. */
import { escapeHtml, folded, htmlTable, shownAs } from "./display.ts";
import { show } from "./errors.ts";
import type { Tensor } from "./tensor.ts";
import { flatten, pathsOf, type Structure } from "./tree.ts";

/** A tree to print or to show in a notebook. */
export interface TreeView {
  /** A table: path, shape, dtype and number of elements of each leaf. */
  toString(): string;
}

const count = (n: number, what: string): string => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;

const elements = (leaves: readonly Tensor[]): number => leaves.reduce((sum, leaf) => sum + leaf.size, 0);

const told = (leaves: readonly Tensor[]): string =>
  `${count(leaves.length, "leaf").replace("leafs", "leaves")}, ${count(elements(leaves), "number")}`;

/** How many leaves a structure has. */
function width(structure: Structure): number {
  if (structure.kind === "leaf") return 1;
  return structure.kind === "none" ? 0 : structure.items.reduce((sum, item) => sum + width(item), 0);
}

/** A branch as HTML: its leaves in a table, then its branches, folded. */
function branch(name: string, structure: Structure, leaves: readonly Tensor[], depth: number): string {
  if (structure.kind === "leaf" || structure.kind === "none") return rowsOf([[name, leaves[0]]]);
  const names = structure.kind === "array" ? structure.items.map((_, i) => String(i)) : structure.keys;
  const own: [string, Tensor][] = [];
  let branches = "", at = 0;
  structure.items.forEach((item, i) => {
    const part = leaves.slice(at, at += width(item));
    if (item.kind === "leaf") own.push([names[i], part[0]]);
    else if (part.length > 0) branches += branch(names[i], item, part, depth + 1);
  });
  const body = `<div style="margin-left:1.2em">${own.length > 0 ? rowsOf(own) : ""}${branches}</div>`;
  return folded(`<b>${escapeHtml(name)}</b>: ${told(leaves)}`, body, depth < 2);
}

const rowsOf = (leaves: readonly (readonly [string, Tensor])[]): string =>
  htmlTable(
    [],
    leaves.map(([name, leaf]) => [escapeHtml(name), show(leaf.shape), leaf.dtype, leaf.size.toLocaleString("en")]),
  );

/**
 * A tree as a table of its leaves, for `console.log(String(…))` and for notebooks, where each branch folds.
 *
 * @throws TypeError naming the path of what is neither a tensor nor a branch
 *
 * @example
 * ```ts
 * import { nn, random, tree } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = nn.sequential(nn.linear(2, 3), nn.relu(), nn.linear(3, 1)).init(random.key(0));
 * assertEquals(String(tree.view(params)).split("\n"), [
 *   "0.bias    [3]     float32  3",
 *   "0.weight  [3, 2]  float32  6",
 *   "2.bias    [1]     float32  1",
 *   "2.weight  [1, 3]  float32  3",
 *   "4 leaves, 13 numbers",
 * ]);
 * ```
 */
export function view(tree: unknown): TreeView {
  const [found, structure] = flatten("tree.view", tree);
  const leaves = found as Tensor[], paths = pathsOf(structure);
  const text = (): string => {
    const rows = leaves.map((
      leaf,
      i,
    ) => [paths[i] || "(root)", show(leaf.shape), leaf.dtype, leaf.size.toLocaleString("en")]);
    const widths = [0, 1, 2, 3].map((c) => Math.max(0, ...rows.map((row) => row[c].length)));
    const lines = rows.map((row) =>
      row.map((cell, c) => c === 3 ? cell.padStart(widths[c]) : cell.padEnd(widths[c])).join("  ")
    );
    return [...lines, told(leaves)].join("\n");
  };
  return shownAs({ toString: text }, text, () => branch("tree", structure, leaves, 0));
}
