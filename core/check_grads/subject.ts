/** A function under test as a function of one vector. */
import { isFloat } from "../dtype.ts";
import { show } from "../errors.ts";
import { convert } from "../primitives/algebra.ts";
import { aval, type Shape } from "../shape.ts";
import { isTensor, Tensor } from "../tensor.ts";
import { scalarOf } from "../transforms/arguments.ts";
import { jvp } from "../transforms/jvp.ts";
import { vjp } from "../transforms/vjp.ts";
import { flatten, pathsOf, type Structure, unflatten } from "../tree.ts";

/** Arguments of any kind. */
// deno-lint-ignore no-explicit-any
export type Anything = any;

/** A leaf of the arguments or of the result: where it is, and where its elements begin in the vector of all of them. */
export interface Place {
  readonly path: string;
  readonly shape: Shape;
  readonly start: number;
  readonly size: number;
}

const isLeaf = (value: unknown): boolean => isTensor(value) || typeof value === "number";

/** The arguments of a function as one vector x, its results as one vector y: floating leaves count, the others are constant. */
export class Subject {
  readonly x: Float64Array;
  readonly inputs: readonly Place[];
  outputs: readonly Place[] = [];
  private kept: readonly boolean[] | undefined;
  private readonly structure: Structure;
  private readonly leaves: readonly Tensor[];

  constructor(
    /** What it is in errors: empty for the function itself. */
    readonly title: string,
    readonly f: (...args: Anything[]) => unknown,
    args: readonly unknown[],
    /** The dtype of floating leaves. */
    private readonly dtype: "float64" | "float32",
    /** The names of the leaves of the result, if not their paths. */
    private readonly names?: readonly string[],
  ) {
    const [leaves, structure] = flatten("checkGrads", args, isLeaf);
    this.structure = structure;
    const neighbour = leaves.find(isTensor) ?? scalarOf(0);
    this.leaves = leaves.map((leaf) => {
      if (typeof leaf === "number") return tensorOf(Float64Array.of(leaf), [], neighbour, dtype);
      const t = leaf as Tensor;
      if (t.node) {
        throw new TypeError("checkGrads: an argument is traced; call checkGrads outside of jit, grad and vmap");
      }
      return isFloat(t.dtype) ? convert(t, dtype) : t;
    });
    this.inputs = placesOf(this.leaves, pathsOf(structure).map((path) => `argument ${path}`));
    this.x = this.gather(this.leaves);
  }

