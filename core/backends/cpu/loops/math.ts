/**
 * Transcendental operations of float32 as arithmetic, so that every emitter shares the same polynomials and scalars get the
 * same bits as lanes. Those of float64 stay what they are; so does the remainder of a large quotient.
 *
 * Errors are below 2 ulp but for `tan`, `pow` and `erfInv` (docs/guides/numerics.md has the table). Infinities, NaN,
 * signed zeros and subnormal numbers come out as in C. Nothing relies on a multiply-add being fused, or not being.
 */
import type { Expr } from "../../../compile/expr.ts";
import { Expr as ExprNode, type Op } from "../../../compile/expr.ts";
import { erf, erfInv, exp, expm1, log, log1p, tanh } from "./math/exponential.ts";
import { pow, rem } from "./math/power.ts";
import { atan2, cos, sin, tan } from "./math/trigonometry.ts";

const expansions: Partial<Record<Op, (x: Expr, y: Expr) => Expr>> = {
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tan,
  tanh,
  erf,
  erfInv,
  pow,
  atan2,
  rem,
};

/** Whether an operation is one to expand. */
export function isExpandable(e: Expr): boolean {
  return e.type === "float32" && e.op in expansions;
}

/** A function that expands expressions, sharing what it has expanded. */
export function expander(): (e: Expr) => Expr {
  const done = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    if (e.args.length === 0) return e;
    const known = done.get(e);
    if (known) return known;
    const args = e.args.map(visit);
    let out: Expr;
    if (isExpandable(e)) out = expansions[e.op]!(args[0], args[1]);
    else if (args.every((arg, i) => arg === e.args[i])) out = e;
    else out = new ExprNode(e.op, e.type, e.wide, args, e.data);
    done.set(e, out);
    return out;
  };
  return visit;
}

/** Expands one expression. */
export function expand(e: Expr): Expr {
  return expander()(e);
}
