/** The passes of the compiler, one after the other. */
import type { Graph } from "../graph.ts";
import { absorb } from "./epilogue.ts";
import { expand } from "./expand.ts";
import { type Schedule, schedule } from "./fuse.ts";
import { hoist } from "./hoist.ts";
import { simplify } from "./simplify.ts";
import { stripe } from "./stripe.ts";

/** The passes that only make programs faster. All of them run, but in tests that compare programs with and without. */
export const passes: { stripe: boolean; fuse: boolean } = { stripe: true, fuse: true };

/** The kernels of a Graph without captures or calls, for backends that work in stripes and know epilogues. */
export function compile(graph: Graph): Schedule {
  const whole = simplify(expand(simplify(hoist(simplify(graph)))));
  const regions = passes.stripe ? stripe(whole) : whole;
  return passes.fuse ? absorb(schedule(regions)) : schedule(regions, undefined, false);
}
