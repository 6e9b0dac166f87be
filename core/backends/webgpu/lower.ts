/** The units of a schedule as kernels, in order. */
import type { DType } from "../../dtype.ts";
import { linesOf, type Schedule, type Unit, valuesOf } from "../../compile/fuse.ts";
import type { Buffer } from "../../compile/home.ts";
import { contractKernels, type ContractTarget } from "./contract.ts";
import { fillKernel, loopKernels } from "./loops.ts";
import { elementwiseKernel } from "./nest.ts";
import { rowKernels, type RowTarget } from "./rows.ts";
import { shifted } from "./shift.ts";
import { type Dispatch, iterationLimit } from "./wgsl/kernel.ts";

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
export function targetOf(software: boolean, tiled = true, memory = 16384): Target {
  return software
    ? { contract: { tiled, memory, busy: 128 }, rows: { workgroup: 8, groups: 16, span: 4 } }
    : { contract: { tiled, memory, busy: 16384 }, rows: { workgroup: 256, groups: 64, span: 1 } };
}

/** Lowers a schedule without regions: a stripe at a time is a matter of CPU caches. */
export function lower(s: Schedule, target: Target): Lowered {
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
  for (const unit of s.units) {
    const lines = linesOf(unit);
    for (const dispatch of lowerUnit(unit, target, scratch)) {
      for (const { buffer } of dispatch.parameters) fill(buffer);
      if (dispatch.iterations > iterationLimit) {
        throw new RangeError(
          `webgpu: ${dispatch.name}: a loop of ${dispatch.iterations} iterations is over ${iterationLimit}`,
        );
      }
      dispatches.push(lines ? { ...dispatch, lines } : dispatch);
    }
  }
  for (const buffer of s.fills.keys()) fill(buffer);
  return { dispatches, buffers };
}

function lowerUnit(unit: Unit, target: Target, scratch: (dtype: DType, size: number) => Buffer): Dispatch[] {
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
      return contractKernels(unit.params, unit.a, unit.b, unit.out, target.contract, scratch);
    case "loops":
      return loopKernels(unit, scratch);
    case "control":
      throw new Error("loops and branches are unrolled before");
    case "region":
      throw new Error("webgpu runs no stripes");
  }
}
