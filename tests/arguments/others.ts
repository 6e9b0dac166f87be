/** Rows of the entry points `random`, `tree`, `io`, `onnx` and `primitive`. */
import * as io from "../../io/mod.ts";
import * as onnx from "../../io/onnx/mod.ts";
import * as primitive from "../../ops/primitive.ts";
import * as random from "../../core/random.ts";
import * as tree from "../../core/tree.ts";
import { nn, ops, Tensor, tensor } from "../../mod.ts";
import { axis, beside, kindOf, optional, options, type Row, shape, single, strict } from "./table.ts";

const isTensor = (v: unknown): boolean => v instanceof Tensor;
const key = single("key", random.key(0));
const dtype = options(optional(strict("dtype", "float32")));
const device = optional(strict("device", "cpu"));
const x = tensor([1, 2]);
const logits = tensor([0.1, 0.2]);
const sizes = shape("shape", [2]);

/** The rows of `random`. */
export const randomRows: Readonly<Record<string, Row>> = {
  key: { f: random.key, args: [kindOf("-1")("seed", 0), options(device)] },
  split: { f: random.split, args: [key, optional(strict("count", 2))] },
  foldIn: { f: random.foldIn, args: [key, kindOf("-1")("data", 1)] },
  bits: { f: random.bits, args: [key, sizes] },
  uniform: {
    f: random.uniform,
    args: [
      key,
      sizes,
      options(
        optional(kindOf("-1")("min|range", 0)),
        optional(kindOf("1.5", "2**53")("max|range", 1)),
        ...dtype.fields!,
      ),
    ],
  },
  normal: { f: random.normal, args: [key, sizes, dtype] },
  truncatedNormal: {
    f: random.truncatedNormal,
    args: [key, kindOf("-1")("lower", -2), kindOf("1.5", "2**53", "Infinity", "-1")("upper", 1), sizes, dtype],
  },
  bernoulli: { f: random.bernoulli, args: [key, strict("p", 0.5), optional(sizes)] },
  randint: { f: random.randint, args: [key, sizes, kindOf("-1")("low", 0), strict("high|up to", 9)] },
  permutation: { f: random.permutation, args: [key, { ...strict("n |x|shape", 4), may: ["elsewhere"] }] },
  categorical: {
    f: random.categorical,
    args: [
      beside("key", random.key(0)),
      beside("logits", logits),
      options(optional(axis("axis", 0)), optional(shape("shape", [3]))),
    ],
  },
};

const some = { a: x, b: [x] };
const anyTree = kindOf("null", "undefined", "{}", "[]", "elsewhere", "disposed");
const structure = tree.structure(some);
const f = (x: Tensor) => ops.tanh(x);

/** The rows of `tree`. */
export const treeRows: Readonly<Record<string, Row>> = {
  flatten: {
    f: tree.flatten,
    args: [
      kindOf('""')("operation", "flatten"),
      kindOf("null", "undefined", "{}", "[]", "disposed", "elsewhere")("root", some),
      optional(strict("isLeaf", isTensor)),
    ],
  },
  leaves: { f: tree.leaves, args: [anyTree("root", some)] },
  structure: { f: tree.structure, args: [anyTree("root", some)] },
  paths: { f: tree.paths, args: [anyTree("root", some)] },
  pathsOf: { f: tree.pathsOf, args: [strict("structure", structure)] },
  structureKey: { f: tree.structureKey, args: [strict("structure", structure)] },
  unflatten: { f: tree.unflatten, args: [strict("structure", structure), strict("leaves", [1, 2])] },
  map: { f: tree.map, args: [strict("argument|function", (x: Tensor) => x), anyTree("root", some)] },
  ravel: { f: tree.ravel, args: [kindOf("elsewhere")("root|leaves|leaf", some)] },
  view: { f: tree.view, args: [anyTree("root", some)] },
};

const folder = Deno.makeTempDirSync();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const paths = { npy: `${folder}/a.npy`, safetensors: `${folder}/a.safetensors` };
await io.saveNpy(paths.npy, x);
await io.saveSafetensors(paths.safetensors, { a: x });
const npy = await io.encodeNpy(x), safetensors = await io.encodeSafetensors({ a: x });
const layer = nn.linear(2, 1);
const params = layer.init(random.key(0));
const dict = io.toTorchStateDict(layer, params);
const metadata = options(optional(kindOf("{}")("metadata", { epoch: "3" })));
const reading = options(optional(strict("into|root|entries", { a: x })), device);
const stableHlo = io.exportStableHlo(f, [x]);

