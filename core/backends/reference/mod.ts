/** The reference backend: every primitive in plain TypeScript, float64 inside. The oracle of the tests; no speed claims. */
import { read } from "../../compile/expr.ts";
import { allocate, coerce, type DType, isFloat, type TypedArray } from "../../dtype.ts";
import { show } from "../../errors.ts";
import type { Graph, Node } from "../../graph.ts";
import type { Aval } from "../../shape.ts";
import { sizeOf, stridesOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Backend, Executable, ProgramReport, Storage } from "../backend.ts";
import { type ConvParams, type DotParams, freeAxes } from "../../primitives/contraction.ts";
import type { Bodies, ScanShape, WhileShape } from "../../bodies.ts";
import { compileExpr } from "./evaluate.ts";

type Values = Float64Array;

/** The most elements of a value: 1 GiB as float64. */
const sizeLimit = 2 ** 27;

/** Every index of a shape in row-major order; the array is reused. */
function eachIndex(shape: readonly number[], body: (index: readonly number[], at: number) => void): void {
  const size = sizeOf(shape);
  const index = shape.map(() => 0);
  for (let at = 0; at < size; at++) {
    body(index, at);
    for (let i = shape.length - 1; i >= 0; i--) {
      if (++index[i] < shape[i]) break;
      index[i] = 0;
    }
  }
}

const dotProduct = (a: readonly number[], b: readonly number[]): number => a.reduce((s, x, i) => s + x * b[i], 0);

function elementwise(node: Node, operands: readonly Values[], out: Values): void {
  const lower = node.primitive!.lower;
  if (lower.kind !== "elementwise") return;
  const args = node.operands.map((t, id) => read({ id, type: t.dtype, wide: false, name: "x" }));
  const f = compileExpr(lower.expr(args, node.params, node.outputs.map((t) => t.aval)));
  const values = new Array<number>(operands.length);
  for (let at = 0; at < out.length; at++) {
    for (let k = 0; k < operands.length; k++) values[k] = operands[k][at];
    out[at] = f(values);
  }
}

function reduce(op: string, x: Values, from: Aval, axes: readonly number[], out: Values): void {
  out.fill(op === "sum" ? 0 : op === "prod" ? 1 : op === "max" ? -Infinity : Infinity);
  const kept = from.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const strides = stridesOf(kept.map((i) => from.shape[i]));
  // Neumaier's compensated sum: the oracle must be exact where cancellation is heavy.
  const lost = new Float64Array(op === "sum" ? out.length : 0);
  eachIndex(from.shape, (index, at) => {
    const to = kept.reduce((s, axis, i) => s + index[axis] * strides[i], 0);
    const value = x[at], held = out[to];
    if (op === "sum") {
      const total = held + value;
      if (Number.isFinite(total)) {
        lost[to] += Math.abs(held) >= Math.abs(value) ? held - total + value : value - total + held;
      }
      out[to] = total;
    } else if (op === "prod") out[to] = held * value;
    else out[to] = op === "max" ? Math.max(held, value) : Math.min(held, value);
  });
  lost.forEach((rest, i) => out[i] += rest);
}

/** The product of two elements: of integers, its lowest 32 bits, which a float64 would round away. */
function productOf(dtype: DType): (a: number, b: number) => number {
  return isFloat(dtype) ? (a, b) => a * b : Math.imul;
}

function dot(node: Node, x: Values, y: Values, out: Values): void {
  const params = node.params as DotParams;
  const multiply = productOf(node.outputs[0].dtype);
  const [left, right] = node.operands.map((t) => t.shape);
  const sx = stridesOf(left), sy = stridesOf(right);
  const inner = params.contract[0].map((axis) => left[axis]);
  const pairs: [number, number][] = [];
  eachIndex(inner, (k) => {
    pairs.push([
      dotProduct(k, params.contract[0].map((i) => sx[i])),
      dotProduct(k, params.contract[1].map((i) => sy[i])),
    ]);
  });
  const b = params.batch[0].length;
  const free = [freeAxes(left.length, params, 0), freeAxes(right.length, params, 1)];
  eachIndex(node.outputs[0].shape, (index, at) => {
    let i = 0, j = 0;
    for (let k = 0; k < b; k++) {
      i += index[k] * sx[params.batch[0][k]];
      j += index[k] * sy[params.batch[1][k]];
    }
    free[0].forEach((axis, k) => i += index[b + k] * sx[axis]);
    free[1].forEach((axis, k) => j += index[b + free[0].length + k] * sy[axis]);
    let total = 0;
    for (const [p, q] of pairs) total += multiply(x[i + p], y[j + q]);
    out[at] = total;
  });
}

