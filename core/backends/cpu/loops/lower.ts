/** Units of a schedule as kernels: each with the places of its buffers. */
import { sizeOf } from "../../../shape.ts";
import type { ContractAxis, Contraction } from "./contract.ts";
import type { Walk } from "../../../compile/expand.ts";
import { linesOf, ownCost, type Schedule, type Unit, valuesOf } from "../../../compile/fuse.ts";
import type { Buffer, Home } from "../../../compile/home.ts";
import { Builder, type HostFunction, type Kernel, lanesFor, type Target } from "../../../compile/loop.ts";
import type { Nest } from "../../../compile/nest.ts";
import type { Node } from "../../../graph.ts";
import { type Control, lowerControl } from "./control.ts";
import { lowerEpilogue } from "./epilogue.ts";
import type { KernelMemo } from "./memo.ts";
import { separate } from "./separate.ts";
import { splits } from "./split.ts";

/** A place in a buffer, in elements; `"lanes"` is the constant 0, 1, 2, … of the device. */
export interface Argument {
  readonly buffer: Buffer | "lanes";
  readonly offset: number;
  /** Elements that it moves from stripe to stripe, or from part to part. */
  readonly advance?: number;
}

/** A kernel with its arguments, and what it does, for reports. */
export interface Call {
  readonly kernel: Kernel;
  readonly args: readonly Argument[];
  readonly flops: number;
  readonly bytes: number;
  /** Buffers that are read, each with one that is written element by element where it was read, so that they can share a place. */
  readonly inPlace?: readonly (readonly [before: Buffer, after: Buffer])[];
  /** The lines of the user's program that it comes from, where they were asked for. */
  readonly lines?: readonly string[];
}

/** Calls that run in order: once, or for each stripe of the batch; or, in place of calls, a loop or a branch. */
export interface Stage {
  readonly calls: readonly Call[];
  readonly stripes: Stripes | undefined;
  readonly control?: Control;
}

/**
 * How the calls of a region repeat, for the stripes of a batch or the parts of a kernel. Threads run them side by side, each with its
 * own copies of the local buffers.
 */
export interface Stripes {
  readonly count: number;
  readonly local: readonly Buffer[];
  /** Local buffers that keep their contents from stripe to stripe: frames and sums. */
  readonly lasting: ReadonlySet<Buffer>;
  /** Fills the frames; sets the sums to zero; adds the sums to the result. */
  readonly frames: readonly Call[];
  readonly zeros: readonly Call[];
  readonly combines: readonly Call[];
}

/** The kernels of a schedule, in order, and all buffers outside of regions. */
export interface Lowered {
  readonly stages: readonly Stage[];
  readonly buffers: readonly Buffer[];
}

/** Lowers a schedule. */
export function lower(s: Schedule, memo: KernelMemo): Lowered {
  const stages: Stage[] = [];
  const filled = new Set<Buffer>();
  const buffers = [...s.buffers];
  let calls: Call[] = [];
  const flush = (): void => {
    if (calls.length > 0) stages.push({ calls, stripes: undefined });
    calls = [];
  };
  /** A frame is filled before anything is stored in it. */
  const frame = (buffer: Buffer | "lanes"): void => {
    if (buffer === "lanes" || filled.has(buffer) || !s.fills.has(buffer)) return;
    filled.add(buffer);
    calls.push(fill(buffer, s.fills.get(buffer)!));
  };
  for (const unit of s.units.flatMap(separate)) {
    if (unit.kind === "region") {
      for (const buffer of unit.schedule.accumulators) calls.push(fill(buffer, 0));
      flush();
      const inner = new Set(unit.schedule.buffers);
      for (let i = buffers.length - 1; i >= 0; i--) if (inner.has(buffers[i])) buffers.splice(i, 1);
      stages.push(lowerRegion(unit, memo));
      continue;
    }
    if (unit.kind === "control") {
      [...unit.operands, ...unit.outputs].forEach(({ buffer }) => frame(buffer));
      flush();
      stages.push({ calls: [], stripes: undefined, control: lowerControl(unit, memo) });
      continue;
    }
    const parts = lowerParts(unit, memo, s.accumulators, buffers);
    for (const call of parts?.calls ?? lowerUnit(unit, memo, s.accumulators, buffers)) {
      for (const { buffer } of call.args) frame(buffer);
      if (parts && call === parts.calls[parts.calls.length - 1]) {
        flush();
        stages.push({
          calls: [call],
          stripes: { count: parts.count, local: [], lasting: new Set(), frames: [], zeros: [], combines: [] },
        });
      } else calls.push(call);
    }
  }
  // A frame around nothing is all that its buffer holds.
  for (const [buffer, value] of s.fills) if (!filled.has(buffer)) calls.push(fill(buffer, value));
  flush();
  return { stages, buffers };
}

