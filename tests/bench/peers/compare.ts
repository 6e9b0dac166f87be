/**
 * Measures a case on all sides by turns.
 *
 * @module
 */

import { type Case, keyOf } from "../cases.ts";
import type { Machine } from "../machine.ts";
import type { Pace } from "../measure.ts";
import { byTurns, ratioOf, type Runner, summarise, type Summary } from "../timing.ts";
import type { Bound } from "./bound.ts";
import type { Peer } from "./peer.ts";
import type { MemoryRow } from "./peak_memory.ts";

/** What one side needs for a case. */
export interface SideResult {
  /** Milliseconds. */
  readonly time?: Summary;
  /** Our time in its own, round by round. */
  readonly ratio?: Summary;
  /** Why there is no time; nothing if the side has no such thing. */
  readonly error?: string;
  /** A number that depends on all of the first call's work. */
  readonly value?: number;
}

/** A row of the comparison. */
export interface Comparison {
  readonly group: string;
  readonly name: string;
  /** By the name of the side. */
  readonly sides: Readonly<Record<string, SideResult>>;
}

/** All figures of a run. */
export interface PeerReport {
  readonly machine: Machine;
  /** What computed on our side. */
  readonly code: string;
  readonly threads: number;
  /** The sides and their versions, ours first. */
  readonly sides: Readonly<Record<string, string>>;
  readonly comparisons: readonly Comparison[];
  readonly memory: readonly MemoryRow[];
}

/** Values may differ by so much: the sides add up in different orders, one of them number by number. */
const agreement = 0.01;

/** A side that has been measured for so many milliseconds has had enough; if its first call takes longer, then that is its time. */
const patience = 6000;

/** Stops a slow side after its first rounds. */
function patient(runner: Runner): Runner {
  let spent = 0;
  return {
    warm: runner.warm,
    async block() {
      if (spent > patience) return [];
      const start = performance.now();
      const samples = await runner.block();
      spent += performance.now() - start;
      return samples;
    },
  };
}

/** A block that has samples once. */
function once(samples: number[]): () => Promise<number[]> {
  return () => Promise.resolve(samples.splice(0));
}

/** What a side says to a case: a runner, or what is to be put in its place. */
async function prepare(
  peer: Peer,
  { measure, work }: Case,
  pace: Pace,
): Promise<Runner & { value?: number } | SideResult> {
  try {
    if (measure !== "call") {
      const sample = async (): Promise<number[]> => {
        const answer = await peer.once(work);
        return answer ? [measure === "start" ? answer.started : answer.first] : [];
      };
      const answer = await peer.once(work); // fills the caches of files
      return answer ? { warm: () => Promise.resolve(), block: sample, value: answer.value } : {};
    }
    const prepared = await peer.prepare(work);
    if (!prepared) return {};
    const { value, first } = prepared;
    if (first > patience) return { warm: () => Promise.resolve(), block: once([first]), value };
    return { ...peer.runner({ warm: pace.warm[0], block: pace.block }), value };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Measures a case; the first peer is the one with which the others are compared. */
export async function compareCase(
  one: Case,
  peers: readonly Peer[],
  bound: Bound | undefined,
  pace: Pace,
): Promise<Comparison> {
  const sides: Record<string, SideResult> = {};
  const runners = new Map<string, Runner & { value?: number }>();
  for (const peer of peers) {
    const prepared = await prepare(peer, one, pace);
    if ("block" in prepared) runners.set(peer.name, prepared);
    else sides[peer.name] = prepared;
  }
  if (bound && one.measure === "call") {
    try {
      const run = await bound.prepare(one.work);
      if (run) runners.set("bound", { warm: () => Promise.resolve(), block: run });
    } catch (error) {
      sides.bound = { error: (error as Error).message };
    }
  }
  const names = [...runners.keys()];
  const ours = peers[0].name;
  const rounds = one.measure === "call" ? pace.rounds : pace.processes;
  let times: number[][][];
  try {
    times = await byTurns([...runners.values()].map(patient), rounds);
  } catch (error) {
    return { group: one.group, name: one.name, sides: { ...sides, [ours]: { error: `${keyOf(one)}: ${error}` } } };
  }
  const expected = runners.get(ours)?.value;
  names.forEach((name, i) => {
    const { value } = runners.get(name)!;
    const differs = value !== undefined && expected !== undefined && Math.abs(value / expected - 1) > agreement;
    sides[name] = {
      time: summarise(times[i].flat()),
      ratio: name === ours || !runners.has(ours) ? undefined : ratioOf(times[names.indexOf(ours)], times[i]),
      value,
      error: differs ? `gives ${value}, ${ours} ${expected}` : undefined,
    };
  });
  return { group: one.group, name: one.name, sides };
}
