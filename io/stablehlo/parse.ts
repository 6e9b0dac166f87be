/**
 * Reads the StableHLO text that the library writes: no more of the language than that.
 */

/** The type of a value. */
export interface Type {
  readonly shape: readonly number[];
  /** `f32`, `f64`, `i32`, `ui32` or `i1`. */
  readonly element: string;
}

/** A name with its type. */
export interface Binding {
  readonly name: string;
  readonly type: Type;
}

/** An operation. */
export interface Operation {
  readonly line: number;
  readonly op: string;
  /** Names of the results; `%3#0`, `%3#1` where there are several. */
  readonly results: readonly string[];
  readonly operands: readonly string[];
  readonly operandTypes: readonly Type[];
  readonly resultTypes: readonly Type[];
  /** What stands between the operands and the types. */
  readonly attributes: string;
  readonly regions: readonly Block[];
}

/** A region or the body of the function. */
export interface Block {
  readonly arguments: readonly Binding[];
  readonly operations: readonly Operation[];
  readonly returned: readonly Binding[];
}

/** A module. */
export interface Module {
  readonly name: string;
  readonly body: Block;
  readonly resultTypes: readonly Type[];
}

/** A text that is not what the library writes. */
export class ParseError extends Error {
  override name = "ParseError";
}

/** `tensor<4x3xf32>`. */
export function parseType(text: string): Type {
  const found = /^tensor<((?:\d+x)*)(f32|f64|i32|ui32|i1)>$/.exec(text.trim());
  if (!found) throw new ParseError(`no type: ${text}`);
  return { shape: found[1].split("x").slice(0, -1).map(Number), element: found[2] };
}

const parseTypes = (text: string): Type[] => (text.match(/tensor<[^>]*>/g) ?? []).map(parseType);

const bindings = (text: string): Binding[] =>
  [...text.matchAll(/(%\w+(?:#\d+)?): (tensor<[^>]*>)/g)].map(([, name, type]) => ({ name, type: parseType(type) }));

function resultNames(text: string): string[] {
  const [name, count] = text.split(":");
  return count === undefined ? [name] : Array.from({ length: Number(count) }, (_, i) => `${name}#${i}`);
}

/** The types of an operation's operands and results, from what follows the last ` : `. */
function typesOf(op: string, text: string, operands: number, results: number): [Type[], Type[]] {
  const arrow = text.indexOf(" -> ");
  if (arrow >= 0) return [parseTypes(text.slice(0, arrow)), parseTypes(text.slice(arrow))];
  const types = parseTypes(text);
  if (op === "select") return [[types[0], types[1], types[1]], [types[1]]];
  if (op === "optimization_barrier") return [types, types];
  if (types.length !== 1) throw new ParseError(`expected one type: ${text}`);
  return [Array.from({ length: operands }, () => types[0]), Array.from({ length: results }, () => types[0])];
}

class Reader {
  private at = 0;
  constructor(private readonly lines: readonly string[]) {}

  next(): string {
    if (this.at >= this.lines.length) throw new ParseError("the text ends too early");
    return this.lines[this.at++].trim();
  }

  get line(): number {
    return this.at;
  }

  /** Operations up to the one that returns. */
  block(arguments_: readonly Binding[]): Block {
    const operations: Operation[] = [];
    for (;;) {
      const text = this.next();
      const end = /^(?:stablehlo\.)?return(?: (.*) : (.*))?$/.exec(text);
      if (end) {
        const names = end[1]?.split(", ") ?? [], types = parseTypes(end[2] ?? "");
        if (names.length !== types.length) throw new ParseError(`line ${this.line}: ${text}`);
        return { arguments: arguments_, operations, returned: names.map((name, i) => ({ name, type: types[i] })) };
      }
      operations.push(this.operation(text));
    }
  }

  /** The arguments, if there are any, and the operations. */
  private region(): Block {
    const header = /^\^bb0\((.*)\):$/.exec(this.lines[this.at]?.trim() ?? "");
    if (header) this.at++;
    return this.block(bindings(header?.[1] ?? ""));
  }

  private operation(text: string): Operation {
    const line = this.line;
    const found = /^(%\w+(?::\d+)?) = "?stablehlo\.(\w+)"?(.*)$/.exec(text);
    if (!found) throw new ParseError(`line ${line}: no operation: ${text}`);
    const results = resultNames(found[1]);
    const op = found[2];
    let rest = found[3];
    const regions: Block[] = [];
    if (rest.endsWith("({")) {
      let close: string;
      do {
        regions.push(this.region());
        close = this.next();
      } while (close === "}, {");
      if (!close.startsWith("})")) throw new ParseError(`line ${this.line}: the region does not end: ${close}`);
      rest = rest.slice(0, -2) + close.slice(2);
    }
    const split = rest.lastIndexOf(" : ");
    if (split < 0) throw new ParseError(`line ${line}: no types: ${text}`);
    const before = rest.slice(0, split);
    const operands = before.match(/%\w+(?:#\d+)?/g) ?? [];
    const [operandTypes, resultTypes] = typesOf(op, rest.slice(split + 3), operands.length, results.length);
    const attributes = before.replaceAll(/%\w+(?:#\d+)?/g, "");
    return { line, op, results, operands, operandTypes, resultTypes, attributes, regions };
  }
}

/** Reads a module with one function `@main`. */
export function parseModule(text: string): Module {
  const reader = new Reader(text.split("\n"));
  const name = /^module @(\w+) \{$/.exec(reader.next())?.[1];
  if (!name) throw new ParseError("line 1: no module");
  const header = /^func\.func public @main\((.*)\) -> \((.*)\) \{$/.exec(reader.next());
  if (!header) throw new ParseError("line 2: no public function @main");
  const body = reader.block(bindings(header[1]));
  for (const closing of ["}", "}", ""]) {
    if (reader.next() !== closing) throw new ParseError(`line ${reader.line}: expected ${closing || "the end"}`);
  }
  return { name, body, resultTypes: parseTypes(header[2]) };
}
