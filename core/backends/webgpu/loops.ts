/** Kernels of the primitives that walk along an axis: gather, scatter, sorting, cumulative sums, positions of extrema. */
import type { DType } from "../../dtype.ts";
import type { Unit } from "../../compile/fuse.ts";
import type { Buffer, Home } from "../../compile/home.ts";
import type { WindowParams } from "../../primitives/indexing.ts";
import { sizeOf } from "../../shape.ts";
import { workgroup } from "./nest.ts";
import { argsortKernels } from "./sort.ts";
import { fromWord, literal, toWord, wgslType } from "./wgsl/expression.ts";
import { type Dispatch, iterationLimit, Parameters } from "./wgsl/kernel.ts";

type LoopUnit = Unit & { kind: "loops" };
export type Scratch = (dtype: DType, size: number) => Buffer;

/** A kernel of one invocation a position, `id` below `total`. */
export function flatKernel(
  name: string,
  total: number,
  parameters: Parameters,
  code: string,
  iterations: number,
  bytes: number,
): Dispatch {
  return {
    name,
    body: `fn main_(wg: u32, li: u32) {
  let id = i32(wg * ${workgroup}u + li);
  if (id < 0 || id >= ${total}) { return; }
${code}
}`,
    invocations: workgroup,
    groups: Math.ceil(total / workgroup),
    parameters: parameters.list,
    flops: 0,
    bytes,
    iterations,
  };
}

