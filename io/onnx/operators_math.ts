/** Operators of ONNX that compute: elementwise ones, reductions, products. */
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import type { OnnxNode, Operator } from "./node.ts";
import { dtypeOf } from "./types.ts";

const unary = (f: (x: Tensor) => Tensor): Operator => (n) => f(n.input(0));
const binary = (f: (x: Tensor, y: Tensor) => Tensor): Operator => (n) => f(n.input(0), n.input(1));
const folded = (f: (x: Tensor, y: Tensor) => Tensor): Operator => (n) => n.all().reduce((x, y) => f(x, y));

/** Integers stay integers, as in ONNX. */
const divide = (x: Tensor, y: Tensor): Tensor => {
  if (x.dtype !== "int32" && x.dtype !== "uint32") return ops.div(x, y);
  return ops.cast(ops.trunc(ops.div(ops.cast(x, "float64"), ops.cast(y, "float64"))), x.dtype);
};

/** Axes of a reduction: an attribute in old files, an input in new ones. */
function reduceAxes(n: OnnxNode): number[] | undefined {
  const axes = n.list("axes", 1);
  if (axes && axes.length > 0) return axes;
  return n.int("noop_with_empty_axes", 0) === 1 ? [] : undefined;
}

const reduction = (f: (x: Tensor, options: { axis?: number[]; keepDims: boolean }) => Tensor): Operator => (n) => {
  const axis = reduceAxes(n);
  const x = n.input(0);
  if (axis?.length === 0) return x;
  return f(x, { ...axis && { axis }, keepDims: n.int("keepdims", 1) === 1 });
};

const position = (f: typeof ops.argmax): Operator => (n) => {
  if (n.int("select_last_index", 0) === 1) throw n.unsupported("select_last_index");
  const x = n.input(0);
  const axis = n.axis(n.int("axis", 0), x.ndim);
  return f(x, { axis, keepDims: n.int("keepdims", 1) === 1 });
};

/** Softmax along one axis; before version 13 along that and all after it together. */
const normalized = (f: typeof ops.softmax): Operator => (n) => {
  const x = n.input(0);
  if (n.opset >= 13) return f(x, { axis: n.axis(n.int("axis", -1), x.ndim) });
  const axis = n.axis(n.int("axis", 1), x.ndim);
  const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  return ops.reshape(f(ops.reshape(x, [rows, x.size / rows]), { axis: 1 }), x.shape);
};

const gemm: Operator = (n) => {
  const [a, b, c] = [n.input(0), n.input(1), n.inputs[2]];
  const product = ops.matmul(
    n.int("transA", 0) ? ops.transpose(a) : a,
    n.int("transB", 0) ? ops.transpose(b) : b,
  );
  const [alpha, beta] = [n.float("alpha", 1), n.float("beta", 1)];
  const scaled = alpha === 1 ? product : ops.mul(product, alpha);
  return c ? ops.add(scaled, beta === 1 ? c : ops.mul(c, beta)) : scaled;
};

const clip: Operator = (n) => {
  const x = n.input(0);
  const bound = (name: string, i: number): Tensor | number | undefined => n.has(name) ? n.float(name, 0) : n.inputs[i];
  return ops.clip(x, bound("min", 1), bound("max", 2));
};

const logical = (f: (x: Tensor, y: Tensor) => Tensor): Operator => binary(f);