function lowerRegion({ schedule, count, advance }: Unit & { kind: "region" }, memo: KernelMemo): Stage {
  const { accumulators, fills } = schedule;
  const local = [...schedule.buffers];
  const copies = new Map<Buffer, Buffer>();
  for (const buffer of accumulators) copies.set(buffer, { ...buffer });
  const own = (call: Call): Call => ({
    ...call,
    args: call.args.map((arg) => {
      if (arg.buffer === "lanes") return arg;
      const copy = copies.get(arg.buffer);
      return copy ? { ...arg, buffer: copy } : { ...arg, advance: advance.get(arg.buffer) };
    }),
  });
  const calls = schedule.units.flatMap(separate).flatMap((unit) => lowerUnit(unit, memo, accumulators, local)).map(own);
  return {
    calls,
    stripes: {
      count,
      local: [...local, ...copies.values()],
      lasting: new Set([...fills.keys(), ...copies.values()]),
      frames: [...fills].map(([buffer, value]) => fill(buffer, value)),
      zeros: [...copies.values()].map((buffer) => fill(buffer, 0)),
      combines: [...copies].map(([to, from]) => addTo(to, from, memo.target)),
    },
  };
}

/** to += from. */
function addTo(to: Buffer, from: Buffer, target: Target): Call {
  const lanes = to.dtype === "float64" ? 1 : target.lanes;
  const b = new Builder(target.lanes);
  const x = b.buffer(to.dtype), y = b.buffer(to.dtype);
  const whole = lanes === 1 ? 0 : to.size - to.size % lanes;
  if (whole > 0) b.loop(0, whole, lanes, (i) => b.store(x, i, b.load(x, i, 1).add(b.load(y, i, 1))));
  b.loop(whole, to.size, 1, (i) => b.store(x, i, b.load(x, i).add(b.load(y, i))));
  return {
    kernel: b.finish("combine"),
    args: [to, from].map((buffer) => ({ buffer, offset: 0 })),
    flops: to.size,
    bytes: 12 * to.size,
  };
}

function fill(buffer: Buffer, value: number): Call {
  const b = new Builder(4);
  const to = b.buffer(buffer.dtype);
  if (value === 0) b.zero(to, 0, buffer.size);
  else b.loop(0, buffer.size, 1, (i) => b.store(to, i, b.load(to, i).like(value)));
  return { kernel: b.finish("fill"), args: [{ buffer, offset: 0 }], flops: 0, bytes: buffer.size * 4 };
}

/** The calls of a unit in parts, of which the last one repeats; undefined where it is run as a whole. */
function lowerParts(
  unit: Unit,
  memo: KernelMemo,
  accumulate: ReadonlySet<Buffer>,
  buffers: Buffer[],
): { calls: readonly Call[]; count: number } | undefined {
  for (const { unit: part, parts, advance } of splits(unit)) {
    const added: Buffer[] = [];
    const calls = lowerUnit(part, memo, accumulate, added);
    const last = calls[calls.length - 1];
    // What is packed is packed once, for all parts.
    const packed = new Set<Buffer | "lanes">(added);
    const moves = last.args.map(({ buffer }, i) =>
      buffer === "lanes" ? 0 : "get" in advance ? advance.get(buffer) ?? 0 : advance[i]
    );
    if (last.args.some(({ buffer }, i) => packed.has(buffer) && moves[i] !== 0)) continue;
    buffers.push(...added);
    const args = last.args.map((arg, i) => ({ ...arg, advance: moves[i] }));
    return { calls: [...calls.slice(0, -1), { ...last, args }], count: parts };
  }
  return undefined;
}

