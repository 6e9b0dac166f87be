/** The contract of a primitive: everything that the engine knows about one operation, in one declaration. */
import type { Expr } from "./compile/expr.ts";
import type { Builder } from "./compile/loop.ts";
import type { Aval, Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Static parameters of an operation: plain data, or a Graph, or a function (known by identity). */
// deno-lint-ignore no-explicit-any
export type Params = any;

/** A tangent or cotangent; `null` is a zero that was never computed. */
export type Maybe = Tensor | null;

/** An applied primitive as derivative rules see it. */
export interface Applied<P = Params> {
  /** The static parameters. */
  readonly params: P;
  /** What it is applied to. */
  readonly operands: readonly Tensor[];
  /** The results. */
  readonly outputs: readonly Tensor[];
}

/**
 * Which axes of an operation run in parallel, for finding the batch axis (see compile/batch.ts). An axis that is in neither list is
 * mixed with others, or new.
 */
export interface Axes {
  /** `[output axis, operand, operand axis]`: element i of one is made of element i of the other alone. */
  readonly parallel: readonly (readonly [number, number, number])[];
  /** `[operand, operand axis]`: summed over. */
  readonly summed: readonly (readonly [number, number])[];
  /** `[operand, operand axis, operand, operand axis]`: summed over in pairs, element i of one with element i of the other. */
  readonly paired?: readonly (readonly [number, number, number, number])[];
}

/** How an output index finds its operand: out axis i reads operand axis `axes[i]` (−1: none) at `offset + step · index`. */
export interface View {
  /** The operand axis of each output axis, −1 for none. */
  readonly axes: readonly number[];
  /** Elements of the axis from index to index. */
  readonly steps: readonly number[];
  /** Start in each axis of the operand. */
  readonly offsets: readonly number[];
}

/** Where an operand goes in the output: axis by axis at `offset + step · index`. */
export interface Place {
  /** Where it begins in each axis. */
  readonly offsets: readonly number[];
  /** Elements of the axis from index to index. */
  readonly steps: readonly number[];
}

/** Loops that a primitive writes for itself: buffers hold the operands and the output row-major. */
export interface LoopContext<P = Params> {
  /** Takes the statements. */
  readonly builder: Builder;
  /** Buffers of the operands, row-major. */
  readonly operands: readonly { readonly buffer: number; readonly aval: Aval }[];
  /** Buffers of the results, row-major. */
  readonly outputs: readonly { readonly buffer: number; readonly aval: Aval }[];
  /** A scratch buffer of int32 or other elements, if `scratch` asked for one. */
  readonly scratch: readonly number[];
  /** The static parameters. */
  readonly params: P;
}

/** The meaning of a primitive to the compiler and to the reference backend. */
export type Lowering<P = Params> =
  | {
    readonly kind: "elementwise";
    readonly expr: (args: readonly Expr[], params: P, outputs: readonly Aval[]) => Expr;
  }
  | { readonly kind: "literal" } // params.value, a scalar
  | { readonly kind: "iota" } // params.axis
  | { readonly kind: "view"; readonly view: (operand: Aval, params: P) => View }
  | { readonly kind: "reshape" }
  | {
    readonly kind: "place";
    readonly places: (operands: readonly Aval[], params: P) => readonly Place[];
    readonly fill: (params: P) => number;
  }
  | { readonly kind: "reduce"; readonly op: ReduceOp } // params.axes
  | { readonly kind: "dot" }
  | { readonly kind: "conv" }
  | { readonly kind: "contract" } // what dot and conv become in the compiler
  | {
    readonly kind: "loops";
    /** Its statements; without them the cpu calls `reference` between its kernels, and other compiling devices refuse. */
    readonly build?: (context: LoopContext<P>) => void;
    readonly scratch?: (operands: readonly Aval[], params: P) => readonly Aval[];
    readonly reference: (
      operands: readonly Float64Array[],
      avals: readonly Aval[],
      params: P,
      outputs: readonly Aval[],
    ) => Float64Array[];
  }
  | { readonly kind: "identity" } // operands pass through, in order
  | { readonly kind: "call" } // params.graph is inlined
  | { readonly kind: "scan" | "while" | "switch" } // params are Bodies: see transforms/control/
  | { readonly kind: "region" }; // params.graph runs once for each stripe of the batch

/** How a reduction combines. */
export type ReduceOp = "sum" | "prod" | "max" | "min";

/** The declaration of an operation. */
export interface Primitive<P = Params> {
  /** Its name in messages and reports. */
  readonly name: string;
  /** Shapes and dtypes of the outputs; throws a TypeError for operands that do not fit. */
  infer(operands: readonly Aval[], params: P): readonly Aval[];
  /** Tangents of the outputs. */
  jvp(applied: Applied<P>, tangents: readonly Maybe[]): readonly Maybe[];
  /** Cotangents of the operands; only those wanted need be given. */
  vjp(applied: Applied<P>, cotangents: readonly Maybe[], wanted: readonly boolean[]): readonly Maybe[];
  /** The operation with a batch axis at the front of those operands that are `batched`; all outputs batched at the front. */
  batch(operands: readonly Tensor[], batched: readonly boolean[], size: number, params: P): readonly Tensor[];
  /** Which axes run in parallel and which are summed. */
  axes(operands: readonly Aval[], outputs: readonly Aval[], params: P): Axes;
  /** What it computes. */
  readonly lower: Lowering<P>;
  /** Parameters after a parallel output axis changed its extent, for one stripe of the batch; default: the same. */
  resize?(params: P, operands: readonly Aval[], output: Shape): P;
  /** Never merged with an equal one. */
  readonly opaque?: boolean;
  /** Done for its effect, in order, though nothing reads its result; then it is opaque too. */
  readonly effect?: boolean;
}

/**
 * The axes of an operation whose operands all have the shape of its output.
 *
 * @example
 * ```ts
 * import { primitive } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const x = primitive.aval([4, 2], "float32");
 * assertEquals(primitive.alignedAxes([x], [x]).parallel, [[0, 0, 0], [1, 0, 1]]);
 * ```
 */
export function alignedAxes(operands: readonly Aval[], outputs: readonly Aval[]): Axes {
  const parallel: [number, number, number][] = [];
  outputs[0].shape.forEach((_, axis) => operands.forEach((_, k) => parallel.push([axis, k, axis])));
  return { parallel, summed: [] };
}

const identities = new WeakMap<object, number>();
let identitySerial = 0;

/** A small number that stands for an object or function as long as it lives. */
export function identityOf(object: object): number {
  let id = identities.get(object);
  if (id === undefined) identities.set(object, id = identitySerial++);
  return id;
}

/** Parameters with Graphs in them: what core/bodies.ts makes. */
interface HasBodies {
  structureKey(): string;
  map<G>(f: (graph: G) => G): HasBodies;
  lifting<N>(holds: (node: N) => boolean): { readonly bodies: HasBodies; readonly lifted: readonly N[] };
}

/** Whether parameters are the bodies of a loop or a branch. */
export function hasBodies(params: Params): params is HasBodies {
  return typeof params === "object" && params !== null && "structureKey" in params;
}

/** A text that is equal for equal parameters. */
export function paramsKey(params: Params): string {
  if (params === undefined) return "";
  if (typeof params === "number") return Object.is(params, -0) ? "-0" : String(params);
  if (typeof params === "string") return JSON.stringify(params);
  if (typeof params !== "object" || params === null) {
    return typeof params === "function" ? `@${identityOf(params)}` : String(params);
  }
  if (Array.isArray(params)) {
    let key = "[";
    for (const item of params) key += paramsKey(item) + ",";
    return key + "]";
  }
  if (hasBodies(params)) return params.structureKey();
  if (Object.getPrototypeOf(params) !== Object.prototype) return `@${identityOf(params)}`;
  let key = "{";
  for (const name in params) key += name + ":" + paramsKey(params[name]) + ",";
  return key + "}";
}
