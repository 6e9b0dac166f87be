/** What a network is made of: shapes, parameters and multiplications by layer, found without running it. */
import { type DType, dtypes } from "../core/dtype.ts";
import { type Display, escapeHtml, folded, htmlTable } from "../core/display.ts";
import { checkChoice, checkOptions } from "../core/errors.ts";
import { type Graph, trace } from "../core/graph.ts";
import { type ConvParams, convWork, type DotParams, dotWork } from "../core/primitives/contraction.ts";
import { type Aval, aval, checkShape, type Shape } from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { flatten, leaves, unflatten } from "../core/tree.ts";
import { checkLayer } from "./check.ts";
import { type AnyLayer, isStateful } from "./layer.ts";
import { within } from "./location.ts";

/** One layer of a summary; a layer of layers is shown as its parts. */
export interface SummaryRow {
  /** Where its parameters are in the tree: `"2.body.sru"`. */
  readonly path: string;
  /** What the layer calls itself. */
  readonly name: string;
  /** With the batch. */
  readonly outputShape: Shape;
  /** Numbers that are learned. */
  readonly parameters: number;
  /** Multiplications with an addition in convolutions and matrix products, for the whole input. */
  readonly macs: number;
}

/** Sums over the network. */
export interface SummaryTotals {
  /** Numbers that are learned. */
  readonly parameters: number;
  /** Multiplications with an addition, for the whole input. */
  readonly macs: number;
  /** Numbers that are recorded, not learned: running statistics. */
  readonly state: number;
}

/** The result of {@linkcode summary}: data, and a table as its text. */
export class Summary {
  /** The layers in order. */
  readonly rows: readonly SummaryRow[];
  /** Of the network as a whole. */
  readonly totals: SummaryTotals;
  private readonly inputShape: Shape;

  /** Made by {@linkcode summary}. */
  constructor(inputShape: Shape, rows: readonly SummaryRow[], totals: SummaryTotals) {
    this.inputShape = inputShape;
    this.rows = rows;
    this.totals = totals;
  }

  /** The table. */
  toString(): string {
    const body = this.rows.map((row) => [
      row.path === "" ? row.name : `${row.path} (${row.name})`,
      shapeText(row.outputShape),
      row.parameters.toLocaleString("en"),
      row.macs.toLocaleString("en"),
    ]);
    const table = [
      ["Layer", "Output shape", "Parameters", "MACs"],
      ["input", shapeText(this.inputShape), "", ""],
      ...body,
    ];
    const widths = [0, 1, 2, 3].map((i) => Math.max(...table.map((line) => line[i].length)));
    const lines = table.map((line) =>
      line.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("   ").trimEnd()
    );
    const rule = (c: string): string => c.repeat(widths.reduce((a, b) => a + b, 9));
    const { parameters, macs, state } = this.totals;
    return [
      lines[0],
      rule("="),
      ...lines.slice(1),
      rule("-"),
      `Parameters: ${parameters.toLocaleString("en")}${
        state > 0 ? `, running statistics: ${state.toLocaleString("en")}` : ""
      }`,
      `MACs: ${macs.toLocaleString("en")}`,
    ].join("\n");
  }

  /** What `console.log` shows in Deno: the table. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** What `console.log` shows in Node: the table. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What a notebook shows: the table, folded where it is long. */
  [Symbol.for("Jupyter.display")](): Display {
    const { parameters, macs } = this.totals;
    const rows = this.rows.map((row) => [
      escapeHtml(row.path === "" ? row.name : `${row.path} (${row.name})`),
      shapeText(row.outputShape),
      row.parameters.toLocaleString("en"),
      row.macs.toLocaleString("en"),
    ]);
    const line = `Parameters: ${parameters.toLocaleString("en")}, MACs: ${macs.toLocaleString("en")}`;
    const head = ["Layer", "Output shape", "Parameters", "MACs"];
    return { "text/plain": this.toString(), "text/html": folded(line, htmlTable(head, rows), rows.length <= 30) };
  }
}

