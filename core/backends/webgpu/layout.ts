/** Where the buffers of a program are: in chunks of the arena, or buffers of their own for large inputs and outputs. */
import type { Buffer, Home } from "../../compile/home.ts";
import { type Lifetime, plan } from "../../compile/plan.ts";
import { smallSize } from "./buffers.ts";
import type { Limits } from "./device.ts";
import type { Dispatch } from "./wgsl/kernel.ts";

/** The place of a buffer. */
export type Place =
  | { readonly kind: "arena"; readonly chunk: number; readonly at: number } // in bytes
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "output"; readonly index: number }
  | { readonly kind: "indirect"; readonly index: number }; // numbers of workgroups, in a buffer of their own

/** The plan of a program's memory. */
export interface Layout {
  readonly places: ReadonlyMap<Buffer, Place>;
  /** Bytes of each chunk of the arena. */
  readonly chunks: readonly number[];
  /** The small inputs: their places in one run of the first chunk, filled with one write. */
  readonly block: { readonly at: number; readonly bytes: number; readonly inputs: ReadonlyMap<number, number> };
  /** The buffers that hold numbers of workgroups. */
  readonly commands: readonly Buffer[];
}

const aligned = (bytes: number): number => Math.ceil(Math.max(bytes, 4) / 16) * 16;

/** Plans a program. */
export function layOut(
  dispatches: readonly Dispatch[],
  inputs: readonly Home[],
  outputs: readonly Home[],
  sizes: readonly number[],
  limits: Limits,
): Layout {
  const first = new Map<Buffer, number>(), last = new Map<Buffer, number>(), maker = new Map<Buffer, string>();
  const touch = (buffer: Buffer, step: number): void => {
    if (!first.has(buffer)) first.set(buffer, step);
    last.set(buffer, step);
  };
  const inputOf = new Map<Buffer, number>();
  inputs.forEach(({ buffer }, i) => inputOf.set(buffer, i));
  dispatches.forEach(({ parameters, name }, step) =>
    parameters.forEach(({ buffer, writes }) => {
      touch(buffer, step);
      if (writes) maker.set(buffer, name);
    })
  );
  for (const [buffer] of first) if (inputOf.has(buffer)) first.set(buffer, -1);
  const owners = new Map<Buffer, number>();
  for (const { buffer } of outputs) owners.set(buffer, (owners.get(buffer) ?? 0) + 1);
  for (const { buffer } of outputs) {
    if (inputOf.has(buffer)) first.set(buffer, -1);
    touch(buffer, dispatches.length);
  }

  // Large inputs and outputs are bound where they are.
  const direct = new Map<Buffer, Place>();
  for (const [buffer, index] of inputOf) {
    if (buffer.size > smallSize && first.has(buffer)) direct.set(buffer, { kind: "input", index });
  }
  outputs.forEach(({ buffer, offset }, index) => {
    if (
      buffer.size > smallSize && !inputOf.has(buffer) && owners.get(buffer) === 1 && offset === 0 &&
      buffer.size === sizes[index]
    ) direct.set(buffer, { kind: "output", index });
  });
  const commands = [...new Set(dispatches.flatMap(({ indirect }) => indirect ? [indirect.buffer] : []))];
  commands.forEach((buffer, index) => direct.set(buffer, { kind: "indirect", index }));
  const small = [...inputOf].filter(([buffer]) => buffer.size <= smallSize && first.has(buffer));

  for (let attempt = 0; attempt < 10000; attempt++) {
    const inArena = [...first.keys()].filter((b) => !direct.has(b) && !small.some(([s]) => s === b));
    const { chunkOf, offsets, chunks, block } = pack(inArena, small, first, last, maker, limits);
    const places = new Map<Buffer, Place>(direct);
    inArena.forEach((buffer, i) => places.set(buffer, { kind: "arena", chunk: chunkOf[i], at: offsets[i] }));
    for (const [buffer, index] of small) {
      places.set(buffer, { kind: "arena", chunk: 0, at: block.at + block.inputs.get(index)! });
    }
    // A kernel that would need too many bindings finds its smallest operands in the arena.
    const crowded = dispatches.map(({ parameters }) => parameters.map((p) => p.buffer)).find((list) => {
      const bound = new Set(list.map((b) => bindingKey(places.get(b)!)));
      return bound.size > limits.maxStorageBuffersPerShaderStage;
    });
    if (!crowded) return { places, chunks, block, commands };
    const candidates = crowded.filter((b) => direct.has(b) && !commands.includes(b)).sort((a, b) => a.size - b.size);
    if (candidates.length === 0) {
      throw new RangeError(
        `webgpu: a kernel needs more than ${limits.maxStorageBuffersPerShaderStage} storage buffers (maxStorageBuffersPerShaderStage)`,
      );
    }
    for (const buffer of candidates.slice(0, Math.max(1, candidates.length - 4))) direct.delete(buffer);
  }
  throw new Error("webgpu: no plan was found");
}

/** Equal for places that one binding covers. */
export function bindingKey(place: Place): string {
  return place.kind === "arena" ? `a${place.chunk}` : `${place.kind}${place.index}`;
}

/** Offsets of buffers in as few chunks as the binding limit allows. */
function pack(
  buffers: readonly Buffer[],
  small: readonly (readonly [Buffer, number])[],
  first: ReadonlyMap<Buffer, number>,
  last: ReadonlyMap<Buffer, number>,
  maker: ReadonlyMap<Buffer, string>,
  limits: Limits,
): { chunkOf: number[]; offsets: number[]; chunks: number[]; block: Layout["block"] } {
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const lifetimes: Lifetime[] = buffers.map((b) => ({ bytes: 4 * b.size, from: first.get(b)!, to: last.get(b)! }));
  lifetimes.forEach(({ bytes }, i) => {
    if (bytes <= limit) return;
    throw new RangeError(
      `${
        maker.get(buffers[i]) ?? "webgpu"
      }: a value of ${bytes} bytes is over this webgpu device's limit of ${limit} bytes ` +
        `(maxStorageBufferBindingSize); divide it, or use cpu`,
    );
  });
  const inputs = new Map<number, number>();
  let bytes = 0, until = -1;
  for (const [buffer, index] of small) {
    inputs.set(index, bytes);
    bytes += aligned(4 * buffer.size);
    until = Math.max(until, last.get(buffer)!);
  }
  const run: Lifetime = { bytes, from: -1, to: until };
  for (let count = 1; count <= 64; count++) {
    const chunkOf = new Array<number>(buffers.length).fill(0);
    const load = new Array<number>(count).fill(0);
    load[0] = bytes;
    if (count > 1) {
      const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes);
      for (const i of order) {
        const k = load.indexOf(Math.min(...load));
        chunkOf[i] = k;
        load[k] += lifetimes[i].bytes * (lifetimes[i].to - lifetimes[i].from + 1);
      }
    }
    const offsets = new Array<number>(buffers.length).fill(0);
    const chunks: number[] = [];
    let at = 0;
    for (let k = 0; k < count; k++) {
      const mine = lifetimes.map((_, i) => i).filter((i) => chunkOf[i] === k);
      const planned = plan([...mine.map((i) => lifetimes[i]), ...(k === 0 ? [run] : [])]);
      mine.forEach((i, j) => offsets[i] = planned.offsets[j]);
      if (k === 0) at = planned.offsets[mine.length];
      chunks.push(planned.bytes);
    }
    if (chunks.every((n) => n <= limit)) return { chunkOf, offsets, chunks, block: { at, bytes, inputs } };
  }
  throw new RangeError(`webgpu: the intermediate values of this program do not fit in 64 buffers of ${limit} bytes`);
}
