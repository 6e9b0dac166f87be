/**
 * The command lines of the bench.
 *
 * @module
 */

/** What a flag takes and does. */
export interface Flag {
  /** The word for its value; without one it is a switch. */
  readonly value?: string;
  readonly help: string;
}

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The flags of `deno task bench` and `deno task bench:peers`. */
export const commonFlags = {
  filter: { value: "TEXT", help: "only the cases whose group or name contains it" },
  threads: { value: "N", help: "of each side; default: one for each processor" },
  code: { value: "CODE", help: "ours: auto (machine code where it can be had), wasm or native; default: auto" },
  json: { value: "FILE", help: "write all figures there" },
  html: { value: "FILE", help: "write a report with bars there" },
  quick: { help: "shorter and less exact" },
  memory: { help: "measure memory too, which takes minutes" },
  guard: { help: "compare the ratios with tests/bench/ratios.json, and fail where one is over 15 % worse" },
  "update-ratios": { help: "write the ratios there" },
} as const;

/** The flags that were given. */
export type Given<F extends Readonly<Record<string, Flag>>> = {
  readonly [K in keyof F]: (F[K] extends { readonly value: string } ? string : true) | undefined;
};

/** The list of flags. */
export function helpText(flags: Readonly<Record<string, Flag>>): string {
  const names = Object.entries(flags).map(([name, { value }]) => `--${name}${value ? ` ${value}` : ""}`);
  const width = Math.max(...names.map((name) => name.length));
  return Object.values(flags).map(({ help }, i) => `  ${names[i].padEnd(width)}  ${help}`).join("\n");
}

/**
 * Reads a command line of `--name`, `--name value` and `--name=value`.
 *
 * @throws {UsageError} For anything else.
 */
export function parse<F extends Readonly<Record<string, Flag>>>(args: readonly string[], flags: F): Given<F> {
  const given: Record<string, string | true> = {};
  for (let i = 0; i < args.length; i++) {
    const [, name, , inline] = /^--([a-z-]+)(=(.*))?$/s.exec(args[i]) ?? [];
    if (name === undefined || !Object.hasOwn(flags, name)) throw new UsageError(`unknown argument ${args[i]}`);
    if (!flags[name].value) {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value`);
      given[name] = true;
    } else {
      const value = inline ?? args[++i];
      if (value === undefined || value === "") throw new UsageError(`--${name} needs a value: ${flags[name].value}`);
      given[name] = value;
    }
  }
  return given as Given<F>;
}

/** The number of threads that was asked for, or that there are processors. */
export function threadsOf(text: string | undefined): number {
  if (text === undefined) return navigator.hardwareConcurrency;
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new UsageError(`--threads must be a whole number from 1 to 256, got ${text}`);
  }
  return threads;
}

/** The code that was asked for. */
export function codeFrom(text: string | undefined): "auto" | "wasm" | "native" {
  if (text === undefined || text === "auto" || text === "wasm" || text === "native") return text ?? "auto";
  throw new UsageError(`--code must be auto, wasm or native, got ${text}`);
}

/**
 * The command line of a program, which ends with the list of flags where it does not understand or is asked for `--help`.
 */
export function commandLine<F extends Readonly<Record<string, Flag>>>(
  flags: F,
): Given<F> & { threadCount: number; codeKind: "auto" | "wasm" | "native" } {
  if (Deno.args.includes("--help")) {
    console.log(helpText(flags));
    Deno.exit(0);
  }
  try {
    const given = parse(Deno.args, flags);
    return {
      ...given,
      threadCount: threadsOf(given.threads as string | undefined),
      codeKind: codeFrom(given.code as string | undefined),
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n${helpText(flags)}`);
    Deno.exit(2);
  }
}