function conv(
  params: ConvParams,
  first: Values,
  second: Values,
  out: Values,
  multiply: (a: number, b: number) => number,
): void {
  const { mode, input, kernel, output, stride, dilation, padding, groups } = params;
  const x = mode === "input" ? out : first;
  const w = mode === "kernel" ? out : second;
  const y = mode === "output" ? out : mode === "input" ? first : second;
  out.fill(0);
  const sx = stridesOf(input), sw = stridesOf(kernel);
  const perGroup = kernel[1], outPerGroup = kernel[0] / groups;
  eachIndex(output, (p, at) => {
    const group = Math.floor(p[1] / outPerGroup);
    eachIndex(kernel.slice(1), (k) => {
      let i = p[0] * sx[0] + (group * perGroup + k[0]) * sx[1];
      for (let d = 0; d < stride.length; d++) {
        const position = p[2 + d] * stride[d] + k[1 + d] * dilation[d] - padding[d][0];
        if (position < 0 || position >= input[2 + d]) return;
        i += position * sx[2 + d];
      }
      const j = p[1] * sw[0] + dotProduct(k, sw.slice(1));
      if (mode === "output") y[at] += multiply(x[i], w[j]);
      else if (mode === "input") x[i] += multiply(y[at], w[j]);
      else w[j] += multiply(x[i], y[at]);
    });
  });
}

function evaluateNode(node: Node, operands: readonly Values[]): Values[] {
  const { lower } = node.primitive!;
  const outputs = node.outputs.map((t) => new Float64Array(t.size));
  const [out] = outputs;
  const [first] = operands;
  const shape = node.outputs[0].shape;
  switch (lower.kind) {
    case "literal":
      out[0] = coerce(node.params.dtype, node.params.value);
      break;
    case "iota":
      eachIndex(shape, (index, at) => out[at] = index[node.params.axis]);
      break;
    case "elementwise":
      elementwise(node, operands, out);
      break;
    case "view": {
      const { axes, steps, offsets } = lower.view(node.operands[0].aval, node.params);
      const strides = stridesOf(node.operands[0].shape);
      const start = dotProduct(offsets, strides);
      const step = axes.map((axis, i) => axis < 0 ? 0 : steps[i] * strides[axis]);
      eachIndex(shape, (index, at) => out[at] = first[start + dotProduct(index, step)]);
      break;
    }
    case "reshape":
      out.set(first);
      break;
    case "place": {
      out.fill(lower.fill(node.params));
      const strides = stridesOf(shape);
      lower.places(node.operands.map((t) => t.aval), node.params).forEach(({ offsets, steps }, k) => {
        const start = dotProduct(offsets, strides);
        const step = steps.map((s, i) => s * strides[i]);
        eachIndex(node.operands[k].shape, (index, at) => out[start + dotProduct(index, step)] = operands[k][at]);
      });
      break;
    }
    case "reduce":
      reduce(lower.op, first, node.operands[0].aval, node.params.axes, out);
      break;
    case "dot":
      dot(node, operands[0], operands[1], out);
      break;
    case "conv":
      conv(node.params, operands[0], operands[1], out, productOf(node.outputs[0].dtype));
      break;
    case "loops": {
      const results = lower.reference(
        operands as Float64Array[],
        node.operands.map((t) => t.aval),
        node.params,
        node.outputs.map((t) => t.aval),
      );
      results.forEach((r, i) => outputs[i].set(r));
      break;
    }
    case "identity":
      operands.forEach((x, i) => outputs[i].set(x));
      break;
    case "scan":
      return scan(node, operands);
    case "while": {
      const { graphs: [condition, body], shape: { consts } } = node.params as Bodies<WhileShape>;
      let state = operands.slice(consts);
      const held = operands.slice(0, consts);
      while (evaluateGraph(condition, [...held, ...state])[0][0] !== 0) {
        state = evaluateGraph(body, [...held, ...state]);
      }
      return [...state];
    }
    case "switch": {
      const { graphs } = node.params as Bodies;
      const [[index], ...args] = operands;
      return evaluateGraph(graphs[Math.min(Math.max(index, 0), graphs.length - 1)], args);
    }
    case "contract":
    case "region":
    case "call":
      throw new Error("reference: calls are inlined before they get here");
  }
  node.outputs.forEach((t, i) => {
    if (t.dtype !== "float64") {
      for (let at = 0; at < outputs[i].length; at++) outputs[i][at] = coerce(t.dtype, outputs[i][at]);
    }
  });
  return outputs;
}

