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
  /**
   * The buffer whose place it may take although both live in one step, if that is the last of the other: each element is written where
   * the other's was read for it.
   */
  readonly replaces?: number;
}

/** Where buffers stand in the arena. */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  /** What they take together. */
  readonly bytes: number;
  /** The most that lives at once: no plan takes less. */
  readonly least: number;
}

/** Cache lines: buffers start on one. */
const alignment = 64;

const round = (n: number): number => Math.ceil(Math.max(n, 1) / alignment) * alignment;

/** Offsets of the buffers. */
export function plan(lifetimes: readonly Lifetime[]): MemoryPlan {
  const fitting = lifetimes.map((l): Lifetime => {
    const before = l.replaces === undefined ? undefined : lifetimes[l.replaces];
    return before && before.to === l.from && before.bytes === l.bytes ? l : { ...l, replaces: undefined };
  });
  return { ...fitting.length > 2000 ? scan(fitting) : pack(fitting), least: mostAtOnce(fitting) };
}

function mostAtOnce(lifetimes: readonly Lifetime[]): number {
  // What replaces another buffer begins when that one has ended.
  const events = lifetimes.flatMap(({ bytes, from, to, replaces }) => [
    { at: replaces === undefined ? from : from + 0.75, by: round(bytes) },
    { at: to + 0.5, by: -round(bytes) },
  ]).filter(({ by }) => by !== 0);
  events.sort((p, q) => p.at - q.at || p.by - q.by);
  let now = 0, most = 0;
  for (const { by } of events) most = Math.max(most, now += by);
  return most;
}

function pack(lifetimes: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  // Largest first: each takes the lowest gap among those that live at the same time; one that replaces another its place, if it can.
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, from, to, replaces } = lifetimes[i];
    const size = round(bytes);
    const rivals = placed.filter((j) => lifetimes[j].from <= to && from <= lifetimes[j].to).sort((a, b) =>
      offsets[a] - offsets[b]
    );
    const shares = (j: number): boolean => j === replaces || lifetimes[j].replaces === i;
    const partner = rivals.find((j) =>
      shares(j) && rivals.every((k) =>
        k === j || shares(k) && offsets[k] === offsets[j] ||
        offsets[k] >= offsets[j] + size || offsets[k] + round(lifetimes[k].bytes) <= offsets[j]
      )
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
    offsets[i] = partner !== undefined ? offsets[partner] : best >= 0 ? best : at;
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
