/**
 * Where PyTorch or JAX rightly say something else: conventions, one entry each.
 *
 * @module
 */
import { setDefaultDevice, type Tensor } from "../../mod.ts";
import { functionOf, inputsOf, type Line, type Program } from "../fuzz/program.ts";
import { unrolled } from "../fuzz/unrolled.ts";

/** A difference with a reason. */
export interface Explanation {
  readonly framework: "torch" | "jax";
  readonly reason: string;
  readonly holds: (program: Program) => boolean;
}

/** Whether a call of a program has arguments of which something is true. */
function someCall(program: Program, holds: (line: Line, args: readonly unknown[]) => boolean): boolean {
  let found = false;
  const watch = (line: Line, args: readonly unknown[]): void => void (found ||= holds(line, args));
  setDefaultDevice("reference");
  try {
    functionOf(program, { meaning: unrolled, watch })(...inputsOf(program, "reference"));
  } finally {
    setDefaultDevice("cpu");
  }
  return found;
}

/** Whether a tensor holds zeros of both signs. */
function bothZeros(t: unknown): boolean {
  const x = t as Tensor;
  if (x.device === "traced") return false;
  const values = Array.from(x.dataSync());
  return values.some((v) => Object.is(v, 0)) && values.some((v) => Object.is(v, -0));
}

export const explained: readonly Explanation[] = [
  {
    framework: "jax",
    reason: "lax.top_k takes 0 before −0; here and in PyTorch they are equal, and the first comes first",
    holds: (program) => someCall(program, ({ call }, [x]) => call === "ops.topK" && bothZeros(x)),
  },
];