/** Rows of an operand along one axis: `outer` blocks of `extent` elements `inner` apart. */
export interface Rows {
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

function rowsOf(shape: readonly number[], axis: number): Rows {
  return { outer: sizeOf(shape.slice(0, axis)), extent: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

/** The kernels of a primitive with loops of its own. */
export function loopKernels({ node, operands, outputs }: LoopUnit, scratch: Scratch): Dispatch[] {
  const { name } = node.primitive!;
  const [x, y] = operands, [out] = outputs;
  const [a] = node.operands.map((t) => t.aval), result = node.outputs[0].aval;
  const { params } = node;
  if (node.primitive!.effect) {
    throw new TypeError(
      "webgpu: debugPrint and debugCheck need a device that can be read at once; use cpu or reference",
    );
  }
  if (node.outputs.every((t) => t.size === 0)) return [];
  switch (name) {
    case "gather":
      return [gather(rowsOf(a.shape, params.axis), result.size, result.shape[params.axis], x, y, out)];
    case "scatterAdd":
      return scatterAdd(rowsOf(a.shape, params.axis), params.extent, x, y, out);
    case "cumsum":
      return cumsum(rowsOf(a.shape, params.axis), params.reverse, x, out, scratch);
    case "argExtremum":
      return argExtremum(rowsOf(a.shape, params.axis), params.op, x, out, scratch);
    case "argsort":
      return argsortKernels(rowsOf(a.shape, params.axis), x, out, scratch);
    case "windowArgMax":
      return [windowArgMax(a.shape, result.shape, params, x, out)];
    default:
      throw new TypeError(
        `webgpu: ${name} has no kernel on webgpu: its lowering is loops or a function of JavaScript, which the cpu runs; ` +
          "move its operands to cpu, or declare it elementwise, as a view, a place or a reduction",
      );
  }
}

function gather({ extent, inner }: Rows, total: number, count: number, x: Home, indices: Home, out: Home): Dispatch {
  const p = new Parameters();
  const from = p.read(x.buffer, x.offset),
    at = p.read(indices.buffer, indices.offset),
    to = p.write(out.buffer, out.offset);
  const code = `  let k = clamp(bitcast<i32>(ld${at}(id)), 0, ${extent - 1});
  st${to}(id, ld${from}((id / ${count * inner} * ${extent} + k) * ${inner} + id % ${inner}));`;
  return flatKernel("gather", total, p, code, 0, 12 * total);
}

/** out[…, indices[k], …] += updates[k], in the order of k, so that the bits are the same every time. */
function scatterAdd(
  { outer, extent: count, inner }: Rows,
  extent: number,
  updates: Home,
  indices: Home,
  out: Home,
): Dispatch[] {
  const type = out.buffer.dtype;
  const dispatches: Dispatch[] = [fillKernel(out, outer * extent * inner)];
  const lanes = outer * inner;
  const share = iterationLimit - 35;
  for (let start = 0; start < count; start += share) {
    const p = new Parameters();
    const from = p.read(updates.buffer, updates.offset),
      at = p.read(indices.buffer, indices.offset),
      to = p.write(out.buffer, out.offset);
    const end = Math.min(count, start + share);
    const code = `  let o = id / ${inner}; let i = id % ${inner};
  for (var k = ${start}; k < ${end}; k++) {
    let source = (o * ${count} + k) * ${inner} + i;
    let to = (o * ${extent} + clamp(bitcast<i32>(ld${at}(source)), 0, ${extent - 1})) * ${inner} + i;
    st${to}(to, ${toWord(type, `(${fromWord(type, `ld${to}(to)`)} + ${fromWord(type, `ld${from}(source)`)})`)});
  }`;
    dispatches.push(flatKernel("scatterAdd", lanes, p, code, end - start, 16 * lanes * (end - start)));
  }
  return dispatches;
}

/** Fills elements that lie one after the other, four an invocation where they come in fours. */
export function fillKernel({ buffer, offset }: { buffer: Buffer; offset: number }, total: number, value = 0): Dispatch {
  const p = new Parameters();
  const to = p.write(buffer, offset), word = toWord(buffer.dtype, literal(buffer.dtype, value));
  if (total % 4 !== 0 || offset % 4 !== 0) return flatKernel("fill", total, p, `  st${to}(id, ${word});`, 0, 4 * total);
  p.widen(to);
  return flatKernel("fill", total / 4, p, `  stv${to}(id * 4, vec4<u32>(${word}));`, 0, 4 * total);
}

/** The length of the parts into which long rows are cut. */
function partOf(extent: number): number {
  return extent <= 2048 ? extent : Math.max(256, 2 ** Math.ceil(Math.log2(Math.sqrt(extent))));
}

/**
 * Cumulative sums: parts of a row each by themselves, then the totals of the parts, then the parts again from there. Sums of floats carry
 * what rounding lost.
 */
function cumsum({ outer, extent, inner }: Rows, reverse: boolean, x: Home, out: Home, scratch: Scratch): Dispatch[] {
  const type = out.buffer.dtype, float = type === "float32";
  const rows = outer * inner, part = partOf(extent), parts = Math.ceil(extent / part);
  const t = wgslType(type), zero = literal(type, 0);
  const step = (value: string): string =>
    float
      ? `let v = ${value}; let s = hold(total + v); let b = hold(s - total); lost += hold(total - hold(s - b)) + hold(v - b); total = s;`
      : `total += ${value};`;
  const result = float ? "select(total, total + lost, finite_(total) && finite_(lost))" : "total";
  const at = `start + ${reverse ? `(${extent - 1} - k)` : "k"} * ${inner}`;
  const place = `let row = id / ${parts}; let part = id % ${parts}; let start = row / ${inner} * ${
    extent * inner
  } + row % ${inner};
  let first = part * ${part}; let last = min(${extent}, first + ${part});
  var total: ${t} = ${zero}; var lost: f32 = bits(0u);`;
  const dispatches: Dispatch[] = [];
  const totals = parts > 1 ? [scratch(type, rows * parts), scratch("float32", rows * parts)] : undefined;
  if (totals) {
    const p = new Parameters();
    const from = p.read(x.buffer, x.offset), to = totals.map((buffer) => p.write(buffer));
    const code = `  ${place}
  for (var k = first; k < last; k++) { ${step(fromWord(type, `ld${from}(${at})`))} }
  st${to[0]}(id, ${toWord(type, "total")}); st${to[1]}(id, bitcast<u32>(lost));`;
    dispatches.push(flatKernel("cumsum.parts", rows * parts, p, code, part, 4 * rows * extent));
    const q = new Parameters();
    const both = totals.map((buffer) => q.write(buffer));
    const scan = `  var total: ${t} = ${zero}; var lost: f32 = bits(0u);
  for (var j = 0; j < ${parts}; j++) {
    let at = id * ${parts} + j;
    let mine = ${fromWord(type, `ld${both[0]}(at)`)}; let rest = bitcast<f32>(ld${both[1]}(at));
    st${both[0]}(at, ${toWord(type, "total")}); st${both[1]}(at, bitcast<u32>(lost));
    ${step("mine")} ${float ? "lost += rest;" : ""}
  }`;
    dispatches.push(flatKernel("cumsum.totals", rows, q, scan, parts, 16 * rows * parts));
  }
  const p = new Parameters();
  const from = p.read(x.buffer, x.offset), to = p.write(out.buffer, out.offset);
  const known = totals?.map((buffer) => p.read(buffer));
  const code = `  ${place}
  ${known ? `total = ${fromWord(type, `ld${known[0]}(id)`)}; lost = bitcast<f32>(ld${known[1]}(id));` : ""}
  for (var k = first; k < last; k++) { let at = ${at}; ${step(fromWord(type, `ld${from}(at)`))} st${to}(at, ${
    toWord(type, `(${result})`)
  }); }`;
  dispatches.push(flatKernel("cumsum", rows * parts, p, code, part, 8 * rows * extent));
  return dispatches;
}

/** Whether element `v` is to be preferred to `held`, which stands before it. */
function better(type: DType, op: "max" | "min"): string {
  if (type === "bool") return op === "max" ? "v && !held" : "!v && held";
  if (type !== "float32") return op === "max" ? "v > held" : "v < held";
  return `${op === "max" ? "flt_(held, v)" : "flt_(v, held)"} || (isnan_(v) && !isnan_(held))`;
}

function argExtremum(
  { outer, extent, inner }: Rows,
  op: "max" | "min",
  x: Home,
  out: Home,
  scratch: Scratch,
): Dispatch[] {
  const type = x.buffer.dtype;
  const rows = outer * inner, part = partOf(extent), parts = Math.ceil(extent / part);
  const place = `let row = id / ${parts}; let part = id % ${parts}; let start = row / ${inner} * ${
    extent * inner
  } + row % ${inner};`;
  const p = new Parameters();
  const from = p.read(x.buffer, x.offset);
  const first = parts > 1 ? { buffer: scratch("int32", rows * parts), offset: 0 } : out;
  const to = p.write(first.buffer, first.offset);
  const load = (k: string): string => fromWord(type, `ld${from}(start + ${k} * ${inner})`);
  const code = `  ${place}
  let first = part * ${part}; let last = min(${extent}, first + ${part});
  var held = ${load("first")}; var best = first;
  for (var k = first + 1; k < last; k++) { let v = ${load("k")}; if (${better(type, op)}) { held = v; best = k; } }
  st${to}(id, bitcast<u32>(best));`;
  const dispatches = [flatKernel("argExtremum", rows * parts, p, code, part, 4 * rows * extent)];
  if (parts === 1) return dispatches;
  const q = new Parameters();
  const values = q.read(x.buffer, x.offset),
    candidates = q.read(first.buffer),
    result = q.write(out.buffer, out.offset);
  const value = fromWord(type, `ld${values}(start + k * ${inner})`);
  const combine = `  let start = id / ${inner} * ${extent * inner} + id % ${inner};
  var best = bitcast<i32>(ld${candidates}(id * ${parts})); var k = best; var held = ${value};
  for (var j = 1; j < ${parts}; j++) { k = bitcast<i32>(ld${candidates}(id * ${parts} + j)); let v = ${value}; if (${
    better(type, op)
  }) { held = v; best = k; } }
  st${result}(id, bitcast<u32>(best));`;
  return [...dispatches, flatKernel("argExtremum.parts", rows, q, combine, parts, 8 * rows * parts)];
}

function windowArgMax(
  shape: readonly number[],
  result: readonly number[],
  { window, stride, padding }: WindowParams,
  x: Home,
  out: Home,
): Dispatch {
  const type = x.buffer.dtype;
  const [height, width] = shape.slice(-2), [rows, columns] = result.slice(-2);
  if (window[0] * (window[1] + 1) > iterationLimit) {
    throw new RangeError(
      `webgpu: windowArgMax: a window of ${window[0]} × ${
        window[1]
      } is more than the ${iterationLimit} elements that one invocation may look at; run it on cpu`,
    );
  }
  const total = sizeOf(result);
  const p = new Parameters();
  const from = p.read(x.buffer, x.offset), to = p.write(out.buffer, out.offset);
  const isBetter = type === "float32" ? "flt_(held, v) || isnan_(v)" : type === "bool" ? "v && !held" : "v > held";
  const code = `  let c = id % ${columns}; let r = id / ${columns} % ${rows}; let plane = id / ${rows * columns} * ${
    height * width
  };
  let top = r * ${stride[0]} - ${padding[0][0]}; let left = c * ${stride[1]} - ${padding[1][0]};
  var best = max(top, 0) * ${width} + max(left, 0);
  var held = ${fromWord(type, `ld${from}(plane + best)`)};
  for (var i = max(top, 0); i < min(top + ${window[0]}, ${height}); i++) {
    for (var j = max(left, 0); j < min(left + ${window[1]}, ${width}); j++) {
      let at = i * ${width} + j;
      let v = ${fromWord(type, `ld${from}(plane + at)`)};
      if (${isBetter}) { held = v; best = at; }
    }
  }
  st${to}(id, bitcast<u32>(best));`;
  return flatKernel("windowArgMax", total, p, code, window[0] * (window[1] + 1), 4 * (sizeOf(shape) + total));
}
