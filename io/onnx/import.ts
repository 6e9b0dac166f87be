/** An ONNX model as a function. */
import type { Device } from "../../core/devices.ts";
import { type DType, isFloat } from "../../core/dtype.ts";
import { checkOptions, describe, nearest, show } from "../../core/errors.ts";
import { isTensor, type Tensor } from "../../core/tensor.ts";
import { OnnxNode, type Operator, titleOf } from "./node.ts";
import { layerOperators } from "./operators_layers.ts";
import { mathOperators } from "./operators_math.ts";
import { shapeOperators } from "./operators_shapes.ts";
import { decodeModel, type GraphProto, integer, type NodeProto, type ValueInfoProto } from "./schema.ts";
import { checkBytes, dtypeOf, numbersOf, tensorOf } from "./types.ts";

/** Options of `importOnnx`. */
export interface OnnxImportOptions {
  /** The device of the parameters and constants; default: the default device. */
  readonly device?: Device | string;
}

/** An input or output of a model. */
export interface OnnxValue {
  /** Its name in the file. */
  readonly name: string;
  /** Its dtype, if the file says it. */
  readonly dtype: DType | undefined;
  /** Its shape, if the file says it; a text names an extent that is free. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** A model that was read. */
export interface OnnxModel<R = Tensor> {
  /** The floating initialisers by name: what can be trained, or replaced. */
  readonly params: Record<string, Tensor>;
  /** What the model takes. */
  readonly inputs: readonly OnnxValue[];
  /** What it gives. */
  readonly outputs: readonly OnnxValue[];
  /** The version of the operators that the file asks for. */
  readonly opset: number;
  /** Its output for inputs, in their order; with several outputs an array of them. A function as any: for `jit`, `grad`, `vmap`. */
  apply(params: Record<string, Tensor>, ...inputs: Tensor[]): R;
}

const where = "importOnnx";

const operators: Readonly<Record<string, Operator>> = { ...mathOperators, ...layerOperators, ...shapeOperators };

/**
 * Reads an ONNX model: the networks of this library as `exportOnnx` writes them, and those that PyTorch exports
 * (`torch.onnx.export`), as far as they use common operators. Nothing in the file is trusted, and nothing in it is run but
 * operators.
 *
 * float16 and bfloat16 become float32; 64-bit integers become int32 and must fit. Floating initialisers are the parameters;
 * integer ones, mostly shapes and axes, are constants.
 *
 * @typeParam R `Tensor` for a model of one output (default), `Tensor[]` for several
 * @param bytes the file
 * @throws RangeError for a file that is truncated or claims data that it does not hold; TypeError for other bytes, for data in
 * other files, for an operator that is not known (its name and node), for nodes in a cycle
 *
 * @example
 * ```ts
 * import { grad, nn, ones, ops, random } from "@cotangent/cotangent";
 * import { exportOnnx, importOnnx } from "@cotangent/cotangent/onnx";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = nn.linear(3, 2);
 * const { params, apply, inputs } = importOnnx(exportOnnx(layer.apply, layer.init(random.key(0)), [ones([4, 3])]));
 * assertEquals(inputs, [{ name: "input", dtype: "float32", shape: [4, 3] }]);
 * const gradient = grad((p: typeof params) => ops.sum(apply(p, ones([4, 3]))))(params);
 * assertEquals(await gradient.bias.toArray(), [4, 4]);
 * ```
 */
export function importOnnx<R = Tensor>(bytes: Uint8Array, options: OnnxImportOptions = {}): OnnxModel<R> {
  checkBytes(where, bytes);
  checkOptions(where, options, ["device"]);
  const { device } = options;
  const { graph, opsetImport } = decodeModel(where, bytes);
  if (!graph || graph.output.length === 0) {
    throw new TypeError(`${where}: the ${bytes.length} bytes hold no graph with outputs; are they an ONNX model?`);
  }
  const opset = integer(opsetImport.find(({ domain }) => !domain || domain === "ai.onnx")?.version ?? 1);
  const params: Record<string, Tensor> = {};
  const constants = new Map<string, Tensor>();
  for (const proto of graph.initializer) {
    const name = proto.name ?? "";
    if (name === "" || Object.hasOwn(params, name) || constants.has(name)) {
      throw new TypeError(`${where}: two initialisers have the name ${describe(name)}, or it is empty`);
    }
    if (name === "__proto__") throw new TypeError(`${where}: the name "__proto__" is not allowed`);
    const tensor = tensorOf(numbersOf(`${where}: initialiser ${describe(name)}`, proto), device);
    if (isFloat(tensor.dtype)) params[name] = tensor;
    else constants.set(name, tensor);
  }
  const given = new Set([...Object.keys(params), ...constants.keys()]);
  const inputs = graph.input.filter(({ name }) => !given.has(name)).map(valueOf);
  checkNodes(graph, new Set([...given, ...inputs.map(({ name }) => name)]));

  const run = (params: Record<string, Tensor>, given: readonly Tensor[]): Tensor[] => {
    const values = new Map<string, Tensor>(constants);
    for (const name of names) {
      if (!isTensor(params?.[name])) {
        throw new TypeError(
          `${where}: the parameter ${describe(name)} must be a tensor, got ${describe(params?.[name])}`,
        );
      }
      values.set(name, params[name]);
    }
    inputs.forEach((input, i) => values.set(input.name, checkInput(input, given[i])));
    for (const proto of graph.node) {
      const node = new OnnxNode(proto, proto.input.map((name) => values.get(name)), opset, device);
      const results = resultsOf(node, operators[proto.opType]);
      proto.output.forEach((name, i) => {
        if (name !== "" && results[i]) values.set(name, results[i]);
      });
    }
    return graph.output.map(({ name }) => {
      const value = values.get(name);
      if (!value) throw new TypeError(`${where}: nothing makes the output ${describe(name)}`);
      return value;
    });
  };
  const names = Object.keys(params);
  return {
    params,
    inputs,
    outputs: graph.output.map(valueOf),
    opset,
    apply(params, ...given) {
      if (given.length !== inputs.length) {
        const wanted = inputs.map(({ name }) => name).join(", ");
        throw new TypeError(`${where}: the model takes ${inputs.length} inputs (${wanted}), got ${given.length}`);
      }
      const results = run(params, given);
      return (results.length === 1 ? results[0] : results) as R;
    },
  };
}

/** Runs an operator; what its inputs do not fit is told with the node. */
function resultsOf(node: OnnxNode, operator: Operator): readonly Tensor[] {
  try {
    const result = operator(node);
    return isTensor(result) ? [result] : result;
  } catch (error) {
    if (error instanceof Error && !error.message.startsWith(where)) error.message = `${node.title}: ${error.message}`;
    throw error;
  }
}

function valueOf({ name, type }: ValueInfoProto): OnnxValue {
  const tensor = type?.tensorType;
  return {
    name,
    dtype: tensor && tensor.elemType ? dtypeOf(`${where}: ${describe(name)}`, tensor.elemType) : undefined,
    shape: tensor?.shape?.dim.map(({ dimValue, dimParam }) => dimParam || integer(dimValue)),
  };
}

function checkInput({ name, dtype, shape }: OnnxValue, x: unknown): Tensor {
  if (!isTensor(x)) throw new TypeError(`${where}: the input ${describe(name)} must be a tensor, got ${describe(x)}`);
  const fits = !shape || (shape.length === x.ndim && shape.every((n, i) => typeof n === "string" || n === x.shape[i]));
  if (!fits || (dtype !== undefined && dtype !== x.dtype)) {
    throw new TypeError(
      `${where}: the input ${describe(name)} must be ${dtype} ${show(shape ?? [])}, got ${x.dtype} ${show(x.shape)}`,
    );
  }
  return x;
}

/** Every operator is known, every input made before it is used, and nothing made twice. */
function checkNodes(graph: GraphProto, known: Set<string>): void {
  const unknown = graph.node.find(({ opType, domain }) =>
    (domain && domain !== "ai.onnx") || !Object.hasOwn(operators, opType)
  );
  if (unknown) throw unsupported(unknown);
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  for (const node of graph.node) {
    for (const name of node.input) {
      if (name === "" || known.has(name)) continue;
      const maker = makers.get(name);
      const why = maker
        ? `which ${titleOf(maker).slice(where.length + 2)} makes only later: the nodes are in a cycle or out of order`
        : "which nothing makes";
      throw new TypeError(`${titleOf(node)}: needs ${describe(name)}, ${why}`);
    }
    for (const name of node.output) {
      if (name === "") continue;
      if (known.has(name)) throw new TypeError(`${titleOf(node)}: ${describe(name)} is made a second time`);
      known.add(name);
    }
  }
}

function unsupported(node: NodeProto): TypeError {
  const { opType, domain } = node;
  const guess = domain ? undefined : nearest(opType, Object.keys(operators));
  return new TypeError(
    `${titleOf(node)}: the operator ${domain ? `${domain}.` : ""}${opType} is not supported${
      guess && guess.toLowerCase() === opType.toLowerCase() ? `; did you mean ${guess}?` : ""
    }`,
  );
}
