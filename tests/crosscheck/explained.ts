/**
 * Where PyTorch or JAX rightly say something else: conventions, one entry each.
 *
 * @module
 */
import type { Program } from "../fuzz/program.ts";

/** A difference with a reason. */
export interface Explanation {
  readonly framework: "torch" | "jax";
  readonly reason: string;
  readonly holds: (program: Program, found: { readonly what: string; readonly why: string }) => boolean;
}

export const explained: readonly Explanation[] = [];
