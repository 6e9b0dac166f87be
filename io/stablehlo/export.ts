/**
 * Any traced function as StableHLO, the portable text of the XLA compiler (https://openxla.org/stablehlo): what was written and
 * checked here runs wherever XLA does, on as many devices as there are.
 */
import { checkOptions, describe } from "../../core/errors.ts";
import { type Graph, trace } from "../../core/graph.ts";
import { type Aval, aval } from "../../core/shape.ts";
import { flattenResult } from "../../core/transforms/arguments.ts";
import { flatten, pathsOf, type Structure, unflatten } from "../../core/tree.ts";
import { type Described, isDescribed } from "../restore.ts";
import { type Sharding, shardingsOf } from "./sharding.ts";
import { feedsOf, type Leaves, type StableHloLeaf, type StableHloSignature } from "./signature.ts";
import { typeText } from "./types.ts";
import { type Context, writeGraph } from "./write_graph.ts";
import { type Value, Writer } from "./writer.ts";

/** Options of `exportStableHlo`. */
export interface StableHloOptions {
  /** The name of the module; default: that of the function, or `main`. */
  readonly name?: string;
  /**
   * Over which mesh axes a runner divides the arguments. For a step of `[params, state, x, y]`, `{ "2": ["data"], "3": ["data"] }`
   * divides the batch: data parallel. It stands in the signature only; the text is the same.
   */
  readonly sharding?: Sharding;
  /** Positions of arguments that the caller gives up, as in `jit`: a training step's parameters and optimiser state. */
  readonly donate?: readonly number[];
  /** How exactly an accelerator multiplies in dot and convolution; default `highest`: float32 means float32. */
  readonly precision?: "default" | "high" | "highest";
}

/** A function as StableHLO. */
export interface StableHlo {
  /** The module, with the function `@main`. */
  readonly text: string;
  /** Which input and output is which leaf. */
  readonly signature: StableHloSignature;
}

const isLeaf = (value: unknown): boolean => isDescribed(value) || typeof value === "number";

const avalOf = (leaf: unknown): Aval => {
  if (typeof leaf === "number") return aval([], "float32");
  const { shape, dtype } = leaf as Described;
  return aval(shape, dtype);
};

/**
 * Writes a function as a StableHLO module: its Graph, one operation a line, derivatives and whole training steps included.
 *
 * All inputs stay arguments of `@main`, used or not. Tensors that the function captures become constants. Functions with custom
 * derivatives and checkpoints are inlined; loops and branches are `while` and `case` with regions. The order of inputs and outputs is that of `tree.leaves`, and the signature has the path
 * of each. Random bits are written out, so that they are the same everywhere.
 *
 * @param f a function of trees that gives a tree
 * @param args its arguments: tensors, or shapes as `evalShape` gives them (`{ shape, dtype }`), in any trees; a number is a float32 scalar
 * @throws TypeError for an operation without a counterpart, naming it and the line that applied it, and for shardings that fit no
 * argument
 *
 * @example
 * ```ts
 * import { io, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 *
 * type T = ReturnType<typeof tensor>;
 * const model = (params: { weight: T }, x: T) => ops.matmul(x, params.weight);
 * const { text, signature } = io.exportStableHlo(
 *   model,
 *   [{ weight: tensor([[1, 2], [3, 4]]) }, { shape: [8, 2], dtype: "float32" }],
 *   { name: "model", sharding: { "1": ["data"] } },
 * );
 * assertStringIncludes(text, "stablehlo.dot_general");
 * assertEquals(signature.inputs.map(({ path }) => path), ["0.weight", "1"]);
 * assertEquals(signature.inputs[1].sharding, ["data", null]);
 * ```
 */