function scan(node: Node, operands: readonly Values[]): Values[] {
  const { graphs: [body], shape: { consts, carries, length, reverse, trail } } = node.params as Bodies<ScanShape>;
  const held = operands.slice(0, consts), xs = operands.slice(consts + carries);
  let carry = operands.slice(consts, consts + carries);
  const outputs = node.outputs.map((t) => new Float64Array(t.size));
  const ys = outputs.slice(carries, trail ? outputs.length - carries : undefined);
  const kept = trail ? outputs.slice(outputs.length - carries) : [];
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    kept.forEach((t, i) => t.set(carry[i], at * carry[i].length));
    const slices = xs.map((x) => x.subarray(at * x.length / length, (at + 1) * x.length / length));
    const results = evaluateGraph(body, [...held, ...carry, ...slices]);
    carry = results.slice(0, carries);
    ys.forEach((y, i) => y.set(results[carries + i], at * y.length / length));
  }
  return [...carry, ...outputs.slice(carries)];
}

function evaluateGraph(graph: Graph, inputs: readonly Values[]): Values[] {
  const known = new Map<Tensor, Values>();
  [...graph.inputs, ...graph.captures].forEach((t, i) => known.set(t, inputs[i]));
  for (const node of graph.nodes) {
    const results = evaluateNode(node, node.operands.map((t) => known.get(t)!));
    node.outputs.forEach((t, i) => known.set(t, results[i]));
  }
  return graph.outputs.map((t) => known.get(t)!);
}

class ReferenceExecutable implements Executable {
  constructor(private readonly graph: Graph) {}

  run(inputs: readonly Storage[]): Storage[] {
    const values = evaluateGraph(this.graph, inputs.map((storage) => Float64Array.from(storage as TypedArray)));
    return this.graph.outputs.map((t, i) => {
      const storage = allocate(t.dtype, t.size);
      storage.set(values[i]);
      return storage;
    });
  }

  report(): ProgramReport {
    return {
      device: "reference",
      kernels: [],
      arenaBytes: 0,
      notes: ["the reference backend interprets node by node"],
    };
  }
}

/** The device "reference". */
export class ReferenceBackend implements Backend {
  readonly name = "reference";
  readonly description = "plain TypeScript, for tests";

  constructor(private readonly onClose: (backend: Backend) => void) {}

  compile(graph: Graph): Executable {
    for (const { primitive, outputs } of graph.nodes) {
      for (const { size, shape, dtype } of outputs) {
        if (size <= sizeLimit) continue;
        throw new RangeError(
          `reference: ${primitive!.name} makes ${dtype} ${
            show(shape)
          }, more than ${sizeLimit} elements; use the cpu device`,
        );
      }
    }
    return new ReferenceExecutable(graph);
  }

  write(values: TypedArray, _aval: Aval): Storage {
    return values;
  }

  read(storage: Storage, aval: Aval): Promise<TypedArray> {
    return Promise.resolve(this.readSync(storage, aval));
  }

  readSync(storage: Storage, _aval: Aval): TypedArray {
    return (storage as TypedArray).slice();
  }

  free(): void {}

  close(): void {
    this.onClose(this);
  }
}
