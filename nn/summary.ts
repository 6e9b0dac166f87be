/** What a network is made of: shapes, parameters and multiplications by layer, found without running it. */
import { type DType, dtypes } from "../core/dtype.ts";
import { escapeHtml, folded, htmlTable, shownAs } from "../core/display.ts";
import { checkChoice, checkOptions, naming } from "../core/errors.ts";
import { type Graph, nextSerial, trace } from "../core/graph.ts";
import { type ConvParams, convWork, type DotParams, dotWork } from "../core/primitives/contraction.ts";
import { aval, checkShape, type Shape } from "../core/shape.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { flatten, leaves, unflatten } from "../core/tree.ts";
import { checkLayer } from "./check.ts";
import type { AnyLayer } from "./layer.ts";
import { applyAny, initAny, type Watcher, watching } from "./part.ts";

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
  /** Of the network's MACs, from 0 to 1. */
  readonly share: number;
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
    shownAs(this, () => this.toString(), () => this.html());
  }

  /** The cells of the table, head first. */
  private cells(): string[][] {
    return [
      ["Layer (type)", "Output shape", "Param #", "MACs", "Share"],
      ["input", shapeText(this.inputShape), "", "", ""],
      ...this.rows.map((row) => [
        row.path === "" ? row.name : `${row.path} (${row.name})`,
        shapeText(row.outputShape),
        grouped(row.parameters),
        grouped(row.macs),
        row.macs > 0 ? `${(100 * row.share).toFixed(1)} %` : "",
      ]),
    ];
  }

  /** The lines below the table. */
  private footer(): string[] {
    const { parameters, macs, state } = this.totals;
    return [
      `Total params: ${grouped(parameters + state)}`,
      `Trainable params: ${grouped(parameters)}`,
      `Non-trainable params: ${grouped(state)}`,
      `MACs: ${grouped(macs)}`,
    ];
  }

  /** The table. */
  toString(): string {
    const cells = this.cells();
    const widths = cells[0].map((_, i) => Math.max(...cells.map((line) => line[i].length)));
    const [head, ...body] = cells.map((line) =>
      line.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("   ").trimEnd()
    );
    const rule = (c: string): string => c.repeat(widths.reduce((a, b) => a + b, 3 * (widths.length - 1)));
    return [head, rule("="), ...body, rule("="), ...this.footer()].join("\n");
  }

  /** The table, folded where it is long. */
  private html(): string {
    const { parameters, macs } = this.totals;
    const rows = this.rows.map((row) => [
      escapeHtml(row.path === "" ? row.name : `${row.path} (${row.name})`),
      shapeText(row.outputShape),
      row.parameters.toLocaleString("en"),
      row.macs.toLocaleString("en"),
    ]);
    const line = `Parameters: ${parameters.toLocaleString("en")}, MACs: ${macs.toLocaleString("en")}`;
    const head = ["Layer", "Output shape", "Parameters", "MACs"];
    return folded(line, htmlTable(head, rows), rows.length <= 30);
  }
}

const shapeText = (shape: Shape): string => `[${shape.join(", ")}]`;

const grouped = (n: number): string => n.toLocaleString("en");

/** A node that multiplies. */
interface Work {
  readonly serial: number;
  readonly macs: number;
}

/** The nodes of a Graph that multiply, those inside of calls too. */
function workOf(graph: Graph): Work[] {
  return graph.nodes.flatMap(({ primitive, params, operands, outputs, serial }): Work[] => {
    const { kind } = primitive!.lower;
    if (kind === "conv") return [{ serial, macs: convWork(params as ConvParams) }];
    if (kind === "dot") {
      return [{ serial, macs: dotWork(operands.map((t) => t.aval), outputs[0].aval, params as DotParams) }];
    }
    return kind === "call" ? workOf(params.graph as Graph) : [];
  });
}

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** Parameters and state as `init` would make them: traced, so that nothing is drawn. */
function initShapes(layer: AnyLayer): [params: unknown, state: unknown] {
  let made: [unknown, unknown] = [{}, {}];
  trace("summary", [aval([2], "uint32")], ([key]) => {
    made = initAny(layer, key);
    return []; // only shapes are wanted
  });
  return made;
}

