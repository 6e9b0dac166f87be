/** What a function compiles to, and where its time goes. */
import type { ProgramReport } from "./backends/backend.ts";
import { defaultBackend } from "./devices.ts";
import { describe } from "./errors.ts";
import { prepare, printGraph, trace } from "./graph.ts";
import { Arguments, flattenResult } from "./transforms/arguments.ts";

/** The Graph and the program of a function for given arguments; as a string, a readable account of both. */
export interface Explanation {
  /** The Graph, one operation a line. */
  readonly graph: string;
  /** The number of the Graph's operations. */
  readonly operations: number;
  /** Kernels with FLOPs, bytes and milliseconds of one warm run, memory plan and notes. */
  readonly program: ProgramReport;
  /** The account to print: the Graph, then a table of the kernels with their FLOP/s, bytes a second and shares of the time. */
  toString(): string;
  /** The same with the times of the kernels, where the device tells these later: webgpu, by timestamp queries. */
  timed(): Promise<Explanation>;
}

/**
 * Explains a function: `explain(f)(...args)` traces, compiles and runs it, and tells what happened. Jitted functions are shown as a
 * part of the program around them.
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
    const traced = trace(
      "explain",
      leaves.map((t) => t.aval),
      (inputs) => flattenResult("explain", f(...given.unpack(inputs)))[0],
    );
    const backend = leaves[0]?.owner ?? defaultBackend();
    const { executable, hidden } = prepare(traced, backend);
    const storages = [...leaves, ...hidden].map((t) => t.storage("explain"));
    // Engines speed code up in the first calls, in the background; a device that is read asynchronously has compiled before.
    const start = performance.now();
    const enough = backend.asynchronous ? 2 : 4;
    for (let i = 0; i < (backend.asynchronous ? 2 : 40) && (i < enough || performance.now() - start < 1000); i++) {
      executable.run(storages).forEach((storage) => backend.free(storage));
    }
    const graph = printGraph(traced);
    const told = (program: ProgramReport): Explanation => ({
      graph,
      operations: traced.nodes.length,
      program,
      toString: () => `${graph}\n\n${tableOf(program)}`,
      timed: async () =>
        program.times ? told({ ...program, kernels: await program.times, times: undefined }) : told(program),
    });
    return told(executable.report(storages));
  };
}

/** The kernels by their time, each beside what the device could do at best. */
function tableOf({ device, kernels, arenaBytes, leastBytes, ceilings, notes }: ProgramReport): string {
  const total = kernels.reduce((sum, k) => sum + (k.milliseconds ?? 0), 0);
  const sorted = [...kernels].sort((a, b) => (b.milliseconds ?? 0) - (a.milliseconds ?? 0));
  const rows = sorted.map((k) => {
    const ms = k.milliseconds ?? 0;
    const rate = (n: number): string => ms > 0 ? (n / ms / 1e6).toFixed(1) : "";
    const share = (n: number): string => ms > 0 ? `${(100 * n).toFixed(1)} %` : "";
    const roof = ceilings ? Math.max(k.flops / ceilings.gigaflops, k.bytes / ceilings.gigabytes) / 1e6 : 0;
    return [
      k.name,
      k.calls > 1 ? `×${k.calls}` : "",
      (k.flops / 1e6).toFixed(3),
      (k.bytes / 1e6).toFixed(3),
      ms.toFixed(3),
      rate(k.flops),
      rate(k.bytes),
      share(ms / total),
      ceilings && ms > 0 ? `${(100 * roof / ms).toFixed(0)} %` : "",
    ];
  });
  const head = ["kernel", "calls", "MFLOP", "MB", "ms", "GFLOP/s", "GB/s", "share", "of the ceiling"];
  const widths = head.map((h, c) => Math.max(h.length, ...rows.map((r) => r[c].length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, c) => c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])).join("  ").trimEnd();
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
  return [sum, ...roof, ...notes, line(head), ...rows.map(line)].join("\n");
}
