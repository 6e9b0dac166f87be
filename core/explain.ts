/** What a function compiles to, and where its time goes. */
import type { Ceilings, KernelReport, ProgramReport } from "./backends/backend.ts";
import { defaultBackend } from "./devices.ts";
import { type Display, escapeHtml, folded, htmlTable } from "./display.ts";
import type { TypedArray } from "./dtype.ts";
import { describe } from "./errors.ts";
import { cacheNote, prepare, printGraph, trace } from "./graph.ts";
import { shortLine, withLines } from "./source.ts";
import { Arguments, flattenResult } from "./transforms/arguments.ts";

/** The Graph and the program of a function for given arguments; as a string, a readable account of both. */
export interface Explanation {
  /** The Graph, one operation a line. */
  readonly graph: string;
  /** The number of the Graph's operations. */
  readonly operations: number;
  /** Kernels with FLOPs, bytes and milliseconds of one warm run, memory plan and notes. */
  readonly program: ProgramReport;
  /** The account to print: the Graph, then a table of the kernels with their FLOP/s, bytes a second, shares of the time and lines of your program. */
  toString(): string;
  /** The same with the times of the kernels, where the device tells these later: webgpu, by timestamp queries. */
  timed(): Promise<Explanation>;
}

/**
 * Explains a function: `explain(f)(...args)` traces, compiles and runs it, and tells what happened. Jitted functions are shown as a
 * part of the program around them. A result that holds NaN or infinities is among the remarks (on webgpu in what `timed` gives).
 *
 * @example
 * ```ts
 * import { explain, ops, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const told = explain((x: ReturnType<typeof tensor>) => ops.add(ops.mul(x, 3), 1))(tensor([1, 2]));
 * assertEquals(told.program.kernels.length, 1); // one fused kernel
 * ```
 */
export function explain<A extends readonly unknown[]>(f: (...args: A) => unknown): (...args: A) => Explanation {
  if (typeof f !== "function") throw new TypeError(`explain: needs a function, got ${describe(f)}`);
  return (...args) => {
    const given = new Arguments("explain", args);
    const { leaves } = given;
    const traced = withLines(() =>
      trace(
        "explain",
        leaves.map((t) => t.aval),
        (inputs) => flattenResult("explain", f(...given.unpack(inputs)))[0],
      )
    );
    const backend = leaves[0]?.owner ?? defaultBackend();
    const { executable, hidden } = prepare(traced, backend, true);
    const storages = [...leaves, ...hidden].map((t) => t.storage("explain"));
    // Engines speed code up in the first calls, in the background; a device that is read asynchronously has compiled before.
    const start = performance.now();
    const enough = backend.asynchronous ? 2 : 4;
    for (let i = 0; i < (backend.asynchronous ? 2 : 40) && (i < enough || performance.now() - start < 1000); i++) {
      executable.run(storages).forEach((storage) => backend.free(storage));
    }
    const results = executable.run(storages);
    const avals = traced.outputs.map((t) => t.aval);
    // Where values are read asynchronously, the account with times has the remark.
    const late = backend.asynchronous
      ? Promise.all(results.map((storage, i) => backend.read(storage, avals[i]))).then(remarkOf, () => [])
      : undefined;
    const remark = late ? [] : remarkOf(results.map((storage, i) => backend.readSync(storage, avals[i])));
    if (!late) results.forEach((storage) => backend.free(storage));
    const graph = printGraph(traced);
    const told = (given: ProgramReport, remark: readonly string[]): Explanation => {
      const program = { ...given, notes: [...given.notes, ...remark] };
      const text = (): string => `${graph}\n\n${tableOf(program)}`;
      return {
        graph,
        operations: traced.nodes.length,
        program,
        toString: text,
        timed: async () =>
          told({ ...given, kernels: await given.times ?? given.kernels, times: undefined }, late ? await late : remark),
        // In a notebook: bars of the time of each kernel, and the Graph folded.
        [Symbol.for("Jupyter.display")]: (): Display => ({ "text/plain": text(), "text/html": pageOf(graph, program) }),
      } as Explanation;
    };
    const report = executable.report(storages);
    return told({ ...report, notes: [...report.notes, cacheNote(backend)] }, remark);
  };
}

/** What is to say of a result that is not finite. */
function remarkOf(results: readonly TypedArray[]): string[] {
  const holds = (is: (v: number) => boolean): boolean => results.some((values) => values.some(is));
  const what = holds(Number.isNaN) ? "NaN" : holds((v) => Math.abs(v) === Infinity) ? "infinities" : undefined;
  return what ? [`the result holds ${what}: debugNans(f)(…) names the operation that made the first one`] : [];
}

