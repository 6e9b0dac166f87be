import { grad, jit, ops, type Tensor, tensor, tree, vmap } from "@cotangent/cotangent";
import { exportOnnx, importOnnx } from "@cotangent/cotangent/onnx";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type AttributeProto,
  encodeModel,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "../../../io/onnx/schema.ts";
import { int64Proto, tensorProto } from "../../../io/onnx/types.ts";
import { values } from "../../bench/numbers.ts";
import { assertClose } from "../../support/close.ts";
import { type GoldenArray, loadGolden } from "../../support/golden.ts";
import { runOnnx } from "./runtime.ts";

const folder = new URL("../../golden/onnx/", import.meta.url);
const { cases } = loadGolden<{ cases: { file: string; shape: number[]; out: GoldenArray }[] }>("onnx");

for (const { file, shape, out } of cases) {
  Deno.test(`importOnnx(): ${file}, exported by PyTorch, gives PyTorch's outputs`, async () => {
    const { params, apply } = importOnnx(await Deno.readFile(new URL(file, folder)));
    const x = tensor(values("x", shape.reduce((a, b) => a * b)), { shape });
    assertClose(await apply(params, x).data(), out.data, { atol: 1e-6 });
    assertClose(await jit(apply)(params, x).data(), out.data, { atol: 1e-6 });
    const each = vmap((x: Tensor) => apply(params, ops.expandDims(x, 0)))(x); // a batch of another size
    assertClose(await each.data(), out.data, { atol: 1e-6 });
    const gradient = grad((p: typeof params) => ops.sum(ops.square(apply(p, x))))(params);
    assert(tree.leaves(gradient).some((g) => g.dataSync().some((v) => v !== 0)));
  });
}

const node = (opType: string, input: string[], output: string[], attribute: AttributeProto[] = []): NodeProto => ({
  opType,
  input,
  output,
  attribute,
  name: `the ${opType}`,
});

const float = (name: string, shape: number[], list: number[]): TensorProto =>
  tensorProto(name, Float32Array.from(list), shape, "float32");

const ints = (name: string, list: number[]): AttributeProto => ({ name, type: 7, ints: list });
const int = (name: string, i: number): AttributeProto => ({ name, type: 2, i });
const text = (name: string, s: string): AttributeProto => ({ name, type: 3, s: new TextEncoder().encode(s) });

/** A model of these nodes from x to y. */
function modelOf(
  nodes: NodeProto[],
  initializer: TensorProto[] = [],
  opset = 17,
  rest: Partial<GraphProto> = {},
): Uint8Array {
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ domain: "", version: opset }],
    graph: { node: nodes, initializer, input: [{ name: "x" }], output: [{ name: "y" }], name: "test", ...rest },
  });
}