const sizeOfTree = (tree: unknown): number => sum(leaves(tree).map((leaf) => leaf.size));

/** One application of a layer. */
interface Use {
  readonly path: string;
  readonly layer: AnyLayer;
  readonly parameters: number;
  readonly start: number;
  end: number;
  output: Shape;
  readonly parts: Use[];
}

/** Who notes each application below `root`. */
function notes(root: Use): Watcher {
  const open = [root];
  return (path, layer, params) => {
    const outer = open[open.length - 1];
    const inner: Use = {
      path: outer.path === "" ? String(path) : `${outer.path}.${path}`,
      layer,
      parameters: sizeOfTree(params),
      start: nextSerial(),
      end: NaN,
      output: [],
      parts: [],
    };
    outer.parts.push(inner);
    open.push(inner);
    return (output) => {
      open.pop();
      inner.end = nextSerial();
      inner.output = output.shape;
    };
  };
}

/** The rows of a use: its parts', then, where they do not account for all of it, its own. */
function rowsOf(use: Use, work: readonly Work[]): Omit<SummaryRow, "share">[] {
  const macsOf = ({ start, end }: Use): number =>
    sum(work.filter(({ serial }) => serial >= start && serial < end).map(({ macs }) => macs));
  const parts = [...new Map(use.parts.map((part) => [part.path, part])).values()]; // a part used twice has its parameters once
  const own = {
    path: use.path,
    name: use.layer.name ?? "layer",
    outputShape: use.output,
    parameters: use.parameters - sum(parts.map(({ parameters }) => parameters)),
    macs: macsOf(use) - sum(use.parts.map(macsOf)),
  };
  const inner = use.parts.flatMap((part) => rowsOf(part, work));
  return use.parts.length === 0 || own.parameters > 0 || own.macs > 0 ? [...inner, own] : inner;
}

/** Rows of one path as one. */
function merged(rows: readonly Omit<SummaryRow, "share">[]): Omit<SummaryRow, "share">[] {
  const byPath = Map.groupBy(rows, ({ path }) => path);
  return [...byPath.values()].map((group) => ({ ...group[0], macs: sum(group.map(({ macs }) => macs)) }));
}

/**
 * The layers of a network with their output shapes, parameters and MACs: data to work with, and a table as `String(result)`.
 * Shapes come from tracing, and MACs from the convolutions and matrix products of the traced Graph; nothing is executed, so
 * that a network larger than memory has a summary too. A notebook shows it as a table.
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
 *   share: 1,
 * });
 * assertStringIncludes(String(result), "0 (conv2d)     [1, 32, 26, 26]       896   584,064   100.0 %");
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
  const [list, structure] = flatten("summary", [params, state]) as [Tensor[], ReturnType<typeof flatten>[1]];
  const whole: Use = {
    path: "",
    layer,
    parameters: sizeOfTree(params),
    start: 0,
    end: Infinity,
    output: x.shape,
    parts: [],
  };
  const graph = trace("summary", [...list.map((t) => t.aval), x], (inputs) => {
    const [p, s] = unflatten(structure, inputs.slice(0, -1)) as [unknown, unknown];
    const input = inputs[inputs.length - 1];
    const [y] = watching(
      notes(whole),
      () => naming("summary", () => applyAny(layer, p, s, input, { train: false })),
    );
    if (!isTensor(y)) throw new TypeError(`summary: ${layer.name ?? "the layer"} did not return a tensor`);
    whole.output = y.shape;
    return [y];
  });
  const work = workOf(graph);
  const macs = sum(work.map((one) => one.macs));
  const rows = merged(rowsOf(whole, work)).map((row) => ({ ...row, share: macs > 0 ? row.macs / macs : 0 }));
  return new Summary(x.shape, rows, { parameters: whole.parameters, macs, state: sizeOfTree(state) });
}