/** The lines of a kernel, the first two of them, without their columns. */
function linesText(lines: readonly string[] = []): string {
  const short = [...new Set(lines.map(shortLine))];
  return short.slice(0, 2).join(", ") + (short.length > 2 ? ` and ${short.length - 2} more` : "");
}

/** One kernel beside what the device could do at best; empty where nothing was measured. */
function cellsOf(kernel: KernelReport, total: number, ceilings: Ceilings | undefined): string[] {
  const ms = kernel.milliseconds ?? 0;
  const rate = (n: number): string => ms > 0 ? (n / ms / 1e6).toFixed(1) : "";
  const roof = ceilings ? Math.max(kernel.flops / ceilings.gigaflops, kernel.bytes / ceilings.gigabytes) / 1e6 : 0;
  return [
    kernel.name,
    kernel.calls > 1 ? `×${kernel.calls}` : "",
    (kernel.flops / 1e6).toFixed(3),
    (kernel.bytes / 1e6).toFixed(3),
    ms.toFixed(3),
    rate(kernel.flops),
    rate(kernel.bytes),
    ms > 0 ? `${(100 * ms / total).toFixed(1)} %` : "",
    ceilings && ms > 0 ? `${(100 * roof / ms).toFixed(0)} %` : "",
    linesText(kernel.lines),
  ];
}

const head = ["kernel", "calls", "MFLOP", "MB", "ms", "GFLOP/s", "GB/s", "share", "of the ceiling", "called at"];

/** The kernels by their time, dearest first. */
function byTime(kernels: readonly KernelReport[]): { sorted: KernelReport[]; total: number } {
  const total = kernels.reduce((sum, k) => sum + (k.milliseconds ?? 0), 0);
  return { sorted: [...kernels].sort((a, b) => (b.milliseconds ?? 0) - (a.milliseconds ?? 0)), total };
}

/** What was run, in a sentence, and what else is to say. */
function remarksOf(
  { device, kernels, arenaBytes, leastBytes, ceilings, notes }: ProgramReport,
  total: number,
): string[] {
  const sum = `${kernels.length} kernels on ${device}, ${total.toFixed(3)} ms one after the other, arena ${
    (arenaBytes / 1e6).toFixed(3)
  } MB${leastBytes ? `, ${(arenaBytes / leastBytes).toFixed(2)} × what lives at once` : ""}`;
  const roof = ceilings
    ? [
      `ceilings of one thread: ${ceilings.gigaflops.toFixed(1)} GFLOP/s, ${
        ceilings.gigabytes.toFixed(1)
      } GB/s in the cache`,
    ]
    : [];
  return [sum, ...roof, ...notes];
}

function tableOf(program: ProgramReport): string {
  const { sorted, total } = byTime(program.kernels);
  const rows = sorted.map((kernel) => cellsOf(kernel, total, program.ceilings));
  const widths = head.map((h, c) => Math.max(h.length, ...rows.map((r) => r[c].length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, c) => c === 0 || c === head.length - 1 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])).join(
      "  ",
    ).trimEnd();
  return [...remarksOf(program, total), line(head), ...rows.map(line)].join("\n");
}

/** The same for a notebook: the name of each kernel stands on a bar as long as its share of the time. */
function pageOf(graph: string, program: ProgramReport): string {
  const { sorted, total } = byTime(program.kernels);
  const rows = sorted.map((kernel) => {
    const [name, ...cells] = cellsOf(kernel, total, program.ceilings);
    const share = total > 0 ? 100 * (kernel.milliseconds ?? 0) / total : 0;
    const bar = `background:linear-gradient(90deg,#f2a65e ${share.toFixed(1)}%,transparent 0)`;
    return [`<div style="min-width:22em;padding:0 .3em;${bar}">${escapeHtml(name)}</div>`, ...cells.map(escapeHtml)];
  });
  const [first, ...others] = remarksOf(program, total).map(escapeHtml);
  const few = rows.slice(0, 20), rest = rows.slice(20);
  const lines = graph.split("\n").length;
  return folded(first, others.map((text) => `<div>${text}</div>`).join("") + htmlTable(head, few)) +
    (rest.length > 0 ? folded(`${rest.length} kernels more`, htmlTable(head, rest), false) : "") +
    folded(`the Graph, ${lines} lines`, `<pre>${escapeHtml(graph)}</pre>`, false);
}
