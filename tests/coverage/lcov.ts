/**
 * Coverage as `deno coverage --lcov` tells it.
 *
 * @module
 */

/** What was run of a file. */
export interface FileCoverage {
  /** Its path, relative to the repository. */
  readonly path: string;
  readonly lines: number;
  readonly linesRun: number;
  readonly branches: number;
  readonly branchesRun: number;
  /** Numbers of the lines that were not run. */
  readonly missed: readonly number[];
}

/** Reads a report; files outside of `root` are left out. */
export function parseLcov(report: string, root: string): FileCoverage[] {
  return report.split("end_of_record").flatMap((record) => {
    const file = /^SF:(.*)$/m.exec(record)?.[1];
    if (!file?.startsWith(root)) return [];
    const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, count]) => [Number(line), Number(count)]);
    const branches = [...record.matchAll(/^BRDA:\d+,\d+,\d+,(\d+|-)/gm)].map(([, count]) => Number(count) || 0);
    return [{
      path: file.slice(root.length),
      lines: lines.length,
      linesRun: lines.filter(([, count]) => count > 0).length,
      branches: branches.length,
      branchesRun: branches.filter((count) => count > 0).length,
      missed: lines.filter(([, count]) => count === 0).map(([line]) => line),
    }];
  });
}

/** Line numbers as ranges: `3, 7-9`. */
export function ranges(lines: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const line of lines) {
    const last = parts[parts.length - 1];
    if (last && line === last[1] + 1) last[1] = line;
    else parts.push([line, line]);
  }
  return parts.map(([from, to]) => from === to ? String(from) : `${from}-${to}`).join(", ");
}

/** Shares in per cent of lines and branches of some files. */
export function shareOf(files: readonly FileCoverage[]): { lines: number; branches: number } {
  const sum = (of: (file: FileCoverage) => number) => files.reduce((n, file) => n + of(file), 0);
  const share = (run: number, all: number) => all === 0 ? 100 : 100 * run / all;
  return {
    lines: share(sum((f) => f.linesRun), sum((f) => f.lines)),
    branches: share(sum((f) => f.branchesRun), sum((f) => f.branches)),
  };
}