/** The rows of `io`. */
export const ioRows: Readonly<Record<string, Row>> = {
  encodeNpy: { f: io.encodeNpy, args: [single("tensor", x)] },
  saveNpy: { f: io.saveNpy, args: [strict("path", `${folder}/b.npy`), single("tensor", x)] },
  decodeNpy: { f: io.decodeNpy, args: [strict("bytes", npy), options(device)] },
  loadNpy: { f: io.loadNpy, args: [strict("path", paths.npy), options(device)] },
  encodeSafetensors: {
    f: io.encodeSafetensors,
    args: [kindOf("null", "undefined", "{}", "[]")("tree|root|name|used after", { a: x }), metadata],
  },
  saveSafetensors: {
    f: io.saveSafetensors,
    args: [
      strict("path", `${folder}/b.safetensors`),
      kindOf("null", "undefined", "{}", "[]")("tree|root|name|used after", { a: x }),
      metadata,
    ],
  },
  decodeSafetensors: { f: io.decodeSafetensors, args: [strict("bytes", safetensors), reading] },
  loadSafetensors: { f: io.loadSafetensors, args: [strict("path", paths.safetensors), reading] },
  toTorchStateDict: {
    f: io.toTorchStateDict,
    args: [
      kindOf("null", "undefined", "{}", "[]")("root|tensor", layer),
      strict("root|missing|tensor", params),
      optional(kindOf("{}", "null", "[]")("root|tensor", undefined)),
    ],
  },
  fromTorchStateDict: {
    f: io.fromTorchStateDict,
    args: [
      strict("layer|network|dict|missing|shape", layer),
      strict("dict|entries|entry|missing|shape", dict),
      options(optional(strict("extra", "ignore"))),
    ],
  },
  exportStableHlo: {
    f: io.exportStableHlo,
    args: [
      strict("function", f),
      strict("argument", [x]),
      options(
        optional(strict("name", "main")),
        optional(kindOf("[]")("donate", [0])),
        optional(strict("precision", "high")),
      ),
    ],
  },
  importStableHlo: { f: io.importStableHlo, args: [strict("text|line", stableHlo.text)] },
};

const bytes = onnx.exportOnnx((_: unknown, ...xs: Tensor[]) => ops.add(ops.concat(xs), 1), { w: x }, [x]);

/** The rows of `onnx`. */
export const onnxRows: Readonly<Record<string, Row>> = {
  exportOnnx: {
    f: onnx.exportOnnx,
    args: [
      strict("function", (_: unknown, ...xs: Tensor[]) => ops.add(ops.concat(xs), 1)),
      { ...kindOf("null", "undefined", "{}", "[]", "elsewhere", "disposed")("param|root|w", { w: x }) },
      { ...strict("input|example|concat", [x]), may: ["[]"] },
      options(
        optional(strict("opset", 17)),
        optional(strict("dynamicBatch", false)),
        optional(strict("inputNames", ["x"])),
        optional(strict("outputNames", ["y"])),
        optional(kindOf('""')("name", "model")),
      ),
    ],
  },
  importOnnx: { f: onnx.importOnnx, args: [strict("bytes", bytes), options(device)] },
};

const twice = primitive.elementwise("twice", { lower: (x) => x.add(x), partials: () => [null] });
const rule = { lower: twice.lower, infer: twice.infer, axes: twice.axes, batch: twice.batch, transpose: () => [] };

/** The rows of `primitive`. */
export const primitiveRows: Readonly<Record<string, Row>> = {
  elementwise: {
    f: primitive.elementwise,
    args: [strict("name", "other"), strict("rule", { lower: (x: primitive.Expr) => x })],
  },
  linear: { f: primitive.linear, args: [strict("name", "other"), strict("rule", rule)] },
  flat: { f: primitive.flat, args: [strict("name", "other"), strict("rule", rule)] },
  define: {
    f: primitive.define,
    args: [strict("rule|name", { name: "other", infer: twice.infer, lower: twice.lower })],
  },
  operation: { f: primitive.operation, args: [strict("primitive", twice)] },
  bind: {
    f: primitive.bind,
    args: [
      strict("primitive", twice),
      strict("operands|operand", [x]),
      optional(
        kindOf("null", "NaN", "Infinity", "-1", "1.5", "2**53", '""', "{}", "[]", "foreign", "disposed", "elsewhere")(
          "params",
        ),
      ),
    ],
  },
  bind1: { f: primitive.bind1, args: [strict("primitive", twice), strict("operands|operand", [x])] },
  reservedNames: { f: primitive.reservedNames, args: [] },
  // What rules are given by the library, they pass on.
  ...Object.fromEntries(
    ["alignBatch", "alignedAxes", "constant", "read"].map((name) => [name, { f: () => {}, args: [] }]),
  ),
  aval: { f: primitive.aval, args: [shape("shape", [2]), strict("dtype", "float32")] },
};
