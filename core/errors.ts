/** Words that errors share: how shapes are written, and which name was probably meant. */

/** A shape or list as it is written in messages: `[2, 3]`. */
export function show(list: readonly unknown[]): string {
  return `[${list.join(", ")}]`;
}

/** The candidate nearest to `name` by edit distance, if any is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(name.length / 2)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

/**
 * Refuses options that are no plain object, have a name that the function does not know, or are null.
 *
 * @throws TypeError naming the function, the unknown option and the nearest valid one
 */
export function checkOptions(
  operation: string,
  options: unknown,
  known: readonly string[],
  nullable: readonly string[] = [],
): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${operation}: options must be an object { ${known.join(", ")} }, got ${describe(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (known.includes(name)) {
      if (value !== null || nullable.includes(name)) continue;
      throw new TypeError(`${operation}: the option ${name} is null; leave it out for its default`);
    }
    const guess = nearest(name, known);
    const hint = guess ? `; did you mean ${JSON.stringify(guess)}?` : `; it takes ${known.join(", ") || "none"}`;
    throw new TypeError(`${operation}: unknown option ${JSON.stringify(name)}${hint}`);
  }
}

/** Runs `f`, a part of an operation: what it finds wrong is told in the name of the whole. */
export function naming<R>(operation: string, f: () => R): R {
  try {
    return f();
  } catch (error) {
    throw named(operation, error);
  }
}

/** An error of a part of an operation in the name of the whole. */
export function named(operation: string, error: unknown): unknown {
  const ours = error instanceof TypeError || error instanceof RangeError;
  if (ours && !error.message.startsWith(`${operation}: `)) error.message = `${operation}: ${error.message}`;
  return error;
}

/** A value as a message shows it: short, with its kind. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? value.slice(0, 40) + "…" : value);
  if (typeof value === "function") return `a function${value.name ? ` (${value.name})` : ""}`;
  if (typeof value === "object") return `an object (${(value as object).constructor?.name ?? "no prototype"})`;
  return String(value);
}

/** Refuses what is not true or false. */
export function checkFlag(operation: string, name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") {
    throw new TypeError(`${operation}: ${name} must be true or false, got ${describe(value)}`);
  }
}

/** Refuses what is no function. */
export function checkFunction(operation: string, what: string, f: unknown): void {
  if (typeof f !== "function") throw new TypeError(`${operation}: ${what} must be a function, got ${describe(f)}`);
}

/** Refuses what is no text. */
export function checkText(operation: string, name: string, value: unknown): asserts value is string {
  if (typeof value !== "string") throw new TypeError(`${operation}: ${name} must be a text, got ${describe(value)}`);
}

/** Refuses a text that is none of the choices. */
export function checkChoice(operation: string, name: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === "string" && choices.includes(value)) return;
  const guess = typeof value === "string" ? nearest(value, choices) : undefined;
  const hint = guess ? `; did you mean ${JSON.stringify(guess)}?` : "";
  const list = choices.map((c) => JSON.stringify(c)).join(" or ");
  throw new TypeError(`${operation}: ${name} must be ${list}, got ${describe(value)}${hint}`);
}
