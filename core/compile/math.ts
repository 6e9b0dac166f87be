/** Transcendental operations of float32 as arithmetic. */
import type { Expr } from "./expr.ts";

/** A function that expands expressions, sharing what it has expanded. */
export function expander(): (e: Expr) => Expr {
  return (e) => e;
}

/** Expands one expression. */
export function expand(e: Expr): Expr {
  return expander()(e);
}
