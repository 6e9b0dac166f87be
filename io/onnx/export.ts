/** A traced function as an ONNX model. */
import { allocate } from "../../core/dtype.ts";
import { checkFlag, checkOptions, checkText, describe } from "../../core/errors.ts";
import { type Graph, type Node, trace } from "../../core/graph.ts";
import { aval } from "../../core/shape.ts";
import { isTensor, type Tensor } from "../../core/tensor.ts";
import { flattenResult } from "../../core/transforms/arguments.ts";
import { flatten, pathsOf, type Structure, unflatten } from "../../core/tree.ts";
import { type Described, isDescribed } from "../restore.ts";
import { writeExpression } from "./expression.ts";
import { type Place, reduce, relu, type Rule, rules, sigmoid } from "./rules.ts";
import { type DimensionProto, encodeModel, type NodeProto, type ValueInfoProto } from "./schema.ts";
import { typeCodes } from "./types.ts";
import { type Extent, isFree, type Value, Writer } from "./writer.ts";

/** Options of `exportOnnx`. */
export interface OnnxExportOptions {
  /** The version of ONNX's operators; 17 (default) to 21. */
  readonly opset?: number;
  /** Whether the first axis of the inputs, the batch, may have any size; default false: only the one of the examples. */
  readonly dynamicBatch?: boolean;
  /** Names of the inputs; default `input`, or `input0`, `input1`, … for several. */
  readonly inputNames?: readonly string[];
  /** Names of the outputs, in the order of `tree.leaves`; default `output`, or the leaves' paths. */
  readonly outputNames?: readonly string[];
  /** The name of the graph; default that of the function. */
  readonly name?: string;
}

const where = "exportOnnx";

/** A function traced for one size of the batch. */
interface Traced {
  readonly graph: Graph;
  /** Paths of the outputs. */
  readonly outputs: readonly string[];
}

/**
 * Writes a function as an ONNX model, the format that onnxruntime and most other runtimes read: `f(params, ...inputs)`, the
 * parameters as initialisers with the names of their paths. It covers what inference needs; derivatives, random bits and integer
 * bit operations have no counterpart.
 *
 * What the function captures becomes a constant; a network's statistics are best given with the parameters:
 * `exportOnnx(([params, state], x) => network.apply(params, state, x, { train: false })[0], [params, state], [x])`.
 *
 * @param f a function of trees and tensors that gives a tensor, or a tree of them
 * @param params a tree of tensors
 * @param exampleInputs tensors, or shapes as `evalShape` gives them (`{ shape, dtype }`)
 * @returns the bytes of the file
 * @throws TypeError for an operation without a counterpart, naming it, and for what is no function of tensors; with
 * `dynamicBatch`, for a function whose operations depend on the size of the batch
 *
 * @example
 * ```ts
 * import { nn, ones, random } from "@cotangent/cotangent";
 * import { exportOnnx, importOnnx } from "@cotangent/cotangent/onnx";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.scConv(16);
 * const params = layer.init(random.key(0));
 * const bytes = exportOnnx(layer.apply, params, [ones([1, 16, 8, 8])], { dynamicBatch: true });
 * const model = importOnnx(bytes);
 * assertEquals(model.params["cru.gwc.bias"].shape, [16]);
 * assertEquals(model.apply(model.params, ones([5, 16, 8, 8])).shape, [5, 16, 8, 8]);
 * ```
 */