/** The calls of a unit; buffers that they need between them are added to `buffers`. */
function lowerUnit(unit: Unit, memo: KernelMemo, accumulate: ReadonlySet<Buffer>, buffers: Buffer[]): Call[] {
  const lines = linesOf(unit);
  const calls = callsOf(unit, memo, accumulate, buffers);
  return lines ? calls.map((call) => ({ ...call, lines })) : calls;
}

function callsOf(unit: Unit, memo: KernelMemo, accumulate: ReadonlySet<Buffer>, buffers: Buffer[]): Call[] {
  switch (unit.kind) {
    case "nest":
      return [lowerNestUnit(unit, memo, accumulate)];
    case "contract":
      return lowerContract(unit, memo, buffers);
    case "loops":
      return [lowerLoops(unit, memo.target)];
    case "region":
    case "control":
      throw new Error(`a ${unit.kind} within a region`);
  }
}

function lowerNestUnit({ nest }: Unit & { kind: "nest" }, memo: KernelMemo, accumulate: ReadonlySet<Buffer>): Call {
  const values = valuesOf(nest);
  const nodes = values.filter((v) => v.kind === "apply").map((v) => v.node!);
  const operations = nodes.map((node) => node.primitive!.name);
  const reductions = values.filter((v) => v.kind === "reduce").map((v) => v.op!);
  const name = [...new Set([...operations, ...reductions])].slice(0, 6).join("+") || "copy";
  const { kernel, buffers, repeats } = memo.nest(nest, accumulate, name);
  const elements = sizeOf(nest.extents);
  const traffic = values.filter((v) => v.kind === "load").length + nest.roots.length;
  return {
    kernel,
    args: buffers.map((buffer) => ({ buffer, offset: 0 })),
    flops: elements * (nodes.reduce((n, node) => n + ownCost(node), 0) + reductions.length),
    bytes: 4 * elements * traffic,
    inPlace: nest.rows || repeats ? [] : replacing(nest),
  };
}

/** Which results of a nest may be written over what they are computed from. */
function replacing(nest: Nest): [before: Buffer, after: Buffer][] {
  const loads = valuesOf(nest).filter((v) => v.kind === "load");
  const pairs: [Buffer, Buffer][] = [];
  for (const { value, home: { buffer }, index } of nest.roots) {
    if (buffer.size !== sizeOf(nest.extents)) continue;
    // Read in the root's own work, at the root's own place, and nowhere else: then it has been read when the root is stored.
    const mine = valuesOf({ roots: [{ value }] }).find((v) =>
      v.kind === "load" && v.index!.every((c, k) => c === index[k]) && v.home!.buffer.size === buffer.size &&
      loads.every((w) => w === v || w.home!.buffer !== v.home!.buffer) &&
      pairs.every(([before]) => before !== v.home!.buffer)
    );
    if (mine) pairs.push([mine.home!.buffer, buffer]);
  }
  return pairs;
}