const shapeText = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Multiplications with an addition in a Graph and those inside its nodes. */
export function countMacs(graph: Graph): number {
  let macs = 0;
  for (const node of graph.nodes) {
    const { kind } = node.primitive!.lower;
    if (kind === "conv") macs += convWork(node.params as ConvParams);
    else if (kind === "dot") {
      macs += dotWork(node.operands.map((t) => t.aval), node.outputs[0].aval, node.params as DotParams);
    } else if (kind === "call") macs += countMacs(node.params.graph as Graph);
  }
  return macs;
}

/** Parameters and state as `init` would make them: traced, so that nothing is drawn. */
function initShapes(layer: AnyLayer): [params: unknown, state: unknown] {
  let made: [unknown, unknown] = [{}, {}];
  trace("summary", [aval([2], "uint32")], ([key]) => {
    made = isStateful(layer) ? layer.init(key) : [layer.init(key), {}];
    return [...leaves(made[0]), ...leaves(made[1])];
  });
  return made;
}

/** The output of a layer and its work, for parameters and input of which only shapes and dtypes are used. */
function measure(layer: AnyLayer, params: unknown, state: unknown, x: Aval): { output: Aval; macs: number } {
  const [list, structure] = flatten("summary", [params, state]) as [Tensor[], ReturnType<typeof flatten>[1]];
  const graph = trace("summary", [...list.map((t) => t.aval), x], (inputs) => {
    const [p, s] = unflatten(structure, inputs.slice(0, -1)) as [unknown, unknown];
    const input = inputs[inputs.length - 1];
    const y = isStateful(layer) ? layer.apply(p, s, input, { train: false })[0] : layer.apply(p, input);
    if (!isTensor(y)) throw new TypeError(`summary: ${layer.name ?? "a layer"} did not return a tensor`);
    return [y];
  });
  return { output: graph.outputs[0].aval, macs: countMacs(graph) };
}

const sizeOfTree = (tree: unknown): number => leaves(tree).reduce((sum, leaf) => sum + leaf.size, 0);

function addRows(rows: SummaryRow[], layer: AnyLayer, path: string, params: unknown, state: unknown, x: Aval): Aval {
  if (!layer.layers) {
    const { output, macs } = measure(layer, params, state, x);
    rows.push({ path, name: layer.name ?? "layer", outputShape: output.shape, parameters: sizeOfTree(params), macs });
    return output;
  }
  let previous = x;
  for (const part of layer.layers) {
    const at = (tree: unknown): unknown => (tree as Record<string | number, unknown> | undefined)?.[part.path];
    const inner = path === "" ? String(part.path) : `${path}.${part.path}`;
    const input = part.input === "outer" ? x : previous;
    previous = within(part.path, () => addRows(rows, part.layer, inner, at(params), at(state), input));
  }
  return previous;
}

/**
 * The layers of a network with their output shapes, parameters and MACs: data to work with, and a table as `String(result)`.
 * Shapes come from tracing, and MACs from the convolutions and matrix products of the traced Graph; nothing is executed, so
 * that a network larger than memory has a summary too.
 *
 * @param inputShape with the batch
 * @param options `dtype` of the input, default float32; an embedding wants int32
 * @throws TypeError for an input that a layer refuses
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 *
 * const model = nn.sequential(nn.conv2d(3, 32, { kernelSize: 3 }), nn.relu());
 * const result = nn.summary(model, [1, 3, 28, 28]);
 * assertEquals(result.rows[0], {
 *   path: "0",
 *   name: "conv2d",
 *   outputShape: [1, 32, 26, 26],
 *   parameters: 896,
 *   macs: 26 * 26 * 32 * 27,
 * });
 * assertStringIncludes(String(result), "0 (conv2d)   [1, 32, 26, 26]          896   584,064");
 * ```
 */
export function summary(layer: AnyLayer, inputShape: Shape, options: { readonly dtype?: DType } = {}): Summary {
  checkLayer("summary", "the first argument", layer);
  checkShape("summary", inputShape);
  checkOptions("summary", options, ["dtype"]);
  const { dtype = "float32" } = options;
  checkChoice("summary", "dtype", dtype, dtypes);
  const [params, state] = initShapes(layer);
  const x = aval(inputShape, dtype);
  const rows: SummaryRow[] = [];
  addRows(rows, layer, "", params, state, x);
  const { macs } = measure(layer, params, state, x);
  return new Summary(x.shape, rows, { parameters: sizeOfTree(params), macs, state: sizeOfTree(state) });
}
