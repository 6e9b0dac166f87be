/** What the options of checkGrads and compareGrads have in common. */
import { describe } from "../errors.ts";

/** Refuses modes and tolerances that are none. */
export function checkManner(
  operation: string,
  options: { readonly modes?: unknown; readonly eps?: unknown; readonly rtol?: unknown; readonly atol?: unknown },
): void {
  const { modes = ["reverse"] } = options;
  const fits = Array.isArray(modes) && modes.length > 0 && modes.every((m) => m === "reverse" || m === "forward");
  if (!fits) {
    const got = Array.isArray(modes) && modes.length > 0 ? `[${modes.map(describe).join(", ")}]` : describe(modes);
    throw new TypeError(`${operation}: modes must be an array of "reverse" and "forward", got ${got}`);
  }
  for (const name of ["eps", "rtol", "atol"] as const) {
    const value = options[name];
    if (value === undefined) continue;
    if (typeof value !== "number") {
      throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
    }
    if (!(value >= 0 && Number.isFinite(value)) || (name === "eps" && value === 0)) {
      throw new RangeError(`${operation}: ${name} must be ${name === "eps" ? "above 0" : "at least 0"}, got ${value}`);
    }
  }
}
