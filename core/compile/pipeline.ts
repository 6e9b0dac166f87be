/** The passes of the compiler, one after the other. */
import type { Graph } from "../graph.ts";
import { absorb } from "./epilogue.ts";
import { expand } from "./expand.ts";
import { type Schedule, schedule } from "./fuse.ts";
import { hoist } from "./hoist.ts";
import { simplify } from "./simplify.ts";
import { stripe } from "./stripe.ts";

/** The kernels of a Graph without captures or calls, for backends that work in stripes and know epilogues. */
export function compile(graph: Graph): Schedule {
  return absorb(schedule(stripe(simplify(expand(simplify(hoist(simplify(graph))))))));
}