export function exportOnnx<P>(
  // deno-lint-ignore no-explicit-any
  f: (params: P, ...inputs: any[]) => unknown,
  params: P,
  exampleInputs: readonly unknown[],
  options: OnnxExportOptions = {},
): Uint8Array {
  if (typeof f !== "function") {
    throw new TypeError(`${where}: needs a function of (params, ...inputs), got ${describe(f)}`);
  }
  checkOptions(where, options, ["opset", "dynamicBatch", "inputNames", "outputNames", "name"]);
  const { opset = 17, dynamicBatch = false } = options;
  if (!Number.isInteger(opset) || opset < 17 || opset > 21) {
    throw new RangeError(`${where}: opset must be 17 to 21, got ${describe(opset)}`);
  }
  if (options.name !== undefined) checkText(where, "name", options.name);
  checkFlag(where, "dynamicBatch", dynamicBatch);
  if (!Array.isArray(exampleInputs) || !exampleInputs.every(isDescribed)) {
    throw new TypeError(`${where}: the example inputs must be a list of tensors or shapes: exportOnnx(f, params, [x])`);
  }
  const inputs = exampleInputs as Described[];
  const [leaves, structure] = flatten(where, params) as [Tensor[], Structure];
  const traced = traceFor(f, leaves, structure, inputs, 0);
  const twin = dynamicBatch ? traceFor(f, leaves, structure, batchOf(inputs), 1) : traced;
  if (twin.graph.nodes.length !== traced.graph.nodes.length) {
    throw new TypeError(
      `${where}: the function does other operations for another size of the batch; leave dynamicBatch out`,
    );
  }
  const inputNames = namesOf(
    "inputNames",
    options.inputNames,
    inputs.length,
    (i) => inputs.length === 1 ? "input" : `input${i}`,
  );
  const outputNames = namesOf(
    "outputNames",
    options.outputNames,
    traced.outputs.length,
    (i) => traced.outputs[i] === "" ? "output" : `output.${traced.outputs[i]}`,
  );
  const w = new Writer(opset, inputNames[0]);
  const exported = new Exported(w, traced.graph, twin.graph, inputs[0]?.shape[0] ?? 1);
  const paths = pathsOf(structure).map((path) => path === "" ? "params" : path);
  const used = new Set(traced.graph.nodes.flatMap((node) => innerOperands(node)));
  traced.graph.outputs.forEach((t) => used.add(t));
  leaves.forEach((leaf, i) => {
    const input = traced.graph.inputs[i];
    if (!used.has(input)) return; // such as a count of batches
    exported.set(input, w.array(paths[i], numbersOf(leaf), leaf.aval));
  });
  inputNames.forEach((name, i) => {
    const t = traced.graph.inputs[leaves.length + i];
    exported.set(t, { name, dtype: t.dtype, shape: exported.extents(t), held: exported.extents(t) });
  });
  exported.write();
  const outputs = traced.graph.outputs.map((t, i) => {
    const value = w.whole(exported.valueOf(t));
    w.nodes.push({
      name: outputNames[i],
      opType: "Identity",
      input: [value.name],
      output: [outputNames[i]],
      attribute: [],
    });
    return info(outputNames[i], value.dtype, value.shape);
  });
  const nodes = needed(w.nodes, outputNames);
  const read = new Set(nodes.flatMap(({ input }) => input));
  return encodeModel({
    irVersion: 8,
    producerName: "cotangent",
    opsetImport: [{ domain: "", version: opset }],
    graph: {
      name: options.name ?? (f.name || "main"),
      node: nodes,
      initializer: w.initializers.filter(({ name }) => read.has(name!)),
      input: inputNames.map((name, i) => {
        const t = traced.graph.inputs[leaves.length + i];
        return info(name, t.dtype, exported.extents(t));
      }),
      output: outputs,
    },
  });
}

function namesOf(
  what: string,
  given: readonly string[] | undefined,
  count: number,
  fallback: (i: number) => string,
): string[] {
  const names = given ?? Array.from({ length: count }, (_, i) => fallback(i));
  if (
    !Array.isArray(names) || names.length !== count || !names.every((name) => typeof name === "string" && name !== "")
  ) {
    throw new TypeError(`${where}: ${what} must be ${count} texts, got ${describe(given)}`);
  }
  return names as string[];
}

/** The inputs with one example more. */
function batchOf(inputs: readonly Described[]): Described[] {
  return inputs.map(({ shape, dtype }, i) => {
    if (shape.length === 0) {
      throw new TypeError(`${where}: input ${i} is a scalar and has no batch; leave dynamicBatch out`);
    }
    return { shape: [shape[0] + 1, ...shape.slice(1)], dtype };
  });
}

function traceFor<P>(
  f: (params: P, ...inputs: Tensor[]) => unknown,
  leaves: readonly Tensor[],
  structure: Structure,
  inputs: readonly Described[],
  more: number,
): Traced {
  const avals = [...leaves.map((t) => t.aval), ...inputs.map(({ shape, dtype }) => aval(shape, dtype))];
  let outputs: string[] = [];
  try {
    const graph = trace(where, avals, (tensors) => {
      const tree = unflatten(structure, tensors.slice(0, leaves.length)) as P;
      const [results, shape] = flattenResult(where, f(tree, ...tensors.slice(leaves.length)));
      outputs = pathsOf(shape);
      return results;
    });
    return { graph, outputs };
  } catch (error) {
    if (more > 0 && error instanceof Error) {
      error.message = `${where}: with dynamicBatch the function must take a batch of another size: ${error.message}`;
    }
    throw error;
  }
}

function numbersOf(t: Tensor) {
  if (t.node) throw new TypeError(`${where}: a traced value from outside is used; export outside of jit and grad`);
  if (t.device === "webgpu") throw new TypeError(`${where}: a tensor is on webgpu; move it with .to("cpu")`);
  const data = allocate(t.dtype, t.size);
  data.set(t.dataSync());
  return data;
}

/** All that a node reads, inside of a call too. */
function innerOperands(node: Node): Tensor[] {
  if (node.primitive!.lower.kind !== "call") return [...node.operands];
  return [...node.operands, ...(node.params.graph as Graph).nodes.flatMap(innerOperands)];
}

