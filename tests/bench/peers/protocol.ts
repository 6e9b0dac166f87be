/**
 * What is said between the bench and a peer: one JSON object a line. A peer writes `@` before its answers, so that what
 * its libraries print is no answer.
 *
 * @module
 */

import type { Work } from "../work.ts";

/** What a peer can be asked for. */
export type Request =
  | { readonly op: "hello" }
  /** Make what is to be measured, and call it once. */
  | { readonly op: "prepare"; readonly work: Work }
  /** Call it for so long. */
  | { readonly op: "warm"; readonly milliseconds: number }
  /** A block of samples. */
  | { readonly op: "measure"; readonly milliseconds: number };

/** What it answers. */
export interface Answer {
  /** To "hello". */
  readonly version?: string;
  /** To "hello": how many threads it uses. */
  readonly threads?: number;
  /** To "prepare": a number that depends on all of the first call's work. */
  readonly value?: number;
  /** To "prepare": the milliseconds of the first call. */
  readonly first?: number;
  /** To "prepare": it has no such thing. */
  readonly unsupported?: boolean;
  /** To "measure": milliseconds a call. */
  readonly times?: readonly number[];
  readonly error?: string;
}

/** What a peer says of one call in a fresh process. */
export interface OnceAnswer {
  /** As in {@linkcode Answer}. */
  readonly value: number;
  /** Milliseconds of the first call, the libraries being loaded. */
  readonly first: number;
  /** The largest resident memory before the call, in bytes, where the system tells. */
  readonly baseBytes: number | null;
  /** The largest resident memory after the calls. */
  readonly peakBytes: number | null;
}
