/** Nests that differ in where they begin alone, as the turns of an unrolled loop do, are one kernel: the beginning is its parameter. */
import { valuesOf } from "../../compile/fuse.ts";
import type { Buffer } from "../../compile/home.ts";
import type { Index } from "../../compile/affine.ts";
import type { Nest, Value } from "../../compile/nest.ts";
import type { Dispatch } from "./wgsl/kernel.ts";

/** The kernels of a nest, made for one that begins at the start of each of its buffers. */
export function shifted(nest: Nest, kernelsOf: (nest: Nest) => Dispatch[]): Dispatch[] {
  const values = valuesOf(nest);
  const starts = new Map<Buffer, number>();
  const see = (buffer: Buffer, index: Index): void => {
    const at = index[index.length - 1] & ~3; // vectors of four stay vectors
    starts.set(buffer, Math.min(starts.get(buffer) ?? at, at));
  };
  for (const { kind, home, index } of values) if (kind === "load") see(home!.buffer, index!);
  for (const { home, index } of nest.roots) see(home.buffer, index);
  if ([...starts.values()].every((start) => start === 0)) return kernelsOf(nest);
  const from = (buffer: Buffer, index: Index): Index => index.with(-1, index[index.length - 1] - starts.get(buffer)!);
  const known = new Map<Value, Value>();
  for (const value of values) {
    const args = value.args.map((arg) => known.get(arg)!);
    known.set(
      value,
      value.kind === "load" ? { ...value, index: from(value.home!.buffer, value.index!) } : { ...value, args },
    );
  }
  const roots = nest.roots.map((root) => ({
    ...root,
    value: known.get(root.value)!,
    index: from(root.home.buffer, root.index),
  }));
  return kernelsOf({ ...nest, roots }).map((dispatch) => ({
    ...dispatch,
    parameters: dispatch.parameters.map((p) => ({ ...p, offset: p.offset + (starts.get(p.buffer) ?? 0) })),
  }));
}
