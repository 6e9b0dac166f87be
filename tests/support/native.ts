/**
 * Machine code in tests: kernels run on buffers that touch pages which nobody may touch, so that an access outside of a buffer ends the
 * test, and among bytes that must stay as they were.
 *
 * @module
 */
import type { Kernel } from "../../core/compile/loop.ts";
import type { Features } from "../../core/backends/cpu/x64/code.ts";
import { codeOf } from "../../core/backends/cpu/x64/emit.ts";
import { obstacle } from "../../core/backends/cpu/native.ts";
import { System } from "../../core/backends/cpu/x64/system.ts";
import { arrays } from "./buffers.ts";

let system: System | undefined;

/** What native code there is here: with 512-bit vectors and with 256, or with 256 alone, or none. */
export function nativeFeatures(): readonly Features[] {
  if (obstacle()) return [];
  system ??= new System();
  const features = system.features();
  if (!features) return [];
  const narrow = { ...features, wide: false };
  return features.wide ? [features, narrow] : [narrow];
}

/** Runs a kernel on copies of buffers, each at the end of its pages and then each at the start; gives the buffers of both runs. */
export function runNative(
  kernel: Kernel,
  features: Features,
  buffers: readonly ArrayLike<number>[],
): [
  atEnd: InstanceType<(typeof arrays)["float32" | "int32"]>[],
  atStart: InstanceType<(typeof arrays)["float32" | "int32"]>[],
] {
  const s = system ??= new System();
  const code = s.load(codeOf(kernel, features));
  const run = s.function(code.address);
  const both = [true, false].map((atEnd) => {
    const spans = buffers.map((values, i) => {
      const { BYTES_PER_ELEMENT } = arrays[kernel.parameters[i].type];
      const span = s.reserve(Math.max(1, values.length * BYTES_PER_ELEMENT));
      const bytes = new Uint8Array(s.view(span.address, span.bytes)).fill(0xa5);
      const at = atEnd ? span.bytes - values.length * BYTES_PER_ELEMENT : 0;
      const view = new arrays[kernel.parameters[i].type](bytes.buffer, at, values.length);
      view.set(values);
      return { span, bytes, at, view };
    });
    const table = BigUint64Array.from(spans, ({ span, at }) => BigInt(span.address + at));
    run(s.pointer(s.addressOf(table)));
    const results = spans.map(({ bytes, at, view }, i) => {
      const touched = bytes.findIndex((byte, k) => byte !== 0xa5 && (k < at || k >= at + view.byteLength));
      if (touched >= 0) throw new Error(`${kernel.name} wrote ${touched - at} bytes from the start of buffer ${i}`);
      return view.slice();
    });
    for (const { span } of spans) s.release(span);
    return results;
  });
  s.release(code);
  return both as ReturnType<typeof runNative>;
}

/** A kernel in machine code on float32 buffers of so many elements, filled with a half. */
export function loadNative(kernel: Kernel, features: Features, sizes: readonly number[]): () => void {
  const s = system ??= new System();
  const run = s.function(s.load(codeOf(kernel, features)).address);
  const table = BigUint64Array.from(sizes, (size) => {
    const { address, bytes } = s.reserve(4 * size);
    new Float32Array(s.view(address, bytes)).fill(0.5);
    return BigInt(address);
  });
  const argument = s.pointer(s.addressOf(table));
  return () => {
    run(argument);
    table.length; // it must stay while the kernel reads it
  };
}