/** Operators by name. */
export const mathOperators: Readonly<Record<string, Operator>> = {
  Abs: unary(ops.abs),
  Neg: unary(ops.neg),
  Sqrt: unary(ops.sqrt),
  Reciprocal: unary(ops.reciprocal),
  Exp: unary(ops.exp),
  Log: unary(ops.log),
  Sin: unary(ops.sin),
  Cos: unary(ops.cos),
  Tan: unary(ops.tan),
  Tanh: unary(ops.tanh),
  Erf: unary(ops.erf),
  Floor: unary(ops.floor),
  Ceil: unary(ops.ceil),
  Round: unary(ops.round),
  Sign: unary(ops.sign),
  Not: unary(ops.logicalNot),
  IsNaN: unary(ops.isNaN),
  Identity: unary((x) => x),
  Relu: unary(ops.relu),
  Sigmoid: unary(ops.sigmoid),
  Softplus: unary(ops.softplus),
  Softsign: unary((x) => ops.div(x, ops.add(ops.abs(x), 1))),
  HardSwish: unary((x) => ops.mul(x, ops.clip(ops.add(ops.div(x, 6), 0.5), 0, 1))),
  Mish: unary((x) => ops.mul(x, ops.tanh(ops.softplus(x)))),
  LeakyRelu: (n) => ops.leakyRelu(n.input(0), { slope: n.float("alpha", 0.01) }),
  Elu: (n) => ops.elu(n.input(0), { alpha: n.float("alpha", 1) }),
  Gelu: (n) => ops.gelu(n.input(0), { approximate: n.text("approximate", "none") === "tanh" ? "tanh" : "none" }),
  HardSigmoid: (n) => ops.clip(ops.add(ops.mul(n.input(0), n.float("alpha", 0.2)), n.float("beta", 0.5)), 0, 1),
  PRelu: binary((x, slope) => ops.where(ops.less(x, 0), ops.mul(x, slope), x)),
  Clip: clip,
  Add: binary(ops.add),
  Sub: binary(ops.sub),
  Mul: binary(ops.mul),
  Div: binary(divide),
  Pow: binary((x, y) => ops.cast(ops.pow(x, ops.cast(y, x.dtype)), x.dtype)),
  Mod: (n) => {
    const [x, y] = [n.input(0), n.input(1)];
    if (n.int("fmod", 0) === 0) return ops.mod(x, y);
    return ops.sub(x, ops.mul(ops.cast(ops.trunc(ops.div(x, y)), x.dtype), y));
  },
  Min: folded(ops.minimum),
  Max: folded(ops.maximum),
  Sum: folded(ops.add),
  Mean: (n) => ops.div(n.all().reduce((x, y) => ops.add(x, y)), n.inputs.length),
  Equal: binary(ops.equal),
  Less: binary(ops.less),
  LessOrEqual: binary(ops.lessEqual),
  Greater: binary(ops.greater),
  GreaterOrEqual: binary(ops.greaterEqual),
  And: logical(ops.logicalAnd),
  Or: logical(ops.logicalOr),
  Xor: logical(ops.notEqual),
  Where: (n) => ops.where(ops.cast(n.input(0), "bool"), n.input(1), n.input(2)),
  Cast: (n) => ops.cast(n.input(0), dtypeOf(n.title, n.int("to", 1))),
  CastLike: binary((x, like) => ops.cast(x, like.dtype)),
  MatMul: binary(ops.matmul),
  Gemm: gemm,
  Einsum: (n) => ops.einsum(n.text("equation", "").replaceAll(" ", ""), ...n.all()),
  Softmax: normalized(ops.softmax),
  LogSoftmax: normalized(ops.logSoftmax),
  ReduceSum: reduction(ops.sum),
  ReduceMean: reduction(ops.mean),
  ReduceMax: reduction(ops.max),
  ReduceMin: reduction(ops.min),
  ReduceProd: reduction(ops.prod),
  ReduceSumSquare: reduction((x, options) => ops.sum(ops.square(x), options)),
  ReduceL1: reduction((x, options) => ops.sum(ops.abs(x), options)),
  ReduceL2: reduction((x, options) => ops.sqrt(ops.sum(ops.square(x), options))),
  ReduceLogSumExp: reduction(ops.logSumExp),
  ArgMax: position(ops.argmax),
  ArgMin: position(ops.argmin),
  CumSum: (n) => {
    if (n.int("exclusive", 0) === 1) throw n.unsupported("exclusive");
    const [x, axis] = [n.input(0), n.number(1) ?? 0];
    if (n.int("reverse", 0) === 0) return ops.cumsum(x, { axis });
    return ops.flip(ops.cumsum(ops.flip(x, { axis }), { axis }), { axis });
  },
};