export function exportStableHlo(
  // deno-lint-ignore no-explicit-any
  f: (...args: any[]) => unknown,
  args: readonly unknown[],
  options: StableHloOptions = {},
): StableHlo {
  if (typeof f !== "function") throw new TypeError(`exportStableHlo: needs a function, got ${describe(f)}`);
  if (!Array.isArray(args)) {
    throw new TypeError(
      `exportStableHlo: the arguments must be a list: exportStableHlo(f, [x]), got ${describe(args)}`,
    );
  }
  checkOptions("exportStableHlo", options, ["name", "sharding", "donate", "precision"]);
  const { donate = [], sharding, precision = "highest" } = options;
  const name = nameOf(options.name ?? (/^\w+$/.test(f.name) ? f.name : "main"));
  checkDonated(donate, args.length);
  if (!["default", "high", "highest"].includes(precision)) {
    throw new TypeError(`exportStableHlo: precision must be default, high or highest, got ${describe(precision)}`);
  }

  const [leaves, structure] = flatten("exportStableHlo", args, isLeaf);
  const inputs: Leaves = { avals: leaves.map(avalOf), structure };
  const paths = pathsOf(structure);
  const shardings = shardingsOf(sharding, paths, inputs.avals);
  let outStructure: Structure | undefined;
  const run = (): Graph =>
    trace("exportStableHlo", inputs.avals, (tensors) => {
      const [results, shape] = flattenResult("exportStableHlo", f(...unflatten(structure, tensors) as unknown[]));
      outStructure = shape;
      return results;
    });
  const graph = run();

  const text = moduleOf(graph, name, { precision: precision.toUpperCase() as Context["precision"], retrace: run });
  const outputs: Leaves = { avals: graph.outputs.map((t) => t.aval), structure: outStructure! };
  const feeds = feedsOf(inputs, outputs, donate);
  const leaf = (path: string, { shape, dtype }: Aval, axes: StableHloLeaf["sharding"]): StableHloLeaf => ({
    path,
    shape,
    dtype,
    ...axes && { sharding: axes },
  });
  const signature: StableHloSignature = {
    format: "cotangent-stablehlo",
    version: 1,
    name,
    inputs: paths.map((path, i) => ({
      ...leaf(path, inputs.avals[i], shardings[i]),
      donated: donate.includes(Number(path.split(".")[0])),
    })),
    outputs: pathsOf(outStructure!).map((path, i) => {
      const from = feeds[i];
      return {
        ...leaf(path, outputs.avals[i], from === undefined ? undefined : shardings[from]),
        ...from !== undefined && { feeds: paths[from] },
      };
    }),
  };
  return { text, signature };
}

function nameOf(name: unknown): string {
  if (typeof name === "string" && /^[A-Za-z_]\w*$/.test(name)) return name;
  throw new TypeError(`exportStableHlo: the name must be letters, digits and _, got ${describe(name)}`);
}

function checkDonated(donate: unknown, count: number): asserts donate is readonly number[] {
  if (!Array.isArray(donate)) {
    throw new TypeError(`exportStableHlo: donate must be a list of argument positions, got ${describe(donate)}`);
  }
  for (const position of donate) {
    if (!Number.isInteger(position) || position < 0 || position >= count) {
      throw new RangeError(`exportStableHlo: donate holds ${describe(position)}, but there are ${count} arguments`);
    }
  }
}

/** The module of a Graph. */
function moduleOf(graph: Graph, name: string, context: Context): string {
  const w = new Writer();
  const inputs = graph.inputs.map((t, i): Value => ({ name: `%arg${i}`, aval: t.aval }));
  const header = inputs.map((value) => `${value.name}: ${typeText(value.aval)}`).join(", ");
  const results = writeGraph(w, graph, inputs, context);
  const types = results.map((v) => typeText(v.aval)).join(", ");
  const end = results.length === 0 ? "return" : `return ${results.map((v) => v.name).join(", ")} : ${types}`;
  return [
    `module @${name} {`,
    `  func.func public @main(${header}) -> (${types}) {`,
    ...w.lines,
    `    ${end}`,
    "  }",
    "}",
    "",
  ].join("\n");
}
