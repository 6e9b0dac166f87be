/** Einstein's summation convention. */
import { composite } from "../core/composite.ts";
import { promote } from "../core/dtype.ts";
import { describe, show } from "../core/errors.ts";
import * as a from "../core/primitives/algebra.ts";
import { slice, transpose } from "../core/primitives/movement.ts";
import type { Tensor } from "../core/tensor.ts";
import { arrange, contractLabels, type Labelled, sumOut } from "./contraction.ts";
import { toTensor } from "./operands.ts";

/** The labels of one term; the axes of an ellipsis are counted from the last, so that they match as in broadcasting. */
function labelsOf(term: string, rank: number | undefined, position: string): string[] {
  const parts = term.split("...");
  const named = parts.join("");
  if (parts.length > 2 || !/^[a-zA-Z]*$/.test(named)) {
    throw new TypeError(`einsum: ${position} ${JSON.stringify(term)} may hold letters and one ellipsis`);
  }
  const free = (rank ?? named.length) - named.length;
  if (free < 0 || (parts.length === 1 && free > 0)) {
    throw new TypeError(
      `einsum: ${position} ${JSON.stringify(term)} names ${named.length} axes, the tensor has ${rank}`,
    );
  }
  return [...parts[0], ...Array.from({ length: free }, (_, i) => `.${free - i}`), ...(parts[1] ?? "")];
}

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

function parse(expression: string, ranks: readonly number[]): Equation {
  const [left, right, ...more] = expression.replace(/\s/g, "").split("->");
  const terms = left.split(",");
  if (more.length > 0) throw new TypeError(`einsum: ${JSON.stringify(expression)} has more than one arrow`);
  if (terms.length !== ranks.length) {
    throw new TypeError(`einsum: ${JSON.stringify(expression)} has ${terms.length} terms for ${ranks.length} tensors`);
  }
  const inputs = terms.map((term, i) => labelsOf(term, ranks[i], `term ${i}`));
  const all = inputs.flat();
  const dots = [...new Set(all.filter((label) => label[0] === "."))].sort((p, q) =>
    Number(q.slice(1)) - Number(p.slice(1))
  );
  if (right === undefined) {
    const once = all.filter((label) => label[0] !== "." && all.indexOf(label) === all.lastIndexOf(label));
    return { inputs, output: [...dots, ...once.sort()] };
  }
  const named = labelsOf(right, undefined, "the output");
  const at = right.indexOf("...");
  const output = at < 0 ? named : [...named.slice(0, at), ...dots, ...named.slice(at)];
  output.forEach((label, i) => {
    if (!all.includes(label)) {
      throw new TypeError(`einsum: output label ${label} is in no term of ${JSON.stringify(expression)}`);
    }
    if (output.indexOf(label) !== i) {
      throw new TypeError(`einsum: output label ${label} is given twice in ${JSON.stringify(expression)}`);
    }
  });
  return { inputs, output };
}

/** The extent of each label; only the axes of an ellipsis broadcast. */
function extentsOf(inputs: Equation["inputs"], shapes: readonly (readonly number[])[]): Map<string, number> {
  const extents = new Map<string, number>();
  inputs.forEach((labels, k) =>
    labels.forEach((label, i) => {
      const extent = shapes[k][i];
      const known = extents.get(label);
      if (known === undefined || (label[0] === "." && known === 1)) extents.set(label, extent);
      else if (known !== extent && !(label[0] === "." && extent === 1)) {
        throw new TypeError(
          `einsum: label ${label} is ${known} and ${extent} in shapes ${shapes.map(show).join(", ")}`,
        );
      }
    })
  );
  return extents;
}

/** The diagonal where a label is repeated, and no axis where one is repeated by broadcasting. */
function normalized(tensor: Tensor, labels: readonly string[], extents: ReadonlyMap<string, number>): Labelled {
  const kept = labels.map((_, i) => i).filter((i) => tensor.shape[i] !== 1 || extents.get(labels[i]) === 1);
  let x = a.reshape(tensor, kept.map((i) => tensor.shape[i]));
  let names = kept.map((i) => labels[i]);
  for (;;) {
    const second = names.findIndex((label, i) => names.indexOf(label) !== i);
    if (second < 0) return { tensor: x, labels: names };
    const first = names.indexOf(names[second]);
    const others = names.map((_, i) => i).filter((i) => i !== first && i !== second);
    const shape = others.map((i) => x.shape[i]);
    const n = x.shape[first];
    // Every (n + 1)-th element of the flattened square.
    const flat = a.reshape(transpose(x, [...others, first, second]), [...shape, n * n]);
    x = slice(flat, { start: flat.shape.map(() => 0), limit: flat.shape, step: [...shape.map(() => 1), n + 1] });
    names = [...others.map((i) => names[i]), names[second]];
  }
}

/**
 * Sums of products, by labels of axes: axes with the same label run together, and those whose label is not in the output
 * are summed. Without `->` the output has the labels that occur once, in alphabetical order. A label repeated in one term
 * takes the diagonal; `...` stands for axes that broadcast. Several tensors are contracted from left to right.
 *
 * @param expression such as `"ij,jk->ik"`
 * @throws TypeError for an expression that does not fit the tensors
 *
 * @example
 * ```ts
 * import { ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await ops.einsum("ij,jk->ik", x, x).toArray(), [[7, 10], [15, 22]]);
 * assertEquals(await ops.einsum("ii", x).item(), 5);
 * assertEquals(await ops.einsum("...ij->...ji", x).toArray(), [[1, 3], [2, 4]]);
 * ```
 */
export function einsum(expression: string, ...operands: readonly Tensor[]): Tensor {
  if (typeof expression !== "string") {
    throw new TypeError(`einsum: the expression must be a string, got ${describe(expression)}`);
  }
  if (operands.length === 0) throw new TypeError("einsum: needs at least one tensor");
  const tensors = operands.map((x, i) => toTensor("einsum", `tensor ${i}`, x));
  const { inputs, output } = parse(expression, tensors.map((t) => t.ndim));
  const extents = extentsOf(inputs, tensors.map((t) => t.shape));
  const dtype = tensors.map((t) => t.dtype).reduce(promote);
  return composite(`einsum:${expression},${dtype}`, (...xs) => {
    const rest = xs.map((x, k) => normalized(a.convert(x, dtype), inputs[k], extents));
    let result = rest[0];
    for (let k = 1; k < rest.length; k++) {
      const later = new Set([...output, ...rest.slice(k + 1).flatMap((t) => t.labels)]);
      result = contractLabels(result, rest[k], (label) => later.has(label));
    }
    result = sumOut(result, (label) => output.includes(label));
    return arrange(result, output);
  }, tensors);
}
