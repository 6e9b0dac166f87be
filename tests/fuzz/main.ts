/**
 * `deno task fuzz --minutes 5 --seed 1`: random programs on all ways, as long as the time lasts; each program on which two ways disagree
 * is made smaller and printed as TypeScript that runs.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Program } from "./program.ts";
import { tryPrograms } from "./property.ts";
import { someOf, ways } from "./ways.ts";

const help = `deno task fuzz [--minutes 1] [--programs N] [--seed 1] [--ways 4] [--way NAME]

Tries random programs on some of the ways of running them, others for each program, until the time is over or N were tried.
--ways 4     on how many
--way NAME   only the ways whose names contain this: ${ways.map(({ name }) => name).join(", ")}
`;

/** So many programs between two looks at the clock. */
const block = 25;

/** Tries programs; gives how many disagreed. */
export async function main(args: string[], print: (text: string) => void = console.log): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: "string", default: "1" },
      programs: { type: "string", default: "Infinity" },
      seed: { type: "string", default: "1" },
      ways: { type: "string", default: "4" },
      way: { type: "string", default: "" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(help), 0;
  const [minutes, programs, seed] = [Number(values.minutes), Number(values.programs), Number(values.seed)];
  const count = Number(values.ways);
  if (!(minutes > 0) || !(programs > 0) || !(count > 0) || !Number.isInteger(seed)) {
    throw new RangeError("fuzz: --minutes, --programs and --ways must be numbers above 0, --seed an integer");
  }
  const chosen = ways.filter(({ name }) => name.includes(values.way));
  if (chosen.length === 0) throw new RangeError(`fuzz: no way has ${values.way} in its name`);
  const end = performance.now() + minutes * 60_000;
  let tried = 0, disagreements = 0, lines = 0;
  const seen = (program: Program): void => {
    tried++;
    lines += program.lines.length;
  };
  for (let k = 0; tried < programs && performance.now() < end; k++) {
    const failure = await tryPrograms({
      // Apart for every pair of a seed and a block.
      seed: Math.imul(seed, 0x9e3779b1) + k | 0,
      programs: Math.min(block, programs - tried),
      ways: (seed) => someOf(chosen, count, seed),
      seen,
    });
    if (failure !== undefined) {
      disagreements++;
      print(
        `Disagreement ${disagreements}, seed ${seed}, block ${k}: ${
          failure instanceof Error ? failure.message : failure
        }`,
      );
    }
  }
  print(`${tried} programs of ${(lines / Math.max(1, tried)).toFixed(1)} lines, ${disagreements} disagreements`);
  return disagreements;
}

if (import.meta.main) Deno.exit(await main(Deno.args) > 0 ? 1 : 0);
