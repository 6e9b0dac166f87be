/**
 * The machine on which a figure was measured.
 *
 * @module
 */

/** What a reader of figures has to know. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly deno: string;
  /** Processes that wanted to run in the minute before, where the system tells. */
  readonly load: number;
  readonly date: string;
}

function processorName(): string {
  try {
    return /model name\s*:\s*(.*)/.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1].trim() ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

/** Describes this machine. */
export function machine(): Machine {
  return {
    system: `${Deno.build.os} ${Deno.build.arch}`,
    processor: processorName(),
    cores: navigator.hardwareConcurrency,
    deno: Deno.version.deno,
    load: Deno.loadavg()[0],
    date: new Date().toISOString(),
  };
}

/** The machine in a line; and another line, if others use it. */
export function machineText({ system, processor, cores, deno, load }: Machine, code: string): string {
  const line = `${processor}, ${cores} cores, ${system}, Deno ${deno}: ${code}`;
  if (load < 0.5 * cores) return line;
  return `${line}\nOthers use this machine (load ${
    load.toFixed(1)
  }): times are too long, those of PyTorch's threads most of all`;
}