Deno.test("importOnnx(): operators with all their attributes agree with onnxruntime", async () => {
  const images = tensor(values("images", 2 * 4 * 7 * 6), { shape: [2, 4, 7, 6] });
  const rows = tensor(values("rows", 30), { shape: [5, 6] });
  const cases: [string, Tensor, NodeProto[], TensorProto[], number?][] = [
    ["Conv", images, [node("Conv", ["x", "w"], ["y"], [text("auto_pad", "SAME_LOWER"), ints("strides", [2, 2])])], [
      float("w", [3, 4, 2, 3], [...values("w", 72)]),
    ]],
    ["AveragePool", images, [
      node("AveragePool", ["x"], ["y"], [ints("kernel_shape", [3, 2]), ints("pads", [1, 0, 1, 1])]),
    ], []],
    [
      "MaxPool",
      images,
      [node("MaxPool", ["x"], ["y"], [ints("kernel_shape", [3, 2]), ints("pads", [2, 0, 0, 1])])],
      [],
    ],
    ["MaxPool ceil", images, [
      node("MaxPool", ["x"], ["y"], [ints("kernel_shape", [3, 2]), ints("strides", [2, 2]), int("ceil_mode", 1)]),
    ], []],
    ["GlobalMaxPool", images, [node("GlobalMaxPool", ["x"], ["y"])], []],
    ["Gemm", rows, [
      node("Gemm", ["x", "w", "b"], ["y"], [int("transA", 1), int("transB", 1), { name: "alpha", type: 1, f: 0.5 }]),
    ], [float("w", [3, 5], [...values("w", 15)]), float("b", [3], [1, 2, 3])]],
    ["Slice", rows, [node("Slice", ["x", "s", "e", "a", "t"], ["y"])], [
      int64Proto("s", [-1, 1]),
      int64Proto("e", [-1000, 5]),
      int64Proto("a", [1, 0]),
      int64Proto("t", [-2, 2]),
    ]],
    ["Split", rows, [
      node("Split", ["x"], ["a", "b", "c"], [int("axis", 1)]),
      node("Concat", ["c", "a"], ["y"], [int("axis", 0)]),
    ], []],
    ["Softmax before 13", images, [node("Softmax", ["x"], ["y"], [int("axis", 2)])], [], 12],
    ["ReduceSum", images, [node("ReduceSum", ["x", "a"], ["y"], [int("keepdims", 0)])], [int64Proto("a", [-1, 1])]],
    ["ReduceL2", images, [node("ReduceL2", ["x"], ["y"], [ints("axes", [2])])], []],
    ["shapes", images, [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "two"], ["height"]),
      node("Mul", ["height", "two"], ["double"]),
      node("Unsqueeze", ["double", "zero"], ["list"]),
      node("Concat", ["minus", "list"], ["target"], [int("axis", 0)]),
      node("Reshape", ["x", "target"], ["y"]),
    ], [int64Proto("two", [2], []), int64Proto("zero", [0]), int64Proto("minus", [-1])]],
    ["Clip", rows, [node("Clip", ["x", "", "high"], ["y"])], [float("high", [], [0.25])]],
    ["Pad", rows, [node("Pad", ["x", "p"], ["y"])], [int64Proto("p", [1, 0, 0, 2])]],
    ["Flatten", images, [node("Flatten", ["x"], ["y"], [int("axis", 2)])], []],
    ["LayerNormalization", rows, [node("LayerNormalization", ["x", "w", "b"], ["y"])], [
      float("w", [6], [1, 2, 3, 4, 5, 6]),
      float("b", [6], [0, 1, 0, 1, 0, 1]),
    ]],
    ["InstanceNormalization", images, [node("InstanceNormalization", ["x", "w", "b"], ["y"])], [
      float("w", [4], [1, 2, 3, 4]),
      float("b", [4], [0, 1, 0, 1]),
    ]],
    ["CumSum", rows, [node("CumSum", ["x", "a"], ["y"], [int("reverse", 1)])], [int64Proto("a", [1], [])]],
    ["TopK", rows, [node("TopK", ["x", "k"], ["y", "i"], [int("largest", 0)])], [int64Proto("k", [2])]],
    ["Tile, Expand", rows, [node("Tile", ["x", "r"], ["t"]), node("Expand", ["t", "s"], ["y"])], [
      int64Proto("r", [1, 2]),
      int64Proto("s", [3, 1, 1]),
    ]],
    ["Where, Mod, Cast", rows, [
      node("Cast", ["x"], ["i"], [int("to", 6)]),
      { ...node("Cast", ["i"], ["c"], [int("to", 9)]), name: "second" },
      node("Mod", ["x", "m"], ["r"], [int("fmod", 1)]),
      node("Where", ["c", "x", "r"], ["y"]),
    ], [float("m", [], [0.3])]],
    ["HardSigmoid, PRelu, Max", rows, [
      node("HardSigmoid", ["x"], ["h"]),
      node("PRelu", ["x", "s"], ["p"]),
      node("Max", ["h", "p", "x"], ["y"]),
    ], [float("s", [6], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])]],
  ];
  const shape = (x: Tensor) => ({ dim: x.shape.map((n) => ({ dimValue: n })) });
  for (const [name, x, nodes, initializers, opset] of cases) {
    try {
      const bytes = modelOf(nodes, initializers, opset, {
        input: [{ name: "x", type: { tensorType: { elemType: 1, shape: shape(x) } } }],
        output: [{ name: "y", type: { tensorType: { elemType: 1 } } }],
      });
      const { params, apply } = importOnnx(bytes);
      const [theirs] = await runOnnx(bytes, [x]);
      const ours = apply(params, x);
      assertEquals(ours.shape, theirs.shape);
      assertClose(await ours.data(), await theirs.data(), { atol: 2e-6 });
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
});

Deno.test("importOnnx() refuses files that are truncated, are no models, or claim what they do not hold", async () => {
  const bytes = await Deno.readFile(new URL("scconv-torchscript.onnx", folder));
  for (const length of [1, 10, 100, 1000, bytes.length - 1]) {
    assertThrows(() => importOnnx(bytes.subarray(0, length)), Error, "importOnnx: ");
  }
  assertThrows(() => importOnnx(bytes.subarray(0, bytes.length - 1)), RangeError, "truncated");
  assertThrows(() => importOnnx(new Uint8Array()), TypeError, "hold no graph");
  assertThrows(() => importOnnx(new TextEncoder().encode("a text, no model")), Error, "importOnnx: ");
  // @ts-expect-error: no bytes
  assertThrows(() => importOnnx("model.onnx"), TypeError, 'must be a Uint8Array, got "model.onnx"');
  const claims = (dims: number[], rawData = new Uint8Array(8)) =>
    modelOf([node("Add", ["x", "w"], ["y"])], [{ name: "w", dims, dataType: 1, rawData }]);
  assertThrows(() => importOnnx(claims([2 ** 29, 1])), RangeError, "needs 2147483648 bytes, the file has 8");
  assertThrows(() => importOnnx(claims([2 ** 31, 2 ** 31])), RangeError, "elements");
  assertThrows(() => importOnnx(claims([-1])), TypeError, "not a non-negative integer");
  assertThrows(() => importOnnx(claims([3], new Uint8Array())), RangeError, "needs 3 numbers, the file has 0");
  const dims = encodeModel({
    irVersion: 8,
    opsetImport: [],
    graph: { node: [], initializer: [], input: [], output: [{ name: "y" }] },
  });
  // A field that claims 2 GB.
  assertThrows(() => importOnnx(Uint8Array.of(...dims, 0x3a, 0x80, 0x80, 0x80, 0x80, 0x08)), RangeError, "claims more");
});

