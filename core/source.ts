/**
 * Lines of the user's program: where an operation was called. Stack traces are dear, so they are taken only while somebody asks for
 * lines (`explain`, `debugNans`), and when an error has been thrown.
 */

let wanted = 0;
let origin: string | undefined;

/** Runs `f` with a line for every operation that is recorded. */
export function withLines<R>(f: () => R): R {
  wanted++;
  try {
    return f();
  } finally {
    wanted--;
  }
}

/** Whether operations are recorded with their lines. */
export function linesWanted(): boolean {
  return wanted > 0;
}

/** Runs `f` with its operations standing for one that was called at `line`, if that is known. */
export function onBehalf<R>(line: string | undefined, f: () => R): R {
  if (line === undefined) return f();
  const before = origin;
  origin = line;
  try {
    return f();
  } finally {
    origin = before;
  }
}

/** The line to record with an operation: of the one it stands for, or of the caller. */
export function lineOfCall(): string | undefined {
  return origin ?? (wanted > 0 ? callerLine() : undefined);
}

/** The line of the derivative of an operation. */
export function ofDerivative(line: string | undefined): string | undefined {
  return line === undefined || line.endsWith(derivative) ? line : line + derivative;
}

const derivative = " (its derivative)";
const framesKept = 60;

/** The folder of the library: what is in its folders beside this one is not the user's. In a bundle there is no telling. */
function home(): string | undefined {
  return /^(.*\/)core\/source\.[jt]s/.exec(import.meta.url)?.[1];
}

function isOwn(place: string, root: string): boolean {
  return place.startsWith(root) && /^(?:(?:core|ops|nn|optim|io)\/|mod\.[jt]s)/.test(place.slice(root.length));
}

/** The places of a stack, innermost first: `file:///home/me/experiment.ts:12:5`. */
function placesOf(stack: string): string[] {
  const places: string[] = [];
  for (const text of stack.split("\n")) {
    const place = /^\s+at (?:.*\()?(.+:\d+:\d+)\)?$/.exec(text)?.[1];
    if (place && !/^(?:ext|node|native):/.test(place)) places.push(place);
  }
  return places;
}

function deep<R>(f: () => R): R {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = framesKept;
  try {
    return f();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The innermost line outside of the library that leads here. */
export function callerLine(): string | undefined {
  const root = home();
  if (root === undefined) return undefined;
  const { stack } = deep(() => new Error());
  return placesOf(stack ?? "").find((place) => !isOwn(place, root));
}

/** A line as short as it can be told by: `experiment.ts:12`. */
export function shortLine(line: string): string {
  return line.replace(/^.*[/\\]/, "").replace(/:\d+(?=$| \()/, "");
}

const told = new WeakSet<Error>();

/** Runs `f`; an error of the library that it throws says which line of the user's it comes from. */
export function tellingLines<R>(f: () => R): R {
  try {
    return deep(f);
  } catch (error) {
    const root = home();
    if (root !== undefined && error instanceof Error && !told.has(error)) {
      told.add(error);
      const places = placesOf(error.stack ?? "");
      const line = places.find((place) => !isOwn(place, root));
      // What the user's own code throws needs no help.
      if (line && isOwn(places[0], root)) {
        const { message } = error;
        error.message = `${message} (called at ${line})`;
        error.stack = error.stack!.replace(message, () => error.message);
      }
    }
    throw error;
  }
}
