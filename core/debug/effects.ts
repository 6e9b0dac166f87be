/** Looking at values inside of traced functions. */
import { allocate, type DType } from "../dtype.ts";
import { checkText, describe, show } from "../errors.ts";
import { bind } from "../graph.ts";
import type { Primitive } from "../primitive.ts";
import { alignBatch } from "../primitives/algebra.ts";
import { type Aval, aval, type Shape } from "../shape.ts";
import { callerLine } from "../source.ts";
import { isTensor, Tensor } from "../tensor.ts";
import { flatten, pathsOf } from "../tree.ts";

/** What is done with the values of the operands when a program comes to them. A class, so that it compares by identity. */
class Visit {
  constructor(
    readonly avals: readonly Aval[],
    readonly see: (values: readonly Float64Array[], avals: readonly Aval[], batch: Shape) => void,
    /** The batch axes in front of each operand. */
    readonly batch: Shape = [],
  ) {}
}

/** Shows values to a function of JavaScript; its result is nothing. */
const visitPrimitive: Primitive<Visit> = {
  name: "visit",
  infer: () => [aval([0], "float32")],
  jvp: () => [null],
  vjp: ({ operands }) => operands.map(() => null),
  batch(operands, batched, size, { avals, see, batch }) {
    return bind(visitPrimitive, alignBatch(operands, batched, size), new Visit(avals, see, [size, ...batch]));
  },
  axes: () => ({ parallel: [], summed: [] }),
  lower: {
    kind: "loops",
    reference(values, avals, { see, batch }) {
      see(values, avals, batch);
      return [new Float64Array(0)];
    },
  },
  opaque: true,
  effect: true,
};

function visit(operation: string, tensors: readonly Tensor[], see: Visit["see"]): void {
  const wrapped: Visit["see"] = (values, avals, batch) => {
    try {
      see(values, avals, batch);
    } catch (error) {
      if (error instanceof CheckError) throw error;
      throw new Error(`${operation}: ${(error as Error).message}`, { cause: error });
    }
  };
  // What depends on no argument is known already.
  const constant = (t: Tensor): boolean => !t.node || t.node.trace === null;
  if (tensors.every(constant)) {
    const far = tensors.find((t) => !t.node && t.owner.asynchronous);
    if (far) {
      throw new TypeError(
        `${operation}: a tensor on ${far.device} cannot be read at once; await its data, or run the function on cpu or reference`,
      );
    }
    see(tensors.map((t) => Float64Array.from(t.dataSync())), tensors.map((t) => t.aval), []);
  } else bind(visitPrimitive, tensors, new Visit(tensors.map((t) => t.aval), wrapped));
}

/** Numbers as a tensor shows them. */
function textOf(values: Float64Array, { shape, dtype }: Aval): string {
  const shown = Array.from(values.subarray(0, 12), (v) => dtype === "bool" ? String(v !== 0) : format(v, dtype));
  return `${dtype} ${show(shape)} [${shown.join(", ")}${values.length > 12 ? ", …" : ""}]`;
}

function format(value: number, dtype: DType): string {
  const single = dtype === "float32" ? allocate(dtype, 1).fill(value)[0] : value;
  return Number.isInteger(single) ? String(single) : String(Number(single.toPrecision(5)));
}

/**
 * Prints the values of a tensor or a tree each time a program comes to it, inside `jit`, `grad`, `vmap` and `checkpoint` too, and gives
 * it back. Prints of one program come in their order. Under `vmap` the whole batch is printed at once; derivatives print nothing of
 * their own, but a loop (`scan`) or a checkpoint that is computed again on the way back prints again. While there are prints a program is less fused, and the cpu and reference devices alone have them.
 *
 * @param label printed before the values
 * @param value a tensor, a number or a tree of such
 * @param write takes the text; default `console.log`
 *
 * @example
 * ```ts
 * import { debugPrint, grad, jit, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const f = jit(grad((x: ReturnType<typeof tensor>) => {
 *   const y = ops.mul(x, 2);
 *   debugPrint("y", y, (text) => lines.push(text));
 *   return ops.sum(ops.square(y));
 * }));
 * f(tensor([1, 2]));
 * assertEquals(lines, ["y: float32 [2] [2, 4]"]);
 * ```
 */