Deno.test("importOnnx() refuses data in other files, cycles, and operators that it does not know, naming them", () => {
  const external: TensorProto = {
    name: "w",
    dims: [2],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: "location", value: "weights.bin" }],
  };
  const add = node("Add", ["x", "w"], ["y"]);
  assertThrows(
    () => importOnnx(modelOf([add], [external])),
    TypeError,
    'initialiser "w": the data lie in another file (weights.bin)',
  );
  const cycle = [node("Add", ["x", "b"], ["a"]), node("Exp", ["a"], ["b"]), node("Identity", ["b"], ["y"])];
  assertThrows(
    () => importOnnx(modelOf(cycle)),
    TypeError,
    'Add (node "the Add"): needs "b", which Exp (node "the Exp") makes only later: the nodes are in a cycle',
  );
  assertThrows(() => importOnnx(modelOf([add])), TypeError, 'needs "w", which nothing makes');
  assertThrows(
    () => importOnnx(modelOf([node("Exp", ["x"], ["y"]), node("Exp", ["x"], ["y"])])),
    TypeError,
    "a second time",
  );
  assertThrows(
    () => importOnnx(modelOf([node("GridSample", ["x"], ["y"])])),
    TypeError,
    'importOnnx: GridSample (node "the GridSample"): the operator GridSample is not supported',
  );
  const foreign = { ...node("FusedConv", ["x"], ["y"]), domain: "com.microsoft" };
  assertThrows(
    () => importOnnx(modelOf([foreign])),
    TypeError,
    "the operator com.microsoft.FusedConv is not supported",
  );
  assertThrows(() => importOnnx(modelOf([node("toString", ["x"], ["y"])])), TypeError, "toString is not supported");
  const strings: TensorProto = { name: "w", dims: [1], dataType: 8, rawData: new Uint8Array(1) };
  assertThrows(() => importOnnx(modelOf([add], [strings])), TypeError, "data type 8");
  const twice = [float("w", [1], [1]), float("w", [1], [1])];
  assertThrows(() => importOnnx(modelOf([add], twice)), TypeError, 'two initialisers have the name "w"');
});

Deno.test("importOnnx(): what an operator does not take is told with its node; so are wrong inputs", () => {
  const x = tensor([[1, 2], [3, 4]]);
  const apply = (...nodes: NodeProto[]) => {
    const model = importOnnx(modelOf(nodes, [float("w", [3], [1, 2, 3]), int64Proto("big", [3])]));
    return () => model.apply(model.params, x);
  };
  assertThrows(apply(node("Add", ["x", "w"], ["y"])), TypeError, 'importOnnx: Add (node "the Add"): add: ');
  assertThrows(
    apply(node("Pad", ["x", "big"], ["y"], [text("mode", "reflect")])),
    TypeError,
    "mode reflect is not supported",
  );
  assertThrows(apply(node("MaxPool", ["x"], ["y"], [ints("kernel_shape", [2, 2])])), TypeError, "an input of 2 axes");
  assertThrows(apply(node("Concat", ["x"], ["y"], [int("axis", 5)])), TypeError, "axis 5 is out of range for 2 axes");
  assertThrows(apply(node("Add", ["x", ""], ["y"])), TypeError, "input 1 is missing");
  const data = importOnnx(modelOf([node("Cast", ["x"], ["s"], [int("to", 7)]), node("Reshape", ["x", "s"], ["y"])]));
  assertThrows(
    () => jit(data.apply)(data.params, tensor([4])),
    TypeError,
    "it must follow from their shapes",
  );
  const model = importOnnx(exportOnnx((p: { w: Tensor }, x: Tensor) => ops.mul(p.w, x), { w: tensor([2]) }, [x]));
  assertThrows(() => model.apply(model.params), TypeError, "the model takes 1 inputs (input), got 0");
  assertThrows(() => model.apply({}, x), TypeError, 'the parameter "w" must be a tensor, got undefined');
  assertThrows(() => model.apply(model.params, tensor([1])), TypeError, "must be float32 [2, 2], got float32 [1]");
  assertThrows(() => model.apply(model.params, ops.cast(x, "int32")), TypeError, "got int32 [2, 2]");
});
