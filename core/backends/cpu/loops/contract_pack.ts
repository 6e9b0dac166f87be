/** Copies the vector operand of a contraction into panels that its tiles read from end to end. */
import type { Contraction } from "./contract.ts";
import { type Axis, packedPlan, packedSize, type Plan, planContraction, type TiledAxis } from "./contract_plan.ts";
import { constant, type Expr } from "../../../compile/expr.ts";
import { Builder, type Kernel, type Target } from "../../../compile/loop.ts";

/** A packed copy of one operand of a contraction. */
export interface Packing {
  readonly operand: "a" | "b";
  /** Elements of the copy. */
  readonly size: number;
  /** Makes the copy; its buffers are the operand and the copy. */
  readonly kernel: Kernel;
}

/**
 * How to pack the operand that a contraction reads in vectors, to be given to the same contraction with `packed` set; or
 * undefined where that does not pay. It pays where the steps of the sum are far apart in memory, above all at multiples of
 * 1 KiB, which a first-level cache keeps in few places (a kernel then runs at a third of its speed; `paddedStride` avoids
 * them). It does not where each element is used for few rows, or where overlapping windows would be stored many times.
 */
export function packing(c: Contraction, target: Target): Packing | undefined {
  if (c.axes.some((axis) => axis.size === 0)) return undefined;
  const plan = planContraction({ ...c, packed: undefined }, target);
  const { vector, sums } = plan;
  if (!vector || plan.elementwise) return undefined;
  const step = Math.min(...sums.filter((axis) => axis.x !== 0).map((axis) => Math.abs(axis.x)));
  const reuse = plan.rows.reduce((n, axis) => n * axis.size, 1);
  const packed = packedPlan(plan);
  const size = packedSize(packed);
  const touched = [vector, ...plan.columns, ...plan.batch, ...sums].reduce(
    (n, axis) => n + (axis.size - 1) * Math.abs(axis.x),
    1,
  );
  const steps = sums.reduce((n, axis) => n * axis.size, 1);
  if (reuse < 8 || steps < 8 || size > (vector.x === 1 ? 1.25 : 4) * touched + 64) return undefined;
  if (vector.x === 1 && step % 256 !== 0 && (step < 256 || reuse < 48)) return undefined;
  return { operand: plan.swapped ? "b" : "a", size, kernel: packKernel(c, plan, packed) };
}

/**
 * The least stride for planes of `size` elements of 4 bytes that lets a cache hold many of them side by side: an odd number
 * of lines of 64 bytes.
 */
export function paddedStride(size: number): number {
  const lines = Math.ceil(size / 16);
  return 16 * (lines % 2 === 0 ? lines + 1 : lines);
}

function packKernel(c: Contraction, plan: Plan, packed: Plan): Kernel {
  const b = new Builder(plan.lanes);
  const from = b.buffer(c.type, "from");
  const to = b.buffer(c.type, "to");
  const scaled = (i: Expr, stride: number) => i.mul(stride);
  /** Loops over axes, adding up where both sides stand. */
  const nest = (
    pairs: readonly [Axis | TiledAxis, Axis | TiledAxis][],
    x: Expr,
    p: Expr,
    body: (x: Expr, p: Expr) => void,
  ): void => {
    if (pairs.length === 0) return body(x, p);
    const [[axis, target], ...rest] = pairs;
    const tile = "tile" in axis ? axis.tile : 1;
    b.loop(0, axis.size, tile, (i) => {
      const at = axis.size % tile === 0 ? i : b.let(i.min(axis.size - tile));
      const move = "panel" in target && target.panel !== undefined ? target.panel : target.x;
      nest(rest, b.let(x.add(scaled(at, axis.x))), b.let(p.add(scaled(i, move))), body);
    });
  };
  const zip = (k: "batch" | "columns" | "sums") =>
    plan[k].map((axis, i): [Axis, Axis] => [axis, packed[k][i]]).filter(([axis]) => k === "columns" || axis.x !== 0);
  const outer: [Axis | TiledAxis, Axis | TiledAxis][] = [...zip("batch"), ...zip("columns"), [
    plan.vector!,
    packed.vector!,
  ], ...zip("sums")];
  nest(outer, constant("int32", plan.xOffset), constant("int32", 0), (x, p) => {
    const cells = (i: number, dx: number, dp: number): void => {
      if (i < plan.columns.length) {
        for (let k = 0; k < plan.columns[i].tile; k++) {
          cells(i + 1, dx + k * plan.columns[i].x, dp + k * packed.columns[i].x);
        }
        return;
      }
      plan.xStarts.forEach((start, v) =>
        b.store(to, p.add(dp + packed.xStarts[v]), b.load(from, x.add(dx + start), plan.vector!.x))
      );
    };
    cells(0, 0, 0);
  });
  return b.finish("pack");
}
