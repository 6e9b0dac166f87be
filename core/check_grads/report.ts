/** What a check of derivatives found: data, and a text to read. */
import type { GradMode } from "../check_grads.ts";

/** The derivatives by one leaf in one mode. */
export interface GradCheck {
  /** 1 for first derivatives, 2 for those of first ones, 3 for those of second ones. */
  readonly order: number;
  /** What is differentiated: empty for the function itself. */
  readonly of: string;
  /** How the derivative was computed. */
  readonly mode: GradMode;
  /** The leaf of the arguments, or `all arguments`. */
  readonly by: string;
  /** How many were checked, element by element or along random directions. */
  readonly count: number;
  /** What was differentiated along. */
  readonly along: "elements" | "directions";
  /** The derivative that is furthest off, measured by what is allowed. */
  readonly given: number;
  /** The slope that finite differences give there. */
  readonly expected: number;
  /** |given − expected|. */
  readonly error: number;
  /** How far apart they may be there. */
  readonly allowed: number;
  /** What finite differences cannot tell there: the part of `allowed` that is noise. */
  readonly noise: number;
}

/** The result of `checkGrads`. As a string: a table of the checks, kinks nearby, failures. */
export interface GradReport {
  /** Whether all derivatives are right. */
  readonly ok: boolean;
  /** The dtype in which the function was computed. */
  readonly dtype: "float64" | "float32";
  /** A row for each order, mode and leaf. */
  readonly checks: readonly GradCheck[];
  /** Kinks and jumps near the point, where the derivative is one-sided. */
  readonly kinks: readonly string[];
  /** What is wrong; with `collect` all of it. */
  readonly failures: readonly string[];
  /** How often the function was evaluated for differences. */
  readonly calls: number;
  /** The readable text. */
  toString(): string;
}

/** A derivative that is wrong, with the report up to there. */
export class GradError extends Error {
  /** The name of the class. */
  override name = "GradError";

  /** Made by `checkGrads`. */
  constructor(
    message: string,
    /** What was checked until then, this failure included. */
    readonly report: GradReport,
  ) {
    super(message);
  }
}

/** Collects a report. */
export class Recorder {
  private readonly rows = new Map<string, GradCheck>();
  private readonly kinks = new Set<string>();
  private readonly failures: string[] = [];
  calls = 0;

  constructor(readonly dtype: "float64" | "float32", private readonly collect: boolean) {}

  add(row: GradCheck): void {
    const key = [row.order, row.of, row.mode, row.by, row.along].join("\n");
    const held = this.rows.get(key);
    const excess = ({ error, allowed }: GradCheck): number => Number.isFinite(error) ? error / allowed : Infinity;
    const worst = held && excess(held) >= excess(row) ? held : row;
    this.rows.set(key, { ...worst, count: (held?.count ?? 0) + row.count });
  }

  kink(text: string): void {
    this.kinks.add(text);
  }

  /** @throws GradError unless failures are collected */
  fail(message: string): void {
    this.failures.push(message);
    if (!this.collect) throw new GradError(message, this.report());
  }

  report(): GradReport {
    const report = {
      ok: this.failures.length === 0,
      dtype: this.dtype,
      checks: [...this.rows.values()],
      kinks: [...this.kinks],
      failures: [...this.failures],
      calls: this.calls,
    };
    return { ...report, toString: () => textOf(report) };
  }
}

/** Columns side by side, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c].length)));
  const numeric = head.map((_, c) => rows.every((row) => /^[-\d.]/.test(row[c]) || row[c] === "" || row[c] === "NaN"));
  return [head, ...rows].map((cells) =>
    cells.map((cell, c) => numeric[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])).join("  ").trimEnd()
  ).join("\n");
}

function textOf({ ok, dtype, checks, kinks, failures, calls }: Omit<GradReport, "toString">): string {
  const count = checks.reduce((n, row) => n + row.count, 0);
  const verdict = ok ? "ok" : `${failures.length} wrong`;
  const lines = [`checkGrads: ${verdict}, ${count} derivatives in ${dtype}, ${calls} calls for differences`];
  const rows = checks.map((c) => [
    `${c.order}`,
    c.mode,
    c.by,
    `${c.count} ${c.count === 1 ? c.along.slice(0, -1) : c.along}`,
    c.error.toExponential(1),
    c.allowed.toExponential(1),
    c.noise.toExponential(1),
  ]);
  if (rows.length > 0) lines.push(table(["order", "mode", "by", "checked", "worst error", "allowed", "noise"], rows));
  const weak = checks.filter((c) =>
    c.noise > 0.1 * Math.max(Math.abs(c.given), Math.abs(c.expected)) && c.noise > 0.01
  );
  if (weak.length > 0) lines.push(`noise hides more than a tenth of ${weak.length} of these: a weak check there`);
  return [...lines, ...kinks, ...failures].join("\n");
}