export function debugPrint<T>(label: string, value: T, write: (text: string) => void = console.log): T {
  if (typeof label !== "string") throw new TypeError(`debugPrint: the label must be a text, got ${describe(label)}`);
  if (typeof write !== "function") throw new TypeError(`debugPrint: write must be a function, got ${describe(write)}`);
  const [leaves, structure] = flatten("debugPrint", value, (v) => isTensor(v) || typeof v === "number");
  const paths = pathsOf(structure);
  const tensors = leaves.filter(isTensor);
  for (const t of tensors) if (!t.node) t.storage("debugPrint", "the value");
  visit("debugPrint", tensors, (values, avals, batch) => {
    let next = 0;
    const lines = leaves.map((leaf, i) => {
      const name = [label, paths[i]].filter((part) => part !== "").join(".");
      const k = isTensor(leaf) ? next++ : -1;
      const note = batch.length > 0 && k >= 0 ? ` (a batch of ${batch.join(" × ")})` : "";
      return `${name}: ${k < 0 ? leaf : textOf(values[k], avals[k])}${note}`;
    });
    write(lines.join("\n"));
  });
  return value;
}

/** What `debugCheck` throws. */
export class CheckError extends Error {
  /** The name of the class. */
  override name = "CheckError";
}

/**
 * Throws when a program comes to a condition that does not hold, inside `jit`, `grad` and `vmap` too: an assertion about values. On the
 * cpu and reference devices.
 *
 * @param condition bool, or numbers of which none may be 0; every element must hold
 * @param message what is wrong if it does not
 * @param values shown beside the first element that fails, if they have its shape
 * @throws CheckError with the message, the index, the values there and the line of this call
 *
 * @example
 * ```ts
 * import { debugCheck, jit, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const root = jit((x: ReturnType<typeof tensor>) => {
 *   debugCheck(ops.greaterEqual(x, 0), "x must not be negative", x);
 *   return ops.sqrt(x);
 * });
 * assertEquals(await root(tensor([4, 9])).toArray(), [2, 3]);
 * assertThrows(() => root(tensor([4, -9])), Error, "x must not be negative: false at index [1] of [2], where -9 is");
 * ```
 */
export function debugCheck(condition: Tensor | boolean, message: string, ...values: readonly Tensor[]): void {
  checkText("debugCheck", "the message", message);
  const line = callerLine();
  const at = line ? ` (checked at ${line})` : "";
  if (typeof condition === "boolean") {
    if (!condition) throw new CheckError(`debugCheck: ${message}${at}`);
    return;
  }
  if (!isTensor(condition)) {
    throw new TypeError(`debugCheck: the condition must be a tensor or a boolean, got ${describe(condition)}`);
  }
  if (!values.every(isTensor)) throw new TypeError("debugCheck: the values beside the message must be tensors");
  for (const t of [condition, ...values]) if (!t.node) t.storage("debugCheck", "an argument");
  visit("debugCheck", [condition, ...values], ([holds, ...shown], [{ shape }, ...avals]) => {
    const first = holds.findIndex((v) => v === 0 || Number.isNaN(v));
    if (first < 0) return;
    const failing = holds.reduce((n, v) => n + (v === 0 || Number.isNaN(v) ? 1 : 0), 0);
    const beside = shown.map((v, k) =>
      show(avals[k].shape) === show(shape) ? format(v[first], avals[k].dtype) : textOf(v, avals[k])
    );
    const where = shape.length === 0 ? "" : `: false at index ${show(indexOf(first, shape))} of ${show(shape)}`;
    const number = failing > 1 ? `, and at ${failing - 1} more` : "";
    const what = beside.length > 0 ? `, where ${beside.join(" and ")} is` : "";
    throw new CheckError(`debugCheck: ${message}${where}${what}${number}${at}`);
  });
}

function indexOf(at: number, shape: Shape): number[] {
  const index = shape.map(() => 0);
  for (let i = shape.length - 1; i >= 0; i--) {
    index[i] = at % shape[i];
    at = Math.floor(at / shape[i]);
  }
  return index;
}
