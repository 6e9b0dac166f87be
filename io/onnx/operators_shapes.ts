/** Operators of ONNX that move numbers or tell of shapes. */
import type { Tensor } from "../../core/tensor.ts";
import * as ops from "../../ops/mod.ts";
import type { OnnxNode, Operator } from "./node.ts";

const reshape: Operator = (n) => {
  const x = n.input(0);
  const asked = n.list("shape", 1);
  if (!asked) throw n.error("the shape is missing");
  const keepZero = n.int("allowzero", 0) === 1;
  const shape = asked.map((extent, i) => extent === 0 && !keepZero ? x.shape[i] : extent);
  const rest = shape.filter((extent) => extent !== -1).reduce((a, b) => a * b, 1);
  return ops.reshape(x, shape.map((extent) => extent === -1 ? x.size / rest : extent));
};

const flatten: Operator = (n) => {
  const x = n.input(0);
  const given = n.int("axis", 1);
  const axis = given < 0 ? given + x.ndim : given;
  const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  return ops.reshape(x, [rows, rows === 0 ? 0 : x.size / rows]);
};

const squeeze: Operator = (n) => {
  const axes = n.list("axes", 1);
  return axes ? ops.squeeze(n.input(0), { axis: axes }) : ops.squeeze(n.input(0));
};

const unsqueeze: Operator = (n) => {
  const axes = n.list("axes", 1);
  if (!axes) throw n.error("the axes are missing");
  return axes.length === 0 ? n.input(0) : ops.expandDims(n.input(0), { axis: axes });
};

const slice: Operator = (n) => {
  let x = n.input(0);
  const starts = n.list("starts", 1), ends = n.list("ends", 2);
  if (!starts || !ends) throw n.error("starts or ends are missing");
  const axes = n.list("axes", 3) ?? starts.map((_, i) => i);
  const steps = n.constants(4) ?? starts.map(() => 1);
  axes.forEach((given, i) => {
    const axis = n.axis(given, x.ndim);
    const extent = x.shape[axis];
    const at = (position: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, position < 0 ? position + extent : position));
    if (steps[i] > 0) {
      const start = at(starts[i], 0, extent);
      x = ops.slice(x, start, Math.max(start, at(ends[i], 0, extent)), { axis, step: steps[i] });
      return;
    }
    // Backwards: forwards through the axis turned round.
    const start = extent - 1 - at(starts[i], 0, extent - 1);
    const end = extent - 1 - (ends[i] < -extent ? -1 : at(ends[i], -1, extent - 1));
    x = ops.slice(ops.flip(x, { axis }), start, Math.max(start, end), { axis, step: -steps[i] });
  });
  return x;
};

const split: Operator = (n) => {
  const x = n.input(0);
  const axis = n.axis(n.int("axis", 0), x.ndim);
  const parts = n.list("split", 1);
  if (parts) {
    return ops.split(x, parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).reduce((a, b) => a + b)), { axis });
  }
  const count = n.int("num_outputs", n.proto.output.length);
  const each = Math.ceil(x.shape[axis] / count);
  return ops.split(x, Array.from({ length: count - 1 }, (_, i) => (i + 1) * each), { axis });
};

const pad: Operator = (n) => {
  const x = n.input(0);
  const mode = n.text("mode", "constant");
  if (mode !== "constant") throw n.unsupported(`mode ${mode}`);
  const pads = n.list("pads", 1);
  if (!pads) throw n.error("the pads are missing");
  const axes = n.constants(3)?.map((axis) => n.axis(axis, x.ndim)) ?? x.shape.map((_, i) => i);
  const value = n.has("value") ? n.float("value", 0) : n.number(2) ?? 0;
  const all = x.shape.map((_, axis): [number, number] => {
    const i = axes.indexOf(axis);
    return i < 0 ? [0, 0] : [pads[i], pads[axes.length + i]];
  });
  const cut = all.reduce((y, [low, high], axis) => {
    if (low >= 0 && high >= 0) return y;
    return ops.slice(y, Math.max(0, -low), y.shape[axis] - Math.max(0, -high), { axis });
  }, x);
  return ops.pad(cut, all.map(([low, high]): [number, number] => [Math.max(0, low), Math.max(0, high)]), { value });
};

