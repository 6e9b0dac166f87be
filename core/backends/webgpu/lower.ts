/** The units of a schedule as kernels, in order. */
import type { DType } from "../../dtype.ts";
import { absorb } from "../../compile/epilogue.ts";
import { expand } from "../../compile/expand.ts";
import { linesOf, type Schedule, schedule, type Unit, valuesOf } from "../../compile/fuse.ts";
import type { Buffer } from "../../compile/home.ts";
import { simplify } from "../../compile/simplify.ts";
import { unroll } from "../../compile/unroll.ts";
import type { Graph } from "../../graph.ts";
import { smallSize } from "./buffers.ts";
import { contractKernels, type ContractTarget } from "./contract.ts";
import { whileKernels } from "./control.ts";
import { fillKernel, loopKernels } from "./loops.ts";
import { elementwiseKernel } from "./nest.ts";
import { rowKernels, type RowTarget } from "./rows.ts";
import { shifted } from "./shift.ts";
import { type Dispatch, iterationLimit } from "./wgsl/kernel.ts";

/** Bytes that a uniform buffer may have on every device. */
const uniformLimit = 65536;

/** All kernels of a program, and all its buffers. */
export interface Lowered {
  readonly dispatches: readonly Dispatch[];
  readonly buffers: readonly Buffer[];
}

/** What the kernels ask of a device. */
export interface Target {
  readonly contract: ContractTarget;
  readonly rows: RowTarget;
}

/** A driver that runs on a few CPU cores wants long invocations and few that wait for each other; hardware wants many. */
export function targetOf(software: boolean, memory = 16384): Target {
  return software
    ? {
      contract: { tiled: false, memory, busy: 128, workgroup: 8, near: true, uniform: true },
      rows: { workgroup: 8, groups: 16, span: 4 },
    }
    : {
      contract: { tiled: true, memory, busy: 16384, workgroup: 64, near: false, uniform: false },
      rows: { workgroup: 256, groups: 64, span: 1 },
    };
}

/** The schedule and the kernels of a Graph without captures or calls. */
export function compile(graph: Graph, target: Target): Lowered & { readonly schedule: Schedule } {
  const made = absorb(schedule(simplify(expand(simplify(unroll(graph, "webgpu"))))));
  return { ...lower(made, target), schedule: made };
}

/** Lowers a schedule without regions: a stripe at a time is a matter of CPU caches. */
function lower(s: Schedule, target: Target): Lowered {
  const buffers = [...s.buffers];
  const scratch = (dtype: DType, size: number): Buffer => {
    const buffer = { id: buffers.length, dtype, size };
    buffers.push(buffer);
    return buffer;
  };
  const dispatches: Dispatch[] = [];
  const filled = new Set<Buffer>();
  const fill = (buffer: Buffer): void => {
    if (filled.has(buffer) || !s.fills.has(buffer)) return;
    filled.add(buffer);
    dispatches.push(fillKernel({ buffer, offset: 0 }, buffer.size, s.fills.get(buffer)!));
  };
  const inputs = new Set(s.inputs.map((home) => home.buffer));
  const isUniform = (buffer: Buffer): boolean =>
    inputs.has(buffer) && buffer.size > smallSize && 4 * buffer.size <= uniformLimit;
  for (const unit of s.units) {
    const lines = linesOf(unit);
    const told = new Map<Dispatch, Dispatch>(); // a loop has the same kernel many times
    for (const dispatch of lowerUnit(unit, target, scratch, isUniform)) {
      for (const { buffer } of dispatch.parameters) fill(buffer);
      if (dispatch.iterations > iterationLimit) {
        throw new RangeError(
          `webgpu: ${dispatch.name}: a loop of ${dispatch.iterations} iterations is over ${iterationLimit}`,
        );
      }
      if (!told.has(dispatch)) told.set(dispatch, { ...dispatch, lines: dispatch.lines ?? lines });
      dispatches.push(told.get(dispatch)!);
    }
  }
  for (const buffer of s.fills.keys()) fill(buffer);
  return { dispatches, buffers };
}

function lowerUnit(
  unit: Unit,
  target: Target,
  scratch: (dtype: DType, size: number) => Buffer,
  isUniform: (buffer: Buffer) => boolean,
): Dispatch[] {
  switch (unit.kind) {
    case "nest":
      return shifted(
        unit.nest,
        (nest) =>
          valuesOf(nest).some((v) => v.kind === "reduce")
            ? rowKernels(nest, target.rows, scratch)
            : [elementwiseKernel(nest, target.rows.span)],
      );
    case "contract":
      return contractKernels(unit.params, unit.a, unit.b, unit.out, unit.epilogue, target.contract, scratch, isUniform);
    case "loops":
      return loopKernels(unit, scratch);
    case "control":
      return whileKernels(unit, (graph) => compile(graph, target), scratch);
    case "region":
      throw new Error("webgpu runs no stripes");
  }
}