function lowerContract(
  { params, a, b, out, accumulate, epilogue }: Unit & { kind: "contract" },
  memo: KernelMemo,
  buffers: Buffer[],
): Call[] {
  const stride = (home: Home, walk: Walk): number => walk ? home.strides[walk[0]] * walk[1] : 0;
  const after = epilogue && lowerEpilogue(epilogue, out.buffer);
  const axes: ContractAxis[] = params.axes.map((axis, k) => ({
    size: axis.size,
    a: stride(a, axis.a),
    b: stride(b, axis.b),
    out: after ? after.main.index[k] : stride(out, axis.out),
  }));
  // An axis of one element that the output has looks like a sum.
  const kept = axes.map((_, k) => k).filter((k) => axes[k].size !== 1 || !params.axes[k].out);
  const contraction: Contraction = {
    type: out.buffer.dtype,
    outType: after?.main.home.buffer.dtype,
    axes: kept.map((k) => axes[k]),
    aOffset: 0,
    bOffset: params.bStart.reduce((sum, at, i) => sum + at * b.strides[i], 0),
    outOffset: after ? after.main.index[axes.length] : 0,
    accumulate,
    name: params.name,
    extras: after?.extras.map((extra) => ({ ...extra, strides: kept.map((k) => extra.strides[k]) })),
    epilogue: after?.epilogue,
  };
  const to = after ? { buffer: after.main.home.buffer, offset: 0 } : out;
  const args: Argument[] = [a, b, to].map(({ buffer, offset }) => ({ buffer, offset }));
  for (const buffer of after?.buffers ?? []) args.push({ buffer, offset: 0 });
  const elements = sizeOf(params.shape);
  const call: Call = {
    kernel: memo.contraction(contraction, epilogue),
    args,
    flops: 2 * params.axes.reduce((n, axis) => n * axis.size, 1) + (after?.operations ?? 0) * elements,
    bytes: 4 * (a.buffer.size + b.buffer.size + (1 + (after?.buffers.length ?? 0)) * elements),
  };
  const pack = memo.packing(contraction);
  if (!pack) return [call];
  // The operand that is read in vectors, copied once in the order in which it is read.
  const from = pack.operand === "a" ? 0 : 1;
  const panel: Buffer = { id: buffers.length, dtype: out.buffer.dtype, size: pack.size };
  buffers.push(panel);
  const place: Argument = { buffer: panel, offset: 0 };
  return [
    { kernel: pack.kernel, args: [args[from], place], flops: 0, bytes: 8 * pack.size },
    {
      ...call,
      kernel: memo.contraction({ ...contraction, packed: pack.operand }, epilogue),
      args: args.map((arg, i) => i === from ? place : arg),
    },
  ];
}

function lowerLoops({ node, operands, outputs, scratch }: Unit & { kind: "loops" }, target: Target): Call {
  const { lower } = node.primitive!;
  if (lower.kind !== "loops") throw new Error(`${node.primitive!.name} has no loops`);
  // Short rows take narrower vectors, where wide ones would leave them to scalars.
  const columns = node.outputs[0].shape.at(-1) ?? 1;
  const b = new Builder(lanesFor(target, columns) ?? 4);
  const args: Argument[] = [];
  const declare = (buffer: Buffer, offset: number): number => {
    args.push({ buffer, offset });
    return b.buffer(buffer.dtype);
  };
  if (!lower.build) {
    [...operands, ...outputs].forEach((home) => declare(home.buffer, home.offset));
    const [from, to] = [node.operands, node.outputs].map((list) => list.map((t) => t.aval));
    const host: HostFunction = {
      operands: from.map((a) => a.size),
      results: to.map((a) => a.size),
      call: (values) => lower.reference(values, from, node.params, to),
    };
    const kernel = { ...b.finish(node.primitive!.name), host };
    return { kernel, args, flops: 0, bytes: bytesOf(node) };
  }
  lower.build({
    builder: b,
    operands: operands.map((home, i) => ({ buffer: declare(home.buffer, home.offset), aval: node.operands[i].aval })),
    outputs: outputs.map((home, i) => ({ buffer: declare(home.buffer, home.offset), aval: node.outputs[i].aval })),
    scratch: scratch.map((buffer) => declare(buffer, 0)),
    params: node.params,
  });
  return { kernel: b.finish(node.primitive!.name), args, flops: 0, bytes: bytesOf(node) };
}

/** What an operation reads and writes. */
function bytesOf({ operands, outputs }: Node): number {
  return 4 * [...operands, ...outputs].reduce((n, t) => n + t.size, 0);
}
