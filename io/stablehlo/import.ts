/** StableHLO text as a function of tensors: the subset that `exportStableHlo` writes. */
import { describe, show } from "../../core/errors.ts";
import { call, type Graph, trace } from "../../core/graph.ts";
import { aval } from "../../core/shape.ts";
import { isTensor, type Tensor } from "../../core/tensor.ts";
import { dtypeOf } from "./constants.ts";
import { type Known, rules } from "./import_rules.ts";
import type { Block } from "./parse.ts";
import { verifyModule } from "./verify.ts";

/** Records a block whose operations may use what was recorded outside of it. */
function evaluateBlock(block: Block, inputs: readonly Tensor[], outer?: Known): Tensor[] {
  const known: Known = {
    values: new Map(outer?.values),
    operations: new Map(outer?.operations),
    evaluate: (inner, inputs) => evaluateBlock(inner, inputs, known),
  };
  block.arguments.forEach(({ name }, i) => known.values.set(name, inputs[i]));
  for (const operation of block.operations) {
    const rule = Object.hasOwn(rules, operation.op) ? rules[operation.op] : undefined;
    if (!rule) throw new TypeError(`importStableHlo: line ${operation.line}: ${operation.op} has no counterpart here`);
    const results = rule(operation.operands.map((name) => known.values.get(name)!), operation, known);
    operation.results.forEach((name, i) => {
      known.values.set(name, results[i]);
      known.operations.set(name, operation);
    });
  }
  return block.returned.map(({ name }) => known.values.get(name)!);
}

/**
 * Reads a StableHLO module with one function `@main`: its flat inputs, in order, to its flat outputs. The function can be
 * differentiated, batched and jitted as any other, and runs as one program.
 *
 * It reads the operations that `exportStableHlo` writes, in its notation; calls and operations of windows are refused. A `while` that counts through slices, as a scan is written, becomes a
 * `scan` again, any other a `whileLoop`, which has no reverse mode.
 *
 * @param text the module
 * @throws TypeError for what it cannot read, with the line
 *
 * @example
 * ```ts
 * import { io, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const { text } = io.exportStableHlo(ops.square, [{ shape: [2], dtype: "float32" }]);
 * const square = io.importStableHlo(text);
 * const [y] = square(tensor([2, 3]));
 * assertEquals(await y.toArray(), [4, 9]);
 * ```
 */
export function importStableHlo(text: string): (...inputs: Tensor[]) => Tensor[] {
  if (typeof text !== "string") throw new TypeError(`importStableHlo: needs a text, got ${describe(text)}`);
  let graph: Graph;
  const { body, name } = read(text);
  const wanted = body.arguments.map(({ type }) => aval(type.shape, dtypeOf(type)));
  const traced = (): Graph => graph ??= trace(name, wanted, (inputs) => evaluateBlock(body, inputs));
  traced(); // what has no counterpart is told now
  return (...inputs) => {
    if (inputs.length !== wanted.length) {
      throw new TypeError(`${name}: takes ${wanted.length} tensors, got ${inputs.length}`);
    }
    inputs.forEach((x, i) => {
      if (!isTensor(x)) throw new TypeError(`${name}: input ${i} must be a tensor, got ${describe(x)}`);
      const { shape, dtype } = wanted[i];
      if (x.aval !== wanted[i]) {
        throw new TypeError(`${name}: input ${i} must be ${dtype} ${show(shape)}, got ${x.dtype} ${show(x.shape)}`);
      }
    });
    return call(traced(), inputs);
  };
}

function read(text: string): ReturnType<typeof verifyModule> {
  try {
    return verifyModule(text);
  } catch (error) {
    throw new TypeError(`importStableHlo: ${(error as Error).message}`, { cause: error });
  }
}
