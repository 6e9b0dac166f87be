/**
 * Measures cases by turns, with the yardstick among them.
 *
 * @module
 */

import { fmaKernel } from "./calibrate.ts";
import { type Case, keyOf } from "./cases.ts";
import type { Peer } from "./peers/peer.ts";
import { type Body, bodyOf } from "./programs.ts";
import { block, byTurns, ratioOf, type Runner, summarise, type Summary, warmUp } from "./timing.ts";
import { flopsOf } from "./work.ts";

/** How long is measured. */
export interface Pace {
  readonly rounds: number;
  /** Milliseconds of a case in each round. */
  readonly block: number;
  /** Milliseconds before the first round, at least and at most. */
  readonly warm: readonly [least: number, most: number];
  /** Samples of what needs a fresh process. */
  readonly processes: number;
}

/** Exact. */
export const steady: Pace = { rounds: 7, block: 150, warm: [300, 2500], processes: 7 };

/** Less exact. */
export const quick: Pace = { rounds: 3, block: 40, warm: [120, 600], processes: 3 };

/** What came out for a case. */
export interface Result {
  readonly group: string;
  readonly name: string;
  /** Milliseconds. */
  readonly time?: Summary;
  /** GFLOP/s at the median, where the FLOPs are known. */
  readonly gflops?: number;
  /** The time in calls of the yardstick. */
  readonly ratio?: Summary;
  /** Why there is no time. */
  readonly error?: string;
}

/** The yardstick: a kernel that depends on the processor alone. */
export function yardstick(milliseconds: number): Runner {
  const run = fmaKernel();
  return { warm: () => warmUp(run, 50, 200), block: () => block(run, milliseconds) };
}

function warmCall({ run }: Body, pace: Pace): Runner {
  return { warm: () => warmUp(run, ...pace.warm), block: () => block(run, pace.block) };
}

/** A runner whose every block is one process. */
function freshProcess({ measure, work }: Case, ours: Peer): Runner {
  const sample = async (): Promise<number[]> => {
    const answer = (await ours.once(work))!;
    return [measure === "start" ? answer.started : answer.first];
  };
  return { warm: async () => void await sample(), block: sample }; // the first one fills the caches of files
}

/** Measures the cases by turns; one that fails has an error instead of a time. */
export async function measureCases(cases: readonly Case[], ours: Peer, pace: Pace): Promise<Result[]> {
  const results = new Map<Case, Result>();
  const kinds = [cases.filter(({ measure }) => measure === "call"), cases.filter(({ measure }) => measure !== "call")];
  for (const [kind, members] of kinds.entries()) {
    const runners = new Map<Case, Runner>();
    for (const member of members) {
      try {
        runners.set(member, kind === 0 ? warmCall(bodyOf(member.work), pace) : freshProcess(member, ours));
        await runners.get(member)!.warm();
      } catch (error) {
        runners.delete(member);
        results.set(member, { group: member.group, name: member.name, error: (error as Error).message });
      }
    }
    if (runners.size === 0) continue;
    const again = [...runners.values()].map(({ block }) => ({ warm: () => Promise.resolve(), block }));
    const rounds = kind === 0 ? pace.rounds : pace.processes;
    const samples = await byTurns([yardstick(pace.block / 5), ...again], rounds);
    const [yard, ...rest] = samples;
    for (const [i, member] of [...runners.keys()].entries()) {
      const time = summarise(rest[i].flat());
      const flops = member.measure === "call" ? flopsOf(member.work) : undefined;
      results.set(member, {
        group: member.group,
        name: member.name,
        time,
        gflops: flops && flops / time.median / 1e6,
        ratio: ratioOf(rest[i], yard),
      });
    }
  }
  return cases.map((one) => results.get(one)!);
}

/** The ratios to the yardstick by case. */
export function ratiosOf(results: readonly Result[]): Map<string, Summary> {
  return new Map(results.flatMap((r) => r.ratio ? [[keyOf(r), r.ratio] as const] : []));
}