  private gather(leaves: readonly (Tensor | null)[]): Float64Array {
    const parts = leaves.flatMap((t) => t && isFloat(t.dtype) ? [t.dataSync() as Float64Array | Float32Array] : []);
    const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** The arguments with the elements of x in their floating leaves; `otherwise` gives the others. */
  private scatter(x: Float64Array, otherwise: (leaf: Tensor) => Tensor): Anything[] {
    let at = 0;
    return unflatten(
      this.structure,
      this.leaves.map((leaf) =>
        isFloat(leaf.dtype) ? tensorOf(x.slice(at, at += leaf.size), leaf.shape, leaf, this.dtype) : otherwise(leaf)
      ),
    );
  }

  arguments(x: Float64Array): Anything[] {
    return this.scatter(x, (leaf) => leaf);
  }

  directions(d: Float64Array): Anything[] {
    return this.scatter(d, (leaf) => tensorOf(new Float64Array(leaf.size), leaf.shape, leaf, this.dtype));
  }

  /** The leaves of a result; those with derivatives are found at the first plain call. */
  private results(result: unknown): { y: Float64Array; list: Tensor[]; structure: Structure } {
    if (typeof (result as { then?: unknown } | null)?.then === "function") {
      throw new TypeError("checkGrads: the function is async; it must return tensors at once");
    }
    const [list, structure] = flatten("checkGrads (result of the function)", result, isLeaf);
    if (!this.kept) {
      const paths = pathsOf(structure);
      const names = this.names ?? paths.map((path) => path ? `result ${path}` : "the result");
      list.forEach((leaf, i) => {
        if (this.dtype === "float32" || !isTensor(leaf) || leaf.dtype !== "float32") return;
        throw new TypeError(
          `checkGrads: ${
            names[i]
          } is float32, too coarse for finite differences: the arguments are given as float64; leave casts to ` +
            `float32 out of the function, or check it in float32: { dtype: "float32" }`,
        );
      });
      // Numbers and integers among the results are constants.
      this.kept = list.map((leaf) => isTensor(leaf) && isFloat(leaf.dtype));
      this.outputs = placesOf(list.map((leaf, i) => this.kept![i] ? leaf as Tensor : null), names);
    }
    return { y: this.gather(this.floating(list as Tensor[])), list: list as Tensor[], structure };
  }

  private floating(list: readonly Tensor[]): readonly (Tensor | null)[] {
    return list.map((t, i) => this.kept![i] ? t : null);
  }

  value(x: Float64Array): Float64Array {
    return this.results(this.f(...this.arguments(x))).y;
  }

  /** The derivative of y along d, by jvp; the value beside it. */
  forward(x: Float64Array, d: Float64Array): [y: Float64Array, dy: Float64Array] {
    const [out, tangent] = jvp(this.f, this.arguments(x), this.directions(d));
    return [this.results(out).y, this.gather(this.tangents(tangent))];
  }

  private tangents(tangent: unknown): readonly (Tensor | null)[] {
    return this.floating(flatten("checkGrads", tangent, isLeaf)[0] as Tensor[]);
  }

  /** The derivative of v · y by x, by vjp; the value beside it. */
  reverse(x: Float64Array, v: Float64Array): [y: Float64Array, gradient: Float64Array] {
    const [out, leaves] = this.pull(this.arguments(x), v);
    return [this.results(out).y, this.gather(leaves)];
  }

  private pull(args: readonly Anything[], v: Float64Array): [out: unknown, gradient: readonly (Tensor | null)[]] {
    const [out, pullback] = vjp(this.f, ...args);
    const [list, structure] = flatten("checkGrads", out, isLeaf) as [Tensor[], Structure];
    let at = 0;
    const cotangents = list.map((t, i) =>
      tensorOf(
        this.kept![i] ? v.slice(at, at += t.size) : new Float64Array(t.size),
        t.shape,
        this.leaves[0],
        this.dtype,
      )
    );
    // What is no derivative (of an integer, of a constant) takes a cotangent of its own dtype.
    const fitting = cotangents.map((c, i) => isFloat(list[i].dtype) ? convert(c, list[i].dtype) : c);
    const leaves = flatten("checkGrads", pullback(unflatten(structure, fitting)), isLeaf)[0] as Tensor[];
    return [out, leaves.map((t, i) => isFloat(this.leaves[i].dtype) ? t : null)];
  }

  /** x ↦ the derivative of v · y by x. */
  gradient(v: Float64Array): Subject {
    const f = (...args: Anything[]): unknown => this.pull(args, v)[1].filter((t) => t !== null);
    return this.derived("the gradient", f, this.inputs.map(({ path }) => `the gradient by ${path}`));
  }

  /** x ↦ the derivative of y along d. */
  tangent(d: Float64Array): Subject {
    const directions = this.directions(d);
    const f = (...args: Anything[]): unknown =>
      this.tangents(jvp(this.f, args, directions)[1]).filter((t) => t !== null);
    return this.derived("the tangent", f, this.outputs.map(({ path }) => `the tangent of ${path}`));
  }

  private derived(title: string, f: (...args: Anything[]) => unknown, names: readonly string[]): Subject {
    return new Subject(title, f, this.arguments(this.x), this.dtype, names);
  }
}

/** A floating tensor on the device of another. */
function tensorOf(values: Float64Array, shape: Shape, beside: Tensor, dtype: "float64" | "float32"): Tensor {
  const a = aval(shape, dtype);
  const { owner } = beside;
  return Tensor.concrete(a, owner, owner.write(dtype === "float64" ? values : Float32Array.from(values), a));
}

function placesOf(leaves: readonly (Tensor | null)[], paths: readonly string[]): Place[] {
  let start = 0;
  return leaves.flatMap((t, i) => {
    if (!t || !isFloat(t.dtype)) return [];
    const place = { path: paths[i], shape: t.shape, start, size: t.size };
    start += t.size;
    return [place];
  });
}

/** Where an element of a vector is: its leaf, and its index there. */
export function placeText(places: readonly Place[], at: number): string {
  const place = places.find(({ start, size }) => at >= start && at < start + size)!;
  let rest = at - place.start;
  const index = place.shape.map(() => 0);
  for (let i = place.shape.length - 1; i >= 0; i--) {
    index[i] = rest % place.shape[i];
    rest = Math.floor(rest / place.shape[i]);
  }
  return index.length > 0 ? `${place.path}, index ${show(index)}` : place.path;
}