function info(name: string, dtype: Value["dtype"], shape: readonly Extent[]): ValueInfoProto {
  const dim = shape.map((n): DimensionProto => {
    if (!isFree(n)) return { dimValue: n };
    return { dimParam: n.batch === 1 ? "batch" : `${n.batch}*batch` };
  });
  return { name, type: { tensorType: { elemType: typeCodes[dtype], shape: { dim } } } };
}

/** The nodes that the outputs need. */
function needed(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const wanted = new Set(outputs);
  const kept: NodeProto[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.output.some((name) => wanted.has(name))) continue;
    kept.push(node);
    node.input.forEach((name) => wanted.add(name));
  }
  return kept.reverse();
}

/** A Graph on its way into a file, beside its twin for a batch of one more. */
class Exported {
  private readonly values = new Map<Tensor, Value>();
  private readonly shapes = new Map<Tensor, readonly number[]>();

  /** @param batch the size of the batch in the example inputs */
  constructor(
    private readonly w: Writer,
    private readonly graph: Graph,
    private readonly twin: Graph,
    private readonly batch: number,
  ) {
    graph.inputs.forEach((t, i) => this.shapes.set(t, twin.inputs[i].shape));
  }

  set(t: Tensor, value: Value): void {
    this.values.set(t, value);
  }

  /** The extents of a tensor; those that grow with the batch are free. */
  extents(t: Tensor): Extent[] {
    const other = this.shapes.get(t) ?? t.shape;
    return t.shape.map((n, i) => {
      const grown = other[i] - n;
      if (grown === 0) return n;
      if (grown * this.batch === n) return { batch: grown };
      throw new TypeError(
        `${where}: an axis is ${n} long for a batch of ${this.batch} and ${
          other[i]
        } for one more, no multiple of it; leave dynamicBatch out`,
      );
    });
  }

  valueOf(t: Tensor): Value {
    const known = this.values.get(t);
    if (known) return known;
    if (!isTensor(t)) throw new TypeError(`${where}: ${describe(t)} is no tensor`);
    const value = this.w.array(this.w.name("captured"), numbersOf(t), t.aval);
    this.values.set(t, value);
    return value;
  }

  write(): void {
    this.visitAll(this.graph.nodes, this.twin.nodes);
  }

  private visitAll(nodes: readonly Node[], twins: readonly Node[]): void {
    nodes.forEach((node, i) => {
      const twin = twins[i];
      if (twin?.primitive !== node.primitive && twin?.primitive?.name !== node.primitive!.name) {
        throw new TypeError(
          `${where}: the function does other operations for another size of the batch; leave dynamicBatch out`,
        );
      }
      this.visit(node, twin);
    });
  }

  private visit(node: Node, twin: Node): void {
    node.outputs.forEach((t, i) => this.shapes.set(t, twin.outputs[i].shape));
    const { lower } = node.primitive!;
    if (lower.kind === "call") {
      const [body, other] = [node.params.graph as Graph, twin.params.graph as Graph];
      body.inputs.forEach((t, i) => {
        this.shapes.set(t, other.inputs[i].shape);
        this.set(t, this.valueOf(node.operands[i]));
      });
      this.visitAll(body.nodes, other.nodes);
      node.outputs.forEach((t, i) => this.set(t, this.valueOf(body.outputs[i])));
      return;
    }
    if (lower.kind === "identity") {
      node.outputs.forEach((t, i) => this.set(t, this.valueOf(node.operands[i])));
      return;
    }
    const place: Place = {
      w: this.w,
      node,
      twin,
      operands: node.operands.map((t) => this.valueOf(t)),
      shape: this.extents(node.outputs[0]),
      valueOf: (t) => this.valueOf(t),
    };
    const value = relu(place) ?? sigmoid(place) ?? this.ruleOf(node)?.(place);
    if (!value) throw unsupported(node, twin);
    this.set(node.outputs[0], value);
  }

  private ruleOf({ primitive }: Node): Rule | undefined {
    const { lower, name } = primitive!;
    if (lower.kind === "elementwise") {
      return ({ w, operands, node, shape }) => {
        const avals = node.outputs.map((t) => t.aval);
        return writeExpression(w, (args) => lower.expr(args, node.params, avals), operands, avals[0], shape);
      };
    }
    return lower.kind === "reduce" ? reduce(lower.op) : rules[name];
  }
}

function unsupported({ primitive, params }: Node, twin: Node): TypeError {
  const name = primitive!.name;
  if (JSON.stringify(params) !== JSON.stringify(twin.params)) {
    return new TypeError(
      `${where}: the operation ${name} depends on the size of the batch in a way that ONNX cannot say; leave dynamicBatch out`,
    );
  }
  return new TypeError(
    `${where}: the operation ${name}${
      name === "conv" ? " (the gradient of a kernel)" : ""
    } has no counterpart in ONNX; export what a network computes in use, without derivatives or random numbers`,
  );
}
