/** The memory plan: every buffer of a program gets an offset in the device's one arena, and shares it with what lives at other times. */
import type { DType } from "../dtype.ts";

/** Bytes of an element in the arena: `bool` takes 32 bits there. */
export function bytesOf(dtype: DType): number {
  return dtype === "float64" ? 8 : 4;
}

/** A buffer's size in bytes and the first and last step that touch it. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Cache lines: buffers start on one. */
const alignment = 64;

const round = (n: number): number => Math.ceil(Math.max(n, 1) / alignment) * alignment;

/** Offsets of the buffers, and the bytes that they take together. */
export function plan(lifetimes: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  return lifetimes.length > 2000 ? scan(lifetimes) : pack(lifetimes);
}

function pack(lifetimes: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  // Largest first: each takes the lowest gap among those that live at the same time.
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, from, to } = lifetimes[i];
    const size = round(bytes);
    const rivals = placed.filter((j) => lifetimes[j].from <= to && from <= lifetimes[j].to).sort((a, b) =>
      offsets[a] - offsets[b]
    );
    let at = 0, best = -1, gap = Infinity;
    for (const j of rivals) {
      const room = offsets[j] - at;
      if (room >= size && room < gap) {
        best = at;
        gap = room;
      }
      at = Math.max(at, offsets[j] + round(lifetimes[j].bytes));
    }
    offsets[i] = best >= 0 ? best : at;
    total = Math.max(total, offsets[i] + size);
    placed.push(i);
  }
  return { offsets, bytes: total };
}

/** For very many buffers: in the order of time, from a list of free blocks; a little larger, in linear time. */
function scan(lifetimes: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const byStart = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[a].from - lifetimes[b].from);
  const byEnd = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[a].to - lifetimes[b].to);
  const free = new Map<number, number[]>(); // by size
  let total = 0, ended = 0;
  for (const i of byStart) {
    for (; ended < byEnd.length && lifetimes[byEnd[ended]].to < lifetimes[i].from; ended++) {
      const j = byEnd[ended], size = round(lifetimes[j].bytes);
      const blocks = free.get(size) ?? [];
      blocks.push(offsets[j]);
      free.set(size, blocks);
    }
    const size = round(lifetimes[i].bytes);
    const block = free.get(size)?.pop();
    offsets[i] = block ?? total;
    if (block === undefined) total += size;
  }
  return { offsets, bytes: total };
}
