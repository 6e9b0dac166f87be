/**
 * Programs as data: lists of calls of public functions, which can be made smaller, printed, written as JSON and evaluated here and
 * elsewhere.
 *
 * @module
 */
import * as cotangent from "../../mod.ts";
import { type DType, type Tensor, tensor, tree } from "../../mod.ts";
import { sizeOf } from "../../core/shape.ts";

/** A value that an earlier line made, or an input. */
export interface Ref {
  readonly $: number;
}

/** A function: its parameters are trees of values, its lines may use values around it. */
export interface Body {
  readonly parameters: readonly Argument[];
  readonly lines: readonly Line[];
  readonly result: Argument;
}

/** An argument: JSON with values and functions in it. */
export type Argument = null | boolean | number | string | Ref | Body | readonly Argument[] | {
  readonly [key: string]: Argument;
};

/** A call: `call(...args)`, or of a transform `call(...args)(...on)`. The leaves of its result are values. */
export interface Line {
  readonly call: string;
  readonly args: readonly Argument[];
  readonly on?: readonly Argument[];
  readonly results: readonly number[];
}

/** An input: its elements are the `first`-th numbers of its dtype and those after them. */
export interface Input {
  readonly id: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly first: number;
}

/** A program: from its inputs to values. */
export interface Program {
  readonly inputs: readonly Input[];
  readonly lines: readonly Line[];
  readonly outputs: readonly number[];
}

export const ref = (id: number): Ref => ({ $: id });
export const isRef = (a: Argument): a is Ref => typeof a === "object" && a !== null && "$" in a;
export const isBody = (a: Argument): a is Body => typeof a === "object" && a !== null && "lines" in a;

/** Visits all references in an argument, those of bodies too. */
export function eachRef(a: Argument, visit: (id: number) => void): void {
  if (typeof a !== "object" || a === null) return;
  if (isRef(a)) visit(a.$);
  else if (isBody(a)) {
    for (const line of a.lines) eachRefOf(line, visit);
    eachRef(a.result, visit);
  } else for (const part of Array.isArray(a) ? a : Object.values(a)) eachRef(part, visit);
}

/** Visits all references in a line. */
export function eachRefOf({ args, on }: Line, visit: (id: number) => void): void {
  eachRef(args, visit);
  if (on) eachRef(on, visit);
}

/** All lines, those of bodies too. */
export function* allLines(lines: readonly Line[]): Generator<Line> {
  const within = function* (a: Argument): Generator<Line> {
    if (typeof a !== "object" || a === null || isRef(a)) return;
    if (isBody(a)) yield* allLines(a.lines);
    else for (const part of Array.isArray(a) ? a : Object.values(a)) yield* within(part);
  };
  for (const line of lines) {
    yield line;
    yield* within(line.args);
  }
}

/** Whether a call stands somewhere in a program. */
export function calls(program: Program, ...names: readonly string[]): boolean {
  for (const line of allLines(program.lines)) if (names.includes(line.call)) return true;
  return false;
}

/**
 * The k-th number of a dtype. Floats have 2¹⁴ different magnitudes in (0, 1), all exact in float32: no two are near each other, and
 * none is near 0, so that what depends on their order does not depend on rounding.
 */
export function numberAt(k: number, dtype: string): number {
  let bits = (k ^ Math.imul(k >> 14, 0x1b3f)) & 16383; // in another order after 2¹⁴, lest sums of parts tie
  for (const factor of [0x2d35, 0x1ca9]) {
    bits ^= bits >> 7;
    bits = (bits * factor) & 16383;
  }
  bits ^= bits >> 7;
  if (dtype === "bool") return bits >> 5 & 1;
  if (dtype === "uint32") return bits % 10;
  if (dtype === "int32") return bits % 17 - 8;
  return (bits * 0x9e37 >> 11 & 1 ? -1 : 1) * (bits + 0.5) / 16384;
}

/** How wide floats are: as the program says, or all of one kind. */
export type Precision = "given" | "float32" | "float64";

const dtypeOf = (dtype: string, precision: Precision): DType =>
  (precision !== "given" && (dtype === "float32" || dtype === "float64") ? precision : dtype) as DType;

/** The inputs of a program; `shift` gives other numbers. */
export function inputsOf(program: Program, device: string, precision: Precision = "given", shift = 0): Tensor[] {
  return program.inputs.map(({ dtype, shape, first }) => {
    const data = Array.from({ length: sizeOf(shape) }, (_, i) => numberAt(first + i + shift, dtype));
    return tensor(data, { shape, dtype: dtypeOf(dtype, precision), device });
  });
}

// deno-lint-ignore no-explicit-any -- any public function
type Any = any;

/** What the names of calls mean. */
export type Meaning = (name: string) => (...args: Any[]) => Any;

/** The public functions. */
export const published: Meaning = (name) => name.split(".").reduce((from: Any, part) => from[part], cotangent);

/** How a program is evaluated. */
export interface Evaluation {
  readonly meaning?: Meaning;
  readonly precision?: Precision;
  /** Sees each call before its values are known to what follows. */
  readonly watch?: (line: Line, args: readonly unknown[], results: readonly Tensor[]) => void;
}

type Scope = Map<number, Tensor>;

/** Gives a tree of tensors the names of a tree of references. */
function bind(pattern: Argument, value: unknown, scope: Scope): void {
  if (pattern === null) return;
  if (isRef(pattern)) scope.set(pattern.$, value as Tensor);
  else for (const [key, part] of Object.entries(pattern)) bind(part, (value as Record<string, unknown>)[key], scope);
}

function resolve(a: Argument, scope: Scope, how: Evaluation): unknown {
  if (typeof a === "string") return dtypeOf(a, how.precision ?? "given");
  if (typeof a !== "object" || a === null) return a;
  if (isRef(a)) return scope.get(a.$);
  if (isBody(a)) {
    return (...args: unknown[]): unknown => {
      const inner = new Map(scope);
      a.parameters.forEach((pattern, i) => bind(pattern, args[i], inner));
      runLines(a.lines, inner, how);
      return resolve(a.result, inner, how);
    };
  }
  if (Array.isArray(a)) return a.map((part) => resolve(part, scope, how));
  return Object.fromEntries(Object.entries(a).map(([key, part]) => [key, resolve(part, scope, how)]));
}

/** Runs lines on the values that they use, and puts theirs beside them. */
export function runLines(lines: readonly Line[], scope: Scope, how: Evaluation = {}): void {
  for (const line of lines) {
    const args = line.args.map((a) => resolve(a, scope, how));
    let result = (how.meaning ?? published)(line.call)(...args);
    if (line.on) result = result(...line.on.map((a) => resolve(a, scope, how)));
    const results = tree.leaves(result);
    how.watch?.(line, args, results);
    line.results.forEach((id, i) => scope.set(id, results[i]));
  }
}

/** A program as a function of its inputs. */
export function functionOf(program: Program, how: Evaluation = {}): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => {
    const scope: Scope = new Map(program.inputs.map(({ id }, i) => [id, inputs[i]]));
    runLines(program.lines, scope, how);
    return program.outputs.map((id) => scope.get(id)!);
  };
}
