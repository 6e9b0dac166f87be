/**
 * What a run of the bench gives.
 *
 * @module
 */

import type { Ceilings } from "./calibrate.ts";
import type { Case } from "./cases.ts";
import type { LineCount } from "./code_lines.ts";
import type { Machine } from "./machine.ts";
import type { Result } from "./measure.ts";
import type { Mark } from "./memory.ts";
import { times } from "./table.ts";

/** All figures of a run. */
export interface Report {
  readonly machine: Machine;
  /** What computed. */
  readonly code: string;
  readonly threads: number;
  readonly ceilings: Ceilings;
  readonly results: readonly Result[];
  readonly memory?: Readonly<Record<string, readonly Mark[]>>;
  readonly lines: Readonly<Record<string, LineCount>>;
}

/** How the time of a case grew, beside how its work did. */
export function growthText({ growth }: Case, result: Result, all: readonly Result[]): string {
  const base = growth && all.find(({ group, name }) => group === result.group && name === growth.from);
  if (!growth || !base?.time || !result.time) return "";
  return `${times(result.time.median / base.time.median)} the time for ${times(growth.work)} the work`;
}