const expand: Operator = (n) => {
  const x = n.input(0);
  const asked = n.constants(1);
  if (!asked) throw n.error("the shape is missing");
  const rank = Math.max(x.ndim, asked.length);
  const from = (shape: readonly number[], i: number): number => shape[i - rank + shape.length] ?? 1;
  return ops.broadcastTo(
    x,
    Array.from({ length: rank }, (_, i) => from(asked, i) === 1 ? from(x.shape, i) : from(asked, i)),
  );
};

/** Integer indices, which may come as floats of whole numbers from nowhere else. */
const take: Operator = (n) => {
  const x = n.input(0);
  return ops.take(x, n.input(1), { axis: n.axis(n.int("axis", 0), x.ndim) });
};

const constant: Operator = (n) => {
  const value = n.tensor("value");
  if (value) return n.constant(value);
  if (n.has("value_float")) {
    return n.constant({ values: Float32Array.of(n.float("value_float", 0)), shape: [], dtype: "float32" });
  }
  if (n.has("value_int")) return n.integers([n.int("value_int", 0)], []);
  const floats = n.floats("value_floats");
  if (n.has("value_floats") && floats) {
    return n.constant({ values: Float32Array.from(floats), shape: [floats.length], dtype: "float32" });
  }
  const ints = n.ints("value_ints");
  if (n.has("value_ints") && ints) return n.integers(ints);
  throw n.unsupported("a constant of this kind");
};

const constantOfShape: Operator = (n) => {
  const shape = n.constants(0) ?? [];
  const { values, dtype } = n.tensor("value") ?? { values: Float32Array.of(0), dtype: "float32" as const };
  return ops.broadcastTo(n.constant({ values, shape: [], dtype }), shape);
};

const range: Operator = (n) => {
  const [start, limit, step] = [n.number(0) ?? 0, n.number(1) ?? 0, n.number(2) ?? 1];
  const values = Array.from({ length: Math.max(0, Math.ceil((limit - start) / step)) }, (_, i) => start + i * step);
  const { dtype } = n.input(0);
  if (dtype === "int32") return n.integers(values);
  return n.constant({ values: Float32Array.from(values), shape: [values.length], dtype: "float32" });
};

const shape: Operator = (n) => {
  const { shape } = n.input(0);
  const [start, end] = [n.int("start", 0), n.int("end", shape.length)];
  return n.integers(shape.slice(start, end));
};

const concat = (n: OnnxNode): Tensor => {
  const xs = n.all();
  return ops.concat(xs, { axis: n.axis(n.int("axis", 0), xs[0].ndim) });
};

const topK: Operator = (n) => {
  const [x, k] = [n.input(0), n.number(1) ?? 1];
  const axis = n.axis(n.int("axis", -1), x.ndim);
  if (n.int("largest", 1) === 1) return ops.topK(x, k, { axis });
  const order = ops.slice(ops.argsort(x, { axis }), 0, k, { axis });
  return [ops.gather(x, order, { axis }), order];
};

/** Operators by name. */
export const shapeOperators: Readonly<Record<string, Operator>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: (n) => {
    const perm = n.ints("perm");
    return perm ? ops.transpose(n.input(0), perm) : ops.transpose(n.input(0));
  },
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Expand: expand,
  Tile: (n) => ops.tile(n.input(0), n.constants(1) ?? []),
  Gather: take,
  GatherElements: (n) => {
    const x = n.input(0);
    return ops.gather(x, n.input(1), { axis: n.axis(n.int("axis", 0), x.ndim) });
  },
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: shape,
  Size: (n) => n.integers([n.input(0).size], []),
  TopK: topK,
};
